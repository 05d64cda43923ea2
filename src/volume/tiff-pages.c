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

#define MAX_ENTRIES 4096
/* Holds 80 entries of a classic directory: most come in one read. */
#define BLOCK_BYTES 1024
#define MAX_DESCRIPTION_BYTES (256u << 20)

/* One entry of a directory. */
typedef struct {
  uint16_t tag, type;
  uint64_t count;
  uint64_t at; /* where in the file the values start */
  const uint8_t *value; /* the same bytes when they are in the entry, or NULL */
} Entry;

/* One directory being read. */
typedef struct {
  LamTiffFile *file; /* Borrowed */
  size_t page; /* from 1 */
  uint64_t at;
  const uint8_t *entries; /* in `block` */
  size_t n_entries;
  uint64_t next;
  uint8_t *block; /* Owned */
} Directory;

/* What the entries say; the initial values are those that TIFF 6.0 gives to
 * tags that are missing. */
typedef struct {
  uint32_t subfile, old_subfile, width, height, depth, compression, photometric,
      fill_order, samples, rows_per_strip, planar, resolution_unit, predictor,
      tile_width, tile_height, t4_options, t6_options;
  uint32_t bits, sample_format;
  uint32_t lerc[2];
  double resolution[2];
  Entry offsets, counts, description;
} Fields;

static const Fields defaults = {
  .depth = 1,
  .compression = COMPRESSION_NONE,
  .photometric = PHOTOMETRIC_MINISBLACK,
  .fill_order = FILLORDER_MSB2LSB,
  .samples = 1,
  .rows_per_strip = UINT32_MAX,
  .planar = PLANARCONFIG_CONTIG,
  .resolution_unit = RESUNIT_INCH,
  .predictor = PREDICTOR_NONE,
  .bits = 1,
  .sample_format = SAMPLEFORMAT_UINT,
};

/* Tags with one small number. */
static const struct {
  uint16_t tag;
  uint16_t field;
} numbers[] = {
  { TIFFTAG_SUBFILETYPE, G_STRUCT_OFFSET (Fields, subfile) },
  { TIFFTAG_OSUBFILETYPE, G_STRUCT_OFFSET (Fields, old_subfile) },
  { TIFFTAG_IMAGEWIDTH, G_STRUCT_OFFSET (Fields, width) },
  { TIFFTAG_IMAGELENGTH, G_STRUCT_OFFSET (Fields, height) },
  { TIFFTAG_IMAGEDEPTH, G_STRUCT_OFFSET (Fields, depth) },
  { TIFFTAG_COMPRESSION, G_STRUCT_OFFSET (Fields, compression) },
  { TIFFTAG_PHOTOMETRIC, G_STRUCT_OFFSET (Fields, photometric) },
  { TIFFTAG_FILLORDER, G_STRUCT_OFFSET (Fields, fill_order) },
  { TIFFTAG_SAMPLESPERPIXEL, G_STRUCT_OFFSET (Fields, samples) },
  { TIFFTAG_ROWSPERSTRIP, G_STRUCT_OFFSET (Fields, rows_per_strip) },
  { TIFFTAG_PLANARCONFIG, G_STRUCT_OFFSET (Fields, planar) },
  { TIFFTAG_RESOLUTIONUNIT, G_STRUCT_OFFSET (Fields, resolution_unit) },
  { TIFFTAG_PREDICTOR, G_STRUCT_OFFSET (Fields, predictor) },
  { TIFFTAG_TILEWIDTH, G_STRUCT_OFFSET (Fields, tile_width) },
  { TIFFTAG_TILELENGTH, G_STRUCT_OFFSET (Fields, tile_height) },
  { TIFFTAG_GROUP3OPTIONS, G_STRUCT_OFFSET (Fields, t4_options) },
  { TIFFTAG_GROUP4OPTIONS, G_STRUCT_OFFSET (Fields, t6_options) },
};

static bool
set_damaged (const Directory *directory, const char *what, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("Page %zu of %s is damaged: %s"), directory->page,
      lam_tiff_file_get_path (directory->file), what);
  return false;
}

static unsigned
type_bytes (uint16_t type)
{
  static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0,
    0, 8, 8, 8 };
  return type < G_N_ELEMENTS (bytes) ? bytes[type] : 0;
}

static bool
is_unsigned_type (uint16_t type)
{
  return type == TIFF_BYTE || type == TIFF_SHORT || type == TIFF_LONG
      || type == TIFF_LONG8 || type == TIFF_IFD || type == TIFF_IFD8;
}

static uint64_t
parse_unsigned (LamTiffFile *file, const uint8_t *bytes, unsigned n)
{
  switch (n) {
  case 1:
    return bytes[0];
  case 2:
    return lam_tiff_file_u16 (file, bytes);
  case 4:
    return lam_tiff_file_u32 (file, bytes);
  default:
    return lam_tiff_file_u64 (file, bytes);
  }
}

/* The first `n` values' bytes. */
static bool
read_values (const Directory *directory, const Entry *entry, size_t n,
    uint8_t *bytes, GError **error)
{
  unsigned size = type_bytes (entry->type);
  if (entry->value) {
    memcpy (bytes, entry->value, n * size);
    return true;
  }
  return lam_tiff_file_read (
      directory->file, entry->at, bytes, n * size, error);
}

static bool
read_number (const Directory *directory, const Entry *entry, uint32_t *value,
    GError **error)
{
  uint8_t bytes[8];
  if (entry->count == 0 || !is_unsigned_type (entry->type))
    return set_damaged (directory, _ ("a tag has the wrong type"), error);
  if (!read_values (directory, entry, 1, bytes, error))
    return false;
  uint64_t number =
      parse_unsigned (directory->file, bytes, type_bytes (entry->type));
  if (number > UINT32_MAX)
    return set_damaged (directory, _ ("a number is too large"), error);
  *value = number;
  return true;
}

/* BitsPerSample and SampleFormat: one number a sample, which must be equal. */
static bool
read_equal_numbers (const Directory *directory, const Entry *entry,
    uint32_t *value, GError **error)
{
  uint8_t bytes[1024 * 8];
  unsigned size = type_bytes (entry->type);
  if (entry->count == 0 || entry->count > 1024
      || !is_unsigned_type (entry->type))
    return set_damaged (directory, _ ("a tag has the wrong type"), error);
  if (!read_values (directory, entry, entry->count, bytes, error))
    return false;
  *value = MIN (parse_unsigned (directory->file, bytes, size), UINT32_MAX);
  for (size_t i = 1; i < entry->count; i++)
    if (parse_unsigned (directory->file, bytes + i * size, size) != *value) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
          _ ("Page %zu of %s has channels of different types, which is not "
             "read"),
          directory->page, lam_tiff_file_get_path (directory->file));
      return false;
    }
  return true;
}

/* A resolution that cannot be read is no resolution. */
static double
read_resolution (const Directory *directory, const Entry *entry)
{
  uint8_t bytes[8];
  if (entry->count == 0)
    return 0;
  if (entry->type == TIFF_FLOAT) {
    union {
      uint32_t bits;
      float value;
    } number;
    if (!read_values (directory, entry, 1, bytes, NULL))
      return 0;
    number.bits = lam_tiff_file_u32 (directory->file, bytes);
    return number.value > 0 ? number.value : 0;
  }
  if (entry->type != TIFF_RATIONAL
      || !read_values (directory, entry, 1, bytes, NULL))
    return 0;
  double over = lam_tiff_file_u32 (directory->file, bytes);
  double under = lam_tiff_file_u32 (directory->file, bytes + 4);
  return under > 0 ? over / under : 0;
}

static bool
read_lerc (const Directory *directory, const Entry *entry, uint32_t lerc[2],
    GError **error)
{
  uint8_t bytes[8];
  if (entry->count < 2 || entry->type != TIFF_LONG)
    return set_damaged (directory, _ ("a tag has the wrong type"), error);
  if (!read_values (directory, entry, 2, bytes, error))
    return false;
  for (int i = 0; i < 2; i++)
    lerc[i] = lam_tiff_file_u32 (directory->file, bytes + 4 * i);
  return true;
}

static bool
read_field (const Directory *directory, const Entry *entry, Fields *fields,
    GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i].tag == entry->tag)
      return read_number (directory, entry,
          G_STRUCT_MEMBER_P (fields, numbers[i].field), error);
  switch (entry->tag) {
  case TIFFTAG_BITSPERSAMPLE:
    return read_equal_numbers (directory, entry, &fields->bits, error);
  case TIFFTAG_SAMPLEFORMAT:
    return read_equal_numbers (directory, entry, &fields->sample_format, error);
  case TIFFTAG_STRIPOFFSETS:
  case TIFFTAG_TILEOFFSETS:
    fields->offsets = *entry;
    return true;
  case TIFFTAG_STRIPBYTECOUNTS:
  case TIFFTAG_TILEBYTECOUNTS:
    fields->counts = *entry;
    return true;
  case TIFFTAG_IMAGEDESCRIPTION:
    fields->description = *entry;
    return true;
  case TIFFTAG_XRESOLUTION:
  case TIFFTAG_YRESOLUTION:
    fields->resolution[entry->tag - TIFFTAG_XRESOLUTION] =
        read_resolution (directory, entry);
    return true;
  case TIFFTAG_LERC_PARAMETERS:
    return read_lerc (directory, entry, fields->lerc, error);
  default:
    return true;
  }
}

static Entry
parse_entry (const Directory *directory, size_t i)
{
  LamTiffFile *file = directory->file;
  bool is_big = lam_tiff_file_is_big (file);
  size_t entry_bytes = is_big ? 20 : 12, value_bytes = is_big ? 8 : 4;
  const uint8_t *bytes = directory->entries + i * entry_bytes;
  const uint8_t *value = bytes + entry_bytes - value_bytes;
  Entry entry = {
    .tag = lam_tiff_file_u16 (file, bytes),
    .type = lam_tiff_file_u16 (file, bytes + 2),
    .count = parse_unsigned (file, bytes + 4, value_bytes),
  };
  unsigned size = type_bytes (entry.type);
  if (size > 0 && entry.count <= value_bytes / size) {
    entry.value = value;
    entry.at = directory->at + (is_big ? 8 : 2) + (value - directory->entries);
  } else
    entry.at = parse_unsigned (file, value, value_bytes);
  return entry;
}

/* Reads the bytes of the directory at directory->at. */
static bool
read_directory (Directory *directory, GError **error)
{
  LamTiffFile *file = directory->file;
  bool is_big = lam_tiff_file_is_big (file);
  size_t head = is_big ? 8 : 2, next_bytes = is_big ? 8 : 4;
  directory->block = g_malloc (BLOCK_BYTES);
  int64_t got = lam_tiff_file_read_some (
      file, directory->at, directory->block, BLOCK_BYTES, error);
  if (got < 0)
    return false;
  if ((size_t)got < head)
    return set_damaged (
        directory, _ ("its directory lies outside of the file"), error);
  uint64_t n = parse_unsigned (file, directory->block, head);
  if (n == 0 || n > MAX_ENTRIES)
    return set_damaged (
        directory, _ ("its directory has an impossible length"), error);
  size_t whole = head + n * (is_big ? 20 : 12) + next_bytes;
  if ((size_t)got < whole) {
    directory->block = g_realloc (directory->block, whole);
    if (!lam_tiff_file_read (
            file, directory->at, directory->block, whole, error))
      return false;
  }
  directory->entries = directory->block + head;
  directory->n_entries = n;
  directory->next =
      parse_unsigned (file, directory->block + whole - next_bytes, next_bytes);
  return true;
}

static bool
fits_u16 (uint32_t value)
{
  return value <= UINT16_MAX;
}

/* Fields to a kind, which still has to be checked. */
static bool
fill_kind (const Directory *directory, const Fields *fields, LamTiffKind *kind,
    GError **error)
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
fill_place (const Directory *directory, const Fields *fields,
    const LamTiffKind *kind, LamTiffPage *page, GError **error)
{
  LamTiffFile *file = directory->file;
  const Entry *offsets = &fields->offsets, *counts = &fields->counts;
  uint64_t n = lam_tiff_kind_get_n_striles (kind);
  page->ifd = directory->at;
  if (offsets->tag == 0 || !is_unsigned_type (offsets->type)
      || offsets->count < n)
    return set_damaged (
        directory, _ ("it does not say where its voxels are"), error);
  bool has_counts = counts->tag != 0;
  if ((has_counts && (!is_unsigned_type (counts->type) || counts->count < n))
      || (!has_counts && kind->compression != COMPRESSION_NONE))
    return set_damaged (
        directory, _ ("it does not say how long its strips are"), error);
  uint64_t file_bytes = lam_tiff_file_get_bytes (file);
  if (n > file_bytes)
    return set_damaged (
        directory, _ ("it has more strips than the file has bytes"), error);
  if (n == 1) {
    uint8_t bytes[8];
    if (!read_values (directory, offsets, 1, bytes, error))
      return false;
    page->offsets = parse_unsigned (file, bytes, type_bytes (offsets->type));
    page->counts = UINT64_MAX;
    if (has_counts && !read_values (directory, counts, 1, bytes, error))
      return false;
    if (has_counts)
      page->counts = parse_unsigned (file, bytes, type_bytes (counts->type));
    return true;
  }
  page->offset_bytes = type_bytes (offsets->type);
  page->count_bytes = has_counts ? type_bytes (counts->type) : 0;
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
is_real_page (const Fields *fields)
{
  return !(fields->subfile & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK))
      && fields->old_subfile != OFILETYPE_REDUCEDIMAGE;
}

/* Of the first page. A description that cannot be read is none. */
static void
keep_description (
    const Directory *directory, const Fields *fields, LamTiffPages *pages)
{
  const Entry *entry = &fields->description;
  pages->resolution[0] = fields->resolution[0];
  pages->resolution[1] = fields->resolution[1];
  pages->resolution_unit = fields->resolution_unit;
  if (entry->tag == 0 || type_bytes (entry->type) != 1
      || entry->count > MIN (
             MAX_DESCRIPTION_BYTES, lam_tiff_file_get_bytes (directory->file)))
    return;
  g_autofree char *text = g_malloc0 (entry->count + 1);
  if (!read_values (directory, entry, entry->count, (uint8_t *)text, NULL))
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
add_page (LamTiffPages *pages, Directory *directory, const Fields *fields,
    double *claimed_bytes, GError **error)
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
read_page (LamTiffPages *pages, Directory *directory, double *claimed_bytes,
    GError **error)
{
  Fields fields = defaults;
  if (!read_directory (directory, error))
    return false;
  for (size_t i = 0; i < directory->n_entries; i++) {
    Entry entry = parse_entry (directory, i);
    if (!read_field (directory, &entry, &fields, error))
      return false;
  }
  return !is_real_page (&fields)
      || add_page (pages, directory, &fields, claimed_bytes, error);
}

static bool
walk (LamTiffPages *pages, LamTiffFile *file, GError **error)
{
  const char *path = lam_tiff_file_get_path (file);
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  uint64_t at = lam_tiff_file_get_first_ifd (file);
  double claimed_bytes = 0;
  for (size_t page = 1; at != 0; page++) {
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
    bool ok = read_page (pages, &directory, &claimed_bytes, error);
    at = directory.next;
    g_free (directory.block);
    if (!ok)
      return false;
  }
  return true;
}

LamTiffPages *
lam_tiff_pages_read (LamTiffFile *file, GError **error)
{
  g_autoptr (LamTiffPages) pages = g_new0 (LamTiffPages, 1);
  pages->kinds = g_array_new (FALSE, FALSE, sizeof (LamTiffKind));
  pages->pages = g_array_new (FALSE, FALSE, sizeof (LamTiffPage));
  if (!walk (pages, file, error))
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
    values[i] = parse_unsigned (file, bytes + i * size, size);
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
