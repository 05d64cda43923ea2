/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A small part of an image with what is known about it: what training sees. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* The class of a voxel of which nothing is known; its weight is 0. */
#define LAM_PATCH_IGNORED UINT8_MAX

/* Dense arrays, x fastest. */
typedef struct {
  int64_t size[3]; /* x, y, z */
  float *image; /* Owned; mean 0, deviation 1 over the whole image */
  uint8_t *classes; /* Owned; or LAM_PATCH_IGNORED */
  float *weights; /* Owned */
} LamPatch;

LamPatch *lam_patch_new (const int64_t size[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_patch_free (LamPatch *patch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPatch, lam_patch_free)

static inline int64_t
lam_patch_get_n_voxels (const LamPatch *patch)
{
  return patch->size[0] * patch->size[1] * patch->size[2];
}

/* Voxel p becomes what was at q, where q[axes[i]] = p[i], or size - 1 - p[i]
 * where `flips[i]`. Axes that change places must be equally long. */
void lam_patch_turn (LamPatch *patch, const int axes[3], const int flips[3]);

/* Where a moved voxel of plane `z` comes from, in voxels; x and y hold its
 * place and become that. */
typedef void (*LamPatchMove) (
    gconstpointer data, int64_t z, double *x, double *y);
/* Moves all three arrays within their planes: the image by linear
 * interpolation (mirrored beyond its edges), classes and weights from the
 * nearest voxel; what comes from outside is ignored. */
void lam_patch_move (LamPatch *patch, LamPatchMove move, gconstpointer data);
