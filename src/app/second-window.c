/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/second-window.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/measuring.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/quality-table.h"
#include "app/region-choice.h"
#include "app/region-dialog.h"
#include "base/error.h"
#include "workspace/regions.h"
#include "workspace/second-person.h"

#define LAM_TYPE_SECOND_WINDOW (lam_second_window_get_type ())
G_DECLARE_FINAL_TYPE (
    LamSecondWindow, lam_second_window, LAM, SECOND_WINDOW, AdwWindow)

struct _LamSecondWindow {
  AdwWindow parent_instance;
  bool is_filling; /* a list is being made */
  int64_t wanted; /* the voice to choose once it is listed; or 0 */
  int64_t measured; /* whose agreement is shown, or on its way; or 0 */
  /* Owned */
  LamWorkspace *workspace;
  LamMeasuring *measuring; /* until it is closed */
  GPtrArray *voices; /* LamVoice, all of them; or NULL */
  GPtrArray *shown; /* LamVoice, Borrowed, in the order of the list */
  /* Template children */
  AdwComboRow *region, *with;
  AdwActionRow *none;
  GtkWidget *steps, *agreement;
  GtkSpinner *spinner;
  GtkLabel *share;
  GtkGrid *grid;
  GtkLabel *summary, *problem;
  LamQualityTable table; /* of those */
};

G_DEFINE_FINAL_TYPE (LamSecondWindow, lam_second_window, ADW_TYPE_WINDOW)

/* Borrowed; NULL: there is none. */
static const LamRegion *
get_region (LamSecondWindow *window)
{
  return lam_workspace_get_region (
      window->workspace, lam_region_choice_get (window->region));
}

static const LamVoice *
get_voice (LamSecondWindow *window)
{
  const guint i = adw_combo_row_get_selected (window->with);
  return i < window->shown->len ? window->shown->pdata[i] : NULL;
}

/* --- how well both agree -------------------------------------------------- */

static void
show_report (LamSecondWindow *window, const LamQualityReport *report)
{
  lam_quality_table_show (&window->table, report, NULL);
  lam_announce ("AGREEMENT %.6f", report->score.mean_iou);
}

static bool
is_chosen (LamSecondWindow *window, int64_t id)
{
  const LamVoice *voice = get_voice (window);
  return voice && voice->id == id;
}

static void
leave_report (LamSecondWindow *window)
{
  window->measured = 0;
  lam_measuring_cancel (window->measuring);
  lam_quality_table_clear (&window->table, NULL);
}

/* No word of one person stands under the name of another. */
static void
leave_other (LamSecondWindow *window)
{
  if (!is_chosen (window, window->measured))
    leave_report (window);
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamSecondWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamQualityReport) report = { 0 };
  bool done = lam_workspace_measure_voice_finish (
      LAM_WORKSPACE (source), result, &report, &error);
  /* It was closed meanwhile. */
  if (!window->workspace)
    return;
  const bool is_wanted = is_chosen (window, window->measured);
  if (done && is_wanted)
    show_report (window, &report);
  else if (!done && is_wanted && !lam_error_is_cancelled (error))
    lam_quality_table_clear (&window->table, error->message);
  lam_measuring_end (window->measuring);
}

static bool
start_measuring (LamProgress *progress, gpointer user_data)
{
  LamSecondWindow *window = user_data;
  const LamVoice *voice = get_voice (window);
  if (!voice)
    return false;
  window->measured = voice->id;
  lam_workspace_measure_voice_async (
      window->workspace, voice, progress, measured_cb, g_object_ref (window));
  return true;
}

/* --- the lists ------------------------------------------------------------ */

/* When the one came back of whom the agreement is shown. */
static void
show_time (LamSecondWindow *window)
{
  const LamVoice *voice = get_voice (window);
  g_autoptr (GDateTime) time = voice
      ? g_date_time_new_from_unix_local (voice->time / G_TIME_SPAN_SECOND)
      : NULL;
  g_autofree char *date =
      time ? g_date_time_format (time, _ ("%e %B %Y, %R")) : NULL;
  g_autofree char *text =
      date ? g_strdup_printf (_ ("Brought back %s"), g_strstrip (date)) : NULL;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (window->with), text ? text : "");
}

/* Of the region that is chosen. */
static void
show_annotators (LamSecondWindow *window)
{
  const LamRegion *region = get_region (window);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;
  g_ptr_array_set_size (window->shown, 0);
  for (guint i = 0; region && window->voices && i < window->voices->len; i++) {
    LamVoice *voice = window->voices->pdata[i];
    if (voice->region != region->id)
      continue;
    if (voice->id == window->wanted)
      selected = window->shown->len;
    g_ptr_array_add (window->shown, voice);
    gtk_string_list_append (names, voice->name);
  }
  window->is_filling = true;
  adw_combo_row_set_model (window->with, G_LIST_MODEL (names));
  adw_combo_row_set_selected (window->with, selected);
  window->is_filling = false;
  gtk_widget_set_visible (window->agreement, window->shown->len > 0);
  show_time (window);
  leave_other (window);
  lam_measuring_ask (window->measuring);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamSecondWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) voices =
      lam_workspace_list_annotators_finish (window->workspace, result, &error);
  if (!window->workspace)
    return;
  if (!voices) {
    lam_quality_table_show_problem (&window->table, error->message);
    return;
  }
  g_clear_pointer (&window->voices, g_ptr_array_unref);
  window->voices = g_steal_pointer (&voices);
  show_annotators (window);
}

static void
list_annotators (LamSecondWindow *window)
{
  lam_workspace_list_annotators_async (
      window->workspace, listed_cb, g_object_ref (window));
}

static void
list_regions (LamSecondWindow *window)
{
  const size_t n = lam_workspace_get_n_regions (window->workspace);
  window->is_filling = true;
  lam_region_choice_fill (window->region, window->workspace, NULL);
  window->is_filling = false;
  gtk_widget_set_visible (GTK_WIDGET (window->region), n > 0);
  gtk_widget_set_visible (GTK_WIDGET (window->none), n == 0);
  gtk_widget_set_sensitive (window->steps, n > 0);
  show_annotators (window);
}

static void
region_cb (LamSecondWindow *window)
{
  if (!window->is_filling && window->workspace)
    show_annotators (window);
}

static void
with_cb (LamSecondWindow *window)
{
  if (window->is_filling || !window->workspace)
    return;
  show_time (window);
  leave_other (window);
  lam_measuring_ask (window->measuring);
}

/* --- away and back -------------------------------------------------------- */

typedef struct {
  LamSecondWindow *window; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
} Act;

static Act *
act_new (LamSecondWindow *window, const char *title)
{
  Act *act = g_new0 (Act, 1);
  act->window = g_object_ref (window);
  act->progress = lam_progress_new ();
  act->dialog =
      lam_progress_dialog_new (GTK_WINDOW (window), title, act->progress);
  return act;
}

static void
act_free (Act *act)
{
  lam_progress_dialog_close (act->dialog);
  lam_progress_unref (act->progress);
  g_object_unref (act->window);
  g_free (act);
}

/* A message where the window is still there. */
static void
tell (Act *act, const char *heading, const char *body)
{
  if (act->window->workspace)
    lam_message_present (GTK_WINDOW (act->window), heading, body);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_workspace_export_blind_finish (NULL, result, &error)) {
    tell (act, _ ("The Copy Is Ready"),
        _ ("Give both files to the second person: the project (.lamella) and "
           "the image of the same name (.tif). Nothing in them says what you "
           "labelled. When they are done, bring the project back here."));
    lam_announce ("BLIND");
  } else if (!lam_error_is_cancelled (error))
    tell (act, _ ("The Copy Was Not Made"), error->message);
  act_free (act);
}

static void
save_chosen_cb (GtkWindow *parent, const char *path, gpointer unused)
{
  LamSecondWindow *window = LAM_SECOND_WINDOW (parent);
  const LamRegion *region = window->workspace ? get_region (window) : NULL;
  if (!region)
    return;
  g_autofree char *whole = g_str_has_suffix (path, ".lamella")
      ? g_strdup (path)
      : g_strconcat (path, ".lamella", NULL);
  Act *act = act_new (window, _ ("Writing the Copy"));
  lam_workspace_export_blind_async (
      window->workspace, region->id, whole, act->progress, written_cb, act);
}

static void
give_cb (LamSecondWindow *window)
{
  const LamRegion *region = get_region (window);
  if (!region)
    return;
  g_autofree char *folder = g_path_get_dirname (
      lam_store_get_path (lam_workspace_get_store (window->workspace)));
  g_autofree char *name = g_strdup_printf (_ ("%s, blind"), region->name);
  g_strdelimit (name, "/", '-');
  g_autofree char *file = g_strconcat (name, ".lamella", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  lam_file_question_present (GTK_WINDOW (window),
      &(LamFileQuestion){ .title = _ ("Copy for a Second Person"),
          .accept = _ ("_Save"),
          .path = path,
          .filter = _ ("Lamella projects"),
          .patterns = "*.lamella",
          .is_save = true },
      save_chosen_cb, NULL, NULL);
}

static void
show_voice (LamSecondWindow *window, const LamVoice *voice)
{
  window->wanted = voice->id;
  lam_region_choice_set (window->region, voice->region);
  list_annotators (window);
  lam_announce ("VOICE %" G_GINT64_FORMAT, voice->id);
}

static void
brought_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVoice) voice = lam_workspace_import_voice_finish (
      LAM_WORKSPACE (source), result, &error);
  if (voice && act->window->workspace)
    show_voice (act->window, voice);
  else if (!voice && !lam_error_is_cancelled (error))
    tell (act, _ ("The Labels Were Not Brought Back"), error->message);
  act_free (act);
}

static void
open_chosen_cb (GtkWindow *parent, const char *path, gpointer unused)
{
  LamSecondWindow *window = LAM_SECOND_WINDOW (parent);
  if (!window->workspace)
    return;
  Act *act = act_new (window, _ ("Bringing the Labels Back"));
  lam_workspace_import_voice_async (
      window->workspace, path, act->progress, brought_cb, act);
}

static void
bring_cb (LamSecondWindow *window)
{
  lam_file_question_present (GTK_WINDOW (window),
      &(LamFileQuestion){ .title = _ ("Second Person’s Labels"),
          .accept = _ ("_Bring Back"),
          .filter = _ ("Lamella projects"),
          .patterns = "*.lamella" },
      open_chosen_cb, NULL, NULL);
}

static void
new_region_cb (LamSecondWindow *window)
{
  const LamBox all =
      lam_box_of_size (lam_workspace_get_size (window->workspace));
  lam_region_dialog_present (GTK_WINDOW (window), window->workspace, &all);
}

static void
decide_cb (LamSecondWindow *window)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (window));
  gtk_window_present (parent);
  gtk_widget_activate_action (GTK_WIDGET (parent), "win.next-place", NULL);
}

/* What the one says with whom the agreement is shown. */
static void
look_cb (LamSecondWindow *window)
{
  const LamVoice *voice = get_voice (window);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (window));
  if (!voice)
    return;
  gtk_window_present (parent);
  gtk_widget_activate_action (
      GTK_WIDGET (parent), "win.look-at-theirs", "x", voice->id);
}

/* --- what changes --------------------------------------------------------- */

static bool
concerns (const LamBox *box, gpointer user_data)
{
  const LamVoice *voice = get_voice (user_data);
  const LamBox both =
      voice ? lam_box_intersect (&voice->box, box) : (LamBox){ { 0 }, { 0 } };
  return !lam_box_is_empty (&both);
}

static void
leave_cb (gpointer user_data)
{
  leave_report (user_data);
}

/* --- the window ----------------------------------------------------------- */

static void
lam_second_window_dispose (GObject *object)
{
  LamSecondWindow *window = LAM_SECOND_WINDOW (object);
  g_clear_pointer (&window->measuring, lam_measuring_free);
  if (window->workspace)
    g_signal_handlers_disconnect_by_data (window->workspace, window);
  g_clear_object (&window->workspace);
  G_OBJECT_CLASS (lam_second_window_parent_class)->dispose (object);
}

static void
lam_second_window_finalize (GObject *object)
{
  LamSecondWindow *window = LAM_SECOND_WINDOW (object);
  g_ptr_array_unref (window->shown);
  g_clear_pointer (&window->voices, g_ptr_array_unref);
  G_OBJECT_CLASS (lam_second_window_parent_class)->finalize (object);
}

static void
lam_second_window_class_init (LamSecondWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_second_window_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_second_window_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/second-window.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamSecondWindow, child)
  BIND (region);
  BIND (with);
  BIND (none);
  BIND (steps);
  BIND (agreement);
  BIND (spinner);
  BIND (share);
  BIND (grid);
  BIND (summary);
  BIND (problem);
#undef BIND
#define CALL(callback) \
  gtk_widget_class_bind_template_callback (widget_class, callback)
  CALL (region_cb);
  CALL (with_cb);
  CALL (give_cb);
  CALL (bring_cb);
  CALL (new_region_cb);
  CALL (decide_cb);
  CALL (look_cb);
#undef CALL
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
lam_second_window_init (LamSecondWindow *window)
{
  window->shown = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (window));
  window->table =
      (LamQualityTable){ window->grid, window->summary, window->problem };
  window->measuring =
      lam_measuring_new (window->spinner, window->share, start_measuring, window);
}

#define OF_PARENT "lam-second-window"

static LamSecondWindow *
make_window (GtkWindow *parent, LamWorkspace *workspace)
{
  LamSecondWindow *window = g_object_new (LAM_TYPE_SECOND_WINDOW,
      "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  g_set_object (&window->workspace, workspace);
  lam_measuring_watch (window->measuring, workspace, concerns, leave_cb);
  g_signal_connect_swapped (
      workspace, "regions-changed", G_CALLBACK (list_regions), window);
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (gtk_window_destroy), window);
  list_regions (window);
  list_annotators (window);
  return window;
}

static void
forget_cb (GtkWindow *parent)
{
  g_object_set_data (G_OBJECT (parent), OF_PARENT, NULL);
}

void
lam_second_window_present (GtkWindow *parent, LamWorkspace *workspace)
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
