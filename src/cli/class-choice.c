/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/class-choice.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

const LamClass *
lam_class_choice_find (
    const LamClassTable *classes, const char *name, GError **error)
{
  guint64 id;
  const LamClass *row = lam_class_table_find_class (classes, name);
  if (!row && g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT32, &id, NULL))
    row = lam_class_table_get_class (classes, (int32_t)id);
  if (row)
    return row;
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *each = lam_class_table_get_nth_class (classes, i);
    g_string_append_printf (
        known, "%s%d %s", i ? ", " : "", each->id, each->name);
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The project has no class “%s”; it has: %s"), name, known->str);
  return NULL;
}
