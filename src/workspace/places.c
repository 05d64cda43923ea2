/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/places.h"

#include "base/int64-hash.h"
#include "segment/likely-errors.h"
#include "store/brick-changes.h"
#include "store/opinions.h"
#include "store/verdicts.h"
#include "store/voices.h"
#include "workspace/dissent-places.h"
#include "workspace/verdict-grid.h"

/* Of a place that a person looked at without being able to decide. */
#define LOOKED_AT 0.25

/* Of what was cut out of bricks; some ten thousand of them. */
#define MEMORY_BYTES (INT64_C (256) << 20)

typedef enum { UNKNOWN, STANDS, CONTRADICTED } Standing;

/* Of a verdict, as long as no brick of its box has a later change. Once one is
 * taken back, its id is given again: `time` tells them apart. */
typedef struct {
  Standing standing;
  int64_t change, time;
} Known;

struct _LamPlaceMemory {
  gatomicrefcount n_refs;
  GMutex lock; /* held for as long as a search takes */
  GWeakRef store; /* that all this is about */
  LamLikelyCache *cuts; /* Owned */
  GHashTable *standings; /* Owned; id of a verdict → Known */
  int64_t n_read;
};

typedef struct {
  LamStore *store; /* Borrowed */
  LamPlaceMemory *memory; /* Borrowed, locked; or NULL */
  GHashTable *changes; /* Owned; with a memory: numbers of last changes */
  GArray *verdicts; /* Owned, of LamVerdictRow */
  LamVerdictGrid *grid; /* Owned; of all those */
  GArray *settled; /* Owned; LamBox of those that may settle what is there */
  GArray *settlers; /* Owned; guint, which verdicts those are of */
  Standing *standings; /* Owned; beside them, looked up once it matters */
  const LamClassTable *classes; /* Borrowed */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->changes, g_hash_table_unref);
  g_clear_pointer (&search->verdicts, g_array_unref);
  g_clear_pointer (&search->grid, lam_verdict_grid_free);
  g_clear_pointer (&search->settled, g_array_unref);
  g_clear_pointer (&search->settlers, g_array_unref);
  g_free (search->standings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* ---- What is remembered ------------------------------------------------- */

LamPlaceMemory *
lam_place_memory_new (void)
{
  LamPlaceMemory *memory = g_new0 (LamPlaceMemory, 1);
  g_atomic_ref_count_init (&memory->n_refs);
  g_mutex_init (&memory->lock);
  g_weak_ref_init (&memory->store, NULL);
  memory->cuts = lam_likely_cache_new (MEMORY_BYTES);
  memory->standings =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  return memory;
}

LamPlaceMemory *
lam_place_memory_ref (LamPlaceMemory *memory)
{
  g_atomic_ref_count_inc (&memory->n_refs);
  return memory;
}

void
lam_place_memory_unref (LamPlaceMemory *memory)
{
  if (!g_atomic_ref_count_dec (&memory->n_refs))
    return;
  lam_likely_cache_free (memory->cuts);
  g_hash_table_unref (memory->standings);
  g_weak_ref_clear (&memory->store);
  g_mutex_clear (&memory->lock);
  g_free (memory);
}

int64_t
lam_place_memory_get_n_read (LamPlaceMemory *memory)
{
  g_mutex_lock (&memory->lock);
  int64_t n = memory->n_read;
  g_mutex_unlock (&memory->lock);
  return n;
}

/* Numbers of changes are those of one store. */
static void
forget_other (LamPlaceMemory *memory, LamStore *store)
{
  g_autoptr (LamStore) before = g_weak_ref_get (&memory->store);
  memory->n_read = 0;
  if (before == store)
    return;
  lam_likely_cache_clear (memory->cuts);
  g_hash_table_remove_all (memory->standings);
  g_weak_ref_set (&memory->store, store);
}

static int64_t
get_change (LamBrickKey key, gpointer data)
{
  const Search *search = data;
  const int64_t packed = lam_brick_key_pack (key);
  const int64_t *number = g_hash_table_lookup (search->changes, &packed);
  return number ? *number : 0;
}

static int64_t
newest_change (const Search *search, const LamBox *box)
{
  LamBox bricks = lam_box_bricks (box);
  int64_t newest = 0;
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        newest = MAX (newest, get_change (key, (gpointer)search));
      }
  return newest;
}

static Standing
remember (const Search *search, const LamVerdictRow *row)
{
  const Known *known = search->memory
      ? g_hash_table_lookup (search->memory->standings, &row->id)
      : NULL;
  return known && known->time == row->time
          && known->change == newest_change (search, &row->box)
      ? known->standing
      : UNKNOWN;
}

static void
keep (const Search *search, const LamVerdictRow *row, Standing standing)
{
  const Known known = { standing, newest_change (search, &row->box),
    row->time };
  g_hash_table_replace (search->memory->standings,
      g_memdup2 (&row->id, sizeof row->id), g_memdup2 (&known, sizeof known));
}

/* ---- What a box holds --------------------------------------------------- */

static int
index_in_brick (const LamBox *brick, const int64_t at[3])
{
  return (int)(at[0] - brick->min[0]
      + LAM_BRICK_EDGE
          * (at[1] - brick->min[1] + LAM_BRICK_EDGE * (at[2] - brick->min[2])));
}

/* `brick` NULL: nobody said anything there. */
static void
add_voxels (LamBoxState *state, LamBrickKey key, const LamBox *box,
    const LamLabelBrick *brick, const LamOpinion *opinion)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, box);
  for (int64_t z = part.min[2]; brick && z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        const int64_t at[3] = { x, y, z };
        const int i = index_in_brick (&whole, at);
        const uint16_t source = lam_label_brick_get_source (brick, i);
        uint8_t uncertainty;
        if (source >= LAM_SOURCE_FIRST_RUN)
          state->run = MAX (state->run, source - LAM_SOURCE_FIRST_RUN);
        if (lam_opinion_get (opinion, i, source, &uncertainty, NULL))
          state->uncertainty += uncertainty;
      }
}

static void
add_samples (LamBoxState *state, LamBrickKey key, const LamBox *box,
    const LamLabelBrick *brick)
{
  LamBox whole = lam_brick_box (key);
  for (int sample = 0; sample < LAM_BOX_SAMPLES; sample++) {
    int64_t at[3];
    lam_box_sample (box, sample, at);
    if (!lam_box_contains (&whole, at))
      continue;
    const uint32_t label = brick
        ? lam_label_brick_get_label (brick, index_in_brick (&whole, at))
        : 0;
    state->labels =
        (int64_t)((uint64_t)state->labels | lam_box_sample_bit (sample, label));
  }
}

static bool
observe (LamStore *store, const LamBox *box, LamBoxState *state, GError **error)
{
  GError *local = NULL;
  LamBox bricks = lam_box_bricks (box);
  *state = (LamBoxState){ 0 };
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        g_autoptr (LamLabelBrick) brick =
            lam_store_read_brick (store, key, NULL, &local);
        g_autoptr (LamOpinion) opinion =
            local ? NULL : lam_store_read_opinion (store, key, NULL, &local);
        if (local) {
          g_propagate_error (error, local);
          return false;
        }
        add_voxels (state, key, box, brick, opinion);
        add_samples (state, key, box, brick);
      }
  return true;
}

/* ---- Finding ------------------------------------------------------------ */

static LamLabelBrick *
read_brick (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  const Search *search = data;
  if (search->memory)
    search->memory->n_read++;
  return lam_store_read_brick (search->store, key, cancellable, error);
}

static LamOpinion *
read_opinion (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  return lam_store_read_opinion (
      ((Search *)data)->store, key, cancellable, error);
}

static bool
look_up_standing (Search *search, guint i, GError **error)
{
  const LamVerdictRow *row =
      &g_array_index (search->verdicts, LamVerdictRow, i);
  LamBoxState now;
  if (search->standings[i] == UNKNOWN)
    search->standings[i] = remember (search, row);
  if (search->standings[i] != UNKNOWN)
    return true;
  if (!observe (search->store, &row->box, &now, error))
    return false;
  search->standings[i] =
      lam_verdict_is_contradicted (row, &now) ? CONTRADICTED : STANDS;
  if (search->memory)
    keep (search, row, search->standings[i]);
  return true;
}

/* The newest verdict of the place counts. */
static bool
filter (LamPlace *place, gpointer data, bool *is_wanted, GError **error)
{
  Search *search = data;
  const int i = lam_verdict_grid_find (search->grid, place);
  place->overruled = 0;
  if (i < 0)
    return true;
  const LamVerdictRow *row =
      &g_array_index (search->verdicts, LamVerdictRow, i);
  /* It is there again: what was decided was undone. */
  place->overruled = row->id;
  if (row->kind == LAM_PLACE_DISSENT && row->verdict == LAM_VERDICT_CORRECTED)
    return true;
  if (!look_up_standing (search, (guint)i, error))
    return false;
  if (search->standings[i] == CONTRADICTED)
    return true;
  place->overruled = 0;
  place->is_looked_at = row->verdict == LAM_VERDICT_UNSURE;
  if (place->is_looked_at)
    place->score *= LOOKED_AT;
  *is_wanted = place->is_looked_at;
  return true;
}

/* A border between two people runs around what nobody looked at. */
static bool
fills_its_box (const LamVerdictRow *row)
{
  return row->kind != LAM_PLACE_DISSENT
      || 2 * row->score >= (double)lam_box_volume (&row->box);
}

static bool
may_settle (const LamVerdictRow *row)
{
  return row->verdict != LAM_VERDICT_UNSURE && fills_its_box (row);
}

static void
list_verdicts (Search *search)
{
  search->standings = g_new0 (Standing, search->verdicts->len + 1);
  search->grid = lam_verdict_grid_new ();
  search->settled = g_array_new (false, false, sizeof (LamBox));
  search->settlers = g_array_new (false, false, sizeof (guint));
  for (guint i = 0; i < search->verdicts->len; i++) {
    const LamVerdictRow *row =
        &g_array_index (search->verdicts, LamVerdictRow, i);
    lam_verdict_grid_add (search->grid, row);
    if (!may_settle (row))
      continue;
    g_array_append_val (search->settled, row->box);
    g_array_append_val (search->settlers, i);
  }
}

static bool
stands (guint n, gpointer data, bool *stands, GError **error)
{
  Search *search = data;
  const guint i = g_array_index (search->settlers, guint, n);
  if (!look_up_standing (search, i, error))
    return false;
  *stands = search->standings[i] == STANDS;
  return true;
}

/* What a person was sure of. */
static bool
list_settled (Search *search, const LamBox *box, GArray *boxes, GError **error)
{
  for (guint i = 0; i < search->verdicts->len; i++) {
    const LamVerdictRow *row =
        &g_array_index (search->verdicts, LamVerdictRow, i);
    LamBox both = lam_box_intersect (&row->box, box);
    if (!may_settle (row) || lam_box_is_empty (&both))
      continue;
    if (!look_up_standing (search, i, error))
      return false;
    if (search->standings[i] == STANDS)
      g_array_append_val (boxes, row->box);
  }
  return true;
}

static int32_t
get_class (uint32_t label, gpointer data)
{
  const LamLabel *row =
      lam_class_table_get_label (((Search *)data)->classes, label);
  return row ? row->class_id : 0;
}

/* What another person says otherwise, and nobody has decided on. */
static bool
add_dissents (
    Search *search, GArray *places, LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) voices = lam_store_list_voices (search->store, error);
  g_autoptr (GArray) found = g_array_new (false, true, sizeof (LamPlace));
  if (!voices)
    return false;
  for (guint i = 0; i < voices->len; i++) {
    g_autoptr (LamDissent) dissent = lam_dissent_new (
        search->store, voices->pdata[i], search->classes, progress, error);
    if (!dissent || !lam_dissent_find (dissent, NULL, found, progress, error))
      return false;
  }
  /* Where one of two people sees all a voxel beside the other, there is no end
   * of them. */
  const guint most = places->len + lam_likely_rules.limit;
  g_array_sort (found, lam_place_compare);
  for (guint i = 0; i < found->len && places->len < most; i++) {
    LamPlace *place = &g_array_index (found, LamPlace, i);
    bool is_wanted = true;
    if (!filter (place, search, &is_wanted, error))
      return false;
    if (is_wanted)
      g_array_append_vals (places, place, 1);
  }
  if (found->len > 0)
    g_array_sort (places, lam_place_compare);
  return true;
}

static GArray *
find (Search *search, const GArray *keys, LamProgress *progress, GError **error)
{
  LamPlaceMemory *memory = search->memory;
  if (memory)
    search->changes = lam_store_dup_brick_changes (search->store, error);
  if (memory && !search->changes)
    return NULL;
  search->verdicts = lam_store_list_verdicts (search->store, error);
  if (!search->verdicts)
    return NULL;
  list_verdicts (search);
  LamLikelyInput input = { .keys = keys,
    .read_brick = read_brick,
    .read_opinion = read_opinion,
    .filter = filter,
    .settled = search->settled,
    .stands = stands,
    .get_class = get_class,
    .get_change = get_change,
    .data = search };
  for (int i = 0; i < 3; i++)
    input.size[i] = lam_store_get_volume (search->store)->size[i];
  g_autoptr (GArray) places = lam_likely_errors_find (
      &input, &lam_likely_rules, memory ? memory->cuts : NULL, progress, error);
  return places && add_dissents (search, places, progress, error)
      ? g_steal_pointer (&places)
      : NULL;
}

GArray *
lam_places_find (LamStore *store, const GArray *keys,
    const LamClassTable *classes, LamPlaceMemory *memory, LamProgress *progress,
    GError **error)
{
  g_auto (Search)
      search = { .store = store, .memory = memory, .classes = classes };
  if (!memory)
    return find (&search, keys, progress, error);
  g_mutex_lock (&memory->lock);
  forget_other (memory, store);
  GArray *places = find (&search, keys, progress, error);
  g_mutex_unlock (&memory->lock);
  return places;
}

int64_t
lam_places_say (LamStore *store, const LamPlace *place, LamVerdict verdict,
    const char *note, GError **error)
{
  LamVerdictRow row = lam_verdict_row_of (place, verdict);
  row.time = g_get_real_time ();
  return place->kind == LAM_PLACE_DISSENT
          || observe (store, &row.box, &row.state, error)
      ? lam_store_add_verdict (store, &row, note, error)
      : 0;
}

GArray *
lam_places_list_settled (LamStore *store, const LamBox *box, GError **error)
{
  g_auto (Search) search = { .store = store,
    .verdicts = lam_store_list_verdicts (store, error) };
  g_autoptr (GArray) boxes = g_array_new (false, false, sizeof (LamBox));
  if (!search.verdicts)
    return NULL;
  search.standings = g_new0 (Standing, search.verdicts->len + 1);
  return list_settled (&search, box, boxes, error) ? g_steal_pointer (&boxes)
                                                   : NULL;
}
