/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking another person's word where the labels are not the same. Main thread.
 */
#pragma once

#include "labels/figure.h"
#include "labels/place.h"
#include "labels/voxel-set.h"
#include "workspace/workspace.h"

/* Of a place of the queue that is a dissent: its voxels become what the voice
 * says, with source human. One undoable edit; an object that was not there yet
 * becomes a label. Refused while one of the two is locked; what lies in a
 * verified region stays. */
void lam_workspace_take_voice_async (LamWorkspace *workspace,
    const LamPlace *place, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
/* `n_verified`: of its voxels stay for a region. */
bool lam_workspace_take_voice_finish (LamWorkspace *workspace,
    GAsyncResult *result, int64_t *n_verified, GError **error);

/* The same, voxel by voxel, of the whole object that is at a voxel
 * (lam_dissent_get_object()), so that it becomes what the voice says; or of
 * some voxels, which are copied. What is locked, completed or in a verified
 * region stays. `voice` 0: the newest that is about that voxel. `place`, of
 * which the voxel is the centre, or NULL: refused when its labels are no longer
 * there, as that would be another object. */
void lam_workspace_take_object_async (LamWorkspace *workspace, int64_t voice,
    const int64_t voxel[3], const LamPlace *place, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
void lam_workspace_take_voxels_async (LamWorkspace *workspace, int64_t voice,
    const LamVoxelSet *voxels, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* The same of what a brush went over, as lam_figure_cover_way(). */
void lam_workspace_take_way_async (LamWorkspace *workspace, int64_t voice,
    const LamFigureRequest *request, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* Mine stays, of all places where both differ about the object at a voxel, or a
 * place, as above. Outside of the history. */
void lam_workspace_keep_object_async (LamWorkspace *workspace, int64_t voice,
    const int64_t voxel[3], const LamPlace *place, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
typedef struct {
  int64_t n_voxels; /* that changed */
  bool has_kept; /* others stay as they are */
  GArray *verdicts; /* Owned; LamVerdictRow: what was said of the object's
                     * places; or NULL */
} LamTaken;
void lam_taken_clear (LamTaken *taken);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamTaken, lam_taken_clear)
/* Of these four; `taken` is filled either way. LAM_ERROR_MISSING with a
 * sentence for the person: there was nothing to take or to keep. */
bool lam_workspace_take_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamTaken *taken, GError **error);
