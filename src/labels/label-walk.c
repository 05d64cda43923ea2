/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "labels/label-walk.h"

#include "base/parallel.h"
#include "volume/scratch-source.h"

/* Whole rows, for that is how a scratch volume lies on disk. */
#define PART_VOXELS (INT64_C (1) << 20)

typedef struct {
  LamSource *labels;
  bool write;
  LamLabelVisit visit;
  gpointer data;
  LamProgress *progress;
  const int64_t *size;
  int64_t n_rows; /* of a part, all in one section */
  int64_t n_parts;
  _Atomic int64_t n_done;
} Walk;

static bool
walk_part (int64_t part, gpointer data, GError **error)
{
  Walk *walk = data;
  int64_t per_section = lam_divide_up (walk->size[1], walk->n_rows);
  int64_t z = part / per_section, y = part % per_section * walk->n_rows;
  LamBox box = lam_box_new (
      0, y, z, walk->size[0], MIN (y + walk->n_rows, walk->size[1]), z + 1);
  g_autofree uint32_t *labels =
      g_malloc_n ((gsize)lam_box_volume (&box), sizeof (uint32_t));
  if (!lam_source_read_box (walk->labels, 0, &box, labels,
          lam_progress_cancellable_or_null (walk->progress), error)
      || !walk->visit (&box, labels, walk->data, error)
      || (walk->write
          && !lam_scratch_source_write (walk->labels, &box, labels, error)))
    return false;
  lam_progress_set (walk->progress, ++walk->n_done, walk->n_parts);
  return true;
}

bool
lam_label_walk (LamSource *labels, bool write, LamLabelVisit visit,
    gpointer data, LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (labels);
  g_return_val_if_fail (info->dtype == LAM_DTYPE_U32, false);
  Walk walk = { .labels = labels,
    .write = write,
    .visit = visit,
    .data = data,
    .progress = progress,
    .size = info->levels[0].size };
  walk.n_rows = CLAMP (PART_VOXELS / walk.size[0], 1, walk.size[1]);
  walk.n_parts = lam_divide_up (walk.size[1], walk.n_rows) * walk.size[2];
  return lam_parallel (0, walk.n_parts, walk_part, &walk, progress, error);
}
