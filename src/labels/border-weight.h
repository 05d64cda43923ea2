/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much a voxel's error should count so that a network learns to keep
 * touching objects apart (Ronneberger et al. 2015, arXiv:1505.04597, eq. 2):
 *
 *   w(x) = class weight + w0 · exp (-(d1 + d2)² / (2 σ²))
 *
 * in each section, where d1 is the distance to the nearest object (0 inside of
 * one) and d2 that to the second nearest. Where there are not two objects the
 * second term is 0. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double w0; /* 0: class weights alone */
  double sigma; /* in units of `step` */
} LamBorderWeight;

/* Adds the second term to `weights`. `objects`: of one section, x fastest, 0:
 * no object; `step`: how large a voxel is along x and y. */
void lam_border_weight_add (const LamBorderWeight *rule,
    const uint32_t *objects, const int64_t size[2], const double step[2],
    float *weights);
