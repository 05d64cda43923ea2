/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where buffers lie in one block of memory, given when each is alive. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define LAM_ARENA_ALIGNMENT 64

typedef struct {
  int64_t bytes;
  int first, last; /* steps, both included */
  /* A part of another buffer, which is no part itself: lies `behind` bytes
   * behind where that one begins. Else LAM_ARENA_ALONE. */
  int whole;
  int64_t behind;
  int64_t offset; /* result */
} LamArenaBuffer;

#define LAM_ARENA_ALONE (-1)

/* Two buffers alive in the same step never overlap, but for those of one
 * whole. Returns the bytes needed in all. Costs n² at most, and a second for
 * wholes with parts. */
int64_t lam_arena_place (LamArenaBuffer *buffers, int n);

/* What one plan may take of this machine's memory: four fifths. */
int64_t lam_arena_get_default_limit (void);
/* For free(). In large pages where the system has them: a step goes through
 * hundreds of channels at once, each in other pages. NULL: no memory. */
void *lam_arena_allocate (int64_t bytes) G_GNUC_WARN_UNUSED_RESULT;
