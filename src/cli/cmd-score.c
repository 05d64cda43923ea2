/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* score: how well a segmentation agrees with the truth. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/score-report.h"
#include "cli/train-data.h"

static char *option_as, *option_classes, *option_voxel_size, *option_ignore,
    *option_box, *option_region, *option_map, *option_organelles;
static gboolean option_no_boundaries, option_no_objects;

static const GOptionEntry options[] = {
  { "as", 0, 0, G_OPTION_ARG_STRING, &option_as,
      N_ ("What the numbers are: classes or labels (files of 8 bits: classes, "
          "wider ones and projects: labels)"),
      N_ ("WHAT") },
  { "classes", 'c', 0, G_OPTION_ARG_STRING, &option_classes,
      N_ ("Names of the classes 0, 1, …, the background first; or "
          "NAME=NUMBER,…"),
      N_ ("NAME,…") },
  { "organelles", 'o', 0, G_OPTION_ARG_STRING, &option_organelles,
      N_ ("Which classes the mean of organelles is of, by number or name "
          "(a project’s: as it says; files’: as --classes calls them, or all "
          "but 0)"),
      N_ ("CLASS,…") },
  { "map", 'm', 0, G_OPTION_ARG_STRING, &option_map,
      N_ ("Which class of the segmentation a number of the truth is, by number "
          "or name; several may be one"),
      N_ ("THEIRS=OURS,…") },
  { "ignore", 'i', 0, G_OPTION_ARG_STRING, &option_ignore,
      N_ ("Voxels that are one of these in the truth do not count"),
      N_ ("N,…") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "region", 'r', 0, G_OPTION_ARG_STRING, &option_region,
      N_ ("Only this region of the project"), N_ ("NAME") },
  { "voxel-size", 'v', 0, G_OPTION_ARG_STRING, &option_voxel_size,
      N_ ("In nm, where the file does not say or is wrong"), N_ ("X,Y,Z") },
  { "no-boundaries", 0, 0, G_OPTION_ARG_NONE, &option_no_boundaries,
      N_ ("Leave out the distances of boundaries, which take most of the time"),
      NULL },
  { "no-objects", 0, 0, G_OPTION_ARG_NONE, &option_no_objects,
      N_ ("Leave out the connected pieces of classes: classes are objects "
          "then"),
      NULL },
  { NULL },
};

static bool
parse_ignored (GHashTable *ignored, GError **error)
{
  if (!option_ignore)
    return true;
  g_auto (GStrv) words = g_strsplit (option_ignore, ",", -1);
  for (int i = 0; words[i]; i++) {
    int64_t number = 0;
    if (!lam_argument_integer (
            "--ignore", words[i], 0, UINT32_MAX - 1, &number, error))
      return false;
    g_hash_table_add (ignored, GUINT_TO_POINTER ((guint)number));
  }
  return true;
}

/* Numbers of which the program could not tell what they are do not count, which
 * nobody must overlook. */
static void
tell_numbers (const LamQuality *quality, const LamQualityReport *report)
{
  const char *path = lam_quality_input_get_path (quality->truth);
  if (report->unknown_text)
    g_printerr (_ ("lamella-cli: %s has numbers that are no class here and do "
                   "not count: %s. --map says which class they are.\n"),
        path, report->unknown_text);
  for (guint i = 0; report->unused && i < report->unused->len; i++)
    g_printerr (_ ("lamella-cli: --map: %u does not occur in %s\n"),
        g_array_index (report->unused, uint32_t, i), path);
}

/* Owned; NULL: none was asked for, or with error. */
static LamTruthMap *
parse_map (const LamQuality *quality, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!option_map)
    return NULL;
  if (quality->kind == LAM_QUALITY_LABELS) {
    lam_cli_usage_error (
        error, _ ("--map is for classes: leave out --as labels"));
    return NULL;
  }
  LamTruthMap *map = lam_truth_map_parse (
      option_map, lam_quality_input_get_classes (quality->test), &local);
  if (!map)
    lam_cli_usage_error (error, _ ("--map: %s"), local->message);
  return map;
}

static bool
choose_region (LamQuality *quality, GError **error)
{
  LamQualityInput *inputs[] = { quality->truth, quality->test };
  if (!option_region)
    return true;
  if (option_box)
    return lam_cli_usage_error (
        error, _ ("--region and --box exclude each other"));
  for (int i = 0; i < 2; i++)
    if (lam_quality_input_is_project (inputs[i]))
      return lam_quality_input_find_region (
          inputs[i], option_region, &quality->box, error);
  return lam_cli_usage_error (
      error, _ ("--region needs a project, and neither of the two is one"));
}

static bool
parse (LamQuality *quality, GError **error)
{
  static const char *const kinds[] = { "auto", "classes", "labels", NULL };
  int kind = LAM_QUALITY_AUTO;
  if (!lam_argument_choice ("--as", option_as, kinds, &kind, error)
      || !lam_argument_box ("--box", option_box, &quality->box, error)
      || !lam_argument_lengths (
          "--voxel-size", option_voxel_size, quality->voxel_size_nm, error)
      || !parse_ignored (quality->ignored, error))
    return false;
  quality->kind = (LamQualityKind)kind;
  quality->boundaries = !option_no_boundaries;
  quality->pieces = !option_no_objects;
  return true;
}

/* Names as they were given take the place of what a project says. */
static bool
give_names (const LamTruthTable *table, char **names, LamQualityReport *report,
    GError **error)
{
  GPtrArray *list = report->class_names;
  if (table->n_classes > 0 && report->kind != LAM_QUALITY_CLASSES)
    return lam_cli_usage_error (
        error, _ ("--classes is for classes: say --as classes, too"));
  for (int i = 0; i < table->n_classes; i++) {
    if (table->values[i] >= list->len)
      return lam_cli_usage_error (error,
          _ ("--classes: %u is no class: they are numbers from 0 to 255"),
          table->values[i]);
    lam_quality_report_name_class (report, (int)table->values[i], names[i]);
  }
  return true;
}

/* -1 with error: there is no such class. */
static int
find_class (const LamQualityReport *report, const char *word, GError **error)
{
  const GPtrArray *names = report->class_names;
  guint64 number;
  for (guint i = 0; i < names->len; i++)
    if (names->pdata[i] && strcmp (names->pdata[i], word) == 0)
      return (int)i;
  if (names->len > 0
      && g_ascii_string_to_unsigned (
          word, 10, 0, names->len - 1, &number, NULL))
    return (int)number;
  lam_cli_usage_error (
      error, _ ("--organelles: neither of the two has a class “%s”"), word);
  return -1;
}

static bool
does_occur (const LamScore *score, int class_index)
{
  for (guint i = 0; i < score->classes->len; i++)
    if (g_array_index (score->classes, LamScoreClass, i).class_index
        == class_index)
      return true;
  return false;
}

/* A class that is nowhere is in no mean, which nobody must overlook. */
static bool
give_organelles (LamQualityReport *report, GError **error)
{
  if (!option_organelles)
    return true;
  if (report->class_names->len == 0)
    return lam_cli_usage_error (
        error, _ ("--organelles is for classes: say --as classes, too"));
  g_auto (GStrv) words = g_strsplit (option_organelles, ",", -1);
  g_autoptr (GHashTable) chosen = g_hash_table_new (NULL, NULL);
  for (int i = 0; words[i]; i++) {
    const int found = find_class (report, g_strstrip (words[i]), error);
    if (found < 0)
      return false;
    if (!does_occur (&report->score, found))
      g_printerr (_ ("lamella-cli: --organelles: no voxel that counts is of "
                     "class %s\n"),
          words[i]);
    g_hash_table_add (chosen, GINT_TO_POINTER (found));
  }
  lam_quality_report_set_organelles (report, chosen);
  return true;
}

static bool
run (const LamCliCall *call, GError **error)
{
  LamTruthTable table = { 0 };
  g_auto (GStrv) names = NULL;
  g_autoptr (GHashTable) ignored = g_hash_table_new (NULL, NULL);
  LamQuality quality = { .ignored = ignored };
  g_auto (LamQualityReport) report = { 0 };
  if (!parse (&quality, error)
      || (option_classes
          && !lam_train_data_parse_classes (
              option_classes, &table, &names, error)))
    return false;
  g_autoptr (LamQualityInput) test =
      lam_quality_input_open (call->arguments[0], error);
  g_autoptr (LamQualityInput) truth =
      test ? lam_quality_input_open (call->arguments[1], error) : NULL;
  quality.test = test;
  quality.truth = truth;
  g_autoptr (GHashTable) map = truth ? parse_map (&quality, error) : NULL;
  quality.map = map;
  if (!truth || (option_map && !map) || !choose_region (&quality, error)
      || !lam_quality_measure (&quality, &report, call->progress, error)
      || !give_names (&table, names, &report, error)
      || !give_organelles (&report, error))
    return false;
  tell_numbers (&quality, &report);
  const LamScoreReport shown = { &quality, &report };
  if (call->json)
    lam_score_report_print_json (&shown);
  else
    lam_score_report_print (&shown);
  return true;
}

const LamCommand lam_command_score = {
  .name = "score",
  .title = N_ ("Says how well a segmentation agrees with the truth"),
  .usage = "SEGMENTATION TRUTH",
  .help = N_ (
      "Both are volumes of whole numbers (TIFF, OME-Zarr) or projects, of one "
      "size; with --box or --region one of them may be that cut-out alone. "
      "IoU, Dice: of each class; means are over the classes that occur in "
      "either. Organelles are the classes of which a project says so or which "
      "--organelles tells; else all whose name is not of surroundings, such "
      "as cell or membrane, and without names all but 0, the background. "
      "Adapted "
      "Rand error: of all pairs of voxels where the truth is not 0. Precision "
      "is the share of the pairs together in the segmentation that are "
      "together in the truth, recall the other way round (scikit-image 0.19 "
      "names these two the other way round). Variation of "
      "information: split is what is cut too often, merge what is joined "
      "wrongly, in bits. Objects (labels but 0; of classes, their connected "
      "pieces) match if they share at least half, or three quarters, of what "
      "either covers. Boundary: the mean distance between the surfaces of a "
      "class, and that which 95 % of it lie within. What a project leaves "
      "unlabelled does not count where it is the truth, nor does class 255. "
      "Where the truth numbers its classes otherwise, --map 2=1,3=1,4=0 says "
      "which they are here; what it does not tell does not count, and is "
      "told. Two projects’ classes are those of the same name."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
