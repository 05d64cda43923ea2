/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/label-numbers.h"

struct _LamLabelNumbers {
  gatomicrefcount n_refs;
  GMutex lock;
  uint32_t next; /* UINT32_MAX: all are taken */
};

LamLabelNumbers *
lam_label_numbers_new (void)
{
  LamLabelNumbers *numbers = g_new0 (LamLabelNumbers, 1);
  g_atomic_ref_count_init (&numbers->n_refs);
  g_mutex_init (&numbers->lock);
  numbers->next = 1;
  return numbers;
}

LamLabelNumbers *
lam_label_numbers_ref (LamLabelNumbers *numbers)
{
  g_atomic_ref_count_inc (&numbers->n_refs);
  return numbers;
}

void
lam_label_numbers_unref (LamLabelNumbers *numbers)
{
  if (!g_atomic_ref_count_dec (&numbers->n_refs))
    return;
  g_mutex_clear (&numbers->lock);
  g_free (numbers);
}

void
lam_label_numbers_follow (LamLabelNumbers *numbers, const LamClassTable *table)
{
  uint32_t next = lam_class_table_get_next_label (table);
  g_mutex_lock (&numbers->lock);
  numbers->next = next > 0 ? next : UINT32_MAX;
  g_mutex_unlock (&numbers->lock);
}

uint32_t
lam_label_numbers_get_next (LamLabelNumbers *numbers)
{
  g_mutex_lock (&numbers->lock);
  uint32_t next = numbers->next;
  g_mutex_unlock (&numbers->lock);
  return next;
}

uint32_t
lam_label_numbers_take (LamLabelNumbers *numbers)
{
  g_mutex_lock (&numbers->lock);
  uint32_t number = numbers->next < UINT32_MAX ? numbers->next++ : 0;
  g_mutex_unlock (&numbers->lock);
  return number;
}
