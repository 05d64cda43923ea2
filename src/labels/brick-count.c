/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Counts runs, not voxels. A row that is the same as the one before, as most
 * are, has no faces to it and is counted together with it; two rows that are
 * not are walked along side by side. What is found is added to the entry of the
 * palette, whose place is known, and to its label at the end. So the cost is
 * some steps a run, and a look into a hash table an entry. */
#include "labels/brick-count.h"

#include "labels/value-index.h"

enum { EDGE = LAM_BRICK_EDGE, PLANE = EDGE * EDGE };

LamShare
lam_share_of_source (uint16_t source)
{
  switch (source) {
  case LAM_SOURCE_UNSET:
    return LAM_SHARE_UNSET;
  case LAM_SOURCE_IMPORTED:
    return LAM_SHARE_IMPORTED;
  case LAM_SOURCE_HUMAN:
    return LAM_SHARE_HUMAN;
  case LAM_SOURCE_ACCEPTED:
    return LAM_SHARE_ACCEPTED;
  default:
    return LAM_SHARE_MODEL;
  }
}

/* --- rows ----------------------------------------------------------------- */

typedef struct {
  const uint8_t *ends;
  const uint32_t *entries;
  uint32_t n;
} Row;

static inline Row
get_row (const LamBrickRuns *runs, int y, int z)
{
  const uint32_t *first = &runs->rows[y + EDGE * z];
  return (Row){ runs->ends + first[0], runs->entries + first[0],
    first[1] - first[0] };
}

static inline bool
rows_equal (const Row *a, const Row *b)
{
  if (a->n != b->n)
    return false;
  for (uint32_t i = 0; i < a->n; i++)
    if (a->ends[i] != b->ends[i] || a->entries[i] != b->entries[i])
      return false;
  return true;
}

/* Bits from `start` to before `end`. */
static inline uint64_t
span (int start, int end)
{
  return (UINT64_MAX >> (EDGE - (end - start))) << start;
}

/* --- a brick -------------------------------------------------------------- */

typedef struct {
  const LamBrickRuns *runs; /* Borrowed */
  LamBrickCount *counts; /* Owned; one an entry */
  int size[3];
} Tally;

static inline void
add_x_faces (Tally *tally, uint32_t a, uint32_t b, uint32_t n)
{
  if (tally->runs->labels[a] == tally->runs->labels[b])
    return;
  tally->counts[a].n_faces[0] += n;
  tally->counts[b].n_faces[0] += n;
}

/* Of rows `first` to before `end`, which are the same. */
static inline void
add_rows (Tally *tally, const Row *row, int first, int end, int z)
{
  const uint32_t n_rows = (uint32_t)(end - first);
  const uint64_t y_places = span (first, end), z_place = UINT64_C (1) << z;
  int start = 0;
  for (uint32_t i = 0; start < tally->size[0]; i++) {
    const int stop = MIN (row->ends[i], tally->size[0]);
    LamBrickCount *count = &tally->counts[row->entries[i]];
    count->n_voxels += (uint32_t)(stop - start) * n_rows;
    count->places[0] |= span (start, stop);
    count->places[1] |= y_places;
    count->places[2] |= z_place;
    if (start > 0)
      add_x_faces (tally, row->entries[i - 1], row->entries[i], n_rows);
    start = stop;
  }
}

/* Between two rows beside each other along an axis. */
static inline void
add_faces (Tally *tally, const Row *a, const Row *b, int axis)
{
  const uint32_t *labels = tally->runs->labels;
  uint32_t i = 0, j = 0;
  int start = 0;
  while (start < tally->size[0]) {
    const int a_end = a->ends[i], b_end = b->ends[j];
    const int end = MIN (MIN (a_end, b_end), tally->size[0]);
    const uint32_t one = a->entries[i], other = b->entries[j];
    if (labels[one] != labels[other]) {
      tally->counts[one].n_faces[axis] += (uint32_t)(end - start);
      tally->counts[other].n_faces[axis] += (uint32_t)(end - start);
    }
    i += a_end == end;
    j += b_end == end;
    start = end;
  }
}

static void
add_slice (Tally *tally, int z)
{
  Row before = get_row (tally->runs, 0, z);
  int first = 0;
  for (int y = 0; y < tally->size[1]; y++) {
    const Row row = get_row (tally->runs, y, z);
    if (!rows_equal (&row, &before)) {
      add_rows (tally, &before, first, y, z);
      add_faces (tally, &before, &row, 1);
      first = y;
      before = row;
    }
    if (z > 0) {
      const Row below = get_row (tally->runs, y, z - 1);
      if (!rows_equal (&row, &below))
        add_faces (tally, &below, &row, 2);
    }
  }
  add_rows (tally, &before, first, tally->size[1], z);
}

static void
add_uniform (Tally *tally)
{
  const int *size = tally->size;
  LamBrickCount *count = tally->counts;
  count->n_voxels = (uint32_t)(size[0] * size[1] * size[2]);
  for (int i = 0; i < 3; i++)
    count->places[i] = span (0, size[i]);
}

/* --- what networks think -------------------------------------------------- */

static void
add_doubts (
    LamBrickCount *count, const LamRunOpinion *opinion, int voxel, int n)
{
  uint32_t n_unsure = 0, sum = 0;
  for (int i = voxel; i < voxel + n; i++) {
    const bool is_known = opinion->seconds[i] != 0;
    n_unsure += is_known;
    sum += is_known ? opinion->uncertainties[i] : 0;
  }
  count->n_unsure += n_unsure;
  count->unsure_sum += sum;
}

static void
add_row_doubts (
    Tally *tally, const LamRunOpinion *const *opinions, int y, int z)
{
  static const uint8_t whole = EDGE;
  static const uint32_t first = 0;
  const Row row = tally->runs->n_runs > 0 ? get_row (tally->runs, y, z)
                                          : (Row){ &whole, &first, 1 };
  int start = 0;
  for (uint32_t i = 0; start < tally->size[0]; i++) {
    const int stop = MIN (row.ends[i], tally->size[0]);
    const LamRunOpinion *opinion = opinions[row.entries[i]];
    if (opinion)
      add_doubts (&tally->counts[row.entries[i]], opinion,
          start + EDGE * (y + EDGE * z), stop - start);
    start = stop;
  }
}

static void
add_opinion (Tally *tally, const LamOpinion *opinion)
{
  const uint32_t n = tally->runs->n_entries;
  g_autofree const LamRunOpinion **opinions = g_new (const LamRunOpinion *, n);
  for (uint32_t i = 0; i < n; i++)
    opinions[i] = lam_opinion_get_run (opinion, tally->runs->sources[i]);
  for (int z = 0; z < tally->size[2]; z++)
    for (int y = 0; y < tally->size[1]; y++)
      add_row_doubts (tally, opinions, y, z);
}

/* --- labels --------------------------------------------------------------- */

static void
add_entry (LamBrickCount *total, const LamBrickCount *count)
{
  total->n_voxels += count->n_voxels;
  total->n_unsure += count->n_unsure;
  total->unsure_sum += count->unsure_sum;
  for (int i = 0; i < LAM_N_SHARES; i++)
    total->n_by_share[i] += count->n_by_share[i];
  for (int i = 0; i < 3; i++) {
    total->n_faces[i] += count->n_faces[i];
    total->places[i] |= count->places[i];
  }
}

/* Entries of one label together; a palette may hold what no voxel is. */
static GArray *
sum_up (const Tally *tally)
{
  GArray *totals = g_array_new (false, false, sizeof (LamBrickCount));
  LamValueIndex index;
  lam_value_index_init (&index);
  for (uint32_t i = 0; i < tally->runs->n_entries; i++) {
    LamBrickCount *count = &tally->counts[i];
    count->label = tally->runs->labels[i];
    count->n_by_share[lam_share_of_source (tally->runs->sources[i])] =
        count->n_voxels;
    if (count->label == 0 || count->n_voxels == 0)
      continue;
    const uint32_t place = lam_value_index_take (&index, count->label);
    if (place == totals->len)
      g_array_append_val (totals, *count);
    else
      add_entry (&g_array_index (totals, LamBrickCount, place), count);
  }
  lam_value_index_clear (&index);
  return totals;
}

GArray *
lam_brick_count (
    const LamBrickRuns *runs, const LamOpinion *opinion, const int size[3])
{
  for (int i = 0; i < 3; i++)
    g_return_val_if_fail (size[i] >= 1 && size[i] <= EDGE, NULL);
  Tally tally = { runs, g_new0 (LamBrickCount, runs->n_entries),
    { size[0], size[1], size[2] } };
  if (runs->n_runs == 0)
    add_uniform (&tally);
  for (int z = 0; runs->n_runs > 0 && z < size[2]; z++)
    add_slice (&tally, z);
  if (opinion)
    add_opinion (&tally, opinion);
  GArray *totals = sum_up (&tally);
  g_free (tally.counts);
  return totals;
}

/* --- sides ---------------------------------------------------------------- */

struct _LamBrickSide {
  uint32_t label; /* all over, when there are no `labels` */
  uint32_t *labels; /* Owned; or NULL */
};

/* A row out of 64. */
static void
write_row (const LamBrickRuns *runs, int y, int z, uint32_t *out)
{
  const Row row = get_row (runs, y, z);
  int x = 0;
  for (uint32_t i = 0; i < row.n; i++)
    for (const uint32_t label = runs->labels[row.entries[i]]; x < row.ends[i];)
      out[x++] = label;
}

static uint32_t
get_end_label (const LamBrickRuns *runs, int row, bool last)
{
  const uint32_t run = last ? runs->rows[row + 1] - 1 : runs->rows[row];
  return runs->labels[runs->entries[run]];
}

static void
write_side (const LamBrickRuns *runs, int axis, bool last, uint32_t *side)
{
  const int at = last ? EDGE - 1 : 0;
  for (int i = 0; axis == 0 && i < LAM_BRICK_ROWS; i++)
    side[i] = get_end_label (runs, i, last);
  for (int i = 0; axis == 1 && i < EDGE; i++)
    write_row (runs, at, i, side + i * EDGE);
  for (int i = 0; axis == 2 && i < EDGE; i++)
    write_row (runs, i, at, side + i * EDGE);
}

static bool
is_one (const uint32_t *labels)
{
  for (int i = 1; i < PLANE; i++)
    if (labels[i] != labels[0])
      return false;
  return true;
}

LamBrickSide *
lam_brick_side_new (const LamBrickRuns *runs, int axis, bool last)
{
  LamBrickSide *side = g_new0 (LamBrickSide, 1);
  if (runs)
    side->label = runs->labels[0];
  if (!runs || runs->n_runs == 0)
    return side;
  side->labels = g_new (uint32_t, PLANE);
  write_side (runs, axis, last, side->labels);
  if (is_one (side->labels)) {
    side->label = side->labels[0];
    g_clear_pointer (&side->labels, g_free);
  }
  return side;
}

void
lam_brick_side_free (LamBrickSide *side)
{
  g_free (side->labels);
  g_free (side);
}

/* --- seams ---------------------------------------------------------------- */

typedef struct {
  GArray *rows; /* of LamSeamCount */
  LamValueIndex index; /* of labels */
} Seam;

static void
add_seam_faces (Seam *seam, uint32_t label, uint32_t n)
{
  if (label == 0)
    return;
  const uint32_t place = lam_value_index_take (&seam->index, label);
  if (place < seam->rows->len) {
    g_array_index (seam->rows, LamSeamCount, place).n_faces += n;
    return;
  }
  const LamSeamCount row = { label, n };
  g_array_append_val (seam->rows, row);
}

/* As long as neither side changes its label it is one run. */
static void
add_seam_row (Seam *seam, const uint32_t *lower, const uint32_t *upper, int n)
{
  for (int x = 0; x < n;) {
    const int start = x;
    const uint32_t a = lower[x], b = upper[x];
    while (++x < n && lower[x] == a && upper[x] == b)
      ;
    if (a != b) {
      add_seam_faces (seam, a, (uint32_t)(x - start));
      add_seam_faces (seam, b, (uint32_t)(x - start));
    }
  }
}

static void
fill_row (const LamBrickSide *side, uint32_t row[EDGE])
{
  for (int i = 0; i < EDGE; i++)
    row[i] = side->label;
}

static void
add_seam (Seam *seam, const LamBrickSide *lower, const LamBrickSide *upper,
    int width, int height)
{
  uint32_t lower_row[EDGE], upper_row[EDGE];
  fill_row (lower, lower_row);
  fill_row (upper, upper_row);
  for (int y = 0; y < height; y++)
    add_seam_row (seam, lower->labels ? lower->labels + y * EDGE : lower_row,
        upper->labels ? upper->labels + y * EDGE : upper_row, width);
}

GArray *
lam_seam_count (
    const LamBrickSide *lower, const LamBrickSide *upper, int width, int height)
{
  Seam seam = { .rows = g_array_new (false, false, sizeof (LamSeamCount)) };
  const bool is_one_label =
      !lower->labels && !upper->labels && lower->label == upper->label;
  if (is_one_label)
    return seam.rows;
  lam_value_index_init (&seam.index);
  add_seam (&seam, lower, upper, width, height);
  lam_value_index_clear (&seam.index);
  return seam.rows;
}
