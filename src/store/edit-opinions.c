/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row has what the project does not: undo and redo let the two change places,
 * so what is written or rejected outside of the history goes along. Rows are as
 * large as opinions are, tens of kilobytes; an unknown one is empty. */
#include "store/edit-opinions.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/label-brick.h"
#include "store/opinion-codec.h"
#include "store/opinion-difference.h"
#include "store/opinion-table.h"

/* Of a run and a brick: so many edits can be gone back over. */
#define N_KEPT 16

static LamRunOpinion *
decode (GBytes *bytes, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  return size == 0 ? lam_opinion_difference_new_unknown ()
                   : lam_opinion_difference_decode (data, size, error);
}

/* What is damaged is as what is unknown. */
static LamRunOpinion *
decode_or_warn (LamConnection *connection, GBytes *bytes, bool is_sound,
    int64_t edit, int64_t key)
{
  LamRunOpinion *side = is_sound ? decode (bytes, NULL) : NULL;
  if (side)
    return side;
  LamBrickKey brick = lam_brick_key_unpack (key);
  g_warning ("%s: what edit %" G_GINT64_FORMAT
             " replaced of a network's opinion of brick %d, %d, %d is damaged",
      lam_connection_get_path (connection), edit, brick.x, brick.y, brick.z);
  return lam_opinion_difference_new_unknown ();
}

/* ---- Writing ------------------------------------------------------------ */

/* `*side` NULL: there is none. */
static bool
read_side (LamConnection *connection, int64_t edit, uint16_t source,
    int64_t key, LamRunOpinion **side, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT data, checksum IS " LAM_CHECKSUM "(edit, layer, key, data)"
      " FROM edit_opinion WHERE edit = ?1 AND layer = ?2 AND key = ?3",
      error, "iii", edit, (int64_t)source, key);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  *side = NULL;
  if (has_row < 1)
    return has_row == 0;
  g_autoptr (GBytes) bytes = g_bytes_new (
      sqlite3_column_blob (rows, 0), (gsize)sqlite3_column_bytes (rows, 0));
  *side = decode_or_warn (
      connection, bytes, sqlite3_column_int (rows, 1), edit, key);
  lam_connection_reset (rows);
  return true;
}

static bool
put (LamConnection *connection, int64_t edit, uint16_t source, int64_t key,
    const GByteArray *data, GError **error)
{
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO edit_opinion VALUES (?1, ?2, ?3, "
      "?4, " LAM_CHECKSUM "(?1, ?2, ?3, ?4))",
      error, "iiib", edit, (int64_t)source, key, data->data, (size_t)data->len);
}

static bool
forget_old (
    LamConnection *connection, uint16_t source, int64_t key, GError **error)
{
  int64_t last = 0;
  return lam_connection_read_int (connection,
             "SELECT edit FROM edit_opinion WHERE layer = ?1 AND key = ?2"
             " ORDER BY edit DESC LIMIT 1 OFFSET ?3",
             &last, error, "iii", (int64_t)source, key, (int64_t)N_KEPT)
      && (last == 0
          || lam_connection_run (connection,
              "UPDATE edit_opinion SET data = x'', checksum = " LAM_CHECKSUM
              "(edit, layer, key, x'') WHERE layer = ?1 AND key = ?2"
              " AND edit <= ?3 AND length(data) > 0",
              error, "iii", (int64_t)source, key, last));
}

bool
lam_edit_opinions_forget (
    LamConnection *connection, uint16_t source, int64_t key, GError **error)
{
  return lam_connection_run (connection,
      "UPDATE edit_opinion SET data = x'', checksum = " LAM_CHECKSUM
      "(edit, layer, key, x'') WHERE layer = ?1 AND key = ?2"
      " AND length(data) > 0",
      error, "ii", (int64_t)source, key);
}

bool
lam_edit_opinions_write (LamConnection *connection, int64_t edit,
    uint16_t source, int64_t key, const GByteArray *data, GError **error)
{
  g_autofree LamRunOpinion *side = NULL;
  if (!read_side (connection, edit, source, key, &side, error))
    return false;
  if (!side)
    return put (connection, edit, source, key, data, error)
        && forget_old (connection, source, key, error);
  g_autofree LamRunOpinion *later =
      lam_opinion_difference_decode (data->data, data->len, error);
  if (!later)
    return false;
  lam_opinion_difference_add (side, later);
  g_autoptr (GByteArray) joined = lam_opinion_difference_encode (side);
  return put (connection, edit, source, key, joined, error);
}

/* ---- Moving ------------------------------------------------------------- */

typedef struct {
  int64_t key;
  uint16_t source;
} Place;

static GArray *
read_places (LamConnection *connection, int64_t edit, GError **error)
{
  g_autoptr (GArray) places = g_array_new (false, false, sizeof (Place));
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT key, layer FROM edit_opinion WHERE edit = ?1", error, "i", edit);
  int has_row = -1;
  while (
      rows && (has_row = lam_connection_step (connection, rows, error)) == 1) {
    Place place = { sqlite3_column_int64 (rows, 0),
      (uint16_t)sqlite3_column_int (rows, 1) };
    g_array_append_val (places, place);
  }
  return has_row == 0 ? g_steal_pointer (&places) : NULL;
}

/* What is damaged is forgotten, as where a run speaks anew. */
static LamRunOpinion *
read_opinion (LamConnection *connection, const Place *place, GError **error)
{
  GError *problem = NULL;
  LamRunOpinion *opinion =
      lam_opinion_table_read (connection, place->source, place->key, &problem);
  if (problem && !g_error_matches (problem, LAM_ERROR, LAM_ERROR_CORRUPT)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  if (problem)
    g_warning ("%s", problem->message);
  g_clear_error (&problem);
  return opinion ? opinion : lam_run_opinion_new ();
}

static bool
write_opinion (LamConnection *connection, const Place *place,
    const LamRunOpinion *opinion, GError **error)
{
  if (lam_opinion_difference_is_silent (opinion))
    return lam_opinion_table_remove (
        connection, place->source, place->key, error);
  g_autoptr (GByteArray) data = lam_opinion_encode (opinion);
  return lam_opinion_table_write (
      connection, place->source, place->key, data, error);
}

static bool
move (
    LamConnection *connection, int64_t edit, const Place *place, GError **error)
{
  g_autofree LamRunOpinion *side = NULL;
  if (!read_side (connection, edit, place->source, place->key, &side, error))
    return false;
  g_autofree LamRunOpinion *opinion = read_opinion (connection, place, error);
  if (!opinion)
    return false;
  lam_opinion_difference_swap (side, opinion);
  g_autoptr (GByteArray) data = lam_opinion_difference_encode (side);
  return write_opinion (connection, place, opinion, error)
      && put (connection, edit, place->source, place->key, data, error);
}

bool
lam_edit_opinions_move (
    LamConnection *connection, int64_t edit, LamBox *box, GError **error)
{
  g_autoptr (GArray) places = read_places (connection, edit, error);
  for (guint i = 0; places && i < places->len; i++) {
    const Place *place = &g_array_index (places, Place, i);
    LamBox brick = lam_brick_box (lam_brick_key_unpack (place->key));
    *box = lam_box_unite (box, &brick);
    if (!move (connection, edit, place, error))
      return false;
  }
  return places != NULL;
}

/* ---- Checking ----------------------------------------------------------- */

static void
check_row (sqlite3_stmt *row, GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  LamBrickKey key = lam_brick_key_unpack (sqlite3_column_int64 (row, 1));
  g_autoptr (GBytes) bytes = g_bytes_new (
      sqlite3_column_blob (row, 2), (gsize)sqlite3_column_bytes (row, 2));
  g_autofree LamRunOpinion *side = decode (bytes, &error);
  if (!side)
    g_ptr_array_add (problems,
        g_strdup_printf (
            _ ("edit %" G_GINT64_FORMAT " of brick %d, %d, %d: %s"),
            (int64_t)sqlite3_column_int64 (row, 0), key.x, key.y, key.z,
            error->message));
}

bool
lam_edit_opinions_check (
    LamConnection *connection, GPtrArray *problems, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT edit, key, data FROM edit_opinion", error, "");
  int has_row = -1;
  while (rows && (has_row = lam_connection_step (connection, rows, error)) == 1)
    check_row (rows, problems);
  return has_row == 0;
}
