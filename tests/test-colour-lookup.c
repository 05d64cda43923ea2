/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every label has a slot of its own and its colour there, whatever its number;
 * and a label's texels say where it ends. Needs EGL, no display. */
#include <glib.h>
#include <string.h>

#include "labels/label-brick.h"
#include "labels/source-colour.h"
#include "view/label-texels.h"
#include "view/offscreen.h"

#define N_LABELS 100000u

static LamOffscreen *
make_context (void)
{
  g_autoptr (GError) error = NULL;
  LamOffscreen *offscreen = lam_offscreen_new (8, 8, &error);
  if (offscreen == NULL)
    g_test_skip (error->message);
  return offscreen;
}

/* Numbers of four kinds: in order, the largest there are, equal in their low
 * bits, equal in their high ones. */
static uint32_t
nth_label (uint32_t i)
{
  const uint32_t k = i / 4 + 1;
  switch (i % 4) {
  case 0:
    return k;
  case 1:
    return UINT32_MAX - (k - 1);
  case 2:
    return k << 16 | (k >> 16) | 0x8000;
  default:
    return 0x40000000 + k;
  }
}

static void
set_label (LamClassTable *classes, uint32_t id, uint32_t rgb, bool hidden)
{
  const LamLabel row = {
    .id = id, .name = (char *)"", .class_id = 1, .rgb = rgb, .hidden = hidden
  };
  lam_class_table_set_label (classes, &row);
}

static uint32_t
nth_rgb (uint32_t i)
{
  return (i * 2654435761u) >> 8;
}

static LamClassTable *
make_classes (void)
{
  LamClassTable *classes = lam_class_table_new ();
  const LamClass kind = {
    .id = 1, .name = (char *)"thing", .rgb = 0x123456, .has_instances = true
  };
  lam_class_table_set_class (classes, &kind);
  for (uint32_t i = 0; i < N_LABELS; i++)
    set_label (classes, nth_label (i), nth_rgb (i), false);
  return classes;
}

static void
check_colour (LamColourLookup *lookup, uint32_t label, uint32_t expected,
    uint32_t expected_class)
{
  uint32_t rgb;
  bool hidden;
  g_assert_true (lam_colour_lookup_find (lookup, label, false, &rgb, &hidden));
  g_assert_cmphex (rgb, ==, expected);
  g_assert_false (hidden);
  g_assert_true (lam_colour_lookup_find (lookup, label, true, &rgb, &hidden));
  g_assert_cmphex (rgb, ==, expected_class);
}

/* What the texture holds: one texel, through a framebuffer. */
static uint32_t
read_texel (GLuint texture, uint32_t slot)
{
  uint8_t rgba[4];
  GLuint framebuffer;
  glGenFramebuffers (1, &framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glFramebufferTexture2D (
      GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  glReadPixels ((GLint)(slot & (LAM_COLOUR_ROW_SLOTS - 1)),
      (GLint)(slot >> LAM_COLOUR_ROW_SHIFT), 1, 1, GL_RGBA, GL_UNSIGNED_BYTE,
      rgba);
  glDeleteFramebuffers (1, &framebuffer);
  return (uint32_t)rgba[0] << 16 | (uint32_t)rgba[1] << 8 | rgba[2];
}

static void
test_many (void)
{
  LamOffscreen *offscreen = make_context ();
  if (offscreen == NULL)
    return;
  g_autoptr (LamClassTable) classes = make_classes ();
  LamColourLookup *lookup = lam_colour_lookup_new (classes);
  g_autofree bool *taken = g_new0 (bool, LAM_COLOUR_SLOTS);
  for (uint32_t i = 0; i < N_LABELS; i++) {
    const uint32_t slot = lam_colour_lookup_take_slot (lookup, nth_label (i));
    g_assert_cmpuint (slot, <=, N_LABELS);
    g_assert_cmpuint (slot, >, 0);
    g_assert_false (taken[slot]);
    taken[slot] = true;
    /* Now and then a frame is drawn. */
    if (i % 30000 == 0)
      lam_colour_lookup_update (lookup);
  }
  lam_colour_lookup_update (lookup);
  g_assert_cmpuint (lam_colour_lookup_get_n_slots (lookup), ==, N_LABELS + 1);
  const GLuint texture = lam_colour_lookup_get_texture (lookup);
  for (uint32_t i = 0; i < N_LABELS; i++) {
    const uint32_t label = nth_label (i);
    g_assert_cmpuint (lam_colour_lookup_take_slot (lookup, label), ==,
        lam_colour_lookup_find_slot (lookup, label));
    check_colour (lookup, label, nth_rgb (i), 0x123456);
    if (i % 997 == 0)
      g_assert_cmphex (
          read_texel (texture, lam_colour_lookup_find_slot (lookup, label)), ==,
          nth_rgb (i));
  }
  lam_colour_lookup_free (lookup);
  lam_offscreen_free (offscreen);
}

static void
test_changes (void)
{
  LamOffscreen *offscreen = make_context ();
  if (offscreen == NULL)
    return;
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  LamColourLookup *lookup = lam_colour_lookup_new (classes);
  uint32_t rgb;
  bool hidden;
  g_assert_cmpuint (lam_colour_lookup_take_slot (lookup, 0), ==, 0);
  const uint32_t slot = lam_colour_lookup_take_slot (lookup, UINT32_MAX);
  g_assert_false (
      lam_colour_lookup_find (lookup, UINT32_MAX, false, &rgb, &hidden));
  lam_colour_lookup_update (lookup);
  /* An unknown label is shown in some colour. */
  g_assert_true (
      lam_colour_lookup_find (lookup, UINT32_MAX, false, &rgb, &hidden));
  g_assert_false (hidden);
  const uint64_t serial = lam_colour_lookup_get_serial (lookup);
  lam_colour_lookup_take_slot (lookup, 7);
  lam_colour_lookup_update (lookup);
  /* A label that was not there before changes nothing on the screen. */
  g_assert_cmpuint (lam_colour_lookup_get_serial (lookup), ==, serial);
  set_label (classes, UINT32_MAX, 0xff8000, false);
  lam_colour_lookup_update (lookup);
  g_assert_cmpuint (lam_colour_lookup_get_serial (lookup), >, serial);
  check_colour (lookup, UINT32_MAX, 0xff8000, 0xff8000);
  const GLuint texture = lam_colour_lookup_get_texture (lookup);
  g_assert_cmphex (read_texel (texture, slot), ==, 0xff8000);
  set_label (classes, UINT32_MAX, 0xff8000, true);
  lam_colour_lookup_update (lookup);
  g_assert_true (
      lam_colour_lookup_find (lookup, UINT32_MAX, false, &rgb, &hidden));
  g_assert_true (hidden);
  g_assert_cmphex (read_texel (texture, slot), ==, 0);
  lam_colour_lookup_free (lookup);
  lam_offscreen_free (offscreen);
}

/* A project begins: its table may have the serial of the one before. */
static void
test_new_table (void)
{
  LamOffscreen *offscreen = make_context ();
  if (offscreen == NULL)
    return;
  LamClassTable *first = lam_class_table_new ();
  g_autoptr (LamClassTable) second = lam_class_table_new ();
  set_label (first, 7, 0x112233, false);
  set_label (second, 7, 0x445566, false);
  g_assert_cmpuint (lam_class_table_get_serial (first), ==,
      lam_class_table_get_serial (second));
  LamColourLookup *lookup = lam_colour_lookup_new (first);
  lam_colour_lookup_take_slot (lookup, 7);
  lam_colour_lookup_update (lookup);
  check_colour (lookup, 7, 0x112233, 0x112233);
  const uint64_t serial = lam_colour_lookup_get_serial (lookup);
  lam_colour_lookup_set_classes (lookup, second);
  lam_class_table_free (first);
  lam_colour_lookup_update (lookup);
  check_colour (lookup, 7, 0x445566, 0x445566);
  g_assert_cmpuint (lam_colour_lookup_get_serial (lookup), >, serial);
  lam_colour_lookup_free (lookup);
  lam_offscreen_free (offscreen);
}

/* Ends as the header defines them, texel by texel. */
static uint32_t
expected_texel (LamColourLookup *lookup, const uint32_t *labels, int width,
    int height, int u, int v)
{
  static const int steps[4][2] = { [LAM_TEXEL_U_LOW] = { -1, 0 },
    [LAM_TEXEL_V_LOW] = { 0, -1 },
    [LAM_TEXEL_U_HIGH] = { 1, 0 },
    [LAM_TEXEL_V_HIGH] = { 0, 1 } };
  const uint32_t label = labels[v * width + u];
  uint32_t texel = lam_colour_lookup_find_slot (lookup, label);
  for (int way = 0; way < 4 && label != 0; way++)
    for (int distance = 1; distance <= LAM_TEXEL_REACH; distance++) {
      const int x = CLAMP (u + steps[way][0] * distance, 0, width - 1);
      const int y = CLAMP (v + steps[way][1] * distance, 0, height - 1);
      if (labels[y * width + x] != label)
        texel |= LAM_TEXEL_END (way, distance);
    }
  return texel;
}

static void
test_texels (void)
{
  enum { WIDTH = 23, HEIGHT = 17, N = WIDTH * HEIGHT };
  uint32_t labels[N], texels[N];
  LamColourLookup *lookup = lam_colour_lookup_new (NULL);
  for (int i = 0; i < N; i++) {
    const int patch = i % WIDTH / 4 + i / WIDTH / 3 * 5;
    labels[i] = patch * 7 % 4 == 0 ? 0 : UINT32_MAX - (uint32_t)(patch % 5);
  }
  g_assert_true (lam_label_texels_make (lookup, labels, WIDTH, HEIGHT, texels));
  for (int v = 0; v < HEIGHT; v++)
    for (int u = 0; u < WIDTH; u++)
      g_assert_cmphex (texels[v * WIDTH + u], ==,
          expected_texel (lookup, labels, WIDTH, HEIGHT, u, v));
  memset (labels, 0, sizeof labels);
  g_assert_false (
      lam_label_texels_make (lookup, labels, WIDTH, HEIGHT, texels));
  lam_colour_lookup_free (lookup);
}

/* Who said it colours the texel; ends are those of labels and of sources. */
static void
test_said_texels (void)
{
  enum { WIDTH = 23, HEIGHT = 17, N = WIDTH * HEIGHT };
  uint32_t labels[N], sources[N], texels[N];
  LamColourLookup *lookup = lam_colour_lookup_new_of_sources ();
  LamColourLookup *own = lam_colour_lookup_new (NULL);
  for (int i = 0; i < N; i++) {
    labels[i] = (uint32_t)(i % WIDTH / 5 + i / WIDTH / 4) % 3;
    sources[i] = (uint32_t)(i % WIDTH / 3 + i / WIDTH / 2) % 4;
  }
  g_assert_true (lam_label_texels_make_said (
      lookup, labels, sources, WIDTH, HEIGHT, texels));
  const uint32_t slots = LAM_COLOUR_SLOTS - 1;
  for (int v = 0; v < HEIGHT; v++)
    for (int u = 0; u < WIDTH; u++) {
      const int i = v * WIDTH + u;
      const uint32_t said =
          expected_texel (lookup, sources, WIDTH, HEIGHT, u, v);
      /* Labels from 1, so that all have ends. */
      uint32_t named[N];
      for (int j = 0; j < N; j++)
        named[j] = labels[j] + 1;
      const uint32_t ends = expected_texel (own, named, WIDTH, HEIGHT, u, v);
      g_assert_cmphex (texels[i], ==, said == 0 ? 0 : said | (ends & ~slots));
    }
  memset (sources, 0, sizeof sources);
  g_assert_false (lam_label_texels_make_said (
      lookup, labels, sources, WIDTH, HEIGHT, texels));
  lam_colour_lookup_free (own);
  lam_colour_lookup_free (lookup);
}

/* A newer run takes the strongest colour from the one before. */
static void
test_sources (void)
{
  LamOffscreen *offscreen = make_context ();
  if (offscreen == NULL)
    return;
  const uint16_t first = LAM_SOURCE_FIRST_RUN + 1;
  LamColourLookup *lookup = lam_colour_lookup_new_of_sources ();
  lam_colour_lookup_set_newest_run (lookup, first);
  lam_colour_lookup_take_slot (lookup, LAM_SOURCE_HUMAN);
  lam_colour_lookup_take_slot (lookup, first);
  lam_colour_lookup_update (lookup);
  const uint32_t human = lam_source_get_rgb (LAM_SOURCE_HUMAN, first);
  const uint32_t newest = lam_source_get_rgb (first, first);
  check_colour (lookup, LAM_SOURCE_HUMAN, human, human);
  check_colour (lookup, first, newest, newest);
  const uint64_t serial = lam_colour_lookup_get_serial (lookup);
  lam_colour_lookup_set_newest_run (lookup, first);
  lam_colour_lookup_update (lookup);
  g_assert_cmpuint (lam_colour_lookup_get_serial (lookup), ==, serial);
  lam_colour_lookup_set_newest_run (lookup, first + 1);
  lam_colour_lookup_update (lookup);
  g_assert_cmpuint (lam_colour_lookup_get_serial (lookup), >, serial);
  const uint32_t before = lam_source_get_rgb (first, first + 1);
  g_assert_cmphex (before, !=, newest);
  check_colour (lookup, first, before, before);
  lam_colour_lookup_free (lookup);
  lam_offscreen_free (offscreen);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/colour-lookup/many", test_many);
  g_test_add_func ("/colour-lookup/changes", test_changes);
  g_test_add_func ("/colour-lookup/new-table", test_new_table);
  g_test_add_func ("/colour-lookup/texels", test_texels);
  g_test_add_func ("/colour-lookup/said-texels", test_said_texels);
  g_test_add_func ("/colour-lookup/sources", test_sources);
  return g_test_run ();
}
