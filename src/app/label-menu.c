/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/label-menu.h"

#include <glib/gi18n-lib.h>

static void
append_item (GMenu *menu, const char *text, const char *action, int64_t id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (text, NULL);
  g_menu_item_set_action_and_target (item, action, "x", id);
  g_menu_append_item (menu, item);
}

static GMenuModel *
class_menu_new (const LamClassTable *classes, const LamLabel *label)
{
  GMenu *menu = g_menu_new ();
  size_t n = lam_class_table_get_n_classes (classes);
  for (size_t i = 0; i < n; i++) {
    const LamClass *class = lam_class_table_get_nth_class (classes, i);
    g_autoptr (GMenuItem) item = g_menu_item_new (class->name, NULL);
    g_menu_item_set_action_and_target (
        item, "label.set-class", "(xi)", (int64_t)label->id, class->id);
    /* An action that does not exist: the class it has is greyed. */
    if (class->id == label->class_id)
      g_menu_item_set_attribute (item, "action", "s", "label.none");
    g_menu_append_item (menu, item);
  }
  return G_MENU_MODEL (menu);
}

static GMenuModel *
state_menu_new (const LamLabel *label)
{
  GMenu *menu = g_menu_new ();
  for (int state = 0; state < LAM_N_LABEL_STATES; state++) {
    g_autoptr (GMenuItem) item =
        g_menu_item_new (lam_label_state_title ((LamLabelState)state), NULL);
    g_menu_item_set_action_and_target (
        item, "label.set-state", "(xi)", (int64_t)label->id, state);
    g_menu_append_item (menu, item);
  }
  return G_MENU_MODEL (menu);
}

static void
append_of_group (
    GMenu *menu, const char *text, const char *action, const char *group)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (text, NULL);
  g_menu_item_set_action_and_target (item, action, "s", group);
  g_menu_append_item (menu, item);
}

/* The label's group, and those around it, each with what can be done. */
static GMenuModel *
group_menu_new (const LamLabel *label)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) set = g_menu_new ();
  append_item (set, _ ("_Set Group…"), "label.set-group", label->id);
  append_of_group (set, _ ("_New Group…"), "label.new-group",
      label->group ? label->group : "");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (set));
  g_autofree char *group = g_strdup (label->group ? label->group : "");
  while (*group) {
    g_autoptr (GMenu) section = g_menu_new ();
    append_of_group (section, _ ("Select All"), "label.select-group", group);
    append_of_group (section, _ ("List Alone"), "label.find-group", group);
    append_of_group (section, _ ("Show Alone"), "label.isolate-group", group);
    append_of_group (section, _ ("Rename…"), "label.rename-group", group);
    g_menu_append_section (menu, group, G_MENU_MODEL (section));
    char *parent = lam_label_group_dup_parent (group);
    g_free (group);
    group = parent;
  }
  return G_MENU_MODEL (menu);
}

GMenuModel *
lam_label_menu_new (
    const LamClassTable *classes, const LamLabel *label, guint n_chosen)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) first = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();
  g_autoptr (GMenu) work = g_menu_new ();
  g_autoptr (GMenuModel) change = class_menu_new (classes, label);
  g_autoptr (GMenuModel) state = state_menu_new (label);
  g_autoptr (GMenuModel) group = group_menu_new (label);

  append_item (first, _ ("_Go There"), "label.jump", label->id);
  append_item (first, _ ("Re_name"), "label.rename", label->id);
  append_item (first, _ ("C_olour…"), "label.colour", label->id);
  g_menu_append_submenu (first, _ ("Change _Class"), change);
  append_item (first, label->locked ? _ ("Un_lock") : _ ("_Lock"),
      "label.lock-chosen", label->id);
  append_item (first, label->hidden ? _ ("_Show") : _ ("_Hide"),
      "label.hide-chosen", label->id);
  append_item (first,
      lam_class_table_get_n_isolated (classes) > 0 ? _ ("Show _All Again")
                                                   : _ ("_Isolate"),
      "label.isolate", label->id);
  if (n_chosen > 1)
    append_item (last, _ ("_Merge into This One…"), "label.merge", label->id);
  append_item (last, _ ("_Delete…"), "label.delete", label->id);
  g_menu_append_submenu (work, _ ("S_tate"), state);
  append_item (work, _ ("_Verify"), "label.verify", label->id);
  g_menu_append_submenu (work, _ ("_Group"), group);
  g_autoptr (GMenuItem) join = g_menu_item_new (_ ("_Join Its Pieces"), NULL);
  g_menu_item_set_action_and_target (join, "win.join-label", "u", label->id);
  g_menu_append_item (work, join);
  /* A longer menu would have to be scrolled. */
  g_menu_append_submenu (first, _ ("_Proofread"), G_MENU_MODEL (work));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (first));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}
