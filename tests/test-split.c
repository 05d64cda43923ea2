/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Depths against brute force, and objects that touch: two balls are cut at
 * their neck, and what is one body stays whole. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "labels/distance-map.h"
#include "labels/object-splitter.h"
#include "labels/watershed.h"
#include "rounds.h"
#include "volume/scratch-source.h"

/* The definition. */
static double
nearest_outside (const bool *mask, const int64_t size[3], const double nm[3],
    int64_t x, int64_t y, int64_t z)
{
  double best = INFINITY;
  int64_t i = 0;
  for (int64_t c = 0; c < size[2]; c++)
    for (int64_t b = 0; b < size[1]; b++)
      for (int64_t a = 0; a < size[0]; a++) {
        double dx = (double)(a - x) * nm[0], dy = (double)(b - y) * nm[1];
        double dz = (double)(c - z) * nm[2];
        if (!mask[i++])
          best = fmin (best, dx * dx + dy * dy + dz * dz);
      }
  return best;
}

static void
check_depths (const bool *mask, const int64_t size[3], const double nm[3])
{
  const int64_t n = size[0] * size[1] * size[2];
  int64_t i = 0;
  g_autofree float *found = g_new (float, n);
  lam_distance_map (mask, size, nm, found);
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        double truth = nearest_outside (mask, size, nm, x, y, z);
        if (isinf (truth))
          g_assert_true (isinf (found[i]));
        else
          g_assert_cmpfloat_with_epsilon (found[i], truth, 1e-5 * truth + 1e-6);
      }
}

static void
test_depth_by_brute_force (void)
{
  for (uint64_t seed = 0; seed < 40; seed++) {
    LamRandom random = lam_random_new (seed, 0);
    int64_t size[3];
    double nm[3];
    for (int i = 0; i < 3; i++) {
      size[i] = 1 + lam_random_u32 (&random) % 19;
      nm[i] = lam_random_range (&random, 1, 50);
    }
    int64_t n = size[0] * size[1] * size[2];
    double full = lam_random_range (&random, 0.5, 1.05);
    g_autofree bool *mask = g_new (bool, n);
    for (int64_t k = 0; k < n; k++)
      mask[k] = lam_random_unit (&random) < full;
    check_depths (mask, size, nm);
  }
}

/* Lines along y or z that are long, some deep inside and some near to what is
 * outside. */
static void
test_deep_lines (void)
{
  for (uint64_t seed = 0; seed < 6; seed++) {
    LamRandom random = lam_random_new (seed, 1);
    const int axis = 1 + (int)seed % 2;
    const double nm[3] = { 4.1, 3.7, 5.3 };
    int64_t size[3] = { 17, 2, 2 };
    size[axis] = 200;
    int64_t n = size[0] * size[1] * size[2];
    g_autofree bool *mask = g_new (bool, n);
    for (int64_t k = 0; k < n; k++)
      mask[k] =
          k % size[0] < 16 ? k / size[0] % 40 > 0 || k % size[0] > 2 : seed > 2;
    for (uint64_t k = 0; k < seed % 3; k++)
      mask[lam_random_u32 (&random) % n] = false;
    check_depths (mask, size, nm);
  }
}

/* A body is all points within a radius, in nm, of a line between two points. */
typedef struct {
  double from[3], to[3], radius[2];
} Body;

static bool
is_in (const Body *body, const double at[3])
{
  double along = 0, length = 0, square = 0;
  for (int i = 0; i < 3; i++) {
    double d = body->to[i] - body->from[i];
    along += (at[i] - body->from[i]) * d;
    length += d * d;
  }
  double t = length > 0 ? CLAMP (along / length, 0, 1) : 0;
  for (int i = 0; i < 3; i++) {
    double d = at[i] - body->from[i] - t * (body->to[i] - body->from[i]);
    square += d * d;
  }
  double radius = body->radius[0] + t * (body->radius[1] - body->radius[0]);
  return square <= radius * radius;
}

typedef struct {
  int64_t size[3];
  double nm[3];
  uint8_t *classes; /* Owned */
  uint32_t *labels; /* Owned */
  GArray *objects; /* Owned */
  int n_cut, n_too_large;
} Scene;

static Scene
make_scene (int64_t x, int64_t y, int64_t z, double nm_xy, double nm_z)
{
  Scene scene = { .size = { x, y, z }, .nm = { nm_xy, nm_xy, nm_z } };
  scene.classes = g_new0 (uint8_t, x * y * z);
  scene.labels = g_new0 (uint32_t, x * y * z);
  return scene;
}

static void
clear_scene (Scene *scene)
{
  g_free (scene->classes);
  g_free (scene->labels);
  g_clear_pointer (&scene->objects, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, clear_scene)

static void
add_body (Scene *scene, uint8_t class_id, Body body)
{
  int64_t i = 0;
  for (int64_t z = 0; z < scene->size[2]; z++)
    for (int64_t y = 0; y < scene->size[1]; y++)
      for (int64_t x = 0; x < scene->size[0]; x++, i++) {
        const double at[3] = { ((double)x + 0.5) * scene->nm[0],
          ((double)y + 0.5) * scene->nm[1], ((double)z + 0.5) * scene->nm[2] };
        if (is_in (&body, at))
          scene->classes[i] = class_id;
      }
}

static void
add_ball (
    Scene *scene, uint8_t class_id, double x, double y, double z, double radius)
{
  add_body (
      scene, class_id, (Body){ { x, y, z }, { x, y, z }, { radius, radius } });
}

static LamSource *
make_source (const Scene *scene, LamDtype dtype, const void *voxels)
{
  g_autoptr (GError) error = NULL;
  LamBox whole = lam_box_of_size (scene->size);
  LamSource *source = lam_scratch_source_new (
      g_get_tmp_dir (), scene->size, dtype, scene->nm, &error);
  g_assert_no_error (error);
  if (voxels)
    g_assert_true (lam_scratch_source_write (source, &whole, voxels, &error));
  return source;
}

static LamSplitRules
split_all (const Scene *scene)
{
  LamSplitRules rules = { .connectivity = LAM_CONNECT_FACES,
    .relief = { [0 ... 255] = LAM_SPLIT_RELIEF },
    .least_distance_nm = LAM_SPLIT_DISTANCE_NM };
  memcpy (rules.voxel_size_nm, scene->nm, sizeof rules.voxel_size_nm);
  for (int i = 0; i < 256; i++) {
    rules.is_split[i] = true;
    rules.min_voxels[i] = 1;
  }
  return rules;
}

/* Components, then split; gives the number of objects. */
static guint
split (Scene *scene, const LamSplitRules *how)
{
  g_autoptr (GError) error = NULL;
  LamBox whole = lam_box_of_size (scene->size);
  LamObjectRules rules = { .connectivity = how->connectivity };
  memcpy (rules.min_voxels, how->min_voxels, sizeof rules.min_voxels);
  rules.min_voxels[0] = 0;
  g_autoptr (LamSource) classes =
      make_source (scene, LAM_DTYPE_U8, scene->classes);
  g_autoptr (LamSource) labels = make_source (scene, LAM_DTYPE_U32, NULL);
  g_clear_pointer (&scene->objects, g_array_unref);
  scene->objects =
      lam_object_finder_run (classes, &rules, labels, NULL, &error);
  g_assert_no_error (error);
  lam_object_splitter_run (labels, scene->objects, how, &scene->n_cut,
      &scene->n_too_large, NULL, &error);
  g_assert_no_error (error);
  lam_source_read_box (labels, 0, &whole, scene->labels, NULL, &error);
  g_assert_no_error (error);
  return scene->objects->len;
}

/* The rows say what the labels are, which are numbered by first voxels and lie
 * where the classes are. */
static void
assert_sound (const Scene *scene)
{
  const int64_t *size = scene->size;
  guint n = scene->objects->len, next = 1;
  g_autofree LamObject *found = g_new0 (LamObject, n + 1);
  for (int64_t i = 0; i < size[0] * size[1] * size[2]; i++) {
    uint32_t id = scene->labels[i];
    int64_t x = i % size[0], y = i / size[0] % size[1];
    int64_t z = i / size[0] / size[1];
    LamBox voxel = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
    g_assert_cmpuint (id, <=, n);
    g_assert_true ((id > 0) == (scene->classes[i] > 0));
    if (found[id].n_voxels++ == 0 && id > 0) {
      g_assert_cmpuint (id, ==, next++);
      found[id].first = i;
      found[id].class_id = scene->classes[i];
    }
    found[id].box = lam_box_unite (&found[id].box, &voxel);
    g_assert_true (id == 0 || scene->classes[i] == found[id].class_id);
  }
  for (guint id = 1; id <= n; id++) {
    const LamObject *row = &g_array_index (scene->objects, LamObject, id - 1);
    g_assert_cmpuint (row->id, ==, id);
    g_assert_cmpint (row->class_id, ==, found[id].class_id);
    g_assert_cmpint (row->n_voxels, ==, found[id].n_voxels);
    g_assert_cmpint (row->first, ==, found[id].first);
    g_assert_true (lam_box_equal (&row->box, &found[id].box));
  }
}

/* Two balls 330 nm apart, of radius 200 nm: the neck is 113 nm wide, of 200. */
static void
check_two_balls (double nm_xy, double nm_z)
{
  g_auto (Scene) scene = make_scene ((int64_t)(800 / nm_xy),
      (int64_t)(500 / nm_xy), (int64_t)(500 / nm_z), nm_xy, nm_z);
  add_ball (&scene, 1, 230, 250, 250, 200);
  add_ball (&scene, 1, 560, 250, 250, 200);
  LamSplitRules rules = split_all (&scene);
  g_assert_cmpuint (split (&scene, &rules), ==, 2);
  g_assert_cmpint (scene.n_cut, ==, 1);
  assert_sound (&scene);
  uint32_t left = 0;
  for (int64_t i = 0; left == 0; i++)
    left = i % scene.size[0] * nm_xy < 395 ? scene.labels[i] : 0;
  /* The neck is at 395 nm; the cut is within a voxel and a half of it. */
  for (int64_t i = 0; i < scene.size[0] * scene.size[1] * scene.size[2]; i++) {
    double x = ((double)(i % scene.size[0]) + 0.5) * nm_xy;
    if (scene.labels[i] && fabs (x - 395) > 1.5 * nm_xy)
      g_assert_true ((scene.labels[i] == left) == (x < 395));
  }
}

static void
test_two_balls_are_two (void)
{
  check_two_balls (10, 10);
  check_two_balls (10, 40);
  check_two_balls (5, 50);
}

/* What must stay whole. */
static void
test_one_body_is_one (void)
{
  static const Body bodies[] = {
    /* A ball, a rod, two cones and a thin thread. */
    { { 400, 300, 300 }, { 400, 300, 300 }, { 250, 250 } },
    { { 150, 150, 150 }, { 650, 420, 410 }, { 120, 120 } },
    { { 160, 300, 300 }, { 650, 310, 280 }, { 150, 30 } },
    { { 100, 100, 100 }, { 700, 520, 480 }, { 25, 25 } },
    { { 100, 130, 140 }, { 700, 420, 180 }, { 60, 100 } },
  };
  static const double nm_z[] = { 10, 40 };
  for (size_t i = 0; i < G_N_ELEMENTS (bodies); i++)
    for (size_t k = 0; k < G_N_ELEMENTS (nm_z); k++) {
      g_auto (Scene) scene =
          make_scene (80, 60, (int64_t)(600 / nm_z[k]), 10, nm_z[k]);
      add_body (&scene, 1, bodies[i]);
      LamSplitRules rules = split_all (&scene);
      rules.connectivity = LAM_CONNECT_CORNERS;
      guint n = split (&scene, &rules);
      g_assert_cmpint (scene.n_cut, ==, 0);
      g_assert_cmpuint (n, ==, 1);
    }
}

/* Rods and cones that slant in any way through cubes and through thick
 * sections: the steps of the grid are no necks. */
static void
test_slanting_rods_are_one (void)
{
  LamRandom random = lam_random_new (4, 0);
  for (int i = 0; i < 80; i++) {
    double nm_z = i % 2 ? 40 : 10, radius = lam_random_range (&random, 30, 160);
    g_auto (Scene) scene = make_scene (80, 60, (int64_t)(600 / nm_z), 10, nm_z);
    Body body = { .radius = {
                      radius, radius * lam_random_range (&random, 0.6, 1) } };
    for (int k = 0; k < 3; k++) {
      double end = k == 0 ? 800 : 600;
      body.from[k] = lam_random_range (&random, 0, end);
      body.to[k] = lam_random_range (&random, 0, end);
    }
    add_body (&scene, 1, body);
    LamSplitRules rules = split_all (&scene);
    rules.connectivity = LAM_CONNECT_CORNERS;
    split (&scene, &rules);
    g_assert_cmpint (scene.n_cut, ==, 0);
  }
}

static void
test_relief_decides (void)
{
  g_auto (Scene) scene = make_scene (90, 50, 50, 10, 10);
  add_ball (&scene, 1, 250, 250, 250, 200);
  add_ball (&scene, 1, 510, 250, 250, 200);
  /* The neck is 152 nm wide, of 200: a relief of 0.24. */
  LamSplitRules rules = split_all (&scene);
  g_assert_cmpuint (split (&scene, &rules), ==, 1);
  rules.relief[1] = 0.15;
  g_assert_cmpuint (split (&scene, &rules), ==, 2);
  rules.least_distance_nm = 300;
  g_assert_cmpuint (split (&scene, &rules), ==, 1);
}

/* A pearl on a string of three that is too small goes to its neighbour. */
static void
test_small_pieces (void)
{
  g_auto (Scene) scene = make_scene (130, 50, 50, 10, 10);
  add_ball (&scene, 3, 230, 250, 250, 200);
  add_ball (&scene, 3, 560, 250, 250, 190);
  add_ball (&scene, 3, 840, 250, 250, 110);
  LamSplitRules rules = split_all (&scene);
  g_assert_cmpuint (split (&scene, &rules), ==, 3);
  assert_sound (&scene);
  rules.min_voxels[3] = 8000;
  g_assert_cmpuint (split (&scene, &rules), ==, 2);
  assert_sound (&scene);
  const LamObject *second = &g_array_index (scene.objects, LamObject, 1);
  g_assert_cmpint (second->box.max[0], >, 89);
}

/* Many balls that touch here and there, of two classes of which one is cut:
 * sound, and each time the same. */
static void
test_many_are_the_same_again (void)
{
  g_auto (Scene) scene = make_scene (200, 160, 40, 10, 25);
  LamRandom random = lam_random_new (9, 9);
  for (int i = 0; i < 60; i++) {
    double x = lam_random_range (&random, 0, 2000);
    double y = lam_random_range (&random, 0, 1600);
    double z = lam_random_range (&random, 0, 1000);
    add_ball (&scene, (uint8_t)(1 + i % 2), x, y, z,
        lam_random_range (&random, 90, 170));
  }
  LamSplitRules rules = split_all (&scene);
  rules.is_split[2] = false;
  guint n = split (&scene, &rules);
  g_assert_cmpint (scene.n_cut, >, 3);
  assert_sound (&scene);
  gsize bytes = 200 * 160 * 40 * sizeof (uint32_t);
  g_autofree uint32_t *before = g_memdup2 (scene.labels, bytes);
  for (int i = 0; i < PLAIN_OR_SANITISED (4, 1); i++) {
    g_assert_cmpuint (split (&scene, &rules), ==, n);
    g_assert_cmpmem (before, bytes, scene.labels, bytes);
  }
}

/* A cube without any neck, and a map that says where a wall is: fainter on one
 * side, open in one place. */
static void
test_boundaries (void)
{
  g_auto (Scene) scene = make_scene (40, 20, 20, 10, 10);
  g_autofree uint8_t *walls = g_new0 (uint8_t, 40 * 20 * 20);
  g_autofree float *floats = g_new0 (float, 40 * 20 * 20);
  for (int64_t i = 0; i < 40 * 20 * 20; i++) {
    int64_t x = i % 40, y = i / 40 % 20;
    scene.classes[i] = x > 1 && x < 38;
    if (x == 17 || x == 18)
      walls[i] = (uint8_t)(y < 10 ? 200 : 150);
    floats[i] = (float)walls[i] / 255;
  }
  LamSplitRules rules = split_all (&scene);
  g_assert_cmpuint (split (&scene, &rules), ==, 1);
  for (int pass = 0; pass < 2; pass++) {
    g_autoptr (LamSource) map = pass
        ? make_source (&scene, LAM_DTYPE_F32, floats)
        : make_source (&scene, LAM_DTYPE_U8, walls);
    rules.boundaries = map;
    g_assert_cmpuint (split (&scene, &rules), ==, 2);
    assert_sound (&scene);
    for (int64_t i = 0; i < 40 * 20 * 20; i++)
      if (i % 40 > 1 && i % 40 < 17)
        g_assert_cmpuint (scene.labels[i], ==, 1);
      else if (i % 40 > 18 && i % 40 < 38)
        g_assert_cmpuint (scene.labels[i], ==, 2);
    rules.relief[1] = 0.9;
    g_assert_cmpuint (split (&scene, &rules), ==, 1);
    rules.relief[1] = LAM_SPLIT_RELIEF;
  }
  const int64_t other[3] = { 40, 20, 21 };
  g_autoptr (LamSource) map = make_source (&scene, LAM_DTYPE_U8, walls);
  g_autoptr (GError) error = NULL;
  rules.boundaries = map;
  g_assert_false (lam_object_splitter_check (&rules, other, &error));
  g_assert_nonnull (strstr (error->message, "21"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/split/depth-by-brute-force", test_depth_by_brute_force);
  g_test_add_func ("/split/deep-lines", test_deep_lines);
  g_test_add_func ("/split/two-balls-are-two", test_two_balls_are_two);
  g_test_add_func ("/split/one-body-is-one", test_one_body_is_one);
  g_test_add_func ("/split/slanting-rods-are-one", test_slanting_rods_are_one);
  g_test_add_func ("/split/relief-decides", test_relief_decides);
  g_test_add_func ("/split/small-pieces", test_small_pieces);
  g_test_add_func (
      "/split/many-are-the-same-again", test_many_are_the_same_again);
  g_test_add_func ("/split/boundaries", test_boundaries);
  return g_test_run ();
}
