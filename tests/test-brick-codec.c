/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks and differences as bytes: exact both ways, small, and safe to decode
 * whatever the bytes are. */
#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "base/random.h"
#include "store/brick-decoder.h"
#include "store/brick-encoder.h"
#include "store/brick-format.h"

typedef enum { NOISE, BLOCKS, PALETTE_256, PALETTE_257, N_PATTERNS } Pattern;

static LamLabelBrick *
make_brick (Pattern pattern, uint64_t seed)
{
  LamRandom random = lam_random_new (seed, pattern);
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (uint32_t i = 0; i < LAM_BRICK_VOXELS; i++) {
    uint32_t block = (i / 16 % 4) + 4 * (i / 64 / 16 % 4) + 16 * (i / 65536);
    switch (pattern) {
    case NOISE:
      labels[i] = lam_random_u32 (&random);
      sources[i] = (uint16_t)lam_random_u32 (&random);
      break;
    case BLOCKS:
      labels[i] = (uint32_t)(block * (seed + 1));
      sources[i] = block % 2 ? LAM_SOURCE_HUMAN : LAM_SOURCE_IMPORTED;
      break;
    default:
      labels[i] = i % (pattern == PALETTE_256 ? 256 : 257);
      sources[i] = 0;
      break;
    }
  }
  lam_label_brick_settle (brick);
  return brick;
}

/* Every voxel is in a run of its row, and what the brick says. */
static void
assert_runs (const LamLabelBrick *brick, const LamBrickRuns *runs)
{
  for (int row = 0; runs->n_runs > 0 && row < LAM_BRICK_ROWS; row++) {
    int x = 0;
    for (uint32_t i = runs->rows[row]; i < runs->rows[row + 1]; i++)
      for (const uint32_t entry = runs->entries[i]; x < runs->ends[i]; x++) {
        const int at = row * LAM_BRICK_EDGE + x;
        g_assert_cmpuint (
            runs->labels[entry], ==, lam_label_brick_get_label (brick, at));
        g_assert_cmpuint (
            runs->sources[entry], ==, lam_label_brick_get_source (brick, at));
      }
    g_assert_cmpint (x, ==, LAM_BRICK_EDGE);
  }
  uint32_t label;
  uint16_t source;
  const bool is_uniform = lam_label_brick_is_uniform (brick, &label, &source);
  g_assert_true (is_uniform == (runs->n_runs == 0));
  g_assert_true (!is_uniform || runs->labels[0] == label);
  g_assert_true (!is_uniform || runs->sources[0] == source);
}

static void
assert_round_trip (const LamLabelBrick *brick)
{
  GError *error = NULL;
  g_autoptr (GByteArray) bytes = lam_brick_encode (brick);
  g_autoptr (LamLabelBrick) back =
      lam_brick_decode (bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  g_assert_true (lam_label_brick_equal (brick, back));
  g_autoptr (LamBrickRuns) runs =
      lam_brick_decode_runs (bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  assert_runs (brick, runs);
  g_autoptr (LamBrickRuns) of_planes = lam_brick_runs_new_from_brick (brick);
  assert_runs (brick, of_planes);
  g_assert_cmpuint (runs->n_runs, ==, of_planes->n_runs);
  g_assert_cmpuint (runs->n_entries, ==, of_planes->n_entries);
}

static void
test_round_trip (void)
{
  for (int pattern = 0; pattern < N_PATTERNS; pattern++) {
    g_autoptr (LamLabelBrick) brick = make_brick (pattern, 1);
    assert_round_trip (brick);
  }
  g_autoptr (LamLabelBrick) uniform =
      lam_label_brick_new (UINT32_MAX, UINT16_MAX);
  assert_round_trip (uniform);
  g_autoptr (GByteArray) bytes = lam_brick_encode (uniform);
  g_assert_cmpint (bytes->len, ==, 8);
}

/* What is decoded coarsely is what is picked from the whole brick. */
static void
assert_coarse (const LamLabelBrick *brick, LamBrickPart part,
    const LamCoarseBrick *coarse, const int stride[3])
{
  int n = 0;
  for (int z = 0; z < 64; z += stride[2])
    for (int y = 0; y < 64; y += stride[1])
      for (int x = 0; x < 64; x += stride[0]) {
        const int at = x + 64 * (y + 64 * z);
        g_assert_cmpuint (lam_coarse_brick_get_value (coarse, n++), ==,
            part == LAM_PART_LABELS ? lam_label_brick_get_label (brick, at)
                                    : lam_label_brick_get_source (brick, at));
      }
  g_assert_cmpint (n, ==, lam_coarse_brick_count (stride));
}

static void
test_coarse (void)
{
  static const int strides[][3] = { { 1, 1, 1 }, { 2, 2, 1 }, { 4, 1, 8 },
    { 64, 64, 64 } };
  for (int pattern = 0; pattern < 2 * N_PATTERNS; pattern++) {
    g_autoptr (LamLabelBrick) brick = make_brick (pattern % N_PATTERNS, 1);
    g_autoptr (GByteArray) bytes = lam_brick_encode (brick);
    const int *stride = strides[(pattern + pattern / N_PATTERNS) % 4];
    for (int part = LAM_PART_LABELS; part <= LAM_PART_SOURCES; part++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (LamCoarseBrick) coarse = lam_brick_decode_coarse (
          bytes->data, bytes->len, part, stride, &error);
      g_assert_no_error (error);
      assert_coarse (brick, part, coarse, stride);
      g_autoptr (LamCoarseBrick) picked =
          lam_coarse_brick_new (brick, part, stride);
      assert_coarse (brick, part, picked, stride);
    }
  }
}

/* The other decoders refuse the same bytes. */
static void
assert_others_agree (const guint8 *data, size_t n_bytes, bool is_good)
{
  static const int stride[3] = { 4, 4, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamCoarseBrick) coarse =
      lam_brick_decode_coarse (data, n_bytes, LAM_PART_SOURCES, stride, &error);
  g_assert_true ((coarse != NULL) == is_good);
  if (!is_good)
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
  g_autoptr (LamBrickRuns) runs = lam_brick_decode_runs (data, n_bytes, &error);
  g_assert_true ((runs != NULL) == is_good);
  if (!is_good)
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
}

static void
assert_difference (const LamLabelBrick *before, const LamLabelBrick *after)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) empty = lam_label_brick_new (0, 0);
  const LamLabelBrick *from = before ? before : empty;
  const LamLabelBrick *to = after ? after : empty;
  int64_t n_changed, n_expected = 0;
  g_autoptr (GByteArray) bytes =
      lam_difference_encode (before, after, &n_changed);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    n_expected +=
        lam_label_brick_get_label (from, i) != lam_label_brick_get_label (to, i)
        || lam_label_brick_get_source (from, i)
            != lam_label_brick_get_source (to, i);
  g_assert_cmpint (n_changed, ==, n_expected);
  g_autoptr (LamLabelBrick) forward =
      lam_difference_apply (bytes->data, bytes->len, before, true, &error);
  g_assert_no_error (error);
  g_assert_true (lam_label_brick_equal (forward, to));
  g_autoptr (LamLabelBrick) backward =
      lam_difference_apply (bytes->data, bytes->len, after, false, &error);
  g_assert_no_error (error);
  g_assert_true (lam_label_brick_equal (backward, from));
  if (n_changed == 0)
    return;
  /* The voxels are not what the difference says they were. */
  g_assert_null (
      lam_difference_apply (bytes->data, bytes->len, after, true, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
}

static void
test_difference (void)
{
  LamLabelBrick *bricks[N_PATTERNS + 1];
  for (int i = 0; i < N_PATTERNS; i++)
    bricks[i] = make_brick (i, 1);
  bricks[N_PATTERNS] = lam_label_brick_new (7, LAM_SOURCE_HUMAN);
  for (int a = 0; a <= N_PATTERNS; a++) {
    for (int b = 0; b <= N_PATTERNS; b++)
      assert_difference (bricks[a], bricks[b]);
    assert_difference (NULL, bricks[a]);
    assert_difference (bricks[a], NULL);
  }
  for (int i = 0; i <= N_PATTERNS; i++)
    lam_label_brick_unref (bricks[i]);
}

static void
test_a_stroke_is_small (void)
{
  g_autoptr (LamLabelBrick) before = make_brick (NOISE, 1);
  g_autoptr (LamLabelBrick) after = lam_label_brick_copy (before);
  lam_label_brick_write_labels (after)[1000] = 5;
  lam_label_brick_write_sources (after)[1000] = LAM_SOURCE_HUMAN;
  g_autoptr (GByteArray) bytes = lam_difference_encode (before, after, NULL);
  g_assert_cmpint (bytes->len, <, 100);
}

/* Whatever it is, it is decoded or refused with the right error. */
static void
try_decode (const guint8 *data, size_t n_bytes)
{
  /* A copy of the exact size, so that reading past its end is seen. */
  g_autofree guint8 *exact = g_memdup2 (data, n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamLabelBrick) brick = lam_brick_decode (exact, n_bytes, &error);
  if (!brick)
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  assert_others_agree (exact, n_bytes, brick != NULL);
  g_clear_error (&error);
  g_autoptr (LamLabelBrick) other =
      lam_difference_apply (exact, n_bytes, NULL, true, &error);
  if (!other)
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
}

static void
test_hostile_bytes (void)
{
  LamRandom random = lam_random_new (3, 3);
  g_autoptr (LamLabelBrick) brick = make_brick (BLOCKS, 1);
  for (int kind = 0; kind < 2; kind++) {
    g_autoptr (GByteArray) bytes = kind == 0
        ? lam_brick_encode (brick)
        : lam_difference_encode (NULL, brick, NULL);
    for (size_t n = 0; n < bytes->len; n += 1 + n / 16)
      try_decode (bytes->data, n);
    for (int i = 0; i < 300; i++) {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
      copy[lam_random_u32 (&random) % bytes->len] ^=
          (guint8)(1 << lam_random_u32 (&random) % 8);
      try_decode (copy, bytes->len);
    }
  }
}

/* A run code with what the case says, compressed as the encoder would. */
static void
try_run_code (LamBrickKind kind, uint32_t n_entries, uint32_t n_runs,
    const guint8 *rest, size_t n_rest)
{
  g_autofree guint8 *raw = g_malloc (8 + n_rest);
  uint32_t head[2] = { GUINT32_TO_LE (n_entries), GUINT32_TO_LE (n_runs) };
  memcpy (raw, head, 8);
  memcpy (raw + 8, rest, n_rest);
  size_t bound = ZSTD_compressBound (8 + n_rest);
  g_autofree guint8 *data = g_malloc (2 + bound);
  data[0] = LAM_BRICK_FORMAT_VERSION;
  data[1] = (guint8)kind;
  size_t n = ZSTD_compress (data + 2, bound, raw, 8 + n_rest, 1);
  g_autoptr (GError) error = NULL;
  if (kind == LAM_BRICK_RUNS)
    g_assert_null (lam_brick_decode (data, 2 + n, &error));
  else
    g_assert_null (lam_difference_apply (data, 2 + n, NULL, true, &error));
  assert_others_agree (data, 2 + n, false);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
}

static void
test_hostile_runs (void)
{
  static guint8 rest[64 + 2 * LAM_BRICK_VOXELS];
  const LamBrickKind kinds[] = { LAM_BRICK_RUNS, LAM_BRICK_DIFFERENCE };
  for (int k = 0; k < 2; k++) {
    size_t entry = kinds[k] == LAM_BRICK_RUNS ? 6 : 12;
    guint8 *lengths = rest + entry;
    memset (rest, 0, sizeof rest);
    try_run_code (kinds[k], UINT32_MAX, UINT32_MAX, rest, 100);
    try_run_code (kinds[k], 1, LAM_BRICK_VOXELS + 1, rest, 100);
    try_run_code (kinds[k], 0, 0, rest, 0);
    /* Runs of no length. */
    try_run_code (kinds[k], 1, 4096, rest, entry + 2 * 4096);
    /* Runs that are too long, too short, one too many. */
    memset (lengths, 65, 4096);
    try_run_code (kinds[k], 1, 4096, rest, entry + 2 * 4096);
    memset (lengths, 63, 4096);
    try_run_code (kinds[k], 1, 4096, rest, entry + 2 * 4096);
    memset (lengths, 64, 4097);
    try_run_code (kinds[k], 1, 4097, rest, entry + 2 * 4097);
    try_run_code (kinds[k], 1, 4095, rest, entry + 2 * 4095);
    /* An index outside of the palette. */
    memset (rest, 0, sizeof rest);
    memset (lengths, 64, 4096);
    lengths[4096 + 100] = 2;
    try_run_code (kinds[k], 1, 4096, rest, entry + 2 * 4096);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/brick-codec/round-trip", test_round_trip);
  g_test_add_func ("/brick-codec/coarse", test_coarse);
  g_test_add_func ("/brick-codec/difference", test_difference);
  g_test_add_func ("/brick-codec/a-stroke-is-small", test_a_stroke_is_small);
  g_test_add_func ("/brick-codec/hostile-bytes", test_hostile_bytes);
  g_test_add_func ("/brick-codec/hostile-runs", test_hostile_runs);
  return g_test_run ();
}
