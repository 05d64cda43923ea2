/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* TIFF 6.0, section 2: a count, the entries in order of their tags, the place
 * of the next directory; values that do not fit into an entry behind it all. */

#include "volume/tiff-directory.h"

#include <math.h>
#include <string.h>
#include <tiffio.h>

#define MAX_ENTRIES 16

typedef struct {
  uint16_t tag, type;
  uint64_t count;
  const void *values; /* Borrowed; `bytes` of them */
  size_t bytes;
} Entry;

typedef struct {
  bool is_big;
  int n;
  Entry entries[MAX_ENTRIES];
  /* What entries may point to. */
  uint32_t longs[MAX_ENTRIES];
  uint16_t shorts[MAX_ENTRIES];
  uint32_t rationals[2][2];
} Builder;

static void
add (Builder *builder, uint16_t tag, uint16_t type, uint64_t count,
    const void *values, size_t bytes)
{
  g_assert (builder->n < MAX_ENTRIES);
  builder->entries[builder->n++] = (Entry){ tag, type, count, values, bytes };
}

static void
add_long (Builder *builder, uint16_t tag, uint32_t value)
{
  uint32_t *kept = &builder->longs[builder->n];
  *kept = value;
  add (builder, tag, TIFF_LONG, 1, kept, sizeof *kept);
}

static void
add_short (Builder *builder, uint16_t tag, uint16_t value)
{
  uint16_t *kept = &builder->shorts[builder->n];
  *kept = value;
  add (builder, tag, TIFF_SHORT, 1, kept, sizeof *kept);
}

/* Voxels a nanometre: the size as a decimal fraction, upside down, so that 4.6
 * nm comes back as 4.6. */
static void
add_resolution (Builder *builder, int axis, double nm)
{
  uint32_t *kept = builder->rationals[axis];
  double scale = 1;
  while (scale < 1e9 && nm * scale * 10 < UINT32_MAX)
    scale *= 10;
  kept[0] = (uint32_t)scale;
  kept[1] = (uint32_t)CLAMP (round (nm * scale), 1, UINT32_MAX);
  add (builder, TIFFTAG_XRESOLUTION + axis, TIFF_RATIONAL, 1, kept, 8);
}

static uint16_t
sample_format (LamDtype dtype)
{
  switch (dtype) {
  case LAM_DTYPE_I8:
  case LAM_DTYPE_I16:
  case LAM_DTYPE_I32:
    return SAMPLEFORMAT_INT;
  case LAM_DTYPE_F32:
    return SAMPLEFORMAT_IEEEFP;
  default:
    return SAMPLEFORMAT_UINT;
  }
}

/* The strip table in the width that the file has; `kept` owns it. */
static void
add_strips (Builder *builder, uint16_t tag, const uint64_t *values, size_t n,
    GByteArray *kept)
{
  for (size_t i = 0; i < n; i++) {
    uint32_t narrow = (uint32_t)values[i];
    if (builder->is_big)
      g_byte_array_append (kept, (const uint8_t *)&values[i], 8);
    else
      g_byte_array_append (kept, (const uint8_t *)&narrow, 4);
  }
  add (builder, tag, builder->is_big ? TIFF_LONG8 : TIFF_LONG, n, kept->data,
      kept->len);
}

static void
append_number (GByteArray *bytes, uint64_t value, size_t n)
{
  union {
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;
  } number = { .u64 = value };
  if (n == 4)
    number.u32 = (uint32_t)value;
  if (n == 2)
    number.u16 = (uint16_t)value;
  g_byte_array_append (bytes, (const uint8_t *)&number, n);
}

static void
append_padding (GByteArray *bytes, size_t n)
{
  static const uint8_t zeros[8];
  g_byte_array_append (bytes, zeros, n);
}

/* Values that fit stand in the entry, the rest behind the directory. */
static void
serialise (const Builder *builder, uint64_t at, bool is_last, GByteArray *bytes)
{
  size_t word = builder->is_big ? 8 : 4;
  size_t head = builder->is_big ? 8 : 2, entry = builder->is_big ? 20 : 12;
  uint64_t behind = at + head + builder->n * entry + word;
  uint64_t end = behind;
  for (int i = 0; i < builder->n; i++)
    if (builder->entries[i].bytes > word)
      end += (builder->entries[i].bytes + 7) / 8 * 8;
  append_number (bytes, builder->n, head);
  for (int i = 0; i < builder->n; i++) {
    const Entry *row = &builder->entries[i];
    append_number (bytes, row->tag, 2);
    append_number (bytes, row->type, 2);
    append_number (bytes, row->count, word);
    if (row->bytes <= word) {
      g_byte_array_append (bytes, row->values, row->bytes);
      append_padding (bytes, word - row->bytes);
    } else {
      append_number (bytes, behind, word);
      behind += (row->bytes + 7) / 8 * 8;
    }
  }
  append_number (bytes, is_last ? 0 : end, word);
  for (int i = 0; i < builder->n; i++) {
    const Entry *row = &builder->entries[i];
    if (row->bytes <= word)
      continue;
    g_byte_array_append (bytes, row->values, row->bytes);
    append_padding (bytes, (8 - row->bytes % 8) % 8);
  }
}

void
lam_tiff_directory_append (
    GByteArray *bytes, uint64_t at, const LamTiffDirectory *directory)
{
  Builder builder = { .is_big = directory->is_big };
  g_autoptr (GByteArray) offsets = g_byte_array_new ();
  g_autoptr (GByteArray) counts = g_byte_array_new ();
  const double *nm = directory->voxel_size_nm;
  const char *text = directory->description;
  add_long (&builder, TIFFTAG_SUBFILETYPE, 0);
  add_long (&builder, TIFFTAG_IMAGEWIDTH, directory->width);
  add_long (&builder, TIFFTAG_IMAGELENGTH, directory->height);
  add_short (
      &builder, TIFFTAG_BITSPERSAMPLE, 8 * lam_dtype_bytes (directory->dtype));
  add_short (&builder, TIFFTAG_COMPRESSION,
      directory->is_deflated ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE);
  add_short (&builder, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  if (text)
    add (&builder, TIFFTAG_IMAGEDESCRIPTION, TIFF_ASCII, strlen (text) + 1,
        text, strlen (text) + 1);
  add_strips (&builder, TIFFTAG_STRIPOFFSETS, directory->offsets,
      directory->n_strips, offsets);
  add_short (&builder, TIFFTAG_SAMPLESPERPIXEL, 1);
  add_long (&builder, TIFFTAG_ROWSPERSTRIP, directory->rows_per_strip);
  add_strips (&builder, TIFFTAG_STRIPBYTECOUNTS, directory->counts,
      directory->n_strips, counts);
  if (nm[0] > 0 && nm[1] > 0) {
    add_resolution (&builder, 0, nm[0]);
    add_resolution (&builder, 1, nm[1]);
    /* ImageJ takes the unit from its description only when there is none
     * here. */
    add_short (&builder, TIFFTAG_RESOLUTIONUNIT, RESUNIT_NONE);
  }
  add_short (&builder, TIFFTAG_SAMPLEFORMAT, sample_format (directory->dtype));
  serialise (&builder, at, directory->is_last, bytes);
}
