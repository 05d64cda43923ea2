/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/dissent-words.h"

#include <glib/gi18n-lib.h>

#include "app/shortcuts.h"
#include "workspace/labelling.h"
#include "workspace/theirs.h"

static char *
dup_mine (LamWorkspace *workspace, uint32_t label)
{
  const LamClass *background =
      lam_class_table_get_class (lam_workspace_get_classes (workspace), 0);
  if (label != 0)
    return lam_workspace_dup_label_title (workspace, label);
  return g_strdup (background ? background->name : _ ("background"));
}

char *
lam_dissent_dup_reason (LamWorkspace *workspace, const LamPlace *place)
{
  const LamTheirs *theirs = lam_workspace_get_theirs (workspace);
  const LamVoice *voice = theirs ? lam_theirs_get_voice (theirs) : NULL;
  if (place->kind != LAM_PLACE_DISSENT || !voice || voice->id != place->voice)
    return lam_place_dup_reason (place, lam_workspace_get_classes (workspace));
  const unsigned long n = (unsigned long)MIN (place->n_voxels, G_MAXLONG);
  g_autofree char *yours = dup_mine (workspace, place->label);
  g_autofree char *other = lam_theirs_dup_title (theirs, place->beside);
  return g_strdup_printf (ngettext ("You say %s, “%s” says %s: %lu voxel",
                              "You say %s, “%s” says %s: %lu voxels", n),
      yours, voice->name, other, n);
}

/* ---- Menus -------------------------------------------------------------- */

/* Keys are shown beside it. */
static void
append_with_keys (
    GMenu *menu, const char *label, const char *action, GSettings *settings)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);
  const LamShortcut *row = lam_shortcut_find_action (action);
  g_autofree char *keys = row ? lam_shortcut_dup_keys (settings, row) : NULL;
  if (keys && *keys) {
    g_auto (GStrv) all = g_strsplit (keys, " ", -1);
    g_menu_item_set_attribute (item, "accel", "s", all[0]);
  }
  g_menu_append_item (menu, item);
}

GMenuModel *
lam_dissent_menu_new (GSettings *settings)
{
  static const struct {
    const char *label, *action;
  } rows[] = {
    { N_ ("Take Theirs for the Whole Object"), "win.take-object" },
    { N_ ("Keep Mine for the Whole Object"), "win.keep-object" },
    { N_ ("Show What They Say"), "win.their-labels" },
  };
  GMenu *menu = g_menu_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    append_with_keys (menu, _ (rows[i].label), rows[i].action, settings);
  return G_MENU_MODEL (menu);
}

static void
append_at (
    GMenu *menu, const char *label, const char *action, const int64_t voxel[3])
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target_value (
      item, action, g_variant_new ("(xxx)", voxel[0], voxel[1], voxel[2]));
  g_menu_append_item (menu, item);
}

void
lam_dissent_append_menu (
    GMenu *menu, LamWorkspace *workspace, const int64_t voxel[3])
{
  uint32_t label;
  if (lam_workspace_probe_theirs (workspace, voxel, &label) != LAM_THEIRS_SAY)
    return;
  const LamTheirs *theirs = lam_workspace_get_theirs (workspace);
  g_autofree char *title = lam_theirs_dup_title (theirs, label);
  g_autofree char *text = g_strdup_printf (
      _ ("“%s” says: %s"), lam_theirs_get_voice (theirs)->name, title);
  g_autoptr (GMenu) section = g_menu_new ();
  append_at (section, _ ("Take theirs for the whole object"),
      "win.take-object-at", voxel);
  append_at (section, _ ("Keep mine for the whole object"),
      "win.keep-object-at", voxel);
  g_menu_append_section (menu, text, G_MENU_MODEL (section));
}
