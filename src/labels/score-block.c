/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "labels/score-block.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

void
lam_score_block_clear (LamScoreBlock *block)
{
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    g_clear_pointer (&block->values[side], g_free);
    g_clear_pointer (&block->kinds[side], g_free);
  }
}

/* "…, at the voxel x, y, z of the file": always false. */
static bool
refuse (LamSource *source, const LamBox *box, int64_t i, int64_t number,
    const char *what, GError **error)
{
  int64_t width = box->max[0] - box->min[0], height = box->max[1] - box->min[1];
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %" G_GINT64_FORMAT " at the voxel %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ": %s"),
      lam_source_get_info (source)->path, number, box->min[0] + i % width,
      box->min[1] + i / width % height, box->min[2] + i / width / height, what);
  return false;
}

bool
lam_score_read_numbers (LamSource *source, const int64_t origin[3],
    const LamBox *box, uint32_t *out, GCancellable *cancellable, GError **error)
{
  LamDtype dtype = lam_source_get_info (source)->dtype;
  int64_t n = lam_box_volume (box);
  LamBox moved = *box;
  for (int a = 0; a < 3; a++) {
    moved.min[a] += origin[a];
    moved.max[a] += origin[a];
  }
  g_autofree void *room = dtype == LAM_DTYPE_U32
      ? NULL
      : g_malloc_n ((gsize)n, lam_dtype_bytes (dtype));
  void *voxels = room ? room : out;
  if (!lam_source_read_box (source, 0, &moved, voxels, cancellable, error))
    return false;
  for (int64_t i = 0; i < n; i++) {
    int64_t number = lam_dtype_number_at (voxels, dtype, i);
    if (number < 0 || number >= LAM_SCORE_IGNORED)
      return refuse (source, &moved, i, number,
          _ ("labels are numbers from 0 to 4294967294"), error);
    out[i] = (uint32_t)number;
  }
  return true;
}

static uint32_t
find_class (GHashTable *class_of, uint32_t value)
{
  guint found = GPOINTER_TO_UINT (
      g_hash_table_lookup (class_of, GUINT_TO_POINTER (value)));
  return found > 0 ? found - 1 : 0;
}

/* A number that does not count need not be a class: 65535, say. */
static bool
is_left_out (const LamScoreSetup *setup, int side, uint32_t value)
{
  return side == LAM_SCORE_TRUTH && setup->ignored
      && g_hash_table_contains (setup->ignored, GUINT_TO_POINTER (value));
}

static bool
refuse_class (const LamScoreSetup *setup, const LamScoreBlock *block, int side,
    int64_t i, GError **error)
{
  const LamScoreSide *from = &setup->sides[side];
  g_autofree char *what = g_strdup_printf (
      _ ("classes are numbers from 0 to %d"), setup->n_classes - 1);
  LamBox file = block->around;
  for (int a = 0; a < 3; a++) {
    file.min[a] += from->origin[a];
    file.max[a] += from->origin[a];
  }
  return refuse (from->values, &file, i, block->values[side][i], what, error);
}

static bool
fill_kinds (
    const LamScoreSetup *setup, LamScoreBlock *block, int side, GError **error)
{
  const LamScoreSide *from = &setup->sides[side];
  const uint32_t *values = block->values[side];
  uint32_t *kinds = block->kinds[side];
  uint32_t last = 0;
  uint32_t kind = from->class_of ? find_class (from->class_of, 0) : 0;
  int64_t n = lam_box_volume (&block->around);
  for (int64_t i = 0; i < n; i++) {
    if (values[i] != last) {
      last = values[i];
      kind = from->class_of ? find_class (from->class_of, last) : last;
    }
    if (setup->n_classes > 0 && kind >= (uint32_t)setup->n_classes
        && !is_left_out (setup, side, last))
      return refuse_class (setup, block, side, i, error);
    kinds[i] = kind;
  }
  return true;
}

static void
leave_out (const LamScoreSetup *setup, LamScoreBlock *block)
{
  const uint32_t *truth = block->values[LAM_SCORE_TRUTH];
  int64_t n = lam_box_volume (&block->around);
  if (!setup->ignored || g_hash_table_size (setup->ignored) == 0)
    return;
  for (int64_t i = 0; i < n;) {
    int64_t end = i + 1;
    while (end < n && truth[end] == truth[i])
      end++;
    bool is_out =
        g_hash_table_contains (setup->ignored, GUINT_TO_POINTER (truth[i]));
    for (; i < end; i++)
      if (is_out)
        block->kinds[LAM_SCORE_TRUTH][i] = block->kinds[LAM_SCORE_TEST][i] =
            LAM_SCORE_IGNORED;
  }
}

bool
lam_score_block_read (const LamScoreSetup *setup, const LamBox *box,
    LamScoreBlock *block, GCancellable *cancellable, GError **error)
{
  LamBox all = lam_box_of_size (setup->size);
  block->box = block->around = *box;
  for (int a = 0; a < 3; a++) {
    block->around.min[a]--;
    block->around.max[a]++;
  }
  block->around = lam_box_intersect (&block->around, &all);
  size_t n = (size_t)lam_box_volume (&block->around);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    const LamScoreSide *from = &setup->sides[side];
    block->values[side] = g_new (uint32_t, n);
    block->kinds[side] = g_new (uint32_t, n);
    if (!lam_score_read_numbers (from->values, from->origin, &block->around,
            block->values[side], cancellable, error))
      return false;
  }
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    if (!fill_kinds (setup, block, side, error))
      return false;
  leave_out (setup, block);
  return true;
}
