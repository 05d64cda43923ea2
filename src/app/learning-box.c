/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/learning-box.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/message-dialog.h"
#include "base/error.h"
#include "base/text.h"
#include "workspace/idle-learning.h"
#include "workspace/model-worker-learn.h"
#include "workspace/project-models.h"
#include "workspace/whole-learning.h"

#define PROGRESS_MS 500
#define LOOK_SECONDS 5

struct _LamLearningBox {
  GtkWidget parent_instance;
  bool is_showing; /* the switch follows the project */
  bool shows_training;
  guint progress_source;
  LamProgress *training; /* Owned; NULL: none is under way */
  char *trained; /* Owned; what came of the last one, or NULL */
  LamIdleLearning *idle; /* Owned; NULL without a project */
  GSettings *settings; /* Owned */
  guint look_source;
  /* Borrowed; NULL without a project */
  LamWorkspace *workspace;
  LamModelWorker *worker;
  /* Template children */
  GtkWidget *box;
  GtkCheckButton *learns;
  GtkLabel *status;
  GtkButton *train, *stop;
  GtkProgressBar *bar;
};

G_DEFINE_FINAL_TYPE (LamLearningBox, lam_learning_box, GTK_TYPE_WIDGET)

static guint training_signal;

/* --- what came of it ------------------------------------------------------ */

/* Whose mean IoU is said. */
static const char *
find_judged (const LamLesson *lesson)
{
  return lesson->judged_by == LAM_JUDGED_BY_PART
      ? _ ("mean IoU of the volume, by corrections kept back,")
      : _ ("mean IoU of a sample of what is held out");
}

static char *
describe_kept (const LamLesson *lesson)
{
  const LamLearnerReport *report = &lesson->report;
  if (report->n_tested == 0)
    return g_strdup_printf (ngettext ("Learned from %" G_GINT64_FORMAT " voxel",
                                "Learned from %" G_GINT64_FORMAT " voxels",
                                (gulong)report->n_known),
        report->n_known);
  /* TRANSLATORS: %s is one of the phrases that begin with "mean IoU of" */
  return g_strdup_printf (
      _ ("Learned from %" G_GINT64_FORMAT " voxels: %s %.3f, before %.3f"),
      report->n_known, find_judged (lesson), report->iou_after,
      report->iou_before);
}

static char *
describe_worse (const LamLesson *lesson)
{
  const LamLearnerReport *report = &lesson->report;
  if (report->n_tested == 0)
    return g_strdup (
        _ ("Not kept yet: go to more places, a part of them judges it"));
  if (report->iou_after > report->iou_before)
    return g_strdup_printf (
        _ ("Not kept yet: %s would be %.3f instead of %.3f, but that is not "
           "sure"),
        find_judged (lesson), report->iou_after, report->iou_before);
  return g_strdup_printf (_ ("Not kept: %s would be %.3f instead of %.3f"),
      find_judged (lesson), report->iou_after, report->iou_before);
}

static char *
describe_lesson (const LamLesson *lesson)
{
  switch (lesson->state) {
  case LAM_LESSON_RUNS:
    return g_strdup (_ ("Learning…"));
  case LAM_LESSON_KEPT:
    return describe_kept (lesson);
  case LAM_LESSON_NOTHING:
    return g_strdup (_ ("Nothing to learn from yet"));
  case LAM_LESSON_WORSE:
    return describe_worse (lesson);
  case LAM_LESSON_BACK:
    return g_strdup_printf (
        _ ("Back where it began: %s %.3f, with what it had learned %.3f"),
        find_judged (lesson), lesson->report.iou_before,
        lesson->report.iou_present);
  case LAM_LESSON_FAILED:
    return g_strdup_printf (_ ("Cannot learn: %s"), lesson->problem);
  case LAM_LESSON_NONE:
    break;
  }
  return NULL;
}

/* Of what was begun by hand, or by itself; NULL: nothing trains. */
static LamProgress *
get_training (LamLearningBox *box)
{
  if (box->training || !box->idle)
    return box->training;
  return lam_idle_learning_get_progress (box->idle);
}

static void
show (LamLearningBox *box)
{
  if (!box->worker)
    return;
  const bool trains = get_training (box) != NULL;
  const LamLesson lesson = lam_model_worker_get_lesson (box->worker);
  g_autofree char *text = describe_lesson (&lesson);
  const char *shown = box->trained ? box->trained : text;
  const bool has_model = lam_workspace_get_active_model (box->workspace) != 0;
  box->is_showing = true;
  gtk_check_button_set_active (
      box->learns, lam_model_worker_learns (box->worker));
  box->is_showing = false;
  gtk_label_set_text (box->status, shown ? shown : "");
  gtk_widget_set_visible (GTK_WIDGET (box->status), shown != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (box->learns), has_model);
  gtk_widget_set_sensitive (GTK_WIDGET (box->train), has_model && !trains);
  gtk_widget_set_visible (GTK_WIDGET (box->stop), trains);
  gtk_widget_set_visible (GTK_WIDGET (box->bar), trains);
  if (box->shows_training != trains) {
    box->shows_training = trains;
    g_signal_emit (box, training_signal, 0);
  }
}

bool
lam_learning_box_get_left (
    LamLearningBox *box, double *fraction, double *seconds)
{
  g_return_val_if_fail (LAM_IS_LEARNING_BOX (box), false);
  LamProgress *training = get_training (box);
  if (!training)
    return false;
  *fraction = lam_progress_get_fraction (training);
  *seconds = lam_progress_get_seconds_left (training);
  return true;
}

static void
changed_cb (LamLearningBox *box)
{
  const LamLesson lesson = lam_model_worker_get_lesson (box->worker);
  /* What is newer is shown. */
  if (lesson.state == LAM_LESSON_RUNS)
    g_clear_pointer (&box->trained, g_free);
  show (box);
}

static void
learns_cb (GtkCheckButton *check, LamLearningBox *box)
{
  if (!box->is_showing && box->worker)
    lam_model_worker_set_learns (
        box->worker, gtk_check_button_get_active (check));
}

/* --- training ------------------------------------------------------------- */

static gboolean
progress_cb (gpointer user_data)
{
  LamLearningBox *box = user_data;
  LamProgress *training = get_training (box);
  const double seconds = lam_progress_get_seconds_left (training);
  g_autofree char *time = lam_text_duration (seconds);
  g_autofree char *left = seconds < 0
      ? g_strdup (_ ("Training…"))
      : g_strdup_printf (_ ("Training, %s left"), time);
  gtk_progress_bar_set_fraction (
      box->bar, lam_progress_get_fraction (training));
  gtk_progress_bar_set_text (box->bar, left);
  return G_SOURCE_CONTINUE;
}

static void
end_training (LamLearningBox *box)
{
  g_clear_handle_id (&box->progress_source, g_source_remove);
  g_clear_pointer (&box->training, lam_progress_unref);
}

static char *
describe_training (const LamWholeLearningResult *what)
{
  const LamRefinerReport *report = &what->report;
  const char *by = report->is_part ? _ ("corrections that were kept back")
                                   : _ ("held-out regions");
  if (what->state != 0)
    return g_strdup_printf (_ ("Trained on %" G_GINT64_FORMAT
                               " voxels: mean IoU of %s %.3f, before %.3f"),
        report->n_taught, by, report->iou_after, report->iou_before);
  if (report->iou_after < report->iou_present
      && report->iou_present > report->iou_before)
    return g_strdup_printf (_ ("Trained, but not kept: mean IoU of %s would be "
                               "%.3f, and is %.3f by "
                               "what the last layers learned"),
        by, report->iou_after, report->iou_present);
  if (report->iou_after > report->iou_before)
    return g_strdup_printf (
        _ ("Trained, but not kept yet: mean IoU of %s would be %.3f instead of "
           "%.3f, but not in each part of them"),
        by, report->iou_after, report->iou_before);
  return g_strdup_printf (
      _ ("Trained, but not kept: mean IoU of %s would be %.3f instead of "
         "%.3f"),
      by, report->iou_after, report->iou_before);
}

typedef struct {
  LamLearningBox *box; /* Owned */
  LamProgress *progress; /* Owned */
} Training;

static void
training_free (Training *training)
{
  g_object_unref (training->box);
  lam_progress_unref (training->progress);
  g_free (training);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Training, training_free)

static void
trained_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Training) training = user_data;
  g_autoptr (GError) error = NULL;
  LamLearningBox *box = training->box;
  LamWholeLearningResult what;
  const bool done =
      lam_whole_learning_finish (LAM_WORKSPACE (source), result, &what, &error);
  /* Of a project that is gone. */
  if (box->training != training->progress)
    return;
  end_training (box);
  lam_announce ("TRAINED %d", done && what.state != 0);
  if (done)
    box->trained = describe_training (&what);
  else if (!lam_error_is_cancelled (error))
    lam_message_present (lam_window_of (GTK_WIDGET (box)),
        _ ("The network was not trained"), error->message);
  show (box);
}

static void
train_cb (GtkButton *train, LamLearningBox *box)
{
  const LamWholeLearningSettings settings = { .gives_way = true };
  if (!box->worker || get_training (box))
    return;
  g_clear_pointer (&box->trained, g_free);
  box->training = lam_progress_new ();
  box->progress_source = g_timeout_add (PROGRESS_MS, progress_cb, box);
  const Training training = { g_object_ref (box),
    lam_progress_ref (box->training) };
  lam_whole_learning_async (box->workspace, &settings, box->training,
      trained_cb, g_memdup2 (&training, sizeof training));
  progress_cb (box);
  show (box);
}

static void
stop_cb (GtkButton *stop, LamLearningBox *box)
{
  lam_progress_cancel (get_training (box));
}

/* --- by itself ------------------------------------------------------------ */

static void
idle_changed_cb (LamLearningBox *box)
{
  const LamWholeLearningResult *what = lam_idle_learning_get_result (box->idle);
  const char *problem = lam_idle_learning_get_problem (box->idle);
  const bool runs = lam_idle_learning_get_progress (box->idle) != NULL;
  g_clear_pointer (&box->trained, g_free);
  if (runs)
    box->trained = g_strdup (_ ("You rest, so all of the network trains on "
                                "your corrections; it stops as you go on"));
  else if (problem)
    box->trained = g_strdup_printf (_ ("Cannot train by itself: %s"), problem);
  else if (what)
    box->trained = describe_training (what);
  g_clear_handle_id (&box->progress_source, g_source_remove);
  if (runs)
    box->progress_source = g_timeout_add (PROGRESS_MS, progress_cb, box);
  lam_announce ("IDLE-TRAINING %s", runs ? "on" : "off");
  show (box);
}

static gboolean
look_cb (gpointer user_data)
{
  LamLearningBox *box = user_data;
  if (box->idle && !box->training)
    lam_idle_learning_look (box->idle, g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

static gboolean
stirred_cb (GtkEventController *controller, GdkEvent *event, gpointer user_data)
{
  LamLearningBox *box = user_data;
  if (box->idle)
    lam_idle_learning_stir (box->idle, g_get_monotonic_time ());
  return GDK_EVENT_PROPAGATE;
}

static void
rest_changed_cb (LamLearningBox *box)
{
  if (box->idle && box->settings)
    lam_idle_learning_set_rest (box->idle,
        60.0 * g_settings_get_int (box->settings, "idle-training-minutes"));
}

void
lam_learning_box_set_up (
    LamLearningBox *box, GSettings *settings, GtkWidget *window)
{
  g_return_if_fail (LAM_IS_LEARNING_BOX (box) && !box->settings);
  box->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::idle-training-minutes",
      G_CALLBACK (rest_changed_cb), box, G_CONNECT_SWAPPED);
  GtkEventController *all = gtk_event_controller_legacy_new ();
  gtk_event_controller_set_propagation_phase (all, GTK_PHASE_CAPTURE);
  g_signal_connect_object (all, "event", G_CALLBACK (stirred_cb), box, 0);
  gtk_widget_add_controller (window, all);
  box->look_source = g_timeout_add_seconds (LOOK_SECONDS, look_cb, box);
}

static void
drop_idle (LamLearningBox *box)
{
  if (!box->idle)
    return;
  g_signal_handlers_disconnect_by_data (box->idle, box);
  lam_idle_learning_stop (box->idle);
  g_clear_object (&box->idle);
}

static void
make_idle (LamLearningBox *box)
{
  const LamWholeLearningSettings settings = { .gives_way = true };
  box->idle = lam_idle_learning_new (box->worker, box->workspace, &settings);
  lam_idle_learning_stir (box->idle, g_get_monotonic_time ());
  g_signal_connect_swapped (
      box->idle, "changed", G_CALLBACK (idle_changed_cb), box);
  rest_changed_cb (box);
}

/* --- the widget ----------------------------------------------------------- */

void
lam_learning_box_set_worker (
    LamLearningBox *box, LamWorkspace *workspace, LamModelWorker *worker)
{
  g_return_if_fail (LAM_IS_LEARNING_BOX (box));
  if (box->worker)
    g_signal_handlers_disconnect_by_data (box->worker, box);
  if (box->workspace)
    g_signal_handlers_disconnect_by_data (box->workspace, box);
  lam_progress_cancel (box->training);
  drop_idle (box);
  end_training (box);
  box->shows_training = false;
  g_clear_pointer (&box->trained, g_free);
  g_set_weak_pointer (&box->worker, worker);
  g_set_weak_pointer (&box->workspace, worker ? workspace : NULL);
  if (!worker)
    return;
  g_signal_connect_object (
      worker, "changed", G_CALLBACK (changed_cb), box, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      workspace, "regions-changed", G_CALLBACK (show), box, G_CONNECT_SWAPPED);
  make_idle (box);
  show (box);
}

static void
lam_learning_box_dispose (GObject *object)
{
  LamLearningBox *box = LAM_LEARNING_BOX (object);
  lam_progress_cancel (box->training);
  drop_idle (box);
  end_training (box);
  g_clear_handle_id (&box->look_source, g_source_remove);
  g_clear_object (&box->settings);
  g_clear_weak_pointer (&box->worker);
  g_clear_weak_pointer (&box->workspace);
  g_clear_pointer (&box->trained, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (box), LAM_TYPE_LEARNING_BOX);
  G_OBJECT_CLASS (lam_learning_box_parent_class)->dispose (object);
}

static void
lam_learning_box_class_init (LamLearningBoxClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_learning_box_dispose;
  training_signal = g_signal_new ("training-changed", LAM_TYPE_LEARNING_BOX,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/learning-box.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamLearningBox, child)
  BIND (box);
  BIND (learns);
  BIND (status);
  BIND (train);
  BIND (stop);
  BIND (bar);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, learns_cb);
  gtk_widget_class_bind_template_callback (widget_class, train_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
}

static void
lam_learning_box_init (LamLearningBox *box)
{
  gtk_widget_init_template (GTK_WIDGET (box));
}
