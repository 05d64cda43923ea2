/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What of a label is a person's word when he cuts something off it: what is
 * near, and no more. */
#include "figure-fixture.h"

/* A piece that is far from all else: what is nearest to it is said, and not the
 * other end. Of a long one at an angle, what is beside it, not all in its box.
 */
static void
test_far (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 400, 80, 4);
  for (int64_t x = 10; x < 300; x++)
    volume.labels[figure_index (&volume, x, 40, 2)] = 1;
  volume.labels[figure_index (&volume, 390, 40, 2)] = 1;
  figure_volume_settle (&volume);
  const LamFigureRequest request = {
    .shape = lam_figure_find ("separate"), .in_space = true, .label = 1
  };
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  g_assert_cmpuint (parts->len, ==, 2);
  const LamFigurePart *said = parts->pdata[1];
  g_assert_true (said->is_said);
  g_assert_true (
      lam_voxel_set_has (said->set, (const int64_t[3]){ 299, 40, 2 }));
  g_assert_false (
      lam_voxel_set_has (said->set, (const int64_t[3]){ 10, 40, 2 }));
  figure_volume_clear (&volume);

  figure_volume_init (&volume, 400, 400, 4);
  for (int64_t x = 10; x < 390; x++)
    for (int64_t y = 0; y < 3; y++)
      volume.labels[figure_index (&volume, x, x + y - 1, 2)] = 1;
  for (int64_t x = 0; x < 400; x++)
    for (int64_t y = 0; y < 20; y++)
      volume.labels[figure_index (&volume, x, y, 0)] = 1;
  figure_volume_settle (&volume);
  g_autoptr (GPtrArray) two = figure_act (&volume, &request);
  g_assert_cmpuint (two->len, ==, 2);
  const LamFigurePart *beside = two->pdata[1];
  g_assert_true (
      lam_voxel_set_has (beside->set, (const int64_t[3]){ 10, 10, 0 }));
  g_assert_false (
      lam_voxel_set_has (beside->set, (const int64_t[3]){ 350, 10, 0 }));
  figure_volume_clear (&volume);
}

/* Two bodies of a label at either end of a large volume: it does not matter how
 * far there is nothing between them. */
static void
test_far_and_large (void)
{
  const int64_t size[3] = { 10000, 10000, 2000 };
  const LamLabelReader reader = { .size = { 10000, 10000, 2000 },
    .voxel_size_nm = { 8, 8, 30 } };
  LamVoxelSet *cut_off = lam_voxel_set_new (size),
              *kept = lam_voxel_set_new (size);
  for (int i = 0; i < 512; i++) {
    const int32_t x = i % 8, y = i / 8 % 8, z = i / 64;
    lam_voxel_set_add_brick (cut_off, (LamBrickKey){ x, y, z });
    lam_voxel_set_add_brick (kept, (LamBrickKey){ 150 - x, 150 - y, 30 - z });
  }
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  lam_figure_add_own_part (parts, cut_off, 0);
  LamFigurePart *part = parts->pdata[0];
  part->is_new = true;
  part->like = 1;
  g_test_timer_start ();
  lam_figure_add_said_part (&reader, parts, kept, 1);
  g_assert_cmpfloat (g_test_timer_elapsed (), <, 10); /* it was a minute */
  g_assert_cmpuint (parts->len, ==, 2);
  const LamFigurePart *said = parts->pdata[1];
  g_assert_true (said->is_said);
  const int64_t nearest[3] = { 143 * 64, 143 * 64, 23 * 64 };
  g_assert_true (lam_voxel_set_has (said->set, nearest));
  const int64_t farthest[3] = { 150 * 64 + 63, 150 * 64 + 63, 30 * 64 + 63 };
  g_assert_false (lam_voxel_set_has (said->set, farthest));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure-said/far", test_far);
  g_test_add_func ("/figure-said/far-and-large", test_far_and_large);
  return g_test_run ();
}
