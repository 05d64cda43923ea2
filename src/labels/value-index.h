/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numbers the values it is asked for, 0, 1, 2, … in the order they came. One
 * thread at a time. */
#pragma once

#include <stdint.h>

/* May be read. */
typedef struct {
  uint64_t *values; /* Owned; by number */
  uint32_t *slots; /* Owned; number + 1, open addressing; 0: free */
  uint32_t n;
  uint32_t mask; /* number of slots - 1; a power of two, at least 2 n */
} LamValueIndex;

void lam_value_index_init (LamValueIndex *index);
void lam_value_index_clear (LamValueIndex *index);
uint32_t lam_value_index_take (LamValueIndex *index, uint64_t value);
