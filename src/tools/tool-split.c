/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Splits a label between scribbles: the left button draws on what stays, the
 * right one on what becomes a label of its own. As soon as there are both, the
 * cut is shown in all slices, and again after each scribble; Enter does it. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-draft.h"
#include "workspace/labelling.h"

#define KEPT_RGB 0x33d17a
#define NEW_RGB 0xff7800

/* Voxels from the last one of this scribble on, without gaps. */
static void
add_seeds (LamToolDraft *draft, const LamCamera *camera,
    const LamPointerEvent *event, bool begins)
{
  double to[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, to);
  LamFigureSeed seed = {
    .side = draft->erases ? 2 : 1, .begins = begins, .plane = camera->plane
  };
  double from[3] = { to[0], to[1], to[2] };
  if (!begins && draft->seeds->len > 0)
    for (int i = 0; i < 3; i++)
      from[i] = (double)g_array_index (
                    draft->seeds, LamFigureSeed, draft->seeds->len - 1)
                    .voxel[i]
          + 0.5;
  double way = 0;
  for (int i = 0; i < 3; i++)
    way = fmax (way, fabs (to[i] - from[i]));
  const int n = (int)fmin (ceil (way), 10000);
  for (int step = begins ? 0 : 1; step <= n; step++) {
    for (int i = 0; i < 3; i++)
      seed.voxel[i] =
          (int64_t)floor (from[i] + (to[i] - from[i]) * step / MAX (n, 1));
    g_array_append_val (draft->seeds, seed);
    seed.begins = false;
  }
}

/* The label is that of the first scribble's first voxel. */
static bool
begin (LamToolBox *box, LamToolDraft *draft, const LamFigureRequest *aim,
    GError **error)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamProbe probe = lam_workspace_probe (workspace, aim->voxel);
  if (!probe.has_label || probe.label == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        probe.has_label ? _ ("There is no label here to split")
                        : _ ("The labels here are still being read"));
    return false;
  }
  draft->label = probe.label;
  return true;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest aim = { 0 };
  if (!lam_tool_box_aim (box, camera, event, &aim, error)
      || (draft->seeds->len == 0 && !begin (box, draft, &aim, error)))
    return false;
  draft->erases = event->flags & LAM_POINTER_ERASER;
  add_seeds (draft, camera, event, true);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  add_seeds (lam_tool_box_get_draft (box), camera, event, false);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static bool
has_both (const LamToolDraft *draft)
{
  int found = 0;
  for (guint i = 0; i < draft->seeds->len; i++)
    found |= g_array_index (draft->seeds, LamFigureSeed, i).side;
  return found == 3;
}

static void
show (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest request = { .shape = lam_figure_find ("split"),
    .in_space = true,
    .label = draft->label,
    .seeds = draft->seeds };
  if (has_both (draft))
    lam_tool_box_preview (box, &request, LAM_OVERWRITE_EVERYTHING);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  show (box);
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->seeds->len > 0;
  g_array_set_size (draft->seeds, 0);
  lam_tool_preview_drop (lam_tool_box_get_preview (box));
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

/* The last scribble. */
static bool
step_back (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  guint n = draft->seeds->len;
  if (n == 0)
    return false;
  while (n > 1 && !g_array_index (draft->seeds, LamFigureSeed, n - 1).begins)
    n--;
  g_array_set_size (draft->seeds, n - 1);
  lam_tool_preview_drop (lam_tool_box_get_preview (box));
  show (box);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  const int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane),
            w = lam_plane_w (camera->plane);
  const int64_t slice = lam_camera_get_slice (camera);
  for (guint i = 0; i < draft->seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (draft->seeds, LamFigureSeed, i);
    const LamFigureSeed *last = i > 0 ? seed - 1 : NULL;
    const double at[2] = { (double)seed->voxel[u] + 0.5,
      (double)seed->voxel[v] + 0.5 };
    const uint32_t rgb = seed->side == 1 ? KEPT_RGB : NEW_RGB;
    if (seed->voxel[w] != slice)
      continue;
    if (seed->begins)
      lam_sketch_add_point (sketch, at, rgb);
    else if (last && last->voxel[w] == slice) {
      const double from[2] = { (double)last->voxel[u] + 0.5,
        (double)last->voxel[v] + 0.5 };
      lam_sketch_add_line (sketch, from, at, rgb, LAM_SKETCH_FIRM);
    }
  }
}

const LamTool lam_tool_split = {
  .name = "split",
  .title = N_ ("Split a label"),
  .hint = N_ ("Scribble on what stays, with the right button on what becomes a "
              "new label; Enter splits, Backspace takes a scribble back"),
  .icon_name = "lam-split-symbolic",
  .accelerator = "k",
  .takes_eraser = true,
  .press = press,
  .move = move,
  .release = release,
  .leave = leave,
  .step_back = step_back,
  .draw = draw,
};
