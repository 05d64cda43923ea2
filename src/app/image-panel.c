/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Everything but the grey window is a property binding to the display. The two
 * numbers are set by hand, because both change at once. */
#include "app/image-panel.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/histogram-view.h"
#include "base/error.h"

/* After what is on screen: see lam_job_pool_submit(). */
#define HISTOGRAM_PRIORITY 1000

struct _LamImagePanel {
  AdwBin parent_instance;
  bool is_showing; /* the numbers are being set from the display */
  /* Owned */
  LamDisplay *display;
  LamWorkspace *workspace;
  LamVolume *volume; /* whose histogram is shown or under way; or NULL */
  /* Borrowed from the pool; NULL when none is under way */
  LamJob *job;
  /* Template children */
  LamHistogramView *histogram;
  GtkSpinButton *low, *high;
  GtkWidget *auto_button;
  GtkLabel *note;
  GtkCheckButton *invert, *interpolate, *show_crosshair, *colour_by_class;
  GtkCheckButton *show_sources;
  GtkCheckButton *show_doubts;
  GtkCheckButton *show_proposals;
  GtkCheckButton *show_theirs;
  GtkAdjustment *label_opacity, *outline_opacity;
};

G_DEFINE_FINAL_TYPE (LamImagePanel, lam_image_panel, ADW_TYPE_BIN)

/* --- the grey window ---------------------------------------------------- */

/* Whole numbers for integers; for others what resolves a thousandth of the
 * range. */
static int
get_digits (LamImagePanel *panel, double range)
{
  LamVolume *volume =
      panel->workspace ? lam_workspace_get_volume (panel->workspace) : NULL;
  if (!volume || lam_volume_get_dtype (volume) != LAM_DTYPE_F32)
    return 0;
  return (int)CLAMP (ceil (3 - log10 (fmax (range, 1e-12))), 0, 12);
}

static void
show_window (LamImagePanel *panel)
{
  double low, high, from, to;
  g_object_get (panel->display, "low", &low, "high", &high, "range-low", &from,
      "range-high", &to, NULL);
  double range = fmax (to - from, 1e-12);
  int digits = get_digits (panel, range);
  /* Beyond the image's values too: a window may be wider than they are. */
  double reach = 10 * range + fmax (fabs (from), fabs (to));
  double step = digits ? range / 100 : fmax (1, round (range / 100));

  panel->is_showing = true;
  GtkSpinButton *buttons[] = { panel->low, panel->high };
  double values[] = { low, high };
  for (int i = 0; i < 2; i++) {
    gtk_spin_button_set_digits (buttons[i], (guint)digits);
    gtk_spin_button_set_range (buttons[i], -reach, reach);
    gtk_spin_button_set_increments (buttons[i], step, 10 * step);
    gtk_spin_button_set_value (buttons[i], values[i]);
  }
  panel->is_showing = false;
}

/* Black stays below white: the number that was changed pushes the other. */
static void
value_changed_cb (GtkSpinButton *button, LamImagePanel *panel)
{
  if (panel->is_showing || !panel->display)
    return;
  double low = gtk_spin_button_get_value (panel->low);
  double high = gtk_spin_button_get_value (panel->high);
  double least = pow (10, -(double)gtk_spin_button_get_digits (button));
  if (high - low < least) {
    if (button == panel->low)
      high = low + least;
    else
      low = high - least;
  }
  lam_display_set_window (panel->display, low, high);
}

static void
auto_cb (GtkButton *button, LamImagePanel *panel)
{
  if (panel->display)
    lam_display_auto_window (panel->display);
}

/* --- the histogram ------------------------------------------------------ */

static gpointer
sample_histogram (gpointer input, GCancellable *cancellable, GError **error)
{
  g_autofree LamHistogram *histogram = g_new0 (LamHistogram, 1);
  if (!lam_histogram_sample (input, histogram, cancellable, error))
    return NULL;
  return g_steal_pointer (&histogram);
}

static void
histogram_done (gpointer result, const GError *error, gpointer user_data)
{
  LamImagePanel *panel = user_data;
  g_autofree LamHistogram *histogram = result;

  panel->job = NULL;
  gtk_widget_set_visible (GTK_WIDGET (panel->note), error != NULL);
  if (error)
    gtk_label_set_text (panel->note, error->message);
  if (!histogram)
    return;
  bool knows_window = lam_display_knows_window (panel->display);
  lam_display_set_histogram (panel->display, histogram);
  if (!knows_window)
    lam_display_auto_window (panel->display);
  gtk_widget_set_sensitive (panel->auto_button, histogram->total > 0);
}

static void
stop_histogram (LamImagePanel *panel)
{
  g_clear_pointer (&panel->job, lam_job_cancel);
  g_clear_object (&panel->volume);
}

/* Of the image that is open now, unless only its voxel size changed. */
static void
start_histogram (LamImagePanel *panel)
{
  static const LamJobKind kind = { .run = sample_histogram,
    .done = histogram_done,
    .free_input = g_object_unref,
    .free_result = g_free };
  LamVolume *volume = lam_workspace_get_volume (panel->workspace);
  if (volume == panel->volume)
    return;
  stop_histogram (panel);
  if (!volume)
    return;
  panel->volume = g_object_ref (volume);
  gtk_label_set_text (panel->note, _ ("Reading grey values…"));
  gtk_widget_set_visible (GTK_WIDGET (panel->note), TRUE);
  panel->job = lam_job_pool_submit (lam_workspace_get_pool (panel->workspace),
      &kind, HISTOGRAM_PRIORITY, g_object_ref (volume), panel);
}

/* --- the widget --------------------------------------------------------- */

static void
lam_image_panel_dispose (GObject *object)
{
  LamImagePanel *panel = LAM_IMAGE_PANEL (object);
  stop_histogram (panel);
  g_clear_object (&panel->workspace);
  if (panel->display)
    g_signal_handlers_disconnect_by_data (panel->display, panel);
  g_clear_object (&panel->display);
  G_OBJECT_CLASS (lam_image_panel_parent_class)->dispose (object);
}

static void
lam_image_panel_class_init (LamImagePanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_image_panel_dispose;

  g_type_ensure (LAM_TYPE_HISTOGRAM_VIEW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/image-panel.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamImagePanel, child)
  BIND (histogram);
  BIND (low);
  BIND (high);
  BIND (auto_button);
  BIND (note);
  BIND (invert);
  BIND (interpolate);
  BIND (show_crosshair);
  BIND (colour_by_class);
  BIND (show_sources);
  BIND (show_doubts);
  BIND (show_proposals);
  BIND (show_theirs);
  BIND (label_opacity);
  BIND (outline_opacity);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, value_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, auto_cb);
}

static void
lam_image_panel_init (LamImagePanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
}

GtkWidget *
lam_image_panel_new (void)
{
  return g_object_new (LAM_TYPE_IMAGE_PANEL, NULL);
}

void
lam_image_panel_set_display (LamImagePanel *panel, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_IMAGE_PANEL (panel));
  g_return_if_fail (LAM_IS_DISPLAY (display) && !panel->display);

  panel->display = g_object_ref (display);
  lam_histogram_view_set_display (panel->histogram, display);
  const struct {
    const char *property;
    gpointer target;
    const char *target_property;
  } bindings[] = {
    { "invert", panel->invert, "active" },
    { "interpolate", panel->interpolate, "active" },
    { "show-crosshair", panel->show_crosshair, "active" },
    { "colour-by-class", panel->colour_by_class, "active" },
    { "show-sources", panel->show_sources, "active" },
    { "show-doubts", panel->show_doubts, "active" },
    { "show-proposals", panel->show_proposals, "active" },
    { "show-theirs", panel->show_theirs, "active" },
    { "label-opacity", panel->label_opacity, "value" },
    { "outline-opacity", panel->outline_opacity, "value" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (bindings); i++)
    g_object_bind_property (display, bindings[i].property, bindings[i].target,
        bindings[i].target_property,
        G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_swapped (
      display, "changed", G_CALLBACK (show_window), panel);
  show_window (panel);
}

void
lam_image_panel_set_workspace (LamImagePanel *panel, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_IMAGE_PANEL (panel));
  g_return_if_fail (panel->display);

  stop_histogram (panel);
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  g_set_object (&panel->workspace, workspace);
  gtk_widget_set_visible (GTK_WIDGET (panel->note), FALSE);
  gtk_widget_set_sensitive (panel->auto_button, FALSE);
  if (!workspace)
    return;
  g_signal_connect_swapped (
      workspace, "image-changed", G_CALLBACK (start_histogram), panel);
  start_histogram (panel);
  show_window (panel);
}
