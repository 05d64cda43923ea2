/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row stays while its region is there: a person may be writing in it. */
#include "app/regions-window.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/region-dialog.h"
#include "app/region-row.h"
#include "workspace/regions.h"

#define LAM_TYPE_REGIONS_WINDOW (lam_regions_window_get_type ())
G_DECLARE_FINAL_TYPE (
    LamRegionsWindow, lam_regions_window, LAM, REGIONS_WINDOW, AdwWindow)

struct _LamRegionsWindow {
  AdwWindow parent_instance;
  guint source; /* of the filling that is due */
  /* Owned */
  LamWorkspace *workspace;
  /* Template children */
  GtkStack *stack;
  GtkListBox *list; /* of LamRegionRow */
};

G_DEFINE_FINAL_TYPE (LamRegionsWindow, lam_regions_window, ADW_TYPE_WINDOW)

#define KEY_ID "lam-region"

static int32_t
get_id (GtkButton *button)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), KEY_ID));
}

static LamWindow *
get_parent (LamRegionsWindow *window)
{
  return LAM_WINDOW (gtk_window_get_transient_for (GTK_WINDOW (window)));
}

/* --- verbs ---------------------------------------------------------------- */

static void
remove_cb (GtkButton *button, LamRegionsWindow *window)
{
  g_autoptr (GError) error = NULL;
  if (lam_workspace_get_region (window->workspace, get_id (button))
      && !lam_workspace_remove_region (
          window->workspace, get_id (button), &error))
    lam_message_present (
        GTK_WINDOW (window), _ ("The Region Was Not Removed"), error->message);
}

static void
go_cb (GtkButton *button, LamRegionsWindow *window)
{
  const LamRegion *region =
      lam_workspace_get_region (window->workspace, get_id (button));
  if (region)
    lam_canvas_show_box (
        lam_window_get_canvas (get_parent (window)), &region->box);
}

/* --- rows ----------------------------------------------------------------- */

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
make_row (LamRegionsWindow *window, int32_t id)
{
  LamRegionRow *row = lam_region_row_new (window->workspace, id);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row),
      make_button (window, id, "find-location-symbolic",
          _ ("Show this region"), go_cb));
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row),
      make_button (window, id, "user-trash-symbolic",
          _ ("Remove this region; what is painted in it stays"), remove_cb));
  return GTK_WIDGET (row);
}

/* From the i-th on, past those whose regions have gone, which go too. NULL: that
 * region has none. */
static LamRegionRow *
find_row (LamRegionsWindow *window, int i, int32_t id)
{
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (window->list, i)) != NULL) {
    const int32_t found = lam_region_row_get_id (LAM_REGION_ROW (row));
    if (found >= id)
      return found == id ? LAM_REGION_ROW (row) : NULL;
    gtk_list_box_remove (window->list, GTK_WIDGET (row));
  }
  return NULL;
}

/* Both are in order of id. */
static gboolean
fill_cb (gpointer user_data)
{
  LamRegionsWindow *window = user_data;
  window->source = 0;
  const int n = (int)lam_workspace_get_n_regions (window->workspace);
  for (int i = 0; i < n; i++) {
    const int32_t id =
        lam_workspace_get_nth_region (window->workspace, (size_t)i)->id;
    LamRegionRow *row = find_row (window, i, id);
    if (row)
      lam_region_row_refresh (row);
    else
      gtk_list_box_insert (window->list, make_row (window, id), i);
  }
  find_row (window, n, INT32_MAX);
  gtk_stack_set_visible_child_name (window->stack, n > 0 ? "list" : "empty");
  lam_announce ("REGIONS %d", n);
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

/* --- before it goes ------------------------------------------------------- */

static bool
settle (LamRegionsWindow *window)
{
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (window->list, i)); i++)
    if (!lam_region_row_settle (LAM_REGION_ROW (row)))
      return false;
  return true;
}

static gboolean
lam_regions_window_close_request (GtkWindow *base)
{
  return !settle (LAM_REGIONS_WINDOW (base))
      || GTK_WINDOW_CLASS (lam_regions_window_parent_class)
             ->close_request (base);
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
lam_regions_window_class_init (LamRegionsWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_regions_window_dispose;
  GTK_WINDOW_CLASS (class)->close_request = lam_regions_window_close_request;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/regions-window.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamRegionsWindow, child)
  BIND (stack);
  BIND (list);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, draw_cb);
  gtk_widget_class_bind_template_callback (widget_class, seen_cb);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
lam_regions_window_init (LamRegionsWindow *window)
{
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

bool
lam_regions_window_settle (LamWindow *parent)
{
  gpointer window = g_object_get_data (G_OBJECT (parent), OF_PARENT);
  if (!window || settle (window))
    return true;
  gtk_window_present (window);
  return false;
}
