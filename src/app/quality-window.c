/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/quality-window.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/measuring.h"
#include "app/quality-table.h"
#include "app/region-choice.h"
#include "app/truth-map-dialog.h"
#include "base/error.h"
#include "workspace/quality-live.h"
#include "workspace/regions.h"

#define SETTING "quality-truth"
#define MAP_SETTING "quality-map:" /* and the path of the truth */

#define LAM_TYPE_QUALITY_WINDOW (lam_quality_window_get_type ())
G_DECLARE_FINAL_TYPE (
    LamQualityWindow, lam_quality_window, LAM, QUALITY_WINDOW, AdwWindow)

struct _LamQualityWindow {
  AdwWindow parent_instance;
  bool is_listing; /* the list of regions is being made */
  bool is_other; /* something else than what the one under way compares */
  LamBox box; /* that is compared; empty: the whole volume */
  /* Owned */
  LamWorkspace *workspace;
  char *truth;
  char *map; /* which classes its numbers are; or NULL: the project's */
  LamMeasuring *measuring; /* until it is closed */
  /* Template children */
  AdwActionRow *truth_row;
  GtkWidget *classes;
  AdwComboRow *region;
  GtkSpinner *spinner;
  GtkLabel *share;
  GtkGrid *grid;
  GtkLabel *summary, *problem;
  LamQualityTable table; /* of those */
};

G_DEFINE_FINAL_TYPE (LamQualityWindow, lam_quality_window, ADW_TYPE_WINDOW)

/* Of the region that is chosen, as it is now. */
static void
take_box (LamQualityWindow *window)
{
  const LamRegion *region = lam_workspace_get_region (
      window->workspace, lam_region_choice_get (window->region));
  window->box = region ? region->box : (LamBox){ { 0 }, { 0 } };
}

/* ---- Measuring ---------------------------------------------------------- */

/* Numbers of a truth that are no class here, taken as they are: "3, 4"; their
 * count. */
static guint
list_strangers (const LamQualityReport *report, GString *text)
{
  const GArray *classes = report->score.classes;
  guint n = 0;
  for (guint i = 0; report->kind == LAM_QUALITY_CLASSES && i < classes->len;
       i++) {
    const int index = g_array_index (classes, LamScoreClass, i).class_index;
    if (index < 0
        || (index < (int)report->class_names->len
            && report->class_names->pdata[index]))
      continue;
    g_string_append_printf (text, "%s%d", n++ > 0 ? ", " : "", index);
  }
  return n;
}

static char *
dup_remark (const LamQualityReport *report)
{
  g_autoptr (GString) strangers = g_string_new (NULL);
  const guint n = list_strangers (report, strangers);
  if (report->unknown_text)
    return g_strdup_printf (
        _ ("Of the truth do not count, as they are no class here: %s"),
        report->unknown_text);
  return n > 0 ? g_strdup_printf (
             ngettext ("%s is no class here. If the truth numbers its classes "
                       "otherwise, “Classes…” says which is which.",
                 "%s are no classes here. If the truth numbers its classes "
                 "otherwise, “Classes…” says which is which.",
                 n),
             strangers->str)
               : NULL;
}

static void
show_report (LamQualityWindow *window, const LamQualityReport *report)
{
  g_autofree char *unknown = dup_remark (report);
  lam_quality_table_show (&window->table, report, unknown);
  lam_announce ("QUALITY %.6f", report->score.mean_iou);
}

/* Something else is compared: no score of what was stays. */
static void
leave_report (LamQualityWindow *window)
{
  window->is_other = true;
  lam_measuring_cancel (window->measuring);
  lam_quality_table_clear (&window->table, NULL);
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamQualityWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamQualityReport) report = { 0 };
  bool done = lam_workspace_measure_finish (
      LAM_WORKSPACE (source), result, &report, &error);
  /* It was closed meanwhile. */
  if (!window->workspace)
    return;
  if (done && !window->is_other)
    show_report (window, &report);
  else if (!done && !window->is_other && !lam_error_is_cancelled (error))
    lam_quality_table_clear (&window->table, error->message);
  lam_measuring_end (window->measuring);
}

static bool
start_measuring (LamProgress *progress, gpointer user_data)
{
  LamQualityWindow *window = user_data;
  if (!window->truth || !window->workspace)
    return false;
  window->is_other = false;
  lam_workspace_measure_async (window->workspace, window->truth, window->map,
      &window->box, progress, measured_cb, g_object_ref (window));
  return true;
}

/* ---- What is compared --------------------------------------------------- */

static void
set_truth (LamQualityWindow *window, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *setting = g_strconcat (MAP_SETTING, path, NULL);
  g_free (window->truth);
  window->truth = g_strdup (path);
  g_free (window->map);
  window->map = lam_workspace_dup_setting (window->workspace, setting);
  /* Classes of a project are those of the same name. */
  gtk_widget_set_sensitive (
      window->classes, !g_str_has_suffix (path, ".lamella"));
  adw_action_row_set_subtitle (window->truth_row, name);
  lam_workspace_set_setting (window->workspace, SETTING, path);
  leave_report (window);
  lam_measuring_ask (window->measuring);
}

static void
chosen_cb (GtkWindow *window, const char *path, gpointer user_data)
{
  if (LAM_QUALITY_WINDOW (window)->workspace)
    set_truth (LAM_QUALITY_WINDOW (window), path);
}

static void
choose_cb (GtkButton *button, LamQualityWindow *window)
{
  lam_file_question_present (GTK_WINDOW (window),
      &(LamFileQuestion){ .title = _ ("Truth to Compare With"),
          .accept = _ ("_Compare"),
          .path = window->truth,
          .filter = _ ("Stacks and projects"),
          .patterns = "*.tif *.tiff *.lamella" },
      chosen_cb, NULL, NULL);
}

static void
mapped_cb (GtkWindow *parent, const char *text)
{
  LamQualityWindow *window = LAM_QUALITY_WINDOW (parent);
  if (!window->workspace)
    return;
  g_autofree char *setting = g_strconcat (MAP_SETTING, window->truth, NULL);
  g_free (window->map);
  window->map = g_strdup (text);
  lam_workspace_set_setting (window->workspace, setting, text);
  leave_report (window);
  lam_measuring_ask (window->measuring);
}

static void
classes_cb (GtkButton *button, LamQualityWindow *window)
{
  lam_truth_map_dialog_present (GTK_WINDOW (window), window->workspace,
      window->truth, window->map, mapped_cb);
}

static void
region_cb (LamQualityWindow *window)
{
  if (window->is_listing || !window->workspace)
    return;
  take_box (window);
  leave_report (window);
  lam_measuring_ask (window->measuring);
}

static void
list_regions (LamQualityWindow *window)
{
  const LamBox before = window->box;
  window->is_listing = true;
  lam_region_choice_fill (
      window->region, window->workspace, _ ("Whole volume"));
  window->is_listing = false;
  take_box (window);
  const LamBox now = window->box;
  if (!lam_box_equal (&before, &now))
    leave_report (window);
  lam_measuring_ask (window->measuring);
}

/* ---- What changes ------------------------------------------------------- */

static bool
concerns (const LamBox *box, gpointer user_data)
{
  const LamQualityWindow *window = user_data;
  const LamBox common = lam_box_intersect (&window->box, box);
  return lam_box_is_empty (&window->box) || !lam_box_is_empty (&common);
}

static void
leave_cb (gpointer user_data)
{
  leave_report (user_data);
}

/* ---- The window --------------------------------------------------------- */

static void
lam_quality_window_dispose (GObject *object)
{
  LamQualityWindow *window = LAM_QUALITY_WINDOW (object);
  g_clear_pointer (&window->measuring, lam_measuring_free);
  if (window->workspace)
    g_signal_handlers_disconnect_by_data (window->workspace, window);
  g_clear_object (&window->workspace);
  G_OBJECT_CLASS (lam_quality_window_parent_class)->dispose (object);
}

static void
lam_quality_window_finalize (GObject *object)
{
  LamQualityWindow *window = LAM_QUALITY_WINDOW (object);
  g_free (window->truth);
  g_free (window->map);
  G_OBJECT_CLASS (lam_quality_window_parent_class)->finalize (object);
}

static void
lam_quality_window_class_init (LamQualityWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_quality_window_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_quality_window_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/quality-window.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamQualityWindow, child)
  BIND (truth_row);
  BIND (classes);
  BIND (region);
  BIND (spinner);
  BIND (share);
  BIND (grid);
  BIND (summary);
  BIND (problem);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, classes_cb);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
lam_quality_window_init (LamQualityWindow *window)
{
  gtk_widget_init_template (GTK_WIDGET (window));
  window->table =
      (LamQualityTable){ window->grid, window->summary, window->problem };
  window->measuring = lam_measuring_new (
      window->spinner, window->share, start_measuring, window);
  g_signal_connect_swapped (
      window->region, "notify::selected", G_CALLBACK (region_cb), window);
}

#define OF_PARENT "lam-quality-window"

static LamQualityWindow *
make_window (GtkWindow *parent, LamWorkspace *workspace)
{
  LamQualityWindow *window = g_object_new (LAM_TYPE_QUALITY_WINDOW,
      "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  g_set_object (&window->workspace, workspace);
  lam_measuring_watch (window->measuring, workspace, concerns, leave_cb);
  g_signal_connect_swapped (
      workspace, "regions-changed", G_CALLBACK (list_regions), window);
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (gtk_window_destroy), window);
  list_regions (window);
  g_autofree char *truth = lam_workspace_dup_setting (workspace, SETTING);
  if (truth && g_file_test (truth, G_FILE_TEST_EXISTS))
    set_truth (window, truth);
  return window;
}

static void
forget_cb (GtkWindow *parent)
{
  g_object_set_data (G_OBJECT (parent), OF_PARENT, NULL);
}

void
lam_quality_window_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  GtkWindow *window = g_object_get_data (G_OBJECT (parent), OF_PARENT);
  if (!window) {
    window = GTK_WINDOW (make_window (parent, workspace));
    g_object_set_data (G_OBJECT (parent), OF_PARENT, window);
    g_signal_connect_object (
        window, "destroy", G_CALLBACK (forget_cb), parent, G_CONNECT_SWAPPED);
  }
  gtk_window_present (window);
}
