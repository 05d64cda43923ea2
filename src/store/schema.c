/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/schema.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/output.h"
#include "store/store-resources.h"

/* One line a migration. */
static const char *const resources[] = {
  "/org/lamella/sql/001-first.sql",
  "/org/lamella/sql/002-models.sql",
  "/org/lamella/sql/003-queue.sql",
  "/org/lamella/sql/004-voices.sql",
  "/org/lamella/sql/005-states.sql",
  "/org/lamella/sql/006-annotations.sql",
  "/org/lamella/sql/007-remarks.sql",
  "/org/lamella/sql/008-organelles.sql",
  "/org/lamella/sql/009-opinions.sql",
};

static gpointer
load_schema (gpointer unused)
{
  static LamSchema schema;
  size_t n = G_N_ELEMENTS (resources);
  const char **sql = g_new0 (const char *, n);
  for (size_t i = 0; i < n; i++) {
    /* Through the resource itself, which also makes the linker keep it. */
    GBytes *bytes = g_resource_lookup_data (lam_store_get_resource (),
        resources[i], G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_assert (bytes);
    /* Resources end in a zero byte of their own; kept for the program's life.
     */
    sql[i] = g_bytes_get_data (bytes, NULL);
    g_bytes_unref (bytes);
  }
  schema = (LamSchema){ sql, (int)n };
  return &schema;
}

const LamSchema *
lam_schema_get (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, load_schema, NULL);
}

static bool
apply (const LamSchema *schema, LamConnection *connection, int from, int to,
    GError **error)
{
  for (int version = from; version < to; version++)
    if (!lam_connection_exec (connection, schema->sql[version], error))
      return false;
  return true;
}

/* Every entry of the schema, one text. */
static char *
describe (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
      " ORDER BY type, name",
      error, "");
  if (!rows)
    return NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  int row;
  while ((row = lam_connection_step (connection, rows, error)) == 1)
    for (int i = 0; i < 4; i++)
      g_string_append_printf (text, "%s%c",
          (const char *)sqlite3_column_text (rows, i), i < 3 ? '\t' : '\n');
  return row == 0 ? g_string_free (g_steal_pointer (&text), false) : NULL;
}

static char *
describe_version (const LamSchema *schema, int version, GError **error)
{
  g_autoptr (LamConnection) model = lam_connection_new_memory (error);
  if (!model || !apply (schema, model, 0, version, error))
    return NULL;
  return describe (model, error);
}

/* Of the program's own schema, kept for its life: it takes longer than all else
 * that opens a small project. */
static char *
needed_text (const LamSchema *schema, int version, GError **error)
{
  static GMutex mutex;
  static char *texts[G_N_ELEMENTS (resources) + 1];
  if (schema != lam_schema_get ())
    return describe_version (schema, version, error);
  g_mutex_lock (&mutex);
  if (!texts[version])
    texts[version] = describe_version (schema, version, error);
  char *text = g_strdup (texts[version]);
  g_mutex_unlock (&mutex);
  return text;
}

bool
lam_schema_check (const LamSchema *schema, LamConnection *connection,
    int version, GError **error)
{
  /* What the header said may be rolled back by now. */
  const bool is_known = version >= 0 && version <= schema->version;
  g_autofree char *needed =
      is_known ? needed_text (schema, version, error) : g_strdup ("");
  g_autofree char *found = needed ? describe (connection, error) : NULL;
  if (!found)
    return false;
  if (is_known && g_str_equal (needed, found))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s says it is a Lamella project of version %d, but its tables are "
         "not "
         "those of that version; it was changed by another program or is "
         "damaged"),
      lam_connection_get_path (connection), version);
  return false;
}

bool
lam_schema_migrate (const LamSchema *schema, LamConnection *connection,
    int version, GError **error)
{
  g_autofree char *marks =
      g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%d;",
          LAM_PROJECT_ID, schema->version);
  if (!lam_connection_begin (connection, error))
    return false;
  if (apply (schema, connection, version, schema->version, error)
      && lam_connection_exec (connection, marks, error)
      && lam_schema_check (schema, connection, schema->version, error))
    return lam_connection_commit (connection, error);
  lam_connection_rollback (connection);
  return false;
}
