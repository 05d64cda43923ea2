/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Out of planes: a row is compared with the one before as a whole, as most are
 * the same, and otherwise gives a word with a bit for each voxel that is not
 * as the next. */
#include "labels/brick-runs.h"

#include <string.h>

#include "labels/value-index.h"

enum { EDGE = LAM_BRICK_EDGE };

LamBrickRuns *
lam_brick_runs_new (uint32_t n_entries, uint32_t n_runs)
{
  LamBrickRuns *runs = g_new (LamBrickRuns, 1);
  runs->n_entries = n_entries;
  runs->n_runs = n_runs;
  runs->labels = g_new (uint32_t, n_entries);
  runs->sources = g_new (uint16_t, n_entries);
  runs->ends = g_new (uint8_t, n_runs);
  runs->entries = g_new (uint32_t, n_runs);
  runs->rows[0] = 0;
  return runs;
}

void
lam_brick_runs_free (LamBrickRuns *runs)
{
  g_free (runs->labels);
  g_free (runs->sources);
  g_free (runs->ends);
  g_free (runs->entries);
  g_free (runs);
}

bool
lam_brick_runs_has_model (const LamBrickRuns *runs)
{
  for (uint32_t i = 0; i < runs->n_entries; i++)
    if (runs->sources[i] >= LAM_SOURCE_FIRST_RUN)
      return true;
  return false;
}

/* --- out of planes -------------------------------------------------------- */

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

/* Bit i: voxel i is the last of its run. */
static uint64_t
find_ends (const uint32_t *labels, const uint16_t *sources)
{
  uint8_t bytes[EDGE];
  for (int i = 0; i < EDGE - 1; i++)
    bytes[i] =
        (labels[i] != labels[i + 1]) | (uint8_t)(sources[i] != sources[i + 1]);
  bytes[EDGE - 1] = 1;
  return gather_bits (bytes);
}

static bool
is_as_before (const uint32_t *labels, const uint16_t *sources)
{
  return memcmp (labels, labels - EDGE, EDGE * sizeof *labels) == 0
      && memcmp (sources, sources - EDGE, EDGE * sizeof *sources) == 0;
}

static void
make_room (LamBrickRuns *runs, uint32_t *room)
{
  if (runs->n_runs + EDGE <= *room)
    return;
  *room = *room * 2 + EDGE;
  runs->ends = g_renew (uint8_t, runs->ends, *room);
  runs->entries = g_renew (uint32_t, runs->entries, *room);
}

static void
repeat_row (LamBrickRuns *runs, int row)
{
  const uint32_t first = runs->rows[row - 1], n = runs->rows[row] - first;
  memcpy (runs->ends + runs->n_runs, runs->ends + first, n);
  memcpy (runs->entries + runs->n_runs, runs->entries + first,
      n * sizeof *runs->entries);
  runs->n_runs += n;
}

static void
add_row (LamBrickRuns *runs, LamValueIndex *palette, const uint32_t *labels,
    const uint16_t *sources)
{
  for (uint64_t ends = find_ends (labels, sources); ends; ends &= ends - 1) {
    const int last = __builtin_ctzll (ends);
    runs->ends[runs->n_runs] = (uint8_t)(last + 1);
    runs->entries[runs->n_runs++] = lam_value_index_take (
        palette, labels[last] | (uint64_t)sources[last] << 32);
  }
}

static void
set_palette (LamBrickRuns *runs, const LamValueIndex *palette)
{
  runs->n_entries = palette->n;
  runs->labels = g_renew (uint32_t, runs->labels, palette->n);
  runs->sources = g_renew (uint16_t, runs->sources, palette->n);
  for (uint32_t i = 0; i < palette->n; i++) {
    runs->labels[i] = (uint32_t)palette->values[i];
    runs->sources[i] = (uint16_t)(palette->values[i] >> 32);
  }
}

LamBrickRuns *
lam_brick_runs_new_from_brick (const LamLabelBrick *brick)
{
  LamBrickRuns *runs = lam_brick_runs_new (1, 0);
  if (lam_label_brick_is_uniform (brick, runs->labels, runs->sources))
    return runs;
  const uint32_t *labels = lam_label_brick_get_labels (brick);
  const uint16_t *sources = lam_label_brick_get_sources (brick);
  LamValueIndex palette;
  uint32_t room = 0;
  lam_value_index_init (&palette);
  for (int row = 0; row < LAM_BRICK_ROWS; row++) {
    make_room (runs, &room);
    if (row > 0 && is_as_before (labels, sources))
      repeat_row (runs, row);
    else
      add_row (runs, &palette, labels, sources);
    runs->rows[row + 1] = runs->n_runs;
    labels += EDGE;
    sources += EDGE;
  }
  set_palette (runs, &palette);
  lam_value_index_clear (&palette);
  return runs;
}

void
lam_brick_runs_foreach (const LamBrickRuns *runs, const LamBox *brick,
    LamEachRun each, gpointer data)
{
  for (int r = 0; r < LAM_BRICK_ROWS; r++) {
    LamBox row = { { brick->min[0], brick->min[1] + r % LAM_BRICK_EDGE,
                       brick->min[2] + r / LAM_BRICK_EDGE },
      { 0 } };
    row.max[1] = row.min[1] + 1;
    row.max[2] = row.min[2] + 1;
    if (runs->n_runs == 0) {
      row.max[0] = brick->max[0];
      each (&row, runs->labels[0], runs->sources[0], data);
      continue;
    }
    for (uint32_t i = runs->rows[r]; i < runs->rows[r + 1]; i++) {
      const uint32_t entry = runs->entries[i];
      row.max[0] = brick->min[0] + runs->ends[i];
      each (&row, runs->labels[entry], runs->sources[entry], data);
      row.min[0] = row.max[0];
    }
  }
}
