/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A list that is sorted or filtered anew gives the row in which a name is being
 * written to another label. So it waits until the name is there. What makes it
 * change all the same has the name taken first; it is written once the list has
 * told of its change, for that would be a change within a change. */
#include "app/label-panel-private.h"

#include "app/label-verbs.h"
#include "app/name-cell.h"

typedef struct {
  LamLabelPanel *panel; /* Owned */
  int64_t id;
  char *name; /* Owned */
} Named;

/* False: it was said why. Nothing is lost where the row has gone. */
static bool
write_name (LamLabelPanel *panel, int64_t id, const char *name)
{
  LamLabel label;
  if (lam_label_groups_get (panel, id))
    return lam_label_groups_rename (
        panel, lam_label_groups_get (panel, id), name);
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return true;
  label.name = (char *)name;
  return lam_label_verb_set (GTK_WIDGET (panel), panel->workspace, &label);
}

static void
write_cb (gpointer data)
{
  Named *named = data;
  write_name (named->panel, named->id, named->name);
  g_object_unref (named->panel);
  g_free (named->name);
  g_free (named);
}

static gboolean
named_cb (LamLabelRow *row, gint64 id, const char *name, LamLabelPanel *panel)
{
  if (!panel->is_exchanging)
    return write_name (panel, id, name);
  const Named named = { g_object_ref (panel), id, g_strdup (name) };
  g_idle_add_once (write_cb, g_memdup2 (&named, sizeof named));
  return TRUE;
}

static gboolean
release_cb (gpointer data)
{
  LamLabelPanel *panel = data;
  panel->release_source = 0;
  if (panel->model)
    lam_label_model_hold (panel->model, false);
  return G_SOURCE_REMOVE;
}

/* Released later: the row may be in the middle of a change of the list. */
static void
naming_cb (LamLabelRow *row, gboolean begins, LamLabelPanel *panel)
{
  g_clear_handle_id (&panel->release_source, g_source_remove);
  if (!begins)
    panel->release_source = g_idle_add (release_cb, panel);
  else if (panel->model)
    lam_label_model_hold (panel->model, true);
}

void
lam_label_naming_watch (LamLabelPanel *panel, LamLabelRow *row)
{
  g_signal_connect_object (row, "naming", G_CALLBACK (naming_cb), panel, 0);
  g_signal_connect_object (row, "named", G_CALLBACK (named_cb), panel, 0);
}

void
lam_label_naming_finish (LamLabelPanel *panel)
{
  lam_name_cell_finish_open (gtk_widget_get_root (GTK_WIDGET (panel)));
}
