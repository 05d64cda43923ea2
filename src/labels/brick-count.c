/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row of 64 voxels along x is one machine word for each question that is
 * asked of it: bit i of `differ_64 (a, b)` says whether voxel i is another
 * label in a than in b. The row is then cut into runs of one label and one
 * source, and what a run adds is counted in the bits of the words below it. So
 * the cost is a few comparisons a voxel, which the compiler makes sixteen at a
 * time, and a look into a small hash table a run. */
#include "labels/brick-count.h"

#include <string.h>

enum { EDGE = LAM_BRICK_EDGE, PLANE = EDGE * EDGE };

/* One for processors with AVX2, which compares eight at a time, and one for all
 * others. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__)
#define CLONES \
  __attribute__ ((flatten, target_clones ("avx2", "default")))
#else
#define CLONES
#endif

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

/* --- words --------------------------------------------------------------- */

/* Byte i of 64, which is 0 or 1, to bit i. */
static inline uint64_t
gather_bits (const uint8_t bytes[EDGE])
{
  uint64_t mask = 0;
  for (int i = 0; i < EDGE / 8; i++) {
    uint64_t eight;
    memcpy (&eight, bytes + 8 * i, sizeof eight);
    eight = GUINT64_FROM_LE (eight);
    mask |= (eight * UINT64_C (0x0102040810204080) >> 56) << 8 * i;
  }
  return mask;
}

/* Rows beside each other are mostly the same, which is found out faster than
 * where they are not. */
static inline uint64_t
differ_64 (const uint32_t *a, const uint32_t *b)
{
  uint8_t bytes[EDGE];
  uint32_t any = 0;
  for (int i = 0; i < EDGE; i++)
    any |= a[i] ^ b[i];
  if (any == 0)
    return 0;
  for (int i = 0; i < EDGE; i++)
    bytes[i] = a[i] != b[i];
  return gather_bits (bytes);
}

/* Bit i: voxel i is another than i + 1. */
static inline uint64_t
find_steps (const uint32_t *row)
{
  uint8_t bytes[EDGE];
  for (int i = 0; i < EDGE - 1; i++)
    bytes[i] = row[i] != row[i + 1];
  bytes[EDGE - 1] = 0;
  return gather_bits (bytes);
}

static inline uint64_t
find_source_steps (const uint16_t *row)
{
  uint8_t bytes[EDGE];
  for (int i = 0; i < EDGE - 1; i++)
    bytes[i] = row[i] != row[i + 1];
  bytes[EDGE - 1] = 0;
  return gather_bits (bytes);
}

/* In arithmetic, which the compiler knows by sight: its own function is a call
 * where the processor may not count bits. */
static inline uint32_t
count_bits (uint64_t mask)
{
  mask -= mask >> 1 & UINT64_C (0x5555555555555555);
  mask = (mask & UINT64_C (0x3333333333333333))
      + (mask >> 2 & UINT64_C (0x3333333333333333));
  mask = (mask + (mask >> 4)) & UINT64_C (0x0f0f0f0f0f0f0f0f);
  return (uint32_t)(mask * UINT64_C (0x0101010101010101) >> 56);
}

/* Bits from `start` to before `end`. */
static inline uint64_t
span (int start, int end)
{
  return (UINT64_MAX >> (EDGE - (end - start))) << start;
}

/* --- the counts of a brick ------------------------------------------------ */

typedef struct {
  GArray *rows; /* of LamBrickCount */
  uint32_t *slots; /* Owned; place in `rows` + 1, open addressing; 0: free */
  uint32_t mask; /* number of slots - 1 */
  uint32_t last; /* place of the label that was asked for last */
} Counts;

static inline uint32_t
hash_label (uint32_t label)
{
  return label * UINT32_C (2654435769) >> 7;
}

static void
grow (Counts *counts)
{
  counts->mask = counts->mask * 2 + 1;
  g_free (counts->slots);
  counts->slots = g_new0 (uint32_t, counts->mask + 1);
  for (guint i = 0; i < counts->rows->len; i++) {
    uint32_t at =
        hash_label (g_array_index (counts->rows, LamBrickCount, i).label);
    while (counts->slots[at & counts->mask])
      at++;
    counts->slots[at & counts->mask] = i + 1;
  }
}

static LamBrickCount *
add_row (Counts *counts, uint32_t label, uint32_t slot)
{
  const LamBrickCount row = { .label = label };
  g_array_append_val (counts->rows, row);
  counts->slots[slot] = counts->rows->len;
  counts->last = counts->rows->len - 1;
  if (counts->rows->len * 2 > counts->mask)
    grow (counts);
  return &g_array_index (counts->rows, LamBrickCount, counts->last);
}

static inline LamBrickCount *
find_row (Counts *counts, uint32_t label)
{
  LamBrickCount *rows = (LamBrickCount *)(void *)counts->rows->data;
  if (counts->last < counts->rows->len && rows[counts->last].label == label)
    return &rows[counts->last];
  uint32_t at = hash_label (label) & counts->mask;
  while (counts->slots[at]) {
    counts->last = counts->slots[at] - 1;
    if (rows[counts->last].label == label)
      return &rows[counts->last];
    at = (at + 1) & counts->mask;
  }
  return add_row (counts, label, at);
}

/* --- one row of voxels ---------------------------------------------------- */

typedef struct {
  const uint32_t *labels;
  const uint16_t *sources;
  const uint8_t *uncertainties; /* NULL: nothing is known */
  const bool *is_known;
  int n, y, z;
  uint64_t steps; /* to the next voxel along x */
  uint64_t source_steps; /* likewise, of sources */
  uint64_t beside[4]; /* another label before and after, along y and along z */
} Row;

static void
add_unsure (LamBrickCount *count, const Row *row, int start, int end)
{
  for (int i = start; i < end; i++)
    if (row->is_known[i]) {
      count->n_unsure++;
      count->unsure_sum += row->uncertainties[i];
    }
}

static inline void
add_run (Counts *counts, const Row *row, int start, int end, LamShare share)
{
  const uint32_t n = (uint32_t)(end - start);
  const uint64_t bits = span (start, end);
  LamBrickCount *count = find_row (counts, row->labels[start]);
  count->n_voxels += n;
  count->n_by_share[share] += n;
  /* The step after its last voxel, and that before its first. */
  count->n_faces[0] += (uint32_t)(row->steps >> (end - 1) & 1)
      + (uint32_t)(row->steps << 1 >> start & 1);
  count->n_faces[1] +=
      count_bits (row->beside[0] & bits) + count_bits (row->beside[1] & bits);
  count->n_faces[2] +=
      count_bits (row->beside[2] & bits) + count_bits (row->beside[3] & bits);
  count->places[0] |= bits;
  count->places[1] |= UINT64_C (1) << row->y;
  count->places[2] |= UINT64_C (1) << row->z;
  if (row->is_known)
    add_unsure (count, row, start, end);
}

static inline bool
sources_equal (const uint16_t *a, const uint16_t *b)
{
  uint16_t differ = 0;
  for (int i = 0; i < EDGE; i++)
    differ |= a[i] ^ b[i];
  return differ == 0;
}

static inline void
add_voxels (Counts *counts, const Row *row)
{
  const uint64_t source_steps = row->source_steps;
  const uint64_t steps = row->steps | source_steps;
  LamShare share = lam_share_of_source (row->sources[0]);
  int start = 0;
  while (start < row->n) {
    const uint64_t ahead = steps >> start;
    int end = ahead ? start + __builtin_ctzll (ahead) + 1 : row->n;
    end = MIN (end, row->n);
    if (source_steps)
      share = lam_share_of_source (row->sources[start]);
    if (row->labels[start] != 0)
      add_run (counts, row, start, end, share);
    start = end;
  }
}

/* --- a brick -------------------------------------------------------------- */

typedef struct {
  uint8_t uncertainties[LAM_BRICK_VOXELS];
  bool is_known[LAM_BRICK_VOXELS];
} Doubts;

static Doubts *
read_doubts (const LamLabelBrick *brick, const LamOpinion *opinion)
{
  if (!opinion)
    return NULL;
  g_autofree Doubts *doubts = g_new (Doubts, 1);
  return lam_opinion_fill (
             opinion, brick, doubts->uncertainties, doubts->is_known)
          > 0
      ? g_steal_pointer (&doubts)
      : NULL;
}

/* The steps from each row of a slice to that of the slice above. */
static inline void
find_steps_up (const uint32_t *slice, int n_rows, uint64_t *steps)
{
  for (int y = 0; y < n_rows; y++)
    steps[y] = differ_64 (slice + y * EDGE, slice + PLANE + y * EDGE);
}

static inline void
count_slice (Counts *counts, const Row *first, const int size[3],
    const uint64_t *down, const uint64_t *up)
{
  const uint64_t inside = span (0, size[0]);
  Row row = *first;
  row.beside[0] = 0;
  for (row.y = 0; row.y < size[1]; row.y++) {
    const bool is_last = row.y == size[1] - 1;
    /* A row that is the same as the one before has the same steps. */
    if (row.y == 0 || row.beside[0])
      row.steps = find_steps (row.labels) & (inside >> 1);
    if (row.y == 0 || !sources_equal (row.sources, row.sources - EDGE))
      row.source_steps = find_source_steps (row.sources);
    row.beside[1] = is_last ? 0 : differ_64 (row.labels, row.labels + EDGE);
    row.beside[2] = down[row.y];
    row.beside[3] = up[row.y];
    add_voxels (counts, &row);
    row.beside[0] = row.beside[1];
    row.labels += EDGE;
    row.sources += EDGE;
    if (row.is_known) {
      row.uncertainties += EDGE;
      row.is_known += EDGE;
    }
  }
}

CLONES static void
count_mixed (Counts *counts, const LamLabelBrick *brick, const Doubts *doubts,
    const int size[3])
{
  uint64_t steps[2][EDGE] = { 0 };
  for (int z = 0; z < size[2]; z++) {
    const ptrdiff_t at = (ptrdiff_t)z * PLANE;
    uint64_t *down = steps[z % 2], *up = steps[(z + 1) % 2];
    Row first = { .labels = lam_label_brick_get_labels (brick) + at,
      .sources = lam_label_brick_get_sources (brick) + at,
      .uncertainties = doubts ? doubts->uncertainties + at : NULL,
      .is_known = doubts ? doubts->is_known + at : NULL,
      .n = size[0],
      .z = z };
    if (z < size[2] - 1)
      find_steps_up (first.labels, size[1], up);
    else
      memset (up, 0, sizeof steps[0]);
    count_slice (counts, &first, size, down, up);
  }
}

static void
count_uniform (Counts *counts, const Doubts *doubts, uint32_t label,
    uint16_t source, const int size[3])
{
  if (label == 0)
    return;
  LamBrickCount *row = find_row (counts, label);
  row->n_voxels = (uint32_t)(size[0] * size[1] * size[2]);
  row->n_by_share[lam_share_of_source (source)] = row->n_voxels;
  for (int i = 0; i < 3; i++)
    row->places[i] = span (0, size[i]);
  for (int z = 0; doubts && z < size[2]; z++)
    for (int y = 0; y < size[1]; y++) {
      const ptrdiff_t at = (ptrdiff_t)z * PLANE + y * EDGE;
      const Row voxels = { .uncertainties = doubts->uncertainties + at,
        .is_known = doubts->is_known + at };
      add_unsure (row, &voxels, 0, size[0]);
    }
}

GArray *
lam_brick_count (
    const LamLabelBrick *brick, const LamOpinion *opinion, const int size[3])
{
  for (int i = 0; i < 3; i++)
    g_return_val_if_fail (size[i] >= 1 && size[i] <= EDGE, NULL);
  Counts counts = { .rows = g_array_new (false, false, sizeof (LamBrickCount)),
    .mask = 15 };
  g_autofree Doubts *doubts = read_doubts (brick, opinion);
  uint32_t label;
  uint16_t source;
  grow (&counts);
  if (lam_label_brick_is_uniform (brick, &label, &source))
    count_uniform (&counts, doubts, label, source, size);
  else
    count_mixed (&counts, brick, doubts, size);
  g_free (counts.slots);
  return counts.rows;
}

/* --- sides ---------------------------------------------------------------- */

struct _LamBrickSide {
  uint32_t label; /* all over, when there are no `labels` */
  uint32_t *labels; /* Owned; or NULL */
};

static void
copy_side (
    const uint32_t *labels, int axis, const int stride[3], uint32_t *side)
{
  const int u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
  for (int j = 0; j < EDGE; j++)
    for (int i = 0; i < EDGE; i++)
      side[j * EDGE + i] = labels[i * stride[u] + j * stride[v]];
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
lam_brick_side_new (const LamLabelBrick *brick, int axis, bool last)
{
  static const int stride[3] = { 1, EDGE, PLANE };
  LamBrickSide *side = g_new0 (LamBrickSide, 1);
  if (!brick || lam_label_brick_is_uniform (brick, &side->label, NULL))
    return side;
  const uint32_t *labels = lam_label_brick_get_labels (brick);
  side->labels = g_new (uint32_t, PLANE);
  copy_side (labels + (last ? (EDGE - 1) * stride[axis] : 0), axis, stride,
      side->labels);
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

static inline uint32_t
get_side_label (const LamBrickSide *side, int i)
{
  return side->labels ? side->labels[i] : side->label;
}

/* Neighbours are mostly those of the voxel before: their row is the last. */
static void
add_faces (GArray *seam, uint32_t label, uint32_t n)
{
  if (label == 0)
    return;
  for (guint i = seam->len; i > 0 && i + 4 > seam->len; i--) {
    LamSeamCount *row = &g_array_index (seam, LamSeamCount, i - 1);
    if (row->label == label) {
      row->n_faces += n;
      return;
    }
  }
  const LamSeamCount row = { label, n };
  g_array_append_val (seam, row);
}

GArray *
lam_seam_count (
    const LamBrickSide *lower, const LamBrickSide *upper, int width, int height)
{
  GArray *seam = g_array_new (false, false, sizeof (LamSeamCount));
  if (!lower->labels && !upper->labels) {
    const uint32_t n = (uint32_t)(width * height);
    if (lower->label != upper->label) {
      add_faces (seam, lower->label, n);
      add_faces (seam, upper->label, n);
    }
    return seam;
  }
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const uint32_t a = get_side_label (lower, y * EDGE + x);
      const uint32_t b = get_side_label (upper, y * EDGE + x);
      if (a != b) {
        add_faces (seam, a, 1);
        add_faces (seam, b, 1);
      }
    }
  return seam;
}
