/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/class-choice-row.h"

#define TEXT_PX 80
#define ROW_PX 56
#define MOST_PX 440

GtkWidget *
lam_class_choice_row_new (const char *title, const char *none,
    const LamClassTable *classes, const char *const *more)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  gtk_string_list_append (list, none);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    gtk_string_list_append (
        list, lam_class_table_get_nth_class (classes, i)->name);
  for (int i = 0; more && more[i]; i++)
    gtk_string_list_append (list, more[i]);
  GtkWidget *row = adw_combo_row_new ();
  /* Names of a file are no markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  return row;
}

GArray *
lam_class_choice_list_ids (const LamClassTable *classes)
{
  GArray *ids = g_array_new (false, false, sizeof (int32_t));
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    g_array_append_val (ids, lam_class_table_get_nth_class (classes, i)->id);
  return ids;
}

guint
lam_class_choice_find_place (const GArray *ids, int32_t id)
{
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, int32_t, i) == id)
      return LAM_CLASS_CHOICE_FIRST + i;
  return LAM_CLASS_CHOICE_NONE;
}

void
lam_class_choice_fit_height (GtkScrolledWindow *scroll, guint n_rows)
{
  gtk_scrolled_window_set_min_content_height (
      scroll, MIN (TEXT_PX + ROW_PX * (int)n_rows, MOST_PX));
}
