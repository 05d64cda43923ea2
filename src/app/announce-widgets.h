/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests that drive the window from outside: where on the screen every
 * widget is, so that a test presses what it names. */
#pragma once

#include <gtk/gtk.h>

/* At every SIGUSR1 one line for each widget that is on the screen and has a
 * name or a text or is an entry, windows in the order in which they were
 * opened:
 *
 *   WIDGET <type> <id> <x> <y> <width> <height> <state> <text>
 *
 * divided by tabs. The state is "off" for what cannot be used now, "on" for
 * what is switched on, otherwise "-"; with a "~" behind it where the pointer
 * is. WIDGETS ends the list; LISTENING
 * says that the signal may come. */
void lam_announce_widgets_enable (void);
