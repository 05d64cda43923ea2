/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All is done in planes of the box with its margin, by one call each: finder,
 * splitter, divider, matcher. What lies in the margin, and what a person said
 * inside, is given to the last two as fixed. */
#include "workspace/model-objects.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/brick-number.h"
#include "base/error.h"
#include "base/parallel.h"
#include "labels/object-divider.h"
#include "labels/object-sieve.h"
#include "labels/object-splitter.h"
#include "segment/proposal.h"
#include "store/model-edit.h"
#include "volume/scratch-source.h"

/* Where objects touch is seen about so far away … */
#define MARGIN_NM 100
/* … but in thin voxels not so far, for that costs time. */
#define MAX_MARGIN 8

/* Of a voxel. */
enum {
  IS_FIXED = 1, /* not written here, and what is connected with it is more of
                 * its object */
  IS_HELD = 2, /* a person's word, by paint, lock or region */
  IS_OPEN = 4, /* outside of the box, where nobody has spoken */
};

typedef struct {
  LamModelObjects *objects;
  LamBox box; /* with its margin */
  uint32_t *old; /* Owned; stored labels of the box */
  uint8_t *flags; /* Owned */
  uint8_t *classes; /* Owned; of the network */
  LamStore *store; /* Borrowed */
  LamBox bricks; /* that it meets */
  GHashTable *shared; /* Owned; set of labels with voxels that are held */
  GHashTable *fresh; /* Owned; set of labels that were taken here */
} Work;

static void
work_clear (Work *work)
{
  g_free (work->old);
  g_free (work->flags);
  g_free (work->classes);
  g_hash_table_unref (work->shared);
  g_hash_table_unref (work->fresh);
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
    work->flags[to + i] =
        source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED
        ? IS_FIXED | IS_HELD
        : source == LAM_SOURCE_UNSET ? IS_OPEN
                                     : 0;
  }
}

/* Of a row inside of the box nothing is open. */
static void
fix_part (Work *work, const LamBox *row, int64_t min, int64_t max)
{
  const uint8_t keeps = work->objects->is_chosen ? (uint8_t)~IS_OPEN : 0xff;
  uint8_t *flags =
      work->flags + place (&work->box, min, row->min[1], row->min[2]);
  for (int64_t i = 0; i < max - min; i++)
    flags[i] = (flags[i] & keeps) | IS_FIXED;
}

/* What lies around the objects' box, and where the network is silent: nothing
 * is written there. */
static void
fix_rest (Work *work, const LamBox *row)
{
  const LamModelObjects *objects = work->objects;
  LamBox inside = lam_box_intersect (row, &objects->box);
  if (lam_box_is_empty (&inside)) {
    fix_part (work, row, row->min[0], row->max[0]);
    return;
  }
  const uint8_t *classes = objects->classes
      + place (&objects->box, inside.min[0], row->min[1], row->min[2]);
  uint8_t *flags =
      work->flags + place (&work->box, inside.min[0], row->min[1], row->min[2]);
  fix_part (work, row, row->min[0], inside.min[0]);
  for (int64_t i = 0; i < inside.max[0] - inside.min[0]; i++)
    flags[i] = (flags[i] & ~IS_OPEN)
        | (classes[i] >= objects->n_classes ? IS_FIXED : 0);
  fix_part (work, row, inside.max[0], row->max[0]);
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
read_old (Work *work, LamProgress *progress, GError **error)
{
  work->bricks = lam_box_bricks (&work->box);
  return lam_parallel (
      0, lam_box_volume (&work->bricks), read_brick, work, progress, error);
}

/* The network's first that is the label's; -1: none that makes objects. */
static int32_t
get_class (uint32_t label, gpointer data)
{
  const LamModelObjects *objects = ((const Work *)data)->objects;
  const LamLabel *row = lam_class_table_get_label (objects->table, label);
  for (int c = 0; row && !row->deleted && c < objects->n_classes; c++)
    if (objects->class_ids[c] == row->class_id && objects->has_instances[c])
      return c;
  return -1;
}

/* Verified voxels are held, and so are those of locked labels. */
static void
hold (Work *work)
{
  const LamModelObjects *objects = work->objects;
  const int64_t n = lam_box_volume (&work->box);
  for (guint i = 0; objects->verified && i < objects->verified->len; i++) {
    const LamBox part = lam_box_intersect (
        &g_array_index (objects->verified, LamBox, i), &work->box);
    for (int64_t z = part.min[2]; z < part.max[2]; z++)
      for (int64_t y = part.min[1]; y < part.max[1]; y++)
        for (int64_t x = part.min[0]; x < part.max[0]; x++)
          work->flags[place (&work->box, x, y, z)] |= IS_HELD;
  }
  uint32_t last = 0, last_held = 0;
  bool is_locked = false;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t label = work->old[i];
    if (label != last)
      is_locked = get_class (label, work) >= 0
          && lam_class_table_is_locked (objects->table, label);
    last = label;
    if (is_locked)
      work->flags[i] |= IS_HELD;
    if (label == 0 || label == last_held || !(work->flags[i] & IS_HELD))
      continue;
    g_hash_table_add (work->shared, GUINT_TO_POINTER (label));
    last_held = label;
  }
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

static bool
cuts (const LamModelObjects *objects, int class)
{
  return objects->voxel_size_nm[0] > 0 && objects->has_instances[class]
      && objects->rules[class].cuts;
}

static bool
cuts_any (const LamModelObjects *objects)
{
  for (int c = 0; c < objects->n_classes; c++)
    if (cuts (objects, c))
      return true;
  return false;
}

/* Beyond the next voxel classes that are not cut see no stored objects. They
 * would join what is apart in the box, and nothing would divide it again. */
static void
forget_far (Work *work)
{
  LamBox near = work->objects->box;
  uint32_t last = 0, *label = work->old;
  bool is_seen = true;
  for (int a = 0; a < 3; a++) {
    near.min[a]--;
    near.max[a]++;
  }
  for (int64_t z = work->box.min[2]; z < work->box.max[2]; z++)
    for (int64_t y = work->box.min[1]; y < work->box.max[1]; y++)
      for (int64_t x = work->box.min[0]; x < work->box.max[0]; x++, label++) {
        if (*label == 0
            || lam_box_contains (&near, (const int64_t[3]){ x, y, z }))
          continue;
        if (*label != last) {
          last = *label;
          const int32_t class = get_class (last, work);
          is_seen = class >= 0 && cuts (work->objects, class);
        }
        if (!is_seen)
          *label = 0;
      }
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
    const bool is_fixed = work->flags[i] & IS_FIXED;
    work->classes[i] = is_fixed && last_class >= 0 ? (uint8_t)last_class : 0;
  }
  const LamBox *box = &objects->box;
  const uint8_t *from = objects->classes;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t to = place (&work->box, box->min[0], y, z);
      for (int64_t x = box->min[0]; x < box->max[0]; x++, to++, from++)
        if (!(work->flags[to] & IS_FIXED))
          work->classes[to] = makes_objects (objects, *from) ? *from : 0;
    }
}

/* ---- What is found ------------------------------------------------------ */

static void
read_part (const Work *work, const LamBox *box, uint8_t flag, uint32_t *labels,
    bool *flagged)
{
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
      for (int64_t i = 0; i < width; i++)
        flagged[i] = (work->flags[from + i] & flag) != 0;
      labels += width;
      flagged += width;
    }
}

static bool
read_fixed (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  read_part (data, box, IS_FIXED, labels, fixed);
  return true;
}

static bool
read_seeds (const LamBox *box, uint32_t *labels, bool *seeds, gpointer data,
    GError **error)
{
  read_part (data, box, IS_FIXED | IS_HELD, labels, seeds);
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
      is_known =
          g_hash_table_contains (work->shared, GUINT_TO_POINTER (labels[i]));
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
  return class >= 0 && cuts (work->objects, class)
      && g_hash_table_contains (work->shared, GUINT_TO_POINTER (id));
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
  const int64_t n = lam_box_volume (&work->box);
  g_autofree uint8_t *open = g_new (uint8_t, n);
  uint8_t any = 0;
  for (int64_t i = 0; i < n; i++)
    any |= open[i] = work->flags[i] & IS_OPEN;
  g_autoptr (LamSource) source =
      any ? make_scratch (&work->box, LAM_DTYPE_U8, error) : NULL;
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
    rules.inside.min[a] -= work->box.min[a];
    rules.inside.max[a] -= work->box.min[a];
  }
  for (int c = 0; c < objects->n_classes; c++) {
    rules.is_split[c] = division.is_divided[c] = cuts (objects, c);
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
  LamOldObjects known = {
    .read = read_known, .get_class = get_class, .data = work
  };
  LamDivision division = { .connectivity = LAM_CONNECT_CORNERS,
    .is_flat = true };
  bool is_any = false;
  memcpy (division.voxel_size_nm, objects->voxel_size_nm,
      sizeof division.voxel_size_nm);
  for (int c = 0; c < objects->n_classes; c++)
    is_any |= division.is_divided[c] =
        objects->has_instances[c] && !cuts (objects, c);
  return !is_any || objects->is_chosen || g_hash_table_size (work->shared) < 2
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
    .flags = work->flags,
    .keeps = IS_FIXED,
    .open = IS_OPEN,
    .inside = objects->box };
  for (int a = 0; a < 3; a++) {
    rules.inside.min[a] -= work->box.min[a];
    rules.inside.max[a] -= work->box.min[a];
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
      make_scratch (&work->box, LAM_DTYPE_U8, error);
  g_autoptr (LamSource) made =
      classes ? make_scratch (&work->box, LAM_DTYPE_U32, error) : NULL;
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
    .data = work };
  LamOldObjects seeds = old;
  seeds.read = read_seeds;
  LamMatchResult result;
  if (!lam_scratch_source_write (classes, &all, work->classes, error))
    return false;
  *found = lam_object_finder_run (classes, &rules, made, progress, error);
  return *found
      && (!cuts_any (objects)
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
      const uint32_t *from = labels + place (&work->box, box->min[0], y, z);
      for (int64_t x = box->min[0]; x < box->max[0]; x++, from++, class ++)
        *to++ = *class >= objects->n_classes ? LAM_MODEL_SILENT
            : objects->has_instances[*class] ? *from
                                             : objects->class_labels[*class];
    }
  return out;
}

static void
grow (Work *work)
{
  const LamModelObjects *objects = work->objects;
  const bool is_wide = cuts_any (objects);
  for (int a = 0; a < 3; a++) {
    const double voxels =
        is_wide ? ceil (MARGIN_NM / objects->voxel_size_nm[a]) : 1;
    const int64_t margin = (int64_t)CLAMP (voxels, 1, MAX_MARGIN);
    work->box.min[a] = MAX (objects->box.min[a] - margin, 0);
    work->box.max[a] = MIN (objects->box.max[a] + margin, objects->size[a]);
  }
}

uint32_t *
lam_model_objects_find (LamModelObjects *objects, LamStore *store,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamProgress) quick = lam_progress_new_restless (progress);
  g_auto (Work) work = { .objects = objects,
    .store = store,
    .shared = g_hash_table_new (NULL, NULL),
    .fresh = g_hash_table_new (NULL, NULL) };
  grow (&work);
  int64_t n = lam_box_volume (&work.box);
  g_autofree uint32_t *labels = g_try_malloc ((gsize)n * sizeof *labels);
  work.old = g_try_malloc ((gsize)n * sizeof *work.old);
  work.flags = g_try_malloc ((gsize)n);
  work.classes = g_try_malloc ((gsize)n);
  if (!labels || !work.old || !work.flags || !work.classes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for the objects of %" G_GINT64_FORMAT " voxels"),
        n);
    return NULL;
  }
  if (!read_old (&work, quick, error))
    return NULL;
  if (cuts_any (objects))
    forget_far (&work);
  hold (&work);
  fill_classes (&work);
  g_autoptr (GArray) found = NULL;
  if (has_objects (objects) && !find (&work, labels, &found, quick, error))
    return NULL;
  if (found)
    add_rows (&work, found);
  return cut_out (&work, labels);
}
