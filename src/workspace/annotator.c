/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/annotator.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "store/voices.h"

/* Project, region's id, and its box: a region that was moved since is another.
 */
#define MARK_TYPE "(si(xxx)(xxx))"

char *
lam_annotator_dup_identity (LamStore *store)
{
  g_autofree char *id = lam_store_dup_setting (store, LAM_SETTING_PROJECT);
  if (id)
    return g_steal_pointer (&id);
  id = g_uuid_string_random ();
  lam_store_set_setting (store, LAM_SETTING_PROJECT, id);
  return g_steal_pointer (&id);
}

static bool
can_have_identity (LamStore *store, GError **error)
{
  g_autofree char *id = lam_store_dup_setting (store, LAM_SETTING_PROJECT);
  const char *reason = lam_store_get_read_only_reason (store);
  if (!id && reason)
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("%s is too old to be known again in its copies, unless it can be "
           "written: %s"),
        lam_store_get_path (store), reason);
  return id || !reason;
}

char *
lam_annotator_dup_mark (
    LamStore *store, const LamRegion *region, GError **error)
{
  if (!can_have_identity (store, error))
    return NULL;
  g_autofree char *id = lam_annotator_dup_identity (store);
  const int64_t *min = region->box.min, *max = region->box.max;
  g_autoptr (GVariant) mark = g_variant_ref_sink (g_variant_new (MARK_TYPE, id,
      region->id, min[0], min[1], min[2], max[0], max[1], max[2]));
  return g_variant_print (mark, false);
}

/* ---- Does it fit -------------------------------------------------------- */

static const LamRegion *
find_region (const GPtrArray *regions, int32_t id)
{
  for (guint i = 0; i < regions->len; i++)
    if (((LamRegion *)regions->pdata[i])->id == id)
      return regions->pdata[i];
  return NULL;
}

static bool refuse (LamStore *copy, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static bool
refuse (LamStore *copy, GError **error, const char *format, ...)
{
  va_list values;
  va_start (values, format);
  g_autofree char *why = g_strdup_vprintf (format, values);
  va_end (values);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT, "%s: %s",
      lam_store_get_path (copy), why);
  return false;
}

/* The region that the copy's mark names; borrowed from the project. */
static bool
read_mark (const LamAnnotatorProject *project, LamStore *copy,
    const LamRegion **region, GError **error)
{
  g_autofree char *text = lam_store_dup_setting (copy, LAM_SETTING_BLIND);
  g_autoptr (GVariant) mark = text
      ? g_variant_parse (G_VARIANT_TYPE (MARK_TYPE), text, NULL, NULL, NULL)
      : NULL;
  if (!mark)
    return refuse (copy, error, "%s",
        _ ("this is no blind copy of a region; say which region it is about"));
  const char *of;
  int32_t number;
  LamBox box;
  g_variant_get (mark, "(&si(xxx)(xxx))", &of, &number, &box.min[0],
      &box.min[1], &box.min[2], &box.max[0], &box.max[1], &box.max[2]);
  if (strcmp (of, project->identity) != 0)
    return refuse (copy, error,
        _ ("this is a blind copy of another project "
           "than %s"),
        lam_store_get_path (project->store));
  *region = find_region (project->regions, number);
  if (!*region)
    return refuse (copy, error,
        _ ("this is a blind copy of region %d, which is not there any more"),
        number);
  if (!lam_box_equal (&box, &(*region)->box))
    return refuse (copy, error,
        _ ("region “%s” has been moved or resized since this copy was made"),
        (*region)->name);
  return true;
}

static bool
check_size (LamStore *copy, const LamRegion *region, GError **error)
{
  const int64_t *size = lam_store_get_volume (copy)->size;
  int64_t wanted[3];
  for (int i = 0; i < 3; i++)
    wanted[i] = region->box.max[i] - region->box.min[i];
  if (memcmp (size, wanted, sizeof wanted) == 0)
    return true;
  return refuse (copy, error,
      _ ("its volume has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels, and region “%s” %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
      size[0], size[1], size[2], region->name, wanted[0], wanted[1], wanted[2]);
}

static bool
check_classes (
    const LamAnnotatorProject *project, LamStore *copy, GError **error)
{
  g_autoptr (LamClassTable) theirs = lam_store_dup_classes (copy);
  for (size_t i = 0; i < lam_class_table_get_n_classes (theirs); i++) {
    const LamClass *row = lam_class_table_get_nth_class (theirs, i);
    const LamClass *own = lam_class_table_get_class (project->classes, row->id);
    if (own && strcmp (own->name, row->name) == 0)
      continue;
    return refuse (copy, error,
        _ ("its class %d is “%s”, which in %s is “%s”: the classes must be "
           "the same"),
        row->id, row->name, lam_store_get_path (project->store),
        own ? own->name : _ ("none"));
  }
  return true;
}

/* ---- Bricks ------------------------------------------------------------- */

/* Reads the copy by the bricks of the project. */
typedef struct {
  LamStore *copy; /* Borrowed */
  LamBox box; /* of the region, in the project */
  LamBox bricks; /* of the project, that it touches */
  int64_t next; /* of these, x fastest */
  GHashTable *cache; /* Owned; packed key → brick or NULL, of one x-row */
} Reader;

static void
unref_brick (gpointer brick)
{
  if (brick)
    lam_label_brick_unref (brick);
}

static bool
get_brick (
    Reader *reader, const int64_t at[3], LamLabelBrick **brick, GError **error)
{
  const LamBrickKey key = { (int32_t)(at[0] / LAM_BRICK_EDGE),
    (int32_t)(at[1] / LAM_BRICK_EDGE), (int32_t)(at[2] / LAM_BRICK_EDGE) };
  const int64_t packed = lam_brick_key_pack (key);
  gpointer found;
  if (g_hash_table_lookup_extended (reader->cache, &packed, NULL, &found)) {
    *brick = found;
    return true;
  }
  GError *local = NULL;
  *brick = lam_store_read_brick (reader->copy, key, NULL, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  g_hash_table_insert (
      reader->cache, g_memdup2 (&packed, sizeof packed), *brick);
  return true;
}

static int
index_in_brick (const int64_t at[3])
{
  return (int)(at[0] % LAM_BRICK_EDGE
      + LAM_BRICK_EDGE
          * (at[1] % LAM_BRICK_EDGE
              + LAM_BRICK_EDGE * (at[2] % LAM_BRICK_EDGE)));
}

/* The voxels of one brick of the project; NULL without error: nothing is said.
 */
static LamLabelBrick *
read_brick (Reader *reader, LamBrickKey key, GError **error)
{
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &reader->box);
  g_autoptr (LamLabelBrick) out = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (out);
  uint16_t *sources = lam_label_brick_write_sources (out);
  bool is_said = false;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        const int64_t here[3] = { x, y, z };
        const int64_t there[3] = { x - reader->box.min[0],
          y - reader->box.min[1], z - reader->box.min[2] };
        LamLabelBrick *from;
        if (!get_brick (reader, there, &from, error)) {
          lam_label_brick_settle (out);
          return NULL;
        }
        const int i = index_in_brick (here), j = index_in_brick (there);
        if (!from || lam_label_brick_get_source (from, j) == LAM_SOURCE_UNSET)
          continue;
        labels[i] = lam_label_brick_get_label (from, j);
        /* Runs are those of the copy. */
        sources[i] =
            MIN (lam_label_brick_get_source (from, j), LAM_SOURCE_FIRST_RUN);
        is_said = true;
      }
  lam_label_brick_settle (out);
  return is_said ? g_steal_pointer (&out) : NULL;
}

static bool
next_brick (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  Reader *reader = data;
  const int64_t *min = reader->bricks.min, *max = reader->bricks.max;
  const int64_t n_x = max[0] - min[0], n_y = max[1] - min[1];
  while (reader->next < lam_box_volume (&reader->bricks)) {
    GError *local = NULL;
    const int64_t i = reader->next++;
    const LamBrickKey at = { (int32_t)(min[0] + i % n_x),
      (int32_t)(min[1] + i / n_x % n_y), (int32_t)(min[2] + i / n_x / n_y) };
    if (i % n_x == 0)
      g_hash_table_remove_all (reader->cache);
    *key = lam_brick_key_pack (at);
    *brick = read_brick (reader, at, &local);
    if (local) {
      g_propagate_error (error, local);
      return false;
    }
    if (*brick)
      return true;
  }
  return false;
}

/* ---- Coming back -------------------------------------------------------- */

static GPtrArray *
list_labels (LamStore *copy)
{
  g_autoptr (LamClassTable) table = lam_store_dup_classes (copy);
  GPtrArray *labels =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_voice_label_free);
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (row->deleted)
      continue;
    LamVoiceLabel *label = g_new0 (LamVoiceLabel, 1);
    label->id = row->id;
    label->name = g_strdup (row->name);
    label->class_id = row->class_id;
    g_ptr_array_add (labels, label);
  }
  return labels;
}

static LamVoice *
add_voice (LamStore *store, LamStore *copy, const LamRegion *region,
    const char *name, GError **error)
{
  Reader reader = { .copy = copy,
    .box = region->box,
    .bricks = lam_box_bricks (&region->box),
    .cache = g_hash_table_new_full (
        lam_int64_hash, g_int64_equal, g_free, unref_brick) };
  g_autoptr (GPtrArray) labels = list_labels (copy);
  g_autoptr (LamVoice) voice = g_new0 (LamVoice, 1);
  voice->name = g_strdup (name);
  voice->time = g_get_real_time ();
  voice->kind = LAM_VOICE_ANNOTATOR;
  voice->region = region->id;
  voice->box = region->box;
  voice->id =
      lam_store_add_voice (store, voice, labels, next_brick, &reader, error);
  g_hash_table_unref (reader.cache);
  return voice->id != 0 ? g_steal_pointer (&voice) : NULL;
}

LamVoice *
lam_annotator_import (const LamAnnotatorProject *project, LamStore *copy,
    const LamRegion *region, const char *name, GError **error)
{
  if (!region && !read_mark (project, copy, &region, error))
    return NULL;
  return check_size (copy, region, error)
          && check_classes (project, copy, error)
      ? add_voice (project->store, copy, region, name, error)
      : NULL;
}
