/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which voxels a learner looks at, and what each counts. Of each cell and class
 * those whose numbers are mixed to the smallest: spread evenly, and a voxel
 * that is said in addition takes the place of few others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "segment/learner-inside.h"
#include "segment/patch.h"

/* Of a cell that is shown again. */
#define REPLAY_SAMPLES 64
/* Of a cell somewhere in which something was said, where nothing was. */
#define AROUND_SAMPLES 32

/* splitmix64 (Steele, Lea and Flood 2014). */
uint64_t
lam_learner_mix (uint64_t x)
{
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

typedef struct {
  uint64_t rank;
  int32_t voxel;
} Candidate;

static int
compare_candidates (const void *a, const void *b)
{
  const Candidate *x = a, *y = b;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return (x->voxel > y->voxel) - (x->voxel < y->voxel);
}

/* In place of a class: */
#define ALL_KNOWN (-1)
#define UNKNOWN (-2)

static bool
is_wanted (int class_here, int class_index)
{
  return class_index == UNKNOWN ? class_here == LAM_PATCH_IGNORED
      : class_here == LAM_PATCH_IGNORED
      ? false
      : class_index == ALL_KNOWN || class_index == class_here;
}

/* Appends the first of the cell's voxels of a class. */
static void
draw (const LamLearner *learner, LamLearnerCell *cell, int class_index,
    GArray *candidates)
{
  const int64_t *at = cell->at;
  uint64_t seed = lam_learner_mix (learner->settings.seed
      ^ lam_learner_mix ((uint64_t)at[0])
      ^ lam_learner_mix (lam_learner_mix ((uint64_t)at[1]))
      ^ lam_learner_mix (lam_learner_mix (lam_learner_mix ((uint64_t)at[2]))));
  int64_t n = lam_learner_count_cell (learner);
  g_array_set_size (candidates, 0);
  for (int64_t i = 0; i < n; i++) {
    if (!is_wanted (cell->classes[i], class_index))
      continue;
    const Candidate candidate = { lam_learner_mix (seed + (uint64_t)i),
      (int32_t)i };
    g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, compare_candidates);
  guint most = class_index == ALL_KNOWN ? (guint)n : LAM_LEARNER_CELL_SAMPLES;
  for (guint i = 0; i < MIN (candidates->len, most); i++)
    g_array_append_val (
        cell->samples, g_array_index (candidates, Candidate, i).voxel);
}

static void
find_samples (const LamLearner *learner, LamLearnerCell *cell)
{
  if (cell->samples)
    return;
  g_autoptr (GArray) candidates =
      g_array_new (FALSE, FALSE, sizeof (Candidate));
  bool tests = cell->use == LAM_LEARNER_TESTS;
  cell->samples = g_array_new (FALSE, FALSE, sizeof (int32_t));
  for (int c = 0; c < learner->n_classes; c++) {
    if (!tests || c == 0)
      draw (learner, cell, tests ? ALL_KNOWN : c, candidates);
    cell->ends[c] = (int)cell->samples->len;
  }
  if (!tests)
    draw (learner, cell, UNKNOWN, candidates);
}

static int
count_class (const LamLearnerCell *cell, int class_index)
{
  return cell->ends[class_index]
      - (class_index > 0 ? cell->ends[class_index - 1] : 0);
}

/* How many of each cell and class there are when at most `most` are taken. */
static int64_t
count_all (const LamLearner *learner, const GPtrArray *cells, int most)
{
  int64_t n = 0;
  for (guint i = 0; i < cells->len; i++)
    for (int c = 0; c < learner->n_classes; c++)
      n += MIN (count_class (cells->pdata[i], c), most);
  return n;
}

static void
take (const LamLearner *learner, const LamLearnerCell *cell, int class_index,
    int most, LamLearnerSet *set, int64_t *column)
{
  int n = count_class (cell, class_index);
  const int32_t *voxels =
      &g_array_index (cell->samples, int32_t, cell->ends[class_index] - n);
  for (int i = 0; i < MIN (n, most) && *column < set->n; i++, ++*column) {
    lam_learner_gather (
        learner, cell->features, voxels[i], set->features, set->n, *column);
    set->classes[*column] = cell->classes[voxels[i]];
    set->stand_for[*column] = (float)cell->n_known / (float)MIN (n, most);
  }
}

void
lam_learner_collect (const LamLearner *learner, const GPtrArray *cells,
    int most, int64_t max_examples, LamLearnerSet *set)
{
  for (guint i = 0; i < cells->len; i++)
    find_samples (learner, cells->pdata[i]);
  while (most > 1 && count_all (learner, cells, most) > max_examples)
    most -= most > 32 ? 8 : 1;
  set->n = MIN (count_all (learner, cells, most), max_examples);
  set->features = g_new (float, set->n * learner->depth);
  set->classes = g_new (uint8_t, set->n);
  set->stand_for = g_new (float, set->n);
  int64_t column = 0;
  for (guint i = 0; i < cells->len; i++)
    for (int c = 0; c < learner->n_classes; c++)
      take (learner, cells->pdata[i], c, most, set, &column);
}

/* Of what nobody spoke of. */
static int
count_unknown (const LamLearner *learner, const LamLearnerCell *cell)
{
  int n = (int)cell->samples->len - cell->ends[learner->n_classes - 1];
  return MIN (n, AROUND_SAMPLES);
}

bool
lam_learner_collect_around (const LamLearner *learner, const GPtrArray *cells,
    LamLearnerSet *set, GError **error)
{
  int64_t column = 0;
  for (guint i = 0; i < cells->len; i++)
    set->n += count_unknown (learner, cells->pdata[i]);
  set->n = MIN (set->n, learner->settings.max_examples / 2);
  set->features = g_new (float, set->n * learner->depth);
  for (guint i = 0; i < cells->len; i++) {
    const LamLearnerCell *cell = cells->pdata[i];
    int n = count_unknown (learner, cell);
    for (int j = 0; j < n && column < set->n; j++)
      lam_learner_gather (learner, cell->features,
          g_array_index (
              cell->samples, int32_t, cell->ends[learner->n_classes - 1] + j),
          set->features, set->n, column++);
  }
  set->targets = g_new (float, set->n * learner->n_classes);
  return set->n == 0
      || lam_head_say (&learner->head, learner->first, set->features, set->n,
          learner->settings.n_threads, set->targets, error);
}

void
lam_learner_set_clear (LamLearnerSet *set)
{
  g_clear_pointer (&set->features, g_free);
  g_clear_pointer (&set->classes, g_free);
  g_clear_pointer (&set->targets, g_free);
  g_clear_pointer (&set->stand_for, g_free);
  set->n = 0;
}

/* ---- What is shown again ------------------------------------------------ */

static int64_t
choose_below (int64_t n, LamRandom *random)
{
  return MIN ((int64_t)(lam_random_unit (random) * (double)n), n - 1);
}

/* A voxel of the cell that lies inside of the volume. */
static int32_t
choose_voxel (const LamLearner *learner, const int64_t at[3], LamRandom *random)
{
  const int64_t *size = lam_volume_get_size (learner->volume);
  const int64_t *cell = learner->cell;
  int64_t place[3];
  for (int i = 0; i < 3; i++)
    place[i] = choose_below (MIN (cell[i], size[i] - at[i] * cell[i]), random);
  return (int32_t)((place[2] * cell[1] + place[1]) * cell[0] + place[0]);
}

static bool
draw_cell (
    LamLearner *learner, int index, LamProgress *progress, GError **error)
{
  const int64_t *size = lam_volume_get_size (learner->volume);
  LamRandom random = lam_random_new (learner->settings.seed, (uint64_t)index);
  LamBox *box = &learner->replay_boxes[index];
  int64_t at[3];
  for (int i = 0; i < 3; i++) {
    int64_t edge = learner->cell[i];
    at[i] = choose_below (lam_divide_up (size[i], edge), &random);
    box->min[i] = at[i] * edge;
    box->max[i] = box->min[i] + edge;
  }
  g_autofree float *features =
      lam_learner_find_features (learner, at, progress, error);
  for (int i = 0; features && i < REPLAY_SAMPLES; i++)
    lam_learner_gather (learner, features, choose_voxel (learner, at, &random),
        learner->replay.features, learner->replay.n,
        (int64_t)index * REPLAY_SAMPLES + i);
  return features != NULL;
}

static bool
draw_replay (LamLearner *learner, LamProgress *progress, GError **error)
{
  int n_cells = learner->settings.replay_cells;
  for (int i = 0; i < n_cells; i++) {
    g_autoptr (LamProgress) part =
        lam_progress_new_part (progress, i, i + 1, n_cells);
    if (!draw_cell (learner, i, part, error))
      return false;
  }
  return lam_head_say (&learner->head, learner->first, learner->replay.features,
      learner->replay.n, learner->settings.n_threads, learner->replay.targets,
      error);
}

bool
lam_learner_begin_replay (
    LamLearner *learner, LamProgress *progress, GError **error)
{
  int n_cells = learner->settings.replay_cells;
  if (learner->replay.features || n_cells == 0)
    return true;
  learner->replay.n = (int64_t)n_cells * REPLAY_SAMPLES;
  learner->replay_boxes = g_new0 (LamBox, n_cells);
  learner->replay.features = g_new (float, learner->replay.n * learner->depth);
  learner->replay.targets =
      g_new (float, learner->replay.n * learner->n_classes);
  if (draw_replay (learner, progress, error))
    return true;
  g_clear_pointer (&learner->replay_boxes, g_free);
  lam_learner_set_clear (&learner->replay);
  return false;
}

/* Whether somebody has spoken of the cell since. */
static bool
is_spoken_of (const LamLearner *learner, const LamBox *box)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, learner->cells);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LamLearnerCell *cell = value;
    bool is_same = cell->n_known > 0;
    for (int i = 0; i < 3; i++)
      is_same = is_same && cell->at[i] * learner->cell[i] == box->min[i];
    if (is_same)
      return true;
  }
  return false;
}

/* ---- What each counts --------------------------------------------------- */

/* Scales the weights of each class, that its sum becomes a power of what it
 * was, and the sum of all `total`. */
static void
balance (float *weights, const uint8_t *classes, int64_t n, int n_classes,
    double power, double total)
{
  g_autofree double *sums = g_new0 (double, n_classes);
  double all = 0;
  for (int64_t i = 0; i < n; i++)
    sums[classes[i]] += weights[i];
  for (int c = 0; c < n_classes; c++)
    all += sums[c] > 0 ? pow (sums[c], power) : 0;
  for (int64_t i = 0; i < n && all > 0; i++)
    if (weights[i] > 0)
      weights[i] *= (float)(total * pow (sums[classes[i]], power)
          / sums[classes[i]] / all);
}

/* The class that the network would say. */
static uint8_t
find_class (const float *targets, int64_t n, int64_t i, int n_classes)
{
  int best = 0;
  for (int c = 1; c < n_classes; c++)
    if (targets[c * n + i] > targets[best * n + i])
      best = c;
  return (uint8_t)best;
}

/* All alike, also where the network was not sure: people speak mostly of such
 * places, where it was wrong, and what they say is not true of all of them. */
static void
weigh_former (const LamLearner *learner, const LamLearnerSet *set,
    float *weights, uint8_t *classes)
{
  for (int64_t i = 0; i < set->n; i++) {
    classes[i] = find_class (set->targets, set->n, i, learner->n_classes);
    weights[i] = 1;
  }
}

static void
forget_spoken_of (const LamLearner *learner, float *weights)
{
  for (int i = 0; learner->replay_boxes && i < learner->settings.replay_cells;
       i++)
    if (is_spoken_of (learner, &learner->replay_boxes[i]))
      memset (weights + (int64_t)i * REPLAY_SAMPLES, 0,
          REPLAY_SAMPLES * sizeof *weights);
}

/* Classes count by how often each was said, not by how many were looked at. */
static bool
weigh (const LamLearner *learner, const LamLearnerSet *said,
    const LamLearnerSet *around, float *weights, GError **error)
{
  const LamLearnerSettings *settings = &learner->settings;
  g_autofree float *levels = lam_learner_weigh_levels (learner, said, error);
  if (!levels)
    return false;
  int64_t n_former = around->n + learner->replay.n;
  float *former = weights + said->n;
  g_autofree uint8_t *classes = g_new (uint8_t, MAX (n_former, 1));
  memcpy (weights, levels, (size_t)said->n * sizeof *weights);
  weigh_former (learner, around, former, classes);
  weigh_former (
      learner, &learner->replay, former + around->n, classes + around->n);
  forget_spoken_of (learner, former + around->n);
  balance (weights, said->classes, said->n, learner->n_classes,
      1 - settings->balance, 1);
  balance (former, classes, n_former, learner->n_classes, 1 - settings->balance,
      settings->replay);
  return true;
}

/* Puts a set's rows of numbers into rows of `n`, from column `first` on. */
static void
put_rows (const float *from, int64_t n_from, int64_t n_rows, float *to,
    int64_t n, int64_t first)
{
  for (int64_t i = 0; i < n_rows && n_from > 0; i++)
    memcpy (to + i * n + first, from + i * n_from, (size_t)n_from * sizeof *to);
}

bool
lam_learner_join (const LamLearner *learner, const LamLearnerSet *said,
    const LamLearnerSet *around, LamLearnerLesson *lesson, GError **error)
{
  const LamLearnerSet *sets[3] = { said, around, &learner->replay };
  int64_t n = said->n + around->n + learner->replay.n, first = 0;
  lesson->features = g_new (float, n * learner->depth);
  lesson->targets = g_new0 (float, n * learner->n_classes);
  lesson->weights = g_new0 (float, n);
  for (int i = 0; i < 3; first += sets[i++]->n) {
    put_rows (sets[i]->features, sets[i]->n, learner->depth, lesson->features,
        n, first);
    if (sets[i]->targets)
      put_rows (sets[i]->targets, sets[i]->n, learner->n_classes,
          lesson->targets, n, first);
  }
  for (int64_t i = 0; i < said->n; i++)
    lesson->targets[said->classes[i] * n + i] = 1;
  lesson->examples = (LamHeadExamples){ n, lesson->features, lesson->targets,
    lesson->weights };
  return weigh (learner, said, around, lesson->weights, error);
}

void
lam_learner_lesson_clear (LamLearnerLesson *lesson)
{
  g_free (lesson->features);
  g_free (lesson->targets);
  g_free (lesson->weights);
}
