/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* model map: which class of the project each class of a network is, as the
 * window's dialog asks it, kept in the same place. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/class-choice.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/model-classes.h"

/* In place of a class of the project. */
#define NOT_USED "-"

static gboolean option_list;

static const GOptionEntry options[] = {
  { "list", 'l', 0, G_OPTION_ARG_NONE, &option_list,
      N_ ("Only prints what is kept"), NULL },
  { NULL },
};

static char **
read_names (LamWorkspace *workspace, int64_t model, GError **error)
{
  GAsyncResult *answer = NULL;
  lam_workspace_read_model_classes_async (
      workspace, model, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_read_model_classes_finish (workspace, result, error);
}

/* Each class by its name where the project has it, the others not used. */
static GArray *
begin_fit (LamWorkspace *workspace, int64_t model, char **names)
{
  GArray *fit = lam_workspace_find_class_fit (
      workspace, model, (const char *const *)names, NULL);
  if (fit)
    return fit;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  fit = g_array_new (false, false, sizeof (int32_t));
  for (int i = 0; names[i]; i++) {
    const LamClass *row = lam_class_table_find_class (classes, names[i]);
    const int32_t id = row ? row->id : LAM_CLASS_FIT_NONE;
    g_array_append_val (fit, id);
  }
  return fit;
}

static int
find_name (char **names, const char *wanted, GError **error)
{
  for (int i = 0; names[i]; i++)
    if (strcmp (names[i], wanted) == 0)
      return i;
  g_autofree char *known = g_strjoinv (", ", names);
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The network has no class “%s”; it has: %s"), wanted, known);
  return -1;
}

/* "mito=mitochondrion"; a name may hold "=", so the longest that is a class of
 * the network counts. */
static bool
take_pair (const char *text, char **names, const LamClassTable *classes,
    GArray *fit, GError **error)
{
  const char *mark = strrchr (text, '=');
  if (!mark || mark == text || !mark[1])
    return lam_cli_usage_error (
        error, _ ("“%s” is not NETWORK-CLASS=PROJECT-CLASS"), text);
  g_autofree char *name = g_strndup (text, (gsize)(mark - text));
  int i = find_name (names, name, error);
  if (i < 0)
    return false;
  int32_t id = LAM_CLASS_FIT_NONE;
  if (strcmp (mark + 1, NOT_USED) != 0) {
    const LamClass *row = lam_class_choice_find (classes, mark + 1, error);
    if (!row)
      return false;
    id = row->id;
  }
  g_array_index (fit, int32_t, i) = id;
  return true;
}

static void
print (const LamClassTable *classes, char **names, const GArray *fit, bool json)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; names[i]; i++) {
    const LamClass *row =
        lam_class_table_get_class (classes, g_array_index (fit, int32_t, i));
    json_builder_begin_object (builder);
    lam_json_add_text (builder, "network", names[i]);
    if (row)
      lam_json_add_text (builder, "project", row->name);
    json_builder_end_object (builder);
    if (!json)
      g_print ("%s = %s\n", names[i], row ? row->name : NOT_USED);
  }
  json_builder_end_array (builder);
  if (json)
    lam_json_print (builder);
}

static bool
map (const LamCliCall *call, LamWorkspace *workspace, int64_t model,
    GError **error)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  g_auto (GStrv) names = read_names (workspace, model, error);
  if (!names)
    return false;
  g_autoptr (GArray) fit = begin_fit (workspace, model, names);
  for (int i = 2; call->arguments[i]; i++)
    if (!take_pair (call->arguments[i], names, classes, fit, error))
      return false;
  if (!option_list
      && !lam_workspace_set_class_fit (
          workspace, model, (const char *const *)names, fit, error))
    return false;
  print (classes, names, fit, call->json);
  return true;
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t model = 0;
  if (!lam_argument_integer (
          "MODEL", call->arguments[1], 1, G_MAXINT64, &model, error))
    return false;
  if (!option_list == !call->arguments[2])
    return lam_cli_usage_error (error,
        _ ("Either --list or at least one NETWORK-CLASS=PROJECT-CLASS is "
           "needed"));
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  return lam_cli_close (workspace, map (call, workspace, model, error), error);
}

const LamCommand lam_command_model_map = {
  .name = "model map",
  .title = N_ ("Says which class of the project is which class of a network"),
  .usage = "PROJECT MODEL [NETWORK-CLASS=PROJECT-CLASS …]",
  .help = N_ ("For a network whose classes have other names than the "
              "project’s. PROJECT-CLASS is a name or a number; “-”: what the "
              "network says of that class is left out. Classes that are not "
              "named stay as they were, or have the class of the same name. "
              "It is kept with the network and counts from now on."),
  .min_arguments = 2,
  .max_arguments = 260,
  .options = options,
  .has_json = true,
  .run = run,
};
