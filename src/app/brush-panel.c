/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tool box is the one place where the brush is kept: widgets are written
 * from it by lam_brush_panel_refresh() and into it by changed_cb(). The slider
 * is logarithmic, from half a voxel to 200 of them. */
#include "app/brush-panel.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/brush-preview.h"
#include "labels/basin-block.h"

#define LARGEST_VOXELS 200.

struct _LamBrushPanel {
  AdwBin parent_instance;
  bool is_refreshing;
  LamToolBox *box; /* Borrowed */
  /* Template children */
  LamBrushPreview *preview;
  GtkLabel *voxels, *title, *hint;
  GtkWidget *radius_label, *depth_label, *shape_label, *shape_box;
  GtkWidget *overwrite_label, *greys;
  GtkSpinButton *grey_low, *grey_high;
  GtkWidget *greys_note, *grey_low_label, *grey_high_label;
  GtkCheckButton *edges;
  GtkWidget *strength_box;
  GtkScale *strength;
  GtkWidget *basins;
  GtkLabel *basin_width;
  GtkScale *basin_size;
  GtkCheckButton *basins_in_space;
  GtkSpinButton *radius, *depth;
  GtkScale *slider;
  GtkWidget *shape;
  GtkToggleButton *disc, *ball;
  GtkDropDown *overwrite;
  GtkCheckButton *pressure;
};

G_DEFINE_FINAL_TYPE (LamBrushPanel, lam_brush_panel, ADW_TYPE_BIN)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const double *
get_voxel_size (LamBrushPanel *panel)
{
  return lam_workspace_get_voxel_size_nm (
      lam_tool_box_get_workspace (panel->box));
}

/* "24 × 24 × 6 voxels": how far the brush reaches along x, y and z. */
static char *
describe (const LamBrushSettings *settings, const double voxel_nm[3])
{
  double size[3];
  for (int i = 0; i < 3; i++)
    size[i] = 2 * settings->radius_nm / voxel_nm[i];
  if (settings->shape == LAM_BRUSH_DISC)
    size[2] = settings->depth;
  return g_strdup_printf (
      _ ("%.3g × %.3g × %.3g voxels"), size[0], size[1], size[2]);
}

static void
show_preview (LamBrushPanel *panel, const LamBrushSettings *settings)
{
  const double *voxel_nm = get_voxel_size (panel);
  g_autofree char *text = describe (settings, voxel_nm);
  gtk_label_set_text (panel->voxels, text);
  lam_brush_preview_set (panel->preview, settings, voxel_nm);
}

/* Writes what the widgets say, and shows what became of it. */
static void
apply (LamBrushPanel *panel, double radius_nm)
{
  LamBrushSettings *settings = lam_tool_box_get_brush (panel->box);
  settings->radius_nm = radius_nm;
  settings->depth = gtk_spin_button_get_value_as_int (panel->depth);
  settings->shape = gtk_toggle_button_get_active (panel->ball)
      ? LAM_BRUSH_ELLIPSOID
      : LAM_BRUSH_DISC;
  guint mode = gtk_drop_down_get_selected (panel->overwrite);
  if (mode < LAM_N_OVERWRITES)
    settings->overwrite = (LamOverwrite)mode;
  settings->pressure_to_radius = gtk_check_button_get_active (panel->pressure);
  settings->grey_low = gtk_spin_button_get_value (panel->grey_low);
  settings->grey_high = gtk_spin_button_get_value (panel->grey_high);
  settings->stops_at_edges = gtk_check_button_get_active (panel->edges);
  settings->edge_strength =
      (int)lround (gtk_range_get_value (GTK_RANGE (panel->strength)));
  settings->basin_size =
      (int)lround (gtk_range_get_value (GTK_RANGE (panel->basin_size)));
  settings->basins_in_space =
      gtk_check_button_get_active (panel->basins_in_space);
  lam_brush_settings_clamp (settings, get_voxel_size (panel));
  lam_brush_panel_refresh (panel);
  g_signal_emit (panel, signals[CHANGED], 0);
}

static void
changed_cb (LamBrushPanel *panel)
{
  if (panel->box && !panel->is_refreshing)
    apply (panel, gtk_spin_button_get_value (panel->radius));
}

static void
slid_cb (LamBrushPanel *panel)
{
  if (panel->box && !panel->is_refreshing) {
    double radius = exp2 (gtk_range_get_value (GTK_RANGE (panel->slider)));
    apply (panel, radius < 20 ? round (radius * 2) / 2 : round (radius));
  }
}

static void
lam_brush_panel_class_init (LamBrushPanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (LAM_TYPE_BRUSH_PREVIEW);
  signals[CHANGED] = g_signal_new ("changed", LAM_TYPE_BRUSH_PANEL,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/brush-panel.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamBrushPanel, child)
  BIND (preview);
  BIND (voxels);
  BIND (title);
  BIND (hint);
  BIND (radius_label);
  BIND (depth_label);
  BIND (shape_label);
  BIND (shape_box);
  BIND (overwrite_label);
  BIND (greys);
  BIND (greys_note);
  BIND (grey_low_label);
  BIND (grey_high_label);
  BIND (grey_low);
  BIND (grey_high);
  BIND (edges);
  BIND (strength_box);
  BIND (strength);
  BIND (basins);
  BIND (basin_width);
  BIND (basin_size);
  BIND (basins_in_space);
  BIND (radius);
  BIND (depth);
  BIND (slider);
  BIND (shape);
  BIND (disc);
  BIND (ball);
  BIND (overwrite);
  BIND (pressure);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, slid_cb);
}

static void
lam_brush_panel_init (LamBrushPanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
  lam_brush_panel_refresh (panel);
}

GtkWidget *
lam_brush_panel_new (void)
{
  return g_object_new (LAM_TYPE_BRUSH_PANEL, NULL);
}

void
lam_brush_panel_set_tool_box (LamBrushPanel *panel, LamToolBox *box)
{
  g_return_if_fail (LAM_IS_BRUSH_PANEL (panel));
  panel->box = box;
  lam_brush_panel_refresh (panel);
}

/* What the tool at hand does not use is not offered. */
static void
show_options (LamBrushPanel *panel)
{
  const LamTool *tool = lam_tool_box_get_tool (panel->box);
  const struct {
    gpointer widget;
    LamToolOptions option;
  } rows[] = {
    { panel->preview, LAM_OPTION_BRUSH },
    { panel->voxels, LAM_OPTION_BRUSH },
    { panel->slider, LAM_OPTION_BRUSH },
    { panel->radius_label, LAM_OPTION_BRUSH },
    { panel->radius, LAM_OPTION_BRUSH },
    { panel->shape_label, LAM_OPTION_BRUSH },
    { panel->shape_box, LAM_OPTION_BRUSH },
    { panel->pressure, LAM_OPTION_PRESSURE },
    { panel->strength_box, LAM_OPTION_STRENGTH },
    { panel->depth_label, LAM_OPTION_DEPTH },
    { panel->depth, LAM_OPTION_DEPTH },
    { panel->greys, LAM_OPTION_GREYS },
    { panel->basins, LAM_OPTION_BASINS },
    { panel->overwrite_label, LAM_OPTION_OVERWRITE },
    { panel->overwrite, LAM_OPTION_OVERWRITE },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_set_visible (
        GTK_WIDGET (rows[i].widget), tool->options & rows[i].option);
  gtk_label_set_text (panel->title, _ (tool->title));
  g_autofree char *hint = lam_tool_box_dup_hint (panel->box);
  gtk_label_set_text (panel->hint, hint);
}

/* The range in force; before there is one, how there will be. */
static void
show_greys (LamBrushPanel *panel, const LamBrushSettings *settings)
{
  const int digits = lam_brush_settings_grey_digits (settings);
  GtkSpinButton *spins[] = { panel->grey_low, panel->grey_high };
  GtkWidget *labels[] = { panel->grey_low_label, panel->grey_high_label };
  const double greys[] = { settings->grey_low, settings->grey_high };
  gtk_widget_set_visible (panel->greys_note, !settings->has_greys);
  for (int i = 0; i < 2; i++) {
    gtk_widget_set_visible (GTK_WIDGET (spins[i]), settings->has_greys);
    gtk_widget_set_visible (labels[i], settings->has_greys);
    gtk_spin_button_set_digits (spins[i], (guint)digits);
    gtk_spin_button_set_increments (
        spins[i], pow (10, 1 - digits), pow (10, 2 - digits));
    gtk_spin_button_set_value (spins[i], greys[i]);
  }
  gtk_check_button_set_active (panel->edges, settings->stops_at_edges);
}

static void
show_basins (LamBrushPanel *panel, const LamBrushSettings *settings)
{
  const double nm =
      lam_basin_width_nm (settings->basin_size, get_voxel_size (panel));
  const bool is_known =
      lam_workspace_knows_voxel_size (lam_tool_box_get_workspace (panel->box));
  g_autofree char *width = g_strdup_printf (
      is_known ? _ ("about %.3g nm") : _ ("about %.3g voxels"), nm);
  gtk_label_set_text (panel->basin_width, width);
  gtk_range_set_range (GTK_RANGE (panel->basin_size), 0, LAM_BASIN_N_SIZES - 1);
  gtk_range_set_value (GTK_RANGE (panel->basin_size), settings->basin_size);
  gtk_check_button_set_active (
      panel->basins_in_space, settings->basins_in_space);
}

void
lam_brush_panel_refresh (LamBrushPanel *panel)
{
  g_return_if_fail (LAM_IS_BRUSH_PANEL (panel));

  gtk_widget_set_sensitive (GTK_WIDGET (panel), panel->box != NULL);
  if (!panel->box)
    return;
  const LamBrushSettings *settings = lam_tool_box_get_brush (panel->box);
  const double *voxel_nm = get_voxel_size (panel);
  double finest = fmin (voxel_nm[0], fmin (voxel_nm[1], voxel_nm[2]));

  panel->is_refreshing = true;
  gtk_label_set_label (GTK_LABEL (panel->radius_label),
      lam_workspace_knows_voxel_size (lam_tool_box_get_workspace (panel->box))
          ? _ ("_Radius (nm)")
          : _ ("_Radius (voxels)"));
  gtk_range_set_range (GTK_RANGE (panel->slider), log2 (finest / 2),
      log2 (finest * LARGEST_VOXELS));
  gtk_range_set_value (GTK_RANGE (panel->slider), log2 (settings->radius_nm));
  gtk_spin_button_set_value (panel->radius, settings->radius_nm);
  gtk_spin_button_set_increments (panel->radius, finest / 2, finest * 5);
  gtk_spin_button_set_value (panel->depth, settings->depth);
  gtk_toggle_button_set_active (
      settings->shape == LAM_BRUSH_ELLIPSOID ? panel->ball : panel->disc, TRUE);
  show_options (panel);
  bool uses_shape =
      lam_tool_box_get_tool (panel->box)->options & LAM_OPTION_BRUSH;
  gtk_widget_set_sensitive (GTK_WIDGET (panel->depth),
      settings->shape == LAM_BRUSH_DISC || !uses_shape);
  gtk_drop_down_set_selected (panel->overwrite, settings->overwrite);
  gtk_check_button_set_active (panel->pressure, settings->pressure_to_radius);
  show_greys (panel, settings);
  gtk_range_set_range (
      GTK_RANGE (panel->strength), -LAM_EDGE_STRENGTHS, LAM_EDGE_STRENGTHS);
  gtk_range_set_value (GTK_RANGE (panel->strength), settings->edge_strength);
  show_basins (panel, settings);
  panel->is_refreshing = false;
  show_preview (panel, settings);
}

void
lam_brush_panel_add_parts (LamBrushPanel *panel, GPtrArray *parts)
{
  g_return_if_fail (LAM_IS_BRUSH_PANEL (panel));
  g_ptr_array_add (parts, panel->preview);
  g_ptr_array_add (parts, panel->slider);
  g_ptr_array_add (parts, panel->shape);
  g_ptr_array_add (parts, panel->overwrite);
  g_ptr_array_add (parts, panel->pressure);
}
