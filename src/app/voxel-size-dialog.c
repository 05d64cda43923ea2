/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/voxel-size-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"

#define LAM_TYPE_VOXEL_SIZE_DIALOG (lam_voxel_size_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LamVoxelSizeDialog, lam_voxel_size_dialog, LAM,
    VOXEL_SIZE_DIALOG, LamFormDialog)

struct _LamVoxelSizeDialog {
  LamFormDialog parent_instance;
  void (*done) (gpointer user_data);
  gpointer user_data;
  bool y_is_own; /* else y follows x: pixels are nearly always square */
  bool is_linking;
  /* Template children */
  AdwPreferencesGroup *group;
  GtkSpinButton *x, *y, *z;
};

G_DEFINE_FINAL_TYPE (
    LamVoxelSizeDialog, lam_voxel_size_dialog, LAM_TYPE_FORM_DIALOG)

static void
x_changed_cb (GtkSpinButton *spin, LamVoxelSizeDialog *dialog)
{
  if (dialog->y_is_own)
    return;
  dialog->is_linking = true;
  gtk_spin_button_set_value (dialog->y, gtk_spin_button_get_value (spin));
  dialog->is_linking = false;
}

static void
y_changed_cb (GtkSpinButton *spin, LamVoxelSizeDialog *dialog)
{
  if (!dialog->is_linking)
    dialog->y_is_own = true;
}

static void
accept_cb (LamVoxelSizeDialog *dialog)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  GtkSpinButton *spins[] = { dialog->x, dialog->y, dialog->z };
  double nm[3];
  for (int i = 0; i < 3; i++) {
    gtk_spin_button_update (spins[i]);
    nm[i] = gtk_spin_button_get_value (spins[i]);
  }
  if (!lam_workspace_set_voxel_size_nm (workspace, nm, &error)) {
    lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  if (dialog->done)
    dialog->done (dialog->user_data);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
lam_voxel_size_dialog_class_init (LamVoxelSizeDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/voxel-size-dialog.ui");
  gtk_widget_class_bind_template_child (
      widget_class, LamVoxelSizeDialog, group);
  gtk_widget_class_bind_template_child (widget_class, LamVoxelSizeDialog, x);
  gtk_widget_class_bind_template_child (widget_class, LamVoxelSizeDialog, y);
  gtk_widget_class_bind_template_child (widget_class, LamVoxelSizeDialog, z);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, x_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, y_changed_cb);
}

static void
lam_voxel_size_dialog_init (LamVoxelSizeDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_voxel_size_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    void (*done) (gpointer user_data), gpointer user_data)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamVoxelSizeDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_VOXEL_SIZE_DIALOG, parent, workspace);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);

  dialog->done = done;
  dialog->user_data = user_data;
  if (!lam_workspace_knows_voxel_size (workspace)) {
    g_autofree char *text = g_strdup_printf (
        _ ("“%s” does not say how large a voxel is. Enter it in nanometres: it "
           "sets the proportions of the side views, the scale bar and the size "
           "of the brush. It is remembered with the project."),
        lam_workspace_get_title (workspace));
    adw_preferences_group_set_description (dialog->group, text);
  }
  gtk_spin_button_set_value (dialog->x, nm[0]);
  dialog->is_linking = true;
  gtk_spin_button_set_value (dialog->y, nm[1]);
  dialog->is_linking = false;
  gtk_spin_button_set_value (dialog->z, nm[2]);
  dialog->y_is_own = nm[0] != nm[1];
  gtk_window_present (GTK_WINDOW (dialog));
  lam_announce ("DIALOG voxel-size");
}
