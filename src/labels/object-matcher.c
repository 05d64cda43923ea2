/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three steps: count in how many voxels each pair of a new and an old object
 * overlaps; choose ids from that alone; write them, and count the objects
 * anew, for fixed voxels took some of theirs. Voxels come in rows of the same
 * pair, so that tables are asked once a row. */
#include "labels/object-matcher.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/label-walk.h"

/* Of an old object: less of it is no second choice. */
#define SECOND_CHOICE 10

typedef struct {
  uint32_t new_id, old_id;
  int64_t n_voxels, n_fixed;
  bool is_first;
} Overlap;

typedef struct {
  const LamOldObjects *old; /* Borrowed */
  const int64_t *size; /* Borrowed */
  GArray *objects; /* Borrowed; LamObject by the number in `labels`, from 1 */
  GMutex lock; /* of the two tables */
  /* Owned */
  GHashTable *overlaps; /* Overlap, by itself */
  GHashTable *found; /* LamObject, by its id: the first field */
  uint32_t *ids; /* by number */
} Work;

static guint
hash_overlap (gconstpointer data)
{
  const Overlap *overlap = data;
  uint64_t mixed = ((uint64_t)overlap->new_id << 32 | overlap->old_id)
      * UINT64_C (0x9e3779b97f4a7c15);
  return (guint)(mixed >> 32);
}

static gboolean
equal_overlap (gconstpointer a, gconstpointer b)
{
  const Overlap *x = a, *y = b;
  return x->new_id == y->new_id && x->old_id == y->old_id;
}

static guint
hash_id (gconstpointer data)
{
  return ((const LamObject *)data)->id * 2654435769u;
}

static gboolean
equal_id (gconstpointer a, gconstpointer b)
{
  return ((const LamObject *)a)->id == ((const LamObject *)b)->id;
}

static GHashTable *
new_overlaps (void)
{
  return g_hash_table_new_full (hash_overlap, equal_overlap, g_free, NULL);
}

static GHashTable *
new_objects (void)
{
  return g_hash_table_new_full (hash_id, equal_id, g_free, NULL);
}

static void
add_overlap (GHashTable *table, const Overlap *more)
{
  Overlap *there = g_hash_table_lookup (table, more);
  if (!there) {
    g_hash_table_add (table, g_memdup2 (more, sizeof *more));
    return;
  }
  there->n_voxels += more->n_voxels;
  there->n_fixed += more->n_fixed;
}

static void
add_object (GHashTable *table, const LamObject *more)
{
  LamObject *there = g_hash_table_lookup (table, more);
  if (!there) {
    g_hash_table_add (table, g_memdup2 (more, sizeof *more));
    return;
  }
  there->n_voxels += more->n_voxels;
  there->first = MIN (there->first, more->first);
  there->box = lam_box_unite (&there->box, &more->box);
}

/* What old objects say of a box. */
typedef struct {
  /* Owned */
  uint32_t *labels;
  bool *fixed;
} Before;

static void
before_clear (Before *before)
{
  g_free (before->labels);
  g_free (before->fixed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Before, before_clear)

static bool
read_before (
    const Work *work, const LamBox *box, Before *before, GError **error)
{
  gsize n = (gsize)lam_box_volume (box);
  before->labels = g_new (uint32_t, n);
  before->fixed = g_new0 (bool, n);
  return work->old->read (
      box, before->labels, before->fixed, work->old->data, error);
}

static bool
count_part (const LamBox *box, uint32_t *labels, gpointer data, GError **error)
{
  Work *work = data;
  g_auto (Before) before = { 0 };
  g_autoptr (GHashTable) table = new_overlaps ();
  int64_t n = lam_box_volume (box);
  if (!read_before (work, box, &before, error))
    return false;
  for (int64_t i = 0; i < n;) {
    Overlap run = { labels[i], before.labels[i], 0, 0 };
    for (; i < n && labels[i] == run.new_id && before.labels[i] == run.old_id;
         i++) {
      run.n_voxels++;
      run.n_fixed += before.fixed[i];
    }
    if (run.old_id)
      add_overlap (table, &run);
  }
  GHashTableIter iter;
  gpointer key;
  g_mutex_lock (&work->lock);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_overlap (work->overlaps, key);
  g_mutex_unlock (&work->lock);
  return true;
}

static int
compare (int64_t x, int64_t y)
{
  return (x > y) - (x < y);
}

/* The larger one first, then the lower ids. */
static int
compare_overlaps (gconstpointer a, gconstpointer b)
{
  const Overlap *x = a, *y = b;
  int order = compare (y->n_voxels, x->n_voxels);
  order = order ? order : compare (x->old_id, y->old_id);
  return order ? order : compare (x->new_id, y->new_id);
}

static int
compare_fixed (gconstpointer a, gconstpointer b)
{
  const Overlap *x = a, *y = b;
  int order = compare (y->is_first, x->is_first);
  order = order ? order : compare (y->n_fixed, x->n_fixed);
  return order ? order : compare_overlaps (a, b);
}

static bool
is_same_class (const Work *work, const Overlap *overlap)
{
  return overlap->new_id > 0
      && g_array_index (work->objects, LamObject, overlap->new_id - 1).class_id
      == work->old->get_class (overlap->old_id, work->old->data);
}

/* Those of one class. `total` gets the voxels of each old id, as int64_t. */
static GArray *
list_overlaps (const Work *work, GHashTable *total)
{
  GArray *list = g_array_new (false, false, sizeof (Overlap));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, work->overlaps);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const Overlap *overlap = key;
    gpointer id = GUINT_TO_POINTER (overlap->old_id);
    int64_t *sum = g_hash_table_lookup (total, id);
    if (!sum) {
      sum = g_new0 (int64_t, 1);
      g_hash_table_insert (total, id, sum);
    }
    *sum += overlap->n_voxels;
    if (is_same_class (work, overlap))
      g_array_append_vals (list, overlap, 1);
  }
  return list;
}

/* Which come first of those that have fixed voxels. */
static void
prefer_known (const Work *work, GArray *list)
{
  const LamOldObjects *old = work->old;
  g_autofree int64_t *most = g_new0 (int64_t, work->objects->len + 1);
  for (guint i = 0; i < list->len; i++) {
    const Overlap *overlap = &g_array_index (list, Overlap, i);
    int64_t *of_new = &most[overlap->new_id];
    if (overlap->n_fixed > 0)
      *of_new = MAX (*of_new, overlap->n_voxels);
  }
  for (guint i = 0; i < list->len; i++) {
    Overlap *overlap = &g_array_index (list, Overlap, i);
    overlap->is_first = overlap->n_fixed > 0
        && (old->keeps_apart || overlap->n_voxels == most[overlap->new_id])
        && old->is_known (overlap->old_id, old->data);
  }
}

/* New objects that have fixed voxels of an old one take its id. */
static void
adopt_fixed (Work *work, GArray *list, GHashTable *taken)
{
  if (work->old->is_known)
    prefer_known (work, list);
  g_array_sort (list, compare_fixed);
  for (guint i = 0; i < list->len; i++) {
    const Overlap *overlap = &g_array_index (list, Overlap, i);
    if (overlap->n_fixed == 0)
      return;
    if (work->ids[overlap->new_id])
      continue;
    work->ids[overlap->new_id] = overlap->old_id;
    g_hash_table_add (taken, GUINT_TO_POINTER (overlap->old_id));
  }
}

static bool
is_shared (const Work *work, uint32_t old_id)
{
  return work->old->is_shared && work->old->is_shared (old_id, work->old->data);
}

static void
keep_ids (Work *work, GArray *list, GHashTable *total, GHashTable *taken)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autofree bool *met = g_new0 (bool, work->objects->len + 1);
  g_array_sort (list, compare_overlaps);
  for (guint i = 0; i < list->len; i++) {
    const Overlap *overlap = &g_array_index (list, Overlap, i);
    gpointer id = GUINT_TO_POINTER (overlap->old_id);
    const int64_t *n_old = g_hash_table_lookup (total, id);
    bool is_first_choice = g_hash_table_add (seen, id);
    bool is_part = !met[overlap->new_id] && is_shared (work, overlap->old_id);
    met[overlap->new_id] = true;
    if (work->ids[overlap->new_id]
        || (!is_part
            && (g_hash_table_contains (taken, id)
                || (!is_first_choice
                    && overlap->n_voxels * SECOND_CHOICE < *n_old))))
      continue;
    work->ids[overlap->new_id] = overlap->old_id;
    g_hash_table_add (taken, id);
  }
}

static bool
give_fresh_ids (Work *work, LamMatchResult *result, GError **error)
{
  for (guint i = 1; i <= work->objects->len; i++) {
    if (work->ids[i]) {
      result->n_kept++;
      continue;
    }
    result->n_new++;
    work->ids[i] = work->old->next_id (work->old->data);
    if (work->ids[i])
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There are no ids left for %u of %u objects"),
        work->objects->len + 1 - i, work->objects->len);
    return false;
  }
  return true;
}

static bool
choose_ids (Work *work, LamMatchResult *result, GError **error)
{
  g_autoptr (GHashTable) total =
      g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) list = list_overlaps (work, total);
  adopt_fixed (work, list, taken);
  keep_ids (work, list, total, taken);
  return give_fresh_ids (work, result, error);
}

/* A row of one object: where its first and last voxel are. */
static void
add_run (const Work *work, GHashTable *table, const LamBox *box, uint32_t id,
    int32_t class_id, int64_t start, int64_t end)
{
  int64_t width = box->max[0] - box->min[0], height = box->max[1] - box->min[1];
  int64_t x = box->min[0] + start % width;
  int64_t y = box->min[1] + start / width % height;
  int64_t z = box->min[2] + start / width / height;
  LamObject run = { id, class_id, end - start,
    (z * work->size[1] + y) * work->size[0] + x,
    lam_box_new (x, y, z, x + end - start, y + 1, z + 1) };
  add_object (table, &run);
}

/* `labels` become the ids. */
static void
put_ids (const Work *work, const LamBox *box, const Before *before,
    uint32_t *labels, GHashTable *table)
{
  int64_t width = box->max[0] - box->min[0], n = lam_box_volume (box);
  for (int64_t i = 0; i < n;) {
    int64_t start = i, row_end = (i / width + 1) * width;
    uint32_t number = labels[i], old_id = before->labels[i];
    bool fixed = before->fixed[i];
    uint32_t id = fixed ? old_id : work->ids[number];
    for (; i < row_end && labels[i] == number && before->labels[i] == old_id
         && before->fixed[i] == fixed;
         i++)
      labels[i] = id;
    if (id == 0)
      continue;
    int32_t class_id = fixed
        ? work->old->get_class (old_id, work->old->data)
        : g_array_index (work->objects, LamObject, number - 1).class_id;
    add_run (work, table, box, id, class_id, start, i);
  }
}

static bool
put_part (const LamBox *box, uint32_t *labels, gpointer data, GError **error)
{
  Work *work = data;
  g_auto (Before) before = { 0 };
  g_autoptr (GHashTable) table = new_objects ();
  if (!read_before (work, box, &before, error))
    return false;
  put_ids (work, box, &before, labels, table);
  GHashTableIter iter;
  gpointer key;
  g_mutex_lock (&work->lock);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_object (work->found, key);
  g_mutex_unlock (&work->lock);
  return true;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return compare (((const LamObject *)a)->id, ((const LamObject *)b)->id);
}

/* The rows as they are now, and how many old ones are gone. */
static void
list_found (Work *work, LamMatchResult *result)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;
  g_array_set_size (work->objects, 0);
  g_hash_table_iter_init (&iter, work->found);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (work->objects, key, 1);
  g_array_sort (work->objects, compare_ids);
  g_hash_table_iter_init (&iter, work->overlaps);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const LamObject object = { .id = ((const Overlap *)key)->old_id };
    if (!g_hash_table_contains (work->found, &object))
      g_hash_table_add (gone, GUINT_TO_POINTER (object.id));
  }
  result->n_gone = (int)g_hash_table_size (gone);
}

bool
lam_object_matcher_run (LamSource *labels, GArray *objects,
    const LamOldObjects *old, LamMatchResult *result, LamProgress *progress,
    GError **error)
{
  g_autoptr (GHashTable) overlaps = new_overlaps ();
  g_autoptr (GHashTable) found = new_objects ();
  g_autofree uint32_t *ids = g_new0 (uint32_t, objects->len + 1);
  Work work = { .old = old,
    .size = lam_source_get_info (labels)->levels[0].size,
    .objects = objects,
    .overlaps = overlaps,
    .found = found,
    .ids = ids };
  *result = (LamMatchResult){ 0 };
  g_mutex_init (&work.lock);
  bool done = lam_label_walk (
                  labels, old->brick, false, count_part, &work, progress, error)
      && choose_ids (&work, result, error)
      && lam_label_walk (
          labels, old->brick, true, put_part, &work, progress, error);
  g_mutex_clear (&work.lock);
  if (done)
    list_found (&work, result);
  return done;
}
