/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The box is looked at with the voxels around it. Those, and what a person said
 * inside, stay as they are; they are given to the matcher as fixed, so that
 * what is connected with them gets their labels, however often the box cuts it.
 */
#include "workspace/model-objects.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/brick-number.h"
#include "base/error.h"
#include "base/parallel.h"
#include "labels/object-matcher.h"
#include "segment/proposal.h"
#include "store/model-edit.h"
#include "volume/scratch-source.h"

typedef struct {
  LamModelObjects *objects;
  LamBox box; /* with what lies around it */
  uint32_t *old; /* Owned; stored labels of the box */
  bool *fixed; /* Owned */
  uint8_t *classes; /* Owned; of the network */
  LamStore *store; /* Borrowed */
  LamBox bricks; /* that it meets */
  uint32_t first_new; /* what is stored has smaller numbers */
} Work;

static void
work_clear (Work *work)
{
  g_free (work->old);
  g_free (work->fixed);
  g_free (work->classes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Calls that walk over rows of a part of a dense box. */
static int64_t
place (const LamBox *box, int64_t x, int64_t y, int64_t z)
{
  return ((z - box->min[2]) * (box->max[1] - box->min[1]) + y - box->min[1])
      * (box->max[0] - box->min[0])
      + x - box->min[0];
}

/* ---- What is there ------------------------------------------------------ */

/* Of a brick; both NULL where it is `label` and `source` all over. */
typedef struct {
  const uint32_t *labels;
  const uint16_t *sources;
  uint32_t label;
  uint16_t source;
} Planes;

static void
take_row (
    Work *work, const Planes *planes, const LamBox *whole, const LamBox *row)
{
  int64_t x = row->min[0], y = row->min[1], z = row->min[2];
  int64_t from = place (whole, x, y, z), to = place (&work->box, x, y, z);
  for (int64_t i = 0; i < row->max[0] - x; i++) {
    uint16_t source =
        planes->sources ? planes->sources[from + i] : planes->source;
    work->old[to + i] =
        planes->labels ? planes->labels[from + i] : planes->label;
    work->fixed[to + i] =
        source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED;
  }
}

/* What lies around the objects' box, and where the network is silent: nothing
 * is written there. */
static void
fix_rest (Work *work, const LamBox *row)
{
  const LamModelObjects *objects = work->objects;
  LamBox inside = lam_box_intersect (row, &objects->box);
  int64_t first = row->min[0], n = row->max[0] - first;
  bool *fixed =
      work->fixed + place (&work->box, first, row->min[1], row->min[2]);
  if (lam_box_is_empty (&inside)) {
    memset (fixed, true, (size_t)n);
    return;
  }
  const uint8_t *classes = objects->classes
      + place (&objects->box, inside.min[0], row->min[1], row->min[2]);
  memset (fixed, true, (size_t)(inside.min[0] - first));
  for (int64_t x = inside.min[0]; x < inside.max[0]; x++, classes++)
    fixed[x - first] |= *classes >= objects->n_classes;
  memset (fixed + inside.max[0] - first, true,
      (size_t)(row->max[0] - inside.max[0]));
}

static void
take_brick (Work *work, LamBrickKey key, const LamLabelBrick *brick)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &work->box), row = part;
  Planes planes = { 0 };
  if (brick
      && !lam_label_brick_is_uniform (brick, &planes.label, &planes.source)) {
    planes.labels = lam_label_brick_get_labels (brick);
    planes.sources = lam_label_brick_get_sources (brick);
  }
  for (row.min[2] = part.min[2]; row.min[2] < part.max[2]; row.min[2]++)
    for (row.min[1] = part.min[1]; row.min[1] < part.max[1]; row.min[1]++) {
      row.max[2] = row.min[2] + 1;
      row.max[1] = row.min[1] + 1;
      take_row (work, &planes, &whole, &row);
      fix_rest (work, &row);
    }
}

static bool
read_brick (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  LamBrickKey key = lam_brick_of_number (&work->bricks, part);
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (work->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  take_brick (work, key, brick);
  return true;
}

static bool
read_old (Work *work, GError **error)
{
  work->bricks = lam_box_bricks (&work->box);
  return lam_parallel (
      0, lam_box_volume (&work->bricks), read_brick, work, NULL, error);
}

static bool
makes_objects (const LamModelObjects *objects, uint8_t class)
{
  return class < objects->n_classes && objects->has_instances[class];
}

static bool
has_objects (const LamModelObjects *objects)
{
  for (int c = 0; c < objects->n_classes; c++)
    if (objects->has_instances[c])
      return true;
  return false;
}

/* -1: none that makes objects. */
static int32_t
get_class (uint32_t label, gpointer data)
{
  const Work *work = data;
  gpointer class;
  return g_hash_table_lookup_extended (work->objects->label_classes,
             GUINT_TO_POINTER (label), NULL, &class)
      ? (int32_t)GPOINTER_TO_UINT (class)
      : -1;
}

static void
fill_classes (Work *work)
{
  const LamModelObjects *objects = work->objects;
  int64_t n = lam_box_volume (&work->box);
  uint32_t last = 0;
  int32_t last_class = -1;
  for (int64_t i = 0; i < n; i++) {
    if (work->old[i] != last) {
      last = work->old[i];
      last_class = get_class (last, work);
    }
    work->classes[i] = work->fixed[i] && last_class >= 0 ? last_class : 0;
  }
  const LamBox *box = &objects->box;
  const uint8_t *from = objects->classes;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t to = place (&work->box, box->min[0], y, z);
      for (int64_t x = box->min[0]; x < box->max[0]; x++, to++, from++)
        if (!work->fixed[to])
          work->classes[to] = makes_objects (objects, *from) ? *from : 0;
    }
}

/* ---- What is found ------------------------------------------------------ */

static bool
read_box (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  const Work *work = data;
  int64_t width = box->max[0] - box->min[0];
  LamBox all = work->box;
  for (int a = 0; a < 3; a++) {
    all.max[a] -= all.min[a];
    all.min[a] = 0;
  }
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t from = place (&all, box->min[0], y, z);
      memcpy (labels, work->old + from, (size_t)width * sizeof *labels);
      memcpy (fixed, work->fixed + from, (size_t)width * sizeof *fixed);
      labels += width;
      fixed += width;
    }
  return true;
}

static uint32_t
next_id (gpointer data)
{
  const Work *work = data;
  return lam_label_numbers_take (work->objects->numbers);
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

/* Finds and matches; gives the labels of the box and what lies around it. */
static bool
find (Work *work, uint32_t *labels, GArray **found, GError **error)
{
  g_autoptr (LamSource) classes =
      make_scratch (&work->box, LAM_DTYPE_U8, error);
  g_autoptr (LamSource) made =
      classes ? make_scratch (&work->box, LAM_DTYPE_U32, error) : NULL;
  if (!made)
    return false;
  LamBox all = lam_box_of_size (lam_source_get_info (made)->levels[0].size);
  LamObjectRules rules = { .connectivity = LAM_CONNECT_CORNERS };
  for (int c = 0; c < work->objects->n_classes; c++)
    if (work->objects->has_instances[c])
      rules.min_voxels[c] = work->objects->min_voxels > 0
          ? work->objects->min_voxels
          : LAM_MODEL_OBJECT_MIN_VOXELS;
  const LamOldObjects old = {
    .read = read_box, .get_class = get_class, .next_id = next_id, .data = work
  };
  LamMatchResult result;
  if (!lam_scratch_source_write (classes, &all, work->classes, error))
    return false;
  *found = lam_object_finder_run (classes, &rules, made, NULL, error);
  return *found
      && lam_object_matcher_run (made, *found, &old, &result, NULL, error)
      && lam_source_read_box (made, 0, &all, labels, NULL, error);
}

static void
add_rows (Work *work, const GArray *found)
{
  LamModelObjects *objects = work->objects;
  for (guint i = 0; i < found->len; i++) {
    const LamObject *object = &g_array_index (found, LamObject, i);
    if (object->id < work->first_new)
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
      const uint32_t *from = labels + place (&work->box, box->min[0], y, z);
      for (int64_t x = box->min[0]; x < box->max[0]; x++, from++, class ++)
        *to++ = *class >= objects->n_classes ? LAM_MODEL_SILENT
            : objects->has_instances[*class] ? *from
                                             : objects->class_labels[*class];
    }
  return out;
}

uint32_t *
lam_model_objects_find (
    LamModelObjects *objects, LamStore *store, GError **error)
{
  g_auto (Work) work = { .objects = objects,
    .store = store,
    .first_new = lam_label_numbers_get_next (objects->numbers) };
  for (int a = 0; a < 3; a++) {
    work.box.min[a] = MAX (objects->box.min[a] - 1, 0);
    work.box.max[a] = MIN (objects->box.max[a] + 1, objects->size[a]);
  }
  int64_t n = lam_box_volume (&work.box);
  g_autofree uint32_t *labels = g_try_malloc ((gsize)n * sizeof *labels);
  work.old = g_try_malloc ((gsize)n * sizeof *work.old);
  work.fixed = g_try_malloc ((gsize)n);
  work.classes = g_try_malloc ((gsize)n);
  if (!labels || !work.old || !work.fixed || !work.classes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for the objects of %" G_GINT64_FORMAT " voxels"),
        n);
    return NULL;
  }
  if (!read_old (&work, error))
    return NULL;
  fill_classes (&work);
  g_autoptr (GArray) found = NULL;
  if (has_objects (objects) && !find (&work, labels, &found, error))
    return NULL;
  if (found)
    add_rows (&work, found);
  return cut_out (&work, labels);
}
