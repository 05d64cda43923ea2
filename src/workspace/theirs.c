/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who is looked at may change while tiles of the one before are still being
 * cut, so whoever draws them holds a reference. A voice never changes; one that
 * was taken away reads as silence until the next look. */
#include "workspace/theirs.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/voices.h"
#include "workspace/labelling-private.h"
#include "workspace/workspace-private.h"

/* Of what is in memory of it. */
#define MAP_BYTES (INT64_C (128) << 20)

struct _LamTheirs {
  LamStoreSlot *slot; /* Borrowed: workers end before the workspace */
  /* Owned */
  LamVoice *voice;
  LamLabelMap *map;
  LamClassTable *classes;
};

LamTheirs *
lam_theirs_ref (LamTheirs *theirs)
{
  return g_rc_box_acquire (theirs);
}

static void
clear (gpointer data)
{
  LamTheirs *theirs = data;
  lam_voice_free (theirs->voice);
  lam_label_map_free (theirs->map);
  lam_class_table_free (theirs->classes);
}

void
lam_theirs_unref (LamTheirs *theirs)
{
  g_rc_box_release_full (theirs, clear);
}

const LamVoice *
lam_theirs_get_voice (const LamTheirs *theirs)
{
  return theirs->voice;
}

LamLabelMap *
lam_theirs_get_map (LamTheirs *theirs)
{
  return theirs->map;
}

const LamClassTable *
lam_theirs_get_classes (const LamTheirs *theirs)
{
  return theirs->classes;
}

char *
lam_theirs_dup_title (const LamTheirs *theirs, uint32_t label)
{
  const LamClass *background = lam_class_table_get_class (theirs->classes, 0);
  const LamLabel *row = lam_class_table_get_label (theirs->classes, label);
  const LamClass *class =
      row ? lam_class_table_get_class (theirs->classes, row->class_id) : NULL;
  if (label == 0)
    return g_strdup (background ? background->name : _ ("background"));
  if (!class || *row->name || theirs->voice->kind == LAM_VOICE_MERGE)
    return lam_labelling_dup_title (theirs->classes, label);
  /* Their numbers are not mine. */
  return class->has_instances
      ? g_strdup_printf (_ ("%s (their no. %u)"), class->name, label)
      : g_strdup (class->name);
}

void
lam_theirs_heed_classes (LamTheirs *theirs, const LamClassTable *classes)
{
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    const LamClass *old = lam_class_table_get_class (theirs->classes, row->id);
    if (!old || old->rgb != row->rgb || old->hidden != row->hidden
        || strcmp (old->name, row->name) != 0)
      lam_class_table_set_class (theirs->classes, row);
  }
}

/* ---- Reading ------------------------------------------------------------ */

/* In a worker, for the map. */
static LamLabelBrick *
read_cb (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  const LamTheirs *theirs = data;
  g_autoptr (LamStore) store = lam_store_slot_ref (theirs->slot);
  while (store) {
    GError *problem = NULL;
    LamLabelBrick *brick =
        lam_store_read_voice (store, theirs->voice->id, key, &problem);
    if (!problem)
      return brick;
    if (!lam_store_slot_follow (theirs->slot, &store, cancellable)) {
      g_propagate_error (error, problem);
      return NULL;
    }
    g_error_free (problem);
  }
  return NULL;
}

/* What there is to know of a voice, read in a worker. */
typedef struct {
  LamStore *store; /* Owned */
  int64_t wanted; /* 0: the newest */
  LamVoice *voice; /* Owned; NULL: there is none */
  GArray *keys; /* Owned; or NULL */
  GPtrArray *labels; /* Owned; of LamVoiceLabel; or NULL */
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;
  g_object_unref (look->store);
  g_clear_pointer (&look->voice, lam_voice_free);
  g_clear_pointer (&look->keys, g_array_unref);
  g_clear_pointer (&look->labels, g_ptr_array_unref);
  g_free (look);
}

/* Of one that is gone: the newest. */
static LamVoice *
choose (GPtrArray *voices, int64_t wanted)
{
  for (guint i = 0; i < voices->len; i++)
    if (((LamVoice *)voices->pdata[i])->id == wanted)
      return g_ptr_array_steal_index (voices, i);
  return voices->len > 0 ? g_ptr_array_steal_index (voices, voices->len - 1)
                         : NULL;
}

static void
look_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Look *look = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) voices = lam_store_list_voices (look->store, &error);
  look->voice = voices ? choose (voices, look->wanted) : NULL;
  if (look->voice)
    look->keys =
        lam_store_list_voice_bricks (look->store, look->voice->id, &error);
  if (look->keys)
    look->labels =
        lam_store_list_voice_labels (look->store, look->voice->id, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
}

/* A merge's labels are the project's own. */
static LamClassTable *
make_classes (
    const LamTheirs *theirs, const LamClassTable *own, const GPtrArray *labels)
{
  if (theirs->voice->kind == LAM_VOICE_MERGE)
    return lam_class_table_copy (own);
  LamClassTable *classes = lam_class_table_copy_classes (own);
  for (guint i = 0; i < labels->len; i++) {
    const LamVoiceLabel *label = labels->pdata[i];
    const LamLabel row = { .id = label->id,
      .name = label->name,
      .class_id = label->class_id,
      .rgb = LAM_RGB_AUTO };
    lam_class_table_set_label (classes, &row);
  }
  return classes;
}

static LamTheirs *
theirs_new (LamWorkspace *workspace, Look *look)
{
  LamTheirs *theirs = g_rc_box_new0 (LamTheirs);
  theirs->slot = &workspace->slot;
  theirs->voice = g_steal_pointer (&look->voice);
  theirs->map = lam_label_map_new (workspace->size, MAP_BYTES);
  lam_label_map_set_reader (theirs->map, read_cb, NULL, theirs);
  for (guint i = 0; i < look->keys->len; i++)
    lam_label_map_add_stored (theirs->map,
        lam_brick_key_unpack (g_array_index (look->keys, int64_t, i)));
  theirs->classes = make_classes (theirs, workspace->classes, look->labels);
  return theirs;
}

/* One that came in again, or was merged anew, may say something else. */
static bool
is_same (const LamVoice *a, const LamVoice *b)
{
  return a->id == b->id && a->time == b->time && a->kind == b->kind
      && a->edit == b->edit;
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWorkspace) workspace = user_data;
  Look *look = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  const bool done = g_task_propagate_boolean (G_TASK (result), &error);
  /* Another question was asked meanwhile. */
  if (G_TASK (result) != workspace->theirs_look || workspace->is_closing)
    return;
  workspace->theirs_look = NULL;
  if (!done) {
    lam_workspace_emit_message (workspace, error->message);
    return;
  }
  if (workspace->theirs && look->voice
      && is_same (workspace->theirs->voice, look->voice))
    return;
  g_autoptr (LamTheirs) old = g_steal_pointer (&workspace->theirs);
  if (look->voice)
    workspace->theirs = theirs_new (workspace, look);
  g_signal_emit_by_name (workspace, "theirs-changed");
}

/* Who is looked at, or will be; 0: nobody, or the newest. */
static int64_t
get_wanted (const LamWorkspace *workspace)
{
  if (workspace->theirs_look)
    return ((Look *)g_task_get_task_data (workspace->theirs_look))->wanted;
  return workspace->theirs ? workspace->theirs->voice->id : 0;
}

void
lam_workspace_look_at_theirs (LamWorkspace *workspace, int64_t voice)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  if (!workspace->store)
    return;
  if (voice != 0 && !workspace->theirs_look && voice == get_wanted (workspace))
    return;
  Look *look = g_new0 (Look, 1);
  look->store = g_object_ref (workspace->store);
  look->wanted = voice == 0 ? get_wanted (workspace) : voice;
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) task =
      g_task_new (NULL, NULL, looked_cb, g_object_ref (workspace));
  g_task_set_task_data (task, look, look_free);
  workspace->theirs_look = task;
  g_task_run_in_thread (task, look_in_thread);
}

static bool
has_merge (const LamHistoryStep *step)
{
  for (guint i = 0; i < step->history->len; i++) {
    const LamHistoryRow *row = step->history->pdata[i];
    if (strcmp (row->tool, "merge") == 0)
      return true;
  }
  return false;
}

void
lam_workspace_heed_step_of_theirs (
    LamWorkspace *workspace, const LamHistoryStep *step)
{
  if (has_merge (step))
    lam_workspace_look_at_theirs (workspace, 0);
}

LamTheirs *
lam_workspace_get_theirs (LamWorkspace *workspace)
{
  g_return_val_if_fail (LAM_IS_WORKSPACE (workspace), NULL);
  return workspace->theirs;
}

/* ---- At one voxel ------------------------------------------------------- */

typedef struct {
  LamTheirs *theirs; /* Owned */
  LamBrickKey key;
  uint64_t serial;
  LamLabelBrick *brick; /* Owned; or NULL */
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;
  g_clear_pointer (&fetch->brick, lam_label_brick_unref);
  g_free (fetch);
}

static void
fetch_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fetch *fetch = data;
  GError *error = NULL;
  fetch->brick =
      lam_label_map_read (fetch->theirs->map, fetch->key, cancellable, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWorkspace) workspace = user_data;
  Fetch *fetch = g_task_get_task_data (G_TASK (result));
  g_autoptr (LamTheirs) theirs = g_steal_pointer (&fetch->theirs);
  g_autoptr (GError) error = NULL;
  workspace->is_fetching_theirs = false;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_debug ("what a second person says: %s", error->message);
    return;
  }
  lam_label_map_insert (theirs->map, fetch->key, fetch->brick, fetch->serial);
  g_signal_emit_by_name (workspace, "sources-changed");
}

/* One at a time: where the pointer is when it comes is asked for next. */
static void
fetch_brick (LamWorkspace *workspace, const int64_t voxel[3])
{
  LamTheirs *theirs = workspace->theirs;
  if (workspace->is_fetching_theirs)
    return;
  workspace->is_fetching_theirs = true;
  Fetch *fetch = g_new0 (Fetch, 1);
  fetch->theirs = lam_theirs_ref (theirs);
  fetch->key = (LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
    (int32_t)(voxel[1] / LAM_BRICK_EDGE),
    (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
  fetch->serial = lam_label_map_get_serial (theirs->map);
  g_autoptr (GTask) task =
      g_task_new (NULL, NULL, fetched_cb, g_object_ref (workspace));
  g_task_set_task_data (task, fetch, fetch_free);
  g_task_run_in_thread (task, fetch_in_thread);
}

LamTheirsState
lam_workspace_probe_theirs (
    LamWorkspace *workspace, const int64_t voxel[3], uint32_t *label)
{
  uint16_t source;
  if (!workspace->theirs)
    return LAM_THEIRS_SILENT;
  if (lam_label_map_try_voxel (workspace->theirs->map, voxel, label, &source))
    return source == LAM_SOURCE_UNSET ? LAM_THEIRS_SILENT : LAM_THEIRS_SAY;
  fetch_brick (workspace, voxel);
  return LAM_THEIRS_ON_THEIR_WAY;
}
