/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/network-button.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/job-row.h"
#include "app/learning-box.h"
#include "app/looks-box.h"
#include "app/message-dialog.h"
#include "app/model-list.h"
#include "app/scroll-height.h"
#include "app/training-line.h"
#include "app/training-window.h"
#include "app/window.h"
#include "base/error.h"
#include "base/text.h"
#include "workspace/acceptance.h"
#include "workspace/model-evidence.h"
#include "workspace/model-looks.h"
#include "workspace/model-worker-learn.h"
#include "workspace/model-worker.h"
#include "workspace/project-models.h"
#include "workspace/segment-all.h"

/* How often the number of voxels that are left is looked at. */
#define PROGRESS_MS 500

#define MOST_JOBS_HEIGHT 140

struct _LamNetworkButton {
  GtkWidget parent_instance;
  guint progress_source;
  bool is_filling; /* what is ticked follows the project */
  bool goes_on; /* with all of the volume, once it is known what is on screen */
  /* Owned */
  LamWorkspace *workspace;
  LamModelWorker *worker; /* NULL without a project that can be changed */
  /* Borrowed */
  LamCanvas *canvas; /* NULL once it is gone */
  /* Template children */
  GtkMenuButton *button;
  GtkLabel *state;
  LamModelList *models;
  GtkToggleButton *pause;
  GtkCheckButton *only_proposes, *propagates;
  LamLearningBox *learning;
  LamTrainingLine *training;
  LamLooksBox *looks;
  GtkListBox *jobs;
  GtkScrolledWindow *scrolled_jobs;
  GtkWidget *cancel_all;
};

G_DEFINE_FINAL_TYPE (LamNetworkButton, lam_network_button, GTK_TYPE_WIDGET)

static guint answered_signal;

/* --- what it does --------------------------------------------------------- */

/* Of a network as a whole: beside the person, or a new one. */
static bool
get_training (LamNetworkButton *button, double *fraction, double *seconds)
{
  return lam_learning_box_get_left (button->learning, fraction, seconds)
      || lam_training_line_get_left (button->training, fraction, seconds);
}

static guint
get_n_jobs (LamNetworkButton *button)
{
  return g_list_model_get_n_items (lam_model_worker_get_jobs (button->worker));
}

/* Of what segments; NULL: nothing does. */
static char *
dup_segmenting (LamNetworkButton *button)
{
  const guint n = get_n_jobs (button);
  if (!lam_model_list_get_active_name (button->models))
    return NULL;
  if (lam_model_worker_is_paused (button->worker))
    return n
        ? g_strdup_printf (ngettext ("Paused, %d job", "Paused, %d jobs", n), n)
        : g_strdup (_ ("Paused"));
  if (n == 0)
    return NULL;
  if (lam_model_worker_waits_for_redo (button->worker))
    return g_strdup (_ ("Waits for what was undone"));
  const double left =
      (double)lam_model_worker_get_voxels_left (button->worker) / 1e6;
  const LamLesson lesson = lam_model_worker_get_lesson (button->worker);
  return lesson.state == LAM_LESSON_RUNS
      ? g_strdup_printf (_ ("Learning, %.1f Mvoxel left"), left)
      : g_strdup_printf (_ ("Segmenting, %.1f Mvoxel left"), left);
}

static char *
dup_who (LamNetworkButton *button, const char *name)
{
  const int n = lam_workspace_count_looks (button->workspace);
  if (!name)
    return g_strdup (_ ("No network"));
  return n == 1 ? g_strdup (name)
                : g_strdup_printf (_ ("%s, %d looks"), name, n);
}

static char *
dup_state (LamNetworkButton *button)
{
  const char *name = lam_model_list_get_active_name (button->models);
  g_autofree char *segmenting = dup_segmenting (button);
  double fraction, seconds;
  if (!get_training (button, &fraction, &seconds))
    return segmenting ? g_steal_pointer (&segmenting) : dup_who (button, name);
  if (segmenting)
    return g_strdup_printf (
        _ ("%s; training %.0f %%"), segmenting, 100 * fraction);
  g_autofree char *left = lam_text_duration (seconds);
  return seconds < 0 ? g_strdup_printf (_ ("Training, %.0f %%"), 100 * fraction)
                     : g_strdup_printf (_ ("Training, %s left"), left);
}

static void
show_state (LamNetworkButton *button)
{
  if (!button->worker)
    return;
  g_autofree char *text = dup_state (button);
  gtk_label_set_text (button->state, text);
  lam_training_line_refresh (button->training);
  const bool paused = lam_model_worker_is_paused (button->worker);
  if (gtk_toggle_button_get_active (button->pause) != paused)
    gtk_toggle_button_set_active (button->pause, paused);
}

static bool
is_busy (LamNetworkButton *button)
{
  double fraction, seconds;
  return get_n_jobs (button) > 0 || get_training (button, &fraction, &seconds);
}

static gboolean
progress_cb (gpointer user_data)
{
  LamNetworkButton *button = user_data;
  show_state (button);
  if (is_busy (button))
    return G_SOURCE_CONTINUE;
  button->progress_source = 0;
  return G_SOURCE_REMOVE;
}

static void
state_changed_cb (LamNetworkButton *button)
{
  show_state (button);
  if (button->worker && is_busy (button) && !button->progress_source)
    button->progress_source = g_timeout_add (PROGRESS_MS, progress_cb, button);
}

static void
worker_changed_cb (LamNetworkButton *button)
{
  const guint n = get_n_jobs (button);
  state_changed_cb (button);
  gtk_widget_set_visible (button->cancel_all, n > 1);
  lam_scroll_height_fit (button->scrolled_jobs, MOST_JOBS_HEIGHT);
  if (lam_model_list_get_active_name (button->models))
    lam_announce ("NETWORK %s %u",
        lam_model_worker_is_paused (button->worker) ? "paused" : "runs", n);
}

static void
answered_cb (LamNetworkButton *button)
{
  lam_announce ("ANSWERED");
  g_signal_emit (button, answered_signal, 0);
}

static void
failed_cb (LamModelWorker *worker, const char *text, LamNetworkButton *button)
{
  gtk_menu_button_popdown (button->button);
  lam_message_present (
      lam_window_of (GTK_WIDGET (button)), _ ("The network is paused"), text);
}

typedef struct {
  LamModelWorker *worker; /* Owned */
  LamModelTiles tiles;
} Offer;

static void
offer_free (gpointer data)
{
  Offer *offer = data;
  g_object_unref (offer->worker);
  g_free (offer);
}

static void
use_tiles_cb (gpointer data)
{
  const Offer *offer = data;
  lam_model_worker_use_tiles (offer->worker, &offer->tiles);
  lam_announce ("TILES %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                " %" G_GINT64_FORMAT,
      offer->tiles.tile[0], offer->tiles.tile[1], offer->tiles.tile[2]);
}

static void
needs_memory_cb (LamModelWorker *worker, const char *text,
    const LamModelTiles *tiles, LamNetworkButton *button)
{
  /* It would take the first click for itself. */
  gtk_menu_button_popdown (button->button);
  Offer *offer = g_new (Offer, 1);
  *offer = (Offer){ g_object_ref (worker), *tiles };
  lam_question_present (lam_window_of (GTK_WIDGET (button)),
      _ ("The network is paused"), text, _ ("_Use Smaller Tiles"), FALSE,
      use_tiles_cb, offer, offer_free);
  lam_announce ("NEEDS-MEMORY");
}

static void
pause_cb (GtkToggleButton *pause, LamNetworkButton *button)
{
  if (button->worker)
    lam_model_worker_set_paused (
        button->worker, gtk_toggle_button_get_active (pause));
}

static void
cancel_all_cb (GtkButton *cancel, LamNetworkButton *button)
{
  if (button->worker)
    lam_model_worker_cancel_all (button->worker);
}

/* What is only proposed is not seen in the labels. */
static void
show_proposals (LamNetworkButton *button, bool shown)
{
  LamWindow *window = LAM_WINDOW (lam_window_of (GTK_WIDGET (button)));
  g_object_set (
      lam_window_get_display (window), "show-proposals", (gboolean)shown, NULL);
}

static void
only_proposes_cb (GtkCheckButton *check, LamNetworkButton *button)
{
  const bool only = gtk_check_button_get_active (check);
  if (!button->worker || button->is_filling)
    return;
  lam_workspace_set_only_proposes (button->workspace, only);
  show_proposals (button, only);
}

static void
propagates_cb (GtkCheckButton *check, LamNetworkButton *button)
{
  if (button->worker && !button->is_filling)
    lam_workspace_set_propagates (
        button->workspace, gtk_check_button_get_active (check));
}

/* --- networks of the project ---------------------------------------------- */

static void
complain (LamNetworkButton *button, const char *heading, const GError *error)
{
  gtk_menu_button_popdown (button->button);
  lam_message_present (
      lam_window_of (GTK_WIDGET (button)), heading, error->message);
}

/* Also how the network works may be another than before. */
static void
models_changed_cb (LamNetworkButton *button)
{
  button->is_filling = true;
  gtk_check_button_set_active (
      button->only_proposes, lam_workspace_only_proposes (button->workspace));
  gtk_check_button_set_active (
      button->propagates, lam_workspace_propagates (button->workspace));
  button->is_filling = false;
  lam_looks_box_refresh (button->looks);
  show_state (button);
}

static void
file_cb (GtkNativeDialog *dialog, int response, LamNetworkButton *button)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
      ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
      : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  if (path && button->worker)
    lam_model_list_add (button->models, path);
  g_object_unref (dialog);
}

void
lam_network_button_add (LamNetworkButton *button)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  if (!button->worker)
    return;
  gtk_menu_button_popdown (button->button);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Add a Network"), lam_window_of (GTK_WIDGET (button)),
      GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Add"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, _ ("Networks (ONNX)"));
  gtk_file_filter_add_suffix (filter, "onnx");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (file_cb), button, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
lam_network_button_toggle_pause (LamNetworkButton *button)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  if (button->worker)
    lam_model_worker_set_paused (
        button->worker, !lam_model_worker_is_paused (button->worker));
}

static void
all_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamNetworkButton) button = user_data;
  g_autoptr (GError) error = NULL;
  bool done =
      lam_segment_all_finish (LAM_MODEL_WORKER (source), result, &error);
  lam_announce ("SEGMENTED %d", done);
  if (lam_error_is_cancelled (error)) {
    if (button->worker == LAM_MODEL_WORKER (source))
      lam_window_tell (
          LAM_WINDOW (lam_window_of (GTK_WIDGET (button))), error->message);
    return;
  }
  /* What failed is told by the worker, but not what could not begin. */
  if (!done && !lam_model_worker_is_paused (LAM_MODEL_WORKER (source)))
    complain (button, _ ("The volume cannot be segmented"), error);
}

/* What is on screen first; where that is not known yet, once it is. */
static void
segment_all (LamNetworkButton *button)
{
  LamBox boxes[LAM_N_PLANES];
  const int n =
      button->canvas ? lam_canvas_get_visible_boxes (button->canvas, boxes) : 0;
  button->goes_on = n == 0;
  if (n > 0)
    lam_segment_all_async (
        button->worker, &boxes[0], all_cb, g_object_ref (button));
}

void
lam_network_button_segment_all (LamNetworkButton *button)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  if (button->worker)
    segment_all (button);
}

void
lam_network_button_open (LamNetworkButton *button)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  if (button->worker)
    gtk_menu_button_popup (button->button);
}

/* --- the widget ----------------------------------------------------------- */

static void
drop_worker (LamNetworkButton *button)
{
  gtk_list_box_bind_model (button->jobs, NULL, NULL, NULL, NULL);
  lam_learning_box_set_worker (button->learning, NULL, NULL);
  lam_training_line_set_workspace (button->training, NULL);
  lam_looks_box_set_workspace (button->looks, NULL);
  lam_model_list_set_workspace (button->models, NULL);
  if (button->worker)
    g_signal_handlers_disconnect_by_data (button->worker, button);
  g_clear_object (&button->worker);
  /* What was dropped above has said so, and set it anew. */
  g_clear_handle_id (&button->progress_source, g_source_remove);
}

static void
tell_view (LamNetworkButton *button)
{
  LamBox boxes[LAM_N_PLANES];
  G_STATIC_ASSERT (LAM_N_PLANES <= LAM_MODEL_WORKER_MAX_VIEWS);
  if (!button->worker || !button->canvas)
    return;
  const int n = lam_canvas_get_visible_boxes (button->canvas, boxes);
  lam_model_worker_set_view (button->worker, boxes, n);
  if (button->goes_on && n > 0)
    segment_all (button);
}

void
lam_network_button_set_canvas (LamNetworkButton *button, LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button) && !button->canvas);
  g_set_weak_pointer (&button->canvas, canvas);
  g_signal_connect_object (canvas, "view-changed", G_CALLBACK (tell_view),
      button, G_CONNECT_SWAPPED);
}

void
lam_network_button_set_up (
    LamNetworkButton *button, GSettings *settings, GtkWidget *window)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  lam_learning_box_set_up (button->learning, settings, window);
}

static void
make_worker (LamNetworkButton *button)
{
  LamWorkspace *workspace = button->workspace;
  drop_worker (button);
  const bool can_work = lam_workspace_get_store (workspace)
      && !lam_workspace_get_read_only_reason (workspace);
  gtk_widget_set_visible (GTK_WIDGET (button->button), can_work);
  if (!can_work)
    return;
  button->worker = lam_model_worker_new (workspace, 0, true);
  button->goes_on = lam_segment_all_is_left (workspace);
  g_signal_connect_swapped (
      button->worker, "changed", G_CALLBACK (worker_changed_cb), button);
  g_signal_connect_swapped (
      button->worker, "answered", G_CALLBACK (answered_cb), button);
  g_signal_connect (button->worker, "failed", G_CALLBACK (failed_cb), button);
  g_signal_connect (
      button->worker, "needs-memory", G_CALLBACK (needs_memory_cb), button);
  gtk_list_box_bind_model (button->jobs,
      lam_model_worker_get_jobs (button->worker), lam_job_row_new,
      button->worker, NULL);
  lam_learning_box_set_worker (button->learning, workspace, button->worker);
  lam_training_line_set_workspace (button->training, workspace);
  lam_looks_box_set_workspace (button->looks, workspace);
  lam_model_list_set_workspace (button->models, workspace);
  tell_view (button);
  if (lam_workspace_only_proposes (workspace))
    show_proposals (button, true);
  lam_training_window_remind (lam_window_of (GTK_WIDGET (button)), workspace);
}

void
lam_network_button_set_workspace (
    LamNetworkButton *button, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  drop_worker (button);
  if (button->workspace)
    g_signal_handlers_disconnect_by_data (button->workspace, button);
  g_set_object (&button->workspace, workspace);
  gtk_widget_set_visible (GTK_WIDGET (button->button), FALSE);
  if (!workspace)
    return;
  g_signal_connect_object (workspace, "project-changed",
      G_CALLBACK (make_worker), button, G_CONNECT_SWAPPED);
  make_worker (button);
}

static void
lam_network_button_dispose (GObject *object)
{
  LamNetworkButton *button = LAM_NETWORK_BUTTON (object);
  if (button->jobs)
    drop_worker (button);
  if (button->workspace)
    g_signal_handlers_disconnect_by_data (button->workspace, button);
  g_clear_object (&button->workspace);
  g_clear_weak_pointer (&button->canvas);
  gtk_widget_dispose_template (GTK_WIDGET (button), LAM_TYPE_NETWORK_BUTTON);
  G_OBJECT_CLASS (lam_network_button_parent_class)->dispose (object);
}

static void
lam_network_button_class_init (LamNetworkButtonClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_network_button_dispose;
  answered_signal = g_signal_new ("answered", LAM_TYPE_NETWORK_BUTTON,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/network-button.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamNetworkButton, child)
  BIND (button);
  BIND (state);
  BIND (models);
  BIND (pause);
  BIND (only_proposes);
  BIND (propagates);
  BIND (learning);
  BIND (training);
  BIND (looks);
  BIND (jobs);
  BIND (scrolled_jobs);
  BIND (cancel_all);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, models_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, state_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, only_proposes_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, propagates_cb);
}

void
lam_network_button_close (LamNetworkButton *button)
{
  g_return_if_fail (LAM_IS_NETWORK_BUTTON (button));
  gtk_menu_button_popdown (button->button);
}

static void
lam_network_button_init (LamNetworkButton *button)
{
  g_type_ensure (LAM_TYPE_LEARNING_BOX);
  g_type_ensure (LAM_TYPE_LOOKS_BOX);
  g_type_ensure (LAM_TYPE_MODEL_LIST);
  g_type_ensure (LAM_TYPE_TRAINING_LINE);
  gtk_widget_init_template (GTK_WIDGET (button));
  /* Else GTK 4.8, half a second after the pointer moved there, looks for a tip
   * in the popover, though its surface may be gone by then. */
  g_signal_connect_swapped (gtk_menu_button_get_popover (button->button),
      "closed", G_CALLBACK (gtk_widget_trigger_tooltip_query), button->button);
}
