/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/project-data.h"

void
lam_volume_row_clear (LamVolumeRow *row)
{
  g_clear_pointer (&row->path, g_free);
  g_clear_pointer (&row->relative_path, g_free);
  g_clear_pointer (&row->dtype, g_free);
}

static LamClass *
copy_class (const LamClass *row)
{
  if (!row)
    return NULL;
  LamClass *copy = g_memdup2 (row, sizeof *row);
  copy->name = g_strdup (row->name ? row->name : "");
  return copy;
}

/* 100,000 labels are locked at once: one piece of memory for each, and nothing
 * for the name that most of them lack. */
typedef struct {
  LamRowChange change;
  LamLabel before, after;
} LabelChange;

static char no_name[] = "";

static LamLabel *
copy_label (const LamLabel *row, LamLabel *copy)
{
  if (!row)
    return NULL;
  *copy = *row;
  copy->name = row->name && *row->name ? g_strdup (row->name) : no_name;
  copy->group = g_strdup (row->group);
  return copy;
}

LamRowChange *
lam_row_change_new_class (const LamClass *before, const LamClass *after)
{
  g_return_val_if_fail (before || after, NULL);
  LamRowChange *change = g_new0 (LamRowChange, 1);
  change->kind = LAM_ROW_CLASS;
  change->class_before = copy_class (before);
  change->class_after = copy_class (after);
  return change;
}

LamRowChange *
lam_row_change_new_label (const LamLabel *before, const LamLabel *after)
{
  g_return_val_if_fail (before || after, NULL);
  LabelChange *labels = g_new0 (LabelChange, 1);
  LamRowChange *change = &labels->change;
  change->kind = LAM_ROW_LABEL;
  change->has_labels = true;
  change->label_before = copy_label (before, &labels->before);
  change->label_after = copy_label (after, &labels->after);
  return change;
}

LamRowChange *
lam_row_change_new_region (const LamRegion *before, const LamRegion *after)
{
  g_return_val_if_fail (before || after, NULL);
  LamRowChange *change = g_new0 (LamRowChange, 1);
  change->kind = LAM_ROW_REGION;
  change->region_before = lam_region_copy (before);
  change->region_after = lam_region_copy (after);
  return change;
}

LamRowChange *
lam_row_change_new_note (const LamNote *before, const LamNote *after)
{
  g_return_val_if_fail (before || after, NULL);
  LamRowChange *change = g_new0 (LamRowChange, 1);
  change->kind = LAM_ROW_NOTE;
  change->note_before = lam_note_copy (before);
  change->note_after = lam_note_copy (after);
  return change;
}

LamRowChange *
lam_row_change_invert (const LamRowChange *change)
{
  switch (change->kind) {
  case LAM_ROW_CLASS:
    return lam_row_change_new_class (change->class_after, change->class_before);
  case LAM_ROW_LABEL:
    return lam_row_change_new_label (change->label_after, change->label_before);
  case LAM_ROW_REGION:
    return lam_row_change_new_region (
        change->region_after, change->region_before);
  case LAM_ROW_NOTE:
    return lam_row_change_new_note (change->note_after, change->note_before);
  case LAM_N_ROW_KINDS:
    break;
  }
  g_return_val_if_reached (NULL);
}

int64_t
lam_row_change_get_id (const LamRowChange *change)
{
  switch (change->kind) {
  case LAM_ROW_CLASS:
    return (change->class_after ? change->class_after : change->class_before)
        ->id;
  case LAM_ROW_LABEL:
    return (change->label_after ? change->label_after : change->label_before)
        ->id;
  case LAM_ROW_REGION:
    return (change->region_after ? change->region_after : change->region_before)
        ->id;
  case LAM_ROW_NOTE:
    return (change->note_after ? change->note_after : change->note_before)->id;
  case LAM_N_ROW_KINDS:
    break;
  }
  g_return_val_if_reached (0);
}

static void
free_class (LamClass *row)
{
  if (row)
    g_free (row->name);
  g_free (row);
}

static void
free_label (LamLabel *row, bool is_own)
{
  if (!row)
    return;
  if (row->name != no_name)
    g_free (row->name);
  g_free (row->group);
  if (is_own)
    g_free (row);
}

void
lam_row_change_free (LamRowChange *change)
{
  free_class (change->class_before);
  free_class (change->class_after);
  free_label (change->label_before, !change->has_labels);
  free_label (change->label_after, !change->has_labels);
  lam_region_free (change->region_before);
  lam_region_free (change->region_after);
  lam_note_free (change->note_before);
  lam_note_free (change->note_after);
  g_free (change);
}

void
lam_history_row_free (LamHistoryRow *row)
{
  g_free (row->who);
  g_free (row->tool);
  g_free (row->detail);
  g_free (row);
}

void
lam_model_row_free (LamModelRow *row)
{
  g_free (row->name);
  g_free (row->hash);
  g_free (row);
}

void
lam_run_row_free (LamRunRow *row)
{
  g_free (row->settings);
  g_free (row);
}
