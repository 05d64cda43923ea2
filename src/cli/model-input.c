/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/model-input.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

#define MIN_CACHE_BYTES (INT64_C (64) << 20)
#define MAX_CACHE_BYTES 4e9

int64_t
lam_model_input_get_cache_bytes (LamSource *source, int64_t n_sections)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  double section = (double)info->levels[0].size[0]
      * (double)info->levels[0].size[1] * (double)lam_dtype_bytes (info->dtype);
  return (int64_t)CLAMP (
      2 * section * (double)n_sections, MIN_CACHE_BYTES, MAX_CACHE_BYTES);
}

LamVolume *
lam_model_input_open (LamSource *source, int64_t n_sections)
{
  const LamVolumeSettings settings = {
    .cache_bytes = lam_model_input_get_cache_bytes (source, n_sections)
  };
  return lam_volume_new (source, &settings);
}

static bool
parse_normalisation (const char *text, LamNormalisation *normalisation)
{
  char *end;
  double mean = g_ascii_strtod (text, &end);
  if (end == text || *end != ',')
    return false;
  const char *second = end + 1;
  double deviation = g_ascii_strtod (second, &end);
  normalisation->mean = mean;
  normalisation->deviation = deviation;
  return end != second && *end == '\0' && isfinite (mean)
      && isfinite (deviation) && deviation > 0;
}

bool
lam_model_input_choose_normalisation (const char *text, const LamModel *model,
    LamVolume *volume, const LamBox *box, LamNormalisation *normalisation,
    LamProgress *progress, GError **error)
{
  bool is_known = lam_model_get_normalisation (model, normalisation);
  LamBox whole = lam_box_of_size (lam_volume_get_size (volume));
  if (!text && is_known)
    return true;
  /* Of all of it, that a part of an image gets what the whole would. */
  if (!text && lam_model_measures_image (model))
    return lam_normalisation_measure (volume, &whole, normalisation,
        lam_progress_cancellable_or_null (progress), error);
  if (!text)
    return lam_cli_usage_error (error,
        _ ("%s does not say how grey values are normalised: give "
           "--normalisation MEAN,DEVIATION or --normalisation image"),
        lam_network_get_path (lam_model_get_network (model)));
  if (strcmp (text, "image") == 0)
    return lam_normalisation_measure (volume, box, normalisation,
        lam_progress_cancellable_or_null (progress), error);
  if (parse_normalisation (text, normalisation))
    return true;
  return lam_cli_usage_error (error,
      _ ("--normalisation needs MEAN,DEVIATION, the second above 0, or "
         "“image”, not “%s”"),
      text);
}

bool
lam_model_input_check_box (LamVolume *volume, LamBox *box, GError **error)
{
  LamBox whole = lam_box_of_size (lam_volume_get_size (volume));
  if (lam_box_is_empty (box))
    *box = whole;
  LamBox inside = lam_box_intersect (&whole, box);
  if (lam_box_equal (&inside, box))
    return true;
  return lam_cli_usage_error (error,
      _ ("--box reaches beyond the volume of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
      whole.max[0], whole.max[1], whole.max[2]);
}
