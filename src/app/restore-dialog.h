/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Takes a part of the volume back to an earlier moment: where, and what that
 * changes, is seen before it is done. */
#pragma once

#include "app/canvas.h"
#include "workspace/models.h"

/* To just after `row`, of which nothing is kept. `canvas` may be NULL: nothing
 * is seen. */
void lam_restore_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    LamCanvas *canvas, const LamHistoryRow *row);
