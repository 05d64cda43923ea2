/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cuts what is asked for into tiles on a fixed grid, so that a voxel comes out
 * the same whatever box it was asked for in, and finds the cells that may meet
 * them. Nothing is kept between calls: making the cells again costs some tenths
 * of a millisecond each, a brick's worth of rows of one section some hundred
 * times that. */
#include "labels/phantom.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/phantom-noise.h"
#include "labels/phantom-tile.h"

#define EDGE LAM_PHANTOM_TILE
/* Cells beyond a box that may reach into it, on each axis of the lattice. */
static const int lattice_margin[3] = { 2, 4, 2 };
/* A cell's vesicles lie no further from it than this. */
#define VESICLES_REACH_NM 4300.0
#define MAX_EDGE (INT64_C (1) << 20)

struct _LamPhantom {
  LamPhantomSettings settings;
  LamPhantomLattice lattice;
  int64_t first[3], count[3]; /* the cells that the volume can meet */
};

static bool
check_size (const LamPhantomSettings *settings, GError **error)
{
  for (int i = 0; i < 3; i++) {
    if (settings->size[i] < 1 || settings->size[i] > MAX_EDGE) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("A side of %" G_GINT64_FORMAT
             " voxels cannot be made; it must be 1 to %" G_GINT64_FORMAT),
          settings->size[i], MAX_EDGE);
      return false;
    }
    if (!(settings->voxel_size_nm[i] >= 0.5
            && settings->voxel_size_nm[i] <= 1000)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("A voxel size of %g nm cannot be made; it must be 0.5 to 1000"),
          settings->voxel_size_nm[i]);
      return false;
    }
  }
  return true;
}

static bool
check_classes (uint32_t chosen, GError **error)
{
  int n;
  const LamPhantomClass *rows = lam_phantom_get_classes (&n);
  for (int i = 0; i < n; i++) {
    if (!(chosen >> rows[i].id & 1) || !rows[i].inside
        || chosen >> rows[i].inside & 1)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The class “%s” lies inside of “%s”, which was not chosen"),
        rows[i].name, lam_phantom_get_class (rows[i].inside)->name);
    return false;
  }
  return true;
}

bool
lam_phantom_parse_classes (const char *names, uint32_t *classes, GError **error)
{
  *classes = 0;
  g_auto (GStrv) parts = g_strsplit (names ? names : "", ",", -1);
  int n;
  const LamPhantomClass *rows = lam_phantom_get_classes (&n);
  for (char **part = parts; *part; part++) {
    int i = 0;
    while (i < n && strcmp (g_strstrip (*part), rows[i].name) != 0)
      i++;
    if (i == n) {
      g_autoptr (GString) known = g_string_new (NULL);
      for (int j = 0; j < n; j++)
        g_string_append_printf (known, j ? ", %s" : "%s", rows[j].name);
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("There is no class “%s”; known are: %s"), *part, known->str);
      return false;
    }
    *classes |= 1u << rows[i].id;
  }
  return check_classes (*classes, error);
}

/* The range of lattice places whose cells may reach into a box given in nm. */
static void
lattice_range (const LamPhantomLattice *lattice, const double low[3],
    const double high[3], int64_t first[3], int64_t count[3])
{
  for (int axis = 0; axis < 3; axis++) {
    double least = INFINITY, most = -INFINITY;
    for (int corner = 0; corner < 8; corner++) {
      double along = 0;
      for (int i = 0; i < 3; i++)
        along += lattice->turn[i][axis] * (corner >> i & 1 ? high[i] : low[i]);
      least = fmin (least, along / lattice->spacing[axis]);
      most = fmax (most, along / lattice->spacing[axis]);
    }
    first[axis] = (int64_t)floor (least) - lattice_margin[axis];
    count[axis] = (int64_t)ceil (most) + lattice_margin[axis] + 1 - first[axis];
  }
}

LamPhantom *
lam_phantom_new (const LamPhantomSettings *settings, GError **error)
{
  if (!check_size (settings, error)
      || (settings->classes && !check_classes (settings->classes, error)))
    return NULL;
  g_autoptr (LamPhantom) phantom = g_new0 (LamPhantom, 1);
  phantom->settings = *settings;
  phantom->lattice = lam_phantom_lattice (
      settings->seed, settings->classes ? settings->classes : ~0u);
  double low[3] = { 0, 0, 0 }, high[3];
  for (int i = 0; i < 3; i++)
    high[i] = (double)settings->size[i] * settings->voxel_size_nm[i];
  lattice_range (&phantom->lattice, low, high, phantom->first, phantom->count);
  const int64_t *count = phantom->count;
  double ids = (double)count[0] * count[1] * count[2] * LAM_PHANTOM_MAX_OBJECTS;
  if (ids >= UINT32_MAX) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("This volume would hold %.0f objects; labels end at %u"), ids,
        UINT32_MAX);
    return NULL;
  }
  return g_steal_pointer (&phantom);
}

void
lam_phantom_free (LamPhantom *phantom)
{
  g_free (phantom);
}

static uint32_t
first_id (const LamPhantom *phantom, const int64_t index[3])
{
  int64_t cell = 0;
  for (int i = 2; i >= 0; i--)
    cell = cell * phantom->count[i] + index[i] - phantom->first[i];
  return (uint32_t)(cell * LAM_PHANTOM_MAX_OBJECTS + 1);
}

uint32_t
lam_phantom_get_parent (const LamPhantom *phantom, uint32_t id)
{
  int64_t cell = (id - 1) / LAM_PHANTOM_MAX_OBJECTS;
  int object = (int)((id - 1) % LAM_PHANTOM_MAX_OBJECTS);
  uint32_t first = id - (uint32_t)object;
  int64_t index[3];
  for (int i = 0; i < 3; i++) {
    index[i] = phantom->first[i] + cell % phantom->count[i];
    cell /= phantom->count[i];
  }
  g_autofree LamPhantomCell *made = g_new (LamPhantomCell, 1);
  lam_phantom_build_cell (&phantom->lattice, index, made);
  if (id == 0 || object >= made->n_objects || made->object[object].parent < 0)
    return 0;
  return first + (uint32_t)made->object[object].parent;
}

static bool
sphere_meets (const double centre[3], double radius, const double low[3],
    const double high[3])
{
  double square = 0;
  for (int i = 0; i < 3; i++) {
    double d = fmax (fmax (low[i] - centre[i], centre[i] - high[i]), 0);
    square += d * d;
  }
  return square <= radius * radius;
}

/* The cells that may meet the box; a GPtrArray of LamPhantomGuest. */
static GPtrArray *
invite (const LamPhantom *phantom, const double low[3], const double high[3])
{
  GPtrArray *guests = g_ptr_array_new_with_free_func (g_free);
  int64_t first[3], count[3];
  lattice_range (&phantom->lattice, low, high, first, count);
  g_autofree LamPhantomGuest *guest = g_new (LamPhantomGuest, 1);
  for (int64_t i = 0; i < count[0] * count[1] * count[2]; i++) {
    const int64_t index[3] = { first[0] + i % count[0],
      first[1] + i / count[0] % count[1],
      first[2] + i / (count[0] * count[1]) };
    bool is_known = true;
    for (int j = 0; j < 3; j++)
      is_known = is_known && index[j] >= phantom->first[j]
          && index[j] < phantom->first[j] + phantom->count[j];
    lam_phantom_place_cell (&phantom->lattice, index, &guest->cell);
    const LamPhantomObject *cell = &guest->cell.object[0];
    if (!is_known
        || !sphere_meets (
            cell->centre, fmax (cell->reach, VESICLES_REACH_NM), low, high))
      continue;
    lam_phantom_build_cell (&phantom->lattice, index, &guest->cell);
    guest->first_id = first_id (phantom, index);
    g_ptr_array_add (guests, guest);
    guest = g_new (LamPhantomGuest, 1);
  }
  return guests;
}

typedef struct {
  uint16_t *image;
  uint32_t *labels;
  uint8_t *classes;
} Output;

static void
copy_tile (const LamPhantomTile *tile, const LamPhantomView *view,
    const LamBox *box, const Output *out)
{
  int64_t width = box->max[0] - box->min[0];
  int64_t rows = box->max[1] - box->min[1];
  int64_t x0 = MAX (view->voxel[0], box->min[0]);
  int64_t x1 = MIN (view->voxel[0] + EDGE, box->max[0]);
  int64_t y0 = MAX (view->voxel[1], box->min[1]);
  int64_t y1 = MIN (view->voxel[1] + EDGE, box->max[1]);
  size_t n = (size_t)(x1 - x0);
  for (int64_t y = y0; y < y1; y++) {
    int64_t at =
        ((view->voxel[2] - box->min[2]) * rows + y - box->min[1]) * width + x0
        - box->min[0];
    int64_t from_y = y - view->voxel[1], from_x = x0 - view->voxel[0];
    if (out->image)
      memcpy (out->image + at, &tile->image[from_y][from_x],
          n * sizeof *out->image);
    if (out->labels)
      memcpy (out->labels + at, &tile->labels[from_y][from_x],
          n * sizeof *out->labels);
    if (out->classes)
      memcpy (out->classes + at, &tile->classes[from_y][from_x], n);
  }
}

static LamPhantomView
view_of_section (const LamPhantom *phantom, int64_t z)
{
  LamPhantomView view = { .seed = phantom->settings.seed };
  memcpy (view.voxel_size_nm, phantom->settings.voxel_size_nm,
      sizeof view.voxel_size_nm);
  view.voxel[2] = z;
  return view;
}

/* The place of the tile's first voxel's centre in the block. */
static void
set_start (LamPhantomView *view)
{
  double drift[2];
  view->start_nm[2] = ((double)view->voxel[2] + 0.5) * view->voxel_size_nm[2];
  lam_phantom_drift (view->seed, view->start_nm[2], drift);
  for (int i = 0; i < 2; i++)
    view->start_nm[i] =
        ((double)view->voxel[i] + 0.5) * view->voxel_size_nm[i] + drift[i];
}

static void
render_section (const LamPhantom *phantom, const LamBox *box, int64_t z,
    GPtrArray *guests, LamPhantomTile *tile, const Output *out)
{
  LamPhantomView view = view_of_section (phantom, z);
  for (int64_t y = box->min[1] / EDGE * EDGE; y < box->max[1]; y += EDGE)
    for (int64_t x = box->min[0] / EDGE * EDGE; x < box->max[0]; x += EDGE) {
      view.voxel[0] = x;
      view.voxel[1] = y;
      set_start (&view);
      lam_phantom_tile_draw (&view, (LamPhantomGuest *const *)guests->pdata,
          (int)guests->len, tile);
      if (out->image)
        lam_phantom_tile_photograph (&view, tile);
      copy_tile (tile, &view, box, out);
    }
}

void
lam_phantom_render (const LamPhantom *phantom, const LamBox *box,
    uint16_t *image, uint32_t *labels, uint8_t *classes)
{
  g_return_if_fail (!lam_box_is_empty (box));
  /* Drift, and the tiles that stick out of the box. */
  double low[3], high[3];
  for (int i = 0; i < 3; i++) {
    double margin =
        100 + (i < 2 ? (EDGE + 8) : 1) * phantom->settings.voxel_size_nm[i];
    low[i] = (double)box->min[i] * phantom->settings.voxel_size_nm[i] - margin;
    high[i] = (double)box->max[i] * phantom->settings.voxel_size_nm[i] + margin;
  }
  g_autoptr (GPtrArray) guests = invite (phantom, low, high);
  g_autofree LamPhantomTile *tile = g_new (LamPhantomTile, 1);
  const Output out = { image, labels, classes };
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    render_section (phantom, box, z, guests, tile, &out);
}
