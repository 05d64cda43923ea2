/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "workspace/learning-truth.h"

#include <string.h>

#include "base/int64-hash.h"
#include "segment/patch.h"
#include "workspace/model-classes.h"
#include "workspace/places.h"
#include "workspace/regions.h"
#include "workspace/workspace-private.h"

struct _LamLearningFacts {
  LamClassTable *classes; /* Owned */
  char *said; /* Owned; of the model's classes, or NULL */
  GPtrArray *regions; /* Owned; LamRegion */
  GArray *held_out; /* Owned; LamBox */
  GArray *seen, *kept_back; /* Owned; LamBox: places */
  uint8_t *by_class; /* Owned; the network's class by the project's */
  int32_t n_classes;
  double voxel_size_nm[3];
};

static LamClassTable *
copy_classes (const LamClassTable *from)
{
  LamClassTable *to = lam_class_table_new ();
  for (size_t i = 0; i < lam_class_table_get_n_classes (from); i++)
    lam_class_table_set_class (to, lam_class_table_get_nth_class (from, i));
  for (size_t i = 0; i < lam_class_table_get_n_labels (from); i++)
    lam_class_table_set_label (to, lam_class_table_get_nth_label (from, i));
  return to;
}

static bool
is_held_out (const LamRegion *region)
{
  return region->review == LAM_REVIEW_VERIFIED
      && (region->role == LAM_REGION_VALIDATION
          || region->role == LAM_REGION_TEST);
}

LamLearningFacts *
lam_learning_facts_new (LamWorkspace *workspace, int64_t model)
{
  LamLearningFacts *facts = g_new0 (LamLearningFacts, 1);
  facts->classes = copy_classes (workspace->classes);
  facts->said = lam_workspace_dup_class_fit_text (workspace, model);
  facts->regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  memcpy (facts->voxel_size_nm, lam_workspace_get_voxel_size_nm (workspace),
      sizeof facts->voxel_size_nm);
  facts->held_out = g_array_new (false, false, sizeof (LamBox));
  facts->seen = g_array_new (false, false, sizeof (LamBox));
  facts->kept_back = g_array_new (false, false, sizeof (LamBox));
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    g_ptr_array_add (facts->regions, lam_region_copy (region));
    if (is_held_out (region))
      g_array_append_val (facts->held_out, region->box);
  }
  return facts;
}

const double *
lam_learning_facts_get_voxel_size_nm (const LamLearningFacts *facts)
{
  return facts->voxel_size_nm;
}

void
lam_learning_facts_free (LamLearningFacts *facts)
{
  lam_class_table_free (facts->classes);
  g_free (facts->said);
  g_ptr_array_unref (facts->regions);
  g_array_unref (facts->held_out);
  g_array_unref (facts->seen);
  g_array_unref (facts->kept_back);
  g_free (facts->by_class);
  g_free (facts);
}

bool
lam_learning_facts_fit (
    LamLearningFacts *facts, const LamModel *model, GError **error)
{
  g_auto (GStrv) names = lam_class_fit_dup_names (model);
  g_autoptr (GArray) fit = lam_class_fit_find (
      (const char *const *)names, facts->said, facts->classes, error);
  if (!fit)
    return false;
  for (size_t i = 0; i < lam_class_table_get_n_classes (facts->classes); i++)
    facts->n_classes = MAX (facts->n_classes,
        lam_class_table_get_nth_class (facts->classes, i)->id + 1);
  g_free (facts->by_class);
  facts->by_class = g_malloc ((gsize)facts->n_classes);
  memset (facts->by_class, LAM_PATCH_IGNORED, (size_t)facts->n_classes);
  for (guint i = fit->len; i > 0; i--) {
    int32_t id = g_array_index (fit, int32_t, i - 1);
    if (id >= 0 && id < facts->n_classes)
      facts->by_class[id] = (uint8_t)(i - 1);
  }
  return true;
}

/* Blocks of the volume judge or teach as a whole: a learner's cell can be used
 * for one alone; and so large that most objects lie in one, as what is known of
 * a part of an object says nothing of how the others are known. */
static const int64_t large_block[3] = { 128, 128, 16 };
static const int64_t small_block[3] = { 64, 64, 4 };
#define LEAST_BLOCKS 4

/* Smaller ones where the volume has too few. */
static void
find_block (const int64_t size[3], int64_t block[3])
{
  memcpy (block, large_block, sizeof large_block);
  for (int turn = 0; turn < 6; turn++) {
    const int a = turn % 3;
    int64_t n = 1;
    for (int i = 0; i < 3; i++)
      n *= lam_divide_up (size[i], block[i]);
    if (n >= LEAST_BLOCKS)
      return;
    block[a] = MAX (block[a] / 2, small_block[a]);
  }
}

/* A quarter, in rows of which each begins elsewhere. */
static bool
is_drawn (const int64_t at[3])
{
  return (at[0] + 2 * at[1] + at[2]) % 4 == 0;
}

static void
take_place (LamLearningFacts *facts, const LamBox *box, const int64_t block[3],
    bool is_part)
{
  LamBox cells;
  for (int a = 0; a < 3; a++) {
    cells.min[a] = box->min[a] / block[a];
    cells.max[a] = lam_divide_up (box->max[a], block[a]);
  }
  for (int64_t z = cells.min[2]; z < cells.max[2]; z++)
    for (int64_t y = cells.min[1]; y < cells.max[1]; y++)
      for (int64_t x = cells.min[0]; x < cells.max[0]; x++) {
        const int64_t at[3] = { x, y, z };
        LamBox part;
        for (int a = 0; a < 3; a++) {
          part.min[a] = MAX (at[a] * block[a], box->min[a]);
          part.max[a] = MIN ((at[a] + 1) * block[a], box->max[a]);
        }
        bool is_kept_back = is_part && is_drawn (at);
        g_array_append_val (
            is_kept_back ? facts->kept_back : facts->seen, part);
      }
}

bool
lam_learning_facts_take_places (
    LamLearningFacts *facts, LamStore *store, bool *is_part, GError **error)
{
  const int64_t *size = lam_store_get_volume (store)->size;
  LamBox all = lam_box_of_size (size);
  int64_t block[3];
  g_autoptr (GArray) boxes = lam_places_list_settled (store, &all, error);
  if (!boxes)
    return false;
  find_block (size, block);
  *is_part = facts->held_out->len == 0 && boxes->len > 0;
  for (guint i = 0; i < boxes->len; i++)
    take_place (facts, &g_array_index (boxes, LamBox, i), block, *is_part);
  g_array_append_vals (
      facts->held_out, facts->kept_back->data, facts->kept_back->len);
  return true;
}

int
lam_learning_facts_count_held_out (const LamLearningFacts *facts)
{
  return (int)facts->held_out->len;
}

const GArray *
lam_learning_facts_get_held_out (const LamLearningFacts *facts)
{
  return facts->held_out;
}

/* ---- Bricks ------------------------------------------------------------- */

static void
add_bricks (GHashTable *keys, const LamBox *box)
{
  LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        int64_t packed = lam_brick_key_pack (key);
        g_hash_table_add (keys, g_memdup2 (&packed, sizeof packed));
      }
}

GArray *
lam_learning_facts_list (
    const LamLearningFacts *facts, const GArray *stored, const LamBox *box)
{
  g_autoptr (GHashTable) keys =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  GArray *list = g_array_new (false, false, sizeof (int64_t));
  for (guint i = 0; stored && i < stored->len; i++) {
    int64_t key = g_array_index (stored, int64_t, i);
    g_hash_table_add (keys, g_memdup2 (&key, sizeof key));
  }
  if (!stored)
    add_bricks (keys, box);
  for (guint i = 0; i < facts->regions->len; i++) {
    const LamRegion *region = facts->regions->pdata[i];
    LamBox part = lam_box_intersect (&region->box, box);
    if (region->review == LAM_REVIEW_VERIFIED && !lam_box_is_empty (&part))
      add_bricks (keys, &part);
  }
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_val (list, *(int64_t *)key);
  g_array_sort (list, lam_int64_compare);
  return list;
}

static uint8_t
find_class (const LamLearningFacts *facts, uint32_t label)
{
  const LamLabel *row =
      label ? lam_class_table_get_label (facts->classes, label) : NULL;
  int32_t id = row ? row->class_id : 0;
  return (label && !row) || id < 0 || id >= facts->n_classes
      ? LAM_PATCH_IGNORED
      : facts->by_class[id];
}

static void
set_part (
    const LamBox *brick, const LamBox *part, const uint8_t *from, uint8_t *to)
{
  for (int64_t z = part->min[2] - brick->min[2];
       z < part->max[2] - brick->min[2]; z++)
    for (int64_t y = part->min[1] - brick->min[1];
         y < part->max[1] - brick->min[1]; y++) {
      int64_t at = LAM_BRICK_EDGE * (y + LAM_BRICK_EDGE * z) + part->min[0]
          - brick->min[0];
      size_t n = (size_t)(part->max[0] - part->min[0]);
      if (from)
        memcpy (to + at, from + at, n);
      else
        memset (to + at, LAM_PATCH_IGNORED, n);
    }
}

static bool
is_any_known (const uint8_t *classes)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (classes[i] != LAM_PATCH_IGNORED)
      return true;
  return false;
}

/* In a place that somebody went to, what a network made and nobody mended is
 * right but for a voxel or two along a border: nobody paints those. Taken for
 * truth they say that whoever draws the borders as that network does is the
 * best. So they judge nothing. */
#define BORDER 2 /* voxels in x and y */

static bool
is_at_border (const uint8_t *classes, int voxel)
{
  const int edge = (int)LAM_BRICK_EDGE;
  const int x = voxel % edge, y = voxel / edge % edge;
  for (int dy = -MIN (y, BORDER); dy <= MIN (BORDER, edge - 1 - y); dy++)
    for (int dx = -MIN (x, BORDER); dx <= MIN (BORDER, edge - 1 - x); dx++)
      if (classes[voxel + dx + edge * dy] != classes[voxel])
        return true;
  return false;
}

static void
forget_borders (
    const uint8_t *classes, const uint8_t *by_person, uint8_t *tests)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (tests[i] != LAM_PATCH_IGNORED && !by_person[i]
        && is_at_border (classes, i))
      tests[i] = LAM_PATCH_IGNORED;
}

static void
apply_places (const LamLearningFacts *facts, const LamBox *box,
    const uint8_t *classes, const uint8_t *by_person, LamLearningBrick *brick)
{
  for (guint i = 0; i < facts->seen->len; i++) {
    LamBox part =
        lam_box_intersect (&g_array_index (facts->seen, LamBox, i), box);
    if (!lam_box_is_empty (&part))
      set_part (box, &part, classes, brick->teaches);
  }
  for (guint i = 0; i < facts->kept_back->len; i++) {
    LamBox part =
        lam_box_intersect (&g_array_index (facts->kept_back, LamBox, i), box);
    if (lam_box_is_empty (&part))
      continue;
    set_part (box, &part, NULL, brick->teaches);
    set_part (box, &part, classes, brick->tests);
  }
  if (facts->kept_back->len > 0)
    forget_borders (classes, by_person, brick->tests);
}

/* Verified regions are known all over, those that are held out and ignored
 * ones teach nothing, whoever said what in them. */
static void
apply_regions (const LamLearningFacts *facts, const LamBox *box,
    const uint8_t *classes, const uint8_t *by_person, LamLearningBrick *brick)
{
  memset (brick->tests, LAM_PATCH_IGNORED, LAM_BRICK_VOXELS);
  apply_places (facts, box, classes, by_person, brick);
  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < facts->regions->len; i++) {
      const LamRegion *region = facts->regions->pdata[i];
      LamBox part = lam_box_intersect (&region->box, box);
      bool forgets = is_held_out (region) || region->role == LAM_REGION_IGNORE;
      if (lam_box_is_empty (&part) || forgets != (pass == 1))
        continue;
      if (pass == 0 && region->review == LAM_REVIEW_VERIFIED)
        set_part (box, &part, classes, brick->teaches);
      if (pass == 1)
        set_part (box, &part, NULL, brick->teaches);
      if (is_held_out (region))
        set_part (box, &part, classes, brick->tests);
    }
}

bool
lam_learning_facts_read (const LamLearningFacts *facts, LamStore *store,
    LamBrickKey key, LamLearningBrick *brick, GError **error)
{
  GError *failed = NULL;
  g_autoptr (LamLabelBrick) stored =
      lam_store_read_brick (store, key, NULL, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return false;
  }
  g_autofree uint8_t *classes = g_malloc (LAM_BRICK_VOXELS);
  g_autofree uint8_t *by_person = g_malloc (LAM_BRICK_VOXELS);
  LamBox bounds = lam_brick_box (key);
  uint32_t last = 0;
  uint8_t class_index = find_class (facts, 0);
  memset (brick->teaches, LAM_PATCH_IGNORED, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    uint32_t label = stored ? lam_label_brick_get_label (stored, i) : 0;
    uint16_t source =
        stored ? lam_label_brick_get_source (stored, i) : LAM_SOURCE_UNSET;
    if (label != last)
      class_index = find_class (facts, label);
    last = label;
    classes[i] = class_index;
    by_person[i] = source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED;
    if (by_person[i])
      brick->teaches[i] = class_index;
    if (brick->made)
      brick->made[i] =
          source >= LAM_SOURCE_FIRST_RUN ? class_index : LAM_PATCH_IGNORED;
  }
  if (brick->says)
    memcpy (brick->says, classes, LAM_BRICK_VOXELS);
  apply_regions (facts, &bounds, classes, by_person, brick);
  brick->any_teaches = is_any_known (brick->teaches);
  brick->any_tests = is_any_known (brick->tests);
  return true;
}
