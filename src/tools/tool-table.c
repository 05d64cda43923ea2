/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tools/tool-rows.h"

static const LamTool *const tools[] = {
  &lam_tool_navigate,
  &lam_tool_brush,
  &lam_tool_eraser,
  &lam_tool_theirs,
  &lam_tool_pick,
  &lam_tool_threshold,
  &lam_tool_membrane,
  &lam_tool_lasso,
  &lam_tool_polygon,
  &lam_tool_fill,
  &lam_tool_fill_space,
  &lam_tool_smart,
  &lam_tool_supervoxel,
  &lam_tool_merge,
  &lam_tool_split,
  &lam_tool_measure,
  &lam_tool_region,
  &lam_tool_note,
  NULL,
};

const LamTool *const *
lam_tool_get_all (void)
{
  return tools;
}

const LamTool *
lam_tool_find (const char *name)
{
  for (int i = 0; tools[i]; i++)
    if (strcmp (tools[i]->name, name) == 0)
      return tools[i];
  return NULL;
}
