/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces are found brick by brick, each voxel being joined with those around it
 * that were seen before. Of a brick that was left only those of its outermost
 * two layers are kept, by which others join; disagreement is rare, and so are
 * they.
 *
 * The voxels of a place are found by the same search in its box alone: a piece
 * that leaves the box is another's, as the place's are all in it, and those
 * that do not are as they were in the search for all. */
#include "workspace/dissent-places.h"

#include <string.h>

#include "base/int64-hash.h"
#include "workspace/near-boxes.h"

#define EDGE LAM_BRICK_EDGE
#define INDEX(x, y, z) ((x) + EDGE * ((y) + EDGE * (z)))
/* Layers of a brick that others look into. */
#define RIM (LAM_DISSENT_WIDE - 1)

typedef struct {
  guint parent; /* itself: the root of its piece */
  LamDissentPair pair;
  LamBox box;
  int64_t first[3]; /* its first voxel */
  int64_t n_voxels;
  bool is_wide; /* somewhere it is no border */
} Piece;

typedef struct {
  const LamDissent *dissent;
  const LamDissentObject *object; /* Borrowed; whose pairs count; or NULL */
  LamBox box; /* of what is looked at; empty: all */
  GArray *pieces; /* Owned; of Piece; 0 is none */
  GHashTable *rims; /* Owned; packed key → (index → id), both in pointers; of
                     * bricks that others are beside, which come later */
  guint *ids; /* Owned; of one brick */
  /* Of the brick under way and those around it, itself in the middle */
  GHashTable *around[27]; /* Borrowed; or NULL */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->pieces, g_array_unref);
  g_clear_pointer (&search->rims, g_hash_table_unref);
  g_clear_pointer (&search->ids, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static void
begin (Search *search)
{
  const Piece none = { 0 };
  search->pieces = g_array_new (false, true, sizeof (Piece));
  g_array_append_val (search->pieces, none);
  search->rims = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)g_hash_table_unref);
  search->ids = g_new0 (guint, LAM_BRICK_VOXELS);
}

/* ---- Pieces ------------------------------------------------------------- */

static Piece *
piece_at (const Search *search, guint id)
{
  return &g_array_index (search->pieces, Piece, id);
}

static guint
find_root (const Search *search, guint id)
{
  while (piece_at (search, id)->parent != id) {
    Piece *piece = piece_at (search, id);
    piece->parent = piece_at (search, piece->parent)->parent;
    id = piece->parent;
  }
  return id;
}

static guint
join (const Search *search, guint a, guint b)
{
  a = find_root (search, a);
  b = find_root (search, b);
  if (a == b)
    return a;
  guint root = MIN (a, b), other = MAX (a, b);
  Piece *to = piece_at (search, root), *from = piece_at (search, other);
  from->parent = root;
  to->box = lam_box_unite (&to->box, &from->box);
  to->n_voxels += from->n_voxels;
  to->is_wide = to->is_wide || from->is_wide;
  return root;
}

static guint
add_voxel (
    const Search *search, guint id, LamDissentPair pair, const int64_t at[3])
{
  const LamBox box =
      lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1);
  if (id == 0) {
    Piece piece = {
      .parent = search->pieces->len, .pair = pair, .box = box, .n_voxels = 1
    };
    memcpy (piece.first, at, sizeof piece.first);
    id = search->pieces->len;
    g_array_append_val (search->pieces, piece);
    return id;
  }
  Piece *piece = piece_at (search, id);
  piece->box = lam_box_unite (&piece->box, &box);
  piece->n_voxels++;
  return id;
}

/* The piece of a voxel that was seen before, by its place in the brick, which
 * may be in one beside it; 0: none, or of other labels. */
static guint
get_piece (const Search *search, int x, int y, int z, LamDissentPair pair)
{
  const int bx = (x + EDGE) / EDGE, by = (y + EDGE) / EDGE,
            bz = (z + EDGE) / EDGE;
  const int brick = bx + 3 * (by + 3 * bz);
  const int i = INDEX (x & (EDGE - 1), y & (EDGE - 1), z & (EDGE - 1));
  guint id = 0;
  if (brick == 13)
    id = search->ids[i];
  else if (search->around[brick])
    id = GPOINTER_TO_UINT (
        g_hash_table_lookup (search->around[brick], GINT_TO_POINTER (i)));
  const Piece *piece = id ? piece_at (search, id) : NULL;
  return piece && piece->pair.mine == pair.mine
          && piece->pair.theirs == pair.theirs
      ? id
      : 0;
}

/* A square of its slice in which the voxel is, where it begins, is of one pair
 * all over. */
static bool
is_wide_at (const Search *search, const int begin[3], LamDissentPair pair)
{
  for (int y = 0; y < LAM_DISSENT_WIDE; y++)
    for (int x = 0; x < LAM_DISSENT_WIDE; x++)
      if (get_piece (search, begin[0] + x, begin[1] + y, begin[2], pair) == 0)
        return false;
  return true;
}

/* Of the squares around a voxel. All of them are looked at, as bricks come in
 * any order, and which voxel of a square is seen last is not known. */
static bool
is_wide (const Search *search, const int at[3], LamDissentPair pair)
{
  for (int y = 1 - LAM_DISSENT_WIDE; y <= 0; y++)
    for (int x = 1 - LAM_DISSENT_WIDE; x <= 0; x++)
      if (is_wide_at (
              search, (const int[3]){ at[0] + x, at[1] + y, at[2] }, pair))
        return true;
  return false;
}

static void
scan_voxel (
    const Search *search, const LamBox *whole, int i, LamDissentPair pair)
{
  const int at[3] = { i % EDGE, i / EDGE % EDGE, i / (EDGE * EDGE) };
  const int64_t voxel[3] = { whole->min[0] + at[0], whole->min[1] + at[1],
    whole->min[2] + at[2] };
  guint id = 0;
  for (int z = -1; z <= 1; z++)
    for (int y = -1; y <= 1; y++)
      for (int x = -1; x <= 1; x++) {
        const guint other =
            get_piece (search, at[0] + x, at[1] + y, at[2] + z, pair);
        if (other != 0)
          id = id ? join (search, id, other) : find_root (search, other);
      }
  id = add_voxel (search, id, pair, voxel);
  search->ids[i] = id;
  Piece *piece = piece_at (search, id);
  piece->is_wide = piece->is_wide || is_wide (search, at, pair);
}

/* ---- Bricks ------------------------------------------------------------- */

static bool
is_in_rim (int i)
{
  const int at[3] = { i % EDGE, i / EDGE % EDGE, i / (EDGE * EDGE) };
  for (int axis = 0; axis < 3; axis++)
    if (at[axis] < RIM || at[axis] >= EDGE - RIM)
      return true;
  return false;
}

static void
keep_rim (const Search *search, int64_t key)
{
  GHashTable *rim = g_hash_table_new (NULL, NULL);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (search->ids[i] != 0 && is_in_rim (i))
      g_hash_table_insert (
          rim, GINT_TO_POINTER (i), GUINT_TO_POINTER (search->ids[i]));
  g_hash_table_insert (search->rims, g_memdup2 (&key, sizeof key), rim);
}

static void
find_around (Search *search, LamBrickKey key)
{
  for (int i = 0; i < 27; i++) {
    const LamBrickKey beside = { key.x + i % 3 - 1, key.y + i / 3 % 3 - 1,
      key.z + i / 9 - 1 };
    const bool is_brick = beside.x >= 0 && beside.y >= 0 && beside.z >= 0;
    const int64_t packed = is_brick ? lam_brick_key_pack (beside) : 0;
    search->around[i] =
        is_brick ? g_hash_table_lookup (search->rims, &packed) : NULL;
  }
}

static void
scan_brick (Search *search, int64_t packed, const LamDissentBricks *two)
{
  LamBrickKey key = lam_brick_key_unpack (packed);
  const LamBox whole = lam_brick_box (key);
  LamBox part = whole;
  if (!lam_box_is_empty (&search->box))
    part = lam_box_intersect (&whole, &search->box);
  find_around (search, key);
  memset (search->ids, 0, LAM_BRICK_VOXELS * sizeof *search->ids);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        const int i =
            (int)INDEX (x - whole.min[0], y - whole.min[1], z - whole.min[2]);
        LamDissentPair pair;
        if (lam_dissent_bricks_get (two, i, &pair)
            && lam_dissent_differs (search->dissent, pair.mine, pair.theirs)
            && (!search->object
                || lam_dissent_object_has (search->object, pair)))
          scan_voxel (search, &whole, i, pair);
      }
  keep_rim (search, packed);
}

static gboolean
is_below (gpointer key, gpointer rim, gpointer lowest)
{
  return lam_brick_key_unpack (*(int64_t *)key).z < *(int32_t *)lowest;
}

/* Keys come from below. */
static void
forget_rims (Search *search, int64_t key)
{
  int32_t lowest = lam_brick_key_unpack (key).z - 1;
  g_hash_table_foreach_remove (search->rims, is_below, &lowest);
}

/* Of each brick that is looked at, with its pieces in search->ids. */
typedef void (*BrickDone) (Search *search, int64_t key, gpointer data);

static bool
scan_all (Search *search, BrickDone done, gpointer data, LamProgress *progress,
    GError **error)
{
  const GArray *keys = lam_dissent_get_keys (search->dissent);
  int32_t z = -1;
  for (guint i = 0; i < keys->len; i++) {
    const int64_t key = g_array_index (keys, int64_t, i);
    LamBox box = lam_brick_box (lam_brick_key_unpack (key));
    if (!lam_box_is_empty (&search->box)) {
      box = lam_box_intersect (&box, &search->box);
      if (lam_box_is_empty (&box))
        continue;
    }
    if (lam_brick_key_unpack (key).z != z)
      forget_rims (search, key);
    z = lam_brick_key_unpack (key).z;
    g_auto (LamDissentBricks) two = { 0 };
    if (!lam_dissent_read (search->dissent, i, &two, error)
        || !lam_progress_check (progress, error))
      return false;
    scan_brick (search, key, &two);
    if (done)
      done (search, key, data);
  }
  return true;
}

/* ---- Borders ------------------------------------------------------------ */

static gint
compare_pieces (gconstpointer a, gconstpointer b, gpointer data)
{
  const Piece *x = piece_at (data, *(const guint *)a);
  const Piece *y = piece_at (data, *(const guint *)b);
  if (x->pair.mine != y->pair.mine)
    return x->pair.mine < y->pair.mine ? -1 : 1;
  if (x->pair.theirs != y->pair.theirs)
    return x->pair.theirs < y->pair.theirs ? -1 : 1;
  if (x->box.min[2] != y->box.min[2])
    return x->box.min[2] < y->box.min[2] ? -1 : 1;
  return 0;
}

static bool
is_inside (const Search *search, const LamBox *box)
{
  const LamBox part = lam_box_intersect (&search->box, box);
  return lam_box_is_empty (&search->box) || lam_box_equal (&part, box);
}

typedef struct {
  const Search *search; /* Borrowed */
  const guint *ids; /* Borrowed; of the boxes */
} Joining;

static void
join_near (guint a, guint b, gpointer data)
{
  const Joining *joining = data;
  join (joining->search, joining->ids[a], joining->ids[b]);
}

static bool
is_of_pair (const Search *search, guint id, LamDissentPair pair)
{
  const Piece *piece = piece_at (search, id);
  return piece->pair.mine == pair.mine && piece->pair.theirs == pair.theirs;
}

/* Pair by pair. Boxes are those of the pieces as they were found. */
static bool
join_borders (const Search *search, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (guint));
  for (guint i = 1; i < search->pieces->len; i++) {
    const Piece *piece = piece_at (search, i);
    if (piece->parent == i && !piece->is_wide
        && is_inside (search, &piece->box))
      g_array_append_val (ids, i);
  }
  g_array_sort_with_data (ids, compare_pieces, (gpointer)search);
  g_autofree LamBox *boxes = g_new (LamBox, ids->len);
  for (guint i = 0; i < ids->len; i++)
    boxes[i] = piece_at (search, g_array_index (ids, guint, i))->box;
  for (guint i = 0, end; i < ids->len; i = end) {
    const guint *first = &g_array_index (ids, guint, i);
    const LamDissentPair pair = piece_at (search, *first)->pair;
    for (end = i + 1; end < ids->len
         && is_of_pair (search, g_array_index (ids, guint, end), pair);)
      end++;
    Joining joining = { search, first };
    if (!lam_near_boxes_find (boxes + i, end - i, LAM_DISSENT_NEAR, join_near,
            &joining, progress, error))
      return false;
  }
  return true;
}

/* ---- Places ------------------------------------------------------------- */

static void
list_places (const Search *search, GArray *places)
{
  for (guint i = 1; i < search->pieces->len; i++) {
    const Piece *piece = piece_at (search, i);
    if (piece->parent != i)
      continue;
    LamPlace place = { .kind = LAM_PLACE_DISSENT,
      .box = piece->box,
      .n_voxels = piece->n_voxels,
      .label = piece->pair.mine,
      .beside = piece->pair.theirs,
      .second = lam_dissent_get_class (search->dissent, piece->pair.theirs),
      .voice = lam_dissent_get_voice (search->dissent),
      .score = (double)piece->n_voxels };
    memcpy (place.centre, piece->first, sizeof place.centre);
    g_array_append_val (places, place);
  }
}

bool
lam_dissent_find (const LamDissent *dissent, const LamDissentObject *object,
    GArray *places, LamProgress *progress, GError **error)
{
  g_auto (Search) search = { .dissent = dissent, .object = object };
  begin (&search);
  if (!scan_all (&search, NULL, NULL, progress, error)
      || !join_borders (&search, progress, error))
    return false;
  list_places (&search, places);
  return true;
}

/* ---- The voxels of one place -------------------------------------------- */

typedef struct {
  int i; /* in the brick */
  guint id;
} Found;

/* Packed key → GArray of Found. */
static void
keep_ids (Search *search, int64_t key, gpointer data)
{
  GArray *all = g_array_new (false, false, sizeof (Found));
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (search->ids[i] != 0) {
      const Found found = { i, search->ids[i] };
      g_array_append_val (all, found);
    }
  g_hash_table_insert (data, g_memdup2 (&key, sizeof key), all);
}

static GArray *
list_voxels (const Search *search, const GArray *found, guint root)
{
  GArray *numbers = g_array_new (false, false, sizeof (int));
  for (guint i = 0; i < found->len; i++) {
    const Found *voxel = &g_array_index (found, Found, i);
    if (find_root (search, voxel->id) == root)
      g_array_append_val (numbers, voxel->i);
  }
  return numbers;
}

/* The root of the piece that begins at the place's centre; 0: none does. */
static guint
find_piece (const Search *search, const LamPlace *place)
{
  for (guint i = 1; i < search->pieces->len; i++) {
    const Piece *piece = piece_at (search, i);
    if (memcmp (piece->first, place->centre, sizeof piece->first) == 0
        && piece->pair.mine == place->label
        && piece->pair.theirs == place->beside)
      return find_root (search, i);
  }
  return 0;
}

GHashTable *
lam_dissent_find_voxels (const LamDissent *dissent, const LamPlace *place,
    LamProgress *progress, GError **error)
{
  g_auto (Search) search = { .dissent = dissent };
  g_autoptr (GHashTable) ids = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  g_autoptr (GHashTable) voxels = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  /* One more voxel all around shows which pieces leave the box. */
  search.box = place->box;
  for (int axis = 0; axis < 3; axis++) {
    search.box.min[axis]--;
    search.box.max[axis]++;
  }
  begin (&search);
  if (!scan_all (&search, keep_ids, ids, progress, error))
    return NULL;
  search.box = place->box;
  if (!join_borders (&search, progress, error))
    return NULL;
  const guint root = find_piece (&search, place);
  GHashTableIter iter;
  gpointer key, found;
  g_hash_table_iter_init (&iter, ids);
  while (root != 0 && g_hash_table_iter_next (&iter, &key, &found)) {
    g_autoptr (GArray) numbers = list_voxels (&search, found, root);
    if (numbers->len > 0)
      g_hash_table_insert (voxels, g_memdup2 (key, sizeof (int64_t)),
          g_steal_pointer (&numbers));
  }
  return g_steal_pointer (&voxels);
}
