/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An open-addressing table of four uint32 a slot: label, its colour and flags,
 * its class's colour, and the colour made from its number if that was needed
 * (which is dear, so it is carried from one table to the next). A label's home
 * is id & (slots - 1), so that labels numbered in order never collide; the rest
 * probes linearly. At most half of the slots are in use. After a change the
 * table is built again on the CPU (about 5 ms for 100,000 labels) and the rows
 * of the texture that differ are sent. */
#include "view/colour-lookup.h"

#include <glib.h>
#include <string.h>

#define ROW_SHIFT 8
#define ROW_SLOTS (1u << ROW_SHIFT)
#define SLOT_WORDS 4
#define FLAG_HIDDEN (UINT32_C (1) << 24) /* as in slice.glsl */
#define FLAG_MADE (UINT32_C (1) << 24) /* the fourth word is set */
/* As MAX_PROBES in slice.glsl: an entry further away would not be found. */
#define MAX_PROBES 64u
/* The smallest largest texture side that OpenGL ES 3.0 allows is 2048. */
#define MAX_SLOTS (ROW_SLOTS * 2048u)

struct _LamColourLookup {
  const LamClassTable *classes; /* Borrowed */
  uint64_t serial;
  GLuint texture; /* 0: none yet */
  uint32_t n_slots;
  uint32_t n_sent; /* slots of the texture; 0: it has no storage */
  bool is_direct;
  uint32_t *entries; /* Owned: n_slots * SLOT_WORDS */
};

LamColourLookup *
lam_colour_lookup_new (const LamClassTable *classes)
{
  LamColourLookup *lookup = g_new0 (LamColourLookup, 1);
  lookup->classes = classes;
  return lookup;
}

void
lam_colour_lookup_free (LamColourLookup *lookup)
{
  if (lookup == NULL)
    return;
  if (lookup->texture != 0)
    glDeleteTextures (1, &lookup->texture);
  g_free (lookup->entries);
  g_free (lookup);
}

void
lam_colour_lookup_lose_context (LamColourLookup *lookup)
{
  lookup->texture = 0;
  lookup->n_sent = 0;
}

static uint32_t
count_slots (size_t n_labels)
{
  uint32_t n_slots = ROW_SLOTS;
  while (n_slots < 2 * n_labels && n_slots < MAX_SLOTS)
    n_slots *= 2;
  return n_slots;
}

/* The slot of `label`, or the empty one where it would go; NULL when neither is
 * near enough to be found by the shader. */
static uint32_t *
find_slot (uint32_t *entries, uint32_t n_slots, uint32_t label)
{
  uint32_t slot = label & (n_slots - 1);
  for (uint32_t i = 0; i < MAX_PROBES; i++) {
    uint32_t *entry = entries + (size_t)slot * SLOT_WORDS;
    if (entry[0] == label || entry[0] == 0)
      return entry;
    slot = (slot + 1) & (n_slots - 1);
  }
  return NULL;
}

typedef struct {
  int32_t id;
  uint32_t rgb;
  bool hidden;
} ClassLook;

static GHashTable *
collect_classes (const LamClassTable *classes)
{
  GHashTable *looks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  const size_t n = lam_class_table_get_n_classes (classes);
  for (size_t i = 0; i < n; i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    ClassLook *look = g_new (ClassLook, 1);
    *look = (ClassLook){ row->id, row->rgb, row->hidden };
    g_hash_table_insert (looks, GINT_TO_POINTER (row->id), look);
  }
  return looks;
}

static uint32_t
make_colour (const LamColourLookup *lookup, uint32_t label)
{
  if (lookup->n_slots > 0) {
    const uint32_t *old = find_slot (lookup->entries, lookup->n_slots, label);
    if (old != NULL && old[0] == label && (old[3] & FLAG_MADE) != 0)
      return old[3];
  }
  return FLAG_MADE | lam_class_table_get_rgb (lookup->classes, label, false);
}

/* A label that finds no slot near enough is left out: it is drawn in the
 * shader's own colour for unknown numbers. */
static void
fill (LamColourLookup *lookup, uint32_t *entries, uint32_t n_slots)
{
  g_autoptr (GHashTable) looks = collect_classes (lookup->classes);
  const size_t n = lam_class_table_get_n_labels (lookup->classes);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (lookup->classes, i);
    if (row->deleted || row->id == 0)
      continue;
    uint32_t *entry = find_slot (entries, n_slots, row->id);
    if (entry == NULL)
      continue;
    const ClassLook *look =
        g_hash_table_lookup (looks, GINT_TO_POINTER (row->class_id));
    const bool hidden = row->hidden || (look != NULL && look->hidden);
    const bool made = row->rgb == LAM_RGB_AUTO;
    if (entry != entries + (row->id & (n_slots - 1)) * (size_t)SLOT_WORDS)
      lookup->is_direct = false;
    entry[0] = row->id;
    entry[3] = made ? make_colour (lookup, row->id) : 0;
    entry[1] = (made ? entry[3] : row->rgb) & 0xffffff;
    entry[2] = look != NULL ? look->rgb & 0xffffff : entry[1];
    if (hidden)
      entry[1] |= FLAG_HIDDEN;
  }
}

static void
send_rows (uint32_t first, uint32_t end, const uint32_t *entries)
{
  glTexSubImage2D (GL_TEXTURE_2D, 0, 0, (GLint)first, ROW_SLOTS,
      (GLsizei)(end - first), GL_RGBA_INTEGER, GL_UNSIGNED_INT,
      entries + (size_t)first * ROW_SLOTS * SLOT_WORDS);
}

static void
send_changes (const uint32_t *before, const uint32_t *after, uint32_t n_slots)
{
  const size_t row_words = ROW_SLOTS * SLOT_WORDS;
  const uint32_t n_rows = n_slots / ROW_SLOTS;
  uint32_t first = n_rows; /* of a run of rows that differ */
  for (uint32_t row = 0; row <= n_rows; row++) {
    const bool differs = row < n_rows
        && memcmp (before + row * row_words, after + row * row_words,
               row_words * sizeof *after)
            != 0;
    if (differs && first == n_rows)
      first = row;
    if (!differs && first != n_rows) {
      send_rows (first, row, after);
      first = n_rows;
    }
  }
}

static void
make_texture (LamColourLookup *lookup)
{
  glGenTextures (1, &lookup->texture);
  glBindTexture (GL_TEXTURE_2D, lookup->texture);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
}

static void
send (LamColourLookup *lookup, const uint32_t *entries, uint32_t n_slots)
{
  if (lookup->texture == 0)
    make_texture (lookup);
  glBindTexture (GL_TEXTURE_2D, lookup->texture);
  glBindBuffer (GL_PIXEL_UNPACK_BUFFER, 0);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 4);
  glPixelStorei (GL_UNPACK_ROW_LENGTH, 0);
  glPixelStorei (GL_UNPACK_SKIP_PIXELS, 0);
  glPixelStorei (GL_UNPACK_SKIP_ROWS, 0);
  if (lookup->n_sent == n_slots && lookup->n_slots == n_slots) {
    send_changes (lookup->entries, entries, n_slots);
  } else {
    glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA32UI, ROW_SLOTS,
        (GLsizei)(n_slots / ROW_SLOTS), 0, GL_RGBA_INTEGER, GL_UNSIGNED_INT,
        entries);
    lookup->n_sent = n_slots;
  }
  glBindTexture (GL_TEXTURE_2D, 0);
}

void
lam_colour_lookup_update (LamColourLookup *lookup)
{
  const LamClassTable *classes = lookup->classes;
  const uint64_t serial =
      classes != NULL ? lam_class_table_get_serial (classes) : 0;
  if (lookup->n_sent > 0 && lookup->serial == serial)
    return;
  const uint32_t n_slots = count_slots (
      classes != NULL ? lam_class_table_get_n_labels (classes) : 0);
  uint32_t *entries = g_new0 (uint32_t, (size_t)n_slots * SLOT_WORDS);
  lookup->is_direct = true;
  if (classes != NULL)
    fill (lookup, entries, n_slots);
  send (lookup, entries, n_slots);
  g_free (lookup->entries);
  lookup->entries = entries;
  lookup->n_slots = n_slots;
  lookup->serial = serial;
}

uint64_t
lam_colour_lookup_get_serial (const LamColourLookup *lookup)
{
  return lookup->serial;
}

GLuint
lam_colour_lookup_get_texture (const LamColourLookup *lookup)
{
  return lookup->texture;
}

uint32_t
lam_colour_lookup_get_n_slots (const LamColourLookup *lookup)
{
  return lookup->n_slots;
}

int
lam_colour_lookup_get_row_shift (const LamColourLookup *lookup)
{
  return ROW_SHIFT;
}

bool
lam_colour_lookup_is_direct (const LamColourLookup *lookup)
{
  return lookup->is_direct;
}

bool
lam_colour_lookup_find (const LamColourLookup *lookup, uint32_t label,
    bool by_class, uint32_t *rgb, bool *hidden)
{
  if (lookup->n_slots == 0 || label == 0)
    return false;
  const uint32_t *entry = find_slot (lookup->entries, lookup->n_slots, label);
  if (entry == NULL || entry[0] != label)
    return false;
  *rgb = (by_class ? entry[2] : entry[1]) & 0xffffff;
  *hidden = (entry[1] & FLAG_HIDDEN) != 0;
  return true;
}
