/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Losses, optimizers and schedules against their definitions, and trainings:
 * that they learn, go on exactly, stop in time, and do what PyTorch does. */
#include <glib/gstdio.h>
#include <math.h>

#include "base/random.h"
#include "nn/npy.h"
#include "nn/trainer.h"
#include "onnx-build.h"

#define CLASSES 3
#define VOXELS 5000 /* of an image, above one run */

typedef struct {
  float logits[2 * CLASSES * VOXELS];
  int32_t labels[2 * VOXELS];
  uint8_t mask[2 * VOXELS];
  float weights[2 * VOXELS];
} Made;

static Made *
make_target (void)
{
  Made *made = g_new (Made, 1);
  LamRandom dice = lam_random_new (1, 2);
  for (int i = 0; i < 2 * CLASSES * VOXELS; i++)
    made->logits[i] = (float)(3 * lam_random_normal (&dice));
  for (int i = 0; i < 2 * VOXELS; i++) {
    made->labels[i] = (int32_t)(lam_random_u32 (&dice) % CLASSES);
    made->mask[i] = lam_random_unit (&dice) < 0.8;
    made->weights[i] = (float)lam_random_unit (&dice);
    /* Whatever lies behind the mask is not looked at. */
    if (!made->mask[i])
      made->labels[i] = 255;
  }
  return made;
}

/* By the definition in nn/loss.h. */
static double
define_loss (const Made *made, const LamLossOptions *options)
{
  double value = 0, divisor = 0, both[CLASSES] = { 0 }, p_sum[CLASSES] = { 0 };
  double g_sum[CLASSES] = { 0 }, dice = 0;
  for (int i = 0; i < 2 * VOXELS; i++) {
    const float *z = made->logits + i / VOXELS * CLASSES * VOXELS + i % VOXELS;
    double sum = 0, v = made->weights[i], p[CLASSES], spread = 0;
    int label = made->labels[i];
    if (!made->mask[i])
      continue;
    for (int c = 0; c < CLASSES; c++)
      sum += exp (z[c * VOXELS]);
    for (int c = 0; c < CLASSES; c++) {
      double w = options->class_weights ? options->class_weights[c] : 1;
      p[c] = exp (z[c * VOXELS]) / sum;
      spread -= w * log (p[c]) / CLASSES;
      p_sum[c] += v * p[c];
      g_sum[c] += c == label ? v : 0;
    }
    double w = options->class_weights ? options->class_weights[label] : 1;
    value += v
        * (-(1 - options->smoothing) * w * log (p[label])
            + options->smoothing * spread);
    divisor += v * w;
    both[label] += v * p[label];
  }
  for (int c = 0; c < CLASSES; c++)
    dice += 1 - (2 * both[c] + 1e-5) / (p_sum[c] + g_sum[c] + 1e-5);
  return options->cross_entropy * value / divisor
      + options->dice * dice / CLASSES;
}

static void
test_loss (void)
{
  static const float class_weights[CLASSES] = { 1, 0.3f, 2.5f };
  static const LamLossOptions cases[] = { { 1, 0, 0, NULL }, { 0, 1, 0, NULL },
    { 1, 0, 0.1, class_weights }, { 0.7, 1.5, 0.2, class_weights } };
  const int64_t dims[3] = { 2, CLASSES, VOXELS };
  const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 3, dims);
  g_autofree Made *made = make_target ();
  const LamTarget target = { made->labels, made->mask, made->weights };
  size_t n_bytes = sizeof made->logits;
  g_autofree float *gradient = g_malloc (n_bytes), *other = g_malloc (n_bytes);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    double value, again;
    g_autoptr (LamLoss) loss = lam_loss_new (&cases[i], &shape, NULL);
    g_autoptr (LamTeam) one = lam_team_new (1);
    g_autoptr (LamTeam) three = lam_team_new (3);
    g_assert_true (lam_loss_run (
        loss, made->logits, &target, one, gradient, &value, NULL));
    g_assert_true (
        lam_loss_run (loss, made->logits, &target, three, other, &again, NULL));
    g_assert_cmpfloat (value, ==, again);
    g_assert_cmpmem (gradient, n_bytes, other, n_bytes);
    g_assert_true (
        lam_loss_run (loss, made->logits, &target, one, NULL, &again, NULL));
    g_assert_cmpfloat (value, ==, again);
    double wanted = define_loss (made, &cases[i]);
    g_assert_cmpfloat_with_epsilon (value, wanted, 1e-6);
    for (int j = 0; j < 2 * CLASSES * VOXELS; j += 701) {
      float before = made->logits[j];
      made->logits[j] = before + 0.01f;
      double above = define_loss (made, &cases[i]), width = made->logits[j];
      made->logits[j] = before - 0.01f;
      double slope =
          (above - define_loss (made, &cases[i])) / (width - made->logits[j]);
      made->logits[j] = before;
      g_assert_cmpfloat_with_epsilon (gradient[j], slope, 1e-8);
    }
  }
}

static void
expect_error (GError *error, const char *text)
{
  g_assert_nonnull (error);
  if (!strstr (error->message, text))
    g_error ("“%s” does not say “%s”", error->message, text);
  g_error_free (error);
}

static void
test_bad_targets (void)
{
  const LamLossOptions options = { .cross_entropy = 1, .dice = 1 };
  const int64_t dims[3] = { 2, CLASSES, VOXELS }, lone[2] = { 2, 1 };
  const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 3, dims);
  g_autofree Made *made = make_target ();
  g_autofree float *gradient = g_malloc (sizeof made->logits);
  LamTarget target = { made->labels, made->mask, made->weights };
  g_autoptr (LamLoss) loss = lam_loss_new (&options, &shape, NULL);
  g_autoptr (LamTeam) team = lam_team_new (2);
  GError *error = NULL;
  double value;
  made->mask[7123] = 1;
  made->labels[7123] = 3;
  g_assert_false (lam_loss_run (
      loss, made->logits, &target, team, gradient, &value, &error));
  expect_error (error, "voxel 7123 of the batch has the label 3");
  error = NULL;
  made->labels[7123] = 0;
  made->weights[7123] = -2;
  g_assert_false (lam_loss_run (
      loss, made->logits, &target, team, gradient, &value, &error));
  expect_error (error, "the weight -2");
  memset (made->mask, 0, sizeof made->mask);
  g_assert_true (
      lam_loss_run (loss, made->logits, &target, team, gradient, &value, NULL));
  g_assert_cmpfloat (value, ==, 0);
  for (int i = 0; i < 2 * CLASSES * VOXELS; i++)
    g_assert_cmpfloat (gradient[i], ==, 0);
  const LamShape small = lam_shape_new (LAM_TENSOR_F32, 2, lone);
  error = NULL;
  g_assert_null (lam_loss_new (&options, &small, &error));
  expect_error (error, "2×1");
}

/* A few steps by the definitions, in double. */
static void
follow (const char *name, const LamOptimizerOptions *o, double rate, double *w,
    const double gradients[5])
{
  double m = 0, v = 0;
  for (int t = 1; t <= 5; t++) {
    double g = gradients[t - 1];
    if (strcmp (name, "adamw") == 0)
      *w -= rate * o->weight_decay * *w;
    else
      g += o->weight_decay * *w;
    if (strcmp (name, "sgd") == 0) {
      m = o->momentum * m + g;
      *w -= rate * (o->is_nesterov ? g + o->momentum * m : m);
      continue;
    }
    m = o->beta1 * m + (1 - o->beta1) * g;
    v = o->beta2 * v + (1 - o->beta2) * g * g;
    *w -= rate * m / (1 - pow (o->beta1, t))
        / (sqrt (v / (1 - pow (o->beta2, t))) + o->epsilon);
  }
}

static void
test_optimizers (void)
{
  enum { N = 40000 };
  const int64_t sizes[2] = { N, 3 };
  g_autoptr (LamTeam) team = lam_team_new (2);
  for (int i = 0; i < 8; i++) {
    const LamOptimizerRow *row = lam_optimizer_get_rows ()[i / 2 % 3];
    LamOptimizerOptions options = lam_optimizer_defaults;
    options.weight_decay = i & 1 ? 0.05 : 0;
    options.is_nesterov = i >= 6;
    g_autoptr (LamOptimizer) optimizer =
        lam_optimizer_new (row, &options, 2, sizes, NULL);
    g_autofree float *w = g_new (float, N), *g = g_new (float, N);
    float w2[3] = { 1, 2, 3 }, g2[3] = { 0, -1, 1 };
    float *const weights[2] = { w, w2 };
    const float *const gradients[2] = { g, g2 };
    for (int j = 0; j < N; j++)
      w[j] = (float)sin (j);
    for (int t = 0; t < 5; t++) {
      for (int j = 0; j < N; j++)
        g[j] = 2 * (float)cos (j * (t + 1));
      lam_optimizer_run (optimizer, 0.01, 0.5, weights, gradients, team);
    }
    for (int j = 0; j < N; j += 97) {
      double wanted = (float)sin (j), list[5];
      for (int t = 0; t < 5; t++)
        list[t] = cos (j * (t + 1));
      follow (row->name, &options, 0.01, &wanted, list);
      g_assert_cmpfloat_with_epsilon (w[j], wanted, 2e-6);
    }
    g_assert_cmpfloat_with_epsilon (
        lam_optimizer_norm (optimizer, gradients, team), sqrt (2 * N + 2), 1);
  }
}

static void
test_schedules (void)
{
  LamScheduleOptions options = lam_schedule_defaults;
  LamScheduleState state = lam_schedule_begin ();
  options.rate = 2;
  options.n_steps = 100;
  options.final_share = 0.1;
#define RATE(name, step) \
  lam_schedule_get_rate (lam_schedule_find (name), &options, &state, step)
  g_assert_cmpfloat (RATE ("constant", 50), ==, 2);
  g_assert_cmpfloat_with_epsilon (RATE ("cosine", 0), 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("cosine", 50), 1.1, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("cosine", 100), 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("one-cycle", 0), 0.08, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("one-cycle", 30), 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("one-cycle", 65), 1.1, 1e-12);
  options.warm_up_steps = 10;
  g_assert_cmpfloat_with_epsilon (RATE ("constant", 4), 1, 1e-12);
  g_assert_cmpfloat_with_epsilon (RATE ("constant", 10), 2, 1e-12);
  options.patience = 1;
  static const double losses[] = { 1, 0.9, 0.9, 0.95, 0.8, 0.9, 0.9 };
  static const double rates[] = { 2, 2, 2, 1, 1, 1, 0.5 };
  for (int i = 0; i < 7; i++) {
    lam_schedule_note_validation (&options, &state, losses[i]);
    g_assert_cmpfloat_with_epsilon (RATE ("plateau", 50), rates[i], 1e-12);
  }
  GError *error = NULL;
  options.rate = NAN;
  g_assert_false (
      lam_schedule_check (lam_schedule_find ("cosine"), &options, &error));
  expect_error (error, "cosine");
}

static void
test_confusion (void)
{
  g_auto (LamConfusion) confusion = { 0 };
  const int64_t dims[3] = { 1, 3, 4 };
  const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 3, dims);
  static const float logits[12] = { 1, 0, 0, 5, 0, 1, 1, 9, 0, 0, 0, 5 };
  static const int32_t labels[4] = { 0, 1, 0, 2 };
  static const uint8_t mask[4] = { 1, 1, 1, 0 };
  const LamTarget target = { labels, mask, NULL };
  lam_confusion_init (&confusion, 3);
  lam_confusion_add (&confusion, &shape, logits, &target);
  g_assert_cmpfloat_with_epsilon (
      lam_confusion_get_iou (&confusion, 0), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (
      lam_confusion_get_iou (&confusion, 1), 0.5, 1e-12);
  g_assert_true (isnan (lam_confusion_get_iou (&confusion, 2)));
  g_assert_cmpfloat_with_epsilon (
      lam_confusion_get_mean_iou (&confusion), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (
      lam_confusion_get_accuracy (&confusion), 2. / 3, 1e-12);
}

/* A network with all that has a state: two convolutions, batch normalisation,
 * Dropout. 1 channel, 2 classes. */
static OnnxBuild *
make_network (int64_t width)
{
  OnnxBuild *build = onnx_build_new (9);
  const int64_t open[4] = { -1, 1, -1, -1 }, first[4] = { width, 1, 3, 3 };
  const int64_t second[4] = { 2, width, 3, 3 }, two = 2;
  const int64_t pads[4] = { 1, 1, 1, 1 };
  LamRandom dice = lam_random_new (9, 9);
  g_autofree float *w = g_new (float, width * 18);
  onnx_input (build, "image", 4, open);
  for (int i = 0; i < width * 18; i++)
    w[i] = (float)(lam_random_normal (&dice) * 0.3);
  onnx_floats (build, "w1", 4, first, w);
  onnx_floats (build, "w2", 4, second, w);
  for (int i = 0; i < width; i++)
    w[i] = 1;
  onnx_floats (build, "scale", 1, &width, w);
  onnx_floats (build, "variance", 1, &width, w);
  memset (w, 0, sizeof *w * width);
  onnx_floats (build, "shift", 1, &width, w);
  onnx_floats (build, "mean", 1, &width, w);
  onnx_floats (build, "b2", 1, &two, w);
  onnx_set_integers (
      build, onnx_node (build, "Conv", "image w1", "c"), "pads", 4, pads);
  onnx_node (build, "BatchNormalization", "c scale shift mean variance", "n");
  onnx_node (build, "Relu", "n", "r");
  onnx_set_float (build, onnx_node (build, "Dropout", "r", "d"), "ratio", 0.1f);
  onnx_set_integers (
      build, onnx_node (build, "Conv", "d w2 b2", "logits"), "pads", 4, pads);
  onnx_output (build, "logits", -1, NULL);
  return build;
}

#define SIDE 24

typedef struct {
  int64_t cancel_at; /* step; 0: never */
  LamProgress *progress;
  int64_t bad_at; /* step with an image that is not finite; -1: none */
  int bad_label;
  double last_loss, mean_iou;
  int64_t n_validations;
  GArray *validations; /* Borrowed; LamValidation; or NULL */
} Course;

/* Noise, and where it is bright around. Validation: streams of their own. */
static bool
make_batch (gpointer data, int64_t step, LamBatch *batch, GError **error)
{
  const Course *course = data;
  LamRandom dice = lam_random_new (77, (uint64_t)step);
  for (int i = 0; i < 2 * SIDE * SIDE; i++)
    batch->image[i] = (float)lam_random_normal (&dice);
  for (int i = 0; i < 2 * SIDE * SIDE; i++) {
    int x = i % SIDE, y = i / SIDE % SIDE;
    float sum = batch->image[i] + (x ? batch->image[i - 1] : 0)
        + (y ? batch->image[i - SIDE] : 0);
    batch->labels[i] = sum > 0;
    batch->mask[i] = fabsf (sum) > 0.2f;
  }
  if (step == course->bad_at)
    batch->image[5] = INFINITY;
  if (course->bad_label)
    batch->labels[0] = course->bad_label, batch->mask[0] = 1;
  return true;
}

static bool
make_validation (gpointer data, int i, LamBatch *batch, GError **error)
{
  return make_batch (data, 1000000 + i, batch, error);
}

static void
note (gpointer data, const LamTrainReport *report)
{
  Course *course = data;
  course->last_loss = report->loss;
  if (report->validation) {
    course->mean_iou = report->validation->mean_iou;
    course->n_validations++;
    if (course->validations)
      g_array_append_vals (course->validations, report->validation, 1);
  }
  if (report->step == course->cancel_at)
    lam_progress_cancel (course->progress);
}

static LamTrainer *
make_trainer (const char *path, const LamTrainerOptions *options,
    Course *course, GError **error)
{
  const int64_t dims[4] = { 2, 1, SIDE, SIDE };
  const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  const LamTrainerSource source = { .get_batch = make_batch,
    .get_validation = make_validation,
    .n_validations = 2,
    .report = note,
    .data = course,
    .settings = "made=up\n" };
  g_autoptr (LamNetwork) network = lam_network_open_for_training (path, error);
  g_assert_nonnull (network);
  return lam_trainer_new (network, &shape, options, &source, error);
}

/* Weights and averages of norms, one after another. */
static GArray *
list_weights (const LamTrainer *trainer)
{
  const LamTrainPlan *plan = lam_trainer_get_plan (trainer);
  GArray *list = g_array_new (FALSE, FALSE, sizeof (float));
  int n = lam_train_plan_get_n_parameters (plan);
  for (int i = 0; i < n + lam_train_plan_get_n_states (plan); i++) {
    const LamTensor *tensor = i < n ? lam_train_plan_get_parameter (plan, i)
                                    : lam_train_plan_get_state (plan, i - n);
    g_array_append_vals (
        list, tensor->data, (guint)lam_shape_get_count (&tensor->shape));
  }
  return list;
}

static void
test_learns (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = make_network (8);
  Course course = { .bad_at = -1 };
  LamTrainerOptions options;
  lam_trainer_options_init (&options);
  options.n_steps = 150;
  options.schedule_options.rate = 0.02;
  options.schedule = lam_schedule_find ("one-cycle");
  options.loss.dice = 1;
  options.validate_every = 50;
  options.n_threads = 2;
  g_autoptr (LamTrainer) trainer =
      make_trainer (onnx_write (build), &options, &course, &error);
  g_assert_no_error (error);
  g_assert_true (lam_trainer_run (trainer, NULL, &error));
  g_assert_cmpint (lam_trainer_get_state (trainer), ==, LAM_TRAINER_DONE);
  g_assert_cmpint (course.n_validations, ==, 3);
  g_assert_cmpfloat (course.mean_iou, >, 0.9);
  g_assert_cmpfloat (lam_trainer_get_best_loss (trainer), <, 0.25);
  g_assert_cmpint (lam_trainer_get_bytes (trainer), >,
      lam_train_plan_get_arena_bytes (lam_trainer_get_plan (trainer)));
}

static void
choose_everything (LamTrainerOptions *options)
{
  lam_trainer_options_init (options);
  options->n_steps = 14;
  options->seed = 4;
  options->loss.smoothing = 0.1;
  options->schedule = lam_schedule_find ("plateau");
  options->schedule_options.rate = 0.05;
  options->schedule_options.patience = 0;
  options->clip_norm = 0.5;
  options->average_decay = 0.8;
  options->validate_every = 3;
  options->n_threads = 1;
}

/* Of the best validation. */
static void
list_class_iou (const LamTrainer *trainer, double iou[2])
{
  g_assert_cmpint (lam_trainer_get_n_classes (trainer), ==, 2);
  for (int i = 0; i < 2; i++)
    iou[i] = lam_trainer_get_best_class_iou (trainer, i);
}

/* Cancelled at each step, resumed with other threads: the same bits. */
static void
test_resume (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = make_network (5);
  const char *path = onnx_write (build);
  g_autofree char *file = g_strconcat (path, ".checkpoint", NULL);
  Course course = { .bad_at = -1 };
  LamTrainerOptions options;
  double iou[2], found_iou[2];
  choose_everything (&options);
  g_autoptr (LamTrainer) whole = make_trainer (path, &options, &course, &error);
  g_assert_no_error (error);
  g_assert_true (lam_trainer_run (whole, NULL, &error));
  g_autoptr (GArray) last = list_weights (whole);
  lam_trainer_finish (whole);
  g_autoptr (GArray) best = list_weights (whole);
  g_assert_true (memcmp (last->data, best->data, 4 * last->len) != 0);
  options.checkpoint_path = file;
  for (int64_t at = 1; at <= 14; at++) {
    g_autoptr (LamProgress) progress = lam_progress_new ();
    options.n_threads = 1 + (int)(at % 3);
    course.cancel_at = at;
    course.progress = progress;
    g_autoptr (LamTrainer) trainer =
        make_trainer (path, &options, &course, &error);
    g_assert_no_error (error);
    if (at > 1) {
      g_assert_true (lam_trainer_resume (trainer, file, &error));
      list_class_iou (trainer, found_iou);
      g_assert_cmpmem (found_iou, sizeof found_iou, iou, sizeof iou);
    }
    g_assert_no_error (error);
    g_assert_cmpint (lam_trainer_get_step (trainer), ==, at - 1);
    /* After the last step there is nothing left to cancel. */
    g_assert_true (lam_trainer_run (trainer, progress, &error) == (at == 14));
    list_class_iou (trainer, iou);
    g_assert_true (isfinite (iou[0]) == (at >= 3));
    if (at < 14)
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&error);
    if (at < 14)
      continue;
    g_autoptr (GArray) found = list_weights (trainer);
    g_assert_cmpmem (found->data, 4 * found->len, last->data, 4 * last->len);
    lam_trainer_finish (trainer);
    g_autoptr (GArray) chosen = list_weights (trainer);
    g_assert_cmpmem (chosen->data, 4 * chosen->len, best->data, 4 * best->len);
    g_assert_cmpint (lam_trainer_get_best_step (trainer), ==,
        lam_trainer_get_best_step (whole));
  }
  g_unlink (file);
}

static void
expect_no_resume (const char *path, const LamTrainerOptions *options,
    const char *file, const char *text)
{
  GError *error = NULL;
  Course course = { .bad_at = -1 };
  g_autoptr (LamTrainer) trainer =
      make_trainer (path, options, &course, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) before = list_weights (trainer);
  g_assert_false (lam_trainer_resume (trainer, file, &error));
  expect_error (error, text);
  g_autoptr (GArray) after = list_weights (trainer);
  g_assert_cmpmem (before->data, 4 * before->len, after->data, 4 * after->len);
}

static void
test_bad_checkpoints (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = make_network (5);
  g_autoptr (OnnxBuild) other = make_network (6);
  const char *path = onnx_write (build), *wider = onnx_write (other);
  g_autofree char *file = g_strconcat (path, ".checkpoint", NULL);
  Course course = { .bad_at = -1 };
  LamTrainerOptions options, changed;
  choose_everything (&options);
  g_autoptr (LamTrainer) trainer =
      make_trainer (path, &options, &course, &error);
  g_assert_true (lam_trainer_write_checkpoint (trainer, file, &error));
  changed = options;
  changed.schedule_options.rate = 0.01;
  expect_no_resume (path, &changed, file, "rate=0.01");
  expect_no_resume (wider, &options, file, "network=");
  expect_no_resume (path, &options, path, "is no checkpoint");
  expect_no_resume (path, &options, "/nowhere/at/all", "/nowhere/at/all");
  g_autofree char *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (file, &bytes, &n, NULL));
  static const double places[] = { 0.05, 0.5, 0.999 };
  for (int i = 0; i < 3; i++) {
    char *at = bytes + (gsize)(places[i] * (double)n);
    *at ^= 4;
    g_assert_true (g_file_set_contents (file, bytes, (gssize)n, NULL));
    expect_no_resume (path, &options, file, "is damaged");
    *at ^= 4;
    g_assert_true (g_file_set_contents (
        file, bytes, (gssize)(places[i] * (double)n), NULL));
    expect_no_resume (path, &options, file, "is damaged");
  }
  g_unlink (file);
  g_assert_false (
      lam_trainer_write_checkpoint (trainer, "/nowhere/at/all", &error));
  expect_error (g_steal_pointer (&error), "/nowhere/at/all");
}

/* The step is named, and the weights are those before it. */
static void
test_not_finite (void)
{
  GError *error = NULL;
  g_autoptr (OnnxBuild) build = make_network (5);
  const char *path = onnx_write (build);
  Course good = { .bad_at = -1 }, bad = { .bad_at = 6 };
  LamTrainerOptions options;
  lam_trainer_options_init (&options);
  options.n_steps = 5;
  g_autoptr (LamTrainer) before = make_trainer (path, &options, &good, &error);
  g_assert_true (lam_trainer_run (before, NULL, &error));
  options.n_steps = 20;
  g_autoptr (LamTrainer) trainer = make_trainer (path, &options, &bad, &error);
  g_assert_false (lam_trainer_run (trainer, NULL, &error));
  expect_error (error, "step 7: the loss is");
  g_autoptr (GArray) list = list_weights (trainer);
  for (guint i = 0; i < list->len; i++)
    g_assert_true (isfinite (g_array_index (list, float, i)));
  bad.bad_at = -1;
  bad.bad_label = 2;
  error = NULL;
  g_assert_false (lam_trainer_run (trainer, NULL, &error));
  expect_error (error, "has the label 2, but there are the classes 0 to 1");
}

/* The first with the smallest loss, or with the largest mean IoU. */
static int64_t
find_best (const GArray *validations, LamTrainerKeep keep)
{
  guint best = 0;
  for (guint i = 1; i < validations->len; i++) {
    const LamValidation *now = &g_array_index (validations, LamValidation, i);
    const LamValidation *old =
        &g_array_index (validations, LamValidation, best);
    if (keep == LAM_TRAINER_KEEP_IOU ? now->mean_iou > old->mean_iou
                                     : now->loss < old->loss)
      best = i;
  }
  return best + 1;
}

/* In a course where the two do not agree. */
static void
test_keep (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = make_network (5);
  const char *path = onnx_write (build);
  LamTrainerOptions options;
  int64_t steps[2];
  lam_trainer_options_init (&options);
  options.n_steps = 40;
  options.schedule_options.rate = 0.1;
  options.validate_every = 1;
  for (int keep = 0; keep < 2; keep++) {
    g_autoptr (GArray) list =
        g_array_new (FALSE, FALSE, sizeof (LamValidation));
    Course course = { .bad_at = -1, .validations = list };
    options.keep = (LamTrainerKeep)keep;
    g_autoptr (LamTrainer) trainer =
        make_trainer (path, &options, &course, &error);
    g_assert_true (lam_trainer_run (trainer, NULL, &error));
    g_assert_cmpint (list->len, ==, 40);
    steps[keep] = lam_trainer_get_best_step (trainer);
    g_assert_cmpint (steps[keep], ==, find_best (list, options.keep));
    const LamValidation *best =
        &g_array_index (list, LamValidation, steps[keep] - 1);
    g_assert_true (best->is_best);
    g_assert_cmpfloat (lam_trainer_get_best_loss (trainer), ==, best->loss);
    g_assert_cmpfloat (lam_trainer_get_best_iou (trainer), ==, best->mean_iou);
  }
  g_assert_cmpint (steps[0], !=, steps[1]);
}

/* Who goes on with it has as much patience again, and no more: that counts from
 * where it stopped, or from what proved better. */
static void
assert_renewed (LamTrainer *trainer, int patience)
{
  g_autoptr (GError) error = NULL;
  int n_in_vain = 0;
  for (int i = 0; i < 40 && n_in_vain == 0; i++) {
    const int64_t stopped = lam_trainer_get_step (trainer);
    const int64_t best = lam_trainer_get_best_step (trainer);
    lam_trainer_renew_patience (trainer);
    g_assert_true (lam_trainer_run (trainer, NULL, &error));
    g_assert_cmpint (lam_trainer_get_state (trainer), ==, LAM_TRAINER_STOPPED);
    const bool is_better = lam_trainer_get_best_step (trainer) > best;
    g_assert_cmpint (lam_trainer_get_step (trainer), ==,
        (is_better ? lam_trainer_get_best_step (trainer) : stopped) + patience);
    n_in_vain += !is_better;
  }
  g_assert_cmpint (n_in_vain, >, 0);
}

static void
test_early_stop (void)
{
  GError *error = NULL;
  g_autoptr (OnnxBuild) build = make_network (5);
  const char *path = onnx_write (build);
  Course course = { .bad_at = -1 };
  LamTrainerOptions options;
  lam_trainer_options_init (&options);
  options.n_steps = 500;
  options.schedule_options.rate = 0.1;
  options.validate_every = 1;
  options.patience = 3;
  g_autoptr (LamTrainer) trainer =
      make_trainer (path, &options, &course, &error);
  g_assert_true (lam_trainer_run (trainer, NULL, &error));
  g_assert_cmpint (lam_trainer_get_state (trainer), ==, LAM_TRAINER_STOPPED);
  g_assert_cmpint (lam_trainer_get_step (trainer), <, 500);
  g_assert_cmpint (lam_trainer_get_step (trainer), ==,
      lam_trainer_get_best_step (trainer) + 3);
  g_assert_true (lam_trainer_run (trainer, NULL, &error));
  g_assert_cmpint (lam_trainer_get_step (trainer), ==,
      lam_trainer_get_best_step (trainer) + 3);
  assert_renewed (trainer, options.patience);
  options.limit_bytes = 1000;
  g_assert_null (make_trainer (path, &options, &course, &error));
  expect_error (error, "are allowed");
  error = NULL;
  options.limit_bytes = 0;
  options.validate_every = 0;
  g_assert_null (make_trainer (path, &options, &course, &error));
  expect_error (error, "need validations");
}

/* What PyTorch wrote: see peer-train.py. */
typedef struct {
  LamTensor *images, *labels;
  double losses[5];
} Peer;

static LamTensor *
read_array (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  LamTensor *tensor = lam_npy_read (path, &error);
  g_assert_no_error (error);
  return tensor;
}

static bool
take_peer_batch (gpointer data, int64_t step, LamBatch *batch, GError **error)
{
  const Peer *peer = data;
  int64_t n = 2 * 16 * 16;
  memcpy (batch->image, lam_tensor_floats (peer->images) + step * n,
      (size_t)n * sizeof (float));
  for (int64_t i = 0; i < n; i++)
    batch->labels[i] = peer->labels->shape.type == LAM_TENSOR_F32
        ? (int32_t)lam_tensor_floats (peer->labels)[step * n + i]
        : (int32_t)lam_tensor_integers (peer->labels)[step * n + i];
  return true;
}

static void
note_peer_loss (gpointer data, const LamTrainReport *report)
{
  Peer *peer = data;
  peer->losses[report->step - 1] = report->loss;
}

/* The parameter or running average of this name. */
static const LamTensor *
find_weights (const LamTrainPlan *plan, const char *name)
{
  for (int i = 0; i < lam_train_plan_get_n_parameters (plan); i++)
    if (strcmp (lam_train_plan_get_parameter_name (plan, i), name) == 0)
      return lam_train_plan_get_parameter (plan, i);
  for (int i = 0; i < lam_train_plan_get_n_states (plan); i++)
    if (strcmp (lam_train_plan_get_state_name (plan, i), name) == 0)
      return lam_train_plan_get_state (plan, i);
  g_error ("the network has no “%s”", name);
}

static void
compare_weights (
    const LamTrainPlan *plan, const char *folder, const LamTensor *wanted)
{
  g_autofree char *path = g_build_filename (folder, "names", NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) names = g_strsplit (g_strchomp (text), "\n", -1);
  int64_t at = 0;
  for (int i = 0; names[i]; i++) {
    const LamTensor *found = find_weights (plan, names[i]);
    int64_t n = lam_shape_get_count (&found->shape);
    for (int64_t j = 0; j < n; j++, at++)
      g_assert_cmpfloat_with_epsilon (
          lam_tensor_floats (found)[j], lam_tensor_floats (wanted)[at], 1e-4);
  }
  g_assert_cmpint (at, ==, lam_shape_get_count (&wanted->shape));
}

static void
compare_training (const char *folder, const char *name)
{
  static const float class_weights[3] = { 1, 2, 0.5f };
  const int64_t dims[4] = { 2, 1, 16, 16 };
  const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  g_autoptr (GError) error = NULL;
  Peer peer = { .images = read_array (folder, "images.npy"),
    .labels = read_array (folder, "labels.npy") };
  const LamTrainerSource source = {
    .get_batch = take_peer_batch, .report = note_peer_loss, .data = &peer
  };
  LamTrainerOptions options;
  lam_trainer_options_init (&options);
  options.n_steps = 5;
  options.loss.smoothing = 0.1;
  options.loss.class_weights = class_weights;
  options.optimizer = lam_optimizer_find (name);
  bool is_sgd = strcmp (name, "sgd") == 0;
  options.schedule_options.rate = is_sgd ? 0.05 : 0.01;
  options.optimizer_options.is_nesterov = true;
  options.optimizer_options.weight_decay = is_sgd ? 0.01
      : strcmp (name, "adamw") == 0               ? 0.1
                                                  : 0;
  g_autofree char *path = g_build_filename (folder, "net.onnx", NULL);
  g_autoptr (LamNetwork) network = lam_network_open_for_training (path, &error);
  g_assert_no_error (error);
  g_autoptr (LamTrainer) trainer =
      lam_trainer_new (network, &shape, &options, &source, &error);
  g_assert_no_error (error);
  g_assert_true (lam_trainer_run (trainer, NULL, &error));
  g_autofree char *losses = g_strconcat (name, "-losses.npy", NULL);
  g_autofree char *state = g_strconcat (name, "-state.npy", NULL);
  g_autoptr (LamTensor) wanted = read_array (folder, losses);
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (
        peer.losses[i], lam_tensor_floats (wanted)[i], 1e-5);
  g_autoptr (LamTensor) weights = read_array (folder, state);
  compare_weights (lam_trainer_get_plan (trainer), folder, weights);
  lam_tensor_free (peer.images);
  lam_tensor_free (peer.labels);
}

static void
compare_all (const char *folder)
{
  compare_training (folder, "adam");
  compare_training (folder, "adamw");
  compare_training (folder, "sgd");
}

static void
test_as_pytorch_did (void)
{
  g_autofree char *folder =
      g_test_build_filename (G_TEST_DIST, "golden", "training", NULL);
  compare_all (folder);
}

/* Where it is installed, the PyTorch of this machine. */
static void
test_as_pytorch_does (void)
{
  g_autofree char *script =
      g_test_build_filename (G_TEST_DIST, "peer-train.py", NULL);
  g_autofree char *folder = g_dir_make_tmp ("lam-train-XXXXXX", NULL);
  const char *argv[] = { "/usr/bin/python3", script, folder, NULL };
  int status = -1;
  bool runs = g_spawn_sync (NULL, (char **)argv, NULL,
      G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
      NULL, &status, NULL);
  if (!runs || (WIFEXITED (status) && WEXITSTATUS (status) == 77)) {
    g_test_skip ("no PyTorch");
  } else {
    g_assert_cmpint (status, ==, 0);
    compare_all (folder);
  }
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (files));) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn-training/loss", test_loss);
  g_test_add_func ("/nn-training/bad-targets", test_bad_targets);
  g_test_add_func ("/nn-training/optimizers", test_optimizers);
  g_test_add_func ("/nn-training/schedules", test_schedules);
  g_test_add_func ("/nn-training/confusion", test_confusion);
  g_test_add_func ("/nn-training/learns", test_learns);
  g_test_add_func ("/nn-training/resume", test_resume);
  g_test_add_func ("/nn-training/bad-checkpoints", test_bad_checkpoints);
  g_test_add_func ("/nn-training/not-finite", test_not_finite);
  g_test_add_func ("/nn-training/early-stop", test_early_stop);
  g_test_add_func ("/nn/training/keep", test_keep);
  g_test_add_func ("/nn-training/as-pytorch-did", test_as_pytorch_did);
  g_test_add_func ("/nn-training/as-pytorch-does", test_as_pytorch_does);
  return g_test_run ();
}
