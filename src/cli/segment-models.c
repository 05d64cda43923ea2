/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/segment-models.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/file-stamp.h"
#include "cli/model-input.h"
#include "lam-config.h"

void
lam_segment_models_clear (LamSegmentModels *set)
{
  g_clear_pointer (&set->segmenter, lam_segmenter_free);
  g_clear_object (&set->volume);
  g_clear_pointer (&set->members, g_array_unref);
  g_clear_pointer (&set->models, g_ptr_array_unref);
}

bool
lam_segment_models_open (LamSegmentModels *set, char **paths, GError **error)
{
  set->models = g_ptr_array_new_with_free_func ((GDestroyNotify)lam_model_free);
  set->members = g_array_new (FALSE, TRUE, sizeof (LamSegmenterModel));
  for (int i = 0; paths[i]; i++) {
    LamModel *model = lam_model_open (paths[i], error);
    if (!model)
      return false;
    g_ptr_array_add (set->models, model);
    const LamSegmenterModel member = { .model = model };
    g_array_append_val (set->members, member);
  }
  return true;
}

/* The grey values of the whole volume, so that a box of it gives the same. */
static bool
choose_normalisations (LamSegmentModels *set, const char *normalisation,
    LamProgress *progress, GError **error)
{
  LamBox whole = lam_box_of_size (lam_volume_get_size (set->volume));
  for (guint i = 0; i < set->members->len; i++) {
    LamSegmenterModel *member =
        &g_array_index (set->members, LamSegmenterModel, i);
    if (!lam_model_input_choose_normalisation (normalisation, member->model,
            set->volume, &whole, &member->normalisation, progress, error))
      return false;
  }
  return true;
}

/* That a tile looks at, about. */
static int64_t
count_sections (
    const LamSegmentModels *set, const LamSegmenterSettings *settings)
{
  int64_t most = MAX (settings->tile[2], 1);
  for (guint i = 0; i < set->models->len; i++) {
    const LamModel *model = set->models->pdata[i];
    const LamModelField *field = lam_model_get_field (model);
    most = MAX (most,
        lam_model_get_tile (model)[2]
            + 2 * (field->before[2] + field->after[2]));
  }
  return MIN (most, set->source->info.levels[0].size[2]);
}

bool
lam_segment_models_prepare (LamSegmentModels *set, LamSource *source,
    const LamSegmenterSettings *settings, const char *normalisation,
    LamProgress *progress, GError **error)
{
  set->settings = *settings;
  set->source = source;
  int64_t n_sections = count_sections (set, settings);
  set->volume = lam_model_input_open (set->source, n_sections);
  set->settings.beside_bytes =
      lam_model_input_get_cache_bytes (set->source, n_sections);
  if (!choose_normalisations (set, normalisation, progress, error))
    return false;
  set->segmenter =
      lam_segmenter_new ((const LamSegmenterModel *)(void *)set->members->data,
          (int)set->members->len, &set->settings, error);
  return set->segmenter != NULL;
}

static void
plan_models (const LamSegmentModels *set, const LamBox *box, GString *plan)
{
  const int64_t *size = lam_volume_get_size (set->volume);
  char mean[G_ASCII_DTOSTR_BUF_SIZE], deviation[G_ASCII_DTOSTR_BUF_SIZE];
  for (guint i = 0; i < set->members->len; i++) {
    const LamSegmenterModel *member =
        &g_array_index (set->members, LamSegmenterModel, i);
    const LamNormalisation *normalisation = &member->normalisation;
    int64_t tile[3];
    lam_segmenter_get_tile (set->segmenter, (int)i, size, box, tile);
    const char *path =
        lam_network_get_path (lam_model_get_network (member->model));
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;
    g_file_get_contents (path, &bytes, &n_bytes, NULL);
    g_autofree char *sum = g_compute_checksum_for_data (
        G_CHECKSUM_SHA256, (guchar *)bytes, n_bytes);
    g_string_append_printf (plan,
        "model: %s normalisation %s %s tile %" G_GINT64_FORMAT
        " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
        sum, g_ascii_dtostr (mean, sizeof mean, normalisation->mean),
        g_ascii_dtostr (deviation, sizeof deviation, normalisation->deviation),
        tile[0], tile[1], tile[2]);
  }
}

char *
lam_segment_models_dup_plan (const LamSegmentModels *set, const LamBox *box,
    LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (set->source);
  const int64_t *size = info->levels[0].size;
  g_autofree char *stamp = lam_file_stamp_new (info->path, progress, error);
  if (!stamp)
    return NULL;
  g_autofree char *path = g_strescape (info->path, NULL);
  g_autoptr (GString) plan = g_string_new (NULL);
  g_string_append_printf (plan, "program: %s\n", LAM_VERSION);
  g_string_append_printf (plan,
      "image: %s channel %d\nimage size: %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
      " %" G_GINT64_FORMAT " %s, %" G_GINT64_FORMAT
      " bytes\nimage changed: %s\n",
      path, info->channel, size[0], size[1], size[2],
      lam_dtype_name (info->dtype), info->file_bytes, stamp);
  plan_models (set, box, plan);
  g_string_append_printf (plan,
      "copies: %d\nblend: %d\nuncertainty: of the mean\n",
      (int)set->settings.copies, set->settings.blends);
  return g_string_free (g_steal_pointer (&plan), FALSE);
}

static void
announce_model (const LamSegmentModels *set, int i, const LamBox *box)
{
  int64_t tile[3];
  const char *path =
      lam_network_get_path (lam_model_get_network (set->models->pdata[i]));
  const char *whole = lam_segmenter_get_whole (set->segmenter, i);
  lam_segmenter_get_tile (
      set->segmenter, i, lam_volume_get_size (set->volume), box, tile);
  g_printerr (_ ("lamella-cli: %s in tiles of %" G_GINT64_FORMAT
                 " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels\n"),
      path, tile[0], tile[1], tile[2]);
  if (whole && *whole)
    g_printerr (_ ("lamella-cli: what it says of a voxel depends on all of a "
                   "tile (%s): its tiles lie on one grid over the volume and "
                   "are blended\n"),
        whole);
  else if (whole && !set->settings.blends)
    g_printerr (_ ("lamella-cli: it sees further than its tiles of one size "
                   "are large: they lie on one grid over the volume and are "
                   "blended\n"));
}

/* Names the option that helps, where one does. */
static bool
check_memory (const LamSegmentModels *set, const int64_t size[3],
    const LamBox *box, GError **error)
{
  g_autoptr (GError) problem = NULL;
  int64_t tile[3];
  if (lam_segmenter_check_memory (set->segmenter, size, box, &problem))
    return true;
  const bool is_limit = g_error_matches (problem, LAM_ERROR, LAM_ERROR_LIMIT);
  if (is_limit && lam_segmenter_find_tile (set->segmenter, size, box, tile))
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: --tile %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
           ",%" G_GINT64_FORMAT),
        problem->message, tile[0], tile[1], tile[2]);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  return false;
}

/* Above that, there is a faster way. */
#define MUCH_WORK 4

bool
lam_segment_models_announce (
    const LamSegmentModels *set, const LamBox *box, GError **error)
{
  const int64_t *size = lam_volume_get_size (set->volume);
  int64_t bytes, block[3];
  LamBox first = *box;
  lam_segmenter_choose_block (set->segmenter, size, box, block);
  for (int i = 0; i < 3; i++)
    first.max[i] = first.min[i] + block[i];
  if (!check_memory (set, size, &first, error)
      || !lam_segmenter_measure (set->segmenter, size, &first, &bytes, error))
    return false;
  g_autofree char *memory = lam_text_bytes (bytes);
  double n = lam_segmenter_get_work (set->segmenter, size, &first);
  bool is_exact = false;
  for (guint i = 0; i < set->members->len; i++) {
    announce_model (set, (int)i, &first);
    is_exact |= !lam_segmenter_get_whole (set->segmenter, (int)i);
  }
  g_printerr (_ ("lamella-cli: takes about %s of memory beside the networks’ "
                 "weights, and computes each voxel %.1f times\n"),
      memory, n);
  if (is_exact && n > MUCH_WORK)
    g_printerr (_ ("lamella-cli: it does so for networks that see far; larger "
                   "tiles (--tile) take less time and more memory, and --blend "
                   "is faster, but lets tiles show\n"));
  return true;
}
