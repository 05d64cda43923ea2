/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels in and out as TIFF stacks. */
#pragma once

#include "workspace/workspace.h"

typedef enum {
  LAM_IMPORT_LABELS, /* a value is a label's id; new ids get a row */
  LAM_IMPORT_CLASSES, /* a value is a class */
} LamImportMode;

typedef struct {
  LamImportMode mode;
  int nth_channel; /* of a stack that has several, from 1; 0: not chosen */
  int64_t offset[3]; /* where the stack's first voxel goes */
  int32_t class_id; /* for labels that are new: their class */
  bool renumber; /* labels: give fresh ids instead */
  bool zeros_erase; /* else a 0 leaves what is there */
  bool over_human; /* else voxels a person painted stay */
  /* Value → class id pairs; may be NULL. For classes: a value not listed is the
   * class of that id. For labels: the class of a new one, before `class_id`. */
  const uint32_t (*map)[2];
  size_t n_map;
  /* Classes to be made with the import, as part of its edit; their ids are
   * given then. In `map`, LAM_IMPORT_NEW_CLASS + i stands for the i-th. Copied.
   */
  const LamClass *new_classes;
  size_t n_new_classes;
} LamImportOptions;

#define LAM_IMPORT_NEW_CLASS (UINT32_C (1) << 31)

typedef struct {
  int64_t edit_id; /* 0: nothing changed */
  int64_t n_voxels; /* imported, not 0 */
  int64_t n_kept; /* left alone: locked, verified, or a person's */
  int n_new_labels;
} LamImportResult;

/* The values of a stack, for a mapping dialog: at most `limit` distinct ones in
 * rising order. `channel` from 0; -1: not chosen. In a worker; blocking. */
GArray *lam_label_stack_read_values (const char *path, int channel, int limit,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* u8, u16 or u32 stack onto the volume: one edit, all or nothing. Locked labels
 * and classes neither shrink nor grow, and what lies in a verified region
 * stays. Refuses a stack that does not fit, naming both sizes. One
 * of several channels that was not chosen is LAM_ERROR_NEEDS_CHANNEL. */
void lam_workspace_import_async (LamWorkspace *workspace, const char *path,
    const LamImportOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_import_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamImportResult *summary, GError **error);

typedef enum {
  LAM_EXPORT_LABELS,
  LAM_EXPORT_CLASSES,
  LAM_EXPORT_SOURCES, /* LamVoxelSource as u16 */
} LamExportWhat;

typedef struct {
  LamExportWhat what;
  LamBox box; /* empty: the whole volume */
  LamDtype dtype; /* U8, U16, U32: refused if a value does not fit */
  bool smallest; /* instead: the smallest of them that fits */
} LamExportOptions;

/* Deflate TIFF, complete or not there at all. */
void lam_workspace_export_async (LamWorkspace *workspace, const char *path,
    const LamExportOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_export_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
