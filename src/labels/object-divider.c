/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First which fixed old objects meet in each new one, over all voxels; then
 * those that several meet in, one by one in order, each in its own box. The
 * flood goes out from the seeds, highest voxels first, and of one level those
 * that were reached first: each voxel goes to whose flood reaches it. So a seed
 * that has a few low voxels at the rim of another's body gets that rim. */
#include "labels/object-divider.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "labels/label-walk.h"
#include "labels/nearest-flood.h"
#include "labels/neck-heights.h"
#include "labels/object-splitter.h"
#include "volume/scratch-source.h"

#define END UINT32_MAX
#define CHECK_VOXELS (1 << 18) /* of the flood: some hundredths of a second */
#define LEVEL_SHIFT 4 /* of heights: finer than the grid shows */
#define N_LEVELS (65536 >> LEVEL_SHIFT)

typedef struct {
  LamSource *labels; /* Borrowed */
  GArray *objects; /* Borrowed; LamObject by number, from 1 */
  const LamOldObjects *old; /* Borrowed */
  const LamDivision *division; /* Borrowed */
  LamProgress *progress; /* Borrowed */
  GMutex lock; /* of the table */
  GHashTable *meetings; /* Owned; set of int64_t: number << 32 | old label */
} Work;

/* ---- Who meets ---------------------------------------------------------- */

static GHashTable *
new_meetings (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
}

static void
add_meeting (GHashTable *table, int64_t meeting)
{
  if (!g_hash_table_contains (table, &meeting))
    g_hash_table_add (table, g_memdup2 (&meeting, sizeof meeting));
}

static bool
is_same_class (const Work *work, int64_t meeting)
{
  const uint32_t number = (uint32_t)((uint64_t)meeting >> 32);
  const LamObject *object =
      &g_array_index (work->objects, LamObject, number - 1);
  return work->division->is_divided[object->class_id]
      && object->class_id
      == work->old->get_class ((uint32_t)meeting, work->old->data);
}

static bool
note_part (const LamBox *box, uint32_t *labels, gpointer data, GError **error)
{
  Work *work = data;
  const int64_t n = lam_box_volume (box);
  g_autofree uint32_t *old = g_new (uint32_t, n);
  g_autofree bool *fixed = g_new0 (bool, n);
  g_autoptr (GHashTable) table = new_meetings ();
  int64_t last = 0;
  if (!work->old->read (box, old, fixed, work->old->data, error))
    return false;
  for (int64_t i = 0; i < n; i++) {
    const int64_t meeting = (int64_t)((uint64_t)labels[i] << 32 | old[i]);
    if (labels[i] == 0 || old[i] == 0 || !fixed[i] || meeting == last)
      continue;
    add_meeting (table, meeting);
    last = meeting;
  }
  GHashTableIter iter;
  gpointer key;
  g_mutex_lock (&work->lock);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_meeting (work->meetings, *(int64_t *)key);
  g_mutex_unlock (&work->lock);
  return true;
}

static int
compare_meetings (gconstpointer a, gconstpointer b)
{
  const uint64_t x = (uint64_t) * (const int64_t *)a;
  const uint64_t y = (uint64_t) * (const int64_t *)b;
  return (x > y) - (x < y);
}

static GArray *
list_meetings (const Work *work)
{
  GArray *list = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, work->meetings);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (is_same_class (work, *(int64_t *)key))
      g_array_append_vals (list, key, 1);
  g_array_sort (list, compare_meetings);
  return list;
}

/* ---- Dividing ----------------------------------------------------------- */

/* To a neighbour. */
typedef struct {
  int by[3];
  int64_t offset;
} Step;

/* One object while it is divided among `n_old`. */
typedef struct {
  uint32_t number;
  const uint32_t *old_ids; /* Borrowed; rising */
  guint n_old;
  LamBox box;
  int64_t size[3], n;
  Step steps[26];
  int n_steps;
  int64_t n_left; /* voxels that are nobody's */
  int level; /* that the flood has come down to */
  uint32_t first[N_LEVELS], last[N_LEVELS]; /* of each level's queue, or END */
  /* Owned */
  uint32_t *labels, *before;
  bool *fixed; /* the mask, once the seeds are known */
  uint32_t *owner; /* place in `old_ids`; LAM_FLOOD_NOBODY, _OUTSIDE */
  /* Owned; where there are valleys */
  float *depths;
  uint16_t *heights;
  uint32_t *next; /* in the queue, or END */
} Cut;

static void
cut_free (Cut *cut)
{
  g_free (cut->labels);
  g_free (cut->before);
  g_free (cut->fixed);
  g_free (cut->depths);
  g_free (cut->heights);
  g_free (cut->owner);
  g_free (cut->next);
  g_free (cut);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cut, cut_free)

static bool
allocate (Cut *cut, bool is_flat, GError **error)
{
  const gsize n = (gsize)cut->n;
  cut->labels = g_try_new (uint32_t, n);
  cut->before = g_try_new (uint32_t, n);
  cut->fixed = g_try_new0 (bool, n);
  cut->owner = g_try_new (uint32_t, n);
  bool done = cut->labels && cut->before && cut->fixed && cut->owner;
  if (!is_flat) {
    cut->depths = g_try_new (float, n);
    cut->heights = g_try_new (uint16_t, n);
    cut->next = g_try_new (uint32_t, n);
    done = done && cut->depths && cut->heights && cut->next;
  }
  if (done)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory to split an object in a box of %" G_GINT64_FORMAT
         " voxels"),
      cut->n);
  return false;
}

static void
find_steps (Cut *cut, LamConnectivity connectivity)
{
  for (int k = 0; k < 27; k++) {
    const int x = k % 3 - 1, y = k / 3 % 3 - 1, z = k / 9 - 1;
    if (lam_connectivity_has (connectivity, x, y, z))
      cut->steps[cut->n_steps++] =
          (Step){ { x, y, z }, x + cut->size[0] * (y + cut->size[1] * z) };
  }
}

static Cut *
new_cut (const Work *work, uint32_t number, const uint32_t *old_ids,
    guint n_old, GError **error)
{
  g_autoptr (Cut) cut = g_new0 (Cut, 1);
  cut->number = number;
  cut->old_ids = old_ids;
  cut->n_old = n_old;
  cut->box = g_array_index (work->objects, LamObject, number - 1).box;
  cut->n = lam_box_volume (&cut->box);
  cut->level = N_LEVELS - 1;
  memset (cut->first, 0xff, sizeof cut->first);
  for (int a = 0; a < 3; a++)
    cut->size[a] = cut->box.max[a] - cut->box.min[a];
  find_steps (cut, work->division->connectivity);
  return allocate (cut, work->division->is_flat, error) ? g_steal_pointer (&cut)
                                                        : NULL;
}

static uint32_t
find_owner (const Cut *cut, uint32_t old_id)
{
  guint low = 0, high = cut->n_old;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (cut->old_ids[middle] < old_id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < cut->n_old && cut->old_ids[low] == old_id ? low
                                                         : LAM_FLOOD_NOBODY;
}

static void
find_seeds (Cut *cut)
{
  uint32_t last = 0, last_owner = LAM_FLOOD_NOBODY;
  for (int64_t i = 0; i < cut->n; i++) {
    cut->owner[i] = LAM_FLOOD_OUTSIDE;
    if (cut->labels[i] != cut->number)
      continue;
    if (cut->fixed[i] && cut->before[i] != last) {
      last = cut->before[i];
      last_owner = find_owner (cut, last);
    }
    cut->owner[i] = cut->fixed[i] ? last_owner : LAM_FLOOD_NOBODY;
    cut->n_left += cut->owner[i] == LAM_FLOOD_NOBODY;
  }
}

/* Without any depth all is of one height. */
static bool
find_heights (const Work *work, Cut *cut, GError **error)
{
  const LamDivision *division = work->division;
  double grain;
  g_autofree uint8_t *open = division->open ? g_new (uint8_t, cut->n) : NULL;
  if (open
      && !lam_source_read_box (division->open, 0, &cut->box, open, NULL, error))
    return false;
  for (int64_t i = 0; i < cut->n; i++)
    cut->fixed[i] = cut->labels[i] == cut->number || (open && open[i] != 0);
  if (!lam_neck_heights (cut->fixed, cut->size, division->voxel_size_nm,
          cut->depths, cut->heights, &grain))
    memset (cut->heights, 0, (size_t)cut->n * sizeof *cut->heights);
  return true;
}

static void
push (Cut *cut, uint32_t i)
{
  const int level = MIN (cut->heights[i] >> LEVEL_SHIFT, cut->level);
  cut->next[i] = END;
  if (cut->first[level] == END)
    cut->first[level] = i;
  else
    cut->next[cut->last[level]] = i;
  cut->last[level] = i;
}

/* END: all is flooded. */
static uint32_t
pop (Cut *cut)
{
  while (cut->level > 0 && cut->first[cut->level] == END)
    cut->level--;
  const uint32_t i = cut->first[cut->level];
  if (i != END)
    cut->first[cut->level] = cut->next[i];
  return i;
}

static void
take_neighbours (Cut *cut, uint32_t i)
{
  const int64_t *size = cut->size;
  /* 32 bits are divided faster, and there are no more voxels. */
  const uint32_t width = (uint32_t)size[0], height = (uint32_t)size[1];
  const uint32_t row = i / width;
  const int64_t at[3] = { i - row * width, row % height, row / height };
  bool is_inner = true;
  for (int a = 0; a < 3; a++)
    is_inner &= at[a] > 0 && at[a] + 1 < size[a];
  for (int k = 0; k < cut->n_steps; k++) {
    const Step *step = &cut->steps[k];
    const int64_t to = i + step->offset;
    bool is_inside = true;
    for (int a = 0; a < 3 && !is_inner; a++)
      is_inside &= at[a] + step->by[a] >= 0 && at[a] + step->by[a] < size[a];
    if (!is_inside || cut->owner[to] != LAM_FLOOD_NOBODY)
      continue;
    cut->owner[to] = cut->owner[i];
    cut->n_left--;
    push (cut, (uint32_t)to);
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
    if (cut->owner[i] < LAM_FLOOD_NOBODY && cut->owner[i] > 0)
      cut->labels[i] = first + cut->owner[i];
  return lam_scratch_source_write (work->labels, &cut->box, cut->labels, error);
}

static bool
flood (const Work *work, Cut *cut, GError **error)
{
  const LamDivision *division = work->division;
  int64_t n_flooded = 0;
  if (division->is_flat)
    return lam_nearest_flood (cut->owner, cut->size, division->voxel_size_nm,
        division->connectivity, work->progress, error);
  if (!find_heights (work, cut, error))
    return false;
  for (uint32_t i = 0; i < (uint32_t)cut->n; i++)
    if (cut->owner[i] < LAM_FLOOD_NOBODY)
      push (cut, i);
  /* What waits when all are somebody's has nothing to take. */
  for (uint32_t i; cut->n_left > 0 && (i = pop (cut)) != END;) {
    take_neighbours (cut, i);
    if (++n_flooded % CHECK_VOXELS == 0
        && !lam_progress_check (work->progress, error))
      return false;
  }
  return true;
}

static bool
divide (Work *work, uint32_t number, const uint32_t *old_ids, guint n_old,
    GError **error)
{
  const LamBox *box = &g_array_index (work->objects, LamObject, number - 1).box;
  if (lam_box_volume (box) > LAM_SPLIT_MAX_VOXELS)
    return true;
  g_autoptr (Cut) cut = new_cut (work, number, old_ids, n_old, error);
  if (!cut
      || !lam_source_read_box (
          work->labels, 0, &cut->box, cut->labels, NULL, error)
      || !work->old->read (
          &cut->box, cut->before, cut->fixed, work->old->data, error))
    return false;
  find_seeds (cut);
  g_clear_pointer (&cut->before, g_free); /* the flood needs the room */
  return (cut->n_left == 0 || flood (work, cut, error))
      && put_parts (work, cut, error);
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
    .division = division,
    .progress = progress,
    .meetings = meetings };
  g_mutex_init (&work.lock);
  bool done = lam_label_walk (
      labels, old->brick, false, note_part, &work, progress, error);
  g_mutex_clear (&work.lock);
  return done && divide_all (&work, error);
}
