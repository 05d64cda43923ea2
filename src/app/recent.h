/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files that were opened before, newest first, from the desktop's own list. */
#pragma once

#include <gtk/gtk.h>

/* Remembers a file. */
void lam_recent_add (const char *path);
/* Paths of at most `limit` files that still exist; free with g_strfreev(). */
char **lam_recent_dup_paths (int limit) G_GNUC_WARN_UNUSED_RESULT;
/* A menu whose items are "win.open-path". */
GMenuModel *lam_recent_new_menu (int limit) G_GNUC_WARN_UNUSED_RESULT;
