/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/value-index.h"

#include <glib.h>

enum { FIRST_SLOTS = 64 };

void
lam_value_index_init (LamValueIndex *index)
{
  index->n = 0;
  index->mask = FIRST_SLOTS - 1;
  index->values = g_new (uint64_t, FIRST_SLOTS / 2);
  index->slots = g_new0 (uint32_t, FIRST_SLOTS);
}

void
lam_value_index_clear (LamValueIndex *index)
{
  g_free (index->values);
  g_free (index->slots);
}

/* Where the value is, or the free slot where it belongs. */
static uint32_t *
find_slot (const LamValueIndex *index, uint64_t value)
{
  /* Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
  uint32_t at = (uint32_t)(value * UINT64_C (0x9e3779b97f4a7c15) >> 33);
  at &= index->mask;
  while (index->slots[at] && index->values[index->slots[at] - 1] != value)
    at = (at + 1) & index->mask;
  return &index->slots[at];
}

static void
grow (LamValueIndex *index)
{
  const uint32_t n_slots = (index->mask + 1) * 2;
  index->mask = n_slots - 1;
  index->values = g_renew (uint64_t, index->values, n_slots / 2);
  g_free (index->slots);
  index->slots = g_new0 (uint32_t, n_slots);
  for (uint32_t i = 0; i < index->n; i++)
    *find_slot (index, index->values[i]) = i + 1;
}

uint32_t
lam_value_index_take (LamValueIndex *index, uint64_t value)
{
  uint32_t *slot = find_slot (index, value);
  if (*slot)
    return *slot - 1;
  if (index->n == (index->mask + 1) / 2) {
    grow (index);
    slot = find_slot (index, value);
  }
  index->values[index->n] = value;
  *slot = ++index->n;
  return index->n - 1;
}
