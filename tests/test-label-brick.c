/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks and the edits made of them. */
#include "labels/edit.h"
#include "labels/label-brick.h"

static const LamBrickKey key = { 1, 2, 3 };

/* Two planes that are uniform but for one voxel each, or not even that. */
static LamLabelBrick *
brick_with (uint32_t label, uint16_t source, int odd_label, int odd_source)
{
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree uint16_t *sources = g_new (uint16_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    labels[i] = label + (i == odd_label);
    sources[i] = source + (i == odd_source);
  }
  return lam_label_brick_new_from_planes (labels, sources);
}

static void
test_uniform (void)
{
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (7, LAM_SOURCE_HUMAN);
  uint32_t label;
  uint16_t source;
  g_assert_true (lam_label_brick_is_uniform (brick, &label, &source));
  g_assert_cmpuint (label, ==, 7);
  g_assert_cmpuint (source, ==, LAM_SOURCE_HUMAN);
  g_assert_null (lam_label_brick_get_labels (brick));
  g_assert_null (lam_label_brick_get_sources (brick));
  g_assert_cmpuint (lam_label_brick_get_bytes (brick), <, 100);
  g_assert_false (lam_label_brick_is_open (brick));
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree uint16_t *sources = g_new (uint16_t, LAM_BRICK_VOXELS);
  lam_label_brick_copy_labels (brick, labels);
  lam_label_brick_copy_sources (brick, sources);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    g_assert_cmpuint (labels[i], ==, 7);
    g_assert_cmpuint (sources[i], ==, LAM_SOURCE_HUMAN);
  }
}

static void
test_finds_odd_voxel (void)
{
  static const int odd[] = { 0, 1, 63, 64, 4095, 4096, LAM_BRICK_VOXELS - 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_autoptr (LamLabelBrick) a = brick_with (5, 2, odd[i], -1);
    g_autoptr (LamLabelBrick) b = brick_with (5, 2, -1, odd[i]);
    g_autoptr (LamLabelBrick) plain = brick_with (5, 2, -1, -1);
    g_assert_false (lam_label_brick_is_uniform (a, NULL, NULL));
    g_assert_false (lam_label_brick_is_uniform (b, NULL, NULL));
    g_assert_true (lam_label_brick_is_uniform (plain, NULL, NULL));
    g_assert_cmpuint (lam_label_brick_get_label (a, odd[i]), ==, 6);
    g_assert_cmpuint (lam_label_brick_get_source (b, odd[i]), ==, 3);
    g_assert_false (lam_label_brick_equal (a, b));
    g_assert_false (lam_label_brick_equal (a, plain));
    g_assert_false (lam_label_brick_equal (plain, b));
  }
}

static void
test_write_and_settle (void)
{
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (3, 20);
  g_autoptr (LamLabelBrick) copy = lam_label_brick_copy (brick);
  g_assert_true (lam_label_brick_is_open (copy));
  lam_label_brick_write_labels (copy)[99] = 4;
  lam_label_brick_write_sources (copy)[99] = LAM_SOURCE_HUMAN;
  lam_label_brick_settle (copy);
  g_assert_false (lam_label_brick_is_open (copy));
  g_assert_cmpuint (lam_label_brick_get_label (copy, 98), ==, 3);
  g_assert_cmpuint (lam_label_brick_get_source (copy, 100), ==, 20);
  g_assert_cmpuint (lam_label_brick_get_label (copy, 99), ==, 4);
  g_assert_cmpuint (lam_label_brick_get_bytes (copy), >, 6 << 18);

  g_autoptr (LamLabelBrick) back = lam_label_brick_copy (copy);
  lam_label_brick_write_labels (back)[99] = 3;
  lam_label_brick_write_sources (back)[99] = 20;
  /* Equal as values while one has planes and the other has none. */
  g_assert_true (lam_label_brick_equal (back, brick));
  g_assert_true (lam_label_brick_equal (brick, back));
  lam_label_brick_settle (back);
  g_assert_true (lam_label_brick_is_uniform (back, NULL, NULL));
  g_assert_true (lam_label_brick_equal (back, brick));
}

static void
test_zero_planes (void)
{
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (0, 0);
  const uint32_t *labels = lam_label_brick_write_labels (brick);
  const uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    g_assert_true (labels[i] == 0 && sources[i] == 0);
  lam_label_brick_settle (brick);
  g_assert_true (lam_label_brick_is_uniform (brick, NULL, NULL));
}

static gpointer
reference_often (gpointer data)
{
  for (int i = 0; i < 100000; i++)
    lam_label_brick_unref (lam_label_brick_ref (data));
  return NULL;
}

static void
test_references_of_threads (void)
{
  g_autoptr (LamLabelBrick) brick = brick_with (1, 1, 5, 5);
  GThread *threads[3];
  for (int i = 0; i < 3; i++)
    threads[i] = g_thread_new ("references", reference_often, brick);
  for (int i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (lam_label_brick_get_label (brick, 5), ==, 2);
}

static void
test_edit (void)
{
  g_autoptr (LamEdit) edit = lam_edit_new ("brush");
  LamBox box = lam_edit_get_box (edit);
  g_assert_true (lam_box_is_empty (&box));
  g_autoptr (LamLabelBrick) one = lam_label_brick_new (1, LAM_SOURCE_HUMAN);
  g_autoptr (LamLabelBrick) same = brick_with (1, LAM_SOURCE_HUMAN, -1, -1);
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, 0);
  lam_edit_add_brick (edit, key, one, same);
  lam_edit_add_brick (edit, key, NULL, NULL);
  lam_edit_add_brick (edit, key, NULL, nothing);
  lam_edit_add_brick (edit, key, nothing, NULL);
  g_assert_cmpuint (lam_edit_get_n_bricks (edit), ==, 0);

  lam_edit_add_brick (edit, key, NULL, one);
  LamBrickKey other = { 0, 2, 3 };
  lam_edit_add_brick (edit, other, one, NULL);
  g_assert_cmpuint (lam_edit_get_n_bricks (edit), ==, 2);
  const LamBrickChange *change = lam_edit_get_brick (edit, 1);
  g_assert_cmpint (change->key.x, ==, 0);
  g_assert_true (change->before == one && !change->after);
  box = lam_edit_get_box (edit);
  LamBox expected = lam_box_new (0, 128, 192, 128, 192, 256);
  g_assert_true (lam_box_equal (&box, &expected));

  expected = lam_box_new (3, 130, 200, 70, 131, 201);
  lam_edit_set_box (edit, &expected);
  box = lam_edit_get_box (edit);
  g_assert_true (lam_box_equal (&box, &expected));
  g_assert_cmpstr (lam_edit_get_tool (edit), ==, "brush");
  lam_edit_unref (lam_edit_ref (edit));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-brick/uniform", test_uniform);
  g_test_add_func ("/label-brick/finds-odd-voxel", test_finds_odd_voxel);
  g_test_add_func ("/label-brick/write-and-settle", test_write_and_settle);
  g_test_add_func ("/label-brick/zero-planes", test_zero_planes);
  g_test_add_func ("/label-brick/references", test_references_of_threads);
  g_test_add_func ("/label-brick/edit", test_edit);
  return g_test_run ();
}
