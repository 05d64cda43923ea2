/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is known lies in cells, dense. Features are the large part: those of the
 * cells told last are kept, as many as the limit allows, and only from those is
 * learned. */
#include "segment/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/int64-hash.h"
#include "nn/window.h"
#include "segment/learner-inside.h"
#include "segment/patch.h"

void
lam_learner_settings_init (LamLearnerSettings *settings)
{
  *settings = (LamLearnerSettings){
    .n_layers = 1,
    .seed = 1,
    .limit_bytes = INT64_C (512) << 20,
    .max_new_cells = 24,
    .max_examples = 2048,
    .balance = 0.5,
    .replay = 2,
    .replay_cells = 16,
    .fit = lam_head_fit_defaults,
  };
}

static void
cell_free (gpointer data)
{
  LamLearnerCell *cell = data;
  g_free (cell->classes);
  g_clear_pointer (&cell->samples, g_array_unref);
  g_free (cell->ends);
  g_free (cell->features);
  g_free (cell);
}

LamLearner *
lam_learner_new (const LamModel *model, LamVolume *volume,
    const LamNormalisation *normalisation, const LamLearnerSettings *settings,
    GError **error)
{
  g_autoptr (LamLearner) learner = g_new0 (LamLearner, 1);
  learner->settings = *settings;
  learner->model = model;
  learner->volume = g_object_ref (volume);
  learner->normalisation = *normalisation;
  learner->n_classes = lam_model_get_n_classes (model);
  learner->cells =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, cell_free);
  if (!lam_learner_begin_features (learner, error))
    return NULL;
  learner->n_numbers = lam_head_count (&learner->head);
  learner->first = g_new (float, learner->n_numbers);
  lam_head_get (&learner->head, learner->first);
  learner->numbers =
      g_memdup2 (learner->first, (size_t)learner->n_numbers * sizeof (float));
  return g_steal_pointer (&learner);
}

void
lam_learner_free (LamLearner *learner)
{
  if (!learner)
    return;
  g_clear_pointer (&learner->plan, lam_plan_free);
  g_clear_pointer (&learner->trunk, lam_network_unref);
  g_clear_pointer (&learner->cells, g_hash_table_unref);
  g_clear_object (&learner->volume);
  g_free (learner->first);
  g_free (learner->numbers);
  g_free (learner->present);
  lam_learner_set_clear (&learner->replay);
  g_free (learner->replay_boxes);
  g_free (learner);
}

int
lam_learner_get_n_layers (const LamLearner *learner)
{
  return learner->head.n_layers;
}

int64_t
lam_learner_count_cell (const LamLearner *learner)
{
  return lam_product3 (learner->cell);
}

/* ---- What is known ------------------------------------------------------ */

#define PLACE_BITS 21

static LamLearnerCell *
get_cell (LamLearner *learner, const int64_t at[3])
{
  int64_t key = at[0] | at[1] << PLACE_BITS | at[2] << 2 * PLACE_BITS;
  LamLearnerCell *cell = g_hash_table_lookup (learner->cells, &key);
  if (cell)
    return cell;
  int64_t n = lam_learner_count_cell (learner);
  cell = g_new0 (LamLearnerCell, 1);
  memcpy (cell->at, at, sizeof cell->at);
  cell->rank = lam_learner_mix (
      learner->settings.seed ^ lam_learner_mix ((uint64_t)key));
  cell->classes = g_malloc ((gsize)n);
  memset (cell->classes, LAM_PATCH_IGNORED, (size_t)n);
  cell->ends = g_new0 (int, learner->n_classes);
  g_hash_table_insert (learner->cells, g_memdup2 (&key, sizeof key), cell);
  return cell;
}

static void
count_known (const LamLearner *learner, LamLearnerCell *cell)
{
  cell->n_known = 0;
  for (int64_t i = 0; i < lam_learner_count_cell (learner); i++)
    cell->n_known += cell->classes[i] != LAM_PATCH_IGNORED;
}

static bool
is_silent (const uint8_t *classes, const LamBox *box, const LamBox *part)
{
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++) {
      const uint8_t *row = classes
          + ((z - box->min[2]) * rows + y - box->min[1]) * width - box->min[0];
      for (int64_t x = part->min[0]; x < part->max[0]; x++)
        if (row[x] != LAM_PATCH_IGNORED)
          return false;
    }
  return true;
}

/* Nothing changes where all is as it was. */
static void
tell_cell (LamLearner *learner, const int64_t at[3], const LamBox *box,
    const LamBox *part, const uint8_t *classes, LamLearnerUse use)
{
  int64_t key = at[0] | at[1] << PLACE_BITS | at[2] << 2 * PLACE_BITS;
  if (is_silent (classes, box, part)
      && !g_hash_table_contains (learner->cells, &key))
    return;
  LamLearnerCell *cell = get_cell (learner, at);
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  int64_t n = part->max[0] - part->min[0];
  bool is_same = cell->use == use;
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++) {
      const uint8_t *from = classes
          + ((z - box->min[2]) * rows + y - box->min[1]) * width + part->min[0]
          - box->min[0];
      uint8_t *to = cell->classes
          + ((z - at[2] * learner->cell[2]) * learner->cell[1] + y
                - at[1] * learner->cell[1])
              * learner->cell[0]
          + part->min[0] - at[0] * learner->cell[0];
      is_same = is_same && memcmp (to, from, (size_t)n) == 0;
      memcpy (to, from, (size_t)n);
    }
  if (is_same)
    return;
  g_clear_pointer (&cell->samples, g_array_unref);
  cell->use = use;
  cell->told = ++learner->told;
  count_known (learner, cell);
}

void
lam_learner_tell (LamLearner *learner, const LamBox *box,
    const uint8_t *classes, LamLearnerUse use)
{
  LamBox all = lam_box_of_size (lam_volume_get_size (learner->volume));
  LamBox inside = lam_box_intersect (box, &all), cells;
  if (lam_box_is_empty (&inside))
    return;
  for (int i = 0; i < 3; i++) {
    cells.min[i] = inside.min[i] / learner->cell[i];
    cells.max[i] = lam_divide_up (inside.max[i], learner->cell[i]);
  }
  for (int64_t z = cells.min[2]; z < cells.max[2]; z++)
    for (int64_t y = cells.min[1]; y < cells.max[1]; y++)
      for (int64_t x = cells.min[0]; x < cells.max[0]; x++) {
        const int64_t at[3] = { x, y, z };
        LamBox part;
        for (int i = 0; i < 3; i++) {
          part.min[i] = at[i] * learner->cell[i];
          part.max[i] = part.min[i] + learner->cell[i];
        }
        part = lam_box_intersect (&part, &inside);
        tell_cell (learner, at, box, &part, classes, use);
      }
}

void
lam_learner_set_is_chosen (LamLearner *learner, bool is_chosen)
{
  learner->is_chosen = is_chosen;
}

int64_t
lam_learner_count_known (const LamLearner *learner)
{
  int64_t n = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, learner->cells);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LamLearnerCell *cell = value;
    n += cell->use == LAM_LEARNER_TEACHES ? cell->n_known : 0;
  }
  return n;
}

/* ---- Features ----------------------------------------------------------- */

/* Told last first: those are never twice. */
static int
compare_cells (gconstpointer a, gconstpointer b)
{
  const LamLearnerCell *x = *(LamLearnerCell *const *)a,
                       *y = *(LamLearnerCell *const *)b;
  return (x->told < y->told) - (x->told > y->told);
}

static GPtrArray *
list_cells (const LamLearner *learner, LamLearnerUse use)
{
  GPtrArray *cells = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, learner->cells);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LamLearnerCell *cell = value;
    if (cell->use == use && cell->n_known > 0)
      g_ptr_array_add (cells, value);
  }
  g_ptr_array_sort (cells, compare_cells);
  return cells;
}

/* What people held out is told in the order in which it lies: a few of it are
 * to say something of all. */
static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const LamLearnerCell *x = *(LamLearnerCell *const *)a,
                       *y = *(LamLearnerCell *const *)b;
  return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Leaves those whose features are there or could be found in the time and
 * memory that there is; the others are counted in `n_left`. */
static bool
find_features (LamLearner *learner, GPtrArray *cells, int max_new,
    guint max_kept, int *n_left, LamProgress *progress, GError **error)
{
  guint n = 0;
  int n_new = 0;
  for (guint i = 0; i < cells->len; i++) {
    LamLearnerCell *cell = cells->pdata[i];
    if (n >= max_kept) {
      g_clear_pointer (&cell->features, g_free);
    } else if (!cell->features && n_new < max_new) {
      g_autoptr (LamProgress) part = lam_progress_new_part (
          progress, n_new, n_new + 1, MIN ((int)cells->len, max_new));
      cell->features =
          lam_learner_find_features (learner, cell->at, part, error);
      if (!cell->features)
        return false;
      n_new++;
    }
    if (cell->features)
      cells->pdata[n++] = cell;
    else
      ++*n_left;
  }
  g_ptr_array_set_size (cells, (int)n);
  return true;
}

/* A quarter is for the cells that test. */
static guint
count_kept (const LamLearner *learner, LamLearnerUse use)
{
  int64_t n = learner->settings.limit_bytes / learner->map_bytes;
  int64_t n_tests = n / 4;
  return (guint)MAX (use == LAM_LEARNER_TESTS ? n_tests : n - n_tests, 1);
}

/* ---- Learning ----------------------------------------------------------- */

/* Of the cells in turns. So many, since it is asked after each few strokes:
 * what is no better does better in each of them by chance in one lesson of 256.
 */
#define N_PARTS 8

/* People settle first where most is wrong, which is alike: a network that says
 * more of what was missing there does better in all of them, and may spoil the
 * rest. So a few places judge nothing, and a small gain is none. */
#define LEAST_JUDGES (N_PARTS * 4) /* cells */
#define LEAST_GAIN 0.1 /* of what is missing of the IoU */

/* Voxels that judge: of a cell where somebody spoke; of all that is held out as
 * a whole, which takes some ten milliseconds. */
#define CHOSEN_SAMPLES 256
#define MAX_JUDGES 65536

static bool
is_part_better (const LamLearner *learner, const GPtrArray *cells, guint first,
    const float *numbers, bool *is_better, GError **error)
{
  g_autoptr (GPtrArray) part = g_ptr_array_new ();
  g_auto (LamLearnerSet) set = { 0 };
  const float *const judged[] = { learner->first, numbers };
  double ious[] = { NAN, NAN };
  for (guint i = first; i < cells->len; i += N_PARTS)
    g_ptr_array_add (part, cells->pdata[i]);
  lam_learner_collect (learner, part, CHOSEN_SAMPLES, INT64_MAX, &set);
  if (set.n > 0 && !lam_learner_judge (learner, &set, judged, 2, ious, error))
    return false;
  *is_better = ious[1] > ious[0];
  return true;
}

static bool
test (LamLearner *learner, const float *numbers, LamLearnerReport *report,
    LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) cells = list_cells (learner, LAM_LEARNER_TESTS);
  g_auto (LamLearnerSet) set = { 0 };
  const float *const judged[] = { learner->first, numbers, learner->present };
  double ious[] = { NAN, NAN, NAN };
  int n_left = 0;
  if (!learner->is_chosen)
    g_ptr_array_sort (cells, compare_ranks);
  if (!find_features (learner, cells, learner->settings.max_new_cells,
          count_kept (learner, LAM_LEARNER_TESTS), &n_left, progress, error))
    return false;
  if (!learner->is_chosen)
    report->n_cells_left += n_left;
  if (learner->is_chosen)
    lam_learner_collect (learner, cells, CHOSEN_SAMPLES, INT64_MAX, &set);
  else
    lam_learner_collect (learner, cells, (int)lam_learner_count_cell (learner),
        MAX_JUDGES, &set);
  report->n_tested = set.n;
  if (set.n > 0
      && !lam_learner_judge (
          learner, &set, judged, learner->present ? 3 : 2, ious, error))
    return false;
  bool is_better = cells->len >= LEAST_JUDGES
      && ious[1] - ious[0] >= LEAST_GAIN * (1 - ious[0]);
  for (guint i = 0; i < N_PARTS && is_better; i++)
    if (!is_part_better (learner, cells, i, numbers, &is_better, error))
      return false;
  report->is_sure = is_better;
  report->iou_before = ious[0];
  report->iou_after = ious[1];
  report->iou_present = ious[2];
  return true;
}

static bool
fit (LamLearner *learner, const GPtrArray *cells, const LamLearnerSet *said,
    float *numbers, LamLearnerReport *report, LamProgress *progress,
    GError **error)
{
  g_auto (LamLearnerSet) around = { 0 };
  g_auto (LamLearnerLesson) lesson = { 0 };
  LamHeadFitOptions options = learner->settings.fit;
  options.n_threads = learner->settings.n_threads;
  if (!lam_learner_collect_around (learner, cells, &around, error)
      || !lam_learner_join (learner, said, &around, &lesson, error))
    return false;
  report->n_examples = said->n;
  report->n_replayed = around.n + learner->replay.n;
  return lam_head_fit (&learner->head, &lesson.examples, &options, numbers,
      &report->loss_before, &report->loss_after, progress, error);
}

bool
lam_learner_learn (LamLearner *learner, LamLearnerReport *report,
    LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) cells = list_cells (learner, LAM_LEARNER_TEACHES);
  g_auto (LamLearnerSet) set = { 0 };
  size_t bytes = (size_t)learner->n_numbers * sizeof (float);
  g_autofree float *numbers = g_memdup2 (learner->first, bytes);
  enum { FEATURES = 50, REPLAY = 75, FIT = 90, ALL = 100 };
  g_autoptr (LamProgress) first =
      lam_progress_new_part (progress, 0, FEATURES, ALL);
  g_autoptr (LamProgress) second =
      lam_progress_new_part (progress, FEATURES, REPLAY, ALL);
  g_autoptr (LamProgress) third =
      lam_progress_new_part (progress, REPLAY, FIT, ALL);
  g_autoptr (LamProgress) last =
      lam_progress_new_part (progress, FIT, ALL, ALL);
  *report = (LamLearnerReport){ .n_known = lam_learner_count_known (learner),
    .n_layers = learner->head.n_layers };
  if (!find_features (learner, cells, learner->settings.max_new_cells,
          count_kept (learner, LAM_LEARNER_TEACHES), &report->n_cells_left,
          first, error))
    return false;
  lam_learner_collect (learner, cells, LAM_LEARNER_CELL_SAMPLES,
      learner->settings.max_examples, &set);
  if (set.n > 0
      && (!lam_learner_begin_replay (learner, second, error)
          || !fit (learner, cells, &set, numbers, report, third, error)))
    return false;
  if (!test (learner, numbers, report, last, error)
      || !lam_progress_check (progress, error))
    return false;
  memcpy (learner->numbers, numbers, bytes);
  return true;
}

static bool
is_any_left (const LamLearner *learner, LamLearnerUse use)
{
  g_autoptr (GPtrArray) cells = list_cells (learner, use);
  if (use == LAM_LEARNER_TESTS && !learner->is_chosen)
    g_ptr_array_sort (cells, compare_ranks);
  guint n = MIN (cells->len, count_kept (learner, use));
  for (guint i = 0; i < n; i++)
    if (!((const LamLearnerCell *)cells->pdata[i])->features)
      return true;
  return false;
}

bool
lam_learner_can_go_on (const LamLearner *learner)
{
  return is_any_left (learner, LAM_LEARNER_TEACHES)
      || (!learner->is_chosen && is_any_left (learner, LAM_LEARNER_TESTS));
}

static bool
find_head (const LamLearner *learner, const LamModel *model, LamHead *head,
    GError **error)
{
  if (!lam_head_find (head, lam_model_get_network (model), &learner->shape,
          learner->settings.n_layers, error))
    return false;
  g_return_val_if_fail (lam_head_count (head) == learner->n_numbers, false);
  return true;
}

bool
lam_learner_set_present (
    LamLearner *learner, const LamModel *model, GError **error)
{
  LamHead head;
  if (!find_head (learner, model, &head, error))
    return false;
  if (!learner->present)
    learner->present = g_new (float, learner->n_numbers);
  lam_head_get (&head, learner->present);
  return true;
}

void
lam_learner_forget (LamLearner *learner)
{
  memcpy (learner->numbers, learner->first,
      (size_t)learner->n_numbers * sizeof (float));
}

bool
lam_learner_put (
    const LamLearner *learner, const LamModel *model, GError **error)
{
  LamHead head;
  if (!find_head (learner, model, &head, error))
    return false;
  lam_head_set (&head, learner->numbers);
  return true;
}
