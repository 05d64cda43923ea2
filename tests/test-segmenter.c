/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Segmenting a box: that tiles do not show, whichever they are; that several
 * models and turned copies are what their definition says; what is unknown; and
 * what is refused. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "model-fixture.h"
#include "rounds.h"
#include "segment-fixture.h"
#include "segment/predict.h"
#include "segment/propagate.h"
#include "segment/segmenter-inside.h"
#include "segment/voxel-math.h"

#define N_CLASSES 3

static double
noise (int64_t x, int64_t y, int64_t z)
{
  return 100 + 20 * sin ((double)(x * 3 + y * 5 + z * 7)) + (double)(x % 7);
}

static LamModel *
open_model (const char *layers, const char *norm, uint64_t seed)
{
  g_autoptr (GError) error = NULL;
  LamModel *model = fixture_model_with (layers, norm, seed, "8,32,32", &error);
  g_assert_no_error (error);
  return model;
}

/* One model, but for a list of them that ends with NULL. */
static LamSegmenter *
make_many (LamModel *const *models, const LamSegmenterSettings *settings,
    GError **error)
{
  LamSegmenterModel list[4];
  int n = 0;
  for (; models[n]; n++)
    list[n] = (LamSegmenterModel){ models[n], { 100, 20 } };
  return lam_segmenter_new (list, n, settings, error);
}

static LamSegmenter *
make (LamModel *model, const LamSegmenterSettings *settings)
{
  g_autoptr (GError) error = NULL;
  LamModel *const models[] = { model, NULL };
  LamSegmenter *segmenter = make_many (models, settings, &error);
  g_assert_no_error (error);
  return segmenter;
}

static float *
sum (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box)
{
  g_autoptr (GError) error = NULL;
  float *sums = lam_segmenter_sum (segmenter, volume, box, NULL, &error);
  g_assert_no_error (error);
  return sums;
}

static LamProposal *
run (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box)
{
  g_autoptr (GError) error = NULL;
  LamProposal *proposal =
      lam_segmenter_run (segmenter, volume, box, NULL, &error);
  g_assert_no_error (error);
  return proposal;
}

static int64_t
find_place (const LamBox *box, int64_t x, int64_t y, int64_t z)
{
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  return ((z - box->min[2]) * rows + y - box->min[1]) * width + x - box->min[0];
}

/* The largest difference over `part`, which both boxes hold. */
static float
compare (const float *a, const LamBox *a_box, const float *b,
    const LamBox *b_box, const LamBox *part)
{
  float largest = 0;
  for (int c = 0; c < N_CLASSES; c++)
    for (int64_t z = part->min[2]; z < part->max[2]; z++)
      for (int64_t y = part->min[1]; y < part->max[1]; y++)
        for (int64_t x = part->min[0]; x < part->max[0]; x++) {
          float one =
              a[c * lam_box_volume (a_box) + find_place (a_box, x, y, z)];
          float other =
              b[c * lam_box_volume (b_box) + find_place (b_box, x, y, z)];
          largest = MAX (largest, fabsf (one - other));
        }
  return largest;
}

static const int64_t volume_size[3] = { 90, 75, 13 };

/* Two tilings, one tile for all, and a box cut out of the middle. */
static void
test_tilings (void)
{
  static const char *const layers[] = { FIXTURE_FLAT, FIXTURE_HALVING,
    FIXTURE_DEEP };
  static const int64_t tiles[][3] = { { 512, 512, 512 }, { 32, 44, 8 },
    { 40, 36, 10 } };
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_new (3, 2, 1, 90, 70, 12);
  LamBox part = lam_box_new (31, 27, 5, 63, 55, 9);
  for (size_t i = PLAIN_OR_SANITISED (0, 1); i < G_N_ELEMENTS (layers); i++) {
    g_autoptr (LamModel) model = open_model (layers[i], "none", 1);
    g_autofree float *whole = NULL;
    for (size_t j = 0; j < PLAIN_OR_SANITISED (G_N_ELEMENTS (tiles), 2); j++) {
      LamSegmenterSettings settings = { .n_threads = 1 + (int)j % 2 };
      memcpy (settings.tile, tiles[j], sizeof settings.tile);
      g_autoptr (LamSegmenter) segmenter = make (model, &settings);
      g_assert_null (lam_segmenter_get_whole (segmenter, 0));
      int64_t n = lam_segmenter_count_runs (segmenter, volume_size, &box);
      g_autofree float *sums = sum (segmenter, volume, &box);
      g_autofree float *inner = sum (segmenter, volume, &part);
      g_assert_cmpfloat (compare (sums, &box, inner, &part, &part), <, 1e-5);
      if (j > 0) {
        g_assert_cmpint (n, >, 8);
        g_assert_cmpfloat (compare (whole, &box, sums, &box, &box), <, 1e-5);
      } else {
        g_assert_cmpint (n, ==, 1);
        whole = g_steal_pointer (&sums);
      }
    }
  }
}

/* The preset for beside a person sees as far as it says, and no further. */
static void
test_local (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) model =
      fixture_model_of ("unet-local", 1, "1,64,64", &error);
  g_assert_no_error (error);
  const LamModelField *field = lam_model_get_field (model);
  g_assert_null (field->whole);
  for (int i = 0; i < 3; i++) {
    g_assert_cmpint (field->before[i], <=, i < 2 ? 20 : 0);
    g_assert_cmpint (field->after[i], <=, i < 2 ? 20 : 0);
  }
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_new (
      3, 2, 1, 90, PLAIN_OR_SANITISED (70, 60), PLAIN_OR_SANITISED (3, 2));
  g_autofree float *whole = NULL;
  static const int64_t tiles[][3] = { { 512, 512, 1 }, { 64, 48, 1 },
    { 56, 80, 1 } };
  for (size_t j = 0; j < PLAIN_OR_SANITISED (G_N_ELEMENTS (tiles), 2); j++) {
    LamSegmenterSettings settings = { .n_threads = 1 };
    memcpy (settings.tile, tiles[j], sizeof settings.tile);
    g_autoptr (LamSegmenter) segmenter = make (model, &settings);
    g_autofree float *sums = sum (segmenter, volume, &box);
    if (j == 0)
      whole = g_steal_pointer (&sums);
    else
      g_assert_cmpfloat (compare (whole, &box, sums, &box, &box), <, 1e-5);
  }
}

/* Labels are the same wherever probabilities are no tie. */
static void
test_labels (void)
{
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_of_size (volume_size);
  int64_t n = lam_box_volume (&box), n_seen[N_CLASSES] = { 0 };
  g_autoptr (LamModel) model = open_model (FIXTURE_HALVING, "none", 1);
  LamSegmenterSettings settings = { .tile = { 48, 48, 1 } };
  g_autoptr (LamSegmenter) few = make (model, &settings);
  settings.tile[0] = 512;
  g_autoptr (LamSegmenter) one = make (model, &settings);
  g_autoptr (LamProposal) a = run (few, volume, &box);
  g_autoptr (LamProposal) b = run (one, volume, &box);
  g_autofree float *sums = sum (one, volume, &box);
  for (int64_t i = 0; i < n; i++) {
    float best = sums[a->classes[i] * n + i],
          next = sums[a->runner_ups[i] * n + i];
    n_seen[a->classes[i]]++;
    g_assert_cmpint (a->classes[i], !=, a->runner_ups[i]);
    g_assert_cmpint (ABS (a->uncertainties[i] - b->uncertainties[i]), <=, 1);
    double entropy = 0;
    for (int c = 0; c < N_CLASSES; c++) {
      double p = sums[c * n + i];
      entropy -= p * log (p);
      g_assert_true (p <= best + 1e-5 || c == a->classes[i]);
      g_assert_true (p <= next + 1e-5 || c == a->classes[i]);
    }
    g_assert_cmpfloat_with_epsilon (
        a->uncertainties[i], MIN (255 * entropy / log (2), 255), 1);
    if (best - next > 1e-5)
      g_assert_cmpint (a->classes[i], ==, b->classes[i]);
  }
  g_assert_cmpint ((n_seen[0] > 0) + (n_seen[1] > 0) + (n_seen[2] > 0), >, 1);
}

typedef struct {
  LamBox box;
  float *values;
} Taken;

static bool
take (const LamBox *box, const float *probabilities, int n_classes,
    gpointer user_data, GError **error)
{
  Taken *taken = user_data;
  int64_t n = lam_box_volume (box), i = 0;
  for (int c = 0; c < n_classes; c++)
    for (int64_t z = box->min[2]; z < box->max[2]; z++)
      for (int64_t y = box->min[1]; y < box->max[1]; y++)
        for (int64_t x = box->min[0]; x < box->max[0]; x++)
          taken->values[c * lam_box_volume (&taken->box)
              + find_place (&taken->box, x, y, z)] = probabilities[i++];
  g_assert_cmpint (i, ==, n * n_classes);
  return true;
}

/* Networks that see so and so far can be blended as well. */
static void
test_blend (void)
{
  const int64_t size[3] = { 90, 75, 40 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_of_size (size);
  g_autoptr (LamModel) model = open_model (FIXTURE_DEEP, "none", 1);
  LamSegmenterSettings settings = { .tile = { 24, 24, 24 } };
  g_autoptr (LamSegmenter) exact = make (model, &settings);
  settings.blends = true;
  g_autoptr (LamSegmenter) blended = make (model, &settings);
  g_assert_cmpstr (lam_segmenter_get_whole (blended, 0), ==, "");
  g_assert_cmpfloat (lam_segmenter_get_work (blended, size, &box), <,
      lam_segmenter_get_work (exact, size, &box));
  g_autofree float *sums = sum (blended, volume, &box);
  g_autofree float *values = g_new (float, 3 * lam_box_volume (&box));
  Taken taken = { box, values };
  const LamNormalisation normalisation = { 100, 20 };
  const LamPredictSettings how = { .overlap = -1, .tile = { 24, 24, 24 } };
  g_assert_true (lam_predict (
      model, volume, &normalisation, &box, &how, take, &taken, NULL, &error));
  g_assert_cmpfloat (compare (sums, &box, values, &box, &box), <, 1e-6);
}

/* Norms over the tile: one grid over the volume, so that any box gives what
 * the volume gives, to the bit, and what blended prediction gives. */
static void
test_whole (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_of_size (volume_size);
  LamBox part = lam_box_new (31, 27, 5, 63, 55, 9);
  g_autoptr (LamModel) model = open_model (FIXTURE_DEEP, "each", 1);
  const LamSegmenterSettings settings = { .n_threads = 1 };
  g_autoptr (LamSegmenter) segmenter = make (model, &settings);
  g_assert_cmpstr (
      lam_segmenter_get_whole (segmenter, 0), ==, "InstanceNormalization");
  g_autofree float *sums = sum (segmenter, volume, &box);
  g_autofree float *inner = sum (segmenter, volume, &part);
  g_assert_cmpfloat (compare (sums, &box, inner, &part, &part), ==, 0);
  g_autofree float *values = g_new (float, 3 * lam_box_volume (&box));
  Taken taken = { box, values };
  const LamNormalisation normalisation = { 100, 20 };
  const LamPredictSettings how = { .overlap = -1, .n_threads = 2 };
  g_assert_true (lam_predict (
      model, volume, &normalisation, &box, &how, take, &taken, NULL, &error));
  g_assert_cmpfloat (compare (sums, &box, values, &box, &box), <, 1e-6);
}

/* The same volume, laid down in another way: a copy of it must be segmented as
 * it is, but for the way it lies. */
static LamTurn turn;

static double
turned_noise (int64_t x, int64_t y, int64_t z)
{
  const int64_t edge = 64;
  int64_t u = turn & LAM_TURN_SWAP ? y : x, v = turn & LAM_TURN_SWAP ? x : y;
  return noise (turn & LAM_TURN_FLIP_X ? edge - 1 - u : u,
      turn & LAM_TURN_FLIP_Y ? edge - 1 - v : v, z);
}

static void
test_copies (void)
{
  const int64_t size[3] = { 64, 64, 2 };
  LamBox box = lam_box_of_size (size);
  int64_t n = lam_box_volume (&box);
  g_autoptr (LamModel) model = open_model (FIXTURE_HALVING, "none", 1);
  g_autofree float *mean = g_new0 (float, n *N_CLASSES);
  g_autofree float *back = g_new0 (float, n *N_CLASSES);
  LamSegmenterSettings settings = { .n_threads = 1 };
  g_autoptr (LamSegmenter) plain = make (model, &settings);
  for (turn = 0; turn < LAM_TURN_N; turn++) {
    g_autoptr (LamVolume) volume =
        fixture_volume (size, LAM_DTYPE_F32, turned_noise);
    g_autofree float *sums = sum (plain, volume, &box);
    lam_turn_back (turn, size, size[2] * N_CLASSES, sums, back);
    for (int64_t i = 0; i < n * N_CLASSES; i++)
      mean[i] += back[i];
    int votes = (int)turn + 1;
    if (votes != LAM_COPIES_FLIPS && votes != LAM_COPIES_TURNS)
      continue;
    turn = 0;
    g_autoptr (LamVolume) straight =
        fixture_volume (size, LAM_DTYPE_F32, turned_noise);
    turn = (LamTurn)votes - 1;
    settings.copies = (LamCopies)votes;
    for (int tiled = 0; tiled < 2; tiled++) {
      settings.tile[0] = tiled ? 36 : 0;
      settings.tile[1] = tiled ? 32 : 0;
      g_autoptr (LamSegmenter) segmenter = make (model, &settings);
      g_autofree float *found = sum (segmenter, straight, &box);
      g_assert_cmpfloat (
          compare (mean, &box, found, &box, &box), <, 1e-5 * votes);
    }
  }
}

/* Two models: the mean, and how uncertain that is: by the entropy of each and
 * by how much they disagree. */
static void
test_ensemble (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_new (10, 10, 2, 60, 50, 6);
  int64_t n = lam_box_volume (&box);
  g_autoptr (LamModel) a = open_model (FIXTURE_DEEP, "none", 1);
  g_autoptr (LamModel) b = open_model (FIXTURE_FLAT, "none", 2);
  LamModel *const both[] = { a, b, NULL }, *const twice[] = { a, a, NULL };
  const LamSegmenterSettings settings = { .n_threads = 2 };
  g_autoptr (LamSegmenter) of_a = make (a, &settings);
  g_autoptr (LamSegmenter) of_b = make (b, &settings);
  g_autoptr (LamSegmenter) of_both = make_many (both, &settings, &error);
  g_autoptr (LamSegmenter) of_twice = make_many (twice, &settings, &error);
  g_assert_no_error (error);
  g_autofree float *p = sum (of_a, volume, &box);
  g_autofree float *q = sum (of_b, volume, &box);
  g_autoptr (LamProposal) found = run (of_both, volume, &box);
  g_autoptr (LamProposal) certain = run (of_twice, volume, &box);
  g_autoptr (LamProposal) alone = run (of_a, volume, &box);
  int most = 0;
  for (int64_t i = 0; i < n; i++) {
    double entropy = 0, own = 0, best = 0;
    for (int c = 0; c < N_CLASSES; c++) {
      double one = p[c * n + i], other = q[c * n + i], mean = (one + other) / 2;
      entropy -= mean * log (mean);
      own -= (one * log (one) + other * log (other)) / 2;
      best = MAX (best, mean);
    }
    const double wanted = MIN (255 * entropy / log (2), 255);
    g_assert_cmpfloat_with_epsilon (found->uncertainties[i], wanted, 1);
    g_assert_cmpfloat (entropy, >=, own - 1e-6);
    g_assert_cmpfloat_with_epsilon (
        (p[found->classes[i] * n + i] + q[found->classes[i] * n + i]) / 2, best,
        1e-5);
    most = MAX (most, found->uncertainties[i]);
    /* Who says the same twice is as unsure as once. */
    g_assert_cmpint (
        ABS (certain->uncertainties[i] - alone->uncertainties[i]), <=, 1);
  }
  g_assert_cmpint (most, >, 20);
}

/* The same bytes each time and for any number of threads. */
static void
test_same (void)
{
  static const char *const norms[] = { "none", "each" };
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_new (
      3, 2, 1, 80, PLAIN_OR_SANITISED (70, 40), PLAIN_OR_SANITISED (12, 6));
  gsize n = (gsize)lam_box_volume (&box);
  for (size_t i = 0; i < G_N_ELEMENTS (norms); i++) {
    g_autoptr (LamModel) model = open_model (FIXTURE_DEEP, norms[i], 1);
    g_autoptr (LamProposal) first = NULL;
    for (int n_threads = 1; n_threads < PLAIN_OR_SANITISED (5, 3);
         n_threads++) {
      const LamSegmenterSettings settings = { .n_threads = n_threads,
        .copies = LAM_COPIES_FLIPS };
      g_autoptr (LamSegmenter) segmenter = make (model, &settings);
      g_autoptr (LamProposal) found = run (segmenter, volume, &box);
      if (!first) {
        first = g_steal_pointer (&found);
        continue;
      }
      g_assert_cmpmem (first->classes, n, found->classes, n);
      g_assert_cmpmem (first->runner_ups, n, found->runner_ups, n);
      g_assert_cmpmem (first->uncertainties, n, found->uncertainties, n);
    }
  }
}

static double
holed (int64_t x, int64_t y, int64_t z)
{
  return x == 20 && y == 10 ? NAN : x == 5 ? INFINITY : noise (x, y, z);
}

static double
huge (int64_t x, int64_t y, int64_t z)
{
  return x < 10 ? 3e38 : noise (x, y, z);
}

/* One whose normalisation makes infinity of large numbers. */
static LamSegmenter *
make_steep (LamModel *model)
{
  const LamSegmenterSettings settings = { .tile = { 32, 32, 1 } };
  const LamSegmenterModel steep = { model, { 100, 1e-3 } };
  g_autoptr (GError) error = NULL;
  LamSegmenter *segmenter = lam_segmenter_new (&steep, 1, &settings, &error);
  g_assert_no_error (error);
  return segmenter;
}

static void
check_unknown (const LamProposal *proposal, int64_t i, bool is_unknown)
{
  g_assert_cmpint (
      proposal->classes[i] == LAM_PROPOSAL_UNKNOWN, ==, is_unknown);
  g_assert_cmpint (
      proposal->runner_ups[i] == LAM_PROPOSAL_UNKNOWN, ==, is_unknown);
  if (is_unknown)
    g_assert_cmpint (proposal->uncertainties[i], ==, 255);
  else
    g_assert_cmpint (proposal->classes[i], <, N_CLASSES);
}

static void
test_unknown (void)
{
  const int64_t size[3] = { 60, 40, 3 };
  LamBox box = lam_box_of_size (size);
  g_autoptr (LamVolume) with_holes =
      fixture_volume (size, LAM_DTYPE_F32, holed);
  g_autoptr (LamVolume) with_huge = fixture_volume (size, LAM_DTYPE_F32, huge);
  g_autoptr (LamModel) model = open_model (FIXTURE_FLAT, "none", 1);
  const LamSegmenterSettings settings = { .tile = { 32, 32, 1 } };
  g_autoptr (LamSegmenter) segmenter = make (model, &settings);
  g_autoptr (LamProposal) holes = run (segmenter, with_holes, &box);
  g_autoptr (LamSegmenter) steep = make_steep (model);
  g_autoptr (LamProposal) wild = run (steep, with_huge, &box);
  for (int64_t i = 0; i < lam_box_volume (&box); i++) {
    int64_t x = i % size[0], y = i / size[0] % size[1];
    check_unknown (holes, i, x == 5 || (x == 20 && y == 10));
    /* Those near see them, in blocks as convolutions are done. */
    if (x < 10 || x > 18)
      check_unknown (wild, i, x < 10);
  }
}

/* What is needed is said before, and smaller tiles that do are named. */
static void
test_memory (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume =
      fixture_volume (volume_size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_of_size (volume_size);
  g_autoptr (LamModel) model = open_model (FIXTURE_DEEP, "none", 1);
  LamSegmenterSettings settings = { .n_threads = 2 };
  g_autoptr (LamSegmenter) easy = make (model, &settings);
  int64_t bytes;
  g_assert_true (
      lam_segmenter_measure (easy, volume_size, &box, &bytes, &error));
  lam_segmenter_set_revised (easy, true);
  int64_t with_revision, n_classes = lam_model_get_n_classes (model);
  g_assert_true (
      lam_segmenter_measure (easy, volume_size, &box, &with_revision, &error));
  g_assert_cmpint (with_revision - bytes, >=,
      lam_box_volume (&box) * lam_propagate_get_voxel_bytes ((int)n_classes));
  settings.limit_bytes = bytes - 1;
  g_autoptr (LamSegmenter) tight = make (model, &settings);
  g_assert_null (lam_segmenter_run (tight, volume, &box, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
  g_test_message ("%s", error->message);
  const char *tiles = strstr (error->message, "tiles of ");
  g_assert_nonnull (tiles);
  g_assert_cmpint (sscanf (tiles, "tiles of %ld,%ld,%ld", &settings.tile[0],
                       &settings.tile[1], &settings.tile[2]),
      ==, 3);
  g_clear_error (&error);
  g_autoptr (LamSegmenter) fitting = make (model, &settings);
  g_autoptr (LamProposal) proposal = run (fitting, volume, &box);
  settings.limit_bytes = 1000;
  g_autoptr (LamSegmenter) hopeless = make (model, &settings);
  g_assert_null (lam_segmenter_run (hopeless, volume, &box, NULL, &error));
  g_assert_nonnull (strstr (error->message, "do not help"));
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) model = open_model (FIXTURE_HALVING, "none", 1);
  g_autoptr (LamModel) norms = open_model (FIXTURE_HALVING, "each", 1);
  LamModel *const models[] = { model, NULL };
  LamSegmenterSettings settings = { .tile = { 8, 64, 1 } };
  g_assert_null (make_many (models, &settings, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  const char *least = strstr (error->message, "at least ");
  g_assert_nonnull (least);
  settings.tile[0] = g_ascii_strtoll (least + 9, NULL, 10);
  g_clear_error (&error);
  g_autoptr (LamSegmenter) least_one = make (model, &settings);
  settings.tile[0]--;
  g_assert_cmpint (settings.tile[0], >, 8);
  g_autoptr (LamSegmenter) rounded = make (model, &settings);
  /* Where nothing is thrown away, any tile does. */
  settings.tile[0] = 8;
  g_autoptr (LamSegmenter) of_norms = make (norms, &settings);
}

/* Blocks cover the box, and are bounded. */
static void
test_blocks (void)
{
  static const char *const norms[] = { "none", "each" };
  static const int64_t sizes[][3] = { { 90, 75, 13 }, { 20000, 30000, 5000 },
    { 4000, 10, 1 }, { 300, 300, 300 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (size_t j = 0; j < 4; j++) {
      g_autoptr (LamModel) model =
          open_model (j / 2 ? FIXTURE_DEEP : FIXTURE_HALVING, norms[j % 2], 1);
      const LamSegmenterSettings settings = { .n_threads = 1 };
      g_autoptr (LamSegmenter) segmenter = make (model, &settings);
      LamBox box = lam_box_of_size (sizes[i]);
      int64_t block[3];
      lam_segmenter_choose_block (segmenter, sizes[i], &box, block);
      LamBox part = lam_box_of_size (block);
      for (int k = 0; k < 3; k++) {
        g_assert_cmpint (block[k], >=, 1);
        g_assert_cmpint (block[k], <=, sizes[i][k]);
      }
      g_test_message ("%d %d %d: %d runs", (int)block[0], (int)block[1],
          (int)block[2],
          (int)lam_segmenter_count_runs (segmenter, sizes[i], &part));
      g_assert_cmpint (lam_box_volume (&part) * 15, <=, 1 << 30);
      g_assert_cmpint (lam_segmenter_count_runs (segmenter, sizes[i], &part),
          <=, j % 2 ? 343 : 64);
      g_assert_cmpint (
          lam_box_volume (&part), >=, MIN (lam_box_volume (&box), 4000));
    }
}

/* What is kept after a number of runs, or of a run that is cancelled after
 * them; those of a later life are counted. */
typedef struct {
  int64_t keep_at, n_done, n_seen;
  LamProgress *cancelled; /* Borrowed; or NULL */
  GByteArray *rows[LAM_SEGMENTER_MAX_ROWS]; /* Owned */
} Kept;

static bool
keep_state (
    const LamSegmenterState *state, bool is_last, gpointer data, GError **error)
{
  Kept *kept = data;
  kept->n_seen++;
  if (kept->cancelled && state->n_done == kept->keep_at)
    lam_progress_cancel (kept->cancelled);
  if (state->n_done != kept->keep_at || is_last != (kept->cancelled != NULL))
    return true;
  kept->n_done = state->n_done;
  for (int i = 0; i < state->n_rows; i++)
    g_byte_array_append (
        kept->rows[i], state->rows[i].data, (guint)state->rows[i].n_bytes);
  return true;
}

static bool
take_state (LamSegmenterState *state, gpointer data)
{
  const Kept *kept = data;
  if (kept->n_done == 0)
    return false;
  state->n_done = kept->n_done;
  for (int i = 0; i < state->n_rows; i++) {
    g_assert_cmpuint (kept->rows[i]->len, ==, state->rows[i].n_bytes);
    memcpy (state->rows[i].data, kept->rows[i]->data, kept->rows[i]->len);
  }
  return true;
}

static void
kept_init (Kept *kept, int64_t keep_at)
{
  *kept = (Kept){ .keep_at = keep_at };
  for (int i = 0; i < LAM_SEGMENTER_MAX_ROWS; i++)
    kept->rows[i] = g_byte_array_new ();
}

static void
kept_clear (Kept *kept)
{
  for (int i = 0; i < LAM_SEGMENTER_MAX_ROWS; i++)
    g_byte_array_unref (kept->rows[i]);
}

/* What was kept is told as that of `n_done` runs. */
static void
expect_same_again (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, Kept *kept, int64_t n_done, const LamProposal *whole)
{
  const size_t n = (size_t)lam_box_volume (box);
  const int64_t n_runs =
      lam_segmenter_count_runs (segmenter, lam_volume_get_size (volume), box);
  const bool is_true = n_done == kept->n_done;
  kept->n_done = n_done;
  kept->n_seen = 0;
  kept->keep_at = -1;
  g_autoptr (LamProposal) again = run (segmenter, volume, box);
  lam_segmenter_set_keeping (segmenter, NULL);
  g_assert_cmpint (kept->n_seen, ==, is_true ? n_runs - n_done : n_runs);
  g_assert_cmpmem (again->classes, n, whole->classes, n);
  g_assert_cmpmem (again->runner_ups, n, whole->runner_ups, n);
  g_assert_cmpmem (again->uncertainties, n, whole->uncertainties, n);
}

static void
expect_same_after (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, int64_t at, const LamProposal *whole)
{
  Kept kept;
  const LamSegmenterKeeping keeping = { take_state, keep_state, &kept };
  kept_init (&kept, at);
  lam_segmenter_set_keeping (segmenter, &keeping);
  lam_proposal_free (run (segmenter, volume, box));
  expect_same_again (segmenter, volume, box, &kept, at, whole);
  kept_clear (&kept);
}

static void
expect_same_after_cancel (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, int64_t at, const LamProposal *whole)
{
  Kept kept;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  const LamSegmenterKeeping keeping = { take_state, keep_state, &kept };
  kept_init (&kept, at);
  kept.cancelled = progress;
  lam_segmenter_set_keeping (segmenter, &keeping);
  g_assert_null (lam_segmenter_run (segmenter, volume, box, progress, &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_assert_cmpint (kept.n_done, ==, at);
  kept.cancelled = NULL;
  expect_same_again (segmenter, volume, box, &kept, at, whole);
  kept_clear (&kept);
}

/* A state of more runs than there are, or of less than none, is none. */
static void
expect_same_of_wrong (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, int64_t n_done, const LamProposal *whole)
{
  Kept kept;
  const LamSegmenterKeeping keeping = { take_state, keep_state, &kept };
  kept_init (&kept,
      lam_segmenter_count_runs (segmenter, lam_volume_get_size (volume), box));
  lam_segmenter_set_keeping (segmenter, &keeping);
  lam_proposal_free (run (segmenter, volume, box));
  expect_same_again (segmenter, volume, box, &kept, n_done, whole);
  kept_clear (&kept);
}

/* Ended after any tile, it goes on to the same bytes. */
static void
test_keeps (void)
{
  const int64_t size[3] = { 60, 40, 2 };
  const LamBox box = lam_box_of_size (size);
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  /* Sanitised one copy without norms, and all with them. */
  for (int i = 0; i < 4; i += PLAIN_OR_SANITISED (1, 3)) {
    g_autoptr (LamModel) model =
        open_model (FIXTURE_HALVING, i % 2 ? "each" : "none", 1);
    const LamSegmenterSettings settings = { .n_threads = 1,
      .copies = i < 2 ? LAM_COPIES_ONE : LAM_COPIES_FLIPS,
      .tile = { 32, 32, 1 } };
    g_autoptr (LamSegmenter) segmenter = make (model, &settings);
    g_autoptr (LamProposal) whole = run (segmenter, volume, &box);
    const int64_t n = lam_segmenter_count_runs (segmenter, size, &box);
    g_assert_cmpint (n, >=, 4);
    for (int64_t at = 1; at <= PLAIN_OR_SANITISED (n, 1); at += MAX (1, n / 3))
      expect_same_after (segmenter, volume, &box, at, whole);
    expect_same_after (segmenter, volume, &box, n, whole);
    expect_same_after (segmenter, volume, &box, n / settings.copies, whole);
    expect_same_after_cancel (segmenter, volume, &box, 1, whole);
    if (i < 2)
      continue;
    /* Between two copies. */
    expect_same_after_cancel (
        segmenter, volume, &box, n / settings.copies, whole);
    expect_same_of_wrong (segmenter, volume, &box, -1, whole);
    expect_same_of_wrong (segmenter, volume, &box, n + 1, whole);
  }
}

#define REVISED 7

static bool
make_even (const LamBox *box, int n_classes, float *probabilities,
    gpointer data, LamProgress *progress, GError **error)
{
  const int64_t n = lam_box_volume (box);
  for (int c = 0; c < n_classes; c++)
    probabilities[c * n + REVISED] = c < 2 ? 0.5f : 0;
  return true;
}

/* How unsure a changed voxel is says what it was changed to, however many looks
 * there were before; the others stay as they are. */
static void
test_revised (void)
{
  const int64_t size[3] = { 60, 40, 2 };
  const LamBox box = lam_box_of_size (size);
  const size_t n = (size_t)lam_box_volume (&box);
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  g_autoptr (LamModel) model = open_model (FIXTURE_HALVING, "none", 1);
  const LamSegmenterRevision even = { .change = make_even };
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    const LamSegmenterSettings settings = { .n_threads = 1,
      .copies = i ? LAM_COPIES_FLIPS : LAM_COPIES_ONE };
    g_autoptr (LamSegmenter) segmenter = make (model, &settings);
    g_autoptr (LamProposal) plain = run (segmenter, volume, &box);
    g_autoptr (LamProposal) revised = lam_segmenter_run_revised (
        segmenter, volume, &box, &even, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (revised->classes[REVISED], ==, 0);
    g_assert_cmpint (revised->runner_ups[REVISED], ==, 1);
    g_assert_cmpint (revised->uncertainties[REVISED], ==, UINT8_MAX);
    revised->uncertainties[REVISED] = plain->uncertainties[REVISED];
    g_assert_cmpmem (revised->uncertainties, n, plain->uncertainties, n);
  }
}

static gpointer
cancel_thread (gpointer data)
{
  /* Once a tile is done. */
  while (lam_progress_get_fraction (data) <= 0)
    g_usleep (1000);
  lam_progress_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  const int64_t size[3] = { 600, 600, 40 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  g_autoptr (LamModel) model = open_model (FIXTURE_DEEP, "none", 1);
  const LamSegmenterSettings settings = { .n_threads = 1,
    .tile = { 32, 32, 16 } };
  g_autoptr (LamSegmenter) segmenter = make (model, &settings);
  g_autoptr (LamProgress) progress = lam_progress_new ();
  GThread *thread = g_thread_new ("cancel", cancel_thread, progress);
  LamBox box = lam_box_of_size (size);
  g_assert_null (lam_segmenter_run (segmenter, volume, &box, progress, &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_thread_join (thread);
  double fraction = lam_progress_get_fraction (progress);
  g_assert_cmpfloat (fraction, >, 0);
  g_assert_cmpfloat (fraction, <, 0.9);
}

/* Against those of the C library. */
static void
test_voxel_math (void)
{
  for (float x = 0; x > -86; x -= 0.01f) {
    float right = expf (x);
    g_assert_cmpfloat (fabsf (lam_voxel_exp (x) - right), <=, 3e-7f * right);
  }
  for (float x = 1e-37f; x < 2e3f; x *= 1.003f)
    g_assert_cmpfloat (fabsf (lam_voxel_log (x) - logf (x)), <=,
        2e-7f * MAX (1, fabsf (logf (x))));
  g_assert_cmpfloat (lam_voxel_exp (-0.0f), ==, 1);
  for (float x = -86.9f; x > -1e30f; x *= 1.003f)
    g_assert_cmpfloat (lam_voxel_exp (x), ==, lam_voxel_exp (MAX (x, -87)));
  g_assert_cmpfloat (lam_voxel_exp (-INFINITY), ==, lam_voxel_exp (-87));
  g_assert_cmpfloat (lam_voxel_exp (-INFINITY), <, 2e-38f);
  g_assert_true (isnan (lam_voxel_exp (NAN)));
  g_assert_true (isnan (lam_voxel_exp (-NAN)));
  g_assert_cmpfloat (0 * lam_voxel_log (0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segmenter/voxel-math", test_voxel_math);
  g_test_add_func ("/segmenter/tilings", test_tilings);
  g_test_add_func ("/segmenter/local", test_local);
  g_test_add_func ("/segmenter/labels", test_labels);
  g_test_add_func ("/segmenter/whole", test_whole);
  g_test_add_func ("/segmenter/blend", test_blend);
  g_test_add_func ("/segmenter/copies", test_copies);
  g_test_add_func ("/segmenter/ensemble", test_ensemble);
  g_test_add_func ("/segmenter/same", test_same);
  g_test_add_func ("/segmenter/unknown", test_unknown);
  g_test_add_func ("/segmenter/memory", test_memory);
  g_test_add_func ("/segmenter/refused", test_refused);
  g_test_add_func ("/segmenter/blocks", test_blocks);
  g_test_add_func ("/segmenter/keeps", test_keeps);
  g_test_add_func ("/segmenter/revised", test_revised);
  g_test_add_func ("/segmenter/cancel", test_cancel);
  return g_test_run ();
}
