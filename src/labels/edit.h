/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One undoable act as values: what was there before and what is there after. A
 * brick that did not change is not in it. Built by one thread, then immutable
 * and handed from thread to thread. */
#pragma once

#include "labels/label-brick.h"

typedef struct {
  LamBrickKey key;
  LamLabelBrick *before; /* Owned; NULL: there was no brick */
  LamLabelBrick *after; /* Owned; NULL: the brick went away */
} LamBrickChange;

typedef struct _LamEdit LamEdit;

/* `tool` is a stable name: "brush", "eraser", "import", … */
LamEdit *lam_edit_new (const char *tool) G_GNUC_WARN_UNUSED_RESULT;
LamEdit *lam_edit_ref (LamEdit *edit) G_GNUC_WARN_UNUSED_RESULT;
void lam_edit_unref (LamEdit *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamEdit, lam_edit_unref)

/* Takes references of its own; leaves out a change that is none (NULL and all
 * unlabelled, unset are the same). */
void lam_edit_add_brick (LamEdit *edit, LamBrickKey key, LamLabelBrick *before,
    LamLabelBrick *after);
/* For whoever knows that there is one: looks at no voxel. */
void lam_edit_add_changed_brick (LamEdit *edit, LamBrickKey key,
    LamLabelBrick *before, LamLabelBrick *after);
/* The changed voxels' bounds, if narrower than the bricks. */
void lam_edit_set_box (LamEdit *edit, const LamBox *box);

const char *lam_edit_get_tool (const LamEdit *edit);
/* The box that was set, else that of the bricks; empty if there are none. */
LamBox lam_edit_get_box (const LamEdit *edit);
size_t lam_edit_get_n_bricks (const LamEdit *edit);
const LamBrickChange *lam_edit_get_brick (const LamEdit *edit, size_t i);
