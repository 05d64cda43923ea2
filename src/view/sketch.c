/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/sketch.h"

#include <math.h>
#include <string.h>

/* Pixels, for a pane of one device pixel a logical one. */
#define THICKNESS 1.75
#define FAINT_THICKNESS 1.25
#define HAIR_THICKNESS 1.0
#define HALO 3.75
#define FAINT_HALO 2.5
#define RING 4.0
#define DOT 4.5
#define FAINT_DOT 3.25
#define CHOSEN_RING 9.0

typedef struct {
  double a[2], b[2];
  uint32_t rgb;
  uint32_t style;
} Line;

typedef struct {
  double at[2];
  uint32_t rgb;
  uint32_t
      look; /* bits of PointLook; no gaps, so that values can be compared */
} Point;

typedef enum {
  IS_DOT = 1 << 0, /* filled, not a ring */
  IS_FAINT = 1 << 1,
  IS_CHOSEN = 1 << 2,
} PointLook;

struct _LamSketch {
  gatomicrefcount references;
  /* Owned */
  GArray *lines; /* of Line */
  GArray *points; /* of Point */
};

LamSketch *
lam_sketch_new (void)
{
  LamSketch *sketch = g_new0 (LamSketch, 1);
  g_atomic_ref_count_init (&sketch->references);
  sketch->lines = g_array_new (false, false, sizeof (Line));
  sketch->points = g_array_new (false, false, sizeof (Point));
  return sketch;
}

LamSketch *
lam_sketch_ref (LamSketch *sketch)
{
  g_atomic_ref_count_inc (&sketch->references);
  return sketch;
}

void
lam_sketch_unref (LamSketch *sketch)
{
  if (!g_atomic_ref_count_dec (&sketch->references))
    return;
  g_array_unref (sketch->lines);
  g_array_unref (sketch->points);
  g_free (sketch);
}

void
lam_sketch_add_line (LamSketch *sketch, const double a[2], const double b[2],
    uint32_t rgb, LamSketchStyle style)
{
  Line line = { { a[0], a[1] }, { b[0], b[1] }, rgb, style };
  g_array_append_val (sketch->lines, line);
}

void
lam_sketch_add_point (LamSketch *sketch, const double at[2], uint32_t rgb)
{
  Point point = { { at[0], at[1] }, rgb, 0 };
  g_array_append_val (sketch->points, point);
}

void
lam_sketch_add_dot (LamSketch *sketch, const double at[2], uint32_t rgb,
    LamSketchStyle style, bool is_chosen)
{
  Point point = { { at[0], at[1] }, rgb,
    IS_DOT | (style == LAM_SKETCH_FAINT ? IS_FAINT : 0)
        | (is_chosen ? IS_CHOSEN : 0) };
  g_array_append_val (sketch->points, point);
}

static void
add_edges (LamSketch *sketch, const double low[2], const double high[2],
    uint32_t rgb, LamSketchStyle style)
{
  const double corners[4][2] = { { low[0], low[1] }, { high[0], low[1] },
    { high[0], high[1] }, { low[0], high[1] } };
  for (int i = 0; i < 4; i++)
    lam_sketch_add_line (sketch, corners[i], corners[(i + 1) % 4], rgb, style);
}

void
lam_sketch_add_box (LamSketch *sketch, const LamCamera *camera,
    const LamBox *box, uint32_t rgb, bool shadows)
{
  int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane),
      w = lam_plane_w (camera->plane);
  int64_t slice = lam_camera_get_slice (camera);
  bool is_cut = slice >= box->min[w] && slice < box->max[w];
  const double low[2] = { (double)box->min[u], (double)box->min[v] };
  const double high[2] = { (double)box->max[u], (double)box->max[v] };
  if (is_cut || shadows)
    add_edges (
        sketch, low, high, rgb, is_cut ? LAM_SKETCH_FIRM : LAM_SKETCH_FAINT);
}

/* --- outlines ------------------------------------------------------------- */

typedef struct {
  LamSketch *sketch;
  const uint32_t *labels; /* or, of one label alone, … */
  const bool *mask;
  bool is_parted; /* the labels are parts without colours */
  const LamClassTable *classes; /* of labels */
  int64_t n[2]; /* of the mask, along the faster axis and the slower one */
  double origin[2];
  bool is_turned; /* the faster axis is v */
  uint32_t rgb;
  LamSketchStyle style;
} Outline;

/* From (x0, y0) to (x1, y1) of the mask's grid. */
static void
add_edge (
    const Outline *outline, int64_t x0, int64_t y0, int64_t x1, int64_t y1)
{
  double a[2] = { outline->origin[0] + (double)x0,
    outline->origin[1] + (double)y0 };
  double b[2] = { outline->origin[0] + (double)x1,
    outline->origin[1] + (double)y1 };
  const double turned_a[2] = { a[1], a[0] }, turned_b[2] = { b[1], b[0] };
  lam_sketch_add_line (outline->sketch, outline->is_turned ? turned_a : a,
      outline->is_turned ? turned_b : b, outline->rgb, outline->style);
}

static uint32_t
get (const Outline *outline, int64_t x, int64_t y)
{
  if (x < 0 || y < 0 || x >= outline->n[0] || y >= outline->n[1])
    return 0;
  int64_t at = x + outline->n[0] * y;
  return outline->mask ? outline->mask[at] : outline->labels[at];
}

/* Whose border lies between a voxel and the one before it across a grid line:
 * of two labels the larger number's; 0: none. */
static uint32_t
find_edge (const Outline *outline, int axis, int64_t at, int64_t i)
{
  uint32_t here = axis == 0 ? get (outline, i, at) : get (outline, at, i);
  uint32_t before =
      axis == 0 ? get (outline, i, at - 1) : get (outline, at - 1, i);
  if (outline->is_parted)
    return here != before && here && before;
  return here == before ? 0 : MAX (here, before);
}

/* Edges along one grid line, those of one label that follow on each other as
 * one. */
static void
add_grid_line (Outline *outline, int axis, int64_t at)
{
  int64_t start = 0, n = outline->n[axis];
  uint32_t open = 0;
  for (int64_t i = 0; i <= n; i++) {
    uint32_t edge = i < n ? find_edge (outline, axis, at, i) : 0;
    if (edge == open)
      continue;
    if (open && outline->classes)
      outline->rgb = lam_class_table_get_rgb (outline->classes, open, false);
    if (open && axis == 0)
      add_edge (outline, start, at, i, at);
    else if (open)
      add_edge (outline, at, start, at, i);
    open = edge;
    start = i;
  }
}

/* What all outlines of a box have in common. */
static void
add_outline (Outline *outline, LamPlane plane, const LamBox *box)
{
  const int w = lam_plane_w (plane), p = w == 0 ? 1 : 0, q = w == 2 ? 1 : 2;
  outline->n[0] = box->max[p] - box->min[p];
  outline->n[1] = box->max[q] - box->min[q];
  outline->origin[0] = (double)box->min[p];
  outline->origin[1] = (double)box->min[q];
  outline->is_turned = lam_plane_u (plane) != p;
  for (int axis = 0; axis < 2; axis++)
    for (int64_t at = 0; at <= outline->n[1 - axis]; at++)
      add_grid_line (outline, axis, at);
}

void
lam_sketch_add_outline (LamSketch *sketch, LamPlane plane, const LamBox *box,
    const bool *mask, uint32_t rgb, LamSketchStyle style)
{
  Outline outline = {
    .sketch = sketch, .mask = mask, .rgb = rgb, .style = style
  };
  add_outline (&outline, plane, box);
}

void
lam_sketch_add_label_outlines (LamSketch *sketch, LamPlane plane,
    const LamBox *box, const uint32_t *labels, const LamClassTable *classes)
{
  Outline outline = { .sketch = sketch,
    .labels = labels,
    .classes = classes,
    .style = LAM_SKETCH_FAINT };
  add_outline (&outline, plane, box);
}

void
lam_sketch_add_borders (LamSketch *sketch, LamPlane plane, const LamBox *box,
    const uint32_t *parts, uint32_t rgb, LamSketchStyle style)
{
  Outline outline = { .sketch = sketch,
    .labels = parts,
    .is_parted = true,
    .rgb = rgb,
    .style = style };
  add_outline (&outline, plane, box);
}

void
lam_sketch_add_all (LamSketch *sketch, const LamSketch *other)
{
  g_array_append_vals (sketch->lines, other->lines->data, other->lines->len);
  g_array_append_vals (sketch->points, other->points->data, other->points->len);
}

/* --- reading -------------------------------------------------------------- */

size_t
lam_sketch_get_n_lines (const LamSketch *sketch)
{
  return sketch->lines->len;
}

size_t
lam_sketch_get_n_points (const LamSketch *sketch)
{
  return sketch->points->len;
}

static bool
is_empty (const LamSketch *sketch)
{
  return !sketch || (sketch->lines->len == 0 && sketch->points->len == 0);
}

bool
lam_sketch_equal (const LamSketch *a, const LamSketch *b)
{
  if (a == b || is_empty (a) || is_empty (b))
    return a == b || is_empty (a) == is_empty (b);
  return a->lines->len == b->lines->len && a->points->len == b->points->len
      && (a->lines->len == 0
          || memcmp (
                 a->lines->data, b->lines->data, a->lines->len * sizeof (Line))
              == 0)
      && (a->points->len == 0
          || memcmp (a->points->data, b->points->data,
                 a->points->len * sizeof (Point))
              == 0);
}

/* --- drawing -------------------------------------------------------------- */

static LamOverlayPoint
to_px (const LamCamera *camera, const double at[2])
{
  double voxel[3], x, y;
  voxel[lam_plane_u (camera->plane)] = at[0];
  voxel[lam_plane_v (camera->plane)] = at[1];
  voxel[lam_plane_w (camera->plane)] = 0;
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  return (LamOverlayPoint){ x, y, 0 };
}

static bool
is_visible (const LamCamera *camera, LamOverlayPoint a, LamOverlayPoint b)
{
  return fmax (a.x, b.x) >= -RING && fmax (a.y, b.y) >= -RING
      && fmin (a.x, b.x) <= camera->width_px + RING
      && fmin (a.y, b.y) <= camera->height_px + RING;
}

static const struct {
  double px, halo_px; /* 0: it has none */
  float alpha, halo_alpha;
} looks[] = {
  [LAM_SKETCH_FIRM] = { THICKNESS, HALO, 1, 0.55f },
  [LAM_SKETCH_FAINT] = { FAINT_THICKNESS, FAINT_HALO, 0.8f, 0.3f },
  [LAM_SKETCH_HAIR] = { HAIR_THICKNESS, 0, 0.55f, 0 },
};

/* As of the brush's cursor: light on every colour below it. */
static void
get_colour (uint32_t rgb, float alpha, float rgba[4])
{
  for (int i = 0; i < 3; i++) {
    const float channel = (float)(rgb >> (16 - 8 * i) & 0xff) / 255;
    rgba[i] = 0.7f * channel + 0.3f;
  }
  rgba[3] = alpha;
}

static void
draw_lines (const LamSketch *sketch, const LamCamera *camera, double scale,
    bool is_halo, LamOverlay *overlay)
{
  for (guint i = 0; i < sketch->lines->len; i++) {
    const Line *line = &g_array_index (sketch->lines, Line, i);
    const double px =
        is_halo ? looks[line->style].halo_px : looks[line->style].px;
    if (px == 0)
      continue;
    const LamOverlayPoint a = to_px (camera, line->a),
                          b = to_px (camera, line->b);
    if (!is_visible (camera, a, b))
      continue;
    float rgba[4] = { 0, 0, 0, looks[line->style].halo_alpha };
    if (!is_halo)
      get_colour (line->rgb, looks[line->style].alpha, rgba);
    lam_overlay_add_line (overlay, a, b, px * scale, rgba);
  }
}

static void
draw_ring (LamOverlayPoint at, double radius, const float rgba[4], double scale,
    LamOverlay *overlay)
{
  const float halo[] = { 0, 0, 0, 0.55f };
  lam_overlay_add_circle (
      overlay, at.x, at.y, radius * scale, HALO * scale, halo);
  lam_overlay_add_circle (
      overlay, at.x, at.y, radius * scale, THICKNESS * scale, rgba);
}

/* A disc is a circle as thick as it is wide. */
static void
draw_dot (
    const Point *point, LamOverlayPoint at, double scale, LamOverlay *overlay)
{
  const bool is_faint = point->look & IS_FAINT;
  const double radius = (is_faint ? FAINT_DOT : DOT) * scale;
  const float halo[] = { 0, 0, 0, is_faint ? 0.25f : 0.6f };
  float rgba[4];
  get_colour (point->rgb, 1, rgba);
  rgba[3] = is_faint ? 0.45f : 1;
  lam_overlay_add_circle (
      overlay, at.x, at.y, radius / 2 + scale, radius + 2 * scale, halo);
  lam_overlay_add_circle (overlay, at.x, at.y, radius / 2, radius, rgba);
}

static void
draw_point (
    const Point *point, LamOverlayPoint at, double scale, LamOverlay *overlay)
{
  const float white[] = { 1, 1, 1, 1 };
  float rgba[4];
  get_colour (point->rgb, 1, rgba);
  if (point->look & IS_DOT)
    draw_dot (point, at, scale, overlay);
  else
    draw_ring (at, RING, rgba, scale, overlay);
  if (point->look & IS_CHOSEN)
    draw_ring (at, CHOSEN_RING, white, scale, overlay);
}

void
lam_sketch_draw (const LamSketch *sketch, const LamCamera *camera, double scale,
    LamOverlay *overlay)
{
  draw_lines (sketch, camera, scale, true, overlay);
  draw_lines (sketch, camera, scale, false, overlay);
  for (guint i = 0; i < sketch->points->len; i++) {
    const Point *point = &g_array_index (sketch->points, Point, i);
    const LamOverlayPoint at = to_px (camera, point->at);
    if (!is_visible (camera, at, at))
      continue;
    draw_point (point, at, scale, overlay);
  }
}
