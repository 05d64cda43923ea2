/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Beside a long command: shows how far it is (on a terminal only) and turns
 * Ctrl+C and SIGTERM into a cancelled progress, so that the command can tidy
 * up. Begin it before other threads are started. */
#pragma once

#include "base/progress.h"

typedef struct _LamWatch LamWatch;

LamWatch *lam_watch_begin (LamProgress *progress) G_GNUC_WARN_UNUSED_RESULT;
/* Wipes the line, stops and frees. */
void lam_watch_end (LamWatch *watch);
