/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/regions.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/note.h"
#include "workspace/queue.h"
#include "workspace/regions-private.h"
#include "workspace/workspace-private.h"

size_t
lam_workspace_get_n_regions (LamWorkspace *workspace)
{
  return workspace->regions->len;
}

const LamRegion *
lam_workspace_get_nth_region (LamWorkspace *workspace, size_t i)
{
  g_return_val_if_fail (i < workspace->regions->len, NULL);
  return workspace->regions->pdata[i];
}

/* Where that id is, or would be. */
static guint
find_place (LamWorkspace *workspace, int32_t id)
{
  guint i = 0;
  while (i < workspace->regions->len
      && ((LamRegion *)workspace->regions->pdata[i])->id < id)
    i++;
  return i;
}

const LamRegion *
lam_workspace_get_region (LamWorkspace *workspace, int32_t id)
{
  guint i = find_place (workspace, id);
  const LamRegion *region =
      i < workspace->regions->len ? workspace->regions->pdata[i] : NULL;
  return region && region->id == id ? region : NULL;
}

void
lam_regions_put (LamWorkspace *workspace, int32_t id, const LamRegion *region)
{
  guint i = find_place (workspace, id);
  if (lam_workspace_get_region (workspace, id))
    g_ptr_array_remove_index (workspace->regions, i);
  if (region)
    g_ptr_array_insert (workspace->regions, (int)i, lam_region_copy (region));
}

static bool
check_region (LamWorkspace *workspace, const LamRegion *region, GError **error)
{
  if (!lam_note_check_text (region->note, error))
    return false;
  const LamBox *box = &region->box;
  LamBox all = lam_box_of_size (workspace->size);
  LamBox inside = lam_box_intersect (box, &all);
  if (!lam_box_is_empty (box) && lam_box_equal (box, &inside))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("A region must lie inside of the volume of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " voxels, not from %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT),
      all.max[0], all.max[1], all.max[2], box->min[0], box->min[1], box->min[2],
      box->max[0], box->max[1], box->max[2]);
  return false;
}

/* Takes both. */
static void
push_change (LamWorkspace *workspace, LamRowChange *change, char *detail)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  lam_queue_apply_rows (workspace, rows);
  lam_queue_push_rows (workspace, "region", rows, detail);
  g_free (detail);
}

int32_t
lam_workspace_add_region (
    LamWorkspace *workspace, const LamRegion *region, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !check_region (workspace, region, error))
    return 0;
  guint n = workspace->regions->len;
  LamRegion row = *region;
  row.id = n > 0 ? ((LamRegion *)workspace->regions->pdata[n - 1])->id + 1 : 1;
  push_change (workspace, lam_row_change_new_region (NULL, &row),
      g_strdup_printf (_ ("New region “%s”"), row.name));
  return row.id;
}

static const LamRegion *
find_region (LamWorkspace *workspace, int32_t id, GError **error)
{
  const LamRegion *region = lam_workspace_get_region (workspace, id);
  if (!region)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no region %d in this project"), id);
  return region;
}

bool
lam_region_check_box_free (const LamRegion *region, GError **error)
{
  if (region->review != LAM_REVIEW_VERIFIED)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      region->damage
          ? _ ("“%s” is damaged and counts as verified, so its box stays as it "
               "is. Say in the list of regions what its review is first, "
               "another than verified")
          : _ ("“%s” is verified, so its box stays as it is. Set its review "
               "back first: what a larger box takes in, nobody has looked at"),
      region->name);
  return false;
}

static bool
check_box_change (const LamRegion *now, const LamRegion *region, GError **error)
{
  return lam_box_equal (&now->box, &region->box)
      || region->review != LAM_REVIEW_VERIFIED
      || lam_region_check_box_free (now, error);
}

bool
lam_workspace_set_region (
    LamWorkspace *workspace, const LamRegion *region, GError **error)
{
  const LamRegion *now = find_region (workspace, region->id, error);
  if (!now || !lam_queue_check_rows_free (workspace, error)
      || !check_region (workspace, region, error)
      || !check_box_change (now, region, error))
    return false;
  LamRegion sound = *region;
  sound.damage = NULL;
  push_change (workspace, lam_row_change_new_region (now, &sound),
      region->review == LAM_REVIEW_VERIFIED && now->review != region->review
          ? g_strdup_printf (_ ("Verified region “%s”"), region->name)
          : g_strdup_printf (_ ("Changed region “%s”"), region->name));
  return true;
}

bool
lam_workspace_remove_region (
    LamWorkspace *workspace, int32_t id, GError **error)
{
  const LamRegion *now = find_region (workspace, id, error);
  if (!now || !lam_queue_check_rows_free (workspace, error))
    return false;
  LamRowChange *change = lam_row_change_new_region (now, NULL);
  push_change (workspace, change,
      g_strdup_printf (_ ("Removed region “%s”"), now->name));
  return true;
}
