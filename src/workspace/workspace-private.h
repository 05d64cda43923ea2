/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The workspace's insides, for the modules of this floor. */
#pragma once

#include "labels/note-list.h"
#include "labels/opinion-map.h"
#include "labels/stroke.h"
#include "workspace/label-numbers.h"
#include "workspace/theirs.h"
#include "workspace/workspace.h"

/* The project file that label bricks are read from. Workers hold it while the
 * main thread may put another in its place (a saved copy). */
typedef struct {
  GMutex lock;
  LamStore *store; /* Owned */
} LamStoreSlot;

/* One step of work on the project. They are carried out in order, one at a
 * time: see queue.c. */
typedef struct _LamOperation LamOperation;

struct _LamWorkspace {
  GObject parent;

  /* Owned */
  LamJobPool *pool;
  LamVolume *volume;
  LamStore *store;
  LamLabelMap *labels;
  LamClassTable *classes; /* as the person sees them */
  LamClassTable *saved; /* as they are on disk: without what waits */
  LamLabelNumbers *numbers;
  GPtrArray *regions; /* of LamRegion, Owned, in order of id */
  LamNoteList *notes;
  LamStoreSlot slot;
  char *path; /* what was opened: project or image */
  char *title;
  char *image_problem;
  char *read_only_reason;
  GHashTable *settings; /* of an image without project */
  GHashTable *fetching; /* packed keys of bricks on their way */
  LamWorkspaceSettings how;
  char *copy_folder; /* Owned; what how.volume.copy_folder points to */

  int64_t size[3];
  double voxel_size_nm[3];
  bool knows_voxel_size;
  double position[3];

  /* queue.c */
  GQueue operations; /* of LamOperation, Owned */
  bool save_failed;
  GError *save_error;
  int64_t last_edit, last_time; /* saved last; 0 */
  int64_t wait_edit; /* see lam_workspace_wait() */
  GError *operation_error; /* of an undo or stroke that failed, for wait */
  GTask *copy_task; /* Owned; a copy to be made when nothing is in flight */
  bool is_copying; /* nothing is sent to the store meanwhile */
  bool is_closing;
  int n_sendings; /* beside the queue, on their way to the store */
  GQueue held_sayings; /* of GTask, Owned: of those, what waits for a copy */
  GQueue held_models; /* of GTask, Owned: likewise (project-models.c) */
  GPtrArray *exports; /* Owned, of borrowed LamProgress: under way */
  int64_t newest_undoable; /* what the history says can be undone, … */
  bool can_redo;

  /* labelling.c */
  int32_t active_class;
  uint32_t active_label, previous_label;
  uint32_t fresh_label; /* made for the next stroke, not yet saved; or 0 */
  GHashTable *joined; /* Owned; queue-rows.c: labels that became others */

  /* sources.c */
  LamOpinionMap *opinions; /* Owned; opinions.c */
  bool is_reading_opinion;
  GHashTable *run_names; /* Owned; run id → owned name of its network */
  int newest_run; /* of those; 0: none */
  int asked_run; /* the highest that was looked for */
  bool is_reading_runs;

  /* theirs.c */
  LamTheirs *theirs; /* Owned; or NULL */
  GTask *theirs_look; /* Borrowed; the last question; or NULL */
  bool is_fetching_theirs;
};

/* opinions.c */
void lam_opinions_make (LamWorkspace *workspace);

/* workspace.c */
/* Any thread; a reference, or NULL. */
LamStore *lam_store_slot_ref (LamStoreSlot *slot);
/* A saved copy may have taken the place of the store that failed, and that one
 * been closed: then `store` becomes the one where to try again. */
bool lam_store_slot_follow (
    LamStoreSlot *slot, LamStore **store, GCancellable *cancellable);
/* Takes over a store: tables, brick keys, settings. */
void lam_workspace_attach_store (LamWorkspace *workspace, LamStore *store);
void lam_workspace_attach_volume (LamWorkspace *workspace, LamSource *source);
/* voxel-size.c: with what a person said. */
LamVolumeSettings lam_workspace_get_volume_settings (LamWorkspace *workspace);
/* Another store in the place of the one before, with the same content. */
void lam_workspace_replace_store (LamWorkspace *workspace, LamStore *store);
/* Reads a brick in a worker and puts it into the label map. */
void lam_workspace_fetch_brick (LamWorkspace *workspace, LamBrickKey key);
/* True, or false with LAM_ERROR_MISSING or LAM_ERROR_READ_ONLY. */
bool lam_workspace_check_writable (LamWorkspace *workspace, GError **error);
void lam_workspace_emit_labels (
    LamWorkspace *workspace, const LamBox *box, bool live);
void lam_workspace_emit_message (LamWorkspace *workspace, const char *text);

/* workspace-open.c: what another program or an earlier run left beside a path
 */
/* The row that says what image the project is about. */
void lam_workspace_fill_volume_row (
    LamWorkspace *workspace, const char *project_path, LamVolumeRow *row);
