/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The program's settings, and the About window.
 *
 * Keys of `settings`: "cache-bytes" (x, 0: a quarter of the memory),
 * "network-bytes" (x, 0: four fifths of it), "copy-folder" (s, "": the cache
 * folder), "copy-limit-bytes" (x), "threads"
 * (i, 0: one for each processor), "colour-scheme" (s: "default", "light",
 * "dark"), "pressure-to-radius" (b). */
#pragma once

#include <gtk/gtk.h>

void lam_preferences_present (GtkWindow *parent, GSettings *settings);
void lam_about_present (GtkWindow *parent);
