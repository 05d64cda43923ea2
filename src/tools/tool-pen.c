/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* It keeps the camera of its last sample: by the time that it is to be lifted
 * the pane may show another slice. */
#include "tools/tool-pen.h"

#include <math.h>
#include <string.h>

struct _LamToolPen {
  bool is_down;
  LamCamera camera;
  LamPointerEvent event;
  double voxel[3]; /* of `event` */
  LamToolBox *box; /* Borrowed */
};

LamToolPen *
lam_tool_pen_new (LamToolBox *box)
{
  LamToolPen *pen = g_new0 (LamToolPen, 1);
  pen->box = box;
  return pen;
}

void
lam_tool_pen_free (LamToolPen *pen)
{
  g_free (pen);
}

bool
lam_tool_pen_is_down (const LamToolPen *pen)
{
  return pen->is_down && lam_tool_box_is_active (pen->box);
}

LamPointerFlags
lam_tool_pen_get_flags (const LamToolPen *pen)
{
  return pen->event.flags;
}

static void
take_place (LamToolPen *pen, const LamCamera *camera, const double voxel[3])
{
  pen->camera = *camera;
  memcpy (pen->voxel, voxel, sizeof pen->voxel);
  lam_camera_voxel_to_px (camera, voxel, &pen->event.x_px, &pen->event.y_px);
}

bool
lam_tool_pen_put_down (LamToolPen *pen, const LamCamera *camera,
    const double voxel[3], LamPointerFlags flags, GError **error)
{
  if (lam_tool_box_is_active (pen->box))
    return false;
  pen->event = (LamPointerEvent){ .pressure = 1, .flags = flags };
  take_place (pen, camera, voxel);
  if (!lam_tool_box_press (pen->box, camera, &pen->event, error))
    return false;
  pen->is_down = true;
  if (lam_tool_box_is_click (pen->box))
    lam_tool_pen_lift (pen);
  return true;
}

void
lam_tool_pen_carry (
    LamToolPen *pen, const LamCamera *camera, const double voxel[3])
{
  if (!lam_tool_pen_is_down (pen))
    return;
  if (camera->plane != pen->camera.plane
      || lam_camera_get_slice (camera) != lam_camera_get_slice (&pen->camera)) {
    lam_tool_pen_lift (pen);
    return;
  }
  const double from[3] = { pen->voxel[0], pen->voxel[1], pen->voxel[2] };
  double longest = 1;
  for (int i = 0; i < 3; i++)
    longest = fmax (longest, fabs (voxel[i] - from[i]));
  const int n = (int)ceil (longest);
  for (int step = 1; step <= n; step++) {
    double at[3];
    for (int i = 0; i < 3; i++)
      at[i] = from[i] + (voxel[i] - from[i]) * step / n;
    take_place (pen, camera, at);
    lam_tool_box_move (pen->box, camera, &pen->event);
  }
}

void
lam_tool_pen_lift (LamToolPen *pen)
{
  if (lam_tool_pen_is_down (pen))
    lam_tool_box_release (pen->box, &pen->camera, &pen->event);
  pen->is_down = false;
}
