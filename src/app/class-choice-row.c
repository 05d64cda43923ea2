/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/class-choice-row.h"

GtkWidget *
lam_class_choice_row_new (const char *title, const char *none,
    const LamClassTable *classes, const char *more)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  gtk_string_list_append (list, none);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    gtk_string_list_append (
        list, lam_class_table_get_nth_class (classes, i)->name);
  if (more)
    gtk_string_list_append (list, more);
  GtkWidget *row = adw_combo_row_new ();
  /* Names of a file are no markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  return row;
}
