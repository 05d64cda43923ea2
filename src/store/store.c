/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every request is a small struct of values that goes to the store's thread. A
 * blocking one lives on the caller's stack. An asynchronous one is a GTask that
 * travels there and back: its answer is always given, and its last reference
 * dropped, in the requester's context, so that the store is never freed on its
 * own thread. Settings that failed to be written wait for the next edit, which
 * then writes them in its own transaction or fails with the same reason. */
#include "store/model-table.h"
#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-decoder.h"
#include "store/brick-table.h"
#include "store/note-table.h"
#include "store/region-table.h"
#include "store/row-table.h"

struct _LamStore {
  GObject parent_instance;
  char *path; /* Owned; absolute */
  LamProjectFile *file; /* Owned; used on the store's thread */
  LamStoreThread *thread; /* Owned */
  GMainContext *context; /* Owned; the opener's */
  LamVolumeRow volume; /* main thread */
  GHashTable *settings; /* Owned; main thread */
  LamClassTable *classes; /* Owned; as they were at opening */
  GPtrArray *regions; /* Owned, of LamRegion; the same */
  GPtrArray *notes; /* Owned, of LamNote; the same */
  int32_t last_note_id;
  GArray *keys; /* Owned; the same */
  GHashTable *unsaved; /* Owned; store thread: settings to write */
  GMutex models_lock;
  GPtrArray *models; /* Owned; never changes itself; or NULL */
  bool told_moved; /* store thread */
  /* Owned, shared with what is on its way to the opener's context. Made at the
   * start, since it cannot be made safely while the store is being freed. */
  GWeakRef *self_ref;
  char *read_only_reason, *warning; /* Owned */
};

G_DEFINE_FINAL_TYPE (LamStore, lam_store, G_TYPE_OBJECT)

static guint moved_signal;

static void release_self_ref (gpointer data);

static void
lam_store_finalize (GObject *object)
{
  LamStore *self = LAM_STORE (object);
  g_clear_pointer (&self->thread, lam_store_thread_free);
  g_clear_pointer (&self->file, lam_project_file_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->settings, g_hash_table_unref);
  g_clear_pointer (&self->unsaved, g_hash_table_unref);
  g_clear_pointer (&self->classes, lam_class_table_free);
  g_clear_pointer (&self->regions, g_ptr_array_unref);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_clear_pointer (&self->keys, g_array_unref);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  g_mutex_clear (&self->models_lock);
  lam_volume_row_clear (&self->volume);
  g_clear_pointer (&self->self_ref, release_self_ref);
  g_free (self->path);
  g_free (self->read_only_reason);
  g_free (self->warning);
  G_OBJECT_CLASS (lam_store_parent_class)->finalize (object);
}

static void
lam_store_class_init (LamStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lam_store_finalize;
  moved_signal = g_signal_new ("moved", LAM_TYPE_STORE, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_store_init (LamStore *self)
{
  self->settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unsaved =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->classes = lam_class_table_new ();
  g_mutex_init (&self->models_lock);
  self->context = g_main_context_ref_thread_default ();
  self->self_ref = g_atomic_rc_box_new0 (GWeakRef);
  g_weak_ref_init (self->self_ref, self);
}

/* ---- Requests ----------------------------------------------------------- */

static bool
fail_closed (LamStore *self, GError **error)
{
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_IO, _ ("%s has been closed"), self->path);
  return false;
}

typedef struct {
  LamStore *store;
  LamStoreWork work;
  gpointer data;
  GError *error;
  bool ok;
} Work;

static void
work_cb (gpointer data)
{
  Work *work = data;
  LamConnection *connection = lam_store_get_connection (work->store);
  work->ok = work->work (connection, work->data, &work->error);
}

static bool
work_answer (Work *work, GError **error)
{
  if (work->error)
    g_propagate_error (error, work->error);
  return work->ok;
}

bool
lam_store_work (LamStore *self, LamStoreWork run, gpointer data, GError **error)
{
  Work work = { self, run, data, NULL, false };
  if (!lam_store_thread_call (self->thread, work_cb, &work))
    return fail_closed (self, error);
  return work_answer (&work, error);
}

bool
lam_store_work_held (
    LamStore *self, LamStoreWork run, gpointer data, GError **error)
{
  Work work = { self, run, data, NULL, false };
  lam_store_thread_call_held (self->thread, work_cb, &work);
  return work_answer (&work, error);
}

LamStoreThread *
lam_store_get_thread (LamStore *self)
{
  return self->thread;
}

LamConnection *
lam_store_get_connection (LamStore *self)
{
  return lam_project_file_get_connection (self->file);
}

bool
lam_store_check_writable (LamStore *self, GError **error)
{
  const char *reason = lam_store_get_read_only_reason (self);
  if (reason)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_READ_ONLY, reason);
  return reason == NULL;
}

void
lam_store_keep_models (LamStore *self, GPtrArray *models)
{
  g_mutex_lock (&self->models_lock);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  self->models = models;
  g_mutex_unlock (&self->models_lock);
}

GPtrArray *
lam_store_ref_models (LamStore *self)
{
  g_mutex_lock (&self->models_lock);
  GPtrArray *models = self->models ? g_ptr_array_ref (self->models) : NULL;
  g_mutex_unlock (&self->models_lock);
  return models;
}

/* ---- Moved -------------------------------------------------------------- */

static void
release_self_ref (gpointer data)
{
  g_atomic_rc_box_release_full (data, (GDestroyNotify)g_weak_ref_clear);
}

static gboolean
tell_moved_cb (gpointer data)
{
  g_autoptr (LamStore) self = g_weak_ref_get (data);
  if (self)
    g_signal_emit (self, moved_signal, 0);
  return G_SOURCE_REMOVE;
}

static void
tell_moved (LamStore *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell_moved_cb,
      g_atomic_rc_box_acquire (self->self_ref), release_self_ref);
  g_source_attach (source, self->context);
}

void
lam_store_after_write (LamStore *self, bool ok)
{
  if (ok)
    g_hash_table_remove_all (self->unsaved);
  else if (!self->told_moved
      && lam_connection_has_moved (lam_store_get_connection (self))) {
    self->told_moved = true;
    tell_moved (self);
  }
}

/* ---- Opening and closing ------------------------------------------------ */

static bool
load_work (LamConnection *connection, gpointer data, GError **error)
{
  LamStore *self = data;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  if (!lam_row_read_volume (connection, &self->volume, error)
      || !lam_row_read_sound_classes (
          connection, self->classes, problems, error)
      || !lam_row_read_settings (connection, self->settings, error))
    return false;
  /* Damage there is told when somebody asks for them. */
  lam_store_keep_models (self, lam_model_table_read (connection, NULL));
  self->regions = lam_region_table_load (connection, &self->warning, error);
  if (self->regions)
    self->notes = lam_note_table_read_sound (
        connection, problems, &self->last_note_id, error);
  g_autofree char *before = self->warning;
  self->warning = lam_row_dup_warning (before, problems);
  if (self->notes)
    self->keys = lam_brick_table_dup_keys (connection, error);
  return self->keys != NULL;
}

typedef LamProjectFile *(*OpenFile) (
    const LamSchema *schema, const char *path, GError **error);

static LamStore *
open_with (OpenFile open_file, const char *path, GError **error)
{
  g_autoptr (LamStore) self = g_object_new (LAM_TYPE_STORE, NULL);
  self->path = g_canonicalize_filename (path, NULL);
  self->file = open_file (lam_schema_get (), self->path, error);
  if (!self->file)
    return NULL;
  self->read_only_reason =
      g_strdup (lam_project_file_get_read_only_reason (self->file));
  self->warning = g_strdup (lam_project_file_get_warning (self->file));
  self->thread = lam_store_thread_new ();
  if (!lam_store_work (self, load_work, self, error))
    return NULL;
  return g_steal_pointer (&self);
}

LamStore *
lam_store_open (const char *path, GError **error)
{
  return open_with (lam_project_file_open, path, error);
}

LamStore *
lam_store_open_to_read (const char *path, GError **error)
{
  return open_with (lam_project_file_open_to_read, path, error);
}

LamStore *
lam_store_create (const char *path, const LamVolumeRow *volume,
    const LamClass *classes, size_t n_classes, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  if (!lam_project_file_create (
          lam_schema_get (), absolute, volume, classes, n_classes, error))
    return NULL;
  return lam_store_open (absolute, error);
}

static bool
close_work (LamConnection *connection, gpointer data, GError **error)
{
  LamStore *self = data;
  return lam_connection_is_left (connection)
      || lam_store_save_settings (self, connection, error);
}

bool
lam_store_close (LamStore *self, GError **error)
{
  if (!self->file)
    return true;
  bool ok = lam_store_work (self, close_work, self, error);
  lam_store_thread_stop (self->thread);
  g_clear_pointer (&self->file, lam_project_file_free);
  return ok;
}

const char *
lam_store_get_path (LamStore *self)
{
  return self->path;
}

const char *
lam_store_get_read_only_reason (LamStore *self)
{
  return self->read_only_reason;
}

bool
lam_store_is_damaged (LamStore *self)
{
  const char *of_file = lam_project_file_get_warning (self->file);
  return g_strcmp0 (self->warning, of_file) != 0;
}

const char *
lam_store_get_warning (LamStore *self)
{
  return self->warning;
}

/* ---- What was read at opening ------------------------------------------- */

const LamVolumeRow *
lam_store_get_volume (LamStore *self)
{
  return &self->volume;
}

LamClassTable *
lam_store_dup_classes (LamStore *self)
{
  return lam_class_table_copy (self->classes);
}

GPtrArray *
lam_store_dup_regions (LamStore *self)
{
  GPtrArray *copy =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  for (guint i = 0; i < self->regions->len; i++)
    g_ptr_array_add (copy, lam_region_copy (self->regions->pdata[i]));
  return copy;
}

GPtrArray *
lam_store_get_notes (LamStore *self)
{
  return self->notes;
}

int32_t
lam_store_get_last_note_id (LamStore *self)
{
  return self->last_note_id;
}

GArray *
lam_store_dup_brick_keys (LamStore *self)
{
  return g_array_copy (self->keys);
}

/* ---- Bricks ------------------------------------------------------------- */

typedef struct {
  int64_t key;
  GCancellable *cancellable; /* Borrowed, or NULL */
  GBytes *bytes;
} BrickRequest;

static bool
read_brick_work (LamConnection *connection, gpointer data, GError **error)
{
  BrickRequest *request = data;
  GError *local = NULL;
  if (g_cancellable_set_error_if_cancelled (request->cancellable, error))
    return false;
  request->bytes =
      lam_brick_table_read_bytes (connection, request->key, &local);
  if (local)
    g_propagate_error (error, local);
  return local == NULL;
}

/* NULL without error: not stored. What it gives is decoded by the caller, so
 * that the store's thread is free for the next. */
static GBytes *
read_bytes (
    LamStore *self, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  BrickRequest request = { lam_brick_key_pack (key), cancellable, NULL };
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !lam_store_work (self, read_brick_work, &request, error))
    return NULL;
  return request.bytes;
}

static void
prefix_brick (LamStore *self, LamBrickKey key, GError **error)
{
  g_prefix_error (
      error, _ ("%s: brick %d, %d, %d: "), self->path, key.x, key.y, key.z);
}

LamLabelBrick *
lam_store_read_brick (
    LamStore *self, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = read_bytes (self, key, cancellable, error);
  if (!bytes)
    return NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamLabelBrick *brick = lam_brick_decode (data, size, error);
  if (!brick)
    prefix_brick (self, key, error);
  return brick;
}

LamBrickRuns *
lam_store_read_runs (
    LamStore *self, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = read_bytes (self, key, cancellable, error);
  if (!bytes)
    return NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamBrickRuns *runs = lam_brick_decode_runs (data, size, error);
  if (!runs)
    prefix_brick (self, key, error);
  return runs;
}

LamCoarseBrick *
lam_store_read_coarse_brick (LamStore *self, LamBrickKey key, LamBrickPart part,
    const int stride[3], GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = read_bytes (self, key, cancellable, error);
  if (!bytes)
    return NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamCoarseBrick *coarse =
      lam_brick_decode_coarse (data, size, part, stride, error);
  if (!coarse)
    prefix_brick (self, key, error);
  return coarse;
}

/* ---- Settings and volume ------------------------------------------------ */

bool
lam_store_write_settings (
    LamStore *self, LamConnection *connection, GError **error)
{
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, self->unsaved);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (!lam_row_write_setting (connection, name, value, error))
      return false;
  return true;
}

static bool
write_settings (LamConnection *connection, gpointer data, GError **error)
{
  return lam_store_write_settings (data, connection, error);
}

bool
lam_store_save_settings (
    LamStore *self, LamConnection *connection, GError **error)
{
  if (g_hash_table_size (self->unsaved) == 0)
    return true;
  bool ok = lam_connection_transact (connection, write_settings, self, error);
  lam_store_after_write (self, ok);
  return ok;
}

typedef struct {
  LamStore *store; /* Borrowed: the thread ends before the store */
  char *name, *value;
} SettingRequest;

static void
set_setting_cb (gpointer data)
{
  SettingRequest *request = data;
  LamStore *self = request->store;
  g_hash_table_replace (self->unsaved, request->name, request->value);
  g_free (request);
  g_autoptr (GError) error = NULL;
  if (!lam_store_save_settings (self, lam_store_get_connection (self), &error))
    g_debug ("settings wait for the next edit: %s", error->message);
}

void
lam_store_set_setting (LamStore *self, const char *name, const char *value)
{
  g_return_if_fail (name && value);
  if (g_strcmp0 (g_hash_table_lookup (self->settings, name), value) == 0)
    return;
  g_hash_table_replace (self->settings, g_strdup (name), g_strdup (value));
  if (self->read_only_reason)
    return;
  SettingRequest *request = g_new (SettingRequest, 1);
  *request = (SettingRequest){ self, g_strdup (name), g_strdup (value) };
  if (lam_store_thread_push (self->thread, set_setting_cb, request))
    return;
  g_free (request->name);
  g_free (request->value);
  g_free (request);
}

char *
lam_store_dup_setting (LamStore *self, const char *name)
{
  return g_strdup (g_hash_table_lookup (self->settings, name));
}

void
lam_store_take_settings (LamStore *self, LamStore *from)
{
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, from->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    lam_store_set_setting (self, name, value);
}

typedef struct {
  LamStore *store;
  const LamVolumeRow *volume;
} VolumeRequest;

static bool
write_volume (LamConnection *connection, gpointer data, GError **error)
{
  return lam_row_write_volume (
      connection, ((VolumeRequest *)data)->volume, error);
}

static bool
set_volume_work (LamConnection *connection, gpointer data, GError **error)
{
  VolumeRequest *request = data;
  bool ok = lam_connection_transact (connection, write_volume, request, error);
  if (!ok)
    lam_store_after_write (request->store, false);
  return ok;
}

bool
lam_store_write_volume (
    LamStore *self, const LamVolumeRow *volume, GError **error)
{
  VolumeRequest request = { self, volume };
  return lam_store_check_writable (self, error)
      && lam_store_work (self, set_volume_work, &request, error);
}

void
lam_store_know_volume (LamStore *self, const LamVolumeRow *volume)
{
  LamVolumeRow copy = *volume;
  copy.path = g_strdup (volume->path);
  copy.relative_path = g_strdup (volume->relative_path);
  copy.dtype = g_strdup (volume->dtype);
  lam_volume_row_clear (&self->volume);
  self->volume = copy;
}
