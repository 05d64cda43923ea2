/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/quality-table.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Of a class; NaN: not defined. */
static double
get_iou (const LamScoreClass *row)
{
  return row->iou;
}

static double
get_dice (const LamScoreClass *row)
{
  return row->dice;
}

static double
get_f1_half (const LamScoreClass *row)
{
  return row->objects[0].f1;
}

static double
get_f1_most (const LamScoreClass *row)
{
  return row->objects[1].f1;
}

static double
get_mean_distance (const LamScoreClass *row)
{
  return row->boundary.mean_nm;
}

static double
get_hausdorff (const LamScoreClass *row)
{
  return row->boundary.hausdorff95_nm;
}

static const struct {
  const char *title, *tip;
  double (*get) (const LamScoreClass *row);
  int digits;
} columns[] = {
  { N_ ("IoU"),
      N_ ("Intersection over union: TP / (TP + FP + FN), in voxels. "
          "Jaccard 1912, doi:10.1111/j.1469-8137.1912.tb05611.x"),
      get_iou, 4 },
  { N_ ("Dice"),
      N_ ("2 TP / (2 TP + FP + FN), in voxels. Dice 1945, "
          "doi:10.2307/1932409"),
      get_dice, 4 },
  { N_ ("F1 at 0.5"),
      N_ ("Objects that share at least half of what either covers: 2 matched / "
          "(objects of both). Kirillov et al. 2019, "
          "doi:10.1109/CVPR.2019.00963"),
      get_f1_half, 3 },
  { N_ ("F1 at 0.75"),
      N_ ("The same with three quarters of what either covers"), get_f1_most,
      3 },
  { N_ ("Boundary, nm"),
      N_ ("Mean distance between the surfaces, both ways. Heimann et al. 2009, "
          "doi:10.1109/TMI.2009.2013851"),
      get_mean_distance, 1 },
  { N_ ("95 %, nm"),
      N_ ("95 of 100 surface voxels are at most so far from the other "
          "surface"),
      get_hausdorff, 1 },
};

static void
add_cell (GtkGrid *grid, int column, int line, const char *text,
    const char *tip, bool is_head)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), column == 0 ? 0 : 1);
  gtk_widget_set_hexpand (label, column == 0);
  gtk_widget_set_tooltip_text (label, tip);
  gtk_widget_add_css_class (label, is_head ? "heading" : "numeric");
  gtk_grid_attach (grid, label, column, line, 1, 1);
}

static void
clear_grid (GtkGrid *grid)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (grid))))
    gtk_grid_remove (grid, child);
}

static char *
dup_number (double value, int digits)
{
  return isnan (value) ? g_strdup ("–")
                       : g_strdup_printf ("%.*f", digits, value);
}

static void
fill_grid (GtkGrid *grid, const LamQualityReport *report)
{
  const GArray *classes = report->score.classes;
  clear_grid (grid);
  add_cell (grid, 0, 0, _ ("Class"), NULL, true);
  for (size_t k = 0; k < G_N_ELEMENTS (columns); k++)
    add_cell (
        grid, (int)k + 1, 0, _ (columns[k].title), _ (columns[k].tip), true);
  for (guint i = 0; i < classes->len; i++) {
    const LamScoreClass *row = &g_array_index (classes, LamScoreClass, i);
    g_autofree char *title =
        lam_quality_report_dup_title (report, row->class_index);
    add_cell (grid, 0, (int)i + 1, title, NULL, false);
    for (size_t k = 0; k < G_N_ELEMENTS (columns); k++) {
      g_autofree char *text =
          dup_number (columns[k].get (row), columns[k].digits);
      add_cell (grid, (int)k + 1, (int)i + 1, text, _ (columns[k].tip), false);
    }
  }
}

static char *
describe (const LamQualityReport *report)
{
  const LamScore *score = &report->score;
  GString *text = g_string_new (NULL);
  if (!isnan (score->mean_iou)) {
    g_autofree char *all = dup_number (score->mean_iou, 4);
    g_autofree char *organelles = dup_number (score->mean_iou_organelles, 4);
    g_autofree char *which = lam_quality_report_dup_organelles (report);
    /* Translators: the second %s is the list of these classes. */
    g_string_append_printf (text, _ ("Mean IoU %s, of organelles (%s) %s\n"),
        all, which, organelles);
  }
  g_autofree char *rand = dup_number (score->rand_error, 4);
  g_autofree char *split = dup_number (score->information.split_bits, 4);
  g_autofree char *merge = dup_number (score->information.merge_bits, 4);
  g_string_append_printf (text,
      _ ("Adapted Rand error %s; variation of information: split %s, merge %s "
         "bits\n"),
      rand, split, merge);
  g_string_append_printf (text,
      _ ("Objects: %" G_GINT64_FORMAT " found of %" G_GINT64_FORMAT
         ", %" G_GINT64_FORMAT " in the project; %" G_GINT64_FORMAT
         " voxels count, %" G_GINT64_FORMAT " do not"),
      score->objects[0].n_matched, score->objects[0].n_truth,
      score->objects[0].n_test, score->n_voxels, score->n_ignored);
  return g_string_free (text, FALSE);
}

static const char *
get_formulas (void)
{
  return _ (
      "n(t,s): voxels of the truth's t that the project gives s; N: all.\n"
      "Adapted Rand error: 1 − 2 P R / (P + R) with P = (Σ n(t,s)² − N) / "
      "(Σ n(s)² − N) and R = (Σ n(t,s)² − N) / (Σ n(t)² − N), where the truth "
      "is not 0 (Arganda-Carreras et al. 2015, "
      "doi:10.3389/fnana.2015.00142).\n"
      "Variation of information: split −Σ n(t,s)/N log2 (n(t,s)/n(t)), merge "
      "−Σ n(t,s)/N log2 (n(t,s)/n(s)) (Meilă 2007, "
      "doi:10.1016/j.jmva.2006.11.013).");
}

void
lam_quality_table_show_problem (
    const LamQualityTable *table, const char *problem)
{
  gtk_label_set_text (table->problem, problem ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (table->problem), problem != NULL);
}

void
lam_quality_table_show (const LamQualityTable *table,
    const LamQualityReport *report, const char *problem)
{
  g_autofree char *text = describe (report);
  fill_grid (table->grid, report);
  gtk_label_set_text (table->summary, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (table->summary), get_formulas ());
  lam_quality_table_show_problem (table, problem);
}

void
lam_quality_table_clear (const LamQualityTable *table, const char *problem)
{
  clear_grid (table->grid);
  gtk_label_set_text (table->summary, "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (table->summary), NULL);
  lam_quality_table_show_problem (table, problem);
}
