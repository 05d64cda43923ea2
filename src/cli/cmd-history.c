/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* history: what was done to a project. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/history-names.h"

static char *option_limit, *option_who, *option_tool, *option_since,
    *option_until, *option_region, *option_box;
static gboolean option_all;

static const GOptionEntry options[] = {
  { "limit", 'n', 0, G_OPTION_ARG_STRING, &option_limit,
      N_ ("At most so many, the newest"), N_ ("N") },
  { "who", 'w', 0, G_OPTION_ARG_STRING, &option_who,
      N_ ("Of this person or network alone"), N_ ("NAME") },
  { "tool", 't', 0, G_OPTION_ARG_STRING, &option_tool,
      N_ ("Made with this tool alone"), N_ ("TOOL") },
  { "since", 's', 0, G_OPTION_ARG_STRING, &option_since,
      N_ ("From this moment on: 2026-11-26T17:40:00Z, or without Z in local "
          "time; or 2026-11-26, from the beginning of that day"),
      N_ ("TIME") },
  { "until", 'u', 0, G_OPTION_ARG_STRING, &option_until,
      N_ ("Before this moment; of a day all of it: 2026-11-26"), N_ ("TIME") },
  { "region", 'r', 0, G_OPTION_ARG_STRING, &option_region,
      N_ ("That touched this region, by name or number: its own box, and of a "
          "person’s edit the bricks of 64³ voxels that it changed, must meet "
          "it"),
      N_ ("REGION") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("That touched these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
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
    const char *detail = lam_history_get_detail (row);
    g_print ("%s%s%s\n", *detail ? "  " : "", detail,
        row->undone ? _ ("  (undone)") : "");
  }
}

static bool
find_region (LamStore *store, const char *name, LamBox *box, GError **error)
{
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  const LamRegion *region = lam_cli_choose_region (regions, name, error);
  if (region)
    *box = region->box;
  return region != NULL;
}

static bool
parse_filter (LamStore *store, LamHistoryFilter *filter, GError **error)
{
  *filter = (LamHistoryFilter){
    .who = option_who, .tool = option_tool, .has_steps = option_all
  };
  if (option_region && option_box)
    return lam_cli_usage_error (
        error, _ ("--region and --box do not go together"));
  return lam_argument_time (
             "--since", option_since, LAM_DAY_BEGINS, &filter->since, error)
      && lam_argument_time (
          "--until", option_until, LAM_DAY_ENDS, &filter->until, error)
      && lam_argument_box ("--box", option_box, &filter->box, error)
      && (!option_region
          || find_region (store, option_region, &filter->box, error));
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t limit = G_MAXINT;
  if (!lam_argument_integer (
          "--limit", option_limit, 1, G_MAXINT, &limit, error))
    return false;
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  LamHistoryFilter filter;
  g_autoptr (GPtrArray) rows = store && parse_filter (store, &filter, error)
      ? lam_store_filter_history (store, 0, (int)limit, &filter, error)
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
