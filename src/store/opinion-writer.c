/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Kept coded until the end: where no label is left to write, the edit is rolled
 * back, and what the run thinks is written by itself. Once there is a label
 * that cannot be, and each is written while others are still coded. */
#include "store/opinion-writer.h"

#include <string.h>

#include "store/edit-opinions.h"
#include "store/opinion-codec.h"
#include "store/opinion-difference.h"
#include "store/opinion-table.h"

typedef struct {
  int64_t key;
  GByteArray *data, *replaced; /* Owned; `replaced` or NULL */
  bool is_put; /* the data is, not what it replaced */
} Pending;

struct _LamOpinionWriter {
  uint16_t source;
  GArray *pending; /* Owned; of Pending */
};

static void
pending_clear (gpointer data)
{
  Pending *pending = data;
  g_byte_array_unref (pending->data);
  g_clear_pointer (&pending->replaced, g_byte_array_unref);
}

LamOpinionWriter *
lam_opinion_writer_new (uint16_t source)
{
  LamOpinionWriter *writer = g_new0 (LamOpinionWriter, 1);
  writer->source = source;
  writer->pending = g_array_new (false, false, sizeof (Pending));
  g_array_set_clear_func (writer->pending, pending_clear);
  return writer;
}

void
lam_opinion_writer_free (LamOpinionWriter *writer)
{
  g_array_unref (writer->pending);
  g_free (writer);
}

static bool
is_same (GBytes *stored, const GByteArray *data)
{
  gsize size = 0;
  const void *bytes = stored ? g_bytes_get_data (stored, &size) : NULL;
  return bytes && size == data->len && memcmp (bytes, data->data, size) == 0;
}

/* What is damaged is written anew. */
GBytes *
lam_opinion_writer_read (
    LamOpinionWriter *writer, LamConnection *connection, int64_t key)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes =
      lam_opinion_table_read_bytes (connection, writer->source, key, &error);
  if (error)
    g_warning ("%s", error->message);
  return bytes;
}

static LamRunOpinion *
decode_or_begin (GBytes *stored)
{
  gsize size;
  const void *data = stored ? g_bytes_get_data (stored, &size) : NULL;
  LamRunOpinion *opinion = data ? lam_opinion_decode (data, size, NULL) : NULL;
  return opinion ? opinion : lam_run_opinion_new ();
}

GByteArray *
lam_opinion_writer_merge (
    GBytes *before, const LamRunOpinion *newer, GByteArray **replaced)
{
  g_autofree LamRunOpinion *old = decode_or_begin (before);
  g_autofree LamRunOpinion *opinion = g_memdup2 (old, sizeof *old);
  lam_run_opinion_merge (opinion, newer);
  g_autoptr (GByteArray) merged = lam_opinion_encode (opinion);
  *replaced = NULL;
  if (is_same (before, merged))
    return NULL;
  g_autofree LamRunOpinion *side = lam_opinion_difference_find (old, opinion);
  *replaced = side ? lam_opinion_difference_encode (side) : NULL;
  return g_steal_pointer (&merged);
}

bool
lam_opinion_writer_add (LamOpinionWriter *writer, LamConnection *connection,
    int64_t key, GByteArray *merged, GByteArray *replaced,
    const LamLabelBrick *brick, GError **error)
{
  const Pending pending = { key, merged, replaced, false };
  g_array_append_val (writer->pending, pending);
  return lam_opinion_table_prune (connection, key, brick, error);
}

int64_t
lam_opinion_writer_count (const LamOpinionWriter *writer)
{
  return writer->pending->len;
}

static bool
put_data (LamOpinionWriter *writer, LamConnection *connection, Pending *pending,
    GError **error)
{
  if (pending->is_put)
    return true;
  pending->is_put = lam_opinion_table_write (
      connection, writer->source, pending->key, pending->data, error);
  return pending->is_put;
}

bool
lam_opinion_writer_put_last (
    LamOpinionWriter *writer, LamConnection *connection, GError **error)
{
  Pending *last =
      &g_array_index (writer->pending, Pending, writer->pending->len - 1);
  return put_data (writer, connection, last, error);
}

bool
lam_opinion_writer_put (LamOpinionWriter *writer, LamConnection *connection,
    int64_t edit, GError **error)
{
  for (guint i = 0; i < writer->pending->len; i++) {
    Pending *pending = &g_array_index (writer->pending, Pending, i);
    if (!put_data (writer, connection, pending, error)
        || (edit != 0 && pending->replaced
            && !lam_edit_opinions_write (connection, edit, writer->source,
                pending->key, pending->replaced, error)))
      return false;
  }
  return true;
}
