/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What no model may change: the one place that decides it, below every tool.
 * It asks the file as it is now, in the transaction that is going to write, and
 * nobody's copy. Store thread.
 *
 * Protected is a voxel
 *   whose source is human or accepted,
 *   which lies in a region that is verified, or whose row is damaged,
 *   whose label, or its class, is locked, or whose label is completed; such a
 *   label does not grow either, so that a voxel that is to become it is
 *   protected, too. */
#pragma once

#include "labels/class-table.h"
#include "labels/label-brick.h"
#include "store/connection.h"

typedef struct _LamProtection LamProtection;

/* Good until classes, labels or regions change. */
LamProtection *lam_protection_new (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_protection_free (LamProtection *protection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamProtection, lam_protection_free)

/* A label that the same transaction makes later: it is in the project as it is
 * in `row`. */
bool lam_protection_expect_label (
    LamProtection *protection, const LamLabel *row, GError **error);

/* The voxels first to end - 1 of a brick, in the order of its planes. */
typedef struct {
  int first, end;
} LamVoxelRange;

/* Says for each voxel of a brick in `range` whether it is protected, when its
 * label is to become the one in `wanted` (or LAM_MODEL_SILENT). The arrays are
 * 64³. `stored` NULL: no brick is stored. Fails with LAM_ERROR_INPUT when a
 * label is wanted that is not in the project. */
bool lam_protection_find (LamProtection *protection, LamBrickKey key,
    LamVoxelRange range, const LamLabelBrick *stored, const uint32_t *wanted,
    bool *is_protected, GError **error);

/* What holds back persons, too, whoever said the voxel. */
typedef enum { LAM_KEPT_NOT, LAM_KEPT_LOCKED, LAM_KEPT_VERIFIED } LamKept;
/* Says for each voxel of a brick (LamKept, 64³) what holds it back when it is
 * to become as in `wanted`. Either brick may be NULL: nothing is there. */
bool lam_protection_find_kept (LamProtection *protection, LamBrickKey key,
    const LamLabelBrick *stored, const LamLabelBrick *wanted, uint8_t *kept,
    GError **error);
