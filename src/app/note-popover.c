/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One toggle a kind, in its colour, and a line for a kind of one's own, which
 * wins when it is not empty. The kind that was chosen last is offered first, so
 * that a row of synapses is a click and Enter each. For that it grabs nothing:
 * right after a popover with a grab has gone, a click may reach nobody. A press
 * elsewhere writes what was changed, closes it and does what it does; Escape
 * leaves the note as it was. */
#include "app/note-popover.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/note-kind.h"
#include "app/shortcuts.h"
#include "app/window-private.h"
#include "tools/tool-note.h"
#include "workspace/notes.h"

#define LAST_KIND_KEY "lam-last-note-kind"
#define OPEN_KEY "lam-note-popover" /* of the window: the one that is open */
#define KIND_KEY "lam-kind"

#define LAM_TYPE_NOTE_POPOVER (lam_note_popover_get_type ())
G_DECLARE_FINAL_TYPE (
    LamNotePopover, lam_note_popover, LAM, NOTE_POPOVER, GtkPopover)

struct _LamNotePopover {
  GtkPopover parent_instance;
  /* Owned */
  LamNote *note;
  /* Borrowed; the popover lies in it */
  LamWindow *window;
  GtkToggleButton *first; /* of the kinds */
  GtkEditable *own; /* NULL for a measurement */
  GtkEventController *outside; /* of the window */
  /* Template children */
  GtkFlowBox *kinds;
  GtkEntry *text;
  GtkLabel *problem;
  GtkButton *remove;
  GtkLabel *author;
};

G_DEFINE_FINAL_TYPE (LamNotePopover, lam_note_popover, GTK_TYPE_POPOVER)

/* ---- Kinds -------------------------------------------------------------- */

/* Borrowed; NULL: none. */
static const char *
get_kind (LamNotePopover *popover)
{
  const char *own = popover->own ? gtk_editable_get_text (popover->own) : "";
  if (*own)
    return own;
  for (int i = 0;; i++) {
    GtkFlowBoxChild *child =
        gtk_flow_box_get_child_at_index (popover->kinds, i);
    GtkWidget *button = child ? gtk_flow_box_child_get_child (child) : NULL;
    if (!GTK_IS_TOGGLE_BUTTON (button))
      return NULL;
    if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (button)))
      return g_object_get_data (G_OBJECT (button), KIND_KEY);
  }
}

static void
toggled_cb (LamNotePopover *popover, GtkToggleButton *button)
{
  if (!gtk_toggle_button_get_active (button))
    return;
  if (popover->own)
    gtk_editable_set_text (popover->own, "");
  gtk_widget_grab_focus (GTK_WIDGET (popover->text));
}

static void
add_kind (LamNotePopover *popover, const char *kind, bool is_chosen)
{
  g_autofree char *dot = lam_note_kind_dup_dot (kind);
  g_autofree char *title =
      g_markup_escape_text (lam_note_kind_title (kind), -1);
  g_autofree char *markup = g_strdup_printf ("%s %s", dot, title);
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  GtkWidget *button = gtk_toggle_button_new ();
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "note-kind");
  g_object_set_data_full (G_OBJECT (button), KIND_KEY, g_strdup (kind), g_free);
  if (popover->first)
    gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), popover->first);
  else
    popover->first = GTK_TOGGLE_BUTTON (button);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), is_chosen);
  g_signal_connect_object (
      button, "toggled", G_CALLBACK (toggled_cb), popover, G_CONNECT_SWAPPED);
  gtk_flow_box_insert (popover->kinds, button, -1);
}

static void accept_cb (LamNotePopover *popover);

static void
add_own (LamNotePopover *popover, const char *kind)
{
  GtkWidget *own = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (own), _ ("Other kind"));
  gtk_editable_set_width_chars (GTK_EDITABLE (own), 8);
  gtk_editable_set_text (GTK_EDITABLE (own), kind);
  gtk_entry_set_max_length (GTK_ENTRY (own), LAM_NOTE_MAX_KIND_BYTES / 4);
  gtk_accessible_update_property (GTK_ACCESSIBLE (own),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Other kind"), -1);
  g_signal_connect_object (
      own, "activate", G_CALLBACK (accept_cb), popover, G_CONNECT_SWAPPED);
  popover->own = GTK_EDITABLE (own);
  gtk_flow_box_insert (popover->kinds, own, -1);
}

static void
add_kinds (LamNotePopover *popover, const char *chosen)
{
  static const char *const measures[] = { LAM_NOTE_DISTANCE, LAM_NOTE_AREA,
    LAM_NOTE_ANGLE, NULL };
  const bool is_point = popover->note->n_corners == 1;
  const char *const *offered = is_point ? lam_note_offered_kinds () : measures;
  bool is_offered = false;
  for (int i = 0; offered[i]; i++) {
    if (!lam_note_fits (popover->note, offered[i]))
      continue;
    const bool is_chosen = strcmp (offered[i], chosen) == 0;
    is_offered |= is_chosen;
    add_kind (popover, offered[i], is_chosen);
  }
  if (is_point)
    add_own (popover, is_offered ? "" : chosen);
}

/* ---- Answers ------------------------------------------------------------ */

static void
show_problem (LamNotePopover *popover, const char *text)
{
  gtk_label_set_text (popover->problem, text);
  gtk_widget_set_visible (GTK_WIDGET (popover->problem), TRUE);
}

static void
remember_kind (LamNotePopover *popover, const char *kind)
{
  if (popover->note->n_corners == 1 && popover->note->id == 0
      && strcmp (kind, LAM_NOTE_BOOKMARK) != 0)
    g_object_set_data_full (
        G_OBJECT (popover->window), LAST_KIND_KEY, g_strdup (kind), g_free);
}

/* The id; 0 with error. */
static int32_t
write_note (LamNotePopover *popover, const char *kind, GError **error)
{
  LamWorkspace *workspace = lam_window_get_workspace (popover->window);
  LamNote note = *popover->note;
  note.kind = (char *)kind;
  note.text = (char *)gtk_editable_get_text (GTK_EDITABLE (popover->text));
  if (note.id == 0)
    return lam_workspace_add_note (workspace, &note, error);
  return lam_workspace_set_note (workspace, &note, error) ? note.id : 0;
}

/* False: it says why, and stays. */
static bool
accept (LamNotePopover *popover)
{
  g_autoptr (GError) error = NULL;
  const char *kind = get_kind (popover);
  if (!kind) {
    show_problem (popover, _ ("Choose a kind or write one."));
    return false;
  }
  const int32_t id = write_note (popover, kind, &error);
  if (id == 0) {
    show_problem (popover, error->message);
    return false;
  }
  remember_kind (popover, kind);
  lam_tool_box_choose_note (lam_window_get_tool_box (popover->window), id);
  lam_announce ("NOTE %d", id);
  gtk_popover_popdown (GTK_POPOVER (popover));
  return true;
}

static void
accept_cb (LamNotePopover *popover)
{
  if (lam_window_get_workspace (popover->window))
    accept (popover);
}

/* Without a question: what was changed is written. False: it says why that
 * cannot be, and stays. */
static bool
settle (LamNotePopover *popover)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (popover->text));
  const bool is_changed =
      g_strcmp0 (get_kind (popover), popover->note->kind) != 0
      || strcmp (text, popover->note->text) != 0;
  if (is_changed && lam_window_get_workspace (popover->window))
    return accept (popover);
  gtk_popover_popdown (GTK_POPOVER (popover));
  return true;
}

static void
remove_cb (LamNotePopover *popover)
{
  LamWorkspace *workspace = lam_window_get_workspace (popover->window);
  g_autoptr (GError) error = NULL;
  if (!workspace)
    return;
  if (!lam_workspace_remove_note (workspace, popover->note->id, &error)) {
    show_problem (popover, error->message);
    return;
  }
  lam_announce ("NOTE-GONE %d", popover->note->id);
  gtk_popover_popdown (GTK_POPOVER (popover));
}

/* ---- Keys --------------------------------------------------------------- */

/* The window's own shortcuts do not come here. */
static gboolean
pressed_key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamNotePopover *popover)
{
  const GdkModifierType modifiers =
      state & gtk_accelerator_get_default_mod_mask ();
  const LamShortcut *row = lam_shortcut_find (
      popover->window->settings, gdk_keyval_to_lower (key), modifiers);
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  if (!row || !lam_shortcut_leads_away (row)
      || !g_action_parse_detailed_name (row->action, &name, &target, NULL))
    return GDK_EVENT_PROPAGATE;
  /* What the action does may end the popover. */
  GtkWidget *window = GTK_WIDGET (popover->window);
  if (settle (popover))
    gtk_widget_activate_action_variant (window, name, target);
  return GDK_EVENT_STOP;
}

static void
watch_keys (LamNotePopover *popover)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect_object (
      keys, "key-pressed", G_CALLBACK (pressed_key_cb), popover, 0);
  gtk_widget_add_controller (GTK_WIDGET (popover), keys);
}

/* ---- The widget --------------------------------------------------------- */

static void
lam_note_popover_finalize (GObject *object)
{
  lam_note_free (LAM_NOTE_POPOVER (object)->note);
  G_OBJECT_CLASS (lam_note_popover_parent_class)->finalize (object);
}

static void
lam_note_popover_class_init (LamNotePopoverClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_note_popover_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/note-popover.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamNotePopover, child)
  BIND (kinds);
  BIND (text);
  BIND (problem);
  BIND (remove);
  BIND (author);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
lam_note_popover_init (LamNotePopover *popover)
{
  gtk_widget_init_template (GTK_WIDGET (popover));
  watch_keys (popover);
}

static void
detach (LamNotePopover *popover)
{
  if (popover->outside)
    gtk_widget_remove_controller (
        GTK_WIDGET (popover->window), popover->outside);
  popover->outside = NULL;
  if (gtk_widget_get_parent (GTK_WIDGET (popover)))
    gtk_widget_unparent (GTK_WIDGET (popover));
}

static void
drop_popover (gpointer popover)
{
  detach (popover);
  g_object_unref (popover);
}

/* The project is about to go, perhaps with the window. */
static void
closing_cb (LamNotePopover *popover)
{
  g_autoptr (LamNotePopover) held = g_object_ref (popover);
  gtk_popover_popdown (GTK_POPOVER (held));
  detach (held);
}

static void
pressed_cb (GtkGestureClick *gesture, int n, double x, double y,
    LamNotePopover *popover)
{
  GdkEvent *event =
      gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (gesture));
  GdkSurface *own = gtk_native_get_surface (GTK_NATIVE (popover));
  const bool is_open =
      g_object_get_data (G_OBJECT (popover->window), OPEN_KEY) == popover;
  if (is_open && event && gdk_event_get_surface (event) != own
      && !settle (popover))
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
watch_outside (LamNotePopover *popover)
{
  GtkGesture *gesture = gtk_gesture_click_new ();
  popover->outside = GTK_EVENT_CONTROLLER (gesture);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), 0);
  gtk_event_controller_set_propagation_phase (
      popover->outside, GTK_PHASE_CAPTURE);
  g_signal_connect_object (
      gesture, "pressed", G_CALLBACK (pressed_cb), popover, 0);
  gtk_widget_add_controller (GTK_WIDGET (popover->window), popover->outside);
}

/* The mark of what was about to be written goes with it. "closed" may come
 * twice. */
static void
closed_cb (LamNotePopover *popover)
{
  LamToolBox *box = lam_window_get_tool_box (popover->window);
  if (box)
    lam_tool_box_draft_note (box, NULL);
  if (g_object_get_data (G_OBJECT (popover->window), OPEN_KEY) == popover)
    g_object_set_data (G_OBJECT (popover->window), OPEN_KEY, NULL);
  lam_announce ("NOTE-CLOSED");
  g_idle_add_once (drop_popover, g_object_ref (popover));
}

static void
fill (LamNotePopover *popover, const LamNote *note)
{
  const char *last =
      g_object_get_data (G_OBJECT (popover->window), LAST_KIND_KEY);
  const char *kind = note->kind ? note->kind : last ? last : "synapse";
  popover->note = g_memdup2 (note, sizeof *note);
  popover->note->kind = g_strdup (kind);
  popover->note->text = g_strdup (note->text ? note->text : "");
  popover->note->author = g_strdup (note->author ? note->author : "");
  popover->note->corners =
      g_memdup2 (note->corners, (size_t)note->n_corners * 3 * sizeof (double));
  add_kinds (popover, kind);
  gtk_editable_set_text (GTK_EDITABLE (popover->text), popover->note->text);
  gtk_label_set_text (popover->author, popover->note->author);
  gtk_widget_set_visible (GTK_WIDGET (popover->remove), note->id != 0);
}

bool
lam_note_popover_settle (LamWindow *window)
{
  LamNotePopover *open = g_object_get_data (G_OBJECT (window), OPEN_KEY);
  return !open || settle (open);
}

void
lam_note_popover_open (LamWindow *window, GtkWidget *parent, double x, double y,
    const LamNote *note)
{
  if (!lam_note_popover_settle (window))
    return;
  LamNotePopover *popover = g_object_new (LAM_TYPE_NOTE_POPOVER, NULL);
  popover->window = window;
  g_object_set_data (G_OBJECT (window), OPEN_KEY, popover);
  g_signal_connect_object (lam_window_get_workspace (window), "closing",
      G_CALLBACK (closing_cb), popover, G_CONNECT_SWAPPED);
  fill (popover, note);
  lam_tool_box_draft_note (
      lam_window_get_tool_box (window), note->id == 0 ? popover->note : NULL);
  gtk_widget_set_parent (GTK_WIDGET (popover), parent);
  gtk_popover_set_autohide (GTK_POPOVER (popover), FALSE);
  watch_outside (popover);
  gtk_popover_set_pointing_to (
      GTK_POPOVER (popover), &(GdkRectangle){ (int)x - 4, (int)y - 4, 9, 9 });
  gtk_popover_set_position (GTK_POPOVER (popover), GTK_POS_BOTTOM);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
  gtk_widget_grab_focus (GTK_WIDGET (popover->text));
  lam_announce ("NOTE-ASKED %s", popover->note->kind);
}
