/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* region import-annotator, agreement and remove-annotator: a second person's
 * word on a region. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "cli/score-report.h"
#include "store/voices.h"
#include "workspace/annotator.h"
#include "workspace/quality.h"

#define KEPT_BYTES (INT64_C (16) << 20)

static char *option_as, *option_region, *option_with;

static const GOptionEntry import_options[] = {
  { "as", 0, 0, G_OPTION_ARG_STRING, &option_as,
      N_ ("The second annotator’s name"), N_ ("NAME") },
  { "region", 'r', 0, G_OPTION_ARG_STRING, &option_region,
      N_ ("Which region it is about, of a copy that does not say so"),
      N_ ("REGION") },
  { NULL },
};

static const GOptionEntry agreement_options[] = {
  { "with", 'w', 0, G_OPTION_ARG_STRING, &option_with,
      N_ ("With this annotator, where there are several"), N_ ("NAME") },
  { NULL },
};

/* ---- import-annotator --------------------------------------------------- */

/* `region` stays NULL without the option. */
static bool
choose_region (
    const GPtrArray *regions, const LamRegion **region, GError **error)
{
  if (option_region)
    *region = lam_cli_choose_region (regions, option_region, error);
  return !option_region || *region;
}

static bool
run_import (const LamCliCall *call, GError **error)
{
  const LamRegion *region = NULL;
  if (!option_as || !*option_as)
    return lam_cli_usage_error (error, _ ("--as needs the annotator’s name"));
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (LamStore) copy =
      store ? lam_cli_open_store_to_read (call->arguments[1], error) : NULL;
  if (!copy)
    return false;
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  g_autofree char *identity = lam_annotator_dup_identity (store);
  const LamAnnotatorProject project = {
    .store = store, .regions = regions, .classes = classes, .identity = identity
  };
  g_autoptr (LamVoice) voice = choose_region (regions, &region, error)
      ? lam_annotator_import (&project, copy, region, option_as, error)
      : NULL;
  if (!voice || !lam_store_close (store, error))
    return false;
  g_print (_ ("What “%s” says of region %d is in %s; the labels are as they "
              "were.\n"),
      voice->name, voice->region, call->arguments[0]);
  return true;
}

/* ---- agreement ---------------------------------------------------------- */

static const LamVoice *
choose_voice (const GPtrArray *voices, const LamRegion *region,
    const char *name, GError **error)
{
  const LamVoice *found = NULL;
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < voices->len; i++) {
    const LamVoice *voice = voices->pdata[i];
    if (voice->kind != LAM_VOICE_ANNOTATOR || voice->region != region->id
        || (name && strcmp (voice->name, name) != 0))
      continue;
    g_string_append_printf (names, "%s“%s”", found ? ", " : "", voice->name);
    if (found) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("Several annotators worked on region “%s”: choose by --with one "
             "of %s"),
          region->name, names->str);
      return NULL;
    }
    found = voice;
  }
  if (!found)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("No second annotator’s labels of region “%s” are here; “lamella-cli "
           "region import-annotator” brings them in"),
        region->name);
  return found;
}

static bool
measure (LamStore *store, const LamVoice *voice, const LamCliCall *call,
    GError **error)
{
  const LamVolumeRow *volume = lam_store_get_volume (store);
  g_autoptr (LamStoreSnapshot) snapshot =
      lam_store_snapshot_new (store, KEPT_BYTES, error);
  g_autoptr (LamQualityInput) mine = snapshot
      ? lam_quality_input_new (
          snapshot, call->arguments[0], volume->size, volume->voxel_size_nm)
      : NULL;
  g_autoptr (LamQualityInput) theirs =
      mine ? lam_quality_input_new_voice (store, snapshot, voice, error) : NULL;
  g_autoptr (GHashTable) ignored = g_hash_table_new (NULL, NULL);
  const LamQuality quality = { .truth = theirs,
    .test = mine,
    .kind = LAM_QUALITY_CLASSES,
    .box = voice->box,
    .ignored = ignored,
    .boundaries = true,
    .pieces = true };
  g_auto (LamQualityReport) report = { 0 };
  if (!theirs
      || !lam_quality_measure (&quality, &report, call->progress, error))
    return false;
  const LamScoreReport shown = { &quality, &report };
  if (call->json)
    lam_score_report_print_json (&shown);
  else
    lam_score_report_print (&shown);
  return true;
}

static bool
run_agreement (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  const LamRegion *region =
      lam_cli_choose_region (regions, call->arguments[1], error);
  g_autoptr (GPtrArray) voices =
      region ? lam_store_list_voices (store, error) : NULL;
  const LamVoice *voice =
      voices ? choose_voice (voices, region, option_with, error) : NULL;
  return voice && measure (store, voice, call, error);
}

/* ---- remove-annotator --------------------------------------------------- */

static bool
run_remove (const LamCliCall *call, GError **error)
{
  const char *name = call->arguments[2];
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  const LamRegion *region =
      lam_cli_choose_region (regions, call->arguments[1], error);
  g_autoptr (GPtrArray) voices =
      region ? lam_store_list_voices (store, error) : NULL;
  const LamVoice *voice =
      voices ? choose_voice (voices, region, name, error) : NULL;
  if (!voice)
    return false;
  if (!call->force) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("What “%s” says of region “%s” would be gone, and undo does not "
           "bring it back, only that person’s copy; --force takes it away"),
        name, region->name);
    return false;
  }
  if (!lam_store_remove_voice (store, voice->id, error)
      || !lam_store_close (store, error))
    return false;
  g_print (_ ("What “%s” said of region “%s” is gone\n"), name, region->name);
  return true;
}

const LamCommand lam_command_region_import_annotator = {
  .name = "region import-annotator",
  .title = N_ ("Brings a second annotator’s labels of a region in"),
  .usage = "PROJECT COPY",
  .help =
      N_ ("COPY is what “lamella-cli region export-blind” made, with that "
          "person’s labels. They are kept beside the project’s own, which "
          "stay as they are. “lamella-cli region agreement” says how well "
          "both agree, and where they do not is in “lamella-cli queue "
          "list”, to be decided on. A copy of another project, region, size "
          "or set of classes is refused."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = import_options,
  .run = run_import,
};

const LamCommand lam_command_region_agreement = {
  .name = "region agreement",
  .title = N_ ("Says how well two annotators of a region agree"),
  .usage = "PROJECT REGION",
  .help = N_ ("The figures of “lamella-cli score”, class by class, of the "
              "project’s labels against the second annotator’s. All of the "
              "region counts; what either left unlabelled is background."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = agreement_options,
  .has_json = true,
  .is_long = true,
  .run = run_agreement,
};

const LamCommand lam_command_region_remove_annotator = {
  .name = "region remove-annotator",
  .title = N_ ("Takes a second annotator’s labels of a region away"),
  .usage = "PROJECT REGION NAME",
  .help = N_ ("What “lamella-cli region import-annotator --as NAME” brought "
              "in, and all places where both differ. The project’s own labels "
              "stay, also those that were decided as NAME says. It cannot be "
              "undone, so it needs --force."),
  .min_arguments = 3,
  .max_arguments = 3,
  .has_force = true,
  .run = run_remove,
};
