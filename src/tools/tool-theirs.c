/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush whose paint is what a second person says: where it goes over, voxel
 * by voxel, their word becomes mine. The way is drawn while the button is
 * down, and written when it is let go; it is that person's who was looked at
 * when it began. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "tools/tool-draft.h"
#include "tools/tool-way.h"
#include "workspace/labelling.h"
#include "workspace/theirs.h"

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
  lam_tool_way_leave (box);
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_way_draw_in (box, camera, sketch, 0xffffff);
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
  .move = lam_tool_way_move,
  .release = release,
  .cancel = lam_tool_way_cancel,
  .leave = lam_tool_way_leave,
  .draw = draw,
};
