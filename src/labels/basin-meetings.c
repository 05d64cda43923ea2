/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row against each row beside it gives the lowest and the highest number of
 * the basins that its voxels meet. Only where those are two the neighbours are
 * looked at one by one; and nothing at all is looked at in a stretch of a row
 * that lies in one basin with all that is beside it. What is found comes in the
 * order of memory, and is sorted by two passes of counting. */
#include "labels/basin-meetings.h"

#include "base/clones.h"

/* Voxels of a stretch. */
#define STRETCH 16
#define SEVERAL UINT32_MAX

/* Of one part of the rows. */
typedef struct {
  LamBasinMeeting *meetings; /* Owned */
  size_t n, room;
} Part;

typedef struct {
  const LamHeightMap *map; /* Borrowed */
  const uint32_t *basins; /* Borrowed */
  const uint32_t *stretches; /* Borrowed, or NULL: of each the basin, if it is
                              * one; 0: it has none; SEVERAL */
  int lowest, highest;
  LamMapStep steps[26];
  int n_steps;
  Part *parts; /* Owned */
  _Atomic bool failed; /* no memory */
} Work;

static void
work_clear (Work *work)
{
  const int64_t n_parts = lam_height_map_count_parts (work->map);
  for (int64_t i = 0; i < n_parts; i++)
    g_free (work->parts[i].meetings);
  g_free (work->parts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* A neighbour of the voxels of a row from `from` to `to` - 1. */
typedef struct {
  int64_t from, to, offset;
} Side;

typedef struct {
  int64_t number, start; /* where it is in the map */
  const uint32_t *basins;
  const uint16_t *heights;
  Side sides[26]; /* the lowest offset first */
  int n_sides;
  /* Borrowed; of the other basins that its voxels meet */
  int32_t *least, *most;
} Row;

static bool
add (Part *part, const LamBasinMeeting *meeting)
{
  if (part->n == part->room) {
    const size_t room = MAX (2 * part->room, 256);
    LamBasinMeeting *more =
        g_try_realloc_n (part->meetings, room, sizeof *more);
    if (!more)
      return false;
    part->meetings = more;
    part->room = room;
  }
  part->meetings[part->n++] = *meeting;
  return true;
}

/* ---- One voxel ---------------------------------------------------------- */

/* Higher neighbours; the highest first, then in order. */
static int
list_neighbours (const Row *row, int64_t x, int64_t found[26])
{
  const uint16_t *heights = row->heights;
  int n = 0, best = 0;
  for (int k = 0; k < row->n_sides; k++) {
    const Side *side = &row->sides[k];
    const int64_t to = x + side->offset;
    if (x < side->from || x >= side->to
        || heights[to] + (side->offset < 0) <= heights[x])
      continue;
    found[n] = to;
    if (heights[to] > heights[found[best]])
      best = n;
    n++;
  }
  if (n > 0) {
    const int64_t first = found[best];
    found[best] = found[0];
    found[0] = first;
  }
  return n;
}

static bool
look (const Row *row, int64_t x, Part *part)
{
  LamBasinMeeting meeting = { row->basins[x], (uint32_t)row->most[x],
    row->heights[x] };
  if (row->least[x] == row->most[x])
    return add (part, &meeting);
  int64_t found[26];
  const int n = list_neighbours (row, x, found);
  meeting.other = 0;
  for (int k = 1; k < n; k++) {
    const uint32_t there = row->basins[found[k]];
    if (there == meeting.basin || there == meeting.other)
      continue;
    meeting.other = there;
    if (!add (part, &meeting))
      return false;
  }
  return true;
}

/* ---- Stretches ---------------------------------------------------------- */

static int64_t
count_in_row (const LamHeightMap *map)
{
  return lam_divide_up (map->size[0], STRETCH);
}

int64_t
lam_basins_count_stretches (const LamHeightMap *map)
{
  return count_in_row (map) * map->size[1] * map->size[2];
}

/* Whether what is in the stretch and beside it is all in one basin. */
static bool
is_alone (const Work *work, int64_t row, int64_t i)
{
  const int64_t *size = work->map->size, n = count_in_row (work->map);
  const int64_t y = row % size[1], z = row / size[1];
  const uint32_t *all = work->stretches, own = all[row * n + i];
  if (own == 0 || own == SEVERAL)
    return own == 0;
  for (int64_t at_z = MAX (z - 1, 0); at_z <= MIN (z + 1, size[2] - 1); at_z++)
    for (int64_t at_y = MAX (y - 1, 0); at_y <= MIN (y + 1, size[1] - 1);
         at_y++)
      for (int64_t k = MAX (i - 1, 0); k <= MIN (i + 1, n - 1); k++) {
        const uint32_t other = all[(at_z * size[1] + at_y) * n + k];
        if (other != 0 && other != own)
          return false;
      }
  return true;
}

LAM_CLONES static bool
has_any (const uint16_t *heights, int lowest, int highest, int64_t n)
{
  int32_t any = 0;
  for (int64_t i = 0; i < n; i++)
    any |= (heights[i] >= lowest) & (heights[i] <= highest);
  return any != 0;
}

static bool
is_listed (const Work *work, const Row *row, int64_t i)
{
  const int64_t at = i * STRETCH;
  return has_any (row->heights + at, work->lowest, work->highest,
             MIN (STRETCH, work->map->size[0] - at))
      && !(work->stretches && is_alone (work, row->number, i));
}

/* Adds the basins of higher voxels beside those from `first` to `end` - 1. What
 * is before in memory is higher, too, when it is as high. */
LAM_CLONES static void
compare (const Row *row, int64_t first, int64_t end, int32_t *restrict least,
    int32_t *restrict most)
{
  const uint32_t *here = row->basins;
  const uint16_t *low = row->heights;
  for (int k = 0; k < row->n_sides; k++) {
    const Side *side = &row->sides[k];
    const uint32_t *there = here + side->offset;
    const uint16_t *high = low + side->offset;
    const int32_t is_before = side->offset < 0;
    const int64_t to = MIN (end, side->to);
    for (int64_t i = MAX (first, side->from); i < to; i++) {
      const int32_t is_higher = (int32_t)high[i] + is_before > (int32_t)low[i];
      const int32_t mask = -(is_higher & (there[i] != here[i]));
      const int32_t as_most = (int32_t)there[i] & mask;
      const int32_t as_least = as_most | (~mask & INT32_MAX);
      least[i] = as_least < least[i] ? as_least : least[i];
      most[i] = as_most > most[i] ? as_most : most[i];
    }
  }
}

static bool
list_voxels (const Work *work, Row *row, int64_t first, int64_t end, Part *part)
{
  for (int64_t x = first; x < end; x++) {
    row->least[x] = INT32_MAX;
    row->most[x] = 0;
  }
  compare (row, first, end, row->least, row->most);
  for (int64_t x = first; x < end; x++)
    if (row->most[x] != 0 && row->heights[x] >= work->lowest
        && row->heights[x] <= work->highest && !look (row, x, part))
      return false;
  return true;
}

/* ---- Rows --------------------------------------------------------------- */

static void
go_to_row (const Work *work, int64_t number, Row *row)
{
  const int64_t width = work->map->size[0];
  row->number = number;
  row->start = number * width;
  row->basins = work->basins + row->start;
  row->heights = work->map->heights + row->start;
  row->n_sides = 0;
  for (int k = 0; k < work->n_steps; k++) {
    const LamMapStep *step = &work->steps[k];
    if (lam_height_map_has_row (work->map, number, step))
      row->sides[row->n_sides++] = (Side){ MAX (-step->by[0], 0),
        width - MAX (step->by[0], 0), step->offset };
  }
}

static bool
list_row (const Work *work, Row *row, Part *part)
{
  const int64_t width = work->map->size[0], n = count_in_row (work->map);
  for (int64_t i = 0; i < n; i++) {
    const int64_t first = i;
    while (i < n && is_listed (work, row, i))
      i++;
    if (i > first
        && !list_voxels (
            work, row, first * STRETCH, MIN (i * STRETCH, width), part))
      return false;
  }
  return true;
}

static void
list_rows (int64_t part, int64_t number, int64_t end, gpointer data)
{
  Work *work = data;
  g_autofree int32_t *least = g_new (int32_t, work->map->size[0]);
  g_autofree int32_t *most = g_new (int32_t, work->map->size[0]);
  Row row = { .least = least, .most = most };
  for (; number < end && !work->failed; number++) {
    go_to_row (work, number, &row);
    if (!list_row (work, &row, &work->parts[part]))
      work->failed = true;
  }
}

/* ---- Order -------------------------------------------------------------- */

/* By 8 bits of the height, the highest first; those that are equal keep their
 * order. */
static int
get_bucket (const LamBasinMeeting *meeting, int shift)
{
  return 255 - (meeting->height >> shift & 255);
}

static void
count (const LamBasinMeeting *meetings, size_t n, int shift, size_t from[257])
{
  for (size_t i = 0; i < n; i++)
    from[get_bucket (&meetings[i], shift) + 1]++;
}

static void
put (const LamBasinMeeting *meetings, size_t n, int shift, size_t from[257],
    LamBasinMeeting *out)
{
  for (size_t i = 0; i < n; i++)
    out[from[get_bucket (&meetings[i], shift)]++] = meetings[i];
}

static void
add_up (size_t from[257])
{
  for (int i = 1; i <= 256; i++)
    from[i] += from[i - 1];
}

static LamBasinMeeting *
sort (Work *work, size_t *n)
{
  const int64_t n_parts = lam_height_map_count_parts (work->map);
  size_t low[257] = { 0 }, high[257] = { 0 };
  *n = 0;
  for (int64_t i = 0; i < n_parts; i++) {
    const Part *part = &work->parts[i];
    count (part->meetings, part->n, 0, low);
    count (part->meetings, part->n, 8, high);
    *n += part->n;
  }
  add_up (low);
  add_up (high);
  g_autofree LamBasinMeeting *half = g_try_new (LamBasinMeeting, MAX (*n, 1));
  for (int64_t i = 0; half && i < n_parts; i++) {
    Part *part = &work->parts[i];
    put (part->meetings, part->n, 0, low, half);
    g_clear_pointer (&part->meetings, g_free);
  }
  g_autofree LamBasinMeeting *all =
      half ? g_try_new (LamBasinMeeting, MAX (*n, 1)) : NULL;
  if (all)
    put (half, *n, 8, high, all);
  return g_steal_pointer (&all);
}

LamBasinMeeting *
lam_basin_meetings_list (const LamHeightMap *map, const uint32_t *basins,
    const uint32_t *stretches, int lowest, int highest, size_t *n)
{
  g_auto (Work) work = { .map = map,
    .basins = basins,
    .stretches = stretches,
    .lowest = lowest,
    .highest = highest,
    .parts = g_new0 (Part, lam_height_map_count_parts (map)) };
  work.n_steps = lam_height_map_list_steps (map, work.steps);
  return lam_height_map_walk (map, list_rows, &work) && !work.failed
      ? sort (&work, n)
      : NULL;
}

/* ---- Joining ------------------------------------------------------------ */

typedef struct {
  const LamHeightMap *map; /* Borrowed */
  uint32_t *basins; /* Borrowed */
  const uint32_t *names; /* Borrowed */
  uint32_t *stretches; /* Borrowed */
} Joining;

/* Gives what is in a stretch then. */
static uint32_t
name_stretch (uint32_t *basins, int64_t n, const uint32_t *names)
{
  uint32_t least = UINT32_MAX, most = 0;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t name = basins[i] = names[basins[i]];
    least = MIN (least, name - 1); /* of none that is the highest */
    most = MAX (most, name);
  }
  return most == 0 || least == most - 1 ? most : SEVERAL;
}

static void
name_rows (int64_t part, int64_t row, int64_t end, gpointer data)
{
  const Joining *joining = data;
  const int64_t width = joining->map->size[0], n = count_in_row (joining->map);
  for (; row < end; row++)
    for (int64_t i = 0; i < n; i++)
      joining->stretches[row * n + i] =
          name_stretch (joining->basins + row * width + i * STRETCH,
              MIN (STRETCH, width - i * STRETCH), joining->names);
}

bool
lam_basins_join (const LamHeightMap *map, uint32_t *basins,
    const uint32_t *names, uint32_t *stretches)
{
  Joining joining = { map, basins, names, stretches };
  return lam_height_map_walk (map, name_rows, &joining);
}
