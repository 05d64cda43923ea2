/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What goes wrong when sections are cut and imaged. Nothing happens to patches
 * of one section. */
#include <glib/gi18n-lib.h>

#include "segment/augment-rows.h"

/* The image of one section is lost; what is known of it stays, for a network
 * can tell it from the neighbours. */
static void
apply_missing (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  int64_t plane = patch->size[0] * patch->size[1];
  int64_t z = lam_random_u32 (random) % (uint32_t)patch->size[2];
  float grey = (float)lam_random_range (random, -values[0], values[0]);
  if (patch->size[2] == 1)
    return;
  for (int64_t i = 0; i < plane; i++)
    patch->image[z * plane + i] = grey;
}

const LamAugment lam_augment_missing_section = {
  .name = "missing-section",
  .title = N_ ("Lose the image of a section"),
  .parameters = { { "grey", N_ ("At most so far from the mean it becomes"), 0,
      5, 2, N_ ("deviations") } },
  .apply = apply_missing,
};

typedef struct {
  int64_t first;
  double shift[2];
} Slip;

static void
move_slip (gconstpointer data, int64_t z, double *x, double *y)
{
  const Slip *slip = data;
  if (z < slip->first)
    return;
  *x += slip->shift[0];
  *y += slip->shift[1];
}

/* All sections from some one on are shifted, with what is known of them. */
static void
apply_misaligned (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  Slip slip = { 0 };
  if (patch->size[2] == 1)
    return;
  slip.first = 1 + lam_random_u32 (random) % (uint32_t)(patch->size[2] - 1);
  for (int i = 0; i < 2; i++)
    slip.shift[i] = lam_random_range (random, -values[0], values[0]);
  lam_patch_move (patch, move_slip, &slip);
}

const LamAugment lam_augment_misaligned_sections = {
  .name = "misaligned-sections",
  .title = N_ ("Shift all sections from some one on"),
  .parameters = { { "shift", N_ ("At most so far"), 0, 64, 8, N_ ("voxels") } },
  .apply = apply_misaligned,
};
