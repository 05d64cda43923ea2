/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/segment-objects.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/class-values.h"
#include "cli/cli.h"
#include "cli/convert.h"
#include "volume/format.h"

/* A class by the network's name or by the number that is written for it. */
static bool
choose_class (const LamModel *model, const LamSegmentRun *run, const char *name,
    bool is_in[256], GError **error)
{
  int n = lam_model_get_n_classes (model);
  guint64 number;
  bool is_number = g_ascii_string_to_unsigned (name, 10, 0, 255, &number, NULL);
  for (int i = 0; i < n; i++)
    if (strcmp (lam_model_get_class_name (model, i), name) == 0
        || (is_number && run->numbers[i] == number)) {
      is_in[run->numbers[i]] = true;
      return true;
    }
  g_autoptr (GString) known = g_string_new (NULL);
  for (int i = 0; i < n; i++)
    g_string_append_printf (known, "%s%d %s", i ? ", " : "", run->numbers[i],
        lam_model_get_class_name (model, i));
  return lam_cli_usage_error (error,
      _ ("--instances: the network has no class “%s”; it has: %s"), name,
      known->str);
}

static bool
choose_classes (const LamSegmentObjects *objects, const LamSegmentInput *input,
    const LamModel *model, const LamSegmentRun *run, bool is_in[256],
    GError **error)
{
  g_auto (GStrv) names =
      g_strsplit (objects->instances ? objects->instances : "", ",", -1);
  for (int i = 0; names[i]; i++)
    if (!choose_class (model, run, g_strstrip (names[i]), is_in, error))
      return false;
  if (objects->instances)
    return true;
  if (!input->classes)
    return lam_cli_usage_error (error,
        _ ("--labels needs --instances CLASS,…: only a project says which "
           "classes have instances"));
  for (int i = 0; i < lam_model_get_n_classes (model); i++) {
    const LamClass *row =
        lam_class_table_get_class (input->classes, run->numbers[i]);
    is_in[run->numbers[i]] = row && row->has_instances;
  }
  return true;
}

static bool
fill_split (LamSplitRules *split, const LamObjectRun *plan, GError **error)
{
  const double *nm = plan->voxel_size_nm;
  if (!(nm[0] > 0 && nm[1] > 0 && nm[2] > 0))
    return lam_cli_usage_error (error,
        _ ("--split needs the voxel size, which the volume does not say: put "
           "it into a project"));
  for (int i = 0; i < 256; i++)
    split->relief[i] = LAM_SPLIT_RELIEF;
  split->least_distance_nm = LAM_SPLIT_DISTANCE_NM;
  split->connectivity = plan->rules.connectivity;
  memcpy (split->voxel_size_nm, nm, sizeof split->voxel_size_nm);
  memcpy (split->min_voxels, plan->rules.min_voxels, sizeof split->min_voxels);
  for (int i = 0; i < 256; i++)
    split->is_split[i] = plan->rules.min_voxels[i] > 0;
  return true;
}

static bool
check_names (
    const LamSegmentObjects *objects, const LamSegmentRun *run, GError **error)
{
  const char *all[LAM_SEGMENT_N + 2] = { objects->labels_path,
    objects->list_path };
  memcpy (all + 2, run->paths, sizeof run->paths);
  for (int i = 0; i < 2; i++)
    for (int j = i + 1; all[i] && j < LAM_SEGMENT_N + 2; j++)
      if (all[j] && lam_output_is_same (all[i], all[j]))
        return lam_cli_usage_error (
            error, _ ("two results cannot both be %s"), all[i]);
  return lam_convert_find (objects->labels_path, error) != NULL;
}

bool
lam_segment_objects_prepare (const LamSegmentObjects *objects,
    const LamSegmentInput *input, const LamModel *model,
    const LamSegmentRun *run, LamObjectRun *plan, LamSplitRules *split,
    GError **error)
{
  bool is_in[256] = { false };
  double least[256];
  for (int i = 0; i < 256; i++)
    least[i] = 1;
  if (!objects->labels_path
      && (objects->list_path || objects->instances || objects->min_size
          || objects->split))
    return lam_cli_usage_error (error,
        _ ("--instances, --list, --min-size and --split are for --labels"));
  if (!objects->labels_path)
    return true;
  if (!check_names (objects, run, error)
      || !choose_classes (objects, input, model, run, is_in, error)
      || !lam_class_values_parse (
          "--min-size", objects->min_size, least, error))
    return false;
  plan->labels_path = objects->labels_path;
  plan->list_path = objects->list_path;
  memcpy (plan->voxel_size_nm, run->voxel_size_nm, sizeof plan->voxel_size_nm);
  plan->rules.connectivity = LAM_CONNECT_FACES;
  for (int i = 0; i < 256; i++)
    plan->rules.min_voxels[i] =
        is_in[i] ? (int64_t)ceil (fmin (least[i], 9e15)) : 0;
  plan->split = objects->split ? split : NULL;
  return !objects->split || fill_split (split, plan, error);
}

char *
lam_segment_objects_dup_note (
    const LamObjectRun *plan, const char *classes_note)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GString) text = g_string_new (classes_note);
  g_string_append_printf (text,
      "\nconnectivity: %d\nsplit: %d\nleast:", (int)plan->rules.connectivity,
      plan->split != NULL);
  for (int i = 0; i < 256; i++)
    g_string_append_printf (
        text, " %" G_GINT64_FORMAT, plan->rules.min_voxels[i]);
  g_checksum_update (sum, (const guchar *)text->str, -1);
  return g_strdup (g_checksum_get_string (sum));
}

bool
lam_segment_objects_do (const LamSegmentRun *run, LamObjectRun *plan,
    LamObjectReport *report, LamProgress *progress, GError **error)
{
  const char *path = run->paths[LAM_SEGMENT_CLASSES];
  g_autoptr (LamSource) classes =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, error);
  plan->classes = classes;
  bool done = classes && lam_segment_run_note (run, plan->labels_path, error)
      && (!plan->list_path
          || lam_segment_run_note (run, plan->list_path, error))
      && lam_object_run_do (plan, report, progress, error);
  plan->classes = NULL;
  if (!done)
    g_printerr (_ ("lamella-cli: %s is complete; “lamella-cli objects” makes "
                   "objects of it\n"),
        path);
  return done;
}
