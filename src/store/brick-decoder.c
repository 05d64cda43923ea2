/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/brick-decoder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/brick-format.h"
#include "store/run-palette.h"
#include "store/zstd-frame.h"

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

static uint8_t *
decompress (const uint8_t *data, size_t n_bytes, size_t *n_raw, GError **error)
{
  if (!lam_zstd_frame_get_size (
          data, n_bytes, LAM_RUN_HEAD_BYTES, LAM_RUN_MAX_BYTES, n_raw)) {
    corrupt (error, _ ("its compressed size is wrong"));
    return NULL;
  }
  g_autofree uint8_t *raw = g_malloc (*n_raw);
  if (lam_zstd_frame_decompress (data, n_bytes, raw, *n_raw))
    return g_steal_pointer (&raw);
  corrupt (error, _ ("it cannot be decompressed"));
  return NULL;
}

static bool
run_code_open (RunCode *code, const uint8_t *data, size_t n_bytes, int kind,
    GError **error)
{
  size_t n_raw = 0;
  g_autofree uint8_t *raw = decompress (data + LAM_BRICK_HEAD_BYTES,
      n_bytes - LAM_BRICK_HEAD_BYTES, &n_raw, error);
  if (!raw)
    return false;
  bool difference = kind == LAM_BRICK_DIFFERENCE;
  size_t entry_bytes =
      difference ? LAM_DIFFERENCE_ENTRY_BYTES : LAM_BRICK_ENTRY_BYTES;
  code->n_entries = get_u32 (raw);
  code->n_runs = get_u32 (raw + 4);
  if (code->n_entries > LAM_BRICK_VOXELS || code->n_runs > LAM_BRICK_VOXELS)
    return corrupt (error, _ ("it has more runs than voxels"));
  code->width = lam_run_index_bytes ((uint64_t)code->n_entries + difference);
  if (n_raw
      != LAM_RUN_HEAD_BYTES + code->n_entries * entry_bytes
          + code->n_runs * (1 + (size_t)code->width))
    return corrupt (error, _ ("its parts do not add up to its size"));
  code->entries = raw + LAM_RUN_HEAD_BYTES;
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
    const uint8_t *entry = code->entries + index * LAM_BRICK_ENTRY_BYTES;
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
  if (n_bytes < LAM_BRICK_HEAD_BYTES + 1)
    return corrupt (error, _ ("it is too short"));
  if (data[0] != LAM_BRICK_FORMAT_VERSION) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("A stored brick is damaged: its format is %d, and %d was needed"),
        data[0], LAM_BRICK_FORMAT_VERSION);
    return false;
  }
  return true;
}

static LamLabelBrick *
decode_runs (const uint8_t *data, size_t n_bytes, GError **error)
{
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, LAM_BRICK_RUNS, error))
    return NULL;
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new_unwritten ();
  bool ok = expand (&code, lam_label_brick_write_labels (brick),
      lam_label_brick_write_sources (brick), error);
  g_free (code.raw);
  if (!ok)
    return NULL;
  lam_label_brick_settle (brick);
  return g_steal_pointer (&brick);
}

static bool
is_uniform (const uint8_t *data, size_t n_bytes)
{
  return data[1] == LAM_BRICK_UNIFORM
      && n_bytes == LAM_BRICK_HEAD_BYTES + LAM_BRICK_ENTRY_BYTES;
}

LamLabelBrick *
lam_brick_decode (const void *bytes, size_t n_bytes, GError **error)
{
  const uint8_t *data = bytes;
  if (!check_head (data, n_bytes, error))
    return NULL;
  if (data[1] == LAM_BRICK_RUNS)
    return decode_runs (data, n_bytes, error);
  if (is_uniform (data, n_bytes))
    return lam_label_brick_new (get_u32 (data + LAM_BRICK_HEAD_BYTES),
        get_u16 (data + LAM_BRICK_HEAD_BYTES + 4));
  corrupt (error, _ ("it is of an unknown kind"));
  return NULL;
}

static void
copy_palette (const RunCode *code, LamBrickRuns *runs)
{
  const uint8_t *entry = code->entries;
  for (uint32_t i = 0; i < code->n_entries; i++) {
    runs->labels[i] = get_u32 (entry);
    runs->sources[i] = get_u16 (entry + 4);
    entry += LAM_BRICK_ENTRY_BYTES;
  }
}

static bool
copy_runs (const RunCode *code, LamBrickRuns *runs, GError **error)
{
  uint32_t run = 0;
  for (int row = 0; row < LAM_BRICK_ROWS; row++) {
    uint32_t voxel = 0;
    while (voxel < LAM_BRICK_EDGE && run < code->n_runs) {
      const uint32_t length = run_code_next (
          code, run, voxel, code->n_entries, &runs->entries[run]);
      if (length == 0)
        return corrupt (error, _ ("a run leaves its row or its palette"));
      voxel += length;
      runs->ends[run++] = (uint8_t)voxel;
    }
    if (voxel < LAM_BRICK_EDGE)
      return corrupt (error, _ ("its runs do not fill it"));
    runs->rows[row + 1] = run;
  }
  return run == code->n_runs
      || corrupt (error, _ ("a run leaves its row or its palette"));
}

LamBrickRuns *
lam_brick_decode_runs (const void *bytes, size_t n_bytes, GError **error)
{
  const uint8_t *data = bytes;
  if (!check_head (data, n_bytes, error))
    return NULL;
  if (is_uniform (data, n_bytes)) {
    LamBrickRuns *runs = lam_brick_runs_new (1, 0);
    runs->labels[0] = get_u32 (data + LAM_BRICK_HEAD_BYTES);
    runs->sources[0] = get_u16 (data + LAM_BRICK_HEAD_BYTES + 4);
    return runs;
  }
  if (data[1] != LAM_BRICK_RUNS) {
    corrupt (error, _ ("it is of an unknown kind"));
    return NULL;
  }
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, LAM_BRICK_RUNS, error))
    return NULL;
  g_autoptr (LamBrickRuns) runs =
      lam_brick_runs_new (code.n_entries, code.n_runs);
  copy_palette (&code, runs);
  const bool ok = copy_runs (&code, runs, error);
  g_free (code.raw);
  return ok ? g_steal_pointer (&runs) : NULL;
}

/* Of an entry of the palette. */
static uint32_t
get_part (const uint8_t *entry, LamBrickPart part)
{
  return part == LAM_PART_LABELS ? get_u32 (entry) : get_u16 (entry + 4);
}

/* Runs come in the order of the voxels, so the picked ones do, too. Strides are
 * powers of two, as they divide 64. */
static bool
expand_coarse (const RunCode *code, LamBrickPart part, const int stride[3],
    uint32_t *values, GError **error)
{
  const uint32_t mask_x = stride[0] - 1;
  const uint32_t mask_rows =
      (uint32_t)(stride[1] - 1) | (uint32_t)(stride[2] - 1) * LAM_BRICK_EDGE;
  uint32_t voxel = 0;
  for (uint32_t run = 0; run < code->n_runs; run++) {
    uint32_t index;
    uint32_t length = run_code_next (code, run, voxel, code->n_entries, &index);
    if (length == 0)
      return corrupt (error, _ ("a run leaves its row or its palette"));
    uint32_t end = voxel + length;
    if ((voxel / LAM_BRICK_EDGE & mask_rows) == 0) {
      uint32_t value =
          get_part (code->entries + index * LAM_BRICK_ENTRY_BYTES, part);
      for (voxel = (voxel + mask_x) & ~mask_x; voxel < end; voxel += stride[0])
        *values++ = value;
    }
    voxel = end;
  }
  return voxel == LAM_BRICK_VOXELS
      || corrupt (error, _ ("its runs do not fill it"));
}

LamCoarseBrick *
lam_brick_decode_coarse (const void *bytes, size_t n_bytes, LamBrickPart part,
    const int stride[3], GError **error)
{
  const uint8_t *data = bytes;
  if (!check_head (data, n_bytes, error))
    return NULL;
  if (is_uniform (data, n_bytes))
    return lam_coarse_brick_new_uniform (
        get_part (data + LAM_BRICK_HEAD_BYTES, part));
  if (data[1] != LAM_BRICK_RUNS) {
    corrupt (error, _ ("it is of an unknown kind"));
    return NULL;
  }
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, LAM_BRICK_RUNS, error))
    return NULL;
  int n = lam_coarse_brick_count (stride);
  g_autofree uint32_t *values = g_new (uint32_t, n);
  bool ok = expand_coarse (&code, part, stride, values, error);
  g_free (code.raw);
  return ok ? lam_coarse_brick_new_take (g_steal_pointer (&values), n) : NULL;
}

/* ---- Applying a difference ---------------------------------------------- */

static LamRunEntry
read_change (const RunCode *code, uint32_t index, bool forward)
{
  const uint8_t *in = code->entries + index * LAM_DIFFERENCE_ENTRY_BYTES;
  LamRunEntry entry = { get_u32 (in), get_u32 (in + 4), get_u16 (in + 8),
    get_u16 (in + 10) };
  if (forward)
    return entry;
  return (LamRunEntry){ entry.label, entry.label_before, entry.source,
    entry.source_before };
}

static bool
apply_run (const LamRunEntry *change, uint32_t length, uint32_t *labels,
    uint16_t *sources)
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
      LamRunEntry change = read_change (code, index - 1, forward);
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
  if (data[1] != LAM_BRICK_DIFFERENCE) {
    corrupt (error, _ ("it is of an unknown kind"));
    return NULL;
  }
  RunCode code;
  if (!run_code_open (&code, data, n_bytes, LAM_BRICK_DIFFERENCE, error))
    return NULL;
  g_autoptr (LamLabelBrick) out =
      brick ? lam_label_brick_copy (brick) : lam_label_brick_new_cleared ();
  bool ok = apply_runs (&code, forward, lam_label_brick_write_labels (out),
      lam_label_brick_write_sources (out), error);
  g_free (code.raw);
  if (!ok)
    return NULL;
  lam_label_brick_settle (out);
  return g_steal_pointer (&out);
}
