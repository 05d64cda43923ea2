/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A second person's labels over one's own. They are read once somebody wants to
 * see them, and follow what of them is looked at. */
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/canvas-private.h"
#include "base/error.h"

static bool
are_shown (LamCanvas *canvas)
{
  gboolean shown;
  g_object_get (canvas->display, "show-theirs", &shown, NULL);
  return shown;
}

void
lam_canvas_update_theirs (LamCanvas *canvas)
{
  LamTheirs *theirs = canvas->workspace && are_shown (canvas)
      ? lam_workspace_get_theirs (canvas->workspace)
      : NULL;
  if (!canvas->renderer || theirs == canvas->theirs)
    return;
  /* Without a context nothing of them was drawn. */
  (void)lam_canvas_make_any_current (canvas);
  lam_renderer_set_theirs (canvas->renderer,
      theirs ? lam_theirs_get_map (theirs) : NULL,
      theirs ? lam_theirs_get_classes (theirs) : NULL);
  g_clear_pointer (&canvas->theirs, lam_theirs_unref);
  canvas->theirs = theirs ? lam_theirs_ref (theirs) : NULL;
  lam_canvas_queue_update (canvas);
  lam_announce (
      "THEIRS %s", theirs ? lam_theirs_get_voice (theirs)->name : "off");
}

/* There is nobody: says so, once it is known. */
static void
refuse (LamCanvas *canvas)
{
  g_autoptr (GError) error = g_error_new_literal (LAM_ERROR, LAM_ERROR_MISSING,
      _ ("Nobody else’s labels are in this project: bring a second person’s "
         "back by the menu, or merge their project"));
  g_object_set (canvas->display, "show-theirs", FALSE, NULL);
  lam_canvas_refuse (canvas, error);
}

static void
theirs_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  if (are_shown (canvas) && !lam_workspace_get_theirs (workspace))
    refuse (canvas);
  lam_canvas_update_theirs (canvas);
  lam_canvas_hover_changed (canvas);
}

static void
switched_cb (LamCanvas *canvas)
{
  if (!canvas->workspace)
    return;
  if (are_shown (canvas) && !lam_workspace_get_theirs (canvas->workspace))
    lam_workspace_look_at_theirs (canvas->workspace, 0);
  lam_canvas_update_theirs (canvas);
  lam_canvas_hover_changed (canvas);
}

void
lam_canvas_connect_theirs (LamCanvas *canvas)
{
  g_object_set (canvas->display, "show-theirs", FALSE, NULL);
  lam_workspace_look_at_theirs (canvas->workspace, 0);
  g_signal_connect_object (canvas->workspace, "theirs-changed",
      G_CALLBACK (theirs_changed_cb), canvas, 0);
  g_signal_connect_object (canvas->workspace, "stepped",
      G_CALLBACK (lam_workspace_heed_step_of_theirs), canvas, 0);
}

void
lam_canvas_heed_theirs (LamCanvas *canvas)
{
  g_signal_connect_object (canvas->display, "notify::show-theirs",
      G_CALLBACK (switched_cb), canvas, G_CONNECT_SWAPPED);
}
