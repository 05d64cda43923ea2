/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* history: what was done to a project. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"

static char *option_limit;
static gboolean option_all;

static const GOptionEntry options[] = {
  { "limit", 'n', 0, G_OPTION_ARG_STRING, &option_limit,
      N_ ("At most so many, the newest"), N_ ("N") },
  { "all", 'a', 0, G_OPTION_ARG_NONE, &option_all,
      N_ ("List undo and redo themselves too"), NULL },
  { NULL },
};

static void
add_row (JsonBuilder *json, const LamHistoryRow *row)
{
  g_autofree char *time = lam_cli_dup_time (row->time);
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", row->id);
  lam_json_add_text (json, "time", time);
  lam_json_add_text (json, "who", row->who);
  lam_json_add_text (json, "tool", row->tool);
  lam_json_add_text (json, "detail", row->detail);
  lam_json_add_box (json, "box", &row->box);
  lam_json_add_integer (json, "voxels", row->n_voxels);
  json_builder_set_member_name (json, "undone");
  json_builder_add_boolean_value (json, row->undone);
  if (row->target)
    lam_json_add_integer (json, "target", row->target);
  json_builder_end_object (json);
}

static void
print_json (GPtrArray *rows)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < rows->len; i++)
    add_row (json, g_ptr_array_index (rows, i));
  json_builder_end_array (json);
  lam_json_print (json);
}

static void
print_text (GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = g_ptr_array_index (rows, i);
    g_autofree char *time = lam_cli_dup_time (row->time);
    const int64_t *low = row->box.min, *high = row->box.max;
    g_print ("%6" G_GINT64_FORMAT "  %.19s  %-12s %-10s", row->id, time,
        row->who, row->tool);
    if (!lam_box_is_empty (&row->box))
      g_print (" %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
               "–%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT,
          low[0], low[1], low[2], high[0], high[1], high[2]);
    g_print ("%s%s%s\n", *row->detail ? "  " : "", row->detail,
        row->undone ? _ ("  (undone)") : "");
  }
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t limit = G_MAXINT;
  if (!lam_argument_integer (
          "--limit", option_limit, 1, G_MAXINT, &limit, error))
    return false;
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GPtrArray) rows = store
      ? lam_store_read_history (store, 0, (int)limit, option_all, error)
      : NULL;
  if (!rows)
    return false;
  if (call->json)
    print_json (rows);
  else
    print_text (rows);
  return true;
}

const LamCommand lam_command_history = {
  .name = "history",
  .title = N_ ("Lists what was done to a project, newest first"),
  .usage = "PROJECT",
  .help = N_ ("With --json: a list of edits, each with id, time (UTC), who, "
              "tool, detail, box (x0, y0, z0, x1, y1, z1 in voxels), voxels "
              "and undone."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .run = run,
};
