/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Makes two labels one: by a drag from the one that stays to the other, or by a
 * click on what is to become the label that is painted with. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-draft.h"
#include "workspace/labelling.h"

/* A way shorter than this is a click, in pixels. */
#define CLICK_PX 4.0

/* The label under the pointer; 0 with error. */
static uint32_t
find_label (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, LamFigureRequest *request, GError **error)
{
  if (!lam_tool_box_aim (box, camera, event, request, error))
    return 0;
  LamProbe probe =
      lam_workspace_probe (lam_tool_box_get_workspace (box), request->voxel);
  if (!probe.has_label || probe.label == 0)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        probe.has_label ? _ ("There is no label here to merge")
                        : _ ("The labels here are still being read"));
  return probe.has_label ? probe.label : 0;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest request = { 0 };
  if (find_label (box, camera, event, &request, error) == 0)
    return false;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  lam_tool_draft_begin (draft, camera, event);
  g_array_append_val (draft->points, point);
  g_array_append_val (draft->points, point);
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 2)
    g_array_index (draft->points, LamFigurePoint, 1) =
        lam_tool_draft_point (camera, event);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

/* Tells through the watcher, as an act that failed does. */
static void
refuse (LamToolBox *box, const GError *error)
{
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamToolActs *acts = lam_tool_box_get_acts (box);
  lam_tool_acts_begun (acts, _ ("Merging"), progress);
  lam_tool_acts_ended (acts, progress, 0, error);
}

static void
merge (
    LamToolBox *box, LamFigureRequest *request, uint32_t kept, uint32_t other)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  if (kept == 0 || kept == other) {
    g_set_error_literal (&error, LAM_ERROR, LAM_ERROR_INPUT,
        kept == 0 ? _ ("Choose the label that stays first, or drag from it")
                  : _ ("That is the same label already: drag to another one"));
    refuse (box, error);
    return;
  }
  g_array_append_val (labels, other);
  request->shape = lam_figure_find ("merge");
  request->label = kept;
  request->labels = labels;
  lam_tool_box_act (box, request, LAM_OVERWRITE_EVERYTHING);
  lam_workspace_set_active_label (lam_tool_box_get_workspace (box), kept);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  g_autoptr (GError) error = NULL;
  LamFigureRequest request = { 0 };
  if (draft->points->len < 2)
    return;
  const LamFigurePoint *from =
      &g_array_index (draft->points, LamFigurePoint, 0);
  bool is_click = lam_tool_draft_distance_px (camera, from, event) < CLICK_PX;
  LamProbe start =
      lam_workspace_probe (lam_tool_box_get_workspace (box), draft->voxel);
  uint32_t end = find_label (box, camera, event, &request, &error);
  leave (box);
  if (end == 0)
    refuse (box, error);
  else if (is_click)
    merge (box, &request,
        lam_workspace_get_active_label (lam_tool_box_get_workspace (box)), end);
  else
    merge (box, &request, start.has_label ? start.label : 0, end);
}

static void
cancel (LamToolBox *box)
{
  leave (box);
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_draft_draw (box, camera, true, sketch);
}

const LamTool lam_tool_merge = {
  .name = "merge",
  .title = N_ ("Merge labels"),
  .hint = N_ ("Drag from the label that stays to another one; or click what "
              "becomes the label you paint with"),
  .icon_name = "lam-merge-symbolic",
  .accelerator = "m",
  .press = press,
  .move = move,
  .release = release,
  .cancel = cancel,
  .leave = leave,
  .draw = draw,
};
