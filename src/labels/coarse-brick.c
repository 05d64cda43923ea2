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
  int n_palette; /* 0: `labels` hold all */
  /* Owned */
  uint32_t *labels; /* the palette, or all labels */
  uint8_t *codes; /* NULL: no palette, or one label alone */
};

/* The code of a label, added if it is new; -1: no room. */
static int
code_of (uint32_t *palette, int *n_palette, uint32_t label, int guess)
{
  if (guess < *n_palette && palette[guess] == label)
    return guess;
  for (int i = 0; i < *n_palette; i++)
    if (palette[i] == label)
      return i;
  if (*n_palette == MAX_PALETTE)
    return -1;
  palette[*n_palette] = label;
  return (*n_palette)++;
}

static uint8_t *
encode (const uint32_t *labels, int n, uint32_t *palette, int *n_palette)
{
  g_autofree uint8_t *codes = g_malloc (n);
  int code = 0;
  *n_palette = 0;
  for (int i = 0; i < n; i++) {
    code = code_of (palette, n_palette, labels[i], code);
    if (code < 0)
      return NULL;
    codes[i] = (uint8_t)code;
  }
  return g_steal_pointer (&codes);
}

static int
sample (const uint32_t *from, const int stride[3], uint32_t *to)
{
  int n = 0;
  for (int z = 0; z < LAM_BRICK_EDGE; z += stride[2])
    for (int y = 0; y < LAM_BRICK_EDGE; y += stride[1])
      for (int x = 0; x < LAM_BRICK_EDGE; x += stride[0])
        to[n++] = from[x + LAM_BRICK_EDGE * (y + LAM_BRICK_EDGE * z)];
  return n;
}

static LamCoarseBrick *
coarse_new (uint32_t *labels, int n, uint8_t *codes, int n_palette)
{
  LamCoarseBrick *coarse = g_new0 (LamCoarseBrick, 1);
  g_atomic_ref_count_init (&coarse->references);
  coarse->labels = labels;
  coarse->codes = codes;
  coarse->n_palette = n_palette;
  coarse->bytes = sizeof *coarse + (codes ? n : 0)
      + (n_palette > 0 ? n_palette : n) * sizeof (uint32_t);
  return coarse;
}

LamCoarseBrick *
lam_coarse_brick_new_uniform (uint32_t label)
{
  return coarse_new (g_memdup2 (&label, sizeof label), 1, NULL, 1);
}

LamCoarseBrick *
lam_coarse_brick_new_take (uint32_t *labels, int n)
{
  uint32_t palette[MAX_PALETTE];
  int n_palette;
  uint8_t *codes = encode (labels, n, palette, &n_palette);
  if (!codes)
    return coarse_new (labels, n, NULL, 0);
  g_free (labels);
  labels = g_memdup2 (palette, n_palette * sizeof *palette);
  return coarse_new (labels, n, codes, n_palette);
}

int
lam_coarse_brick_count (const int stride[3])
{
  return LAM_BRICK_VOXELS / (stride[0] * stride[1] * stride[2]);
}

LamCoarseBrick *
lam_coarse_brick_new (const LamLabelBrick *brick, const int stride[3])
{
  const uint32_t *from = lam_label_brick_get_labels (brick);
  uint32_t label;
  if (!from && lam_label_brick_is_uniform (brick, &label, NULL))
    return lam_coarse_brick_new_uniform (label);
  uint32_t *labels = g_new (uint32_t, lam_coarse_brick_count (stride));
  return lam_coarse_brick_new_take (labels, sample (from, stride, labels));
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
  g_free (coarse->labels);
  g_free (coarse->codes);
  g_free (coarse);
}

uint32_t
lam_coarse_brick_get_label (const LamCoarseBrick *coarse, int index)
{
  if (coarse->n_palette == 0)
    return coarse->labels[index];
  return coarse->labels[coarse->codes ? coarse->codes[index] : 0];
}

size_t
lam_coarse_brick_get_bytes (const LamCoarseBrick *coarse)
{
  return coarse->bytes;
}
