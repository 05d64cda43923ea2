/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each level is cut into cells, the unit of the cache. A cell is of one kind:
 *
 * - stored: read from the source. It spans whole chunks of the file, about 64
 *   voxels an axis, so that nothing is decoded twice. Of a plane-wise file it
 *   is one plane thick and as wide as a strip: a first xy slice costs one
 *   plane, and side views find what neighbours decoded.
 * - mean: a 64³ brick, reduced from the next finer level through the cache.
 * - thin: one plane thick, the nearest plane of level 0 reduced in x and y.
 *   For files so large that means would take too long to come.
 *
 * Making a mean cell pins cells of finer levels only, so that threads which
 * wait for each other's cells never wait in a circle. */
#include "volume/cell-reader.h"

#include <string.h>

#include "base/error.h"
#include "volume/normalise.h"
#include "volume/pyramid.h"

#include <glib/gi18n-lib.h>

/* A thin cell is computed in portions of at most about this many bytes of
 * level 0. */
#define PORTION_BYTES (4 << 20)
/* Rows of level 0 are read past the cache when a cell would read this many
 * times more. */
#define BYPASS_RATIO 4
#define MAX_PUT_OFF 16

typedef enum { CELL_STORED, CELL_MEAN, CELL_THIN } CellKind;

typedef struct {
  CellKind kind;
  int64_t cell[3]; /* voxels of the level */
  int64_t count[3]; /* cells */
} Grid;

struct _LamCellReader {
  gatomicrefcount references;
  LamSource *source; /* Owned */
  LamCellCache *cache; /* Owned */
  uint32_t space;
  LamDtype dtype; /* normalised */
  size_t voxel_bytes;
  bool plane_wise;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  Grid grids[LAM_MAX_LEVELS];
};

/* One cell on its way: what its fill function needs. */
typedef struct {
  LamCellReader *reader;
  int level;
  LamBox box; /* voxels of the level, inside of it */
} Request;

bool
lam_cell_reader_is_plane_wise (const LamSourceInfo *info)
{
  return info->chunk[2] <= 1 && info->levels[0].size[2] > 1;
}

/* The multiple of `chunk` that is nearest to a brick's edge from below, and at
 * least one chunk. */
static int64_t
span_chunks (int64_t chunk, int64_t size)
{
  chunk = CLAMP (chunk, 1, MAX (size, 1));
  return MIN (chunk * MAX (1, LAM_BRICK_EDGE / chunk), size);
}

/* The fewest rows that cost what one costs: of plain strips any rows can be
 * read, however tall the strips are. */
static int64_t
get_least_rows (const LamSourceInfo *info)
{
  return info->has_whole_chunks ? info->chunk[1] : 1;
}

static void
plan_stored (LamCellReader *reader, Grid *grid, const LamLevel *level)
{
  const int64_t *chunk = reader->source->info.chunk;
  for (int i = 0; i < 3; i++)
    grid->cell[i] = span_chunks (chunk[i], level->size[i]);
  if (!reader->plane_wise)
    return;
  grid->cell[1] =
      span_chunks (get_least_rows (&reader->source->info), level->size[1]);
  grid->cell[2] = 1;
}

static void
plan_thin (LamCellReader *reader, Grid *grid, const LamLevel *level)
{
  const Grid *finest = &reader->grids[0];
  for (int i = 0; i < 2; i++) {
    int64_t same = lam_divide_up (finest->cell[i], level->factor[i]);
    grid->cell[i] = MIN (MAX (same, LAM_BRICK_EDGE), level->size[i]);
  }
  grid->cell[2] = 1;
}

static void
plan_grid (LamCellReader *reader, int index, bool thin)
{
  const LamLevel *level = &reader->levels[index];
  Grid *grid = &reader->grids[index];
  if (index < reader->source->info.n_levels) {
    grid->kind = CELL_STORED;
    plan_stored (reader, grid, level);
  } else if (thin) {
    grid->kind = CELL_THIN;
    plan_thin (reader, grid, level);
  } else {
    grid->kind = CELL_MEAN;
    for (int i = 0; i < 3; i++)
      grid->cell[i] = MIN (LAM_BRICK_EDGE, level->size[i]);
  }
  for (int i = 0; i < 3; i++)
    grid->count[i] = lam_divide_up (level->size[i], grid->cell[i]);
}

LamCellReader *
lam_cell_reader_new (LamSource *source, LamCellCache *cache,
    const LamCellReaderSettings *settings)
{
  static gint next_space;
  LamCellReader *reader = g_new0 (LamCellReader, 1);
  g_atomic_ref_count_init (&reader->references);
  reader->source = lam_source_ref (source);
  reader->cache = lam_cell_cache_ref (cache);
  reader->space = (uint32_t)g_atomic_int_add (&next_space, 1);
  reader->dtype = lam_normalise_get_dtype (source->info.dtype);
  reader->voxel_bytes = lam_dtype_bytes (reader->dtype);
  reader->plane_wise = lam_cell_reader_is_plane_wise (&source->info);
  reader->n_levels = settings->n_levels;
  for (int i = 0; i < settings->n_levels; i++) {
    reader->levels[i] = settings->levels[i];
    plan_grid (reader, i, settings->thin);
  }
  return reader;
}

LamCellReader *
lam_cell_reader_ref (LamCellReader *reader)
{
  g_atomic_ref_count_inc (&reader->references);
  return reader;
}

void
lam_cell_reader_unref (LamCellReader *reader)
{
  if (!g_atomic_ref_count_dec (&reader->references))
    return;
  lam_source_unref (reader->source);
  lam_cell_cache_unref (reader->cache);
  g_free (reader);
}

const LamSourceInfo *
lam_cell_reader_get_info (LamCellReader *reader)
{
  return lam_source_get_info (reader->source);
}

static void
get_extent (const LamBox *box, int64_t extent[3])
{
  for (int i = 0; i < 3; i++)
    extent[i] = box->max[i] - box->min[i];
}

/* From the source, past the cache. */
static bool
read_source (LamCellReader *reader, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  if (!lam_source_read_box (
          reader->source, level, box, out, cancellable, error))
    return false;
  lam_normalise_voxels (
      reader->source->info.dtype, out, (size_t)lam_box_volume (box));
  return true;
}

/* Halves both axes until `extent`, which starts as level-0 voxels, is reduced
 * by `factor`. Back and forth between the two buffers; returns the one that
 * holds the result. */
static void *
reduce_plane (LamCellReader *reader, int64_t extent[3], int64_t factor_x,
    int64_t factor_y, void *front, void *back)
{
  while (factor_x > 1 || factor_y > 1) {
    int64_t step[3] = { factor_x > 1 ? 2 : 1, factor_y > 1 ? 2 : 1, 1 };
    lam_pyramid_reduce (reader->dtype, front, extent, step, back);
    for (int i = 0; i < 3; i++)
      extent[i] = lam_divide_up (extent[i], step[i]);
    factor_x = MAX (factor_x / 2, 1);
    factor_y = MAX (factor_y / 2, 1);
    void *swap = front;
    front = back;
    back = swap;
  }
  return front;
}

/* The part of level 0 that a box one plane thick stands for. */
static LamBox
get_thin_origin (LamCellReader *reader, int level, const LamBox *box)
{
  const int64_t *factor = reader->levels[level].factor;
  const int64_t *size = reader->levels[0].size;
  LamBox fine;
  for (int i = 0; i < 2; i++) {
    fine.min[i] = box->min[i] * factor[i];
    fine.max[i] = MIN (box->max[i] * factor[i], size[i]);
  }
  fine.min[2] = MIN (box->min[2] * factor[2] + factor[2] / 2, size[2] - 1);
  fine.max[2] = fine.min[2] + 1;
  return fine;
}

/* Level-0 voxels for a thin cell. Planes of a plane-wise file are streamed
 * past the cache, because they would push out of it what is on screen. */
static bool
read_finest (LamCellReader *reader, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  if (reader->plane_wise)
    return read_source (reader, 0, box, out, cancellable, error);
  return lam_cell_reader_read_box (reader, 0, box, out, cancellable, error);
}

/* One plane of a thin level, `box` being one voxel thick, in portions. */
static bool
read_thin_plane (LamCellReader *reader, int level, const LamBox *box, char *out,
    GCancellable *cancellable, GError **error)
{
  const int64_t *factor = reader->levels[level].factor;
  int64_t width = box->max[0] - box->min[0];
  int64_t fine_row = width * factor[0] * (int64_t)reader->voxel_bytes;
  int64_t rows = PORTION_BYTES / MAX (fine_row * factor[1], 1);
  rows = MAX (
      rows, lam_divide_up (get_least_rows (&reader->source->info), factor[1]));
  rows = CLAMP (rows, 1, box->max[1] - box->min[1]);
  size_t portion = (size_t)(fine_row * factor[1] * rows);
  g_autofree char *front = g_try_malloc (portion);
  g_autofree char *back = g_try_malloc (portion);
  if (!front || !back) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: not enough memory to reduce %zu bytes at once"),
        reader->source->info.path, portion);
    return false;
  }
  for (int64_t y = box->min[1]; y < box->max[1]; y += rows) {
    LamBox part = *box;
    part.min[1] = y;
    part.max[1] = MIN (y + rows, box->max[1]);
    LamBox fine = get_thin_origin (reader, level, &part);
    if (!read_finest (reader, &fine, front, cancellable, error))
      return false;
    int64_t extent[3];
    get_extent (&fine, extent);
    const void *reduced =
        reduce_plane (reader, extent, factor[0], factor[1], front, back);
    size_t n = (size_t)lam_box_volume (&part) * reader->voxel_bytes;
    memcpy (out, reduced, n);
    out += n;
  }
  return true;
}

static bool
read_thin (LamCellReader *reader, int level, const LamBox *box, char *out,
    GCancellable *cancellable, GError **error)
{
  LamBox plane = *box;
  for (int64_t z = box->min[2]; z < box->max[2]; z++) {
    plane.min[2] = z;
    plane.max[2] = z + 1;
    if (!read_thin_plane (reader, level, &plane, out, cancellable, error))
      return false;
    out += (size_t)lam_box_volume (&plane) * reader->voxel_bytes;
  }
  return true;
}

/* Reduces the part of the next finer level that `box` stands for. */
static bool
read_mean (LamCellReader *reader, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const LamLevel *coarse = &reader->levels[level];
  const LamLevel *fine = &reader->levels[level - 1];
  int64_t factor[3], extent[3];
  LamBox origin;
  for (int i = 0; i < 3; i++) {
    factor[i] = coarse->factor[i] / fine->factor[i];
    origin.min[i] = box->min[i] * factor[i];
    origin.max[i] = MIN (box->max[i] * factor[i], fine->size[i]);
  }
  get_extent (&origin, extent);
  g_autofree void *voxels =
      g_malloc ((size_t)lam_box_volume (&origin) * reader->voxel_bytes);
  if (!lam_cell_reader_read_box (
          reader, level - 1, &origin, voxels, cancellable, error))
    return false;
  lam_pyramid_reduce (reader->dtype, voxels, extent, factor, out);
  return true;
}

static bool
fill_cell (gpointer data, void *out, GCancellable *cancellable, GError **error)
{
  Request *r = data;
  switch (r->reader->grids[r->level].kind) {
  case CELL_STORED:
    return read_source (r->reader, r->level, &r->box, out, cancellable, error);
  case CELL_MEAN:
    return read_mean (r->reader, r->level, &r->box, out, cancellable, error);
  case CELL_THIN:
    return read_thin (r->reader, r->level, &r->box, out, cancellable, error);
  }
  g_return_val_if_reached (false);
}

static LamBox
get_cell_box (LamCellReader *reader, int level, const int64_t position[3])
{
  const Grid *grid = &reader->grids[level];
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] = position[i] * grid->cell[i];
    box.max[i] =
        MIN (box.min[i] + grid->cell[i], reader->levels[level].size[i]);
  }
  return box;
}

static LamCellKey
get_cell_key (LamCellReader *reader, int level, const int64_t position[3])
{
  const int64_t *count = reader->grids[level].count;
  int64_t row = position[2] * count[1] + position[1];
  return (LamCellKey){ reader->space, level, row * count[0] + position[0] };
}

/* Copies what two dense boxes share. */
static void
copy_common (const void *from, const LamBox *from_box, void *to,
    const LamBox *to_box, size_t voxel_bytes)
{
  LamBox common = lam_box_intersect (from_box, to_box);
  if (lam_box_is_empty (&common))
    return;
  int64_t a[3], b[3];
  get_extent (from_box, a);
  get_extent (to_box, b);
  size_t n = (size_t)(common.max[0] - common.min[0]) * voxel_bytes;
  for (int64_t z = common.min[2]; z < common.max[2]; z++)
    for (int64_t y = common.min[1]; y < common.max[1]; y++) {
      int64_t p = ((z - from_box->min[2]) * a[1] + y - from_box->min[1]) * a[0]
          + common.min[0] - from_box->min[0];
      int64_t q = ((z - to_box->min[2]) * b[1] + y - to_box->min[1]) * b[0]
          + common.min[0] - to_box->min[0];
      memcpy ((char *)to + (size_t)q * voxel_bytes,
          (const char *)from + (size_t)p * voxel_bytes, n);
    }
}

/* The cells of a box, on their way. Those that another thread is making are put
 * off, so that two tiles of a side view share the planes between them instead
 * of going through them in step; but not for long, so that they are still there
 * then. */
typedef struct {
  LamCellReader *reader;
  int level;
  const LamBox *box;
  void *out;
  GCancellable *cancellable;
  int n_put_off;
  int64_t put_off[MAX_PUT_OFF][3];
} Walk;

static bool
copy_cell (const Walk *walk, const int64_t position[3], GError **error)
{
  LamCellReader *reader = walk->reader;
  Request request = { reader, walk->level,
    get_cell_box (reader, walk->level, position) };
  if (g_cancellable_set_error_if_cancelled (walk->cancellable, error))
    return false;
  size_t bytes = (size_t)lam_box_volume (&request.box) * reader->voxel_bytes;
  LamCell *cell = lam_cell_cache_pin (reader->cache,
      get_cell_key (reader, walk->level, position), bytes, fill_cell, &request,
      walk->cancellable, error);
  if (!cell)
    return false;
  copy_common (lam_cell_get_voxels (cell), &request.box, walk->out, walk->box,
      reader->voxel_bytes);
  lam_cell_cache_unpin (reader->cache, cell);
  return true;
}

static bool
copy_put_off (Walk *walk, GError **error)
{
  for (int i = 0; i < walk->n_put_off; i++)
    if (!copy_cell (walk, walk->put_off[i], error))
      return false;
  walk->n_put_off = 0;
  return true;
}

static bool
copy_or_put_off (Walk *walk, const int64_t position[3], GError **error)
{
  LamCellKey key = get_cell_key (walk->reader, walk->level, position);
  if (!lam_cell_cache_is_loading (walk->reader->cache, key))
    return copy_cell (walk, position, error);
  if (walk->n_put_off == MAX_PUT_OFF && !copy_put_off (walk, error))
    return false;
  memcpy (walk->put_off[walk->n_put_off++], position, 3 * sizeof *position);
  return true;
}

/* A side view of a large plane-wise file wants a few rows of very many planes:
 * where strips are low, whole cells would read many times more. */
static bool
should_bypass (LamCellReader *reader, int level, const LamBox *box)
{
  if (!reader->plane_wise || box->max[2] - box->min[2] < LAM_BRICK_EDGE)
    return false;
  const Grid *grid = &reader->grids[level];
  if (grid->kind == CELL_MEAN)
    return false;
  int64_t factor = reader->levels[level].factor[1];
  int64_t wanted = (box->max[1] - box->min[1]) * factor;
  int64_t decoded = MAX (wanted, get_least_rows (&reader->source->info));
  return decoded * BYPASS_RATIO <= grid->cell[1] * factor;
}

bool
lam_cell_reader_read_box (LamCellReader *reader, int level, const LamBox *box,
    void *out, GCancellable *cancellable, GError **error)
{
  if (should_bypass (reader, level, box))
    return reader->grids[level].kind == CELL_THIN
        ? read_thin (reader, level, box, out, cancellable, error)
        : read_source (reader, level, box, out, cancellable, error);
  const int64_t *cell = reader->grids[level].cell;
  LamBox cells;
  for (int i = 0; i < 3; i++) {
    cells.min[i] = box->min[i] / cell[i];
    cells.max[i] = lam_divide_up (box->max[i], cell[i]);
  }
  Walk walk = { reader, level, box, out, cancellable };
  int64_t at[3];
  for (at[2] = cells.min[2]; at[2] < cells.max[2]; at[2]++)
    for (at[1] = cells.min[1]; at[1] < cells.max[1]; at[1]++)
      for (at[0] = cells.min[0]; at[0] < cells.max[0]; at[0]++)
        if (!copy_or_put_off (&walk, at, error))
          return false;
  return copy_put_off (&walk, error);
}

bool
lam_cell_reader_try_voxel (
    LamCellReader *reader, const int64_t voxel[3], void *out)
{
  const Grid *grid = &reader->grids[0];
  int64_t position[3];
  LamBox one;
  for (int i = 0; i < 3; i++) {
    position[i] = voxel[i] / grid->cell[i];
    one.min[i] = voxel[i];
    one.max[i] = voxel[i] + 1;
  }
  LamCell *cell = lam_cell_cache_try_pin (
      reader->cache, get_cell_key (reader, 0, position));
  if (!cell)
    return false;
  LamBox box = get_cell_box (reader, 0, position);
  copy_common (
      lam_cell_get_voxels (cell), &box, out, &one, reader->voxel_bytes);
  lam_cell_cache_unpin (reader->cache, cell);
  return true;
}
