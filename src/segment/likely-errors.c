/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each brick is cut twice, and what is cut is joined over the faces of bricks
 * (piece-joiner.c) and judged. For slices, the last planes of a section are
 * kept. What networks are unsure of is summed up, and looked for when all is
 * known (look-map.c). All that is in the cache, where bricks that changed take
 * the place of what they were; a search without one makes one for itself.
 *
 * A place's score is the number of voxels that looking there is expected to put
 * right: how many there are, times the chance that they are wrong. At the end
 * it is weighed by class, so that the same share of each class counts the same:
 * a hundred voxels of a vesicle are more than a hundred of a cell. */
#include "segment/likely-errors.h"

#include <math.h>
#include <stddef.h>

#include "base/heap.h"
#include "base/int64-hash.h"

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

typedef struct {
  const LamLikelyInput *input; /* Borrowed */
  const LamLikelyRules *rules; /* Borrowed */
  LamLikelyCache *cache; /* Owned where `is_own`, else Borrowed */
  bool is_own;
  LamJoinRule joins[LAM_LIKELY_N_CUTS];
  LamBrickPieces *brick; /* Owned */
  GArray *candidates; /* Owned, of Candidate; a heap, the best first */
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
  if (search->is_own)
    g_clear_pointer (&search->cache, lam_likely_cache_free);
  g_clear_pointer (&search->brick, lam_brick_pieces_free);
  g_clear_pointer (&search->candidates, g_array_unref);
  g_clear_pointer (&search->places, g_array_unref);
  g_clear_pointer (&search->keys, g_array_unref);
  g_clear_pointer (&search->planes, g_hash_table_unref);
  g_clear_pointer (&search->counts, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* ---- Weighing ----------------------------------------------------------- */

/* No class counts as rarer than this part of all. */
#define LEAST_SHARE (1.0 / 2000)

/* From one weight to its double. */
#define STEPS 8

static int32_t
get_class (const Search *search, uint32_t label)
{
  const LamLikelyInput *input = search->input;
  return input->get_class ? input->get_class (label, input->data) : 0;
}

/* Labels may be of other classes than in the last search. */
static void
count_classes (Search *search)
{
  GHashTableIter iter;
  gpointer label, value;
  g_hash_table_iter_init (&iter, lam_likely_cache_get_counts (search->cache));
  while (g_hash_table_iter_next (&iter, &label, &value)) {
    const int64_t n_voxels = *(const int64_t *)value;
    gpointer class =
        GINT_TO_POINTER (get_class (search, GPOINTER_TO_UINT (label)));
    int64_t *n = g_hash_table_lookup (search->counts, class);
    if (!n) {
      n = g_new0 (int64_t, 1);
      g_hash_table_insert (search->counts, class, n);
    }
    *n += n_voxels;
    search->n_voxels += n_voxels;
  }
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

/* A mistake is one of two classes. In steps, so that an edit, which makes some
 * class larger by a little, hardly ever changes what all the others count. */
static double
weigh_two (const Search *search, int32_t class, int32_t other)
{
  if (!search->input->get_class || search->n_voxels == 0)
    return 1;
  const double weight =
      (weigh_class (search, class) + weigh_class (search, other)) / 2;
  return exp2 (round (log2 (weight) * STEPS) / STEPS);
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

static void
find_centre (LamPlace *place)
{
  for (int i = 0; i < 3; i++)
    place->centre[i] =
        place->box.min[i] + (place->box.max[i] - 1 - place->box.min[i]) / 2;
}

/* Takes what is known of the place, and finds out the rest. */
static void
add_piece (GArray *places, LamPlace place, const LamPiece *piece)
{
  find_centre (&place);
  place.label = (uint32_t)piece->label.value;
  if (piece->n_known > 0)
    place.uncertainty = (double)piece->uncertainty / (double)piece->n_known;
  place.score = MAX (place.uncertainty / 255, EVEN) * (double)place.n_voxels;
  g_array_append_val (places, place);
}

/* A piece that becomes smaller plane by plane ends as things end; one that has
 * half of its usual extent in its last plane was rather lost. But of a ball
 * that is cut into few planes, the last may have much of its usual extent: up
 * to 6 (n - 1) / n² of it with n planes. */
static int64_t
least_end (const LamLikelyRules *rules, const LamPiece *piece, int axis)
{
  const double depth = (double)(piece->box.max[axis] - piece->box.min[axis]);
  const double of_ball = 6 * (depth - 1) / (depth * depth);
  const double usual = (double)piece->n_voxels / depth;
  return MAX (
      rules->least_end, (int64_t)(usual * MAX (0.5, BALL_MARGIN * of_ball)));
}

/* What is in one plane alone is one place, not two. */
static void
judge_ends (const LamLikelyRules *rules, const LamPiece *piece, GArray *places)
{
  for (int i = 0; i < LAM_N_PIECE_ENDS; i++) {
    const int axis = i / 2;
    const int64_t depth = piece->box.max[axis] - piece->box.min[axis];
    const LamPieceEnd *end = &piece->ends[i];
    if (end->n_stops < least_end (rules, piece, axis) || (depth == 1 && i % 2))
      continue;
    const LamPlace place = { .kind = LAM_PLACE_END,
      .box = end->box,
      .n_voxels = end->n_stops,
      .second = -1,
      .axis = axis };
    add_piece (places, place, piece);
  }
}

static void
judge_label (const LamPiece *piece, gconstpointer data, GArray *places)
{
  const LamLikelyRules *rules = data;
  const bool is_label = piece->label.value != 0;
  const LamPlace place = { .kind = is_label ? LAM_PLACE_TINY : LAM_PLACE_HOLE,
    .box = piece->box,
    .n_voxels = piece->n_voxels - piece->n_human,
    .second = -1 };
  if (place.n_voxels == 0)
    return;
  if (piece->n_voxels <= rules->most_tiny)
    add_piece (places, place, piece);
  else if (is_label)
    judge_ends (rules, piece, places);
}

static void
judge_slice (const LamPiece *piece, gconstpointer data, GArray *places)
{
  const LamLikelyRules *rules = data;
  const LamPlace place = { .kind = LAM_PLACE_SLICE,
    .box = piece->box,
    .n_voxels = piece->n_voxels,
    .beside = (uint32_t)piece->other.value,
    .second = -1,
    .axis = 2 };
  if (piece->n_voxels >= rules->least_slice)
    add_piece (places, place, piece);
}

static void
make_rules (Search *search)
{
  search->joins[LAM_LIKELY_BY_LABEL] =
      (LamJoinRule){ .by_label = true, .judge = judge_label };
  search->joins[LAM_LIKELY_SLICES] =
      (LamJoinRule){ .in_slices = true, .judge = judge_slice };
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++) {
    search->joins[i].data = search->rules;
    for (int axis = 0; axis < 3; axis++)
      search->joins[i].size[axis] = search->input->size[axis];
  }
}

/* ---- All bricks --------------------------------------------------------- */

/* Of what is loaded. `known`: what was cut out of it alone, or NULL. Takes
 * it. */
static LamLikelyEntry *
cut_brick (Search *search, LamLikelyEntry *known, LamLikelyState state,
    bool has_opinion)
{
  LamBrickPieces *brick = search->brick;
  LamLikelyEntry *entry = known ? known : g_new0 (LamLikelyEntry, 1);
  entry->state = state;
  if (!known) {
    lam_brick_pieces_cut_by_label (brick);
    entry->cuts[LAM_LIKELY_BY_LABEL] =
        lam_brick_cut_new (brick, &search->joins[LAM_LIKELY_BY_LABEL]);
  }
  g_clear_pointer (&entry->cuts[LAM_LIKELY_SLICES], lam_brick_cut_free);
  lam_brick_pieces_cut_slices (brick);
  entry->cuts[LAM_LIKELY_SLICES] =
      lam_brick_cut_new (brick, &search->joins[LAM_LIKELY_SLICES]);
  if (known || !has_opinion)
    return entry;
  lam_brick_pieces_mark_unsure (brick, search->rules->least_uncertainty);
  entry->doubt = lam_brick_doubt_new (brick);
  return entry;
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
  if (g_hash_table_contains (search->planes, &packed)
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
    return cut_brick (search,
        lam_likely_cache_take_own (
            search->cache, lam_brick_key_pack (key), state),
        state, stored.opinion != NULL);
  }
  LamLikelyEntry *none = g_new0 (LamLikelyEntry, 1);
  none->state = state;
  return none;
}

/* Without a cache of the caller's nothing is known of changes. */
static LamLikelyState
state_of (const Search *search, LamBrickKey key)
{
  const LamLikelyInput *input = search->input;
  LamBrickKey before = key_before (key);
  if (search->is_own)
    return (LamLikelyState){ 0, 0 };
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
  const LamLikelyState state = state_of (search, key);
  if (lam_likely_cache_find (search->cache, packed, state))
    return true;
  LamLikelyEntry *entry = read_brick (search, key, state, cancellable, error);
  if (entry)
    lam_likely_cache_put (search->cache, packed, entry);
  return entry != NULL;
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
  lam_likely_cache_drop_others (search->cache);
  return true;
}

/* ---- The best ----------------------------------------------------------- */

typedef struct {
  LamPlace place;
  bool is_filtered; /* and wanted */
} Candidate;

/* The first member of both */
G_STATIC_ASSERT (offsetof (Candidate, place) == 0);
G_STATIC_ASSERT (sizeof (Candidate) <= LAM_HEAP_MAX_ITEM);

static void
add_pieces (const GArray *places, gpointer data)
{
  Search *search = data;
  for (guint i = 0; i < places->len; i++) {
    Candidate candidate = { g_array_index (places, LamPlace, i), false };
    weigh (search, &candidate.place);
    lam_heap_push (search->candidates, &candidate, lam_place_compare);
  }
}

static bool
stands (guint n, gpointer data, bool *stands, GError **error)
{
  const LamLikelyInput *input = ((Search *)data)->input;
  return input->stands (n, input->data, stands, error);
}

static bool
add_looks (Search *search, LamProgress *progress, GError **error)
{
  const LamLikelyInput *input = search->input;
  const LamLookRule rule = { .weigh = weigh_label,
    .settled = input->settled,
    .stands = stands,
    .data = search,
    .least = search->rules->least_unsure,
    .limit = search->rules->limit };
  g_autoptr (GArray) looks = g_array_new (false, false, sizeof (LamLook));
  if (!lam_look_map_find (lam_likely_cache_get_looks (search->cache), &rule,
          looks, progress, error))
    return false;
  for (guint i = 0; i < looks->len; i++) {
    const LamLook *look = &g_array_index (looks, LamLook, i);
    Candidate candidate = { .place = { .kind = LAM_PLACE_UNSURE,
                                .box = look->box,
                                .n_voxels = look->n_voxels,
                                .label = look->label,
                                .second = look->second,
                                .uncertainty = look->uncertainty,
                                .score = look->score } };
    find_centre (&candidate.place);
    lam_heap_push (search->candidates, &candidate, lam_place_compare);
  }
  return true;
}

/* Whoever filters may ask for much, so only what is among the best is asked
 * about; what counts less then has its turn later. */
static bool
choose (Search *search, GError **error)
{
  const LamLikelyInput *input = search->input;
  while (search->candidates->len > 0
      && search->places->len < search->rules->limit) {
    Candidate best;
    lam_heap_pop (search->candidates, &best, lam_place_compare);
    const double score = best.place.score;
    bool is_wanted = true;
    if (input->filter && !best.is_filtered
        && !input->filter (&best.place, input->data, &is_wanted, error))
      return false;
    best.is_filtered = true;
    if (is_wanted && best.place.score < score)
      lam_heap_push (search->candidates, &best, lam_place_compare);
    else if (is_wanted)
      g_array_append_val (search->places, best.place);
  }
  return true;
}

static bool
find (Search *search, LamProgress *progress, GError **error)
{
  if (!add_bricks (search, progress, error))
    return false;
  count_classes (search);
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++) {
    LamPieceJoiner *joiner =
        lam_likely_cache_get_joiner (search->cache, (LamLikelyCut)i);
    lam_piece_joiner_join (joiner, &search->joins[i]);
    lam_piece_joiner_foreach (joiner, add_pieces, search);
  }
  return add_looks (search, progress, error) && choose (search, error);
}

GArray *
lam_likely_errors_find (const LamLikelyInput *input,
    const LamLikelyRules *rules, LamLikelyCache *cache, LamProgress *progress,
    GError **error)
{
  g_auto (Search) search = { .input = input,
    .rules = rules,
    .cache = cache ? cache : lam_likely_cache_new (G_MAXINT64),
    .is_own = !cache,
    .brick = lam_brick_pieces_new (),
    .candidates = g_array_new (false, false, sizeof (Candidate)),
    .places = g_array_new (false, false, sizeof (LamPlace)),
    .keys = g_array_copy ((GArray *)input->keys),
    .planes =
        g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free),
    .counts = g_hash_table_new_full (NULL, NULL, NULL, g_free) };
  g_array_sort (search.keys, compare_keys);
  make_rules (&search);
  lam_likely_cache_begin (search.cache);
  const bool done = find (&search, progress, error);
  lam_likely_cache_end (search.cache);
  return done ? g_steal_pointer (&search.places) : NULL;
}
