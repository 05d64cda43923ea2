/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/object-rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labels/class-words.h"

#define SETTING "objects.%d" /* of a class */
#define TEXT "cut=%d relief=%d smallest=%s %s"
#define MOST_VOXELS 9e15

LamObjectRule
lam_object_rule_default (const LamClass *class)
{
  const bool cuts = lam_class_is_organelle (class)
      && !lam_class_words_is_branched (class->name);
  return (LamObjectRule){ .cuts = cuts,
    .relief_percent = (int)lrint (100 * LAM_SPLIT_RELIEF),
    .smallest = LAM_OBJECT_RULE_MIN_VOXELS };
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
  if (relief < 0 || relief > 100 || !(least >= 0) || isinf (least))
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
  LamObjectRule rule = lam_object_rule_default (class);
  if (text)
    parse (text, &rule);
  return rule;
}

LamObjectRule
lam_workspace_get_object_rule (LamWorkspace *workspace, const LamClass *class)
{
  return lam_project_object_rule (lam_workspace_get_store (workspace), class);
}

static char *
to_text (const LamObjectRule *rule)
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
  const LamObjectRule now = lam_workspace_get_object_rule (workspace, class);
  g_autofree char *name = g_strdup_printf (SETTING, class->id);
  g_autofree char *before = to_text (&now);
  g_autofree char *after = to_text (rule);
  if (strcmp (before, after) == 0)
    return;
  lam_workspace_set_setting (workspace, name, after);
  g_signal_emit_by_name (workspace, "models-changed");
}

void
lam_object_rules_get_voxel_size (
    LamWorkspace *workspace, double voxel_size_nm[3])
{
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  const bool known = lam_workspace_knows_voxel_size (workspace);
  for (int a = 0; a < 3; a++)
    voxel_size_nm[a] = known ? nm[a] : 0;
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
  double voxels = rule->smallest;
  if (rule->is_nm3 && is_known (voxel_size_nm))
    voxels /= voxel_size_nm[0] * voxel_size_nm[1] * voxel_size_nm[2];
  return (int64_t)ceil (CLAMP (voxels, 1, MOST_VOXELS));
}

/* Where the voxels' size is not known, a distance in nm says nothing. */
static void
measure (const double voxel_size_nm[3], LamSplitRules *cut)
{
  const bool known = is_known (voxel_size_nm);
  cut->least_distance_nm = known ? LAM_SPLIT_DISTANCE_NM : 0;
  for (int a = 0; a < 3; a++)
    cut->voxel_size_nm[a] = known ? voxel_size_nm[a] : 1;
}

void
lam_object_rules_fill (const LamObjectRule *const rules[], int n,
    const double voxel_size_nm[3], LamObjectRules *found, LamSplitRules *cut)
{
  *found = (LamObjectRules){ .connectivity = LAM_CONNECT_CORNERS };
  *cut = (LamSplitRules){ .connectivity = LAM_CONNECT_CORNERS };
  measure (voxel_size_nm, cut);
  for (int i = 0; i < n; i++) {
    if (!rules[i])
      continue;
    found->min_voxels[i] = cut->min_voxels[i] =
        lam_object_rule_count_voxels (rules[i], voxel_size_nm);
    cut->is_split[i] = rules[i]->cuts;
    cut->relief[i] = rules[i]->relief_percent / 100.0;
  }
}
