/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table edit, and writing one edit with all that belongs to it. Store
 * thread. What `parent`, `head` and `state` mean stands in 001-first.sql. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

enum { LAM_EDIT_DONE = 0, LAM_EDIT_UNDONE = 1, LAM_EDIT_GIVEN_UP = 2 };

/* A row of `edit` with what is not shown to people. */
typedef struct {
  LamHistoryRow *row; /* Owned */
  int64_t parent, head;
  int state;
} LamEditRow;
void lam_edit_row_clear (LamEditRow *row);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamEditRow, lam_edit_row_clear)

/* LAM_ERROR_MISSING when there is none of that id. */
bool lam_history_read_row (
    LamConnection *connection, int64_t id, LamEditRow *row, GError **error);
/* The edit the project stands at (0: none), and the newest row's id. */
bool lam_history_read_head (
    LamConnection *connection, int64_t *head, int64_t *newest, GError **error);
GPtrArray *lam_history_read (LamConnection *connection, int64_t before,
    int limit, const LamHistoryFilter *filter,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Each name that stands in the column "who" (else "tool") once, in their order.
 */
GPtrArray *lam_history_read_names (LamConnection *connection, bool who,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The newest row that is not younger than `time`; 0: there is none. */
bool lam_history_find_time (
    LamConnection *connection, int64_t time, int64_t *id, GError **error);

/* A row with time and who, not written yet. */
LamHistoryRow *lam_history_row_new (
    int64_t id, const char *tool, const char *detail) G_GNUC_WARN_UNUSED_RESULT;
bool lam_history_write_row (
    LamConnection *connection, const LamEditRow *row, GError **error);
bool lam_history_set_state (
    LamConnection *connection, int64_t id, int state, GError **error);
/* What is undone can no longer be redone. */
bool lam_history_give_up_redo (LamConnection *connection, GError **error);

/* Adds the keys of bricks that persons changed in rows of the history after
 * `since`, by edits or by moving through the history, to a set of int64_t *. */
bool lam_history_find_changed (
    LamConnection *connection, int64_t since, GHashTable *keys, GError **error);
