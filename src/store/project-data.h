/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Plain rows that go in and out of a project file. */
#pragma once

#include "labels/class-table.h"
#include "labels/edit.h"
#include "labels/note.h"
#include "labels/region.h"

/* The image the project is about; the project opens without it. */
typedef struct {
  char *path; /* Owned; as last found, absolute */
  char *relative_path; /* Owned; from the project's folder, or NULL */
  int64_t size[3];
  char *dtype; /* Owned; lam_dtype_name() of the file */
  int channel;
  double voxel_size_nm[3]; /* what the person said or the file said; 0: not */
  int64_t file_bytes;
} LamVolumeRow;
void lam_volume_row_clear (LamVolumeRow *row);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamVolumeRow, lam_volume_row_clear)

/* A change of a class, label, region or note row, undone and redone with its
 * edit. Before or after NULL: the row was added or taken away. The numbers of
 * kinds are stored; they never change. */
typedef enum {
  LAM_ROW_CLASS,
  LAM_ROW_LABEL,
  LAM_ROW_REGION,
  LAM_ROW_NOTE,
  LAM_N_ROW_KINDS
} LamRowKind;
typedef struct {
  LamRowKind kind;
  LamClass *class_before, *class_after; /* Owned; for LAM_ROW_CLASS */
  LamLabel *label_before, *label_after; /* Owned; for LAM_ROW_LABEL */
  LamRegion *region_before, *region_after; /* Owned; for LAM_ROW_REGION */
  LamNote *note_before, *note_after; /* Owned; for LAM_ROW_NOTE */
  unsigned fields; /* it is about, where they are known; not stored */
  bool has_labels; /* they are in the change's own memory */
} LamRowChange;
LamRowChange *lam_row_change_new_class (
    const LamClass *before, const LamClass *after) G_GNUC_WARN_UNUSED_RESULT;
LamRowChange *lam_row_change_new_label (
    const LamLabel *before, const LamLabel *after) G_GNUC_WARN_UNUSED_RESULT;
LamRowChange *lam_row_change_new_region (
    const LamRegion *before, const LamRegion *after) G_GNUC_WARN_UNUSED_RESULT;
LamRowChange *lam_row_change_new_note (
    const LamNote *before, const LamNote *after) G_GNUC_WARN_UNUSED_RESULT;
/* The same change seen the other way round. */
LamRowChange *lam_row_change_invert (
    const LamRowChange *change) G_GNUC_WARN_UNUSED_RESULT;
/* Of the row. */
int64_t lam_row_change_get_id (const LamRowChange *change);
void lam_row_change_free (LamRowChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRowChange, lam_row_change_free)

/* One line of the history. */
typedef struct {
  int64_t id; /* stable for ever, from 1, in order of time */
  int64_t time; /* microseconds since 1970, UTC */
  char *who; /* Owned */
  char *tool; /* Owned: "brush", "import", "undo", … */
  char *detail; /* Owned: free text for people, "" if none */
  LamBox box; /* what it changed, level-0 voxels; may be empty */
  int64_t n_voxels; /* how many voxels changed */
  int n_bricks;
  bool undone;
  bool given_up; /* undone, and cannot be redone: something else was done */
  int64_t target; /* for "undo", "redo", "revert": the edit it was about */
  int64_t run; /* whose edit it is; 0: a person's */
  int64_t cause; /* of a run's edit: the newest edit that it answers and is
                  * taken back with; 0: somebody asked for it by itself */
} LamHistoryRow;
void lam_history_row_free (LamHistoryRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamHistoryRow, lam_history_row_free)

/* What of the history is wanted; where a field is NULL, 0 or empty, all is. */
typedef struct {
  const char *who, *tool; /* Borrowed; exactly so */
  int64_t after; /* newer than this row */
  int64_t since, until; /* microseconds since 1970, UTC; `until` is not in it */
  LamBox box; /* touches it; level-0 voxels */
  bool has_steps; /* undo, redo and revert rows are wanted, too */
} LamHistoryFilter;

/* A state of a network that is kept in the project. */
typedef struct {
  int64_t id; /* stable for ever, from 1 */
  char *name; /* Owned */
  int64_t time; /* microseconds since 1970, UTC */
  int64_t parent; /* the state it was trained on from; 0: none is known */
  char *hash; /* Owned; SHA-256 of the ONNX file, lower-case hex */
  int64_t n_bytes;
  bool removed; /* only this row is left of it */
} LamModelRow;
void lam_model_row_free (LamModelRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamModelRow, lam_model_row_free)

/* A model with its settings at work; its voxels have the source
 * LAM_SOURCE_FIRST_RUN + id. */
typedef struct {
  int64_t id; /* stable for ever, from 1 to LAM_MAX_RUN */
  int64_t model;
  char *settings; /* Owned; free text, the same for the same settings */
  int64_t time; /* of its first work */
  LamBox box; /* around all it worked on */
} LamRunRow;
#define LAM_MAX_RUN (UINT16_MAX - LAM_SOURCE_FIRST_RUN)
void lam_run_row_free (LamRunRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRunRow, lam_run_row_free)
