/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Few labels meet in one brick, so they are kept as bytes into a palette where
 * there are at most 256 of them: of a brick at a quarter of the resolution in x
 * and y that is 16 KiB. */
#include "labels/coarse-brick.h"

enum { MAX_PALETTE = 256 };

struct _LamCoarseBrick {
  gatomicrefcount references;
  size_t bytes;
  int n_palette; /* 0: `values` hold all */
  /* Owned */
  uint32_t *values; /* the palette, or all of them */
  uint8_t *codes; /* NULL: no palette, or one value alone */
};

/* The code of a value, added if it is new; -1: no room. */
static int
code_of (uint32_t *palette, int *n_palette, uint32_t value, int guess)
{
  if (guess < *n_palette && palette[guess] == value)
    return guess;
  for (int i = 0; i < *n_palette; i++)
    if (palette[i] == value)
      return i;
  if (*n_palette == MAX_PALETTE)
    return -1;
  palette[*n_palette] = value;
  return (*n_palette)++;
}

static uint8_t *
encode (const uint32_t *values, int n, uint32_t *palette, int *n_palette)
{
  g_autofree uint8_t *codes = g_malloc (n);
  int code = 0;
  *n_palette = 0;
  for (int i = 0; i < n; i++) {
    code = code_of (palette, n_palette, values[i], code);
    if (code < 0)
      return NULL;
    codes[i] = (uint8_t)code;
  }
  return g_steal_pointer (&codes);
}

/* The brick's index of each picked voxel, x fastest. */
static int
list_picked (const int stride[3], uint32_t *to)
{
  int n = 0;
  for (int z = 0; z < LAM_BRICK_EDGE; z += stride[2])
    for (int y = 0; y < LAM_BRICK_EDGE; y += stride[1])
      for (int x = 0; x < LAM_BRICK_EDGE; x += stride[0])
        to[n++] = (uint32_t)(x + LAM_BRICK_EDGE * (y + LAM_BRICK_EDGE * z));
  return n;
}

static LamCoarseBrick *
coarse_new (uint32_t *values, int n, uint8_t *codes, int n_palette)
{
  LamCoarseBrick *coarse = g_new0 (LamCoarseBrick, 1);
  g_atomic_ref_count_init (&coarse->references);
  coarse->values = values;
  coarse->codes = codes;
  coarse->n_palette = n_palette;
  coarse->bytes = sizeof *coarse + (codes ? n : 0)
      + (n_palette > 0 ? n_palette : n) * sizeof (uint32_t);
  return coarse;
}

LamCoarseBrick *
lam_coarse_brick_new_uniform (uint32_t value)
{
  return coarse_new (g_memdup2 (&value, sizeof value), 1, NULL, 1);
}

LamCoarseBrick *
lam_coarse_brick_new_take (uint32_t *values, int n)
{
  uint32_t palette[MAX_PALETTE];
  int n_palette;
  uint8_t *codes = encode (values, n, palette, &n_palette);
  if (!codes)
    return coarse_new (values, n, NULL, 0);
  g_free (values);
  values = g_memdup2 (palette, n_palette * sizeof *palette);
  return coarse_new (values, n, codes, n_palette);
}

int
lam_coarse_brick_count (const int stride[3])
{
  return LAM_BRICK_VOXELS / (stride[0] * stride[1] * stride[2]);
}

LamCoarseBrick *
lam_coarse_brick_new (
    const LamLabelBrick *brick, LamBrickPart part, const int stride[3])
{
  uint32_t label;
  uint16_t source;
  if (lam_label_brick_is_uniform (brick, &label, &source))
    return lam_coarse_brick_new_uniform (
        part == LAM_PART_LABELS ? label : source);
  const uint32_t *labels = lam_label_brick_get_labels (brick);
  const uint16_t *sources = lam_label_brick_get_sources (brick);
  uint32_t *values = g_new (uint32_t, lam_coarse_brick_count (stride));
  const int n = list_picked (stride, values);
  for (int i = 0; i < n; i++)
    values[i] =
        part == LAM_PART_LABELS ? labels[values[i]] : sources[values[i]];
  return lam_coarse_brick_new_take (values, n);
}

LamCoarseBrick *
lam_coarse_brick_ref (LamCoarseBrick *coarse)
{
  g_atomic_ref_count_inc (&coarse->references);
  return coarse;
}

void
lam_coarse_brick_unref (LamCoarseBrick *coarse)
{
  if (!g_atomic_ref_count_dec (&coarse->references))
    return;
  g_free (coarse->values);
  g_free (coarse->codes);
  g_free (coarse);
}

uint32_t
lam_coarse_brick_get_value (const LamCoarseBrick *coarse, int index)
{
  if (coarse->n_palette == 0)
    return coarse->values[index];
  return coarse->values[coarse->codes ? coarse->codes[index] : 0];
}

size_t
lam_coarse_brick_get_bytes (const LamCoarseBrick *coarse)
{
  return coarse->bytes;
}
