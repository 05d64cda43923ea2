/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small objects are cut several at once, large ones one by one, so that memory
 * is that of one large box. A piece keeps the object's number if it is the
 * first, and gets one that is free otherwise; in the end all are numbered anew,
 * which makes the result independent of who came first. */
#include "labels/object-splitter.h"

#include <assert.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "labels/label-walk.h"
#include "labels/neck-heights.h"
#include "labels/watershed.h"
#include "volume/scratch-source.h"

#define SMALL_VOXELS (INT64_C (4) << 20)
#define MAX_HEIGHT 65535

typedef struct {
  LamSource *labels; /* Borrowed */
  const LamSplitRules *rules; /* Borrowed */
  LamProgress *progress; /* Borrowed */
  GArray *objects; /* Borrowed; LamObject: those that were there, then pieces */
  guint *chosen; /* Borrowed; places in `objects` */
  int64_t n_chosen;
  _Atomic int64_t n_done;
  GMutex lock; /* of `labels` while written, of what follows and of `objects` */
  int n_cut;
} Work;

/* One object while it is cut. */
typedef struct {
  LamObject object;
  LamBox box; /* one voxel wider, inside of the volume */
  int64_t size[3];
  int64_t n;
  /* Owned */
  uint16_t *heights;
  uint32_t *pieces;
  bool *mask; /* the next two: while depths are measured */
  float *depths;
} Cut;

static void
cut_clear (Cut *cut)
{
  g_free (cut->heights);
  g_free (cut->pieces);
  g_free (cut->mask);
  g_free (cut->depths);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

static LamBox
wider_box (LamSource *labels, const LamBox *box)
{
  const int64_t *size = lam_source_get_info (labels)->levels[0].size;
  LamBox wider = *box, whole = lam_box_of_size (size);
  for (int i = 0; i < 3; i++) {
    wider.min[i]--;
    wider.max[i]++;
  }
  return lam_box_intersect (&wider, &whole);
}

static bool
refuse_size (const Cut *cut, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory to split an object in a box of %" G_GINT64_FORMAT
         " voxels"),
      cut->n);
  return false;
}

static bool
allocate (Cut *cut, bool with_depths, GError **error)
{
  gsize n = (gsize)cut->n;
  cut->heights = g_try_malloc0_n (n, sizeof *cut->heights);
  cut->pieces = g_try_malloc_n (n, sizeof *cut->pieces);
  if (with_depths) {
    cut->mask = g_try_malloc_n (n, sizeof *cut->mask);
    cut->depths = g_try_malloc_n (n, sizeof *cut->depths);
  }
  bool is_enough = cut->heights && cut->pieces
      && (!with_depths || (cut->mask && cut->depths));
  return is_enough || refuse_size (cut, error);
}

/* Where objects may go on counts as their inside. */
static bool
find_mask (Work *work, Cut *cut, GError **error)
{
  LamSource *open = work->rules->open;
  static_assert (sizeof (bool) == 1, "a plane of uint8 is one of bool");
  if (open
      && !lam_source_read_box (open, 0, &cut->box, cut->mask,
          lam_progress_cancellable_or_null (work->progress), error))
    return false;
  const uint8_t *is_open = (const uint8_t *)cut->mask;
  for (int64_t i = 0; i < cut->n; i++)
    cut->mask[i] =
        cut->pieces[i] == cut->object.id || (open && is_open[i] != 0);
  return true;
}

/* False: there is nothing around it, so no depth. */
static bool
measure_depths (const LamSplitRules *rules, Cut *cut, double *grain)
{
  const bool is_deep = lam_neck_heights (cut->mask, cut->size,
      rules->voxel_size_nm, cut->depths, cut->heights, grain);
  for (int64_t i = 0; rules->open && i < cut->n; i++)
    if (cut->pieces[i] != cut->object.id)
      cut->heights[i] = 0;
  /* The flood needs the room. */
  g_clear_pointer (&cut->mask, g_free);
  g_clear_pointer (&cut->depths, g_free);
  return is_deep;
}

/* 0 to 1; what is no number is no boundary. */
static double
boundary_at (const void *voxels, LamDtype dtype, int64_t i)
{
  if (dtype == LAM_DTYPE_U8)
    return ((const uint8_t *)voxels)[i] / 255.0;
  if (dtype == LAM_DTYPE_U16)
    return ((const uint16_t *)voxels)[i] / 65535.0;
  float value = ((const float *)voxels)[i];
  return value > 0 ? fmin (value, 1) : 0;
}

static bool
read_boundaries (Work *work, Cut *cut, GError **error)
{
  LamSource *source = work->rules->boundaries;
  LamDtype dtype = lam_source_get_info (source)->dtype;
  g_autofree void *voxels = g_malloc_n ((gsize)cut->n, lam_dtype_bytes (dtype));
  if (!lam_source_read_box (source, 0, &cut->box, voxels,
          lam_progress_cancellable_or_null (work->progress), error))
    return false;
  for (int64_t i = 0; i < cut->n; i++)
    if (cut->pieces[i] == cut->object.id)
      cut->heights[i] = (uint16_t)(1
          + lrint ((MAX_HEIGHT - 1) * (1 - boundary_at (voxels, dtype, i))));
  return true;
}

/* The number of pieces, 1 when it stays whole; 0: no memory, or cancelled. */
static uint32_t
find_pieces (const Work *work, Cut *cut, double least_relief)
{
  const LamSplitRules *rules = work->rules;
  LamWatershedRules how = {
    .connectivity = rules->connectivity,
    .relief = rules->relief[cut->object.class_id],
    .least_relief = least_relief,
    .least_distance_nm = rules->boundaries ? 0 : rules->least_distance_nm,
    .min_voxels = rules->min_voxels[cut->object.class_id],
  };
  memcpy (how.voxel_size_nm, rules->voxel_size_nm, sizeof how.voxel_size_nm);
  return lam_watershed (
      cut->heights, cut->size, &how, cut->pieces, work->progress);
}

/* Voxels of a row, which follow each other. */
static void
add_run (LamObject *piece, const LamBox *run, const int64_t size[3])
{
  if (piece->n_voxels == 0)
    piece->first =
        (run->min[2] * size[1] + run->min[1]) * size[0] + run->min[0];
  piece->n_voxels += run->max[0] - run->min[0];
  piece->box = lam_box_unite (&piece->box, run);
}

static void
measure_row (
    const Cut *cut, const LamBox *row, const int64_t size[3], LamObject *pieces)
{
  const uint32_t *here = cut->pieces
      + ((row->min[2] - cut->box.min[2]) * cut->size[1] + row->min[1]
            - cut->box.min[1])
          * cut->size[0];
  LamBox run = *row;
  for (int64_t x = 0; x < cut->size[0];) {
    const int64_t start = x;
    while (++x < cut->size[0] && here[x] == here[start])
      ;
    run.min[0] = cut->box.min[0] + start;
    run.max[0] = cut->box.min[0] + x;
    if (here[start])
      add_run (&pieces[here[start] - 1], &run, size);
  }
}

/* Rows of the pieces, with ids from `next` on but for the first. */
static LamObject *
measure_pieces (const Work *work, const Cut *cut, uint32_t n, uint32_t next)
{
  const int64_t *size = lam_source_get_info (work->labels)->levels[0].size;
  LamObject *pieces = g_new0 (LamObject, n);
  for (uint32_t i = 0; i < n; i++) {
    pieces[i].id = i == 0 ? cut->object.id : next + i - 1;
    pieces[i].class_id = cut->object.class_id;
  }
  LamBox row = cut->box;
  for (row.min[2] = cut->box.min[2]; row.min[2] < cut->box.max[2]; row.min[2]++)
    for (row.min[1] = cut->box.min[1]; row.min[1] < cut->box.max[1];
         row.min[1]++) {
      row.max[1] = row.min[1] + 1;
      row.max[2] = row.min[2] + 1;
      measure_row (cut, &row, size, pieces);
    }
  return pieces;
}

/* Writes the pieces over the object, and nothing else. */
static bool
put_pieces_locked (
    Work *work, const Cut *cut, guint place, uint32_t n, GError **error)
{
  g_autofree uint32_t *labels = g_new (uint32_t, cut->n);
  g_autofree LamObject *pieces =
      measure_pieces (work, cut, n, work->objects->len + 1);
  if (!lam_source_read_box (work->labels, 0, &cut->box, labels, NULL, error))
    return false;
  for (int64_t i = 0; i < cut->n; i++)
    if (cut->pieces[i])
      labels[i] = pieces[cut->pieces[i] - 1].id;
  g_array_index (work->objects, LamObject, place) = pieces[0];
  g_array_append_vals (work->objects, pieces + 1, n - 1);
  work->n_cut++;
  return lam_scratch_source_write (work->labels, &cut->box, labels, error);
}

static bool
cut_object (Work *work, guint place, const LamObject *object, GError **error)
{
  const LamSplitRules *rules = work->rules;
  double grain = 0;
  g_auto (Cut) cut = { .object = *object,
    .box = wider_box (work->labels, &object->box) };
  cut.n = lam_box_volume (&cut.box);
  for (int i = 0; i < 3; i++)
    cut.size[i] = cut.box.max[i] - cut.box.min[i];
  if (!allocate (&cut, !rules->boundaries, error)
      || !lam_source_read_box (work->labels, 0, &cut.box, cut.pieces,
          lam_progress_cancellable_or_null (work->progress), error))
    return false;
  if (rules->boundaries && !read_boundaries (work, &cut, error))
    return false;
  if (!rules->boundaries && !find_mask (work, &cut, error))
    return false;
  if (!rules->boundaries && !measure_depths (rules, &cut, &grain))
    return true;
  uint32_t n = find_pieces (work, &cut, grain);
  if (n == 0)
    return lam_progress_check (work->progress, error)
        && refuse_size (&cut, error);
  if (n == 1)
    return true;
  g_mutex_lock (&work->lock);
  bool done = put_pieces_locked (work, &cut, place, n, error);
  g_mutex_unlock (&work->lock);
  return done;
}

static bool
cut_part (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  guint place = work->chosen[part];
  g_mutex_lock (&work->lock);
  LamObject object = g_array_index (work->objects, LamObject, place);
  g_mutex_unlock (&work->lock);
  if (!cut_object (work, place, &object, error))
    return false;
  lam_progress_set (work->progress, ++work->n_done, work->n_chosen);
  return true;
}

static bool
is_inside (const LamSplitRules *rules, const LamBox *box)
{
  const LamBox shared = lam_box_intersect (box, &rules->inside);
  return lam_box_is_empty (&rules->inside) || !lam_box_is_empty (&shared);
}

/* So small that no two middles in it are far enough from each other. */
static bool
is_short (const LamSplitRules *rules, const LamBox *box)
{
  double square = 0;
  for (int i = 0; i < 3; i++) {
    const double side =
        (double)(box->max[i] - box->min[i] - 1) * rules->voxel_size_nm[i];
    square += side * side;
  }
  return !rules->boundaries && sqrt (square) < 0.999 * rules->least_distance_nm;
}

/* Small ones first; gives how many they are. */
static int64_t
choose (Work *work, int *n_too_large)
{
  const LamSplitRules *rules = work->rules;
  int64_t n_small = 0;
  *n_too_large = 0;
  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < work->objects->len; i++) {
      const LamObject *object = &g_array_index (work->objects, LamObject, i);
      int64_t n = lam_box_volume (&object->box);
      int64_t least = MAX (rules->min_voxels[object->class_id], 1);
      if (!rules->is_split[object->class_id] || object->n_voxels < 2 * least
          || (n <= SMALL_VOXELS) != (pass == 0)
          || !is_inside (rules, &object->box) || is_short (rules, &object->box))
        continue;
      if (n > LAM_SPLIT_MAX_VOXELS)
        ++*n_too_large;
      else
        work->chosen[work->n_chosen++] = i;
      n_small = pass == 0 ? work->n_chosen : n_small;
    }
  return n_small;
}

static int
compare_first (gconstpointer a, gconstpointer b)
{
  int64_t x = ((const LamObject *)a)->first;
  int64_t y = ((const LamObject *)b)->first;
  return (x > y) - (x < y);
}

static bool
renumber_part (
    const LamBox *box, uint32_t *labels, gpointer data, GError **error)
{
  const uint32_t *to = data;
  const int64_t n = lam_box_volume (box);
  for (int64_t i = 0; i < n; i++)
    labels[i] = to[labels[i]];
  return true;
}

static bool
renumber (Work *work, GError **error)
{
  g_autofree uint32_t *to = g_new0 (uint32_t, work->objects->len + 1);
  g_array_sort (work->objects, compare_first);
  for (guint i = 0; i < work->objects->len; i++) {
    LamObject *object = &g_array_index (work->objects, LamObject, i);
    to[object->id] = i + 1;
    object->id = i + 1;
  }
  return lam_label_walk (
      work->labels, NULL, true, renumber_part, to, work->progress, error);
}

bool
lam_object_splitter_check (
    const LamSplitRules *rules, const int64_t size[3], GError **error)
{
  if (!rules->boundaries)
    return true;
  const LamSourceInfo *info = lam_source_get_info (rules->boundaries);
  const int64_t *found = info->levels[0].size;
  if (memcmp (found, size, 3 * sizeof *size) != 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
           " × %" G_GINT64_FORMAT
           " voxels, and the classes have %" G_GINT64_FORMAT
           " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
        info->path, found[0], found[1], found[2], size[0], size[1], size[2]);
  else if (info->dtype != LAM_DTYPE_U8 && info->dtype != LAM_DTYPE_U16
      && info->dtype != LAM_DTYPE_F32)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s holds %s: a map of boundaries is uint8, uint16, or float32 from "
           "0 to 1"),
        info->path, lam_dtype_name (info->dtype));
  else
    return true;
  return false;
}

bool
lam_object_splitter_run (LamSource *labels, GArray *objects,
    const LamSplitRules *rules, int *n_cut, int *n_too_large,
    LamProgress *progress, GError **error)
{
  const int64_t *size = lam_source_get_info (labels)->levels[0].size;
  if (!lam_object_splitter_check (rules, size, error))
    return false;
  g_autofree guint *chosen = g_new (guint, MAX (objects->len, 1));
  Work work = { .labels = labels,
    .rules = rules,
    .progress = progress,
    .objects = objects,
    .chosen = chosen };
  int64_t n_small = choose (&work, n_too_large);
  g_mutex_init (&work.lock);
  bool done = lam_parallel (0, n_small, cut_part, &work, progress, error);
  for (int64_t i = n_small; done && i < work.n_chosen; i++)
    done = lam_progress_check (progress, error) && cut_part (i, &work, error);
  g_mutex_clear (&work.lock);
  *n_cut = work.n_cut;
  return done && (work.n_cut == 0 || renumber (&work, error));
}
