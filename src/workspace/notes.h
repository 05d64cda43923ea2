/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project's notes as verbs of the workspace (labels/note.h). Each change is
 * one undoable edit, of the tool "note". Main thread. "notes-changed" says that
 * one of them happened. */
#pragma once

#include "labels/note-list.h"
#include "workspace/workspace.h"

/* Of what is open; empty without a project. To be read alone. */
LamNoteList *lam_workspace_get_notes (LamWorkspace *workspace);

/* The new id, or 0 with error; the id, author and time given are ignored: it is
 * written by who sits here, now. Its corners must lie inside of the volume. */
int32_t lam_workspace_add_note (
    LamWorkspace *workspace, const LamNote *note, GError **error);
/* Kind, text and corners of the note of that id become these. */
bool lam_workspace_set_note (
    LamWorkspace *workspace, const LamNote *note, GError **error);
bool lam_workspace_remove_note (
    LamWorkspace *workspace, int32_t id, GError **error);
/* All of them, as one edit; of ids (int32_t) that are there. */
bool lam_workspace_remove_notes (
    LamWorkspace *workspace, const GArray *ids, GError **error);

/* Tables of notes, for other programs: a line each, with its place in voxels
 * and in nm, and what it measures. Where the size of voxels is not known
 * (NULL), no cell is in nm, lengths and areas are in voxels, and angles those
 * of voxels that are cubes. Lines end in CR LF, and a cell that a spreadsheet
 * would take for a formula begins with an apostrophe. */
char *lam_notes_to_csv (const GPtrArray *notes,
    const double *voxel_size_nm) G_GNUC_WARN_UNUSED_RESULT;
/* Of those ids (int32_t; NULL: of all), written by a worker; a file that is
 * there is replaced, whole or not at all. */
void lam_workspace_export_notes_async (LamWorkspace *workspace,
    const GArray *ids, const char *path, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_workspace_export_notes_finish (GAsyncResult *result, GError **error);
