/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the table says of a group. Totals are made when a row asks for them and
 * something has changed since, so that they are those of the labels beside
 * them. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/label-panel-private.h"
#include "workspace/group-totals.h"

void
lam_label_groups_forget_totals (LamLabelPanel *panel)
{
  g_clear_pointer (&panel->totals, lam_group_totals_free);
}

LamGroupTotal
lam_label_groups_get_total (LamLabelPanel *panel, const char *group)
{
  const LamClassTable *classes = lam_workspace_get_classes (panel->workspace);
  const uint64_t serial = lam_class_table_get_serial (classes);
  if (panel->totals && panel->totals_serial != serial)
    lam_label_groups_forget_totals (panel);
  if (!panel->totals)
    panel->totals = lam_group_totals_new (classes, panel->statistics);
  panel->totals_serial = serial;
  return lam_group_totals_get (panel->totals, group);
}

/* Of what is not measured yet nothing is said. */
static char *
make_volume (LamLabelPanel *panel, const LamGroupTotal *total)
{
  return total->n_unknown > 0
      ? g_strdup ("–")
      : lam_label_columns_format_volume (panel, total->n_voxels);
}

/* How many, or how many of them are found. */
static char *
make_number (const LamGroupNode *node, const LamGroupTotal *total)
{
  return node->n_labels == total->n_labels
      ? g_strdup_printf ("%'u", total->n_labels)
      /* Translators: how many labels of a group are found, of how many. */
      : g_strdup_printf (_ ("%'u of %'u"), node->n_labels, total->n_labels);
}

static char *
make_tip (LamLabelPanel *panel, const char *group, const LamGroupTotal *total)
{
  g_autofree char *volume = make_volume (panel, total);
  g_autofree char *labels =
      g_strdup_printf (ngettext ("%'u label, %'u completed",
                           "%'u labels, %'u completed", total->n_labels),
          total->n_labels, total->n_completed);
  if (total->n_unknown > 0)
    return g_strdup_printf (
        _ ("%s: %s; how large they are is not known yet"), group, labels);
  return g_strdup_printf (_ ("%s: %s; together %s"), group, labels, volume);
}

static LamLabelRowKind
get_kind (LamLabelPanel *panel, const LamGroupNode *node)
{
  return !node->has_rows ? LAM_ROW_IS_EMPTY
      : lam_label_model_is_folded (panel->model, node->path)
      ? LAM_ROW_IS_FOLDED
      : LAM_ROW_IS_UNFOLDED;
}

/* NULL: another row than a group's, or one that is just going. */
static const LamGroupNode *
find_node (LamLabelPanel *panel, LamLabelItem *item)
{
  const char *group = panel->model
      ? lam_label_model_get_group (panel->model, lam_label_item_get_id (item))
      : NULL;
  return group ? lam_label_model_find_group (panel->model, group) : NULL;
}

void
lam_label_groups_fill_row (
    LamLabelPanel *panel, LamLabelRow *row, LamLabelItem *item)
{
  const LamGroupNode *node = find_node (panel, item);
  if (!node)
    return;
  const LamGroupTotal total = lam_label_groups_get_total (panel, node->path);
  g_autofree char *number = make_number (node, &total);
  g_autofree char *volume = make_volume (panel, &total);
  g_autofree char *note = g_strdup_printf ("%s · %s", number, volume);
  g_autofree char *tip = make_tip (panel, node->path, &total);
  const char *slash = strrchr (node->path, '/');
  const char *name = slash ? slash + 1 : node->path;
  lam_label_row_show (row,
      &(LamLabelRowContent){ .id = lam_label_item_get_id (item),
          .kind = get_kind (panel, node),
          .depth = node->depth,
          .title = name,
          .name = name,
          .note = note,
          .short_note = number,
          .tip = tip,
          .locked = total.n_labels > 0 && total.n_locked == total.n_labels,
          .hidden = total.n_labels > 0 && total.n_hidden == total.n_labels });
}

char *
lam_label_groups_make_text (
    LamLabelPanel *panel, LamLabelItem *item, LamLabelKey key)
{
  const LamGroupNode *node = find_node (panel, item);
  if (!node)
    return g_strdup ("");
  const LamGroupTotal total = lam_label_groups_get_total (panel, node->path);
  if (key == LAM_LABEL_BY_VOLUME)
    return make_volume (panel, &total);
  if (key == LAM_LABEL_BY_STATE && total.n_labels > 0)
    return g_strdup_printf (
        _ ("%.0f %%"), 100. * total.n_completed / total.n_labels);
  return g_strdup ("");
}

char *
lam_label_groups_make_tip (LamLabelPanel *panel, LamLabelItem *item)
{
  const LamGroupNode *node = find_node (panel, item);
  if (!node)
    return NULL;
  const LamGroupTotal total = lam_label_groups_get_total (panel, node->path);
  return make_tip (panel, node->path, &total);
}
