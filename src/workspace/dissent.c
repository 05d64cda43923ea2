/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/dissent.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "store/voices.h"

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

/* ---- Whose label is whose ----------------------------------------------- */

typedef struct {
  LamDissentPair pair;
  int64_t n_voxels;
} Overlap;

static uint32_t
get_mine (const LamDissentBricks *two, int i)
{
  return two->mine ? lam_label_brick_get_label (two->mine, i) : 0;
}

/* Of all pairs, also where the voice is silent, which counts to the size of
 * mine. As labels come in runs, the last pair is remembered. */
static void
count_overlaps (const LamDissentBricks *two, GHashTable *counts)
{
  Overlap *last = NULL;
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    LamDissentPair pair;
    if (!lam_dissent_bricks_get (two, i, &pair))
      pair = (LamDissentPair){ get_mine (two, i), 0 };
    if (!last || last->pair.theirs != pair.theirs
        || last->pair.mine != pair.mine) {
      const int64_t key = (int64_t)pair.theirs << 32 | pair.mine;
      last = g_hash_table_lookup (counts, &key);
      if (!last) {
        last = g_new0 (Overlap, 1);
        last->pair = pair;
        g_hash_table_insert (counts, g_memdup2 (&key, sizeof key), last);
      }
    }
    last->n_voxels++;
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
add_to (GHashTable *totals, uint32_t label, int64_t n)
{
  int64_t *total = g_hash_table_lookup (totals, GUINT_TO_POINTER (label));
  if (!total) {
    total = g_new0 (int64_t, 1);
    g_hash_table_insert (totals, GUINT_TO_POINTER (label), total);
  }
  *total += n;
}

/* Voxels of each label, in bricks of which the voice says anything. */
typedef struct {
  GHashTable *mine, *theirs; /* Owned; label → int64_t * */
} Totals;

static void
totals_clear (Totals *totals)
{
  g_clear_pointer (&totals->mine, g_hash_table_unref);
  g_clear_pointer (&totals->theirs, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Totals, totals_clear)

static Totals
sum_totals (const GList *overlaps)
{
  Totals totals = { g_hash_table_new_full (NULL, NULL, NULL, g_free),
    g_hash_table_new_full (NULL, NULL, NULL, g_free) };
  for (const GList *link = overlaps; link; link = link->next) {
    const Overlap *overlap = link->data;
    add_to (totals.mine, overlap->pair.mine, overlap->n_voxels);
    add_to (totals.theirs, overlap->pair.theirs, overlap->n_voxels);
  }
  return totals;
}

/* Two objects that hardly touch are not one. */
static bool
could_be_one (
    const LamDissent *dissent, const Overlap *overlap, const Totals *totals)
{
  const LamDissentPair *pair = &overlap->pair;
  if (pair->theirs == 0 || pair->mine == 0
      || class_of_theirs (dissent, pair->theirs)
          != class_of_mine (dissent, pair->mine))
    return false;
  const int64_t *mine =
      g_hash_table_lookup (totals->mine, GUINT_TO_POINTER (pair->mine));
  const int64_t *theirs =
      g_hash_table_lookup (totals->theirs, GUINT_TO_POINTER (pair->theirs));
  return LAM_DISSENT_SHARE * overlap->n_voxels >= MIN (*mine, *theirs);
}

static void
match_labels (LamDissent *dissent, GHashTable *counts)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GList) overlaps =
      g_list_sort (g_hash_table_get_values (counts), compare_overlaps);
  g_auto (Totals) totals = sum_totals (overlaps);
  for (GList *link = overlaps; link; link = link->next) {
    const Overlap *overlap = link->data;
    gpointer theirs = GUINT_TO_POINTER (overlap->pair.theirs);
    gpointer mine = GUINT_TO_POINTER (overlap->pair.mine);
    if (!could_be_one (dissent, overlap, &totals)
        || g_hash_table_contains (dissent->match, theirs)
        || !g_hash_table_add (taken, mine))
      continue;
    g_hash_table_insert (dissent->match, theirs, mine);
  }
}

static bool
find_matches (LamDissent *dissent, LamProgress *progress, GError **error)
{
  g_autoptr (GHashTable) counts =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  for (guint i = 0; i < dissent->keys->len; i++) {
    g_auto (LamDissentBricks) two = { 0 };
    if (!lam_dissent_read (dissent, i, &two, error)
        || !lam_progress_check (progress, error))
      return false;
    count_overlaps (&two, counts);
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

int32_t
lam_dissent_get_class (const LamDissent *dissent, uint32_t theirs)
{
  return class_of_theirs (dissent, theirs);
}

int64_t
lam_dissent_get_voice (const LamDissent *dissent)
{
  return dissent->voice;
}

LamVoice *
lam_dissent_find_voice (LamStore *store, int64_t id, GError **error)
{
  g_autoptr (GPtrArray) voices = lam_store_list_voices (store, error);
  for (guint i = 0; voices && i < voices->len; i++)
    if (((LamVoice *)voices->pdata[i])->id == id)
      return g_ptr_array_steal_index (voices, i);
  if (voices)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What the other person said was taken away meanwhile"));
  return NULL;
}

LamVoice *
lam_dissent_find_voice_at (
    LamStore *store, const int64_t voxel[3], GError **error)
{
  g_autoptr (GPtrArray) voices = lam_store_list_voices (store, error);
  for (guint i = voices ? voices->len : 0; i-- > 0;)
    if (lam_box_contains (&((LamVoice *)voices->pdata[i])->box, voxel))
      return g_ptr_array_steal_index (voices, i);
  if (voices)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("No second person’s labels are about this place"));
  return NULL;
}

/* ---- Objects ------------------------------------------------------------ */

static uint32_t
find_theirs (const LamDissent *dissent, uint32_t mine)
{
  GHashTableIter iter;
  gpointer theirs, match;
  g_hash_table_iter_init (&iter, dissent->match);
  while (g_hash_table_iter_next (&iter, &theirs, &match))
    if (GPOINTER_TO_UINT (match) == mine)
      return GPOINTER_TO_UINT (theirs);
  return 0;
}

bool
lam_dissent_get_object (
    const LamDissent *dissent, LamDissentPair pair, LamDissentObject *object)
{
  const int32_t theirs = class_of_theirs (dissent, pair.theirs);
  const int32_t mine = class_of_mine (dissent, pair.mine);
  *object = (LamDissentObject){ .dissent = dissent,
    .class_id = theirs != 0 ? theirs : mine };
  if (object->class_id == 0)
    return false;
  if (dissent->is_own)
    object->pair.mine = object->pair.theirs =
        theirs != 0 ? pair.theirs : pair.mine;
  else if (!has_instances (dissent, object->class_id))
    object->is_class = true;
  else if (theirs != 0)
    object->pair =
        (LamDissentPair){ get_match (dissent, pair.theirs), pair.theirs };
  else
    object->pair =
        (LamDissentPair){ pair.mine, find_theirs (dissent, pair.mine) };
  return true;
}

bool
lam_dissent_object_has (const LamDissentObject *object, LamDissentPair pair)
{
  const LamDissent *dissent = object->dissent;
  if (object->is_class)
    return class_of_theirs (dissent, pair.theirs) == object->class_id
        || class_of_mine (dissent, pair.mine) == object->class_id;
  return (pair.theirs != 0 && pair.theirs == object->pair.theirs)
      || (pair.mine != 0 && pair.mine == object->pair.mine);
}

/* ---- Reading ------------------------------------------------------------ */

void
lam_dissent_bricks_clear (LamDissentBricks *two)
{
  g_clear_pointer (&two->mine, lam_label_brick_unref);
  g_clear_pointer (&two->theirs, lam_label_brick_unref);
}

bool
lam_dissent_read (
    const LamDissent *dissent, guint i, LamDissentBricks *two, GError **error)
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

bool
lam_dissent_bricks_get (
    const LamDissentBricks *two, int i, LamDissentPair *pair)
{
  if (!two->theirs
      || lam_label_brick_get_source (two->theirs, i) == LAM_SOURCE_UNSET)
    return false;
  pair->theirs = lam_label_brick_get_label (two->theirs, i);
  pair->mine = get_mine (two, i);
  return true;
}

bool
lam_dissent_read_voxel (const LamDissent *dissent, const int64_t voxel[3],
    LamDissentPair *pair, GError **error)
{
  g_auto (LamDissentBricks) two = { 0 };
  const int64_t key =
      lam_brick_key_pack ((LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
          (int32_t)(voxel[1] / LAM_BRICK_EDGE),
          (int32_t)(voxel[2] / LAM_BRICK_EDGE) });
  const int index = (int)(voxel[0] % LAM_BRICK_EDGE
      + LAM_BRICK_EDGE
          * (voxel[1] % LAM_BRICK_EDGE
              + LAM_BRICK_EDGE * (voxel[2] % LAM_BRICK_EDGE)));
  guint i;
  const bool is_there =
      g_array_binary_search (dissent->keys, &key, lam_int64_compare, &i);
  if (is_there && !lam_dissent_read (dissent, i, &two, error))
    return false;
  if (is_there && lam_dissent_bricks_get (&two, index, pair))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The second person says nothing of this place"));
  return false;
}
