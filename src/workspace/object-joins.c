/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/object-joins.h"

#include "base/int64-hash.h"
#include "labels/region.h"

struct _LamObjectJoins {
  LamBox box; /* that the parts make up */
  GArray *done; /* Owned; LamBox of parts */
  GHashTable *objects; /* Owned; LamJoinObject, by label */
  GHashTable
      *pairs; /* Owned; LamObjectPair, by its key; those to be looked at */
  /* Owned; of `pairs`, those of a set beside each other; NULL: to be made anew.
   * `next` is its first that was not looked at. */
  GArray *order;
  GHashTable *sets; /* Owned; parents, as lam_object_joins_root() has them */
  guint next;
};

struct _LamObjectPart {
  LamBox box;
  GArray *objects; /* Owned; LamJoinObject */
  GHashTable *pairs; /* Owned; LamObjectPair, by its key */
};

static int64_t *
make_key (uint32_t a, uint32_t b)
{
  const int64_t key = (int64_t)((uint64_t)a << 32 | b);
  return g_memdup2 (&key, sizeof key);
}

static GHashTable *
make_pairs (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
}

LamObjectJoins *
lam_object_joins_new (void)
{
  LamObjectJoins *joins = g_new0 (LamObjectJoins, 1);
  joins->done = g_array_new (false, false, sizeof (LamBox));
  joins->objects = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  joins->pairs = make_pairs ();
  return joins;
}

static void
forget_order (LamObjectJoins *joins)
{
  g_clear_pointer (&joins->order, g_array_unref);
  g_clear_pointer (&joins->sets, g_hash_table_unref);
}

void
lam_object_joins_free (LamObjectJoins *joins)
{
  if (!joins)
    return;
  g_array_unref (joins->done);
  g_hash_table_unref (joins->objects);
  g_hash_table_unref (joins->pairs);
  forget_order (joins);
  g_free (joins);
}

void
lam_object_part_free (LamObjectPart *part)
{
  g_array_unref (part->objects);
  g_hash_table_unref (part->pairs);
  g_free (part);
}

void
lam_object_joins_begin (LamObjectJoins *joins, const LamBox *box)
{
  joins->box = *box;
  g_array_set_size (joins->done, 0);
}

bool
lam_object_joins_is_passing (const LamObjectJoins *joins, uint32_t label)
{
  const LamJoinObject *object = lam_object_joins_find (joins, label);
  const LamBox inside =
      object ? lam_box_intersect (&object->box, &joins->box) : (LamBox){ 0 };
  return object && object->is_fresh && !object->is_known
      && lam_box_equal (&inside, &object->box);
}

/* ---- What a part sees --------------------------------------------------- */

typedef struct {
  const LamObjectSight *sight; /* Borrowed */
  const uint32_t *labels; /* Borrowed; of the sight's box */
  const GArray *found; /* Borrowed */
  GArray *done; /* Owned; LamBox of the parts around */
  LamObjectPart *part; /* Borrowed */
} Look;

/* Rows are in the order of ids. */
static const LamObject *
find_object (const GArray *found, uint32_t id)
{
  guint low = 0, high = found->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    const LamObject *object = &g_array_index (found, LamObject, middle);
    if (object->id == id)
      return object;
    if (object->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static bool
can_join (const Look *look, uint32_t a, uint32_t b)
{
  const LamObjectSight *sight = look->sight;
  const LamObject *one = find_object (look->found, a),
                  *other = find_object (look->found, b);
  return one && other && one->class_id == other->class_id
      && !lam_model_objects_cuts (sight->objects, one->class_id)
      && !g_hash_table_contains (sight->known, GUINT_TO_POINTER (a))
      && !g_hash_table_contains (sight->known, GUINT_TO_POINTER (b));
}

/* One voxel inside and one outside, of two objects. */
static void
note (Look *look, uint32_t inside, uint32_t outside, const int64_t in[3],
    const int64_t out[3])
{
  GHashTable *pairs = look->part->pairs;
  const bool is_turned = outside < inside;
  LamObjectPair pair = { .labels = {
                             MIN (inside, outside), MAX (inside, outside) } };
  g_autofree int64_t *key = make_key (pair.labels[0], pair.labels[1]);
  if (g_hash_table_contains (pairs, key) || !lam_boxes_contain (look->done, out)
      || !can_join (look, inside, outside))
    return;
  for (int a = 0; a < 3; a++) {
    pair.at[is_turned][a] = in[a];
    pair.at[!is_turned][a] = out[a];
  }
  g_hash_table_insert (
      pairs, g_steal_pointer (&key), g_memdup2 (&pair, sizeof pair));
}

/* Those that touch a voxel of the border, by a corner too, on the side to which
 * `step` leads along an axis. */
static void
look_beside (
    Look *look, uint32_t label, const int64_t at[3], int axis, int64_t step)
{
  const LamObjectSight *sight = look->sight;
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  int64_t out[3];
  out[axis] = at[axis] + step;
  for (out[u] = at[u] - 1; out[u] <= at[u] + 1; out[u]++)
    for (out[v] = at[v] - 1; out[v] <= at[v] + 1; out[v]++) {
      if (!lam_box_contains (&sight->box, out))
        continue;
      const int64_t i =
          lam_object_sight_place (&sight->box, out[0], out[1], out[2]);
      const uint32_t other = look->labels[i];
      if (other != 0 && other != label && !(sight->flags[i] & LAM_SIGHT_HELD))
        note (look, label, other, at, out);
    }
}

static void
look_at_side (Look *look, int axis, int64_t from, int64_t step)
{
  const LamBox *box = &look->sight->objects->box;
  LamBox side = *box;
  int64_t at[3];
  side.min[axis] = from;
  side.max[axis] = from + 1;
  for (at[2] = side.min[2]; at[2] < side.max[2]; at[2]++)
    for (at[1] = side.min[1]; at[1] < side.max[1]; at[1]++)
      for (at[0] = side.min[0]; at[0] < side.max[0]; at[0]++) {
        const int64_t i =
            lam_object_sight_place (&look->sight->box, at[0], at[1], at[2]);
        if (look->labels[i] != 0 && !(look->sight->flags[i] & LAM_SIGHT_HELD))
          look_beside (look, look->labels[i], at, axis, step);
      }
}

GArray *
lam_object_joins_list_done (const LamObjectJoins *joins, const LamBox *near)
{
  GArray *done = g_array_new (false, false, sizeof (LamBox));
  for (guint i = 0; i < joins->done->len; i++) {
    const LamBox *box = &g_array_index (joins->done, LamBox, i);
    const LamBox shared = lam_box_intersect (box, near);
    if (!lam_box_is_empty (&shared))
      g_array_append_val (done, *box);
  }
  return done;
}

static void
note_objects (Look *look, GHashTable *fresh)
{
  const LamBox *all = &look->sight->box;
  for (guint i = 0; i < look->found->len; i++) {
    const LamObject *object = &g_array_index (look->found, LamObject, i);
    const gpointer id = GUINT_TO_POINTER (object->id);
    LamJoinObject seen = { .label = object->id,
      .box = object->box,
      .is_fresh = g_hash_table_contains (fresh, id),
      .is_known = g_hash_table_contains (look->sight->known, id) };
    for (int a = 0; a < 3; a++) {
      seen.box.min[a] += all->min[a];
      seen.box.max[a] += all->min[a];
    }
    g_array_append_val (look->part->objects, seen);
  }
}

LamObjectPart *
lam_object_joins_look (const LamObjectJoins *joins, const LamObjectSight *sight,
    const uint32_t *labels, const GArray *found, GHashTable *fresh)
{
  LamObjectPart *part = g_new0 (LamObjectPart, 1);
  const LamBox *box = &sight->objects->box;
  Look look = { .sight = sight,
    .labels = labels,
    .found = found,
    .done = lam_object_joins_list_done (joins, &sight->box),
    .part = part };
  part->box = *box;
  part->objects = g_array_new (false, false, sizeof (LamJoinObject));
  part->pairs = make_pairs ();
  note_objects (&look, fresh);
  for (int a = 0; a < 3 && look.done->len > 0; a++) {
    look_at_side (&look, a, box->min[a], -1);
    look_at_side (&look, a, box->max[a] - 1, 1);
  }
  g_array_unref (look.done);
  return part;
}

/* ---- All parts ---------------------------------------------------------- */

static void
add_object (LamObjectJoins *joins, const LamJoinObject *more)
{
  const gpointer key = GUINT_TO_POINTER (more->label);
  LamJoinObject *there = g_hash_table_lookup (joins->objects, key);
  if (!there) {
    g_hash_table_insert (joins->objects, key, g_memdup2 (more, sizeof *more));
    return;
  }
  there->box = lam_box_unite (&there->box, &more->box);
  there->is_fresh |= more->is_fresh;
  there->is_known |= more->is_known;
  there->goes_on |= more->goes_on;
}

void
lam_object_joins_add (LamObjectJoins *joins, LamObjectPart *part)
{
  GHashTableIter iter;
  gpointer key, pair;
  for (guint i = 0; i < part->objects->len; i++)
    add_object (joins, &g_array_index (part->objects, LamJoinObject, i));
  g_hash_table_iter_init (&iter, part->pairs);
  while (g_hash_table_iter_next (&iter, &key, &pair)) {
    g_hash_table_iter_steal (&iter);
    g_hash_table_replace (joins->pairs, key, pair);
  }
  g_array_append_val (joins->done, part->box);
  forget_order (joins);
  lam_object_part_free (part);
}

bool
lam_object_joins_is_any (const LamObjectJoins *joins)
{
  return g_hash_table_size (joins->pairs) > 0;
}

const LamJoinObject *
lam_object_joins_find (const LamObjectJoins *joins, uint32_t label)
{
  return g_hash_table_lookup (joins->objects, GUINT_TO_POINTER (label));
}

void
lam_object_joins_note_brick (
    LamObjectJoins *joins, uint32_t label, LamBrickKey brick)
{
  LamJoinObject *object =
      g_hash_table_lookup (joins->objects, GUINT_TO_POINTER (label));
  if (!object)
    return;
  const LamBox bricks = lam_box_bricks (&object->box);
  object->goes_on |= !lam_box_contains (
      &bricks, (const int64_t[3]){ brick.x, brick.y, brick.z });
}

uint32_t
lam_object_joins_root (GHashTable *parents, uint32_t label)
{
  uint32_t root = label, next;
  while ((next = GPOINTER_TO_UINT (
              g_hash_table_lookup (parents, GUINT_TO_POINTER (root))))
      != 0)
    root = next;
  while (label != root) {
    next = GPOINTER_TO_UINT (
        g_hash_table_lookup (parents, GUINT_TO_POINTER (label)));
    g_hash_table_insert (
        parents, GUINT_TO_POINTER (label), GUINT_TO_POINTER (root));
    label = next;
  }
  return root;
}

/* ---- One after the other ------------------------------------------------ */

static int
compare_numbers (uint32_t a, uint32_t b)
{
  return a < b ? -1 : a > b;
}

static int
compare_pairs (gconstpointer a, gconstpointer b, gpointer parents)
{
  const LamObjectPair *one = a, *other = b;
  int order = compare_numbers (lam_object_joins_root (parents, one->labels[0]),
      lam_object_joins_root (parents, other->labels[0]));
  for (int i = 0; i < 2 && order == 0; i++)
    order = compare_numbers (one->labels[i], other->labels[i]);
  return order;
}

/* Every set is called by its lowest label. */
static GHashTable *
find_sets (GHashTable *pairs)
{
  GHashTable *parents = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, pairs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LamObjectPair *pair = value;
    const uint32_t a = lam_object_joins_root (parents, pair->labels[0]),
                   b = lam_object_joins_root (parents, pair->labels[1]);
    if (a != b)
      g_hash_table_insert (parents, GUINT_TO_POINTER (MAX (a, b)),
          GUINT_TO_POINTER (MIN (a, b)));
  }
  return parents;
}

static void
put_in_order (LamObjectJoins *joins)
{
  GHashTableIter iter;
  gpointer pair;
  joins->sets = find_sets (joins->pairs);
  joins->order = g_array_new (false, false, sizeof (LamObjectPair));
  joins->next = 0;
  g_hash_table_iter_init (&iter, joins->pairs);
  while (g_hash_table_iter_next (&iter, NULL, &pair))
    g_array_append_vals (joins->order, pair, 1);
  g_array_sort_with_data (joins->order, compare_pairs, joins->sets);
}

static int64_t
count_bricks (const LamObjectJoins *joins, uint32_t label)
{
  const LamJoinObject *object = lam_object_joins_find (joins, label);
  if (!object)
    return 0;
  const LamBox bricks = lam_box_bricks (&object->box);
  return lam_box_volume (&bricks);
}

/* Adds the set of pairs from place `i` on; gives how many bricks are around its
 * objects. */
static int64_t
add_set (const LamObjectJoins *joins, guint i, GArray *pairs)
{
  g_autoptr (GHashTable) labels = g_hash_table_new (NULL, NULL);
  uint32_t set = 0;
  int64_t n_bricks = 0;
  for (; i < joins->order->len; i++) {
    const LamObjectPair *pair = &g_array_index (joins->order, LamObjectPair, i);
    const uint32_t root = lam_object_joins_root (joins->sets, pair->labels[0]);
    if (set != 0 && root != set)
      break;
    set = root;
    g_array_append_val (pairs, *pair);
    for (int side = 0; side < 2; side++)
      if (g_hash_table_add (labels, GUINT_TO_POINTER (pair->labels[side])))
        n_bricks += count_bricks (joins, pair->labels[side]);
  }
  return n_bricks;
}

GArray *
lam_object_joins_next (LamObjectJoins *joins, int64_t max_bricks)
{
  GArray *pairs = g_array_new (false, false, sizeof (LamObjectPair));
  if (!joins->order)
    put_in_order (joins);
  int64_t n = 0;
  while (n < max_bricks && joins->next + pairs->len < joins->order->len)
    n += add_set (joins, joins->next + pairs->len, pairs);
  return pairs;
}

void
lam_object_joins_drop (LamObjectJoins *joins, const GArray *pairs)
{
  for (guint i = 0; i < pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (pairs, LamObjectPair, i);
    g_autofree int64_t *key = make_key (pair->labels[0], pair->labels[1]);
    g_hash_table_remove (joins->pairs, key);
  }
  joins->next += pairs->len;
}

void
lam_object_joins_note_joined (
    LamObjectJoins *joins, uint32_t label, uint32_t into)
{
  const gpointer key = GUINT_TO_POINTER (label);
  const LamJoinObject *gone = g_hash_table_lookup (joins->objects, key);
  if (!gone)
    return;
  LamJoinObject more = *gone;
  more.label = into;
  more.is_fresh = false;
  g_hash_table_remove (joins->objects, key);
  add_object (joins, &more);
}
