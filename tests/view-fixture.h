/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A made-up volume with labels, a renderer and an off-screen context, for tests
 * and benchmarks of the view floor. */
#pragma once

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "view/offscreen.h"
#include "view/renderer.h"

/* A source in memory; grey values are waves and a grid, other in each slice. */
typedef struct {
  LamSource source; /* first */
  uint8_t *voxels; /* Owned; of the source's dtype */
  bool fails;
} FixtureSource;

typedef struct {
  int64_t size[3];
  double voxel_size_nm[3];
  LamDtype dtype; /* U8 or U16 */
  int n_threads;
  LamOffscreenApi api;
  int width_px, height_px;
  LamRendererSettings renderer;
  bool no_labels;
  bool fails; /* every read of the image fails */
} FixtureSettings;

typedef struct {
  FixtureSettings settings;
  LamJobPool *pool;
  LamVolume *volume;
  LamLabelMap *labels;
  LamClassTable *classes;
  LamRenderer *renderer;
  LamOffscreen *offscreen;
  int n_redraws;
} Fixture;

static inline double
fixture_wave_x (int64_t x)
{
  return sin ((double)x / 17);
}

static inline double
fixture_wave_yz (int64_t y, int64_t z)
{
  return sin ((double)y / 13 + (double)z * 0.7);
}

static inline double
fixture_grey (int64_t x, int64_t y, int64_t z, double wave)
{
  const int64_t grid = (x / 32 + y / 32 + z / 4) & 1;
  return 110 + 60 * wave + 30 * (double)grid;
}

static inline bool
fixture_read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const FixtureSource *self = (const FixtureSource *)source;
  const int64_t *size = source->info.levels[0].size;
  if (self->fails) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, "%s cannot be read", "page 3");
    return false;
  }
  const size_t voxel = lam_dtype_bytes (source->info.dtype);
  const size_t row = (size_t)(box->max[0] - box->min[0]) * voxel;
  uint8_t *to = out;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      const int64_t at = (z * size[1] + y) * size[0] + box->min[0];
      memcpy (to, self->voxels + (size_t)at * voxel, row);
      to += row;
    }
  return true;
}

static inline void
fixture_free_source (LamSource *source)
{
  g_free (((FixtureSource *)source)->voxels);
  g_free (source);
}

static inline LamSource *
fixture_make_source (const FixtureSettings *settings)
{
  static const LamSourceMethods methods = { fixture_read_box,
    fixture_free_source };
  FixtureSource *self = g_new0 (FixtureSource, 1);
  lam_source_init (&self->source, &methods, "/made-up");
  LamSourceInfo *info = &self->source.info;
  info->format = "made-up";
  info->dtype = settings->dtype;
  info->n_levels = 1;
  const int64_t *size = settings->size;
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = size[i];
    info->levels[0].factor[i] = 1;
    info->chunk[i] = MIN (size[i], 64);
    info->voxel_size_nm[i] = settings->voxel_size_nm[i];
  }
  const size_t n = (size_t)(size[0] * size[1] * size[2]);
  self->fails = settings->fails;
  self->voxels = g_malloc (n * lam_dtype_bytes (settings->dtype));
  g_autofree double *wave_x = g_new (double, size[0]);
  for (int64_t x = 0; x < size[0]; x++)
    wave_x[x] = fixture_wave_x (x);
  size_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++) {
      const double wave_yz = fixture_wave_yz (y, z);
      for (int64_t x = 0; x < size[0]; x++, i++) {
        const uint8_t grey =
            (uint8_t)fixture_grey (x, y, z, wave_x[x] * wave_yz);
        if (settings->dtype == LAM_DTYPE_U8)
          self->voxels[i] = grey;
        else
          ((uint16_t *)(void *)self->voxels)[i] = (uint16_t)(grey * 257);
      }
    }
  return &self->source;
}

/* The label of a voxel: ellipsoids in a lattice, numbered from 1, of three
 * classes; two rows touch. */
static inline uint32_t
fixture_label (int64_t x, int64_t y, int64_t z)
{
  const int64_t i = x / 80, j = y / 80;
  const double dx = (double)(x - i * 80 - 40) / 40;
  const double dy = (double)(y - j * 80 - 40) / 30;
  const double dz = (double)(z % 16 - 8) / 8;
  if (dx * dx + dy * dy + dz * dz >= 1)
    return 0;
  return (uint32_t)(1 + i + 8 * j + 64 * (z / 16));
}

#define FIXTURE_NEWEST_RUN (LAM_SOURCE_FIRST_RUN + 9)

/* Who said it: everybody in turn; a person cleared some of what is between. */
static inline uint16_t
fixture_said (uint32_t label, int64_t x, int64_t y)
{
  static const uint16_t sources[] = { LAM_SOURCE_IMPORTED, LAM_SOURCE_HUMAN,
    LAM_SOURCE_ACCEPTED, FIXTURE_NEWEST_RUN, FIXTURE_NEWEST_RUN - 1,
    FIXTURE_NEWEST_RUN - 5 };
  if (label != 0)
    return sources[label % G_N_ELEMENTS (sources)];
  return (x / 80 + y / 80) % 4 == 1 ? LAM_SOURCE_HUMAN : LAM_SOURCE_UNSET;
}

static inline void
fixture_set_brick (LamLabelMap *map, const LamBox *volume, LamBrickKey key,
    uint32_t (*label) (int64_t x, int64_t y, int64_t z))
{
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  g_autofree uint16_t *sources = g_new0 (uint16_t, LAM_BRICK_VOXELS);
  const LamBox box = lam_brick_box (key);
  const LamBox part = lam_box_intersect (&box, volume);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      size_t i = (size_t)(((z - box.min[2]) * LAM_BRICK_EDGE + y - box.min[1])
          * LAM_BRICK_EDGE);
      for (int64_t x = part.min[0]; x < part.max[0]; x++, i++) {
        labels[i] = label (x, y, z);
        sources[i] = fixture_said (labels[i], x, y);
      }
    }
  g_autoptr (LamLabelBrick) brick =
      lam_label_brick_new_from_planes (labels, sources);
  lam_label_map_set (map, key, brick);
}

static inline void
fixture_set_labels (
    Fixture *fixture, uint32_t (*label) (int64_t x, int64_t y, int64_t z))
{
  const LamBox all = lam_box_of_size (fixture->settings.size);
  const LamBox bricks = lam_box_bricks (&all);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        fixture_set_brick (fixture->labels, &all,
            (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z }, label);
}

static inline LamClassTable *
fixture_make_classes (void)
{
  LamClassTable *classes = lam_class_table_new ();
  size_t n_classes;
  const LamClass *rows = lam_class_preset_get ("platelet", &n_classes);
  for (size_t i = 0; i < n_classes; i++)
    lam_class_table_set_class (classes, &rows[i]);
  for (uint32_t id = 1; id <= 64; id++) {
    LamLabel label = { .id = id, .name = (char *)"", .rgb = LAM_RGB_AUTO };
    label.class_id = 1 + (int32_t)id % 3;
    lam_class_table_set_label (classes, &label);
  }
  return classes;
}

static inline void
fixture_redraw_cb (gpointer user_data)
{
  ((Fixture *)user_data)->n_redraws++;
}

/* NULL with a reason where there is no OpenGL. */
static inline Fixture *
fixture_new (const FixtureSettings *settings, GError **error)
{
  FixtureSettings all = *settings;
  static const int64_t size[3] = { 640, 480, 24 };
  static const double voxel_size_nm[3] = { 10, 10, 40 };
  if (all.size[0] == 0)
    memcpy (all.size, size, sizeof size);
  if (all.voxel_size_nm[0] == 0)
    memcpy (all.voxel_size_nm, voxel_size_nm, sizeof voxel_size_nm);
  if (all.width_px == 0) {
    all.width_px = 200;
    all.height_px = 150;
  }
  LamOffscreen *offscreen = lam_offscreen_new_with (
      all.api, NULL, all.width_px, all.height_px, error);
  if (offscreen == NULL)
    return NULL;
  Fixture *fixture = g_new0 (Fixture, 1);
  fixture->settings = all;
  fixture->offscreen = offscreen;
  fixture->pool = lam_job_pool_new (MAX (all.n_threads, 2));
  g_autoptr (LamSource) source = fixture_make_source (&all);
  fixture->volume = lam_volume_new (source, NULL);
  fixture->classes = fixture_make_classes ();
  if (!all.no_labels) {
    fixture->labels = lam_label_map_new (all.size, 0);
    fixture_set_labels (fixture, fixture_label);
  }
  fixture->renderer =
      lam_renderer_new (fixture->volume, fixture->labels, fixture->classes,
          fixture->pool, &all.renderer, fixture_redraw_cb, fixture);
  if (!lam_renderer_realize (fixture->renderer, error))
    g_error ("%s", (*error)->message);
  return fixture;
}

static inline void
fixture_free (Fixture *fixture)
{
  lam_renderer_free (fixture->renderer);
  lam_job_pool_free (fixture->pool);
  g_object_unref (fixture->volume);
  if (fixture->labels != NULL)
    lam_label_map_free (fixture->labels);
  lam_class_table_free (fixture->classes);
  lam_offscreen_free (fixture->offscreen);
  g_free (fixture);
}

/* The whole slice in the middle of the volume. */
static inline LamCamera
fixture_camera (const Fixture *fixture, LamPlane plane)
{
  LamCamera camera = { .plane = plane,
    .width_px = fixture->settings.width_px,
    .height_px = fixture->settings.height_px };
  for (int i = 0; i < 3; i++) {
    camera.size[i] = fixture->settings.size[i];
    camera.voxel_size_nm[i] = fixture->settings.voxel_size_nm[i];
    camera.centre_nm[i] =
        0.5 * (double)camera.size[i] * camera.voxel_size_nm[i];
  }
  lam_camera_fit (&camera);
  return camera;
}

static inline LamLook
fixture_look (const Fixture *fixture)
{
  const double max = fixture->settings.dtype == LAM_DTYPE_U8 ? 255 : 65535;
  return (LamLook){
    .low = 0,
    .high = max,
    .interpolate = true,
    .label_opacity = 0.4,
    .outline_opacity = 0.8,
    .background_rgb = { 0.1f, 0.1f, 0.12f },
  };
}

/* Draws until everything is there; false after 20 seconds. */
static inline bool
fixture_finish (Fixture *fixture, LamPane *pane)
{
  const int64_t end_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  const unsigned target = lam_offscreen_get_framebuffer (fixture->offscreen);
  lam_pane_draw (pane, target);
  while (!lam_pane_is_complete (pane)) {
    if (g_get_monotonic_time () > end_us)
      return false;
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
    lam_pane_draw (pane, target);
  }
  return true;
}

/* R, G, B, A; top row first. */
static inline uint8_t *
fixture_read (Fixture *fixture)
{
  uint8_t *rgba = g_malloc ((size_t)fixture->settings.width_px
      * (size_t)fixture->settings.height_px * 4);
  lam_offscreen_read (fixture->offscreen, rgba);
  return rgba;
}

static inline size_t
fixture_bytes (const Fixture *fixture)
{
  return (size_t)fixture->settings.width_px
      * (size_t)fixture->settings.height_px * 4;
}
