/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the files that make up LamStore share. */
#pragma once

#include "store/project-file.h"
#include "store/store-thread.h"
#include "store/store.h"

/* Runs on the store's thread with its connection. False sets `error`. */
typedef bool (*LamStoreWork) (
    LamConnection *connection, gpointer data, GError **error);

/* Blocking; fails with a clear error when the store is closed. */
bool lam_store_work (
    LamStore *store, LamStoreWork work, gpointer data, GError **error);
/* The same for the thread that holds the store. */
bool lam_store_work_held (
    LamStore *store, LamStoreWork work, gpointer data, GError **error);
LamStoreThread *lam_store_get_thread (LamStore *store);
/* Store thread. */
LamConnection *lam_store_get_connection (LamStore *store);
/* Rows of models as they are on disk, kept so that nobody waits for the
 * store's thread to see them. NULL: they could not be read. Any thread. */
void lam_store_keep_models (LamStore *store, GPtrArray *models);
GPtrArray *lam_store_ref_models (LamStore *store) G_GNUC_WARN_UNUSED_RESULT;
/* False with LAM_ERROR_READ_ONLY. Any thread. */
bool lam_store_check_writable (LamStore *store, GError **error);
/* Store thread, in a transaction: settings that could not be written when they
 * were set. */
bool lam_store_write_settings (
    LamStore *store, LamConnection *connection, GError **error);
/* Store thread: the same in a transaction of its own. */
bool lam_store_save_settings (
    LamStore *store, LamConnection *connection, GError **error);
/* Store thread, after a transaction: forgets them, or tells of a moved file. */
void lam_store_after_write (LamStore *store, bool ok);
/* Of the edit's row in the history. `who`: persons, instead of the present one.
 */
int64_t lam_bulk_edit_get_id (LamBulkEdit *bulk);
/* The same for who has a bulk edit open. */
bool lam_bulk_edit_work (
    LamBulkEdit *bulk, LamStoreWork work, gpointer data, GError **error);
/* Whether one of those has. */
bool lam_bulk_edit_has_failed (const LamBulkEdit *bulk);
