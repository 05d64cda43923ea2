/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels, classes or sources out as a TIFF stack. A slab of as many slices as
 * fit into SLAB_BYTES is put together from its bricks at a time.
 *
 * The queue is asked only for a snapshot, when all that was done before is
 * saved. The rest runs beside it: what is painted meanwhile is seen and saved
 * as ever, and not exported. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "store/snapshot.h"
#include "volume/tiff-writer.h"
#include "workspace/label-transfer.h"
#include "workspace/snapshot-work.h"
#include "workspace/workspace-private.h"

#define SLAB_BYTES (INT64_C (256) << 20)

typedef struct {
  char *path;
  LamExportOptions options;
  double voxel_size_nm[3];
  GHashTable *classes; /* Owned; label → class id, in pointers; or NULL */
  LamProgress *progress; /* Owned */
  LamStoreSnapshot *snapshot; /* Borrowed while it works */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  g_free (export->path);
  g_clear_pointer (&export->classes, g_hash_table_unref);
  lam_progress_unref (export->progress);
  g_free (export);
}

/* One brick's values of the wanted plane, 64³. */
static void
take_values (const Export *export, const LamLabelBrick *brick, uint32_t *out)
{
  if (export->options.what == LAM_EXPORT_SOURCES) {
    for (int i = 0; i < LAM_BRICK_VOXELS; i++)
      out[i] = lam_label_brick_get_source (brick, i);
    return;
  }
  lam_label_brick_copy_labels (brick, out);
  if (export->options.what == LAM_EXPORT_LABELS)
    return;
  uint32_t last = 0, class_id = 0;
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (out[i] != last) {
      last = out[i];
      class_id = GPOINTER_TO_UINT (
          g_hash_table_lookup (export->classes, GUINT_TO_POINTER (last)));
    }
    out[i] = class_id;
  }
}

/* Puts the part of a brick that is in `slab` into its place. */
static void
place (
    const LamBox *slab, LamBrickKey key, const uint32_t *values, uint32_t *out)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, slab);
  int64_t w = slab->max[0] - slab->min[0], h = slab->max[1] - slab->min[1];
  size_t n = (size_t)(part.max[0] - part.min[0]) * sizeof *out;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      int64_t from = (part.min[0] - whole.min[0])
          + LAM_BRICK_EDGE
              * ((y - whole.min[1]) + LAM_BRICK_EDGE * (z - whole.min[2]));
      int64_t to = (part.min[0] - slab->min[0])
          + w * ((y - slab->min[1]) + h * (z - slab->min[2]));
      memcpy (out + to, values + from, n);
    }
}

static bool
read_slab (
    const Export *export, const LamBox *slab, uint32_t *out, GError **error)
{
  memset (out, 0, (size_t)lam_box_volume (slab) * sizeof *out);
  g_autofree uint32_t *values = g_new (uint32_t, LAM_BRICK_VOXELS);
  LamBox bricks = lam_box_bricks (slab);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        GError *problem = NULL;
        g_autoptr (LamLabelBrick) brick =
            lam_store_snapshot_read (export->snapshot, key, &problem);
        if (problem) {
          g_propagate_error (error, problem);
          return false;
        }
        if (!lam_progress_check (export->progress, error))
          return false;
        if (!brick)
          continue;
        take_values (export, brick, values);
        place (slab, key, values, out);
      }
  return true;
}

/* Calls `each` for slab after slab of the box. */
static bool
walk (const Export *export, double from, double to,
    bool (*each) (const LamBox *slab, uint32_t *values, gpointer user_data,
        GError **error),
    gpointer user_data, GError **error)
{
  const LamBox *box = &export->options.box;
  int64_t page = (box->max[0] - box->min[0]) * (box->max[1] - box->min[1]);
  int64_t depth = CLAMP (SLAB_BYTES / (page * 4), 1, LAM_BRICK_EDGE);
  g_autofree uint32_t *values = g_try_malloc ((gsize)(page * depth) * 4);
  if (!values) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for a slice of %" G_GINT64_FORMAT " voxels"),
        page);
    return false;
  }
  int64_t n = box->max[2] - box->min[2];
  for (int64_t z = box->min[2]; z < box->max[2];) {
    /* Up to the next brick border, so that no brick is read twice when the
     * slab is deep enough. */
    int64_t border = (z / LAM_BRICK_EDGE + 1) * LAM_BRICK_EDGE;
    LamBox slab = *box;
    slab.min[2] = z;
    slab.max[2] = MIN (MIN (z + depth, border), box->max[2]);
    if (!read_slab (export, &slab, values, error)
        || !each (&slab, values, user_data, error))
      return false;
    z = slab.max[2];
    double fraction = from + (to - from) * (double)(z - box->min[2]) / n;
    lam_progress_set (export->progress, (int64_t)(fraction * 1e6), 1000000);
  }
  return true;
}

static bool
find_largest (
    const LamBox *slab, uint32_t *values, gpointer user_data, GError **error)
{
  uint32_t *largest = user_data;
  int64_t n = lam_box_volume (slab);
  for (int64_t i = 0; i < n; i++)
    *largest = MAX (*largest, values[i]);
  return true;
}

typedef struct {
  LamTiffWriter *writer;
  LamDtype dtype;
} Writing;

/* In place, from the front. */
static bool
narrow (LamDtype dtype, uint32_t *values, int64_t n, GError **error)
{
  uint32_t limit = dtype == LAM_DTYPE_U8 ? UINT8_MAX
      : dtype == LAM_DTYPE_U16           ? UINT16_MAX
                                         : UINT32_MAX;
  for (int64_t i = 0; i < n; i++) {
    uint32_t value = values[i];
    if (value > limit) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("The number %u does not fit into %s: export with a wider type"),
          value, lam_dtype_name (dtype));
      return false;
    }
    if (dtype == LAM_DTYPE_U8)
      ((uint8_t *)values)[i] = (uint8_t)value;
    else if (dtype == LAM_DTYPE_U16)
      ((uint16_t *)values)[i] = (uint16_t)value;
  }
  return true;
}

static bool
write_pages (
    const LamBox *slab, uint32_t *values, gpointer user_data, GError **error)
{
  Writing *writing = user_data;
  if (!narrow (writing->dtype, values, lam_box_volume (slab), error))
    return false;
  size_t page = (size_t)(slab->max[0] - slab->min[0])
      * (size_t)(slab->max[1] - slab->min[1])
      * lam_dtype_bytes (writing->dtype);
  for (int64_t z = 0; z < slab->max[2] - slab->min[2]; z++)
    if (!lam_tiff_writer_add_page (
            writing->writer, (const char *)values + page * z, error))
      return false;
  return true;
}

static bool
choose_dtype (Export *export, GError **error)
{
  if (!export->options.smallest)
    return true;
  uint32_t largest = 0;
  if (!walk (export, 0, 0.4, find_largest, &largest, error))
    return false;
  export->options.dtype = largest <= UINT8_MAX ? LAM_DTYPE_U8
      : largest <= UINT16_MAX                  ? LAM_DTYPE_U16
                                               : LAM_DTYPE_U32;
  return true;
}

static bool
write_stack (gpointer data, LamStoreSnapshot *snapshot, GError **error)
{
  Export *export = data;
  export->snapshot = snapshot;
  if (!choose_dtype (export, error))
    return false;
  LamTiffLayout layout = { .dtype = export->options.dtype, .deflate = true };
  for (int a = 0; a < 3; a++) {
    layout.size[a] = export->options.box.max[a] - export->options.box.min[a];
    layout.voxel_size_nm[a] = export->voxel_size_nm[a];
  }
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (export->path, &layout, error);
  Writing writing = { writer, layout.dtype };
  double from = export->options.smallest ? 0.4 : 0;
  return writer && walk (export, from, 1, write_pages, &writing, error)
      && lam_tiff_writer_finish (writer, error);
}

static GHashTable *
map_classes (const LamClassTable *table)
{
  GHashTable *classes = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    g_hash_table_insert (classes, GUINT_TO_POINTER (row->id),
        GUINT_TO_POINTER ((guint)row->class_id));
  }
  return classes;
}

/* Not with the table that the workspace has: that is ahead of the bricks by
 * what waits in the queue. */
static bool
take_classes (
    gpointer data, LamStore *store, LamStoreSnapshot *snapshot, GError **error)
{
  Export *export = data;
  export->classes = map_classes (lam_store_snapshot_get_classes (snapshot));
  return true;
}

/* Neither the project nor its image is what an export may replace. */
static bool
check_path (LamWorkspace *workspace, const char *path, GError **error)
{
  const char *project = lam_store_get_path (workspace->store);
  const LamVolumeRow *row = lam_store_get_volume (workspace->store);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autofree char *beside = row->relative_path
      ? g_canonicalize_filename (row->relative_path, folder)
      : NULL;
  const char *inputs[5] = { project };
  int n = 1;
  if (workspace->volume)
    inputs[n++] = lam_volume_get_info (workspace->volume)->path;
  if (row->path)
    inputs[n++] = row->path;
  if (beside)
    inputs[n++] = beside;
  return lam_output_check (path, inputs, true, error);
}

void
lam_workspace_export_async (LamWorkspace *workspace, const char *path,
    const LamExportOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  LamBox all = lam_box_of_size (workspace->size);
  LamBox box = lam_box_is_empty (&options->box) ? all : options->box;
  LamBox inside = lam_box_intersect (&box, &all);
  if (!workspace->store) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There are no labels to export: start labelling first"));
    return;
  }
  if (!lam_box_equal (&inside, &box)) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The box to export reaches outside of the volume of "
           "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
        all.max[0], all.max[1], all.max[2]);
    return;
  }
  GError *error = NULL;
  if (!check_path (workspace, path, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Export *export = g_new0 (Export, 1);
  export->path = g_canonicalize_filename (path, NULL);
  export->options = *options;
  export->options.box = box;
  if (workspace->knows_voxel_size)
    memcpy (export->voxel_size_nm, workspace->voxel_size_nm,
        sizeof export->voxel_size_nm);
  export->progress =
      progress ? lam_progress_ref (progress) : lam_progress_new ();
  g_task_set_task_data (task, export, export_free);
  lam_snapshot_work_start (
      g_steal_pointer (&task), take_classes, write_stack, export->progress);
}

bool
lam_workspace_export_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
