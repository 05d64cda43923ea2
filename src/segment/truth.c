/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each box is cut into cells of a brick's size at most. A cell's voxels of each
 * class are counted once; to find the k-th voxel of a class the counts are
 * walked, and then the voxels of one cell. */
#include "segment/truth.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/patch.h"

struct _LamTruth {
  LamVolume *labels; /* Owned */
  LamTruthTable table;
  LamBox *boxes; /* Owned */
  int n_boxes;
  GArray *cells; /* Owned; Cell */
  uint32_t *counts; /* Owned; by cell, by class */
  int64_t totals[LAM_TRUTH_MAX_CLASSES];
};

typedef struct {
  LamBox box;
  int of; /* index in `boxes` */
} Cell;

static const Cell *
get_cell (const LamTruth *truth, guint i)
{
  return &g_array_index (truth->cells, Cell, i);
}

static void
cut_box (LamTruth *truth, int of)
{
  const LamBox *all = &truth->boxes[of];
  const int64_t edge = LAM_BRICK_EDGE;
  for (int64_t z = all->min[2]; z < all->max[2]; z += edge)
    for (int64_t y = all->min[1]; y < all->max[1]; y += edge)
      for (int64_t x = all->min[0]; x < all->max[0]; x += edge) {
        LamBox box = lam_box_new (x, y, z, x + edge, y + edge, z + edge);
        const Cell cell = { lam_box_intersect (all, &box), of };
        g_array_append_val (truth->cells, cell);
      }
}

/* -1: unlabelled; -2: not in the table. */
static int
find_class (const LamTruthTable *table, double value)
{
  if (value == (double)table->ignored)
    return -1;
  for (int i = 0; i < table->n_classes; i++)
    if (value == (double)table->values[i])
      return i;
  return -2;
}

static double
get_value (LamDtype dtype, const void *voxels, int64_t i)
{
  return dtype == LAM_DTYPE_U8 ? ((const uint8_t *)voxels)[i]
      : dtype == LAM_DTYPE_U16 ? ((const uint16_t *)voxels)[i]
                               : ((const float *)voxels)[i];
}

static bool
fail_value (const LamTruth *truth, const LamBox *box, int64_t i, double value,
    GError **error)
{
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s: voxel %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT
         " has the number %g, but no class has it; there are %d classes, the "
         "last one with %u"),
      lam_volume_get_info (truth->labels)->path, box->min[0] + i % width,
      box->min[1] + i / width % rows, box->min[2] + i / (width * rows), value,
      truth->table.n_classes, truth->table.values[truth->table.n_classes - 1]);
  return false;
}

/* `box` lies inside the stack. */
static bool
read_classes (const LamTruth *truth, const LamBox *box, uint8_t *out,
    GCancellable *cancellable, GError **error)
{
  LamDtype dtype = lam_volume_get_dtype (truth->labels);
  double offset = lam_volume_get_offset (truth->labels), last = NAN;
  int64_t n = lam_box_volume (box);
  g_autofree void *voxels = g_malloc ((size_t)n * lam_dtype_bytes (dtype));
  int class_index = -1;
  if (!lam_volume_read_box (truth->labels, 0, box, voxels, cancellable, error))
    return false;
  for (int64_t i = 0; i < n; i++) {
    double value = get_value (dtype, voxels, i) + offset;
    /* Neighbours mostly have the same. */
    if (value != last)
      class_index = find_class (&truth->table, value);
    if (class_index == -2)
      return fail_value (truth, box, i, value, error);
    last = value;
    out[i] = class_index < 0 ? LAM_PATCH_IGNORED : (uint8_t)class_index;
  }
  return true;
}

static bool
count_cells (LamTruth *truth, LamProgress *progress, GError **error)
{
  int n_classes = truth->table.n_classes;
  g_autofree uint8_t *classes = g_malloc (LAM_BRICK_VOXELS);
  truth->counts = g_new0 (uint32_t, (gsize)truth->cells->len * n_classes);
  for (guint i = 0; i < truth->cells->len; i++) {
    const LamBox *box = &get_cell (truth, i)->box;
    uint32_t *counts = truth->counts + (gsize)i * n_classes;
    if (!read_classes (truth, box, classes,
            lam_progress_cancellable_or_null (progress), error)
        || !lam_progress_check (progress, error))
      return false;
    for (int64_t j = 0; j < lam_box_volume (box); j++)
      if (classes[j] != LAM_PATCH_IGNORED)
        counts[classes[j]]++;
    for (int j = 0; j < n_classes; j++)
      truth->totals[j] += counts[j];
  }
  return true;
}

LamTruth *
lam_truth_new (LamVolume *labels, const LamTruthTable *table,
    const LamBox *boxes, int n_boxes, LamProgress *progress, GError **error)
{
  g_autoptr (LamTruth) truth = g_new0 (LamTruth, 1);
  truth->labels = g_object_ref (labels);
  truth->table = *table;
  truth->boxes = g_memdup2 (boxes, (gsize)n_boxes * sizeof *boxes);
  truth->n_boxes = n_boxes;
  truth->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  for (int i = 0; i < n_boxes; i++)
    cut_box (truth, i);
  return count_cells (truth, progress, error) ? g_steal_pointer (&truth) : NULL;
}

void
lam_truth_free (LamTruth *truth)
{
  if (!truth)
    return;
  g_object_unref (truth->labels);
  g_array_unref (truth->cells);
  g_free (truth->boxes);
  g_free (truth->counts);
  g_free (truth);
}

int
lam_truth_get_n_classes (const LamTruth *truth)
{
  return truth->table.n_classes;
}

int64_t
lam_truth_get_count (const LamTruth *truth, int class_index)
{
  return truth->totals[class_index];
}

int
lam_truth_get_n_boxes (const LamTruth *truth)
{
  return truth->n_boxes;
}

const LamBox *
lam_truth_get_box (const LamTruth *truth, int i)
{
  return &truth->boxes[i];
}

bool
lam_truth_find (const LamTruth *truth, int class_index, int64_t k,
    int64_t voxel[3], int *box, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (k >= 0 && k < truth->totals[class_index], false);
  const uint32_t *counts = truth->counts + class_index;
  guint i = 0;
  for (; k >= counts[(gsize)i * truth->table.n_classes]; i++)
    k -= counts[(gsize)i * truth->table.n_classes];
  const Cell *cell = get_cell (truth, i);
  int64_t width = cell->box.max[0] - cell->box.min[0];
  int64_t rows = cell->box.max[1] - cell->box.min[1], at = 0;
  g_autofree uint8_t *classes = g_malloc ((gsize)lam_box_volume (&cell->box));
  if (!read_classes (truth, &cell->box, classes, cancellable, error))
    return false;
  while (classes[at] != class_index || k-- > 0)
    at++;
  voxel[0] = cell->box.min[0] + at % width;
  voxel[1] = cell->box.min[1] + at / width % rows;
  voxel[2] = cell->box.min[2] + at / (width * rows);
  *box = cell->of;
  return true;
}

static void
copy_part (
    const uint8_t *from, const LamBox *part, const LamBox *box, uint8_t *out)
{
  int64_t width = part->max[0] - part->min[0];
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++, from += width) {
      int64_t row =
          (z - box->min[2]) * (box->max[1] - box->min[1]) + y - box->min[1];
      memcpy (
          out + row * (box->max[0] - box->min[0]) + part->min[0] - box->min[0],
          from, (size_t)width);
    }
}

bool
lam_truth_read (const LamTruth *truth, const LamBox *box, uint8_t *out,
    GCancellable *cancellable, GError **error)
{
  memset (out, LAM_PATCH_IGNORED, (size_t)lam_box_volume (box));
  for (int i = 0; i < truth->n_boxes; i++) {
    LamBox part = lam_box_intersect (box, &truth->boxes[i]);
    if (lam_box_is_empty (&part))
      continue;
    g_autofree uint8_t *classes = g_malloc ((gsize)lam_box_volume (&part));
    if (!read_classes (truth, &part, classes, cancellable, error))
      return false;
    copy_part (classes, &part, box, out);
  }
  return true;
}
