/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bytes of a brick, little endian:
 *
 *   u8 version (1), u8 kind
 *   kind 0, uniform:    u32 label, u16 source
 *   kind 1, runs:       a zstd frame with a run code, entries of 6 bytes:
 *                       u32 label, u16 source
 *   kind 2, difference: a zstd frame with a run code, entries of 12 bytes:
 *                       u32 label before, u32 after, u16 source before, u16
 *                       after
 *
 * A run code is: u32 n_entries, u32 n_runs, the entries (the palette), n_runs
 * lengths of u8, n_runs palette indices of u8, u16 or u32, whichever is the
 * smallest that holds n_entries. Runs go along x, 1 to 64 voxels, and end with
 * their row: a row then reads the same wherever it stands, which is what zstd
 * finds again from slice to slice. In a difference index 0 means "unchanged"
 * and index i the entry i - 1.
 *
 * Encoding costs one pass over the planes and one palette look-up a run. */
#include "store/brick-codec.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"

#define VERSION 1
#define HEAD_BYTES 2
#define RUN_HEAD_BYTES 8
#define BRICK_ENTRY_BYTES 6
#define DIFFERENCE_ENTRY_BYTES 12
#define N_ROWS (LAM_BRICK_EDGE * LAM_BRICK_EDGE)
#define ZSTD_LEVEL 1
/* No brick can have more: every voxel a run and an entry of its own. */
#define MAX_RAW_BYTES \
  (RUN_HEAD_BYTES + LAM_BRICK_VOXELS * (DIFFERENCE_ENTRY_BYTES + 1 + 4))

enum { KIND_UNIFORM, KIND_RUNS, KIND_DIFFERENCE };

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

/* ---- Palette ------------------------------------------------------------ */

typedef struct {
  uint32_t label_before, label;
  uint16_t source_before, source;
} Entry;

/* Entries in order of appearance, found through open addressing. */
typedef struct {
  Entry *entries; /* Owned */
  uint32_t *slots; /* Owned; entry number + 1, or 0 */
  uint32_t n, n_slots; /* n_slots is a power of two, at least 2 n */
} Palette;

static void
palette_init (Palette *palette)
{
  palette->n = 0;
  palette->n_slots = 256;
  palette->entries = g_new (Entry, palette->n_slots / 2);
  palette->slots = g_new0 (uint32_t, palette->n_slots);
}

static void
palette_clear (Palette *palette)
{
  g_free (palette->entries);
  g_free (palette->slots);
}

static uint32_t
entry_hash (const Entry *entry)
{
  /* Fibonacci hashing (Knuth, TAOCP 3, 6.4) of the two halves. */
  uint64_t a = (uint64_t)entry->label_before << 32 | entry->label;
  uint64_t b = (uint64_t)entry->source_before << 16 | entry->source;
  uint64_t h = (a ^ b << 17 ^ a >> 29) * UINT64_C (0x9e3779b97f4a7c15);
  return (uint32_t)((h ^ h >> 31) >> 8);
}

static bool
entry_equal (const Entry *a, const Entry *b)
{
  return a->label == b->label && a->source == b->source
      && a->label_before == b->label_before
      && a->source_before == b->source_before;
}

static uint32_t *
palette_slot (Palette *palette, const Entry *entry)
{
  uint32_t mask = palette->n_slots - 1;
  uint32_t i = entry_hash (entry) & mask;
  while (palette->slots[i]
      && !entry_equal (&palette->entries[palette->slots[i] - 1], entry))
    i = (i + 1) & mask;
  return &palette->slots[i];
}

static void
palette_grow (Palette *palette)
{
  palette->n_slots *= 2;
  palette->entries = g_renew (Entry, palette->entries, palette->n_slots / 2);
  g_free (palette->slots);
  palette->slots = g_new0 (uint32_t, palette->n_slots);
  for (uint32_t i = 0; i < palette->n; i++)
    *palette_slot (palette, &palette->entries[i]) = i + 1;
}

static uint32_t
palette_find_or_add (Palette *palette, const Entry *entry)
{
  uint32_t *slot = palette_slot (palette, entry);
  if (*slot)
    return *slot - 1;
  if (palette->n == palette->n_slots / 2) {
    palette_grow (palette);
    slot = palette_slot (palette, entry);
  }
  palette->entries[palette->n] = *entry;
  *slot = ++palette->n;
  return palette->n - 1;
}

/* ---- Encoding ----------------------------------------------------------- */

typedef struct {
  Palette palette;
  uint8_t *lengths; /* Owned; room for one a voxel */
  uint32_t *indices; /* Owned; the same */
  uint32_t n_runs;
} Encoder;

static void
encoder_init (Encoder *encoder)
{
  palette_init (&encoder->palette);
  encoder->lengths = g_new (uint8_t, LAM_BRICK_VOXELS);
  encoder->indices = g_new (uint32_t, LAM_BRICK_VOXELS);
  encoder->n_runs = 0;
}

static void
encoder_clear (Encoder *encoder)
{
  palette_clear (&encoder->palette);
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

static uint16_t
get_u16 (const uint8_t *in)
{
  uint16_t value;
  memcpy (&value, in, 2);
  return GUINT16_FROM_LE (value);
}

static uint32_t
get_u32 (const uint8_t *in)
{
  uint32_t value;
  memcpy (&value, in, 4);
  return GUINT32_FROM_LE (value);
}

/* Bytes of one palette index when indices are below `n`. */
static int
index_bytes (uint64_t n)
{
  return n <= 256 ? 1 : n <= 65536 ? 2 : 4;
}

static void
put_entries (uint8_t **out, const Palette *palette, int kind)
{
  for (uint32_t i = 0; i < palette->n; i++) {
    const Entry *entry = &palette->entries[i];
    if (kind == KIND_DIFFERENCE)
      put_u32 (out, entry->label_before);
    put_u32 (out, entry->label);
    if (kind == KIND_DIFFERENCE)
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

static void
free_compressor (gpointer context)
{
  ZSTD_freeCCtx (context);
}

static GByteArray *
compress (const uint8_t *raw, size_t n_raw, int kind)
{
  /* Kept by the thread: making one costs more than a small brick. */
  static GPrivate compressor = G_PRIVATE_INIT (free_compressor);
  ZSTD_CCtx *context = g_private_get (&compressor);
  if (!context)
    g_private_set (&compressor, context = ZSTD_createCCtx ());
  GByteArray *out = g_byte_array_new ();
  size_t bound = ZSTD_compressBound (n_raw);
  g_byte_array_set_size (out, (guint)(HEAD_BYTES + bound));
  out->data[0] = VERSION;
  out->data[1] = (uint8_t)kind;
  size_t n = ZSTD_compressCCtx (
      context, out->data + HEAD_BYTES, bound, raw, n_raw, ZSTD_LEVEL);
  g_assert (!ZSTD_isError (n)); /* the bound is enough by its contract */
  g_byte_array_set_size (out, (guint)(HEAD_BYTES + n));
  return out;
}

static GByteArray *
encoder_finish (Encoder *encoder, int kind)
{
  const Palette *palette = &encoder->palette;
  bool difference = kind == KIND_DIFFERENCE;
  size_t entry_bytes = difference ? DIFFERENCE_ENTRY_BYTES : BRICK_ENTRY_BYTES;
  int width = index_bytes ((uint64_t)palette->n + difference);
  size_t n_raw = RUN_HEAD_BYTES + palette->n * entry_bytes
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
  return compress (raw, n_raw, kind);
}

static GByteArray *
encode_uniform (uint32_t label, uint16_t source)
{
  GByteArray *array = g_byte_array_new ();
  g_byte_array_set_size (array, HEAD_BYTES + BRICK_ENTRY_BYTES);
  array->data[0] = VERSION;
  array->data[1] = KIND_UNIFORM;
  uint8_t *out = array->data + HEAD_BYTES;
  put_u32 (&out, label);
  put_u16 (&out, source);
  return array;
}

static void
encode_row (Encoder *encoder, const uint32_t *labels, const uint16_t *sources)
{
  for (int x = 0; x < LAM_BRICK_EDGE;) {
    int start = x;
    uint32_t label = labels[x];
    uint16_t source = sources[x];
    while (++x < LAM_BRICK_EDGE && labels[x] == label && sources[x] == source)
      ;
    Entry entry = { .label = label, .source = source };
    encoder_add_run (
        encoder, palette_find_or_add (&encoder->palette, &entry), x - start);
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
  GByteArray *out = encoder_finish (&encoder, KIND_RUNS);
  encoder_clear (&encoder);
  return out;
}

static Entry
entry_at (const Rows *before, const Rows *after, size_t row, int x)
{
  size_t b = row * before->stride + (size_t)x;
  size_t a = row * after->stride + (size_t)x;
  return (Entry){ before->labels[b], after->labels[a], before->sources[b],
    after->sources[a] };
}

static bool
entry_changes (const Entry *entry)
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
    Entry entry = entry_at (before, after, row, x);
    bool changes = entry_changes (&entry);
    while (++x < LAM_BRICK_EDGE) {
      Entry next = entry_at (before, after, row, x);
      if (changes ? !entry_equal (&next, &entry) : entry_changes (&next))
        break;
    }
    uint32_t index =
        changes ? palette_find_or_add (&encoder->palette, &entry) + 1 : 0;
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
  GByteArray *out = encoder_finish (&encoder, KIND_DIFFERENCE);
  encoder_clear (&encoder);
  return out;
}

/* ---- Decoding ----------------------------------------------------------- */

/* A run code whose sizes add up; the runs themselves are not checked yet. */
typedef struct {
  uint8_t *raw; /* Owned */
  const uint8_t *entries, *lengths, *indices; /* Borrowed from raw */
  uint32_t n_entries, n_runs;
  int width;
} RunCode;

static bool
corrupt (GError **error, const char *what)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("A stored brick is damaged: %s"), what);
  return false;
}

static void
free_decompressor (gpointer context)
{
  ZSTD_freeDCtx (context);
}

static uint8_t *
decompress (const uint8_t *data, size_t n_bytes, size_t *n_raw, GError **error)
{
  static GPrivate decompressor = G_PRIVATE_INIT (free_decompressor);
  ZSTD_DCtx *context = g_private_get (&decompressor);
  if (!context)
    g_private_set (&decompressor, context = ZSTD_createDCtx ());
  unsigned long long size = ZSTD_getFrameContentSize (data, n_bytes);
  /* The two error values of zstd are above the limit, too. */
  if (size < RUN_HEAD_BYTES || size > MAX_RAW_BYTES
      || ZSTD_findFrameCompressedSize (data, n_bytes) != n_bytes) {
    corrupt (error, _ ("its compressed size is wrong"));
    return NULL;
  }
  g_autofree uint8_t *raw = g_malloc ((size_t)size);
  size_t n = ZSTD_decompressDCtx (context, raw, (size_t)size, data, n_bytes);
  if (ZSTD_isError (n) || n != size) {
    corrupt (error, _ ("it cannot be decompressed"));
    return NULL;
  }
  *n_raw = n;
  return g_steal_pointer (&raw);
}

static bool
run_code_open (RunCode *code, const uint8_t *data, size_t n_bytes, int kind,
    GError **error)
{
  size_t n_raw = 0;
  g_autofree uint8_t *raw =
      decompress (data + HEAD_BYTES, n_bytes - HEAD_BYTES, &n_raw, error);
  if (!raw)
    return false;
  bool difference = kind == KIND_DIFFERENCE;
  size_t entry_bytes = difference ? DIFFERENCE_ENTRY_BYTES : BRICK_ENTRY_BYTES;
  code->n_entries = get_u32 (raw);
  code->n_runs = get_u32 (raw + 4);
  if (code->n_entries > LAM_BRICK_VOXELS || code->n_runs > LAM_BRICK_VOXELS)
    return corrupt (error, _ ("it has more runs than voxels"));
  code->width = index_bytes ((uint64_t)code->n_entries + difference);
  if (n_raw
      != RUN_HEAD_BYTES + code->n_entries * entry_bytes
          + code->n_runs * (1 + (size_t)code->width))
    return corrupt (error, _ ("its parts do not add up to its size"));
  code->entries = raw + RUN_HEAD_BYTES;
  code->lengths = code->entries + code->n_entries * entry_bytes;
  code->indices = code->lengths + code->n_runs;
  code->raw = g_steal_pointer (&raw);
  return true;
}

static uint32_t
run_code_index (const RunCode *code, uint32_t run)
{
  if (code->width == 1)
    return code->indices[run];
  if (code->width == 2)
    return get_u16 (code->indices + 2 * (size_t)run);
  return get_u32 (code->indices + 4 * (size_t)run);
}

/* The next run: its length, or 0 when it does not fit its row or its index is
 * not below `n_indices`. */
static uint32_t
run_code_next (const RunCode *code, uint32_t run, uint32_t voxel,
    uint32_t n_indices, uint32_t *index)
{
  uint32_t length = code->lengths[run];
  uint32_t left_in_row = LAM_BRICK_EDGE - voxel % LAM_BRICK_EDGE;
  *index = run_code_index (code, run);
  bool fits =
      voxel < LAM_BRICK_VOXELS && length <= left_in_row && *index < n_indices;
  return fits ? length : 0;
}

static bool
expand (
    const RunCode *code, uint32_t *labels, uint16_t *sources, GError **error)
{
  uint32_t voxel = 0;
  for (uint32_t run = 0; run < code->n_runs; run++) {
    uint32_t index;
    uint32_t length = run_code_next (code, run, voxel, code->n_entries, &index);
    if (length == 0)
      return corrupt (error, _ ("a run leaves its row or its palette"));
    const uint8_t *entry = code->entries + index * BRICK_ENTRY_BYTES;
    uint32_t label = get_u32 (entry);
    uint16_t source = get_u16 (entry + 4);
    for (uint32_t end = voxel + length; voxel < end; voxel++) {
      labels[voxel] = label;
      sources[voxel] = source;
    }
  }
  return voxel == LAM_BRICK_VOXELS
      || corrupt (error, _ ("its runs do not fill it"));
}

static bool
check_head (const uint8_t *data, size_t n_bytes, GError **error)
{
  if (n_bytes < HEAD_BYTES + 1)
    return corrupt (error, _ ("it is too short"));
  if (data[0] != VERSION) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("A stored brick is damaged: its format is %d, and %d was needed"),
        data[0], VERSION);
    return false;
  }
  return true;
}

static LamLabelBrick *
decode_runs (const uint8_t *data, size_t n_bytes, GError **error)
{
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, KIND_RUNS, error))
    return NULL;
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (0, 0);
  bool ok = expand (&code, lam_label_brick_write_labels (brick),
      lam_label_brick_write_sources (brick), error);
  g_free (code.raw);
  if (!ok)
    return NULL;
  lam_label_brick_settle (brick);
  return g_steal_pointer (&brick);
}

LamLabelBrick *
lam_brick_decode (const void *bytes, size_t n_bytes, GError **error)
{
  const uint8_t *data = bytes;
  if (!check_head (data, n_bytes, error))
    return NULL;
  if (data[1] == KIND_RUNS)
    return decode_runs (data, n_bytes, error);
  if (data[1] == KIND_UNIFORM && n_bytes == HEAD_BYTES + BRICK_ENTRY_BYTES)
    return lam_label_brick_new (
        get_u32 (data + HEAD_BYTES), get_u16 (data + HEAD_BYTES + 4));
  corrupt (error, _ ("it is of an unknown kind"));
  return NULL;
}

/* ---- Applying a difference ---------------------------------------------- */

static Entry
read_change (const RunCode *code, uint32_t index, bool forward)
{
  const uint8_t *in = code->entries + index * DIFFERENCE_ENTRY_BYTES;
  Entry entry = { get_u32 (in), get_u32 (in + 4), get_u16 (in + 8),
    get_u16 (in + 10) };
  if (forward)
    return entry;
  return (Entry){ entry.label, entry.label_before, entry.source,
    entry.source_before };
}

static bool
apply_run (
    const Entry *change, uint32_t length, uint32_t *labels, uint16_t *sources)
{
  for (uint32_t i = 0; i < length; i++) {
    if (labels[i] != change->label_before
        || sources[i] != change->source_before)
      return false;
    labels[i] = change->label;
    sources[i] = change->source;
  }
  return true;
}

static bool
apply_runs (const RunCode *code, bool forward, uint32_t *labels,
    uint16_t *sources, GError **error)
{
  uint32_t voxel = 0;
  for (uint32_t run = 0; run < code->n_runs; run++) {
    uint32_t index;
    uint32_t length =
        run_code_next (code, run, voxel, code->n_entries + 1, &index);
    if (length == 0)
      return corrupt (error, _ ("a run leaves its row or its palette"));
    if (index > 0) {
      Entry change = read_change (code, index - 1, forward);
      if (!apply_run (&change, length, labels + voxel, sources + voxel))
        return corrupt (
            error, _ ("the history does not fit the voxels stored"));
    }
    voxel += length;
  }
  return voxel == LAM_BRICK_VOXELS
      || corrupt (error, _ ("its runs do not fill it"));
}

LamLabelBrick *
lam_difference_apply (const void *bytes, size_t n_bytes,
    const LamLabelBrick *brick, bool forward, GError **error)
{
  const uint8_t *data = bytes;
  if (!check_head (data, n_bytes, error))
    return NULL;
  if (data[1] != KIND_DIFFERENCE) {
    corrupt (error, _ ("it is of an unknown kind"));
    return NULL;
  }
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, KIND_DIFFERENCE, error))
    return NULL;
  g_autoptr (LamLabelBrick) out =
      brick ? lam_label_brick_copy (brick) : lam_label_brick_new (0, 0);
  bool ok = apply_runs (&code, forward, lam_label_brick_write_labels (out),
      lam_label_brick_write_sources (out), error);
  g_free (code.raw);
  if (!ok)
    return NULL;
  lam_label_brick_settle (out);
  return g_steal_pointer (&out);
}
