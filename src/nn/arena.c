/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Greedy by size (Pisarchyk and Lee 2020, “Efficient Memory Management for
 * Deep Neural Net Inference”): the largest buffer first, each into the
 * smallest gap between those already placed that are alive with it. A whole
 * with parts, each of which has its own times, goes as low as all of them
 * find room: what is not alive yet leaves its place to others. */
#include "nn/arena.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE (2 << 20)

static int
compare_bytes (gconstpointer a, gconstpointer b, gpointer data)
{
  const LamArenaBuffer *buffers = data;
  int i = *(const int *)a, j = *(const int *)b;
  if (buffers[i].bytes != buffers[j].bytes)
    return buffers[i].bytes < buffers[j].bytes ? 1 : -1;
  return i - j;
}

/* `placed` is ordered by offset. */
static int64_t
find_gap (const LamArenaBuffer *buffers, const GArray *placed,
    const LamArenaBuffer *wanted)
{
  const int64_t mask = LAM_ARENA_ALIGNMENT - 1;
  int64_t end = 0, best = -1, best_gap = G_MAXINT64;
  for (guint i = 0; i < placed->len; i++) {
    const LamArenaBuffer *other = &buffers[g_array_index (placed, int, i)];
    if (other->last < wanted->first || other->first > wanted->last)
      continue;
    int64_t gap = other->offset - end;
    if (gap >= wanted->bytes && gap < best_gap) {
      best = end;
      best_gap = gap;
    }
    end = MAX (end, (other->offset + other->bytes + mask) & ~mask);
  }
  return best >= 0 ? best : end;
}

/* So many pairs of buffers are looked at for families; then they go to the
 * end. */
#define MAX_PAIRS (INT64_C (1) << 28)

typedef struct {
  LamArenaBuffer *buffers; /* Borrowed */
  int *next; /* Owned; by buffer: another part of its whole, or -1 */
  GArray *placed; /* Owned; int, ordered by offset */
  int64_t total, n_pairs;
} Placing;

/* How far up the family of `whole` must go at least from `offset`: past
 * something alive with it. The same where it may stay. */
static int64_t
push_family (Placing *placing, int whole, int64_t offset)
{
  for (int i = whole; i >= 0; i = placing->next[i]) {
    const LamArenaBuffer *own = &placing->buffers[i];
    int64_t begin = offset + (i == whole ? 0 : own->behind);
    placing->n_pairs += placing->placed->len;
    for (guint j = 0; j < placing->placed->len; j++) {
      const LamArenaBuffer *other =
          &placing->buffers[g_array_index (placing->placed, int, j)];
      if (other->last >= own->first && other->first <= own->last
          && begin < other->offset + other->bytes
          && other->offset < begin + own->bytes)
        return offset + other->offset + other->bytes - begin;
    }
  }
  return offset;
}

static int64_t
find_room (Placing *placing, int whole)
{
  const int64_t mask = LAM_ARENA_ALIGNMENT - 1;
  if (placing->next[whole] < 0)
    return find_gap (
        placing->buffers, placing->placed, &placing->buffers[whole]);
  int64_t offset = 0;
  while (placing->n_pairs < MAX_PAIRS) {
    int64_t further = (push_family (placing, whole, offset) + mask) & ~mask;
    if (further == offset)
      return offset;
    offset = further;
  }
  return (placing->total + mask) & ~mask;
}

static void
insert_placed (Placing *placing, int index, int64_t offset)
{
  LamArenaBuffer *buffers = placing->buffers;
  GArray *placed = placing->placed;
  guint at = placed->len;
  buffers[index].offset = offset;
  placing->total = MAX (placing->total, offset + buffers[index].bytes);
  while (at > 0 && buffers[g_array_index (placed, int, at - 1)].offset > offset)
    at--;
  g_array_insert_val (placed, at, index);
}

static void
place_family (Placing *placing, int whole)
{
  int64_t offset = find_room (placing, whole);
  insert_placed (placing, whole, offset);
  for (int i = placing->next[whole]; i >= 0; i = placing->next[i])
    insert_placed (placing, i, offset + placing->buffers[i].behind);
}

int64_t
lam_arena_place (LamArenaBuffer *buffers, int n)
{
  const int64_t mask = LAM_ARENA_ALIGNMENT - 1;
  g_autofree int *order = g_new (int, MAX (n, 1));
  g_autofree int *next = g_new (int, MAX (n, 1));
  g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (int));
  Placing placing = { .buffers = buffers, .next = next, .placed = placed };
  for (int i = 0; i < n; i++) {
    next[i] = -1;
    order[i] = i;
    if (buffers[i].whole == LAM_ARENA_ALONE)
      buffers[i].bytes = (buffers[i].bytes + mask) & ~mask;
  }
  for (int i = 0; i < n; i++)
    if (buffers[i].whole != LAM_ARENA_ALONE) {
      next[i] = next[buffers[i].whole];
      next[buffers[i].whole] = i;
    }
  g_qsort_with_data (order, n, sizeof *order, compare_bytes, buffers);
  for (int i = 0; i < n; i++)
    if (buffers[order[i]].whole == LAM_ARENA_ALONE)
      place_family (&placing, order[i]);
  return placing.total;
}

int64_t
lam_arena_get_default_limit (void)
{
  return (int64_t)sysconf (_SC_PHYS_PAGES) * sysconf (_SC_PAGE_SIZE) / 5 * 4;
}

void *
lam_arena_allocate (int64_t bytes)
{
  size_t page = bytes < LARGE_PAGE ? 4096 : LARGE_PAGE;
  void *memory = NULL;
  if (posix_memalign (&memory, page, (size_t)bytes))
    return NULL;
  if (page == LARGE_PAGE)
    madvise (memory, (size_t)bytes, MADV_HUGEPAGE); /* a wish */
  return memory;
}
