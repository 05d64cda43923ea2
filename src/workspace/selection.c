/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks are read when they are first met and kept; what was chosen is a plane
 * of each, put together at the end. */
#include "workspace/selection.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "labels/region.h"
#include "store/opinions.h"

typedef struct {
  LamLabelBrick *labels; /* Owned; NULL: absent */
  LamOpinion *opinion; /* Owned; NULL: nobody spoke */
  uint8_t *places; /* Owned; 64³, of what was chosen; NULL: nothing */
} Brick;

typedef struct {
  LamStore *store; /* Borrowed, as all below */
  const LamSelectionRule *rule;
  const LamClassTable *classes;
  const GArray *verified;
  LamBox all; /* of the volume */
  LamProgress *progress;
  GHashTable *bricks; /* Owned, owns; packed key → Brick */
  Brick *last; /* of `last_key`: neighbours mostly lie in one brick */
  int64_t last_key;
  LamBox box; /* around what was chosen */
  int64_t n_voxels;
  /* Of a flood */
  uint32_t label; /* at its beginning */
  int32_t class_id; /* that is to be chosen */
  uint8_t min_doubt; /* 0: whatever the run is of an object */
  int32_t proposed; /* whose second best it is; -1: that of a label */
} Search;

static void
brick_free (gpointer data)
{
  Brick *brick = data;
  g_clear_pointer (&brick->labels, lam_label_brick_unref);
  g_clear_pointer (&brick->opinion, lam_opinion_unref);
  g_free (brick->places);
  g_free (brick);
}

void
lam_selection_free (LamSelection *selection)
{
  g_free (selection->places);
  g_free (selection);
}

static int64_t
find_place (const LamBox *box, const int64_t voxel[3])
{
  return ((voxel[2] - box->min[2]) * (box->max[1] - box->min[1]) + voxel[1]
             - box->min[1])
      * (box->max[0] - box->min[0])
      + voxel[0] - box->min[0];
}

uint8_t
lam_selection_get (const LamSelection *selection, const int64_t voxel[3])
{
  return lam_box_contains (&selection->box, voxel)
      ? selection->places[find_place (&selection->box, voxel)]
      : 0;
}

/* --- what is there -------------------------------------------------------- */

static LamBrickKey
get_key (const int64_t voxel[3])
{
  return (LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
    (int32_t)(voxel[1] / LAM_BRICK_EDGE),
    (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
}

static Brick *
read_brick (Search *search, LamBrickKey key, GError **error)
{
  GError *problem = NULL;
  int64_t packed = lam_brick_key_pack (key);
  if (search->last && search->last_key == packed)
    return search->last;
  Brick *brick = g_hash_table_lookup (search->bricks, &packed);
  search->last_key = packed;
  search->last = brick;
  if (brick)
    return brick;
  g_autoptr (LamLabelBrick) labels =
      lam_store_read_brick (search->store, key, NULL, &problem);
  g_autoptr (LamOpinion) opinion = problem
      ? NULL
      : lam_store_read_opinion (search->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  brick = g_new0 (Brick, 1);
  brick->labels = g_steal_pointer (&labels);
  brick->opinion = g_steal_pointer (&opinion);
  g_hash_table_insert (
      search->bricks, g_memdup2 (&packed, sizeof packed), brick);
  return brick;
}

static int
find_index (const int64_t voxel[3])
{
  return (int)(voxel[0] % LAM_BRICK_EDGE
      + LAM_BRICK_EDGE
          * (voxel[1] % LAM_BRICK_EDGE
              + LAM_BRICK_EDGE * (voxel[2] % LAM_BRICK_EDGE)));
}

typedef struct {
  uint32_t label;
  uint16_t source;
} Said;

static Said
get_said (const Brick *brick, int index)
{
  return brick->labels
      ? (Said){ lam_label_brick_get_label (brick->labels, index),
          lam_label_brick_get_source (brick->labels, index) }
      : (Said){ 0, LAM_SOURCE_UNSET };
}

static int32_t
get_class_id (const Search *search, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (search->classes, label);
  return row && !row->deleted ? row->class_id : 0;
}

/* The class that the newest run proposes there, or -1: none, or it is so. */
static int32_t
get_proposed (const Search *search, const Brick *brick, const int64_t voxel[3])
{
  int32_t class_id;
  int index = find_index (voxel);
  if (!lam_opinion_get_first (brick->opinion, index, &class_id))
    return -1;
  Said said = get_said (brick, index);
  if (said.source == LAM_SOURCE_HUMAN || said.source == LAM_SOURCE_ACCEPTED
      || get_class_id (search, said.label) == class_id
      || lam_boxes_contain (search->verified, voxel))
    return -1;
  return class_id;
}

/* The same of what comes second to what is proposed. */
static int32_t
get_next (const Search *search, const Brick *brick, const int64_t voxel[3])
{
  uint8_t uncertainty;
  int32_t second;
  if (get_proposed (search, brick, voxel) != search->proposed
      || !lam_opinion_get_next (
          brick->opinion, find_index (voxel), &uncertainty, &second))
    return -1;
  if (search->min_doubt == 0)
    return search->class_id;
  return uncertainty >= search->min_doubt ? second : -1;
}

/* The class whose place is to be chosen for a voxel of a flood, or -1. */
static int32_t
get_wanted (const Search *search, const Brick *brick, const int64_t voxel[3])
{
  if (search->rule->word == LAM_WORD_PROPOSAL)
    return get_proposed (search, brick, voxel);
  if (search->proposed >= 0)
    return get_next (search, brick, voxel);
  int index = find_index (voxel);
  Said said = get_said (brick, index);
  if (said.label != search->label || said.source < LAM_SOURCE_FIRST_RUN)
    return -1;
  if (search->min_doubt == 0)
    return search->class_id;
  uint8_t uncertainty;
  int32_t second;
  return lam_opinion_get (
             brick->opinion, index, said.source, &uncertainty, &second)
          && uncertainty >= search->min_doubt
      ? second
      : -1;
}

/* --- choosing ------------------------------------------------------------- */

/* 0: the project has no such class any more, or it is beyond the 254th. */
static uint8_t
find_class_place (const Search *search, int32_t class_id)
{
  size_t n = MIN (lam_class_table_get_n_classes (search->classes), 254);
  for (size_t i = 0; i < n; i++)
    if (lam_class_table_get_nth_class (search->classes, i)->id == class_id)
      return (uint8_t)(i + 1);
  return 0;
}

static void
choose (Search *search, Brick *brick, const int64_t voxel[3], uint8_t place)
{
  LamBox one = lam_box_new (
      voxel[0], voxel[1], voxel[2], voxel[0] + 1, voxel[1] + 1, voxel[2] + 1);
  if (!brick->places)
    brick->places = g_new0 (uint8_t, LAM_BRICK_VOXELS);
  brick->places[find_index (voxel)] = place;
  search->box = lam_box_unite (&search->box, &one);
  search->n_voxels++;
}

static bool
fail (GError **error, const char *text)
{
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING, text);
  return false;
}

/* What the flood looks for, from the voxel where it begins. */
static bool
begin_second (Search *search, const Brick *brick, GError **error)
{
  int index = find_index (search->rule->voxel);
  Said said = get_said (brick, index);
  uint8_t uncertainty = 0;
  int32_t class_id = get_class_id (search, said.label);
  search->label = said.label;
  if (said.source < LAM_SOURCE_FIRST_RUN) {
    search->proposed = class_id =
        get_proposed (search, brick, search->rule->voxel);
    if (class_id < 0)
      return fail (
          error, _ ("No network said this voxel, so there is no second best"));
    lam_opinion_get_next (
        brick->opinion, index, &uncertainty, &search->class_id);
  } else if (!lam_opinion_get (brick->opinion, index, said.source, &uncertainty,
                 &search->class_id))
    return fail (error,
        _ ("The network did not say what comes second here: segment it again"));
  const LamClass *class = lam_class_table_get_class (search->classes, class_id);
  if ((said.label != 0 || search->proposed >= 0)
      && class && class->has_instances)
    return true;
  if (uncertainty < LAM_SELECTION_MIN_DOUBT) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The network is sure here (unsure %d of 255, at least %d are "
           "needed): point at a place where it is not, or paint"),
        uncertainty, LAM_SELECTION_MIN_DOUBT);
    return false;
  }
  search->min_doubt = uncertainty / 2;
  return true;
}

static bool
begin_flood (Search *search, GError **error)
{
  const int64_t *voxel = search->rule->voxel;
  Brick *brick = read_brick (search, get_key (voxel), error);
  if (!brick)
    return false;
  if (search->rule->word == LAM_WORD_SECOND)
    return begin_second (search, brick, error);
  search->class_id = get_proposed (search, brick, voxel);
  return search->class_id >= 0
      || fail (error, _ ("No network proposes anything here"));
}

typedef struct {
  int64_t at[3];
} Voxel;

/* Chooses the voxel if it belongs to the flood and was not chosen yet. */
static bool
visit (Search *search, const int64_t voxel[3], uint8_t place, GArray *stack,
    GError **error)
{
  if (!lam_box_contains (&search->all, voxel))
    return true;
  Brick *brick = read_brick (search, get_key (voxel), error);
  if (!brick)
    return false;
  if ((brick->places && brick->places[find_index (voxel)] != 0)
      || get_wanted (search, brick, voxel) != search->class_id)
    return true;
  const Voxel next = { { voxel[0], voxel[1], voxel[2] } };
  choose (search, brick, voxel, place);
  g_array_append_val (stack, next);
  return true;
}

/* Over faces of voxels, so that what touches at an edge alone is another. */
static bool
visit_around (Search *search, const Voxel *voxel, uint8_t place, GArray *stack,
    GError **error)
{
  const LamPlane plane = search->rule->plane;
  for (int axis = 0; axis < 3; axis++) {
    if (plane < LAM_N_PLANES && axis == (int)lam_plane_w (plane))
      continue;
    for (int step = -1; step <= 1; step += 2) {
      Voxel next = *voxel;
      next.at[axis] += step;
      if (!visit (search, next.at, place, stack, error))
        return false;
    }
  }
  return true;
}

static bool
flood (Search *search, GError **error)
{
  if (!begin_flood (search, error))
    return false;
  uint8_t place = find_class_place (search, search->class_id);
  if (place == 0)
    return fail (error, _ ("The project does not have this class any more"));
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (Voxel));
  if (!visit (search, search->rule->voxel, place, stack, error))
    return false;
  while (stack->len > 0) {
    Voxel voxel = g_array_index (stack, Voxel, stack->len - 1);
    g_array_set_size (stack, stack->len - 1);
    if (!visit_around (search, &voxel, place, stack, error))
      return false;
    if (search->n_voxels > LAM_SELECTION_MAX_VOXELS) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("This is larger than %" G_GINT64_FORMAT
             " voxels: take it slice by slice"),
          LAM_SELECTION_MAX_VOXELS);
      return false;
    }
    if (search->n_voxels % 4096 == 0
        && !lam_progress_check (search->progress, error))
      return false;
  }
  return true;
}

/* All proposals of a brick that lie in the rule's box. */
static bool
choose_in_brick (Search *search, LamBrickKey key, GError **error)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &search->rule->box);
  Brick *brick = read_brick (search, key, error);
  if (!brick || !brick->opinion)
    return brick != NULL;
  int64_t at[3];
  for (at[2] = part.min[2]; at[2] < part.max[2]; at[2]++)
    for (at[1] = part.min[1]; at[1] < part.max[1]; at[1]++)
      for (at[0] = part.min[0]; at[0] < part.max[0]; at[0]++) {
        int32_t class_id = get_proposed (search, brick, at);
        uint8_t place = class_id >= 0 ? find_class_place (search, class_id) : 0;
        if (place != 0)
          choose (search, brick, at, place);
      }
  return lam_progress_check (search->progress, error);
}

static bool
choose_box (Search *search, GError **error)
{
  LamBox bricks = lam_box_bricks (&search->rule->box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        if (!choose_in_brick (search, key, error))
          return false;
      }
  return search->n_voxels > 0
      || fail (error, _ ("No network proposes anything here"));
}

/* --- putting together ----------------------------------------------------- */

static void
copy_brick (LamSelection *selection, LamBrickKey key, const uint8_t *places)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &selection->box);
  size_t n = (size_t)MAX (part.max[0] - part.min[0], 0);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      const int64_t at[3] = { part.min[0], y, z };
      memcpy (selection->places + find_place (&selection->box, at),
          places + find_index (at), n);
    }
}

static LamSelection *
gather (const Search *search, GError **error)
{
  g_autoptr (LamSelection) selection = g_new0 (LamSelection, 1);
  int64_t n = lam_box_volume (&search->box);
  selection->box = search->box;
  selection->n_voxels = search->n_voxels;
  selection->places = g_try_malloc0 ((gsize)n);
  if (!selection->places) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for a box of %" G_GINT64_FORMAT " voxels"), n);
    return NULL;
  }
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, search->bricks);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const Brick *brick = value;
    if (brick->places)
      copy_brick (
          selection, lam_brick_key_unpack (*(int64_t *)key), brick->places);
  }
  return g_steal_pointer (&selection);
}

LamSelection *
lam_selection_find (LamStore *store, const LamSelectionRule *rule,
    const LamClassTable *classes, const GArray *verified, const int64_t size[3],
    LamProgress *progress, GError **error)
{
  g_autoptr (GHashTable) bricks =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, brick_free);
  Search search = { .store = store,
    .rule = rule,
    .classes = classes,
    .verified = verified,
    .all = lam_box_of_size (size),
    .progress = progress,
    .bricks = bricks,
    .proposed = -1 };
  bool found =
      rule->is_flood ? flood (&search, error) : choose_box (&search, error);
  return found ? gather (&search, error) : NULL;
}
