/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The strokes of the robot that measures how much work corrections are. */
#include "bench/effort/robot.h"

#include <string.h>

enum { X = 40, Y = 30, Z = 3 };

typedef struct {
  uint8_t truth[Z][Y][X], current[Z][Y][X];
  RobotWorld world;
  LamBox view;
} Fixture;

/* A square of class 1 in all slices, of which nothing is there. */
static void
set_up (Fixture *fixture, gconstpointer unused)
{
  memset (fixture->truth, 0, sizeof fixture->truth);
  memset (fixture->current, 0, sizeof fixture->current);
  for (int z = 0; z < Z; z++)
    for (int y = 10; y < 21; y++)
      for (int x = 10; x < 21; x++)
        fixture->truth[z][y][x] = 1;
  fixture->world = (RobotWorld){ { X, Y, Z }, 2, &fixture->truth[0][0][0],
    &fixture->current[0][0][0] };
  fixture->view = lam_box_of_size (fixture->world.size);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
}

/* Voxels that become right, less those that become wrong. */
static int64_t
apply (Fixture *fixture, const RobotStroke *stroke)
{
  int64_t gain = 0;
  for (guint i = 0; i < stroke->path->len; i++) {
    RobotPoint at = g_array_index (stroke->path, RobotPoint, i);
    for (int64_t z = stroke->slice - stroke->depth / 2;
         z <= stroke->slice + stroke->depth / 2; z++)
      for (int y = 0; y < Y; y++)
        for (int x = 0; x < X; x++) {
          int u = x - at.x, v = y - at.y;
          if (z < 0 || z >= Z
              || u * u + v * v > stroke->radius * stroke->radius)
            continue;
          uint8_t truth = fixture->truth[z][y][x],
                  *now = &fixture->current[z][y][x];
          gain += (stroke->class == truth) - (*now == truth);
          *now = (uint8_t)stroke->class;
        }
  }
  return gain;
}

static void
test_gain (Fixture *fixture, gconstpointer unused)
{
  int64_t left = Z * 11 * 11, n = 0;
  RobotStroke stroke;
  while (robot_find_stroke (&fixture->world, &fixture->view, 1, 1, &stroke)) {
    g_assert_cmpint (stroke.class, ==, 1);
    g_assert_cmpint (apply (fixture, &stroke), ==, stroke.gain);
    g_assert_cmpint (stroke.gain, >, 0);
    left -= stroke.gain;
    n++;
    robot_stroke_clear (&stroke);
  }
  for (int y = 0; y < Y; y++)
    g_assert_cmpmem (fixture->current[1][y], X, fixture->truth[1][y], X);
  /* Nobody paints a square voxel by voxel. */
  g_assert_cmpint (n, <, 8);
  g_assert_cmpint (left, <, 30);
}

/* A wrong voxel is not worth a look at first. */
static void
test_least (Fixture *fixture, gconstpointer unused)
{
  RobotStroke stroke;
  memcpy (fixture->current, fixture->truth, sizeof fixture->truth);
  g_assert_false (
      robot_find_stroke (&fixture->world, &fixture->view, 1, 1, &stroke));
  fixture->current[1][15][15] = 0;
  g_assert_false (
      robot_find_stroke (&fixture->world, &fixture->view, 1, 2, &stroke));
  g_assert_true (
      robot_find_stroke (&fixture->world, &fixture->view, 1, 1, &stroke));
  g_assert_cmpint (stroke.gain, ==, 1);
  robot_stroke_clear (&stroke);
}

/* What is outside of the view is not known. */
static void
test_view (Fixture *fixture, gconstpointer unused)
{
  RobotStroke stroke;
  fixture->view = lam_box_new (0, 0, 1, X, 15, 2);
  while (robot_find_stroke (&fixture->world, &fixture->view, 1, 1, &stroke)) {
    g_assert_cmpint (stroke.depth, ==, 1);
    g_assert_cmpint (apply (fixture, &stroke), ==, stroke.gain);
    robot_stroke_clear (&stroke);
  }
  for (int y = 0; y < Y; y++)
    for (int z = 0; z < Z; z++)
      g_assert_cmpint (
          fixture->current[z][y][15], ==, z == 1 && y >= 10 && y < 15);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/effort-robot/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("gain", test_gain);
  ADD ("least", test_least);
  ADD ("view", test_view);
  return g_test_run ();
}
