/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First which old objects meet in each new one, over all voxels; then those
 * that several meet in, one by one in order, each in its own box: a flood from
 * all old voxels at once, ring by ring. */
#include "labels/object-divider.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "labels/label-walk.h"
#include "labels/object-splitter.h"
#include "volume/scratch-source.h"

#define NOBODY UINT32_MAX

/* How an old object meets a new one: both, and it keeps its place. */
enum { IS_FIXED = 1, IS_INSIDE = 2 };

/* What old objects say of the voxels from one on; borrowed. */
typedef struct {
  const uint32_t *labels;
  const bool *fixed;
} Before;

typedef struct {
  LamSource *labels; /* Borrowed */
  GArray *objects; /* Borrowed; LamObject by number, from 1 */
  const LamOldObjects *old; /* Borrowed */
  LamConnectivity connectivity;
  bool keeps_all;
  LamBox inside;
  LamProgress *progress; /* Borrowed */
  GMutex lock; /* of the table */
  /* Owned; int64_t: number << 32 | old label → how, in a pointer */
  GHashTable *meetings;
} Work;

/* ---- Who meets ---------------------------------------------------------- */

static bool
is_same_class (const Work *work, uint32_t number, uint32_t old_id)
{
  const LamObject *object =
      &g_array_index (work->objects, LamObject, number - 1);
  return old_id != 0
      && object->class_id == work->old->get_class (old_id, work->old->data);
}

static GHashTable *
new_meetings (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
}

static void
add_meeting (GHashTable *table, int64_t meeting, guint how)
{
  gpointer key, there = NULL;
  if (!g_hash_table_lookup_extended (table, &meeting, &key, &there))
    g_hash_table_insert (
        table, g_memdup2 (&meeting, sizeof meeting), GUINT_TO_POINTER (how));
  else if ((GPOINTER_TO_UINT (there) | how) != GPOINTER_TO_UINT (there))
    g_hash_table_insert (table, g_memdup2 (&meeting, sizeof meeting),
        GUINT_TO_POINTER (GPOINTER_TO_UINT (there) | how));
}

/* Rows of a part, of which only `inside` is the objects' own place. */
static void
note_row (const Work *work, int64_t first, bool is_inside, int64_t n,
    const uint32_t *labels, const Before *before, GHashTable *table)
{
  int64_t last = 0;
  guint last_how = 0;
  for (int64_t i = 0; i < n; i++) {
    const int64_t meeting =
        (int64_t)((uint64_t)labels[i] << 32 | before->labels[i]);
    const int64_t x = first + i;
    const guint how = (before->fixed[i] || work->keeps_all ? IS_FIXED : 0)
        | (is_inside && x >= work->inside.min[0] && x < work->inside.max[0]
                ? IS_INSIDE
                : 0);
    if (labels[i] == 0 || before->labels[i] == 0 || how == 0
        || (meeting == last && how == last_how))
      continue;
    last = meeting;
    last_how = how;
    if (is_same_class (work, labels[i], before->labels[i]))
      add_meeting (table, meeting, how);
  }
}

static void
note_rows (const Work *work, const LamBox *box, const uint32_t *labels,
    const Before *before, GHashTable *table)
{
  const int64_t width = box->max[0] - box->min[0];
  const LamBox *inside = &work->inside;
  Before at = *before;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      const bool is_inside = z >= inside->min[2] && z < inside->max[2]
          && y >= inside->min[1] && y < inside->max[1];
      note_row (work, box->min[0], is_inside, width, labels, &at, table);
      labels += width;
      at.labels += width;
      at.fixed += width;
    }
}

static bool
note_part (const LamBox *box, uint32_t *labels, gpointer data, GError **error)
{
  Work *work = data;
  const int64_t n = lam_box_volume (box);
  g_autofree uint32_t *old = g_new (uint32_t, n);
  g_autofree bool *fixed = g_new0 (bool, n);
  g_autoptr (GHashTable) table = new_meetings ();
  const Before before = { old, fixed };
  if (!work->old->read (box, old, fixed, work->old->data, error))
    return false;
  note_rows (work, box, labels, &before, table);
  GHashTableIter iter;
  gpointer key, how;
  g_mutex_lock (&work->lock);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &how))
    add_meeting (work->meetings, *(int64_t *)key, GPOINTER_TO_UINT (how));
  g_mutex_unlock (&work->lock);
  return true;
}

static int
compare_meetings (gconstpointer a, gconstpointer b)
{
  uint64_t x = (uint64_t) * (const int64_t *)a,
           y = (uint64_t) * (const int64_t *)b;
  return (x > y) - (x < y);
}

static GArray *
list_meetings (const Work *work)
{
  GArray *list = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key, how;
  g_hash_table_iter_init (&iter, work->meetings);
  while (g_hash_table_iter_next (&iter, &key, &how))
    if (GPOINTER_TO_UINT (how) == (IS_FIXED | IS_INSIDE))
      g_array_append_vals (list, key, 1);
  g_array_sort (list, compare_meetings);
  return list;
}

/* ---- Dividing ----------------------------------------------------------- */

/* One object while it is divided among `n_old`. */
typedef struct {
  uint32_t number;
  const uint32_t *old_ids; /* Borrowed; rising */
  guint n_old;
  LamBox box;
  int64_t size[3], n;
  /* Owned */
  uint32_t *labels, *before;
  bool *fixed;
  uint32_t *owner; /* place in `old_ids`, or NOBODY */
  uint32_t *queue;
  int64_t n_queued;
} Cut;

static void
cut_clear (Cut *cut)
{
  g_free (cut->labels);
  g_free (cut->before);
  g_free (cut->fixed);
  g_free (cut->owner);
  g_free (cut->queue);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

static bool
allocate (Cut *cut, GError **error)
{
  const gsize n = (gsize)cut->n;
  cut->labels = g_try_new (uint32_t, n);
  cut->before = g_try_new (uint32_t, n);
  cut->fixed = g_try_new (bool, n);
  cut->owner = g_try_new (uint32_t, n);
  cut->queue = g_try_new (uint32_t, n);
  if (cut->labels && cut->before && cut->fixed && cut->owner && cut->queue)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory to split an object in a box of %" G_GINT64_FORMAT
         " voxels"),
      cut->n);
  return false;
}

static uint32_t
find_owner (const Cut *cut, uint32_t old_id)
{
  for (guint i = 0; i < cut->n_old; i++)
    if (cut->old_ids[i] == old_id)
      return i;
  return NOBODY;
}

static void
begin_flood (Cut *cut)
{
  uint32_t last = 0, last_owner = NOBODY;
  for (int64_t i = 0; i < cut->n; i++) {
    cut->owner[i] = NOBODY;
    if (cut->labels[i] != cut->number)
      continue;
    if (cut->before[i] != last) {
      last = cut->before[i];
      last_owner = find_owner (cut, last);
    }
    cut->owner[i] = last_owner;
    if (last_owner != NOBODY)
      cut->queue[cut->n_queued++] = (uint32_t)i;
  }
}

static void
take_neighbours (Cut *cut, uint32_t i, LamConnectivity connectivity)
{
  const int64_t *size = cut->size;
  const int64_t at[3] = { i % size[0], i / size[0] % size[1],
    i / size[0] / size[1] };
  for (int k = 0; k < 27; k++) {
    const int step[3] = { k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1 };
    bool is_inside =
        lam_connectivity_has (connectivity, step[0], step[1], step[2]);
    int64_t to = 0;
    for (int a = 2; a >= 0; a--) {
      is_inside &= at[a] + step[a] >= 0 && at[a] + step[a] < size[a];
      to = to * size[a] + at[a] + step[a];
    }
    if (!is_inside || cut->labels[to] != cut->number
        || cut->owner[to] != NOBODY)
      continue;
    cut->owner[to] = cut->owner[i];
    cut->queue[cut->n_queued++] = (uint32_t)to;
  }
}

/* The first keeps the object's number; the others are new rows. */
static bool
put_parts (Work *work, const Cut *cut, GError **error)
{
  const LamObject whole =
      g_array_index (work->objects, LamObject, cut->number - 1);
  const uint32_t first = work->objects->len;
  for (guint i = 1; i < cut->n_old; i++) {
    LamObject part = whole;
    part.id = first + i;
    g_array_append_val (work->objects, part);
  }
  for (int64_t i = 0; i < cut->n; i++)
    if (cut->labels[i] == cut->number && cut->owner[i] != NOBODY
        && cut->owner[i] > 0)
      cut->labels[i] = first + cut->owner[i];
  return lam_scratch_source_write (work->labels, &cut->box, cut->labels, error);
}

static bool
divide (Work *work, uint32_t number, const uint32_t *old_ids, guint n_old,
    GError **error)
{
  g_auto (Cut) cut = { .number = number,
    .old_ids = old_ids,
    .n_old = n_old,
    .box = g_array_index (work->objects, LamObject, number - 1).box };
  cut.n = lam_box_volume (&cut.box);
  if (cut.n > LAM_SPLIT_MAX_VOXELS)
    return true;
  for (int a = 0; a < 3; a++)
    cut.size[a] = cut.box.max[a] - cut.box.min[a];
  if (!allocate (&cut, error)
      || !lam_source_read_box (
          work->labels, 0, &cut.box, cut.labels, NULL, error)
      || !work->old->read (
          &cut.box, cut.before, cut.fixed, work->old->data, error))
    return false;
  begin_flood (&cut);
  for (int64_t i = 0; i < cut.n_queued; i++)
    take_neighbours (&cut, cut.queue[i], work->connectivity);
  return put_parts (work, &cut, error);
}

static bool
divide_all (Work *work, GError **error)
{
  g_autoptr (GArray) list = list_meetings (work);
  g_autofree uint32_t *old_ids = g_new (uint32_t, MAX (list->len, 1));
  for (guint i = 0; i < list->len;) {
    const uint32_t number =
        (uint32_t)((uint64_t)g_array_index (list, int64_t, i) >> 32);
    guint n = 0;
    for (; i < list->len
         && (uint64_t)g_array_index (list, int64_t, i) >> 32 == number;
         i++)
      old_ids[n++] = (uint32_t)g_array_index (list, int64_t, i);
    if (n > 1
        && (!lam_progress_check (work->progress, error)
            || !divide (work, number, old_ids, n, error)))
      return false;
  }
  return true;
}

bool
lam_object_divider_run (LamSource *labels, GArray *objects,
    const LamOldObjects *old, const LamDivision *division,
    LamProgress *progress, GError **error)
{
  g_autoptr (GHashTable) meetings = new_meetings ();
  Work work = { .labels = labels,
    .objects = objects,
    .old = old,
    .connectivity = division->connectivity,
    .keeps_all = division->keeps_all,
    .inside = division->inside,
    .progress = progress,
    .meetings = meetings };
  g_mutex_init (&work.lock);
  bool done = lam_label_walk (
      labels, old->brick, false, note_part, &work, progress, error);
  g_mutex_clear (&work.lock);
  return done && divide_all (&work, error);
}
