/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush that paints whole supervoxels: those that the pointer comes over, in
 * the slice or in space. They are outlined before, and while the button is
 * down; what is outlined when it is let go is painted, in one edit. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "tools/tool-basins.h"
#include "workspace/opinions.h"
#include "workspace/labelling.h"

/* Where the stroke began, and what it paints; in the draft. */
static void
keep_start (LamToolDraft *draft, const LamFigureRequest *aim, uint32_t label)
{
  draft->plane = aim->plane;
  draft->label = label;
  memcpy (draft->voxel, aim->voxel, sizeof draft->voxel);
}

static bool
take_label (LamToolBox *box, bool erases, uint32_t *label, GError **error)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  *label = erases ? 0 : lam_workspace_take_label (workspace, error);
  return erases || *label != 0;
}

static void
touch (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  double at[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, at);
  lam_tool_basins_touch (lam_tool_box_get_basins (box), at);
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamFigureRequest aim = { 0 };
  uint32_t label;
  if (!lam_tool_box_aim (box, camera, event, &aim, error)
      || !take_label (box, event->flags & LAM_POINTER_ERASER, &label, error))
    return false;
  keep_start (lam_tool_box_get_draft (box), &aim, label);
  lam_tool_basins_begin (lam_tool_box_get_basins (box), camera->plane, label);
  touch (box, camera, event);
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  if (lam_tool_basins_get_voxels (lam_tool_box_get_basins (box)))
    touch (box, camera, event);
}

static bool
drop (LamToolBox *box)
{
  return lam_tool_basins_end (lam_tool_box_get_basins (box));
}

static void
cancel (LamToolBox *box)
{
  drop (box);
}

static void
act (LamToolBox *box, LamOverwrite overwrite)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamToolBasins *basins = lam_tool_box_get_basins (box);
  LamFigureRequest request = { .shape = lam_figure_find ("supervoxel"),
    .plane = draft->plane,
    .in_space = lam_tool_box_get_brush (box)->basins_in_space,
    .label = draft->label,
    .voxels = lam_tool_basins_get_voxels (basins) };
  memcpy (request.voxel, draft->voxel, sizeof request.voxel);
  if (!lam_tool_basins_is_complete (basins))
    lam_tool_acts_say (lam_tool_box_get_acts (box),
        _ ("Not all supervoxels here are found yet: only those that were "
           "outlined are painted"));
  if (!lam_voxel_set_is_empty (request.voxels))
    lam_tool_box_act (box, &request, overwrite);
  drop (box);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  if (lam_tool_basins_get_voxels (lam_tool_box_get_basins (box)))
    act (box, lam_tool_box_get_overwrite (box, event));
}

/* The voxel under the pointer, else that of the crosshair. */
static void
find_voxel (LamToolBox *box, LamPlane plane, int64_t voxel[3])
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  const double *at = lam_workspace_get_position (workspace);
  const int64_t *size = lam_workspace_get_size (workspace);
  if (lam_tool_box_get_hover (box, plane, voxel))
    return;
  for (int i = 0; i < 3; i++)
    voxel[i] = CLAMP ((int64_t)floor (at[i]), 0, size[i] - 1);
}

/* Without a pointer's press: the one there. */
static bool
act_there (LamToolBox *box, bool erases, GError **error)
{
  LamToolBasins *basins = lam_tool_box_get_basins (box);
  LamFigureRequest aim = { .plane = lam_tool_box_get_hover_plane (box) };
  double at[3];
  uint32_t label;
  if (!take_label (box, erases, &label, error))
    return false;
  find_voxel (box, aim.plane, aim.voxel);
  keep_start (lam_tool_box_get_draft (box), &aim, label);
  for (int i = 0; i < 3; i++)
    at[i] = (double)aim.voxel[i] + 0.5;
  lam_tool_basins_begin (basins, aim.plane, label);
  lam_tool_basins_touch (basins, at);
  if (lam_tool_basins_is_complete (basins)) {
    act (box, lam_tool_box_get_brush (box)->overwrite);
    return true;
  }
  drop (box);
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The supervoxel here is not found yet: try again in a moment"));
  return false;
}

/* What lies under the pointer; a crosshair points at no proposal. */
static LamOpinionState
probe_proposal (LamToolBox *box)
{
  int64_t voxel[3];
  return lam_tool_box_get_hover (box, lam_tool_box_get_hover_plane (box), voxel)
      ? lam_workspace_probe_proposal (
          lam_tool_box_get_workspace (box), voxel, NULL)
      : LAM_OPINION_NONE;
}

/* Enter is a proposal's where one is, and Shift+Enter is theirs everywhere, as
 * with other tools. */
static bool
accept (LamToolBox *box, bool erases, GError **error)
{
  const LamOpinionState state =
      erases ? LAM_OPINION_KNOWN : probe_proposal (box);
  if (state == LAM_OPINION_ON_ITS_WAY)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What is proposed here is still being read: try again in a "
           "moment"));
  return state == LAM_OPINION_NONE && act_there (box, false, error);
}

static bool
step_back (LamToolBox *box)
{
  g_autoptr (GError) error = NULL;
  if (!act_there (box, true, &error))
    lam_tool_acts_say (lam_tool_box_get_acts (box), error->message);
  return true;
}

/* Escape, another tool: none are looked for until they are drawn again. */
static bool
leave (LamToolBox *box)
{
  lam_tool_basins_rest (lam_tool_box_get_basins (box));
  return drop (box);
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  probe_proposal (box); /* so that it is read by the time of Enter */
  lam_tool_basins_draw (lam_tool_box_get_basins (box), camera, sketch);
}

const LamTool lam_tool_supervoxel = {
  .name = "supervoxel",
  .title = N_ ("Supervoxel brush"),
  .hint = N_ ("Drag over supervoxels to paint them whole, right-drag to erase; "
              "Alt+wheel: larger or smaller ones, Enter paints the one "
              "under the pointer, unless something is proposed there, "
              "Backspace erases it"),
  .icon_name = "lam-supervoxel-symbolic",
  .accelerator = "<Shift>b",
  .follows_pointer = true,
  .takes_eraser = true,
  .options = LAM_OPTION_OVERWRITE | LAM_OPTION_BASINS,
  .press = press,
  .move = move,
  .release = release,
  .cancel = cancel,
  .accept = accept,
  .leave = leave,
  .step_back = step_back,
  .draw = draw,
};
