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

struct _LamGroupDialog {
  LamFormDialog parent_instance;
  /* Owned; one of the two */
  GArray *ids; /* labels, uint32_t */
  char *group;
  /* Template children */
  AdwPreferencesGroup *entry_group;
  AdwEntryRow *name;
  GtkWidget *present;
  GtkListBox *groups;
};

G_DEFINE_FINAL_TYPE (LamGroupDialog, lam_group_dialog, LAM_TYPE_FORM_DIALOG)

static void
accept_cb (LamGroupDialog *dialog)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const char *name = gtk_editable_get_text (GTK_EDITABLE (dialog->name));
  bool done = dialog->group
      ? lam_workspace_rename_group (workspace, dialog->group, name, &error)
      : lam_workspace_set_label_groups (workspace,
          (const uint32_t *)(gconstpointer)dialog->ids->data, dialog->ids->len,
          name, &error);
  if (done)
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

/* Into itself no group can be renamed. */
static void
fill (LamGroupDialog *dialog, LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) groups =
      lam_class_table_list_groups (lam_workspace_get_classes (workspace));
  guint n = 0;
  for (guint i = 0; i < groups->len; i++) {
    const char *group = groups->pdata[i];
    if (dialog->group && lam_label_group_holds (dialog->group, group))
      continue;
    add_group (dialog, group);
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
  dialog->group = g_strdup (group);
  fill (dialog, workspace);
  gtk_editable_set_text (GTK_EDITABLE (dialog->name), group);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (dialog->name));
}
