/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading a box goes page by page. What is stored as plain bytes is read right
 * where it is needed: a row of a slice costs a row, also from a page that is
 * one strip, and strips that follow each other in the file are read as one.
 * Everything else is decoded by whole strips or tiles: into `out` when the box
 * takes all of it, through a cache otherwise, since the next box will want the
 * rest of it. */

#include "volume/tiff-stack.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "volume/tiff-cache.h"
#include "volume/tiff-codec.h"
#include "volume/tiff-files.h"
#include "volume/tiff-unpack.h"

#define CACHE_BYTES (64u << 20)
/* Bytes skipped rather than read when a row is longer than what is wanted of
 * it: below this a second system call costs more than copying, and storage
 * gives whole 4 KiB pages anyhow. */
#define MIN_SKIP_BYTES 4096
#define SCRATCH_BYTES (1u << 20)
/* Strips located with one look at a page's table. */
#define BATCH 256

typedef struct {
  LamTiffPage page; /* its `kind` is in LamTiffStack.kinds */
  uint32_t file;
} Slice;

struct _LamTiffStack {
  LamSource source; /* first */
  /* Owned */
  LamTiffFiles *files;
  LamTiffCodecs *codecs;
  LamTiffCache *cache;
  GArray *kinds; /* LamTiffKind */
  GArray *slices; /* Slice */

  int sample;
};

/* One box being read, at one page. */
typedef struct {
  LamTiffStack *stack;
  const LamBox *box;
  GCancellable *cancellable;
  size_t voxel_bytes;
  uint8_t *scratch; /* Owned; made when needed */
  size_t scratch_bytes;

  int64_t z;
  const Slice *slice;
  const LamTiffKind *kind;
  LamTiffFile *file; /* Borrowed */
  LamTiffUnpack how;
  uint8_t *out; /* of this slice of the box */
} Reader;

/* Voxels of a page, half open, that lie in one strile or run of strips. */
typedef struct {
  int64_t x0, x1, y0, y1;
  int64_t strile_x, strile_y; /* where the strile starts on the page */
  uint64_t strile;
  uint64_t offset, count;
} Part;

/* NULL with an error when there is not that much memory: a row of many channels
 * may be long, and one of a damaged file longer. */
static uint8_t *
get_scratch (Reader *reader, size_t bytes, GError **error)
{
  if (reader->scratch_bytes >= bytes)
    return reader->scratch;
  g_free (reader->scratch);
  reader->scratch = g_try_malloc (bytes);
  reader->scratch_bytes = reader->scratch ? bytes : 0;
  if (!reader->scratch)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: not enough memory to read %zu bytes at once"),
        reader->stack->source.info.path, bytes);
  return reader->scratch;
}

static uint8_t *
out_at (const Reader *reader, int64_t x, int64_t y)
{
  const LamBox *box = reader->box;
  int64_t width = box->max[0] - box->min[0];
  return reader->out
      + ((y - box->min[1]) * width + (x - box->min[0])) * reader->voxel_bytes;
}

static size_t
out_row_bytes (const Reader *reader)
{
  return (reader->box->max[0] - reader->box->min[0]) * reader->voxel_bytes;
}

/* ---- Plain bytes ---- */

/* Whole rows of file bytes at a time, through the scratch buffer. */
static bool
read_rows_through_scratch (Reader *reader, const Part *part, GError **error)
{
  uint64_t row_bytes = lam_tiff_kind_get_row_bytes (reader->kind);
  int64_t at_once = MAX (1, SCRATCH_BYTES / row_bytes);
  uint8_t *scratch = get_scratch (
      reader, MIN (at_once, part->y1 - part->y0) * row_bytes, error);
  if (!scratch)
    return false;
  for (int64_t y = part->y0; y < part->y1; y += at_once) {
    int64_t n = MIN (at_once, part->y1 - y);
    uint64_t offset = part->offset + (y - part->strile_y) * row_bytes;
    if (!lam_tiff_file_read (
            reader->file, offset, scratch, n * row_bytes, error))
      return false;
    for (int64_t i = 0; i < n; i++)
      lam_tiff_unpack_row (&reader->how, scratch + i * row_bytes,
          part->x0 - part->strile_x, part->x1 - part->x0,
          out_at (reader, part->x0, y + i));
  }
  return true;
}

/* Only for samples that become voxels in place. Rows that are whole in the file
 * and in the box are read at once. */
static bool
read_rows_in_place (Reader *reader, const Part *part, GError **error)
{
  uint64_t row_bytes = lam_tiff_kind_get_row_bytes (reader->kind);
  size_t wanted = (part->x1 - part->x0) * reader->voxel_bytes;
  bool is_whole = wanted == row_bytes && wanted == out_row_bytes (reader);
  int64_t at_once = is_whole ? part->y1 - part->y0 : 1;
  for (int64_t y = part->y0; y < part->y1; y += at_once) {
    uint64_t offset = part->offset + (y - part->strile_y) * row_bytes
        + (part->x0 - part->strile_x) * reader->voxel_bytes;
    uint8_t *out = out_at (reader, part->x0, y);
    if (!lam_tiff_file_read (
            reader->file, offset, out, wanted * at_once, error))
      return false;
    lam_tiff_unpack_in_place (
        &reader->how, out, (part->x1 - part->x0) * at_once);
  }
  return true;
}

static bool
read_direct (Reader *reader, const Part *part, GError **error)
{
  uint64_t row_bytes = lam_tiff_kind_get_row_bytes (reader->kind);
  uint64_t needed = (part->y1 - part->strile_y) * row_bytes;
  if (part->count < needed) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s is damaged: %" PRIu64
           " bytes of voxels were needed at byte %" PRIu64 ", and %" PRIu64
           " are there"),
        lam_tiff_file_get_path (reader->file), needed, part->offset,
        part->count);
    return false;
  }
  size_t wanted = (part->x1 - part->x0) * reader->voxel_bytes;
  bool is_whole = wanted == row_bytes && wanted == out_row_bytes (reader);
  if (lam_tiff_unpack_is_in_place (&reader->how)
      && (is_whole || row_bytes - wanted > MIN_SKIP_BYTES))
    return read_rows_in_place (reader, part, error);
  return read_rows_through_scratch (reader, part, error);
}

/* ---- What has to be decoded ---- */

typedef struct {
  Reader *reader;
  const Part *part;
} Fill;

static bool
decode_cb (void *out, size_t bytes, gpointer user_data, GError **error)
{
  const Fill *fill = user_data;
  const Reader *reader = fill->reader;
  const Part *part = fill->part;
  LamTiffStrile strile = { reader->file, reader->slice->page.ifd, part->strile,
    part->offset, part->count == UINT64_MAX ? bytes : part->count };
  return lam_tiff_codecs_decode (
      reader->stack->codecs, reader->kind, &strile, out, bytes, error);
}

static void
unpack_part (Reader *reader, const Part *part, const uint8_t *decoded)
{
  uint64_t row_bytes = lam_tiff_kind_get_row_bytes (reader->kind);
  for (int64_t y = part->y0; y < part->y1; y++)
    lam_tiff_unpack_row (&reader->how,
        decoded + (y - part->strile_y) * row_bytes, part->x0 - part->strile_x,
        part->x1 - part->x0, out_at (reader, part->x0, y));
}

static bool
read_cached (Reader *reader, const Part *part, size_t bytes, GError **error)
{
  Fill fill = { reader, part };
  LamTiffCacheKey key = { reader->z, part->strile };
  LamTiffCache *cache = reader->stack->cache;
  LamTiffCacheEntry *entry =
      lam_tiff_cache_pin (cache, key, bytes, decode_cb, &fill, error);
  if (!entry)
    return false;
  unpack_part (reader, part, lam_tiff_cache_entry_get_bytes (entry));
  lam_tiff_cache_unpin (cache, entry);
  return true;
}

static bool
read_decoded (Reader *reader, const Part *part, uint32_t rows, GError **error)
{
  const LamTiffKind *kind = reader->kind;
  size_t row_bytes = lam_tiff_kind_get_row_bytes (kind);
  size_t bytes = row_bytes * rows;
  bool is_whole = part->y0 == part->strile_y
      && part->y1 == MIN (part->strile_y + rows, kind->height)
      && part->x0 == part->strile_x
      && part->x1 == MIN (part->strile_x + kind->strile_width, kind->width);
  if (!is_whole)
    return read_cached (reader, part, bytes, error);
  Fill fill = { reader, part };
  if (lam_tiff_unpack_is_in_place (&reader->how)
      && row_bytes == out_row_bytes (reader) && part->y1 - part->y0 == rows) {
    uint8_t *out = out_at (reader, part->x0, part->y0);
    if (!decode_cb (out, bytes, &fill, error))
      return false;
    lam_tiff_unpack_in_place (&reader->how, out, bytes / reader->voxel_bytes);
    return true;
  }
  uint8_t *scratch = get_scratch (reader, bytes, error);
  if (!scratch || !decode_cb (scratch, bytes, &fill, error))
    return false;
  unpack_part (reader, part, scratch);
  return true;
}

/* ---- A page ---- */

/* True when `next` goes on in the file where `part` ends. */
static bool
follows (const Reader *reader, const Part *part, const Part *next)
{
  const LamTiffKind *kind = reader->kind;
  uint64_t length =
      (next->strile_y - part->strile_y) * lam_tiff_kind_get_row_bytes (kind);
  return !kind->is_tiled && next->strile == part->strile + 1
      && next->offset == part->offset + length;
}

/* `part` is the run so far, `next` one more strile of it or the start of a new
 * run. An empty `next` only ends the run. */
static bool
extend_run (Reader *reader, Part *part, const Part *next, GError **error)
{
  if (part->y1 > part->y0) {
    if (next->y1 > next->y0 && follows (reader, part, next)) {
      part->y1 = next->y1;
      part->strile = next->strile;
      part->count = next->count == UINT64_MAX
          ? UINT64_MAX
          : next->offset - part->offset + next->count;
      return true;
    }
    if (!read_direct (reader, part, error))
      return false;
  }
  *part = *next;
  return true;
}

/* What the box wants of one strile. */
static Part
cut_part (const Reader *reader, uint32_t across, uint32_t down)
{
  const LamTiffKind *kind = reader->kind;
  const LamBox *box = reader->box;
  Part part = {
    .strile_x = (int64_t)across * kind->strile_width,
    .strile_y = (int64_t)down * kind->strile_height,
  };
  int64_t rows = lam_tiff_kind_get_rows (kind, down);
  part.x0 = MAX (part.strile_x, box->min[0]);
  part.x1 = MIN (part.strile_x + kind->strile_width, box->max[0]);
  part.y0 = MAX (part.strile_y, box->min[1]);
  part.y1 = MIN (part.strile_y + rows, box->max[1]);
  return part;
}

/* At most BATCH striles: `n_across` in each of `n_down` rows of them; several
 * rows only where a row has one. */
static bool
read_batch (Reader *reader, uint32_t across, uint32_t n_across, uint32_t down,
    uint32_t n_down, Part *run, GError **error)
{
  const LamTiffKind *kind = reader->kind;
  uint64_t offsets[BATCH], counts[BATCH];
  uint64_t columns = lam_tiff_kind_get_across (kind);
  uint64_t first = down * columns + across;
  if (kind->is_planar)
    first += reader->stack->sample * columns * lam_tiff_kind_get_down (kind);
  if (!lam_tiff_page_locate (&reader->slice->page, reader->file, first,
          n_across * n_down, offsets, counts, error))
    return false;
  for (uint32_t i = 0; i < n_across * n_down; i++) {
    uint32_t row = down + i / n_across;
    Part part = cut_part (reader, across + i % n_across, row);
    part.strile = first + i;
    part.offset = offsets[i];
    part.count = counts[i];
    if (g_cancellable_set_error_if_cancelled (reader->cancellable, error))
      return false;
    bool ok = lam_tiff_kind_is_direct (kind)
        ? extend_run (reader, run, &part, error)
        : read_decoded (
            reader, &part, lam_tiff_kind_get_rows (kind, row), error);
    if (!ok)
      return false;
  }
  return true;
}

/* Strips are located many at a time, tiles by rows of tiles. */
static bool
read_page (Reader *reader, GError **error)
{
  const LamTiffKind *kind = reader->kind;
  const LamBox *box = reader->box;
  uint32_t across0 = box->min[0] / kind->strile_width;
  uint32_t across1 = lam_divide_up (box->max[0], kind->strile_width);
  uint32_t down0 = box->min[1] / kind->strile_height;
  uint32_t down1 = lam_divide_up (box->max[1], kind->strile_height);
  uint32_t step_down = kind->is_tiled ? 1 : BATCH;
  Part run = { 0 };
  for (uint32_t down = down0; down < down1; down += step_down)
    for (uint32_t across = across0; across < across1; across += BATCH)
      if (!read_batch (reader, across, MIN (BATCH, across1 - across), down,
              MIN (step_down, down1 - down), &run, error))
        return false;
  return extend_run (reader, &run, &(Part){ 0 }, error);
}

static bool
read_slice (Reader *reader, int64_t z, GError **error)
{
  LamTiffStack *stack = reader->stack;
  reader->z = z;
  reader->slice = &g_array_index (stack->slices, Slice, z);
  reader->kind =
      &g_array_index (stack->kinds, LamTiffKind, reader->slice->page.kind);
  g_autoptr (LamTiffFile) file =
      lam_tiff_files_get (stack->files, reader->slice->file, error);
  if (!file)
    return false;
  reader->file = file;
  reader->how = (LamTiffUnpack){ .kind = reader->kind,
    .sample = stack->sample,
    .is_swapped = lam_tiff_kind_is_direct (reader->kind)
        && lam_tiff_file_is_swapped (file) };
  if (read_page (reader, error))
    return true;
  if (error && *error && !lam_error_is_cancelled (*error))
    g_prefix_error (error, _ ("Slice %" PRId64 ": "), z);
  return false;
}

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  LamTiffStack *stack = (LamTiffStack *)source;
  Reader reader = {
    .stack = stack,
    .box = box,
    .cancellable = cancellable,
    .voxel_bytes = lam_dtype_bytes (source->info.dtype),
    .out = out,
  };
  size_t slice_bytes = out_row_bytes (&reader) * (box->max[1] - box->min[1]);
  bool ok = true;
  for (int64_t z = box->min[2]; z < box->max[2] && ok; z++) {
    ok = read_slice (&reader, z, error);
    reader.out += slice_bytes;
  }
  g_free (reader.scratch);
  return ok;
}

/* ---- Making one ---- */

static void
free_stack (LamSource *source)
{
  LamTiffStack *stack = (LamTiffStack *)source;
  lam_tiff_files_free (stack->files);
  lam_tiff_codecs_free (stack->codecs);
  lam_tiff_cache_free (stack->cache);
  g_array_unref (stack->kinds);
  g_array_unref (stack->slices);
  g_free (stack);
}

static const LamSourceMethods methods = { read_box, free_stack };

LamTiffStack *
lam_tiff_stack_new (const char *path, const char *format)
{
  LamTiffStack *stack = g_new0 (LamTiffStack, 1);
  lam_source_init (&stack->source, &methods, path);
  stack->source.info.format = format;
  stack->files = lam_tiff_files_new ();
  stack->codecs = lam_tiff_codecs_new ();
  stack->cache = lam_tiff_cache_new (CACHE_BYTES);
  stack->kinds = g_array_new (FALSE, FALSE, sizeof (LamTiffKind));
  stack->slices = g_array_new (FALSE, FALSE, sizeof (Slice));
  return stack;
}

LamSource *
lam_tiff_stack_get_source (LamTiffStack *stack)
{
  return &stack->source;
}

uint32_t
lam_tiff_stack_add_file (LamTiffStack *stack, LamTiffFile *file)
{
  return lam_tiff_files_add (stack->files, file);
}

bool
lam_tiff_stack_add_slice (LamTiffStack *stack, uint32_t file,
    const LamTiffPage *page, const LamTiffKind *kind, const char *page_name,
    GError **error)
{
  guint n = stack->kinds->len;
  if (n > 0) {
    const LamTiffKind *first = &g_array_index (stack->kinds, LamTiffKind, 0);
    if (!lam_tiff_kind_fits (kind, first)) {
      g_autofree char *has = lam_tiff_kind_describe (kind);
      g_autofree char *needed = lam_tiff_kind_describe (first);
      g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
          _ ("%s has %s, but the first has %s: all slices of a stack must be "
             "alike"),
          page_name, has, needed);
      return false;
    }
    const LamTiffKind *last = &g_array_index (stack->kinds, LamTiffKind, n - 1);
    if (memcmp (last, kind, sizeof *kind) == 0)
      n--;
  }
  if (n == stack->kinds->len)
    g_array_append_val (stack->kinds, *kind);
  Slice slice = { *page, file };
  slice.page.kind = n;
  g_array_append_val (stack->slices, slice);
  return true;
}

void
lam_tiff_stack_finish (LamTiffStack *stack, int sample, int n_channels,
    const double voxel_size_nm[3])
{
  const LamTiffKind *kind = &g_array_index (stack->kinds, LamTiffKind, 0);
  LamSourceInfo *info = &stack->source.info;
  stack->sample = sample;
  info->dtype = lam_tiff_kind_get_dtype (kind);
  info->n_levels = 1;
  info->levels[0] = (LamLevel){
    .size = { kind->width, kind->height, stack->slices->len },
    .factor = { 1, 1, 1 },
  };
  memcpy (info->voxel_size_nm, voxel_size_nm, sizeof info->voxel_size_nm);
  info->n_channels = n_channels;
  info->chunk[0] = MIN (kind->strile_width, kind->width);
  info->chunk[1] = MIN (kind->strile_height, kind->height);
  info->chunk[2] = 1;
  for (guint i = 0; i < stack->kinds->len; i++) {
    kind = &g_array_index (stack->kinds, LamTiffKind, i);
    info->is_compressed |= lam_tiff_kind_is_compressed (kind);
    info->has_whole_chunks |= !lam_tiff_kind_is_direct (kind);
  }
  info->held_bytes = info->has_whole_chunks ? CACHE_BYTES : 0;
  info->file_bytes = lam_tiff_files_get_bytes (stack->files);
}
