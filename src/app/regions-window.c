/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row is made anew whenever a region changes, but not while it says so
 * itself: the list is filled when there is nothing else to do. */
#include "app/regions-window.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/region-dialog.h"
#include "app/region-lines.h"
#include "workspace/regions.h"

#define LAM_TYPE_REGIONS_WINDOW (lam_regions_window_get_type ())
G_DECLARE_FINAL_TYPE (
    LamRegionsWindow, lam_regions_window, LAM, REGIONS_WINDOW, AdwWindow)

struct _LamRegionsWindow {
  AdwWindow parent_instance;
  bool is_filling;
  guint source; /* of the filling that is due */
  /* Owned */
  LamWorkspace *workspace;
  GPtrArray *rows; /* of borrowed rows, one a region */
  /* Template children */
  GtkStack *stack;
  AdwPreferencesGroup *group;
};

G_DEFINE_FINAL_TYPE (LamRegionsWindow, lam_regions_window, ADW_TYPE_WINDOW)

#define KEY_ID "lam-region"

static int32_t
get_id (gpointer row)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), KEY_ID));
}

static LamWindow *
get_parent (LamRegionsWindow *window)
{
  return LAM_WINDOW (gtk_window_get_transient_for (GTK_WINDOW (window)));
}

/* --- changing ------------------------------------------------------------- */

/* A copy of the row's region to be changed; false: there is none any more, or
 * the window is only being filled. */
static bool
copy_region (LamRegionsWindow *window, gpointer row, LamRegion *copy)
{
  const LamRegion *now = window->workspace && !window->is_filling
      ? lam_workspace_get_region (window->workspace, get_id (row))
      : NULL;
  if (now)
    *copy = *now;
  return now != NULL;
}

static void regions_changed_cb (LamRegionsWindow *window);

/* What is refused is not left in the row. */
static void
set_region (LamRegionsWindow *window, const LamRegion *region)
{
  g_autoptr (GError) error = NULL;
  if (lam_workspace_set_region (window->workspace, region, &error))
    return;
  lam_message_present (
      GTK_WINDOW (window), _ ("The Region Was Not Changed"), error->message);
  regions_changed_cb (window);
}

static void
name_cb (AdwEntryRow *row, LamRegionsWindow *window)
{
  LamRegion region;
  if (!copy_region (window, row, &region))
    return;
  region.name = (char *)gtk_editable_get_text (GTK_EDITABLE (row));
  if (*region.name)
    set_region (window, &region);
  else
    regions_changed_cb (window);
}

static void
note_cb (AdwEntryRow *row, LamRegionsWindow *window)
{
  LamRegion region;
  if (!copy_region (window, row, &region))
    return;
  region.note = (char *)gtk_editable_get_text (GTK_EDITABLE (row));
  set_region (window, &region);
}

static void
role_cb (AdwComboRow *row, GParamSpec *spec, LamRegionsWindow *window)
{
  LamRegion region;
  LamRegionRole role = (LamRegionRole)adw_combo_row_get_selected (row);
  if (!copy_region (window, row, &region) || region.role == role)
    return;
  region.role = role;
  set_region (window, &region);
}

static void
review_cb (AdwComboRow *row, GParamSpec *spec, LamRegionsWindow *window)
{
  LamRegion region;
  LamReview review = (LamReview)adw_combo_row_get_selected (row);
  if (!copy_region (window, row, &region) || region.review == review)
    return;
  region.review = review;
  set_region (window, &region);
}

static void
remove_cb (GtkButton *button, LamRegionsWindow *window)
{
  g_autoptr (GError) error = NULL;
  LamRegion region;
  if (copy_region (window, button, &region)
      && !lam_workspace_remove_region (window->workspace, region.id, &error))
    lam_message_present (
        GTK_WINDOW (window), _ ("The Region Was Not Removed"), error->message);
}

static void
go_cb (GtkButton *button, LamRegionsWindow *window)
{
  LamRegion region;
  if (copy_region (window, button, &region))
    lam_canvas_show_box (
        lam_window_get_canvas (get_parent (window)), &region.box);
}

/* --- rows ----------------------------------------------------------------- */

static char *
dup_place (const LamRegion *region)
{
  const int64_t *min = region->box.min, *max = region->box.max;
  return g_strdup_printf (_ ("%d × %d × %d voxels at %d, %d, %d"),
      (int)(max[0] - min[0]), (int)(max[1] - min[1]), (int)(max[2] - min[2]),
      (int)min[0], (int)min[1], (int)min[2]);
}

static void
add_entry (LamRegionsWindow *window, AdwExpanderRow *row, int32_t id,
    const char *title, const char *text,
    void (*call) (AdwEntryRow *, LamRegionsWindow *))
{
  GtkWidget *entry = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), title);
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (entry), TRUE);
  g_object_set_data (G_OBJECT (entry), KEY_ID, GINT_TO_POINTER (id));
  g_signal_connect (entry, "apply", G_CALLBACK (call), window);
  adw_expander_row_add_row (row, entry);
}

static void
add_choice (LamRegionsWindow *window, AdwExpanderRow *row, int32_t id,
    const char *title, const char *const *texts, guint chosen, GCallback call)
{
  GtkWidget *choice = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (texts);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (choice), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (choice), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (choice), chosen);
  g_object_set_data (G_OBJECT (choice), KEY_ID, GINT_TO_POINTER (id));
  g_signal_connect (choice, "notify::selected", call, window);
  adw_expander_row_add_row (row, choice);
}

/* In the order of the numbers that are stored. */
static void
add_choices (
    LamRegionsWindow *window, AdwExpanderRow *row, const LamRegion *region)
{
  const char *const roles[] = { _ ("Does not use it"), _ ("Learns from it"),
    _ ("Is judged by it"), _ ("Is tested by it, at the end"),
    _ ("Must leave it out"), NULL };
  const char *const reviews[] = { _ ("Not started"), _ ("In progress"),
    _ ("Verified"), _ ("Flagged"), NULL };
  G_STATIC_ASSERT (G_N_ELEMENTS (roles) == LAM_N_REGION_ROLES + 1);
  G_STATIC_ASSERT (G_N_ELEMENTS (reviews) == LAM_N_REVIEWS + 1);
  add_choice (window, row, region->id, _ ("A network"), roles, region->role,
      G_CALLBACK (role_cb));
  add_choice (window, row, region->id, _ ("Review"), reviews, region->review,
      G_CALLBACK (review_cb));
}

static GtkWidget *
make_button (LamRegionsWindow *window, int32_t id, const char *icon_name,
    const char *text, void (*call) (GtkButton *, LamRegionsWindow *))
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon_name);
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_object_set_data (G_OBJECT (button), KEY_ID, GINT_TO_POINTER (id));
  g_signal_connect (button, "clicked", G_CALLBACK (call), window);
  return button;
}

static GtkWidget *
make_swatch (LamRegionRole role)
{
  GtkWidget *swatch = gtk_label_new (NULL);
  g_autofree char *markup =
      g_strdup_printf ("<span foreground=\"#%06x\">■</span>",
          lam_region_lines_get_rgb ((int)role));
  gtk_label_set_markup (GTK_LABEL (swatch), markup);
  return swatch;
}

static GtkWidget *
make_row (LamRegionsWindow *window, const LamRegion *region)
{
  static const char *const states[LAM_N_REVIEWS] = { N_ ("not started"),
    N_ ("in progress"), N_ ("verified"), N_ ("flagged") };
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *place = dup_place (region);
  g_autofree char *text =
      g_strdup_printf (*region->note ? "%s · %s\n%s" : "%s · %s%s",
          _ (states[region->review]), place, region->note);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), region->name);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), text);
  adw_expander_row_add_prefix (
      ADW_EXPANDER_ROW (row), make_swatch (region->role));
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row),
      make_button (window, region->id, "find-location-symbolic",
          _ ("Show this region"), go_cb));
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row),
      make_button (window, region->id, "user-trash-symbolic",
          _ ("Remove this region; what is painted in it stays"), remove_cb));
  add_entry (window, ADW_EXPANDER_ROW (row), region->id, _ ("Name"),
      region->name, name_cb);
  add_choices (window, ADW_EXPANDER_ROW (row), region);
  add_entry (window, ADW_EXPANDER_ROW (row), region->id, _ ("Note"),
      region->note, note_cb);
  if (*region->note)
    gtk_widget_set_tooltip_text (row, region->note);
  g_object_set_data (G_OBJECT (row), KEY_ID, GINT_TO_POINTER (region->id));
  return row;
}

/* Drops all rows; gives the region whose row was open, 0: none. */
static int32_t
drop_rows (LamRegionsWindow *window)
{
  int32_t open = 0;
  for (guint i = 0; i < window->rows->len; i++) {
    GtkWidget *row = window->rows->pdata[i];
    if (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row)))
      open = get_id (row);
    adw_preferences_group_remove (window->group, row);
  }
  g_ptr_array_set_size (window->rows, 0);
  return open;
}

static gboolean
fill_cb (gpointer user_data)
{
  LamRegionsWindow *window = user_data;
  window->source = 0;
  window->is_filling = true;
  int32_t open = drop_rows (window);
  size_t n = lam_workspace_get_n_regions (window->workspace);
  for (size_t i = 0; i < n; i++) {
    const LamRegion *region =
        lam_workspace_get_nth_region (window->workspace, i);
    GtkWidget *row = make_row (window, region);
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), region->id == open);
    adw_preferences_group_add (window->group, row);
    g_ptr_array_add (window->rows, row);
  }
  window->is_filling = false;
  gtk_stack_set_visible_child_name (window->stack, n > 0 ? "list" : "empty");
  lam_announce ("REGIONS %d", (int)n);
  return G_SOURCE_REMOVE;
}

static void
regions_changed_cb (LamRegionsWindow *window)
{
  if (window->source == 0)
    window->source = g_idle_add (fill_cb, window);
}

/* --- new ones ------------------------------------------------------------- */

static void
draw_cb (GtkButton *button, LamRegionsWindow *window)
{
  GtkWindow *parent = GTK_WINDOW (get_parent (window));
  g_action_group_activate_action (
      G_ACTION_GROUP (parent), "tool", g_variant_new_string ("region"));
  gtk_window_present (parent);
}

/* The slice that lies flat, else whatever is on screen. */
static void
seen_cb (GtkButton *button, LamRegionsWindow *window)
{
  LamBox boxes[LAM_N_PLANES];
  LamBox box = lam_box_of_size (lam_workspace_get_size (window->workspace));
  const int n = lam_canvas_get_visible_boxes (
      lam_window_get_canvas (get_parent (window)), boxes);
  for (int i = n; i > 0; i--)
    if (i == 1 || boxes[i - 1].max[2] - boxes[i - 1].min[2] == 1)
      box = boxes[i - 1];
  lam_region_dialog_present (GTK_WINDOW (window), window->workspace, &box);
}

/* --- the window ----------------------------------------------------------- */

static void
lam_regions_window_dispose (GObject *object)
{
  LamRegionsWindow *window = LAM_REGIONS_WINDOW (object);
  g_clear_handle_id (&window->source, g_source_remove);
  if (window->workspace)
    g_signal_handlers_disconnect_by_data (window->workspace, window);
  g_clear_object (&window->workspace);
  G_OBJECT_CLASS (lam_regions_window_parent_class)->dispose (object);
}

static void
lam_regions_window_finalize (GObject *object)
{
  g_ptr_array_unref (LAM_REGIONS_WINDOW (object)->rows);
  G_OBJECT_CLASS (lam_regions_window_parent_class)->finalize (object);
}

static void
lam_regions_window_class_init (LamRegionsWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_regions_window_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_regions_window_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/regions-window.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamRegionsWindow, child)
  BIND (stack);
  BIND (group);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, draw_cb);
  gtk_widget_class_bind_template_callback (widget_class, seen_cb);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
lam_regions_window_init (LamRegionsWindow *window)
{
  window->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (window));
}

#define OF_PARENT "lam-regions-window"

static void
forget_cb (GtkWindow *parent)
{
  g_object_set_data (G_OBJECT (parent), OF_PARENT, NULL);
}

static LamRegionsWindow *
make_window (LamWindow *parent)
{
  LamWorkspace *workspace = lam_window_get_workspace (parent);
  LamRegionsWindow *window = g_object_new (LAM_TYPE_REGIONS_WINDOW,
      "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  g_set_object (&window->workspace, workspace);
  g_signal_connect_swapped (
      workspace, "regions-changed", G_CALLBACK (regions_changed_cb), window);
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (gtk_window_destroy), window);
  g_object_set_data (G_OBJECT (parent), OF_PARENT, window);
  g_signal_connect_object (
      window, "destroy", G_CALLBACK (forget_cb), parent, G_CONNECT_SWAPPED);
  fill_cb (window);
  return window;
}

void
lam_regions_window_present (LamWindow *parent)
{
  g_return_if_fail (LAM_IS_WORKSPACE (lam_window_get_workspace (parent)));
  gpointer window = g_object_get_data (G_OBJECT (parent), OF_PARENT);
  gtk_window_present (GTK_WINDOW (window ? window : make_window (parent)));
}
