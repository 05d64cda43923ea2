/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How large the numbers of a tensor are at most. Convolutions in 16 bits scale
 * by that: who writes a tensor knows it for little. */
#pragma once

#include <stdint.h>

/* Raised by many threads at once: the largest does not depend on their order.
 * Begins at 0. */
typedef struct {
  _Atomic uint32_t bits; /* of a float; those of sizes are ordered as they */
} LamSize;

/* The size of the largest of n numbers, or of `so_far`; not finite if one of
 * them is not. `next` floats on lies what will be asked for next. */
float lam_size_find (const float *from, int64_t n, int64_t next, float so_far);
void lam_size_raise (LamSize *size, float with);
float lam_size_get (const LamSize *size);
