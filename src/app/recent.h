/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files that were opened before, newest first, from the desktop's own list; of
 * those, what is known to be there still. Main thread, which never waits for a
 * disk here. */
#pragma once

#include <gtk/gtk.h>

#define LAM_TYPE_RECENT (lam_recent_get_type ())
/* Signal "changed": what the functions below give is another. */
G_DECLARE_FINAL_TYPE (LamRecent, lam_recent, LAM, RECENT, GObject)

/* The program's one, which lives as long as it does. Borrowed. */
LamRecent *lam_recent_get_default (void);
/* Finds out anew which files are there. */
void lam_recent_look (LamRecent *recent);
/* Paths of at most `limit` files; free with g_strfreev(). */
GStrv lam_recent_dup_paths (
    LamRecent *recent, int limit) G_GNUC_WARN_UNUSED_RESULT;
/* A menu whose items are "win.open-path". */
GMenuModel *lam_recent_new_menu (
    LamRecent *recent, int limit) G_GNUC_WARN_UNUSED_RESULT;

/* Remembers a file. */
void lam_recent_add (const char *path);
