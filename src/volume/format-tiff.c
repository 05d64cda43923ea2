/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One TIFF file: its pages are slices, unless its description says that some
 * are channels or time points, of which one has to be chosen. */

#include "volume/format.h"
#include "volume/format-tiff.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "volume/tiff-meta.h"
#include "volume/tiff-stack.h"

static bool
probe (const char *path, bool is_folder, const uint8_t *bytes, size_t n)
{
  /* Little and big endian, classic and BigTIFF. */
  static const uint8_t starts[4][4] = {
    { 'I', 'I', 42, 0 },
    { 'M', 'M', 0, 42 },
    { 'I', 'I', 43, 0 },
    { 'M', 'M', 0, 43 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (starts) && !is_folder && n >= 4; i++)
    if (memcmp (bytes, starts[i], 4) == 0)
      return true;
  return false;
}

bool
lam_tiff_choose_channel (const char *path, const int64_t counts[3],
    const LamOpenOptions *options, int64_t chosen[3], GError **error)
{
  int64_t channels = counts[0] * counts[1], n = channels * counts[2];
  int64_t channel = options->channel;
  if (channel < 0 && n > 1 && counts[2] == 1)
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL,
        _ ("%s has %" PRId64 " channels: choose one, 0 to %" PRId64), path, n,
        n - 1);
  else if (channel < 0 && n > 1 && channels == 1)
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL,
        _ ("%s has %" PRId64 " time points: choose one, 0 to %" PRId64), path,
        n, n - 1);
  else if (channel < 0 && n > 1)
    g_set_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL,
        _ ("%s has %" PRId64 " channels and %" PRId64
           " time points: choose one, 0 to %" PRId64 " (time point × %" PRId64
           " + channel)"),
        path, channels, counts[2], n - 1, channels);
  else if (channel >= n)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has channels 0 to %" PRId64 "; %" PRId64 " was asked for"), path,
        n - 1, channel);
  else {
    channel = MAX (channel, 0);
    chosen[0] = channel % counts[0];
    chosen[1] = channel / counts[0] % counts[1];
    chosen[2] = channel / channels;
    return true;
  }
  return false;
}

static bool
check_strips_follow (const LamTiffPage *page, const LamTiffKind *kind,
    LamTiffFile *file, uint64_t first_offset, GError **error)
{
  uint64_t last = lam_tiff_kind_get_n_striles (kind) - 1, offset, count;
  uint64_t strip_bytes =
      lam_tiff_kind_get_row_bytes (kind) * kind->strile_height;
  if (!lam_tiff_page_locate (page, file, last, 1, &offset, &count, error))
    return false;
  if (offset == first_offset + last * strip_bytes)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s describes images that follow each other without gaps, but its "
         "strips do not"),
      lam_tiff_file_get_path (file));
  return false;
}

/* ImageJ's way above 4 GiB: the slices follow the only page's voxels. Makes a
 * page for each and replaces the only one. */
static bool
unroll_contiguous (
    LamTiffPages *pages, LamTiffFile *file, int64_t n_planes, GError **error)
{
  LamTiffPage page = g_array_index (pages->pages, LamTiffPage, 0);
  LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  uint64_t offset, count, file_bytes = lam_tiff_file_get_bytes (file);
  if (!lam_tiff_page_locate (&page, file, 0, 1, &offset, &count, error)
      || !check_strips_follow (&page, kind, file, offset, error))
    return false;
  /* One strip now; a page has at most 2^20 · 2^20 · 2^10 · 8 bytes. */
  kind->strile_height = kind->height;
  uint64_t page_bytes = lam_tiff_kind_get_row_bytes (kind) * kind->height;
  if (page_bytes > (file_bytes - offset) / n_planes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s describes %" PRId64 " images of %" PRIu64
           " bytes, but has %" PRIu64 " bytes: it is cut short"),
        lam_tiff_file_get_path (file), n_planes, page_bytes, file_bytes);
    return false;
  }
  g_array_set_size (pages->pages, 0);
  for (int64_t i = 0; i < n_planes; i++) {
    LamTiffPage next = {
      .ifd = page.ifd, .offsets = offset + i * page_bytes, .counts = page_bytes
    };
    g_array_append_val (pages->pages, next);
  }
  return true;
}

/* Stacks are often saved with the z axis called time. */
static void
prefer_z (LamTiffMeta *meta)
{
  if (meta->size[LAM_TIFF_Z] > 1)
    return;
  for (int i = 0; i < 3; i++)
    if (meta->order[i] != LAM_TIFF_C)
      meta->order[i] = meta->order[i] == LAM_TIFF_Z ? LAM_TIFF_T : LAM_TIFF_Z;
  meta->size[LAM_TIFF_Z] = meta->size[LAM_TIFF_T];
  meta->size[LAM_TIFF_T] = 1;
}

static bool
add_slices (LamTiffStack *stack, LamTiffFile *file, const LamTiffPages *pages,
    const LamTiffMeta *meta, int64_t c, int64_t t, GError **error)
{
  uint32_t number = lam_tiff_stack_add_file (stack, file);
  for (int64_t z = 0; z < meta->size[LAM_TIFF_Z]; z++) {
    int64_t at = lam_tiff_meta_get_page (meta, c, z, t);
    const LamTiffPage *page = &g_array_index (pages->pages, LamTiffPage, at);
    const LamTiffKind *kind =
        &g_array_index (pages->kinds, LamTiffKind, page->kind);
    g_autofree char *name = g_strdup_printf (
        _ ("Page %" PRId64 " of %s"), at + 1, lam_tiff_file_get_path (file));
    if (!lam_tiff_stack_add_slice (stack, number, page, kind, name, error))
      return false;
  }
  return true;
}

/* What the pages are is known; makes the source. */
static LamSource *
open_pages (const char *path, LamTiffFile *file, LamTiffPages *pages,
    LamTiffMeta *meta, const LamOpenOptions *options, GError **error)
{
  const LamTiffKind *kind = &g_array_index (pages->kinds, LamTiffKind, 0);
  if (meta->is_contiguous
      && !unroll_contiguous (pages, file, meta->n_planes, error))
    return NULL;
  prefer_z (meta);
  const int64_t counts[3] = { kind->samples, meta->size[LAM_TIFF_C],
    meta->size[LAM_TIFF_T] };
  int64_t chosen[3];
  if (!lam_tiff_choose_channel (path, counts, options, chosen, error))
    return NULL;
  LamTiffStack *stack = lam_tiff_stack_new (path, lam_format_tiff.name);
  g_autoptr (LamSource) source = lam_tiff_stack_get_source (stack);
  if (!add_slices (stack, file, pages, meta, chosen[1], chosen[2], error))
    return NULL;
  lam_tiff_stack_finish (
      stack, chosen[0], counts[0] * counts[1] * counts[2], meta->voxel_size_nm);
  return g_steal_pointer (&source);
}

static LamSource *
open_file (const char *path, const LamOpenOptions *options, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr (LamTiffFile) file = lam_tiff_file_new (absolute, error);
  if (!file)
    return NULL;
  g_autoptr (LamTiffPages) pages =
      lam_tiff_pages_read (file, options->cancellable, error);
  LamTiffMeta meta = { 0 };
  if (!pages || !lam_tiff_meta_read (pages, absolute, &meta, error))
    return NULL;
  LamSource *source = open_pages (absolute, file, pages, &meta, options, error);
  if (source)
    source->info.note = g_steal_pointer (&meta.note);
  lam_tiff_meta_clear (&meta);
  return source;
}

const LamFormat lam_format_tiff = {
  .name = "tiff",
  .title = N_ ("TIFF stack"),
  .extensions = "tif tiff btf tf8",
  .probe = probe,
  .open = open_file,
};
