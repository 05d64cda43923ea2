/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* 64³ voxels of labels and sources. Reference counted, and immutable once
 * settled, so that threads may read a brick while the main thread paints its
 * successor. A brick that is one label and one source all over takes no planes.
 *
 * A brick is open from lam_label_brick_copy() or the first write until
 * lam_label_brick_settle(). An open brick belongs to one thread: a stroke shows
 * its open bricks in the label map, and who passes a brick from the map to
 * another thread must pass a copy of what it needs while the brick is open. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

/* Who said a voxel's label. Numbers are stored; they never change. */
typedef enum {
  LAM_SOURCE_UNSET = 0,
  LAM_SOURCE_IMPORTED = 1,
  LAM_SOURCE_HUMAN = 2,
  LAM_SOURCE_ACCEPTED = 3,
  LAM_SOURCE_FIRST_RUN = 16, /* and up: a model run, table `run` */
} LamVoxelSource;

/* The two planes, by name. */
typedef enum { LAM_PART_LABELS, LAM_PART_SOURCES } LamBrickPart;

typedef struct _LamLabelBrick LamLabelBrick;

/* Uniform; (0, LAM_SOURCE_UNSET) is what an absent brick means. */
LamLabelBrick *lam_label_brick_new (
    uint32_t label, uint16_t source) G_GNUC_WARN_UNUSED_RESULT;
/* Copies both planes, each 64³, x fastest; finds out whether it is uniform. */
LamLabelBrick *lam_label_brick_new_from_planes (
    const uint32_t *labels, const uint16_t *sources) G_GNUC_WARN_UNUSED_RESULT;
/* An open copy: it may be written through the two writable planes. */
LamLabelBrick *lam_label_brick_copy (
    const LamLabelBrick *brick) G_GNUC_WARN_UNUSED_RESULT;
/* An open brick whose voxels are anything: for who writes every one of them. */
LamLabelBrick *lam_label_brick_new_unwritten (void) G_GNUC_WARN_UNUSED_RESULT;
/* An open brick of (0, LAM_SOURCE_UNSET), for who looks at most of its voxels
 * afterwards; who writes few of them opens lam_label_brick_new(). */
LamLabelBrick *lam_label_brick_new_cleared (void) G_GNUC_WARN_UNUSED_RESULT;
LamLabelBrick *lam_label_brick_ref (
    LamLabelBrick *brick) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_brick_unref (LamLabelBrick *brick);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelBrick, lam_label_brick_unref)

bool lam_label_brick_is_open (const LamLabelBrick *brick);
/* `label` and `source` may be NULL. */
bool lam_label_brick_is_uniform (
    const LamLabelBrick *brick, uint32_t *label, uint16_t *source);
/* `index` is x + 64 * (y + 64 * z) inside the brick. */
uint32_t lam_label_brick_get_label (const LamLabelBrick *brick, int index);
uint16_t lam_label_brick_get_source (const LamLabelBrick *brick, int index);
/* NULL for a uniform brick. */
const uint32_t *lam_label_brick_get_labels (const LamLabelBrick *brick);
const uint16_t *lam_label_brick_get_sources (const LamLabelBrick *brick);
/* Fill 64³ values whether uniform or not. */
void lam_label_brick_copy_labels (const LamLabelBrick *brick, uint32_t *out);
void lam_label_brick_copy_sources (const LamLabelBrick *brick, uint16_t *out);
bool lam_label_brick_equal (const LamLabelBrick *a, const LamLabelBrick *b);
size_t lam_label_brick_get_bytes (const LamLabelBrick *brick);

/* Makes planes where there are none. Only on an open brick, or by who holds the
 * only reference, which opens it. Good until the brick is settled. */
uint32_t *lam_label_brick_write_labels (LamLabelBrick *brick);
uint16_t *lam_label_brick_write_sources (LamLabelBrick *brick);
/* Ends writing: the brick is immutable from here on. Drops the planes again
 * when it became uniform. */
void lam_label_brick_settle (LamLabelBrick *brick);
/* The same for a brick that is known to be mixed: reads no voxel. */
void lam_label_brick_settle_mixed (LamLabelBrick *brick);
