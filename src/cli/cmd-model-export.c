/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* model export: the ONNX file of a network of a project. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "workspace/model-export.h"

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t model = 0;
  if (!lam_argument_integer (
          "MODEL", call->arguments[1], 1, G_MAXINT64, &model, error))
    return false;
  g_autoptr (LamStore) store =
      lam_cli_open_store_to_read (call->arguments[0], error);
  if (!store)
    return false;
  GAsyncResult *answer = NULL;
  lam_model_export_async (NULL,
      &(LamModelExport){ .store = store,
          .model = model,
          .path = call->arguments[2],
          .may_replace = call->force },
      lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_model_export_finish (result, error);
}

const LamCommand lam_command_model_export = {
  .name = "model export",
  .title = N_ ("Writes a network of a project as an ONNX file"),
  .usage = "PROJECT MODEL FILE.onnx",
  .help = N_ ("The same bytes that were added, or that learning made. MODEL "
              "is a number of “model list”. The project is only read, also "
              "while somebody has it open."),
  .min_arguments = 3,
  .max_arguments = 3,
  .has_force = true,
  .run = run,
};
