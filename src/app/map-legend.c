/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of people and imports are always there; those of networks come and
 * grow older with the project's runs, which are looked for again after each
 * change of the history while the map is on. */
#include "app/map-legend.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "labels/doubt-colour.h"
#include "labels/source-colour.h"
#include "workspace/sources.h"
#include "workspace/theirs.h"

#define SWATCH_PX 12

struct _LamMapLegend {
  GtkWidget parent_instance;
  /* Owned */
  LamDisplay *display;
  LamWorkspace *workspace;
  /* Template children */
  GtkWidget *card;
  GtkLabel *whose;
  GtkWidget *theirs;
  GtkLabel *title;
  GtkBox *rows;
  GtkWidget *scale;
  GtkWidget *proposals;
  GtkDrawingArea *ramp;
};

G_DEFINE_FINAL_TYPE (LamMapLegend, lam_map_legend, GTK_TYPE_WIDGET)

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height,
    gpointer user_data)
{
  const guint rgb = GPOINTER_TO_UINT (user_data);
  cairo_set_source_rgb (cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
      (rgb & 255) / 255.0);
  cairo_arc (
      cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0, 0, 2 * G_PI);
  cairo_fill (cr);
}

/* From 0 to 255, a column for each pixel. */
static void
draw_ramp (GtkDrawingArea *area, cairo_t *cr, int width, int height,
    gpointer user_data)
{
  for (int x = 0; x < width; x++) {
    const uint32_t rgb =
        lam_doubt_get_rgb ((uint8_t)(255 * x / MAX (width - 1, 1)));
    cairo_set_source_rgb (cr, (rgb >> 16 & 255) / 255.0,
        (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
    cairo_rectangle (cr, x, 0, 1, height);
    cairo_fill (cr);
  }
}

static void
add_row (LamMapLegend *legend, uint32_t rgb, const char *text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *swatch = gtk_drawing_area_new ();
  GtkWidget *label = gtk_label_new (text);
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (swatch), SWATCH_PX);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (swatch), SWATCH_PX);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_swatch,
      GUINT_TO_POINTER ((guint)rgb), NULL);
  gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
  gtk_box_append (GTK_BOX (row), swatch);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (legend->rows, row);
}

/* The newest run and the one before by name; the others in one row. */
static void
add_runs (LamMapLegend *legend, uint16_t newest)
{
  const int n = lam_workspace_get_n_runs (legend->workspace);
  for (int i = 0; i < MIN (n, 2); i++) {
    const uint16_t source = (uint16_t)(newest - i);
    g_autofree char *title =
        lam_workspace_dup_source_title (legend->workspace, source);
    g_autofree char *text = i == 0
        ? g_strdup_printf (_ ("From %s (the newest)"), title)
        : g_strdup_printf (_ ("From %s"), title);
    add_row (legend, lam_source_get_rgb (source, newest), text);
  }
  if (n <= 2)
    return;
  g_autofree char *text = g_strdup_printf (
      ngettext ("From %d earlier run", "From %d earlier runs", n - 2), n - 2);
  add_row (legend, lam_source_get_rgb (LAM_SOURCE_FIRST_RUN, newest), text);
}

static void
fill (LamMapLegend *legend)
{
  static const struct {
    LamVoxelSource source;
    const char *text;
  } people[] = {
    { LAM_SOURCE_HUMAN, N_ ("Painted by hand") },
    { LAM_SOURCE_ACCEPTED, N_ ("From a network, accepted") },
    { LAM_SOURCE_IMPORTED, N_ ("Imported") },
  };
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (legend->rows))))
    gtk_box_remove (legend->rows, child);
  for (size_t i = 0; i < G_N_ELEMENTS (people); i++)
    add_row (
        legend, lam_source_get_rgb (people[i].source, 0), _ (people[i].text));
  const uint16_t newest =
      legend->workspace ? lam_workspace_get_newest_run (legend->workspace) : 0;
  if (newest)
    add_runs (legend, newest);
}

static bool
is_on (LamMapLegend *legend, const char *property)
{
  gboolean on = FALSE;
  if (legend->display)
    g_object_get (legend->display, property, &on, NULL);
  return on;
}

static void
look_for_runs (LamMapLegend *legend)
{
  if (legend->workspace && is_on (legend, "show-sources"))
    lam_workspace_refresh_runs (legend->workspace);
}

static const char *
get_title (LamMapLegend *legend)
{
  if (is_on (legend, "show-proposals"))
    return _ ("What the network proposes");
  return is_on (legend, "show-doubts") ? _ ("How unsure the network is")
                                       : _ ("Who said it");
}

/* Whether a second person's labels are shown. */
static bool
show_theirs (LamMapLegend *legend)
{
  const LamTheirs *theirs =
      legend->workspace ? lam_workspace_get_theirs (legend->workspace) : NULL;
  const bool shown = theirs && is_on (legend, "show-theirs");
  g_autofree char *text = shown
      ? g_strdup_printf (
          _ ("What “%s” says"), lam_theirs_get_voice (theirs)->name)
      : g_strdup ("");
  gtk_label_set_text (legend->whose, text);
  gtk_widget_set_visible (GTK_WIDGET (legend->whose), shown);
  gtk_widget_set_visible (legend->theirs, shown);
  return shown;
}

static void
show (LamMapLegend *legend)
{
  const bool theirs = show_theirs (legend);
  const bool sources = is_on (legend, "show-sources");
  const bool doubts = is_on (legend, "show-doubts");
  const bool proposals = is_on (legend, "show-proposals");
  gtk_label_set_text (legend->title, get_title (legend));
  gtk_widget_set_visible (GTK_WIDGET (legend->rows), sources);
  gtk_widget_set_visible (legend->scale, doubts);
  gtk_widget_set_visible (legend->proposals, proposals);
  gtk_widget_set_visible (
      GTK_WIDGET (legend->title), sources || doubts || proposals);
  gtk_widget_set_visible (
      GTK_WIDGET (legend), theirs || sources || doubts || proposals);
}

static void
sources_switched_cb (LamMapLegend *legend)
{
  const bool on = is_on (legend, "show-sources");
  if (on)
    fill (legend);
  show (legend);
  look_for_runs (legend);
  lam_announce ("SOURCE-MAP %s", on ? "on" : "off");
}

static void
doubts_switched_cb (LamMapLegend *legend)
{
  show (legend);
  lam_announce ("DOUBT-MAP %s", is_on (legend, "show-doubts") ? "on" : "off");
}

static void
proposals_switched_cb (LamMapLegend *legend)
{
  show (legend);
  lam_announce (
      "PROPOSAL-MAP %s", is_on (legend, "show-proposals") ? "on" : "off");
}

void
lam_map_legend_set_display (LamMapLegend *legend, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_MAP_LEGEND (legend) && !legend->display);
  legend->display = g_object_ref (display);
  g_signal_connect_object (display, "notify::show-sources",
      G_CALLBACK (sources_switched_cb), legend, G_CONNECT_SWAPPED);
  g_signal_connect_object (display, "notify::show-doubts",
      G_CALLBACK (doubts_switched_cb), legend, G_CONNECT_SWAPPED);
  g_signal_connect_object (display, "notify::show-proposals",
      G_CALLBACK (proposals_switched_cb), legend, G_CONNECT_SWAPPED);
  g_signal_connect_object (display, "notify::show-theirs", G_CALLBACK (show),
      legend, G_CONNECT_SWAPPED);
  show (legend);
}

void
lam_map_legend_set_workspace (LamMapLegend *legend, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_MAP_LEGEND (legend));
  if (legend->workspace)
    g_signal_handlers_disconnect_by_data (legend->workspace, legend);
  g_set_object (&legend->workspace, workspace);
  fill (legend);
  if (!workspace)
    return;
  g_signal_connect_object (workspace, "sources-changed", G_CALLBACK (fill),
      legend, G_CONNECT_SWAPPED);
  g_signal_connect_object (workspace, "history-changed",
      G_CALLBACK (look_for_runs), legend, G_CONNECT_SWAPPED);
  g_signal_connect_object (workspace, "theirs-changed", G_CALLBACK (show),
      legend, G_CONNECT_SWAPPED);
  look_for_runs (legend);
}

static void
lam_map_legend_dispose (GObject *object)
{
  LamMapLegend *legend = LAM_MAP_LEGEND (object);
  if (legend->workspace)
    g_signal_handlers_disconnect_by_data (legend->workspace, legend);
  g_clear_object (&legend->workspace);
  g_clear_object (&legend->display);
  gtk_widget_dispose_template (GTK_WIDGET (legend), LAM_TYPE_MAP_LEGEND);
  G_OBJECT_CLASS (lam_map_legend_parent_class)->dispose (object);
}

static void
lam_map_legend_class_init (LamMapLegendClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_map_legend_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "map-legend");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/map-legend.ui");
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, card);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, whose);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, theirs);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, title);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, rows);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, scale);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, ramp);
  gtk_widget_class_bind_template_child (widget_class, LamMapLegend, proposals);
}

static void
lam_map_legend_init (LamMapLegend *legend)
{
  gtk_widget_init_template (GTK_WIDGET (legend));
  gtk_drawing_area_set_draw_func (legend->ramp, draw_ramp, NULL, NULL);
}
