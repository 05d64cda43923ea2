/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project file. One thread, started here, owns the only SQLite connection;
 * everyone sends it requests and gets answers in the main context that was the
 * requester's default. Durable means: the transaction returned, with
 * synchronous=FULL, and the file at the path is still the one that was opened.
 *
 * Asynchronous functions take a GAsyncReadyCallback and have a _finish.
 * Requests of one thread are carried out in the order they were made. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "labels/brick-runs.h"
#include "labels/coarse-brick.h"
#include "store/project-data.h"

#define LAM_TYPE_STORE (lam_store_get_type ())
/* Signal "moved" (main context of the opener): the file was deleted or replaced
 * underneath; nothing can be saved to it any more. */
G_DECLARE_FINAL_TYPE (LamStore, lam_store, LAM, STORE, GObject)

/* Makes a new project; fails when the file exists. Blocking: for workers and
 * the command line. `preset`: class rows to begin with. */
LamStore *lam_store_create (const char *path, const LamVolumeRow *volume,
    const LamClass *classes, size_t n_classes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Opens one, migrating it (after a backup beside it) when it is older.
 * Blocking. When it is open elsewhere or not writable, opens read-only and says
 * why in lam_store_get_read_only_reason(); an older one is then migrated in a
 * copy that nobody sees. */
LamStore *lam_store_open (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for who only looks at it: the file is not touched, and an older one
 * is migrated in a copy that nobody sees. */
LamStore *lam_store_open_to_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Carries out what was asked, then closes. Blocking; also done on finalize. */
bool lam_store_close (LamStore *store, GError **error);

const char *lam_store_get_path (LamStore *store);
/* NULL: writable. Else a sentence for the person. */
const char *lam_store_get_read_only_reason (LamStore *store);
/* NULL, or a sentence of warning (network file system, damaged row, …). */
const char *lam_store_get_warning (LamStore *store);
/* It tells of damaged rows. The store is open. */
bool lam_store_is_damaged (LamStore *store);

/* What is read once at opening; borrowed, as they were then. */
const LamVolumeRow *lam_store_get_volume (LamStore *store);
LamClassTable *lam_store_dup_classes (
    LamStore *store) G_GNUC_WARN_UNUSED_RESULT;
/* LamRegion *, in order of id. */
GPtrArray *lam_store_dup_regions (LamStore *store) G_GNUC_WARN_UNUSED_RESULT;
/* LamNote *, in order of id. */
GPtrArray *lam_store_get_notes (LamStore *store);
/* Above it no number of a note was taken, not by a damaged one either. */
int32_t lam_store_get_last_note_id (LamStore *store);
/* Packed keys (lam_brick_key_pack) of int64_t. */
GArray *lam_store_dup_brick_keys (LamStore *store) G_GNUC_WARN_UNUSED_RESULT;

/* Those that are stored now; any thread, blocking. */
GArray *lam_store_list_bricks (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Any thread, blocking: NULL without error when the brick is not stored. Sees
 * every edit that was sent before by the same thread. */
LamLabelBrick *lam_store_read_brick (LamStore *store, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as runs, without planes. */
LamBrickRuns *lam_store_read_runs (LamStore *store, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, of one part at the multiples of `stride` (coarse-brick.h). */
LamCoarseBrick *lam_store_read_coarse_brick (LamStore *store, LamBrickKey key,
    LamBrickPart part, const int stride[3], GCancellable *cancellable,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Commits one edit: bricks and row changes in one transaction. `rows` is an
 * array of LamRowChange* (may be NULL), referenced until done. What was undone
 * before can no longer be redone, but stays in the history. The answer's
 * history row is the new edit's. The edit may hold no brick, for row changes
 * alone.
 *
 * A commit that failed changed nothing, and the same edit can be sent again; so
 * can those after it, in their order: an edit whose `before` is not what is
 * stored is refused (LAM_ERROR_INPUT), but for the one that is the file's last
 * already: its answer is the row that it has. */
void lam_store_commit_async (LamStore *store, LamEdit *edit, GPtrArray *rows,
    const char *detail, GAsyncReadyCallback callback, gpointer user_data);
/* For an edit that was refused so, that nothing of it is lost: the bricks and
 * rows become what they are after it, whatever they were. Undoing it leads back
 * to what was stored. */
void lam_store_commit_over_async (LamStore *store, LamEdit *edit,
    GPtrArray *rows, const char *detail, GAsyncReadyCallback callback,
    gpointer user_data);
LamHistoryRow *lam_store_commit_finish (
    LamStore *store, GAsyncResult *result, GError **error);

/* A large edit that is made brick by brick, in a worker: begin, write, end. One
 * transaction, nothing visible before the end. Blocking, any one thread;
 * other requests wait until its end. */
typedef struct _LamBulkEdit LamBulkEdit;
LamBulkEdit *lam_store_begin_bulk (LamStore *store, const char *tool,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The brick as it is now; NULL without error: absent. */
LamLabelBrick *lam_bulk_edit_read (
    LamBulkEdit *bulk, LamBrickKey key, GError **error);
/* Every stored key, packed; NULL with error. */
GArray *lam_bulk_edit_dup_keys (
    LamBulkEdit *bulk, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool lam_bulk_edit_write (
    LamBulkEdit *bulk, LamBrickKey key, LamLabelBrick *after, GError **error);
/* Of what is written the history does not count so many more. */
void lam_bulk_edit_leave_out (LamBulkEdit *bulk, int64_t n_voxels);
/* Commits and frees `bulk` in every case. `box` NULL: that of the bricks. */
LamHistoryRow *lam_bulk_edit_end (LamBulkEdit *bulk, GPtrArray *rows,
    const LamBox *box, const char *detail, GError **error);
void lam_bulk_edit_cancel (LamBulkEdit *bulk); /* rolls back and frees */
/* What going back to a moment does to voxels: how many become another, whose
 * word they are now, and how many would, but are left alone. */
typedef struct {
  int64_t n_voxels;
  int64_t n_persons, n_imported, n_models; /* of these; others nobody's */
  int64_t n_locked, n_verified; /* of a locked label or class; in a region */
} LamRestoreCount;
/* Writes what the voxels of `box` held just after row `target` of the history
 * (0: before the first), but for those of locked labels, for which to become
 * locked counts, too, and of verified regions. Appends the bricks that changed
 * to `keys` (packed), and to `rows` what brings labels and classes back that
 * these voxels need and that are deleted by now; `rows` then goes to
 * lam_bulk_edit_end(). Both NULL: only counts, nothing is written. */
bool lam_bulk_edit_restore (LamBulkEdit *bulk, int64_t target,
    const LamBox *box, GArray *keys, GPtrArray *rows, LamRestoreCount *count,
    LamProgress *progress, GError **error);

/* What an undo, redo or revert did. */
typedef struct {
  GArray *keys; /* int64_t packed keys of bricks that changed */
  GArray *exist; /* bool, beside keys: the brick exists now */
  GPtrArray *rows; /* LamRowChange*, in the direction they were applied */
  GPtrArray *history; /* LamHistoryRow* of the edits whose `undone` changed */
  LamBox box; /* united over the edits */
  LamBox opinion_box; /* where runs think another thing; empty: nowhere */
} LamHistoryStep;
void lam_history_step_free (LamHistoryStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamHistoryStep, lam_history_step_free)

/* Undoes the newest edit that is not undone, redoes the oldest undone one that
 * can be, each with what models answered to it (LamHistoryRow.cause), or goes
 * to the state just after row `target` of the history (0: before the first), in
 * whatever branch it is. Each is one row of the history: "undo", "redo" or
 * "revert". Finish returns NULL without error when there is nothing to do. */
void lam_store_undo_async (
    LamStore *store, GAsyncReadyCallback callback, gpointer user_data);
void lam_store_redo_async (
    LamStore *store, GAsyncReadyCallback callback, gpointer user_data);
void lam_store_revert_async (LamStore *store, int64_t target,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
LamHistoryStep *lam_store_step_finish (
    LamStore *store, GAsyncResult *result, GError **error);

/* Newest first, at most `limit` with id < `before` (0: from the newest), undo
 * and redo rows among them only when `all`. Blocking, any thread. */
GPtrArray *lam_store_read_history (LamStore *store, int64_t before, int limit,
    bool all, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of those that are wanted. */
GPtrArray *lam_store_filter_history (LamStore *store, int64_t before, int limit,
    const LamHistoryFilter *filter, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Each person, and each tool, of the history once, in their order (char *). */
GPtrArray *lam_store_list_persons (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *lam_store_list_tools (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The history's last row at a moment (microseconds since 1970, UTC); 0: it was
 * before the first. Blocking, any thread. */
bool lam_store_find_edit_at (
    LamStore *store, int64_t time, int64_t *id, GError **error);

/* The setting whose text all copies of a project share. */
#define LAM_SETTING_PROJECT "project"

/* Settings: short texts by name (view position, window, …); not in the
 * history. The write is queued; a failure shows at the next edit. */
void lam_store_set_setting (
    LamStore *store, const char *name, const char *value);
/* As read at opening or set since. Main thread. */
char *lam_store_dup_setting (LamStore *store, const char *name);
/* After the person pointed to the image or gave the voxel size. Any thread,
 * blocking; lam_store_get_volume() is another only after the next. */
bool lam_store_write_volume (
    LamStore *store, const LamVolumeRow *volume, GError **error);
/* What was written. Main thread. */
void lam_store_know_volume (LamStore *store, const LamVolumeRow *volume);

/* Copies the project as it is now, with SQLite's backup API, to a new file that
 * appears whole or not at all. Refuses a path where something is, but for an
 * empty file. Any thread, blocking; edits wait meanwhile. Works when the
 * original was moved or deleted. */
bool lam_store_save_copy (
    LamStore *store, const char *path, LamProgress *progress, GError **error);
/* The same, and opens the copy, for who goes on with it: from the copy on
 * nothing is written to `store`, where that fails with LAM_ERROR_READ_ONLY. It
 * is to be closed. NULL with error: `store` stays as it was. */
LamStore *lam_store_move_to_copy (LamStore *store, const char *path,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that `from` has are set, whether it could write them or not. Main
 * thread. */
void lam_store_take_settings (LamStore *store, LamStore *from);
/* Row counts by table name, name → int64 in a GVariant a{sx}. Blocking. */
GVariant *lam_store_count (LamStore *store, GError **error);
/* Checks everything: SQLite's integrity, every checksum, every difference
 * against its bricks, keys, box. Adds a sentence a problem; true when the check
 * itself could be done. Blocking. */
bool lam_store_check (LamStore *store, GPtrArray *problems,
    LamProgress *progress, GError **error);
/* SHA-256 over classes, labels, voxels and notes as values, whatever the
 * encoding; lower-case hex. Blocking. */
char *lam_store_content_hash (
    LamStore *store, LamProgress *progress, GError **error);
