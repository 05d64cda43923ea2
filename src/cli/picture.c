/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Draws again and again, the main context running in between, until no tile is
 * missing. */
#include "cli/picture.h"

#include <cairo.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/doubt-colour.h"
#include "view/offscreen.h"
#include "view/scale-bar.h"
#include "volume/histogram.h"
#include "workspace/opinions.h"

/* Fractions of the voxels that may be plain black and plain white. */
#define AUTO_BLACK 0.003
#define AUTO_WHITE 0.997
#define PAUSE_MS 5
#define SCALE_BAR_MARGIN_PX 16.0
/* High, with the numbers below the colours. */
#define DOUBT_SCALE_PX 28

typedef struct {
  /* Owned */
  LamOffscreen *offscreen;
  LamRenderer *renderer;
  LamPane *pane;
} Studio;

static void
studio_clear (Studio *studio)
{
  g_clear_pointer (&studio->pane, lam_pane_free);
  g_clear_pointer (&studio->renderer, lam_renderer_free);
  g_clear_pointer (&studio->offscreen, lam_offscreen_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Studio, studio_clear)

static bool
remembered (LamWorkspace *workspace, const char *name, double *value)
{
  g_autofree char *text = lam_workspace_dup_setting (workspace, name);
  if (!text)
    return false;
  *value = g_ascii_strtod (text, NULL);
  return isfinite (*value);
}

bool
lam_picture_choose_window (LamWorkspace *workspace, double *low, double *high,
    GCancellable *cancellable, GError **error)
{
  if (remembered (workspace, "display.low", low)
      && remembered (workspace, "display.high", high) && *high > *low)
    return true;
  g_autofree LamHistogram *histogram = g_new0 (LamHistogram, 1);
  if (!lam_histogram_sample (
          lam_workspace_get_volume (workspace), histogram, cancellable, error))
    return false;
  *low = lam_histogram_get_percentile (histogram, AUTO_BLACK);
  *high = lam_histogram_get_percentile (histogram, AUTO_WHITE);
  if (*high <= *low) {
    *low -= 0.5;
    *high = *low + 1;
  }
  return true;
}

static LamCamera
make_camera (LamWorkspace *workspace, const LamPicture *picture, LamPlane plane)
{
  LamCamera camera = { .plane = plane,
    .width_px = picture->width_px,
    .height_px = picture->height_px,
    .nm_per_px = picture->nm_per_px };
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  memcpy (camera.size, lam_workspace_get_size (workspace), sizeof camera.size);
  memcpy (camera.voxel_size_nm, nm, sizeof camera.voxel_size_nm);
  for (int i = 0; i < 3; i++)
    camera.centre_nm[i] = picture->position[i] * nm[i];
  if (!(picture->nm_per_px > 0))
    lam_camera_fit (&camera);
  return camera;
}

static void
aim (Studio *studio, LamWorkspace *workspace, const LamPicture *picture,
    LamCamera *camera)
{
  *camera = make_camera (workspace, picture, picture->plane);
  LamLook look = picture->look;
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  for (int i = 0; i < 3; i++)
    look.crosshair_nm[i] = picture->position[i] * nm[i];
  if (!picture->is_overview) {
    const LamBrushCursor none = { 0 };
    lam_pane_set_slice (studio->pane, camera, &look, &none);
    return;
  }
  LamOverview overview = { .yaw = LAM_OVERVIEW_YAW,
    .pitch = LAM_OVERVIEW_PITCH,
    .zoom = 1,
    .width_px = picture->width_px,
    .height_px = picture->height_px };
  for (int i = 0; i < LAM_N_PLANES; i++)
    overview.slices[i] = make_camera (workspace, picture, i);
  lam_pane_set_overview (studio->pane, &overview, &look);
}

static void
redraw_cb (gpointer user_data)
{
}

static bool
open_studio (Studio *studio, LamWorkspace *workspace, const LamPicture *picture,
    GError **error)
{
  studio->offscreen =
      lam_offscreen_new (picture->width_px, picture->height_px, error);
  if (!studio->offscreen)
    return false;
  int tiles = (picture->width_px / LAM_TILE_EDGE + 3)
      * (picture->height_px / LAM_TILE_EDGE + 3) * 2;
  const LamRendererSettings settings = {
    .image_tiles = CLAMP (tiles, 192, 2048),
    .label_tiles = CLAMP (tiles, 192, 2048),
    .upload_ms = 1000,
    .opinions = lam_workspace_get_opinions (workspace),
  };
  studio->renderer = lam_renderer_new (lam_workspace_get_volume (workspace),
      lam_workspace_get_labels (workspace),
      lam_workspace_get_classes (workspace), lam_workspace_get_pool (workspace),
      &settings, redraw_cb, NULL);
  LamDtype dtype = lam_volume_get_dtype (lam_workspace_get_volume (workspace));
  if (dtype == LAM_DTYPE_F32)
    lam_renderer_set_image_range (
        studio->renderer, picture->look.low, picture->look.high);
  if (!lam_renderer_realize (studio->renderer, error))
    return false;
  studio->pane = lam_pane_new (studio->renderer);
  return true;
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static bool
draw_until_complete (Studio *studio, LamProgress *progress, GError **error)
{
  unsigned target = lam_offscreen_get_framebuffer (studio->offscreen);
  guint waker = g_timeout_add (PAUSE_MS, wake_cb, NULL);
  const GError *problem = NULL;
  bool going = true;
  while (going) {
    lam_pane_draw (studio->pane, target);
    problem = lam_renderer_get_error (studio->renderer);
    if (problem || lam_pane_is_complete (studio->pane))
      break;
    g_main_context_iteration (NULL, TRUE);
    going = lam_progress_check (progress, error);
  }
  g_source_remove (waker);
  if (going && problem)
    g_propagate_error (error, g_error_copy (problem));
  return going && !problem;
}

/* Cairo wants one 32-bit number a pixel, red in the third byte. */
static cairo_surface_t *
to_surface (LamOffscreen *offscreen, int width_px, int height_px)
{
  g_autofree uint8_t *rgba = g_malloc ((size_t)width_px * height_px * 4);
  lam_offscreen_read (offscreen, rgba);
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, width_px, height_px);
  uint8_t *to = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  for (int y = 0; y < height_px; y++) {
    uint32_t *row = (uint32_t *)(void *)(to + (ptrdiff_t)y * stride);
    const uint8_t *from = rgba + (size_t)y * width_px * 4;
    for (int x = 0; x < width_px; x++, from += 4)
      row[x] = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
draw_scale_bar (cairo_surface_t *surface, const LamPicture *picture,
    const LamCamera *camera, bool knows_voxel_size)
{
  double nm_per_px = camera->nm_per_px, max_px = picture->width_px / 4.0;
  double voxel_nm = camera->voxel_size_nm[lam_plane_u (camera->plane)];
  LamScaleBar bar = knows_voxel_size
      ? lam_scale_bar_fit (nm_per_px, max_px)
      : lam_scale_bar_fit_voxels (nm_per_px / voxel_nm, max_px);
  cairo_t *cr = cairo_create (surface);
  lam_scale_bar_draw (&bar, cr, SCALE_BAR_MARGIN_PX,
      picture->height_px - SCALE_BAR_MARGIN_PX, 1);
  cairo_destroy (cr);
}

/* The map's colours and their numbers, at the bottom on the right, as on the
 * card in the window. */
static void
draw_doubt_scale (cairo_surface_t *surface, const LamPicture *picture)
{
  static const struct {
    const char *text;
    int at;
  } marks[] = { { "0", 0 }, { "128", 128 }, { "255", 255 } };
  const int width = MIN (256, picture->width_px / 2);
  const double x0 = picture->width_px - SCALE_BAR_MARGIN_PX - width;
  const double y0 = picture->height_px - SCALE_BAR_MARGIN_PX - DOUBT_SCALE_PX;
  cairo_t *cr = cairo_create (surface);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.62);
  cairo_rectangle (cr, x0 - 10, y0 - 10, width + 20, DOUBT_SCALE_PX + 20);
  cairo_fill (cr);
  for (int x = 0; x < width; x++) {
    const uint32_t rgb = lam_doubt_get_rgb ((uint8_t)(255 * x / (width - 1)));
    cairo_set_source_rgb (cr, (rgb >> 16 & 255) / 255.0,
        (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
    cairo_rectangle (cr, x0 + x, y0, 1, DOUBT_SCALE_PX - 16);
    cairo_fill (cr);
  }
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_font_size (cr, 12);
  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++) {
    cairo_text_extents_t extents;
    cairo_text_extents (cr, marks[i].text, &extents);
    const double x = x0 + marks[i].at / 255.0 * (width - extents.x_advance);
    cairo_move_to (cr, x, y0 + DOUBT_SCALE_PX);
    cairo_show_text (cr, marks[i].text);
  }
  cairo_destroy (cr);
}

static cairo_status_t
append_cb (void *closure, const unsigned char *bytes, unsigned n)
{
  g_byte_array_append (closure, bytes, n);
  return CAIRO_STATUS_SUCCESS;
}

static bool
write_png (cairo_surface_t *surface, const char *path, GError **error)
{
  g_autoptr (GByteArray) png = g_byte_array_new ();
  cairo_status_t status =
      cairo_surface_write_to_png_stream (surface, append_cb, png);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
        _ ("The picture cannot be made: %s"), cairo_status_to_string (status));
    return false;
  }
  GError *failed = NULL;
  if (g_file_set_contents_full (path, (const char *)png->data, (gssize)png->len,
          G_FILE_SET_CONTENTS_CONSISTENT, 0644, &failed))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
      path, failed->message);
  g_error_free (failed);
  return false;
}

bool
lam_picture_write (LamWorkspace *workspace, LamPicture *picture,
    const char *path, LamProgress *progress, GError **error)
{
  g_auto (Studio) studio = { 0 };
  LamCamera camera;
  if (!open_studio (&studio, workspace, picture, error))
    return false;
  aim (&studio, workspace, picture, &camera);
  picture->nm_per_px = camera.nm_per_px;
  if (!draw_until_complete (&studio, progress, error))
    return false;
  cairo_surface_t *surface =
      to_surface (studio.offscreen, picture->width_px, picture->height_px);
  if (picture->show_scale_bar && !picture->is_overview)
    draw_scale_bar (
        surface, picture, &camera, lam_workspace_knows_voxel_size (workspace));
  if (picture->look.map == LAM_MAP_DOUBTS)
    draw_doubt_scale (surface, picture);
  bool done = write_png (surface, path, error);
  cairo_surface_destroy (surface);
  return done;
}
