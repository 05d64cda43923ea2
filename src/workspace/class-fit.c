/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/class-fit.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/project-data.h"

char **
lam_class_fit_dup_names (const LamModel *model)
{
  int n = lam_model_get_n_classes (model);
  char **names = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++)
    names[i] = g_strdup (lam_model_get_class_name (model, i));
  return names;
}

/* ---- Classes ------------------------------------------------------------ */

static const LamClass *
find_class (const LamClassTable *classes, const char *name)
{
  g_autofree char *wanted = g_utf8_casefold (name, -1);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    g_autofree char *found = g_utf8_casefold (row->name, -1);
    if (strcmp (wanted, found) == 0)
      return row;
  }
  return NULL;
}

static void
fail (const char *const *names, const char *missing,
    const LamClassTable *classes, GError **error)
{
  g_autofree char *model = g_strjoinv (", ", (char **)names);
  g_autoptr (GString) project = g_string_new (NULL);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++)
    g_string_append_printf (project, "%s%s", i > 0 ? ", " : "",
        lam_class_table_get_nth_class (classes, i)->name);
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The network’s classes do not fit the project’s: there is no class "
         "“%s”. The network knows %s; the project has %s. Add or rename "
         "classes so that the names agree."),
      missing, model, project->str);
}

GArray *
lam_class_fit_find (
    const char *const *names, const LamClassTable *classes, GError **error)
{
  g_autoptr (GArray) fit = g_array_new (false, false, sizeof (int32_t));
  for (int i = 0; names[i]; i++) {
    const LamClass *row = find_class (classes, names[i]);
    if (!row) {
      fail (names, names[i], classes, error);
      return NULL;
    }
    g_array_append_val (fit, row->id);
  }
  return g_steal_pointer (&fit);
}

/* ---- Labels ------------------------------------------------------------- */

/* Among those of the project and those that are to be made. */
static uint32_t
find_label (const LamClassTable *classes, const GPtrArray *rows, int32_t class)
{
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (!row->deleted && row->class_id == class)
      return row->id;
  }
  for (guint i = 0; i < rows->len; i++) {
    const LamRowChange *change = rows->pdata[i];
    if (change->label_after->class_id == class)
      return change->label_after->id;
  }
  return 0;
}

static uint32_t
add_label (const LamClassTable *classes, GPtrArray *rows, const LamClass *class,
    GError **error)
{
  uint32_t next = lam_class_table_get_next_label (classes);
  /* The last number says nothing in a model's edit. */
  if (next == 0 || next >= UINT32_MAX - rows->len) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("All label numbers up to 4294967295 are taken"));
    return 0;
  }
  LamLabel after = { .id = next + rows->len,
    .name = (char *)"",
    .class_id = class->id,
    .rgb = class->rgb };
  LamLabel before = after;
  before.deleted = true;
  g_ptr_array_add (rows, lam_row_change_new_label (&before, &after));
  return after.id;
}

GArray *
lam_class_fit_take_labels (const GArray *fit, const LamClassTable *classes,
    GPtrArray *rows, GError **error)
{
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  for (guint i = 0; i < fit->len; i++) {
    int32_t id = g_array_index (fit, int32_t, i);
    const LamClass *class = lam_class_table_get_class (classes, id);
    bool has_label = id != 0 && !class->has_instances;
    uint32_t label = has_label ? find_label (classes, rows, id) : 0;
    if (has_label && label == 0) {
      label = add_label (classes, rows, class, error);
      if (label == 0)
        return NULL;
    }
    g_array_append_val (labels, label);
  }
  return g_steal_pointer (&labels);
}

GHashTable *
lam_class_fit_map_labels (const GArray *fit, const LamClassTable *classes)
{
  GHashTable *map = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < fit->len; i++) {
    int32_t id = g_array_index (fit, int32_t, i);
    if (lam_class_table_get_class (classes, id)->has_instances)
      g_hash_table_insert (wanted, GINT_TO_POINTER (id), GUINT_TO_POINTER (i));
  }
  size_t n = g_hash_table_size (wanted) > 0
      ? lam_class_table_get_n_labels (classes)
      : 0;
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    gpointer class;
    if (!row->deleted
        && g_hash_table_lookup_extended (
            wanted, GINT_TO_POINTER (row->class_id), NULL, &class))
      g_hash_table_insert (map, GUINT_TO_POINTER (row->id), class);
  }
  return map;
}
