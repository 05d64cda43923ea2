/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shapes against the plainest way to find them, in volumes of several bricks
 * whose ends are not those of bricks. */
#include <string.h>

#include "base/error.h"
#include "figure-fixture.h"

/* --- sets ----------------------------------------------------------------- */

static void
test_runs_and_masks (void)
{
  const int64_t size[3] = { 150, 70, 66 };
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (size);
  g_autofree bool *wanted = g_new0 (bool, 150 * 70 * 66);
  for (int i = 0; i < 300; i++) {
    int axis = g_test_rand_int_range (0, 3);
    int64_t row[3], start = g_test_rand_int_range (-5, (int)size[axis]);
    int64_t end = start + g_test_rand_int_range (0, 100);
    for (int a = 0; a < 3; a++)
      row[a] = g_test_rand_int_range (0, (int)size[a]);
    lam_voxel_set_add_run (set, row, axis, start, end);
    for (int64_t at = MAX (start, 0); at < MIN (end, size[axis]); at++) {
      row[axis] = at;
      wanted[row[0] + 150 * (row[1] + 70 * row[2])] = true;
    }
  }
  LamBox all = lam_box_of_size (size);
  g_autofree bool *mask = g_new (bool, 150 * 70 * 66);
  lam_voxel_set_copy_mask (set, &all, mask);
  g_assert_cmpmem (mask, 150 * 70 * 66, wanted, 150 * 70 * 66);
  int64_t n = 0;
  for (int i = 0; i < 150 * 70 * 66; i++)
    n += wanted[i];
  g_assert_cmpint (lam_voxel_set_count (set), ==, n);

  g_autoptr (LamVoxelSet) other = lam_voxel_set_new (size);
  LamBox part = lam_box_new (3, 5, 7, 130, 69, 66);
  g_autofree bool *some = g_new (bool, lam_box_volume (&part));
  lam_voxel_set_copy_mask (set, &part, some);
  lam_voxel_set_add_mask (other, &part, some);
  lam_voxel_set_subtract (set, other);
  g_assert_cmpint (
      lam_voxel_set_count (set) + lam_voxel_set_count (other), ==, n);
  lam_voxel_set_add (set, other);
  lam_voxel_set_copy_mask (set, &all, mask);
  g_assert_cmpmem (mask, 150 * 70 * 66, wanted, 150 * 70 * 66);
}

static void
test_box (void)
{
  const int64_t size[3] = { 130, 130, 130 };
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (size);
  LamBox box = lam_voxel_set_get_box (set);
  g_assert_true (lam_box_is_empty (&box));
  lam_voxel_set_add_run (set, (const int64_t[3]){ 0, 7, 100 }, 0, 60, 129);
  lam_voxel_set_add_run (set, (const int64_t[3]){ 62, 0, 3 }, 1, 5, 6);
  box = lam_voxel_set_get_box (set);
  LamBox wanted = lam_box_new (60, 5, 3, 129, 8, 101);
  g_assert_true (lam_box_equal (&box, &wanted));
}

/* --- fill ----------------------------------------------------------------- */

/* By a stack of voxels, one at a time. `frozen`: an axis, or -1. */
static bool *
plain_flood (const FigureVolume *volume, const bool *open, const int64_t *seeds,
    size_t n_seeds, int frozen)
{
  int64_t n = volume->size[0] * volume->size[1] * volume->size[2];
  bool *reached = g_new0 (bool, n);
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (int64_t));
  for (size_t i = 0; i < n_seeds; i++)
    if (open[seeds[i]] && !reached[seeds[i]]) {
      reached[seeds[i]] = true;
      g_array_append_val (stack, seeds[i]);
    }
  while (stack->len > 0) {
    int64_t at = g_array_index (stack, int64_t, stack->len - 1);
    g_array_set_size (stack, stack->len - 1);
    int64_t stride = 1, rest = at;
    for (int a = 0; a < 3; a++) {
      int64_t place = rest % volume->size[a];
      rest /= volume->size[a];
      for (int step = -1; step <= 1 && a != frozen; step += 2) {
        int64_t next = at + step * stride;
        if (place + step < 0 || place + step >= volume->size[a] || !open[next]
            || reached[next])
          continue;
        reached[next] = true;
        g_array_append_val (stack, next);
      }
      stride *= volume->size[a];
    }
  }
  return reached;
}

/* Lumps of three labels, and nothing, at random; a part of it far from all. */
static void
make_lumps (FigureVolume *volume)
{
  memset (volume->labels, 0,
      sizeof (uint32_t)
          * (size_t)(volume->size[0] * volume->size[1] * volume->size[2]));
  for (int i = 0; i < 60; i++) {
    int64_t c[3], r = g_test_rand_int_range (2, 20);
    uint32_t label = (uint32_t)g_test_rand_int_range (0, 4);
    for (int a = 0; a < 3; a++)
      c[a] = g_test_rand_int_range (0, (int)volume->size[a]);
    for (int64_t z = MAX (c[2] - r, 0); z < MIN (c[2] + r, volume->size[2]);
         z++)
      for (int64_t y = MAX (c[1] - r, 0); y < MIN (c[1] + r, volume->size[1]);
           y++)
        for (int64_t x = MAX (c[0] - r, 0); x < MIN (c[0] + r, volume->size[0]);
             x++)
          if ((x - c[0]) * (x - c[0]) + (y - c[1]) * (y - c[1])
                  + (z - c[2]) * (z - c[2])
              < r * r)
            volume->labels[figure_index (volume, x, y, z)] = label;
  }
  figure_volume_settle (volume);
}

static void
assert_is (
    const FigureVolume *volume, const LamVoxelSet *set, const bool *wanted)
{
  LamBox all = lam_box_of_size (volume->size);
  g_autofree bool *mask = g_new (bool, lam_box_volume (&all));
  lam_voxel_set_copy_mask (set, &all, mask);
  g_assert_cmpmem (mask, (size_t)lam_box_volume (&all), wanted,
      (size_t)lam_box_volume (&all));
}

static void
check_fill (FigureVolume *volume, LamPlane plane, bool in_space)
{
  LamFigureRequest request = { .shape = lam_figure_find ("fill"),
    .plane = plane,
    .in_space = in_space,
    .label = 9 };
  for (int a = 0; a < 3; a++)
    request.voxel[a] = g_test_rand_int_range (0, (int)volume->size[a]);
  int64_t seed = figure_index (
      volume, request.voxel[0], request.voxel[1], request.voxel[2]);
  int64_t n = volume->size[0] * volume->size[1] * volume->size[2];
  g_autofree bool *open = g_new (bool, n);
  for (int64_t i = 0; i < n; i++)
    open[i] = volume->labels[i] == volume->labels[seed];
  g_autofree bool *wanted =
      plain_flood (volume, open, &seed, 1, in_space ? -1 : lam_plane_w (plane));
  g_autoptr (GPtrArray) parts = figure_act (volume, &request);
  g_assert_cmpuint (parts->len, ==, 1);
  const LamFigurePart *part = parts->pdata[0];
  g_assert_cmpuint (part->label, ==, 9);
  assert_is (volume, part->set, wanted);
}

static void
test_fill (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 140, 100, 75);
  for (int round = 0; round < 6; round++) {
    make_lumps (&volume);
    for (int plane = 0; plane < LAM_N_PLANES; plane++)
      check_fill (&volume, plane, false);
    check_fill (&volume, LAM_PLANE_XY, true);
  }
  figure_volume_clear (&volume);
}

/* A brick is read once, however often the flood comes back to it. */
static void
test_fill_reads_once (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 256, 64, 8);
  for (int x = 0; x < 256; x++)
    for (int y = 0; y < 64; y++)
      volume.labels[figure_index (&volume, x, y, 3)] =
          y % 2 == 0 || (y % 4 == 1 && x == 0) || (y % 4 == 3 && x == 255) ? 5
                                                                           : 0;
  figure_volume_settle (&volume);
  LamFigureRequest request = { .shape = lam_figure_find ("fill"),
    .in_space = true,
    .voxel = { 100, 0, 3 },
    .label = 1 };
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  const LamFigurePart *part = parts->pdata[0];
  g_assert_cmpint (lam_voxel_set_count (part->set), ==, 32 * 256 + 32);
  g_assert_cmpint (volume.n_reads, ==, 4 + 1);
  figure_volume_clear (&volume);
}

static void
test_fill_can_be_stopped (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 128, 128, 128);
  figure_volume_settle (&volume);
  LamFigureRequest request = { .shape = lam_figure_find ("fill"),
    .in_space = true };
  g_autoptr (LamProgress) progress = lam_progress_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  lam_progress_cancel (progress);
  g_assert_false (
      request.shape->find (&request, &volume.reader, parts, progress, &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_assert_cmpuint (parts->len, ==, 0);
  figure_volume_clear (&volume);
}

/* --- holes ---------------------------------------------------------------- */

static void
check_holes (FigureVolume *volume, LamPlane plane, bool in_space)
{
  const int w = lam_plane_w (plane);
  LamFigureRequest request = { .shape = lam_figure_find ("fill-holes"),
    .plane = plane,
    .in_space = in_space,
    .label = 1 };
  request.voxel[w] = volume->size[w] / 2;
  int64_t n = volume->size[0] * volume->size[1] * volume->size[2];
  g_autofree bool *open = g_new (bool, n);
  g_autofree bool *wanted = g_new0 (bool, n);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (int64_t));
  for (int64_t i = 0; i < n; i++) {
    const int64_t at[3] = { i % volume->size[0],
      i / volume->size[0] % volume->size[1],
      i / volume->size[0] / volume->size[1] };
    open[i] = volume->labels[i] != 1;
    for (int a = 0; a < 3; a++)
      if ((in_space || a != w) && (at[a] == 0 || at[a] == volume->size[a] - 1))
        g_array_append_val (seeds, i);
  }
  g_autofree bool *outside = plain_flood (volume, open,
      (const int64_t *)(void *)seeds->data, seeds->len, in_space ? -1 : w);
  int64_t stride = w == 0 ? 1
      : w == 1            ? volume->size[0]
                          : volume->size[0] * volume->size[1];
  bool any = false;
  for (int64_t i = 0; i < n; i++) {
    bool meant = in_space || i / stride % volume->size[w] == request.voxel[w];
    wanted[i] = meant && open[i] && !outside[i];
    any = any || wanted[i];
  }
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  g_autoptr (GError) error = NULL;
  bool done =
      request.shape->find (&request, &volume->reader, parts, NULL, &error);
  g_assert_cmpint (done, ==, any);
  if (done)
    assert_is (volume, ((LamFigurePart *)parts->pdata[0])->set, wanted);
  else
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
}

static void
test_holes (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 140, 100, 75);
  for (int round = 0; round < 4; round++) {
    make_lumps (&volume);
    for (int plane = 0; plane < LAM_N_PLANES; plane++)
      check_holes (&volume, plane, false);
    check_holes (&volume, LAM_PLANE_XY, true);
  }
  figure_volume_clear (&volume);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure/runs-and-masks", test_runs_and_masks);
  g_test_add_func ("/figure/box", test_box);
  g_test_add_func ("/figure/fill", test_fill);
  g_test_add_func ("/figure/fill-reads-once", test_fill_reads_once);
  g_test_add_func ("/figure/fill-can-be-stopped", test_fill_can_be_stopped);
  g_test_add_func ("/figure/holes", test_holes);
  return g_test_run ();
}
