/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is open now: an image, perhaps a project with labels on it, and every
 * verb of the person as one undoable call. The window and the command line
 * stand on this alone. Main thread only (the thread whose default main context
 * it was opened in); nothing here waits for a file unless it says "blocking".
 *
 * Without a project the image can be looked at; the verbs that change labels
 * fail with LAM_ERROR_MISSING until lam_workspace_create_project(). */
#pragma once

#include <gio/gio.h>

#include "base/job.h"
#include "base/progress.h"
#include "labels/class-table.h"
#include "labels/label-map.h"
#include "store/store.h"
#include "volume/format.h"
#include "volume/volume.h"

#define LAM_TYPE_WORKSPACE (lam_workspace_get_type ())
G_DECLARE_FINAL_TYPE (LamWorkspace, lam_workspace, LAM, WORKSPACE, GObject)

/* Signals:
 * "position-changed" ()
 * "labels-changed" (LamBox *box, gboolean live): voxels changed; live: by the
 *     open stroke, so that what is in memory can be drawn at once
 * "classes-changed" (): class or label rows, or the active one
 * "regions-changed" ()
 * "notes-changed" ()
 * "models-changed" (): networks of the project, or which is active
 * "edited" (const LamHistoryRow *row): voxels that a person changed with a tool
 *     are on disk
 * "stepped" (const LamHistoryStep *step): an undo, redo or revert is done
 * "closing" (): the project is about to be closed; what works on it stops
 * "opinions-changed" (LamBox *box): what networks think of these voxels, as
 *     stored, is another (store/opinions.h), after "labels-changed" if labels
 *     changed with it; whose word counts changes with the labels alone
 * "sources-changed" (): runs of networks became known (sources.h), or what they
 *     think of a place that was asked for (opinions.h), or its label (probe)
 * "theirs-changed" (): whose labels are looked at beside one's own (theirs.h)
 * "history-changed" ()
 * "save-state-changed" ()
 * "project-changed" (): a project was created, or replaced by a saved copy
 * "image-changed" (): the image was found again
 * "show-box" (LamBox *box): an undo, redo or revert changed this; go there
 *     unless it is on screen
 * "message" (const char *text): something the person should know, now */

typedef struct {
  LamVolumeSettings volume;
  int64_t label_bytes; /* of decoded label bricks; 0: default */
  int64_t network_bytes; /* of memory to run a network; 0: four fifths */
  int n_threads; /* 0: one for each processor */
} LamWorkspaceSettings;

/* Opens a project, or an image. An image that has a project of its name beside
 * it which is about it (scan.tif and scan.lamella) opens that project. Fails
 * with LAM_ERROR_NEEDS_CHANNEL when the image has several channels and
 * `options` does not say which. A project opens without its image; see
 * lam_workspace_get_image_problem(). Blocking form for the command line. */
void lam_workspace_open_async (const char *path, const LamOpenOptions *options,
    const LamWorkspaceSettings *settings, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
LamWorkspace *lam_workspace_open_finish (
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
LamWorkspace *lam_workspace_open (const char *path,
    const LamOpenOptions *options, const LamWorkspaceSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NAME.lamella beside the image, or in the person's documents folder where that
 * cannot be written; a free name. */
char *lam_workspace_suggest_project_path (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* Starts a project on the open image. `preset`: a class preset's name.
 * Blocking, milliseconds. */
bool lam_workspace_create_project (LamWorkspace *workspace, const char *path,
    const char *preset, GError **error);
/* Waits until everything is saved, then closes the project. Blocking. An
 * import, deletion or revert under way is stopped and leaves nothing behind.
 * False when something could not be saved; it is still there to be saved
 * elsewhere, unless `discard`. The main context runs meanwhile: a second call
 * from there returns false, and the first goes on. */
bool lam_workspace_close (
    LamWorkspace *workspace, bool discard, GError **error);

/* Borrowed; NULL where there is none. */
LamVolume *lam_workspace_get_volume (LamWorkspace *workspace);
LamStore *lam_workspace_get_store (LamWorkspace *workspace);
LamLabelMap *lam_workspace_get_labels (LamWorkspace *workspace);
const LamClassTable *lam_workspace_get_classes (LamWorkspace *workspace);
LamJobPool *lam_workspace_get_pool (LamWorkspace *workspace);
/* Of the image, or as the project says when that is missing. */
const int64_t *lam_workspace_get_size (LamWorkspace *workspace);
const double *lam_workspace_get_voxel_size_nm (LamWorkspace *workspace);
/* For a window's title: the file's name without its folder. */
const char *lam_workspace_get_title (LamWorkspace *workspace);
/* NULL: may be changed. Else why not (no project, read-only, …). */
const char *lam_workspace_get_read_only_reason (LamWorkspace *workspace);

/* Why the project's image is not shown, and what to do; NULL: it is. */
const char *lam_workspace_get_image_problem (LamWorkspace *workspace);
/* The person points to the image. Refuses one of another size. The file is
 * opened in a worker; the project remembers it in its turn, behind what is
 * being stored. Blocking form for the command line. */
void lam_workspace_set_image_async (LamWorkspace *workspace, const char *path,
    const LamOpenOptions *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_set_image_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
bool lam_workspace_set_image (LamWorkspace *workspace, const char *path,
    const LamOpenOptions *options, GError **error);
/* Remembered in the project, likewise; before there is one, in the open volume.
 */
bool lam_workspace_knows_voxel_size (LamWorkspace *workspace);
bool lam_workspace_set_voxel_size_nm (
    LamWorkspace *workspace, const double nm[3], GError **error);

/* The linked crosshair, in level-0 voxels (continuous, a voxel's centre is at
 * +0.5); kept inside the volume. */
const double *lam_workspace_get_position (LamWorkspace *workspace);
void lam_workspace_set_position (
    LamWorkspace *workspace, const double voxel[3]);

/* Texts remembered with the project (window/level, zoom, …). NULL: not set. */
char *lam_workspace_dup_setting (
    LamWorkspace *workspace, const char *name) G_GNUC_WARN_UNUSED_RESULT;
void lam_workspace_set_setting (
    LamWorkspace *workspace, const char *name, const char *value);

typedef struct {
  bool has_value, has_label; /* false: not in memory yet; it is fetched */
  double value;
  uint32_t label;
  uint16_t source;
} LamProbe;
/* What is at a voxel, without waiting; inside the volume. */
LamProbe lam_workspace_probe (LamWorkspace *workspace, const int64_t voxel[3]);

typedef enum {
  LAM_SAVE_NOTHING, /* no project */
  LAM_SAVE_SAVED, /* everything is on disk */
  LAM_SAVE_SAVING,
  LAM_SAVE_FAILED, /* edits wait in memory; see the error */
} LamSaveState;
LamSaveState lam_workspace_get_save_state (LamWorkspace *workspace);
/* Of the last failure. */
const GError *lam_workspace_get_save_error (LamWorkspace *workspace);
int lam_workspace_get_n_unsaved (LamWorkspace *workspace);
/* The time and id of the edit saved last; 0 when none. */
int64_t lam_workspace_get_last_saved (LamWorkspace *workspace, int64_t *time);
/* Tries the waiting edits again. */
void lam_workspace_retry_save (LamWorkspace *workspace);
/* Writes the project and all that waits to a new file, and goes on with it.
 * Waits for an import under way; one copy at a time. */
void lam_workspace_save_copy_async (LamWorkspace *workspace, const char *path,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_save_copy_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
