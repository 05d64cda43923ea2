/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Smart fill on made-up bodies of dark greys in darker membranes, among others
 * that look the same, with noise: what one scribble finds, what an outside one
 * takes away, how far the box grows. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "figure-fixture.h"

enum { NX = 120, NY = 100, NZ = 40 };

typedef struct {
  FigureVolume volume;
  float *greys;
  uint8_t *bodies; /* the number of the body that a voxel is in */
  GArray *seeds;
} Scene;

static bool
read_image (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  const Scene *scene = user_data;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = scene->greys[x + NX * (y + NY * z)];
  return true;
}

/* Voxels of 10 × 10 × 20 nm. */
static void
set_up (Scene *scene, gconstpointer unused)
{
  figure_volume_init (&scene->volume, 1, 1, 1);
  LamLabelReader *reader = &scene->volume.reader;
  reader->size[0] = NX;
  reader->size[1] = NY;
  reader->size[2] = NZ;
  reader->voxel_size_nm[2] = 20;
  reader->read_image = read_image;
  reader->image_data = scene;
  scene->greys = g_new (float, NX *NY *NZ);
  scene->bodies = g_new0 (uint8_t, NX * NY * NZ);
  scene->seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  uint32_t noise = 7;
  for (int i = 0; i < NX * NY * NZ; i++) {
    noise = noise * 1664525 + 1013904223;
    scene->greys[i] = 170 + (float)(noise >> 24) / 8;
  }
}

static void
tear_down (Scene *scene, gconstpointer unused)
{
  figure_volume_clear (&scene->volume);
  g_free (scene->greys);
  g_free (scene->bodies);
  g_array_unref (scene->seeds);
}

/* A tube around a line along x, in voxels of x and y; of no length: a ball.
 */
static void
add_body (Scene *scene, uint8_t number, double x0, double x1, double y,
    double z, double radius)
{
  for (int i = 0; i < NX * NY * NZ; i++) {
    const double vx = i % NX, dy = i / NX % NY - y, dz = 2 * (i / NX / NY - z);
    const double dx = vx < x0 ? x0 - vx : vx > x1 ? vx - x1 : 0;
    const double r = sqrt (dx * dx + dy * dy + dz * dz) - radius;
    if (r < 0) {
      scene->greys[i] -= 60;
      scene->bodies[i] = number;
    } else if (r < 2.5 && scene->bodies[i] == 0)
      scene->greys[i] = 40;
  }
}

static void
scribble (Scene *scene, int side, int x0, int x1, int y, int z)
{
  for (int x = x0; x <= x1; x++) {
    LamFigureSeed seed = { .side = side, .voxel = { x, y, z } };
    g_array_append_val (scene->seeds, seed);
  }
}

static LamVoxelSet *
find (Scene *scene, GError **error)
{
  LamFigureRequest request = { .shape = lam_figure_find ("smart-fill"),
    .in_space = true,
    .label = 5,
    .seeds = scene->seeds };
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  if (!request.shape->find (
          &request, &scene->volume.reader, parts, NULL, error))
    return NULL;
  g_assert_cmpuint (parts->len, ==, 1);
  const LamFigurePart *part = parts->pdata[0];
  g_assert_cmpuint (part->label, ==, 5);
  LamVoxelSet *set = lam_voxel_set_new (scene->volume.reader.size);
  lam_voxel_set_add (set, part->set);
  return set;
}

/* Share of a body that was found. */
static double
find_share (const Scene *scene, const LamVoxelSet *set, int body)
{
  int n = 0, found = 0;
  for (int i = 0; i < NX * NY * NZ; i++)
    if (scene->bodies[i] == body) {
      const int64_t at[3] = { i % NX, i / NX % NY, i / NX / NY };
      n++;
      found += lam_voxel_set_has (set, at);
    }
  return (double)found / n;
}

static double
find_iou (const Scene *scene, const LamVoxelSet *set, int body)
{
  double n = 0, both = 0;
  for (int i = 0; i < NX * NY * NZ; i++)
    n += scene->bodies[i] == body;
  both = find_share (scene, set, body) * n;
  return both / (n + (double)lam_voxel_set_count (set) - both);
}

/* One of several that look the same, by one scribble. */
static void
test_one_scribble (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_body (scene, 1, 50, 50, 50, 20, 18);
  add_body (scene, 2, 94, 94, 50, 20, 18);
  add_body (scene, 3, 50, 50, 88, 20, 14);
  scribble (scene, 1, 42, 58, 50, 20);
  g_autoptr (LamVoxelSet) set = find (scene, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (find_iou (scene, set, 1), >, 0.8);
  g_assert_cmpfloat (find_share (scene, set, 2), <, 0.02);
  g_assert_cmpfloat (find_share (scene, set, 3), <, 0.02);
  /* The same again, to the last voxel. */
  g_autoptr (LamVoxelSet) again = find (scene, &error);
  g_assert_cmpint (lam_voxel_set_count (again), ==, lam_voxel_set_count (set));
  lam_voxel_set_subtract (again, set);
  g_assert_true (lam_voxel_set_is_empty (again));
}

/* A tube that leaves the box around its scribble: the box grows. */
static void
test_grows (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_body (scene, 1, 12, 108, 50, 20, 12);
  scribble (scene, 1, 14, 24, 50, 20);
  g_autoptr (LamVoxelSet) set = find (scene, &error);
  g_assert_no_error (error);
  LamBox box = lam_voxel_set_get_box (set);
  g_assert_cmpint (box.max[0], >, 24 + 40 + 20);
  scribble (scene, 1, 70, 100, 50, 20);
  g_autoptr (LamVoxelSet) more = find (scene, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (find_iou (scene, more, 1), >, 0.75);
}

/* Two bodies that run into each other: a scribble outside parts them. */
static void
test_outside (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_body (scene, 1, 40, 40, 50, 20, 18);
  add_body (scene, 2, 72, 72, 50, 20, 18);
  scribble (scene, 1, 32, 46, 50, 20);
  scribble (scene, 2, 66, 80, 50, 20);
  g_autoptr (LamVoxelSet) set = find (scene, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (find_share (scene, set, 1), >, 0.8);
  g_assert_cmpfloat (find_share (scene, set, 2), <, 0.25);
  for (guint i = 0; i < scene->seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (scene->seeds, LamFigureSeed, i);
    g_assert_cmpint (lam_voxel_set_has (set, seed->voxel), ==, seed->side == 1);
  }
}

/* A network sees a body where the greys are nothing but noise. */
static bool
read_opinions (
    const LamBox *box, float *out, gpointer user_data, GError **error)
{
  const Scene *scene = user_data;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = scene->bodies[x + NX * (y + NY * z)] == 1 ? 0.9f : -0.9f;
  return true;
}

static void
test_opinions (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  double iou[2];
  g_autofree float *noise =
      g_memdup2 (scene->greys, sizeof (float) * NX * NY * NZ);
  add_body (scene, 1, 50, 50, 50, 20, 18);
  memcpy (scene->greys, noise, sizeof (float) * NX * NY * NZ);
  scribble (scene, 1, 42, 58, 50, 20);
  for (int i = 0; i < 2; i++) {
    scene->volume.reader.read_opinions = i == 0 ? NULL : read_opinions;
    g_autoptr (LamVoxelSet) set = find (scene, &error);
    g_assert_no_error (error);
    iou[i] = find_iou (scene, set, 1);
  }
  g_assert_cmpfloat (iou[1], >, 0.6);
  g_assert_cmpfloat (iou[1], >, iou[0] + 0.1);
}

static void
test_refusals (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  scribble (scene, 2, 10, 20, 50, 20);
  g_assert_null (find (scene, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  /* Scribbles outside of the volume are not there. */
  scribble (scene, 1, NX + 1, NX + 9, 50, 20);
  g_assert_null (find (scene, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  scribble (scene, 1, 40, 50, 50, 20);
  scene->volume.reader.read_image = NULL;
  g_assert_null (find (scene, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
}

static void
test_cancelled (Scene *scene, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  scribble (scene, 1, 40, 50, 50, 20);
  LamFigureRequest request = {
    .shape = lam_figure_find ("smart-fill"), .label = 5, .seeds = scene->seeds
  };
  lam_progress_cancel (progress);
  g_assert_false (request.shape->find (
      &request, &scene->volume.reader, parts, progress, &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_assert_cmpuint (parts->len, ==, 0);
}

#define ADD(name, function) \
  g_test_add ("/smart-fill/" name, Scene, NULL, set_up, function, tear_down)

/* A few voxels of no meaning, wherever they are, change next to nothing; where
 * there are no others, that is said. */
static void
test_odd_voxels (Scene *scene, gconstpointer unused)
{
  const float odd[] = { NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e20f };
  add_body (scene, 1, 50, 50, 50, 20, 18);
  add_body (scene, 2, 94, 94, 50, 20, 18);
  scribble (scene, 1, 42, 58, 50, 20);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVoxelSet) clean = find (scene, &error);
  g_assert_no_error (error);
  const double iou = find_iou (scene, clean, 1);
  g_assert_cmpfloat (iou, >, 0.8);
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++) {
    for (int k = 0; k < 3; k++)
      scene->greys[20 + k * 3 + NX * (20 + NY * 10)] = odd[i];
    g_autoptr (LamVoxelSet) set = find (scene, &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (find_iou (scene, set, 1), >, iou - 0.05);
  }
  for (int i = 0; i < NX * NY * NZ; i++)
    scene->greys[i] = NAN;
  g_assert_null (find (scene, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("one-scribble", test_one_scribble);
  ADD ("grows", test_grows);
  ADD ("outside", test_outside);
  ADD ("opinions", test_opinions);
  ADD ("refusals", test_refusals);
  ADD ("odd-voxels", test_odd_voxels);
  ADD ("cancelled", test_cancelled);
  return g_test_run ();
}
