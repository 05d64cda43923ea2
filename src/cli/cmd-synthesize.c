/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* synthesize: makes a volume that looks like micrographs of platelets, with
 * the truth beside it. Slabs of a few sections are made by several threads,
 * some ahead of the one that is being written. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/truth-list.h"
#include "labels/phantom-numbers.h"
#include "labels/phantom.h"
#include "volume/tiff-writer.h"

#define MAX_THREADS 16
/* Making a slab begins with finding its cells, which is cheap against this
 * many voxels. */
#define SLAB_VOXELS (INT64_C (1) << 21)
#define MAX_SLAB_DEPTH 8

static char *option_folder, *option_size, *option_voxel_size, *option_seed;
static char *option_classes;
static char *option_image, *option_labels, *option_class_map, *option_objects;
static gboolean option_deflate;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_folder,
      N_ ("Write image.tif, labels.tif, classes.tif and objects.json there"),
      N_ ("FOLDER") },
  { "size", 's', 0, G_OPTION_ARG_STRING, &option_size,
      N_ ("Voxels (512,512,64)"), N_ ("X,Y,Z") },
  { "voxel-size", 'v', 0, G_OPTION_ARG_STRING, &option_voxel_size,
      N_ ("In nm (10,10,40)"), N_ ("X,Y,Z") },
  { "seed", 0, 0, G_OPTION_ARG_STRING, &option_seed,
      N_ ("The same number gives the same volume (1)"), N_ ("N") },
  { "classes", 0, 0, G_OPTION_ARG_STRING, &option_classes,
      N_ ("What there is (all): cell, mitochondrion, alpha-granule, "
          "canalicular-vessel, dense-granule, dense-core"),
      N_ ("NAME,…") },
  { "deflate", 0, 0, G_OPTION_ARG_NONE, &option_deflate,
      N_ ("Compress the image as well"), NULL },
  { "image", 0, 0, G_OPTION_ARG_FILENAME, &option_image,
      N_ ("Name of the image"), N_ ("FILE") },
  { "labels", 0, 0, G_OPTION_ARG_FILENAME, &option_labels,
      N_ ("Name of the label stack, one number an object"), N_ ("FILE") },
  { "class-map", 0, 0, G_OPTION_ARG_FILENAME, &option_class_map,
      N_ ("Name of the class stack"), N_ ("FILE") },
  { "objects", 0, 0, G_OPTION_ARG_FILENAME, &option_objects,
      N_ ("Name of the list of objects (JSON)"), N_ ("FILE") },
  { NULL },
};

/* The stacks that are written, in the order of a slab's buffers. */
enum { IMAGE, LABELS, CLASSES, N_STACKS };
static const LamDtype stack_dtype[N_STACKS] = { LAM_DTYPE_U16, LAM_DTYPE_U32,
  LAM_DTYPE_U8 };

typedef struct {
  GThread *thread; /* Owned; NULL when idle */
  const LamPhantom *phantom; /* Borrowed */
  const int64_t *size;
  int64_t first, n_sections;
  void *voxels[N_STACKS]; /* Owned */
} Slab;

typedef struct {
  LamPhantomSettings settings;
  LamPhantom *phantom; /* Owned */
  char *path[N_STACKS]; /* Owned; NULL: not wanted */
  char *objects_path; /* Owned; or NULL */
  LamTiffWriter *writer[N_STACKS]; /* Owned */
  LamPhantomNumbers *numbers; /* Owned */
  LamTruthList *truth; /* Owned */
  bool made_folder;
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->phantom, lam_phantom_free);
  g_clear_pointer (&work->numbers, lam_phantom_numbers_free);
  g_clear_pointer (&work->truth, lam_truth_list_free);
  for (int i = 0; i < N_STACKS; i++) {
    g_clear_pointer (&work->writer[i], lam_tiff_writer_free);
    g_clear_pointer (&work->path[i], g_free);
  }
  g_clear_pointer (&work->objects_path, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static char *
choose_path (const char *name, const char *given)
{
  if (given)
    return g_strdup (given);
  return option_folder ? g_build_filename (option_folder, name, NULL) : NULL;
}

static bool
parse_settings (Work *work, GError **error)
{
  work->settings = (LamPhantomSettings){
    .size = { 512, 512, 64 }, .voxel_size_nm = { 10, 10, 40 }, .seed = 1
  };
  int64_t seed = 1;
  if (!lam_argument_triple (
          "--size", option_size, 1, work->settings.size, error)
      || !lam_argument_lengths ("--voxel-size", option_voxel_size,
          work->settings.voxel_size_nm, error)
      || !lam_argument_integer (
          "--seed", option_seed, 0, G_MAXINT64, &seed, error))
    return false;
  work->settings.seed = (uint64_t)seed;
  g_autoptr (GError) failed = NULL;
  if (lam_phantom_parse_classes (
          option_classes, &work->settings.classes, &failed))
    work->phantom = lam_phantom_new (&work->settings, &failed);
  return work->phantom || lam_cli_usage_error (error, "%s", failed->message);
}

/* A folder may hold a real image of the same name; a file that was named by the
 * person is what they meant. */
static bool
check_free (const Work *work, GError **error)
{
  const char *const path[] = { option_image ? NULL : work->path[IMAGE],
    option_labels ? NULL : work->path[LABELS],
    option_class_map ? NULL : work->path[CLASSES],
    option_objects ? NULL : work->objects_path };
  for (size_t i = 0; i < G_N_ELEMENTS (path); i++)
    if (path[i] && g_file_test (path[i], G_FILE_TEST_EXISTS)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("%s is there already; remove it or choose another folder"),
          path[i]);
      return false;
    }
  return true;
}

static bool
choose_paths (Work *work, GError **error)
{
  work->path[IMAGE] = choose_path ("image.tif", option_image);
  work->path[LABELS] = choose_path ("labels.tif", option_labels);
  work->path[CLASSES] = choose_path ("classes.tif", option_class_map);
  work->objects_path = choose_path ("objects.json", option_objects);
  if (!work->path[IMAGE] && !work->path[LABELS] && !work->path[CLASSES]
      && !work->objects_path)
    return lam_cli_usage_error (
        error, _ ("say where to write: --output FOLDER, or names"));
  if (!option_folder || g_mkdir (option_folder, 0777) == 0) {
    work->made_folder = option_folder != NULL;
    return true;
  }
  if (errno == EEXIST && g_file_test (option_folder, G_FILE_TEST_IS_DIR))
    return check_free (work, error);
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
      _ ("The folder “%s” cannot be made: %s"), option_folder,
      g_strerror (errno));
  return false;
}

static bool
open_writers (Work *work, GError **error)
{
  LamTiffLayout layout = { 0 };
  memcpy (layout.size, work->settings.size, sizeof layout.size);
  memcpy (layout.voxel_size_nm, work->settings.voxel_size_nm,
      sizeof layout.voxel_size_nm);
  for (int i = 0; i < N_STACKS; i++) {
    if (!work->path[i])
      continue;
    layout.dtype = stack_dtype[i];
    layout.deflate = i != IMAGE || option_deflate;
    work->writer[i] = lam_tiff_writer_new (work->path[i], &layout, error);
    if (!work->writer[i])
      return false;
  }
  return !work->objects_path
      || lam_output_check (work->objects_path, NULL, true, error);
}

static gpointer
slab_thread (gpointer data)
{
  Slab *slab = data;
  LamBox box = lam_box_new (0, 0, slab->first, slab->size[0], slab->size[1],
      slab->first + slab->n_sections);
  lam_phantom_render (slab->phantom, &box, slab->voxels[IMAGE],
      slab->voxels[LABELS], slab->voxels[CLASSES]);
  return NULL;
}

/* Slabs come here in order, so that numbers do not depend on the threads. */
static bool
write_slab (Work *work, const Slab *slab, GError **error)
{
  size_t area = (size_t)(work->settings.size[0] * work->settings.size[1]);
  for (int64_t i = 0; i < slab->n_sections; i++) {
    size_t at = area * (size_t)i;
    uint32_t *labels = (uint32_t *)slab->voxels[LABELS] + at;
    lam_phantom_numbers_replace (work->numbers, labels, area);
    lam_truth_list_add_section (work->truth, work->settings.size,
        slab->first + i, labels, (const uint8_t *)slab->voxels[CLASSES] + at);
    for (int j = 0; j < N_STACKS; j++)
      if (work->writer[j]
          && !lam_tiff_writer_add_page (work->writer[j],
              (const char *)slab->voxels[j]
                  + at * lam_dtype_bytes (stack_dtype[j]),
              error))
        return false;
  }
  return true;
}

static bool
allocate_slabs (
    const Work *work, int64_t depth, Slab *slabs, int n, GError **error)
{
  size_t n_voxels =
      (size_t)(work->settings.size[0] * work->settings.size[1]) * (size_t)depth;
  for (int i = 0; i < n; i++) {
    slabs[i].phantom = work->phantom;
    slabs[i].size = work->settings.size;
    for (int j = 0; j < N_STACKS; j++) {
      slabs[i].voxels[j] =
          g_try_malloc_n (n_voxels, lam_dtype_bytes (stack_dtype[j]));
      if (!slabs[i].voxels[j]) {
        g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
            _ ("There is no memory for a slab of %zu voxels"), n_voxels);
        return false;
      }
    }
  }
  return true;
}

static void
free_slabs (Slab *slabs, int n)
{
  for (int i = 0; i < n; i++) {
    if (slabs[i].thread)
      g_thread_join (slabs[i].thread);
    for (int j = 0; j < N_STACKS; j++)
      g_free (slabs[i].voxels[j]);
  }
}

/* `n_ahead` slabs are being made while the one before them is written. */
static bool
write_slabs (Work *work, int64_t depth, Slab *slabs, int n_ahead,
    LamProgress *progress, GError **error)
{
  int64_t size = work->settings.size[2];
  int64_t n = lam_divide_up (size, depth);
  for (int64_t i = 0; i < n + n_ahead; i++) {
    if (i < n) {
      Slab *next = &slabs[i % (n_ahead + 1)];
      next->first = i * depth;
      next->n_sections = MIN (depth, size - next->first);
      next->thread = g_thread_new ("slab", slab_thread, next);
    }
    if (i < n_ahead)
      continue;
    Slab *ready = &slabs[(i - n_ahead) % (n_ahead + 1)];
    if (ready->thread)
      g_thread_join (g_steal_pointer (&ready->thread));
    if (!lam_progress_check (progress, error)
        || !write_slab (work, ready, error))
      return false;
    lam_progress_set (progress, i - n_ahead + 1, n);
  }
  return true;
}

static bool
make_all (Work *work, LamProgress *progress, GError **error)
{
  const int64_t *size = work->settings.size;
  Slab slabs[MAX_THREADS + 1] = { 0 };
  int64_t depth = CLAMP (SLAB_VOXELS / (size[0] * size[1]), 1, MAX_SLAB_DEPTH);
  int n_ahead = CLAMP ((int)g_get_num_processors (), 2, MAX_THREADS);
  n_ahead = (int)MIN (n_ahead, lam_divide_up (size[2], depth));
  work->numbers = lam_phantom_numbers_new ();
  work->truth = lam_truth_list_new ();
  bool done = allocate_slabs (work, depth, slabs, n_ahead + 1, error)
      && write_slabs (work, depth, slabs, n_ahead, progress, error);
  free_slabs (slabs, n_ahead + 1);
  for (int i = 0; done && i < N_STACKS; i++)
    done = !work->writer[i] || lam_tiff_writer_finish (work->writer[i], error);
  return done
      && (!work->objects_path
          || lam_truth_list_write (work->truth, work->numbers, work->phantom,
              &work->settings, work->objects_path, error));
}

static void
print_json (const Work *work)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_triple (json, "size", work->settings.size);
  lam_json_add_lengths (json, "voxel_size_nm", work->settings.voxel_size_nm);
  lam_json_add_integer (json, "seed", (int64_t)work->settings.seed);
  lam_json_add_text (json, "image", work->path[IMAGE]);
  lam_json_add_text (json, "labels", work->path[LABELS]);
  lam_json_add_text (json, "classes", work->path[CLASSES]);
  lam_json_add_text (json, "objects", work->objects_path);
  lam_json_add_integer (
      json, "n_objects", lam_truth_list_get_n_objects (work->truth));
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_auto (Work) work = { 0 };
  if (!parse_settings (&work, error) || !choose_paths (&work, error))
    return false;
  bool done =
      open_writers (&work, error) && make_all (&work, call->progress, error);
  if (!done) {
    for (int i = 0; i < N_STACKS; i++)
      g_clear_pointer (&work.writer[i], lam_tiff_writer_free);
    if (work.made_folder)
      g_rmdir (option_folder);
    return false;
  }
  if (call->json)
    print_json (&work);
  return true;
}

const LamCommand lam_command_synthesize = {
  .name = "synthesize",
  .title = N_ ("Makes an EM-like volume of blood platelets, with its truth"),
  .usage = "-o FOLDER",
  .help = N_ ("The volume is the same for the same seed, size and voxel size. "
              "Labels have one number an object, from 1 on in the order in "
              "which they are met; objects.json says each one’s class, what it "
              "lies in, its voxels and its box. Classes "
              "are those of the preset “platelet”; what lies inside of "
              "something needs that class too."),
  .max_arguments = 0,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
