/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/tool-scribble.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"

#define FIRST_RGB 0x33d17a
#define SECOND_RGB 0xff7800
#define MAX_STEPS 10000

static void
add (LamToolDraft *draft, const LamCamera *camera, const LamPointerEvent *event,
    bool begins)
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
  const int n = (int)fmin (ceil (way), MAX_STEPS);
  for (int step = begins ? 0 : 1; step <= n; step++) {
    for (int i = 0; i < 3; i++)
      seed.voxel[i] =
          (int64_t)floor (from[i] + (to[i] - from[i]) * step / MAX (n, 1));
    g_array_append_val (draft->seeds, seed);
    seed.begins = false;
  }
}

void
lam_tool_scribble_begin (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  add (lam_tool_box_get_draft (box), camera, event, true);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

void
lam_tool_scribble_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  add (lam_tool_box_get_draft (box), camera, event, false);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

bool
lam_tool_scribble_has (const LamToolDraft *draft, int side)
{
  for (guint i = 0; i < draft->seeds->len; i++)
    if (g_array_index (draft->seeds, LamFigureSeed, i).side == side)
      return true;
  return false;
}

bool
lam_tool_scribble_drop (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->seeds->len > 0;
  g_array_set_size (draft->seeds, 0);
  lam_tool_preview_drop (lam_tool_box_get_preview (box));
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

bool
lam_tool_scribble_accept (LamToolBox *box, bool erases, GError **error)
{
  if (lam_tool_box_get_draft (box)->seeds->len > 0)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("These scribbles mean nothing yet: draw another, or Escape"));
  return false;
}

bool
lam_tool_scribble_drop_last (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  guint n = draft->seeds->len;
  if (n == 0)
    return false;
  while (n > 1 && !g_array_index (draft->seeds, LamFigureSeed, n - 1).begins)
    n--;
  g_array_set_size (draft->seeds, n - 1);
  lam_tool_preview_drop (lam_tool_box_get_preview (box));
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

void
lam_tool_scribble_draw (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
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
    const uint32_t rgb = seed->side == 1 ? FIRST_RGB : SECOND_RGB;
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
