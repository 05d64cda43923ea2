/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/object-rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SETTING "objects.%d" /* of a class */
#define TEXT "cut=%d relief=%d smallest=%s %s"
#define MOST_VOXELS 9e15
#define MOST_DECIMALS 6
#define ROUNDING 1e-12 /* so that whole voxels stay as many in nm³ */

const LamObjectRule lam_object_rule_default = {
  .relief_percent = 35, /* LAM_SPLIT_RELIEF */
  .smallest = LAM_OBJECT_RULE_MIN_VOXELS,
};

bool
lam_object_rule_equal (const LamObjectRule *a, const LamObjectRule *b)
{
  return a->cuts == b->cuts && a->relief_percent == b->relief_percent
      && a->smallest == b->smallest && a->is_nm3 == b->is_nm3;
}

/* False: it was not written by this program. */
static bool
parse (const char *text, LamObjectRule *rule)
{
  int cuts, relief;
  char smallest[G_ASCII_DTOSTR_BUF_SIZE], unit[8];
  if (sscanf (text, "cut=%d relief=%d smallest=%38s %7s", &cuts, &relief,
          smallest, unit)
      != 4)
    return false;
  const double least = g_ascii_strtod (smallest, NULL);
  if (relief < 0 || relief > 100
      || !(least >= 0 && least <= LAM_OBJECT_RULE_MOST))
    return false;
  *rule = (LamObjectRule){ .cuts = cuts != 0,
    .relief_percent = relief,
    .smallest = least,
    .is_nm3 = strcmp (unit, "nm3") == 0 };
  return true;
}

LamObjectRule
lam_project_object_rule (LamStore *store, const LamClass *class)
{
  g_autofree char *name = g_strdup_printf (SETTING, class->id);
  g_autofree char *text = store ? lam_store_dup_setting (store, name) : NULL;
  LamObjectRule rule = lam_object_rule_default;
  if (text)
    parse (text, &rule);
  return rule;
}

void
lam_project_set_object_rule (
    LamStore *store, const LamClass *class, const LamObjectRule *rule)
{
  g_autofree char *name = g_strdup_printf (SETTING, class->id);
  g_autofree char *text = lam_object_rule_to_text (rule);
  lam_store_set_setting (store, name, text);
}

LamObjectRule
lam_workspace_get_object_rule (LamWorkspace *workspace, const LamClass *class)
{
  return lam_project_object_rule (lam_workspace_get_store (workspace), class);
}

char *
lam_object_rule_to_text (const LamObjectRule *rule)
{
  char smallest[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_dtostr (smallest, sizeof smallest, rule->smallest);
  return g_strdup_printf (TEXT, rule->cuts, rule->relief_percent, smallest,
      rule->is_nm3 ? "nm3" : "voxels");
}

void
lam_workspace_set_object_rule (
    LamWorkspace *workspace, const LamClass *class, const LamObjectRule *rule)
{
  g_return_if_fail (rule->relief_percent >= 0 && rule->relief_percent <= 100);
  g_return_if_fail (
      rule->smallest >= 0 && rule->smallest <= LAM_OBJECT_RULE_MOST);
  const LamObjectRule now = lam_workspace_get_object_rule (workspace, class);
  if (lam_object_rule_equal (&now, rule))
    return;
  g_autofree char *name = g_strdup_printf (SETTING, class->id);
  g_autofree char *after = lam_object_rule_to_text (rule);
  lam_workspace_set_setting (workspace, name, after);
  g_signal_emit_by_name (workspace, "models-changed");
}

static bool
is_known (const double voxel_size_nm[3])
{
  return voxel_size_nm[0] > 0 && voxel_size_nm[1] > 0 && voxel_size_nm[2] > 0;
}

int64_t
lam_object_rule_count_voxels (
    const LamObjectRule *rule, const double voxel_size_nm[3])
{
  const double *nm = voxel_size_nm;
  if (rule->is_nm3 && !is_known (nm))
    return LAM_OBJECT_RULE_MIN_VOXELS;
  const double voxels = rule->is_nm3
      ? rule->smallest / (nm[0] * nm[1] * nm[2]) * (1 - ROUNDING)
      : rule->smallest;
  return (int64_t)ceil (CLAMP (voxels, 1, MOST_VOXELS));
}

int
lam_object_rule_count_decimals (const LamObjectRule *rule)
{
  double scale = 1;
  int n = 0;
  for (; n < MOST_DECIMALS; n++, scale *= 10)
    if (round (rule->smallest * scale) / scale == rule->smallest)
      break;
  return n;
}

/* With as many decimals as it takes to count as many voxels again: none, but of
 * voxels that have less than a nm³. */
static double
find_nm3 (double voxels, const double nm[3])
{
  const double exact = voxels * nm[0] * nm[1] * nm[2];
  double scale = 1;
  for (int n = 0; n <= MOST_DECIMALS; n++, scale *= 10) {
    const LamObjectRule rule = { .smallest = floor (exact * scale) / scale,
      .is_nm3 = true };
    if (rule.smallest > 0
        && lam_object_rule_count_voxels (&rule, nm) == (int64_t)ceil (voxels))
      return rule.smallest;
  }
  return exact;
}

void
lam_object_rule_set_unit (
    LamObjectRule *rule, bool is_nm3, const double voxel_size_nm[3])
{
  const double *nm = voxel_size_nm;
  g_return_if_fail (is_known (nm));
  if (rule->is_nm3 == is_nm3)
    return;
  const double smallest = is_nm3
      ? find_nm3 (rule->smallest, nm)
      : (double)lam_object_rule_count_voxels (rule, nm);
  rule->smallest = MIN (smallest, LAM_OBJECT_RULE_MOST);
  rule->is_nm3 = is_nm3;
}
