/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Presets: that the built-in ones are the networks they say, that first
 * weights follow from the seed, and that texts with a mistake are refused by
 * file, line and key. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "nn/blas.h"
#include "nn/graph.h"
#include "nn/plan.h"
#include "nn/preset.h"
#include "rounds.h"

/* The title of a built-in network is had without building it: a window asks for
 * all of them as it opens. */
static void
test_titles (void)
{
  const char *const *names = lam_preset_get_names ();
  const clock_t begin = clock ();
  for (int i = 0; names[i]; i++) {
    g_autofree char *title = lam_preset_dup_title (names[i]);
    g_assert_cmpstr (title, !=, names[i]);
  }
  const clock_t titles = clock ();
  g_autoptr (LamPreset) preset = lam_preset_open ("unet-small", NULL);
  const clock_t end = clock ();
  g_autofree char *title = lam_preset_dup_title ("unet-small");
  g_assert_cmpstr (title, ==, lam_preset_get_title (preset));
  g_assert_null (lam_preset_dup_title ("small.network"));
  g_test_message ("%.4f s for all titles, %.4f s to build one of five",
      (double)(titles - begin) / CLOCKS_PER_SEC,
      (double)(end - titles) / CLOCKS_PER_SEC);
  g_assert_cmpint (titles - begin, <, (end - titles) / 4);
}

/* As many weights as the networks they follow, with 7 classes. */
static void
test_built_in (void)
{
  static const struct {
    const char *name;
    int64_t least, most;
    int64_t size[3]; /* z, y, x */
  } cases[] = {
    { "unet-small", 1900000, 2000000, { 1, 32, 48 } },
    { "unet-local", 230000, 240000, { 2, 32, 48 } },
    { "unet3d", 5500000, 5700000, { 8, 16, 8 } },
    { "hybrid2d3d", 11300000, 11400000, { 3, 16, 16 } },
    { "unet2d", 31000000, 31100000, { 1, 16, 32 } },
  };
  for (size_t i = 0; i < PLAIN_OR_SANITISED (G_N_ELEMENTS (cases), 3); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LamPreset) preset = lam_preset_open (cases[i].name, &error);
    g_assert_no_error (error);
    g_assert_true (g_strv_contains (lam_preset_get_names (), cases[i].name));
    g_autoptr (LamNetwork) network = lam_preset_build (preset, 7, 1, &error);
    g_assert_no_error (error);
    int64_t n = lam_network_get_n_parameters (network);
    g_test_message ("%s: %d parameters", cases[i].name, (int)n);
    g_assert_cmpint (n, >=, cases[i].least);
    g_assert_cmpint (n, <=, cases[i].most);
    const int64_t dims[5] = { 1, 1, cases[i].size[0], cases[i].size[1],
      cases[i].size[2] };
    LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
    g_assert_true (lam_blas_init (&error));
    g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, NULL, &error);
    g_assert_no_error (error);
    for (int64_t j = 0; j < lam_shape_get_count (&shape); j++)
      lam_plan_get_input (plan, 0)[j] = (float)sin ((double)j * 0.7);
    g_assert_true (lam_plan_run (plan, NULL, &error));
    const LamTensor *output = lam_plan_get_output (plan, 0);
    g_assert_cmpint (output->shape.dims[1], ==, 7);
    g_assert_cmpint (output->shape.dims[4], ==, dims[4]);
    /* He's weights keep the scale, whatever the depth. */
    double sum = 0;
    int64_t count = lam_shape_get_count (&output->shape);
    for (int64_t j = 0; j < count; j++)
      sum += lam_tensor_floats (output)[j] * lam_tensor_floats (output)[j];
    double deviation = sqrt (sum / (double)count);
    g_test_message ("logits deviate by %g", deviation);
    g_assert_cmpfloat (deviation, >, 0.05);
    g_assert_cmpfloat (deviation, <, 20);
  }
}

static bool
has_same_weights (const LamNetwork *a, const LamNetwork *b)
{
  g_assert_cmpint (a->values->len, ==, b->values->len);
  for (guint i = 0; i < a->values->len; i++) {
    const LamTensor *x = lam_graph_get_value (a, i)->constant;
    const LamTensor *y = lam_graph_get_value (b, i)->constant;
    if (x
        && memcmp (x->data, y->data, (size_t)lam_shape_get_bytes (&x->shape))
            != 0)
      return false;
  }
  return true;
}

static void
test_seed (void)
{
  g_autoptr (LamPreset) preset = lam_preset_open ("unet-small", NULL);
  g_autoptr (LamNetwork) one = lam_preset_build (preset, 2, 5, NULL);
  g_autoptr (LamNetwork) same = lam_preset_build (preset, 2, 5, NULL);
  g_autoptr (LamNetwork) other = lam_preset_build (preset, 2, 6, NULL);
  g_assert_true (has_same_weights (one, same));
  g_assert_false (has_same_weights (one, other));
}

static LamPreset *
open_text (const char *text, GError **error)
{
  g_autofree char *path =
      g_build_filename (g_get_tmp_dir (), "lamella-test-preset.network", NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  LamPreset *preset = lam_preset_open (path, error);
  g_remove (path);
  return preset;
}

static void
test_residual (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamPreset) preset = open_text (
      "title = mine\n[layers]\na = residual image 4 4 # projected\n"
      "b = residual a 4@3x3x3\nc = add a b\nd = norm c\ne = activation d\n"
      "logits = conv e classes@1x1x1\n",
      &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lam_preset_get_title (preset), ==, "mine");
  g_autoptr (LamNetwork) network = lam_preset_build (preset, 3, 1, &error);
  g_assert_no_error (error);
  /* Without [network]: norm after each convolution, so no bias there. */
  g_assert_cmpint (lam_network_get_n_parameters (network), ==,
      (4 * 9 + 8) + (16 * 9 + 8) + 4 + (16 * 27 + 8) + 8 + (4 * 3 + 3));
}

/* What is wrong, and two words that must be in the message. */
static void
test_mistakes (void)
{
  static const struct {
    const char *text, *first, *second;
  } cases[] = {
    { "", "no layers", ".network" },
    { "[layers]\nhello\n", ":2:", "key = value" },
    { "[layers\n", ":1:", "section" },
    { "[layers]\na =\n", ":2:", "value is missing" },
    { "[layers]\na = conv image 4\na = conv image 4\n", ":3:", "line 2" },
    { "[layers]\na = flash image 4\n", ":2: “a”", "flash" },
    { "[layers]\na = conv picture 4\n", ":2: “a”", "picture" },
    { "[layers]\na = conv image 0\n", ":2: “a”", "“0”" },
    { "[layers]\na = conv image 4@1x2x3\n", ":2: “a”", "no middle" },
    { "[layers]\na = conv image 4@1x3\n", ":2: “a”", "“4@1x3”" },
    { "[layers]\na = conv image 4 4\n", ":2: “a”", "at most 1" },
    { "[layers]\na = conv 4\n", ":2: “a”", "1 inputs" },
    { "[layers]\na = block image\n", ":2: “a”", "widths" },
    { "[layers]\na = pool image 4\n", ":2: “a”", "“4”" },
    { "[layers]\na = conv image 4\nb = add a image\n", ":3: “b”", "4 and 1" },
    { "[layers]\na = conv image classes\n", ":2: “a”", "logits" },
    { "[layers]\nlogits = conv image 9\n", ":2: “logits”", "classes" },
    { "[layers]\na = block image 8192@15x15x15 8192@15x15x15\n", ":2: “a”",
        "weights" },
    { "[network]\nnorm = batch\n", ":2: “norm”", "batch" },
    { "[network]\nactivation = leaky 2\n", ":2: “activation”", "leaky 2" },
    { "[network]\npool = 2\n", ":2: “pool”", "“2”" },
    { "[network]\ncolour = red\n", ":2: “colour”", "no such" },
    { "[painting]\ncolour = red\n", ":2: “colour”", "painting" },
    { "colour = red\n", ":1: “colour”", "title" },
    { "[layers]\na = \xff\n", "UTF-8", ".network" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (open_text (cases[i].text, &error));
    g_assert_nonnull (error);
    if (!strstr (error->message, cases[i].first)
        || !strstr (error->message, cases[i].second))
      g_error ("“%s” gives “%s”", cases[i].text, error->message);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_preset_open ("unet9", &error));
  g_assert_nonnull (strstr (error->message, "unet-small"));
  g_clear_error (&error);
  g_assert_null (lam_preset_open ("./no-such.network", &error));
  g_assert_nonnull (strstr (error->message, "no-such"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preset/built-in", test_built_in);
  g_test_add_func ("/preset/titles", test_titles);
  g_test_add_func ("/preset/seed", test_seed);
  g_test_add_func ("/preset/residual", test_residual);
  g_test_add_func ("/preset/mistakes", test_mistakes);
  return g_test_run ();
}
