/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/prediction.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "cli/convert.h"
#include "volume/scratch-source.h"

typedef struct {
  const LamPrediction *prediction;
  LamSource **files; /* Owned; scratch */
  int n_files;
} Work;

static void
work_clear (Work *work)
{
  for (int i = 0; i < work->n_files; i++)
    if (work->files[i])
      lam_source_unref (work->files[i]);
  g_free (work->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

char *
lam_prediction_dup_path (const LamPrediction *prediction, int class_index)
{
  const char *dot = strrchr (prediction->path, '.');
  if (prediction->kind == LAM_PREDICTION_CLASSES)
    return g_strdup (prediction->path);
  g_autofree char *stem =
      g_strndup (prediction->path, (gsize)(dot - prediction->path));
  g_autofree char *name =
      g_strdup (lam_model_get_class_name (prediction->model, class_index));
  /* Names of files: no folders in them. */
  g_strdelimit (name, "/\\ \t\n", '-');
  return g_strconcat (stem, "-", name, dot, NULL);
}

static void
choose_classes (
    const float *probabilities, int64_t n, int n_classes, uint8_t *out)
{
  for (int64_t i = 0; i < n; i++) {
    int best = 0;
    for (int c = 1; c < n_classes; c++)
      if (probabilities[c * n + i] > probabilities[best * n + i])
        best = c;
    out[i] = (uint8_t)best;
  }
}

static void
to_bytes (const float *probabilities, int64_t n, uint8_t *out)
{
  for (int64_t i = 0; i < n; i++)
    out[i] = (uint8_t)lrintf (CLAMP (probabilities[i], 0.0f, 1.0f) * 255);
}

static bool
take (const LamBox *box, const float *probabilities, int n_classes,
    gpointer user_data, GError **error)
{
  Work *work = user_data;
  const LamPrediction *prediction = work->prediction;
  int64_t n = lam_box_volume (box);
  LamBox at;
  for (int i = 0; i < 3; i++) {
    at.min[i] = box->min[i] - prediction->box.min[i];
    at.max[i] = box->max[i] - prediction->box.min[i];
  }
  g_autofree uint8_t *bytes = g_malloc ((gsize)n);
  for (int i = 0; i < work->n_files; i++) {
    const void *voxels = bytes;
    if (prediction->kind == LAM_PREDICTION_CLASSES)
      choose_classes (probabilities, n, n_classes, bytes);
    else if (prediction->kind == LAM_PREDICTION_BYTES)
      to_bytes (probabilities + i * n, n, bytes);
    else
      voxels = probabilities + i * n;
    if (!lam_scratch_source_write (work->files[i], &at, voxels, error))
      return false;
  }
  return true;
}

static bool
make_files (Work *work, GError **error)
{
  const LamPrediction *prediction = work->prediction;
  const LamSourceInfo *info = lam_volume_get_info (prediction->volume);
  bool is_float = prediction->kind == LAM_PREDICTION_FLOATS;
  g_autofree char *folder = g_path_get_dirname (prediction->path);
  int64_t size[3];
  for (int i = 0; i < 3; i++)
    size[i] = prediction->box.max[i] - prediction->box.min[i];
  work->n_files = prediction->kind == LAM_PREDICTION_CLASSES
      ? 1
      : lam_model_get_n_classes (prediction->model);
  work->files = g_new0 (LamSource *, work->n_files);
  for (int i = 0; i < work->n_files; i++) {
    work->files[i] = lam_scratch_source_new (folder, size,
        is_float ? LAM_DTYPE_F32 : LAM_DTYPE_U8, info->voxel_size_nm, error);
    if (!work->files[i])
      return false;
  }
  return true;
}

static bool
write_file (const Work *work, int i, LamConvert convert, LamProgress *progress,
    GError **error)
{
  const LamPrediction *prediction = work->prediction;
  const LamSourceInfo *info = lam_source_get_info (work->files[i]);
  g_autofree char *path = lam_prediction_dup_path (prediction, i);
  LamConversion conversion = {
    .source = work->files[i],
    .box = lam_box_of_size (info->levels[0].size),
    .deflate = prediction->kind == LAM_PREDICTION_CLASSES,
    .is_classes = prediction->kind == LAM_PREDICTION_CLASSES,
    .path = path,
  };
  memcpy (conversion.voxel_size_nm, info->voxel_size_nm,
      sizeof conversion.voxel_size_nm);
  return convert (&conversion, progress, error);
}

bool
lam_prediction_write (
    const LamPrediction *prediction, LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .prediction = prediction };
  LamConvert convert = lam_convert_find (prediction->path, error);
  if (!convert || !make_files (&work, error)
      || !lam_predict (prediction->model, prediction->volume,
          &prediction->normalisation, &prediction->box, &prediction->settings,
          take, &work, progress, error))
    return false;
  for (int i = 0; i < work.n_files; i++)
    if (!write_file (&work, i, convert, progress, error))
      return false;
  return true;
}
