/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/opinions.h"

#include "labels/region.h"
#include "store/opinions.h"
#include "store/store-models.h"
#include "workspace/workspace-private.h"

/* In a worker, for the map. */
static LamOpinion *
read_cb (
    LamBrickKey key, gpointer slot, GCancellable *cancellable, GError **error)
{
  g_autoptr (LamStore) store = lam_store_slot_ref (slot);
  while (store) {
    GError *problem = NULL;
    LamOpinion *opinion =
        lam_store_read_opinion (store, key, cancellable, &problem);
    if (!problem)
      return opinion;
    if (!lam_store_slot_follow (slot, &store, cancellable)) {
      g_propagate_error (error, problem);
      return NULL;
    }
    g_error_free (problem);
  }
  return NULL;
}

void
lam_opinions_make (LamWorkspace *workspace)
{
  workspace->opinions =
      lam_opinion_map_new (workspace->size, 0, read_cb, &workspace->slot);
}

LamOpinionMap *
lam_workspace_get_opinions (LamWorkspace *workspace)
{
  g_return_val_if_fail (LAM_IS_WORKSPACE (workspace), NULL);
  return workspace->opinions;
}

/* --- at one voxel --------------------------------------------------------- */

typedef struct {
  LamOpinionMap *map; /* Borrowed: the pool ends before it */
  LamBrickKey key;
} Fetch;

static void
fetch_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fetch *fetch = data;
  GError *error = NULL;
  LamOpinion *opinion =
      lam_opinion_map_read (fetch->map, fetch->key, cancellable, &error);
  g_clear_pointer (&opinion, lam_opinion_unref);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  g_autoptr (GError) error = NULL;
  workspace->is_reading_opinion = false;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_signal_emit_by_name (workspace, "sources-changed");
  else
    g_debug ("what a network thinks: %s", error->message);
}

/* One at a time: where the pointer is when it comes is asked for next. */
static void
fetch (LamWorkspace *workspace, LamBrickKey key)
{
  if (workspace->is_reading_opinion)
    return;
  workspace->is_reading_opinion = true;
  Fetch wanted = { workspace->opinions, key };
  g_autoptr (GTask) task = g_task_new (workspace, NULL, fetched_cb, NULL);
  g_task_set_task_data (task, g_memdup2 (&wanted, sizeof wanted), g_free);
  g_task_run_in_thread (task, fetch_in_thread);
}

static LamBrickKey
get_key (const int64_t voxel[3])
{
  return (LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
    (int32_t)(voxel[1] / LAM_BRICK_EDGE),
    (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
}

static int
find_index (const int64_t voxel[3])
{
  return (int)(voxel[0] % LAM_BRICK_EDGE
      + LAM_BRICK_EDGE
          * (voxel[1] % LAM_BRICK_EDGE
              + LAM_BRICK_EDGE * (voxel[2] % LAM_BRICK_EDGE)));
}

/* False: it is on its way. */
static bool
try_opinion (
    LamWorkspace *workspace, const int64_t voxel[3], LamOpinion **opinion)
{
  if (lam_opinion_map_try (workspace->opinions, get_key (voxel), opinion))
    return true;
  fetch (workspace, get_key (voxel));
  return false;
}

LamOpinionState
lam_workspace_probe_opinion (LamWorkspace *workspace, const int64_t voxel[3],
    uint8_t *uncertainty, int32_t *second_class)
{
  g_autoptr (LamOpinion) opinion = NULL;
  uint32_t label;
  uint16_t source = LAM_SOURCE_UNSET;
  if (!workspace->store
      || !lam_label_map_try_voxel (workspace->labels, voxel, &label, &source)
      || source < LAM_SOURCE_FIRST_RUN)
    return LAM_OPINION_NONE;
  if (!try_opinion (workspace, voxel, &opinion))
    return LAM_OPINION_ON_ITS_WAY;
  return lam_opinion_get (
             opinion, find_index (voxel), source, uncertainty, second_class)
      ? LAM_OPINION_KNOWN
      : LAM_OPINION_NONE;
}

static bool
is_verified (const LamWorkspace *workspace, const int64_t voxel[3])
{
  g_autoptr (GArray) boxes = lam_regions_dup_verified (workspace->regions);
  return lam_boxes_contain (boxes, voxel);
}

/* Also of one that was removed. */
static bool
has_had_networks (const LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) models = lam_store_list_models (workspace->store, NULL);
  return !models || models->len > 0;
}

LamOpinionState
lam_workspace_probe_proposal (
    LamWorkspace *workspace, const int64_t voxel[3], LamProposed *proposed)
{
  g_autoptr (LamOpinion) opinion = NULL;
  LamProposed found;
  if (!workspace->store || !has_had_networks (workspace)
      || is_verified (workspace, voxel))
    return LAM_OPINION_NONE;
  const LamProbe probe = lam_workspace_probe (workspace, voxel);
  if (!probe.has_label || !try_opinion (workspace, voxel, &opinion))
    return LAM_OPINION_ON_ITS_WAY;
  const LamLabel *row =
      lam_class_table_get_label (workspace->classes, probe.label);
  const int32_t class_id = row && !row->deleted ? row->class_id : 0;
  const int index = find_index (voxel);
  if (probe.source == LAM_SOURCE_HUMAN || probe.source == LAM_SOURCE_ACCEPTED
      || !lam_opinion_get_first (opinion, index, &found.class_id)
      || !lam_opinion_get_next (
          opinion, index, &found.uncertainty, &found.second)
      || found.class_id == class_id)
    return LAM_OPINION_NONE;
  if (proposed)
    *proposed = found;
  return LAM_OPINION_KNOWN;
}
