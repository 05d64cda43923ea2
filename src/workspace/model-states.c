/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A setting of the project for each: KIND BASE VOXELS JUDGED BEFORE AFTER. */
#include "workspace/model-states.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "workspace/model-looks.h"
#include "workspace/project-models.h"

static const char *const kinds[] = { "added", "head", "whole", NULL };

static char *
name_setting (int64_t model)
{
  return g_strdup_printf ("model-state-%" G_GINT64_FORMAT, model);
}

static int
find_kind (const char *name)
{
  for (int i = 0; kinds[i]; i++)
    if (g_str_equal (kinds[i], name))
      return i;
  return LAM_MODEL_STATE_ADDED;
}

LamModelState
lam_project_model_get_state (LamStore *store, int64_t model)
{
  LamModelState state = { .iou_before = NAN, .iou_after = NAN };
  g_autofree char *setting = name_setting (model);
  g_autofree char *text = lam_store_dup_setting (store, setting);
  g_auto (GStrv) words = text ? g_strsplit (text, " ", -1) : NULL;
  if (!words || g_strv_length (words) != 6)
    return state;
  int64_t judged = g_ascii_strtoll (words[3], NULL, 10);
  state.kind = (LamModelStateKind)find_kind (words[0]);
  state.base = g_ascii_strtoll (words[1], NULL, 10);
  state.n_voxels = g_ascii_strtoll (words[2], NULL, 10);
  if (judged == LAM_JUDGED_BY_REGIONS || judged == LAM_JUDGED_BY_PART) {
    state.judged_by = (LamJudgedBy)judged;
    state.iou_before = g_ascii_strtod (words[4], NULL);
    state.iou_after = g_ascii_strtod (words[5], NULL);
  }
  return state;
}

LamModelState
lam_workspace_get_model_state (LamWorkspace *workspace, int64_t model)
{
  const LamModelState none = { .iou_before = NAN, .iou_after = NAN };
  LamStore *store = lam_workspace_get_store (workspace);
  return store ? lam_project_model_get_state (store, model) : none;
}

void
lam_workspace_set_model_state (
    LamWorkspace *workspace, int64_t model, const LamModelState *state)
{
  char before[G_ASCII_DTOSTR_BUF_SIZE], after[G_ASCII_DTOSTR_BUF_SIZE];
  bool is_judged = state->judged_by != LAM_JUDGED_NOT;
  g_autofree char *setting = name_setting (model);
  g_ascii_formatd (
      before, sizeof before, "%.6f", is_judged ? state->iou_before : 0);
  g_ascii_formatd (
      after, sizeof after, "%.6f", is_judged ? state->iou_after : 0);
  g_autofree char *text =
      g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d %s %s",
          kinds[state->kind], state->base, state->n_voxels,
          (int)state->judged_by, before, after);
  lam_workspace_set_setting (workspace, setting, text);
}

char *
lam_model_state_describe (const LamModelState *state)
{
  g_autofree char *learned = NULL;
  if (state->kind == LAM_MODEL_STATE_ADDED)
    return NULL;
  learned = state->kind == LAM_MODEL_STATE_HEAD
      ? g_strdup_printf (
          _ ("Last layers learned from %" G_GINT64_FORMAT " voxels"),
          state->n_voxels)
      : g_strdup_printf (
          _ ("All of it learned from %" G_GINT64_FORMAT " voxels"),
          state->n_voxels);
  if (state->judged_by == LAM_JUDGED_NOT)
    return g_strdup_printf (
        _ ("%s; not judged: no verified region is held out"), learned);
  const bool is_head = state->kind == LAM_MODEL_STATE_HEAD;
  /* Last layers are judged for all of the volume; see segment/learner.h. */
  return g_strdup_printf (state->judged_by == LAM_JUDGED_BY_REGIONS ? is_head
              ? _ ("%s; mean IoU of a sample of held-out regions %.3f, "
                   "before %.3f")
              : _ ("%s; mean IoU of held-out regions %.3f, before %.3f")
          : is_head
          ? _ ("%s; mean IoU of the volume, by corrections kept back, %.3f, "
               "before %.3f")
          : _ ("%s; mean IoU of corrections kept back %.3f, before %.3f"),
      learned, state->iou_after, state->iou_before);
}

GArray *
lam_workspace_list_old_states (LamWorkspace *workspace)
{
  GArray *old = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GPtrArray) rows = lam_workspace_list_models (workspace, NULL);
  int64_t active = lam_workspace_get_active_model (workspace);
  int n_kept = 0;
  for (guint i = rows ? rows->len : 0; i > 0; i--) {
    const LamModelRow *row = rows->pdata[i - 1];
    LamModelState state = lam_workspace_get_model_state (workspace, row->id);
    if (row->removed || state.kind != LAM_MODEL_STATE_HEAD)
      continue;
    if (++n_kept > LAM_MODEL_STATES_KEPT && row->id != active
        && !lam_workspace_asks_too (workspace, row->id))
      g_array_append_val (old, row->id);
  }
  return old;
}
