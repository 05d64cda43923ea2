/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The half of learning-curve.py that is ours: writes the first weights and the
 * batches of a training, trains on them, and writes the losses.
 *
 *   bench-learning-curve IMAGE LABELS FOLDER STEPS SEED [KEY=VALUE…]
 *
 * FOLDER gets start.onnx, images.f32 and classes.u8 (255: does not count), one
 * batch after the other, losses.csv (step, rate, loss) and end.onnx. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/onnx-write.h"
#include "segment/training.h"
#include "volume/format.h"

#define N_CLASSES 2

typedef struct {
  LamRecipe recipe;
  LamVolume *image, *labels;
  const char *folder;
  FILE *losses;
} Bench;

static void
check (GError *error)
{
  if (!error)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

static LamVolume *
open_volume (const char *path)
{
  GError *error = NULL;
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  check (error);
  return lam_volume_new (source, NULL);
}

static LamSampler *
make_sampler (const Bench *bench)
{
  GError *error = NULL;
  const LamTruthTable table = { N_CLASSES, { 0, 1 }, -1 };
  LamBox whole = lam_box_of_size (lam_volume_get_size (bench->image));
  LamSamplerSettings settings = { .balance = bench->recipe.balance,
    .seed = (uint64_t)bench->recipe.seed,
    .augmentation = bench->recipe.augmentation };
  LamNormalisation normalisation;
  for (int i = 0; i < 3; i++)
    settings.size[i] = bench->recipe.tile[i];
  LamSampler *sampler = lam_sampler_new (&settings);
  lam_normalisation_measure (
      bench->image, &whole, &normalisation, NULL, &error);
  check (error);
  LamTruth *truth =
      lam_truth_new (bench->labels, &table, &whole, 1, NULL, &error);
  check (error);
  lam_sampler_add (sampler, bench->image, &normalisation, truth);
  return sampler;
}

static FILE *
create (const Bench *bench, const char *name)
{
  g_autofree char *path = g_build_filename (bench->folder, name, NULL);
  FILE *file = fopen (path, "wb");
  if (file)
    return file;
  fprintf (stderr, "%s: %s\n", path, g_strerror (errno));
  exit (1);
}

static void
write_batches (const Bench *bench)
{
  g_autoptr (LamSampler) sampler = make_sampler (bench);
  g_autoptr (LamPatch) patch = lam_patch_new (bench->recipe.tile);
  FILE *images = create (bench, "images.f32");
  FILE *classes = create (bench, "classes.u8");
  size_t n = (size_t)lam_patch_get_n_voxels (patch);
  for (int64_t i = 0; i < bench->recipe.steps * bench->recipe.batch; i++) {
    GError *error = NULL;
    lam_sampler_draw (sampler, (uint64_t)i, patch, NULL, &error);
    check (error);
    fwrite (patch->image, sizeof (float), n, images);
    fwrite (patch->classes, 1, n, classes);
  }
  fclose (images);
  fclose (classes);
}

static void
report (gpointer data, const LamTrainReport *said)
{
  Bench *bench = data;
  fprintf (
      bench->losses, "%d,%.9g,%.9g\n", (int)said->step, said->rate, said->loss);
}

static void
write_network (const Bench *bench, LamNetwork *network, const char *name)
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename (bench->folder, name, NULL);
  lam_onnx_write (network, path, 0, &error);
  check (error);
}

static void
train (Bench *bench, const LamPreset *preset)
{
  GError *error = NULL;
  const LamTrainingSettings settings = {
    .recipe = &bench->recipe, .n_threads = 2, .report = report, .data = bench
  };
  g_autoptr (LamNetwork) network = lam_preset_build (
      preset, N_CLASSES, (uint64_t)bench->recipe.seed, &error);
  check (error);
  lam_network_begin_training (network, &error);
  check (error);
  write_network (bench, network, "start.onnx");
  g_autoptr (LamTraining) training =
      lam_training_new (network, make_sampler (bench), NULL, &settings, &error);
  check (error);
  bench->losses = create (bench, "losses.csv");
  lam_trainer_run (lam_training_get_trainer (training), NULL, &error);
  check (error);
  fclose (bench->losses);
  write_network (bench, network, "end.onnx");
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  Bench bench = { 0 };
  if (argc < 6) {
    fprintf (stderr, "IMAGE LABELS FOLDER STEPS SEED [KEY=VALUE…]\n");
    return 2;
  }
  g_autoptr (LamPreset) preset = lam_preset_open ("unet-small", &error);
  check (error);
  lam_recipe_read (&bench.recipe, preset, &error);
  check (error);
  bench.recipe.steps = atoi (argv[4]);
  bench.recipe.seed = atoi (argv[5]);
  for (int i = 6; i < argc; i++) {
    lam_recipe_set (&bench.recipe, argv[i], &error);
    check (error);
  }
  bench.image = open_volume (argv[1]);
  bench.labels = open_volume (argv[2]);
  bench.folder = argv[3];
  write_batches (&bench);
  train (&bench, preset);
  g_object_unref (bench.image);
  g_object_unref (bench.labels);
  return 0;
}
