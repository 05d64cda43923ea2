/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/training-window.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/curve-plot.h"
#include "app/example-view.h"
#include "app/message-dialog.h"
#include "app/model-export.h"
#include "app/training-form.h"
#include "app/training-longer.h"
#include "base/text.h"
#include "workspace/project-models.h"
#include "workspace/project-training.h"

/* How often curves are drawn again: a network may do many steps in between. */
#define REDRAW_MS 300
/* Of the losses that one point of the curve is the mean of. */
#define SMOOTHED_SHARE 40
/* 0xRRGGBB of what is learnt from and of what is judged by. */
#define LEARNT_RGB 0x3584e4
#define JUDGED_RGB 0xff7800

#define LAM_TYPE_TRAINING_WINDOW (lam_training_window_get_type ())
G_DECLARE_FINAL_TYPE (
    LamTrainingWindow, lam_training_window, LAM, TRAINING_WINDOW, AdwWindow)

struct _LamTrainingWindow {
  AdwWindow parent_instance;
  guint redraw_source;
  bool shows_form; /* although something of an earlier one is there */
  /* Owned */
  LamWorkspace *workspace;
  LamProjectTraining *training;
  /* Template children */
  GtkStack *pages;
  LamTrainingForm *form;
  GtkLabel *problem, *state, *failure;
  GtkProgressBar *bar;
  LamCurvePlot *losses, *ious;
  LamExampleView *examples;
  LamTrainingLonger *extend;
  GtkButton *start, *smaller, *stop, *go_on, *keep, *use, *export, *discard;
};

G_DEFINE_FINAL_TYPE (LamTrainingWindow, lam_training_window, ADW_TYPE_WINDOW)

/* --- curves --------------------------------------------------------------- */

static guint
get_class_rgb (LamTrainingWindow *window, int i)
{
  const LamClass *class =
      lam_class_table_get_class (lam_workspace_get_classes (window->workspace),
          lam_project_training_get_class_id (window->training, i));
  return class ? class->rgb : 0x808080;
}

/* Raw and, over it, running means: single batches differ much. */
static void
show_losses (LamTrainingWindow *window, const LamTrainingCurve *curve)
{
  const int n = (int)curve->points->len;
  const int width = MAX (1, n / SMOOTHED_SHARE);
  g_autofree double *raw = g_new (double, MAX (2 * n, 1));
  g_autofree double *smooth = g_new (double, MAX (2 * n, 1));
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const LamTrainingPoint *point =
        &g_array_index (curve->points, LamTrainingPoint, i);
    raw[2 * i] = smooth[2 * i] = (double)point->step;
    raw[2 * i + 1] = point->loss;
    sum += point->loss - (i >= width ? raw[2 * (i - width) + 1] : 0);
    smooth[2 * i + 1] = sum / MIN (i + 1, width);
  }
  lam_curve_plot_add (window->losses, _ ("learning"), LEARNT_RGB, TRUE, raw, n);
  lam_curve_plot_add (
      window->losses, _ ("learning"), LEARNT_RGB, FALSE, smooth, n);
}

/* `class` -1: the loss. */
static void
show_judgements (LamTrainingWindow *window, const LamTrainingCurve *curve,
    LamCurvePlot *plot, int class, const char *name, guint rgb)
{
  const int n = (int)curve->judgements->len;
  g_autofree double *points = g_new (double, MAX (2 * n, 1));
  for (int i = 0; i < n; i++) {
    const LamTrainingJudgement *found =
        &g_array_index (curve->judgements, LamTrainingJudgement, i);
    points[2 * i] = (double)found->step;
    points[2 * i + 1] = class < 0 ? found->loss : found->iou[class];
  }
  lam_curve_plot_add (plot, name, rgb, FALSE, points, n);
}

static void
show_curves (LamTrainingWindow *window)
{
  LamProjectTraining *training = window->training;
  const LamTrainingCurve *curve = lam_project_training_get_curve (training);
  const LamTrainingJudgement *best = lam_training_curve_get_best (curve);
  const double n_steps = (double)lam_project_training_get_n_steps (training);
  const double mark = best ? (double)best->step : -1;
  lam_curve_plot_begin (window->losses, n_steps);
  lam_curve_plot_begin (window->ious, n_steps);
  show_losses (window, curve);
  show_judgements (window, curve, window->losses, -1, _ ("judged"), JUDGED_RGB);
  for (int i = 0; i < lam_project_training_get_n_classes (training); i++)
    show_judgements (window, curve, window->ious, i,
        lam_project_training_get_class_name (training, i),
        get_class_rgb (window, i));
  /* Translators: marks the step whose network is kept. */
  lam_curve_plot_set_mark (window->losses, mark, _ ("best"));
  lam_curve_plot_set_mark (window->ious, mark, _ ("best"));
}

static void
show_examples (LamTrainingWindow *window)
{
  const LamTrainingCurve *curve =
      lam_project_training_get_curve (window->training);
  const int n = lam_project_training_get_n_classes (window->training);
  g_autofree uint32_t *rgb = g_new (uint32_t, MAX (n, 1));
  for (int i = 0; i < n; i++)
    rgb[i] = lam_project_training_get_class_id (window->training, i) == 0
        ? LAM_EXAMPLE_CLEAR
        : get_class_rgb (window, i);
  lam_example_view_show (
      window->examples, curve->examples, curve->n_examples, rgb);
}

/* --- state ---------------------------------------------------------------- */

static char *
dup_progress (LamTrainingWindow *window)
{
  LamProjectTraining *training = window->training;
  const char *name = lam_project_training_get_model_name (training);
  const int64_t step = lam_project_training_get_step (training);
  const int64_t n = lam_project_training_get_n_steps (training);
  const double seconds = lam_project_training_get_seconds_left (training);
  g_autofree char *left = lam_text_duration (seconds);
  switch (lam_project_training_get_state (training)) {
  case LAM_TRAINING_PREPARES:
    return g_strdup (_ ("Reading labels and measuring the pace…"));
  case LAM_TRAINING_RUNS:
    return seconds < 0
        ? g_strdup_printf (
            _ ("“%s”: step %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT), name,
            step, n)
        : g_strdup_printf (_ ("“%s”: step %" G_GINT64_FORMAT
                              " of %" G_GINT64_FORMAT ", %s left"),
            name, step, n, left);
  case LAM_TRAINING_DONE:
    return g_strdup_printf (
        _ ("“%s” is trained, and is a network of the project"), name);
  case LAM_TRAINING_STOPPED:
  case LAM_TRAINING_FAILED:
    return g_strdup_printf (_ ("“%s”: stopped after step %" G_GINT64_FORMAT
                               " of %" G_GINT64_FORMAT),
        name ? name : "", step, n);
  case LAM_TRAINING_NONE:
    break;
  }
  return g_strdup ("");
}

static void
show_progress (LamTrainingWindow *window)
{
  const int64_t n = lam_project_training_get_n_steps (window->training);
  g_autofree char *text = dup_progress (window);
  gtk_label_set_text (window->state, text);
  if (n > 0
      && lam_project_training_get_state (window->training)
          != LAM_TRAINING_PREPARES)
    gtk_progress_bar_set_fraction (window->bar,
        (double)lam_project_training_get_step (window->training) / (double)n);
  else
    gtk_progress_bar_pulse (window->bar);
}

static void
show_problem (LamTrainingWindow *window, const char *problem)
{
  GtkLabel *const labels[] = { window->problem, window->failure };
  for (size_t i = 0; i < G_N_ELEMENTS (labels); i++) {
    gtk_label_set_text (labels[i], problem ? problem : "");
    gtk_widget_set_visible (GTK_WIDGET (labels[i]), problem != NULL);
  }
}

static void
show_buttons (LamTrainingWindow *window, bool is_form, bool is_busy)
{
  LamProjectTraining *training = window->training;
  const int64_t model = lam_project_training_get_model (training);
  const bool has_model =
      !is_form && !is_busy && lam_project_training_has_model (training);
  int64_t tile[3];
  const struct {
    gpointer button;
    bool is_shown;
  } rows[] = {
    { window->start, is_form },
    { window->smaller,
        is_form && lam_project_training_get_smaller (training, tile) },
    { window->stop, is_busy },
    { window->go_on, !is_form && lam_project_training_can_continue (training) },
    { window->extend, !is_form && lam_project_training_can_extend (training) },
    { window->keep, has_model && model == 0 },
    { window->use, has_model && model != 0 },
    { window->export, has_model },
    { window->discard, !is_form && !is_busy },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (GTK_WIDGET (rows[i].button), rows[i].is_shown);
  lam_training_longer_set_steps (
      window->extend, lam_project_training_get_n_steps (training));
}

/* What came to nothing is told where it can be asked for again. */
static bool
wants_form (LamTrainingWindow *window, bool is_busy)
{
  return !is_busy
      && (window->shows_form
          || lam_project_training_get_n_classes (window->training) == 0);
}

static void
show (LamTrainingWindow *window)
{
  static const char *const names[] = { "none", "prepares", "runs", "stopped",
    "done", "failed" };
  LamProjectTraining *training = window->training;
  const LamTrainingState state = lam_project_training_get_state (training);
  const bool is_busy =
      state == LAM_TRAINING_PREPARES || state == LAM_TRAINING_RUNS;
  const bool is_form = wants_form (window, is_busy);
  int64_t tile[3];
  gtk_stack_set_visible_child_name (window->pages, is_form ? "form" : "run");
  show_problem (window, lam_project_training_get_problem (training));
  show_buttons (window, is_form, is_busy);
  if (lam_project_training_get_smaller (training, tile)) {
    g_autofree char *text =
        g_strdup_printf (_ ("Train with Patches of %d × %d × %d"), (int)tile[0],
            (int)tile[1], (int)tile[2]);
    gtk_button_set_label (window->smaller, text);
  }
  gtk_widget_set_visible (GTK_WIDGET (window->bar), is_busy);
  show_progress (window);
  show_curves (window);
  show_examples (window);
  lam_announce ("TRAINING %s %d", names[state],
      (int)lam_project_training_get_step (training));
}

static gboolean
redraw_cb (gpointer data)
{
  LamTrainingWindow *window = data;
  window->redraw_source = 0;
  show_progress (window);
  show_curves (window);
  return G_SOURCE_REMOVE;
}

static void
progress_cb (LamTrainingWindow *window)
{
  if (!window->redraw_source)
    window->redraw_source = g_timeout_add (REDRAW_MS, redraw_cb, window);
}

/* --- verbs ---------------------------------------------------------------- */

static void
start_cb (GtkButton *button, LamTrainingWindow *window)
{
  g_autoptr (GError) error = NULL;
  window->shows_form = false;
  if (!lam_training_form_start (window->form, window->training, &error))
    show_problem (window, error->message);
}

static void
smaller_cb (GtkButton *button, LamTrainingWindow *window)
{
  int64_t tile[3];
  if (!lam_project_training_get_smaller (window->training, tile))
    return;
  lam_training_form_set_tile (window->form, tile);
  start_cb (button, window);
}

static void
stop_cb (GtkButton *button, LamTrainingWindow *window)
{
  lam_project_training_stop (window->training);
}

static void
go_on_cb (GtkButton *button, LamTrainingWindow *window)
{
  g_autoptr (GError) error = NULL;
  if (!lam_project_training_continue (window->training, &error))
    show_problem (window, error->message);
}

static void
extend_cb (LamTrainingLonger *longer, double seconds, gint64 steps,
    LamTrainingWindow *window)
{
  g_autoptr (GError) error = NULL;
  if (!lam_project_training_extend (window->training, seconds, steps, &error))
    show_problem (window, error->message);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamTrainingWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_project_training_keep_finish (
          LAM_PROJECT_TRAINING (source), result, &error)
      == 0)
    show_problem (window, error->message);
}

static void
keep_cb (GtkButton *button, LamTrainingWindow *window)
{
  lam_project_training_keep_async (
      window->training, kept_cb, g_object_ref (window));
}

static void
used_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamTrainingWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_workspace_activate_model_finish (
          LAM_WORKSPACE (source), result, &error))
    gtk_window_close (GTK_WINDOW (window));
  else
    show_problem (window, error->message);
}

static void
use_cb (GtkButton *button, LamTrainingWindow *window)
{
  lam_workspace_activate_model_async (window->workspace,
      lam_project_training_get_model (window->training), used_cb,
      g_object_ref (window));
}

static void
start_export (gpointer training, const char *path, GAsyncReadyCallback callback,
    gpointer user_data)
{
  lam_project_training_export_async (training, path, callback, user_data);
}

static void
export_cb (GtkButton *button, LamTrainingWindow *window)
{
  lam_model_export_ask (GTK_WINDOW (window), window->workspace,
      lam_project_training_get_model_name (window->training), start_export,
      g_object_ref (window->training), g_object_unref);
}

static void
discard (gpointer user_data)
{
  lam_project_training_discard (LAM_TRAINING_WINDOW (user_data)->training);
}

/* What is a model of the project already is not lost. */
static void
discard_cb (GtkButton *button, LamTrainingWindow *window)
{
  if (lam_project_training_get_model (window->training) != 0
      && !lam_project_training_can_continue (window->training))
    discard (window);
  else
    lam_question_present (GTK_WINDOW (window), _ ("Discard this training?"),
        _ ("What was learnt so far is lost, but for what was kept."),
        _ ("_Discard"), TRUE, discard, g_object_ref (window), g_object_unref);
}

/* --- the window ----------------------------------------------------------- */

static void
lam_training_window_dispose (GObject *object)
{
  LamTrainingWindow *window = LAM_TRAINING_WINDOW (object);
  g_clear_handle_id (&window->redraw_source, g_source_remove);
  if (window->training)
    g_signal_handlers_disconnect_by_data (window->training, window);
  if (window->workspace)
    g_signal_handlers_disconnect_by_data (window->workspace, window);
  g_clear_object (&window->training);
  g_clear_object (&window->workspace);
  G_OBJECT_CLASS (lam_training_window_parent_class)->dispose (object);
}

static void
lam_training_window_class_init (LamTrainingWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_training_window_dispose;
  g_type_ensure (LAM_TYPE_TRAINING_FORM);
  g_type_ensure (LAM_TYPE_TRAINING_LONGER);
  g_type_ensure (LAM_TYPE_CURVE_PLOT);
  g_type_ensure (LAM_TYPE_EXAMPLE_VIEW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/training-window.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamTrainingWindow, child)
#define CALL(name) gtk_widget_class_bind_template_callback (widget_class, name)
  BIND (pages);
  BIND (form);
  BIND (problem);
  BIND (state);
  BIND (failure);
  BIND (bar);
  BIND (losses);
  BIND (ious);
  BIND (examples);
  BIND (extend);
  BIND (start);
  BIND (smaller);
  BIND (stop);
  BIND (go_on);
  BIND (keep);
  BIND (use);
  BIND (export);
  BIND (discard);
  CALL (start_cb);
  CALL (smaller_cb);
  CALL (stop_cb);
  CALL (go_on_cb);
  CALL (extend_cb);
  CALL (keep_cb);
  CALL (use_cb);
  CALL (export_cb);
  CALL (discard_cb);
#undef BIND
#undef CALL
}

static void
lam_training_window_init (LamTrainingWindow *window)
{
  gtk_widget_init_template (GTK_WIDGET (window));
  lam_curve_plot_set_axis (window->losses, _ ("Loss"), 0);
  lam_curve_plot_set_axis (
      window->ious, _ ("Intersection over union of each class"), 1);
}

#define OF_PARENT "lam-training-window"

static LamTrainingWindow *
make_window (GtkWindow *parent, LamWorkspace *workspace, LamCanvas *canvas)
{
  LamTrainingWindow *window = g_object_new (LAM_TYPE_TRAINING_WINDOW,
      "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  g_set_object (&window->workspace, workspace);
  window->training = g_object_ref (lam_project_training_of (workspace));
  lam_training_form_set_workspace (window->form, workspace, canvas);
  g_signal_connect_swapped (
      window->training, "changed", G_CALLBACK (show), window);
  g_signal_connect_swapped (
      window->training, "progress", G_CALLBACK (progress_cb), window);
  g_signal_connect_swapped (
      window->training, "examples", G_CALLBACK (show_examples), window);
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (gtk_window_destroy), window);
  show (window);
  return window;
}

static void
forget_cb (GtkWindow *parent)
{
  g_object_set_data (G_OBJECT (parent), OF_PARENT, NULL);
}

void
lam_training_window_present (
    GtkWindow *parent, LamWorkspace *workspace, LamCanvas *canvas)
{
  if (!lam_project_training_of (workspace)) {
    lam_message_present (parent, _ ("This project cannot be changed"),
        lam_workspace_get_read_only_reason (workspace));
    return;
  }
  GtkWindow *window = g_object_get_data (G_OBJECT (parent), OF_PARENT);
  if (!window) {
    window = GTK_WINDOW (make_window (parent, workspace, canvas));
    g_object_set_data (G_OBJECT (parent), OF_PARENT, window);
    g_signal_connect_object (
        window, "destroy", G_CALLBACK (forget_cb), parent, G_CONNECT_SWAPPED);
  }
  gtk_window_present (window);
}

void
lam_training_window_remind (GtkWindow *parent, LamWorkspace *workspace)
{
  LamProjectTraining *training = lam_project_training_of (workspace);
  if (!training || !parent || !lam_project_training_can_continue (training))
    return;
  g_autofree char *text = g_strdup_printf (
      _ ("The training of “%s” was stopped at step %" G_GINT64_FORMAT
         " of %" G_GINT64_FORMAT ": “Train a Network” goes on with it."),
      lam_project_training_get_model_name (training),
      lam_project_training_get_step (training),
      lam_project_training_get_n_steps (training));
  lam_window_toast (parent, text);
}
