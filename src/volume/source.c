/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What all formats share: counting references and checking boxes, so that a
 * format's read_box never sees one that is empty or outside of its level. */

#include "volume/source.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/error.h"

void
lam_source_init (
    LamSource *source, const LamSourceMethods *methods, const char *path)
{
  source->methods = methods;
  source->info = (LamSourceInfo){ .n_channels = 1 };
  source->info.path = g_canonicalize_filename (path, NULL);
  g_atomic_ref_count_init (&source->references);
}

LamSource *
lam_source_ref (LamSource *source)
{
  g_atomic_ref_count_inc (&source->references);
  return source;
}

void
lam_source_unref (LamSource *source)
{
  if (!g_atomic_ref_count_dec (&source->references))
    return;
  g_free (source->info.path);
  g_free (source->info.note);
  source->methods->free (source);
}

const LamSourceInfo *
lam_source_get_info (LamSource *source)
{
  return &source->info;
}

bool
lam_source_read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const LamSourceInfo *info = &source->info;
  if (level < 0 || level >= info->n_levels) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %d levels; level %d was asked for"), info->path,
        info->n_levels, level);
    return false;
  }
  if (lam_box_is_empty (box))
    return true;
  for (int i = 0; i < 3; i++) {
    int64_t size = info->levels[level].size[i];
    if (box->min[i] >= 0 && box->max[i] <= size)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s ends at voxel %" PRId64 " along %c; voxels %" PRId64
           " to %" PRId64 " were asked for"),
        info->path, size - 1, "xyz"[i], box -> min[i], box -> max[i] - 1);
    return false;
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return false;
  return source->methods->read_box (
      source, level, box, out, cancellable, error);
}
