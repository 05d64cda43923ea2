/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define LARGE_PAGE_BYTES ((size_t)2 << 20)
/* The most that glibc allows. */
#define LARGEST_KEPT_BYTES (32 << 20)

void
lam_memory_keep_freed (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES);
  mallopt (M_TRIM_THRESHOLD, 2 * LARGEST_KEPT_BYTES);
#endif
}

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
