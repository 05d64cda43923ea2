/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/sample.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "labels/phantom-numbers.h"
#include "labels/phantom.h"
#include "store/store.h"
#include "volume/dtype.h"
#include "volume/tiff-writer.h"

static const LamPhantomSettings settings = {
  .size = { 640, 512, 64 },
  .voxel_size_nm = { 10, 10, 40 },
  .seed = 12,
};

char *
lam_sample_dup_path (void)
{
  return g_build_filename (
      g_get_user_data_dir (), "lamella", "sample", "platelets.lamella", NULL);
}

/* --- rendering ---------------------------------------------------------- */

/* All of the sample: it is small on purpose. */
typedef struct {
  const LamPhantom *phantom; /* Borrowed */
  LamProgress *progress; /* Borrowed; or NULL */
  uint16_t *image; /* Owned, as are the next two */
  uint32_t *labels;
  uint8_t *classes;
  _Atomic int64_t next; /* the slice that is to be made next */
} Sample;

static int64_t
page_voxels (void)
{
  return settings.size[0] * settings.size[1];
}

/* Makes slices until there are no more; in two threads at once. */
static gpointer
render_slices (gpointer data)
{
  Sample *sample = data;
  const int64_t step = 4, depth = settings.size[2];
  int64_t z;
  while ((z = atomic_fetch_add (&sample->next, step)) < depth
      && lam_progress_check (sample->progress, NULL)) {
    LamBox box = lam_box_new (
        0, 0, z, settings.size[0], settings.size[1], MIN (z + step, depth));
    int64_t at = z * page_voxels ();
    lam_phantom_render (sample->phantom, &box, sample->image + at,
        sample->labels + at, sample->classes + at);
    lam_progress_set (sample->progress, z + step, depth + depth / 4);
  }
  return NULL;
}

static bool
render (Sample *sample, GError **error)
{
  gsize n = (gsize)(page_voxels () * settings.size[2]);
  sample->image = g_new (uint16_t, n);
  sample->labels = g_new (uint32_t, n);
  sample->classes = g_new (uint8_t, n);
  GThread *other = g_thread_new ("lam-sample", render_slices, sample);
  render_slices (sample);
  g_thread_join (other);
  return lam_progress_check (sample->progress, error);
}

static bool
write_image (const Sample *sample, const char *path, GError **error)
{
  LamTiffLayout layout = { .dtype = LAM_DTYPE_U16 };
  memcpy (layout.size, settings.size, sizeof layout.size);
  memcpy (layout.voxel_size_nm, settings.voxel_size_nm,
      sizeof layout.voxel_size_nm);
  g_autoptr (LamTiffWriter) writer = lam_tiff_writer_new (path, &layout, error);
  for (int64_t z = 0; writer && z < settings.size[2]; z++)
    if (!lam_tiff_writer_add_page (
            writer, sample->image + z * page_voxels (), error))
      return false;
  return writer && lam_tiff_writer_finish (writer, error);
}

/* --- the labels --------------------------------------------------------- */

typedef struct {
  uint32_t labels[LAM_BRICK_VOXELS];
  uint16_t sources[LAM_BRICK_VOXELS];
} Planes;

static void
add_row (GPtrArray *rows, uint32_t id, uint8_t class_id)
{
  LamLabel after = {
    .id = id, .name = (char *)"", .class_id = class_id, .rgb = LAM_RGB_AUTO
  };
  LamLabel before = after;
  before.deleted = true;
  g_ptr_array_add (rows, lam_row_change_new_label (&before, &after));
}

/* Numbers from 1 for the objects, and a row for each: the cells first, then one
 * kind of organelle after the other, as a list should show them. */
static void
number_labels (Sample *sample, GPtrArray *rows)
{
  g_autoptr (LamPhantomNumbers) numbers = lam_phantom_numbers_new ();
  gsize n = (gsize)(page_voxels () * settings.size[2]);
  size_t n_classes;
  lam_class_preset_get ("platelet", &n_classes);
  for (size_t class_id = 1; class_id < n_classes; class_id++) {
    uint32_t met = 0;
    for (gsize i = 0; i < n; i++) {
      if (sample->classes[i] != class_id || sample->labels[i] == met)
        continue;
      met = sample->labels[i];
      uint32_t last = lam_phantom_numbers_get_last (numbers);
      if (lam_phantom_numbers_meet (numbers, met) > last)
        add_row (rows, last + 1, (uint8_t)class_id);
    }
  }
  lam_phantom_numbers_replace (numbers, sample->labels, n);
}

/* The labels of one brick; what is outside of the volume stays unset. */
static void
fill_planes (const Sample *sample, LamBrickKey key, Planes *planes)
{
  memset (planes, 0, sizeof *planes);
  LamBox whole = lam_brick_box (key), all = lam_box_of_size (settings.size);
  LamBox box = lam_box_intersect (&whole, &all);
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++)
      for (int64_t x = box.min[0]; x < box.max[0]; x++) {
        int64_t at = x + settings.size[0] * (y + settings.size[1] * z);
        if (sample->labels[at] == 0)
          continue;
        int64_t i = (x - box.min[0])
            + LAM_BRICK_EDGE
                * ((y - box.min[1]) + LAM_BRICK_EDGE * (z - box.min[2]));
        planes->labels[i] = sample->labels[at];
        planes->sources[i] = LAM_SOURCE_IMPORTED;
      }
}

static bool
write_bricks (const Sample *sample, LamBulkEdit *bulk, GError **error)
{
  g_autofree Planes *planes = g_new (Planes, 1);
  LamBox all = lam_box_of_size (settings.size);
  LamBox bricks = lam_box_bricks (&all);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        fill_planes (sample, key, planes);
        g_autoptr (LamLabelBrick) brick =
            lam_label_brick_new_from_planes (planes->labels, planes->sources);
        if (!lam_bulk_edit_write (bulk, key, brick, error)
            || !lam_progress_check (sample->progress, error))
          return false;
      }
  return true;
}

static bool
write_labels (Sample *sample, LamStore *store, GError **error)
{
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", error);
  if (!bulk)
    return false;
  number_labels (sample, rows);
  if (!write_bricks (sample, bulk, error)) {
    lam_bulk_edit_cancel (bulk);
    return false;
  }
  g_autoptr (LamHistoryRow) row =
      lam_bulk_edit_end (bulk, rows, NULL, _ ("Sample labels"), error);
  return row != NULL;
}

static bool
write_project (
    Sample *sample, const char *path, const char *image, GError **error)
{
  size_t n_classes;
  const LamClass *classes = lam_class_preset_get ("platelet", &n_classes);
  g_autofree char *base = g_path_get_basename (image);
  LamVolumeRow row = { .path = (char *)image,
    .relative_path = base,
    .dtype = (char *)lam_dtype_name (LAM_DTYPE_U16) };
  memcpy (row.size, settings.size, sizeof row.size);
  memcpy (row.voxel_size_nm, settings.voxel_size_nm, sizeof row.voxel_size_nm);
  g_autoptr (LamStore) store =
      lam_store_create (path, &row, classes, n_classes, error);
  return store && write_labels (sample, store, error)
      && lam_store_close (store, error);
}

/* The project under another name until it is complete. */
static bool
put_project (
    Sample *sample, const char *path, const char *image, GError **error)
{
  g_autofree char *partial = g_strconcat (path, ".part", NULL);
  g_autofree char *lock = g_strconcat (partial, ".lock", NULL);
  g_unlink (partial);
  bool made = write_project (sample, partial, image, error);
  g_unlink (lock);
  if (made && g_rename (partial, path) == 0)
    return true;
  if (made)
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
        _ ("The sample %s cannot be put in place: %s"), path,
        g_strerror (errno));
  g_unlink (partial);
  return false;
}

static void
sample_clear (Sample *sample)
{
  g_free (sample->image);
  g_free (sample->labels);
  g_free (sample->classes);
}

bool
lam_sample_make (const char *path, LamProgress *progress, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *image = g_build_filename (folder, "platelets.tif", NULL);
  bool has_project = g_file_test (path, G_FILE_TEST_EXISTS);
  if (has_project && g_file_test (image, G_FILE_TEST_EXISTS))
    return true;
  if (g_mkdir_with_parents (folder, 0755) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
        _ ("The folder %s for the sample cannot be made: %s"), folder,
        g_strerror (errno));
    return false;
  }
  g_autoptr (LamPhantom) phantom = lam_phantom_new (&settings, error);
  if (!phantom)
    return false;
  Sample sample = { .phantom = phantom, .progress = progress };
  /* A project that is there stays: a person may have painted in it. */
  bool made = render (&sample, error) && write_image (&sample, image, error)
      && (has_project || put_project (&sample, path, image, error));
  sample_clear (&sample);
  return made;
}
