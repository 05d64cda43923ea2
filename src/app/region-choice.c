/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/region-choice.h"

/* Of the row: GArray of int32_t, the ids in the order of the list. */
#define IDS_KEY "lam-region-ids"

static GArray *
get_ids (AdwComboRow *row)
{
  return g_object_get_data (G_OBJECT (row), IDS_KEY);
}

int32_t
lam_region_choice_get (AdwComboRow *row)
{
  const GArray *ids = get_ids (row);
  const guint selected = adw_combo_row_get_selected (row);
  return ids && selected < ids->len ? g_array_index (ids, int32_t, selected)
                                    : 0;
}

/* Its place in the list, or `otherwise`. */
static guint
find (const GArray *ids, int32_t id, guint otherwise)
{
  for (guint i = 0; ids && i < ids->len; i++)
    if (g_array_index (ids, int32_t, i) == id)
      return i;
  return otherwise;
}

void
lam_region_choice_set (AdwComboRow *row, int32_t id)
{
  const guint selected = adw_combo_row_get_selected (row);
  adw_combo_row_set_selected (row, find (get_ids (row), id, selected));
}

void
lam_region_choice_fill (
    AdwComboRow *row, LamWorkspace *workspace, const char *all)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const int32_t chosen = lam_region_choice_get (row), none = 0;
  const guint selected = adw_combo_row_get_selected (row);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  if (all) {
    gtk_string_list_append (names, all);
    g_array_append_val (ids, none);
  }
  const size_t n = lam_workspace_get_n_regions (workspace);
  for (size_t i = 0; i < n; i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    gtk_string_list_append (names, region->name);
    g_array_append_val (ids, region->id);
  }
  const guint last = ids->len > 0 ? ids->len - 1 : 0;
  const bool has_neighbour = !all && chosen != 0;
  const guint place =
      find (ids, chosen, has_neighbour ? MIN (selected, last) : 0);
  g_object_set_data_full (
      G_OBJECT (row), IDS_KEY, ids, (GDestroyNotify)g_array_unref);
  adw_combo_row_set_model (row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (row, place);
}
