/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/patch.h"

#include <math.h>
#include <string.h>

LamPatch *
lam_patch_new (const int64_t size[3])
{
  LamPatch *patch = g_new0 (LamPatch, 1);
  memcpy (patch->size, size, sizeof patch->size);
  gsize n = (gsize)lam_patch_get_n_voxels (patch);
  patch->image = g_new0 (float, n);
  patch->classes = g_new0 (uint8_t, n);
  patch->weights = g_new0 (float, n);
  return patch;
}

void
lam_patch_free (LamPatch *patch)
{
  if (!patch)
    return;
  g_free (patch->image);
  g_free (patch->classes);
  g_free (patch->weights);
  g_free (patch);
}

/* Another patch's arrays become this one's. */
static void
take_arrays (LamPatch *patch, LamPatch *from)
{
  LamPatch old = *patch;
  *patch = *from;
  *from = old;
}

void
lam_patch_turn (LamPatch *patch, const int axes[3], const int flips[3])
{
  const int64_t *size = patch->size;
  const int64_t steps[3] = { 1, size[0], size[0] * size[1] };
  int64_t start = 0, step[3];
  for (int i = 0; i < 3; i++) {
    g_return_if_fail (size[i] == size[axes[i]]);
    step[i] = flips[i] ? -steps[axes[i]] : steps[axes[i]];
    start += flips[i] ? (size[i] - 1) * steps[axes[i]] : 0;
  }
  g_autoptr (LamPatch) turned = lam_patch_new (size);
  int64_t to = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, to++) {
        int64_t from = start + x * step[0] + y * step[1] + z * step[2];
        turned->image[to] = patch->image[from];
        turned->classes[to] = patch->classes[from];
        turned->weights[to] = patch->weights[from];
      }
  take_arrays (patch, turned);
}

static double
mirror (double p, double last)
{
  p = fabs (p);
  if (last <= 0)
    return 0;
  p = fmod (p, 2 * last);
  return p > last ? 2 * last - p : p;
}

static float
interpolate (const LamPatch *patch, const float *plane, double x, double y)
{
  int64_t w = patch->size[0], h = patch->size[1];
  x = mirror (x, (double)(w - 1));
  y = mirror (y, (double)(h - 1));
  int64_t x0 = (int64_t)x, y0 = (int64_t)y;
  int64_t x1 = MIN (x0 + 1, w - 1), y1 = MIN (y0 + 1, h - 1);
  double u = x - (double)x0, v = y - (double)y0;
  double above = plane[y0 * w + x0] * (1 - u) + plane[y0 * w + x1] * u;
  double below = plane[y1 * w + x0] * (1 - u) + plane[y1 * w + x1] * u;
  return (float)(above * (1 - v) + below * v);
}

static void
move_voxel (const LamPatch *patch, LamPatch *moved, int64_t z, int64_t to,
    double x, double y)
{
  int64_t w = patch->size[0], h = patch->size[1], plane = z * w * h;
  int64_t near_x = (int64_t)floor (x + 0.5), near_y = (int64_t)floor (y + 0.5);
  moved->image[to] = interpolate (patch, patch->image + plane, x, y);
  if (near_x < 0 || near_y < 0 || near_x >= w || near_y >= h) {
    moved->classes[to] = LAM_PATCH_IGNORED;
    moved->weights[to] = 0;
  } else {
    int64_t from = plane + near_y * w + near_x;
    moved->classes[to] = patch->classes[from];
    moved->weights[to] = patch->weights[from];
  }
}

void
lam_patch_move (LamPatch *patch, LamPatchMove move, gconstpointer data)
{
  g_autoptr (LamPatch) moved = lam_patch_new (patch->size);
  int64_t to = 0;
  for (int64_t z = 0; z < patch->size[2]; z++)
    for (int64_t y = 0; y < patch->size[1]; y++)
      for (int64_t x = 0; x < patch->size[0]; x++, to++) {
        double from_x = (double)x, from_y = (double)y;
        move (data, z, &from_x, &from_y);
        move_voxel (patch, moved, z, to, from_x, from_y);
      }
  take_arrays (patch, moved);
}
