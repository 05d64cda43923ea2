/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The workspace on real project files: strokes, undo, restarts, failures,
 * import and export. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "rounds.h"
#include "volume/copy-folder.h"
#include "volume/format.h"
#include "volume/tiff-writer.h"
#include "workspace/label-transfer.h"
#include "workspace/labelling.h"
#include "workspace/models.h"
#include "workspace/painting.h"
#include "workspace/project-models.h"
#include "workspace/regions.h"
#include "workspace/sample.h"
#include "workspace/segment-all.h"

#define WIDTH 150
#define HEIGHT 90
#define DEPTH 70

typedef struct {
  char *folder;
  char *image;
  char *project;
} Fixture;

static void
write_stack (const char *path, LamDtype dtype, const int64_t size[3],
    uint32_t (*value) (int64_t x, int64_t y, int64_t z))
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { size[0], size[1], size[2] },
    .dtype = dtype,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *page = g_new (uint32_t, size[0] * size[1]);
  for (int64_t z = 0; z < size[2]; z++) {
    for (int64_t i = 0; i < size[0] * size[1]; i++) {
      uint32_t v = value (i % size[0], i / size[0], z);
      if (dtype == LAM_DTYPE_U8)
        ((uint8_t *)page)[i] = (uint8_t)v;
      else if (dtype == LAM_DTYPE_U16)
        ((uint16_t *)page)[i] = (uint16_t)v;
      else
        page[i] = v;
    }
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
  g_assert_no_error (error);
}

static uint32_t
image_value (int64_t x, int64_t y, int64_t z)
{
  return (uint32_t)(x * 3 + y * 5 + z * 7) & 0xff;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("lam-workspace-XXXXXX", NULL);
  fixture->image = g_build_filename (fixture->folder, "scan.tif", NULL);
  fixture->project = g_build_filename (fixture->folder, "scan.lamella", NULL);
  const int64_t size[3] = { WIDTH, HEIGHT, DEPTH };
  write_stack (fixture->image, LAM_DTYPE_U8, size, image_value);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->image);
  g_free (fixture->project);
}

/* --- helpers ------------------------------------------------------------ */

static LamWorkspace *
open_at (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = lam_workspace_open (path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (workspace);
  return workspace;
}

static LamWorkspace *
begin_project (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = open_at (fixture->image);
  g_assert_true (lam_workspace_create_project (
      workspace, fixture->project, "platelet", &error));
  g_assert_no_error (error);
  return workspace;
}

static void
close_and_free (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_close (workspace, false, &error);
  g_assert_no_error (error);
  g_assert_finalize_object (workspace);
}

static int64_t
wait_for (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  int64_t id = 0;
  lam_workspace_wait (workspace, &id, &error);
  g_assert_no_error (error);
  return id;
}

/* Queues one stroke from (x0, y0) to (x1, y1) in slice z. */
static void
stroke (LamWorkspace *workspace, uint32_t label, double x0, double y0,
    double x1, double y1, double z)
{
  g_autoptr (GError) error = NULL;
  LamBrush brush = { .plane = LAM_PLANE_XY,
    .shape = LAM_BRUSH_DISC,
    .radius_nm = 60,
    .depth = 1,
    .label = label,
    .overwrite = LAM_OVERWRITE_EVERYTHING };
  g_assert_true (lam_workspace_begin_stroke (
      workspace, label ? "brush" : "eraser", &brush, &error));
  g_assert_no_error (error);
  lam_workspace_add_sample (workspace, (const double[3]){ x0, y0, z + 0.5 }, 1);
  lam_workspace_add_sample (workspace, (const double[3]){ x1, y1, z + 0.5 }, 1);
  lam_workspace_end_stroke (workspace);
}

static char *
hash_of (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  wait_for (workspace);
  char *hash = lam_store_content_hash (
      lam_workspace_get_store (workspace), NULL, &error);
  g_assert_no_error (error);
  return hash;
}

static uint32_t
label_at (LamWorkspace *workspace, int64_t x, int64_t y, int64_t z)
{
  const int64_t voxel[3] = { x, y, z };
  for (;;) {
    LamProbe probe = lam_workspace_probe (workspace, voxel);
    if (probe.has_label)
      return probe.label;
    g_main_context_iteration (NULL, true);
  }
}

static uint32_t
take (LamWorkspace *workspace, int32_t class_id)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_set_active_class (workspace, class_id);
  uint32_t label = lam_workspace_take_label (workspace, &error);
  g_assert_no_error (error);
  return label;
}

static void
assert_clean (LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_store_check (
      lam_workspace_get_store (workspace), problems, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
}

/* --- strokes, undo, restarts -------------------------------------------- */

static void
test_stroke_survives (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t label = take (workspace, 2);
  stroke (workspace, label, 20, 20, 100, 40, 5);
  g_assert_cmpuint (label_at (workspace, 60, 30, 5), ==, label);
  g_assert_cmpint (wait_for (workspace), >, 0);
  g_assert_cmpint (
      lam_workspace_get_save_state (workspace), ==, LAM_SAVE_SAVED);
  close_and_free (workspace);

  /* The image leads to its project. */
  workspace = open_at (fixture->image);
  g_assert_nonnull (lam_workspace_get_store (workspace));
  g_assert_cmpuint (label_at (workspace, 60, 30, 5), ==, label);
  const LamLabel *row =
      lam_class_table_get_label (lam_workspace_get_classes (workspace), label);
  g_assert_cmpint (row->class_id, ==, 2);

  lam_workspace_undo (workspace);
  wait_for (workspace);
  g_assert_cmpuint (label_at (workspace, 60, 30, 5), ==, 0);
  /* The stroke made the label; both are gone, but the number stays taken. */
  row =
      lam_class_table_get_label (lam_workspace_get_classes (workspace), label);
  g_assert_true (row->deleted);
  g_assert_cmpuint (take (workspace, 2), ==, label + 1);
  close_and_free (workspace);

  workspace = open_at (fixture->project);
  lam_workspace_redo (workspace);
  wait_for (workspace);
  g_assert_cmpuint (label_at (workspace, 60, 30, 5), ==, label);
  assert_clean (workspace);
  close_and_free (workspace);
}

/* A stroke that changes nothing is no edit, and its fresh label goes. */
static void
test_empty_stroke (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t label = take (workspace, 3);
  stroke (workspace, label, -500, -500, -400, -400, 5);
  g_assert_cmpint (wait_for (workspace), ==, 0);
  g_assert_cmpuint (lam_workspace_get_active_label (workspace), ==, 0);
  close_and_free (workspace);
}

/* Strokes and undos asked for faster than they can be carried out give the same
 * as one after the other. */
static void
run_script (LamWorkspace *workspace, uint64_t seed, bool wait_each)
{
  LamRandom random = lam_random_new (seed, 1);
  for (int i = 0; i < 40; i++) {
    double pick = lam_random_unit (&random);
    double v[5];
    for (int k = 0; k < 5; k++)
      v[k] = lam_random_unit (&random);
    if (pick < 0.2)
      lam_workspace_undo (workspace);
    else if (pick < 0.3)
      lam_workspace_redo (workspace);
    else
      stroke (workspace, pick < 0.4 ? 0 : 1 + (uint32_t)(pick * 3),
          v[0] * WIDTH, v[1] * HEIGHT, v[2] * WIDTH, v[3] * HEIGHT,
          (int)(v[4] * DEPTH));
    if (wait_each)
      wait_for (workspace);
    else if (pick > 0.9)
      g_main_context_iteration (NULL, false);
  }
}

static void
add_labels (LamWorkspace *workspace)
{
  for (int i = 0; i < 4; i++) {
    LamLabel row = { .name = (char *)"", .class_id = 2, .rgb = LAM_RGB_AUTO };
    g_assert_cmpuint (
        lam_workspace_add_label (workspace, &row, NULL), ==, i + 1);
  }
}

static void
test_order (Fixture *fixture, gconstpointer unused)
{
  for (uint64_t seed = 1; seed <= PLAIN_OR_SANITISED (4, 2); seed++) {
    char *hashes[2] = { NULL, NULL };
    for (int pass = 0; pass < 2; pass++) {
      LamWorkspace *workspace = begin_project (fixture);
      add_labels (workspace);
      run_script (workspace, seed, pass == 0);
      hashes[pass] = hash_of (workspace);
      assert_clean (workspace);
      close_and_free (workspace);
      g_unlink (fixture->project);
    }
    g_assert_cmpstr (hashes[0], ==, hashes[1]);
    g_free (hashes[0]);
    g_free (hashes[1]);
  }
}

/* Undoing everything gives the beginning back; redoing all, the end. */
static void
test_undo_all (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  add_labels (workspace);
  g_autofree char *empty = hash_of (workspace);
  LamRandom random = lam_random_new (7, 1);
  for (int i = 0; i < 30; i++)
    stroke (workspace, (uint32_t)(i % 5), lam_random_unit (&random) * WIDTH,
        lam_random_unit (&random) * HEIGHT, lam_random_unit (&random) * WIDTH,
        lam_random_unit (&random) * HEIGHT, i % 3);
  g_autofree char *full = hash_of (workspace);
  g_assert_cmpstr (empty, !=, full);
  int n = 0;
  g_autofree char *now = NULL;
  do {
    lam_workspace_undo (workspace);
    g_free (now);
    now = hash_of (workspace);
  } while (g_strcmp0 (now, empty) != 0 && ++n < 40);
  g_assert_cmpint (n, <, 40);
  for (; n >= 0; n--)
    lam_workspace_redo (workspace);
  g_free (now);
  now = hash_of (workspace);
  g_assert_cmpstr (now, ==, full);
  lam_workspace_revert (workspace, 4, NULL);
  g_free (now);
  now = hash_of (workspace);
  g_assert_cmpstr (now, ==, empty);
  close_and_free (workspace);
}

/* --- locks and rows ----------------------------------------------------- */

static void
test_locks_and_rows (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_autoptr (GError) error = NULL;
  uint32_t label = take (workspace, 2);
  stroke (workspace, label, 20, 20, 60, 20, 0);
  wait_for (workspace);
  LamClass class =
      *lam_class_table_get_class (lam_workspace_get_classes (workspace), 2);
  class.locked = true;
  g_assert_true (lam_workspace_set_class (workspace, &class, &error));
  LamBrush brush = { .radius_nm = 50, .depth = 1, .label = label };
  g_assert_false (
      lam_workspace_begin_stroke (workspace, "brush", &brush, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  /* Erasing over it leaves it. */
  stroke (workspace, 0, 20, 20, 60, 20, 0);
  g_assert_cmpuint (label_at (workspace, 40, 20, 0), ==, label);
  g_assert_false (lam_workspace_remove_class (workspace, 2, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (lam_workspace_remove_class (workspace, 0, &error));
  g_clear_error (&error);
  wait_for (workspace);
  lam_workspace_undo (workspace); /* the eraser's stroke around the label */
  lam_workspace_undo (workspace); /* the lock */
  wait_for (workspace);
  g_assert_false (
      lam_class_table_get_class (lam_workspace_get_classes (workspace), 2)
          ->locked);
  close_and_free (workspace);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static GAsyncResult *
run_until (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, true);
  return *result;
}

/* Goes to a voxel of it. */
static void
find_label (LamWorkspace *workspace, uint32_t label)
{
  g_autoptr (GAsyncResult) found = NULL;
  g_autoptr (GError) error = NULL;
  double voxel[3];
  lam_workspace_find_label_async (workspace, label, store_result, &found);
  lam_workspace_find_label_finish (
      workspace, run_until (&found), voxel, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (label_at (workspace, (int64_t)voxel[0], (int64_t)voxel[1],
                        (int64_t)voxel[2]),
      ==, label);
}

static void
test_delete_and_find (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t label = take (workspace, 2);
  stroke (workspace, label, 20, 20, 140, 80, 30);
  g_autofree char *before = hash_of (workspace);
  g_autoptr (GAsyncResult) gone = NULL, again = NULL;
  double voxel[3];
  find_label (workspace, label);
  lam_workspace_delete_label_async (
      workspace, label, NULL, store_result, &gone);
  g_assert_true (
      lam_workspace_delete_label_finish (workspace, run_until (&gone), NULL));
  g_assert_cmpuint (label_at (workspace, 80, 50, 30), ==, 0);
  lam_workspace_find_label_async (workspace, label, store_result, &again);
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_workspace_find_label_finish (
      workspace, run_until (&again), voxel, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  lam_workspace_undo (workspace);
  g_autofree char *after = hash_of (workspace);
  g_assert_cmpstr (before, ==, after);
  g_clear_object (&gone);
  g_clear_object (&again);
  close_and_free (workspace);
}

/* Of one slice that is not among those looked at first, of a slice that is, and
 * of two bricks. */
static void
test_find (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t thin = take (workspace, 2);
  stroke (workspace, thin, 20, 20, 60, 20, 30);
  uint32_t seen = take (workspace, 2);
  stroke (workspace, seen, 20, 60, 60, 60, 32);
  uint32_t wide = take (workspace, 2);
  stroke (workspace, wide, 50, 90, 120, 90, 32);
  find_label (workspace, thin);
  find_label (workspace, seen);
  find_label (workspace, wide);
  close_and_free (workspace);
}

/* --- import and export -------------------------------------------------- */

static uint32_t
label_value (int64_t x, int64_t y, int64_t z)
{
  if (x < 10 || (x / 16 + y / 16 + z / 16) % 3 == 0)
    return 0;
  return (uint32_t)(x / 16 + 100000 * (y / 16) + 4000000000u * (z / 40));
}

static void
read_stack (const char *path, LamDtype *dtype, void **voxels, size_t *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  g_assert_no_error (error);
  const LamSourceInfo *info = lam_source_get_info (source);
  LamBox all = lam_box_of_size (info->levels[0].size);
  *dtype = info->dtype;
  *bytes = (size_t)lam_box_volume (&all) * lam_dtype_bytes (info->dtype);
  *voxels = g_malloc (*bytes);
  g_assert_true (lam_source_read_box (source, 0, &all, *voxels, NULL, &error));
}

static void
export_and_compare (LamWorkspace *workspace, LamExportWhat what,
    const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamExportOptions options = { .what = what, .smallest = true };
  lam_workspace_export_async (
      workspace, path, &options, NULL, store_result, &result);
  g_assert_true (
      lam_workspace_export_finish (workspace, run_until (&result), &error));
  g_assert_no_error (error);
  LamDtype types[2];
  g_autofree void *a = NULL, *b = NULL;
  size_t n_a, n_b;
  read_stack (path, types, &a, &n_a);
  read_stack (expected, types + 1, &b, &n_b);
  g_assert_cmpint (types[0], ==, types[1]);
  g_assert_cmpmem (a, n_a, b, n_b);
}

static LamImportResult
import (
    LamWorkspace *workspace, const char *path, const LamImportOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamImportResult summary = { 0 };
  lam_workspace_import_async (
      workspace, path, options, NULL, store_result, &result);
  g_assert_true (lam_workspace_import_finish (
      workspace, run_until (&result), &summary, &error));
  g_assert_no_error (error);
  return summary;
}

static void
test_import_exact (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_autofree char *in = g_build_filename (fixture->folder, "in.tif", NULL);
  g_autofree char *out = g_build_filename (fixture->folder, "out.tif", NULL);
  const int64_t size[3] = { WIDTH, HEIGHT, DEPTH };
  write_stack (in, LAM_DTYPE_U32, size, label_value);
  g_autofree char *before = hash_of (workspace);
  LamImportOptions options = { .mode = LAM_IMPORT_LABELS, .class_id = 2 };
  LamImportResult summary = import (workspace, in, &options);
  g_assert_cmpint (summary.edit_id, >, 0);
  g_assert_cmpint (summary.n_kept, ==, 0);
  g_assert_cmpint (summary.n_new_labels, >, 10);
  g_assert_cmpuint (
      label_at (workspace, 40, 20, 5), ==, label_value (40, 20, 5));
  export_and_compare (workspace, LAM_EXPORT_LABELS, out, in);
  assert_clean (workspace);
  lam_workspace_undo (workspace);
  lam_workspace_wait (workspace, NULL, NULL);
  g_assert_cmpuint (label_at (workspace, 40, 20, 5), ==, 0);
  lam_workspace_redo (workspace);
  wait_for (workspace);
  export_and_compare (workspace, LAM_EXPORT_LABELS, out, in);
  close_and_free (workspace);
}

static uint32_t
one_value (int64_t x, int64_t y, int64_t z)
{
  return 200;
}

/* A class that the import makes is part of its edit. */
static void
test_import_new_class (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  size_t n_before = lam_class_table_get_n_classes (classes);
  int32_t id = lam_class_table_get_next_class (classes);
  g_autofree char *in = g_build_filename (fixture->folder, "in.tif", NULL);
  const int64_t size[3] = { WIDTH, HEIGHT, DEPTH };
  write_stack (in, LAM_DTYPE_U8, size, one_value);
  const uint32_t map[1][2] = { { 200, LAM_IMPORT_NEW_CLASS } };
  const LamClass made = { .name = (char *)"axon", .rgb = 0x123456 };
  LamImportOptions options = { .mode = LAM_IMPORT_CLASSES,
    .map = map,
    .n_map = 1,
    .new_classes = &made,
    .n_new_classes = 1 };
  import (workspace, in, &options);
  g_assert_cmpint (lam_class_table_get_n_classes (classes), ==, n_before + 1);
  g_assert_cmpstr (lam_class_table_get_class (classes, id)->name, ==, "axon");
  uint32_t label = label_at (workspace, 40, 20, 5);
  g_assert_cmpint (
      lam_class_table_get_label (classes, label)->class_id, ==, id);
  lam_workspace_undo (workspace);
  wait_for (workspace);
  g_assert_cmpint (lam_class_table_get_n_classes (classes), ==, n_before);
  g_assert_cmpuint (label_at (workspace, 40, 20, 5), ==, 0);
  lam_workspace_redo (workspace);
  wait_for (workspace);
  g_assert_cmpstr (lam_class_table_get_class (classes, id)->name, ==, "axon");
  assert_clean (workspace);
  close_and_free (workspace);
}

static uint32_t
class_value (int64_t x, int64_t y, int64_t z)
{
  return (uint32_t)((x / 20 + y / 20 + z / 8) % 7);
}

static void
test_import_classes (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_autofree char *in = g_build_filename (fixture->folder, "in.tif", NULL);
  g_autofree char *out = g_build_filename (fixture->folder, "out.tif", NULL);
  const int64_t size[3] = { WIDTH, HEIGHT, DEPTH };
  write_stack (in, LAM_DTYPE_U8, size, class_value);
  LamImportOptions options = { .mode = LAM_IMPORT_CLASSES };
  import (workspace, in, &options);
  export_and_compare (workspace, LAM_EXPORT_CLASSES, out, in);
  /* The one label of a class has its colour. */
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamLabel *row = lam_class_table_get_nth_label (classes, 0);
  g_assert_cmphex (
      row->rgb, ==, lam_class_table_get_class (classes, row->class_id)->rgb);

  /* Classes and bricks of one moment: when what was queued before is done,
   * whatever waits behind. */
  LamLabel moved = *row;
  moved.class_id = row->class_id == 6 ? 5 : 6;
  g_assert_true (lam_workspace_set_label (workspace, &moved, NULL));
  wait_for (workspace);
  lam_workspace_undo (workspace);
  export_and_compare (workspace, LAM_EXPORT_CLASSES, out, in);

  /* A value that is no class: refused, nothing changed. */
  g_autofree char *hash = hash_of (workspace);
  write_stack (in, LAM_DTYPE_U8, size, image_value);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  lam_workspace_import_async (
      workspace, in, &options, NULL, store_result, &result);
  g_assert_false (lam_workspace_import_finish (
      workspace, run_until (&result), NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  g_autofree char *after = hash_of (workspace);
  g_assert_cmpstr (hash, ==, after);
  g_clear_object (&result);
  close_and_free (workspace);
}

/* What a person painted stays, unless they say otherwise. */
static void
test_import_keeps_human (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t label = take (workspace, 5);
  stroke (workspace, label, 40, 20, 60, 20, 5);
  g_autofree char *in = g_build_filename (fixture->folder, "in.tif", NULL);
  const int64_t size[3] = { 64, 64, 64 };
  write_stack (in, LAM_DTYPE_U16, size, class_value);
  LamImportOptions options = { .mode = LAM_IMPORT_CLASSES };
  LamImportResult summary = import (workspace, in, &options);
  g_assert_cmpint (summary.n_kept, >, 0);
  g_assert_cmpuint (label_at (workspace, 50, 20, 5), ==, label);
  options.over_human = true;
  options.zeros_erase = true;
  import (workspace, in, &options);
  g_assert_cmpuint (label_at (workspace, 50, 20, 5), !=, label);
  /* Outside of the volume: refused with both sizes. */
  options.offset[0] = WIDTH - 10;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  lam_workspace_import_async (
      workspace, in, &options, NULL, store_result, &result);
  g_assert_false (lam_workspace_import_finish (
      workspace, run_until (&result), NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "150"));
  g_clear_object (&result);
  close_and_free (workspace);
}

static void
lock (LamWorkspace *workspace, uint32_t label)
{
  LamLabel row =
      *lam_class_table_get_label (lam_workspace_get_classes (workspace), label);
  row.locked = true;
  g_assert_true (lam_workspace_set_label (workspace, &row, NULL));
}

/* Whatever may be written over: what is verified and what is locked. */
static void
test_import_keeps_protected (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *in = g_build_filename (fixture->folder, "in.tif", NULL);
  const int64_t size[3] = { 64, 64, 64 };
  write_stack (in, LAM_DTYPE_U16, size, class_value);
  LamRegion region = { .name = (char *)"done",
    .box = { { 10, 10, 4 }, { 40, 40, 9 } },
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  const LamImportOptions options = {
    .mode = LAM_IMPORT_CLASSES, .over_human = true, .zeros_erase = true
  };
  LamImportResult summary = import (workspace, in, &options);
  g_assert_cmpint (summary.n_voxels, >, 0);
  g_assert_cmpint (summary.n_kept, >, 0);
  for (int64_t z = 0; z < 12; z++)
    for (int64_t y = 0; y < 50; y++)
      for (int64_t x = 0; x < 50; x++)
        g_assert_cmpuint (label_at (workspace, x, y, z) != 0, ==,
            class_value (x, y, z) != 0
                && !lam_box_contains (
                    &region.box, (const int64_t[3]){ x, y, z }));
  /* A label that is locked neither shrinks nor grows. */
  uint32_t label = take (workspace, 5), grown = label_at (workspace, 25, 5, 1);
  stroke (workspace, label, 50, 20, 60, 20, 5);
  stroke (workspace, 0, 25, 5, 26, 5, 1);
  wait_for (workspace);
  lock (workspace, label);
  lock (workspace, grown);
  import (workspace, in, &options);
  g_assert_cmpuint (label_at (workspace, 55, 20, 5), ==, label);
  g_assert_cmpuint (label_at (workspace, 25, 5, 1), ==, 0);
  close_and_free (workspace);
}

/* --- when saving fails -------------------------------------------------- */

static void
test_deleted_underneath (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  uint32_t label = take (workspace, 2);
  stroke (workspace, label, 20, 20, 60, 20, 0);
  wait_for (workspace);
  g_assert_cmpint (g_unlink (fixture->project), ==, 0);
  stroke (workspace, label, 20, 60, 60, 60, 0);
  stroke (workspace, label, 100, 60, 130, 60, 1);
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_workspace_wait (workspace, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
  g_clear_error (&error);
  g_assert_cmpint (
      lam_workspace_get_save_state (workspace), ==, LAM_SAVE_FAILED);
  g_assert_cmpint (lam_workspace_get_n_unsaved (workspace), ==, 2);
  g_assert_cmpuint (label_at (workspace, 40, 60, 0), ==, label);
  g_assert_false (lam_workspace_close (workspace, false, &error));
  g_clear_error (&error);

  g_autofree char *copy =
      g_build_filename (fixture->folder, "copy.lamella", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_save_copy_async (workspace, copy, NULL, store_result, &result);
  g_assert_true (
      lam_workspace_save_copy_finish (workspace, run_until (&result), &error));
  g_assert_no_error (error);
  wait_for (workspace);
  g_assert_cmpint (
      lam_workspace_get_save_state (workspace), ==, LAM_SAVE_SAVED);
  g_clear_object (&result);
  close_and_free (workspace);

  workspace = open_at (copy);
  g_assert_cmpuint (label_at (workspace, 40, 20, 0), ==, label);
  g_assert_cmpuint (label_at (workspace, 40, 60, 0), ==, label);
  g_assert_cmpuint (label_at (workspace, 110, 60, 1), ==, label);
  assert_clean (workspace);
  close_and_free (workspace);
}

static void
test_image_gone (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  stroke (workspace, take (workspace, 2), 20, 20, 60, 20, 0);
  close_and_free (workspace);
  g_autofree char *moved =
      g_build_filename (fixture->folder, "moved.tif", NULL);
  g_assert_cmpint (g_rename (fixture->image, moved), ==, 0);
  workspace = open_at (fixture->project);
  g_assert_null (lam_workspace_get_volume (workspace));
  g_assert_nonnull (lam_workspace_get_image_problem (workspace));
  g_assert_cmpuint (label_at (workspace, 40, 20, 0), !=, 0);
  g_autofree char *small =
      g_build_filename (fixture->folder, "small.tif", NULL);
  const int64_t size[3] = { 10, 10, 10 };
  write_stack (small, LAM_DTYPE_U8, size, image_value);
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_workspace_set_image (workspace, small, NULL, &error));
  g_assert_nonnull (strstr (error->message, "150"));
  g_clear_error (&error);
  g_assert_true (lam_workspace_set_image (workspace, moved, NULL, &error));
  g_assert_nonnull (lam_workspace_get_volume (workspace));
  close_and_free (workspace);
  workspace = open_at (fixture->project);
  g_assert_null (lam_workspace_get_image_problem (workspace));
  close_and_free (workspace);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_set_object ((GAsyncResult **)user_data, result);
}

static void
await (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_image_in_worker (Fixture *fixture, gconstpointer unused)
{
  close_and_free (begin_project (fixture));
  g_autofree char *moved =
      g_build_filename (fixture->folder, "moved.tif", NULL);
  g_assert_cmpint (g_rename (fixture->image, moved), ==, 0);
  LamWorkspace *workspace = open_at (fixture->project);
  for (int i = 0; i < 3; i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    lam_workspace_set_image_async (workspace, i == 0 ? fixture->image : moved,
        NULL, cancellable, done_cb, &result);
    if (i == 1)
      g_cancellable_cancel (cancellable);
    await (&result);
    bool found = lam_workspace_set_image_finish (workspace, result, &error);
    g_assert_true (found == (i == 2));
    g_assert_true (found == (lam_workspace_get_volume (workspace) != NULL));
    if (i == 0)
      g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
    if (i == 1)
      g_assert_true (lam_error_is_cancelled (error));
  }
  close_and_free (workspace);
}

/* The one that is not wanted has the project open for a while. */
static void
test_open_again_at_once (Fixture *fixture, gconstpointer unused)
{
  close_and_free (begin_project (fixture));
  for (int i = 0; i < 20; i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    g_autoptr (GAsyncResult) first = NULL, second = NULL;
    g_autoptr (GError) error = NULL;
    lam_workspace_open_async (
        fixture->project, NULL, NULL, cancellable, done_cb, &first);
    g_usleep (200 * i);
    g_cancellable_cancel (cancellable);
    lam_workspace_open_async (
        fixture->image, NULL, NULL, NULL, done_cb, &second);
    await (&first);
    g_assert_null (lam_workspace_open_finish (first, &error));
    g_assert_true (lam_error_is_cancelled (error));
    g_clear_object (&first);
    await (&second);
    LamWorkspace *workspace = lam_workspace_open_finish (second, NULL);
    g_assert_nonnull (workspace);
    g_assert_null (lam_workspace_get_read_only_reason (workspace));
    g_clear_object (&second);
    close_and_free (workspace);
  }
}

static void
test_open_twice (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *first = begin_project (fixture);
  LamWorkspace *second = open_at (fixture->project);
  g_assert_nonnull (lam_workspace_get_read_only_reason (second));
  LamBrush brush = { .radius_nm = 50, .depth = 1 };
  g_autoptr (GError) error = NULL;
  g_assert_false (
      lam_workspace_begin_stroke (second, "eraser", &brush, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  close_and_free (second);
  stroke (first, take (first, 2), 20, 20, 60, 20, 0);
  g_assert_cmpint (wait_for (first), >, 0);
  close_and_free (first);
}

/* One goes on with what was painted last. */
static void
test_choice_is_kept (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_assert_cmpint (lam_workspace_get_active_class (workspace), ==, 1);
  uint32_t label = take (workspace, 2);
  stroke (workspace, label, 20, 20, 60, 20, 0);
  close_and_free (workspace);
  workspace = open_at (fixture->project);
  g_assert_cmpint (lam_workspace_get_active_class (workspace), ==, 2);
  g_assert_cmpuint (lam_workspace_get_active_label (workspace), ==, label);
  /* Chosen, but never painted with: it is not in the project. */
  g_assert_cmpuint (take (workspace, 3), !=, label);
  close_and_free (workspace);
  workspace = open_at (fixture->project);
  g_assert_cmpint (lam_workspace_get_active_class (workspace), ==, 3);
  g_assert_cmpuint (lam_workspace_get_active_label (workspace), ==, 0);
  close_and_free (workspace);
}

/* --- models ------------------------------------------------------------- */

static void
count_changes (GListModel *model, guint position, guint removed, guint added,
    gpointer user_data)
{
  ++*(int *)user_data;
}

static void
test_models (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = begin_project (fixture);
  g_autoptr (GListModel) classes = lam_class_model_new (workspace);
  g_autoptr (GListModel) labels = lam_label_model_new (workspace);
  g_autoptr (GListModel) history = lam_history_model_new (workspace);
  int n_changes = 0;
  g_signal_connect (
      labels, "items-changed", G_CALLBACK (count_changes), &n_changes);
  g_assert_cmpuint (g_list_model_get_n_items (classes), ==, 7);
  add_labels (workspace);
  g_assert_cmpuint (g_list_model_get_n_items (labels), ==, 4);
  g_assert_cmpint (n_changes, ==, 4);
  lam_label_model_set_order (
      labels, &(LamLabelOrder){ "ITOCHONDRION 3", -1, 0, false }, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (labels), ==, 1);
  g_autoptr (LamLabelItem) item = g_list_model_get_item (labels, 0);
  g_assert_cmpuint (lam_label_item_get_row (item)->id, ==, 3);
  lam_label_model_set_order (labels, &(LamLabelOrder){ "", 5, 0, false }, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (labels), ==, 0);
  wait_for (workspace);
  while (g_list_model_get_n_items (history) < 4)
    g_main_context_iteration (NULL, true);
  g_autoptr (LamHistoryItem) newest = g_list_model_get_item (history, 0);
  g_assert_cmpint (lam_history_item_get_row (newest)->id, ==, 4);
  lam_workspace_undo (workspace);
  wait_for (workspace);
  for (;;) {
    g_autoptr (LamHistoryItem) now = g_list_model_get_item (history, 0);
    if (now && lam_history_item_get_row (now)->undone)
      break;
    g_main_context_iteration (NULL, true);
  }
  while (!lam_workspace_can_redo (workspace))
    g_main_context_iteration (NULL, true);
  g_clear_object (&item);
  g_clear_object (&newest);
  g_clear_object (&classes);
  g_clear_object (&labels);
  g_clear_object (&history);
  close_and_free (workspace);
}

/* --- the sample --------------------------------------------------------- */

#ifndef __SANITIZE_ADDRESS__ /* Its parts have tests of their own. */
/* Nobody labelled anything; the network that comes with it is to begin. */
static void
assert_network_begins (LamWorkspace *workspace)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  g_assert_cmpuint (lam_class_table_get_n_labels (classes), ==, 0);
  g_assert_cmpuint (lam_class_table_get_n_classes (classes), >, 3);
  g_assert_cmpint (lam_workspace_get_active_model (workspace), >, 0);
  g_assert_true (lam_segment_all_is_left (workspace));
}

static void
test_sample (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path =
      g_build_filename (fixture->folder, "platelets.lamella", NULL);
  g_autoptr (GError) error = NULL;
  lam_sample_make (path, NULL, &error);
  g_assert_no_error (error);
  LamWorkspace *workspace = open_at (path);
  g_assert_null (lam_workspace_get_image_problem (workspace));
  g_assert_true (lam_workspace_knows_voxel_size (workspace));
  assert_network_begins (workspace);
  assert_clean (workspace);
  stroke (workspace, take (workspace, 2), 20, 20, 60, 20, 0);
  g_autofree char *hash = hash_of (workspace);
  close_and_free (workspace);
  /* Made again, it leaves what a person painted. */
  g_assert_true (lam_sample_make (path, NULL, &error));
  workspace = open_at (path);
  g_autofree char *again = hash_of (workspace);
  g_assert_cmpstr (hash, ==, again);
  close_and_free (workspace);
}
#endif

/* --- the voxel size ------------------------------------------------------ */

static void
await_copy (LamVolume *volume)
{
  while (lam_volume_get_copy_progress (volume))
    g_main_context_iteration (NULL, true);
  g_assert_no_error (lam_volume_get_copy_error (volume));
  g_assert_true (lam_volume_is_plane_ready (volume, LAM_PLANE_YZ));
}

/* Another voxel size asks for other levels: the copy of those is made, and made
 * again for an image that is found elsewhere. */
static void
test_copy_goes_on (Fixture *fixture, gconstpointer unused)
{
  const int64_t size[3] = { 301, 80, 70 };
  const double nm[3] = { 10, 10, 10 };
  write_stack (fixture->image, LAM_DTYPE_U8, size, image_value);
  g_autofree char *copies = g_build_filename (fixture->folder, "copies", NULL);
  const LamWorkspaceSettings settings = { .volume = { .copy_folder = copies,
                                              .large_bytes = 1 << 20 } };
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace =
      lam_workspace_open (fixture->image, NULL, &settings, &error);
  g_assert_no_error (error);
  LamVolume *before = lam_workspace_get_volume (workspace);
  g_assert_nonnull (lam_volume_get_copy_progress (before));
  g_assert_true (lam_workspace_set_voxel_size_nm (workspace, nm, &error));
  LamVolume *after = lam_workspace_get_volume (workspace);
  g_assert_cmpint (lam_volume_get_level (after, 1)->factor[2], ==, 2);
  g_assert_nonnull (lam_volume_get_copy_progress (after));
  await_copy (after);
  g_assert_true (lam_workspace_create_project (
      workspace, fixture->project, "platelet", &error));
  g_assert_true (
      lam_workspace_set_image (workspace, fixture->image, NULL, &error));
  g_assert_no_error (error);
  await_copy (lam_workspace_get_volume (workspace));
  close_and_free (workspace);
  lam_copy_folder_remove (copies);
}

#define ADD(name, function) \
  g_test_add ("/workspace/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("stroke-survives", test_stroke_survives);
  ADD ("empty-stroke", test_empty_stroke);
  ADD ("order", test_order);
  ADD ("undo-all", test_undo_all);
  ADD ("locks-and-rows", test_locks_and_rows);
  ADD ("delete-and-find", test_delete_and_find);
  ADD ("find", test_find);
  ADD ("import-exact", test_import_exact);
  ADD ("choice-is-kept", test_choice_is_kept);
  ADD ("import-classes", test_import_classes);
  ADD ("import-new-class", test_import_new_class);
  ADD ("import-keeps-human", test_import_keeps_human);
  ADD ("import-keeps-protected", test_import_keeps_protected);
  ADD ("deleted-underneath", test_deleted_underneath);
  ADD ("image-gone", test_image_gone);
  ADD ("image-in-worker", test_image_in_worker);
  ADD ("open-again-at-once", test_open_again_at_once);
  ADD ("open-twice", test_open_twice);
  ADD ("models", test_models);
#ifndef __SANITIZE_ADDRESS__
  ADD ("sample", test_sample);
#endif
  ADD ("copy-goes-on", test_copy_goes_on);
  return g_test_run ();
}
