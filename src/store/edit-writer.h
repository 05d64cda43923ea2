/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One edit on its way into the file: a transaction from begin to end or cancel.
 * Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

typedef struct _LamEditWriter LamEditWriter;

LamEditWriter *lam_edit_writer_begin (LamConnection *connection,
    const char *tool, GError **error) G_GNUC_WARN_UNUSED_RESULT;
int64_t lam_edit_writer_get_id (const LamEditWriter *writer);
/* It is the edit of a run; see LamHistoryRow. `who`: the model's name. */
void lam_edit_writer_set_run (
    LamEditWriter *writer, int64_t run, int64_t cause, const char *who);
/* Fails when `before` is not what is stored: the edit was made from something
 * else, and its difference would not lead back. */
bool lam_edit_writer_change (
    LamEditWriter *writer, const LamBrickChange *change, GError **error);
/* The same from whatever is stored to `after`. */
bool lam_edit_writer_change_over (
    LamEditWriter *writer, const LamBrickChange *change, GError **error);
/* The same, coded by the caller, who has just read `before` from here. `brick`
 * NULL: the brick goes away. */
bool lam_edit_writer_put (LamEditWriter *writer, LamBrickKey key, int presence,
    const GByteArray *brick, const GByteArray *difference, int64_t n_voxels,
    GError **error);
/* Of what was put, so many voxels are not to be counted. */
void lam_edit_writer_leave_out (LamEditWriter *writer, int64_t n_voxels);
/* Carries out and records row changes; `rows` NULL: none. */
bool lam_edit_writer_rows (
    LamEditWriter *writer, GPtrArray *rows, GError **error);
bool lam_edit_writer_rows_over (
    LamEditWriter *writer, GPtrArray *rows, GError **error);
/* Commits and frees the writer in every case. `box` NULL: that of the bricks.
 */
LamHistoryRow *lam_edit_writer_end (LamEditWriter *writer, const LamBox *box,
    const char *detail, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The history row of an edit that is in the file already, as its last one; NULL
 * when it is not. */
LamHistoryRow *lam_edit_find_done (LamConnection *connection, LamEdit *edit,
    GPtrArray *rows) G_GNUC_WARN_UNUSED_RESULT;
/* Rolls back and frees. */
void lam_edit_writer_cancel (LamEditWriter *writer);
