/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/group-totals.h"

#include <string.h>

struct _LamGroupTotals {
  GHashTable *groups; /* Owned; owned path → owned LamGroupTotal */
};

static LamGroupTotal *
take_total (GHashTable *groups, const char *path)
{
  LamGroupTotal *total = g_hash_table_lookup (groups, path);
  if (!total) {
    total = g_new0 (LamGroupTotal, 1);
    g_hash_table_insert (groups, g_strdup (path), total);
  }
  return total;
}

/* A label of which nothing is found has no voxels, once all was counted. */
static void
add_label (LamGroupTotal *total, const LamLabel *row, LamStatistics *statistics)
{
  const LamLabelCount *count =
      statistics ? lam_statistics_get (statistics, row->id) : NULL;
  total->n_labels++;
  total->n_hidden += row->hidden;
  total->n_locked += row->locked;
  total->n_completed += row->state == LAM_LABEL_COMPLETED;
  if (count)
    total->n_voxels += count->n_voxels;
  else if (!statistics || !lam_statistics_is_complete (statistics))
    total->n_unknown++;
}

static GHashTable *
make_groups (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* Of each group alone; neighbours in the table are often of one group. */
static GHashTable *
count_own (const LamClassTable *table, LamStatistics *statistics)
{
  GHashTable *own = make_groups ();
  const size_t n = lam_class_table_get_n_labels (table);
  const char *last = "";
  LamGroupTotal *total = NULL;
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (row->deleted || !row->group)
      continue;
    if (strcmp (row->group, last) != 0)
      total = take_total (own, row->group);
    last = row->group;
    add_label (total, row, statistics);
  }
  return own;
}

static void
add (LamGroupTotal *to, const LamGroupTotal *from)
{
  to->n_labels += from->n_labels;
  to->n_hidden += from->n_hidden;
  to->n_locked += from->n_locked;
  to->n_completed += from->n_completed;
  to->n_unknown += from->n_unknown;
  to->n_voxels += from->n_voxels;
}

LamGroupTotals *
lam_group_totals_new (const LamClassTable *table, LamStatistics *statistics)
{
  LamGroupTotals *totals = g_new0 (LamGroupTotals, 1);
  g_autoptr (GHashTable) own = count_own (table, statistics);
  GHashTableIter iter;
  gpointer group, total;
  totals->groups = make_groups ();
  g_hash_table_iter_init (&iter, own);
  while (g_hash_table_iter_next (&iter, &group, &total)) {
    g_autofree char *path = g_strdup (group);
    while (*path) {
      add (take_total (totals->groups, path), total);
      char *parent = lam_label_group_dup_parent (path);
      g_free (path);
      path = parent;
    }
  }
  return totals;
}

void
lam_group_totals_free (LamGroupTotals *totals)
{
  g_hash_table_unref (totals->groups);
  g_free (totals);
}

LamGroupTotal
lam_group_totals_get (const LamGroupTotals *totals, const char *group)
{
  const LamGroupTotal *total = g_hash_table_lookup (totals->groups, group);
  return total ? *total : (LamGroupTotal){ 0 };
}
