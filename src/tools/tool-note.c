/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Points with words: a click where there is none asks for a new one, a click on
 * one asks for what it says, a drag moves it (of a measurement the corner that
 * is held). Who watches the tool box asks, and writes what was answered. */
#include "tools/tool-note.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-rows.h"
#include "view/note-marks.h"
#include "workspace/notes.h"

#define GRAB_PX 10.0
/* A press that moves less is a click. */
#define CLICK_PX 4.0

int32_t
lam_tool_box_get_chosen_note (LamToolBox *box)
{
  return lam_tool_box_get_notes (box)->chosen;
}

static void
changed (LamToolBox *box)
{
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

void
lam_tool_box_choose_note (LamToolBox *box, int32_t id)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  if (notes->chosen == id)
    return;
  notes->chosen = id;
  changed (box);
}

const LamNote *
lam_tool_box_get_moved_note (LamToolBox *box)
{
  return lam_tool_box_get_notes (box)->moved;
}

void
lam_tool_box_draft_note (LamToolBox *box, const LamNote *note)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  g_clear_pointer (&notes->moved, lam_note_free);
  notes->moved = lam_note_copy (note);
  changed (box);
}

void
lam_tool_box_hide_notes (LamToolBox *box, bool are_hidden)
{
  lam_tool_box_get_notes (box)->are_hidden = are_hidden;
}

/* ---- Gestures ----------------------------------------------------------- */

static void
get_place (
    const LamCamera *camera, const LamPointerEvent *event, double place[3])
{
  const int w = lam_plane_w (camera->plane);
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, place);
  for (int i = 0; i < 3; i++)
    place[i] = CLAMP (place[i], 0, (double)camera->size[i]);
  place[w] = (double)lam_camera_get_slice (camera) + 0.5;
}

/* The one that is held there, 0: none. */
static int32_t
find_held (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  notes->corner = 0;
  return notes->are_hidden
      ? 0
      : lam_note_marks_find (
          lam_workspace_get_notes (lam_tool_box_get_workspace (box)), camera,
          event->x_px, event->y_px, GRAB_PX, &notes->corner);
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamFigureRequest unused;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Start a project first: notes are saved in it"));
    return false;
  }
  if (!lam_tool_box_aim (box, camera, event, &unused, error))
    return false;
  notes->has_moved = false;
  notes->press = *event;
  lam_tool_box_choose_note (box, find_held (box, camera, event));
  return true;
}

/* One that is there is held, and can be moved. */
static bool
is_click (LamToolBox *box)
{
  return lam_tool_box_get_notes (box)->chosen == 0;
}

/* Along the slice; how deep it lies it keeps. */
static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  const LamNote *note = lam_note_list_get (
      lam_workspace_get_notes (lam_tool_box_get_workspace (box)),
      notes->chosen);
  notes->has_moved |=
      hypot (event->x_px - notes->press.x_px, event->y_px - notes->press.y_px)
      >= CLICK_PX;
  if (!note || !notes->has_moved || notes->corner >= note->n_corners)
    return;
  double place[3];
  get_place (camera, event, place);
  g_clear_pointer (&notes->moved, lam_note_free);
  notes->moved = lam_note_copy (note);
  double *at = notes->moved->corners + 3 * notes->corner;
  at[lam_plane_u (camera->plane)] = place[lam_plane_u (camera->plane)];
  at[lam_plane_v (camera->plane)] = place[lam_plane_v (camera->plane)];
  changed (box);
}

static void
ask_for_new (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  double place[3];
  get_place (camera, event, place);
  const LamNote note = { .corners = place, .n_corners = 1 };
  lam_tool_acts_ask_note (lam_tool_box_get_acts (box), &note, event);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolNotes *notes = lam_tool_box_get_notes (box);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  g_autoptr (LamNote) moved = g_steal_pointer (&notes->moved);
  g_autoptr (GError) error = NULL;
  if (moved && !lam_workspace_set_note (workspace, moved, &error))
    lam_tool_acts_say (lam_tool_box_get_acts (box), error->message);
  changed (box);
  if (notes->has_moved)
    return;
  const LamNote *note =
      lam_note_list_get (lam_workspace_get_notes (workspace), notes->chosen);
  if (note)
    lam_tool_acts_ask_note (lam_tool_box_get_acts (box), note, event);
  else
    ask_for_new (box, camera, event);
}

static void
cancel (LamToolBox *box)
{
  lam_tool_box_draft_note (box, NULL);
}

static bool
leave (LamToolBox *box)
{
  const bool was_chosen = lam_tool_box_get_chosen_note (box) != 0;
  lam_tool_box_draft_note (box, NULL);
  lam_tool_box_choose_note (box, 0);
  return was_chosen;
}

const LamTool lam_tool_note = {
  .name = "note",
  .title = N_ ("Point"),
  .hint =
      N_ ("Click to set a point with a kind and a text, or on one to change "
          "it; drag moves it, Delete removes it"),
  .icon_name = "lam-note-symbolic",
  .accelerator = "<Shift>p",
  .press = press,
  .move = move,
  .is_click = is_click,
  .release = release,
  .cancel = cancel,
  .leave = leave,
};
