/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A worker looks; only the answer to the last question is shown. It counts its
 * references, for one may come after its owner has gone. */
#include "app/dissent-outline.h"

#include "app/announce.h"
#include "app/message-dialog.h"
#include "base/error.h"
#include "workspace/dissent-look.h"

struct _LamDissentOutline {
  LamPlace place;
  /* Owned */
  LamWorkspace *workspace; /* NULL: nothing is outlined */
  LamProgress *looking; /* or NULL */
  /* Borrowed */
  LamCanvas *canvas; /* or NULL once it is gone */
};

typedef struct {
  LamDissentOutline *outline; /* Owned */
  LamProgress *progress; /* Owned */
} Look;

/* Of what the other person says; of background, which has no colour of its own
 * beside an image, white. */
static uint32_t
get_their_rgb (LamDissentOutline *outline)
{
  const LamClass *row = lam_class_table_get_class (
      lam_workspace_get_classes (outline->workspace), outline->place.second);
  return row && row->id != 0 ? row->rgb : 0xffffff;
}

static void
show (LamDissentOutline *outline, GHashTable *voxels, const GError *error)
{
  g_clear_pointer (&outline->looking, lam_progress_unref);
  if (outline->canvas)
    lam_canvas_set_outline (outline->canvas,
        voxels ? lam_voxel_outline_new (voxels, get_their_rgb (outline))
               : NULL);
  if (voxels)
    lam_announce ("OUTLINE %u", g_hash_table_size (voxels));
  else if (outline->canvas && !lam_error_is_cancelled (error))
    lam_toast_show (GTK_WIDGET (outline->canvas), error->message);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) voxels =
      lam_workspace_look_at_dissent_finish (result, &error);
  if (look->outline->looking == look->progress)
    show (look->outline, voxels, error);
  lam_progress_unref (look->progress);
  lam_dissent_outline_unref (look->outline);
  g_free (look);
}

static void
stop (LamDissentOutline *outline)
{
  if (outline->looking)
    lam_progress_cancel (outline->looking);
  g_clear_pointer (&outline->looking, lam_progress_unref);
}

/* What was outlined stays until the answer. */
static void
look_again (LamDissentOutline *outline)
{
  Look *look = g_new0 (Look, 1);
  stop (outline);
  look->outline = g_rc_box_acquire (outline);
  look->progress = lam_progress_new ();
  outline->looking = lam_progress_ref (look->progress);
  lam_workspace_look_at_dissent_async (
      outline->workspace, &outline->place, look->progress, looked_cb, look);
}

static void
changed (LamDissentOutline *outline, const LamBox *box)
{
  const LamBox met = lam_box_intersect (box, &outline->place.box);
  if (!lam_box_is_empty (&met))
    look_again (outline);
}

/* By a network, an undo, … */
static void
labels_changed_cb (LamWorkspace *workspace, const LamBox *box, gboolean is_live,
    LamDissentOutline *outline)
{
  if (!is_live)
    changed (outline, box);
}

/* What is looked at is what is saved. */
static void
edited_cb (LamWorkspace *workspace, const LamHistoryRow *row,
    LamDissentOutline *outline)
{
  changed (outline, &row->box);
}

void
lam_dissent_outline_look (
    LamDissentOutline *outline, LamWorkspace *workspace, const LamPlace *place)
{
  lam_dissent_outline_drop (outline);
  outline->workspace = g_object_ref (workspace);
  outline->place = *place;
  g_signal_connect (
      workspace, "labels-changed", G_CALLBACK (labels_changed_cb), outline);
  g_signal_connect (workspace, "edited", G_CALLBACK (edited_cb), outline);
  look_again (outline);
}

void
lam_dissent_outline_drop (LamDissentOutline *outline)
{
  if (!outline || !outline->workspace)
    return;
  stop (outline);
  g_signal_handlers_disconnect_by_data (outline->workspace, outline);
  g_clear_object (&outline->workspace);
  if (outline->canvas)
    lam_canvas_set_outline (outline->canvas, NULL);
}

LamDissentOutline *
lam_dissent_outline_new (LamCanvas *canvas)
{
  LamDissentOutline *outline = g_rc_box_new0 (LamDissentOutline);
  g_set_weak_pointer (&outline->canvas, canvas);
  return outline;
}

static void
clear (gpointer outline)
{
  g_clear_weak_pointer (&((LamDissentOutline *)outline)->canvas);
}

void
lam_dissent_outline_unref (LamDissentOutline *outline)
{
  g_rc_box_release_full (outline, clear);
}
