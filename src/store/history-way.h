/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The way through the tree of edits from one state of the project to another.
 * Store thread. */
#pragma once

#include "store/connection.h"

typedef struct {
  GArray *undo, *redo; /* Owned; int64_t ids in the order of the walk */
  bool revives; /* redoes what had been given up */
  int64_t n_bricks; /* that it changes, each as often as an edit does */
} LamHistoryWay;
void lam_history_way_clear (LamHistoryWay *way);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamHistoryWay, lam_history_way_clear)

/* The edit that the project stood at just after row `target` of the history; 0:
 * before the first. A row that is an undo itself stands for the state that it
 * led to. LAM_ERROR_MISSING when there is no such row. */
bool lam_history_find_goal (
    LamConnection *connection, int64_t target, int64_t *goal, GError **error);
/* From edit `head`, where the project stands, to edit `goal`. */
bool lam_history_way_find (LamConnection *connection, int64_t head,
    int64_t goal, LamHistoryWay *way, GError **error);
