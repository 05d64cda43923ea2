/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The second person's labels that are looked at beside one's own: what an
 * annotator said of a region, or what a merge did not take. There is one such
 * person at a time. Main thread; "theirs-changed" tells when it is another. */
#pragma once

#include "labels/label-map.h"
#include "labels/voice.h"
#include "workspace/workspace.h"

typedef struct _LamTheirs LamTheirs;

LamTheirs *lam_theirs_ref (LamTheirs *theirs) G_GNUC_WARN_UNUSED_RESULT;
void lam_theirs_unref (LamTheirs *theirs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTheirs, lam_theirs_unref)
/* All three borrowed. The map is read as that of the workspace is; `classes`
 * are those of the project with the person's labels. */
const LamVoice *lam_theirs_get_voice (const LamTheirs *theirs);
LamLabelMap *lam_theirs_get_map (LamTheirs *theirs);
const LamClassTable *lam_theirs_get_classes (const LamTheirs *theirs);
/* Classes of the project were changed: what is shown of them is. */
void lam_theirs_heed_classes (LamTheirs *theirs, const LamClassTable *classes);

/* Looks at that person's labels, in the background; 0: at those that are looked
 * at, or were asked for last, else at the newest there are. */
void lam_workspace_look_at_theirs (LamWorkspace *workspace, int64_t voice);
/* Undoing or redoing a merge takes away or brings back what it did not take:
 * looks again then, and only then. For signal "stepped". */
void lam_workspace_heed_step_of_theirs (
    LamWorkspace *workspace, const LamHistoryStep *step);
/* Borrowed; NULL: nobody's, or they are not read yet. */
LamTheirs *lam_workspace_get_theirs (LamWorkspace *workspace);

typedef enum {
  LAM_THEIRS_SILENT, /* nobody is looked at, or says nothing there */
  LAM_THEIRS_ON_THEIR_WAY, /* "sources-changed" when it is there */
  LAM_THEIRS_SAY,
} LamTheirsState;
/* At a voxel, without waiting; label 0: that nothing is there. */
LamTheirsState lam_workspace_probe_theirs (
    LamWorkspace *workspace, const int64_t voxel[3], uint32_t *label);
/* "cell 12", "background": what a label of theirs is called. */
char *lam_theirs_dup_title (
    const LamTheirs *theirs, uint32_t label) G_GNUC_WARN_UNUSED_RESULT;
