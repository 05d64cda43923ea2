/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Recipes: all presets have one, what is written can be read again, and what
 * cannot be is refused by line and key. */
#include <glib/gstdio.h>
#include <string.h>

#include "segment/recipe.h"

static LamPreset *
open_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (g_get_tmp_dir (), "lamella-test-recipe.network", NULL);
  g_autofree char *all =
      g_strconcat ("[layers]\nlogits = conv image classes\n", text, NULL);
  g_assert_true (g_file_set_contents (path, all, -1, NULL));
  LamPreset *preset = lam_preset_open (path, &error);
  g_assert_no_error (error);
  g_remove (path);
  return preset;
}

static void
test_presets (void)
{
  for (int i = 0; lam_preset_get_names ()[i]; i++) {
    g_autoptr (GError) error = NULL;
    LamRecipe recipe;
    LamTrainerOptions options;
    g_autoptr (LamPreset) preset =
        lam_preset_open (lam_preset_get_names ()[i], &error);
    g_assert_no_error (error);
    g_assert_true (lam_recipe_read (&recipe, preset, &error));
    g_assert_no_error (error);
    lam_recipe_fill (&recipe, &options);
    g_assert_cmpfloat (options.schedule_options.rate, ==, recipe.learning_rate);
    g_assert_cmpint (options.n_steps, ==, recipe.steps);
  }
}

static void
test_text (void)
{
  g_autoptr (GError) error = NULL;
  LamRecipe recipe, again;
  g_autoptr (LamPreset) preset = open_text (
      "[training]\ntile = 96 80 7\nlearning-rate = 0.0123\nloss = dice\n"
      "grey = each\noptimizer = sgd\nseed = 99\n[augmentation]\nelastic = "
      "0.25\n"
      "elastic.spacing = 48\n");
  g_assert_true (lam_recipe_read (&recipe, preset, &error));
  g_assert_true (lam_recipe_set (&recipe, "steps=123", &error));
  g_assert_true (lam_recipe_set (&recipe, "blur.sigma=2.5", &error));
  g_assert_no_error (error);
  g_assert_cmpint (recipe.tile[1], ==, 80);
  g_assert_cmpfloat (recipe.learning_rate, ==, 0.0123);
  g_autofree char *text = lam_recipe_to_text (&recipe);
  g_autoptr (LamPreset) written = open_text (text);
  g_assert_true (lam_recipe_read (&again, written, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (&recipe, sizeof recipe, &again, sizeof again);
}

static void
test_mistakes (void)
{
  /* The line, and two words of the message. */
  static const struct {
    const char *text, *first, *second;
  } cases[] = {
    { "[training]\nspeed = 9\n", ":4: “speed”", "learning-rate" },
    { "[training]\nbatch = 1.5\n", ":4: “batch”", "whole" },
    { "[training]\nbatch = 0\n", ":4: “batch”", "1" },
    { "[training]\ntile = 5 5\n", ":4: “tile”", "three" },
    { "[training]\nloss = hinge\n", ":4: “loss”", "dice" },
    { "[training]\nlearning-rate = nan\n", ":4: “learning-rate”", "nan" },
    { "[augmentation]\nflop = 1\n", ":4: “flop”", "flip" },
    { "[augmentation]\nflip = 7\n", ":4: “flip”", "0 to 1" },
  };
  static const char *const assignments[] = { "steps", "steps=", "=1",
    "steps=1e99", "elastic.colour=1", "flipper=1" };
  LamRecipe recipe;
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LamPreset) preset = open_text (cases[i].text);
    g_assert_false (lam_recipe_read (&recipe, preset, &error));
    if (!strstr (error->message, cases[i].first)
        || !strstr (error->message, cases[i].second))
      g_error ("“%s” gives “%s”", cases[i].text, error->message);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (assignments); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (lam_recipe_set (&recipe, assignments[i], &error));
    g_assert_nonnull (strstr (error->message, assignments[i]));
  }
  g_autofree char *all = lam_recipe_describe ();
  g_assert_nonnull (strstr (all, "learning-rate"));
  g_assert_nonnull (strstr (all, ".displacement"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/presets", test_presets);
  g_test_add_func ("/recipe/text", test_text);
  g_test_add_func ("/recipe/mistakes", test_mistakes);
  return g_test_run ();
}
