/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE_BYTES ((size_t)2 << 20)

void *
lam_memory_new (size_t n_bytes)
{
  void *memory = NULL;
  if (n_bytes < LARGE_PAGE_BYTES)
    return malloc (n_bytes > 0 ? n_bytes : 1);
  if (posix_memalign (&memory, LARGE_PAGE_BYTES, n_bytes) != 0)
    return NULL;
  madvise (memory, n_bytes, MADV_HUGEPAGE); /* a wish */
  return memory;
}

void *
lam_memory_new0 (size_t n_bytes)
{
  void *memory = lam_memory_new (n_bytes);
  return memory ? memset (memory, 0, n_bytes) : NULL;
}
