/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An id of the phantom says where in the lattice its cell lies, so that any
 * part can be made alone; hence most ids belong to nothing that is seen. */
#include "labels/phantom-numbers.h"

struct _LamPhantomNumbers {
  GHashTable *by_id; /* Owned: id → number */
  GArray *ids; /* Owned: the id of each number, from 1 */
};

LamPhantomNumbers *
lam_phantom_numbers_new (void)
{
  LamPhantomNumbers *numbers = g_new (LamPhantomNumbers, 1);
  numbers->by_id = g_hash_table_new (NULL, NULL);
  numbers->ids = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  return numbers;
}

void
lam_phantom_numbers_free (LamPhantomNumbers *numbers)
{
  g_hash_table_unref (numbers->by_id);
  g_array_unref (numbers->ids);
  g_free (numbers);
}

uint32_t
lam_phantom_numbers_get_last (const LamPhantomNumbers *numbers)
{
  return numbers->ids->len;
}

static uint32_t
look_up (const LamPhantomNumbers *numbers, uint32_t id)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (numbers->by_id, GUINT_TO_POINTER (id)));
}

uint32_t
lam_phantom_numbers_get_parent (const LamPhantomNumbers *numbers,
    const LamPhantom *phantom, uint32_t number)
{
  g_return_val_if_fail (number >= 1 && number <= numbers->ids->len, 0);
  uint32_t id = g_array_index (numbers->ids, uint32_t, number - 1);
  return look_up (numbers, lam_phantom_get_parent (phantom, id));
}

uint32_t
lam_phantom_numbers_meet (LamPhantomNumbers *numbers, uint32_t id)
{
  uint32_t number = look_up (numbers, id);
  if (number)
    return number;
  g_array_append_val (numbers->ids, id);
  number = numbers->ids->len;
  g_hash_table_insert (
      numbers->by_id, GUINT_TO_POINTER (id), GUINT_TO_POINTER (number));
  return number;
}

void
lam_phantom_numbers_replace (
    LamPhantomNumbers *numbers, uint32_t *labels, size_t n)
{
  uint32_t id = 0, number = 0;
  for (size_t i = 0; i < n; i++) {
    if (labels[i] != id) {
      id = labels[i];
      number = id ? lam_phantom_numbers_meet (numbers, id) : 0;
    }
    labels[i] = number;
  }
}
