/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A made-up volume that looks like block-face electron microscopy of blood
 * platelets, with the exact truth about every voxel. The same settings give the
 * same voxels on every machine, whichever part is asked for, in whatever order
 * and by however many threads; nothing is kept, so memory does not grow with
 * the volume. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

typedef struct {
  int64_t size[3]; /* voxels, each 1 to 2^20 */
  double voxel_size_nm[3]; /* each 0.5 to 1000 */
  uint64_t seed;
  uint32_t classes; /* a bit a class id (LamPhantomClass); 0: all of them */
} LamPhantomSettings;

typedef struct _LamPhantom LamPhantom;

/* Fails when a size is out of range, or when a class is chosen but not the one
 * it lies in. */
LamPhantom *lam_phantom_new (const LamPhantomSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_phantom_free (LamPhantom *phantom);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPhantom, lam_phantom_free)

/* Turns "cell,mitochondrion" into bits; "" or NULL is all. */
bool lam_phantom_parse_classes (
    const char *names, uint32_t *classes, GError **error);

/* Fills dense arrays, x fastest, of the voxels in `box` (inside the volume);
 * each may be NULL. Classes are those of the preset "platelet", labels one id
 * an object, large and with gaps (see phantom-numbers.h), 0 for the medium.
 * Cheapest when x and y of the box are multiples of LAM_BRICK_EDGE. Any thread,
 * several at once. */
void lam_phantom_render (const LamPhantom *phantom, const LamBox *box,
    uint16_t *image, uint32_t *labels, uint8_t *classes);

/* The object that `id` (as found in the labels) lies in: the cell of an
 * organelle, the body of a core; 0 for a cell. Any thread. */
uint32_t lam_phantom_get_parent (const LamPhantom *phantom, uint32_t id);
