/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two moments count. Up to `heard` theirs is known here: they parted there, or
 * I merged theirs then; what they changed later is news, and where I am another
 * than they were then, I have said something that they may not know. At
 * `shared` they merged mine: where both were the same after that, what they say
 * is my own word, which I may have changed since. What they did was known after
 * either undid more than that, as it is worked out from the histories
 * (past.h). */
#include "store/merge-past.h"

#include "base/int64-hash.h"
#include "store/store-private.h"

/* Of one project, at one moment. */
typedef struct {
  int64_t row;
  LamPast *past; /* Owned */
  GPtrArray *changes; /* Owned; LamRowChange, from now to then */
} Moment;

struct _LamMergePast {
  LamBulkEdit *bulk; /* Borrowed; of mine */
  LamStore *theirs_store, *file_store; /* Borrowed; file_store or NULL */
  LamMergeLook mine, theirs, file; /* Owned; `file`: of file_store */
  LamMergeBase base;
  bool has_base; /* else the file is it */
  bool has_shared;
  bool has_file_failed;
  Moment mine_heard, theirs_heard; /* Owned; with has_base */
  Moment mine_shared, theirs_shared; /* Owned; with has_shared */
};

static void
moment_clear (Moment *moment)
{
  g_clear_pointer (&moment->past, lam_past_free);
  g_clear_pointer (&moment->changes, g_ptr_array_unref);
}

void
lam_merge_past_free (LamMergePast *past)
{
  lam_merge_look_clear (&past->mine);
  lam_merge_look_clear (&past->theirs);
  lam_merge_look_clear (&past->file);
  moment_clear (&past->mine_heard);
  moment_clear (&past->theirs_heard);
  moment_clear (&past->mine_shared);
  moment_clear (&past->theirs_shared);
  g_free (past);
}

const LamMergeLook *
lam_merge_past_get_mine (const LamMergePast *past)
{
  return &past->mine;
}

const LamMergeLook *
lam_merge_past_get_theirs (const LamMergePast *past)
{
  return &past->theirs;
}

const LamMergeBase *
lam_merge_past_get_base (const LamMergePast *past)
{
  return past->has_base ? &past->base : NULL;
}

bool
lam_merge_past_has_file_failed (const LamMergePast *past)
{
  return past->has_file_failed;
}

/* ---- Looking ------------------------------------------------------------ */

static bool
look_work (LamConnection *connection, gpointer data, GError **error)
{
  return lam_merge_look (data, connection, error);
}

static bool
moment_work (LamConnection *connection, gpointer data, GError **error)
{
  Moment *moment = data;
  moment->past = lam_past_new (connection, moment->row, error);
  if (moment->past)
    moment->changes = lam_past_dup_rows (moment->past, error);
  return moment->changes != NULL;
}

static bool
look_back (LamMergePast *past, Moment *mine, Moment *theirs, GError **error)
{
  return lam_bulk_edit_work (past->bulk, moment_work, mine, error)
      && lam_store_work (past->theirs_store, moment_work, theirs, error);
}

/* A file is the base until a merge is known to have been done. */
static bool
find_base (LamMergePast *past, GError **error)
{
  if (!past->file_store)
    past->has_base =
        lam_merge_find_base (&past->mine, &past->theirs, &past->base, error);
  else if (lam_store_work (past->file_store, look_work, &past->file, error)
      && lam_merge_check_size (&past->mine, &past->file, error))
    past->has_base =
        lam_merge_find_merged (&past->mine, &past->theirs, &past->base);
  else
    return false;
  return past->has_base || past->file_store;
}

static bool
look (LamMergePast *past, GError **error)
{
  if (!lam_bulk_edit_work (past->bulk, look_work, &past->mine, error)
      || !lam_store_work (past->theirs_store, look_work, &past->theirs, error)
      || !lam_merge_check_size (&past->mine, &past->theirs, error)
      || !find_base (past, error))
    return false;
  past->mine_heard.row = past->base.mine;
  past->theirs_heard.row = past->base.theirs;
  past->has_shared = lam_merge_find_shared (&past->mine, &past->theirs,
      &past->base, &past->mine_shared.row, &past->theirs_shared.row);
  return (!past->has_base
             || look_back (past, &past->mine_heard, &past->theirs_heard, error))
      && (!past->has_shared
          || look_back (past, &past->mine_shared, &past->theirs_shared, error));
}

LamMergePast *
lam_merge_past_new (
    LamBulkEdit *mine, LamStore *theirs, LamStore *base, GError **error)
{
  LamMergePast *past = g_new0 (LamMergePast, 1);
  past->bulk = mine;
  past->theirs_store = theirs;
  past->file_store = base;
  if (look (past, error))
    return past;
  lam_merge_past_free (past);
  return NULL;
}

/* ---- Rows --------------------------------------------------------------- */

/* The rows as they were, or as they are where `moment` was not looked at. */
static void
copy_back (LamRowSet *set, const LamRowSet *now, const Moment *moment)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  lam_row_set_copy_back (
      set, now, moment && moment->changes ? moment->changes : none);
}

bool
lam_merge_past_begin_rows (
    LamMergePast *past, LamRowMerge *rows, GError **error)
{
  const LamRowSet *mine = &past->mine.rows, *theirs = &past->theirs.rows;
  const LamRowSet *file = past->has_base ? NULL : &past->file.rows;
  lam_row_merge_begin (rows);
  copy_back (&rows->mine, mine, NULL);
  copy_back (&rows->theirs, theirs, NULL);
  copy_back (&rows->mine_before, file ? file : mine, &past->mine_heard);
  copy_back (&rows->theirs_before, file ? file : theirs, &past->theirs_heard);
  rows->has_shared = past->has_shared;
  copy_back (&rows->mine_shared, mine, &past->mine_shared);
  copy_back (&rows->theirs_shared, theirs, &past->theirs_shared);
  return lam_merge_add_known (
      &past->mine, &past->theirs, &past->base, rows->ids, error);
}

/* ---- Bricks ------------------------------------------------------------- */

static void
add_keys (GHashTable *keys, GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    g_hash_table_add (
        keys, g_memdup2 (&g_array_index (more, int64_t, i), sizeof (int64_t)));
  g_array_unref (more);
}

/* A brick that theirs did not touch stays mine. */
GArray *
lam_merge_past_list_theirs (LamMergePast *past, GError **error)
{
  if (past->has_base)
    return lam_past_dup_keys (past->theirs_heard.past);
  g_autoptr (GHashTable) set =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  LamStore *stores[] = { past->theirs_store, past->file_store };
  for (size_t i = 0; i < G_N_ELEMENTS (stores); i++) {
    GArray *more = lam_store_list_bricks (stores[i], error);
    if (!more)
      return NULL;
    add_keys (set, more);
  }
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (keys, key, 1);
  g_array_sort (keys, lam_int64_compare);
  return keys;
}

GArray *
lam_merge_past_list_mine (LamMergePast *past, GError **error)
{
  return past->has_base ? lam_past_dup_keys (past->mine_heard.past)
                        : lam_bulk_edit_dup_keys (past->bulk, error);
}

typedef struct {
  LamPast *past; /* Borrowed */
  int64_t key;
  LamLabelBrick *brick; /* Owned */
} PastRequest;

static bool
past_work (LamConnection *connection, gpointer data, GError **error)
{
  PastRequest *request = data;
  GError *local = NULL;
  request->brick = lam_past_read (request->past, request->key, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
read_theirs (LamMergePast *past, const Moment *moment, int64_t key,
    LamLabelBrick **brick, GError **error)
{
  PastRequest request = { moment->past, key, NULL };
  bool done = lam_store_work (past->theirs_store, past_work, &request, error);
  *brick = request.brick;
  return done;
}

static bool
read_heard (
    LamMergePast *past, int64_t key, LamLabelBrick **brick, GError **error)
{
  if (past->has_base)
    return read_theirs (past, &past->theirs_heard, key, brick, error);
  GError *local = NULL;
  *brick = lam_store_read_brick (
      past->file_store, lam_brick_key_unpack (key), NULL, &local);
  past->has_file_failed = past->has_file_failed || local;
  if (local)
    g_propagate_error (error, local);
  return !local;
}

typedef struct {
  uint32_t label;
  uint16_t source;
} Voxel;

static Voxel
get_voxel (const LamLabelBrick *brick, int i)
{
  Voxel voxel = { 0, LAM_SOURCE_UNSET };
  if (brick) {
    voxel.label = lam_label_brick_get_label (brick, i);
    voxel.source = lam_label_brick_get_source (brick, i);
  }
  return voxel;
}

/* Runs are copied, so that one has several numbers. */
static bool
is_same (Voxel a, Voxel b)
{
  return a.label == b.label
      && (a.source == b.source
          || (a.source >= LAM_SOURCE_FIRST_RUN
              && b.source >= LAM_SOURCE_FIRST_RUN));
}

/* Where both were the same at `shared`, that is what was before. */
static void
put_shared (LamLabelBrick **before, const LamLabelBrick *mine,
    const LamLabelBrick *theirs)
{
  LamLabelBrick *both =
      *before ? lam_label_brick_copy (*before) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (both);
  uint16_t *sources = lam_label_brick_write_sources (both);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const Voxel voxel = get_voxel (theirs, i);
    if (!is_same (voxel, get_voxel (mine, i)))
      continue;
    labels[i] = voxel.label;
    sources[i] = voxel.source;
  }
  lam_label_brick_settle (both);
  g_clear_pointer (before, lam_label_brick_unref);
  *before = both;
}

static bool
read_shared (LamMergePast *past, int64_t key, LamMergeRuns *runs,
    LamIdMap *labels, LamLabelBrick **before, GError **error)
{
  g_autoptr (LamLabelBrick) theirs = NULL;
  PastRequest mine = { past->mine_shared.past, key, NULL };
  bool done = lam_bulk_edit_work (past->bulk, past_work, &mine, error)
      && read_theirs (past, &past->theirs_shared, key, &theirs, error)
      && lam_merge_runs_translate (runs, labels, &theirs, error);
  if (done)
    put_shared (before, mine.brick, theirs);
  g_clear_pointer (&mine.brick, lam_label_brick_unref);
  return done;
}

bool
lam_merge_past_read (LamMergePast *past, int64_t key, LamMergeRuns *runs,
    LamIdMap *labels, LamLabelBrick **before, GError **error)
{
  return read_heard (past, key, before, error)
      && lam_merge_runs_translate (runs, labels, before, error)
      && (!past->has_shared
          || read_shared (past, key, runs, labels, before, error));
}
