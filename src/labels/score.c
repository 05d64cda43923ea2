/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All that follows from the tables; sums are taken in order of the numbers, so
 * that they do not depend on threads. */
#include "labels/score.h"

#include <math.h>
#include <string.h>

const double lam_score_overlaps[LAM_SCORE_N_OVERLAPS] = { 0.5, 0.75 };

void
lam_score_clear (LamScore *score)
{
  g_clear_pointer (&score->classes, g_array_unref);
}

/* Sums by number of one side: number → int64_t. */
static GHashTable *
sum_side (const GArray *pairs, int side, bool foreground)
{
  GHashTable *sums = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < pairs->len; i++) {
    const LamScorePair *pair = &g_array_index (pairs, LamScorePair, i);
    if (foreground && pair->truth == 0)
      continue;
    uint32_t number = side == LAM_SCORE_TRUTH ? pair->truth : pair->test;
    int64_t *sum = g_hash_table_lookup (sums, GUINT_TO_POINTER (number));
    if (!sum) {
      sum = g_new0 (int64_t, 1);
      g_hash_table_insert (sums, GUINT_TO_POINTER (number), sum);
    }
    *sum += pair->n_voxels;
  }
  return sums;
}

static int64_t
get_sum (GHashTable *sums, uint32_t number)
{
  const int64_t *sum = g_hash_table_lookup (sums, GUINT_TO_POINTER (number));
  return sum ? *sum : 0;
}

/* Σ n² - Σ n: twice the pairs of voxels. Whole numbers of up to 106 bits. */
static long double
count_pairs (GHashTable *sums)
{
  unsigned __int128 total = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    unsigned __int128 n = (unsigned __int128)*(const int64_t *)value;
    total += n * (n - 1);
  }
  return (long double)total;
}

static void
compute_rand (const GArray *pairs, LamScore *score)
{
  g_autoptr (GHashTable) truth = sum_side (pairs, LAM_SCORE_TRUTH, true);
  g_autoptr (GHashTable) test = sum_side (pairs, LAM_SCORE_TEST, true);
  unsigned __int128 both = 0;
  for (guint i = 0; i < pairs->len; i++) {
    const LamScorePair *pair = &g_array_index (pairs, LamScorePair, i);
    unsigned __int128 n = (unsigned __int128)pair->n_voxels;
    both += pair->truth == 0 ? 0 : n * (n - 1);
  }
  long double in_truth = count_pairs (truth), in_test = count_pairs (test);
  score->rand_precision =
      in_test > 0 ? (double)((long double)both / in_test) : NAN;
  score->rand_recall =
      in_truth > 0 ? (double)((long double)both / in_truth) : NAN;
  score->rand_error = in_test + in_truth > 0
      ? (double)(1 - 2 * (long double)both / (in_truth + in_test))
      : NAN;
}

static LamScoreInformation
compute_information (const GArray *pairs, bool foreground)
{
  g_autoptr (GHashTable) truth = sum_side (pairs, LAM_SCORE_TRUTH, foreground);
  g_autoptr (GHashTable) test = sum_side (pairs, LAM_SCORE_TEST, foreground);
  long double split = 0, merge = 0;
  int64_t total = 0;
  for (guint i = 0; i < pairs->len; i++) {
    const LamScorePair *pair = &g_array_index (pairs, LamScorePair, i);
    if (foreground && pair->truth == 0)
      continue;
    long double n = pair->n_voxels;
    total += pair->n_voxels;
    split -= n * log2l (n / get_sum (truth, pair->truth));
    merge -= n * log2l (n / get_sum (test, pair->test));
  }
  if (total == 0)
    return (LamScoreInformation){ NAN, NAN };
  /* Not -0. */
  return (LamScoreInformation){ (double)(split / total) + 0.0,
    (double)(merge / total) + 0.0 };
}

/* The class of a number; -1: there are no classes. */
static int
get_class (const LamScoreSetup *setup, int side, uint32_t number)
{
  GHashTable *class_of = setup->sides[side].class_of;
  if (setup->n_classes == 0)
    return -1;
  if (!class_of)
    return (int)number;
  guint found = GPOINTER_TO_UINT (
      g_hash_table_lookup (class_of, GUINT_TO_POINTER (number)));
  return found > 0 ? (int)found - 1 : 0;
}

/* Whether it is an object, and of which class. */
static bool
is_object (
    const LamScoreSetup *setup, int side, uint32_t number, int *class_index)
{
  GHashTable *classes = setup->sides[side].object_class;
  *class_index = -1;
  if (!classes)
    return number != 0;
  guint found = GPOINTER_TO_UINT (
      g_hash_table_lookup (classes, GUINT_TO_POINTER (number)));
  *class_index = (int)found - 1;
  return found > 0;
}

static double
divide (double a, double b)
{
  return b > 0 ? a / b : NAN;
}

/* By index; classes that never occur have no voxels. */
static void
count_classes (
    const LamScoreSetup *setup, const GArray *pairs, LamScoreClass *classes)
{
  for (guint i = 0; i < pairs->len; i++) {
    const LamScorePair *pair = &g_array_index (pairs, LamScorePair, i);
    int truth = get_class (setup, LAM_SCORE_TRUTH, pair->truth);
    int test = get_class (setup, LAM_SCORE_TEST, pair->test);
    classes[truth].n_truth += pair->n_voxels;
    classes[test].n_test += pair->n_voxels;
    if (truth == test)
      classes[truth].n_both += pair->n_voxels;
  }
}

void
lam_score_compute_means (LamScore *score)
{
  double iou[2] = { 0 }, dice[2] = { 0 };
  int n[2] = { 0 };
  for (guint i = 0; i < score->classes->len; i++) {
    const LamScoreClass *row =
        &g_array_index (score->classes, LamScoreClass, i);
    if (row->class_index < 0)
      continue;
    for (int k = 0; k < (row->is_organelle ? 2 : 1); k++) {
      iou[k] += row->iou;
      dice[k] += row->dice;
      n[k]++;
    }
  }
  score->mean_iou = divide (iou[0], n[0]);
  score->mean_iou_organelles = divide (iou[1], n[1]);
  score->mean_dice = divide (dice[0], n[0]);
  score->mean_dice_organelles = divide (dice[1], n[1]);
}

static void
compute_classes (
    const LamScoreSetup *setup, const GArray *pairs, LamScore *score)
{
  int n = MAX (setup->n_classes, 1);
  g_autofree LamScoreClass *classes = g_new0 (LamScoreClass, n);
  if (setup->n_classes > 0)
    count_classes (setup, pairs, classes);
  for (int i = 0; i < n; i++) {
    LamScoreClass *row = &classes[i];
    int64_t either = row->n_truth + row->n_test - row->n_both;
    row->class_index = setup->n_classes > 0 ? i : -1;
    row->is_organelle = row->class_index > 0;
    row->iou = divide ((double)row->n_both, (double)either);
    row->dice =
        divide (2 * (double)row->n_both, (double)(row->n_truth + row->n_test));
    row->boundary = (LamScoreBoundary){ 0, 0, NAN, NAN, NAN };
    if (either > 0 || setup->n_classes == 0)
      g_array_append_val (score->classes, *row);
  }
  if (setup->n_classes > 0)
    lam_score_compute_means (score);
}

static LamScoreClass *
find_class (LamScore *score, int class_index)
{
  for (guint i = 0; i < score->classes->len; i++) {
    LamScoreClass *row = &g_array_index (score->classes, LamScoreClass, i);
    if (row->class_index == class_index)
      return row;
  }
  return NULL;
}

static void
count_objects (
    const LamScoreSetup *setup, int side, GHashTable *sums, LamScore *score)
{
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    int class_index;
    if (!is_object (setup, side, GPOINTER_TO_UINT (key), &class_index))
      continue;
    LamScoreClass *row = find_class (score, class_index);
    for (int k = 0; k < LAM_SCORE_N_OVERLAPS; k++) {
      LamScoreObjects *both[] = { &score->objects[k],
        row ? &row->objects[k] : NULL };
      for (int i = 0; i < 2; i++)
        if (both[i] && side == LAM_SCORE_TRUTH)
          both[i]->n_truth++;
        else if (both[i])
          both[i]->n_test++;
    }
  }
}

static void
match_objects (const LamScoreSetup *setup, const GArray *pairs,
    GHashTable *truth, GHashTable *test, int k, LamScore *score)
{
  g_autoptr (GHashTable) truth_used = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) test_used = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < pairs->len; i++) {
    const LamScorePair *pair = &g_array_index (pairs, LamScorePair, i);
    int one, other;
    if (!is_object (setup, LAM_SCORE_TRUTH, pair->truth, &one)
        || !is_object (setup, LAM_SCORE_TEST, pair->test, &other)
        || one != other)
      continue;
    int64_t either = get_sum (truth, pair->truth) + get_sum (test, pair->test)
        - pair->n_voxels;
    gpointer t = GUINT_TO_POINTER (pair->truth);
    gpointer s = GUINT_TO_POINTER (pair->test);
    if ((double)pair->n_voxels < lam_score_overlaps[k] * (double)either
        || g_hash_table_contains (truth_used, t)
        || g_hash_table_contains (test_used, s))
      continue;
    g_hash_table_add (truth_used, t);
    g_hash_table_add (test_used, s);
    score->objects[k].n_matched++;
    LamScoreClass *row = find_class (score, one);
    if (row)
      row->objects[k].n_matched++;
  }
}

static void
finish_objects (LamScoreObjects *objects)
{
  objects->precision =
      divide ((double)objects->n_matched, (double)objects->n_test);
  objects->recall =
      divide ((double)objects->n_matched, (double)objects->n_truth);
  objects->f1 = divide (2 * (double)objects->n_matched,
      (double)(objects->n_truth + objects->n_test));
}

static void
compute_objects (
    const LamScoreSetup *setup, const GArray *pairs, LamScore *score)
{
  g_autoptr (GHashTable) truth = sum_side (pairs, LAM_SCORE_TRUTH, false);
  g_autoptr (GHashTable) test = sum_side (pairs, LAM_SCORE_TEST, false);
  count_objects (setup, LAM_SCORE_TRUTH, truth, score);
  count_objects (setup, LAM_SCORE_TEST, test, score);
  for (int k = 0; k < LAM_SCORE_N_OVERLAPS; k++) {
    match_objects (setup, pairs, truth, test, k, score);
    finish_objects (&score->objects[k]);
    for (guint i = 0; i < score->classes->len; i++)
      finish_objects (
          &g_array_index (score->classes, LamScoreClass, i).objects[k]);
  }
}

void
lam_score_compute (const LamScoreSetup *setup, const LamScoreTable *values,
    const LamScoreTable *objects, LamScore *score)
{
  g_autoptr (GArray) pairs = lam_score_table_dup_pairs (values);
  g_autoptr (GArray) object_pairs =
      objects ? lam_score_table_dup_pairs (objects) : g_array_ref (pairs);
  memset (score, 0, sizeof *score);
  score->classes = g_array_new (FALSE, TRUE, sizeof (LamScoreClass));
  score->n_pairs = lam_score_table_get_n_pairs (values);
  for (guint i = 0; i < pairs->len; i++)
    score->n_voxels += g_array_index (pairs, LamScorePair, i).n_voxels;
  score->n_ignored =
      setup->size[0] * setup->size[1] * setup->size[2] - score->n_voxels;
  score->mean_iou = score->mean_iou_organelles = NAN;
  score->mean_dice = score->mean_dice_organelles = NAN;
  compute_classes (setup, pairs, score);
  compute_rand (pairs, score);
  score->information = compute_information (pairs, false);
  score->information_foreground = compute_information (pairs, true);
  compute_objects (setup, object_pairs, score);
}
