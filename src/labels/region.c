/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/region.h"

#include <string.h>

LamRegion *
lam_region_copy (const LamRegion *region)
{
  if (!region)
    return NULL;
  LamRegion *copy = g_memdup2 (region, sizeof *region);
  copy->name = g_strdup (region->name ? region->name : "");
  copy->note = g_strdup (region->note ? region->note : "");
  copy->damage = g_strdup (region->damage);
  return copy;
}

void
lam_region_free (LamRegion *region)
{
  if (!region)
    return;
  g_free (region->name);
  g_free (region->note);
  g_free (region->damage);
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

static void
mark (const LamBox *whole, const LamBox *part, bool *marks)
{
  const int64_t width = whole->max[0] - whole->min[0];
  const int64_t height = whole->max[1] - whole->min[1];
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++)
      memset (marks + ((z - whole->min[2]) * height + y - whole->min[1]) * width
              + part->min[0] - whole->min[0],
          true, (size_t)(part->max[0] - part->min[0]));
}

bool
lam_boxes_mark (const GArray *boxes, const LamBox *whole, bool *marks)
{
  bool any = false;
  for (guint i = 0; i < boxes->len; i++) {
    const LamBox part =
        lam_box_intersect (whole, &g_array_index (boxes, LamBox, i));
    if (lam_box_is_empty (&part))
      continue;
    if (!any)
      memset (marks, false, (size_t)lam_box_volume (whole));
    any = true;
    mark (whole, &part, marks);
  }
  return any;
}

bool
lam_boxes_contain (const GArray *boxes, const int64_t voxel[3])
{
  for (guint i = 0; i < boxes->len; i++)
    if (lam_box_contains (&g_array_index (boxes, LamBox, i), voxel))
      return true;
  return false;
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
