/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/figure-rule.h"

#include <string.h>

#include "workspace/workspace-private.h"

#define EDGE LAM_BRICK_EDGE

struct _LamFigureRule {
  LamOverwrite overwrite;
  uint32_t started_on;
  /* The last answer of lam_figure_rule_is_locked(). */
  uint32_t asked;
  bool answer;
  LamLabelReader labels; /* of whom it was lent to */
  /* Owned */
  GHashTable *locked, *background; /* labels, in pointers */
  GArray *verified; /* of LamBox */
};

LamFigureRule *
lam_figure_rule_new (const LamClassTable *classes, const GPtrArray *regions)
{
  LamFigureRule *rule = g_new0 (LamFigureRule, 1);
  rule->locked = g_hash_table_new (NULL, NULL);
  rule->background = g_hash_table_new (NULL, NULL);
  size_t n = lam_class_table_get_n_labels (classes);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (lam_class_table_is_locked (classes, row->id))
      g_hash_table_add (rule->locked, GUINT_TO_POINTER (row->id));
    if (row->class_id == 0)
      g_hash_table_add (rule->background, GUINT_TO_POINTER (row->id));
  }
  rule->verified = lam_regions_dup_verified (regions);
  return rule;
}

LamFigureRule *
lam_figure_rule_new_of (LamWorkspace *workspace)
{
  return lam_figure_rule_new (workspace->classes, workspace->regions);
}

void
lam_figure_rule_free (LamFigureRule *rule)
{
  g_hash_table_unref (rule->locked);
  g_hash_table_unref (rule->background);
  g_array_unref (rule->verified);
  g_free (rule);
}

bool
lam_figure_rule_begin (LamFigureRule *rule, LamOverwrite overwrite,
    const int64_t voxel[3], const LamLabelReader *reader, GError **error)
{
  rule->overwrite = overwrite;
  rule->started_on = 0;
  return overwrite != LAM_OVERWRITE_STARTED_ON
      || lam_figure_read_voxel (reader, voxel, &rule->started_on, error);
}

bool
lam_figure_rule_is_locked (LamFigureRule *rule, uint32_t label)
{
  if (label != rule->asked) {
    rule->asked = label;
    rule->answer =
        g_hash_table_contains (rule->locked, GUINT_TO_POINTER (label));
  }
  return rule->answer;
}

bool
lam_figure_rule_allows (const LamFigureRule *rule, uint32_t label)
{
  switch (rule->overwrite) {
  case LAM_OVERWRITE_UNLABELLED:
    return label == 0;
  case LAM_OVERWRITE_STARTED_ON:
    return label == rule->started_on;
  default:
    return true;
  }
}

const uint64_t *
lam_figure_rule_leave_verified (const LamFigureRule *rule, LamBrickKey key,
    const uint64_t *rows, uint64_t *room)
{
  LamBox brick = lam_brick_box (key);
  for (guint i = 0; i < rule->verified->len; i++) {
    LamBox box =
        lam_box_intersect (&brick, &g_array_index (rule->verified, LamBox, i));
    if (lam_box_is_empty (&box))
      continue;
    uint64_t inside[LAM_VOXEL_ROWS];
    memcpy (inside, rows, sizeof inside);
    lam_voxel_rows_clip (key, &box, inside);
    for (int j = 0; j < LAM_VOXEL_ROWS; j++)
      room[j] = rows[j] & ~inside[j];
    rows = room;
  }
  return rows;
}

/* --- what is free --------------------------------------------------------- */

/* No object, unless the mode names it. */
static bool
is_free (LamFigureRule *rule, uint32_t label)
{
  bool is_named =
      rule->overwrite == LAM_OVERWRITE_STARTED_ON && label == rule->started_on;
  return lam_figure_rule_allows (rule, label)
      && !lam_figure_rule_is_locked (rule, label)
      && (label == 0 || is_named
          || g_hash_table_contains (
              rule->background, GUINT_TO_POINTER (label)));
}

static void
find_free (LamFigureRule *rule, const LamLabelBrick *brick, uint64_t *rows)
{
  uint32_t all = 0;
  if (!brick || lam_label_brick_is_uniform (brick, &all, NULL)) {
    memset (
        rows, is_free (rule, all) ? 0xff : 0, LAM_VOXEL_ROWS * sizeof *rows);
    return;
  }
  const uint32_t *labels = lam_label_brick_get_labels (brick);
  uint32_t last = labels[0];
  bool answer = is_free (rule, last);
  for (int row = 0; row < LAM_VOXEL_ROWS; row++) {
    rows[row] = 0;
    for (int x = 0; x < EDGE; x++, labels++) {
      if (*labels != last)
        answer = is_free (rule, last = *labels);
      rows[row] |= (uint64_t)answer << x;
    }
  }
}

static bool
read_free (LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error)
{
  LamFigureRule *rule = user_data;
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      rule->labels.read (key, rule->labels.user_data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  uint64_t room[LAM_VOXEL_ROWS];
  find_free (rule, brick, rows);
  const uint64_t *kept = lam_figure_rule_leave_verified (rule, key, rows, room);
  if (kept == room)
    memcpy (rows, room, sizeof room);
  return true;
}

void
lam_figure_rule_lend (LamFigureRule *rule, LamLabelReader *reader)
{
  rule->labels = *reader;
  reader->read_free = read_free;
  reader->free_data = rule;
}
