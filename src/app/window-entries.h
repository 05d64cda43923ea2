/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tables of the window's actions that need a project. */
#pragma once

#include "app/window.h"

void lam_window_entries_add (
    LamWindow *window, const GActionEntry *entries, size_t n);
/* There may be a project now, or none any more. */
void lam_window_entries_update (
    LamWindow *window, const GActionEntry *entries, size_t n);
