/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row of voxels is cut into runs of one class; a run is united with those of
 * its class that it touches in the rows before it. There are far fewer runs
 * than voxels, and two rows are compared by walking along both at once. Of two
 * trees the root that comes first stays the root, so the order of the roots is
 * that of the first voxels, and numbering them is one walk. */
#include "labels/block-components.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct {
  uint32_t start, end; /* x, half open */
  uint32_t parent; /* while uniting: a run before it or itself; then the number
                    * of its component */
  uint32_t class_id;
} Run;

struct _LamBlockComponents {
  int64_t size[3];
  /* Owned */
  Run *runs; /* free() */
  uint32_t *row_start; /* of each row, and the end of the last */
  GArray *components; /* LamComponent */
};

/* Ends the run that goes from `start` to `end` of `row`, and keeps it where its
 * class is wanted. No branch: classes change in ways that none could foresee.
 */
static size_t
end_run (Run *runs, size_t n, const uint8_t *row, uint32_t start, uint32_t end,
    const bool is_wanted[256])
{
  runs[n] = (Run){ start, end, (uint32_t)n, row[start] };
  return n + is_wanted[row[start]];
}

/* Appends the runs of a row; gives how many there are then. A voxel is compared
 * with the one before it, eight at once. */
static size_t
cut_row (Run *runs, size_t n, const uint8_t *row, uint32_t width,
    const bool is_wanted[256])
{
  uint32_t start = 0, x = 1;
  for (; x + 8 <= width; x += 8) {
    uint64_t here, before;
    memcpy (&here, row + x, 8);
    memcpy (&before, row + x - 1, 8);
    uint64_t changes = GUINT64_FROM_LE (here ^ before);
    while (changes) {
      int byte = __builtin_ctzll (changes) / 8;
      uint32_t end = x + (uint32_t)byte;
      n = end_run (runs, n, row, start, end, is_wanted);
      start = end;
      changes &= ~(UINT64_C (0xff) << 8 * byte);
    }
  }
  for (; x < width; x++)
    if (row[x] != row[x - 1]) {
      n = end_run (runs, n, row, start, x, is_wanted);
      start = x;
    }
  return end_run (runs, n, row, start, width, is_wanted);
}

/* How many runs there can be: fresh memory costs more than looking twice. */
static size_t
count_changes (const uint8_t *classes, int64_t n_rows, uint32_t width)
{
  size_t n = (size_t)n_rows;
  for (int64_t row = 0; row < n_rows; row++, classes += width) {
    uint32_t n_here = 0;
    for (uint32_t x = 1; x < width; x++)
      n_here += classes[x] != classes[x - 1];
    n += n_here;
  }
  return n;
}

static Run *
allocate_runs (size_t n)
{
  Run *runs = lam_memory_new (n * sizeof (Run));
  if (!runs)
    g_error ("no memory for %zu runs", n);
  return runs;
}

/* Runs of all rows; `row_start` is filled. */
static Run *
find_runs (LamBlockComponents *block, const uint8_t *classes,
    const bool is_wanted[256])
{
  uint32_t width = (uint32_t)block->size[0];
  int64_t n_rows = block->size[1] * block->size[2];
  size_t n = 0;
  /* One more: a run that is not wanted is written, too. */
  Run *runs = allocate_runs (count_changes (classes, n_rows, width) + 1);
  for (int64_t row = 0; row < n_rows; row++, classes += width) {
    block->row_start[row] = (uint32_t)n;
    n = cut_row (runs, n, classes, width, is_wanted);
  }
  block->row_start[n_rows] = (uint32_t)n;
  return runs;
}

static uint32_t
find_root (Run *runs, uint32_t i)
{
  while (runs[i].parent != i) {
    runs[i].parent = runs[runs[i].parent].parent;
    i = runs[i].parent;
  }
  return i;
}

static void
unite (Run *runs, uint32_t a, uint32_t b)
{
  if (runs[a].class_id != runs[b].class_id || runs[a].parent == runs[b].parent)
    return;
  a = find_root (runs, a);
  b = find_root (runs, b);
  if (a < b)
    runs[b].parent = a;
  else
    runs[a].parent = b;
}

/* Unites the runs of a row with those of another that they touch; `reach` 1:
 * also those that they touch across an edge of the row's voxels. */
static void
unite_rows (
    LamBlockComponents *block, int64_t row, int64_t other, uint32_t reach)
{
  Run *runs = block->runs;
  uint32_t a = block->row_start[row], a_end = block->row_start[row + 1];
  uint32_t b = block->row_start[other], b_end = block->row_start[other + 1];
  while (a < a_end && b < b_end) {
    if (runs[a].start < runs[b].end + reach
        && runs[b].start < runs[a].end + reach)
      unite (runs, a, b);
    if (runs[a].end < runs[b].end) {
      a++;
    } else if (runs[b].end < runs[a].end) {
      b++;
    } else {
      /* Both end here: each may still touch what follows the other. */
      if (reach && a + 1 < a_end && runs[a + 1].start == runs[b].end)
        unite (runs, a + 1, b);
      if (reach && b + 1 < b_end && runs[b + 1].start == runs[a].end)
        unite (runs, a, b + 1);
      a++;
      b++;
    }
  }
}

static void
unite_all (LamBlockComponents *block, LamConnectivity connectivity)
{
  int64_t height = block->size[1], n_rows = height * block->size[2];
  uint32_t reach = connectivity != LAM_CONNECT_FACES;
  uint32_t far = connectivity == LAM_CONNECT_CORNERS;
  for (int64_t row = 0; row < n_rows; row++) {
    if (block->row_start[row] == block->row_start[row + 1])
      continue;
    int64_t y = row % height;
    if (y > 0)
      unite_rows (block, row, row - 1, reach);
    if (row < height)
      continue;
    unite_rows (block, row, row - height, reach);
    if (reach && y > 0)
      unite_rows (block, row, row - height - 1, far);
    if (reach && y + 1 < height)
      unite_rows (block, row, row - height + 1, far);
  }
}

static void
add_run (LamComponent *component, const Run *run, int64_t y, int64_t z)
{
  LamBox *box = &component->box;
  component->n_voxels += run->end - run->start;
  box->min[0] = MIN (box->min[0], run->start);
  box->max[0] = MAX (box->max[0], run->end);
  box->min[1] = MIN (box->min[1], y);
  box->max[1] = MAX (box->max[1], y + 1);
  box->max[2] = z + 1;
}

/* A run's parent becomes the number of its component: parents come before
 * their children, so theirs is known. */
static void
number_all (LamBlockComponents *block)
{
  int64_t height = block->size[1], n_rows = height * block->size[2];
  for (int64_t row = 0; row < n_rows; row++) {
    int64_t y = row % height, z = row / height;
    for (uint32_t i = block->row_start[row]; i < block->row_start[row + 1];
         i++) {
      Run *run = &block->runs[i];
      if (run->parent == i) {
        LamComponent component = { .class_id = (uint8_t)run->class_id,
          .first = row * block->size[0] + run->start,
          .box = lam_box_new (run->start, y, z, run->end, y + 1, z + 1) };
        run->parent = block->components->len;
        g_array_append_val (block->components, component);
      } else {
        run->parent = block->runs[run->parent].parent;
      }
      add_run (&g_array_index (block->components, LamComponent, run->parent),
          run, y, z);
    }
  }
}

LamBlockComponents *
lam_block_components_new (const uint8_t *classes, const int64_t size[3],
    const bool is_wanted[256], LamConnectivity connectivity)
{
  LamBox whole = lam_box_of_size (size);
  g_return_val_if_fail (lam_box_volume (&whole) <= G_MAXINT32, NULL);
  LamBlockComponents *block = g_new0 (LamBlockComponents, 1);
  memcpy (block->size, size, sizeof block->size);
  block->row_start = g_new (uint32_t, size[1] * size[2] + 1);
  block->components = g_array_new (false, false, sizeof (LamComponent));
  block->runs = find_runs (block, classes, is_wanted);
  unite_all (block, connectivity);
  number_all (block);
  return block;
}

void
lam_block_components_free (LamBlockComponents *block)
{
  if (!block)
    return;
  free (block->runs);
  g_free (block->row_start);
  g_array_unref (block->components);
  g_free (block);
}

size_t
lam_block_components_get_n (const LamBlockComponents *block)
{
  return block->components->len;
}

const LamComponent *
lam_block_components_get_nth (const LamBlockComponents *block, size_t i)
{
  g_return_val_if_fail (i < block->components->len, NULL);
  return &g_array_index (block->components, LamComponent, i);
}

/* Fills from `x` to `end`, and up to three voxels of the row beyond: most runs
 * are short, and who paints on goes over them again. */
static void
fill (uint32_t *labels, uint32_t x, uint32_t end, uint32_t width, uint32_t id)
{
  const uint32_t four[4] = { id, id, id, id };
  for (; x < end && x + 4 <= width; x += 4)
    memcpy (labels + x, four, sizeof four);
  for (; x < end; x++)
    labels[x] = id;
}

/* The gaps and the runs in turn. */
static void
paint_row (const LamBlockComponents *block, int64_t row, const uint32_t *ids,
    uint32_t *labels)
{
  uint32_t x = 0, width = (uint32_t)block->size[0];
  for (uint32_t i = block->row_start[row]; i < block->row_start[row + 1]; i++) {
    const Run *run = &block->runs[i];
    if (run->start > x)
      fill (labels, x, run->start, width, 0);
    fill (labels, run->start, run->end, width, ids[run->parent]);
    x = run->end;
  }
  memset (labels + x, 0, (width - x) * sizeof *labels);
}

void
lam_block_components_paint (
    const LamBlockComponents *block, const uint32_t *ids, uint32_t *labels)
{
  for (int64_t row = 0; row < block->size[1] * block->size[2]; row++)
    paint_row (block, row, ids, labels + row * block->size[0]);
}

void
lam_block_components_paint_row (const LamBlockComponents *block, int64_t y,
    int64_t z, const uint32_t *ids, uint32_t *labels)
{
  paint_row (block, z * block->size[1] + y, ids, labels);
}

uint32_t
lam_block_components_get_end (const LamBlockComponents *block, int64_t y,
    int64_t z, bool last, const uint32_t *ids)
{
  const uint32_t *row = &block->row_start[z * block->size[1] + y];
  if (row[0] == row[1])
    return 0;
  const Run *run = &block->runs[last ? row[1] - 1 : row[0]];
  bool is_there = last ? run->end == block->size[0] : run->start == 0;
  return is_there ? ids[run->parent] : 0;
}
