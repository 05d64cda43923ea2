/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Directories as TIFF 6.0 (section 2, "Image File Directory") and BigTIFF have
 * them. A directory costs one read unless it is unusually long. */

#include "volume/tiff-fields.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <tiffio.h>

#include "base/error.h"

#define MAX_ENTRIES 4096
/* Holds 80 entries of a classic directory: most come in one read. */
#define BLOCK_BYTES 1024

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

static const LamTiffFields defaults = {
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
  { TIFFTAG_SUBFILETYPE, G_STRUCT_OFFSET (LamTiffFields, subfile) },
  { TIFFTAG_OSUBFILETYPE, G_STRUCT_OFFSET (LamTiffFields, old_subfile) },
  { TIFFTAG_IMAGEWIDTH, G_STRUCT_OFFSET (LamTiffFields, width) },
  { TIFFTAG_IMAGELENGTH, G_STRUCT_OFFSET (LamTiffFields, height) },
  { TIFFTAG_IMAGEDEPTH, G_STRUCT_OFFSET (LamTiffFields, depth) },
  { TIFFTAG_COMPRESSION, G_STRUCT_OFFSET (LamTiffFields, compression) },
  { TIFFTAG_PHOTOMETRIC, G_STRUCT_OFFSET (LamTiffFields, photometric) },
  { TIFFTAG_FILLORDER, G_STRUCT_OFFSET (LamTiffFields, fill_order) },
  { TIFFTAG_SAMPLESPERPIXEL, G_STRUCT_OFFSET (LamTiffFields, samples) },
  { TIFFTAG_ROWSPERSTRIP, G_STRUCT_OFFSET (LamTiffFields, rows_per_strip) },
  { TIFFTAG_PLANARCONFIG, G_STRUCT_OFFSET (LamTiffFields, planar) },
  { TIFFTAG_RESOLUTIONUNIT, G_STRUCT_OFFSET (LamTiffFields, resolution_unit) },
  { TIFFTAG_PREDICTOR, G_STRUCT_OFFSET (LamTiffFields, predictor) },
  { TIFFTAG_TILEWIDTH, G_STRUCT_OFFSET (LamTiffFields, tile_width) },
  { TIFFTAG_TILELENGTH, G_STRUCT_OFFSET (LamTiffFields, tile_height) },
  { TIFFTAG_GROUP3OPTIONS, G_STRUCT_OFFSET (LamTiffFields, t4_options) },
  { TIFFTAG_GROUP4OPTIONS, G_STRUCT_OFFSET (LamTiffFields, t6_options) },
};

bool
lam_tiff_set_damaged (
    LamTiffFile *file, size_t page, const char *what, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("Page %zu of %s is damaged: %s"), page, lam_tiff_file_get_path (file),
      what);
  return false;
}

static bool
set_damaged (const Directory *directory, const char *what, GError **error)
{
  return lam_tiff_set_damaged (directory->file, directory->page, what, error);
}

unsigned
lam_tiff_type_bytes (uint16_t type)
{
  static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0,
    0, 8, 8, 8 };
  return type < G_N_ELEMENTS (bytes) ? bytes[type] : 0;
}

bool
lam_tiff_type_is_unsigned (uint16_t type)
{
  return type == TIFF_BYTE || type == TIFF_SHORT || type == TIFF_LONG
      || type == TIFF_LONG8 || type == TIFF_IFD || type == TIFF_IFD8;
}

uint64_t
lam_tiff_parse_unsigned (LamTiffFile *file, const uint8_t *bytes, unsigned n)
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

bool
lam_tiff_entry_read (LamTiffFile *file, const LamTiffEntry *entry, size_t n,
    uint8_t *bytes, GError **error)
{
  unsigned size = lam_tiff_type_bytes (entry->type);
  if (!entry->is_inside)
    return lam_tiff_file_read (file, entry->at, bytes, n * size, error);
  memcpy (bytes, entry->value, n * size);
  return true;
}

static bool
read_values (const Directory *directory, const LamTiffEntry *entry, size_t n,
    uint8_t *bytes, GError **error)
{
  return lam_tiff_entry_read (directory->file, entry, n, bytes, error);
}

static bool
read_number (const Directory *directory, const LamTiffEntry *entry,
    uint32_t *value, GError **error)
{
  uint8_t bytes[8];
  if (entry->count == 0 || !lam_tiff_type_is_unsigned (entry->type))
    return set_damaged (directory, _ ("a tag has the wrong type"), error);
  if (!read_values (directory, entry, 1, bytes, error))
    return false;
  uint64_t number = lam_tiff_parse_unsigned (
      directory->file, bytes, lam_tiff_type_bytes (entry->type));
  if (number > UINT32_MAX)
    return set_damaged (directory, _ ("a number is too large"), error);
  *value = number;
  return true;
}

/* BitsPerSample and SampleFormat: one number a sample, which must be equal. */
static bool
read_equal_numbers (const Directory *directory, const LamTiffEntry *entry,
    uint32_t *value, GError **error)
{
  uint8_t bytes[1024 * 8];
  unsigned size = lam_tiff_type_bytes (entry->type);
  if (entry->count == 0 || entry->count > 1024
      || !lam_tiff_type_is_unsigned (entry->type))
    return set_damaged (directory, _ ("a tag has the wrong type"), error);
  if (!read_values (directory, entry, entry->count, bytes, error))
    return false;
  *value =
      MIN (lam_tiff_parse_unsigned (directory->file, bytes, size), UINT32_MAX);
  for (size_t i = 1; i < entry->count; i++)
    if (lam_tiff_parse_unsigned (directory->file, bytes + i * size, size)
        != *value) {
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
read_resolution (const Directory *directory, const LamTiffEntry *entry)
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
read_lerc (const Directory *directory, const LamTiffEntry *entry,
    uint32_t lerc[2], GError **error)
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
read_field (const Directory *directory, const LamTiffEntry *entry,
    LamTiffFields *fields, GError **error)
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

static LamTiffEntry
parse_entry (const Directory *directory, size_t i)
{
  LamTiffFile *file = directory->file;
  bool is_big = lam_tiff_file_is_big (file);
  size_t entry_bytes = is_big ? 20 : 12, value_bytes = is_big ? 8 : 4;
  const uint8_t *bytes = directory->entries + i * entry_bytes;
  const uint8_t *value = bytes + entry_bytes - value_bytes;
  LamTiffEntry entry = {
    .tag = lam_tiff_file_u16 (file, bytes),
    .type = lam_tiff_file_u16 (file, bytes + 2),
    .count = lam_tiff_parse_unsigned (file, bytes + 4, value_bytes),
  };
  unsigned size = lam_tiff_type_bytes (entry.type);
  if (size > 0 && entry.count <= value_bytes / size) {
    entry.is_inside = true;
    memcpy (entry.value, value, value_bytes);
    entry.at = directory->at + (is_big ? 8 : 2) + (value - directory->entries);
  } else
    entry.at = lam_tiff_parse_unsigned (file, value, value_bytes);
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
  uint64_t n = lam_tiff_parse_unsigned (file, directory->block, head);
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
  directory->next = lam_tiff_parse_unsigned (
      file, directory->block + whole - next_bytes, next_bytes);
  return true;
}

bool
lam_tiff_fields_read (LamTiffFile *file, uint64_t at, size_t page,
    LamTiffFields *fields, uint64_t *next, GError **error)
{
  Directory directory = { .file = file, .page = page, .at = at };
  bool ok = read_directory (&directory, error);
  *fields = defaults;
  *next = directory.next;
  for (size_t i = 0; i < directory.n_entries && ok; i++) {
    LamTiffEntry entry = parse_entry (&directory, i);
    ok = read_field (&directory, &entry, fields, error);
  }
  g_free (directory.block);
  return ok;
}
