/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shows the parts of a window one a frame. What the toolkit draws for the first
 * time costs it much: fonts are laid out, style is computed, and where the
 * processor draws, each shader is compiled; all parts at once would keep the
 * person's events waiting for some tenths of a second. */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

/* `parts` are widgets, one at least; each is transparent until its frame has
 * come, the first one in the second frame after it is mapped. No two parts of a
 * window share a frame, not even those of two calls. Main thread. */
void lam_reveal_by_parts (const GPtrArray *parts);

/* For what is costly to draw for the first time and not a part: whether the
 * clock's present frame is free, and then it is taken. */
bool lam_reveal_take_frame (GdkFrameClock *clock);
