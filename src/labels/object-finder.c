/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Twice over the classes: to scan, and to scan again and paint, which costs
 * less than keeping what was found (fresh memory is slow) and holds no more
 * than a brick a thread. Bricks of a batch are read and scanned at once, then
 * added in order. */
#include "labels/object-finder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "volume/scratch-source.h"

#define BRICK_VOXELS (INT64_C (4) << 20)
/* Deep enough that few of its voxels lie on its faces. */
#define BRICK_DEPTH 32
#define MAX_BATCH 16

typedef struct {
  uint8_t *classes; /* Owned */
  uint32_t *labels; /* Owned */
  LamBlockComponents *scanned; /* Owned */
} Place;

typedef struct {
  LamSource *classes, *labels; /* Borrowed */
  LamComponents *components; /* Owned */
  LamProgress *progress; /* Borrowed */
  int n_places;
  int64_t first; /* brick of the batch */
  Place places[MAX_BATCH];
} Work;

static void
work_clear (Work *work)
{
  for (int i = 0; i < work->n_places; i++) {
    g_free (work->places[i].classes);
    g_free (work->places[i].labels);
    lam_block_components_free (work->places[i].scanned);
  }
  lam_components_free (work->components);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* More whole chunks along an axis, while there is room. */
static void
grow (int64_t brick[3], int axis, int64_t limit)
{
  int64_t room = BRICK_VOXELS / (brick[0] * brick[1] * brick[2]);
  int64_t wanted = lam_divide_up (limit, brick[axis]);
  brick[axis] *= CLAMP (room, 1, wanted);
}

void
lam_object_finder_choose_brick (const LamSourceInfo *info, int64_t brick[3])
{
  const int64_t *size = info->levels[0].size;
  for (int i = 0; i < 3; i++)
    brick[i] = CLAMP (info->chunk[i], 1, size[i]);
  grow (brick, 0, size[0]);
  grow (brick, 2, MIN (size[2], BRICK_DEPTH));
  grow (brick, 1, size[1]);
  grow (brick, 2, size[2]);
}

static bool
refuse_number (LamSource *classes, const LamBox *box, int64_t i, double value,
    GError **error)
{
  int64_t width = box->max[0] - box->min[0], height = box->max[1] - box->min[1];
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %.0f at the voxel %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT ": classes are numbers from 0 to 255"),
      lam_source_get_info (classes)->path, value, box->min[0] + i % width,
      box->min[1] + i / width % height, box->min[2] + i / width / height);
  return false;
}

bool
lam_object_finder_read (LamSource *classes, const LamBox *box, uint8_t *out,
    GCancellable *cancellable, GError **error)
{
  LamDtype dtype = lam_source_get_info (classes)->dtype;
  if (dtype == LAM_DTYPE_U8)
    return lam_source_read_box (classes, 0, box, out, cancellable, error);
  int64_t n = lam_box_volume (box);
  g_autofree void *voxels = g_malloc_n ((gsize)n, lam_dtype_bytes (dtype));
  if (!lam_source_read_box (classes, 0, box, voxels, cancellable, error))
    return false;
  for (int64_t i = 0; i < n; i++) {
    double value = lam_dtype_number_at (voxels, dtype, i);
    if (value < 0 || value > 255)
      return refuse_number (classes, box, i, value, error);
    out[i] = (uint8_t)value;
  }
  return true;
}

static bool
scan_part (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  Place *place = &work->places[part];
  LamBox box = lam_components_get_brick (work->components, work->first + part);
  if (!lam_object_finder_read (work->classes, &box, place->classes,
          lam_progress_cancellable_or_null (work->progress), error))
    return false;
  g_clear_pointer (&place->scanned, lam_block_components_free);
  place->scanned = lam_components_scan (
      work->components, work->first + part, place->classes);
  return true;
}

static bool
paint_part (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  Place *place = &work->places[part];
  if (!scan_part (part, data, error))
    return false;
  LamBox box = lam_components_get_brick (work->components, work->first + part);
  lam_components_paint (
      work->components, work->first + part, place->scanned, place->labels);
  return lam_scratch_source_write (work->labels, &box, place->labels, error);
}

static bool
add_batch (Work *work, int64_t n, GError **error)
{
  for (int64_t i = 0; i < n; i++)
    if (!lam_components_add (
            work->components, work->first + i, work->places[i].scanned, error))
      return false;
  return true;
}

/* `pass` 0 scans, 1 paints. */
static bool
walk (Work *work, int pass, GError **error)
{
  int64_t n_bricks = lam_components_get_n_bricks (work->components);
  for (work->first = 0; work->first < n_bricks;) {
    int64_t n = MIN (work->n_places, n_bricks - work->first);
    if (!lam_parallel (
            0, n, pass ? paint_part : scan_part, work, work->progress, error)
        || (pass == 0 && !add_batch (work, n, error)))
      return false;
    work->first += n;
    lam_progress_set (
        work->progress, pass * n_bricks + work->first, 2 * n_bricks);
  }
  return true;
}

static bool
check_dtype (LamSource *classes, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (classes);
  if (info->dtype != LAM_DTYPE_F32)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %s: classes are whole numbers from 0 to 255"), info->path,
      lam_dtype_name (info->dtype));
  return false;
}

static bool
make_places (Work *work, GError **error)
{
  LamBox brick = lam_components_get_brick (work->components, 0);
  gsize n = (gsize)lam_box_volume (&brick);
  int n_processors = (int)g_get_num_processors ();
  work->n_places = (int)MIN (CLAMP (n_processors, 2, MAX_BATCH),
      lam_components_get_n_bricks (work->components));
  for (int i = 0; i < work->n_places; i++) {
    Place *place = &work->places[i];
    place->classes = g_try_malloc (n);
    place->labels = g_try_malloc_n (n, sizeof *place->labels);
    if (place->classes && place->labels)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for %d parts of %zu voxels, which is how %s is "
           "laid out"),
        work->n_places, n, lam_source_get_info (work->classes)->path);
    return false;
  }
  return true;
}

static GArray *
list_objects (const LamComponents *components)
{
  size_t n = lam_components_get_n (components);
  GArray *objects = g_array_sized_new (false, false, sizeof (LamObject), n);
  for (uint32_t id = 1; id <= n; id++) {
    LamComponent each = lam_components_get (components, id);
    LamObject object = { id, each.class_id, each.n_voxels, each.first,
      each.box };
    g_array_append_val (objects, object);
  }
  return objects;
}

GArray *
lam_object_finder_run (LamSource *classes, const LamObjectRules *rules,
    LamSource *labels, LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (classes);
  LamComponentsLayout layout = { .connectivity = rules->connectivity };
  if (!check_dtype (classes, error))
    return NULL;
  memcpy (layout.size, info->levels[0].size, sizeof layout.size);
  memcpy (layout.min_voxels, rules->min_voxels, sizeof layout.min_voxels);
  lam_object_finder_choose_brick (info, layout.brick);
  g_auto (Work) work = { .classes = classes,
    .labels = labels,
    .components = lam_components_new (&layout, error),
    .progress = progress };
  if (!work.components || !make_places (&work, error)
      || !walk (&work, 0, error))
    return NULL;
  lam_components_finish (work.components);
  return walk (&work, 1, error) ? list_objects (work.components) : NULL;
}
