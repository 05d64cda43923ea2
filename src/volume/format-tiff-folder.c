/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A folder of TIFF files of one page each: the files are the slices. Each
 * file's directory is read at opening, so that one that does not fit is named
 * then and not in the middle of work. */

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "volume/format-tiff.h"
#include "volume/tiff-folder.h"
#include "volume/tiff-meta.h"
#include "volume/tiff-stack.h"

static bool
probe (const char *path, bool is_folder, const uint8_t *bytes, size_t n)
{
  return is_folder && lam_tiff_folder_has_any (path);
}

/* What the first file says about its voxels. That it also speaks of planes in
 * other files is no fault in a folder. */
static void
read_voxel_size (
    const LamTiffPages *pages, const char *path, double voxel_size_nm[3])
{
  LamTiffMeta meta;
  lam_tiff_meta_read (pages, path, &meta, NULL);
  for (int i = 0; i < 3; i++)
    voxel_size_nm[i] = meta.voxel_size_nm[i];
  lam_tiff_meta_clear (&meta);
}

static bool
add_file (LamTiffStack *stack, const char *path, int *n_samples,
    double voxel_size_nm[3], GCancellable *cancellable, GError **error)
{
  g_autoptr (LamTiffFile) file = lam_tiff_file_new (path, error);
  if (!file)
    return false;
  g_autoptr (LamTiffPages) pages =
      lam_tiff_pages_read (file, cancellable, error);
  if (!pages)
    return false;
  if (pages->pages->len != 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s has %u pages, but a folder is read as one slice a file: open "
           "the file itself"),
        path, pages->pages->len);
    return false;
  }
  const LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  if (*n_samples == 0) {
    read_voxel_size (pages, path, voxel_size_nm);
    *n_samples = kind->samples;
  }
  return lam_tiff_stack_add_slice (stack, lam_tiff_stack_add_file (stack, file),
      &g_array_index (pages->pages, LamTiffPage, 0), kind, path, error);
}

static LamSource *
open_folder (const char *path, const LamOpenOptions *options, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr (GPtrArray) paths = lam_tiff_folder_list (absolute, error);
  if (!paths)
    return NULL;
  if (paths->len == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("The folder %s holds no TIFF file"), path);
    return NULL;
  }
  LamTiffStack *stack =
      lam_tiff_stack_new (absolute, lam_format_tiff_folder.name);
  g_autoptr (LamSource) source = lam_tiff_stack_get_source (stack);
  double voxel_size_nm[3] = { 0 };
  int n_samples = 0;
  for (guint i = 0; i < paths->len; i++)
    if (!add_file (stack, paths->pdata[i], &n_samples, voxel_size_nm,
            options->cancellable, error))
      return NULL;
  const int64_t counts[3] = { n_samples, 1, 1 };
  int64_t chosen[3];
  if (!lam_tiff_choose_channel (absolute, counts, options, chosen, error))
    return NULL;
  lam_tiff_stack_finish (stack, chosen[0], n_samples, voxel_size_nm);
  return g_steal_pointer (&source);
}

const LamFormat lam_format_tiff_folder = {
  .name = "tiff-folder",
  .title = N_ ("Folder of TIFF slices"),
  .extensions = "",
  .probe = probe,
  .open = open_folder,
};
