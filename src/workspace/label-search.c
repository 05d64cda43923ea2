/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The main thread takes a copy of the table, which shares its rows, and copies
 * numbers; all else is done in the worker, which is where the time goes. */
#include "workspace/label-search.h"

#include <math.h>
#include <string.h>

#include "workspace/label-query.h"
#include "workspace/labelling-private.h"

typedef struct {
  const LamLabel *label; /* Borrowed from the table */
  double value; /* of the key that is a number */
  char *text; /* Owned; to be compared; or NULL */
} Entry;

struct _LamLabelSearch {
  LamLabelQuery query; /* Owned */
  LamLabelKey key;
  bool is_descending, as_groups;
  GPtrArray *made; /* Owned; groups that are listed without labels (char *) */
  LamClassTable *table; /* Owned */
  int32_t class_id; /* -1: of all */
  double *values; /* Owned; of each row of the table; NULL: it has none */
  GArray *entries; /* Owned; of Entry; once it runs */
};

static double
get_share (const LamLabelCount *count)
{
  return (double)(count->n_by_share[LAM_SHARE_HUMAN]
             + count->n_by_share[LAM_SHARE_ACCEPTED])
      / (double)count->n_voxels;
}

double
lam_label_key_get_value (
    LamLabelKey key, const LamLabelCount *count, const double voxel_size_nm[3])
{
  if (!count || count->n_voxels == 0)
    return NAN;
  switch (key) {
  case LAM_LABEL_BY_VOLUME:
    return lam_label_count_get_volume_nm3 (count, voxel_size_nm);
  case LAM_LABEL_BY_SURFACE:
    return lam_label_count_get_surface_nm2 (count, voxel_size_nm);
  case LAM_LABEL_BY_SLICES:
    return count->n_slices;
  case LAM_LABEL_BY_HAND:
    return get_share (count);
  case LAM_LABEL_BY_UNCERTAINTY: {
    const double uncertainty = lam_label_count_get_uncertainty (count);
    return uncertainty < 0 ? NAN : uncertainty;
  }
  case LAM_LABEL_BY_ID:
    return count->label;
  case LAM_LABEL_BY_NAME:
  case LAM_LABEL_BY_CLASS:
  case LAM_LABEL_BY_STATE:
  case LAM_LABEL_BY_GROUP:
    break;
  }
  return NAN;
}

static void
entry_clear (gpointer data)
{
  g_free (((Entry *)data)->text);
}

static bool
needs_counts (LamLabelKey key)
{
  return key >= LAM_LABEL_BY_VOLUME;
}

static double *
copy_values (const LamClassTable *table, LamLabelKey key,
    LamStatistics *statistics, const double voxel_size_nm[3])
{
  const size_t n = lam_class_table_get_n_labels (table);
  double *values = g_new (double, n);
  for (size_t i = 0; i < n; i++) {
    const uint32_t id = lam_class_table_get_nth_label (table, i)->id;
    values[i] = lam_label_key_get_value (
        key, lam_statistics_get (statistics, id), voxel_size_nm);
  }
  return values;
}

LamLabelSearch *
lam_label_search_new (const LamClassTable *classes, const LamLabelOrder *order,
    LamStatistics *statistics, const double voxel_size_nm[3])
{
  LamLabelSearch *search = g_new0 (LamLabelSearch, 1);
  lam_label_query_parse (&search->query, order->text);
  search->key = order->key;
  search->is_descending = order->is_descending;
  search->as_groups = order->as_groups;
  search->class_id = order->class_id;
  search->made = g_ptr_array_new_with_free_func (g_free);
  search->table = lam_class_table_copy (classes);
  search->entries = g_array_new (false, false, sizeof (Entry));
  g_array_set_clear_func (search->entries, entry_clear);
  if (statistics && needs_counts (order->key))
    search->values =
        copy_values (search->table, order->key, statistics, voxel_size_nm);
  return search;
}

void
lam_label_search_add_group (LamLabelSearch *search, const char *group)
{
  g_ptr_array_add (search->made, g_strdup (group));
}

void
lam_label_search_free (LamLabelSearch *search)
{
  lam_label_query_clear (&search->query);
  g_array_unref (search->entries);
  g_ptr_array_unref (search->made);
  lam_class_table_free (search->table);
  g_free (search->values);
  g_free (search);
}

static const char *
get_class_name (const LamLabelSearch *search, const LamLabel *label)
{
  const LamClass *class =
      lam_class_table_get_class (search->table, label->class_id);
  return class ? class->name : NULL;
}

static char *
dup_title (const LamLabelSearch *search, const LamLabel *label)
{
  return lam_labelling_make_title (
      label->name, get_class_name (search, label), label->id);
}

static bool
passes (const LamLabelSearch *search, const LamLabel *label)
{
  const char *needle = search->query.text;
  if (label->deleted
      || (search->class_id >= 0 && label->class_id != search->class_id)
      || !lam_label_query_matches (&search->query, label->state, label->group))
    return false;
  if (!*needle)
    return true;
  g_autofree char *title = dup_title (search, label);
  g_autofree char *folded = g_utf8_casefold (title, -1);
  char number[16];
  g_snprintf (number, sizeof number, "%u", label->id);
  return strstr (folded, needle) || strstr (number, needle);
}

/* Names with numbers in them in the order of the numbers. */
static char *
make_text (const LamLabelSearch *search, const LamLabel *label)
{
  g_autofree char *text = NULL;
  if (search->key == LAM_LABEL_BY_NAME)
    text = dup_title (search, label);
  else if (search->key == LAM_LABEL_BY_CLASS)
    text = g_strdup (get_class_name (search, label));
  else if (search->key == LAM_LABEL_BY_GROUP)
    text = g_strdup (label->group);
  return text ? g_utf8_collate_key_for_filename (text, -1) : NULL;
}

static int
compare_values (double a, double b)
{
  if (isnan (a) || isnan (b))
    return isnan (b) - isnan (a);
  return (a > b) - (a < b);
}

static int
compare_ids (const Entry *a, const Entry *b)
{
  return (a->label->id > b->label->id) - (a->label->id < b->label->id);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const LamLabelSearch *search = data;
  const Entry *x = *(Entry *const *)a, *y = *(Entry *const *)b;
  int order = 0;
  if (search->key == LAM_LABEL_BY_STATE)
    order = (int)x->label->state - (int)y->label->state;
  else if (search->key == LAM_LABEL_BY_GROUP && (!x->text || !y->text))
    order = !x->text - !y->text;
  else if (search->key < LAM_LABEL_BY_VOLUME && search->key != LAM_LABEL_BY_ID)
    order = g_strcmp0 (x->text, y->text);
  else if (search->key != LAM_LABEL_BY_ID)
    order = compare_values (x->value, y->value);
  if (order == 0 && (search->key != LAM_LABEL_BY_ID || !search->is_descending))
    return compare_ids (x, y);
  if (order == 0)
    return compare_ids (y, x);
  return search->is_descending ? -order : order;
}

static void
list_entries (LamLabelSearch *search)
{
  const size_t n = lam_class_table_get_n_labels (search->table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *label = lam_class_table_get_nth_label (search->table, i);
    if (!passes (search, label))
      continue;
    const Entry entry = { .label = label,
      .value = search->values ? search->values[i] : NAN,
      .text = make_text (search, label) };
    g_array_append_val (search->entries, entry);
  }
}

/* Borrowed entries, in order. */
static GPtrArray *
find_entries (LamLabelSearch *search)
{
  GPtrArray *found = g_ptr_array_new ();
  list_entries (search);
  for (guint i = 0; i < search->entries->len; i++)
    g_ptr_array_add (found, &g_array_index (search->entries, Entry, i));
  g_ptr_array_sort_with_data (found, compare, search);
  return found;
}

/* The groups are in order of their names whatever the labels are ordered by. */
static LamGroupTree *
make_tree (const LamLabelSearch *search, const GPtrArray *found)
{
  LamGroupTree *tree = lam_group_tree_new ();
  for (guint i = 0; i < search->made->len; i++)
    lam_group_tree_add_group (tree, search->made->pdata[i]);
  for (guint i = 0; i < found->len; i++) {
    const LamLabel *label = ((Entry *)found->pdata[i])->label;
    lam_group_tree_add_label (tree, label->id, label->group);
  }
  const bool is_named =
      search->key == LAM_LABEL_BY_NAME || search->key == LAM_LABEL_BY_GROUP;
  lam_group_tree_finish (tree, is_named && search->is_descending);
  return tree;
}

LamLabelsFound *
lam_label_search_run (LamLabelSearch *search)
{
  g_autoptr (GPtrArray) found = find_entries (search);
  LamLabelsFound *answer = g_new0 (LamLabelsFound, 1);
  if (search->as_groups) {
    answer->tree = make_tree (search, found);
    return answer;
  }
  answer->ids = g_array_sized_new (false, false, sizeof (int64_t), found->len);
  for (guint i = 0; i < found->len; i++) {
    const int64_t id = ((Entry *)found->pdata[i])->label->id;
    g_array_append_val (answer->ids, id);
  }
  return answer;
}

void
lam_labels_found_free (LamLabelsFound *found)
{
  g_clear_pointer (&found->ids, g_array_unref);
  g_clear_pointer (&found->tree, lam_group_tree_free);
  g_free (found);
}
