/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/int64-hash.h"

#include <stdint.h>

guint
lam_int64_hash (gconstpointer number)
{
  uint64_t bits = *(const uint64_t *)number;
  bits ^= bits >> 32;
  return (guint)(bits * UINT64_C (0x9e3779b97f4a7c15) >> 32);
}

int
lam_int64_compare (gconstpointer a, gconstpointer b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}
