/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last edit of what a person asked networks for: objects of all of it at
 * once (object-look.h). They are looked for beside the person; where the
 * project was changed meanwhile nothing is written, and it is to be done again.
 * For this floor. */
#pragma once

#include "workspace/model-acts.h"
#include "workspace/workspace.h"

typedef enum {
  LAM_OBJECT_PASS_DONE,
  LAM_OBJECT_PASS_STALE, /* the project was changed meanwhile */
  LAM_OBJECT_PASS_WAITS, /* something can be redone, as LAM_MODEL_REDO_WAITS */
} LamObjectPassOutcome;

/* Whether there is anything to do: some class has instances, and labels are
 * written. Main thread, as all here. */
bool lam_object_pass_is_needed (LamWorkspace *workspace);
/* All edits of `acts` before it are saved. */
void lam_object_pass_async (LamWorkspace *workspace, LamModelActs *acts,
    const LamBox *box, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_object_pass_finish (
    GAsyncResult *result, LamObjectPassOutcome *outcome, GError **error);
