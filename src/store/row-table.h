/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tables of small rows: volume, class, label, setting, and the changes of
 * rows that an edit made. Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

bool lam_row_write_volume (
    LamConnection *connection, const LamVolumeRow *row, GError **error);
bool lam_row_read_volume (
    LamConnection *connection, LamVolumeRow *row, GError **error);

bool lam_row_write_class (
    LamConnection *connection, const LamClass *row, GError **error);
/* Classes and labels; fails at a label with a state or group that cannot be. */
bool lam_row_read_classes (
    LamConnection *connection, LamClassTable *table, GError **error);
/* The same, but takes such a label as one without, and adds a sentence to
 * `problems` (char *). */
bool lam_row_read_sound_classes (LamConnection *connection,
    LamClassTable *table, GPtrArray *problems, GError **error);
/* What a person is told when a project opens all the same: `before` (or NULL)
 * and, where there are any, of the problems. NULL: nothing. */
char *lam_row_dup_warning (
    const char *before, const GPtrArray *problems) G_GNUC_WARN_UNUSED_RESULT;

bool lam_row_write_setting (LamConnection *connection, const char *name,
    const char *value, GError **error);
/* Into a table of owned strings. */
bool lam_row_read_settings (
    LamConnection *connection, GHashTable *settings, GError **error);

/* The row as it is now, as in row-text.h; NULL without error when there is
 * none. A state or group that cannot be is none, so that a change mends it. */
char *lam_row_read_text (LamConnection *connection, LamRowKind kind, int64_t id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Carries a change out (or back) and fails when the row is not what the change
 * says it was. */
bool lam_row_change_apply (LamConnection *connection,
    const LamRowChange *change, bool forward, GError **error);
/* The row is what the change would make of it. */
bool lam_row_change_is_done (
    LamConnection *connection, const LamRowChange *change);
/* The change from what the row is now. */
LamRowChange *lam_row_change_rebase (LamConnection *connection,
    const LamRowChange *change, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool lam_row_change_write (LamConnection *connection, int64_t edit, int number,
    const LamRowChange *change, GError **error);
/* The changes of an edit, LamRowChange*, in their order. */
GPtrArray *lam_row_change_read (LamConnection *connection, int64_t edit,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
