/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A volume is a cell reader over the file, and later perhaps a second one over
 * the bricked copy, with one cache for both. Readers are immutable; `lock`
 * guards only the pointer to the one in use, so a worker takes a reference and
 * reads without a lock while the main thread changes over. */
#include "volume/volume.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/bricked-copy.h"
#include "volume/cell-reader.h"
#include "volume/normalise.h"
#include "volume/pyramid.h"

/* Above this, decoding all of a file takes longer than a person waits. */
#define LARGE_BYTES (1500LL * 1000 * 1000)
#define LARGE_COMPRESSED_BYTES (300LL * 1000 * 1000)
#define FALLBACK_CACHE_BYTES (1LL << 30)
#define DEFAULT_COPY_BYTES (100LL * 1000 * 1000 * 1000)

struct _LamVolume {
  GObject parent;

  /* Owned */
  LamSource *source;
  LamCellCache *cache;
  LamCellReader *file_reader;
  GCancellable *fetch; /* the worker that fetches a value, or NULL */
  LamBrickedCopy *copy; /* in the making or in use, or NULL */
  GError *copy_error;

  GMutex lock;
  LamCellReader *reader; /* Owned; guarded by lock */
  GError *reader_error; /* why the copy's reader failed; guarded by lock */
  GSource *return_source; /* Owned; runs on the main thread after that */

  LamDtype dtype;
  double offset;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  double voxel_size_nm[3];
  bool knows_voxel_size;
  bool is_large;
  bool is_copying;
};

G_DEFINE_FINAL_TYPE (LamVolume, lam_volume, G_TYPE_OBJECT)

enum { CHANGED, VALUE_READY, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
lam_volume_dispose (GObject *object)
{
  LamVolume *self = LAM_VOLUME (object);
  if (self->fetch)
    g_cancellable_cancel (self->fetch);
  g_clear_object (&self->fetch);
  g_clear_pointer (&self->copy, lam_bricked_copy_free);
  g_mutex_lock (&self->lock);
  if (self->return_source)
    g_source_destroy (self->return_source);
  g_clear_pointer (&self->return_source, g_source_unref);
  g_mutex_unlock (&self->lock);
  G_OBJECT_CLASS (lam_volume_parent_class)->dispose (object);
}

static void
lam_volume_finalize (GObject *object)
{
  LamVolume *self = LAM_VOLUME (object);
  g_clear_pointer (&self->reader, lam_cell_reader_unref);
  g_clear_pointer (&self->file_reader, lam_cell_reader_unref);
  g_clear_pointer (&self->cache, lam_cell_cache_unref);
  g_clear_pointer (&self->source, lam_source_unref);
  g_clear_error (&self->copy_error);
  g_clear_error (&self->reader_error);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (lam_volume_parent_class)->finalize (object);
}

static void
lam_volume_class_init (LamVolumeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->dispose = lam_volume_dispose;
  object_class->finalize = lam_volume_finalize;
  signals[CHANGED] = g_signal_new ("changed", LAM_TYPE_VOLUME,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[VALUE_READY] = g_signal_new ("value-ready", LAM_TYPE_VOLUME,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_volume_init (LamVolume *self)
{
  g_mutex_init (&self->lock);
}

static int64_t
get_default_cache_bytes (void)
{
  int64_t pages = sysconf (_SC_PHYS_PAGES), page = sysconf (_SC_PAGESIZE);
  return pages > 0 && page > 0 ? pages * page / 4 : FALLBACK_CACHE_BYTES;
}

static bool
is_large (const LamSourceInfo *info, const LamVolumeSettings *settings)
{
  LamBox all = lam_box_of_size (info->levels[0].size);
  int64_t limit = info->is_compressed ? LARGE_COMPRESSED_BYTES : LARGE_BYTES;
  if (settings && settings->large_bytes > 0)
    limit = settings->large_bytes;
  int64_t voxel = (int64_t)lam_dtype_bytes (info->dtype);
  return lam_box_volume (&all) > limit / voxel;
}

static void
take_voxel_size (LamVolume *self, const double nm[3])
{
  self->knows_voxel_size = true;
  for (int i = 0; i < 3; i++) {
    bool known = isfinite (nm[i]) && nm[i] > 0;
    self->knows_voxel_size = self->knows_voxel_size && known;
    self->voxel_size_nm[i] = known ? nm[i] : 1;
  }
}

/* From now on reads go to `reader`. Cells of the other one are of no use, but
 * some may be in use. */
static void
change_reader (LamVolume *self, LamCellReader *reader)
{
  g_mutex_lock (&self->lock);
  LamCellReader *old = self->reader;
  self->reader = lam_cell_reader_ref (reader);
  g_mutex_unlock (&self->lock);
  lam_cell_reader_unref (old);
  lam_cell_cache_clear (self->cache);
}

static void
copied_cb (LamSource *copy, const GError *error, gpointer data)
{
  LamVolume *self = data;
  self->is_copying = false;
  if (copy) {
    LamCellReaderSettings how = { self->levels, self->n_levels, false };
    g_autoptr (LamCellReader) reader =
        lam_cell_reader_new (copy, self->cache, &how);
    change_reader (self, reader);
  } else if (!lam_error_is_cancelled (error)) {
    self->copy_error = g_error_copy (error);
  }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
start_copy (LamVolume *self, const LamVolumeSettings *settings)
{
  LamBrickedCopySettings how = { .folder = settings->copy_folder,
    .limit_bytes = settings->copy_limit_bytes > 0 ? settings->copy_limit_bytes
                                                  : DEFAULT_COPY_BYTES,
    .levels = self->levels,
    .n_levels = self->n_levels,
    .done = copied_cb,
    .user_data = self };
  self->is_copying = true;
  self->copy = lam_bricked_copy_start (self->source, &how);
}

/* Those of the file, if it has more than one. */
static int
plan_levels (const LamSourceInfo *info, const double nm[3],
    LamLevel levels[LAM_MAX_LEVELS])
{
  if (info->n_levels == 1)
    return lam_pyramid_plan (info->levels[0].size, nm, levels);
  for (int i = 0; i < info->n_levels; i++)
    levels[i] = info->levels[i];
  return info->n_levels;
}

LamVolume *
lam_volume_new (LamSource *source, const LamVolumeSettings *settings)
{
  LamVolume *self = g_object_new (LAM_TYPE_VOLUME, NULL);
  const LamSourceInfo *info = lam_source_get_info (source);
  self->source = lam_source_ref (source);
  self->dtype = lam_normalise_get_dtype (info->dtype);
  self->offset = lam_normalise_get_offset (info->dtype);
  bool is_said = settings && settings->voxel_size_nm[0] > 0;
  take_voxel_size (
      self, is_said ? settings->voxel_size_nm : info->voxel_size_nm);
  self->n_levels = plan_levels (info,
      is_said ? settings->voxel_size_nm : info->voxel_size_nm, self->levels);
  self->is_large = info->n_levels == 1 && is_large (info, settings);
  int64_t budget = settings && settings->cache_bytes > 0
      ? settings->cache_bytes
      : get_default_cache_bytes ();
  /* What the source keeps counts too, as far as something is left. */
  budget -= MIN (info->held_bytes, budget / 2);
  self->cache = lam_cell_cache_new (budget);
  LamCellReaderSettings how = { self->levels, self->n_levels,
    .thin = self->is_large };
  self->file_reader = lam_cell_reader_new (source, self->cache, &how);
  self->reader = lam_cell_reader_ref (self->file_reader);
  if (self->is_large && settings && settings->copy_folder)
    start_copy (self, settings);
  return self;
}

LamVolume *
lam_volume_new_again (LamVolume *volume, const LamVolumeSettings *settings)
{
  return lam_volume_new (volume->source, settings);
}

bool
lam_volume_has_levels_for (LamVolume *volume, const double nm[3])
{
  LamLevel levels[LAM_MAX_LEVELS];
  int n = plan_levels (lam_source_get_info (volume->source), nm, levels);
  bool same = n == volume->n_levels;
  for (int i = 0; same && i < n; i++)
    same = memcmp (levels[i].factor, volume->levels[i].factor,
               sizeof levels[i].factor)
        == 0;
  return same;
}

const LamSourceInfo *
lam_volume_get_info (LamVolume *self)
{
  return lam_source_get_info (self->source);
}

LamDtype
lam_volume_get_dtype (LamVolume *self)
{
  return self->dtype;
}

double
lam_volume_get_offset (LamVolume *self)
{
  return self->offset;
}

int
lam_volume_get_n_levels (LamVolume *self)
{
  return self->n_levels;
}

const LamLevel *
lam_volume_get_level (LamVolume *self, int level)
{
  g_return_val_if_fail (level >= 0 && level < self->n_levels, NULL);
  return &self->levels[level];
}

const int64_t *
lam_volume_get_size (LamVolume *self)
{
  return self->levels[0].size;
}

const double *
lam_volume_get_voxel_size_nm (LamVolume *self)
{
  return self->voxel_size_nm;
}

bool
lam_volume_knows_voxel_size (LamVolume *self)
{
  return self->knows_voxel_size;
}

void
lam_volume_set_voxel_size_nm (LamVolume *self, const double nm[3])
{
  for (int i = 0; i < 3; i++)
    g_return_if_fail (isfinite (nm[i]) && nm[i] > 0);
  take_voxel_size (self, nm);
  g_signal_emit (self, signals[CHANGED], 0);
}

static LamCellReader *
ref_reader (LamVolume *self)
{
  g_mutex_lock (&self->lock);
  LamCellReader *reader = lam_cell_reader_ref (self->reader);
  g_mutex_unlock (&self->lock);
  return reader;
}

static bool
check_box (LamVolume *self, int level, const LamBox *box, GError **error)
{
  if (level >= 0 && level < self->n_levels) {
    LamBox all = lam_box_of_size (self->levels[level].size);
    LamBox common = lam_box_intersect (&all, box);
    if (lam_box_equal (&common, box))
      return true;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      "Box outside of level %d of %s", level, self->source->info.path);
  return false;
}

/* The copy is only a cache: what it cannot give, the file can. But a copy with
 * one bad chunk is not used on, and why is said. Main thread. */
static gboolean
return_to_file_cb (gpointer data)
{
  LamVolume *self = data;
  g_mutex_lock (&self->lock);
  if (!self->copy_error)
    self->copy_error = g_steal_pointer (&self->reader_error);
  g_clear_pointer (&self->return_source, g_source_unref);
  g_mutex_unlock (&self->lock);
  change_reader (self, self->file_reader);
  g_clear_pointer (&self->copy, lam_bricked_copy_free);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* In the worker that met a bad chunk: without its description the copy is not
 * found sound at the next opening, and made again. */
static void
make_unsound (LamCellReader *reader)
{
  const char *path = lam_cell_reader_get_info (reader)->path;
  g_autofree char *description = g_build_filename (path, ".zattrs", NULL);
  unlink (description);
}

/* Any thread. */
static void
give_up_copy (LamVolume *self, LamCellReader *reader, const GError *reason)
{
  g_mutex_lock (&self->lock);
  if (self->reader == reader && !self->return_source) {
    g_clear_error (&self->reader_error);
    self->reader_error = g_error_copy (reason);
    self->return_source = g_idle_source_new ();
    g_source_set_callback (self->return_source, return_to_file_cb, self, NULL);
    g_source_attach (self->return_source, NULL);
  }
  g_mutex_unlock (&self->lock);
}

/* From the copy, or where that fails from the file. */
static bool
read_from (LamVolume *self, LamCellReader *reader, int level, const LamBox *box,
    void *out, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;
  if (lam_cell_reader_read_box (reader, level, box, out, cancellable, &reason))
    return true;
  if (reader == self->file_reader || lam_error_is_cancelled (reason)) {
    g_propagate_error (error, g_steal_pointer (&reason));
    return false;
  }
  make_unsound (reader);
  give_up_copy (self, reader, reason);
  return lam_cell_reader_read_box (
      self->file_reader, level, box, out, cancellable, error);
}

bool
lam_volume_read_box (LamVolume *self, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  if (lam_box_is_empty (box))
    return true;
  if (!check_box (self, level, box, error))
    return false;
  g_autoptr (LamCellReader) reader = ref_reader (self);
  return read_from (self, reader, level, box, out, cancellable, error);
}

bool
lam_volume_is_plane_ready (LamVolume *self, LamPlane plane)
{
  if (plane == LAM_PLANE_XY || self->reader != self->file_reader)
    return true;
  return !self->is_large
      || !lam_cell_reader_is_plane_wise (&self->source->info);
}

static double
read_number (LamDtype dtype, const void *voxel)
{
  if (dtype == LAM_DTYPE_U8)
    return *(const uint8_t *)voxel;
  if (dtype == LAM_DTYPE_U16)
    return *(const uint16_t *)voxel;
  return *(const float *)voxel;
}

/* A worker's errand: make the voxel's cell come into the cache. */
typedef struct {
  LamCellReader *reader; /* Owned */
  bool is_copy;
  LamBox voxel;
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;
  lam_cell_reader_unref (fetch->reader);
  g_free (fetch);
}

static void
run_fetch (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fetch *fetch = data;
  float voxel;
  GError *error = NULL;
  if (lam_cell_reader_read_box (
          fetch->reader, 0, &fetch->voxel, &voxel, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else {
    if (fetch->is_copy && !lam_error_is_cancelled (error))
      make_unsound (fetch->reader);
    g_task_return_error (task, error);
  }
}

/* The task holds no reference, for a volume may not be finalised in a worker.
 */
static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GWeakRef *weak = data;
  g_autoptr (LamVolume) self = g_weak_ref_get (weak);
  g_weak_ref_clear (weak);
  g_free (weak);
  g_autoptr (GError) reason = NULL;
  bool fetched = g_task_propagate_boolean (G_TASK (result), &reason);
  if (!self)
    return;
  g_clear_object (&self->fetch);
  const Fetch *fetch = g_task_get_task_data (G_TASK (result));
  if (!fetched && fetch->is_copy && !lam_error_is_cancelled (reason))
    give_up_copy (self, fetch->reader, reason);
  if (fetched)
    g_signal_emit (self, signals[VALUE_READY], 0);
}

/* One at a time: a pointer that moves asks again from where it is then. */
static void
start_fetch (LamVolume *self, const LamBox *voxel)
{
  if (self->fetch)
    return;
  self->fetch = g_cancellable_new ();
  Fetch *fetch = g_new0 (Fetch, 1);
  fetch->reader = lam_cell_reader_ref (self->reader);
  fetch->is_copy = self->reader != self->file_reader;
  fetch->voxel = *voxel;
  GWeakRef *weak = g_new0 (GWeakRef, 1);
  g_weak_ref_init (weak, self);
  g_autoptr (GTask) task = g_task_new (NULL, self->fetch, fetched_cb, weak);
  g_task_set_task_data (task, fetch, fetch_free);
  g_task_run_in_thread (task, run_fetch);
}

bool
lam_volume_try_value (LamVolume *self, const int64_t voxel[3], double *value)
{
  LamBox all = lam_box_of_size (self->levels[0].size);
  if (!lam_box_contains (&all, voxel))
    return false;
  union {
    float align;
    char bytes[4];
  } stored;
  if (lam_cell_reader_try_voxel (self->reader, voxel, &stored)) {
    *value = read_number (self->dtype, &stored) + self->offset;
    return true;
  }
  LamBox one = lam_box_new (
      voxel[0], voxel[1], voxel[2], voxel[0] + 1, voxel[1] + 1, voxel[2] + 1);
  start_fetch (self, &one);
  return false;
}

LamProgress *
lam_volume_get_copy_progress (LamVolume *self)
{
  return self->is_copying ? lam_bricked_copy_get_progress (self->copy) : NULL;
}

const GError *
lam_volume_get_copy_error (LamVolume *self)
{
  return self->copy_error;
}

int64_t
lam_volume_get_cached_bytes (LamVolume *self)
{
  return lam_cell_cache_get_bytes (self->cache);
}
