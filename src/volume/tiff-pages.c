/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A page costs one read of its directory, so that ten thousand pages are known
 * in the time of as many small reads; libtiff's own walk compares each new
 * offset with all before. Nothing that the file says is used before it was
 * checked: a number of the wrong type, an array that ends behind the file, a
 * directory met twice all end with a message. */

#include "volume/tiff-pages.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <tiffio.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "volume/tiff-fields.h"

#define MAX_DESCRIPTION_BYTES (256u << 20)

/* One page being read. */
typedef struct {
  LamTiffFile *file; /* Borrowed */
  size_t page; /* from 1 */
  uint64_t at;
} Directory;

static bool
set_damaged (const Directory *directory, const char *what, GError **error)
{
  return lam_tiff_set_damaged (directory->file, directory->page, what, error);
}

static bool
fits_u16 (uint32_t value)
{
  return value <= UINT16_MAX;
}

/* LamTiffFields to a kind, which still has to be checked. */
static bool
fill_kind (const Directory *directory, const LamTiffFields *fields,
    LamTiffKind *kind, GError **error)
{
  if (!fits_u16 (fields->bits) || !fits_u16 (fields->samples)
      || !fits_u16 (fields->sample_format) || !fits_u16 (fields->photometric)
      || !fits_u16 (fields->compression) || !fits_u16 (fields->predictor)
      || !fits_u16 (fields->fill_order))
    return set_damaged (directory, _ ("a number is too large"), error);
  if (fields->depth > 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("Page %zu of %s is itself %" PRIu32 " slices deep, which is not "
           "read: save one slice a page"),
        directory->page, lam_tiff_file_get_path (directory->file),
        fields->depth);
    return false;
  }
  bool is_tiled = fields->tile_width > 0 || fields->tile_height > 0;
  bool has_predictor = fields->compression == COMPRESSION_LZW
      || fields->compression == COMPRESSION_DEFLATE
      || fields->compression == COMPRESSION_ADOBE_DEFLATE
      || fields->compression == COMPRESSION_LZMA
      || fields->compression == COMPRESSION_ZSTD;
  bool is_fax3 = fields->compression == COMPRESSION_CCITTFAX3;
  bool is_fax4 = fields->compression == COMPRESSION_CCITTFAX4;
  memset (kind, 0, sizeof *kind);
  kind->width = fields->width;
  kind->height = fields->height;
  kind->strile_width = is_tiled ? fields->tile_width : fields->width;
  kind->strile_height = is_tiled ? fields->tile_height
                                 : MIN (fields->rows_per_strip, fields->height);
  kind->fax_options = is_fax3 ? fields->t4_options
      : is_fax4               ? fields->t6_options
                              : 0;
  memcpy (kind->lerc, fields->lerc, sizeof kind->lerc);
  kind->bits = fields->bits;
  kind->samples = fields->samples;
  /* 4 is "undefined": numbers all the same. */
  kind->sample_format = fields->sample_format == SAMPLEFORMAT_VOID
      ? SAMPLEFORMAT_UINT
      : fields->sample_format;
  kind->photometric = fields->photometric;
  kind->compression = fields->compression;
  kind->predictor = has_predictor ? fields->predictor : PREDICTOR_NONE;
  kind->fill_order = fields->fill_order;
  kind->is_tiled = is_tiled;
  kind->is_planar =
      fields->planar == PLANARCONFIG_SEPARATE && fields->samples > 1;
  return true;
}

/* Where the striles are. With one, the values themselves are kept. */
static bool
fill_place (const Directory *directory, const LamTiffFields *fields,
    const LamTiffKind *kind, LamTiffPage *page, GError **error)
{
  LamTiffFile *file = directory->file;
  const LamTiffEntry *offsets = &fields->offsets, *counts = &fields->counts;
  uint64_t n = lam_tiff_kind_get_n_striles (kind);
  page->ifd = directory->at;
  if (offsets->tag == 0 || !lam_tiff_type_is_unsigned (offsets->type)
      || offsets->count < n)
    return set_damaged (
        directory, _ ("it does not say where its voxels are"), error);
  bool has_counts = counts->tag != 0;
  if ((has_counts
          && (!lam_tiff_type_is_unsigned (counts->type) || counts->count < n))
      || (!has_counts && kind->compression != COMPRESSION_NONE))
    return set_damaged (
        directory, _ ("it does not say how long its strips are"), error);
  uint64_t file_bytes = lam_tiff_file_get_bytes (file);
  if (n > file_bytes)
    return set_damaged (
        directory, _ ("it has more strips than the file has bytes"), error);
  if (n == 1) {
    uint8_t bytes[8];
    if (!lam_tiff_entry_read (directory->file, offsets, 1, bytes, error))
      return false;
    page->offsets = lam_tiff_parse_unsigned (
        file, bytes, lam_tiff_type_bytes (offsets->type));
    page->counts = UINT64_MAX;
    if (has_counts
        && !lam_tiff_entry_read (directory->file, counts, 1, bytes, error))
      return false;
    if (has_counts)
      page->counts = lam_tiff_parse_unsigned (
          file, bytes, lam_tiff_type_bytes (counts->type));
    return true;
  }
  page->offset_bytes = lam_tiff_type_bytes (offsets->type);
  page->count_bytes = has_counts ? lam_tiff_type_bytes (counts->type) : 0;
  page->offsets = offsets->at;
  page->counts = counts->at;
  if (page->offsets > file_bytes
      || n * page->offset_bytes > file_bytes - page->offsets
      || (has_counts
          && (page->counts > file_bytes
              || n * page->count_bytes > file_bytes - page->counts)))
    return set_damaged (directory,
        _ ("the table of its strips lies outside of the file"), error);
  return true;
}

static bool
is_real_page (const LamTiffFields *fields)
{
  return !(fields->subfile & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK))
      && fields->old_subfile != OFILETYPE_REDUCEDIMAGE;
}

/* Of the first page. A description that cannot be read is none. */
static void
keep_description (const Directory *directory, const LamTiffFields *fields,
    LamTiffPages *pages)
{
  const LamTiffEntry *entry = &fields->description;
  pages->resolution[0] = fields->resolution[0];
  pages->resolution[1] = fields->resolution[1];
  pages->resolution_unit = fields->resolution_unit;
  if (entry->tag == 0 || lam_tiff_type_bytes (entry->type) != 1
      || entry->count > MIN (
             MAX_DESCRIPTION_BYTES, lam_tiff_file_get_bytes (directory->file)))
    return;
  g_autofree char *text = g_malloc0 (entry->count + 1);
  if (!lam_tiff_entry_read (
          directory->file, entry, entry->count, (uint8_t *)text, NULL))
    return;
  pages->description = g_utf8_validate (text, -1, NULL)
      ? g_strdup (text)
      : g_convert (text, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* Pages mostly share their kind with the page before. */
static uint32_t
intern_kind (LamTiffPages *pages, const LamTiffKind *kind)
{
  guint n = pages->kinds->len;
  if (n > 0
      && memcmp (&g_array_index (pages->kinds, LamTiffKind, n - 1), kind,
             sizeof *kind)
          == 0)
    return n - 1;
  g_array_append_val (pages->kinds, *kind);
  return n;
}

static bool
add_page (LamTiffPages *pages, const Directory *directory,
    const LamTiffFields *fields, double *claimed_bytes, GError **error)
{
  LamTiffFile *file = directory->file;
  const char *path = lam_tiff_file_get_path (file);
  LamTiffKind kind;
  LamTiffPage page = { 0 };
  if (!fill_kind (directory, fields, &kind, error)
      || !lam_tiff_kind_check (&kind, path, directory->page, error)
      || !fill_place (directory, fields, &kind, &page, error))
    return false;
  *claimed_bytes += lam_tiff_kind_get_page_bytes (&kind);
  if (*claimed_bytes
      > lam_tiff_kind_get_most_bytes (&kind, lam_tiff_file_get_bytes (file))) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s claims %.0f bytes of voxels in its first %zu pages, which "
           "%" PRIu64 " bytes of file cannot hold"),
        path, *claimed_bytes, directory->page, lam_tiff_file_get_bytes (file));
    return false;
  }
  page.kind = intern_kind (pages, &kind);
  if (pages->pages->len == 0)
    keep_description (directory, fields, pages);
  g_array_append_val (pages->pages, page);
  return true;
}

static bool
read_page (LamTiffPages *pages, const Directory *directory, uint64_t *next,
    double *claimed_bytes, GError **error)
{
  LamTiffFields fields;
  if (!lam_tiff_fields_read (directory->file, directory->at, directory->page,
          &fields, next, error))
    return false;
  return !is_real_page (&fields)
      || add_page (pages, directory, &fields, claimed_bytes, error);
}

static bool
walk (LamTiffPages *pages, LamTiffFile *file, GCancellable *cancellable,
    GError **error)
{
  const char *path = lam_tiff_file_get_path (file);
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  uint64_t at = lam_tiff_file_get_first_ifd (file);
  double claimed_bytes = 0;
  for (size_t page = 1; at != 0; page++) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return false;
    if (page > LAM_TIFF_MAX_PAGES) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("%s has more than %d pages"), path, LAM_TIFF_MAX_PAGES);
      return false;
    }
    if (!g_hash_table_add (seen, g_memdup2 (&at, sizeof at))) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
          _ ("%s is damaged: its chain of pages runs in a circle after page "
             "%zu"),
          path, page - 1);
      return false;
    }
    Directory directory = { .file = file, .page = page, .at = at };
    if (!read_page (pages, &directory, &at, &claimed_bytes, error))
      return false;
  }
  return true;
}

LamTiffPages *
lam_tiff_pages_read (
    LamTiffFile *file, GCancellable *cancellable, GError **error)
{
  g_autoptr (LamTiffPages) pages = g_new0 (LamTiffPages, 1);
  pages->kinds = g_array_new (FALSE, FALSE, sizeof (LamTiffKind));
  pages->pages = g_array_new (FALSE, FALSE, sizeof (LamTiffPage));
  if (!walk (pages, file, cancellable, error))
    return NULL;
  if (pages->pages->len == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, _ ("%s holds no page"),
        lam_tiff_file_get_path (file));
    return NULL;
  }
  return g_steal_pointer (&pages);
}

void
lam_tiff_pages_free (LamTiffPages *pages)
{
  g_array_unref (pages->kinds);
  g_array_unref (pages->pages);
  g_free (pages->description);
  g_free (pages);
}

/* One array of numbers of the directory, or the single value. */
static bool
locate_array (LamTiffFile *file, uint64_t at, unsigned size, uint64_t first,
    size_t n, uint64_t *values, GError **error)
{
  uint8_t *bytes = (uint8_t *)values + n * (sizeof *values - size);
  if (!lam_tiff_file_read (file, at + first * size, bytes, n * size, error))
    return false;
  /* Widened in place: element i is read at or behind where it is written. */
  for (size_t i = 0; i < n; i++)
    values[i] = lam_tiff_parse_unsigned (file, bytes + i * size, size);
  return true;
}

bool
lam_tiff_page_locate (const LamTiffPage *page, LamTiffFile *file,
    uint64_t first, size_t n, uint64_t *offsets, uint64_t *counts,
    GError **error)
{
  if (page->offset_bytes == 0) {
    g_return_val_if_fail (first == 0 && n == 1, false);
    offsets[0] = page->offsets;
    counts[0] = page->counts;
  } else {
    if (!locate_array (
            file, page->offsets, page->offset_bytes, first, n, offsets, error))
      return false;
    if (page->count_bytes == 0)
      memset (counts, 0xff, n * sizeof *counts);
    else if (!locate_array (file, page->counts, page->count_bytes, first, n,
                 counts, error))
      return false;
  }
  uint64_t file_bytes = lam_tiff_file_get_bytes (file);
  for (size_t i = 0; i < n; i++) {
    bool has_count = counts[i] != UINT64_MAX;
    if (offsets[i] != 0 && offsets[i] < file_bytes && counts[i] != 0
        && (!has_count || counts[i] <= file_bytes - offsets[i]))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s is damaged or cut short: strip %" PRIu64
           " is said to be at byte %" PRIu64 ", and the file has %" PRIu64),
        lam_tiff_file_get_path (file), first + i, offsets[i], file_bytes);
    return false;
  }
  return true;
}
