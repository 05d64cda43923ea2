/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/label-source.h"

#include <string.h>

#include "store/voices.h"

/* Class 255 is unknown. */
#define UNSAID 255

typedef struct {
  LamSource source;
  LamStoreSnapshot *snapshot; /* Borrowed; or NULL: */
  LamStore *store; /* Owned; or NULL */
  int64_t voice; /* of it */
  LamLabelSourceWhat what;
  uint32_t unlabelled;
  uint32_t unsaid; /* where a voice says nothing */
  GHashTable *classes; /* Owned; label → class id + 1, in pointers */
} LabelSource;

static uint32_t
find_class (const LabelSource *from, uint32_t label)
{
  if (label == 0)
    return from->unlabelled;
  guint found = GPOINTER_TO_UINT (
      g_hash_table_lookup (from->classes, GUINT_TO_POINTER (label)));
  return found > 0 ? found - 1 : 0;
}

/* 64³ numbers of a brick; NULL: nothing is stored. */
static void
take_numbers (
    const LabelSource *from, const LamLabelBrick *brick, uint32_t *out)
{
  if (from->what == LAM_LABEL_SOURCE_SOURCES) {
    for (int i = 0; i < LAM_BRICK_VOXELS; i++)
      out[i] = brick ? lam_label_brick_get_source (brick, i) : LAM_SOURCE_UNSET;
    return;
  }
  if (brick)
    lam_label_brick_copy_labels (brick, out);
  else
    memset (out, 0, LAM_BRICK_VOXELS * sizeof *out);
  if (from->what == LAM_LABEL_SOURCE_LABELS)
    return;
  uint32_t last = 0, number = find_class (from, 0);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (out[i] != last) {
      last = out[i];
      number = find_class (from, last);
    }
    out[i] = number;
  }
  /* A voice says nothing where it has no source. */
  for (int i = 0; from->store && i < LAM_BRICK_VOXELS; i++)
    if (!brick || lam_label_brick_get_source (brick, i) == LAM_SOURCE_UNSET)
      out[i] = from->unsaid;
}

static LamLabelBrick *
read_brick (const LabelSource *from, LamBrickKey key, GError **error)
{
  return from->store
      ? lam_store_read_voice (from->store, from->voice, key, error)
      : lam_store_snapshot_read (from->snapshot, key, error);
}

/* Puts the part of a brick that is in `box` into its place. */
static void
place (
    const LamBox *box, LamBrickKey key, const uint32_t *numbers, uint32_t *out)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, box);
  int64_t w = box->max[0] - box->min[0], h = box->max[1] - box->min[1];
  size_t n = (size_t)(part.max[0] - part.min[0]) * sizeof *out;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      int64_t at = part.min[0] - whole.min[0]
          + LAM_BRICK_EDGE
              * (y - whole.min[1] + LAM_BRICK_EDGE * (z - whole.min[2]));
      int64_t to = part.min[0] - box->min[0]
          + w * (y - box->min[1] + h * (z - box->min[2]));
      memcpy (out + to, numbers + at, n);
    }
}

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const LabelSource *from = (const LabelSource *)source;
  g_autofree uint32_t *numbers = g_new (uint32_t, LAM_BRICK_VOXELS);
  LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        GError *problem = NULL;
        if (g_cancellable_set_error_if_cancelled (cancellable, error))
          return false;
        g_autoptr (LamLabelBrick) brick = read_brick (from, key, &problem);
        if (problem) {
          g_propagate_error (error, problem);
          return false;
        }
        take_numbers (from, brick, numbers);
        place (box, key, numbers, out);
      }
  return true;
}

static void
label_source_free (LamSource *source)
{
  LabelSource *from = (LabelSource *)source;
  g_clear_object (&from->store);
  g_hash_table_unref (from->classes);
  g_free (from);
}

static void
map_classes (GHashTable *classes, const LamClassTable *table)
{
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    g_hash_table_insert (classes, GUINT_TO_POINTER (row->id),
        GUINT_TO_POINTER ((guint)row->class_id + 1));
  }
}

static LabelSource *
make (const char *path, const int64_t size[3], const double voxel_size_nm[3])
{
  static const LamSourceMethods methods = { read_box, label_source_free };
  LabelSource *from = g_new0 (LabelSource, 1);
  lam_source_init (&from->source, &methods, path);
  from->classes = g_hash_table_new (NULL, NULL);
  LamSourceInfo *info = &from->source.info;
  info->format = "lamella";
  info->dtype = LAM_DTYPE_U32;
  info->n_levels = 1;
  info->is_compressed = info->has_whole_chunks = true;
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = size[i];
    info->levels[0].factor[i] = 1;
    info->voxel_size_nm[i] = voxel_size_nm[i];
    info->chunk[i] = LAM_BRICK_EDGE;
  }
  return from;
}

LamSource *
lam_label_source_new (LamStoreSnapshot *snapshot, LamLabelSourceWhat what,
    uint32_t unlabelled, const char *path, const int64_t size[3],
    const double voxel_size_nm[3])
{
  LabelSource *from = make (path, size, voxel_size_nm);
  from->snapshot = snapshot;
  from->what = what;
  from->unlabelled = unlabelled;
  map_classes (from->classes, lam_store_snapshot_get_classes (snapshot));
  return &from->source;
}

LamSource *
lam_label_source_new_voice (LamStore *store, LamStoreSnapshot *snapshot,
    const LamVoice *voice, GError **error)
{
  const LamVolumeRow *volume = lam_store_get_volume (store);
  g_autoptr (GPtrArray) labels =
      lam_store_list_voice_labels (store, voice->id, error);
  if (!labels)
    return NULL;
  LabelSource *from = make (voice->name, volume->size, volume->voxel_size_nm);
  from->store = g_object_ref (store);
  from->voice = voice->id;
  from->what = LAM_LABEL_SOURCE_CLASSES;
  from->unsaid = voice->kind == LAM_VOICE_MERGE ? UNSAID : 0;
  if (voice->kind == LAM_VOICE_MERGE)
    map_classes (from->classes, lam_store_snapshot_get_classes (snapshot));
  for (guint i = 0; i < labels->len; i++) {
    const LamVoiceLabel *row = labels->pdata[i];
    g_hash_table_insert (from->classes, GUINT_TO_POINTER (row->id),
        GUINT_TO_POINTER ((guint)row->class_id + 1));
  }
  return &from->source;
}
