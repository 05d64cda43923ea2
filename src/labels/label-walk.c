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
  int64_t brick[3], n[3];
  int64_t n_parts;
  _Atomic int64_t n_done;
} Walk;

static LamBox
get_box (const Walk *walk, int64_t part)
{
  int64_t at[3] = { part % walk->n[0], part / walk->n[0] % walk->n[1],
    part / walk->n[0] / walk->n[1] };
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] = at[i] * walk->brick[i];
    box.max[i] = MIN (box.min[i] + walk->brick[i], walk->size[i]);
  }
  return box;
}

static bool
walk_part (int64_t part, gpointer data, GError **error)
{
  Walk *walk = data;
  LamBox box = get_box (walk, part);
  g_autofree uint32_t *labels = g_new (uint32_t, lam_box_volume (&box));
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
lam_label_walk (LamSource *labels, const int64_t brick[3], bool write,
    LamLabelVisit visit, gpointer data, LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (labels);
  g_return_val_if_fail (info->dtype == LAM_DTYPE_U32, false);
  Walk walk = { .labels = labels,
    .write = write,
    .visit = visit,
    .data = data,
    .progress = progress,
    .size = info->levels[0].size,
    .n_parts = 1 };
  int64_t rows = CLAMP (PART_VOXELS / walk.size[0], 1, walk.size[1]);
  const int64_t own[3] = { walk.size[0], rows, 1 };
  for (int i = 0; i < 3; i++) {
    walk.brick[i] = brick && brick[i] > 0 ? brick[i] : own[i];
    walk.n[i] = lam_divide_up (walk.size[i], walk.brick[i]);
    walk.n_parts *= walk.n[i];
  }
  return lam_parallel (0, walk.n_parts, walk_part, &walk, progress, error);
}
