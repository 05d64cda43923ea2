/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks and rows as they were at an earlier moment, worked out from the
 * history; nothing is changed. Store thread; good while the history stays. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

typedef struct _LamPast LamPast;

/* Just after row `target` of the history; 0: before the first. */
LamPast *lam_past_new (LamConnection *connection, int64_t target,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_past_free (LamPast *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPast, lam_past_free)

/* Packed keys, in their order, of the bricks that were touched since; any other
 * is now what it was then. */
GArray *lam_past_dup_keys (LamPast *past) G_GNUC_WARN_UNUSED_RESULT;
/* NULL without error: there was no brick. */
LamLabelBrick *lam_past_read (
    LamPast *past, int64_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* LamRowChange *, one after the other from now to then. */
GPtrArray *lam_past_dup_rows (
    LamPast *past, GError **error) G_GNUC_WARN_UNUSED_RESULT;
