/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* labels import: a label stack onto the volume of a project. */
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/class-choice.h"
#include "cli/class-map.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/label-transfer.h"

static char *option_as, *option_offset, *option_class, *option_objects,
    *option_map, *option_channel;
static gboolean option_renumber, option_zeros, option_over_human;

static const GOptionEntry options[] = {
  { "as", 0, 0, G_OPTION_ARG_STRING, &option_as,
      N_ ("What a number of the stack is: a label (labels, default) or a class "
          "(classes)"),
      N_ ("WHAT") },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel of the stack, from 0"), N_ ("N") },
  { "offset", 0, 0, G_OPTION_ARG_STRING, &option_offset,
      N_ ("Where the stack’s first voxel goes (0,0,0)"), N_ ("X,Y,Z") },
  { "class", 0, 0, G_OPTION_ARG_STRING, &option_class,
      N_ ("The class of labels that are new: number or name (1)"),
      N_ ("CLASS") },
  { "objects", 0, 0, G_OPTION_ARG_FILENAME, &option_objects,
      N_ ("Take each new label’s class from the list that “synthesize” wrote"),
      N_ ("FILE") },
  { "map", 0, 0, G_OPTION_ARG_STRING, &option_map,
      N_ ("With --as classes: which class a number means, where it is not the "
          "class of that number"),
      N_ ("N=CLASS,…") },
  { "renumber", 0, 0, G_OPTION_ARG_NONE, &option_renumber,
      N_ ("Give the labels fresh numbers"), NULL },
  { "zeros-erase", 0, 0, G_OPTION_ARG_NONE, &option_zeros,
      N_ ("Let 0 clear what is there"), NULL },
  { "over-human", 0, 0, G_OPTION_ARG_NONE, &option_over_human,
      N_ ("Write over voxels that a person painted"), NULL },
  { NULL },
};

static bool
parse_options (LamImportOptions *how, GError **error)
{
  static const char *const modes[] = { "labels", "classes", NULL };
  int64_t channel = -1;
  int mode = 0;
  if (!lam_argument_choice ("--as", option_as, modes, &mode, error)
      || !lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT - 1, &channel, error)
      || !lam_argument_triple (
          "--offset", option_offset, 0, how->offset, error))
    return false;
  how->mode = mode == 0 ? LAM_IMPORT_LABELS : LAM_IMPORT_CLASSES;
  how->nth_channel = (int)channel + 1;
  how->renumber = option_renumber;
  how->zeros_erase = option_zeros;
  how->over_human = option_over_human;
  if (mode == 1 && (option_class || option_objects || option_renumber))
    return lam_cli_usage_error (
        error, _ ("--class, --objects and --renumber are for --as labels"));
  if (mode == 0 && option_map)
    return lam_cli_usage_error (error, _ ("--map is for --as classes"));
  return true;
}

/* NULL without error when neither was given. */
static GArray *
read_map (const LamClassTable *classes, GError **error)
{
  if (option_map)
    return lam_class_map_parse (option_map, classes, error);
  if (option_objects)
    return lam_class_map_read_objects (option_objects, classes, error);
  return NULL;
}

static bool
import (LamWorkspace *workspace, const char *path, LamImportOptions *how,
    LamProgress *progress, LamImportResult *summary, GError **error)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamClass *row = lam_class_choice_find (
      classes, option_class ? option_class : "1", option_class ? error : NULL);
  if (!row && option_class)
    return false;
  how->class_id = row ? row->id : 0;
  g_autoptr (GArray) pairs = read_map (classes, error);
  if (!pairs && (option_map || option_objects))
    return false;
  how->map = pairs ? (const uint32_t (*)[2]) (void *)pairs->data : NULL;
  how->n_map = pairs ? pairs->len : 0;
  GAsyncResult *answer = NULL;
  lam_workspace_import_async (
      workspace, path, how, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_import_finish (workspace, result, summary, error);
}

static void
report (const LamImportResult *summary, bool json)
{
  if (!json) {
    g_print (_ ("%" G_GINT64_FORMAT " voxels labelled, %" G_GINT64_FORMAT
                " left as they were, %d new labels\n"),
        summary->n_voxels, summary->n_kept, summary->n_new_labels);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_integer (builder, "edit", summary->edit_id);
  lam_json_add_integer (builder, "voxels", summary->n_voxels);
  lam_json_add_integer (builder, "kept", summary->n_kept);
  lam_json_add_integer (builder, "new_labels", summary->n_new_labels);
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static bool
run (const LamCliCall *call, GError **error)
{
  LamImportOptions how = { 0 };
  LamImportResult summary = { 0 };
  if (!parse_options (&how, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = import (
      workspace, call->arguments[1], &how, call->progress, &summary, error);
  if (!lam_cli_close (workspace, done, error))
    return false;
  report (&summary, call->json);
  return true;
}

const LamCommand lam_command_labels_import = {
  .name = "labels import",
  .title = N_ ("Puts a label stack onto a project’s volume"),
  .usage = "PROJECT STACK",
  .help = N_ ("STACK holds uint8, uint16 or uint32 numbers; 0 is unlabelled. "
              "The import is one edit, all or nothing, and can be undone. What "
              "is locked, lies in a verified region or was painted by a person "
              "stays."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
