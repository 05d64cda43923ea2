/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* model add, list, activate and remove: networks that are kept in a project. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/model-looks.h"
#include "workspace/model-states.h"
#include "workspace/project-models.h"

static char *option_name, *option_shipped;

static const GOptionEntry add_options[] = {
  { "shipped", 's', 0, G_OPTION_ARG_STRING, &option_shipped,
      N_ ("In place of a file, one that comes with Lamella: platelets"),
      N_ ("NAME") },
  { "name", 'n', 0, G_OPTION_ARG_STRING, &option_name,
      N_ ("What to call it; without it as the file"), N_ ("NAME") },
  { NULL },
};

/* ---- add ---------------------------------------------------------------- */

/* `path` NULL: one that comes with the program. */
static int64_t
add (LamWorkspace *workspace, const char *path, GError **error)
{
  GAsyncResult *answer = NULL;
  if (path)
    lam_workspace_add_model_async (
        workspace, path, option_name, lam_await_cb, &answer);
  else
    lam_workspace_add_shipped_model_async (
        workspace, option_shipped, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_add_model_finish (workspace, result, error);
}

static void
report_id (const char *name, int64_t id, bool json, const char *text)
{
  if (!json) {
    g_print ("%s %" G_GINT64_FORMAT "\n", text, id);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_integer (builder, name, id);
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static bool
run_add (const LamCliCall *call, GError **error)
{
  const char *path = call->arguments[1];
  if (!path == !option_shipped)
    return lam_cli_usage_error (
        error, _ ("Either a file or --shipped NAME is needed"));
  if (option_shipped && option_name)
    return lam_cli_usage_error (
        error, _ ("--shipped and --name exclude each other"));
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  int64_t id = add (workspace, path, error);
  if (!lam_cli_close (workspace, id != 0, error))
    return false;
  report_id ("model", id, call->json, _ ("Model"));
  return true;
}

const LamCommand lam_command_model_add = {
  .name = "model add",
  .title = N_ ("Keeps a network in a project"),
  .usage = "PROJECT [FILE.onnx]",
  .help = N_ ("Prints the model’s number. The file must be complete in itself; "
              "“network convert” makes one of a file with weights beside it."),
  .min_arguments = 1,
  .max_arguments = 2,
  .options = add_options,
  .has_json = true,
  .run = run_add,
};

/* ---- list --------------------------------------------------------------- */

static void
add_state (JsonBuilder *json, const LamModelState *state)
{
  static const char *const kinds[] = { "added", "last-layers", "whole" };
  static const char *const judges[] = { "nothing", "regions", "part" };
  lam_json_add_text (json, "kind", kinds[state->kind]);
  if (state->kind == LAM_MODEL_STATE_ADDED)
    return;
  lam_json_add_integer (json, "learned_from", state->n_voxels);
  lam_json_add_text (json, "judged_by", judges[state->judged_by]);
  if (state->judged_by == LAM_JUDGED_NOT)
    return;
  json_builder_set_member_name (json, "iou_before");
  json_builder_add_double_value (json, state->iou_before);
  json_builder_set_member_name (json, "iou_after");
  json_builder_add_double_value (json, state->iou_after);
}

static void
add_row (JsonBuilder *json, const LamModelRow *row, const LamModelState *state,
    bool is_active, bool is_asked)
{
  g_autofree char *time = lam_cli_dup_time (row->time);
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", row->id);
  lam_json_add_text (json, "name", row->name);
  lam_json_add_text (json, "time", time);
  lam_json_add_text (json, "hash", row->hash);
  lam_json_add_integer (json, "bytes", row->n_bytes);
  json_builder_set_member_name (json, "active");
  json_builder_add_boolean_value (json, is_active);
  json_builder_set_member_name (json, "asked_too");
  json_builder_add_boolean_value (json, is_asked);
  lam_json_add_integer (json, "parent", row->parent);
  add_state (json, state);
  json_builder_end_object (json);
}

static void
print_row (const LamModelRow *row, const LamModelState *state, char mark)
{
  g_autofree char *learned = lam_model_state_describe (state);
  g_autofree char *time = lam_cli_dup_time (row->time);
  g_autofree char *size = g_format_size ((guint64)row->n_bytes);
  g_print ("%c%5" G_GINT64_FORMAT "  %.19s  %10s  %s\n", mark, row->id, time,
      size, row->name);
  if (learned)
    g_print ("        %s\n", learned);
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GPtrArray) rows =
      store ? lam_store_list_models (store, error) : NULL;
  if (!rows)
    return false;
  int64_t active = lam_project_model_get_active (store);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++) {
    const LamModelRow *row = rows->pdata[i];
    if (row->removed)
      continue;
    LamModelState state = lam_project_model_get_state (store, row->id);
    const bool is_active = row->id == active;
    const bool is_asked = active != 0 && !is_active
        && lam_project_model_is_asked (store, row->id);
    add_row (builder, row, &state, is_active, is_asked);
    if (!call->json)
      print_row (row, &state, is_active ? '*' : is_asked ? '+' : ' ');
  }
  json_builder_end_array (builder);
  if (call->json)
    lam_json_print (builder);
  return true;
}

const LamCommand lam_command_model_list = {
  .name = "model list",
  .title = N_ ("Lists the networks of a project"),
  .usage = "PROJECT",
  .help = N_ ("A star marks the active one, a plus who is asked, too."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run_list,
};

/* ---- activate, remove --------------------------------------------------- */

static bool
activate (LamWorkspace *workspace, int64_t id, GError **error)
{
  GAsyncResult *answer = NULL;
  lam_workspace_activate_model_async (workspace, id, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_activate_model_finish (workspace, result, error);
}

static bool
change (const LamCliCall *call, int64_t least,
    bool (*act) (LamWorkspace *workspace, int64_t id, GError **error),
    GError **error)
{
  int64_t id = 0;
  if (!lam_argument_integer (
          "MODEL", call->arguments[1], least, G_MAXINT64, &id, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = act (workspace, id, error);
  return lam_cli_close (workspace, done, error);
}

static char *option_with, *option_looks;

static const GOptionEntry activate_options[] = {
  { "with", 0, 0, G_OPTION_ARG_STRING, &option_with,
      N_ ("Other networks of the project that are asked, too: the mean of what "
          "they say counts; 0: none"),
      N_ ("MODEL,MODEL,…") },
  { "looks", 0, 0, G_OPTION_ARG_STRING, &option_looks,
      N_ ("How often each looks at a place: 1, 4 (flipped) or 8 (turned, too); "
          "as many times slower"),
      "1|4|8" },
  { NULL },
};

static bool
set_copies (LamWorkspace *workspace, GError **error)
{
  int64_t n = 0;
  if (!option_looks)
    return true;
  if (!lam_argument_integer (
          "--looks", option_looks, 1, LAM_COPIES_TURNS, &n, error))
    return false;
  if (n != LAM_COPIES_ONE && n != LAM_COPIES_FLIPS && n != LAM_COPIES_TURNS)
    return lam_cli_usage_error (
        error, _ ("--looks needs 1, 4 or 8, not “%s”"), option_looks);
  lam_workspace_set_copies (workspace, (LamCopies)n);
  return true;
}

static bool
read_others (LamWorkspace *workspace, GArray *ids, GError **error)
{
  g_auto (GStrv) words = g_strsplit (option_with, ",", -1);
  for (int i = 0; words[i]; i++) {
    int64_t id = 0;
    if (!lam_argument_integer ("--with", words[i], 0, G_MAXINT64, &id, error))
      return false;
    g_autoptr (LamModelRow) row = id > 0
        ? lam_store_find_model (lam_workspace_get_store (workspace), id, error)
        : NULL;
    if (id > 0 && !row)
      return false;
    if (id > 0)
      g_array_append_val (ids, id);
  }
  return true;
}

static void
set_others (LamWorkspace *workspace, const GArray *ids)
{
  g_autoptr (GArray) before = lam_workspace_list_asked (workspace, 0);
  for (guint i = 0; i < before->len; i++)
    lam_workspace_set_asks_too (
        workspace, g_array_index (before, int64_t, i), false);
  for (guint i = 0; i < ids->len; i++)
    lam_workspace_set_asks_too (
        workspace, g_array_index (ids, int64_t, i), true);
}

/* With those that are asked, too, for it is looked whether they go together; of
 * what does not, nothing is changed. */
static bool
activate_with (LamWorkspace *workspace, int64_t id, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (int64_t));
  if (!option_with)
    return activate (workspace, id, error);
  if (!read_others (workspace, ids, error))
    return false;
  g_autoptr (GArray) before = lam_workspace_list_asked (workspace, 0);
  set_others (workspace, ids);
  if (activate (workspace, id, error))
    return true;
  set_others (workspace, before);
  return false;
}

static bool
activate_all (LamWorkspace *workspace, int64_t id, GError **error)
{
  return activate_with (workspace, id, error) && set_copies (workspace, error);
}

static bool
run_activate (const LamCliCall *call, GError **error)
{
  return change (call, 0, activate_all, error);
}

static bool
remove_model (LamWorkspace *workspace, int64_t id, GError **error)
{
  GAsyncResult *answer = NULL;
  lam_workspace_remove_model_async (workspace, id, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_remove_model_finish (workspace, result, error);
}

static bool
run_remove (const LamCliCall *call, GError **error)
{
  return change (call, 1, remove_model, error);
}

const LamCommand lam_command_model_activate = {
  .name = "model activate",
  .title = N_ ("Says which network of a project works beside the person"),
  .usage = "PROJECT MODEL",
  .help = N_ ("MODEL is a number of “model list”; 0: none. The names of its "
              "classes must be names of the project’s classes. Networks that "
              "are asked together must have the same classes. Who else is "
              "asked, and how often each looks, stays as it was without "
              "--with and --looks."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = activate_options,
  .run = run_activate,
};

const LamCommand lam_command_model_remove = {
  .name = "model remove",
  .title = N_ ("Takes a network out of a project"),
  .usage = "PROJECT MODEL",
  .help = N_ ("What it wrote stays. This cannot be undone."),
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run_remove,
};
