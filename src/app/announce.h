/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests that drive the window from outside: lines on standard output that
 * say what has happened, and how long the main loop was busy. */
#pragma once

#include <glib.h>

/* Nothing is printed before this was called. */
void lam_announce_enable (void);
/* One line, at once; while held, with the first one after it. */
void lam_announce (const char *format, ...) G_GNUC_PRINTF (1, 2);
void lam_announce_hold (gboolean is_on);

/* Measures each round of the main loop from now on; lam_watchdog_stop() writes
 * the figures to `path`. */
void lam_watchdog_start (const char *path);
void lam_watchdog_stop (void);
/* What happens for the first time: rounds from then on are also counted apart,
 * without the program's own start. */
typedef enum {
  LAM_WATCHDOG_STARTED, /* the first picture is there: "" */
  LAM_WATCHDOG_OPENING, /* a stack is being opened: "open-" */
  LAM_WATCHDOG_MERGING, /* another copy is: "merge-" */
} LamWatchdogMark;
void lam_watchdog_mark (LamWatchdogMark mark);
