/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "volume/format.h"
#include "workspace/label-source.h"
#include "workspace/quality-private.h"

/* Nothing is written meanwhile by this program. */
#define KEPT_BYTES (INT64_C (16) << 20)

void
lam_quality_input_free (LamQualityInput *input)
{
  if (!input)
    return;
  g_clear_pointer (&input->own_snapshot, lam_store_snapshot_free);
  g_clear_object (&input->store);
  g_clear_pointer (&input->file, lam_source_unref);
  g_free (input->path);
  g_free (input);
}

LamQualityInput *
lam_quality_input_new (LamStoreSnapshot *snapshot, const char *path,
    const int64_t size[3], const double voxel_size_nm[3])
{
  LamQualityInput *input = g_new0 (LamQualityInput, 1);
  input->path = g_strdup (path);
  input->snapshot = snapshot;
  memcpy (input->size, size, sizeof input->size);
  memcpy (input->voxel_size_nm, voxel_size_nm, sizeof input->voxel_size_nm);
  return input;
}

LamQualityInput *
lam_quality_input_new_voice (LamStore *store, LamStoreSnapshot *snapshot,
    const LamVoice *voice, GError **error)
{
  LamSource *source =
      lam_label_source_new_voice (store, snapshot, voice, error);
  if (!source)
    return NULL;
  const LamVolumeRow *volume = lam_store_get_volume (store);
  LamQualityInput *input = lam_quality_input_new (
      NULL, voice->name, volume->size, volume->voxel_size_nm);
  input->file = source;
  return input;
}

static bool
open_project (LamQualityInput *input, GError **error)
{
  input->store = lam_store_open_to_read (input->path, error);
  if (!input->store)
    return false;
  input->own_snapshot =
      lam_store_snapshot_new (input->store, KEPT_BYTES, error);
  input->snapshot = input->own_snapshot;
  const LamVolumeRow *volume = lam_store_get_volume (input->store);
  memcpy (input->size, volume->size, sizeof input->size);
  memcpy (
      input->voxel_size_nm, volume->voxel_size_nm, sizeof input->voxel_size_nm);
  return input->snapshot != NULL;
}

static bool
open_file (LamQualityInput *input, GError **error)
{
  input->file = lam_format_open (input->path, &LAM_OPEN_DEFAULTS, error);
  if (!input->file)
    return false;
  const LamSourceInfo *info = lam_source_get_info (input->file);
  memcpy (input->size, info->levels[0].size, sizeof input->size);
  memcpy (
      input->voxel_size_nm, info->voxel_size_nm, sizeof input->voxel_size_nm);
  return true;
}

LamQualityInput *
lam_quality_input_open (const char *path, GError **error)
{
  g_autoptr (LamQualityInput) input = g_new0 (LamQualityInput, 1);
  input->path = g_strdup (path);
  bool done = g_str_has_suffix (path, ".lamella") ? open_project (input, error)
                                                  : open_file (input, error);
  return done ? g_steal_pointer (&input) : NULL;
}

const char *
lam_quality_input_get_path (const LamQualityInput *input)
{
  return input->path;
}

const int64_t *
lam_quality_input_get_size (const LamQualityInput *input)
{
  return input->size;
}

const double *
lam_quality_input_get_voxel_size_nm (const LamQualityInput *input)
{
  return input->voxel_size_nm;
}

bool
lam_quality_input_is_project (const LamQualityInput *input)
{
  return input->snapshot != NULL;
}

const LamClassTable *
lam_quality_input_get_classes (const LamQualityInput *input)
{
  return input->snapshot ? lam_store_snapshot_get_classes (input->snapshot)
                         : NULL;
}

bool
lam_quality_input_find_region (
    const LamQualityInput *input, const char *name, LamBox *box, GError **error)
{
  g_autoptr (GPtrArray) regions =
      input->store ? lam_store_dup_regions (input->store) : NULL;
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; regions && i < regions->len; i++) {
    const LamRegion *region = g_ptr_array_index (regions, i);
    if (strcmp (region->name, name) == 0) {
      *box = region->box;
      return true;
    }
    g_string_append_printf (names, "%s“%s”", i ? ", " : "", region->name);
  }
  if (names->len > 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s has no region “%s”; there are %s"), input->path, name,
        names->str);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s has no region “%s”: there are none"), input->path, name);
  return false;
}
