/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* region add, region list, region remove: named boxes of a project. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/regions.h"

static char *option_box, *option_role, *option_state;

static const GOptionEntry options[] = {
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Its voxels; the second corner is not in it (all)"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "role", 'r', 0, G_OPTION_ARG_STRING, &option_role,
      N_ ("work (default), train, validation, test or ignore"), N_ ("ROLE") },
  { "state", 's', 0, G_OPTION_ARG_STRING, &option_state,
      N_ ("“not started” (default), “in progress”, verified or flagged"),
      N_ ("STATE") },
  { NULL },
};

static bool
parse (LamWorkspace *workspace, LamRegion *region, GError **error)
{
  const char *roles[LAM_N_REGION_ROLES + 1] = { NULL };
  const char *states[LAM_N_REVIEWS + 1] = { NULL };
  int role = LAM_REGION_WORK, state = LAM_REVIEW_NOT_STARTED;
  for (int i = 0; i < LAM_N_REGION_ROLES; i++)
    roles[i] = lam_region_role_name ((LamRegionRole)i);
  for (int i = 0; i < LAM_N_REVIEWS; i++)
    states[i] = lam_review_name ((LamReview)i);
  region->box = lam_box_of_size (lam_workspace_get_size (workspace));
  if (!lam_argument_choice ("--role", option_role, roles, &role, error)
      || !lam_argument_choice ("--state", option_state, states, &state, error)
      || !lam_argument_box ("--box", option_box, &region->box, error))
    return false;
  region->role = (LamRegionRole)role;
  region->review = (LamReview)state;
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
  if (parse (workspace, &region, error))
    id = lam_workspace_add_region (workspace, &region, error);
  if (!lam_cli_close (workspace, id > 0, error))
    return false;
  g_print ("%d\n", id);
  return true;
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
    g_print ("%4d  %-10s  %-11s  %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
             ",%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
             ",%" G_GINT64_FORMAT "  %s\n",
        region->id, lam_region_role_name (region->role),
        lam_review_name (region->review), low[0], low[1], low[2], high[0],
        high[1], high[2], region->name);
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
  .options = options,
  .run = run_add,
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
