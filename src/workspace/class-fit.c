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
  g_set_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHOICE,
      _ ("The network’s classes do not fit the project’s: there is no class "
         "“%s”. The network knows %s; the project has %s. Add or rename "
         "classes so that the names agree."),
      missing, model, project->str);
}

static GArray *
find_by_name (
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

/* ---- What a person said ------------------------------------------------- */

/* A line for each class: "3 = mito"; of none it is "-1". */
char *
lam_class_fit_to_text (const char *const *names, const GArray *fit)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < fit->len; i++)
    g_string_append_printf (
        text, "%d = %s\n", g_array_index (fit, int32_t, i), names[i]);
  return g_string_free (text, FALSE);
}

/* NULL: it is about other names, or a class that is gone. */
static GArray *
parse (const char *const *names, const char *said, const LamClassTable *classes)
{
  g_auto (GStrv) lines = g_strsplit (said, "\n", -1);
  g_autoptr (GArray) fit = g_array_new (false, false, sizeof (int32_t));
  int i = 0;
  for (; names[i] && lines[i]; i++) {
    char *end;
    int64_t id = g_ascii_strtoll (lines[i], &end, 10);
    bool is_there = id == LAM_CLASS_FIT_NONE
        || (id >= 0 && id <= INT32_MAX
            && lam_class_table_get_class (classes, (int32_t)id));
    if (!is_there || !g_str_has_prefix (end, " = ")
        || strcmp (end + strlen (" = "), names[i]) != 0)
      return NULL;
    const int32_t small = (int32_t)id;
    g_array_append_val (fit, small);
  }
  bool is_whole = !names[i] && (!lines[i] || !*lines[i]);
  return is_whole ? g_steal_pointer (&fit) : NULL;
}

GArray *
lam_class_fit_find (const char *const *names, const char *said,
    const LamClassTable *classes, GError **error)
{
  GArray *fit = said ? parse (names, said, classes) : NULL;
  return fit ? fit : find_by_name (names, classes, error);
}

/* "alphagranule" of "Alpha-granule 1" */
static char *
simplify (const char *name)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);
  GString *text = g_string_new (NULL);
  for (const char *at = folded; *at; at = g_utf8_next_char (at))
    if (g_unichar_isalpha (g_utf8_get_char (at)))
      g_string_append_unichar (text, g_utf8_get_char (at));
  return g_string_free (text, FALSE);
}

/* How many bytes two names begin alike with, where one begins with all of the
 * other or both share a stem; "mito" and "mitochondria" do, "membrane" and
 * "mesh" do not. */
#define STEM_BYTES 4

static size_t
count_alike (const char *one, const char *other)
{
  size_t n = 0;
  while (one[n] && one[n] == other[n])
    n++;
  bool is_all = n > 0 && (!one[n] || !other[n]);
  return n >= STEM_BYTES || (is_all && strcmp (one, other) == 0) ? n : 0;
}

int32_t
lam_class_fit_guess (
    const char *const *names, int i, const LamClassTable *classes)
{
  const LamClass *same = find_class (classes, names[i]);
  g_autofree char *wanted = simplify (names[i]);
  size_t most = 0;
  int32_t best =
      i == 0 && lam_class_table_get_class (classes, 0) ? 0 : LAM_CLASS_FIT_NONE;
  if (same)
    return same->id;
  for (size_t j = 0; j < lam_class_table_get_n_classes (classes); j++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, j);
    g_autofree char *found = simplify (row->name);
    size_t alike = count_alike (wanted, found);
    if (alike <= most)
      continue;
    most = alike;
    best = row->id;
  }
  return best;
}

/* The first class of the network that is the same one of the project. */
static uint8_t
find_first (const GArray *fit, guint i)
{
  int32_t id = g_array_index (fit, int32_t, i);
  guint j = 0;
  while (g_array_index (fit, int32_t, j) != id)
    j++;
  return id == LAM_CLASS_FIT_NONE ? LAM_PROPOSAL_UNKNOWN : (uint8_t)j;
}

void
lam_class_fit_apply (const GArray *fit, LamProposal *proposal)
{
  uint8_t map[UINT8_MAX + 1];
  const int64_t n = lam_box_volume (&proposal->box);
  memset (map, LAM_PROPOSAL_UNKNOWN, sizeof map);
  for (guint i = 0; i < MIN (fit->len, LAM_PROPOSAL_UNKNOWN); i++)
    map[i] = find_first (fit, i);
  for (int64_t i = 0; i < n; i++) {
    proposal->classes[i] = map[proposal->classes[i]];
    proposal->runner_ups[i] = map[proposal->runner_ups[i]];
  }
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
add_label (LamLabelNumbers *numbers, GPtrArray *rows, const LamClass *class,
    GError **error)
{
  uint32_t number = lam_label_numbers_take (numbers);
  if (number == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("All label numbers up to 4294967295 are taken"));
    return 0;
  }
  LamLabel after = {
    .id = number, .name = (char *)"", .class_id = class->id, .rgb = class->rgb
  };
  LamLabel before = after;
  before.deleted = true;
  g_ptr_array_add (rows, lam_row_change_new_label (&before, &after));
  return after.id;
}

GArray *
lam_class_fit_take_labels (const GArray *fit, const LamClassTable *classes,
    LamLabelNumbers *numbers, GPtrArray *rows, GError **error)
{
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  for (guint i = 0; i < fit->len; i++) {
    int32_t id = g_array_index (fit, int32_t, i);
    const LamClass *class = lam_class_table_get_class (classes, id);
    bool has_label = id > 0 && !class->has_instances;
    uint32_t label = has_label ? find_label (classes, rows, id) : 0;
    if (has_label && label == 0) {
      label = add_label (numbers, rows, class, error);
      if (label == 0)
        return NULL;
    }
    g_array_append_val (labels, label);
  }
  return g_steal_pointer (&labels);
}
