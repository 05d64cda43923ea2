/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One row of the list is waiting for keys, or none: while one waits, the window
 * takes every key before any widget does. Rows show what the settings say and
 * follow them, so that whoever changes a binding need not tell the list. */
#include "app/keys-dialog.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/message-dialog.h"
#include "app/shortcuts.h"

#define LAM_TYPE_KEYS_DIALOG (lam_keys_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamKeysDialog, lam_keys_dialog, LAM, KEYS_DIALOG, AdwWindow)

/* One action's row. */
typedef struct {
  const LamShortcut *shortcut;
  /* Borrowed: in the page */
  GtkWidget *group;
  GtkWidget *row;
  GtkWidget *keys; /* a GtkShortcutLabel */
  GtkWidget *waiting; /* a GtkLabel instead, while it waits for keys */
  GtkWidget *reset;
} KeyRow;

struct _LamKeysDialog {
  AdwWindow parent_instance;
  /* Owned */
  GSettings *settings;
  GArray *rows; /* of KeyRow */
  /* Borrowed */
  GtkWidget *pointer_group;
  const LamShortcut *waiting; /* NULL: no row waits for keys */
  /* Template children */
  GtkEditable *search;
  GtkStack *stack;
  AdwPreferencesPage *page;
  GtkButton *reset_all;
};

G_DEFINE_FINAL_TYPE (LamKeysDialog, lam_keys_dialog, ADW_TYPE_WINDOW)

/* What is no key alone: told, not to be changed. */
static const struct {
  const char *title, *how; /* Marked for translation */
} pointer_rows[] = {
  { N_ ("Slice by slice"), N_ ("Wheel") },
  { N_ ("Ten slices at once"), N_ ("Shift+wheel") },
  { N_ ("Zoom at the pointer"), N_ ("Ctrl+wheel") },
  { N_ ("Size of the brush"), N_ ("Alt+wheel") },
  { N_ ("Erase with the same brush"), N_ ("Right drag") },
  { N_ ("Menu of what is there"), N_ ("Right click") },
  { N_ ("Move the picture"), N_ ("Middle drag, or Space held") },
  { N_ ("Pick the label"), N_ ("Alt+click") },
  { N_ ("While painting: the other overwrite mode"), N_ ("Ctrl held") },
  { N_ ("Straight line from the last stroke"), N_ ("Shift held") },
  { N_ ("Hide labels for a moment"), N_ ("Tab held") },
};

/* --- what the rows show ------------------------------------------------- */

static void
update_row (LamKeysDialog *dialog, KeyRow *row)
{
  g_autofree char *keys =
      lam_shortcut_dup_keys (dialog->settings, row->shortcut);
  bool is_waiting = dialog->waiting == row->shortcut;
  gtk_shortcut_label_set_accelerator (GTK_SHORTCUT_LABEL (row->keys), keys);
  gtk_widget_set_visible (row->keys, !is_waiting);
  gtk_widget_set_visible (row->waiting, is_waiting);
  gtk_widget_set_visible (row->reset, !g_str_equal (keys, row->shortcut->keys));
}

static void
update (LamKeysDialog *dialog)
{
  bool is_changed = false;
  for (guint i = 0; i < dialog->rows->len; i++) {
    KeyRow *row = &g_array_index (dialog->rows, KeyRow, i);
    update_row (dialog, row);
    is_changed = is_changed || gtk_widget_get_visible (row->reset);
  }
  gtk_widget_set_sensitive (GTK_WIDGET (dialog->reset_all), is_changed);
}

static bool
is_sought (LamKeysDialog *dialog, const KeyRow *row, const char *text)
{
  g_autofree char *keys =
      lam_shortcut_dup_keys (dialog->settings, row->shortcut);
  g_autofree char *label = lam_shortcut_dup_keys_label (keys);
  g_autofree char *all =
      g_strdup_printf ("%s %s", _ (row->shortcut->title), label);
  g_autofree char *folded = g_utf8_casefold (all, -1);
  g_autofree char *sought = g_utf8_casefold (text, -1);
  return strstr (folded, sought) != NULL;
}

/* Also hides groups of which nothing is left; the pointer's is not sought. */
static void
search_cb (GtkEditable *search, LamKeysDialog *dialog)
{
  const char *text = gtk_editable_get_text (search);
  bool is_any = !*text;
  gtk_widget_set_visible (dialog->pointer_group, is_any);
  for (guint i = 0; i < dialog->rows->len; i++)
    gtk_widget_set_visible (
        g_array_index (dialog->rows, KeyRow, i).group, false);
  for (guint i = 0; i < dialog->rows->len; i++) {
    KeyRow *row = &g_array_index (dialog->rows, KeyRow, i);
    bool is_shown = is_sought (dialog, row, text);
    gtk_widget_set_visible (row->row, is_shown);
    if (is_shown)
      gtk_widget_set_visible (row->group, true);
    is_any = is_any || is_shown;
  }
  gtk_stack_set_visible_child_name (dialog->stack, is_any ? "list" : "none");
}

/* --- new keys ----------------------------------------------------------- */

static void
wait_for_keys (LamKeysDialog *dialog, const LamShortcut *shortcut)
{
  dialog->waiting = shortcut;
  update (dialog);
}

typedef struct {
  LamKeysDialog *dialog; /* Borrowed: the parent of the question */
  const LamShortcut *shortcut, *other;
  char *key;
} Swap;

static void
swap_free (gpointer data)
{
  Swap *swap = data;
  g_free (swap->key);
  g_free (swap);
}

/* `keys` without the one key. */
static char *
dup_keys_without (const char *keys, const char *without)
{
  g_auto (GStrv) parts = g_strsplit (keys, " ", -1);
  GString *text = g_string_new (NULL);
  guint key;
  GdkModifierType modifiers;
  gtk_accelerator_parse (without, &key, &modifiers);
  for (int i = 0; parts[i]; i++)
    if (*parts[i] && !lam_shortcut_keys_hold (parts[i], key, modifiers))
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", parts[i]);
  return g_string_free (text, FALSE);
}

/* The other action gets the keys that this one had. */
static void
swap_cb (gpointer user_data)
{
  Swap *swap = user_data;
  GSettings *settings = swap->dialog->settings;
  g_autofree char *old = lam_shortcut_dup_keys (settings, swap->shortcut);
  g_autofree char *others = lam_shortcut_dup_keys (settings, swap->other);
  g_autofree char *left = dup_keys_without (others, swap->key);
  g_autofree char *joined = g_strjoin (" ", left, old, NULL);
  lam_shortcut_set_keys (settings, swap->other, g_strstrip (joined));
  lam_shortcut_set_keys (settings, swap->shortcut, swap->key);
}

static void
offer_swap (LamKeysDialog *dialog, const LamShortcut *shortcut,
    const LamShortcut *other, const char *key)
{
  g_autofree char *label = lam_shortcut_dup_keys_label (key);
  g_autofree char *heading = g_strdup_printf (_ ("%s Is Taken"), label);
  g_autofree char *old = lam_shortcut_dup_keys (dialog->settings, shortcut);
  g_autofree char *old_label = lam_shortcut_dup_keys_label (old);
  g_autofree char *body = *old_label
      ? g_strdup_printf (_ ("It is the key for “%s”. Swapped, that gets %s."),
          _ (other->title), old_label)
      : g_strdup_printf (
          _ ("It is the key for “%s”, which would lose it."), _ (other->title));
  Swap *swap = g_new (Swap, 1);
  *swap = (Swap){ dialog, shortcut, other, g_strdup (key) };
  lam_question_present (GTK_WINDOW (dialog), heading, body,
      *old_label ? _ ("_Swap") : _ ("_Take It"), FALSE, swap_cb, swap,
      swap_free);
}

/* Keys that are held, or that move between widgets or open the menu. */
static bool
is_reserved (guint key)
{
  static const guint keys[] = { GDK_KEY_Tab, GDK_KEY_ISO_Left_Tab,
    GDK_KEY_space, GDK_KEY_F10, GDK_KEY_Return, GDK_KEY_KP_Enter };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i] == key)
      return true;
  return false;
}

static void
take_key (LamKeysDialog *dialog, guint key, GdkModifierType modifiers)
{
  const LamShortcut *shortcut = dialog->waiting;
  g_autofree char *name = gtk_accelerator_name (key, modifiers);
  if (is_reserved (key)) {
    g_autofree char *label = gtk_accelerator_get_label (key, modifiers);
    g_autofree char *text = g_strdup_printf (
        _ ("%s always means the same; choose another key."), label);
    lam_window_toast (GTK_WINDOW (dialog), text);
    return;
  }
  const LamShortcut *other =
      lam_shortcut_find (dialog->settings, key, modifiers);
  wait_for_keys (dialog, NULL);
  if (other && other != shortcut)
    offer_swap (dialog, shortcut, other, name);
  else
    lam_shortcut_set_keys (dialog->settings, shortcut, name);
}

/* As the accelerators of menus: letters as small ones with Shift, signs as the
 * sign that is typed. */
static void
normalize (GdkEvent *event, guint *key, GdkModifierType *modifiers)
{
  GdkModifierType all = gtk_accelerator_get_default_mod_mask ();
  GdkModifierType consumed = gdk_key_event_get_consumed_modifiers (event);
  guint lower = gdk_keyval_to_lower (*key);
  bool is_letter = lower != gdk_keyval_to_upper (*key);
  *modifiers &= all;
  if (!is_letter)
    *modifiers &= ~(consumed & GDK_SHIFT_MASK);
  *key = lower;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType modifiers, LamKeysDialog *dialog)
{
  GdkEvent *event = gtk_event_controller_get_current_event (
      GTK_EVENT_CONTROLLER (controller));
  if (!dialog->waiting)
    return FALSE;
  if (gdk_key_event_is_modifier (event))
    return TRUE;
  normalize (event, &key, &modifiers);
  if (key == GDK_KEY_Escape && !modifiers) {
    wait_for_keys (dialog, NULL);
  } else if (key == GDK_KEY_BackSpace && !modifiers) {
    lam_shortcut_set_keys (dialog->settings, dialog->waiting, "");
    wait_for_keys (dialog, NULL);
  } else {
    take_key (dialog, key, modifiers);
  }
  return TRUE;
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

/* An entry keeps Escape for itself: the first shows every row again, the next
 * closes, as it does elsewhere in the window. */
static void
stop_search_cb (GtkSearchEntry *search, LamKeysDialog *dialog)
{
  if (*gtk_editable_get_text (dialog->search))
    gtk_editable_set_text (dialog->search, "");
  else
    gtk_window_close (GTK_WINDOW (dialog));
}

/* --- the list ----------------------------------------------------------- */

static void
activated_cb (AdwActionRow *row, LamKeysDialog *dialog)
{
  const LamShortcut *shortcut =
      g_object_get_data (G_OBJECT (row), "lam-shortcut");
  wait_for_keys (dialog, dialog->waiting == shortcut ? NULL : shortcut);
}

static void
reset_cb (GtkButton *button, LamKeysDialog *dialog)
{
  const LamShortcut *shortcut =
      g_object_get_data (G_OBJECT (button), "lam-shortcut");
  lam_shortcut_set_keys (dialog->settings, shortcut, shortcut->keys);
}

static void
reset_all_cb (GtkButton *button, LamKeysDialog *dialog)
{
  wait_for_keys (dialog, NULL);
  lam_shortcuts_reset (dialog->settings);
}

static GtkWidget *
reset_button_new (LamKeysDialog *dialog, const LamShortcut *shortcut)
{
  GtkWidget *reset = gtk_button_new_from_icon_name ("edit-undo-symbolic");
  gtk_widget_set_valign (reset, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (reset, "flat");
  gtk_widget_set_tooltip_text (reset, _ ("Back to the key it came with"));
  g_object_set_data (G_OBJECT (reset), "lam-shortcut", (gpointer)shortcut);
  g_signal_connect (reset, "clicked", G_CALLBACK (reset_cb), dialog);
  return reset;
}

static void
add_row (LamKeysDialog *dialog, GtkWidget *group, const LamShortcut *shortcut)
{
  KeyRow row = { .shortcut = shortcut,
    .group = group,
    .row = adw_action_row_new (),
    .keys = gtk_shortcut_label_new (""),
    .waiting = gtk_label_new (_ ("Press the new keys…")),
    .reset = reset_button_new (dialog, shortcut) };
  gtk_shortcut_label_set_disabled_text (
      GTK_SHORTCUT_LABEL (row.keys), _ ("No key"));
  gtk_widget_set_valign (row.keys, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (row.waiting, "accent");
  adw_preferences_row_set_title (
      ADW_PREFERENCES_ROW (row.row), _ (shortcut->title));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row.row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row.row), row.keys);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row.row), row.waiting);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row.row), row.reset);
  g_object_set_data (G_OBJECT (row.row), "lam-shortcut", (gpointer)shortcut);
  g_signal_connect (row.row, "activated", G_CALLBACK (activated_cb), dialog);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row.row);
  g_array_append_val (dialog->rows, row);
}

static void
add_rows (LamKeysDialog *dialog)
{
  size_t n_groups;
  const LamShortcutGroup *groups = lam_shortcut_get_groups (&n_groups);
  for (size_t i = 0; i < n_groups; i++) {
    GtkWidget *group = adw_preferences_group_new ();
    adw_preferences_group_set_title (
        ADW_PREFERENCES_GROUP (group), _ (groups[i].title));
    for (size_t j = 0; j < groups[i].n_rows; j++)
      add_row (dialog, group, &groups[i].rows[j]);
    adw_preferences_page_add (dialog->page, ADW_PREFERENCES_GROUP (group));
  }
}

static void
add_pointer_rows (LamKeysDialog *dialog)
{
  GtkWidget *group = adw_preferences_group_new ();
  adw_preferences_group_set_title (
      ADW_PREFERENCES_GROUP (group), _ ("Mouse and Held Keys"));
  for (size_t i = 0; i < G_N_ELEMENTS (pointer_rows); i++) {
    GtkWidget *row = adw_action_row_new ();
    GtkWidget *how = gtk_label_new (_ (pointer_rows[i].how));
    gtk_widget_add_css_class (how, "dim-label");
    adw_preferences_row_set_title (
        ADW_PREFERENCES_ROW (row), _ (pointer_rows[i].title));
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), how);
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  }
  adw_preferences_page_add (dialog->page, ADW_PREFERENCES_GROUP (group));
  dialog->pointer_group = group;
}

static void
lam_keys_dialog_finalize (GObject *object)
{
  LamKeysDialog *dialog = LAM_KEYS_DIALOG (object);
  g_clear_object (&dialog->settings);
  g_array_unref (dialog->rows);
  G_OBJECT_CLASS (lam_keys_dialog_parent_class)->finalize (object);
}

static void
lam_keys_dialog_class_init (LamKeysDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_keys_dialog_finalize;
  gtk_widget_class_add_binding (
      widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/keys-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamKeysDialog, child)
  BIND (search);
  BIND (stack);
  BIND (page);
  BIND (reset_all);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, key_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_all_cb);
}

static void
lam_keys_dialog_init (LamKeysDialog *dialog)
{
  dialog->rows = g_array_new (FALSE, FALSE, sizeof (KeyRow));
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_keys_dialog_present (GtkWindow *parent, GSettings *settings)
{
  g_return_if_fail (G_IS_SETTINGS (settings));
  LamKeysDialog *dialog =
      g_object_new (LAM_TYPE_KEYS_DIALOG, "transient-for", parent, NULL);
  dialog->settings = g_object_ref (settings);
  add_rows (dialog);
  add_pointer_rows (dialog);
  update (dialog);
  g_signal_connect_object (settings, "changed::shortcuts", G_CALLBACK (update),
      dialog, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}
