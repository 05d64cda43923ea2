/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Plain rows that go in and out of a project file. */
#pragma once

#include "labels/class-table.h"
#include "labels/edit.h"

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

/* A change of a class or label row, undone and redone with its edit. Before or
 * after NULL: the row was added or taken away. */
typedef enum { LAM_ROW_CLASS, LAM_ROW_LABEL } LamRowKind;
typedef struct {
  LamRowKind kind;
  LamClass *class_before, *class_after; /* Owned; for LAM_ROW_CLASS */
  LamLabel *label_before, *label_after; /* Owned; for LAM_ROW_LABEL */
} LamRowChange;
LamRowChange *lam_row_change_new_class (
    const LamClass *before, const LamClass *after) G_GNUC_WARN_UNUSED_RESULT;
LamRowChange *lam_row_change_new_label (
    const LamLabel *before, const LamLabel *after) G_GNUC_WARN_UNUSED_RESULT;
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
} LamHistoryRow;
void lam_history_row_free (LamHistoryRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamHistoryRow, lam_history_row_free)
