/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes and labels as verbs of the workspace. Each change is one undoable
 * edit. Main thread. */
#pragma once

#include "workspace/workspace.h"

/* What is painted with. 0: a new instance of the active class, made by
 * lam_workspace_take_label(). */
int32_t lam_workspace_get_active_class (LamWorkspace *workspace);
uint32_t lam_workspace_get_active_label (LamWorkspace *workspace);
/* Class without instances: its one label becomes active, if it has one. */
void lam_workspace_set_active_class (LamWorkspace *workspace, int32_t id);
/* Also makes its class active. 0: next stroke makes a new instance. */
void lam_workspace_set_active_label (LamWorkspace *workspace, uint32_t id);
/* X: the label that was active before. */
void lam_workspace_swap_active_label (LamWorkspace *workspace);
/* The active label, made now if there is none; 0 with error when the class or
 * label is locked or there is no project. */
uint32_t lam_workspace_take_label (LamWorkspace *workspace, GError **error);
/* One that was made and has not been used, named or changed since goes again.
 */
void lam_workspace_drop_unused_label (LamWorkspace *workspace);

/* The new id; -1 or 0 with error. `row->id` is ignored. */
int32_t lam_workspace_add_class (
    LamWorkspace *workspace, const LamClass *row, GError **error);
uint32_t lam_workspace_add_label (
    LamWorkspace *workspace, const LamLabel *row, GError **error);
/* Replaces the row of that id: name, colour, key, class, locks. */
bool lam_workspace_set_class (
    LamWorkspace *workspace, const LamClass *row, GError **error);
bool lam_workspace_set_label (
    LamWorkspace *workspace, const LamLabel *row, GError **error);
/* Many labels, each at most once, as one edit; all of them or none. */
bool lam_workspace_set_labels (LamWorkspace *workspace, const LamLabel *rows,
    size_t n_rows, GError **error);
/* Refused while labels belong to it, and for class 0. */
bool lam_workspace_remove_class (
    LamWorkspace *workspace, int32_t id, GError **error);
/* Only these labels are shown, and those that are made later; none: all are.
 * Not an edit: it is neither saved nor undone. */
void lam_workspace_isolate (
    LamWorkspace *workspace, const uint32_t *ids, size_t n_ids);
/* Clears its voxels everywhere and takes the row away; one edit. */
void lam_workspace_delete_label_async (LamWorkspace *workspace, uint32_t id,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
/* The same for several, as one edit; refused while one of them is locked or
 * has voxels in a verified region. */
void lam_workspace_delete_labels_async (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* All voxels of the labels become `into`'s, a person's word, and their rows go;
 * one edit. Refused while one of them or `into` is locked, one of them has
 * voxels in a verified region, or `into` is among them. Ends with
 * lam_workspace_delete_label_finish(). */
void lam_workspace_merge_labels_async (LamWorkspace *workspace, uint32_t into,
    const uint32_t *ids, size_t n_ids, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_delete_label_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
/* A level-0 voxel of the label, near its middle, for jumping to it. */
void lam_workspace_find_label_async (LamWorkspace *workspace, uint32_t id,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_find_label_finish (LamWorkspace *workspace,
    GAsyncResult *result, double voxel[3], GError **error);
/* "Mitochondrion 12", or its own name. */
char *lam_workspace_dup_label_title (
    LamWorkspace *workspace, uint32_t id) G_GNUC_WARN_UNUSED_RESULT;
