/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sizes of floats are ordered as their bits are, NaN above infinity. */
#include "nn/size.h"

#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clones.h"

#define LANES 16

typedef int32_t Sizes __attribute__ ((vector_size (LANES * 4)));
typedef int32_t LooseSizes
    __attribute__ ((vector_size (LANES * 4), aligned (4), may_alias));
typedef uint32_t Bits __attribute__ ((may_alias));

/* A macro, as vectors are handed on differently on each CPU. */
#define RAISE(most, from) \
  do { \
    Sizes found = *(const LooseSizes *)(from)&INT32_MAX; \
    Sizes is_more = found > (most); \
    (most) = (found & is_more) | ((most) & ~is_more); \
  } while (0)

LAM_CLONES float
lam_size_find (const float *from, int64_t n, int64_t next, float so_far)
{
  Sizes sizes[2] = { { 0 }, { 0 } };
  uint32_t most;
  int64_t i = 0;
  memcpy (&most, &so_far, sizeof most);
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    __builtin_prefetch (from + i + next);
    __builtin_prefetch (from + i + LANES + next);
    RAISE (sizes[0], from + i);
    RAISE (sizes[1], from + i + LANES);
  }
  for (; i < n; i++)
    most = MAX (most, *(const Bits *)(from + i) & INT32_MAX);
  for (int lane = 0; lane < LANES; lane++)
    most = MAX (most, (uint32_t)MAX (sizes[0][lane], sizes[1][lane]));
  memcpy (&so_far, &most, sizeof most);
  return so_far;
}

void
lam_size_raise (LamSize *size, float with)
{
  uint32_t bits, now = size->bits;
  memcpy (&bits, &with, sizeof bits);
  bits &= INT32_MAX;
  while (now < bits && !atomic_compare_exchange_weak (&size->bits, &now, bits))
    continue;
}

float
lam_size_get (const LamSize *size)
{
  float value;
  uint32_t bits = size->bits;
  memcpy (&value, &bits, sizeof value);
  return value;
}
