/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stroke whose dabs stop at borders: where the image changes steeply, for
 * this image, and where networks doubt or see another class. The way is cut
 * into short pieces, each a dab of its own (walled-dab.h), so that a stroke
 * which comes back on the other side of a membrane does not join both sides.
 * Borders are found for several of them at once, in boxes of a bounded size:
 * about 20 bytes a voxel. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/basin-edges.h"
#include "labels/figure-rows.h"
#include "labels/sweep.h"
#include "labels/walled-dab.h"

/* Borders of so many voxels are found at once, if a dab is not larger. */
#define CHUNK_VOXELS (INT64_C (1) << 20)
#define MAX_VOXELS (INT64_C (1) << 27)
/* Of the window around a dab, in voxels of the finest axis. */
#define RIM 5
/* A border is where the image changes so many times as steeply as it does on
 * average, … */
#define EDGE_RATIO 1.75
/* … or where networks are at least so doubtful. */
#define DOUBT 0.5f

typedef struct {
  const LamFigureRequest *request;
  const LamLabelReader *reader;
  double finest_nm;
  double typical_edge; /* 0: no image, or one that is all the same */
  bool has_image;
  bool has_borders; /* a network spoke somewhere on the way */
  int64_t slice; /* of the pane, or of the brush below it */
  GArray *way; /* Owned; of LamFigurePoint, not far apart */
} Stroke;

/* --- the way -------------------------------------------------------------- */

static void
add_points (GArray *way, const LamFigurePoint *from, const LamFigurePoint *to,
    double step)
{
  const double du = to->u - from->u, dv = to->v - from->v;
  const int n = (int)fmin (ceil (hypot (du, dv) / step), 1e6);
  for (int i = 1; i <= n; i++) {
    const LamFigurePoint point = { from->u + du * i / n, from->v + dv * i / n };
    g_array_append_val (way, point);
  }
}

/* Steps of half a radius at most. */
static GArray *
cut_way (const LamFigureRequest *request, const LamLabelReader *reader)
{
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)request->points->data;
  GArray *way = g_array_new (false, false, sizeof (LamFigurePoint));
  const double *nm = reader->voxel_size_nm;
  const double widest =
      fmax (nm[lam_plane_u (request->plane)], nm[lam_plane_v (request->plane)]);
  const double step = fmax (request->radius_nm / 2 / widest, 1);
  g_array_append_val (way, points[0]);
  for (guint i = 1; i < request->points->len; i++)
    add_points (way, &points[i - 1], &points[i], step);
  return way;
}

/* One dab's, to the point from the one before. */
static LamSweep
make_sweep (const Stroke *stroke, guint i, double radius_nm)
{
  const LamFigureRequest *request = stroke->request;
  const LamFigurePoint *to = &g_array_index (stroke->way, LamFigurePoint, i);
  const LamFigurePoint *from = i > 0 ? to - 1 : to;
  const int u = lam_plane_u (request->plane), v = lam_plane_v (request->plane),
            w = lam_plane_w (request->plane);
  LamSweepEnd ends[2] = { { .radius_nm = radius_nm },
    { .radius_nm = radius_nm } };
  for (int k = 0; k < 2; k++) {
    ends[k].voxel[u] = k ? to->u : from->u;
    ends[k].voxel[v] = k ? to->v : from->v;
    ends[k].voxel[w] = (double)stroke->slice + 0.5;
  }
  const LamBox volume = lam_box_of_size (stroke->reader->size);
  return lam_sweep_new (&ends[0], &ends[1], stroke->reader->voxel_size_nm,
      request->in_space ? -1 : w, stroke->slice, stroke->slice + 1, &volume);
}

/* Wider by so many voxels of the finest axis, within the volume and, unless it
 * is in space, within the slice. */
static LamBox
widen (const Stroke *stroke, const LamBox *box, int voxels)
{
  const double *nm = stroke->reader->voxel_size_nm;
  const LamBox volume = lam_box_of_size (stroke->reader->size);
  LamBox wide = *box;
  for (int a = 0; a < 3; a++) {
    if (!stroke->request->in_space && a == lam_plane_w (stroke->request->plane))
      continue;
    const int64_t by = (int64_t)ceil (voxels * stroke->finest_nm / nm[a]);
    wide.min[a] -= by;
    wide.max[a] += by;
  }
  return lam_box_intersect (&wide, &volume);
}

/* --- borders -------------------------------------------------------------- */

static bool
say_memory (const LamBox *box, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory for a stroke over %" G_GINT64_FORMAT
         " voxels: paint it with a smaller brush"),
      lam_box_volume (box));
  return false;
}

static bool
add_image_walls (
    const Stroke *stroke, const LamBox *box, float *walls, GError **error)
{
  const int64_t n = lam_box_volume (box);
  const LamLabelReader *reader = stroke->reader;
  const double ratio = stroke->request->edge_ratio;
  const float level =
      (float)(EDGE_RATIO * (ratio > 0 ? ratio : 1) * stroke->typical_edge);
  g_autofree float *greys = g_try_new (float, n);
  LamBasinView view = { .greys = greys };
  bool is_of_greys;
  for (int a = 0; a < 3; a++) {
    view.size[a] = box->max[a] - box->min[a];
    view.voxel_size_nm[a] = reader->voxel_size_nm[a];
  }
  if (!greys)
    return say_memory (box, error);
  if (!reader->read_image (box, greys, reader->image_data, error))
    return false;
  if (!lam_basin_edges (&view, walls, &is_of_greys))
    return say_memory (box, error);
  for (int64_t i = 0; i < n; i++)
    walls[i] /= level;
  return true;
}

static bool
add_network_walls (
    Stroke *stroke, const LamBox *box, float *walls, GError **error)
{
  const int64_t n = lam_box_volume (box);
  const LamLabelReader *reader = stroke->reader;
  g_autofree float *borders = g_try_new (float, n);
  bool is_any;
  if (!borders)
    return say_memory (box, error);
  if (!reader->read_borders (box, borders, &is_any, reader->image_data, error))
    return false;
  stroke->has_borders = stroke->has_borders || is_any;
  for (int64_t i = 0; is_any && i < n; i++)
    walls[i] = fmaxf (walls[i], borders[i] / DOUBT);
  return true;
}

/* Of the box; NULL with error. */
static float *
find_walls (Stroke *stroke, const LamBox *box, GError **error)
{
  g_autofree float *walls = g_try_new0 (float, lam_box_volume (box));
  if (!walls) {
    say_memory (box, error);
    return NULL;
  }
  if (stroke->typical_edge > 0 && !add_image_walls (stroke, box, walls, error))
    return NULL;
  if (stroke->reader->read_borders
      && !add_network_walls (stroke, box, walls, error))
    return NULL;
  return g_steal_pointer (&walls);
}

/* --- dabs ----------------------------------------------------------------- */

typedef struct {
  const LamBox *box;
  uint8_t *marks;
} Marks;

static int64_t
index_in (const LamBox *box, const int64_t at[3])
{
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  return at[0] - box->min[0]
      + nx * (at[1] - box->min[1] + ny * (at[2] - box->min[2]));
}

static void
mark_way (const int64_t voxel[3], gpointer user_data)
{
  const Marks *marks = user_data;
  marks->marks[index_in (marks->box, voxel)] = LAM_DAB_COVER | LAM_DAB_WAY;
}

static void
mark_cover (const LamSweep *sweep, const LamBox *box, uint8_t *marks)
{
  const int axis = lam_sweep_get_span_axis (sweep), b = axis == 0 ? 1 : 0,
            c = axis == 2 ? 1 : 2;
  int64_t row[3] = { 0 }, start, end;
  for (row[c] = sweep->box.min[c]; row[c] < sweep->box.max[c]; row[c]++)
    for (row[b] = sweep->box.min[b]; row[b] < sweep->box.max[b]; row[b]++) {
      if (!lam_sweep_get_span (sweep, row, &start, &end))
        continue;
      for (row[axis] = start; row[axis] < end; row[axis]++)
        marks[index_in (box, row)] |= LAM_DAB_COVER;
      row[axis] = 0;
    }
}

static void
copy_walls (
    const LamBox *from, const float *walls, const LamBox *to, float *out)
{
  const int64_t nx = to->max[0] - to->min[0];
  int64_t at[3] = { to->min[0] };
  for (at[2] = to->min[2]; at[2] < to->max[2]; at[2]++)
    for (at[1] = to->min[1]; at[1] < to->max[1]; at[1]++, out += nx)
      memcpy (out, walls + index_in (from, at), (size_t)nx * sizeof *out);
}

/* `walls` is of `box`. */
static bool
add_dab (const Stroke *stroke, guint i, const LamBox *box, const float *walls,
    LamVoxelSet *set, GError **error)
{
  const LamSweep sweep = make_sweep (stroke, i, stroke->request->radius_nm),
                 thin = make_sweep (stroke, i, 0);
  if (lam_box_is_empty (&sweep.box))
    return true;
  const LamBox window = widen (stroke, &sweep.box, RIM);
  const int64_t n = lam_box_volume (&window);
  g_autofree float *own = g_try_new (float, n);
  g_autofree uint8_t *marks = g_try_new0 (uint8_t, n);
  g_autofree bool *mask = g_try_new (bool, n);
  if (!own || !marks || !mask)
    return say_memory (&window, error);
  LamWalledDab dab = {
    .radius_nm = stroke->request->radius_nm, .walls = own, .marks = marks
  };
  for (int a = 0; a < 3; a++) {
    dab.size[a] = window.max[a] - window.min[a];
    dab.voxel_size_nm[a] = stroke->reader->voxel_size_nm[a];
  }
  Marks way = { &window, marks };
  copy_walls (box, walls, &window, own);
  mark_cover (&sweep, &window, marks);
  lam_sweep_walk (&thin, &window, mark_way, &way);
  if (!lam_walled_dab_find (&dab))
    return say_memory (&window, error);
  for (int64_t k = 0; k < n; k++)
    mask[k] = marks[k] & LAM_DAB_IN;
  lam_voxel_set_add_mask (set, &window, mask);
  return true;
}

/* The dabs from `first` on whose windows lie in a box that is small enough, one
 * at least; gives the one after them. */
static guint
take_chunk (const Stroke *stroke, guint first, LamBox *box)
{
  guint i = first;
  *box = (LamBox){ 0 };
  for (; i < stroke->way->len; i++) {
    const LamSweep sweep = make_sweep (stroke, i, stroke->request->radius_nm);
    if (lam_box_is_empty (&sweep.box))
      continue;
    const LamBox window =
        widen (stroke, &sweep.box, RIM + LAM_BASIN_EDGE_REACH);
    const LamBox both = lam_box_unite (box, &window);
    if (!lam_box_is_empty (box) && lam_box_volume (&both) > CHUNK_VOXELS)
      break;
    *box = both;
  }
  return i;
}

static bool
add_slice (
    Stroke *stroke, LamVoxelSet *set, LamProgress *progress, GError **error)
{
  for (guint i = 0; i < stroke->way->len;) {
    LamBox box;
    const guint end = take_chunk (stroke, i, &box);
    if (!lam_progress_check (progress, error))
      return false;
    if (lam_box_volume (&box) > MAX_VOXELS)
      return say_memory (&box, error);
    g_autofree float *walls =
        lam_box_is_empty (&box) ? NULL : find_walls (stroke, &box, error);
    if (!walls && !lam_box_is_empty (&box))
      return false;
    for (; i < end; i++)
      if (!add_dab (stroke, i, &box, walls, set, error))
        return false;
  }
  return true;
}

/* A disc is so many slices deep, each with borders of its own. */
static bool
add_slices (
    Stroke *stroke, LamVoxelSet *set, LamProgress *progress, GError **error)
{
  const LamFigureRequest *request = stroke->request;
  const int64_t middle = request->voxel[lam_plane_w (request->plane)];
  const int64_t depth = request->in_space ? 1 : MAX (request->n_slices, 1);
  const int64_t first = middle - (depth - 1) / 2;
  for (stroke->slice = first; stroke->slice < first + depth; stroke->slice++)
    if (!add_slice (stroke, set, progress, error))
      return false;
  return true;
}

/* --- the row -------------------------------------------------------------- */

static bool
prepare (Stroke *stroke, LamProgress *progress, GError **error)
{
  const LamLabelReader *reader = stroke->reader;
  stroke->has_image = reader->read_image && reader->find_typical_edge;
  if (!stroke->has_image && !reader->read_borders) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Neither the image nor what a network said is here, so no borders "
           "are known"));
    return false;
  }
  return !stroke->has_image
      || reader->find_typical_edge (stroke->request, &stroke->typical_edge,
          progress, reader->image_data, error);
}

static bool
find_membrane (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  const double *nm = reader->voxel_size_nm;
  Stroke stroke = { .request = request,
    .reader = reader,
    .finest_nm = fmin (nm[0], fmin (nm[1], nm[2])) };
  if (!request->points || request->points->len == 0) {
    g_set_error_literal (
        error, LAM_ERROR, LAM_ERROR_INPUT, _ ("Draw a stroke first"));
    return false;
  }
  if (!prepare (&stroke, progress, error))
    return false;
  g_autoptr (GArray) way = stroke.way = cut_way (request, reader);
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (reader->size);
  if (!add_slices (&stroke, set, progress, error))
    return false;
  if (!stroke.has_image && !stroke.has_borders) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The image is not here, and no network said anything here, so no "
           "borders are known"));
    return false;
  }
  lam_figure_add_part (parts, g_steal_pointer (&set), request->label);
  return true;
}

const LamFigure lam_figure_membrane = {
  .name = "membrane",
  .title = N_ ("Painting up to Membranes"),
  .makes_label = true,
  .find = find_membrane,
};
