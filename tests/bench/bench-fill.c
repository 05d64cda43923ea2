/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-fill RAW X Y Z SEED_X SEED_Y SEED_Z FOLDER [OUT]: fills in space in a
 * project whose labels are raw uint32; bench-fill.py races it. Prints the
 * milliseconds, medians of 3: to find what is connected, bricks being read from
 * the project; and of the whole act, to the moment it is on disk; then how many
 * voxels it has. OUT gets the filled voxels as bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "workspace/labelling.h"
#include "workspace/painting.h"
#include "workspace/shaping.h"

enum { N_RUNS = 3 };

typedef struct {
  int64_t size[3];
  const uint32_t *labels;
} Raw;

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static LamLabelBrick *
make_brick (const Raw *raw, LamBrickKey key)
{
  LamBox box = lam_brick_box (key), all = lam_box_of_size (raw->size);
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  g_autofree uint16_t *sources = g_new (uint16_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int64_t at[3] = { box.min[0] + i % 64, box.min[1] + i / 64 % 64,
      box.min[2] + i / 4096 };
    sources[i] = LAM_SOURCE_IMPORTED;
    if (lam_box_contains (&all, at))
      labels[i] =
          raw->labels[at[0] + raw->size[0] * (at[1] + raw->size[1] * at[2])];
  }
  return lam_label_brick_new_from_planes (labels, sources);
}

static void
make_project (const char *path, const Raw *raw)
{
  GError *error = NULL;
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  LamVolumeRow row = { .path = (char *)"none.tif",
    .voxel_size_nm = { 10, 10, 40 } };
  for (int i = 0; i < 3; i++)
    row.size[i] = raw->size[i];
  g_autoptr (LamStore) store =
      lam_store_create (path, &row, classes, n, &error);
  LamBulkEdit *bulk =
      store ? lam_store_begin_bulk (store, "import", &error) : NULL;
  LamBox all = lam_box_of_size (raw->size), bricks = lam_box_bricks (&all);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = 1; id <= 2; id++) {
    LamLabel label = { .id = id,
      .name = (char *)"",
      .class_id = 2,
      .rgb = LAM_RGB_AUTO },
             before = label;
    before.deleted = true;
    g_ptr_array_add (rows, lam_row_change_new_label (&before, &label));
  }
  for (int64_t i = 0; bulk && i < lam_box_volume (&bricks); i++) {
    LamBrickKey key = { (int32_t)(i % bricks.max[0]),
      (int32_t)(i / bricks.max[0] % bricks.max[1]),
      (int32_t)(i / bricks.max[0] / bricks.max[1]) };
    g_autoptr (LamLabelBrick) brick = make_brick (raw, key);
    if (!lam_bulk_edit_write (bulk, key, brick, &error))
      break;
  }
  if (bulk && !error)
    lam_history_row_free (lam_bulk_edit_end (bulk, rows, NULL, "", &error));
  if (error)
    g_error ("%s", error->message);
  lam_store_close (store, NULL);
}

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GError **error)
{
  return lam_store_read_brick (user_data, key, NULL, error);
}

/* Milliseconds; `out` (or NULL) gets what was found. */
static double
time_find (LamWorkspace *workspace, const LamFigureRequest *request, bool *out)
{
  GError *error = NULL;
  LamStore *store = lam_workspace_get_store (workspace);
  LamBox all = lam_box_of_size (lam_workspace_get_size (workspace));
  int64_t start = g_get_monotonic_time ();
  g_autoptr (GArray) keys = lam_store_list_bricks (store, &error);
  LamLabelReader reader = { .read = read_brick,
    .user_data = store,
    .keys = keys,
    .size = { all.max[0], all.max[1], all.max[2] },
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  if (!request->shape->find (request, &reader, parts, NULL, &error))
    g_error ("%s", error->message);
  double ms = (double)(g_get_monotonic_time () - start) / 1000;
  const LamFigurePart *part = parts->pdata[0];
  if (out)
    lam_voxel_set_copy_mask (part->set, &all, out);
  return ms;
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  if (!lam_workspace_shape_finish (
          LAM_WORKSPACE (source), result, user_data, NULL, &error))
    g_error ("%s", error->message);
}

/* The whole act, which is then undone. */
static double
time_act (LamWorkspace *workspace, const LamFigureRequest *request, int64_t *n)
{
  int64_t start = g_get_monotonic_time ();
  *n = 0;
  lam_workspace_shape_async (
      workspace, request, LAM_OVERWRITE_EVERYTHING, NULL, done_cb, n);
  while (*n == 0)
    g_main_context_iteration (NULL, true);
  double ms = (double)(g_get_monotonic_time () - start) / 1000;
  lam_workspace_undo (workspace);
  if (!lam_workspace_wait (workspace, NULL, NULL))
    g_error ("the fill could not be undone");
  return ms;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  Raw raw = { 0 };
  if (argc < 9 || !g_file_get_contents (argv[1], &content, NULL, &error)) {
    fprintf (stderr, "bench-fill RAW X Y Z SEED_X SEED_Y SEED_Z FOLDER\n");
    return 2;
  }
  raw.labels = (const uint32_t *)(void *)content;
  LamFigureRequest request = {
    .shape = lam_figure_find ("fill"), .in_space = true, .label = 2
  };
  for (int i = 0; i < 3; i++) {
    raw.size[i] = atoll (argv[2 + i]);
    request.voxel[i] = atoll (argv[5 + i]);
  }
  g_autofree char *path = g_build_filename (argv[8], "a.lamella", NULL);
  make_project (path, &raw);
  LamWorkspace *workspace = lam_workspace_open (path, NULL, NULL, &error);
  if (!workspace)
    g_error ("%s", error->message);
  size_t n_voxels = (size_t)(raw.size[0] * raw.size[1] * raw.size[2]);
  g_autofree bool *found = g_new (bool, n_voxels);
  double find[N_RUNS], act[N_RUNS];
  int64_t n = 0;
  for (int i = 0; i < N_RUNS; i++) {
    find[i] = time_find (workspace, &request, i == 0 ? found : NULL);
    act[i] = time_act (workspace, &request, &n);
  }
  if (argc > 9)
    g_file_set_contents (argv[9], (const char *)found, (gssize)n_voxels, NULL);
  qsort (find, N_RUNS, sizeof *find, compare);
  qsort (act, N_RUNS, sizeof *act, compare);
  printf (
      "%.1f %.1f %" G_GINT64_FORMAT "\n", find[N_RUNS / 2], act[N_RUNS / 2], n);
  lam_workspace_close (workspace, true, NULL);
  g_object_unref (workspace);
  return 0;
}
