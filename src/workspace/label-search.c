/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The main thread copies ids, names and numbers; titles are made, folded and
 * collated in the worker, which is where the time goes. */
#include "workspace/label-search.h"

#include <math.h>
#include <string.h>

#include "workspace/label-query.h"
#include "workspace/labelling-private.h"

typedef struct {
  uint32_t id;
  int32_t class_id;
  double value; /* of the key that is a number */
  char *name; /* Owned; of the row; NULL: none of its own */
  LamLabelState state;
  char *group; /* Owned; or NULL */
  char *text; /* Owned; to be compared; or NULL */
} Entry;

struct _LamLabelSearch {
  LamLabelQuery query; /* Owned */
  LamLabelKey key;
  bool is_descending, as_groups;
  GPtrArray *made; /* Owned; groups that are listed without labels (char *) */
  GArray *entries; /* Owned; of Entry */
  GHashTable *classes; /* Owned; class id → owned name */
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
  Entry *entry = data;
  g_free (entry->name);
  g_free (entry->group);
  g_free (entry->text);
}

static GHashTable *
list_classes (const LamClassTable *classes)
{
  GHashTable *names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  size_t n = lam_class_table_get_n_classes (classes);
  for (size_t i = 0; i < n; i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    g_hash_table_insert (
        names, GINT_TO_POINTER (row->id), g_strdup (row->name));
  }
  return names;
}

static bool
needs_counts (LamLabelKey key)
{
  return key >= LAM_LABEL_BY_VOLUME;
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
  search->made = g_ptr_array_new_with_free_func (g_free);
  search->classes = list_classes (classes);
  const size_t n = lam_class_table_get_n_labels (classes);
  search->entries = g_array_sized_new (false, false, sizeof (Entry), (guint)n);
  g_array_set_clear_func (search->entries, entry_clear);
  if (!needs_counts (order->key))
    statistics = NULL;
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (row->deleted
        || (order->class_id >= 0 && row->class_id != order->class_id))
      continue;
    const LamLabelCount *count =
        statistics ? lam_statistics_get (statistics, row->id) : NULL;
    const Entry entry = { .id = row->id,
      .class_id = row->class_id,
      .name = *row->name ? g_strdup (row->name) : NULL,
      .state = row->state,
      .group = g_strdup (row->group),
      .value = lam_label_key_get_value (order->key, count, voxel_size_nm) };
    g_array_append_val (search->entries, entry);
  }
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
  g_hash_table_unref (search->classes);
  g_free (search);
}

static const char *
get_class_name (const LamLabelSearch *search, int32_t id)
{
  return g_hash_table_lookup (search->classes, GINT_TO_POINTER (id));
}

static char *
dup_title (const LamLabelSearch *search, const Entry *entry)
{
  return lam_labelling_make_title (
      entry->name, get_class_name (search, entry->class_id), entry->id);
}

static bool
passes (const LamLabelSearch *search, const Entry *entry)
{
  const char *needle = search->query.text;
  if (!lam_label_query_matches (&search->query, entry->state, entry->group))
    return false;
  if (!*needle)
    return true;
  g_autofree char *title = dup_title (search, entry);
  g_autofree char *folded = g_utf8_casefold (title, -1);
  char number[16];
  g_snprintf (number, sizeof number, "%u", entry->id);
  return strstr (folded, needle) || strstr (number, needle);
}

/* Names with numbers in them in the order of the numbers. */
static void
make_text (const LamLabelSearch *search, Entry *entry)
{
  g_autofree char *text = NULL;
  if (search->key == LAM_LABEL_BY_NAME)
    text = dup_title (search, entry);
  else if (search->key == LAM_LABEL_BY_CLASS)
    text = g_strdup (get_class_name (search, entry->class_id));
  else if (search->key == LAM_LABEL_BY_GROUP)
    text = g_strdup (entry->group);
  entry->text = text ? g_utf8_collate_key_for_filename (text, -1) : NULL;
}

static int
compare_values (double a, double b)
{
  if (isnan (a) || isnan (b))
    return isnan (b) - isnan (a);
  return (a > b) - (a < b);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const LamLabelSearch *search = data;
  const Entry *x = *(Entry *const *)a, *y = *(Entry *const *)b;
  int order = 0;
  if (search->key == LAM_LABEL_BY_STATE)
    order = (int)x->state - (int)y->state;
  else if (search->key == LAM_LABEL_BY_GROUP && (!x->text || !y->text))
    order = !x->text - !y->text;
  else if (search->key < LAM_LABEL_BY_VOLUME && search->key != LAM_LABEL_BY_ID)
    order = g_strcmp0 (x->text, y->text);
  else if (search->key != LAM_LABEL_BY_ID)
    order = compare_values (x->value, y->value);
  if (order == 0 && (search->key != LAM_LABEL_BY_ID || !search->is_descending))
    return (x->id > y->id) - (x->id < y->id);
  if (order == 0)
    return (x->id < y->id) - (x->id > y->id);
  return search->is_descending ? -order : order;
}

/* Borrowed entries, in order. */
static GPtrArray *
find_entries (LamLabelSearch *search)
{
  GPtrArray *found = g_ptr_array_new ();
  for (guint i = 0; i < search->entries->len; i++) {
    Entry *entry = &g_array_index (search->entries, Entry, i);
    if (!passes (search, entry))
      continue;
    make_text (search, entry);
    g_ptr_array_add (found, entry);
  }
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
    const Entry *entry = found->pdata[i];
    lam_group_tree_add_label (tree, entry->id, entry->group);
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
    const int64_t id = ((Entry *)found->pdata[i])->id;
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
