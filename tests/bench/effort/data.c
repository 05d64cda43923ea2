/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "data.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/random.h"
#include "labels/phantom.h"
#include "store/store-models.h"
#include "volume/format.h"
#include "volume/tiff-writer.h"
#include "workspace/model-worker.h"
#include "workspace/project-models.h"
#include "workspace/shipped-models.h"

/* No volume that the shipped network learned from has such a seed. */
#define FIRST_SEED 5000

const EffortKind effort_kinds[] = {
  { .name = "made-up",
      .network = "platelets",
      .size = { 512, 512, 16 },
      .voxel_size_nm = { 10, 10, 40 },
      .n_classes = 7,
      .classes = { "background", "cell", "mitochondrion", "alpha granule",
          "canalicular vessel", "dense granule body", "dense granule core" },
      .rarest = 6 },
  { .name = "lucchi",
      .size = { 512, 512, 16 },
      .voxel_size_nm = { 5, 5, 5 },
      .n_classes = 2,
      .classes = { "background", "mitochondrion" },
      .image = "lucchi/train-image.tif",
      .truth = "lucchi/train-mito.tif",
      .first_section = 60,
      .rarest = 1 },
  { .name = "vnc",
      .size = { 640, 640, 4 },
      .voxel_size_nm = { 4.6, 4.6, 45 },
      .n_classes = 6,
      .classes = { "intracellular", "membrane", "junction", "glia",
          "mitochondrion", "synapse" },
      .image = "vnc/raw.tif",
      .truth = "vnc/classes.tif",
      .first_section = 10,
      .rarest = 4 },
  { NULL },
};

/* A class that fewer voxels show is not in the picture. */
#define MIN_SHARE 0.002

const EffortKind *
effort_kind_find (const char *name)
{
  for (const EffortKind *kind = effort_kinds; kind->name; kind++)
    if (strcmp (kind->name, name) == 0)
      return kind;
  return NULL;
}

char *
effort_kind_dup_missing (
    const EffortKind *kind, const char *folder, const char *network)
{
  if (!kind->network && !network)
    return g_strdup_printf ("no network was given (--%s FILE)", kind->name);
  if (network && !g_file_test (network, G_FILE_TEST_EXISTS))
    return g_strdup_printf ("there is no %s", network);
  const char *const names[] = { kind->image, kind->truth };
  for (int i = 0; i < 2 && names[i]; i++) {
    g_autofree char *path =
        folder ? g_build_filename (folder, names[i], NULL) : NULL;
    if (!path || !g_file_test (path, G_FILE_TEST_EXISTS))
      return g_strdup_printf ("there is no %s", path ? path : names[i]);
  }
  return NULL;
}

static void
check (GError *error)
{
  if (error)
    g_error ("%s", error->message);
}

/* ---- The voxels --------------------------------------------------------- */

static LamBox
box_of (const EffortData *data)
{
  return lam_box_of_size (data->size);
}

static void
write_image (const EffortData *data, const char *path, LamDtype dtype,
    const void *voxels)
{
  GError *error = NULL;
  LamTiffLayout layout = { .dtype = dtype };
  memcpy (layout.size, data->size, sizeof layout.size);
  memcpy (layout.voxel_size_nm, data->kind->voxel_size_nm,
      sizeof layout.voxel_size_nm);
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  check (error);
  gsize page = (gsize)(data->size[0] * data->size[1]) * lam_dtype_bytes (dtype);
  for (int64_t z = 0; z < data->size[2]; z++)
    lam_tiff_writer_add_page (
        writer, (const char *)voxels + (gsize)z * page, &error);
  check (error);
  lam_tiff_writer_finish (writer, &error);
  check (error);
}

static LamDtype
synthesize (EffortData *data, const char *image)
{
  GError *error = NULL;
  const EffortKind *kind = data->kind;
  LamPhantomSettings settings = { .seed = FIRST_SEED + data->seed };
  memcpy (settings.size, data->size, sizeof settings.size);
  memcpy (settings.voxel_size_nm, kind->voxel_size_nm,
      sizeof settings.voxel_size_nm);
  g_autoptr (LamPhantom) phantom = lam_phantom_new (&settings, &error);
  check (error);
  LamBox box = box_of (data);
  g_autofree uint16_t *voxels = g_new (uint16_t, lam_box_volume (&box));
  lam_phantom_render (phantom, &box, voxels, NULL, data->truth);
  write_image (data, image, LAM_DTYPE_U16, voxels);
  return LAM_DTYPE_U16;
}

static LamVolume *
open_volume (const char *folder, const char *name)
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  check (error);
  return lam_volume_new (source, NULL);
}

static void *
read_box (LamVolume *volume, const LamBox *box)
{
  GError *error = NULL;
  gsize bytes = lam_dtype_bytes (lam_volume_get_dtype (volume));
  void *out = g_malloc ((gsize)lam_box_volume (box) * bytes);
  lam_volume_read_box (volume, 0, box, out, NULL, &error);
  check (error);
  return out;
}

static bool
shows_rarest (const EffortData *data)
{
  LamBox box = box_of (data);
  int64_t n = 0, all = lam_box_volume (&box);
  for (int64_t i = 0; i < all; i++)
    n += data->truth[i] == data->kind->rarest;
  return (double)n >= MIN_SHARE * (double)all;
}

/* A part of the sections, drawn by the seed. */
static LamDtype
cut_out (EffortData *data, const char *folder, const char *image)
{
  const EffortKind *kind = data->kind;
  LamRandom random = lam_random_new (data->seed, 7);
  g_autoptr (LamVolume) grey = open_volume (folder, kind->image);
  g_autoptr (LamVolume) truth = open_volume (folder, kind->truth);
  const int64_t *size = lam_volume_get_size (grey);
  LamBox box = box_of (data);
  do {
    for (int i = 0; i < 3; i++) {
      int64_t edge = data->size[i];
      box.min[i] = i == 2
          ? kind->first_section
          : (int64_t)(lam_random_unit (&random) * (double)(size[i] - edge));
      box.max[i] = box.min[i] + edge;
    }
    g_free (data->truth);
    data->truth = read_box (truth, &box);
  } while (!shows_rarest (data));
  g_autofree void *voxels = read_box (grey, &box);
  write_image (data, image, lam_volume_get_dtype (grey), voxels);
  return lam_volume_get_dtype (grey);
}

/* ---- The project -------------------------------------------------------- */

static GBytes *
read_network (const EffortKind *kind, const char *path)
{
  GError *error = NULL;
  GBytes *onnx = NULL;
  if (path) {
    char *bytes;
    gsize n;
    if (g_file_get_contents (path, &bytes, &n, &error))
      onnx = g_bytes_new_take (bytes, n);
  } else {
    onnx = lam_shipped_models_read (kind->network, &error);
  }
  check (error);
  return onnx;
}

static void
create_project (const EffortData *data, const char *image, LamDtype dtype,
    const char *network)
{
  static const int shades[] = { 0x000000, 0x80b0e0, 0xe06060, 0x60c060,
    0xe0c040, 0xa060c0, 0x40c0c0 };
  GError *error = NULL;
  const EffortKind *kind = data->kind;
  LamClass classes[EFFORT_MAX_CLASSES] = { 0 };
  for (int i = 0; i < kind->n_classes; i++)
    classes[i] = (LamClass){ .id = i,
      .name = (char *)kind->classes[i],
      .rgb = (uint32_t)shades[i % (int)G_N_ELEMENTS (shades)] };
  LamVolumeRow row = { .path = (char *)image,
    .dtype = (char *)lam_dtype_name (dtype) };
  memcpy (row.size, data->size, sizeof row.size);
  memcpy (row.voxel_size_nm, kind->voxel_size_nm, sizeof row.voxel_size_nm);
  g_autoptr (LamStore) store = lam_store_create (
      data->project, &row, classes, (size_t)kind->n_classes, &error);
  check (error);
  g_autoptr (GBytes) onnx = read_network (kind, network);
  int64_t id = lam_store_add_model (store, "robot", 0, onnx, &error);
  check (error);
  lam_project_model_set_active (store, id);
  lam_store_close (store, &error);
  check (error);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  lam_model_worker_ask_finish (LAM_MODEL_WORKER (source), result, NULL, &error);
  check (error);
  *(bool *)user_data = true;
}

static void
segment (const EffortData *data)
{
  GError *error = NULL;
  bool is_done = false;
  LamBox all = box_of (data);
  LamWorkspaceSettings settings = { 0 };
  LamWorkspace *workspace =
      lam_workspace_open (data->project, NULL, &settings, &error);
  check (error);
  LamModelWorker *worker = lam_model_worker_new (workspace, 1, false);
  lam_model_worker_ask_async (worker, &all, asked_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, true);
  lam_workspace_close (workspace, false, &error);
  check (error);
  g_object_unref (worker);
  g_object_unref (workspace);
}

EffortData *
effort_data_make (const EffortKind *kind, uint64_t seed, int divisor,
    const char *folder, const char *network)
{
  EffortData *data = g_new0 (EffortData, 1);
  data->kind = kind;
  for (int i = 0; i < 3; i++)
    data->size[i] = kind->size[i] / (i < 2 ? divisor : 1);
  LamBox all = box_of (data);
  data->seed = seed;
  data->folder = g_dir_make_tmp ("lam-effort-XXXXXX", NULL);
  data->project = g_build_filename (data->folder, "start.lamella", NULL);
  g_autofree char *image = g_build_filename (data->folder, "image.tif", NULL);
  data->truth = g_new (uint8_t, lam_box_volume (&all));
  LamDtype dtype =
      kind->image ? cut_out (data, folder, image) : synthesize (data, image);
  create_project (data, image, dtype, network);
  segment (data);
  return data;
}

void
effort_data_free (EffortData *data)
{
  g_autoptr (GDir) dir = g_dir_open (data->folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (data->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (data->folder);
  g_free (data->folder);
  g_free (data->project);
  g_free (data->truth);
  g_free (data);
}

char *
effort_data_copy_project (const EffortData *data, const char *name)
{
  GError *error = NULL;
  g_autofree char *file = g_strconcat (name, ".lamella", NULL);
  char *path = g_build_filename (data->folder, file, NULL);
  g_autoptr (LamStore) store = lam_store_open (data->project, &error);
  check (error);
  lam_store_save_copy (store, path, NULL, &error);
  check (error);
  lam_store_close (store, &error);
  check (error);
  return path;
}
