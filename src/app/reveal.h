/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shows the parts of a window one a frame. What the toolkit draws for the first
 * time costs it much: fonts are laid out, style is computed, and where the
 * processor draws, each shader is compiled; all parts at once would keep the
 * person's events waiting for some tenths of a second. */
#pragma once

#include <gtk/gtk.h>

/* `parts` end with NULL; each is transparent until its frame has come, the first
 * one in the second frame after it is mapped. Main thread. */
void lam_reveal_by_parts (GtkWidget *const *parts);
