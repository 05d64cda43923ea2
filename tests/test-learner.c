/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Last layers that learn from what is said: a made-up image of three greys in
 * which the network, of random weights, takes two of them for one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model-fixture.h"
#include "nn/plan.h"
#include "segment-fixture.h"
#include "segment/learner.h"
#include "segment/patch.h"
#include "segment/segmenter.h"

enum { X = 200, Y = 150, Z = 6, N = X * Y };

/* Stripes of three greys, with some noise. */
static int
find_class (int64_t x, int64_t y)
{
  return (int)((x / 11 + y / 17) % 3);
}

static double
find_voxel (int64_t x, int64_t y, int64_t z)
{
  static const double greys[3] = { 40, 110, 210 };
  int64_t noise = (x * 7919 + y * 104729 + z * 1299709) % 31;
  return greys[find_class (x, y)] + (double)noise - 15;
}

typedef struct {
  LamModel *model; /* Owned; where it begins */
  LamVolume *volume; /* Owned */
  LamNormalisation normalisation;
  LamLearnerSettings settings;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer layers)
{
  const int64_t size[3] = { X, Y, Z };
  g_autoptr (GError) error = NULL;
  fixture->volume = fixture_volume (size, LAM_DTYPE_U8, find_voxel);
  fixture->model = fixture_model (layers, NULL, &error);
  g_assert_no_error (error);
  fixture->normalisation = (LamNormalisation){ 120, 70 };
  lam_learner_settings_init (&fixture->settings);
  fixture->settings.n_threads = 1;
  fixture->settings.n_layers = 2;
  fixture->settings.replay = 1;
  fixture->settings.fit.n_steps = 150;
  fixture->settings.fit.rate = 0.02;
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  lam_model_free (fixture->model);
  g_object_unref (fixture->volume);
}

static LamLearner *
make_learner (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamLearner *learner = lam_learner_new (fixture->model, fixture->volume,
      &fixture->normalisation, &fixture->settings, &error);
  g_assert_no_error (error);
  return learner;
}

/* Strokes over section `z`: in columns [first, end) of each class. */
static void
tell_truth (
    LamLearner *learner, int z, int64_t first, int64_t end, LamLearnerUse use)
{
  static uint8_t classes[N];
  const LamBox box = { { 0, 0, z }, { X, Y, z + 1 } };
  for (int64_t i = 0; i < N; i++) {
    int64_t x = i % X, y = i / X;
    bool is_told = x >= first && x < end && y % 5 < 2;
    classes[i] = is_told ? (uint8_t)find_class (x, y) : LAM_PATCH_IGNORED;
  }
  lam_learner_tell (learner, &box, classes, use);
}

static LamLearnerReport
learn (LamLearner *learner)
{
  LamLearnerReport report;
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_learner_learn (learner, &report, NULL, &error));
  g_assert_no_error (error);
  return report;
}

/* What a model says of some sections. */
static LamProposal *
segment (const Fixture *fixture, const LamModel *model, const LamBox *box)
{
  const LamSegmenterModel shown = { model, fixture->normalisation };
  const LamSegmenterSettings settings = { .n_threads = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSegmenter) segmenter =
      lam_segmenter_new (&shown, 1, &settings, &error);
  g_assert_no_error (error);
  LamProposal *said =
      lam_segmenter_run (segmenter, fixture->volume, box, NULL, &error);
  g_assert_no_error (error);
  return said;
}

/* The share of section `z` that a model takes for what it is. */
static double
judge (const Fixture *fixture, const LamModel *model, int z)
{
  const LamBox box = { { 0, 0, z }, { X, Y, z + 1 } };
  g_autoptr (LamProposal) said = segment (fixture, model, &box);
  int n = 0;
  for (int64_t i = 0; i < N; i++)
    n += said->classes[i] == find_class (i % X, i / X);
  return (double)n / N;
}

static LamModel *
copy_model (const Fixture *fixture, const char *layers)
{
  LamModel *copy = fixture_model (layers, NULL, NULL);
  g_assert_nonnull (copy);
  return copy;
}

#define TWO \
  "a = block image 6@1x3x3\nb = block a 6@1x3x3\n" \
  "logits = conv b classes@1x1x1"
#define HALVING FIXTURE_HALVING

/* It is right where nobody said anything, in another section. */
static void
test_improves (Fixture *fixture, gconstpointer layers)
{
  g_autoptr (LamLearner) learner = make_learner (fixture);
  g_autoptr (LamModel) copy = copy_model (fixture, layers);
  g_autoptr (GError) error = NULL;
  double before = judge (fixture, fixture->model, 4);
  tell_truth (learner, 1, 0, X / 2, LAM_LEARNER_TEACHES);
  tell_truth (learner, 3, X / 2, X, LAM_LEARNER_TESTS);
  LamLearnerReport report = learn (learner);
  g_assert_cmpint (report.n_known, ==, lam_learner_count_known (learner));
  g_assert_cmpint (report.n_known, ==, Y / 5 * 2 * X / 2);
  g_assert_cmpint (report.n_layers, ==, 2);
  g_assert_cmpint (report.n_cells_left, ==, 0);
  g_assert_cmpfloat (report.loss_after, <, 0.8 * report.loss_before);
  g_assert_cmpfloat (report.iou_after, >, report.iou_before + 0.1);
  g_assert_true (lam_learner_put (learner, copy, &error));
  double after = judge (fixture, copy, 4);
  g_test_message ("%.3f to %.3f; IoU %.3f to %.3f", before, after,
      report.iou_before, report.iou_after);
  g_assert_cmpfloat (after, >, before + 0.15);
  /* Where it begins has not changed meanwhile. */
  g_assert_cmpfloat (judge (fixture, fixture->model, 4), ==, before);
}

/* Told of one class only, it keeps what it was sure of elsewhere. */
static void
test_keeps (Fixture *fixture, gconstpointer layers)
{
  g_autoptr (GError) error = NULL;
  double kept[2];
  for (int i = 0; i < 2; i++) {
    fixture->settings.replay = 4 * i;
    g_autoptr (LamLearner) learner = make_learner (fixture);
    g_autoptr (LamModel) copy = copy_model (fixture, layers);
    static uint8_t classes[N];
    const LamBox box = { { 0, 0, 0 }, { X, Y, 1 } };
    memset (classes, LAM_PATCH_IGNORED, N);
    for (int64_t j = 0; j < N; j++)
      if (find_class (j % X, j / X) == 0 && j % X < 60)
        classes[j] = 2;
    lam_learner_tell (learner, &box, classes, LAM_LEARNER_TEACHES);
    learn (learner);
    g_assert_true (lam_learner_put (learner, copy, &error));
    /* As often the same as where it began. */
    const LamSegmenterModel shown[2] = {
      { fixture->model, fixture->normalisation },
      { copy, fixture->normalisation },
    };
    const LamSegmenterSettings settings = { .n_threads = 1 };
    const LamBox other = { { 0, 0, 4 }, { X, Y, 5 } };
    LamProposal *said[2];
    for (int k = 0; k < 2; k++) {
      g_autoptr (LamSegmenter) segmenter =
          lam_segmenter_new (&shown[k], 1, &settings, NULL);
      said[k] =
          lam_segmenter_run (segmenter, fixture->volume, &other, NULL, NULL);
    }
    int n = 0, same = 0;
    for (int64_t j = 0; j < N; j++)
      if (find_class (j % X, j / X) != 0) {
        n++;
        same += said[0]->classes[j] == said[1]->classes[j];
      }
    kept[i] = (double)same / n;
    lam_proposal_free (said[0]);
    lam_proposal_free (said[1]);
  }
  g_test_message ("kept %.3f without replay, %.3f with", kept[0], kept[1]);
  g_assert_cmpfloat (kept[1], >, 0.8);
  g_assert_cmpfloat (kept[1], >, kept[0] + 0.1);
}

static void
get_numbers (const Fixture *fixture, const LamModel *model, float *numbers)
{
  const int64_t dims[5] = { 1, 1, 1, 64, 64 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  LamHead head;
  g_assert_true (
      lam_head_find (&head, lam_model_get_network (model), &shape, 2, NULL));
  g_assert_cmpint (lam_head_count (&head), <=, 4096);
  lam_head_get (&head, numbers);
}

/* The same bytes for any number of threads, however it came to know, and as it
 * began once nothing is known any more. */
static void
test_same (Fixture *fixture, gconstpointer layers)
{
  static float numbers[4][4096];
  g_autoptr (GError) error = NULL;
  for (int i = 0; i < 3; i++) {
    fixture->settings.n_threads = i == 1 ? 3 : 1;
    g_autoptr (LamLearner) learner = make_learner (fixture);
    g_autoptr (LamModel) copy = copy_model (fixture, layers);
    if (i == 2) { /* something that is taken back */
      tell_truth (learner, 1, 0, X, LAM_LEARNER_TEACHES);
      learn (learner);
    }
    tell_truth (learner, 1, 0, 50, LAM_LEARNER_TEACHES);
    learn (learner);
    g_assert_true (lam_learner_put (learner, copy, &error));
    get_numbers (fixture, copy, numbers[i]);
    tell_truth (learner, 1, 0, 0, LAM_LEARNER_TEACHES);
    LamLearnerReport report = learn (learner);
    g_assert_cmpint (report.n_known, ==, 0);
    g_assert_true (lam_learner_put (learner, copy, &error));
    get_numbers (fixture, copy, numbers[3]);
  }
  g_assert_cmpmem (
      numbers[0], sizeof numbers[0], numbers[1], sizeof numbers[1]);
  g_assert_cmpmem (
      numbers[0], sizeof numbers[0], numbers[2], sizeof numbers[2]);
  g_assert_true (memcmp (numbers[0], numbers[3], sizeof numbers[0]) != 0);
  get_numbers (fixture, fixture->model, numbers[0]);
  g_assert_cmpmem (
      numbers[0], sizeof numbers[0], numbers[3], sizeof numbers[3]);
}

/* Features of cells, and so what the head says of them, are those of a plan of
 * all: learned in no steps, what it would say is what the network says. */
static void
test_features (Fixture *fixture, gconstpointer layers)
{
  fixture->settings.fit.n_steps = 0;
  fixture->settings.limit_bytes = INT64_C (1) << 30;
  fixture->settings.max_new_cells = 1000;
  g_autoptr (LamLearner) learner = make_learner (fixture);
  const LamBox box = { { 0, 0, 0 }, { X, Y, Z } };
  g_autoptr (LamProposal) said = segment (fixture, fixture->model, &box);
  lam_learner_tell (learner, &box, said->classes, LAM_LEARNER_TESTS);
  LamLearnerReport report = learn (learner);
  g_assert_cmpint (report.n_tested, >, 1000);
  g_assert_cmpint (report.n_known, ==, 0);
  g_assert_cmpfloat (report.iou_before, >, 0.999);
}

/* What the network says, but another class where it is unsure. */
static int
find_odd (const LamProposal *said, int64_t i)
{
  return (said->classes[i] + (said->uncertainties[i] >= 235)) % 3;
}

/* Mean IoU with that over a whole section. */
static double
judge_odd (const LamProposal *said)
{
  int64_t both[3] = { 0 }, either[3] = { 0 };
  double sum = 0;
  for (int64_t i = 0; i < N; i++) {
    const int is = find_odd (said, i), says = said->classes[i];
    both[is] += is == says;
    either[is]++;
    either[says] += is != says;
  }
  for (int c = 0; c < 3; c++)
    sum += (double)both[c] / (double)either[c] / 3;
  return sum;
}

/* Somebody spoke of all that the network is unsure of, where it is wrong, and
 * of a part of the rest, where it is right: the score is that of all. */
static void
test_chosen (Fixture *fixture, gconstpointer layers)
{
  static uint8_t classes[N];
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) base = copy_model (fixture, layers);
  fixture->settings.fit.n_steps = 600;
  g_autoptr (LamLearner) teacher = make_learner (fixture);
  tell_truth (teacher, 1, 0, X, LAM_LEARNER_TEACHES);
  learn (teacher);
  g_assert_true (lam_learner_put (teacher, base, &error));
  fixture->settings.fit.n_steps = 0;
  const LamBox box = { { 0, 0, 4 }, { X, Y, 5 } };
  g_autoptr (LamProposal) said = segment (fixture, base, &box);
  for (int64_t i = 0; i < N; i++)
    classes[i] = said->uncertainties[i] >= 235 || i % 10 == 0
        ? (uint8_t)find_odd (said, i)
        : LAM_PATCH_IGNORED;
  double ious[2];
  for (int i = 0; i < 2; i++) {
    g_autoptr (LamLearner) learner = lam_learner_new (base, fixture->volume,
        &fixture->normalisation, &fixture->settings, &error);
    tell_truth (learner, 1, 0, X, LAM_LEARNER_TEACHES);
    lam_learner_tell (learner, &box, classes, LAM_LEARNER_TESTS);
    lam_learner_set_is_chosen (learner, i == 1);
    ious[i] = learn (learner).iou_before;
  }
  const double all = judge_odd (said);
  g_test_message ("%.3f in all, %.3f of what was chosen, weighed %.3f", all,
      ious[0], ious[1]);
  g_assert_cmpfloat (ious[0], <, all - 0.05);
  g_assert_cmpfloat (fabs (ious[1] - all), <, (all - ious[0]) / 2);
}

/* What is in use is judged beside what is learned, and what was learned is
 * forgotten when somebody wants. */
static void
test_present (Fixture *fixture, gconstpointer layers)
{
  static float numbers[2][4096];
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) taught = copy_model (fixture, layers);
  g_autoptr (LamLearner) learner = make_learner (fixture);
  tell_truth (learner, 1, 0, X, LAM_LEARNER_TEACHES);
  tell_truth (learner, 3, 0, X, LAM_LEARNER_TESTS);
  LamLearnerReport report = learn (learner);
  g_assert_cmpfloat (report.iou_after, >, report.iou_before);
  g_assert_false (report.is_sure); /* 12 cells say too little */
  tell_truth (learner, 4, 0, X, LAM_LEARNER_TESTS);
  tell_truth (learner, 5, 0, X, LAM_LEARNER_TESTS);
  report = learn (learner);
  g_assert_true (report.is_sure);
  g_assert_true (isnan (report.iou_present));
  g_assert_true (lam_learner_put (learner, taught, &error));
  g_assert_true (lam_learner_set_present (learner, taught, &error));
  tell_truth (learner, 1, 0, 0, LAM_LEARNER_TEACHES);
  const double after = report.iou_after;
  report = learn (learner);
  g_assert_false (report.is_sure); /* it is as it began */
  g_assert_cmpfloat (report.iou_present, ==, after);
  g_assert_cmpfloat (report.iou_after, ==, report.iou_before);
  tell_truth (learner, 1, 0, X, LAM_LEARNER_TEACHES);
  learn (learner);
  lam_learner_forget (learner);
  g_assert_true (lam_learner_put (learner, taught, &error));
  get_numbers (fixture, taught, numbers[0]);
  get_numbers (fixture, fixture->model, numbers[1]);
  g_assert_cmpmem (
      numbers[0], sizeof numbers[0], numbers[1], sizeof numbers[1]);
}

/* Held out is all of the volume, and wrong is what the network says where cells
 * are narrow, and in the last sections, which are told last: each voxel counts
 * the same, and a few cells are of everywhere. */
static void
test_held_out (Fixture *fixture, gconstpointer layers)
{
  static uint8_t classes[Z * N];
  const LamBox box = { { 0, 0, 0 }, { X, Y, Z } };
  g_autoptr (LamProposal) said = segment (fixture, fixture->model, &box);
  double both[3] = { 0 }, either[3] = { 0 }, all = 0;
  for (int i = 0; i < Z * N; i++) {
    const int says = said->classes[i];
    const bool is_wrong = i % X >= 192 || i / N >= 4;
    classes[i] = (uint8_t)(is_wrong ? (says + 1) % 3 : says);
    both[says] += is_wrong ? 0 : 1;
    either[says]++;
    either[classes[i]] += is_wrong ? 1 : 0;
  }
  int n = 0;
  for (int c = 0; c < 3; c++)
    n += either[c] > 0;
  for (int c = 0; c < 3; c++)
    all += either[c] > 0 ? both[c] / either[c] / n : 0;
  fixture->settings.max_new_cells = 24;
  g_autoptr (LamLearner) learner = make_learner (fixture);
  lam_learner_tell (learner, &box, classes, LAM_LEARNER_TESTS);
  LamLearnerReport report = learn (learner);
  g_test_message ("%.3f of a few cells, %.3f of all", report.iou_before, all);
  g_assert_cmpint (report.n_cells_left, ==, 48);
  g_assert_cmpfloat_with_epsilon (report.iou_before, all, 0.15);
  g_assert_true (lam_learner_can_go_on (learner));
  while (lam_learner_can_go_on (learner))
    report = learn (learner);
  g_test_message ("%.3f of all cells", report.iou_before);
  g_assert_cmpint (report.n_cells_left, ==, 0);
  g_assert_cmpfloat_with_epsilon (report.iou_before, all, 0.02);
}

static void
test_limits (Fixture *fixture, gconstpointer unused)
{
  fixture->settings.max_new_cells = 2;
  g_autoptr (LamLearner) learner = make_learner (fixture);
  g_autoptr (LamProgress) cancelled = lam_progress_new ();
  g_autoptr (GError) error = NULL;
  LamLearnerReport report;
  tell_truth (learner, 1, 0, X, LAM_LEARNER_TEACHES);
  lam_progress_cancel (cancelled);
  g_assert_false (lam_learner_learn (learner, &report, cancelled, &error));
  g_assert_true (lam_error_is_cancelled (error));
  report = learn (learner);
  g_assert_cmpint (report.n_cells_left, ==, 10);
  for (int i = 0; i < 4; i++)
    learn (learner);
  report = learn (learner);
  g_assert_cmpint (report.n_cells_left, ==, 0);
  /* As much memory as two cells take, whatever is told. */
  fixture->settings.limit_bytes = 1;
  g_autoptr (LamLearner) small = make_learner (fixture);
  tell_truth (small, 1, 0, X, LAM_LEARNER_TEACHES);
  learn (small);
  report = learn (small);
  g_assert_cmpint (report.n_cells_left, ==, 11);
}

static void
test_refuses (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) model = fixture_model (
      "a = conv image classes\nb = conv a classes\nlogits = add a b", NULL,
      &error);
  g_assert_no_error (error);
  const int64_t dims[5] = { 1, 1, 1, 16, 16 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  LamHead head;
  g_assert_false (
      lam_head_find (&head, lam_model_get_network (model), &shape, 2, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    const char *layers;
    void (*test) (Fixture *fixture, gconstpointer layers);
  } cases[] = {
    { "/learner/improves", TWO, test_improves },
    { "/learner/improves-halving", HALVING, test_improves },
    { "/learner/keeps", HALVING, test_keeps },
    { "/learner/same", HALVING, test_same },
    { "/learner/features", HALVING, test_features },
    { "/learner/features-deep",
        "a = block image 4@3x3x3\nb = pool a @2x2x2\nc = up b 4@2x2x2\n"
        "d = block c a 4@3x3x3\nlogits = conv d classes@1x1x1",
        test_features },
    { "/learner/chosen", TWO, test_chosen },
    { "/learner/present", TWO, test_present },
    { "/learner/held-out", TWO, test_held_out },
    { "/learner/limits", TWO, test_limits },
  };
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].name, Fixture, cases[i].layers, set_up, cases[i].test,
        tear_down);
  g_test_add_func ("/learner/refuses", test_refuses);
  return g_test_run ();
}
