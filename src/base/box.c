/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/box.h"

LamBox
lam_box_new (int64_t x0, int64_t y0, int64_t z0, int64_t x1, int64_t y1,
    int64_t z1)
{
  return (LamBox){ { x0, y0, z0 }, { x1, y1, z1 } };
}

LamBox
lam_box_of_size (const int64_t size[3])
{
  return lam_box_new (0, 0, 0, size[0], size[1], size[2]);
}

bool
lam_box_is_empty (const LamBox *box)
{
  for (int i = 0; i < 3; i++)
    if (box->max[i] <= box->min[i])
      return true;
  return false;
}

bool
lam_box_equal (const LamBox *a, const LamBox *b)
{
  for (int i = 0; i < 3; i++)
    if (a->min[i] != b->min[i] || a->max[i] != b->max[i])
      return false;
  return true;
}

bool
lam_box_contains (const LamBox *box, const int64_t point[3])
{
  for (int i = 0; i < 3; i++)
    if (point[i] < box->min[i] || point[i] >= box->max[i])
      return false;
  return true;
}

LamBox
lam_box_intersect (const LamBox *a, const LamBox *b)
{
  LamBox out;
  for (int i = 0; i < 3; i++) {
    out.min[i] = a->min[i] > b->min[i] ? a->min[i] : b->min[i];
    out.max[i] = a->max[i] < b->max[i] ? a->max[i] : b->max[i];
  }
  return out;
}

LamBox
lam_box_unite (const LamBox *a, const LamBox *b)
{
  if (lam_box_is_empty (a))
    return *b;
  if (lam_box_is_empty (b))
    return *a;
  LamBox out;
  for (int i = 0; i < 3; i++) {
    out.min[i] = a->min[i] < b->min[i] ? a->min[i] : b->min[i];
    out.max[i] = a->max[i] > b->max[i] ? a->max[i] : b->max[i];
  }
  return out;
}

int64_t
lam_box_volume (const LamBox *box)
{
  if (lam_box_is_empty (box))
    return 0;
  int64_t n = 1;
  for (int i = 0; i < 3; i++)
    n *= box->max[i] - box->min[i];
  return n;
}

LamBox
lam_box_bricks (const LamBox *box)
{
  LamBox out;
  for (int i = 0; i < 3; i++) {
    out.min[i] = box->min[i] / LAM_BRICK_EDGE;
    out.max[i] = lam_divide_up (box->max[i], LAM_BRICK_EDGE);
  }
  return out;
}

LamBox
lam_brick_box (LamBrickKey key)
{
  const int64_t e = LAM_BRICK_EDGE;
  return lam_box_new (key.x * e, key.y * e, key.z * e, (key.x + 1) * e,
      (key.y + 1) * e, (key.z + 1) * e);
}

int64_t
lam_brick_key_pack (LamBrickKey key)
{
  return (int64_t)key.z << 42 | (int64_t)key.y << 21 | (int64_t)key.x;
}

LamBrickKey
lam_brick_key_unpack (int64_t packed)
{
  const int64_t mask = (1 << 21) - 1;
  return (LamBrickKey){ (int32_t)(packed & mask),
    (int32_t)(packed >> 21 & mask), (int32_t)(packed >> 42 & mask) };
}
