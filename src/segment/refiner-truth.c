/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "segment/refiner-inside.h"

/* Of a fifth of such blocks, what is known is kept back. */
#define BLOCK_EDGE 32
#define BLOCK_DEPTH 4
#define KEPT_BACK 5

void
lam_refiner_brick_free (LamRefinerBrick *brick)
{
  g_free (brick->teaches);
  g_free (brick->tests);
  g_free (brick->counts);
  g_free (brick);
}

void
lam_refiner_tell (LamRefiner *refiner, LamBrickKey key, const uint8_t *teaches,
    const uint8_t *tests)
{
  LamRefinerBrick *brick = g_new0 (LamRefinerBrick, 1);
  int64_t packed = lam_brick_key_pack (key);
  brick->key = key;
  brick->teaches = g_memdup2 (teaches, LAM_BRICK_VOXELS);
  brick->tests = g_malloc (LAM_BRICK_VOXELS);
  if (tests)
    memcpy (brick->tests, tests, LAM_BRICK_VOXELS);
  else
    memset (brick->tests, LAM_PATCH_IGNORED, LAM_BRICK_VOXELS);
  brick->counts = g_new0 (int64_t, refiner->n_classes);
  g_ptr_array_add (refiner->bricks, brick);
  g_hash_table_insert (
      refiner->by_key, g_memdup2 (&packed, sizeof packed), brick);
}

void
lam_refiner_count (LamRefiner *refiner)
{
  refiner->n_tests = 0;
  for (int c = 0; c < refiner->n_classes; c++)
    refiner->totals[c] = 0;
  for (guint i = 0; i < refiner->bricks->len; i++) {
    LamRefinerBrick *brick = refiner->bricks->pdata[i];
    memset (
        brick->counts, 0, (size_t)refiner->n_classes * sizeof *brick->counts);
    brick->n_tests = 0;
    for (int j = 0; j < LAM_BRICK_VOXELS; j++) {
      if (brick->teaches[j] < refiner->n_classes)
        brick->counts[brick->teaches[j]]++;
      brick->n_tests += brick->tests[j] < refiner->n_classes;
    }
    for (int c = 0; c < refiner->n_classes; c++)
      refiner->totals[c] += brick->counts[c];
    refiner->n_tests += brick->n_tests;
  }
}

static bool
is_kept_back (LamBrickKey key, int voxel)
{
  int edge = (int)LAM_BRICK_EDGE;
  const int at[3] = { voxel % edge / BLOCK_EDGE,
    voxel / edge % edge / BLOCK_EDGE, voxel / (edge * edge) / BLOCK_DEPTH };
  LamRandom random = lam_random_new ((uint64_t)lam_brick_key_pack (key),
      (uint64_t)(at[0] + 8 * (at[1] + 8 * at[2])));
  return lam_random_u32 (&random) % KEPT_BACK == 0;
}

void
lam_refiner_split (LamRefiner *refiner)
{
  for (guint i = 0; i < refiner->bricks->len; i++) {
    LamRefinerBrick *brick = refiner->bricks->pdata[i];
    for (int j = 0; j < LAM_BRICK_VOXELS; j++)
      if (brick->teaches[j] != LAM_PATCH_IGNORED
          && is_kept_back (brick->key, j)) {
        brick->tests[j] = brick->teaches[j];
        brick->teaches[j] = LAM_PATCH_IGNORED;
      }
  }
  lam_refiner_count (refiner);
}

static int
draw_class (const LamRefiner *refiner, LamRandom *random)
{
  double power = 1 - refiner->settings.balance, sum = 0;
  int last = 0;
  for (int c = 0; c < refiner->n_classes; c++)
    if (refiner->totals[c] > 0)
      sum += pow ((double)refiner->totals[c], power);
  double dice = lam_random_unit (random) * sum;
  for (int c = 0; c < refiner->n_classes; c++) {
    if (refiner->totals[c] == 0)
      continue;
    last = c;
    dice -= pow ((double)refiner->totals[c], power);
    if (dice < 0)
      break;
  }
  return last;
}

void
lam_refiner_draw (
    const LamRefiner *refiner, LamRandom *random, int64_t voxel[3])
{
  int class_index = draw_class (refiner, random), at = -1;
  int64_t n = refiner->totals[class_index];
  int64_t k = MIN ((int64_t)(lam_random_unit (random) * (double)n), n - 1);
  guint i = 0;
  const LamRefinerBrick *brick = refiner->bricks->pdata[0];
  while (k >= brick->counts[class_index]) {
    k -= brick->counts[class_index];
    brick = refiner->bricks->pdata[++i];
  }
  while (k >= 0)
    k -= brick->teaches[++at] == class_index;
  LamBox box = lam_brick_box (brick->key);
  voxel[0] = box.min[0] + at % LAM_BRICK_EDGE;
  voxel[1] = box.min[1] + at / LAM_BRICK_EDGE % LAM_BRICK_EDGE;
  voxel[2] = box.min[2] + at / (LAM_BRICK_EDGE * LAM_BRICK_EDGE);
}

static uint8_t
get_class (const LamRefiner *refiner, int64_t x, int64_t y, int64_t z)
{
  if (x < 0 || y < 0 || z < 0)
    return LAM_PATCH_IGNORED;
  LamBrickKey key = { (int32_t)(x / LAM_BRICK_EDGE),
    (int32_t)(y / LAM_BRICK_EDGE), (int32_t)(z / LAM_BRICK_EDGE) };
  int64_t packed = lam_brick_key_pack (key);
  const LamRefinerBrick *brick = g_hash_table_lookup (refiner->by_key, &packed);
  return brick ? brick->teaches[x % LAM_BRICK_EDGE
             + LAM_BRICK_EDGE
                 * (y % LAM_BRICK_EDGE + LAM_BRICK_EDGE * (z % LAM_BRICK_EDGE))]
               : LAM_PATCH_IGNORED;
}

void
lam_refiner_read (
    const LamRefiner *refiner, const LamBox *box, uint8_t *classes)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *classes++ = get_class (refiner, x, y, z);
}
