/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The object that scribbles inside and outside of it mean, in space: from the
 * image, and from what networks say where they spoke. It is looked for in a box
 * around the scribbles, which grows where the object comes to a face of it. A
 * large box is looked at through a grid, so that an answer takes about as long
 * whatever the size, and what the grid says is interpolated. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-rows.h"
#include "labels/scribble-look.h"
#include "labels/scribble-spread.h"

/* Of the grid … */
#define GRID_VOXELS (INT64_C (1) << 18)
/* … and of the box: more is not read. */
#define BOX_VOXELS (INT64_C (1) << 27)
/* How far around the scribbles inside one looks, in voxels of the finest axis
 * or as a share of the scribbles' own extent … */
#define REACH 40
#define REACH_SHARE 0.6
/* … and how often and by how much of the box it grows. */
#define N_GROWTHS 4
#define GROWTH_SHARE 0.4
/* This share of the reach is near. */
#define NEAR 5

typedef struct {
  const LamFigureRequest *request;
  const LamLabelReader *reader;
  LamBox box;
  int64_t stride[3], size[3];
  double nm[3]; /* of the grid's steps */
  /* Owned; of the grid */
  float *greys, *opinions, *fine, *likely;
  uint8_t *sides;
} Smart;

static void
clear (Smart *smart)
{
  g_clear_pointer (&smart->greys, g_free);
  g_clear_pointer (&smart->opinions, g_free);
  g_clear_pointer (&smart->fine, g_free);
  g_clear_pointer (&smart->likely, g_free);
  g_clear_pointer (&smart->sides, g_free);
}

static double
find_finest (const LamLabelReader *reader)
{
  const double *nm = reader->voxel_size_nm;
  return fmin (nm[0], fmin (nm[1], nm[2]));
}

/* --- the box -------------------------------------------------------------- */

/* Around the scribbles of one side. */
static LamBox
find_extent (const Smart *smart, int side)
{
  const GArray *seeds = smart->request->seeds;
  LamBox all = lam_box_of_size (smart->reader->size), extent = { 0 };
  for (guint i = 0; seeds && i < seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (seeds, LamFigureSeed, i);
    const int64_t *v = seed->voxel;
    LamBox one = lam_box_new (v[0], v[1], v[2], v[0] + 1, v[1] + 1, v[2] + 1);
    if (seed->side == side && lam_box_contains (&all, v))
      extent = lam_box_unite (&extent, &one);
  }
  return extent;
}

static bool
choose_box (Smart *smart, GError **error)
{
  const double *nm = smart->reader->voxel_size_nm;
  LamBox all = lam_box_of_size (smart->reader->size);
  LamBox inside = find_extent (smart, 1), outside = find_extent (smart, 2);
  double reach_nm = REACH * find_finest (smart->reader);
  if (lam_box_is_empty (&inside)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Scribble inside of the object first, with the left button"));
    return false;
  }
  for (int a = 0; a < 3; a++)
    reach_nm = fmax (reach_nm,
        REACH_SHARE * nm[a] * (double)(inside.max[a] - inside.min[a]));
  smart->box = inside;
  for (int a = 0; a < 3; a++) {
    int64_t reach = (int64_t)ceil (reach_nm / nm[a]);
    smart->box.min[a] -= reach;
    smart->box.max[a] += reach;
  }
  /* One outside tells something wherever it is near. */
  for (int a = 0; !lam_box_is_empty (&outside) && a < 3; a++) {
    int64_t reach = (int64_t)ceil (reach_nm / nm[a]);
    smart->box.min[a] = MIN (
        smart->box.min[a], MAX (outside.min[a] - 1, smart->box.min[a] - reach));
    smart->box.max[a] = MAX (
        smart->box.max[a], MIN (outside.max[a] + 1, smart->box.max[a] + reach));
  }
  smart->box = lam_box_intersect (&smart->box, &all);
  return true;
}

static int64_t
count (const Smart *smart)
{
  return smart->size[0] * smart->size[1] * smart->size[2];
}

/* The coarser the box is large, the finest axes first. */
static bool
choose_grid (Smart *smart, GError **error)
{
  if (lam_box_volume (&smart->box) > BOX_VOXELS) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("The box around the scribbles has %" G_GINT64_FORMAT
           " voxels, and at most %" G_GINT64_FORMAT
           " can be looked at: scribble on a smaller part"),
        lam_box_volume (&smart->box), BOX_VOXELS);
    return false;
  }
  for (int a = 0; a < 3; a++)
    smart->stride[a] = 1;
  do {
    for (int a = 0; a < 3; a++) {
      smart->size[a] = lam_divide_up (
          smart->box.max[a] - smart->box.min[a], smart->stride[a]);
      smart->nm[a] = smart->reader->voxel_size_nm[a] * (double)smart->stride[a];
    }
    int finest = 0;
    for (int a = 1; a < 3; a++)
      if (smart->nm[a] < smart->nm[finest])
        finest = a;
    smart->stride[finest] += count (smart) > GRID_VOXELS;
  } while (count (smart) > GRID_VOXELS);
  return true;
}

/* --- what is known of it -------------------------------------------------- */

static int64_t
index_of (const Smart *smart, const int64_t voxel[3])
{
  int64_t index = 0;
  for (int a = 2; a >= 0; a--)
    index = index * smart->size[a]
        + (voxel[a] - smart->box.min[a]) / smart->stride[a];
  return index;
}

static void
set_sides (Smart *smart)
{
  const GArray *seeds = smart->request->seeds;
  for (guint i = 0; i < seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (seeds, LamFigureSeed, i);
    if (lam_box_contains (&smart->box, seed->voxel))
      smart->sides[index_of (smart, seed->voxel)] = seed->side == 1 ? 1 : 2;
  }
}

typedef bool (*ReadBox) (
    const LamBox *box, float *out, gpointer user_data, GError **error);

/* Steps without any number become as the others are in the mean. */
static bool
fill_gaps (const Smart *smart, float *means, GError **error)
{
  const int64_t n = count (smart);
  double sum = 0;
  int64_t n_there = 0;
  for (int64_t i = 0; i < n; i++)
    if (isfinite (means[i])) {
      sum += (double)means[i];
      n_there++;
    }
  if (n_there == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("The image holds no numbers here: nothing can be found in it"));
    return false;
  }
  const float mean = (float)(sum / (double)n_there);
  for (int64_t i = 0; n_there < n && i < n; i++)
    if (!isfinite (means[i]))
      means[i] = mean;
  return true;
}

/* The mean of each step of the grid, read a layer of steps at a time. What is
 * no number, or infinite, is left out. */
static bool
read_means (const Smart *smart, ReadBox read, gpointer data, float *means,
    LamProgress *progress, GError **error)
{
  LamBox layer = smart->box;
  const int64_t nx = layer.max[0] - layer.min[0],
                ny = layer.max[1] - layer.min[1],
                slice = smart->size[0] * smart->size[1];
  g_autofree float *room = g_try_new (float, nx *ny * smart->stride[2]);
  g_autofree int *n = g_new (int, slice);
  if (!room) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory to look around the scribbles"));
    return false;
  }
  for (int64_t k = 0; k < smart->size[2]; k++, means += slice) {
    layer.min[2] = smart->box.min[2] + k * smart->stride[2];
    layer.max[2] = MIN (layer.min[2] + smart->stride[2], smart->box.max[2]);
    if (!read (&layer, room, data, error)
        || !lam_progress_check (progress, error))
      return false;
    memset (means, 0, (size_t)slice * sizeof *means);
    memset (n, 0, (size_t)slice * sizeof *n);
    const int64_t rows = ny * (layer.max[2] - layer.min[2]);
    for (int64_t row = 0; row < rows; row++)
      for (int64_t x = 0; x < nx; x++) {
        const int64_t to = x / smart->stride[0]
            + smart->size[0] * (row % ny / smart->stride[1]);
        if (!isfinite (room[row * nx + x]))
          continue;
        means[to] += room[row * nx + x];
        n[to]++;
      }
    for (int64_t i = 0; i < slice; i++)
      means[i] /= (float)n[i]; /* not a number, where there was none */
  }
  return fill_gaps (smart, means - count (smart), error);
}

/* None, where no network spoke. */
static bool
find_opinions (Smart *smart, LamProgress *progress, GError **error)
{
  const LamLabelReader *reader = smart->reader;
  const int64_t n = count (smart);
  if (!reader->read_opinions)
    return true;
  smart->opinions = g_try_new0 (float, n);
  if (!smart->opinions) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory to look around the scribbles"));
    return false;
  }
  if (!read_means (smart, reader->read_opinions, reader->image_data,
          smart->opinions, progress, error))
    return false;
  for (int64_t i = 0; i < n; i++)
    if (smart->opinions[i] != 0)
      return true;
  g_clear_pointer (&smart->opinions, g_free);
  return true;
}

/* --- the object ----------------------------------------------------------- */

static bool
judge (Smart *smart, LamProgress *progress, GError **error)
{
  const LamLabelReader *reader = smart->reader;
  clear (smart);
  if (!choose_grid (smart, error))
    return false;
  const gsize n = (gsize)count (smart);
  smart->greys = g_try_new (float, n);
  smart->fine = g_try_new (float, n);
  smart->likely = g_try_new (float, n);
  smart->sides = g_try_new0 (uint8_t, n);
  bool has_room = smart->greys && smart->fine && smart->likely && smart->sides;
  if (has_room
      && (!read_means (smart, reader->read_image, reader->image_data,
              smart->greys, progress, error)
          || !find_opinions (smart, progress, error)))
    return false;
  if (has_room) {
    set_sides (smart);
    LamScribbleView view = { .size = { smart->size[0], smart->size[1],
                                 smart->size[2] },
      .voxel_size_nm = { smart->nm[0], smart->nm[1], smart->nm[2] },
      .greys = smart->greys,
      .opinions = smart->opinions,
      .sides = smart->sides };
    LamScribbleField field = { .fine = smart->fine, .sides = smart->sides };
    for (int a = 0; a < 3; a++) {
      field.size[a] = smart->size[a];
      field.voxel_size_nm[a] = smart->nm[a];
      field.is_open[a][0] = smart->box.min[a] == 0;
      field.is_open[a][1] = smart->box.max[a] == reader->size[a];
    }
    has_room = lam_scribble_look (&view, smart->likely, smart->fine)
        && lam_progress_check (progress, error)
        && lam_scribble_spread (&field, smart->likely);
  }
  if (!has_room && !(error && *error))
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory to look around the scribbles"));
  return has_room && lam_progress_check (progress, error);
}

static bool
is_inside (const Smart *smart, const int64_t at[3])
{
  return smart
             ->likely[at[0] + smart->size[0] * (at[1] + smart->size[1] * at[2])]
      > 0.5f;
}

static bool
comes_to (const Smart *smart, int axis, int64_t place)
{
  const int b = (axis + 1) % 3, c = (axis + 2) % 3;
  int64_t at[3];
  at[axis] = place;
  for (at[c] = 0; at[c] < smart->size[c]; at[c]++)
    for (at[b] = 0; at[b] < smart->size[b]; at[b]++)
      if (is_inside (smart, at))
        return true;
  return false;
}

/* True when the object came near a face that is not the volume's. */
static bool
grow (Smart *smart)
{
  const double finest = find_finest (smart->reader);
  LamBox all = lam_box_of_size (smart->reader->size), box = smart->box;
  for (int a = 0; a < 3; a++) {
    int64_t least =
        (int64_t)ceil (REACH * finest / smart->reader->voxel_size_nm[a]);
    int64_t more = MAX (least,
        (int64_t)(GROWTH_SHARE
            * (double)(smart->box.max[a] - smart->box.min[a])));
    const int64_t near =
        MIN (least / NEAR / smart->stride[a] + 1, (smart->size[a] - 1) / 2);
    if (comes_to (smart, a, near))
      box.min[a] -= more;
    if (comes_to (smart, a, smart->size[a] - 1 - near))
      box.max[a] += more;
  }
  box = lam_box_intersect (&box, &all);
  if (lam_box_equal (&box, &smart->box) || lam_box_volume (&box) > BOX_VOXELS)
    return false;
  smart->box = box;
  return true;
}

/* --- the voxels ----------------------------------------------------------- */

/* The two steps of the grid around a voxel, along one axis. */
typedef struct {
  int64_t low, high;
  float share; /* of the higher */
} Between;

static Between
find_between (const Smart *smart, int axis, int64_t voxel)
{
  const double place = ((double)(voxel - smart->box.min[axis]) + 0.5)
          / (double)smart->stride[axis]
      - 0.5;
  const int64_t low = (int64_t)floor (place), last = smart->size[axis] - 1;
  return (Between){ CLAMP (low, 0, last), CLAMP (low + 1, 0, last),
    (float)(place - (double)low) };
}

static void
take_row (
    const Smart *smart, int64_t y, int64_t z, const Between *across, bool *row)
{
  const Between by = find_between (smart, 1, y),
                bz = find_between (smart, 2, z);
  const int64_t nx = smart->box.max[0] - smart->box.min[0];
  const float *rows[4];
  const float shares[4] = { (1 - by.share) * (1 - bz.share),
    by.share * (1 - bz.share), (1 - by.share) * bz.share, by.share * bz.share };
  for (int i = 0; i < 4; i++)
    rows[i] = smart->likely
        + smart->size[0]
            * ((i & 1 ? by.high : by.low)
                + smart->size[1] * (i & 2 ? bz.high : bz.low));
  for (int64_t x = 0; x < nx; x++) {
    const Between *b = &across[x];
    float sum = 0;
    for (int i = 0; i < 4; i++)
      sum += shares[i]
          * (rows[i][b->low] * (1 - b->share) + rows[i][b->high] * b->share);
    row[x] = sum > 0.5f;
  }
}

static LamVoxelSet *
take_voxels (const Smart *smart)
{
  LamVoxelSet *set = lam_voxel_set_new (smart->reader->size);
  const int64_t nx = smart->box.max[0] - smart->box.min[0];
  g_autofree bool *row = g_new (bool, nx);
  g_autofree Between *across = g_new (Between, nx);
  for (int64_t x = 0; x < nx; x++)
    across[x] = find_between (smart, 0, smart->box.min[0] + x);
  LamBox line = smart->box;
  for (int64_t z = smart->box.min[2]; z < smart->box.max[2]; z++)
    for (int64_t y = smart->box.min[1]; y < smart->box.max[1]; y++) {
      take_row (smart, y, z, across, row);
      line.min[1] = y;
      line.max[1] = y + 1;
      line.min[2] = z;
      line.max[2] = z + 1;
      if (memchr (row, true, (size_t)nx))
        lam_voxel_set_add_mask (set, &line, row);
    }
  return set;
}

static bool
find_smart (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  Smart smart = { .request = request, .reader = reader };
  if (!reader->read_image) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The image is not here, so nothing can be found in it"));
    return false;
  }
  bool done = choose_box (&smart, error) && judge (&smart, progress, error);
  for (int i = 0; done && i < N_GROWTHS && grow (&smart); i++)
    done = judge (&smart, progress, error);
  if (done)
    lam_figure_add_part (parts, take_voxels (&smart), request->label);
  clear (&smart);
  return done;
}

const LamFigure lam_figure_smart = {
  .name = "smart-fill",
  .title = N_ ("Looking for the Object"),
  .makes_label = true,
  .find = find_smart,
};
