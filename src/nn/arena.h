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
  int64_t offset; /* result */
} LamArenaBuffer;

/* Two buffers alive in the same step never overlap. Returns the bytes needed
 * in all. Costs n² at most. */
int64_t lam_arena_place (LamArenaBuffer *buffers, int n);

/* What one plan may take of this machine's memory: four fifths. */
int64_t lam_arena_get_default_limit (void);
/* For free(). In large pages where the system has them: a step goes through
 * hundreds of channels at once, each in other pages. NULL: no memory. */
void *lam_arena_allocate (int64_t bytes) G_GNUC_WARN_UNUSED_RESULT;
