/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* region add, list, set and remove: named boxes of a project. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/regions.h"

static char *option_box, *option_role, *option_state, *option_note,
    *option_name;

static const GOptionEntry add_options[] = {
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Its voxels; the second corner is not in it (all)"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "role", 'r', 0, G_OPTION_ARG_STRING, &option_role,
      N_ ("work (default), train, validation, test or ignore"), N_ ("ROLE") },
  { "state", 's', 0, G_OPTION_ARG_STRING, &option_state,
      N_ ("“not started” (default), “in progress”, verified or flagged"),
      N_ ("STATE") },
  { "note", 'n', 0, G_OPTION_ARG_STRING, &option_note,
      N_ ("What you have to say about it, in words"), N_ ("TEXT") },
  { NULL },
};

static const GOptionEntry set_options[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &option_name, N_ ("Another name"),
      N_ ("NAME") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Its voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "role", 'r', 0, G_OPTION_ARG_STRING, &option_role,
      N_ ("work, train, validation, test or ignore"), N_ ("ROLE") },
  { "state", 's', 0, G_OPTION_ARG_STRING, &option_state,
      N_ ("“not started”, “in progress”, verified or flagged"), N_ ("STATE") },
  { "note", 'n', 0, G_OPTION_ARG_STRING, &option_note,
      N_ ("What you have to say about it, in words; “” for nothing"),
      N_ ("TEXT") },
  { NULL },
};

/* Changes what an option says. */
static bool
parse (LamRegion *region, GError **error)
{
  const char *roles[LAM_N_REGION_ROLES + 1] = { NULL };
  const char *states[LAM_N_REVIEWS + 1] = { NULL };
  int role = (int)region->role, state = (int)region->review;
  for (int i = 0; i < LAM_N_REGION_ROLES; i++)
    roles[i] = lam_region_role_name ((LamRegionRole)i);
  for (int i = 0; i < LAM_N_REVIEWS; i++)
    states[i] = lam_review_name ((LamReview)i);
  if (!lam_argument_choice ("--role", option_role, roles, &role, error)
      || !lam_argument_choice ("--state", option_state, states, &state, error)
      || !lam_argument_box ("--box", option_box, &region->box, error))
    return false;
  region->role = (LamRegionRole)role;
  region->review = (LamReview)state;
  if (option_note)
    region->note = option_note;
  return true;
}

static bool
run_add (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  g_autofree char *name = g_strdup (call->arguments[1]);
  LamRegion region = { .name = name };
  if (!workspace)
    return false;
  int32_t id = 0;
  region.box = lam_box_of_size (lam_workspace_get_size (workspace));
  if (parse (&region, error))
    id = lam_workspace_add_region (workspace, &region, error);
  if (!lam_cli_close (workspace, id > 0, error))
    return false;
  g_print ("%d\n", id);
  return true;
}

static bool
run_set (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  const LamRegion *now =
      lam_cli_find_region (workspace, call->arguments[1], error);
  bool done = false;
  if (now) {
    LamRegion region = *now;
    if (option_name)
      region.name = option_name;
    done = parse (&region, error)
        && lam_workspace_set_region (workspace, &region, error);
  }
  return lam_cli_close (workspace, done, error);
}

static void
print_json (const GPtrArray *regions)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = g_ptr_array_index (regions, i);
    json_builder_begin_object (json);
    lam_json_add_integer (json, "id", region->id);
    lam_json_add_text (json, "name", region->name);
    lam_json_add_text (json, "role", lam_region_role_name (region->role));
    lam_json_add_text (json, "state", lam_review_name (region->review));
    lam_json_add_box (json, "box", &region->box);
    lam_json_add_text (json, "note", region->note);
    if (region->damage)
      lam_json_add_text (json, "damage", region->damage);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  lam_json_print (json);
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  if (call->json) {
    print_json (regions);
    return true;
  }
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = g_ptr_array_index (regions, i);
    const int64_t *low = region->box.min, *high = region->box.max;
    g_autofree char *note = lam_cli_dup_line (region->note);
    g_autofree char *damage = region->damage
        ? g_strdup_printf (_ (" (damaged: %s)"), region->damage)
        : g_strdup ("");
    g_print ("%4d  %-10s  %-11s  %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
             ",%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
             ",%" G_GINT64_FORMAT "  %s%s%s%s\n",
        region->id, lam_region_role_name (region->role),
        lam_review_name (region->review), low[0], low[1], low[2], high[0],
        high[1], high[2], region->name, *note ? ": " : "", note, damage);
  }
  return true;
}

static bool
run_remove (const LamCliCall *call, GError **error)
{
  int64_t id = 0;
  if (!lam_argument_integer (
          "ID", call->arguments[1], 1, G_MAXINT32, &id, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = lam_workspace_remove_region (workspace, (int32_t)id, error);
  return lam_cli_close (workspace, done, error);
}

const LamCommand lam_command_region_add = {
  .name = "region add",
  .title = N_ ("Adds a named box to a project; prints its number"),
  .usage = "PROJECT NAME",
  .help = N_ ("What it is for (its role) and how far somebody looked at it "
              "(its state) decide what is trained with and what a training "
              "set holds. No network changes a voxel in a verified region."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = add_options,
  .run = run_add,
};

const LamCommand lam_command_region_set = {
  .name = "region set",
  .title = N_ ("Changes a region, by its name or its number"),
  .usage = "PROJECT REGION",
  .help = N_ ("What no option says stays as it is. One edit, which “undo” "
              "takes back. What is verified keeps its box until --state says "
              "that it is no longer."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = set_options,
  .run = run_set,
};

const LamCommand lam_command_region_list = {
  .name = "region list",
  .title = N_ ("Lists the regions of a project"),
  .usage = "PROJECT",
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run_list,
};

const LamCommand lam_command_region_remove = {
  .name = "region remove",
  .title = N_ ("Takes a region away, by its number"),
  .usage = "PROJECT ID",
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run_remove,
};
