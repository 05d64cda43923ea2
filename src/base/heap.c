/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/heap.h"

#include <string.h>

void
lam_heap_push (GArray *heap, gconstpointer item, GCompareFunc compare)
{
  const gsize size = g_array_get_element_size (heap);
  guint i = heap->len;
  g_array_append_vals (heap, item, 1);
  while (i > 0) {
    const guint above = (i - 1) / 2;
    if (compare (heap->data + above * size, item) <= 0)
      break;
    memcpy (heap->data + i * size, heap->data + above * size, size);
    i = above;
  }
  memcpy (heap->data + i * size, item, size);
}

void
lam_heap_pop (GArray *heap, gpointer item, GCompareFunc compare)
{
  const gsize size = g_array_get_element_size (heap);
  char last[LAM_HEAP_MAX_ITEM];
  g_return_if_fail (heap->len > 0 && size <= sizeof last);
  const guint n = heap->len - 1;
  guint i = 0;
  memcpy (item, heap->data, size);
  memcpy (last, heap->data + n * size, size);
  g_array_set_size (heap, n);
  for (guint next = 1; next < n; next = 2 * i + 1) {
    if (next + 1 < n
        && compare (heap->data + (next + 1) * size, heap->data + next * size)
            < 0)
      next++;
    if (compare (last, heap->data + next * size) <= 0)
      break;
    memcpy (heap->data + i * size, heap->data + next * size, size);
    i = next;
  }
  if (n > 0)
    memcpy (heap->data + i * size, last, size);
}
