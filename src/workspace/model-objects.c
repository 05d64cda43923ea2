/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All is done in planes of the box with its margin, by one call each: finder,
 * splitter, divider, matcher. What lies in the margin, and what a person said
 * inside, is given to the last two as fixed. */
#include "workspace/model-objects.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/object-divider.h"
#include "labels/object-sieve.h"
#include "labels/object-splitter.h"
#include "segment/proposal.h"
#include "store/model-edit.h"
#include "volume/scratch-source.h"
#include "workspace/object-joins.h"

typedef struct {
  LamModelObjects *objects;
  LamObjectSight sight; /* Owned */
  GHashTable *fresh; /* Owned; set of labels that were taken here */
} Work;

static void
work_clear (Work *work)
{
  lam_object_sight_clear (&work->sight);
  g_hash_table_unref (work->fresh);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static int32_t
get_class (uint32_t label, gpointer data)
{
  return lam_object_sight_get_class (&((const Work *)data)->sight, label);
}

static bool
has_objects (const LamModelObjects *objects)
{
  for (int c = 0; c < objects->n_classes; c++)
    if (objects->has_instances[c])
      return true;
  return false;
}

static void
read_part (const Work *work, const LamBox *box, uint8_t flag, uint32_t *labels,
    bool *flagged)
{
  int64_t width = box->max[0] - box->min[0];
  LamBox all = work->sight.box;
  for (int a = 0; a < 3; a++) {
    all.max[a] -= all.min[a];
    all.min[a] = 0;
  }
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t from = lam_object_sight_place (&all, box->min[0], y, z);
      memcpy (
          labels, work->sight.labels + from, (size_t)width * sizeof *labels);
      for (int64_t i = 0; i < width; i++)
        flagged[i] = (work->sight.flags[from + i] & flag) != 0;
      labels += width;
      flagged += width;
    }
}

static bool
read_fixed (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  read_part (data, box, LAM_SIGHT_FIXED, labels, fixed);
  return true;
}

static bool
read_seeds (const LamBox *box, uint32_t *labels, bool *seeds, gpointer data,
    GError **error)
{
  read_part (data, box, LAM_SIGHT_FIXED | LAM_SIGHT_HELD, labels, seeds);
  return true;
}

/* All of what a person has a hand in. */
static bool
read_known (const LamBox *box, uint32_t *labels, bool *known, gpointer data,
    GError **error)
{
  const Work *work = data;
  const int64_t n = lam_box_volume (box);
  uint32_t last = 0;
  bool is_known = false;
  read_part (work, box, 0, labels, known);
  for (int64_t i = 0; i < n; i++) {
    if (labels[i] != last)
      is_known = g_hash_table_contains (
          work->sight.known, GUINT_TO_POINTER (labels[i]));
    last = labels[i];
    known[i] = is_known;
  }
  return true;
}

static uint32_t
next_id (gpointer data)
{
  const Work *work = data;
  const uint32_t id = lam_label_numbers_take (work->objects->numbers);
  if (id != 0)
    g_hash_table_add (work->fresh, GUINT_TO_POINTER (id));
  return id;
}

static int64_t
count_least (const LamModelObjects *objects, int class)
{
  return objects->is_chosen ? 1
                            : lam_object_rule_count_voxels (
                                &objects->rules[class], objects->voxel_size_nm);
}

/* Where nothing is cut, pieces that lost touch are still objects each. */
static bool
is_shared (uint32_t id, gpointer data)
{
  const Work *work = data;
  const int32_t class = get_class (id, data);
  return class >= 0 && lam_model_objects_cuts (work->objects, class)
      && g_hash_table_contains (work->sight.shared, GUINT_TO_POINTER (id));
}

/* Whether objects that a person has a hand in are kept apart, or all that lie
 * at what he chose. */
static bool
keeps_apart (const Work *work)
{
  return work->objects->is_chosen ? !work->objects->is_one
                                  : g_hash_table_size (work->sight.known) > 1;
}

static bool
is_known (uint32_t id, gpointer data)
{
  const Work *work = data;
  const int32_t class = get_class (id, data);
  return class >= 0 && !lam_model_objects_cuts (work->objects, class)
      && g_hash_table_contains (work->sight.known, GUINT_TO_POINTER (id));
}

static LamSource *
make_scratch (const LamBox *box, LamDtype dtype, GError **error)
{
  const double nm[3] = { 0 };
  int64_t size[3];
  for (int a = 0; a < 3; a++)
    size[a] = box->max[a] - box->min[a];
  return lam_scratch_source_new (NULL, size, dtype, nm, error);
}

/* NULL: nothing is open; or with error. */
static LamSource *
make_open (const Work *work, GError **error)
{
  const int64_t n = lam_box_volume (&work->sight.box);
  g_autofree uint8_t *open = g_new (uint8_t, n);
  uint8_t any = 0;
  for (int64_t i = 0; i < n; i++)
    any |= open[i] = work->sight.flags[i] & LAM_SIGHT_OPEN;
  g_autoptr (LamSource) source =
      any ? make_scratch (&work->sight.box, LAM_DTYPE_U8, error) : NULL;
  if (!source)
    return NULL;
  const LamBox all =
      lam_box_of_size (lam_source_get_info (source)->levels[0].size);
  return lam_scratch_source_write (source, &all, open, error)
      ? g_steal_pointer (&source)
      : NULL;
}

/* At necks, then among old objects that meet in one piece. */
static bool
cut (Work *work, LamSource *made, GArray *found, const LamOldObjects *seeds,
    LamProgress *progress, GError **error)
{
  const LamModelObjects *objects = work->objects;
  GError *failed = NULL;
  g_autoptr (LamSource) open = make_open (work, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return false;
  }
  LamSplitRules rules = { .connectivity = LAM_CONNECT_CORNERS,
    .least_distance_nm = LAM_SPLIT_DISTANCE_NM,
    .open = open,
    .inside = objects->box };
  LamDivision division = { .connectivity = LAM_CONNECT_CORNERS, .open = open };
  for (int a = 0; a < 3; a++) {
    rules.voxel_size_nm[a] = division.voxel_size_nm[a] =
        objects->voxel_size_nm[a];
    rules.inside.min[a] -= work->sight.box.min[a];
    rules.inside.max[a] -= work->sight.box.min[a];
  }
  for (int c = 0; c < objects->n_classes; c++) {
    rules.is_split[c] = division.is_divided[c] =
        lam_model_objects_cuts (objects, c);
    rules.relief[c] = objects->rules[c].relief_percent / 100.0;
    rules.min_voxels[c] = lam_object_rule_count_voxels (
        &objects->rules[c], objects->voxel_size_nm);
  }
  int n_cut, n_too_large;
  return lam_object_splitter_run (
             made, found, &rules, &n_cut, &n_too_large, progress, error)
      && lam_object_divider_run (
          made, found, seeds, &division, progress, error);
}

/* Classes that are not cut. */
static bool
keep_apart (Work *work, LamSource *made, GArray *found, LamProgress *progress,
    GError **error)
{
  const LamModelObjects *objects = work->objects;
  LamOldObjects known = { .read = objects->is_chosen ? read_fixed : read_known,
    .get_class = get_class,
    .data = work };
  LamDivision division = { .connectivity = LAM_CONNECT_CORNERS,
    .is_flat = true };
  bool is_any = false;
  memcpy (division.voxel_size_nm, objects->voxel_size_nm,
      sizeof division.voxel_size_nm);
  for (int c = 0; c < objects->n_classes; c++)
    is_any |= division.is_divided[c] =
        objects->has_instances[c] && !lam_model_objects_cuts (objects, c);
  return !is_any || !keeps_apart (work)
      || lam_object_divider_run (
          made, found, &known, &division, progress, error);
}

/* Leaves out what is too small. */
static bool
sieve (const Work *work, LamSource *made, GArray *found, LamProgress *progress,
    GError **error)
{
  const LamModelObjects *objects = work->objects;
  LamSieve rules = { .noise = LAM_OBJECT_RULE_MIN_VOXELS,
    .flags = work->sight.flags,
    .keeps = LAM_SIGHT_FIXED,
    .open = LAM_SIGHT_OPEN,
    .inside = objects->box };
  for (int a = 0; a < 3; a++) {
    rules.inside.min[a] -= work->sight.box.min[a];
    rules.inside.max[a] -= work->sight.box.min[a];
  }
  for (int c = 0; c < objects->n_classes; c++)
    rules.min_voxels[c] = count_least (objects, c);
  return lam_object_sieve_run (made, found, &rules, progress, error);
}

/* Gives the labels of the box and of its margin. */
static bool
find (Work *work, uint32_t *labels, GArray **found, LamProgress *progress,
    GError **error)
{
  const LamModelObjects *objects = work->objects;
  g_autoptr (LamSource) classes =
      make_scratch (&work->sight.box, LAM_DTYPE_U8, error);
  g_autoptr (LamSource) made =
      classes ? make_scratch (&work->sight.box, LAM_DTYPE_U32, error) : NULL;
  if (!made)
    return false;
  LamBox all = lam_box_of_size (lam_source_get_info (made)->levels[0].size);
  LamObjectRules rules = { .connectivity = LAM_CONNECT_CORNERS };
  for (int c = 0; c < objects->n_classes; c++)
    rules.min_voxels[c] = objects->has_instances[c]; /* all; sieved below */
  LamOldObjects old = { .read = read_fixed,
    .get_class = get_class,
    .next_id = next_id,
    .is_shared = is_shared,
    .is_known = is_known,
    .keeps_apart = keeps_apart (work),
    .data = work };
  LamOldObjects seeds = old;
  seeds.read = read_seeds;
  LamMatchResult result;
  if (!lam_scratch_source_write (classes, &all, work->sight.classes, error))
    return false;
  *found = lam_object_finder_run (classes, &rules, made, progress, error);
  return *found
      && (!lam_model_objects_cuts_any (objects)
          || cut (work, made, *found, &seeds, progress, error))
      && keep_apart (work, made, *found, progress, error)
      && (objects->is_chosen || sieve (work, made, *found, progress, error))
      && lam_object_matcher_run (made, *found, &old, &result, progress, error)
      && lam_source_read_box (made, 0, &all, labels, NULL, error);
}

static void
add_rows (Work *work, const GArray *found)
{
  LamModelObjects *objects = work->objects;
  for (guint i = 0; i < found->len; i++) {
    const LamObject *object = &g_array_index (found, LamObject, i);
    if (!g_hash_table_contains (work->fresh, GUINT_TO_POINTER (object->id)))
      continue;
    LamLabel after = { .id = object->id,
      .name = (char *)"",
      .class_id = objects->class_ids[object->class_id],
      .rgb = LAM_RGB_AUTO };
    LamLabel before = after;
    before.deleted = true;
    g_ptr_array_add (objects->rows, lam_row_change_new_label (&before, &after));
  }
}

/* The box alone, classes without instances too. */
static uint32_t *
cut_out (const Work *work, const uint32_t *labels)
{
  const LamModelObjects *objects = work->objects;
  const LamBox *box = &objects->box;
  uint32_t *out = g_new (uint32_t, lam_box_volume (box)), *to = out;
  const uint8_t *class = objects->classes;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      const uint32_t *from =
          labels + lam_object_sight_place (&work->sight.box, box->min[0], y, z);
      for (int64_t x = box->min[0]; x < box->max[0]; x++, from++, class ++)
        *to++ = *class >= objects->n_classes ? LAM_MODEL_SILENT
            : objects->has_instances[*class] ? *from
                                             : objects->class_labels[*class];
    }
  return out;
}

uint32_t *
lam_model_objects_find (LamModelObjects *objects, LamStore *store,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamProgress) quick = lam_progress_new_restless (progress);
  g_auto (Work)
      work = { .objects = objects, .fresh = g_hash_table_new (NULL, NULL) };
  if (!lam_object_sight_init (&work.sight, objects, store, quick, error))
    return NULL;
  const int64_t n = lam_box_volume (&work.sight.box);
  g_autofree uint32_t *labels = g_try_malloc_n ((gsize)n, sizeof *labels);
  if (!labels) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for the objects of %" G_GINT64_FORMAT " voxels"),
        n);
    return NULL;
  }
  g_autoptr (GArray) found = NULL;
  if (has_objects (objects) && !find (&work, labels, &found, quick, error))
    return NULL;
  if (found)
    add_rows (&work, found);
  if (found && objects->joins)
    objects->part = lam_object_joins_look (
        objects->joins, &work.sight, labels, found, work.fresh);
  return cut_out (&work, labels);
}
