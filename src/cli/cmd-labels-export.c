/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* labels export: what is labelled, as a TIFF stack. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/label-transfer.h"

static char *option_as, *option_box, *option_dtype;

static const GOptionEntry options[] = {
  { "as", 0, 0, G_OPTION_ARG_STRING, &option_as,
      N_ ("labels (default), classes, or sources (who said it)"), N_ ("WHAT") },
  { "box", 0, 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "dtype", 0, 0, G_OPTION_ARG_STRING, &option_dtype,
      N_ ("uint8, uint16, uint32 or smallest (default: uint32 for labels, "
          "uint8 for classes, uint16 for sources)"),
      N_ ("TYPE") },
  { NULL },
};

static bool
parse_options (LamExportOptions *how, GError **error)
{
  static const char *const whats[] = { "labels", "classes", "sources", NULL };
  static const LamDtype natural[] = { LAM_DTYPE_U32, LAM_DTYPE_U8,
    LAM_DTYPE_U16 };
  static const char *const types[] = { "uint8", "uint16", "uint32", "smallest",
    NULL };
  static const LamDtype dtypes[] = { LAM_DTYPE_U8, LAM_DTYPE_U16, LAM_DTYPE_U32,
    LAM_DTYPE_U32 };
  int what = LAM_EXPORT_LABELS, type = -1;
  if (!lam_argument_choice ("--as", option_as, whats, &what, error)
      || !lam_argument_choice ("--dtype", option_dtype, types, &type, error)
      || !lam_argument_box ("--box", option_box, &how->box, error))
    return false;
  how->what = (LamExportWhat)what;
  how->dtype = type < 0 ? natural[what] : dtypes[type];
  how->smallest = type == 3;
  return true;
}

static bool
check_box (LamWorkspace *workspace, const LamBox *box, GError **error)
{
  LamBox whole = lam_box_of_size (lam_workspace_get_size (workspace));
  LamBox inside = lam_box_intersect (box, &whole);
  if (lam_box_is_empty (box) || lam_box_equal (box, &inside))
    return true;
  return lam_cli_usage_error (error,
      _ ("--box reaches beyond the volume of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
      whole.max[0], whole.max[1], whole.max[2]);
}

static void
print_json (LamWorkspace *workspace, const char *path, const LamBox *box)
{
  LamBox whole = lam_box_of_size (lam_workspace_get_size (workspace));
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", path);
  lam_json_add_box (json, "box", lam_box_is_empty (box) ? &whole : box);
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run (const LamCliCall *call, GError **error)
{
  LamExportOptions how = { 0 };
  const char *const inputs[] = { call->arguments[0], NULL };
  if (!parse_options (&how, error)
      || !lam_output_check (call->arguments[1], inputs, call->force, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], NULL, NULL, error);
  if (!workspace || !check_box (workspace, &how.box, error))
    return false;
  GAsyncResult *answer = NULL;
  lam_workspace_export_async (workspace, call->arguments[1], &how,
      call->progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  if (!lam_workspace_export_finish (workspace, result, error))
    return false;
  if (call->json)
    print_json (workspace, call->arguments[1], &how.box);
  return true;
}

const LamCommand lam_command_labels_export = {
  .name = "labels export",
  .title = N_ ("Writes what is labelled as a TIFF stack"),
  .usage = "PROJECT STACK",
  .help = N_ ("The stack is deflate-compressed, and complete or not there at "
              "all. A number that does not fit the type is refused, never "
              "cut. Sources: 0 unset, 1 imported, 2 human, 3 accepted, from 16 "
              "on a model run."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
