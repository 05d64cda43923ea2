/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/scale-bar.h"

#include <glib.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sizes in units of the caller's text scale. */
#define BAR_HEIGHT 3.0
#define TEXT_SIZE 12.0
#define TEXT_GAP 5.0
#define HALO 1.5

/* SI symbols: the same in every language, so not translated. */
static const struct {
  double from_nm;
  double nm;
  const char *symbol;
} units[] = {
  { 1e9, 1e9, "m" },
  { 1e6, 1e6, "mm" },
  { 1e3, 1e3, "µm" },
  { 1, 1, "nm" },
  { 0, 1e-3, "pm" },
};

static void
write_nm (LamScaleBar *bar)
{
  /* A round number just below a unit's start through rounding is that unit. */
  size_t i = 0;
  while (bar->length < units[i].from_nm * (1 - 1e-9))
    i++;
  snprintf (bar->text, sizeof bar->text, "%g %s", bar->length / units[i].nm,
      units[i].symbol);
}

static void
write_voxels (LamScaleBar *bar)
{
  const double voxels = fmin (round (bar->length), 1e9);
  const unsigned long n = (unsigned long)voxels;
  g_snprintf (bar->text, sizeof bar->text,
      g_dngettext (GETTEXT_PACKAGE, "%lu voxel", "%lu voxels", n), n);
}

/* Without its text; `per_px`: nm or voxels. */
static LamScaleBar
fit (double per_px, double max_px)
{
  LamScaleBar bar = { 0 };
  const double most = per_px * max_px;
  if (!(most > 0) || !isfinite (most))
    return bar;
  const double decade = pow (10, floor (log10 (most)));
  static const double steps[] = { 10, 5, 2, 1, 0.5 };
  for (size_t i = 0; i < G_N_ELEMENTS (steps); i++) {
    bar.length = steps[i] * decade;
    if (bar.length <= most * (1 + 1e-9))
      break;
  }
  bar.length_px = bar.length / per_px;
  return bar;
}

LamScaleBar
lam_scale_bar_fit (double nm_per_px, double max_px)
{
  LamScaleBar bar = fit (nm_per_px, max_px);
  if (bar.length_px > 0)
    write_nm (&bar);
  return bar;
}

LamScaleBar
lam_scale_bar_fit_voxels (double voxels_per_px, double max_px)
{
  LamScaleBar bar = fit (voxels_per_px, max_px);
  if (bar.length < 1 - 1e-9)
    return (LamScaleBar){ 0 };
  write_voxels (&bar);
  return bar;
}

void
lam_scale_bar_draw (
    const LamScaleBar *bar, cairo_t *cr, double x, double y, double scale)
{
  if (!(bar->length_px > 0))
    return;
  const double height = BAR_HEIGHT * scale;
  const double halo = HALO * scale;
  cairo_save (cr);
  cairo_new_path (cr);
  cairo_rectangle (cr, x - halo, y - height - halo, bar->length_px + 2 * halo,
      height + 2 * halo);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.55);
  cairo_fill (cr);
  cairo_rectangle (cr, x, y - height, bar->length_px, height);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill (cr);

  cairo_select_font_face (
      cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, TEXT_SIZE * scale);
  cairo_text_extents_t extents;
  cairo_text_extents (cr, bar->text, &extents);
  const double left =
      x + 0.5 * (bar->length_px - extents.width) - extents.x_bearing;
  /* A short bar must not push its text out of the pane on the left. */
  cairo_move_to (cr, left < x ? x : left, y - height - TEXT_GAP * scale);
  cairo_text_path (cr, bar->text);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width (cr, 2 * halo);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.55);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill (cr);
  cairo_restore (cr);
}
