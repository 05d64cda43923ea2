/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Learning from corrections: what it costs against running the network, and
 * what it brings where nobody corrected.
 *
 *   bench-adapt MODEL.onnx IMAGE LABELS CLASS=NUMBER,… [ROUNDS [LAYERS]]
 *
 * A person is imagined who goes through three sections and in each paints
 * CORRECTIONS discs, around voxels that are wrong at present (seeded), only
 * over what belongs to the class that the voxel in the middle is of. After each
 * round the last layers learn; IoU is told of sections that were not touched.
 * Time: the fit and the last layers run alone over kept features of
 * 16 × 256 × 256 voxels, each against all of the network over those voxels, in
 * turns, medians. The bound is 1/10.
 *
 * Then all of the network learns, as "model adapt --whole" and as by itself
 * while a person rests: of a fifth of the sections, beginning after the first
 * eighth, which were corrected and verified, the last quarter being held out.
 * Each round goes on from where the last one ended, if that was no worse on
 * what was held out. IoU is told of sections beyond. LAYERS 1 or 2: only that
 * many of the last layers; 0: only all of the network. */
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "median.h"
#include "nn/plan.h"
#include "segment/learner.h"
#include "segment/patch.h"
#include "segment/refiner.h"
#include "segment/segmenter.h"
#include "volume/format.h"

#define TIMES 5
#define EDGE 256
#define SECTIONS 16
#define CORRECTIONS 6 /* a section and round */
#define RADIUS 10
#define MOST 512 /* voxels of a section in x and y that are looked at */
#define N_TOUCHED 3
#define N_JUDGED 3
#define MAX_CLASSES 16

typedef struct {
  LamModel *model; /* Owned; learns */
  LamModel *start; /* Owned; stays */
  LamVolume *image, *labels; /* Owned */
  LamNormalisation normalisation;
  LamSegmenter *segmenter; /* Owned */
  LamLearner *learner; /* Owned */
  int n_classes;
  int64_t numbers[MAX_CLASSES]; /* of the labels, by class; −1: none */
  int64_t size[3], n_section;
  int64_t judged[N_JUDGED]; /* sections */
  LamRandom random;
  uint8_t *known; /* Owned; of N_TOUCHED sections */
} Bench;

static void
die_of (GError *error)
{
  if (!error)
    return;
  g_printerr ("%s\n", error->message);
  exit (1);
}

static LamVolume *
open_volume (const char *path)
{
  GError *error = NULL;
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  die_of (error);
  return lam_volume_new (source, NULL);
}

static int64_t
get_touched (const Bench *bench, int i)
{
  return bench->size[2] * (2 * i + 1) / (2 * N_TOUCHED);
}

static LamBox
get_section (const Bench *bench, int64_t z)
{
  return (LamBox){ { 0, 0, z }, { bench->size[0], bench->size[1], z + 1 } };
}

/* Classes of a section; IGNORED where the labels have no class of ours. */
static void
read_truth (const Bench *bench, int64_t z, uint8_t *classes)
{
  GError *error = NULL;
  LamBox box = get_section (bench, z);
  static const LamNormalisation as_they_are = { 0, 1 };
  g_autofree float *values = g_new (float, bench->n_section);
  lam_normalisation_read (
      &as_they_are, bench->labels, &box, values, NULL, &error);
  die_of (error);
  for (int64_t i = 0; i < bench->n_section; i++) {
    classes[i] = LAM_PATCH_IGNORED;
    for (int c = 0; c < bench->n_classes; c++)
      if (bench->numbers[c] == (int64_t)values[i])
        classes[i] = (uint8_t)c;
  }
}

static LamProposal *
segment (Bench *bench, int64_t z)
{
  GError *error = NULL;
  LamBox box = get_section (bench, z);
  LamProposal *proposal =
      lam_segmenter_run (bench->segmenter, bench->image, &box, NULL, &error);
  die_of (error);
  return proposal;
}

/* Of what is segmented only classes that the labels have are looked at. */
static void
judge (Bench *bench, const char *name)
{
  g_autofree uint8_t *truth = g_malloc ((gsize)bench->n_section);
  int64_t both[MAX_CLASSES] = { 0 }, any[MAX_CLASSES] = { 0 };
  for (int i = 0; i < N_JUDGED; i++) {
    read_truth (bench, bench->judged[i], truth);
    g_autoptr (LamProposal) said = segment (bench, bench->judged[i]);
    for (int64_t j = 0; j < bench->n_section; j++) {
      if (truth[j] == LAM_PATCH_IGNORED)
        continue;
      both[truth[j]] += said->classes[j] == truth[j];
      any[truth[j]]++;
      if (said->classes[j] < MAX_CLASSES && said->classes[j] != truth[j])
        any[said->classes[j]]++;
    }
  }
  g_print ("%-26s", name);
  for (int c = 0; c < bench->n_classes; c++)
    if (bench->numbers[c] >= 0)
      g_print ("  %s %.4f", lam_model_get_class_name (bench->model, c),
          (double)both[c] / (double)MAX (any[c], 1));
  g_print ("\n");
}

static void
paint (Bench *bench, const uint8_t *truth, uint8_t *known, int64_t middle)
{
  int64_t width = bench->size[0];
  int64_t cx = middle % width, cy = middle / width;
  for (int64_t y = MAX (cy - RADIUS, 0);
       y < MIN (cy + RADIUS + 1, bench->size[1]); y++)
    for (int64_t x = MAX (cx - RADIUS, 0); x < MIN (cx + RADIUS + 1, width);
         x++)
      if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= RADIUS * RADIUS
          && truth[y * width + x] == truth[middle])
        known[y * width + x] = truth[middle];
}

static void
correct (Bench *bench, int index)
{
  int64_t z = get_touched (bench, index), n = bench->n_section;
  LamBox box = get_section (bench, z);
  uint8_t *known = bench->known + index * n;
  g_autofree uint8_t *truth = g_malloc ((gsize)n);
  g_autoptr (LamProposal) said = segment (bench, z);
  g_autoptr (GArray) wrong = g_array_new (FALSE, FALSE, sizeof (int32_t));
  read_truth (bench, z, truth);
  for (int32_t i = 0; i < n; i++)
    if (truth[i] != LAM_PATCH_IGNORED && truth[i] != said->classes[i]
        && known[i] == LAM_PATCH_IGNORED)
      g_array_append_val (wrong, i);
  for (int i = 0; i < CORRECTIONS && wrong->len > 0; i++) {
    guint at = lam_random_u32 (&bench->random) % wrong->len;
    paint (bench, truth, known, g_array_index (wrong, int32_t, at));
  }
  lam_learner_tell (bench->learner, &box, known, LAM_LEARNER_TEACHES);
}

static void
restart_segmenter (Bench *bench)
{
  GError *error = NULL;
  const LamSegmenterModel model = { bench->model, bench->normalisation };
  const LamSegmenterSettings settings = { .copies = LAM_COPIES_ONE };
  g_clear_pointer (&bench->segmenter, lam_segmenter_free);
  bench->segmenter = lam_segmenter_new (&model, 1, &settings, &error);
  die_of (error);
}

static void
learn (Bench *bench, int round)
{
  GError *error = NULL;
  LamLearnerReport report;
  gint64 start = g_get_monotonic_time ();
  lam_learner_learn (bench->learner, &report, NULL, &error);
  die_of (error);
  g_print ("round %d: %" G_GINT64_FORMAT " voxels known, %" G_GINT64_FORMAT
           " looked at, %" G_GINT64_FORMAT " shown again, %d cells left, loss "
           "%.3f to %.3f, %.0f ms\n",
      round, report.n_known, report.n_examples, report.n_replayed,
      report.n_cells_left, report.loss_before, report.loss_after,
      (double)(g_get_monotonic_time () - start) / 1e3);
  lam_learner_put (bench->learner, bench->model, &error);
  die_of (error);
  restart_segmenter (bench);
}

/* ---- Time --------------------------------------------------------------- */

static LamPlan *
make_plan (LamNetwork *network, const int64_t *dims, int rank)
{
  GError *error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, rank, dims);
  LamPlan *plan = lam_plan_new (network, &shape, NULL, &error);
  die_of (error);
  for (int64_t i = 0; i < lam_shape_get_count (&shape); i++)
    lam_plan_get_input (plan, 0)[i] = (float)(i * 7 % 13) / 6 - 1;
  return plan;
}

static double
time_plan (LamPlan *plan)
{
  gint64 start = g_get_monotonic_time ();
  lam_plan_run (plan, NULL, NULL);
  return (double)(g_get_monotonic_time () - start) / 1e3;
}

static double
time_fit (Bench *bench)
{
  LamLearnerReport report;
  gint64 start = g_get_monotonic_time ();
  lam_learner_learn (bench->learner, &report, NULL, NULL);
  return (double)(g_get_monotonic_time () - start) / 1e3;
}

/* As long as cells are left their features are still found. */
static void
compare_times (Bench *bench)
{
  LamNetwork *network = lam_model_get_network (bench->start);
  bool is_flat = lam_model_get_rank (bench->start) == 4;
  const int64_t flat[4] = { SECTIONS, 1, EDGE, EDGE };
  const int64_t deep[5] = { 1, 1, SECTIONS, EDGE, EDGE };
  g_autoptr (LamPlan) all =
      make_plan (network, is_flat ? flat : deep, is_flat ? 4 : 5);
  double runs[TIMES], fits[TIMES];
  time_plan (all);
  for (int i = 0; i < TIMES; i++) {
    runs[i] = time_plan (all);
    fits[i] = time_fit (bench);
  }
  double run = bench_median (runs, TIMES), fit = bench_median (fits, TIMES);
  g_print ("all of the network       %7.0f ms\n", run);
  g_print ("last %d layers taught     %7.0f ms   ratio %.3f\n",
      lam_learner_get_n_layers (bench->learner), fit, fit / run);
}

/* ---- Beginning ---------------------------------------------------------- */

static bool
read_numbers (Bench *bench, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  for (int c = 0; c < MAX_CLASSES; c++)
    bench->numbers[c] = -1;
  for (int i = 0; parts[i]; i++) {
    char *equals = strchr (parts[i], '=');
    bool is_known = false;
    if (!equals)
      return false;
    *equals = 0;
    for (int c = 0; c < bench->n_classes; c++)
      if (strcmp (lam_model_get_class_name (bench->model, c), parts[i]) == 0) {
        bench->numbers[c] = g_ascii_strtoll (equals + 1, NULL, 10);
        is_known = true;
      }
    if (!is_known)
      return false;
  }
  return true;
}

static void
begin (Bench *bench, char **arguments, int n_layers)
{
  GError *error = NULL;
  LamLearnerSettings settings;
  bench->model = lam_model_open (arguments[0], &error);
  die_of (error);
  bench->start = lam_model_open (arguments[0], &error);
  die_of (error);
  bench->image = open_volume (arguments[1]);
  bench->labels = open_volume (arguments[2]);
  bench->n_classes = MIN (lam_model_get_n_classes (bench->model), MAX_CLASSES);
  memcpy (bench->size, lam_volume_get_size (bench->image), sizeof bench->size);
  for (int i = 0; i < 2; i++)
    bench->size[i] = MIN (bench->size[i], MOST);
  bench->n_section = bench->size[0] * bench->size[1];
  for (int i = 0; i < N_JUDGED; i++)
    bench->judged[i] = bench->size[2] * (i + 1) / (N_JUDGED + 1) + 3;
  bench->random = lam_random_new (1, 0);
  bench->known = g_malloc ((gsize)(N_TOUCHED * bench->n_section));
  memset (
      bench->known, LAM_PATCH_IGNORED, (size_t)(N_TOUCHED * bench->n_section));
  LamBox all = lam_box_of_size (lam_volume_get_size (bench->image));
  if (!lam_model_get_normalisation (bench->model, &bench->normalisation)) {
    lam_normalisation_measure (
        bench->image, &all, &bench->normalisation, NULL, &error);
    die_of (error);
  }
  if (!read_numbers (bench, arguments[3])) {
    g_printerr ("CLASS=NUMBER,… names no classes of the network\n");
    exit (1);
  }
  lam_learner_settings_init (&settings);
  settings.n_layers = n_layers;
  bench->learner = lam_learner_new (
      bench->start, bench->image, &bench->normalisation, &settings, &error);
  die_of (error);
  restart_segmenter (bench);
}

static void
end (Bench *bench)
{
  lam_learner_free (bench->learner);
  lam_segmenter_free (bench->segmenter);
  lam_model_free (bench->model);
  lam_model_free (bench->start);
  g_object_unref (bench->image);
  g_object_unref (bench->labels);
  g_free (bench->known);
}

/* ---- All of the network ------------------------------------------------- */

/* The rows of one section that lie in the brick. */
static void
copy_section (
    const Bench *bench, const LamBox *brick, const uint8_t *truth, uint8_t *to)
{
  const LamBox box = get_section (bench, 0);
  for (int64_t y = brick->min[1]; y < MIN (brick->max[1], box.max[1]); y++)
    memcpy (to + LAM_BRICK_EDGE * (y - brick->min[1]),
        truth + y * bench->size[0] + brick->min[0],
        (size_t)(MIN (brick->max[0], box.max[0]) - brick->min[0]));
}

static void
tell_brick (const Bench *bench, LamRefiner *refiner, LamBrickKey key,
    const LamBox *verified, int64_t first_test)
{
  const LamBox brick = lam_brick_box (key);
  const LamBox part = lam_box_intersect (&brick, verified);
  g_autofree uint8_t *truth = g_malloc ((gsize)bench->n_section);
  g_autofree uint8_t *said[2] = { g_malloc (LAM_BRICK_VOXELS),
    g_malloc (LAM_BRICK_VOXELS) };
  for (int i = 0; i < 2; i++)
    memset (said[i], LAM_PATCH_IGNORED, LAM_BRICK_VOXELS);
  for (int64_t z = part.min[2]; z < part.max[2]; z++) {
    read_truth (bench, z, truth);
    copy_section (bench, &brick, truth,
        said[z >= first_test]
            + LAM_BRICK_EDGE * LAM_BRICK_EDGE * (z - brick.min[2]));
  }
  lam_refiner_tell (refiner, key, said[0], said[1]);
}

static void
tell_verified (const Bench *bench, LamRefiner *refiner)
{
  const int64_t first = bench->size[2] / 8, n = MAX (bench->size[2] / 5, 2);
  const LamBox verified = { { 0, 0, first },
    { bench->size[0], bench->size[1], first + n } };
  const LamBox bricks = lam_box_bricks (&verified);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        const LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        tell_brick (bench, refiner, key, &verified, first + n - MAX (n / 4, 1));
      }
}

/* Beyond what is verified, and some more, as neighbours look alike. */
static void
judge_beyond (Bench *bench)
{
  const int64_t end =
      bench->size[2] / 8 + MAX (bench->size[2] / 5, 2) + bench->size[2] / 20;
  for (int i = 0; i < N_JUDGED; i++)
    bench->judged[i] = end + (bench->size[2] - end) * i / N_JUDGED;
}

static void
refine (Bench *bench, const char *from, const char *to, int round)
{
  GError *error = NULL;
  LamRefinerSettings settings;
  LamRefinerReport report;
  const gint64 start = g_get_monotonic_time ();
  lam_refiner_settings_init (&settings);
  settings.seed = (uint64_t)round;
  g_autoptr (LamRefiner) refiner =
      lam_refiner_new (from, bench->image, &settings, &error);
  die_of (error);
  tell_verified (bench, refiner);
  lam_refiner_run (refiner, to, &report, NULL, &error);
  die_of (error);
  g_print ("round %d: %" G_GINT64_FORMAT " voxels known, %d steps, held out "
           "(%" G_GINT64_FORMAT " voxels) %.4f to %.4f, %.0f s\n",
      round, report.n_taught, settings.n_steps, report.n_tested,
      report.iou_before, report.iou_after,
      (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  if (!(report.iou_after >= report.iou_before)) {
    g_print ("no better, and not kept\n");
    return;
  }
  g_rename (to, from);
  lam_model_free (bench->model);
  bench->model = lam_model_open (from, &error);
  die_of (error);
  restart_segmenter (bench);
}

static void
run_whole (char **arguments, int n_rounds)
{
  GError *error = NULL;
  Bench bench = { 0 };
  begin (&bench, arguments, 1);
  judge_beyond (&bench);
  g_autofree char *folder = g_dir_make_tmp ("lam-adapt-XXXXXX", &error);
  die_of (error);
  g_autofree char *from = g_build_filename (folder, "from.onnx", NULL);
  g_autofree char *to = g_build_filename (folder, "to.onnx", NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  g_file_get_contents (arguments[0], &bytes, &n, &error);
  die_of (error);
  g_file_set_contents (from, bytes, (gssize)n, &error);
  die_of (error);
  g_print ("--- all of the network\n");
  judge (&bench, "untouched, before");
  for (int round = 1; round <= n_rounds; round++) {
    refine (&bench, from, to, round);
    judge (&bench, "untouched, after");
  }
  end (&bench);
  g_unlink (from);
  g_unlink (to);
  g_rmdir (folder);
}

static void
run (char **arguments, int n_layers, int n_rounds)
{
  Bench bench = { 0 };
  begin (&bench, arguments, n_layers);
  g_print (
      "--- the last %d layer(s)\n", lam_learner_get_n_layers (bench.learner));
  judge (&bench, "untouched, before");
  for (int round = 1; round <= n_rounds; round++) {
    for (int i = 0; i < N_TOUCHED; i++)
      correct (&bench, i);
    learn (&bench, round);
    judge (&bench, "untouched, after");
  }
  compare_times (&bench);
  end (&bench);
}

int
main (int n, char **arguments)
{
  if (n < 5) {
    g_printerr ("bench-adapt MODEL.onnx IMAGE LABELS CLASS=NUMBER,… "
                "[ROUNDS [LAYERS]]\n");
    return 2;
  }
  const int n_rounds = n > 5 ? atoi (arguments[5]) : 4;
  const int only = n > 6 ? atoi (arguments[6]) : -1;
  for (int n_layers = 1; n_layers <= LAM_HEAD_MAX_LAYERS; n_layers++)
    if (only < 0 || only == n_layers)
      run (arguments + 1, n_layers, n_rounds);
  if (only <= 0)
    run_whole (arguments + 1, n_rounds);
  return 0;
}
