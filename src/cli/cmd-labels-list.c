/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* labels list, labels set: the labels of a project, how far a person is with
 * them, and their groups. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/label-groups.h"
#include "workspace/label-states.h"
#include "workspace/labelling.h"

static char *option_state, *option_group, *option_of_state, *option_of_group;
static gboolean option_verify;

#define STATES N_ ("“not started”, “in progress”, completed or flagged")

static const GOptionEntry list_options[] = {
  { "state", 's', 0, G_OPTION_ARG_STRING, &option_of_state, STATES,
      N_ ("STATE") },
  { "group", 'g', 0, G_OPTION_ARG_STRING, &option_of_group,
      N_ ("Only those of this group and of the groups in it"), N_ ("GROUP") },
  { NULL },
};

static const GOptionEntry set_options[] = {
  { "state", 's', 0, G_OPTION_ARG_STRING, &option_state, STATES, N_ ("STATE") },
  { "group", 'g', 0, G_OPTION_ARG_STRING, &option_group,
      N_ ("Put them into this group: names with “/” between them, or \"\" for "
          "none"),
      N_ ("GROUP") },
  { "verify", 0, 0, G_OPTION_ARG_NONE, &option_verify,
      N_ ("Accept what networks and files said of their voxels, and complete "
          "them"),
      NULL },
  { NULL },
};

static bool
parse_state (const char *text, int *state, GError **error)
{
  const char *names[LAM_N_LABEL_STATES + 1] = { NULL };
  for (int i = 0; i < LAM_N_LABEL_STATES; i++)
    names[i] = lam_label_state_name ((LamLabelState)i);
  return lam_argument_choice ("--state", text, names, state, error);
}

/* --- listing -------------------------------------------------------------- */

static const char *
get_class_name (const LamClassTable *classes, const LamLabel *label)
{
  const LamClass *class = lam_class_table_get_class (classes, label->class_id);
  return class ? class->name : "";
}

static void
add_json (
    JsonBuilder *json, const LamClassTable *classes, const LamLabel *label)
{
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", label->id);
  lam_json_add_text (json, "name", label->name);
  lam_json_add_text (json, "class", get_class_name (classes, label));
  lam_json_add_text (json, "state", lam_label_state_name (label->state));
  lam_json_add_text (json, "group", label->group ? label->group : "");
  json_builder_set_member_name (json, "locked");
  json_builder_add_boolean_value (json, label->locked);
  json_builder_end_object (json);
}

static void
print_text (const LamClassTable *classes, const LamLabel *label)
{
  g_print ("%8u  %-11s  %-20s  %-20s  %s%s\n", label->id,
      lam_label_state_name (label->state), get_class_name (classes, label),
      label->group ? label->group : "", label->name,
      label->locked ? _ ("  (locked)") : "");
}

/* Labels (LamLabel *, borrowed) that the options are about. */
static GPtrArray *
choose (const LamClassTable *classes, GError **error)
{
  int state = -1;
  g_autofree char *group = lam_label_group_clean (option_of_group, error);
  if (!group || !parse_state (option_of_state, &state, error))
    return NULL;
  GPtrArray *labels = g_ptr_array_new ();
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (!row->deleted && (state < 0 || (int)row->state == state)
        && (!*group || lam_label_group_holds (group, row->group)))
      g_ptr_array_add (labels, (gpointer)row);
  }
  return labels;
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  g_autoptr (GPtrArray) labels = choose (classes, error);
  if (!labels)
    return false;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < labels->len; i++)
    if (call->json)
      add_json (json, classes, labels->pdata[i]);
    else
      print_text (classes, labels->pdata[i]);
  json_builder_end_array (json);
  if (call->json)
    lam_json_print (json);
  return true;
}

/* --- setting -------------------------------------------------------------- */

/* "1,5,9" or "all"; uint32_t. */
static GArray *
parse_ids (LamWorkspace *workspace, const char *text, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (uint32_t));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  if (g_str_equal (text, "all")) {
    const LamClassTable *classes = lam_workspace_get_classes (workspace);
    for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++) {
      const LamLabel *row = lam_class_table_get_nth_label (classes, i);
      if (!row->deleted)
        g_array_append_val (ids, row->id);
    }
    return g_steal_pointer (&ids);
  }
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  for (char **part = parts; *part; part++) {
    int64_t number = 0;
    if (!lam_argument_integer ("LABELS", *part, 1, UINT32_MAX, &number, error))
      return NULL;
    const uint32_t id = (uint32_t)number;
    if (g_hash_table_add (seen, GUINT_TO_POINTER (id)))
      g_array_append_val (ids, id);
  }
  return g_steal_pointer (&ids);
}

static bool
verify (LamWorkspace *workspace, const GArray *ids, LamProgress *progress,
    GError **error)
{
  GAsyncResult *answer = NULL;
  int64_t n_voxels = 0;
  lam_workspace_verify_labels_async (workspace,
      (const uint32_t *)(gconstpointer)ids->data, ids->len, progress,
      lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  if (!lam_workspace_verify_labels_finish (workspace, result, &n_voxels, error))
    return false;
  g_print (_ ("%" G_GINT64_FORMAT " voxels accepted\n"), n_voxels);
  return true;
}

static bool
set (LamWorkspace *workspace, const LamCliCall *call, GError **error)
{
  int state = -1;
  g_autoptr (GArray) ids = parse_ids (workspace, call->arguments[1], error);
  if (!ids || !parse_state (option_state, &state, error))
    return false;
  const uint32_t *list = (const uint32_t *)(gconstpointer)ids->data;
  return (!option_group
             || lam_workspace_set_label_groups (
                 workspace, list, ids->len, option_group, error))
      && (state < 0
          || lam_workspace_set_label_states (
              workspace, list, ids->len, (LamLabelState)state, error))
      && (!option_verify || verify (workspace, ids, call->progress, error));
}

static bool
run_set (const LamCliCall *call, GError **error)
{
  if (!option_state && !option_group && !option_verify)
    return lam_cli_usage_error (
        error, _ ("--state, --group or --verify is needed"));
  if (option_state && option_verify)
    return lam_cli_usage_error (
        error, _ ("--state and --verify exclude each other"));
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  return lam_cli_close (workspace, set (workspace, call, error), error);
}

const LamCommand lam_command_labels_list = {
  .name = "labels list",
  .title = N_ ("Lists the labels of a project, with their state and group"),
  .usage = "PROJECT",
  .min_arguments = 1,
  .max_arguments = 1,
  .options = list_options,
  .has_json = true,
  .run = run_list,
};

const LamCommand lam_command_labels_set = {
  .name = "labels set",
  .title = N_ ("Says how far a person is with labels, or groups them"),
  .usage = "PROJECT LABELS",
  .help = N_ ("LABELS are numbers with commas between them, or “all”. What is "
              "completed is as if it were locked: neither a network nor a tool "
              "changes it until it has another state. Each option is one edit "
              "that “undo” takes back."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = set_options,
  .is_long = true,
  .run = run_set,
};
