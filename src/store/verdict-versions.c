/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/verdict-versions.h"

#include "store/row-table.h"

/* So many are remembered. */
#define MAX_WORDS 64

static char *
dup_name (const LamVerdictRow *row)
{
  const int64_t *min = row->box.min, *max = row->box.max;
#define N " %" G_GINT64_FORMAT
  return g_strdup_printf ("verdict-note" N N N N N N N, row->time, min[0],
      min[1], min[2], max[0], max[1], max[2]);
#undef N
}

char *
lam_verdict_versions_dup (
    GHashTable *settings, const LamVerdictRow *row, const char *note)
{
  g_autofree char *name = dup_name (row);
  const char *kept = g_hash_table_lookup (settings, name);
  if (kept)
    return g_strdup (kept);
  g_autofree char *sum =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, note ? note : "", -1);
  return g_strdup_printf ("t%.16s", sum);
}

/* The newest of them. */
static char *
join_words (char **words)
{
  if (g_strv_length (words) > MAX_WORDS)
    g_clear_pointer (&words[MAX_WORDS], g_free);
  return g_strjoinv (" ", words);
}

char *
lam_verdict_versions_renew (const char *versions)
{
  g_auto (GStrv) words = g_strsplit (versions, " ", MAX_WORDS - 1);
  g_autofree char *rest = g_strjoinv (" ", words);
  return g_strdup_printf (
      "%08x%08x %s", g_random_int (), g_random_int (), rest);
}

char *
lam_verdict_versions_join (const char *first, const char *other)
{
  g_auto (GStrv) known = g_strsplit (first, " ", -1);
  g_auto (GStrv) words = g_strsplit (other, " ", -1);
  g_autoptr (GStrvBuilder) both = g_strv_builder_new ();
  g_strv_builder_addv (both, (const char **)known);
  for (int i = 0; words[i]; i++)
    if (!g_strv_contains ((const char *const *)known, words[i]))
      g_strv_builder_add (both, words[i]);
  g_auto (GStrv) all = g_strv_builder_end (both);
  return join_words (all);
}

bool
lam_verdict_versions_know (const char *versions, const char *other)
{
  g_auto (GStrv) words = g_strsplit (versions, " ", -1);
  g_auto (GStrv) others = g_strsplit (other, " ", 2);
  return others[0] && g_strv_contains ((const char *const *)words, others[0]);
}

bool
lam_verdict_versions_write (LamConnection *connection, const LamVerdictRow *row,
    const char *versions, GError **error)
{
  g_autofree char *name = dup_name (row);
  return lam_row_write_setting (connection, name, versions, error);
}
