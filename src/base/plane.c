/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/plane.h"

#include <string.h>

static const struct {
  const char *name;
  int u, v, w;
} planes[LAM_N_PLANES] = {
  [LAM_PLANE_XY] = { "xy", 0, 1, 2 },
  [LAM_PLANE_XZ] = { "xz", 0, 2, 1 },
  [LAM_PLANE_YZ] = { "yz", 2, 1, 0 },
};

int
lam_plane_u (LamPlane plane)
{
  return planes[plane].u;
}

int
lam_plane_v (LamPlane plane)
{
  return planes[plane].v;
}

int
lam_plane_w (LamPlane plane)
{
  return planes[plane].w;
}

const char *
lam_plane_name (LamPlane plane)
{
  return planes[plane].name;
}

bool
lam_plane_parse (const char *name, LamPlane *plane)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (strcmp (name, planes[i].name) == 0) {
      *plane = i;
      return true;
    }
  return false;
}
