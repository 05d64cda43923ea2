/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush whose paint is what a second person says: where it goes over, voxel
 * by voxel, their word becomes mine. The way is drawn while the button is
 * down, and written when it is let go; it is that person's who was looked at
 * when it began. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "tools/tool-draft.h"
#include "workspace/labelling.h"
#include "workspace/theirs.h"

#define STEP_PX 2.0

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest aim = { 0 };
  LamTheirs *theirs =
      lam_workspace_get_theirs (lam_tool_box_get_workspace (box));
  if (!theirs) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("No second person’s labels are in this project"));
    return false;
  }
  if (!lam_tool_box_aim (box, camera, event, &aim, error))
    return false;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  lam_tool_draft_begin (draft, camera, event);
  draft->voice = lam_theirs_get_voice (theirs)->id;
  g_array_append_val (draft->points, point);
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 0)
    return;
  const LamFigurePoint *last =
      &g_array_index (draft->points, LamFigurePoint, draft->points->len - 1);
  if (lam_tool_draft_distance_px (camera, last, event) < STEP_PX)
    return;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  g_array_append_val (draft->points, point);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  const bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

static void
cancel (LamToolBox *box)
{
  leave (box);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  const LamBrushSettings *brush = lam_tool_box_get_brush (box);
  const LamFigureRequest request = { .plane = draft->plane,
    .in_space = brush->shape == LAM_BRUSH_ELLIPSOID,
    .voxel = { draft->voxel[0], draft->voxel[1], draft->voxel[2] },
    .radius_nm = brush->radius_nm,
    .n_slices = brush->depth,
    .points = draft->points };
  if (draft->points->len > 0)
    lam_tool_box_take (box, draft->voice, &request);
  leave (box);
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_tool_draft_is_shown (draft, camera))
    return;
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)draft->points->data;
  for (guint i = 1; i < draft->points->len; i++) {
    const double a[2] = { points[i - 1].u, points[i - 1].v };
    const double b[2] = { points[i].u, points[i].v };
    lam_sketch_add_line (sketch, a, b, 0xffffff, LAM_SKETCH_FIRM);
  }
}

static char *
dup_hint (LamToolBox *box)
{
  LamTheirs *theirs =
      lam_workspace_get_theirs (lam_tool_box_get_workspace (box));
  return theirs
      ? g_strdup_printf (_ ("Drag over what “%s” drew better: there, what they "
                            "say becomes yours"),
          lam_theirs_get_voice (theirs)->name)
      : NULL;
}

const LamTool lam_tool_theirs = {
  .name = "theirs",
  .title = N_ ("Their brush"),
  .hint = N_ ("Drag over what the second person drew better: there, what they "
              "say becomes yours"),
  .dup_hint = dup_hint,
  .icon_name = "lam-theirs-symbolic",
  .accelerator = "<Alt>b",
  .shows_brush = true,
  .needs_theirs = true,
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH,
  .press = press,
  .move = move,
  .release = release,
  .cancel = cancel,
  .leave = leave,
  .draw = draw,
};
