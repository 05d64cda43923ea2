/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests that drive the window from outside: lines on standard output that
 * say what has happened, and how long the main loop was busy. */
#pragma once

#include <glib.h>

/* Nothing is printed before this was called. */
void lam_announce_enable (void);
/* One line, at once. */
void lam_announce (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Measures each round of the main loop from now on; lam_watchdog_stop() writes
 * the figures to `path`. */
void lam_watchdog_start (const char *path);
void lam_watchdog_stop (void);
/* A stack is being opened, for the first time: rounds from now on are also
 * counted apart ("open-"), without the program's own start. */
void lam_watchdog_opening (void);
/* The first picture is there: so are rounds from now on. */
void lam_watchdog_started (void);
