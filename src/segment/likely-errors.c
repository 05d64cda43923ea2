/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks come in the order of their keys: z, y, x. Each is cut twice, and what
 * is cut is joined over the faces of bricks (piece-joiner.c) and judged once it
 * is complete. For slices, the last planes of a section are kept. What networks
 * are unsure of is summed up, and looked for when all is known (look-map.c).
 *
 * A place's score is the number of voxels that looking there is expected to put
 * right: how many there are, times the chance that they are wrong. At the end
 * it is weighed by class, so that the same share of each class counts the same:
 * a hundred voxels of a vesicle are more than a hundred of a cell. */
#include "segment/likely-errors.h"

#include "segment/look-map.h"
#include "segment/piece-joiner.h"

/* Where a network is that unsure it is wrong one time in four. */
const LamLikelyRules lam_likely_rules = {
  .least_uncertainty = 204,
  .least_unsure = 16,
  .most_tiny = 100,
  .least_end = 64,
  .least_slice = 32,
  .limit = 10000,
};

/* Where no network said how sure it is, or was wrong and sure: even odds. */
#define EVEN (128.0 / 255)

/* How much more than a ball's last plane something has to have to be cut off.
 */
#define BALL_MARGIN 1.2

/* What is cut out of each brick. */
typedef enum { BY_LABEL, SLICES, N_CUTS } Cut;
G_STATIC_ASSERT (N_CUTS == LAM_LIKELY_N_CUTS);

typedef struct {
  const LamLikelyInput *input; /* Borrowed */
  const LamLikelyRules *rules; /* Borrowed */
  LamLikelyCache *cache; /* Borrowed; or NULL */
  LamBrickPieces *brick; /* Owned */
  LamPieceJoiner *joiners[N_CUTS]; /* Owned */
  LamLookMap *looks; /* Owned */
  GArray *places; /* Owned, of LamPlace */
  GArray *keys; /* Owned, sorted */
  GHashTable *planes; /* Owned; key of the brick after along z → the last planes
                       * of the one before */
  int32_t section; /* z of the bricks that come now */
  GHashTable *counts; /* Owned; class → its voxels (int64_t *) */
  int64_t n_voxels; /* the sum */
} Search;

static void
search_clear (Search *search)
{
  for (int i = 0; i < N_CUTS; i++)
    g_clear_pointer (&search->joiners[i], lam_piece_joiner_free);
  g_clear_pointer (&search->looks, lam_look_map_free);
  g_clear_pointer (&search->brick, lam_brick_pieces_free);
  g_clear_pointer (&search->places, g_array_unref);
  g_clear_pointer (&search->keys, g_array_unref);
  g_clear_pointer (&search->planes, g_hash_table_unref);
  g_clear_pointer (&search->counts, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* ---- Weighing ----------------------------------------------------------- */

/* No class counts as rarer than this part of all. */
#define LEAST_SHARE (1.0 / 2000)

static int32_t
get_class (const Search *search, uint32_t label)
{
  const LamLikelyInput *input = search->input;
  return input->get_class ? input->get_class (label, input->data) : 0;
}

static void
count (Search *search, const LamPiece *piece)
{
  gpointer class =
      GINT_TO_POINTER (get_class (search, (uint32_t)piece->label.value));
  int64_t *n = g_hash_table_lookup (search->counts, class);
  if (!n) {
    n = g_new0 (int64_t, 1);
    g_hash_table_insert (search->counts, class, n);
  }
  *n += piece->n_voxels;
  search->n_voxels += piece->n_voxels;
}

/* 1: the class has as many voxels as one has on the average. */
static double
weigh_class (const Search *search, int32_t class)
{
  const int64_t *n =
      g_hash_table_lookup (search->counts, GINT_TO_POINTER (class));
  const double all = (double)search->n_voxels;
  return all / g_hash_table_size (search->counts)
      / ((n ? (double)*n : 0) + all * LEAST_SHARE);
}

/* A mistake is one of two classes. */
static double
weigh_two (const Search *search, int32_t class, int32_t other)
{
  return search->input->get_class
      ? (weigh_class (search, class) + weigh_class (search, other)) / 2
      : 1;
}

static double
weigh_label (uint32_t label, int32_t second, gpointer data)
{
  const Search *search = data;
  const int32_t class = get_class (search, label);
  return weigh_two (search, class, second >= 0 ? second : class);
}

static void
weigh (const Search *search, LamPlace *place)
{
  const int32_t class = get_class (search, place->label);
  place->score *= weigh_two (search, class,
      place->kind == LAM_PLACE_SLICE ? get_class (search, place->beside)
                                     : class);
}

/* ---- Judging ------------------------------------------------------------ */

/* While bricks still come, places are not weighed yet. */
static void
keep_best (Search *search)
{
  g_array_sort (search->places, lam_place_compare);
  if (search->places->len > search->rules->limit)
    g_array_set_size (search->places, search->rules->limit);
}

static bool
add_place (Search *search, LamPlace place, GError **error)
{
  const LamLikelyInput *input = search->input;
  bool is_wanted = true;
  for (int i = 0; i < 3; i++)
    place.centre[i] =
        place.box.min[i] + (place.box.max[i] - 1 - place.box.min[i]) / 2;
  if (input->filter && !input->filter (&place, input->data, &is_wanted, error))
    return false;
  if (is_wanted)
    g_array_append_val (search->places, place);
  if (search->places->len >= 2 * search->rules->limit)
    keep_best (search);
  return true;
}

/* Takes what is known of the place, and finds out the rest. */
static bool
add_piece (
    Search *search, LamPlace place, const LamPiece *piece, GError **error)
{
  place.label = (uint32_t)piece->label.value;
  if (piece->n_known > 0)
    place.uncertainty = (double)piece->uncertainty / (double)piece->n_known;
  place.score = MAX (place.uncertainty / 255, EVEN) * (double)place.n_voxels;
  return add_place (search, place, error);
}

/* A piece that becomes smaller plane by plane ends as things end; one that has
 * half of its usual extent in its last plane was rather lost. But of a ball
 * that is cut into few planes, the last may have much of its usual extent: up
 * to 6 (n - 1) / n² of it with n planes. */
static int64_t
least_end (const Search *search, const LamPiece *piece, int axis)
{
  const double depth = (double)(piece->box.max[axis] - piece->box.min[axis]);
  const double of_ball = 6 * (depth - 1) / (depth * depth);
  const double usual = (double)piece->n_voxels / depth;
  return MAX (search->rules->least_end,
      (int64_t)(usual * MAX (0.5, BALL_MARGIN * of_ball)));
}

/* What is in one plane alone is one place, not two. */
static bool
judge_ends (Search *search, const LamPiece *piece, GError **error)
{
  for (int i = 0; i < LAM_N_PIECE_ENDS; i++) {
    const int axis = i / 2;
    const int64_t depth = piece->box.max[axis] - piece->box.min[axis];
    const LamPieceEnd *end = &piece->ends[i];
    if (end->n_stops < least_end (search, piece, axis) || (depth == 1 && i % 2))
      continue;
    const LamPlace place = { .kind = LAM_PLACE_END,
      .box = end->box,
      .n_voxels = end->n_stops,
      .second = -1,
      .axis = axis };
    if (!add_piece (search, place, piece, error))
      return false;
  }
  return true;
}

static bool
judge_label (const LamPiece *piece, gpointer data, GError **error)
{
  Search *search = data;
  const bool is_label = piece->label.value != 0;
  const LamPlace place = { .kind = is_label ? LAM_PLACE_TINY : LAM_PLACE_HOLE,
    .box = piece->box,
    .n_voxels = piece->n_voxels - piece->n_human,
    .second = -1 };
  count (search, piece);
  if (place.n_voxels == 0)
    return true;
  if (piece->n_voxels <= search->rules->most_tiny)
    return add_piece (search, place, piece, error);
  return !is_label || judge_ends (search, piece, error);
}

static bool
judge_slice (const LamPiece *piece, gpointer data, GError **error)
{
  Search *search = data;
  const LamPlace place = { .kind = LAM_PLACE_SLICE,
    .box = piece->box,
    .n_voxels = piece->n_voxels,
    .beside = (uint32_t)piece->other.value,
    .second = -1,
    .axis = 2 };
  return piece->n_voxels < search->rules->least_slice
      || add_piece (search, place, piece, error);
}

static bool
make_joiners (Search *search, GError **error)
{
  const LamJoinRule rules[N_CUTS] = {
    [BY_LABEL] = { .by_label = true, .judge = judge_label, .data = search },
    [SLICES] = { .in_slices = true, .judge = judge_slice, .data = search },
  };
  for (int i = 0; i < N_CUTS; i++) {
    search->joiners[i] =
        lam_piece_joiner_new (search->input->size, &rules[i], error);
    if (!search->joiners[i])
      return false;
  }
  return true;
}

/* ---- All bricks --------------------------------------------------------- */

static LamLikelyEntry *
cut_brick (Search *search, LamLikelyState state, bool is_known)
{
  LamBrickPieces *brick = search->brick;
  LamLikelyEntry *entry = g_new0 (LamLikelyEntry, 1);
  entry->state = state;
  lam_brick_pieces_cut_by_label (brick);
  entry->cuts[BY_LABEL] = lam_brick_cut_new (brick);
  lam_brick_pieces_cut_slices (brick);
  entry->cuts[SLICES] = lam_brick_cut_new (brick);
  if (!is_known)
    return entry;
  lam_brick_pieces_mark_unsure (brick, search->rules->least_uncertainty);
  entry->doubt = lam_brick_doubt_new (brick);
  return entry;
}

static bool
add_cuts (Search *search, LamBrickKey key, const LamLikelyEntry *entry,
    GError **error)
{
  for (int i = 0; i < N_CUTS; i++)
    if (entry->cuts[i]
        && !lam_piece_joiner_add (
            search->joiners[i], key, entry->cuts[i], error))
      return false;
  if (entry->doubt)
    lam_look_map_add (search->looks, key, entry->doubt);
  return true;
}

/* Planes of the section before this one's are of no use any more. */
static gboolean
is_passed (gpointer after, gpointer planes, gpointer now)
{
  return *(const int64_t *)after < *(const int64_t *)now;
}

static void
keep_planes (Search *search, LamBrickKey key)
{
  const int64_t packed = lam_brick_key_pack (key);
  if (key.z != search->section)
    g_hash_table_foreach_remove (search->planes, is_passed, (gpointer)&packed);
  search->section = key.z;
  const int64_t after =
      lam_brick_key_pack ((LamBrickKey){ key.x, key.y, key.z + 1 });
  g_hash_table_insert (search->planes, g_memdup2 (&after, sizeof after),
      g_memdup2 (lam_brick_pieces_get_last (search->brick),
          LAM_BRICK_PLANES_BEFORE * LAM_BRICK_EDGE * LAM_BRICK_EDGE
              * sizeof (LamPieceVoxel)));
}

/* Both NULL: there is none. */
typedef struct {
  LamLabelBrick *labels; /* Owned */
  LamOpinion *opinion; /* Owned; may be NULL */
} Stored;

static void
stored_clear (Stored *stored)
{
  g_clear_pointer (&stored->labels, lam_label_brick_unref);
  g_clear_pointer (&stored->opinion, lam_opinion_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stored, stored_clear)

static bool
read_stored (const Search *search, LamBrickKey key, Stored *stored,
    GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  const LamLikelyInput *input = search->input;
  stored->labels = input->read_brick (key, input->data, cancellable, &local);
  if (stored->labels)
    stored->opinion =
        input->read_opinion (key, input->data, cancellable, &local);
  if (!local)
    return true;
  g_propagate_error (error, local);
  return false;
}

static LamBrickKey
key_before (LamBrickKey key)
{
  return (LamBrickKey){ key.x, key.y, key.z - 1 };
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
  return (one > two) - (one < two);
}

static bool
exists (const Search *search, LamBrickKey key)
{
  const int64_t packed = key.z >= 0 ? lam_brick_key_pack (key) : -1;
  return key.z >= 0
      && g_array_binary_search (search->keys, &packed, compare_keys, NULL);
}

/* The planes before a brick are those of the one before, which was not read if
 * it is in the cache. */
static bool
read_before (
    Search *search, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  const int64_t packed = lam_brick_key_pack (key);
  LamBrickKey before = key_before (key);
  g_auto (Stored) stored = { 0 };
  if (!search->cache || g_hash_table_contains (search->planes, &packed)
      || !exists (search, before))
    return true;
  if (!read_stored (search, before, &stored, cancellable, error))
    return false;
  if (!stored.labels)
    return true;
  lam_brick_pieces_load (search->brick, before, search->input->size,
      stored.labels, stored.opinion, NULL);
  keep_planes (search, before);
  return true;
}

static void
load (Search *search, LamBrickKey key, const Stored *stored)
{
  const int64_t packed = lam_brick_key_pack (key);
  const LamPieceVoxel *before = g_hash_table_lookup (search->planes, &packed);
  lam_brick_pieces_load (search->brick, key, search->input->size,
      stored->labels, stored->opinion, before);
  g_hash_table_remove (search->planes, &packed);
  keep_planes (search, key);
}

/* NULL with error. */
static LamLikelyEntry *
read_brick (Search *search, LamBrickKey key, LamLikelyState state,
    GCancellable *cancellable, GError **error)
{
  g_auto (Stored) stored = { 0 };
  if (!read_before (search, key, cancellable, error)
      || !read_stored (search, key, &stored, cancellable, error))
    return NULL;
  if (stored.labels) {
    load (search, key, &stored);
    return cut_brick (search, state, stored.opinion != NULL);
  }
  LamLikelyEntry *none = g_new0 (LamLikelyEntry, 1);
  none->state = state;
  return none;
}

static LamLikelyState
state_of (const Search *search, LamBrickKey key)
{
  const LamLikelyInput *input = search->input;
  LamBrickKey before = key_before (key);
  LamLikelyState state = { input->get_change (key, input->data), -1 };
  if (exists (search, before))
    state.before = input->get_change (before, input->data);
  return state;
}

static bool
add_brick (
    Search *search, int64_t packed, GCancellable *cancellable, GError **error)
{
  LamBrickKey key = lam_brick_key_unpack (packed);
  LamLikelyState state = { 0 };
  if (search->cache) {
    state = state_of (search, key);
    const LamLikelyEntry *known =
        lam_likely_cache_find (search->cache, packed, state);
    if (known)
      return add_cuts (search, key, known, error);
  }
  LamLikelyEntry *entry = read_brick (search, key, state, cancellable, error);
  bool done = entry && add_cuts (search, key, entry, error);
  if (done && search->cache)
    lam_likely_cache_put (search->cache, packed, entry);
  else if (entry)
    lam_likely_entry_free (entry);
  return done;
}

static bool
add_looks (Search *search, GError **error)
{
  const LamLikelyInput *input = search->input;
  GError *local = NULL;
  LamLook look;
  lam_look_map_weigh (search->looks, weigh_label, search);
  for (guint n = 0; n < search->rules->limit; n++) {
    if (!lam_look_map_take (search->looks, search->rules->least_unsure,
            input->settled, input->data, &look, &local))
      break;
    const LamPlace place = { .kind = LAM_PLACE_UNSURE,
      .box = look.box,
      .n_voxels = look.n_voxels,
      .label = look.label,
      .second = look.second,
      .uncertainty = look.uncertainty,
      .score = look.score };
    if (!add_place (search, place, error))
      return false;
  }
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
finish (Search *search, GError **error)
{
  for (int i = 0; i < N_CUTS; i++)
    if (!lam_piece_joiner_finish (search->joiners[i], error))
      return false;
  for (guint i = 0; search->input->get_class && i < search->places->len; i++)
    weigh (search, &g_array_index (search->places, LamPlace, i));
  if (!add_looks (search, error))
    return false;
  keep_best (search);
  return true;
}

static bool
add_bricks (Search *search, LamProgress *progress, GError **error)
{
  GCancellable *cancellable = lam_progress_cancellable_or_null (progress);
  for (guint i = 0; i < search->keys->len; i++) {
    if (!lam_progress_check (progress, error)
        || !add_brick (search, g_array_index (search->keys, int64_t, i),
            cancellable, error))
      return false;
    lam_progress_set (progress, i + 1, search->keys->len);
  }
  return true;
}

GArray *
lam_likely_errors_find (const LamLikelyInput *input,
    const LamLikelyRules *rules, LamLikelyCache *cache, LamProgress *progress,
    GError **error)
{
  g_auto (Search) search = { .input = input,
    .rules = rules,
    .cache = cache,
    .brick = lam_brick_pieces_new (),
    .looks = lam_look_map_new (input->size),
    .places = g_array_new (false, false, sizeof (LamPlace)),
    .keys = g_array_copy ((GArray *)input->keys),
    .planes =
        g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free),
    .counts = g_hash_table_new_full (NULL, NULL, NULL, g_free) };
  g_array_sort (search.keys, compare_keys);
  if (!make_joiners (&search, error))
    return NULL;
  if (cache)
    lam_likely_cache_begin (cache);
  bool done = add_bricks (&search, progress, error);
  if (cache)
    lam_likely_cache_end (cache, done);
  return done && finish (&search, error) ? g_steal_pointer (&search.places)
                                         : NULL;
}
