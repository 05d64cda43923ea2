/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One line takes all three numbers, so that a position can be pasted from a
 * note or another program. */
#include "app/goto-dialog.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/form-dialog.h"
#include "app/triple.h"

typedef enum { UNIT_VOXELS, UNIT_NM } Unit;

#define LAM_TYPE_GOTO_DIALOG (lam_goto_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamGotoDialog, lam_goto_dialog, LAM, GOTO_DIALOG, LamFormDialog)

struct _LamGotoDialog {
  LamFormDialog parent_instance;
  /* Template children */
  AdwPreferencesGroup *group;
  AdwEntryRow *place;
  AdwComboRow *unit;
};

G_DEFINE_FINAL_TYPE (LamGotoDialog, lam_goto_dialog, LAM_TYPE_FORM_DIALOG)

/* What one step of the unit is in voxels, and where number 0 lies: a voxel's
 * number means its centre. */
static void
get_scale (LamGotoDialog *dialog, double voxels[3], double *offset)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  bool is_nm = adw_combo_row_get_selected (dialog->unit) == UNIT_NM;
  for (int i = 0; i < 3; i++)
    voxels[i] = is_nm ? 1 / nm[i] : 1;
  *offset = is_nm ? 0 : 0.5;
}

/* The position in voxels, or false with what is wrong (NULL: nothing said). */
static bool
get_position (LamGotoDialog *dialog, double position[3], char **problem)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const int64_t *size = lam_workspace_get_size (workspace);
  double voxels[3], offset, numbers[3];

  get_scale (dialog, voxels, &offset);
  if (!lam_triple_parse (
          gtk_editable_get_text (GTK_EDITABLE (dialog->place)), numbers))
    return false;
  for (int i = 0; i < 3; i++) {
    position[i] = numbers[i] * voxels[i] + offset;
    if (position[i] >= 0 && position[i] <= (double)size[i])
      continue;
    double last = ((double)size[i] - 2 * offset) / voxels[i];
    *problem = g_strdup_printf (
        _ ("%c is %g; this volume goes from 0 to %.10g there."), 'x' + i,
        numbers[i], last);
    return false;
  }
  return true;
}

static void
changed_cb (GtkEditable *editable, LamGotoDialog *dialog)
{
  g_autofree char *problem = NULL;
  double position[3];
  if (!lam_form_dialog_get_workspace (dialog))
    return;
  bool is_good = get_position (dialog, position, &problem);
  lam_form_dialog_set_can_accept (dialog, is_good);
  lam_form_dialog_set_problem (dialog, problem);
}

static void
show_position (LamGotoDialog *dialog)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const double *position = lam_workspace_get_position (workspace);
  const int64_t *size = lam_workspace_get_size (workspace);
  bool is_nm = adw_combo_row_get_selected (dialog->unit) == UNIT_NM;
  double voxels[3], offset, numbers[3], last[3];

  get_scale (dialog, voxels, &offset);
  for (int i = 0; i < 3; i++) {
    double voxel = is_nm ? position[i] : floor (position[i]);
    numbers[i] = is_nm ? round (voxel / voxels[i]) : voxel;
    last[i] = ((double)size[i] - 2 * offset) / voxels[i];
  }
  g_autofree char *text = g_strdup_printf (
      "%.10g, %.10g, %.10g", numbers[0], numbers[1], numbers[2]);
  g_autofree char *range = g_strdup_printf (
      _ ("From 0, 0, 0 to %.10g, %.10g, %.10g"), last[0], last[1], last[2]);
  gtk_editable_set_text (GTK_EDITABLE (dialog->place), text);
  adw_preferences_group_set_description (dialog->group, range);
}

static void
unit_cb (AdwComboRow *row, GParamSpec *spec, LamGotoDialog *dialog)
{
  if (lam_form_dialog_get_workspace (dialog))
    show_position (dialog);
}

static void
accept_cb (LamGotoDialog *dialog)
{
  g_autofree char *problem = NULL;
  double position[3];
  if (!get_position (dialog, position, &problem))
    return;
  lam_workspace_set_position (lam_form_dialog_get_workspace (dialog), position);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
lam_goto_dialog_class_init (LamGotoDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/goto-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LamGotoDialog, group);
  gtk_widget_class_bind_template_child (widget_class, LamGotoDialog, place);
  gtk_widget_class_bind_template_child (widget_class, LamGotoDialog, unit);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, unit_cb);
}

static void
lam_goto_dialog_init (LamGotoDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

void
lam_goto_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamGotoDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_GOTO_DIALOG, parent, workspace);
  show_position (dialog);
  gtk_widget_grab_focus (GTK_WIDGET (dialog->place));
  gtk_editable_select_region (GTK_EDITABLE (dialog->place), 0, -1);
  gtk_window_present (GTK_WINDOW (dialog));
}
