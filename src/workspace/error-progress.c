/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/error-progress.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/int64-hash.h"
#include "segment/likely-errors.h"
#include "workspace/looked-at.h"
#include "workspace/verdict-grid.h"

/* Longer than this, the person did something else. */
#define PAUSE_SECONDS 180.0
/* Times that say how fast somebody is, and how many of the last count. */
enum { MIN_TIMES = 5, MAX_TIMES = 20 };

/* ---- Boxes -------------------------------------------------------------- */

/* Each box is listed in the buckets of the cells of a grid that it meets, so
 * that only what is near is looked at. Cells share a bucket by chance, which
 * costs a look more. A box that meets many is met by all. */
enum { CELL = 64, N_BUCKETS = 4096, MOST_CELLS = 512 };

struct _LamBoxSet {
  GArray *boxes; /* Owned, of LamBox; none meets another */
  GArray *buckets[N_BUCKETS]; /* Owned, of guint in `boxes`; or NULL */
  GArray *large; /* Owned, the same; in no bucket */
  int64_t volume;
};

LamBoxSet *
lam_box_set_new (void)
{
  LamBoxSet *set = g_new0 (LamBoxSet, 1);
  set->boxes = g_array_new (false, false, sizeof (LamBox));
  set->large = g_array_new (false, false, sizeof (guint));
  return set;
}

void
lam_box_set_free (LamBoxSet *set)
{
  for (int i = 0; i < N_BUCKETS; i++)
    g_clear_pointer (&set->buckets[i], g_array_unref);
  g_array_unref (set->boxes);
  g_array_unref (set->large);
  g_free (set);
}

static bool
is_large (const LamBox *box)
{
  double n = 1;
  for (int i = 0; i < 3; i++)
    n *= (double)box->max[i] / CELL - (double)box->min[i] / CELL + 1;
  return n > MOST_CELLS;
}

static guint
find_bucket (int64_t x, int64_t y, int64_t z)
{
  const uint64_t mixed =
      (uint64_t)x * 73856093 ^ (uint64_t)y * 19349663 ^ (uint64_t)z * 83492791;
  return (guint)(mixed % N_BUCKETS);
}

/* Of a box that is not large, and not empty. */
#define FOR_EACH_CELL(box, x, y, z) \
  for (int64_t z = (box)->min[2] / CELL; z <= ((box)->max[2] - 1) / CELL; z++) \
    for (int64_t y = (box)->min[1] / CELL; y <= ((box)->max[1] - 1) / CELL; \
         y++) \
      for (int64_t x = (box)->min[0] / CELL; x <= ((box)->max[0] - 1) / CELL; \
           x++)

static void
list_box (LamBoxSet *set, const LamBox *box)
{
  const guint number = set->boxes->len;
  g_array_append_vals (set->boxes, box, 1);
  set->volume += lam_box_volume (box);
  if (is_large (box)) {
    g_array_append_val (set->large, number);
    return;
  }
  FOR_EACH_CELL (box, x, y, z)
  {
    GArray **bucket = &set->buckets[find_bucket (x, y, z)];
    if (!*bucket)
      *bucket = g_array_new (false, false, sizeof (guint));
    g_array_append_val (*bucket, number);
  }
}

/* Adds what of a box is outside of another: at most six boxes around it. */
static void
add_rest (GArray *parts, LamBox box, const LamBox *without)
{
  for (int axis = 0; axis < 3; axis++) {
    LamBox before = box, after = box;
    before.max[axis] = MIN (box.max[axis], without->min[axis]);
    after.min[axis] = MAX (box.min[axis], without->max[axis]);
    if (!lam_box_is_empty (&before))
      g_array_append_val (parts, before);
    if (!lam_box_is_empty (&after))
      g_array_append_val (parts, after);
    box.min[axis] = MAX (box.min[axis], without->min[axis]);
    box.max[axis] = MIN (box.max[axis], without->max[axis]);
  }
}

static GArray *
cut_parts (GArray *parts, const LamBox *without)
{
  GArray *left = g_array_new (false, false, sizeof (LamBox));
  for (guint i = 0; i < parts->len; i++) {
    const LamBox *part = &g_array_index (parts, LamBox, i);
    LamBox both = lam_box_intersect (part, without);
    if (lam_box_is_empty (&both))
      g_array_append_vals (left, part, 1);
    else
      add_rest (left, *part, &both);
  }
  g_array_unref (parts);
  return left;
}

/* Frees `parts`. A box that is met twice takes nothing the second time. */
static GArray *
cut_all (const LamBoxSet *set, GArray *parts, const LamBox *box,
    const GArray *numbers)
{
  for (guint i = 0; numbers && i < numbers->len && parts->len > 0; i++) {
    const LamBox *there =
        &g_array_index (set->boxes, LamBox, g_array_index (numbers, guint, i));
    LamBox both = lam_box_intersect (there, box);
    if (!lam_box_is_empty (&both))
      parts = cut_parts (parts, there);
  }
  return parts;
}

void
lam_box_set_add (LamBoxSet *set, const LamBox *box)
{
  if (lam_box_is_empty (box))
    return;
  GArray *parts = g_array_new (false, false, sizeof (LamBox));
  g_array_append_vals (parts, box, 1);
  parts = cut_all (set, parts, box, set->large);
  if (is_large (box)) {
    for (int i = 0; i < N_BUCKETS; i++)
      parts = cut_all (set, parts, box, set->buckets[i]);
  } else {
    FOR_EACH_CELL (box, x, y, z)
    {
      parts = cut_all (set, parts, box, set->buckets[find_bucket (x, y, z)]);
    }
  }
  for (guint i = 0; i < parts->len; i++)
    list_box (set, &g_array_index (parts, LamBox, i));
  g_array_unref (parts);
}

int64_t
lam_box_set_get_volume (const LamBoxSet *set)
{
  return set->volume;
}

/* ---- Pace --------------------------------------------------------------- */

static int
compare_seconds (gconstpointer a, gconstpointer b)
{
  double one = *(const double *)a, two = *(const double *)b;
  return (one > two) - (one < two);
}

double
lam_error_pace_seconds (const GArray *verdicts)
{
  double times[MAX_TIMES];
  int n = 0;
  for (guint i = verdicts->len; i-- > 1 && n < MAX_TIMES;) {
    const LamVerdictRow *row = &g_array_index (verdicts, LamVerdictRow, i);
    const double seconds =
        (double)(row->time - row[-1].time) / G_TIME_SPAN_SECOND;
    if (seconds >= 0 && seconds <= PAUSE_SECONDS)
      times[n++] = seconds;
  }
  if (n < MIN_TIMES)
    return -1;
  qsort (times, (size_t)n, sizeof *times, compare_seconds);
  return (times[(n - 1) / 2] + times[n / 2]) / 2;
}

char *
lam_error_dup_time_left (double seconds)
{
  const double minutes = seconds / 60;
  if (seconds < 0)
    return NULL;
  if (minutes < 1)
    return g_strdup (_ ("less than a minute left"));
  if (minutes < 90) {
    const int n = (int)lround (minutes);
    return g_strdup_printf (
        ngettext ("about %d minute left", "about %d minutes left", n), n);
  }
  const int n = (int)MIN (lround (minutes / 60), G_MAXINT);
  return g_strdup_printf (
      ngettext ("about %d hour left", "about %d hours left", n), n);
}

/* ---- What is left ------------------------------------------------------- */

struct _LamErrorList {
  double n_voxels; /* of the volume */
  bool are_more; /* places than the search has given */
  /* Owned */
  GArray *places; /* of LamPlace, the best first */
  GArray *verdicts; /* of LamVerdictRow, in order of time */
  GHashTable *notes; /* id of a verdict → char *; or NULL */
  GHashTable *overruled; /* ids of verdicts whose places are there again */
  LamBoxSet *verified;
  LamLookedAt *looked_at;
};

LamErrorList *
lam_error_list_new (const int64_t size[3])
{
  const LamBox all = lam_box_of_size (size);
  LamErrorList *list = g_new0 (LamErrorList, 1);
  list->n_voxels = (double)MAX (lam_box_volume (&all), 1);
  list->places = g_array_new (false, false, sizeof (LamPlace));
  list->verdicts = g_array_new (false, false, sizeof (LamVerdictRow));
  list->overruled =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  list->verified = lam_box_set_new ();
  list->looked_at = lam_looked_at_new ();
  return list;
}

void
lam_error_list_free (LamErrorList *list)
{
  g_array_unref (list->places);
  g_array_unref (list->verdicts);
  g_clear_pointer (&list->notes, g_hash_table_unref);
  g_hash_table_unref (list->overruled);
  lam_box_set_free (list->verified);
  lam_looked_at_free (list->looked_at);
  g_free (list);
}

static bool
is_verified (const LamVerdictRow *row)
{
  return row->verdict != LAM_VERDICT_UNSURE;
}

static void
count_verified (LamErrorList *list, const GPtrArray *regions)
{
  lam_box_set_free (list->verified);
  list->verified = lam_box_set_new ();
  for (guint i = 0; regions && i < regions->len; i++) {
    const LamRegion *region = g_ptr_array_index (regions, i);
    if (region->review == LAM_REVIEW_VERIFIED)
      lam_box_set_add (list->verified, &region->box);
  }
  for (guint i = 0; i < list->verdicts->len; i++) {
    const LamVerdictRow *row =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    if (is_verified (row))
      lam_box_set_add (list->verified, &row->box);
  }
}

static void
count_looked_at (LamErrorList *list)
{
  lam_looked_at_free (list->looked_at);
  list->looked_at = lam_looked_at_new ();
  for (guint i = 0; i < list->verdicts->len; i++) {
    const LamVerdictRow *row =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    lam_looked_at_add (list->looked_at, row,
        row->id == 0 || !g_hash_table_contains (list->overruled, &row->id));
  }
}

static void
list_overruled (LamErrorList *list)
{
  g_hash_table_remove_all (list->overruled);
  for (guint i = 0; i < list->places->len; i++) {
    const LamPlace *place = &g_array_index (list->places, LamPlace, i);
    if (place->overruled != 0)
      g_hash_table_add (list->overruled,
          g_memdup2 (&place->overruled, sizeof place->overruled));
  }
}

void
lam_error_list_take (LamErrorList *list, GArray *places, GArray *verdicts,
    GHashTable *notes, const GPtrArray *regions)
{
  g_array_unref (list->places);
  list->places = places;
  list->are_more = places->len >= lam_likely_rules.limit;
  g_array_unref (list->verdicts);
  list->verdicts = verdicts;
  g_clear_pointer (&list->notes, g_hash_table_unref);
  list->notes = notes;
  list_overruled (list);
  count_looked_at (list);
  count_verified (list, regions);
}

static void
take_verdict (LamErrorList *list, const LamVerdictRow *row)
{
  g_array_append_vals (list->verdicts, row, 1);
  lam_looked_at_add (list->looked_at, row, true);
  if (is_verified (row))
    lam_box_set_add (list->verified, &row->box);
}

void
lam_error_list_add (LamErrorList *list, const LamVerdictRow *row)
{
  for (guint i = list->places->len; i-- > 0;) {
    LamPlace *place = &g_array_index (list->places, LamPlace, i);
    if (!lam_verdict_covers (row, place))
      continue;
    if (is_verified (row))
      g_array_remove_index (list->places, i);
    else
      place->is_looked_at = true;
  }
  take_verdict (list, row);
}

/* Index, or -1. */
static int
find_verdict (const LamErrorList *list, const LamVerdictRow *wanted)
{
  for (guint i = list->verdicts->len; i-- > 0;) {
    const LamVerdictRow *row =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    if (row->id == wanted->id
        && (wanted->id != 0
            || (row->time == wanted->time && row->kind == wanted->kind
                && lam_box_equal (&row->box, &wanted->box))))
      return (int)i;
  }
  return -1;
}

void
lam_error_list_remove (
    LamErrorList *list, const LamVerdictRow *row, const GPtrArray *regions)
{
  const int at = find_verdict (list, row);
  if (at < 0)
    return;
  g_array_remove_index (list->verdicts, (guint)at);
  count_looked_at (list);
  count_verified (list, regions);
}

void
lam_error_list_remove_all (
    LamErrorList *list, const GArray *ids, const GPtrArray *regions)
{
  g_autoptr (GHashTable) removed =
      g_hash_table_new (lam_int64_hash, g_int64_equal);
  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (removed, &g_array_index (ids, int64_t, i));
  guint n = 0;
  for (guint i = 0; i < list->verdicts->len; i++) {
    const LamVerdictRow row = g_array_index (list->verdicts, LamVerdictRow, i);
    if (row.id == 0 || !g_hash_table_contains (removed, &row.id))
      g_array_index (list->verdicts, LamVerdictRow, n++) = row;
  }
  if (n == list->verdicts->len)
    return;
  g_array_set_size (list->verdicts, n);
  count_looked_at (list);
  count_verified (list, regions);
}

static bool
has_verdict (const LamErrorList *list, int64_t id)
{
  for (guint i = list->verdicts->len; id != 0 && i-- > 0;)
    if (g_array_index (list->verdicts, LamVerdictRow, i).id == id)
      return true;
  return false;
}

/* A search may have found the row before. */
void
lam_error_list_number (LamErrorList *list, const LamVerdictRow *row, int64_t id)
{
  const int at = find_verdict (list, row);
  if (at < 0)
    return;
  if (has_verdict (list, id))
    g_array_remove_index (list->verdicts, (guint)at);
  else
    g_array_index (list->verdicts, LamVerdictRow, at).id = id;
}

static bool
is_just_of (const LamVerdictRow *row, const LamPlace *place)
{
  const LamVerdictRow own = lam_verdict_row_of (place, row->verdict);
  return row->kind == own.kind && lam_box_equal (&row->box, &own.box)
      && (row->kind != LAM_PLACE_DISSENT
          || (row->score == own.score
              && row->state.labels == own.state.labels));
}

int64_t
lam_error_list_find_row (
    const LamErrorList *list, const LamPlace *place, int64_t without)
{
  for (guint i = list->verdicts->len; i-- > 0;) {
    const LamVerdictRow *row =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    if (row->id != 0 && row->id != without && is_just_of (row, place))
      return row->id;
  }
  return 0;
}

GArray *
lam_error_list_dup_said_with (
    const LamErrorList *list, const LamVerdictRow *row)
{
  GArray *ids = g_array_new (false, false, sizeof (int64_t));
  for (guint i = 0; i < list->verdicts->len; i++) {
    const LamVerdictRow *other =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    if (other->kind == LAM_PLACE_DISSENT && row->kind == LAM_PLACE_DISSENT
        && other->time == row->time && other->id != row->id && other->id != 0)
      g_array_append_val (ids, other->id);
  }
  return ids;
}

void
lam_error_list_set_note (LamErrorList *list, int64_t id, const char *note)
{
  if (!list->notes)
    list->notes =
        g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  if (note && *note)
    g_hash_table_replace (
        list->notes, g_memdup2 (&id, sizeof id), g_strdup (note));
  else
    g_hash_table_remove (list->notes, &id);
}

void
lam_error_list_heed_regions (LamErrorList *list, const GPtrArray *regions)
{
  count_verified (list, regions);
}

/* A grid of those in `rows` that are not in the list, and they themselves. */
static LamVerdictGrid *
list_missing (const LamErrorList *list, const GArray *rows, GArray *missing)
{
  g_autoptr (GHashTable) known =
      g_hash_table_new (lam_int64_hash, g_int64_equal);
  LamVerdictGrid *grid = lam_verdict_grid_new ();
  for (guint i = 0; i < list->verdicts->len; i++)
    g_hash_table_add (
        known, &g_array_index (list->verdicts, LamVerdictRow, i).id);
  for (guint i = 0; i < rows->len; i++) {
    const LamVerdictRow *row = &g_array_index (rows, LamVerdictRow, i);
    if (row->id != 0 && g_hash_table_contains (known, &row->id))
      continue;
    g_array_append_vals (missing, row, 1);
    lam_verdict_grid_add (grid, row);
  }
  return grid;
}

void
lam_error_list_add_missing (LamErrorList *list, const GArray *rows)
{
  g_autoptr (GArray) missing =
      g_array_new (false, false, sizeof (LamVerdictRow));
  g_autoptr (LamVerdictGrid) grid = list_missing (list, rows, missing);
  guint n = 0;
  for (guint i = 0; missing->len > 0 && i < list->places->len; i++) {
    LamPlace place = g_array_index (list->places, LamPlace, i);
    const int last = lam_verdict_grid_find (grid, &place);
    if (last >= 0
        && is_verified (&g_array_index (missing, LamVerdictRow, last)))
      continue;
    place.is_looked_at = place.is_looked_at || last >= 0;
    g_array_index (list->places, LamPlace, n++) = place;
  }
  if (missing->len > 0)
    g_array_set_size (list->places, n);
  for (guint i = 0; i < missing->len; i++)
    take_verdict (list, &g_array_index (missing, LamVerdictRow, i));
}

const LamPlace *
lam_error_list_find_other (const LamErrorList *list, const GArray *rows)
{
  g_autoptr (LamVerdictGrid) grid = lam_verdict_grid_new ();
  for (guint i = 0; i < rows->len; i++)
    lam_verdict_grid_add (grid, &g_array_index (rows, LamVerdictRow, i));
  for (guint i = 0; i < list->places->len; i++) {
    const LamPlace *place = &g_array_index (list->places, LamPlace, i);
    if (lam_verdict_grid_find (grid, place) < 0)
      return place;
  }
  return NULL;
}

const char *
lam_error_list_get_note (const LamErrorList *list, const LamPlace *place)
{
  for (guint i = list->verdicts->len; i-- > 0;) {
    const LamVerdictRow *row =
        &g_array_index (list->verdicts, LamVerdictRow, i);
    if (lam_verdict_covers (row, place))
      return list->notes ? g_hash_table_lookup (list->notes, &row->id) : NULL;
  }
  return NULL;
}

const GArray *
lam_error_list_get_places (const LamErrorList *list)
{
  return list->places;
}

LamErrorProgress
lam_error_list_get_progress (const LamErrorList *list)
{
  const double pace = lam_error_pace_seconds (list->verdicts);
  LamErrorProgress progress = {
    .are_more = list->are_more,
    .n_looked_at = lam_looked_at_get_n (list->looked_at),
    .verified = (double)lam_box_set_get_volume (list->verified) / list->n_voxels
  };
  for (guint i = 0; i < list->places->len; i++)
    progress.n_left += !g_array_index (list->places, LamPlace, i).is_looked_at;
  progress.seconds_left =
      pace < 0 || list->are_more ? -1 : pace * progress.n_left;
  return progress;
}
