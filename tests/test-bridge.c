/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bridges between pieces of a label: straight where all is alike, around what
 * may not be painted, through what looks like the label, across the seams of
 * bricks; in random volumes the label becomes one piece wherever a way is. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "figure-fixture.h"
#include "labels/figure-pieces.h"
#include "rounds.h"

/* Labels that are not free; with 0 and BACKGROUND all else is. */
#define LOCKED 9
#define BACKGROUND 8

static int64_t
n_voxels (const FigureVolume *volume)
{
  return volume->size[0] * volume->size[1] * volume->size[2];
}

static bool
read_free (LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error)
{
  const FigureVolume *volume = user_data;
  const LamBox brick = lam_brick_box (key),
               all = lam_box_of_size (volume->size);
  memset (rows, 0xff, LAM_VOXEL_ROWS * sizeof *rows);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int64_t at[3] = { brick.min[0] + i % 64, brick.min[1] + i / 64 % 64,
      brick.min[2] + i / 4096 };
    const uint32_t label = lam_box_contains (&all, at)
        ? volume->labels[figure_index (volume, at[0], at[1], at[2])]
        : 0;
    if (label != 0 && label != BACKGROUND)
      rows[i / 64] &= ~(UINT64_C (1) << i % 64);
  }
  return true;
}

static void
begin (FigureVolume *volume, int64_t x, int64_t y, int64_t z)
{
  figure_volume_init (volume, x, y, z);
  volume->reader.read_free = read_free;
  volume->reader.free_data = volume;
}

static void
fill (FigureVolume *volume, const LamBox *box, uint32_t label)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        volume->labels[figure_index (volume, x, y, z)] = label;
}

static void
put (FigureVolume *volume, int64_t x0, int64_t y0, int64_t z0, int64_t x1,
    int64_t y1, int64_t z1, uint32_t label)
{
  const LamBox box = lam_box_new (x0, y0, z0, x1, y1, z1);
  fill (volume, &box, label);
}

static LamFigureRequest
make_request (double radius_nm)
{
  return (LamFigureRequest){ .shape = lam_figure_find ("bridge"),
    .in_space = true,
    .label = 1,
    .radius_nm = radius_nm };
}

/* Writes the one part that there is; how many voxels. Nothing that was not free
 * changes. */
static int64_t
write_part (FigureVolume *volume, const GPtrArray *parts)
{
  g_assert_cmpuint (parts->len, ==, 1);
  const LamFigurePart *part = parts->pdata[0];
  g_assert_cmpuint (part->label, ==, 1);
  g_assert_false (part->is_own);
  g_assert_nonnull (part->remark);
  LamBox all = lam_box_of_size (volume->size);
  g_autofree bool *mask = g_new (bool, n_voxels (volume));
  lam_voxel_set_copy_mask (part->set, &all, mask);
  int64_t n = 0;
  for (int64_t i = 0; i < n_voxels (volume); i++) {
    if (!mask[i])
      continue;
    g_assert_true (volume->labels[i] == 0 || volume->labels[i] == BACKGROUND);
    volume->labels[i] = 1;
    n++;
  }
  figure_volume_settle (volume);
  return n;
}

static guint
count_pieces (FigureVolume *volume, const LamFigureRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (request, &volume->reader, NULL, &error);
  g_assert_no_error (error);
  return pieces->len;
}

static void
assert_refused (FigureVolume *volume, const LamFigureRequest *request, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  g_assert_false (
      request->shape->find (request, &volume->reader, parts, NULL, &error));
  g_assert_error (error, LAM_ERROR, code);
  g_assert_cmpuint (parts->len, ==, 0);
}

/* --- the way -------------------------------------------------------------- */

/* Two cubes on one line across the seam of bricks. */
static void
test_straight (void)
{
  FigureVolume volume;
  begin (&volume, 140, 40, 20);
  put (&volume, 40, 10, 5, 52, 20, 10, 1);
  put (&volume, 80, 12, 5, 90, 20, 10, 1);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (1);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  g_assert_cmpint (write_part (&volume, parts), ==, 80 - 52);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 1);
  assert_refused (&volume, &request, LAM_ERROR_MISSING);
  figure_volume_clear (&volume);
}

/* Ten slices of 40 nm are farther than 30 voxels of 10: nm count. */
static void
test_shortest_in_nm (void)
{
  FigureVolume volume;
  begin (&volume, 100, 20, 40);
  put (&volume, 10, 5, 5, 15, 10, 8, 1);
  put (&volume, 45, 5, 5, 50, 10, 8, 1);
  put (&volume, 10, 5, 18, 16, 11, 22, 1);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (1);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  /* 30 along x; and 10 along z, from the first, which is nearer than the
   * second. */
  g_assert_cmpint (write_part (&volume, parts), ==, 30 + 10);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 1);
  figure_volume_clear (&volume);
}

/* A wall of a locked label with a gate: the bridge goes through the gate, its
 * tube leaves the wall and what lies behind it alone. */
static void
test_around_locked (void)
{
  FigureVolume volume;
  begin (&volume, 90, 90, 10);
  put (&volume, 10, 40, 2, 20, 50, 8, 1);
  put (&volume, 60, 40, 2, 70, 50, 8, 1);
  put (&volume, 0, 0, 0, 90, 12, 10, BACKGROUND);
  put (&volume, 40, 0, 0, 41, 90, 10, LOCKED);
  put (&volume, 40, 4, 0, 41, 6, 10, BACKGROUND);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (30);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  g_assert_cmpint (write_part (&volume, parts), >, 2 * 30);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 1);
  int n = 0;
  for (int64_t z = 0; z < 10; z++)
    for (int64_t y = 0; y < 90; y++)
      n += volume.labels[figure_index (&volume, 40, y, z)] == 1;
  g_assert_cmpint (n, >=, 1);
  g_assert_cmpint (n, <=, 2 * 10); /* the gate */
  figure_volume_clear (&volume);
}

static void
test_closed (void)
{
  FigureVolume volume;
  begin (&volume, 90, 50, 10);
  put (&volume, 10, 20, 2, 20, 30, 8, 1);
  put (&volume, 60, 20, 2, 70, 30, 8, 1);
  put (&volume, 40, 0, 0, 41, 50, 10, LOCKED);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (20);
  assert_refused (&volume, &request, LAM_ERROR_MISSING);
  /* A third, on this side: two become one, and it is said what stays. */
  put (&volume, 28, 22, 2, 32, 30, 8, 1);
  figure_volume_settle (&volume);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  const LamFigurePart *part = parts->pdata[0];
  g_assert_nonnull (strstr (part->remark, "2 parts"));
  write_part (&volume, parts);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 2);
  /* In a slice alone. */
  request.in_space = false;
  request.voxel[2] = 0;
  assert_refused (&volume, &request, LAM_ERROR_MISSING);
  figure_volume_clear (&volume);
}

static void
test_in_slice (void)
{
  FigureVolume volume;
  begin (&volume, 60, 40, 10);
  put (&volume, 10, 10, 2, 20, 20, 8, 1);
  put (&volume, 30, 10, 2, 40, 20, 8, 1);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (60);
  request.in_space = false;
  request.voxel[2] = 4;
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  LamBox box = lam_voxel_set_get_box (((LamFigurePart *)parts->pdata[0])->set);
  g_assert_cmpint (box.min[2], ==, 4);
  g_assert_cmpint (box.max[2], ==, 5);
  write_part (&volume, parts);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 1);
  figure_volume_clear (&volume);
}

/* --- what it prefers ------------------------------------------------------ */

/* Inside it is 100, and so is a corridor that bends; all else is 200. */
static bool
is_corridor (int64_t x, int64_t y)
{
  return (y >= 20 && y < 30 && (x < 25 || x >= 55))
      || (x >= 20 && x < 25 && y >= 5 && y < 30)
      || (x >= 20 && x < 60 && y >= 5 && y < 9)
      || (x >= 55 && x < 60 && y >= 5 && y < 30);
}

static bool
read_corridor (
    const LamBox *box, float *out, gpointer user_data, GError **error)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = (is_corridor (x, y) ? 100 : 200) + (float)((x + y + z) % 3);
  return true;
}

static bool
read_said (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = is_corridor (x, y) ? 0.9f : -0.9f;
  return true;
}

static void
check_corridor (bool by_image)
{
  FigureVolume volume;
  begin (&volume, 80, 40, 6);
  put (&volume, 5, 20, 1, 20, 30, 5, 1);
  put (&volume, 60, 20, 1, 75, 30, 5, 1);
  figure_volume_settle (&volume);
  if (by_image)
    volume.reader.read_image = read_corridor;
  else
    volume.reader.read_opinions = read_said;
  LamFigureRequest request = make_request (1);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  const LamFigurePart *part = parts->pdata[0];
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (part->set);
  for (int64_t z = 0; z < 6; z++)
    for (int64_t y = 0; y < 40; y++)
      for (int64_t x = 0; x < 80; x++) {
        const int64_t at[3] = { x, y, z };
        g_assert_true (
            !lam_voxel_set_has (part->set, at) || is_corridor (x, y));
      }
  g_assert_cmpint (write_part (&volume, parts), >, 50);
  g_assert_cmpuint (count_pieces (&volume, &request), ==, 1);
  figure_volume_clear (&volume);
}

static void
test_prefers_inside (void)
{
  check_corridor (true);
  check_corridor (false);
}

static void
test_radius_is_checked (void)
{
  static const double radii[] = { 0, -1, NAN, INFINITY, 1e7 };
  FigureVolume volume;
  begin (&volume, 20, 20, 20);
  volume.labels[0] = volume.labels[10] = 1;
  figure_volume_settle (&volume);
  for (size_t i = 0; i < G_N_ELEMENTS (radii); i++) {
    LamFigureRequest request = make_request (radii[i]);
    assert_refused (&volume, &request, LAM_ERROR_INPUT);
  }
  figure_volume_clear (&volume);
}

/* A tube is as thick as the radius says. */
static void
test_thickness (void)
{
  FigureVolume volume;
  begin (&volume, 80, 60, 20);
  put (&volume, 10, 20, 5, 20, 40, 15, 1);
  put (&volume, 60, 20, 5, 70, 40, 15, 1);
  figure_volume_settle (&volume);
  LamFigureRequest request = make_request (80);
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  write_part (&volume, parts);
  /* A disc of 80 nm in voxels of 10 × 40: about 50. */
  int n = 0;
  for (int64_t z = 0; z < 20; z++)
    for (int64_t y = 0; y < 60; y++)
      n += volume.labels[figure_index (&volume, 40, y, z)] == 1;
  g_assert_cmpint (n, >, 35);
  g_assert_cmpint (n, <, 65);
  figure_volume_clear (&volume);
}

/* --- anything ------------------------------------------------------------- */

/* Whether a flood through what is free and the label's own joins all. */
static guint
count_reachable (FigureVolume *volume)
{
  LamBox all = lam_box_of_size (volume->size);
  g_autofree bool *mask = g_new (bool, n_voxels (volume));
  for (int64_t i = 0; i < n_voxels (volume); i++)
    mask[i] = volume->labels[i] <= 1 || volume->labels[i] == BACKGROUND;
  FigureVolume copy;
  figure_volume_init (&copy, all.max[0], all.max[1], all.max[2]);
  for (int64_t i = 0; i < n_voxels (volume); i++)
    copy.labels[i] = mask[i];
  figure_volume_settle (&copy);
  LamFigureRequest request = make_request (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (&request, &copy.reader, NULL, &error);
  g_assert_no_error (error);
  guint n = 0;
  for (guint i = 0; i < pieces->len; i++) {
    const LamFigurePiece *piece = pieces->pdata[i];
    lam_voxel_set_copy_mask (piece->set, &all, mask);
    for (int64_t j = 0; j < n_voxels (volume); j++)
      if (mask[j] && volume->labels[j] == 1) {
        n++;
        break;
      }
  }
  figure_volume_clear (&copy);
  return n;
}

static void
put_random (FigureVolume *volume, uint32_t label, int largest)
{
  LamBox box;
  for (int a = 0; a < 3; a++) {
    const int64_t n = 1 + g_test_rand_int_range (0, largest);
    box.min[a] = g_test_rand_int_range (0, (int)volume->size[a]);
    box.max[a] = MIN (box.min[a] + n, volume->size[a]);
  }
  fill (volume, &box, label);
}

static void
test_random (void)
{
  int n_joined = 0, n_left = 0;
  for (int round = 0; round < PLAIN_OR_SANITISED (60, 8); round++) {
    FigureVolume volume;
    begin (&volume, g_test_rand_int_range (20, 100),
        g_test_rand_int_range (20, 80), g_test_rand_int_range (1, 20));
    for (int i = 0; i < 40; i++)
      put_random (&volume, i % 4 ? LOCKED : BACKGROUND, 30);
    for (int i = 0; i < 8; i++)
      put_random (&volume, 1, 6);
    figure_volume_settle (&volume);
    LamFigureRequest request = make_request (g_test_rand_int_range (1, 60));
    const guint before = count_pieces (&volume, &request);
    const guint wanted = count_reachable (&volume);
    if (before == wanted) {
      assert_refused (&volume, &request, LAM_ERROR_MISSING);
    } else {
      g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
      write_part (&volume, parts);
      g_assert_cmpuint (count_pieces (&volume, &request), ==, wanted);
      n_joined++;
    }
    n_left += wanted > 1;
    figure_volume_clear (&volume);
  }
  g_assert_cmpint (n_joined, >, 2);
  g_assert_cmpint (n_left, >, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge/straight", test_straight);
  g_test_add_func ("/bridge/shortest-in-nm", test_shortest_in_nm);
  g_test_add_func ("/bridge/around-locked", test_around_locked);
  g_test_add_func ("/bridge/closed", test_closed);
  g_test_add_func ("/bridge/in-slice", test_in_slice);
  g_test_add_func ("/bridge/prefers-inside", test_prefers_inside);
  g_test_add_func ("/bridge/radius-is-checked", test_radius_is_checked);
  g_test_add_func ("/bridge/thickness", test_thickness);
  g_test_add_func ("/bridge/random", test_random);
  return g_test_run ();
}
