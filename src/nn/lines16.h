/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Lines of numbers on their way to the products of nn/gemm16.h, and from there
 * to where they belong: what lies between them is done in one go. For CPUs that
 * have those products. */
#pragma once

#include "nn/activation.h"
#include "nn/pack16.h"

/* So many rows of products can be written one after the other in each line. */
#define LAM_LINES16_MOST_ROWS 2

typedef struct {
  const void *data; /* Borrowed; floats or 16-bit floats; NULL: zero */
  float unit; /* of 16-bit floats; 0: floats */
  int64_t next; /* numbers on lies what will be asked for next */
} LamLines16From;

/* As lam_pack16_pair(), of two lines of one kind. */
void lam_lines16_pack (const LamLines16From *even, const LamLines16From *odd,
    int64_t n, const LamPack16Unit *unit, int32_t *to);

typedef struct {
  float *to; /* Borrowed; or NULL: */
  uint16_t *to_halves; /* Borrowed; 16-bit floats */
  float to_unit; /* theirs */
  int64_t next; /* numbers on lies what will be written next */
} LamLines16To;

/* The activation of n products + shift of each of the rows, `step` apart, in
 * turn. Returns the size of the largest, or of `so_far`, as lam_size_find(). */
float lam_lines16_write (const float *products, int64_t step, int rows,
    int64_t n, float shift, LamActivation activation, const LamLines16To *to,
    float so_far);
