/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A binary heap in a GArray: the first item is the one that comes first. Any
 * thread, one at a time. */
#pragma once

#include <glib.h>

/* Bytes of an item at most. */
#define LAM_HEAP_MAX_ITEM 256

/* Copies the item in. `compare`: negative where the first comes first. */
void lam_heap_push (GArray *heap, gconstpointer item, GCompareFunc compare);
/* Moves the first item out, of a heap that is not empty. */
void lam_heap_pop (GArray *heap, gpointer item, GCompareFunc compare);
