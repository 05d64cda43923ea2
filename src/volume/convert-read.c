/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "volume/convert.h"

#include "base/parallel.h"

typedef struct {
  LamSource *source;
  int level;
  LamBox box;
  char *out;
  LamProgress *progress;
} Reading;

static bool
read_plane (int64_t part, gpointer data, GError **error)
{
  const Reading *reading = data;
  const LamSourceInfo *info = lam_source_get_info (reading->source);
  LamBox box = reading->box;
  box.min[2] += part;
  box.max[2] = box.min[2] + 1;
  size_t bytes = (size_t)lam_box_volume (&box) * lam_dtype_bytes (info->dtype);
  return lam_source_read_box (reading->source, reading->level, &box,
      reading->out + (size_t)part * bytes,
      lam_progress_cancellable_or_null (reading->progress), error);
}

bool
lam_convert_read (LamSource *source, int level, const LamBox *box, void *out,
    LamProgress *progress, GError **error)
{
  /* Chunks that are several planes deep are better read at once: their
   * reader decodes each a single time. */
  if (lam_source_get_info (source)->chunk[2] > 1)
    return lam_source_read_box (source, level, box, out,
        lam_progress_cancellable_or_null (progress), error);
  Reading reading = { source, level, *box, out, progress };
  return lam_parallel (
      0, box->max[2] - box->min[2], read_plane, &reading, progress, error);
}
