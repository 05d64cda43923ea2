/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slots are given out in the order in which labels are first seen, so the
 * shader finds a colour in one step whatever the labels' numbers are: no
 * hashing, no probing and no unknown label on the graphics card.
 *
 * From label to slot leads a hash table with linear probing, at most half full.
 * The texture has 2 × 1024 columns, on the left the slots' own colours, on the
 * right those of their classes; 4 bytes R, G, B, shown, all 0 when hidden. It
 * has as many rows as `colours` and grows with them: a driver that draws by the
 * processor clears a new texture byte by byte, and 512 rows would be 4 MB in
 * the very first frame. After a change of the class table all colours are
 * computed again (about 5 ms for 100,000 labels) and the rows that differ are
 * sent; a colour made from the label's number is dear and kept. */
#include "view/colour-lookup.h"

#include <glib.h>
#include <string.h>

#include "labels/doubt-colour.h"
#include "labels/doubt-tiles.h"
#include "labels/label-colour.h"
#include "labels/source-colour.h"
#include "view/label-texels.h"
#include "view/scene.h"

#define ROW_SLOTS LAM_COLOUR_ROW_SLOTS
#define ROW_TEXELS (2 * ROW_SLOTS)
#define MAX_ROWS (LAM_COLOUR_SLOTS / ROW_SLOTS)
/* The smallest largest texture side that OpenGL ES 3.0 allows is 2048. */
G_STATIC_ASSERT (ROW_TEXELS <= 2048 && MAX_ROWS <= 2048);
#define SHOWN (UINT32_C (0xff) << 24)
#define MADE (UINT32_C (1) << 24)
#define FIRST_BUCKETS 1024u

typedef struct {
  uint32_t label; /* 0: free */
  uint32_t slot;
} Bucket;

/* What is known of a slot. */
typedef struct {
  uint32_t label;
  uint32_t made; /* MADE | 0xRRGGBB: from its number; or 0: not needed yet */
} Slot;

struct _LamColourLookup {
  const LamClassTable *classes; /* Borrowed; or NULL */
  uint64_t class_serial; /* of `classes`, that the colours are of */
  bool has_new_colours; /* serials of two tables cannot be compared */
  LamMap kind; /* what is looked up */
  uint16_t newest_run; /* of sources */
  uint64_t serial;
  GLuint texture; /* 0: none yet */
  uint32_t n_coloured; /* slots that the texture has the colours of */
  uint32_t n_rows; /* of `colours` */
  uint32_t n_texture_rows; /* 0 without texture */
  uint32_t n_buckets; /* a power of two */
  /* Owned */
  Bucket *buckets;
  GArray *slots; /* of Slot; 0 is the unlabelled */
  uint32_t *colours; /* n_rows * ROW_TEXELS: the texture's bytes */
};

LamColourLookup *
lam_colour_lookup_new (const LamClassTable *classes)
{
  LamColourLookup *lookup = g_new0 (LamColourLookup, 1);
  const Slot unlabelled = { 0 };
  lookup->classes = classes;
  lookup->n_buckets = FIRST_BUCKETS;
  lookup->buckets = g_new0 (Bucket, FIRST_BUCKETS);
  lookup->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
  g_array_append_val (lookup->slots, unlabelled);
  return lookup;
}

LamColourLookup *
lam_colour_lookup_new_of_sources (void)
{
  LamColourLookup *lookup = lam_colour_lookup_new (NULL);
  lookup->kind = LAM_MAP_SOURCES;
  return lookup;
}

LamColourLookup *
lam_colour_lookup_new_of_doubts (void)
{
  LamColourLookup *lookup = lam_colour_lookup_new (NULL);
  lookup->kind = LAM_MAP_DOUBTS;
  return lookup;
}

void
lam_colour_lookup_set_newest_run (LamColourLookup *lookup, uint16_t newest)
{
  lookup->has_new_colours |= lookup->newest_run != newest;
  lookup->newest_run = newest;
}

void
lam_colour_lookup_set_classes (
    LamColourLookup *lookup, const LamClassTable *classes)
{
  lookup->classes = classes;
  lookup->has_new_colours = true;
}

void
lam_colour_lookup_free (LamColourLookup *lookup)
{
  if (lookup == NULL)
    return;
  if (lookup->texture != 0)
    glDeleteTextures (1, &lookup->texture);
  g_free (lookup->buckets);
  g_array_unref (lookup->slots);
  g_free (lookup->colours);
  g_free (lookup);
}

void
lam_colour_lookup_lose_context (LamColourLookup *lookup)
{
  lookup->texture = 0;
  lookup->n_texture_rows = 0;
}

/* Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the
 * high half of the product depends on all bits of the label. */
static uint32_t
hash (uint32_t label)
{
  return (uint32_t)((label * UINT64_C (0x9E3779B97F4A7C15)) >> 32);
}

/* The label's bucket, or the free one where it would go. */
static Bucket *
find_bucket (Bucket *buckets, uint32_t n_buckets, uint32_t label)
{
  uint32_t at = hash (label) & (n_buckets - 1);
  while (buckets[at].label != label && buckets[at].label != 0)
    at = (at + 1) & (n_buckets - 1);
  return &buckets[at];
}

static void
grow_buckets (LamColourLookup *lookup)
{
  const uint32_t n = lookup->n_buckets * 2;
  Bucket *larger = g_new0 (Bucket, n);
  for (uint32_t i = 0; i < lookup->n_buckets; i++)
    if (lookup->buckets[i].label != 0)
      *find_bucket (larger, n, lookup->buckets[i].label) = lookup->buckets[i];
  g_free (lookup->buckets);
  lookup->buckets = larger;
  lookup->n_buckets = n;
}

uint32_t
lam_colour_lookup_take_slot (LamColourLookup *lookup, uint32_t label)
{
  if (label == 0)
    return 0;
  Bucket *bucket = find_bucket (lookup->buckets, lookup->n_buckets, label);
  if (bucket->label == label)
    return bucket->slot;
  const uint32_t slot = lookup->slots->len;
  if (slot >= LAM_COLOUR_SLOTS)
    return 1 + hash (label) % (LAM_COLOUR_SLOTS - 1);
  const Slot fresh = { label, 0 };
  g_array_append_val (lookup->slots, fresh);
  *bucket = (Bucket){ label, slot };
  if (lookup->slots->len > lookup->n_buckets / 2)
    grow_buckets (lookup);
  return slot;
}

uint32_t
lam_colour_lookup_find_slot (const LamColourLookup *lookup, uint32_t label)
{
  if (label == 0)
    return 0;
  return find_bucket (lookup->buckets, lookup->n_buckets, label)->slot;
}

uint32_t
lam_colour_lookup_get_n_slots (const LamColourLookup *lookup)
{
  return lookup->slots->len;
}

/* The colour of a label that is in no table, light enough to be seen. */
static uint32_t
unknown_rgb (uint32_t label)
{
  return (label * UINT32_C (2654435769)) >> 8 | 0x404040;
}

static uint32_t
made_rgb (Slot *slot)
{
  if (slot->made == 0)
    slot->made = MADE | lam_label_colour_auto (slot->label);
  return slot->made & 0xffffff;
}

/* From 0xRRGGBB to what the bytes R, G, B, shown are in memory. */
static uint32_t
as_texel (uint32_t rgb)
{
  return GUINT32_TO_LE (
      (rgb >> 16 & 0xff) | (rgb & 0xff00) | (rgb & 0xff) << 16 | SHOWN);
}

static uint32_t
map_rgb (const LamColourLookup *lookup, uint32_t value)
{
  return lookup->kind == LAM_MAP_SOURCES
      ? lam_source_get_rgb ((uint16_t)value, lookup->newest_run)
      : lam_doubt_get_rgb ((uint8_t)(value - LAM_DOUBT (0)));
}

/* Of its class; that a proposal is background is shown in black. */
static uint32_t
proposed_rgb (const LamColourLookup *lookup, uint32_t label)
{
  const LamClass *class = lookup->classes != NULL
      ? lam_class_table_get_class (
          lookup->classes, (int32_t)(label & ~LAM_PROPOSED_LABEL))
      : NULL;
  return class != NULL ? class->rgb : 0;
}

/* As lam_class_table_get_rgb(), but an unknown label is told from others. */
static void
find_colours (
    LamColourLookup *lookup, Slot *slot, uint32_t *own, uint32_t *by_class)
{
  const LamClassTable *classes = lookup->classes;
  const LamLabel *row =
      classes != NULL ? lam_class_table_get_label (classes, slot->label) : NULL;
  if (lookup->kind != LAM_MAP_LABELS) {
    *own = *by_class = as_texel (map_rgb (lookup, slot->label));
    return;
  }
  if (row == NULL && slot->label >= LAM_PROPOSED_LABEL) {
    *own = *by_class = as_texel (proposed_rgb (lookup, slot->label));
    return;
  }
  *own = *by_class = as_texel (unknown_rgb (slot->label));
  if (row == NULL || row->deleted)
    return;
  const LamClass *kind = lam_class_table_get_class (classes, row->class_id);
  uint32_t rgb;
  if (row->rgb != LAM_RGB_AUTO)
    rgb = row->rgb;
  else if (kind != NULL && !kind->has_instances)
    rgb = kind->rgb;
  else
    rgb = made_rgb (slot);
  const bool hidden = lam_class_table_is_hidden (classes, slot->label);
  *own = hidden ? 0 : as_texel (rgb);
  *by_class = hidden ? 0 : as_texel (kind != NULL ? kind->rgb : rgb);
}

static uint32_t *
colour_of (uint32_t *colours, uint32_t slot, bool by_class)
{
  const uint32_t row = slot >> LAM_COLOUR_ROW_SHIFT;
  return colours + (size_t)row * ROW_TEXELS + (slot & (ROW_SLOTS - 1))
      + (by_class ? ROW_SLOTS : 0);
}

static void
grow_colours (LamColourLookup *lookup)
{
  uint32_t n_rows = MAX (lookup->n_rows, 1);
  while (n_rows * ROW_SLOTS < lookup->slots->len)
    n_rows *= 2;
  if (n_rows == lookup->n_rows)
    return;
  const size_t old = (size_t)lookup->n_rows * ROW_TEXELS;
  const size_t all = (size_t)n_rows * ROW_TEXELS;
  lookup->colours = g_renew (uint32_t, lookup->colours, all);
  memset (lookup->colours + old, 0, (all - old) * sizeof (uint32_t));
  lookup->n_rows = n_rows;
}

static void
make_texture (LamColourLookup *lookup)
{
  glGenTextures (1, &lookup->texture);
  glBindTexture (GL_TEXTURE_2D, lookup->texture);
  const GLenum names[] = { GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER,
    GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T };
  const GLint values[] = { GL_NEAREST, GL_NEAREST, GL_CLAMP_TO_EDGE,
    GL_CLAMP_TO_EDGE };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    glTexParameteri (GL_TEXTURE_2D, names[i], values[i]);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
}

/* Rows [first, end) of the bound texture. */
static void
send_rows (const LamColourLookup *lookup, uint32_t first, uint32_t end)
{
  if (end > first)
    glTexSubImage2D (GL_TEXTURE_2D, 0, 0, (GLint)first, ROW_TEXELS,
        (GLsizei)(end - first), GL_RGBA, GL_UNSIGNED_BYTE,
        lookup->colours + (size_t)first * ROW_TEXELS);
}

/* Colours slots from `first` on and sends the rows in which that changed
 * something. The texture is bound and has all rows. */
static void
colour_slots (LamColourLookup *lookup, uint32_t first)
{
  const uint32_t n_slots = lookup->slots->len;
  uint32_t changed_first = UINT32_MAX, changed_end = 0; /* rows */
  for (uint32_t i = MAX (first, 1); i < n_slots; i++) {
    uint32_t own, by_class;
    find_colours (
        lookup, &g_array_index (lookup->slots, Slot, i), &own, &by_class);
    uint32_t *old_own = colour_of (lookup->colours, i, false);
    uint32_t *old_by_class = colour_of (lookup->colours, i, true);
    if (*old_own == own && *old_by_class == by_class)
      continue;
    *old_own = own;
    *old_by_class = by_class;
    const uint32_t row = i >> LAM_COLOUR_ROW_SHIFT;
    changed_first = MIN (changed_first, row);
    changed_end = row + 1;
  }
  send_rows (lookup, changed_first, changed_end);
}

/* All rows of the bound texture, which has as many from then on. */
static void
send_all (LamColourLookup *lookup)
{
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, ROW_TEXELS, (GLsizei)lookup->n_rows,
      0, GL_RGBA, GL_UNSIGNED_BYTE, lookup->colours);
  lookup->n_texture_rows = lookup->n_rows;
}

/* Leaves the texture bound. */
static void
bind_texture (LamColourLookup *lookup)
{
  if (lookup->texture == 0)
    make_texture (lookup);
  glBindTexture (GL_TEXTURE_2D, lookup->texture);
  glBindBuffer (GL_PIXEL_UNPACK_BUFFER, 0);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 4);
  glPixelStorei (GL_UNPACK_ROW_LENGTH, 0);
  glPixelStorei (GL_UNPACK_SKIP_PIXELS, 0);
  glPixelStorei (GL_UNPACK_SKIP_ROWS, 0);
  if (lookup->n_texture_rows != lookup->n_rows)
    send_all (lookup);
}

void
lam_colour_lookup_update (LamColourLookup *lookup)
{
  const uint64_t class_serial = lookup->classes != NULL
      ? lam_class_table_get_serial (lookup->classes)
      : 0;
  const bool changed =
      lookup->has_new_colours || class_serial != lookup->class_serial;
  if (lookup->texture != 0 && !changed
      && lookup->n_coloured == lookup->slots->len)
    return;
  grow_colours (lookup);
  bind_texture (lookup);
  colour_slots (lookup, changed ? 0 : lookup->n_coloured);
  glBindTexture (GL_TEXTURE_2D, 0);
  lookup->n_coloured = lookup->slots->len;
  lookup->class_serial = class_serial;
  lookup->has_new_colours = false;
  lookup->serial += changed;
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
lam_colour_lookup_get_n_rows (const LamColourLookup *lookup)
{
  return lookup->n_texture_rows;
}

bool
lam_colour_lookup_find (const LamColourLookup *lookup, uint32_t label,
    bool by_class, uint32_t *rgb, bool *hidden)
{
  const uint32_t slot = lam_colour_lookup_find_slot (lookup, label);
  if (slot == 0 || slot >= lookup->n_coloured)
    return false;
  const uint8_t *bytes =
      (const uint8_t *)colour_of (lookup->colours, slot, by_class);
  *rgb = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
  *hidden = bytes[3] == 0;
  return true;
}
