/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* SHA-256 over what a project says, not over how it is stored: all classes and
 * all labels that are not deleted in the order of their ids, then every brick
 * that is not empty in the order of its key, as the longest runs of equal
 * (label, source) through its voxels in their order, then all notes in the
 * order of their ids. Numbers go in little endian, texts with their length
 * before them. Of what there is none nothing goes in: a project without notes
 * has the hash that it had before there were any. */
#include <string.h>

#include "base/error.h"
#include "store/brick-table.h"
#include "store/note-table.h"
#include "store/row-table.h"
#include "store/store-private.h"

static void
put_u64 (GChecksum *hash, uint64_t value)
{
  value = GUINT64_TO_LE (value);
  g_checksum_update (hash, (const guchar *)&value, sizeof value);
}

static void
put_text (GChecksum *hash, const char *text)
{
  size_t n = text ? strlen (text) : 0;
  put_u64 (hash, n);
  g_checksum_update (hash, (const guchar *)text, (gssize)n);
}

/* A class of which nobody says whether it is an organelle is as one of a file
 * that could not say it. */
static void
put_class (GChecksum *hash, const LamClass *row)
{
  put_u64 (hash, (uint64_t)row->id);
  put_text (hash, row->name);
  put_u64 (hash, row->rgb);
  put_u64 (hash, (uint64_t)row->key);
  put_u64 (hash,
      (uint64_t)row->locked | (uint64_t)row->hidden << 1
          | (uint64_t)row->has_instances << 2 | (uint64_t)row->organelle << 3);
}

/* A label of which no state and no group is said is as one of a file that knew
 * neither: opening that leaves the hash as it was. */
static void
put_work (GChecksum *hash, const LamLabel *row)
{
  const bool has_group = row->group && *row->group;
  put_u64 (hash,
      (uint64_t)row->locked | (uint64_t)row->hidden << 1
          | (uint64_t)has_group << 2 | (uint64_t)row->state << 3);
  if (has_group)
    put_text (hash, row->group);
}

/* The row that a deleted label leaves behind keeps its id from being given
 * again, but says nothing: undoing everything gives the hash of before. */
static void
put_label (GChecksum *hash, const LamLabel *row)
{
  if (row->deleted)
    return;
  put_u64 (hash, row->id);
  put_text (hash, row->name);
  put_u64 (hash, (uint64_t)row->class_id);
  put_u64 (hash, row->rgb);
  put_work (hash, row);
  put_u64 (hash, row->original_id);
}

static bool
put_classes (LamConnection *connection, GChecksum *hash, GError **error)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  if (!lam_row_read_classes (connection, table, error))
    return false;
  size_t n = lam_class_table_get_n_classes (table);
  put_u64 (hash, n);
  for (size_t i = 0; i < n; i++)
    put_class (hash, lam_class_table_get_nth_class (table, i));
  n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++)
    put_label (hash, lam_class_table_get_nth_label (table, i));
  put_u64 (hash, 0); /* no label has this id: the end of the list */
  return true;
}

static void
put_run (GChecksum *hash, uint32_t label, uint16_t source, uint32_t length)
{
  uint32_t run[3] = { GUINT32_TO_LE (length), GUINT32_TO_LE (label),
    GUINT32_TO_LE ((uint32_t)source) };
  g_checksum_update (hash, (const guchar *)run, sizeof run);
}

static void
put_brick (GChecksum *hash, int64_t key, const LamLabelBrick *brick)
{
  uint32_t label;
  uint16_t source;
  bool uniform = lam_label_brick_is_uniform (brick, &label, &source);
  if (uniform && label == 0 && source == LAM_SOURCE_UNSET)
    return; /* the same as an absent one */
  put_u64 (hash, (uint64_t)key);
  if (uniform) {
    put_run (hash, label, source, LAM_BRICK_VOXELS);
    return;
  }
  const uint32_t *labels = lam_label_brick_get_labels (brick);
  const uint16_t *sources = lam_label_brick_get_sources (brick);
  for (uint32_t i = 0; i < LAM_BRICK_VOXELS;) {
    uint32_t start = i;
    while (i < LAM_BRICK_VOXELS && labels[i] == labels[start]
        && sources[i] == sources[start])
      i++;
    put_run (hash, labels[start], sources[start], i - start);
  }
}

static void
put_note (GChecksum *hash, const LamNote *note)
{
  put_u64 (hash, (uint64_t)note->id);
  put_text (hash, note->kind);
  put_text (hash, note->text);
  put_text (hash, note->author);
  put_u64 (hash, (uint64_t)note->time);
  put_u64 (hash, (uint64_t)note->n_corners);
  for (int i = 0; i < note->n_corners * 3; i++) {
    uint64_t bits;
    memcpy (&bits, &note->corners[i], sizeof bits);
    put_u64 (hash, bits);
  }
}

static bool
put_notes (LamConnection *connection, GChecksum *hash, GError **error)
{
  g_autoptr (GPtrArray) notes = lam_note_table_read (connection, error);
  if (!notes)
    return false;
  if (notes->len > 0)
    put_text (hash, "notes");
  for (guint i = 0; i < notes->len; i++)
    put_note (hash, notes->pdata[i]);
  return true;
}

typedef struct {
  GChecksum *hash;
  LamProgress *progress;
} HashRequest;

static bool
hash_work (LamConnection *connection, gpointer data, GError **error)
{
  HashRequest *request = data;
  if (!put_classes (connection, request->hash, error))
    return false;
  g_autoptr (GArray) keys = lam_brick_table_dup_keys (connection, error);
  if (!keys)
    return false;
  for (guint i = 0; i < keys->len; i++) {
    int64_t key = g_array_index (keys, int64_t, i);
    GError *local = NULL;
    g_autoptr (LamLabelBrick) brick =
        lam_brick_table_read (connection, key, &local);
    if (local) {
      g_propagate_error (error, local);
      return false;
    }
    if (brick)
      put_brick (request->hash, key, brick);
    lam_progress_set (request->progress, i + 1, keys->len);
    if (!lam_progress_check (request->progress, error))
      return false;
  }
  return put_notes (connection, request->hash, error);
}

char *
lam_store_content_hash (LamStore *store, LamProgress *progress, GError **error)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  HashRequest request = { hash, progress };
  if (!lam_store_work (store, hash_work, &request, error))
    return NULL;
  return g_strdup (g_checksum_get_string (hash));
}
