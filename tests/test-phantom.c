/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The phantom: the same voxels however they are asked for, and a truth that
 * agrees with itself and with the grey levels. */
#include "labels/phantom.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "labels/class-table.h"
#include "labels/phantom-cell.h"
#include "labels/phantom-noise.h"
#include "labels/phantom-numbers.h"

typedef struct {
  LamBox box;
  size_t n;
  uint16_t *image;
  uint32_t *labels;
  uint8_t *classes;
} Part;

static const LamPhantomSettings settings = {
  .size = { 300, 280, 40 }, .voxel_size_nm = { 10, 10, 40 }, .seed = 3
};

static LamPhantom *
make (const LamPhantomSettings *with)
{
  g_autoptr (GError) error = NULL;
  LamPhantom *phantom = lam_phantom_new (with, &error);
  g_assert_no_error (error);
  return phantom;
}

static Part
render (const LamPhantom *phantom, LamBox box)
{
  Part part = { .box = box, .n = (size_t)lam_box_volume (&box) };
  part.image = g_new (uint16_t, part.n);
  part.labels = g_new (uint32_t, part.n);
  part.classes = g_new (uint8_t, part.n);
  lam_phantom_render (phantom, &box, part.image, part.labels, part.classes);
  return part;
}

static void
clear (Part *part)
{
  g_free (part->image);
  g_free (part->labels);
  g_free (part->classes);
}

static size_t
index_of (const Part *part, int64_t x, int64_t y, int64_t z)
{
  const LamBox *box = &part->box;
  return (size_t)(((z - box->min[2]) * (box->max[1] - box->min[1]) + y
                      - box->min[1])
          * (box->max[0] - box->min[0])
      + x - box->min[0]);
}

static void
assert_agree (const Part *whole, const Part *part)
{
  const LamBox *box = &part->box;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++) {
        size_t i = index_of (whole, x, y, z), j = index_of (part, x, y, z);
        g_assert_cmpuint (whole->image[i], ==, part->image[j]);
        g_assert_cmpuint (whole->labels[i], ==, part->labels[j]);
        g_assert_cmpuint (whole->classes[i], ==, part->classes[j]);
      }
}

static void
test_any_part_alone (void)
{
  g_autoptr (LamPhantom) phantom = make (&settings);
  Part whole = render (phantom, lam_box_new (0, 0, 18, 300, 280, 22));
  const LamBox boxes[] = { lam_box_new (0, 0, 20, 300, 280, 21),
    lam_box_new (61, 63, 19, 190, 131, 21),
    lam_box_new (299, 279, 21, 300, 280, 22),
    lam_box_new (128, 64, 18, 192, 128, 22) };
  for (size_t i = 0; i < G_N_ELEMENTS (boxes); i++) {
    g_autoptr (LamPhantom) other = make (&settings);
    Part part = render (other, boxes[i]);
    assert_agree (&whole, &part);
    clear (&part);
  }
  clear (&whole);
}

static gpointer
render_in_thread (gpointer data)
{
  Part *part = g_new (Part, 1);
  *part = render (data, lam_box_new (0, 0, 30, 300, 280, 31));
  return part;
}

static void
test_threads_agree (void)
{
  g_autoptr (LamPhantom) phantom = make (&settings);
  GThread *one = g_thread_new ("one", render_in_thread, phantom);
  GThread *two = g_thread_new ("two", render_in_thread, phantom);
  Part *a = g_thread_join (one), *b = g_thread_join (two);
  assert_agree (a, b);
  clear (a);
  clear (b);
  g_free (a);
  g_free (b);
}

/* A change of these numbers changes every picture and every truth that anyone
 * has made: make it on purpose only. Mathematics libraries may differ in the
 * last bit, so a few voxels at borders are free to move. */
static void
test_numbers_are_fixed (void)
{
  g_assert_cmphex (lam_phantom_hash (1, 2), ==, UINT64_C (0xf893a2eefb32555e));
  static const int expected[7] = { 18795, 56702, 0, 3898, 4605, 0, 0 };
  g_autoptr (LamPhantom) phantom = make (&settings);
  Part part = render (phantom, lam_box_new (0, 0, 20, 300, 280, 21));
  int counts[7] = { 0 };
  for (size_t i = 0; i < part.n; i++)
    counts[part.classes[i]]++;
  for (int i = 0; i < 7; i++)
    g_assert_cmpint (abs (counts[i] - expected[i]), <, 20);
  clear (&part);
}

static void
test_seeds_differ (void)
{
  LamPhantomSettings other = settings;
  other.seed = 4;
  g_autoptr (LamPhantom) a = make (&settings);
  g_autoptr (LamPhantom) b = make (&other);
  Part one = render (a, lam_box_new (0, 0, 5, 64, 64, 6));
  Part two = render (b, lam_box_new (0, 0, 5, 64, 64, 6));
  size_t same = 0;
  for (size_t i = 0; i < one.n; i++)
    same += one.image[i] == two.image[i];
  g_assert_cmpuint (same, <, one.n / 100);
  clear (&one);
  clear (&two);
}

/* Every id has one class; organelles touch neither the medium nor another cell;
 * a parent is of the class that the table says. */
static void
test_truth_agrees (void)
{
  LamPhantomSettings large = settings;
  large.size[0] = large.size[1] = 640;
  g_autoptr (LamPhantom) phantom = make (&large);
  Part part = render (phantom, lam_box_new (0, 0, 12, 640, 640, 16));
  g_autoptr (GHashTable) classes = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < part.n; i++) {
    gpointer id = GUINT_TO_POINTER (part.labels[i]), known;
    g_assert_true ((part.labels[i] == 0) == (part.classes[i] == 0));
    if (g_hash_table_lookup_extended (classes, id, NULL, &known))
      g_assert_cmpint (GPOINTER_TO_INT (known), ==, part.classes[i]);
    else
      g_hash_table_insert (classes, id, GINT_TO_POINTER (part.classes[i]));
    bool is_last = (i + 1) % 640 == 0;
    if (!is_last && part.classes[i] > 1)
      g_assert_cmpint (part.classes[i + 1], !=, 0);
  }
  GHashTableIter iter;
  gpointer id, class_id;
  g_hash_table_iter_init (&iter, classes);
  while (g_hash_table_iter_next (&iter, &id, &class_id)) {
    if (id == NULL)
      continue;
    uint32_t parent = lam_phantom_get_parent (phantom, GPOINTER_TO_UINT (id));
    int inside = lam_phantom_get_class (GPOINTER_TO_INT (class_id))->inside;
    g_assert_cmpint (inside == 0, ==, parent == 0);
    gpointer parent_class = NULL;
    if (parent
        && g_hash_table_lookup_extended (
            classes, GUINT_TO_POINTER (parent), NULL, &parent_class))
      g_assert_cmpint (GPOINTER_TO_INT (parent_class), ==, inside);
  }
  clear (&part);
}

/* Numbers have no gap, one an id, in the order of the voxels; and a parent's
 * number is that of its id. */
static void
test_numbers_are_dense (void)
{
  g_autoptr (LamPhantom) phantom = make (&settings);
  Part part = render (phantom, lam_box_new (0, 0, 12, 300, 280, 16));
  g_autoptr (LamPhantomNumbers) numbers = lam_phantom_numbers_new ();
  g_autofree uint32_t *ids = g_memdup2 (part.labels, part.n * sizeof *ids);
  lam_phantom_numbers_replace (numbers, part.labels, part.n);
  uint32_t last = 0;
  for (size_t i = 0; i < part.n; i++) {
    uint32_t number = part.labels[i];
    g_assert_true ((number == 0) == (ids[i] == 0));
    if (number)
      g_assert_cmpuint (lam_phantom_numbers_meet (numbers, ids[i]), ==, number);
    if (number <= last)
      continue;
    g_assert_cmpuint (number, ==, ++last);
    uint32_t around = lam_phantom_get_parent (phantom, ids[i]);
    uint32_t parent = lam_phantom_numbers_get_parent (numbers, phantom, number);
    g_assert_true (around == 0 || parent != 0);
    if (around)
      g_assert_cmpuint (lam_phantom_numbers_meet (numbers, around), ==, parent);
  }
  g_assert_cmpuint (last, >, 10);
  g_assert_cmpuint (last, ==, lam_phantom_numbers_get_last (numbers));
  clear (&part);
}

static void
count_grey (const Part *part, double mean[7], double share[7])
{
  double sum[7] = { 0 }, n[7] = { 0 };
  for (size_t i = 0; i < part->n; i++) {
    sum[part->classes[i]] += part->image[i];
    n[part->classes[i]]++;
  }
  for (int i = 0; i < 7; i++) {
    mean[i] = n[i] > 0 ? sum[i] / n[i] : 0;
    share[i] = n[i] / (double)part->n;
  }
}

/* The order of grey levels and the shares of space, as in a real block. */
static void
test_looks_like_platelets (void)
{
  LamPhantomSettings large = settings;
  large.size[0] = large.size[1] = 800;
  large.size[2] = 200;
  g_autoptr (LamPhantom) phantom = make (&large);
  double mean[7] = { 0 }, share[7] = { 0 };
  for (int i = 0; i < 4; i++) {
    Part part = render (
        phantom, lam_box_new (0, 0, 20 + 50 * i, 800, 800, 21 + 50 * i));
    double a[7], b[7];
    count_grey (&part, a, b);
    for (int j = 0; j < 7; j++) {
      mean[j] += a[j] * b[j];
      share[j] += b[j];
    }
    clear (&part);
  }
  for (int j = 0; j < 7; j++) {
    g_assert_cmpfloat (share[j], >, 0);
    mean[j] /= share[j];
    share[j] /= 4;
  }
  g_assert_cmpfloat_with_epsilon (mean[0], 52500, 3000);
  g_assert_cmpfloat_with_epsilon (mean[1], 30400, 3000);
  g_assert_cmpfloat (mean[2], <, mean[3]);
  g_assert_cmpfloat (mean[3], <, mean[1] - 3000);
  g_assert_cmpfloat (mean[4], >, mean[1] + 10000);
  g_assert_cmpfloat (mean[6], <, 15000);
  g_assert_cmpfloat_with_epsilon (share[0], 0.3, 0.15);
  g_assert_cmpfloat_with_epsilon (share[3], 0.035, 0.02);
  double vessels = share[4] / (1 - share[0]); /* of what is cell */
  g_assert_cmpfloat_with_epsilon (vessels, 0.0534, 0.01);
  g_assert_cmpfloat_with_epsilon (mean[2], 10800, 2500);
}

static void
test_subset_of_classes (void)
{
  g_autoptr (GError) error = NULL;
  LamPhantomSettings some = settings;
  g_assert_true (
      lam_phantom_parse_classes ("cell, alpha-granule", &some.classes, &error));
  g_assert_no_error (error);
  g_assert_cmphex (some.classes, ==, 1 << 1 | 1 << 3);
  g_autoptr (LamPhantom) phantom = make (&some);
  Part part = render (phantom, lam_box_new (0, 0, 20, 300, 280, 24));
  bool seen[7] = { false };
  for (size_t i = 0; i < part.n; i++)
    seen[part.classes[i]] = true;
  for (int i = 0; i < 7; i++)
    g_assert_cmpint (seen[i], ==, i == 0 || i == 1 || i == 3);
  clear (&part);
}

static void
test_refuses (void)
{
  uint32_t classes;
  const char *const names[] = { "nucleus", "mitochondrion", "cell,dense-core",
    "cell," };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (lam_phantom_parse_classes (names[i], &classes, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  }
  LamPhantomSettings bad[5] = { settings, settings, settings, settings,
    settings };
  bad[0].size[1] = 0;
  bad[1].size[2] = INT64_C (1) << 40;
  bad[2].voxel_size_nm[0] = NAN;
  bad[3].voxel_size_nm[2] = 0.01;
  bad[4] = (LamPhantomSettings){ .size = { 1 << 20, 1 << 20, 1 << 20 },
    .voxel_size_nm = { 1000, 1000, 1000 } };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (lam_phantom_new (&bad[i], &error));
    g_assert_nonnull (error);
  }
}

/* The rows are those of the class preset. */
static void
test_rows_match_preset (void)
{
  int n_rows;
  size_t n_preset;
  const LamPhantomClass *rows = lam_phantom_get_classes (&n_rows);
  const LamClass *preset = lam_class_preset_get ("platelet", &n_preset);
  g_assert_cmpuint (n_preset, ==, (size_t)n_rows + 1);
  for (int i = 0; i < n_rows; i++) {
    g_assert_cmpint (rows[i].id, ==, preset[i + 1].id);
    g_assert_cmpstr (rows[i].title, ==, preset[i + 1].name);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phantom/any-part-alone", test_any_part_alone);
  g_test_add_func ("/phantom/threads-agree", test_threads_agree);
  g_test_add_func ("/phantom/numbers-are-fixed", test_numbers_are_fixed);
  g_test_add_func ("/phantom/seeds-differ", test_seeds_differ);
  g_test_add_func ("/phantom/truth-agrees", test_truth_agrees);
  g_test_add_func ("/phantom/numbers-are-dense", test_numbers_are_dense);
  g_test_add_func ("/phantom/looks-like-platelets", test_looks_like_platelets);
  g_test_add_func ("/phantom/subset-of-classes", test_subset_of_classes);
  g_test_add_func ("/phantom/refuses", test_refuses);
  g_test_add_func ("/phantom/rows-match-preset", test_rows_match_preset);
  return g_test_run ();
}
