/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/region.h"

LamRegion *
lam_region_copy (const LamRegion *region)
{
  if (!region)
    return NULL;
  LamRegion *copy = g_memdup2 (region, sizeof *region);
  copy->name = g_strdup (region->name ? region->name : "");
  return copy;
}

void
lam_region_free (LamRegion *region)
{
  if (region)
    g_free (region->name);
  g_free (region);
}

const char *
lam_region_role_name (LamRegionRole role)
{
  static const char *const names[LAM_N_REGION_ROLES] = { "work", "train",
    "validation", "test", "ignore" };
  return names[role];
}

const char *
lam_review_name (LamReview review)
{
  static const char *const names[LAM_N_REVIEWS] = { "not started",
    "in progress", "verified", "flagged" };
  return names[review];
}

GArray *
lam_regions_dup_verified (const GPtrArray *regions)
{
  GArray *boxes = g_array_new (false, false, sizeof (LamBox));
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = regions->pdata[i];
    if (region->review == LAM_REVIEW_VERIFIED)
      g_array_append_val (boxes, region->box);
  }
  return boxes;
}
