/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/run-palette.h"

void
lam_run_palette_init (LamRunPalette *palette)
{
  palette->n = 0;
  palette->n_slots = 256;
  palette->entries = g_new (LamRunEntry, palette->n_slots / 2);
  palette->slots = g_new0 (uint32_t, palette->n_slots);
}

void
lam_run_palette_clear (LamRunPalette *palette)
{
  g_free (palette->entries);
  g_free (palette->slots);
}

static uint32_t
entry_hash (const LamRunEntry *entry)
{
  /* Fibonacci hashing (Knuth, TAOCP 3, 6.4) of the two halves. */
  uint64_t a = (uint64_t)entry->label_before << 32 | entry->label;
  uint64_t b = (uint64_t)entry->source_before << 16 | entry->source;
  uint64_t h = (a ^ b << 17 ^ a >> 29) * UINT64_C (0x9e3779b97f4a7c15);
  return (uint32_t)((h ^ h >> 31) >> 8);
}

bool
lam_run_entry_equal (const LamRunEntry *a, const LamRunEntry *b)
{
  return a->label == b->label && a->source == b->source
      && a->label_before == b->label_before
      && a->source_before == b->source_before;
}

static uint32_t *
palette_slot (LamRunPalette *palette, const LamRunEntry *entry)
{
  uint32_t mask = palette->n_slots - 1;
  uint32_t i = entry_hash (entry) & mask;
  while (palette->slots[i]
      && !lam_run_entry_equal (&palette->entries[palette->slots[i] - 1], entry))
    i = (i + 1) & mask;
  return &palette->slots[i];
}

static void
palette_grow (LamRunPalette *palette)
{
  palette->n_slots *= 2;
  palette->entries =
      g_renew (LamRunEntry, palette->entries, palette->n_slots / 2);
  g_free (palette->slots);
  palette->slots = g_new0 (uint32_t, palette->n_slots);
  for (uint32_t i = 0; i < palette->n; i++)
    *palette_slot (palette, &palette->entries[i]) = i + 1;
}

uint32_t
lam_run_palette_find_or_add (LamRunPalette *palette, const LamRunEntry *entry)
{
  uint32_t *slot = palette_slot (palette, entry);
  if (*slot)
    return *slot - 1;
  if (palette->n == palette->n_slots / 2) {
    palette_grow (palette);
    slot = palette_slot (palette, entry);
  }
  palette->entries[palette->n] = *entry;
  *slot = ++palette->n;
  return palette->n - 1;
}
