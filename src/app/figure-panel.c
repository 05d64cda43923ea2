/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/figure-panel.h"

#include <glib/gi18n-lib.h>
#include <math.h>

struct _LamFigurePanel {
  AdwBin parent_instance;
  bool is_refreshing;
  LamToolBox *box; /* Borrowed */
  /* Template children */
  GtkLabel *radius_label, *apart_label;
  GtkSpinButton *radius, *small, *neck, *apart, *slices;
  GtkCheckButton *shows_first;
};

G_DEFINE_FINAL_TYPE (LamFigurePanel, lam_figure_panel, ADW_TYPE_BIN)

static const double *
get_voxel_size (LamFigurePanel *panel)
{
  return lam_workspace_get_voxel_size_nm (
      lam_tool_box_get_workspace (panel->box));
}

static void
changed_cb (LamFigurePanel *panel)
{
  if (!panel->box || panel->is_refreshing)
    return;
  LamBrushSettings *settings = lam_tool_box_get_brush (panel->box);
  settings->shape_radius_nm = gtk_spin_button_get_value (panel->radius);
  settings->small_voxels = gtk_spin_button_get_value_as_int (panel->small);
  settings->neck_relief = gtk_spin_button_get_value (panel->neck) / 100;
  settings->neck_distance_nm = gtk_spin_button_get_value (panel->apart);
  settings->extrude_slices = gtk_spin_button_get_value_as_int (panel->slices);
  settings->shows_first = gtk_check_button_get_active (panel->shows_first);
  lam_brush_settings_clamp (settings, get_voxel_size (panel));
  lam_figure_panel_refresh (panel);
  lam_tool_box_renew_preview (panel->box);
}

static void
lam_figure_panel_class_init (LamFigurePanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/figure-panel.ui");
  gtk_widget_class_bind_template_child (
      widget_class, LamFigurePanel, radius_label);
  gtk_widget_class_bind_template_child (widget_class, LamFigurePanel, radius);
  gtk_widget_class_bind_template_child (widget_class, LamFigurePanel, small);
  gtk_widget_class_bind_template_child (
      widget_class, LamFigurePanel, apart_label);
  gtk_widget_class_bind_template_child (widget_class, LamFigurePanel, neck);
  gtk_widget_class_bind_template_child (widget_class, LamFigurePanel, apart);
  gtk_widget_class_bind_template_child (widget_class, LamFigurePanel, slices);
  gtk_widget_class_bind_template_child (
      widget_class, LamFigurePanel, shows_first);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
lam_figure_panel_init (LamFigurePanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
  lam_figure_panel_refresh (panel);
}

GtkWidget *
lam_figure_panel_new (void)
{
  return g_object_new (LAM_TYPE_FIGURE_PANEL, NULL);
}

void
lam_figure_panel_set_tool_box (LamFigurePanel *panel, LamToolBox *box)
{
  g_return_if_fail (LAM_IS_FIGURE_PANEL (panel));
  panel->box = box;
  lam_figure_panel_refresh (panel);
}

void
lam_figure_panel_refresh (LamFigurePanel *panel)
{
  g_return_if_fail (LAM_IS_FIGURE_PANEL (panel));

  gtk_widget_set_sensitive (GTK_WIDGET (panel), panel->box != NULL);
  if (!panel->box)
    return;
  const LamBrushSettings *settings = lam_tool_box_get_brush (panel->box);
  const double *nm = get_voxel_size (panel);
  double finest = fmin (nm[0], fmin (nm[1], nm[2]));
  panel->is_refreshing = true;
  const bool in_nm =
      lam_workspace_knows_voxel_size (lam_tool_box_get_workspace (panel->box));
  gtk_label_set_label (
      panel->radius_label, in_nm ? _ ("R_adius (nm)") : _ ("R_adius (voxels)"));
  gtk_label_set_label (panel->apart_label,
      in_nm ? _ ("Middles a_part (nm)") : _ ("Middles a_part (voxels)"));
  gtk_spin_button_set_increments (panel->radius, finest / 2, finest * 5);
  gtk_spin_button_set_value (panel->radius, settings->shape_radius_nm);
  gtk_spin_button_set_value (panel->small, (double)settings->small_voxels);
  gtk_spin_button_set_value (panel->neck, 100 * settings->neck_relief);
  gtk_spin_button_set_increments (panel->apart, finest, finest * 10);
  gtk_spin_button_set_value (panel->apart, settings->neck_distance_nm);
  gtk_spin_button_set_value (panel->slices, settings->extrude_slices);
  gtk_check_button_set_active (panel->shows_first, settings->shows_first);
  panel->is_refreshing = false;
}
