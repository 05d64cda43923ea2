/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/label-group-menu.h"

#include <glib/gi18n-lib.h>

#include "labels/label-state.h"

static void
append (GMenu *menu, const char *text, const char *action, GVariant *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (text, NULL);
  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

static void
append_of_row (GMenu *menu, const char *text, const char *action,
    const LamGroupMenuFacts *facts)
{
  append (menu, text, action, g_variant_new_int64 (facts->row));
}

static void
append_of_group (GMenu *menu, const char *text, const char *action,
    const LamGroupMenuFacts *facts)
{
  append (menu, text, action, g_variant_new_string (facts->group));
}

static GMenuModel *
state_menu_new (const LamGroupMenuFacts *facts)
{
  GMenu *menu = g_menu_new ();
  for (int state = 0; state < LAM_N_LABEL_STATES; state++)
    append (menu, lam_label_state_title ((LamLabelState)state),
        "label.set-state", g_variant_new ("(xi)", facts->row, state));
  return G_MENU_MODEL (menu);
}

static GMenuModel *
fold_menu_new (void)
{
  GMenu *menu = g_menu_new ();
  append (menu, _ ("_Unfold"), "label.fold-all", g_variant_new_boolean (false));
  append (menu, _ ("_Fold"), "label.fold-all", g_variant_new_boolean (true));
  return G_MENU_MODEL (menu);
}

/* The group itself, and where it is. */
static GMenuModel *
arrange_section_new (const LamGroupMenuFacts *facts)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) fold = fold_menu_new ();
  append_of_group (menu, _ ("New _Group in It…"), "label.new-group", facts);
  append_of_row (menu, _ ("Re_name"), "label.rename", facts);
  append_of_row (menu, _ ("_Move to a Group…"), "label.set-group", facts);
  append_of_group (
      menu, _ ("R_emove Group, Keep Labels"), "label.remove-group", facts);
  g_menu_append_submenu (menu, _ ("_All Groups"), fold);
  return G_MENU_MODEL (menu);
}

static GMenuModel *
work_menu_new (const LamGroupMenuFacts *facts)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) state = state_menu_new (facts);
  g_menu_append_submenu (menu, _ ("S_tate"), state);
  append_of_row (menu, _ ("_Verify"), "label.verify", facts);
  append_of_group (menu, _ ("Select Its _Labels"), "label.select-group", facts);
  return G_MENU_MODEL (menu);
}

/* The labels in it. A longer menu would have to be scrolled. */
static GMenuModel *
labels_section_new (const LamGroupMenuFacts *facts)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) work = work_menu_new (facts);
  append_of_row (menu, facts->is_locked ? _ ("Un_lock") : _ ("_Lock"),
      "label.lock-chosen", facts);
  append_of_row (menu, facts->is_hidden ? _ ("S_how") : _ ("_Hide"),
      "label.hide-chosen", facts);
  append_of_row (menu,
      facts->is_isolated ? _ ("Show A_ll Again") : _ ("_Isolate"),
      "label.isolate", facts);
  g_menu_append_submenu (menu, _ ("_Proofread"), work);
  append_of_row (menu, _ ("_Delete Its Labels…"), "label.delete", facts);
  return G_MENU_MODEL (menu);
}

GMenuModel *
lam_label_group_menu_new (const LamGroupMenuFacts *facts)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) arrange = arrange_section_new (facts);
  g_autoptr (GMenuModel) labels = labels_section_new (facts);
  g_menu_append_section (menu, NULL, arrange);
  g_menu_append_section (menu, NULL, labels);
  return G_MENU_MODEL (menu);
}
