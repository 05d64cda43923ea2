/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/overlay-layer.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "view/shader.h"

/* A line is drawn this much wider on each side, for its smooth edge. */
#define EDGE_PX 1.0
/* Chords of a circle are off by less than this. */
#define FLATNESS_PX 0.05

struct _LamOverlayLayer {
  GLuint program;
};

const float *
lam_overlay_axis_rgb (int axis)
{
  /* Red, green, blue as everywhere, but soft and of like lightness. */
  static const float rgb[3][3] = {
    { 0.96f, 0.47f, 0.44f },
    { 0.52f, 0.82f, 0.48f },
    { 0.45f, 0.69f, 1.00f },
  };
  return rgb[axis];
}

const float *
lam_overlay_mark_rgb (void)
{
  static const float rgb[3] = { 1.00f, 0.86f, 0.35f };
  return rgb;
}

static LamOverlayVertex
make_vertex (const LamOverlay *overlay, LamOverlayPoint at, double across_px,
    double half_px, const float rgba[4])
{
  LamOverlayVertex vertex = {
    .position = { (float)(2 * at.x / overlay->width_px - 1),
        (float)(1 - 2 * at.y / overlay->height_px), (float)at.depth },
    .reach = { (float)across_px, (float)half_px },
  };
  memcpy (vertex.colour, rgba, sizeof vertex.colour);
  return vertex;
}

static void
add_quad (LamOverlay *overlay, const LamOverlayVertex corners[4])
{
  static const int order[] = { 0, 1, 2, 2, 1, 3 };
  for (size_t i = 0; i < G_N_ELEMENTS (order); i++)
    g_array_append_val (overlay->vertices, corners[order[i]]);
}

void
lam_overlay_add_line (LamOverlay *overlay, LamOverlayPoint a, LamOverlayPoint b,
    double thickness_px, const float rgba[4])
{
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length = hypot (dx, dy);
  if (!(length > 0))
    return;
  const double half = 0.5 * thickness_px, reach = half + EDGE_PX;
  const double nx = -dy / length * reach, ny = dx / length * reach;
  const LamOverlayVertex corners[] = {
    make_vertex (overlay, (LamOverlayPoint){ a.x + nx, a.y + ny, a.depth },
        reach, half, rgba),
    make_vertex (overlay, (LamOverlayPoint){ a.x - nx, a.y - ny, a.depth },
        -reach, half, rgba),
    make_vertex (overlay, (LamOverlayPoint){ b.x + nx, b.y + ny, b.depth },
        reach, half, rgba),
    make_vertex (overlay, (LamOverlayPoint){ b.x - nx, b.y - ny, b.depth },
        -reach, half, rgba),
  };
  add_quad (overlay, corners);
}

/* The chord of angle t lies r (1 - cos (t / 2)) inside of its arc. */
static int
count_chords (double radius_px)
{
  if (radius_px <= 2 * FLATNESS_PX)
    return 12;
  const double n = M_PI / acos (1 - FLATNESS_PX / radius_px);
  return (int)CLAMP (ceil (n), 12, 720);
}

void
lam_overlay_add_circle (LamOverlay *overlay, double x, double y,
    double radius_px, double thickness_px, const float rgba[4])
{
  const int n = count_chords (radius_px);
  const double half = 0.5 * thickness_px;
  const double inside = MIN (half + EDGE_PX, radius_px);
  const double outside = half + EDGE_PX;
  LamOverlayVertex corners[4];
  for (int i = 0; i <= n; i++) {
    const double c = cos (2 * M_PI * i / n), s = sin (2 * M_PI * i / n);
    const double near = radius_px - inside, far = radius_px + outside;
    corners[2] = make_vertex (overlay,
        (LamOverlayPoint){ x + c * near, y + s * near, 0 }, -inside, half,
        rgba);
    corners[3] = make_vertex (overlay,
        (LamOverlayPoint){ x + c * far, y + s * far, 0 }, outside, half, rgba);
    if (i > 0)
      add_quad (overlay, corners);
    corners[0] = corners[2];
    corners[1] = corners[3];
  }
}

LamOverlayLayer *
lam_overlay_layer_new (GError **error)
{
  static const char *const attributes[] = { "a_position", "a_colour", "a_reach",
    NULL };
  const GLuint program = lam_shader_build ("overlay", "", attributes, error);
  if (program == 0)
    return NULL;
  LamOverlayLayer *layer = g_new0 (LamOverlayLayer, 1);
  layer->program = program;
  return layer;
}

void
lam_overlay_layer_free (LamOverlayLayer *layer, bool lost)
{
  if (layer == NULL)
    return;
  if (!lost)
    glDeleteProgram (layer->program);
  g_free (layer);
}

void
lam_overlay_layer_use (LamOverlayLayer *layer)
{
  glUseProgram (layer->program);
  glEnable (GL_BLEND);
  glBlendEquation (GL_FUNC_ADD);
  /* The pane stays opaque: its alpha is not to be blended. */
  glBlendFuncSeparate (GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ZERO, GL_ONE);
}

void
lam_overlay_layer_set_attributes (void)
{
  static const struct {
    GLint n_values;
    size_t offset;
  } fields[] = {
    { 3, offsetof (LamOverlayVertex, position) },
    { 4, offsetof (LamOverlayVertex, colour) },
    { 2, offsetof (LamOverlayVertex, reach) },
  };
  for (GLuint i = 0; i < G_N_ELEMENTS (fields); i++) {
    glVertexAttribPointer (i, fields[i].n_values, GL_FLOAT, GL_FALSE,
        sizeof (LamOverlayVertex), (const void *)fields[i].offset);
    glEnableVertexAttribArray (i);
  }
}
