/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What follows the pointer stands in inscriptions: their text changes without a
 * new layout of the window, which would ask the X server many things in every
 * frame. */
#include "app/status-bar.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/text.h"
#include "labels/class-table.h"
#include "workspace/labelling.h"
#include "workspace/opinions.h"
#include "workspace/sources.h"
#include "workspace/theirs.h"

/* How often the copy's progress is looked at. */
#define PROGRESS_MS 500

struct _LamStatusBar {
  GtkWidget parent_instance;
  guint progress_source;
  /* Owned */
  LamWorkspace *workspace;
  /* Template children */
  GtkWidget *box;
  GtkInscription *place;
  GtkInscription *value;
  GtkInscription *what;
  GtkWidget *swatch;
  GtkInscription *said;
  GtkInscription *doubt;
  GtkInscription *theirs;
  GtkButton *isolated;
  GtkLabel *pen;
  GtkLabel *hint;
  GtkWidget *copy;
  GtkProgressBar *copy_bar;
  GtkLabel *copy_label;
};

G_DEFINE_FINAL_TYPE (LamStatusBar, lam_status_bar, GTK_TYPE_WIDGET)

static char *
dup_place (LamStatusBar *bar, const int64_t voxel[3])
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text,
      "x %" G_GINT64_FORMAT "  y %" G_GINT64_FORMAT "  z %" G_GINT64_FORMAT,
      voxel[0], voxel[1], voxel[2]);
  if (lam_workspace_knows_voxel_size (bar->workspace)) {
    const double *nm = lam_workspace_get_voxel_size_nm (bar->workspace);
    for (int i = 0; i < 3; i++) {
      g_autofree char *length =
          lam_text_length (((double)voxel[i] + 0.5) * nm[i]);
      g_string_append_printf (text, i ? ", %s" : "    %s", length);
    }
  }
  return g_string_free (text, FALSE);
}

/* Makes room, once for a volume, for the longest text. */
static void
show_place (LamStatusBar *bar, const int64_t voxel[3])
{
  const int64_t *size = lam_workspace_get_size (bar->workspace);
  const int64_t last[] = { size[0] - 1, size[1] - 1, size[2] - 1 };
  g_autofree char *text = dup_place (bar, voxel);
  g_autofree char *longest = dup_place (bar, last);
  guint n = (guint)MAX (g_utf8_strlen (text, -1), g_utf8_strlen (longest, -1));
  if (gtk_inscription_get_nat_chars (bar->place) < n)
    gtk_inscription_set_nat_chars (bar->place, n);
  gtk_inscription_set_text (bar->place, text);
}

static void
show_value (LamStatusBar *bar, const LamProbe *probe)
{
  g_autofree char *text = probe->has_value
      ? g_strdup_printf (_ ("grey %.5g"), probe->value)
      : g_strdup ("");
  gtk_inscription_set_text (bar->value, text);
}

/* The label's colour before its name, or nothing. */
#define SWATCH_SHOWN (1u << 24)

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height,
    gpointer user_data)
{
  guint rgb = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (area), "lam-rgb"));
  if (!(rgb & SWATCH_SHOWN))
    return;
  cairo_set_source_rgb (cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
      (rgb & 255) / 255.0);
  cairo_arc (
      cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
set_swatch (LamStatusBar *bar, guint rgb)
{
  GObject *swatch = G_OBJECT (bar->swatch);
  if (GPOINTER_TO_UINT (g_object_get_data (swatch, "lam-rgb")) == rgb)
    return;
  g_object_set_data (swatch, "lam-rgb", GUINT_TO_POINTER (rgb));
  gtk_widget_queue_draw (bar->swatch);
}

static void
show_label (LamStatusBar *bar, const LamProbe *probe)
{
  const LamClassTable *table = lam_workspace_get_classes (bar->workspace);
  bool known = probe->has_label && probe->label != 0 && table;
  if (!known) {
    set_swatch (bar, 0);
    gtk_inscription_set_text (bar->what, "");
    return;
  }
  guint rgb = lam_class_table_get_rgb (table, probe->label, false);
  set_swatch (bar, rgb | SWATCH_SHOWN);
  g_autofree char *title =
      lam_workspace_dup_label_title (bar->workspace, probe->label);
  const LamLabel *label = lam_class_table_get_label (table, probe->label);
  const LamClass *class =
      label ? lam_class_table_get_class (table, label->class_id) : NULL;
  g_autofree char *text = class && !g_str_has_prefix (title, class->name)
      ? g_strdup_printf ("%s (%s)", title, class->name)
      : g_strdup (title);
  gtk_inscription_set_text (bar->what, text);
}

/* Who said the label; also of a voxel that a person has cleared. */
static void
show_source (LamStatusBar *bar, const LamProbe *probe)
{
  g_autofree char *title = NULL;
  if (probe->has_label && probe->label == 0
      && probe->source == LAM_SOURCE_HUMAN)
    title = g_strdup (_ ("cleared by hand"));
  else if (probe->has_label)
    title = lam_workspace_dup_source_title (bar->workspace, probe->source);
  gtk_inscription_set_text (bar->said, title ? title : "");
}

static const char *
get_class_name (LamStatusBar *bar, int32_t class_id)
{
  const LamClass *class = lam_class_table_get_class (
      lam_workspace_get_classes (bar->workspace), class_id);
  return class ? class->name : _ ("a class that is gone");
}

/* Of the network that said it, else of what one proposes: how unsure it is, and
 * what it would have said next. NULL: none did. */
static char *
dup_doubt (LamStatusBar *bar, const int64_t voxel[3])
{
  uint8_t uncertainty = 0;
  int32_t second = 0;
  LamProposed proposed;
  if (lam_workspace_probe_opinion (bar->workspace, voxel, &uncertainty, &second)
      == LAM_OPINION_KNOWN)
    return g_strdup_printf (_ ("unsure %d of 255, or %s"), uncertainty,
        get_class_name (bar, second));
  if (lam_workspace_probe_proposal (bar->workspace, voxel, &proposed)
      == LAM_OPINION_KNOWN)
    return g_strdup_printf (_ ("%s proposed, or %s; unsure %d of 255"),
        get_class_name (bar, proposed.class_id),
        get_class_name (bar, proposed.second), proposed.uncertainty);
  return NULL;
}

static void
show_doubt (LamStatusBar *bar, const int64_t voxel[3])
{
  g_autofree char *text = dup_doubt (bar, voxel);
  gtk_inscription_set_text (bar->doubt, text ? text : "");
  if (!text)
    return;
  /* From the first time on: its room is not for those without a network, and
   * does not come and go with the pointer. */
  gtk_widget_set_visible (GTK_WIDGET (bar->doubt), TRUE);
}

/* What the second person says there, by name. */
static void
show_theirs (LamStatusBar *bar, const int64_t voxel[3])
{
  LamTheirs *theirs = lam_workspace_get_theirs (bar->workspace);
  uint32_t label;
  if (!theirs || !gtk_widget_get_visible (GTK_WIDGET (bar->theirs)))
    return;
  const char *name = lam_theirs_get_voice (theirs)->name;
  const LamTheirsState state =
      lam_workspace_probe_theirs (bar->workspace, voxel, &label);
  g_autofree char *title = state == LAM_THEIRS_SAY
      ? lam_theirs_dup_title (theirs, label)
      : g_strdup (state == LAM_THEIRS_SILENT ? _ ("nothing") : "…");
  g_autofree char *text = g_strdup_printf (_ ("“%s” says: %s"), name, title);
  gtk_inscription_set_text (bar->theirs, text);
}

void
lam_status_bar_set_theirs (LamStatusBar *bar, gboolean are_told)
{
  g_return_if_fail (LAM_IS_STATUS_BAR (bar));
  gtk_widget_set_visible (GTK_WIDGET (bar->theirs), are_told);
}

void
lam_status_bar_set_voxel (LamStatusBar *bar, const int64_t *voxel)
{
  g_return_if_fail (LAM_IS_STATUS_BAR (bar));
  if (!bar->workspace)
    return;
  int64_t crosshair[3];
  const double *position = lam_workspace_get_position (bar->workspace);
  for (int i = 0; i < 3; i++)
    crosshair[i] = (int64_t)floor (position[i]);
  if (!voxel)
    voxel = crosshair;
  LamProbe probe = lam_workspace_probe (bar->workspace, voxel);
  show_place (bar, voxel);
  show_value (bar, &probe);
  show_label (bar, &probe);
  show_source (bar, &probe);
  show_doubt (bar, voxel);
  show_theirs (bar, voxel);
}

/* That most labels are not shown is said for as long as it is so. */
static void
show_isolated (LamStatusBar *bar)
{
  const LamClassTable *classes =
      bar->workspace ? lam_workspace_get_classes (bar->workspace) : NULL;
  const size_t n = classes ? lam_class_table_get_n_isolated (classes) : 0;
  g_autofree char *text = g_strdup_printf (
      ngettext ("Only %zu label shown", "Only %zu labels shown", n), n);
  gtk_button_set_label (bar->isolated, text);
  gtk_widget_set_visible (GTK_WIDGET (bar->isolated), n > 0);
}

void
lam_status_bar_set_pen (LamStatusBar *bar, const char *text, gboolean is_down)
{
  g_return_if_fail (LAM_IS_STATUS_BAR (bar));
  GtkWidget *pen = GTK_WIDGET (bar->pen);
  gtk_label_set_text (bar->pen, text ? text : "");
  gtk_widget_set_visible (pen, text != NULL);
  if (is_down)
    gtk_widget_add_css_class (pen, "down");
  else
    gtk_widget_remove_css_class (pen, "down");
}

void
lam_status_bar_set_hint (LamStatusBar *bar, const char *hint)
{
  g_return_if_fail (LAM_IS_STATUS_BAR (bar));
  gtk_label_set_text (bar->hint, hint ? hint : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (bar->hint), hint);
}

static void
show_copy (LamStatusBar *bar, LamProgress *progress)
{
  gtk_progress_bar_set_fraction (
      bar->copy_bar, lam_progress_get_fraction (progress));
  double seconds = lam_progress_get_seconds_left (progress);
  g_autofree char *left = seconds > 0 ? lam_text_duration (seconds) : NULL;
  g_autofree char *text = left
      ? g_strdup_printf (_ ("Preparing fast side views, %s left"), left)
      : g_strdup (_ ("Preparing fast side views"));
  gtk_label_set_text (bar->copy_label, text);
}

static gboolean
progress_cb (gpointer user_data)
{
  LamStatusBar *bar = user_data;
  LamVolume *volume =
      bar->workspace ? lam_workspace_get_volume (bar->workspace) : NULL;
  LamProgress *progress = volume ? lam_volume_get_copy_progress (volume) : NULL;
  gtk_widget_set_visible (bar->copy, progress != NULL);
  if (progress) {
    show_copy (bar, progress);
    return G_SOURCE_CONTINUE;
  }
  bar->progress_source = 0;
  return G_SOURCE_REMOVE;
}

void
lam_status_bar_set_workspace (LamStatusBar *bar, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_STATUS_BAR (bar));
  if (bar->workspace)
    g_signal_handlers_disconnect_by_func (bar->workspace, show_isolated, bar);
  g_set_object (&bar->workspace, workspace);
  if (workspace)
    g_signal_connect_object (workspace, "classes-changed",
        G_CALLBACK (show_isolated), bar, G_CONNECT_SWAPPED);
  show_isolated (bar);
  g_clear_handle_id (&bar->progress_source, g_source_remove);
  gtk_widget_set_visible (bar->copy, FALSE);
  gtk_inscription_set_nat_chars (bar->place, 0);
  if (!workspace)
    return;
  bar->progress_source = g_timeout_add (PROGRESS_MS, progress_cb, bar);
  lam_status_bar_set_voxel (bar, NULL);
}

static void
lam_status_bar_dispose (GObject *object)
{
  LamStatusBar *bar = LAM_STATUS_BAR (object);
  g_clear_handle_id (&bar->progress_source, g_source_remove);
  g_clear_object (&bar->workspace);
  gtk_widget_dispose_template (GTK_WIDGET (bar), LAM_TYPE_STATUS_BAR);
  G_OBJECT_CLASS (lam_status_bar_parent_class)->dispose (object);
}

static void
lam_status_bar_class_init (LamStatusBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_status_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "status-bar");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/status-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, box);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, place);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, value);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, what);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, isolated);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, swatch);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, said);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, doubt);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, theirs);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, pen);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, hint);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, copy);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, copy_bar);
  gtk_widget_class_bind_template_child (widget_class, LamStatusBar, copy_label);
}

static void
lam_status_bar_init (LamStatusBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
  gtk_drawing_area_set_draw_func (
      GTK_DRAWING_AREA (bar->swatch), draw_swatch, NULL, NULL);
}

GtkWidget *
lam_status_bar_new (void)
{
  return g_object_new (LAM_TYPE_STATUS_BAR, NULL);
}
