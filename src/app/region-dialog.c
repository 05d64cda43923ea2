/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/region-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/triple.h"
#include "workspace/regions.h"

#define LAM_TYPE_REGION_DIALOG (lam_region_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamRegionDialog, lam_region_dialog, LAM, REGION_DIALOG, LamFormDialog)

struct _LamRegionDialog {
  LamFormDialog parent_instance;
  /* Template children */
  AdwEntryRow *name, *first, *last, *note;
  AdwComboRow *role;
  GtkSwitch *verified;
};

G_DEFINE_FINAL_TYPE (LamRegionDialog, lam_region_dialog, LAM_TYPE_FORM_DIALOG)

/* In the order of the template's entries. */
static const LamRegionRole roles[] = { LAM_REGION_TRAIN, LAM_REGION_VALIDATION,
  LAM_REGION_TEST, LAM_REGION_IGNORE, LAM_REGION_WORK };

static const char *
get_box (LamRegionDialog *dialog, LamBox *box)
{
  return lam_triple_parse_box (
      gtk_editable_get_text (GTK_EDITABLE (dialog->first)),
      gtk_editable_get_text (GTK_EDITABLE (dialog->last)),
      lam_workspace_get_size (lam_form_dialog_get_workspace (dialog)), box);
}

static void
changed_cb (GtkEditable *editable, LamRegionDialog *dialog)
{
  LamBox box;
  if (!lam_form_dialog_get_workspace (dialog))
    return;
  const char *problem = get_box (dialog, &box);
  lam_form_dialog_set_can_accept (
      dialog, !problem && *gtk_editable_get_text (GTK_EDITABLE (dialog->name)));
  lam_form_dialog_set_problem (dialog, problem);
}

static void
accept_cb (LamRegionDialog *dialog)
{
  guint role = adw_combo_row_get_selected (dialog->role);
  g_autoptr (GError) error = NULL;
  LamRegion region = {
    .name = (char *)gtk_editable_get_text (GTK_EDITABLE (dialog->name)),
    .role = roles[MIN (role, G_N_ELEMENTS (roles) - 1)],
    .review = gtk_switch_get_active (dialog->verified) ? LAM_REVIEW_VERIFIED
                                                       : LAM_REVIEW_IN_PROGRESS,
    .note = (char *)gtk_editable_get_text (GTK_EDITABLE (dialog->note)),
  };
  if (get_box (dialog, &region.box))
    return;
  int32_t id = lam_workspace_add_region (
      lam_form_dialog_get_workspace (dialog), &region, &error);
  if (id == 0) {
    lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  lam_announce ("REGION %d", id);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
lam_region_dialog_class_init (LamRegionDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/region-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamRegionDialog, child)
  BIND (name);
  BIND (first);
  BIND (last);
  BIND (role);
  BIND (note);
  BIND (verified);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
lam_region_dialog_init (LamRegionDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

static void
set_voxel (AdwEntryRow *row, const int64_t voxel[3], int64_t less)
{
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT,
      voxel[0] - less, voxel[1] - less, voxel[2] - less);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

void
lam_region_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, const LamBox *box)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamRegionDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_REGION_DIALOG, parent, workspace);
  g_autofree char *name = g_strdup_printf (
      _ ("Region %d"), (int)lam_workspace_get_n_regions (workspace) + 1);
  gtk_editable_set_text (GTK_EDITABLE (dialog->name), name);
  set_voxel (dialog->first, box->min, 0);
  set_voxel (dialog->last, box->max, 1);
  changed_cb (NULL, dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
