/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One pass over the planes, and one palette look-up a run. */
#include "store/brick-encoder.h"

#include <string.h>

#include "store/brick-format.h"
#include "store/run-palette.h"
#include "store/zstd-frame.h"

#define N_ROWS (LAM_BRICK_EDGE * LAM_BRICK_EDGE)

/* ---- Planes, uniform or not -------------------------------------------- */

/* Rows of a brick; a uniform one has one row that stands for all. */
typedef struct {
  const uint32_t *labels;
  const uint16_t *sources;
  size_t stride; /* voxels from row to row; 0 when uniform */
  uint32_t row_labels[LAM_BRICK_EDGE];
  uint16_t row_sources[LAM_BRICK_EDGE];
} Rows;

static void
rows_init (Rows *rows, const LamLabelBrick *brick)
{
  uint32_t label = 0;
  uint16_t source = LAM_SOURCE_UNSET;
  if (brick && !lam_label_brick_is_uniform (brick, &label, &source)) {
    rows->labels = lam_label_brick_get_labels (brick);
    rows->sources = lam_label_brick_get_sources (brick);
    rows->stride = LAM_BRICK_EDGE;
    return;
  }
  for (int x = 0; x < LAM_BRICK_EDGE; x++) {
    rows->row_labels[x] = label;
    rows->row_sources[x] = source;
  }
  rows->labels = rows->row_labels;
  rows->sources = rows->row_sources;
  rows->stride = 0;
}
/* ---- Encoding ----------------------------------------------------------- */

static void
put_u16 (uint8_t **out, uint16_t value)
{
  value = GUINT16_TO_LE (value);
  memcpy (*out, &value, 2);
  *out += 2;
}

static void
put_u32 (uint8_t **out, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  memcpy (*out, &value, 4);
  *out += 4;
}

typedef struct {
  LamRunPalette palette;
  uint8_t *lengths; /* Owned; room for one a voxel */
  uint32_t *indices; /* Owned; the same */
  uint32_t n_runs;
} Encoder;

static void
encoder_init (Encoder *encoder)
{
  lam_run_palette_init (&encoder->palette);
  encoder->lengths = g_new (uint8_t, LAM_BRICK_VOXELS);
  encoder->indices = g_new (uint32_t, LAM_BRICK_VOXELS);
  encoder->n_runs = 0;
}

static void
encoder_clear (Encoder *encoder)
{
  lam_run_palette_clear (&encoder->palette);
  g_free (encoder->lengths);
  g_free (encoder->indices);
}

static void
encoder_add_run (Encoder *encoder, uint32_t index, int length)
{
  encoder->lengths[encoder->n_runs] = (uint8_t)length;
  encoder->indices[encoder->n_runs++] = index;
}

static void
put_entries (uint8_t **out, const LamRunPalette *palette, int kind)
{
  for (uint32_t i = 0; i < palette->n; i++) {
    const LamRunEntry *entry = &palette->entries[i];
    if (kind == LAM_BRICK_DIFFERENCE)
      put_u32 (out, entry->label_before);
    put_u32 (out, entry->label);
    if (kind == LAM_BRICK_DIFFERENCE)
      put_u16 (out, entry->source_before);
    put_u16 (out, entry->source);
  }
}

static void
put_indices (uint8_t **out, const Encoder *encoder, int width)
{
  for (uint32_t i = 0; i < encoder->n_runs; i++)
    if (width == 1)
      *(*out)++ = (uint8_t)encoder->indices[i];
    else if (width == 2)
      put_u16 (out, (uint16_t)encoder->indices[i]);
    else
      put_u32 (out, encoder->indices[i]);
}

static GByteArray *
encoder_finish (Encoder *encoder, int kind)
{
  const LamRunPalette *palette = &encoder->palette;
  bool difference = kind == LAM_BRICK_DIFFERENCE;
  size_t entry_bytes =
      difference ? LAM_DIFFERENCE_ENTRY_BYTES : LAM_BRICK_ENTRY_BYTES;
  int width = lam_run_index_bytes ((uint64_t)palette->n + difference);
  size_t n_raw = LAM_RUN_HEAD_BYTES + palette->n * entry_bytes
      + encoder->n_runs * (1 + (size_t)width);
  g_autofree uint8_t *raw = g_malloc (n_raw);
  uint8_t *out = raw;
  put_u32 (&out, palette->n);
  put_u32 (&out, encoder->n_runs);
  put_entries (&out, palette, kind);
  memcpy (out, encoder->lengths, encoder->n_runs);
  out += encoder->n_runs;
  put_indices (&out, encoder, width);
  g_assert (out == raw + n_raw);
  return lam_zstd_frame_compress (raw, n_raw, (uint8_t)kind);
}

static GByteArray *
encode_uniform (uint32_t label, uint16_t source)
{
  GByteArray *array = g_byte_array_new ();
  g_byte_array_set_size (array, LAM_BRICK_HEAD_BYTES + LAM_BRICK_ENTRY_BYTES);
  array->data[0] = LAM_BRICK_FORMAT_VERSION;
  array->data[1] = LAM_BRICK_UNIFORM;
  uint8_t *out = array->data + LAM_BRICK_HEAD_BYTES;
  put_u32 (&out, label);
  put_u16 (&out, source);
  return array;
}

/* Most are: each voxel is as the one before it. */
static bool
row_is_uniform (const uint32_t *labels, const uint16_t *sources)
{
  const size_t n = LAM_BRICK_EDGE - 1;
  return memcmp (labels, labels + 1, n * sizeof *labels) == 0
      && memcmp (sources, sources + 1, n * sizeof *sources) == 0;
}

static void
encode_row (Encoder *encoder, const uint32_t *labels, const uint16_t *sources)
{
  const bool uniform = row_is_uniform (labels, sources);
  for (int x = 0; x < LAM_BRICK_EDGE;) {
    int start = x;
    uint32_t label = labels[x];
    uint16_t source = sources[x];
    if (uniform)
      x = LAM_BRICK_EDGE - 1;
    while (++x < LAM_BRICK_EDGE && labels[x] == label && sources[x] == source)
      ;
    LamRunEntry entry = { .label = label, .source = source };
    encoder_add_run (encoder,
        lam_run_palette_find_or_add (&encoder->palette, &entry), x - start);
  }
}

GByteArray *
lam_brick_encode (const LamLabelBrick *brick)
{
  uint32_t label;
  uint16_t source;
  if (lam_label_brick_is_uniform (brick, &label, &source))
    return encode_uniform (label, source);
  Rows rows;
  rows_init (&rows, brick);
  Encoder encoder;
  encoder_init (&encoder);
  for (size_t row = 0; row < N_ROWS; row++)
    encode_row (&encoder, rows.labels + row * rows.stride,
        rows.sources + row * rows.stride);
  GByteArray *out = encoder_finish (&encoder, LAM_BRICK_RUNS);
  encoder_clear (&encoder);
  return out;
}

static LamRunEntry
entry_at (const Rows *before, const Rows *after, size_t row, int x)
{
  size_t b = row * before->stride + (size_t)x;
  size_t a = row * after->stride + (size_t)x;
  return (LamRunEntry){ before->labels[b], after->labels[a], before->sources[b],
    after->sources[a] };
}

static bool
entry_changes (const LamRunEntry *entry)
{
  return entry->label != entry->label_before
      || entry->source != entry->source_before;
}

static bool
row_is_equal (const Rows *a, const Rows *b, size_t row)
{
  return memcmp (a->labels + row * a->stride, b->labels + row * b->stride,
             sizeof a->row_labels)
      == 0
      && memcmp (a->sources + row * a->stride, b->sources + row * b->stride,
             sizeof a->row_sources)
      == 0;
}

/* Returns how many voxels of the row changed. */
static int
encode_changed_row (
    Encoder *encoder, const Rows *before, const Rows *after, size_t row)
{
  int n_changed = 0;
  for (int x = 0; x < LAM_BRICK_EDGE;) {
    int start = x;
    LamRunEntry entry = entry_at (before, after, row, x);
    bool changes = entry_changes (&entry);
    while (++x < LAM_BRICK_EDGE) {
      LamRunEntry next = entry_at (before, after, row, x);
      if (changes ? !lam_run_entry_equal (&next, &entry)
                  : entry_changes (&next))
        break;
    }
    uint32_t index = changes
        ? lam_run_palette_find_or_add (&encoder->palette, &entry) + 1
        : 0;
    encoder_add_run (encoder, index, x - start);
    n_changed += changes ? x - start : 0;
  }
  return n_changed;
}

GByteArray *
lam_difference_encode (
    const LamLabelBrick *before, const LamLabelBrick *after, int64_t *n_voxels)
{
  Rows rows_before, rows_after;
  rows_init (&rows_before, before);
  rows_init (&rows_after, after);
  Encoder encoder;
  encoder_init (&encoder);
  int64_t n_changed = 0;
  for (size_t row = 0; row < N_ROWS; row++)
    if (row_is_equal (&rows_before, &rows_after, row))
      encoder_add_run (&encoder, 0, LAM_BRICK_EDGE);
    else
      n_changed +=
          encode_changed_row (&encoder, &rows_before, &rows_after, row);
  if (n_voxels)
    *n_voxels = n_changed;
  GByteArray *out = encoder_finish (&encoder, LAM_BRICK_DIFFERENCE);
  encoder_clear (&encoder);
  return out;
}
