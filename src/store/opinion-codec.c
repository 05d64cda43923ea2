/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks are sure of most voxels, and where they are not, neighbours differ
 * by little and no run of them is equal: the planes go to zstd as they are. */
#include "store/opinion-codec.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/brick-format.h"
#include "store/opinion-difference.h"
#include "store/zstd-frame.h"

#define OPINION_KIND 3
#define DIFFERENCE_KIND 4
#define COUNT_BYTES 4
#define PLANES_BYTES (3 * (size_t)LAM_BRICK_VOXELS)
#define MAX_RAW_BYTES \
  (COUNT_BYTES + 4 * (size_t)LAM_OPINION_MAX_CLASSES + PLANES_BYTES)

static void
put_u32 (uint8_t **out, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  memcpy (*out, &value, sizeof value);
  *out += sizeof value;
}

static uint32_t
get_u32 (const uint8_t *in)
{
  uint32_t value;
  memcpy (&value, in, sizeof value);
  return GUINT32_FROM_LE (value);
}

/* Of a row of voxels, most of which a network says nothing of. */
static bool
is_silent (const uint8_t *row)
{
  static const uint8_t silent[LAM_BRICK_EDGE];
  return memcmp (row, silent, sizeof silent) == 0;
}

/* What is said of voxels that have a second class. */
static void
put_said (uint8_t *out, const uint8_t *values, const uint8_t *seconds)
{
  memset (out, 0, LAM_BRICK_VOXELS);
  for (int row = 0; row < LAM_BRICK_VOXELS; row += LAM_BRICK_EDGE)
    if (!is_silent (seconds + row))
      for (int i = row; i < row + LAM_BRICK_EDGE; i++) {
        /* Read whatever is asked for, or there would be a jump a voxel. */
        const uint8_t value = values[i];
        out[i] = seconds[i] ? value : 0;
      }
}

static GByteArray *
encode (const LamRunOpinion *opinion, uint8_t kind)
{
  size_t n_raw = COUNT_BYTES + 4 * (size_t)opinion->n_classes + PLANES_BYTES;
  g_autofree uint8_t *raw = g_malloc (n_raw);
  uint8_t *out = raw;
  put_u32 (&out, (uint32_t)opinion->n_classes);
  for (int i = 0; i < opinion->n_classes; i++)
    put_u32 (&out, (uint32_t)opinion->classes[i]);
  put_said (out, opinion->firsts, opinion->seconds);
  out += LAM_BRICK_VOXELS;
  memcpy (out, opinion->seconds, LAM_BRICK_VOXELS);
  out += LAM_BRICK_VOXELS;
  put_said (out, opinion->uncertainties, opinion->seconds);
  return lam_zstd_frame_compress (raw, n_raw, kind);
}

GByteArray *
lam_opinion_encode (const LamRunOpinion *opinion)
{
  return encode (opinion, OPINION_KIND);
}

GByteArray *
lam_opinion_difference_encode (const LamRunOpinion *side)
{
  return encode (side, DIFFERENCE_KIND);
}

static bool
corrupt (GError **error, const char *what)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("A network's stored opinion is damaged: %s"), what);
  return false;
}

/* The frame's bytes, decompressed; their number is that of some opinion. */
static uint8_t *
decompress (const uint8_t *data, size_t n_bytes, size_t *n_raw, GError **error)
{
  if (!lam_zstd_frame_get_size (
          data, n_bytes, COUNT_BYTES + PLANES_BYTES, MAX_RAW_BYTES, n_raw)) {
    corrupt (error, _ ("its compressed size is wrong"));
    return NULL;
  }
  g_autofree uint8_t *raw = g_malloc (*n_raw);
  if (lam_zstd_frame_decompress (data, n_bytes, raw, *n_raw))
    return g_steal_pointer (&raw);
  corrupt (error, _ ("it cannot be decompressed"));
  return NULL;
}

/* Of a row: places of classes that are not listed. No early end, so that the
 * compiler takes many voxels at once. */
static uint8_t
find_unlisted (const uint8_t *firsts, const uint8_t *seconds, uint8_t n_classes,
    uint8_t silent)
{
  uint8_t any = 0;
  for (int i = 0; i < LAM_BRICK_EDGE; i++) {
    const uint8_t first = firsts[i] & (uint8_t)~LAM_OPINION_REJECTED;
    any |= first > n_classes;
    any |= (seconds[i] > n_classes) & (seconds[i] != silent);
  }
  return any;
}

static bool
all_listed (const LamRunOpinion *opinion, uint8_t kind)
{
  const uint8_t n = (uint8_t)opinion->n_classes;
  const uint8_t silent = kind == DIFFERENCE_KIND ? LAM_OPINION_WAS_SILENT : 0;
  uint8_t any = 0;
  for (int row = 0; row < LAM_BRICK_VOXELS; row += LAM_BRICK_EDGE)
    any |= find_unlisted (
        opinion->firsts + row, opinion->seconds + row, n, silent);
  return !any;
}

static bool
unpack (LamRunOpinion *opinion, uint8_t kind, const uint8_t *raw, size_t n_raw,
    GError **error)
{
  uint32_t n = get_u32 (raw);
  if (n > LAM_OPINION_MAX_CLASSES
      || n_raw != COUNT_BYTES + 4 * (size_t)n + PLANES_BYTES)
    return corrupt (error,
        _ ("it does not have the number of classes that it "
           "says"));
  const uint8_t *in = raw + COUNT_BYTES;
  opinion->n_classes = (int)n;
  for (uint32_t i = 0; i < n; i++, in += 4)
    opinion->classes[i] = (int32_t)get_u32 (in);
  memcpy (opinion->firsts, in, LAM_BRICK_VOXELS);
  memcpy (opinion->seconds, in + LAM_BRICK_VOXELS, LAM_BRICK_VOXELS);
  memcpy (opinion->uncertainties, in + 2 * LAM_BRICK_VOXELS, LAM_BRICK_VOXELS);
  return all_listed (opinion, kind)
      || corrupt (error, _ ("it names a class that it does not list"));
}

static LamRunOpinion *
decode (const void *data, size_t n_bytes, uint8_t kind, GError **error)
{
  const uint8_t *bytes = data;
  size_t n_raw = 0;
  if (n_bytes < LAM_BRICK_HEAD_BYTES || bytes[0] != LAM_BRICK_FORMAT_VERSION
      || bytes[1] != kind) {
    corrupt (error, _ ("it does not begin like one"));
    return NULL;
  }
  g_autofree uint8_t *raw = decompress (bytes + LAM_BRICK_HEAD_BYTES,
      n_bytes - LAM_BRICK_HEAD_BYTES, &n_raw, error);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  return raw && unpack (opinion, kind, raw, n_raw, error)
      ? g_steal_pointer (&opinion)
      : NULL;
}

LamRunOpinion *
lam_opinion_decode (const void *data, size_t n_bytes, GError **error)
{
  return decode (data, n_bytes, OPINION_KIND, error);
}

LamRunOpinion *
lam_opinion_difference_decode (const void *data, size_t n_bytes, GError **error)
{
  return decode (data, n_bytes, DIFFERENCE_KIND, error);
}
