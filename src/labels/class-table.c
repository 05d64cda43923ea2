/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes are few: they are found by id in a hash table and listed in order of
 * id by an index beside it, which is sorted when it is next read. Labels are
 * many, and copies share what they can of them. */
#include "labels/class-table.h"

#include <string.h>

#include "labels/label-colour.h"
#include "labels/label-rows.h"

typedef struct {
  GHashTable *by_id; /* Owned, owns the rows: id → row */
  GPtrArray *index; /* Owned; borrowed rows */
  bool is_sorted;
} Rows;

struct _LamClassTable {
  Rows classes; /* of LamClass */
  LamLabelRows *labels; /* Owned */
  uint64_t next_label;
  int64_t next_class;
  uint64_t serial;
  GHashTable *isolated; /* Owned; labels, in pointers; NULL: it is not on */
};

static int
compare_classes (gconstpointer a, gconstpointer b)
{
  const LamClass *p = *(const LamClass *const *)a;
  const LamClass *q = *(const LamClass *const *)b;
  return (p->id > q->id) - (p->id < q->id);
}

static void
free_class (gpointer data)
{
  LamClass *row = data;
  g_free (row->name);
  g_free (row);
}

static void
rows_init (Rows *rows)
{
  rows->by_id = g_hash_table_new_full (NULL, NULL, NULL, free_class);
  rows->index = g_ptr_array_new ();
  rows->is_sorted = true;
}

static void
rows_clear (Rows *rows)
{
  g_ptr_array_unref (rows->index);
  g_hash_table_unref (rows->by_id);
}

static gpointer
rows_get (const Rows *rows, uint32_t id)
{
  return g_hash_table_lookup (rows->by_id, GUINT_TO_POINTER (id));
}

static void
rows_add (Rows *rows, uint32_t id, gpointer row)
{
  GPtrArray *index = rows->index;
  if (index->len > 0)
    rows->is_sorted = rows->is_sorted
        && compare_classes (&index->pdata[index->len - 1], &row) < 0;
  g_ptr_array_add (index, row);
  g_hash_table_insert (rows->by_id, GUINT_TO_POINTER (id), row);
}

static void
rows_sort (Rows *rows)
{
  if (!rows->is_sorted)
    g_ptr_array_sort (rows->index, compare_classes);
  rows->is_sorted = true;
}

static void
rows_remove (Rows *rows, uint32_t id)
{
  gpointer row = rows_get (rows, id);
  if (!row)
    return;
  rows_sort (rows);
  gpointer *found = bsearch (
      &row, rows->index->pdata, rows->index->len, sizeof row, compare_classes);
  g_ptr_array_remove_index (rows->index, found - rows->index->pdata);
  g_hash_table_remove (rows->by_id, GUINT_TO_POINTER (id));
}

static gpointer
rows_get_nth (const Rows *rows, size_t i)
{
  /* Sorting changes nothing that can be seen from outside. */
  rows_sort ((Rows *)rows);
  return i < rows->index->len ? rows->index->pdata[i] : NULL;
}

LamClassTable *
lam_class_table_new (void)
{
  LamClassTable *table = g_new0 (LamClassTable, 1);
  rows_init (&table->classes);
  table->labels = lam_label_rows_new ();
  table->next_label = 1;
  return table;
}

LamClassTable *
lam_class_table_copy_classes (const LamClassTable *table)
{
  LamClassTable *copy = lam_class_table_new ();
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    lam_class_table_set_class (copy, lam_class_table_get_nth_class (table, i));
  return copy;
}

LamClassTable *
lam_class_table_copy (const LamClassTable *table)
{
  LamClassTable *copy = lam_class_table_copy_classes (table);
  lam_label_rows_free (copy->labels);
  copy->labels = lam_label_rows_copy (table->labels);
  copy->next_label = table->next_label;
  copy->serial += lam_label_rows_get_n (table->labels);
  return copy;
}

void
lam_class_table_free (LamClassTable *table)
{
  rows_clear (&table->classes);
  lam_label_rows_free (table->labels);
  g_clear_pointer (&table->isolated, g_hash_table_unref);
  g_free (table);
}

/* The name may be the row's own. */
static char *
replace_name (char *old, const char *name)
{
  char *copy = g_strdup (name ? name : "");
  g_free (old);
  return copy;
}

void
lam_class_table_set_class (LamClassTable *table, const LamClass *row)
{
  g_return_if_fail (row->id >= 0);
  LamClass *own = rows_get (&table->classes, row->id);
  bool is_new = !own;
  if (is_new)
    own = g_new0 (LamClass, 1);
  char *name = replace_name (own->name, row->name);
  *own = *row;
  own->name = name;
  if (is_new)
    rows_add (&table->classes, own->id, own);
  table->next_class = MAX (table->next_class, (int64_t)own->id + 1);
  table->serial++;
}

/* One that is gone is none of those that are shown alone; when they all are,
 * everything is shown. */
static void
forget_isolated (LamClassTable *table, uint32_t id)
{
  if (!table->isolated)
    return;
  g_hash_table_remove (table->isolated, GUINT_TO_POINTER (id));
  if (g_hash_table_size (table->isolated) == 0)
    g_clear_pointer (&table->isolated, g_hash_table_unref);
}

void
lam_class_table_set_label (LamClassTable *table, const LamLabel *row)
{
  g_return_if_fail (row->id > 0);
  const LamLabel *old = lam_label_rows_get (table->labels, row->id);
  const bool comes = !old || old->deleted, goes = row->deleted;
  const uint32_t id = row->id;
  lam_label_rows_set (table->labels, row);
  if (goes)
    forget_isolated (table, id);
  else if (comes && table->isolated)
    g_hash_table_add (table->isolated, GUINT_TO_POINTER (id));
  table->next_label = MAX (table->next_label, (uint64_t)id + 1);
  table->serial++;
}

void
lam_class_table_remove_class (LamClassTable *table, int32_t id)
{
  rows_remove (&table->classes, id);
  table->serial++;
}

void
lam_class_table_remove_label (LamClassTable *table, uint32_t id)
{
  lam_label_rows_remove (table->labels, id);
  forget_isolated (table, id);
  table->serial++;
}

size_t
lam_class_table_get_n_classes (const LamClassTable *table)
{
  return table->classes.index->len;
}

const LamClass *
lam_class_table_get_nth_class (const LamClassTable *table, size_t i)
{
  return rows_get_nth (&table->classes, i);
}

const LamClass *
lam_class_table_get_class (const LamClassTable *table, int32_t id)
{
  return id < 0 ? NULL : rows_get (&table->classes, id);
}

const LamClass *
lam_class_table_find_class (const LamClassTable *table, const char *name)
{
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++) {
    const LamClass *row = lam_class_table_get_nth_class (table, i);
    if (strcmp (row->name, name) == 0)
      return row;
  }
  return NULL;
}

size_t
lam_class_table_get_n_labels (const LamClassTable *table)
{
  return lam_label_rows_get_n (table->labels);
}

const LamLabel *
lam_class_table_get_nth_label (const LamClassTable *table, size_t i)
{
  return lam_label_rows_get_nth (table->labels, i);
}

const LamLabel *
lam_class_table_get_label (const LamClassTable *table, uint32_t id)
{
  return lam_label_rows_get (table->labels, id);
}

uint32_t
lam_class_table_get_next_label (const LamClassTable *table)
{
  return table->next_label <= UINT32_MAX ? table->next_label : 0;
}

int32_t
lam_class_table_get_next_class (const LamClassTable *table)
{
  return table->next_class <= INT32_MAX ? table->next_class : -1;
}

/* NULL for an unknown label and for one whose class is not in the table. */
static const LamClass *
class_of (const LamClassTable *table, const LamLabel *label)
{
  return label ? lam_class_table_get_class (table, label->class_id) : NULL;
}

bool
lam_class_table_is_locked (const LamClassTable *table, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (table, label);
  const LamClass *kind = class_of (table, row);
  return (row && (row->locked || row->state == LAM_LABEL_COMPLETED))
      || (kind && kind->locked);
}

bool
lam_class_table_is_hidden (const LamClassTable *table, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (table, label);
  const LamClass *kind = class_of (table, row);
  if (row && table->isolated
      && !g_hash_table_contains (table->isolated, GUINT_TO_POINTER (label)))
    return true;
  return (row && row->hidden) || (kind && kind->hidden);
}

void
lam_class_table_count_states (const LamClassTable *table, int32_t class_id,
    size_t counts[LAM_N_LABEL_STATES])
{
  memset (counts, 0, LAM_N_LABEL_STATES * sizeof *counts);
  const size_t n = lam_label_rows_get_n (table->labels);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_label_rows_get_nth (table->labels, i);
    if (!row->deleted && (class_id < 0 || row->class_id == class_id))
      counts[row->state]++;
  }
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_group (GHashTable *groups, const char *group)
{
  if (!group || !*group || g_hash_table_contains (groups, group))
    return;
  g_autofree char *parent = lam_label_group_dup_parent (group);
  g_hash_table_add (groups, g_strdup (group));
  add_group (groups, parent);
}

GPtrArray *
lam_class_table_list_groups (const LamClassTable *table)
{
  g_autoptr (GHashTable) groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const size_t n = lam_label_rows_get_n (table->labels);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_label_rows_get_nth (table->labels, i);
    if (!row->deleted)
      add_group (groups, row->group);
  }
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer group;
  g_hash_table_iter_init (&iter, groups);
  while (g_hash_table_iter_next (&iter, &group, NULL)) {
    g_ptr_array_add (list, group);
    g_hash_table_iter_steal (&iter);
  }
  g_ptr_array_sort (list, compare_texts);
  return list;
}

void
lam_class_table_isolate (LamClassTable *table, const uint32_t *labels, size_t n)
{
  g_clear_pointer (&table->isolated, g_hash_table_unref);
  if (n > 0)
    table->isolated = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < n; i++)
    g_hash_table_add (table->isolated, GUINT_TO_POINTER (labels[i]));
  table->serial++;
}

size_t
lam_class_table_get_n_isolated (const LamClassTable *table)
{
  return table->isolated ? g_hash_table_size (table->isolated) : 0;
}

uint32_t
lam_class_table_get_rgb (
    const LamClassTable *table, uint32_t label, bool by_class)
{
  if (label == 0)
    return 0;
  const LamLabel *row = lam_class_table_get_label (table, label);
  const LamClass *kind = class_of (table, row);
  if (kind && by_class)
    return kind->rgb;
  if (row && row->rgb != LAM_RGB_AUTO)
    return row->rgb;
  if (kind && !kind->has_instances)
    return kind->rgb;
  return lam_label_colour_auto (label);
}

uint64_t
lam_class_table_get_serial (const LamClassTable *table)
{
  return table->serial;
}
