/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Greedy by size (Pisarchyk and Lee 2020, “Efficient Memory Management for
 * Deep Neural Net Inference”): the largest buffer first, each into the
 * smallest gap between those already placed that are alive with it. */
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
    end = MAX (end, other->offset + other->bytes);
  }
  return best >= 0 ? best : end;
}

static void
insert_placed (const LamArenaBuffer *buffers, GArray *placed, int index)
{
  guint at = placed->len;
  while (at > 0
      && buffers[g_array_index (placed, int, at - 1)].offset
          > buffers[index].offset)
    at--;
  g_array_insert_val (placed, at, index);
}

int64_t
lam_arena_place (LamArenaBuffer *buffers, int n)
{
  g_autofree int *order = g_new (int, MAX (n, 1));
  g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (int));
  int64_t total = 0;
  for (int i = 0; i < n; i++) {
    int64_t mask = LAM_ARENA_ALIGNMENT - 1;
    buffers[i].bytes = (buffers[i].bytes + mask) & ~mask;
    order[i] = i;
  }
  g_qsort_with_data (order, n, sizeof *order, compare_bytes, buffers);
  for (int i = 0; i < n; i++) {
    LamArenaBuffer *buffer = &buffers[order[i]];
    buffer->offset = find_gap (buffers, placed, buffer);
    total = MAX (total, buffer->offset + buffer->bytes);
    insert_placed (buffers, placed, order[i]);
  }
  return total;
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
