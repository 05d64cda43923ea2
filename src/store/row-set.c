/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/row-set.h"

#include "base/int64-hash.h"
#include "store/note-table.h"
#include "store/region-table.h"
#include "store/row-table.h"
#include "store/row-text.h"

void
lam_row_set_begin (LamRowSet *set)
{
  for (int i = 0; i < LAM_N_ROW_KINDS; i++)
    set->texts[i] =
        g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
}

void
lam_row_set_clear (LamRowSet *set)
{
  for (int i = 0; i < LAM_N_ROW_KINDS; i++)
    g_clear_pointer (&set->texts[i], g_hash_table_unref);
}

const char *
lam_row_set_get (const LamRowSet *set, LamRowKind kind, int64_t id)
{
  return g_hash_table_lookup (set->texts[kind], &id);
}

void
lam_row_set_put (LamRowSet *set, LamRowKind kind, int64_t id, char *text)
{
  if (text)
    g_hash_table_replace (set->texts[kind], g_memdup2 (&id, sizeof id), text);
  else
    g_hash_table_remove (set->texts[kind], &id);
}

bool
lam_row_set_read (LamRowSet *set, LamConnection *connection, GError **error)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  g_autoptr (GPtrArray) regions = lam_region_table_read (connection, error);
  g_autoptr (GPtrArray) notes = lam_note_table_read (connection, error);
  if (!regions || !notes || !lam_row_read_classes (connection, table, error))
    return false;
  lam_row_set_begin (set);
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++) {
    const LamClass *row = lam_class_table_get_nth_class (table, i);
    lam_row_set_put (set, LAM_ROW_CLASS, row->id, lam_row_text_of_class (row));
  }
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    lam_row_set_put (set, LAM_ROW_LABEL, row->id, lam_row_text_of_label (row));
  }
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *row = regions->pdata[i];
    lam_row_set_put (
        set, LAM_ROW_REGION, row->id, lam_row_text_of_region (row));
  }
  for (guint i = 0; i < notes->len; i++) {
    const LamNote *row = notes->pdata[i];
    lam_row_set_put (set, LAM_ROW_NOTE, row->id, lam_row_text_of_note (row));
  }
  return true;
}

void
lam_row_set_copy_back (
    LamRowSet *set, const LamRowSet *now, const GPtrArray *changes)
{
  lam_row_set_begin (set);
  for (int kind = 0; kind < LAM_N_ROW_KINDS; kind++) {
    GHashTableIter iter;
    gpointer id, text;
    g_hash_table_iter_init (&iter, now->texts[kind]);
    while (g_hash_table_iter_next (&iter, &id, &text))
      lam_row_set_put (set, (LamRowKind)kind, *(int64_t *)id, g_strdup (text));
  }
  for (guint i = 0; i < changes->len; i++) {
    const LamRowChange *change = changes->pdata[i];
    lam_row_set_put (set, change->kind, lam_row_change_get_id (change),
        lam_row_text_after (change));
  }
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

GArray *
lam_row_set_list_ids (const LamRowSet *a, const LamRowSet *b, LamRowKind kind)
{
  GArray *ids = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, a->texts[kind]);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_array_append_vals (ids, id, 1);
  g_hash_table_iter_init (&iter, b->texts[kind]);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!lam_row_set_get (a, kind, *(int64_t *)id))
      g_array_append_vals (ids, id, 1);
  g_array_sort (ids, compare_ids);
  return ids;
}
