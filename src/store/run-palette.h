/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The palette of a run code: each different value once, in the order they came.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  uint32_t label_before, label;
  uint16_t source_before, source;
} LamRunEntry;

/* Entries in order of appearance, found through open addressing. */
typedef struct {
  LamRunEntry *entries; /* Owned */
  uint32_t *slots; /* Owned; entry number + 1, or 0 */
  uint32_t n, n_slots; /* n_slots is a power of two, at least 2 n */
} LamRunPalette;

void lam_run_palette_init (LamRunPalette *palette);
void lam_run_palette_clear (LamRunPalette *palette);
/* Its number, from 0. */
uint32_t lam_run_palette_find_or_add (
    LamRunPalette *palette, const LamRunEntry *entry);

bool lam_run_entry_equal (const LamRunEntry *a, const LamRunEntry *b);
