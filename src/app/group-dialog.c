/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/group-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/form-dialog.h"
#include "workspace/label-groups.h"

#define LAM_TYPE_GROUP_DIALOG (lam_group_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamGroupDialog, lam_group_dialog, LAM, GROUP_DIALOG, LamFormDialog)

typedef enum { OF_LABELS, RENAME, MOVE, NEW } Mode;

struct _LamGroupDialog {
  LamFormDialog parent_instance;
  Mode mode;
  /* Owned */
  GArray *ids; /* labels, uint32_t; NULL: none */
  GPtrArray *groups_moved; /* paths; NULL: none */
  char *group; /* that is renamed, or in which a new one is made; or NULL */
  /* Template children */
  AdwPreferencesGroup *entry_group;
  AdwEntryRow *name;
  AdwActionRow *take_row;
  GtkSwitch *take;
  GtkWidget *present;
  GtkListBox *groups;
};

G_DEFINE_FINAL_TYPE (LamGroupDialog, lam_group_dialog, LAM_TYPE_FORM_DIALOG)

static const uint32_t *
get_ids (LamGroupDialog *dialog)
{
  return (const uint32_t *)(gconstpointer)dialog->ids->data;
}

/* A new one with labels is there once they are in it, as one edit. */
static bool
make_group (LamGroupDialog *dialog, const char *name, GError **error)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  g_autofree char *path = g_strjoin ("/", dialog->group, name, NULL);
  g_autofree char *clean = lam_label_group_clean (name, error);
  if (!clean)
    return false;
  if (!lam_workspace_make_group (workspace, *clean ? path : clean, error))
    return false;
  return !gtk_switch_get_active (dialog->take) || dialog->ids->len == 0
      || lam_workspace_set_label_groups (
          workspace, get_ids (dialog), dialog->ids->len, path, error);
}

static bool
act (LamGroupDialog *dialog, const char *name, GError **error)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  switch (dialog->mode) {
  case RENAME:
    return lam_workspace_rename_group (workspace, dialog->group, name, error);
  case MOVE:
    return lam_workspace_move_to_group (workspace, get_ids (dialog),
        dialog->ids->len, (const char *const *)dialog->groups_moved->pdata,
        name, error);
  case NEW:
    return make_group (dialog, name, error);
  case OF_LABELS:
    break;
  }
  return lam_workspace_set_label_groups (
      workspace, get_ids (dialog), dialog->ids->len, name, error);
}

static void
accept_cb (LamGroupDialog *dialog)
{
  g_autoptr (GError) error = NULL;
  if (act (dialog, gtk_editable_get_text (GTK_EDITABLE (dialog->name)), &error))
    gtk_window_destroy (GTK_WINDOW (dialog));
  else
    lam_form_dialog_set_problem (dialog, error->message);
}

/* Of a long list what begins like that, or a name in it does, stays. */
static gboolean
is_offered (GtkListBoxRow *row, gpointer data)
{
  LamGroupDialog *dialog = data;
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (dialog->name));
  g_autofree char *needle = g_utf8_casefold (typed, -1);
  g_autofree char *group =
      g_utf8_casefold (g_object_get_data (G_OBJECT (row), "group"), -1);
  return strstr (group, needle) != NULL;
}

static void
name_changed_cb (GtkEditable *editable, LamGroupDialog *dialog)
{
  gtk_list_box_invalidate_filter (dialog->groups);
  lam_form_dialog_set_problem (dialog, NULL);
}

static void
chosen_cb (GtkListBox *list, GtkListBoxRow *row, LamGroupDialog *dialog)
{
  gtk_editable_set_text (
      GTK_EDITABLE (dialog->name), g_object_get_data (G_OBJECT (row), "group"));
  accept_cb (dialog);
}

static void
add_group (LamGroupDialog *dialog, const char *group)
{
  g_autofree char *text = g_markup_escape_text (group, -1);
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), true);
  g_object_set_data_full (G_OBJECT (row), "group", g_strdup (group), g_free);
  gtk_list_box_append (dialog->groups, row);
}

/* Into itself no group can be moved or renamed. */
static bool
is_own (LamGroupDialog *dialog, const char *group)
{
  if (dialog->mode == RENAME)
    return lam_label_group_holds (dialog->group, group);
  for (guint i = 0; dialog->mode == MOVE && dialog->groups_moved->pdata[i]; i++)
    if (lam_label_group_holds (dialog->groups_moved->pdata[i], group))
      return true;
  return false;
}

static void
fill (LamGroupDialog *dialog, LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) groups = lam_workspace_list_groups (workspace);
  guint n = 0;
  for (guint i = 0; dialog->mode != NEW && i < groups->len; i++) {
    if (is_own (dialog, groups->pdata[i]))
      continue;
    add_group (dialog, groups->pdata[i]);
    n++;
  }
  gtk_widget_set_visible (dialog->present, n > 0);
  gtk_list_box_set_filter_func (dialog->groups, is_offered, dialog, NULL);
}

static void
lam_group_dialog_finalize (GObject *object)
{
  LamGroupDialog *dialog = LAM_GROUP_DIALOG (object);
  g_clear_pointer (&dialog->ids, g_array_unref);
  g_clear_pointer (&dialog->groups_moved, g_ptr_array_unref);
  g_free (dialog->group);
  G_OBJECT_CLASS (lam_group_dialog_parent_class)->finalize (object);
}

static void
lam_group_dialog_class_init (LamGroupDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_group_dialog_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/group-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamGroupDialog, child)
  BIND (entry_group);
  BIND (name);
  BIND (take_row);
  BIND (take);
  BIND (present);
  BIND (groups);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
lam_group_dialog_init (LamGroupDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_group_dialog_present_labels (
    GtkWindow *parent, LamWorkspace *workspace, GArray *ids)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace) && ids->len > 0);
  LamGroupDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_GROUP_DIALOG, parent, workspace);
  const LamLabel *row = lam_class_table_get_label (
      lam_workspace_get_classes (workspace), g_array_index (ids, uint32_t, 0));
  g_autofree char *title = g_strdup_printf (
      ngettext ("Group of %u Label", "Group of %u Labels", ids->len), ids->len);
  gtk_window_set_title (GTK_WINDOW (dialog), title);
  dialog->ids = g_array_ref (ids);
  fill (dialog, workspace);
  if (ids->len == 1 && row && row->group)
    gtk_editable_set_text (GTK_EDITABLE (dialog->name), row->group);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (dialog->name));
}

void
lam_group_dialog_present_rename (
    GtkWindow *parent, LamWorkspace *workspace, const char *group)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamGroupDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_GROUP_DIALOG, parent, workspace);
  gtk_window_set_title (GTK_WINDOW (dialog), _ ("Rename Group"));
  lam_form_dialog_set_accept_label (dialog, _ ("_Rename"));
  adw_preferences_group_set_description (dialog->entry_group,
      _ ("All labels of it and of the groups in it go along. Without a name: "
         "the group is dissolved."));
  dialog->mode = RENAME;
  dialog->group = g_strdup (group);
  fill (dialog, workspace);
  gtk_editable_set_text (GTK_EDITABLE (dialog->name), group);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (dialog->name));
}

/* With NULL at its end. */
static GPtrArray *
copy_paths (const GPtrArray *paths)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < paths->len; i++)
    g_ptr_array_add (copy, g_strdup (paths->pdata[i]));
  g_ptr_array_add (copy, NULL);
  return copy;
}

void
lam_group_dialog_present_move (GtkWindow *parent, LamWorkspace *workspace,
    GArray *ids, const GPtrArray *groups)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace) && groups->len > 0);
  LamGroupDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_GROUP_DIALOG, parent, workspace);
  g_autofree char *title = groups->len == 1
      ? g_strdup_printf (_ ("Move Group “%s”"), (char *)groups->pdata[0])
      : g_strdup_printf (
          ngettext ("Move %u Group", "Move %u Groups", groups->len),
          groups->len);
  gtk_window_set_title (GTK_WINDOW (dialog), title);
  lam_form_dialog_set_accept_label (dialog, _ ("_Move"));
  adw_preferences_row_set_title (
      ADW_PREFERENCES_ROW (dialog->name), _ ("Into the group"));
  adw_preferences_group_set_description (dialog->entry_group,
      _ ("All labels of it and of the groups in it go along. Without a name: "
         "it is in no other group."));
  dialog->mode = MOVE;
  dialog->ids = g_array_ref (ids);
  dialog->groups_moved = copy_paths (groups);
  fill (dialog, workspace);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (dialog->name));
}

/* One label is mostly selected because it was painted last. */
static void
offer_labels (LamGroupDialog *dialog, GArray *ids)
{
  g_autofree char *title =
      g_strdup_printf (ngettext ("Put the selected label into it",
                           "Put the %u selected labels into it", ids->len),
          ids->len);
  dialog->ids = g_array_ref (ids);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (dialog->take_row), title);
  gtk_widget_set_visible (GTK_WIDGET (dialog->take_row), ids->len > 0);
  gtk_switch_set_active (dialog->take, ids->len > 1);
}

void
lam_group_dialog_present_new (
    GtkWindow *parent, LamWorkspace *workspace, const char *group, GArray *ids)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamGroupDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_GROUP_DIALOG, parent, workspace);
  g_autofree char *text =
      g_strdup_printf (_ ("It will lie in the group “%s”."), group);
  gtk_window_set_title (GTK_WINDOW (dialog), _ ("New Group"));
  lam_form_dialog_set_accept_label (dialog, _ ("_Make"));
  adw_preferences_row_set_title (
      ADW_PREFERENCES_ROW (dialog->name), _ ("Name"));
  adw_preferences_group_set_description (
      dialog->entry_group, *group ? text : NULL);
  dialog->mode = NEW;
  dialog->group = g_strdup (group);
  offer_labels (dialog, ids);
  fill (dialog, workspace);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (dialog->name));
}
