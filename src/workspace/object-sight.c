/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/object-joins.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/brick-number.h"
#include "base/error.h"
#include "base/parallel.h"
#include "labels/region.h"

/* Where objects touch is seen about so far away … */
#define MARGIN_NM 100
/* … but in thin voxels not so far, for that costs time. */
#define MAX_MARGIN 8

/* Of a brick; both NULL where it is `label` and `source` all over. */
typedef struct {
  const uint32_t *labels;
  const uint16_t *sources;
  uint32_t label;
  uint16_t source;
} Planes;

static void
take_row (LamObjectSight *sight, const Planes *planes, const LamBox *whole,
    const LamBox *row)
{
  int64_t x = row->min[0], y = row->min[1], z = row->min[2];
  int64_t from = lam_object_sight_place (whole, x, y, z),
          to = lam_object_sight_place (&sight->box, x, y, z);
  for (int64_t i = 0; i < row->max[0] - x; i++) {
    uint16_t source =
        planes->sources ? planes->sources[from + i] : planes->source;
    sight->labels[to + i] =
        planes->labels ? planes->labels[from + i] : planes->label;
    sight->flags[to + i] =
        source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED
        ? LAM_SIGHT_FIXED | LAM_SIGHT_HELD
        : source == LAM_SOURCE_UNSET ? LAM_SIGHT_OPEN
                                     : 0;
  }
}

/* Of a row inside of the box nothing is open. */
static void
fix_part (LamObjectSight *sight, const LamBox *row, int64_t min, int64_t max)
{
  const uint8_t keeps =
      sight->objects->is_chosen ? (uint8_t)~LAM_SIGHT_OPEN : 0xff;
  uint8_t *flags = sight->flags
      + lam_object_sight_place (&sight->box, min, row->min[1], row->min[2]);
  for (int64_t i = 0; i < max - min; i++)
    flags[i] = (flags[i] & keeps) | LAM_SIGHT_FIXED;
}

/* What lies around the objects' box, and where the network is silent: nothing
 * is written there. */
static void
fix_rest (LamObjectSight *sight, const LamBox *row)
{
  const LamModelObjects *objects = sight->objects;
  LamBox inside = lam_box_intersect (row, &objects->box);
  if (lam_box_is_empty (&inside)) {
    fix_part (sight, row, row->min[0], row->max[0]);
    return;
  }
  const uint8_t *classes = objects->classes
      + lam_object_sight_place (
          &objects->box, inside.min[0], row->min[1], row->min[2]);
  uint8_t *flags = sight->flags
      + lam_object_sight_place (
          &sight->box, inside.min[0], row->min[1], row->min[2]);
  fix_part (sight, row, row->min[0], inside.min[0]);
  for (int64_t i = 0; i < inside.max[0] - inside.min[0]; i++)
    flags[i] = (flags[i] & ~LAM_SIGHT_OPEN)
        | (classes[i] >= objects->n_classes ? LAM_SIGHT_FIXED : 0);
  fix_part (sight, row, inside.max[0], row->max[0]);
}

static void
take_brick (LamObjectSight *sight, LamBrickKey key, const LamLabelBrick *brick)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &sight->box), row = part;
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
      take_row (sight, &planes, &whole, &row);
      fix_rest (sight, &row);
    }
}

static bool
read_brick (int64_t part, gpointer data, GError **error)
{
  LamObjectSight *sight = data;
  LamBrickKey key = lam_brick_of_number (&sight->bricks, part);
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (sight->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  take_brick (sight, key, brick);
  return true;
}

static bool
read_old (LamObjectSight *sight, LamProgress *progress, GError **error)
{
  sight->bricks = lam_box_bricks (&sight->box);
  return lam_parallel (
      0, lam_box_volume (&sight->bricks), read_brick, sight, progress, error);
}

int32_t
lam_object_sight_get_class (const LamObjectSight *sight, uint32_t label)
{
  const LamModelObjects *objects = sight->objects;
  const LamLabel *row = lam_class_table_get_label (objects->table, label);
  for (int c = 0; row && !row->deleted && c < objects->n_classes; c++)
    if (objects->class_ids[c] == row->class_id && objects->has_instances[c])
      return c;
  return -1;
}

static bool
is_worked_on (const LamObjectSight *sight, uint32_t label)
{
  const LamLabel *row =
      lam_class_table_get_label (sight->objects->table, label);
  return row && row->state != LAM_LABEL_NOT_STARTED
      && lam_object_sight_get_class (sight, label) >= 0;
}

/* What threads do to the planes, section by section. */
typedef struct {
  LamObjectSight *sight;
  bool forgets; /* what is far */
  GMutex lock; /* of the sets */
} Walk;

static void
walk_sections (Walk *walk, LamParallelPart visit)
{
  const LamBox *box = &walk->sight->box;
  lam_parallel (0, box->max[2] - box->min[2], visit, walk, NULL, NULL);
}

static void
hold_verified (LamObjectSight *sight)
{
  const LamModelObjects *objects = sight->objects;
  for (guint i = 0; objects->verified && i < objects->verified->len; i++) {
    const LamBox part = lam_box_intersect (
        &g_array_index (objects->verified, LamBox, i), &sight->box);
    for (int64_t z = part.min[2]; z < part.max[2]; z++)
      for (int64_t y = part.min[1]; y < part.max[1]; y++)
        for (int64_t x = part.min[0]; x < part.max[0]; x++)
          sight->flags[lam_object_sight_place (&sight->box, x, y, z)] |=
              LAM_SIGHT_HELD;
  }
}

static void
add_all_locked (GHashTable *to, GHashTable *from)
{
  GHashTableIter iter;
  gpointer label;
  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &label, NULL))
    g_hash_table_add (to, label);
}

/* Who is shared and who is known. Verified voxels are held, and so are those of
 * locked labels. */
static void
hold_row (LamObjectSight *sight, int64_t from, int64_t n, GHashTable *shared,
    GHashTable *known)
{
  const LamClassTable *table = sight->objects->table;
  const uint32_t *labels = sight->labels + from;
  uint8_t *flags = sight->flags + from;
  uint32_t last = 0, last_held = 0;
  bool is_locked = false;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t label = labels[i];
    if (label != last) {
      is_locked = lam_object_sight_get_class (sight, label) >= 0
          && lam_class_table_is_locked (table, label);
      if (label != 0 && is_worked_on (sight, label))
        g_hash_table_add (known, GUINT_TO_POINTER (label));
      last = label;
    }
    if (is_locked)
      flags[i] |= LAM_SIGHT_HELD;
    if (label == 0 || label == last_held || !(flags[i] & LAM_SIGHT_HELD))
      continue;
    g_hash_table_add (shared, GUINT_TO_POINTER (label));
    last_held = label;
  }
}

static bool
makes_objects (const LamModelObjects *objects, uint8_t class)
{
  return class < objects->n_classes && objects->has_instances[class];
}

bool
lam_model_objects_cuts (const LamModelObjects *objects, int class_id)
{
  return objects->voxel_size_nm[0] > 0 && objects->has_instances[class_id]
      && objects->rules[class_id].cuts;
}

bool
lam_model_objects_cuts_any (const LamModelObjects *objects)
{
  for (int c = 0; c < objects->n_classes; c++)
    if (lam_model_objects_cuts (objects, c))
      return true;
  return false;
}

/* Beyond the next voxel classes that are not cut see no stored objects. They
 * would join what is apart in the box, and nothing would divide it again. */
static void
forget_far (LamObjectSight *sight, int64_t from, int64_t n)
{
  uint32_t last = 0, *labels = sight->labels + from;
  bool is_seen = true;
  for (int64_t i = 0; i < n; i++) {
    if (labels[i] != 0 && labels[i] != last) {
      last = labels[i];
      const int32_t class = lam_object_sight_get_class (sight, last);
      is_seen = class >= 0 && lam_model_objects_cuts (sight->objects, class);
    }
    if (!is_seen)
      labels[i] = 0;
  }
}

static void
forget_far_in_row (LamObjectSight *sight, int64_t from, int64_t y, int64_t z)
{
  const LamBox *box = &sight->box, *inside = &sight->objects->box;
  const int64_t min = inside->min[0] - 1 - box->min[0],
                max = inside->max[0] + 1 - box->min[0];
  const int64_t width = box->max[0] - box->min[0];
  if (y < inside->min[1] - 1 || y > inside->max[1] || z < inside->min[2] - 1
      || z > inside->max[2]) {
    forget_far (sight, from, width);
    return;
  }
  if (min > 0)
    forget_far (sight, from, min);
  if (max < width)
    forget_far (sight, from + max, width - max);
}

static bool
look_at_section (int64_t section, gpointer data, GError **error)
{
  Walk *walk = data;
  LamObjectSight *sight = walk->sight;
  const LamBox *box = &sight->box;
  const int64_t z = box->min[2] + section;
  g_autoptr (GHashTable) shared = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  for (int64_t y = box->min[1]; y < box->max[1]; y++) {
    const int64_t from = lam_object_sight_place (box, box->min[0], y, z);
    if (walk->forgets)
      forget_far_in_row (sight, from, y, z);
    hold_row (sight, from, box->max[0] - box->min[0], shared, known);
  }
  g_mutex_lock (&walk->lock);
  add_all_locked (sight->shared, shared);
  add_all_locked (sight->known, shared);
  add_all_locked (sight->known, known);
  g_mutex_unlock (&walk->lock);
  return true;
}

/* Whether a part that follows says the voxel anew, and nothing of what is there
 * is to go on. */
static bool
is_passing (const LamObjectSight *sight, uint32_t label)
{
  const LamModelObjects *objects = sight->objects;
  const int32_t class = lam_object_sight_get_class (sight, label);
  return class >= 0 && lam_model_objects_cuts (objects, class)
      && lam_object_joins_is_passing (objects->joins, label)
      && !g_hash_table_contains (sight->known, GUINT_TO_POINTER (label));
}

/* What was cut by a look at less, just before, is no seed: in the margin nobody
 * has spoken then. */
static void
forget_passing (LamObjectSight *sight)
{
  const LamModelObjects *objects = sight->objects;
  g_autoptr (GArray) done =
      lam_object_joins_list_done (objects->joins, &sight->box);
  uint32_t last = 0;
  bool passes = false;
  int64_t i = 0;
  for (int64_t z = sight->box.min[2]; z < sight->box.max[2]; z++)
    for (int64_t y = sight->box.min[1]; y < sight->box.max[1]; y++)
      for (int64_t x = sight->box.min[0]; x < sight->box.max[0]; x++, i++) {
        const int64_t at[3] = { x, y, z };
        const uint32_t label = sight->labels[i];
        if (label != last)
          passes = label != 0 && is_passing (sight, label);
        last = label;
        if (!passes || sight->flags[i] & LAM_SIGHT_HELD
            || lam_box_contains (&objects->box, at)
            || lam_boxes_contain (done, at))
          continue;
        sight->labels[i] = 0;
        sight->flags[i] = LAM_SIGHT_FIXED | LAM_SIGHT_OPEN;
      }
}

/* What is fixed is of the class of its label. */
static void
fill_fixed (LamObjectSight *sight, int64_t from, int64_t n)
{
  uint32_t last = 0;
  int32_t last_class = -1;
  for (int64_t i = from; i < from + n; i++) {
    if (sight->labels[i] != last) {
      last = sight->labels[i];
      last_class = lam_object_sight_get_class (sight, last);
    }
    const bool is_fixed = sight->flags[i] & LAM_SIGHT_FIXED;
    sight->classes[i] = is_fixed && last_class >= 0 ? (uint8_t)last_class : 0;
  }
}

static bool
fill_section (int64_t section, gpointer data, GError **error)
{
  LamObjectSight *sight = ((Walk *)data)->sight;
  const LamModelObjects *objects = sight->objects;
  const LamBox *box = &sight->box, *inside = &objects->box;
  const int64_t z = box->min[2] + section, width = box->max[0] - box->min[0];
  const int64_t n = inside->max[0] - inside->min[0];
  for (int64_t y = box->min[1]; y < box->max[1]; y++) {
    int64_t to = lam_object_sight_place (box, box->min[0], y, z);
    fill_fixed (sight, to, width);
    if (y < inside->min[1] || y >= inside->max[1] || z < inside->min[2]
        || z >= inside->max[2])
      continue;
    const uint8_t *from = objects->classes
        + lam_object_sight_place (inside, inside->min[0], y, z);
    to += inside->min[0] - box->min[0];
    for (int64_t i = 0; i < n; i++)
      if (!(sight->flags[to + i] & LAM_SIGHT_FIXED))
        sight->classes[to + i] = makes_objects (objects, from[i]) ? from[i] : 0;
  }
  return true;
}

static void
grow (LamObjectSight *sight)
{
  const LamModelObjects *objects = sight->objects;
  const bool is_wide = lam_model_objects_cuts_any (objects);
  for (int a = 0; a < 3; a++) {
    const double voxels =
        is_wide ? ceil (MARGIN_NM / objects->voxel_size_nm[a]) : 1;
    const int64_t margin = (int64_t)CLAMP (voxels, 1, MAX_MARGIN);
    sight->box.min[a] = MAX (objects->box.min[a] - margin, 0);
    sight->box.max[a] = MIN (objects->box.max[a] + margin, objects->size[a]);
  }
}

/* Planes of it. */
static bool
allocate (LamObjectSight *sight, GError **error)
{
  const int64_t n = lam_box_volume (&sight->box);
  sight->labels = g_try_malloc_n ((gsize)n, sizeof *sight->labels);
  sight->flags = g_try_malloc ((gsize)n);
  sight->classes = g_try_malloc ((gsize)n);
  if (sight->labels && sight->flags && sight->classes)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("Not enough memory for the objects of %" G_GINT64_FORMAT " voxels"),
      n);
  return false;
}

bool
lam_object_sight_init (LamObjectSight *sight, const LamModelObjects *objects,
    LamStore *store, LamProgress *progress, GError **error)
{
  *sight = (LamObjectSight){ .objects = objects,
    .store = store,
    .shared = g_hash_table_new (NULL, NULL),
    .known = g_hash_table_new (NULL, NULL) };
  grow (sight);
  if (!allocate (sight, error) || !read_old (sight, progress, error))
    return false;
  Walk walk = { .sight = sight,
    .forgets = lam_model_objects_cuts_any (objects) };
  g_mutex_init (&walk.lock);
  hold_verified (sight);
  walk_sections (&walk, look_at_section);
  if (objects->joins && walk.forgets)
    forget_passing (sight);
  walk_sections (&walk, fill_section);
  g_mutex_clear (&walk.lock);
  return true;
}

void
lam_object_sight_clear (LamObjectSight *sight)
{
  g_free (sight->labels);
  g_free (sight->flags);
  g_free (sight->classes);
  g_clear_pointer (&sight->shared, g_hash_table_unref);
  g_clear_pointer (&sight->known, g_hash_table_unref);
}
