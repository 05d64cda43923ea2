/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces are found brick by brick, neighbours across faces being of one piece
 * where both labels are the same; of a brick only its upper faces are kept, by
 * which the next ones join: 48 KiB each. */
#include "workspace/dissent.h"

#include <string.h>

#include "store/voices.h"

#define EDGE LAM_BRICK_EDGE
#define FACE (EDGE * EDGE)

typedef struct {
  uint32_t mine, theirs;
} Pair;

struct _LamDissent {
  LamStore *store; /* Owned */
  const LamClassTable *classes; /* Borrowed */
  int64_t voice;
  bool is_own; /* the voice's labels are the project's */
  GArray *keys; /* Owned; of int64_t */
  GHashTable *labels; /* Owned; theirs → LamVoiceLabel, Owned by `rows` */
  GPtrArray *rows; /* Owned; of LamVoiceLabel */
  GHashTable *match; /* Owned; theirs → mine, of classes with instances */
};

void
lam_dissent_free (LamDissent *dissent)
{
  g_clear_object (&dissent->store);
  g_clear_pointer (&dissent->keys, g_array_unref);
  g_clear_pointer (&dissent->labels, g_hash_table_unref);
  g_clear_pointer (&dissent->rows, g_ptr_array_unref);
  g_clear_pointer (&dissent->match, g_hash_table_unref);
  g_free (dissent);
}

/* ---- Labels ------------------------------------------------------------- */

/* What is said to have no label is background. */
static int32_t
class_of_mine (const LamDissent *dissent, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (dissent->classes, label);
  return row ? row->class_id : 0;
}

static const LamVoiceLabel *
get_row (const LamDissent *dissent, uint32_t theirs)
{
  return g_hash_table_lookup (dissent->labels, GUINT_TO_POINTER (theirs));
}

static int32_t
class_of_theirs (const LamDissent *dissent, uint32_t label)
{
  const LamVoiceLabel *row = get_row (dissent, label);
  return dissent->is_own ? class_of_mine (dissent, label)
      : row              ? row->class_id
                         : 0;
}

static bool
has_instances (const LamDissent *dissent, int32_t class_id)
{
  const LamClass *class =
      lam_class_table_get_class (dissent->classes, class_id);
  return class && class->has_instances;
}

static uint32_t
get_match (const LamDissent *dissent, uint32_t theirs)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (dissent->match, GUINT_TO_POINTER (theirs)));
}

bool
lam_dissent_differs (const LamDissent *dissent, uint32_t mine, uint32_t theirs)
{
  if (dissent->is_own)
    return mine != theirs;
  int32_t class_id = class_of_theirs (dissent, theirs);
  if (class_of_mine (dissent, mine) != class_id)
    return true;
  return has_instances (dissent, class_id)
      && get_match (dissent, theirs) != mine;
}

static uint32_t
find_label_of (const LamDissent *dissent, int32_t class_id)
{
  size_t n = lam_class_table_get_n_labels (dissent->classes);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (dissent->classes, i);
    if (!row->deleted && row->class_id == class_id)
      return row->id;
  }
  return 0;
}

uint32_t
lam_dissent_get_label (const LamDissent *dissent, uint32_t theirs,
    int32_t *class_id, const char **name)
{
  const LamVoiceLabel *row = get_row (dissent, theirs);
  *class_id = class_of_theirs (dissent, theirs);
  *name = row ? row->name : NULL;
  if (dissent->is_own || theirs == 0)
    return theirs;
  return has_instances (dissent, *class_id)
      ? get_match (dissent, theirs)
      : find_label_of (dissent, *class_id);
}

/* ---- Reading ------------------------------------------------------------ */

typedef struct {
  LamLabelBrick *mine, *theirs; /* Owned; mine may be NULL */
} Two;

static void
two_clear (Two *two)
{
  g_clear_pointer (&two->mine, lam_label_brick_unref);
  g_clear_pointer (&two->theirs, lam_label_brick_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Two, two_clear)

static bool
read_two (const LamDissent *dissent, guint i, Two *two, GError **error)
{
  GError *local = NULL;
  LamBrickKey key =
      lam_brick_key_unpack (g_array_index (dissent->keys, int64_t, i));
  two->theirs =
      lam_store_read_voice (dissent->store, dissent->voice, key, &local);
  if (!local)
    two->mine = lam_store_read_brick (dissent->store, key, NULL, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
get_pair (const Two *two, int i, Pair *pair)
{
  if (!two->theirs
      || lam_label_brick_get_source (two->theirs, i) == LAM_SOURCE_UNSET)
    return false;
  pair->theirs = lam_label_brick_get_label (two->theirs, i);
  pair->mine = two->mine ? lam_label_brick_get_label (two->mine, i) : 0;
  return true;
}

/* ---- Whose label is whose ----------------------------------------------- */

typedef struct {
  Pair pair;
  int64_t n_voxels;
} Overlap;

static void
count_overlaps (const LamDissent *dissent, const Two *two, GHashTable *counts)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    Pair pair;
    if (!get_pair (two, i, &pair) || pair.theirs == 0 || pair.mine == 0
        || class_of_theirs (dissent, pair.theirs)
            != class_of_mine (dissent, pair.mine))
      continue;
    const int64_t key = (int64_t)pair.theirs << 32 | pair.mine;
    Overlap *overlap = g_hash_table_lookup (counts, &key);
    if (!overlap) {
      overlap = g_new0 (Overlap, 1);
      overlap->pair = pair;
      g_hash_table_insert (counts, g_memdup2 (&key, sizeof key), overlap);
    }
    overlap->n_voxels++;
  }
}

/* Most first; of equals the lower numbers. */
static gint
compare_overlaps (gconstpointer a, gconstpointer b)
{
  const Overlap *x = a, *y = b;
  if (x->n_voxels != y->n_voxels)
    return x->n_voxels > y->n_voxels ? -1 : 1;
  if (x->pair.theirs != y->pair.theirs)
    return x->pair.theirs < y->pair.theirs ? -1 : 1;
  return x->pair.mine < y->pair.mine ? -1 : x->pair.mine > y->pair.mine;
}

static void
match_labels (LamDissent *dissent, GHashTable *counts)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GList) overlaps =
      g_list_sort (g_hash_table_get_values (counts), compare_overlaps);
  for (GList *link = overlaps; link; link = link->next) {
    const Overlap *overlap = link->data;
    gpointer theirs = GUINT_TO_POINTER (overlap->pair.theirs);
    gpointer mine = GUINT_TO_POINTER (overlap->pair.mine);
    if (g_hash_table_contains (dissent->match, theirs)
        || !g_hash_table_add (taken, mine))
      continue;
    g_hash_table_insert (dissent->match, theirs, mine);
  }
}

static bool
find_matches (LamDissent *dissent, LamProgress *progress, GError **error)
{
  g_autoptr (GHashTable) counts =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  for (guint i = 0; i < dissent->keys->len; i++) {
    g_auto (Two) two = { 0 };
    if (!read_two (dissent, i, &two, error)
        || !lam_progress_check (progress, error))
      return false;
    count_overlaps (dissent, &two, counts);
  }
  match_labels (dissent, counts);
  return true;
}

LamDissent *
lam_dissent_new (LamStore *store, const LamVoice *voice,
    const LamClassTable *classes, LamProgress *progress, GError **error)
{
  g_autoptr (LamDissent) dissent = g_new0 (LamDissent, 1);
  dissent->store = g_object_ref (store);
  dissent->classes = classes;
  dissent->voice = voice->id;
  dissent->is_own = voice->kind == LAM_VOICE_MERGE;
  dissent->labels = g_hash_table_new (NULL, NULL);
  dissent->match = g_hash_table_new (NULL, NULL);
  dissent->keys = lam_store_list_voice_bricks (store, voice->id, error);
  if (dissent->keys)
    dissent->rows = lam_store_list_voice_labels (store, voice->id, error);
  if (!dissent->rows)
    return NULL;
  for (guint i = 0; i < dissent->rows->len; i++) {
    LamVoiceLabel *row = dissent->rows->pdata[i];
    g_hash_table_insert (dissent->labels, GUINT_TO_POINTER (row->id), row);
  }
  return dissent->is_own || find_matches (dissent, progress, error)
      ? g_steal_pointer (&dissent)
      : NULL;
}

const GArray *
lam_dissent_get_keys (const LamDissent *dissent)
{
  return dissent->keys;
}

/* ---- Pieces ------------------------------------------------------------- */

typedef struct {
  guint parent; /* itself: the root of its piece */
  Pair pair;
  LamBox box;
  int64_t centre[3]; /* its first voxel, until a nearer one is known */
  int64_t n_voxels;
} Piece;

typedef struct {
  const LamDissent *dissent;
  GArray *pieces; /* Owned; of Piece; 0 is none */
  GHashTable *faces; /* Owned; packed key → guint[3][FACE] */
  guint *ids; /* Owned; of one brick */
  Pair *pairs; /* Owned; the same */
} Search;

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
  return root;
}

static guint
add_voxel (const Search *search, guint id, Pair pair, const int64_t at[3])
{
  const LamBox box =
      lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1);
  if (id == 0) {
    Piece piece = {
      .parent = search->pieces->len, .pair = pair, .box = box, .n_voxels = 1
    };
    memcpy (piece.centre, at, sizeof piece.centre);
    id = search->pieces->len;
    g_array_append_val (search->pieces, piece);
    return id;
  }
  Piece *piece = piece_at (search, id);
  piece->box = lam_box_unite (&piece->box, &box);
  piece->n_voxels++;
  return id;
}

static bool
is_pair (const Search *search, guint id, Pair pair)
{
  const Piece *piece = id ? piece_at (search, find_root (search, id)) : NULL;
  return piece && piece->pair.mine == pair.mine
      && piece->pair.theirs == pair.theirs;
}

/* The piece of the voxel before on an axis; 0: none. */
static guint
get_before (const Search *search, guint *const faces[3], int i, int axis)
{
  static const int steps[3] = { 1, EDGE, EDGE * EDGE };
  const int at[3] = { i % EDGE, i / EDGE % EDGE, i / (EDGE * EDGE) };
  if (at[axis] > 0)
    return search->ids[i - steps[axis]];
  const int u = at[axis == 0 ? 1 : 0], v = at[axis == 2 ? 1 : 2];
  return faces[axis] ? faces[axis][u + EDGE * v] : 0;
}

static void
scan_voxel (
    const Search *search, guint *const faces[3], LamBox whole, int i, Pair pair)
{
  const int64_t at[3] = { whole.min[0] + i % EDGE,
    whole.min[1] + i / EDGE % EDGE, whole.min[2] + i / (EDGE * EDGE) };
  guint id = 0;
  for (int axis = 0; axis < 3; axis++) {
    guint before = get_before (search, faces, i, axis);
    if (!is_pair (search, before, pair))
      continue;
    id = id ? join (search, id, before) : find_root (search, before);
  }
  search->ids[i] = add_voxel (search, id, pair, at);
}

static void
keep_faces (const Search *search, int64_t key)
{
  guint *faces = g_new (guint, 3 * FACE);
  const int last = EDGE - 1;
  for (int v = 0; v < EDGE; v++)
    for (int u = 0; u < EDGE; u++) {
      faces[u + EDGE * v] = search->ids[last + EDGE * (u + EDGE * v)];
      faces[FACE + u + EDGE * v] = search->ids[u + EDGE * (last + EDGE * v)];
      faces[2 * FACE + u + EDGE * v] =
          search->ids[u + EDGE * (v + EDGE * last)];
    }
  g_hash_table_insert (search->faces, g_memdup2 (&key, sizeof key), faces);
}

static void
scan_brick (const Search *search, int64_t packed, const Two *two)
{
  LamBrickKey key = lam_brick_key_unpack (packed);
  LamBox whole = lam_brick_box (key);
  const LamBrickKey below[3] = { { key.x - 1, key.y, key.z },
    { key.x, key.y - 1, key.z }, { key.x, key.y, key.z - 1 } };
  guint *faces[3] = { NULL };
  for (int axis = 0; axis < 3; axis++) {
    int64_t other = lam_brick_key_pack (below[axis]);
    guint *all = g_hash_table_lookup (search->faces, &other);
    faces[axis] = all ? all + (ptrdiff_t)axis * FACE : NULL;
  }
  memset (search->ids, 0, LAM_BRICK_VOXELS * sizeof *search->ids);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    Pair pair;
    if (get_pair (two, i, &pair)
        && lam_dissent_differs (search->dissent, pair.mine, pair.theirs))
      scan_voxel (search, faces, whole, i, pair);
  }
  keep_faces (search, packed);
}

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
      .second = class_of_theirs (search->dissent, piece->pair.theirs),
      .voice = search->dissent->voice,
      .score = (double)piece->n_voxels };
    memcpy (place.centre, piece->centre, sizeof place.centre);
    g_array_append_val (places, place);
  }
}

bool
lam_dissent_find (const LamDissent *dissent, GArray *places,
    LamProgress *progress, GError **error)
{
  Search search = { .dissent = dissent,
    .pieces = g_array_new (false, true, sizeof (Piece)),
    .faces =
        g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free),
    .ids = g_new0 (guint, LAM_BRICK_VOXELS) };
  g_array_set_size (search.pieces, 1);
  bool done = true;
  for (guint i = 0; i < dissent->keys->len && done; i++) {
    g_auto (Two) two = { 0 };
    done = read_two (dissent, i, &two, error)
        && lam_progress_check (progress, error);
    if (done)
      scan_brick (&search, g_array_index (dissent->keys, int64_t, i), &two);
  }
  if (done)
    list_places (&search, places);
  g_array_unref (search.pieces);
  g_hash_table_unref (search.faces);
  g_free (search.ids);
  return done;
}
