/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening a project for a command. */
#pragma once

#include "workspace/regions.h"

/* The file alone, for commands that look. Refuses what is no project. */
LamStore *lam_cli_open_store (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, of a project that is not the one the command is about. */
LamStore *lam_cli_open_store_to_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For commands that change: fails when it can only be read, saying why. */
LamWorkspace *lam_cli_open_for_change (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same; `settings`: NULL for the usual ones. */
LamWorkspace *lam_cli_open_with (const char *path,
    const LamWorkspaceSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Waits until all is saved and closes. False with the error of `done` or of
 * saving; passes on what `done` says. */
bool lam_cli_close (LamWorkspace *workspace, bool done, GError **error);

/* One of those, by its name or by its number; borrowed. */
const LamRegion *lam_cli_choose_region (
    const GPtrArray *regions, const char *name, GError **error);
/* Of the workspace's; borrowed until the next change. */
const LamRegion *lam_cli_find_region (
    LamWorkspace *workspace, const char *name, GError **error);

/* A text of a person on one line. */
char *lam_cli_dup_line (const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* "2026-11-22T16:45:00.123456Z" */
char *lam_cli_dup_time (int64_t microseconds) G_GNUC_WARN_UNUSED_RESULT;
