/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/score-report.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "cli/json.h"

static const char *
get_name (const LamScoreReport *report, int class_index)
{
  const GPtrArray *names = report->found->class_names;
  return class_index >= 0 && class_index < (int)names->len
      ? g_ptr_array_index (names, class_index)
      : NULL;
}

/* "–" for what is not defined. In a buffer that the fourth next call uses. */
static const char *
show (double value, int digits)
{
  static char texts[4][32];
  static int next;
  char *text = texts[next++ % 4];
  if (isnan (value))
    return "–";
  g_snprintf (text, sizeof texts[0], "%.*f", digits, value);
  return text;
}

/* Right-aligned by characters, not bytes. */
static void
print_cell (const char *text, int width)
{
  g_print ("%*s%s", MAX (width - (int)g_utf8_strlen (text, -1), 1), "", text);
}

static void
print_header (const LamScoreReport *report)
{
  const LamScore *score = &report->found->score;
  bool classes = report->found->kind == LAM_QUALITY_CLASSES;
  g_print (_ ("Segmentation %s against truth %s, as %s\n"),
      lam_quality_input_get_path (report->asked->test),
      lam_quality_input_get_path (report->asked->truth),
      classes ? _ ("classes") : _ ("labels"));
  g_print (
      _ ("%" G_GINT64_FORMAT " voxels count, %" G_GINT64_FORMAT " do not\n"),
      score->n_voxels, score->n_ignored);
}

static void
print_class (const LamScoreReport *report, const LamScoreClass *row)
{
  g_autofree char *title =
      lam_quality_report_dup_title (report->found, row->class_index);
  g_print ("%s", title);
  print_cell (show (row->iou, 4), 30 - (int)g_utf8_strlen (title, -1));
  print_cell (show (row->dice, 4), 9);
  for (int k = 0; k < LAM_SCORE_N_OVERLAPS; k++)
    print_cell (show (row->objects[k].f1, 4), 9);
  print_cell (show (row->boundary.mean_nm, 2), 12);
  print_cell (show (row->boundary.hausdorff95_nm, 2), 12);
  g_print ("\n");
}

static void
print_classes (const LamScoreReport *report)
{
  const LamScore *score = &report->found->score;
  /* Columns: 30, 9, 9, 9, 12, 12 characters wide. */
  g_print ("\n%s",
      _ ("class                      IoU     Dice   F1@0.5  F1@0.75  boundary "
         "nm   95 % in nm\n"));
  for (guint i = 0; i < score->classes->len; i++)
    print_class (report, &g_array_index (score->classes, LamScoreClass, i));
  g_autofree char *which = lam_quality_report_dup_organelles (report->found);
  if (!isnan (score->mean_iou))
    g_print (_ ("\nMean IoU %s, of organelles (%s) %s\n"),
        show (score->mean_iou, 4), which, show (score->mean_iou_organelles, 4));
  if (!isnan (score->mean_dice))
    g_print (_ ("Mean Dice %s, of organelles %s\n"), show (score->mean_dice, 4),
        show (score->mean_dice_organelles, 4));
}

void
lam_score_report_print (const LamScoreReport *report)
{
  const LamScore *score = &report->found->score;
  print_header (report);
  print_classes (report);
  g_print (_ ("Adapted Rand error %s (precision %s, recall %s)\n"),
      show (score->rand_error, 4), show (score->rand_precision, 4),
      show (score->rand_recall, 4));
  g_print (_ ("Variation of information, bits: split %s, merge %s; where the "
              "truth is not 0: split %s, merge %s\n"),
      show (score->information.split_bits, 4),
      show (score->information.merge_bits, 4),
      show (score->information_foreground.split_bits, 4),
      show (score->information_foreground.merge_bits, 4));
  for (int k = 0; k < LAM_SCORE_N_OVERLAPS; k++) {
    const LamScoreObjects *row = &score->objects[k];
    g_print (_ ("Objects at IoU %s: F1 %s"), show (lam_score_overlaps[k], 2),
        show (row->f1, 4));
    g_print (
        _ (" (precision %s, recall %s; %" G_GINT64_FORMAT
           " found of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " segmented)\n"),
        show (row->precision, 4), show (row->recall, 4), row->n_matched,
        row->n_truth, row->n_test);
  }
}

/* null for what is not defined. */
static void
add_number (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  if (isnan (value))
    json_builder_add_null_value (json);
  else
    json_builder_add_double_value (json, value);
}

static void
add_objects (JsonBuilder *json, const LamScoreObjects *rows)
{
  json_builder_set_member_name (json, "objects");
  json_builder_begin_array (json);
  for (int k = 0; k < LAM_SCORE_N_OVERLAPS; k++) {
    json_builder_begin_object (json);
    add_number (json, "iou", lam_score_overlaps[k]);
    lam_json_add_integer (json, "truth", rows[k].n_truth);
    lam_json_add_integer (json, "segmentation", rows[k].n_test);
    lam_json_add_integer (json, "matched", rows[k].n_matched);
    add_number (json, "precision", rows[k].precision);
    add_number (json, "recall", rows[k].recall);
    add_number (json, "f1", rows[k].f1);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
add_information (
    JsonBuilder *json, const char *name, const LamScoreInformation *row)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
  add_number (json, "split_bits", row->split_bits);
  add_number (json, "merge_bits", row->merge_bits);
  add_number (json, "total_bits", row->split_bits + row->merge_bits);
  json_builder_end_object (json);
}

static void
add_boundary (JsonBuilder *json, const LamScoreBoundary *row)
{
  json_builder_set_member_name (json, "boundary");
  json_builder_begin_object (json);
  lam_json_add_integer (json, "truth_voxels", row->n_truth);
  lam_json_add_integer (json, "segmentation_voxels", row->n_test);
  add_number (json, "mean_nm", row->mean_nm);
  add_number (json, "hausdorff95_nm", row->hausdorff95_nm);
  add_number (json, "hausdorff_nm", row->hausdorff_nm);
  json_builder_end_object (json);
}

static void
add_class (
    JsonBuilder *json, const LamScoreReport *report, const LamScoreClass *row)
{
  json_builder_begin_object (json);
  if (row->class_index >= 0) {
    lam_json_add_integer (json, "class", row->class_index);
    lam_json_add_text (json, "name", get_name (report, row->class_index));
    lam_json_add_integer (json, "truth_voxels", row->n_truth);
    lam_json_add_integer (json, "segmentation_voxels", row->n_test);
    lam_json_add_integer (json, "both_voxels", row->n_both);
    json_builder_set_member_name (json, "is_organelle");
    json_builder_add_boolean_value (json, row->is_organelle);
    add_number (json, "iou", row->iou);
    add_number (json, "dice", row->dice);
    add_objects (json, row->objects);
  }
  add_boundary (json, &row->boundary);
  json_builder_end_object (json);
}

static void
add_measures (JsonBuilder *json, const LamScore *score)
{
  add_number (json, "mean_iou", score->mean_iou);
  add_number (json, "mean_iou_organelles", score->mean_iou_organelles);
  add_number (json, "mean_dice", score->mean_dice);
  add_number (json, "mean_dice_organelles", score->mean_dice_organelles);
  json_builder_set_member_name (json, "adapted_rand");
  json_builder_begin_object (json);
  add_number (json, "error", score->rand_error);
  add_number (json, "precision", score->rand_precision);
  add_number (json, "recall", score->rand_recall);
  json_builder_end_object (json);
  add_information (json, "variation_of_information", &score->information);
  add_information (json, "variation_of_information_foreground",
      &score->information_foreground);
  add_objects (json, score->objects);
}

static void
add_numbers (JsonBuilder *json, const char *name, const GArray *numbers)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; numbers && i < numbers->len; i++)
    json_builder_add_int_value (json, g_array_index (numbers, uint32_t, i));
  json_builder_end_array (json);
}

void
lam_score_report_print_json (const LamScoreReport *report)
{
  const LamQualityReport *found = report->found;
  const LamScore *score = &found->score;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (
      json, "segmentation", lam_quality_input_get_path (report->asked->test));
  lam_json_add_text (
      json, "truth", lam_quality_input_get_path (report->asked->truth));
  lam_json_add_text (
      json, "as", found->kind == LAM_QUALITY_CLASSES ? "classes" : "labels");
  lam_json_add_triple (json, "size", found->size);
  lam_json_add_box (json, "box", &report->asked->box);
  lam_json_add_lengths (json, "voxel_size_nm", found->voxel_size_nm);
  lam_json_add_integer (json, "voxels", score->n_voxels);
  lam_json_add_integer (json, "ignored_voxels", score->n_ignored);
  add_numbers (json, "unmapped", found->unknown);
  lam_json_add_integer (json, "label_pairs", score->n_pairs);
  add_measures (json, score);
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (guint i = 0; i < score->classes->len; i++)
    add_class (json, report, &g_array_index (score->classes, LamScoreClass, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
  lam_json_print (json);
}
