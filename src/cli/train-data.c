/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/train-data.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "volume/format.h"

static bool
parse_class (const char *word, int index, LamTruthTable *table, char **name)
{
  const char *equals = strchr (word, '=');
  char *end;
  *name = equals ? g_strndup (word, (gsize)(equals - word)) : g_strdup (word);
  table->values[index] = (uint32_t)index;
  if (!equals)
    return **name != '\0';
  guint64 value = g_ascii_strtoull (equals + 1, &end, 10);
  table->values[index] = (uint32_t)value;
  return **name && g_ascii_isdigit (equals[1]) && !*end && value <= 1u << 24;
}

static bool
is_taken (const LamTruthTable *table, char **names, int i)
{
  for (int j = 0; j < i; j++)
    if (table->values[j] == table->values[i]
        || strcmp (names[j], names[i]) == 0)
      return true;
  return false;
}

bool
lam_train_data_parse_classes (
    const char *text, LamTruthTable *table, char ***names, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text ? text : "", ",", -1);
  int n = (int)g_strv_length (words);
  if (n < 2 || n > LAM_TRUTH_MAX_CLASSES)
    return lam_cli_usage_error (error,
        _ ("--classes needs 2 to %d names: background,mitochondrion for the "
           "numbers 0 and 1 of the labels, or background=0,mitochondrion=255"),
        LAM_TRUTH_MAX_CLASSES);
  g_auto (GStrv) found = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++)
    if (!parse_class (words[i], i, table, &found[i])
        || is_taken (table, found, i))
      return lam_cli_usage_error (error,
          _ ("--classes: “%s” is no NAME or NAME=NUMBER, or was there before"),
          words[i]);
  table->n_classes = n;
  *names = g_steal_pointer (&found);
  return true;
}

bool
lam_train_data_parse_sections (
    const char *option, const char *text, LamBox *box, GError **error)
{
  char *end, *last = NULL;
  int64_t first = g_ascii_strtoll (text, &end, 10), final = 0;
  if (end != text && *end == '-' && g_ascii_isdigit (end[1]))
    final = g_ascii_strtoll (end + 1, &last, 10);
  *box = lam_box_new (
      0, 0, first, LAM_TRAIN_DATA_WHOLE, LAM_TRAIN_DATA_WHOLE, final + 1);
  if (last && !*last && first >= 0 && final >= first && final < G_MAXINT32)
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs the first and the last section (0-59), not “%s”"), option,
      text);
}

bool
lam_train_data_parse_class_weights (
    const char *text, int n_classes, float *weights, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  int n = (int)g_strv_length (words);
  bool are_good = n == n_classes;
  for (int i = 0; are_good && i < n; i++) {
    char *end;
    weights[i] = (float)g_ascii_strtod (words[i], &end);
    are_good =
        end != words[i] && !*end && isfinite (weights[i]) && weights[i] > 0;
  }
  return are_good
      || lam_cli_usage_error (error,
          _ ("--class-weights needs %d numbers above 0, one for each class, "
             "not “%s”"),
          n_classes, text);
}

/* Of each volume: patches come from anywhere, but several volumes must fit the
 * memory beside the network. */
#define CACHE_BYTES (INT64_C (1) << 30)

static LamVolume *
open_volume (const char *path, GError **error)
{
  const LamVolumeSettings settings = { .cache_bytes = CACHE_BYTES };
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, error);
  return source ? lam_volume_new (source, &settings) : NULL;
}

static char *
dup_size (const int64_t size[3])
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
                          " × %" G_GINT64_FORMAT,
      size[0], size[1], size[2]);
}

/* Of labels or weights. */
static bool
check_size (const char *image_path, LamVolume *image, const char *path,
    LamVolume *other, bool is_weights, GError **error)
{
  const int64_t *a = lam_volume_get_size (image);
  const int64_t *b = lam_volume_get_size (other);
  if (memcmp (a, b, 3 * sizeof *a) == 0)
    return true;
  g_autofree char *wanted = dup_size (a), *found = dup_size (b);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      is_weights ? _ ("%s has %s voxels, but its weights %s %s")
                 : _ ("%s has %s voxels, but its labels %s %s"),
      image_path, wanted, path, found);
  return false;
}

static bool
choose_box (const LamTrainDataChoice *choice, const char *path,
    LamVolume *image, LamBox *box, GError **error)
{
  const int64_t *size = lam_volume_get_size (image);
  *box = lam_box_of_size (size);
  for (int i = 0; choice->box && i < 3; i++) {
    int64_t end = choice->box->max[i];
    if (end != LAM_TRAIN_DATA_WHOLE && end > size[i]) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("%s has %" G_GINT64_FORMAT
             " voxels along %c, so there is none at %" G_GINT64_FORMAT),
          path, size[i], 'x' + i, end - 1);
      return false;
    }
    box->min[i] = choice->box->min[i];
    box->max[i] = MIN (end, size[i]);
  }
  return true;
}

typedef struct {
  LamVolume *image; /* Owned */
  LamVolume *weights; /* Owned; or NULL */
  LamTruth *truth; /* Owned until it is added */
  LamBox box;
} Pair;

static void
clear_pair (gpointer data)
{
  Pair *pair = data;
  g_clear_object (&pair->image);
  g_clear_object (&pair->weights);
  g_clear_pointer (&pair->truth, lam_truth_free);
}

/* By bricks, so that a large stack does not fill the memory. */
static bool
check_weights (const char *path, LamVolume *weights, const LamBox *all,
    LamProgress *progress, GError **error)
{
  static const LamNormalisation as_they_are = { 0, 1 };
  const int64_t edge = LAM_BRICK_EDGE;
  g_autofree float *values = g_new (float, LAM_BRICK_VOXELS);
  double sum = 0;
  for (int64_t z = all->min[2]; z < all->max[2]; z += edge)
    for (int64_t y = all->min[1]; y < all->max[1]; y += edge)
      for (int64_t x = all->min[0]; x < all->max[0]; x += edge) {
        LamBox brick = lam_box_new (x, y, z, x + edge, y + edge, z + edge);
        LamBox box = lam_box_intersect (all, &brick);
        if (!lam_normalisation_read (&as_they_are, weights, &box, values,
                lam_progress_cancellable_or_null (progress), error))
          return false;
        for (int64_t i = 0; i < lam_box_volume (&box); i++) {
          sum += values[i];
          if (values[i] < 0) {
            g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
                _ ("%s holds %g, but weights are at least 0"), path, values[i]);
            return false;
          }
        }
      }
  if (sum > 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s has no weight above 0 where it is used"), path);
  return false;
}

static bool
open_weights (const LamTrainDataChoice *choice, int i, Pair *pair,
    LamProgress *progress, GError **error)
{
  if (!choice->weights)
    return true;
  const char *path = choice->weights[i];
  pair->weights = open_volume (path, error);
  return pair->weights
      && check_size (
          choice->images[i], pair->image, path, pair->weights, true, error)
      && check_weights (path, pair->weights, &pair->box, progress, error);
}

static bool
open_pair (const LamTrainDataChoice *choice, int i, Pair *pair,
    LamProgress *progress, GError **error)
{
  pair->image = open_volume (choice->images[i], error);
  if (!pair->image)
    return false;
  g_autoptr (LamVolume) labels = open_volume (choice->labels[i], error);
  if (!labels
      || !check_size (choice->images[i], pair->image, choice->labels[i], labels,
          false, error)
      || !choose_box (choice, choice->images[i], pair->image, &pair->box, error)
      || !open_weights (choice, i, pair, progress, error))
    return false;
  pair->truth =
      lam_truth_new (labels, choice->table, &pair->box, 1, progress, error);
  return pair->truth != NULL;
}

static bool
measure_one (const Pair *pair, LamNormalisation *normalisation,
    LamProgress *progress, GError **error)
{
  return lam_normalisation_measure (pair->image, &pair->box, normalisation,
      lam_progress_cancellable_or_null (progress), error);
}

/* One for all images: each counts the same. */
static bool
measure (GArray *pairs, LamNormalisation *normalisation, LamProgress *progress,
    GError **error)
{
  double mean = 0, squares = 0;
  for (guint i = 0; i < pairs->len; i++) {
    const Pair *pair = &g_array_index (pairs, Pair, i);
    LamNormalisation one;
    if (!measure_one (pair, &one, progress, error))
      return false;
    mean += one.mean / pairs->len;
    squares +=
        (one.deviation * one.deviation + one.mean * one.mean) / pairs->len;
  }
  double variance = squares - mean * mean;
  *normalisation =
      (LamNormalisation){ mean, variance > 0 ? sqrt (variance) : 1 };
  return true;
}

static bool
check_labelled (
    const LamSampler *sampler, const LamTrainDataChoice *choice, GError **error)
{
  int64_t n = 0;
  for (int i = 0; i < choice->table->n_classes; i++)
    n += lam_sampler_get_count (sampler, i);
  if (n > 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s has no labelled voxel where it is used"), choice->labels[0]);
  return false;
}

LamSampler *
lam_train_data_open (const LamTrainDataChoice *choice,
    const LamSamplerSettings *settings, LamNormalisation *normalisation,
    double voxel_size_nm[3], LamProgress *progress, GError **error)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, TRUE, sizeof (Pair));
  g_array_set_clear_func (pairs, clear_pair);
  for (int i = 0; choice->images[i]; i++) {
    Pair *pair;
    g_array_set_size (pairs, (guint)i + 1);
    pair = &g_array_index (pairs, Pair, i);
    if (!open_pair (choice, i, pair, progress, error))
      return NULL;
  }
  if (choice->normalisation)
    *normalisation = *choice->normalisation;
  else if (!measure (pairs, normalisation, progress, error))
    return NULL;
  g_autoptr (LamSampler) sampler = lam_sampler_new (settings);
  for (guint i = 0; i < pairs->len; i++) {
    Pair *pair = &g_array_index (pairs, Pair, i);
    LamNormalisation own = *normalisation;
    if (choice->measures_each && !measure_one (pair, &own, progress, error))
      return NULL;
    lam_sampler_add (
        sampler, pair->image, &own, g_steal_pointer (&pair->truth));
    if (pair->weights)
      lam_sampler_set_weights (sampler, pair->weights);
  }
  memcpy (voxel_size_nm,
      lam_volume_get_info (g_array_index (pairs, Pair, 0).image)->voxel_size_nm,
      3 * sizeof *voxel_size_nm);
  return check_labelled (sampler, choice, error) ? g_steal_pointer (&sampler)
                                                 : NULL;
}

static char *
hash_file (const char *path, LamProgress *progress, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GCancellable *cancellable = lam_progress_cancellable_or_null (progress);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *bytes = g_malloc (1 << 20);
  gssize n = stream ? 1 : -1;
  while (n > 0) {
    n = g_input_stream_read (
        G_INPUT_STREAM (stream), bytes, 1 << 20, cancellable, error);
    if (n > 0)
      g_checksum_update (sum, bytes, n);
  }
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (sum));
}

bool
lam_train_data_add_hashes (GPtrArray *lines, const char *role, char **paths,
    LamProgress *progress, GError **error)
{
  for (int i = 0; paths && paths[i]; i++) {
    bool is_folder = g_file_test (paths[i], G_FILE_TEST_IS_DIR);
    g_autofree char *name = g_path_get_basename (paths[i]);
    g_autofree char *hash =
        is_folder ? g_strdup ("-") : hash_file (paths[i], progress, error);
    if (!hash)
      return false;
    g_ptr_array_add (lines, g_strdup_printf ("%s %s %s", role, hash, name));
  }
  return true;
}
