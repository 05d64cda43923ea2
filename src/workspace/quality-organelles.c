/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which classes are in the mean of organelles: of a project as it says, by name
 * where there is but a name, and else all but class 0. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "labels/class-words.h"
#include "workspace/quality-private.h"

static const char *
get_name (const LamQualityReport *report, int class_index)
{
  const GPtrArray *names = report->class_names;
  return class_index >= 0 && class_index < (int)names->len
      ? g_ptr_array_index (names, class_index)
      : NULL;
}

static bool
is_named_organelle (const char *name, int class_index)
{
  return class_index > 0 && (!name || lam_class_words_is_organelle (name));
}

/* Ours before theirs; a class of the name, which is how they were named. */
static bool
is_organelle (
    const LamQuality *quality, const LamQualityReport *report, int class_index)
{
  const LamQualityInput *inputs[] = { quality->test, quality->truth };
  const char *name = get_name (report, class_index);
  for (int i = 0; name && i < 2; i++) {
    const LamClassTable *table = lam_quality_input_get_classes (inputs[i]);
    const LamClass *row =
        table ? lam_class_table_find_class (table, name) : NULL;
    if (row)
      return lam_class_is_organelle (row);
  }
  return is_named_organelle (name, class_index);
}

void
lam_quality_choose_organelles (
    const LamQuality *quality, LamQualityReport *report)
{
  LamScore *score = &report->score;
  for (guint i = 0; i < score->classes->len; i++) {
    LamScoreClass *row = &g_array_index (score->classes, LamScoreClass, i);
    row->is_organelle = is_organelle (quality, report, row->class_index);
  }
  lam_score_compute_means (score);
}

void
lam_quality_report_name_class (
    LamQualityReport *report, int class_index, const char *name)
{
  LamScore *score = &report->score;
  g_return_if_fail (
      class_index >= 0 && class_index < (int)report->class_names->len);
  g_free (g_ptr_array_index (report->class_names, class_index));
  g_ptr_array_index (report->class_names, class_index) = g_strdup (name);
  for (guint i = 0; i < score->classes->len; i++) {
    LamScoreClass *row = &g_array_index (score->classes, LamScoreClass, i);
    if (row->class_index == class_index)
      row->is_organelle = is_named_organelle (name, class_index);
  }
  lam_score_compute_means (score);
}

void
lam_quality_report_set_organelles (
    LamQualityReport *report, GHashTable *class_indices)
{
  LamScore *score = &report->score;
  for (guint i = 0; i < score->classes->len; i++) {
    LamScoreClass *row = &g_array_index (score->classes, LamScoreClass, i);
    row->is_organelle = g_hash_table_contains (
        class_indices, GINT_TO_POINTER (row->class_index));
  }
  lam_score_compute_means (score);
}

char *
lam_quality_report_dup_title (const LamQualityReport *report, int class_index)
{
  const char *name = get_name (report, class_index);
  if (class_index < 0)
    return g_strdup (_ ("all labels"));
  return name ? g_strdup (name) : g_strdup_printf (_ ("class %d"), class_index);
}

/* Without a name nobody can tell which are organelles. */
static bool
is_all_but_background (const LamQualityReport *report)
{
  const GArray *classes = report->score.classes;
  for (guint i = 0; i < classes->len; i++) {
    const LamScoreClass *row = &g_array_index (classes, LamScoreClass, i);
    if (get_name (report, row->class_index)
        || row->is_organelle != (row->class_index > 0))
      return false;
  }
  return true;
}

char *
lam_quality_report_dup_organelles (const LamQualityReport *report)
{
  const GArray *classes = report->score.classes;
  if (is_all_but_background (report))
    return g_strdup (_ ("all but the background"));
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < classes->len; i++) {
    const LamScoreClass *row = &g_array_index (classes, LamScoreClass, i);
    if (!row->is_organelle)
      continue;
    g_autofree char *title =
        lam_quality_report_dup_title (report, row->class_index);
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", title);
  }
  return g_strdup (text->len > 0 ? text->str : _ ("none is here"));
}
