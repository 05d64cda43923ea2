/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What makes a first draw slow, one thing after the other. */
#include "view/renderer-private.h"

static void
prepare (LamPane *pane)
{
  lam_pane_begin (pane);
  lam_pane_end ();
}

static void
compose_first (LamPane *pane)
{
  if (lam_pane_begin (pane))
    lam_pane_compose (pane);
  lam_pane_end ();
}

/* Of no area: nothing is to be seen of it. */
static void
draw_nothing (const LamPane *pane, GLuint array)
{
  const LamSliceVertex corners[3] = { 0 };
  glBindVertexArray (array);
  glBindBuffer (GL_ARRAY_BUFFER, pane->buffer);
  glBufferData (GL_ARRAY_BUFFER, sizeof corners, corners, GL_STREAM_DRAW);
  glDrawArrays (GL_TRIANGLES, 0, G_N_ELEMENTS (corners));
  glFlush ();
}

/* False when there is no such program. */
static bool
use_nth_program (LamPane *pane, int n)
{
  static const float matrix[16];
  const LamSliceState state = lam_pane_make_state (pane, matrix);
  if (n == 0)
    lam_overlay_layer_use (pane->renderer->overlay_layer);
  else if (state.labels == NULL
      || !lam_slice_layer_use_nth (pane->renderer->slice_layer, &state, n - 1))
    return false;
  return true;
}

static bool
warm_program (LamPane *pane, int n)
{
  const bool there = lam_pane_begin (pane) && use_nth_program (pane, n);
  if (there)
    draw_nothing (pane, n == 0 ? pane->overlay_array : pane->slice_array);
  lam_pane_end ();
  return there;
}

/* What all panes need, until they may draw. */
static bool
warm_renderer (LamPane *pane, GError **error)
{
  LamRenderer *renderer = pane->renderer;
  if (!lam_renderer_take_warming (renderer, pane))
    return false;
  if (!lam_renderer_realize (renderer, error)) {
    lam_renderer_stop_warming (renderer, pane);
    return false;
  }
  const int step = lam_renderer_next_warming (renderer);
  switch (step) {
  case LAM_WARM_LINK: /* done */
    return true;
  case LAM_WARM_PREPARE:
    prepare (pane);
    return true;
  case LAM_WARM_COMPOSE:
    compose_first (pane);
    return true;
  default:
    return warm_program (pane, step - LAM_WARM_PROGRAMS);
  }
}

bool
lam_pane_is_ready (const LamPane *pane)
{
  return lam_renderer_is_ready (pane->renderer) && pane->framebuffer != 0;
}

bool
lam_pane_warm (LamPane *pane, GError **error)
{
  if (!lam_pane_has_picture (pane))
    return false;
  if (pane->framebuffer != 0 || !lam_renderer_is_ready (pane->renderer))
    return warm_renderer (pane, error);
  compose_first (pane);
  return true;
}
