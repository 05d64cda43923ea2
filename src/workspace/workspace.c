/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The object itself: what is open, where the crosshair is, what is under a
 * voxel. Work on the project goes through queue.c. */
#include "workspace/workspace.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "workspace/image-saving.h"
#include "workspace/labelling-private.h"
#include "workspace/notes-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

G_DEFINE_FINAL_TYPE (LamWorkspace, lam_workspace, G_TYPE_OBJECT)

enum {
  POSITION_CHANGED,
  LABELS_CHANGED,
  CLASSES_CHANGED,
  REGIONS_CHANGED,
  NOTES_CHANGED,
  MODELS_CHANGED,
  EDITED,
  STEPPED,
  CLOSING,
  SOURCES_CHANGED,
  HISTORY_CHANGED,
  SAVE_STATE_CHANGED,
  PROJECT_CHANGED,
  IMAGE_CHANGED,
  OPINIONS_CHANGED,
  THEIRS_CHANGED,
  SHOW_BOX,
  MESSAGE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
lam_workspace_init (LamWorkspace *workspace)
{
  g_mutex_init (&workspace->slot.lock);
  workspace->settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  workspace->fetching =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  workspace->run_names =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  workspace->joined = g_hash_table_new (NULL, NULL);
  g_queue_init (&workspace->operations);
  workspace->exports = g_ptr_array_new ();
  workspace->classes = lam_class_table_new ();
  workspace->saved = lam_class_table_new ();
  workspace->numbers = lam_label_numbers_new ();
  workspace->regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  workspace->notes = lam_note_list_new ();
  for (int i = 0; i < 3; i++)
    workspace->voxel_size_nm[i] = 1;
}

static void
lam_workspace_finalize (GObject *object)
{
  LamWorkspace *workspace = LAM_WORKSPACE (object);
  /* The workers first: they read through the map and the slot. */
  g_clear_pointer (&workspace->pool, lam_job_pool_free);
  lam_queue_clear (workspace);
  g_hash_table_unref (workspace->joined);
  g_ptr_array_unref (workspace->exports);
  g_clear_pointer (&workspace->labels, lam_label_map_free);
  g_clear_pointer (&workspace->theirs, lam_theirs_unref);
  g_clear_pointer (&workspace->opinions, lam_opinion_map_free);
  g_clear_pointer (&workspace->classes, lam_class_table_free);
  g_clear_pointer (&workspace->saved, lam_class_table_free);
  lam_label_numbers_unref (workspace->numbers);
  g_ptr_array_unref (workspace->regions);
  g_clear_pointer (&workspace->notes, lam_note_list_free);
  g_clear_object (&workspace->slot.store);
  g_clear_object (&workspace->store);
  g_clear_object (&workspace->volume);
  g_hash_table_unref (workspace->settings);
  g_hash_table_unref (workspace->fetching);
  g_hash_table_unref (workspace->run_names);
  g_clear_error (&workspace->save_error);
  g_clear_error (&workspace->operation_error);
  g_free (workspace->copy_folder);
  g_free (workspace->path);
  g_free (workspace->title);
  g_free (workspace->image_problem);
  g_free (workspace->read_only_reason);
  g_mutex_clear (&workspace->slot.lock);
  G_OBJECT_CLASS (lam_workspace_parent_class)->finalize (object);
}

static guint
add_signal (const char *name, guint n, GType a, GType b)
{
  return g_signal_new (name, LAM_TYPE_WORKSPACE, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, n, a, b);
}

static void
lam_workspace_class_init (LamWorkspaceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_workspace_finalize;
  signals[POSITION_CHANGED] = add_signal ("position-changed", 0, 0, 0);
  signals[LABELS_CHANGED] =
      add_signal ("labels-changed", 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[CLASSES_CHANGED] = add_signal ("classes-changed", 0, 0, 0);
  signals[REGIONS_CHANGED] = add_signal ("regions-changed", 0, 0, 0);
  signals[NOTES_CHANGED] = add_signal ("notes-changed", 0, 0, 0);
  signals[MODELS_CHANGED] = add_signal ("models-changed", 0, 0, 0);
  signals[EDITED] = add_signal ("edited", 1, G_TYPE_POINTER, 0);
  signals[STEPPED] = add_signal ("stepped", 1, G_TYPE_POINTER, 0);
  signals[CLOSING] = add_signal ("closing", 0, 0, 0);
  signals[SOURCES_CHANGED] = add_signal ("sources-changed", 0, 0, 0);
  signals[HISTORY_CHANGED] = add_signal ("history-changed", 0, 0, 0);
  signals[SAVE_STATE_CHANGED] = add_signal ("save-state-changed", 0, 0, 0);
  signals[PROJECT_CHANGED] = add_signal ("project-changed", 0, 0, 0);
  signals[IMAGE_CHANGED] = add_signal ("image-changed", 0, 0, 0);
  signals[OPINIONS_CHANGED] =
      add_signal ("opinions-changed", 1, G_TYPE_POINTER, 0);
  signals[THEIRS_CHANGED] = add_signal ("theirs-changed", 0, 0, 0);
  signals[SHOW_BOX] = add_signal ("show-box", 1, G_TYPE_POINTER, 0);
  signals[MESSAGE] = add_signal ("message", 1, G_TYPE_STRING, 0);
}

void
lam_workspace_emit_labels (
    LamWorkspace *workspace, const LamBox *box, bool live)
{
  if (lam_box_is_empty (box))
    return;
  /* Whose word counts may be another run's, whose is not there yet. */
  if (!live)
    lam_opinion_map_drop (workspace->opinions, box);
  g_signal_emit (workspace, signals[LABELS_CHANGED], 0, box, (gboolean)live);
}

void
lam_workspace_emit_message (LamWorkspace *workspace, const char *text)
{
  g_signal_emit (workspace, signals[MESSAGE], 0, text);
}

/* --- attaching ---------------------------------------------------------- */

LamStore *
lam_store_slot_ref (LamStoreSlot *slot)
{
  g_mutex_lock (&slot->lock);
  LamStore *store = slot->store ? g_object_ref (slot->store) : NULL;
  g_mutex_unlock (&slot->lock);
  return store;
}

bool
lam_store_slot_follow (
    LamStoreSlot *slot, LamStore **store, GCancellable *cancellable)
{
  g_autoptr (LamStore) now = lam_store_slot_ref (slot);
  if (!now || now == *store || g_cancellable_is_cancelled (cancellable))
    return false;
  g_set_object (store, now);
  return true;
}

/* A LamLabelBrick, or with a stride a LamCoarseBrick of the part. Any worker.
 */
static gpointer
read_stored (LamStoreSlot *slot, LamBrickKey key, LamBrickPart part,
    const int *stride, GCancellable *cancellable, GError **error)
{
  g_autoptr (LamStore) store = lam_store_slot_ref (slot);
  while (store) {
    GError *problem = NULL;
    gpointer brick = stride
        ? (gpointer)lam_store_read_coarse_brick (
            store, key, part, stride, cancellable, &problem)
        : (gpointer)lam_store_read_brick (store, key, cancellable, &problem);
    if (!problem)
      return brick;
    if (!lam_store_slot_follow (slot, &store, cancellable)) {
      g_propagate_error (error, problem);
      return NULL;
    }
    g_error_free (problem);
  }
  return NULL;
}

/* The next two for the label map. */
static LamLabelBrick *
read_stored_brick (
    LamBrickKey key, gpointer slot, GCancellable *cancellable, GError **error)
{
  return read_stored (slot, key, LAM_PART_LABELS, NULL, cancellable, error);
}

static LamCoarseBrick *
read_stored_coarse (LamBrickKey key, LamBrickPart part, const int stride[3],
    gpointer slot, GCancellable *cancellable, GError **error)
{
  return read_stored (slot, key, part, stride, cancellable, error);
}

static void
set_slot (LamWorkspace *workspace, LamStore *store)
{
  g_mutex_lock (&workspace->slot.lock);
  g_set_object (&workspace->slot.store, store);
  g_mutex_unlock (&workspace->slot.lock);
}

static void
make_labels (LamWorkspace *workspace, const int64_t size[3])
{
  if (workspace->labels)
    return;
  memcpy (workspace->size, size, sizeof workspace->size);
  workspace->labels = lam_label_map_new (size, workspace->how.label_bytes);
  lam_label_map_set_reader (workspace->labels, read_stored_brick,
      read_stored_coarse, &workspace->slot);
  lam_opinions_make (workspace);
  for (int i = 0; i < 3; i++)
    workspace->position[i] = (double)(size[i] / 2) + 0.5;
}

void
lam_workspace_attach_volume (LamWorkspace *workspace, LamSource *source)
{
  LamVolumeSettings settings = lam_workspace_get_volume_settings (workspace);
  workspace->volume = lam_volume_new (source, &settings);
  make_labels (workspace, lam_volume_get_size (workspace->volume));
  g_clear_pointer (&workspace->image_problem, g_free);
  if (!workspace->knows_voxel_size
      && lam_volume_knows_voxel_size (workspace->volume)) {
    memcpy (workspace->voxel_size_nm,
        lam_volume_get_voxel_size_nm (workspace->volume),
        sizeof workspace->voxel_size_nm);
    workspace->knows_voxel_size = true;
  }
}

static void
restore_position (LamWorkspace *workspace)
{
  g_autofree char *text = lam_workspace_dup_setting (workspace, "position");
  if (!text)
    return;
  g_auto (GStrv) parts = g_strsplit (text, " ", 4);
  if (g_strv_length (parts) != 3)
    return;
  double voxel[3];
  for (int i = 0; i < 3; i++)
    voxel[i] = g_ascii_strtod (parts[i], NULL);
  lam_workspace_set_position (workspace, voxel);
}

static void
store_moved_cb (LamStore *store, LamWorkspace *workspace)
{
  g_autofree char *text = g_strdup_printf (
      _ ("%s was deleted or replaced by another program while it was open. "
         "What you paint stays in memory: save a copy."),
      lam_store_get_path (store));
  lam_workspace_emit_message (workspace, text);
}

static void
set_store (LamWorkspace *workspace, LamStore *store)
{
  if (workspace->store)
    g_signal_handlers_disconnect_by_data (workspace->store, workspace);
  g_set_object (&workspace->store, store);
  set_slot (workspace, store);
  g_signal_connect_object (
      store, "moved", G_CALLBACK (store_moved_cb), workspace, 0);
  g_free (workspace->title);
  workspace->title = g_path_get_basename (lam_store_get_path (store));
  g_free (workspace->read_only_reason);
  workspace->read_only_reason =
      g_strdup (lam_store_get_read_only_reason (store));
}

static void
take_saved (LamWorkspace *workspace, LamStore *store)
{
  lam_class_table_free (workspace->saved);
  workspace->saved = lam_store_dup_classes (store);
}

static void
take_rows (LamWorkspace *workspace, LamStore *store)
{
  lam_class_table_free (workspace->classes);
  g_ptr_array_unref (workspace->regions);
  workspace->classes = lam_class_table_copy (workspace->saved);
  workspace->regions = lam_store_dup_regions (store);
  lam_notes_take (workspace, store);
  lam_label_numbers_follow (workspace->numbers, workspace->classes);
}

void
lam_workspace_attach_store (LamWorkspace *workspace, LamStore *store)
{
  const LamVolumeRow *row = lam_store_get_volume (store);
  make_labels (workspace, row->size);
  if (row->voxel_size_nm[0] > 0) {
    memcpy (workspace->voxel_size_nm, row->voxel_size_nm,
        sizeof workspace->voxel_size_nm);
    workspace->knows_voxel_size = true;
  }
  set_store (workspace, store);
  take_saved (workspace, store);
  take_rows (workspace, store);
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  for (guint i = 0; i < keys->len; i++)
    lam_label_map_add_stored (workspace->labels,
        lam_brick_key_unpack (g_array_index (keys, int64_t, i)));
  lam_labelling_restore_choice (workspace);
  restore_position (workspace);
  lam_queue_learn_history (workspace);
}

/* What is in memory alone stays; all else is taken from the new store, since
 * the last act on the old one may have been done without our having heard. */
void
lam_workspace_replace_store (LamWorkspace *workspace, LamStore *store)
{
  set_store (workspace, store);
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  lam_label_map_renew (workspace->labels, keys);
  take_saved (workspace, store);
  if (lam_queue_leaves_rows_alone (workspace)) {
    take_rows (workspace, store);
    g_signal_emit (workspace, signals[CLASSES_CHANGED], 0);
    g_signal_emit (workspace, signals[REGIONS_CHANGED], 0);
    g_signal_emit (workspace, signals[NOTES_CHANGED], 0);
  }
  LamBox all = lam_box_of_size (workspace->size);
  g_signal_emit (workspace, signals[PROJECT_CHANGED], 0);
  lam_workspace_emit_labels (workspace, &all, false);
  lam_queue_learn_history (workspace);
}

/* --- reading ------------------------------------------------------------ */

LamVolume *
lam_workspace_get_volume (LamWorkspace *workspace)
{
  return workspace->volume;
}

LamStore *
lam_workspace_get_store (LamWorkspace *workspace)
{
  return workspace->store;
}

LamLabelMap *
lam_workspace_get_labels (LamWorkspace *workspace)
{
  return workspace->labels;
}

const LamClassTable *
lam_workspace_get_classes (LamWorkspace *workspace)
{
  return workspace->classes;
}

LamJobPool *
lam_workspace_get_pool (LamWorkspace *workspace)
{
  return workspace->pool;
}

const int64_t *
lam_workspace_get_size (LamWorkspace *workspace)
{
  return workspace->size;
}

const double *
lam_workspace_get_voxel_size_nm (LamWorkspace *workspace)
{
  return workspace->voxel_size_nm;
}

const char *
lam_workspace_get_title (LamWorkspace *workspace)
{
  return workspace->title;
}

const char *
lam_workspace_get_read_only_reason (LamWorkspace *workspace)
{
  if (!workspace->store)
    return _ ("There is no project yet: start labelling first.");
  return workspace->read_only_reason;
}

bool
lam_workspace_check_writable (LamWorkspace *workspace, GError **error)
{
  const char *reason = lam_workspace_get_read_only_reason (workspace);
  if (!reason && workspace->is_closing)
    reason = _ ("The project is being closed");
  if (reason)
    g_set_error_literal (error, LAM_ERROR,
        workspace->store ? LAM_ERROR_READ_ONLY : LAM_ERROR_MISSING, reason);
  return !reason;
}

const char *
lam_workspace_get_image_problem (LamWorkspace *workspace)
{
  return workspace->image_problem;
}

bool
lam_workspace_knows_voxel_size (LamWorkspace *workspace)
{
  return workspace->knows_voxel_size;
}

const double *
lam_workspace_get_position (LamWorkspace *workspace)
{
  return workspace->position;
}

/* --- acting ------------------------------------------------------------- */

void
lam_workspace_set_position (LamWorkspace *workspace, const double voxel[3])
{
  double next[3];
  for (int i = 0; i < 3; i++) {
    double last = (double)workspace->size[i];
    double p = isfinite (voxel[i]) ? voxel[i] : workspace->position[i];
    next[i] = CLAMP (p, 0, nextafter (last, 0));
  }
  if (memcmp (next, workspace->position, sizeof next) == 0)
    return;
  memcpy (workspace->position, next, sizeof next);
  g_signal_emit (workspace, signals[POSITION_CHANGED], 0);
}

char *
lam_workspace_dup_setting (LamWorkspace *workspace, const char *name)
{
  if (workspace->store)
    return lam_store_dup_setting (workspace->store, name);
  return g_strdup (g_hash_table_lookup (workspace->settings, name));
}

void
lam_workspace_set_setting (
    LamWorkspace *workspace, const char *name, const char *value)
{
  g_autofree char *old = lam_workspace_dup_setting (workspace, name);
  if (g_strcmp0 (old, value) == 0)
    return;
  if (!workspace->store)
    g_hash_table_replace (
        workspace->settings, g_strdup (name), g_strdup (value));
  else if (!workspace->read_only_reason)
    lam_store_set_setting (workspace->store, name, value);
}

/* --- bricks on their way ------------------------------------------------ */

typedef struct {
  LamWorkspace *workspace; /* Borrowed: the pool is freed before it */
  LamBrickKey key;
  uint64_t serial;
} Fetch;

typedef struct {
  Fetch fetch;
  LamLabelBrick *brick; /* Owned */
  GError *error; /* Owned */
} Fetched;

static void
fetched_free (gpointer data)
{
  Fetched *fetched = data;
  g_clear_pointer (&fetched->brick, lam_label_brick_unref);
  g_clear_error (&fetched->error);
  g_free (fetched);
}

static gpointer
fetch_run (gpointer input, GCancellable *cancellable, GError **error)
{
  Fetch *fetch = input;
  Fetched *fetched = g_new0 (Fetched, 1);
  fetched->fetch = *fetch;
  fetched->brick = lam_label_map_read (
      fetch->workspace->labels, fetch->key, cancellable, &fetched->error);
  return fetched;
}

static void
fetch_done (gpointer result, const GError *error, gpointer user_data)
{
  LamWorkspace *workspace = user_data;
  Fetched *fetched = result;
  int64_t packed = lam_brick_key_pack (fetched->fetch.key);
  g_hash_table_remove (workspace->fetching, &packed);
  if (!fetched->error)
    lam_label_map_insert (workspace->labels, fetched->fetch.key, fetched->brick,
        fetched->fetch.serial);
  lam_queue_brick_arrived (workspace, fetched->fetch.key, fetched->error);
  /* Who probed it may want to know now. */
  if (!fetched->error)
    g_signal_emit (workspace, signals[SOURCES_CHANGED], 0);
  fetched_free (fetched);
}

static const LamJobKind fetch_kind = {
  .run = fetch_run,
  .done = fetch_done,
  .free_input = g_free,
  .free_result = fetched_free,
};

void
lam_workspace_fetch_brick (LamWorkspace *workspace, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  if (g_hash_table_contains (workspace->fetching, &packed))
    return;
  g_hash_table_add (workspace->fetching, g_memdup2 (&packed, sizeof packed));
  Fetch *fetch = g_new0 (Fetch, 1);
  fetch->workspace = workspace;
  fetch->key = key;
  fetch->serial = lam_label_map_get_serial (workspace->labels);
  lam_job_pool_submit (
      workspace->pool, &fetch_kind, INT64_MIN, fetch, workspace);
}

LamProbe
lam_workspace_probe (LamWorkspace *workspace, const int64_t voxel[3])
{
  LamProbe probe = { 0 };
  LamBox all = lam_box_of_size (workspace->size);
  if (!lam_box_contains (&all, voxel))
    return probe;
  if (workspace->volume)
    probe.has_value =
        lam_volume_try_value (workspace->volume, voxel, &probe.value);
  probe.has_label = lam_label_map_try_voxel (
      workspace->labels, voxel, &probe.label, &probe.source);
  if (!probe.has_label)
    lam_workspace_fetch_brick (workspace,
        (LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
            (int32_t)(voxel[1] / LAM_BRICK_EDGE),
            (int32_t)(voxel[2] / LAM_BRICK_EDGE) });
  return probe;
}
