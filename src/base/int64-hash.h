/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* 64-bit numbers, for GHashTable and for what is sorted. */
#pragma once

#include <glib.h>

/* Of an int64_t, all of it: g_int64_hash() before GLib 2.76 leaves the upper
 * half out, where a packed brick key has its z. */
guint lam_int64_hash (gconstpointer number);
/* Of two int64_t, as a GCompareFunc. */
int lam_int64_compare (gconstpointer a, gconstpointer b);
