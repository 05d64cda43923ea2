/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A tile is a grid of patches, one for each brick that it samples: at level 0
 * at most 6×6, at a coarser one up to as many as there are texels. The snapshot
 * for the worker says for each patch where its texels come from:
 *
 *   settled brick in memory   a reference; the worker cuts it
 *   open brick (a stroke's)   cut at once, as nobody else may look at it later
 *   brick on disk             the worker reads it
 *   no brick                  zeros
 *
 * Neighbouring tiles want the same bricks for their aprons, and so do the three
 * planes. So at level 0 a brick that is on disk has one Read, which all tiles
 * under way share: the first worker to come reads, others wait for it, and the
 * map is given the brick when a tile is finished. At coarser levels a brick
 * gives few texels, is let go at once and never comes into the map; only what
 * the level shows of it is kept, in a cache for each part. */
#include "labels/label-tiles.h"

#include <string.h>

#include "base/int64-hash.h"
#include "labels/coarse-cache.h"

#define EDGE LAM_BRICK_EDGE
#define N_PARTS (LAM_PART_SOURCES + 1)
/* A slice of 4096×4096 voxels, four to a texel, needs some 64 MiB. */
#define COARSE_BYTES ((size_t)128 << 20)

typedef enum { READ_IDLE, READ_RUNS, READ_DONE } ReadState;

typedef struct {
  LamBrickKey key;
  /* Main thread */
  int n_users;
  uint64_t serial; /* of the map, when it was asked for */
  uint64_t brick_serial; /* of the brick then: another one means stale */
  /* Under the lock */
  GMutex lock;
  GCond changed;
  ReadState state;
  LamLabelBrick *brick; /* Owned; NULL: none stored */
} Read;

struct _LamLabelTiles {
  /* Borrowed */
  LamLabelMap *map;
  const LamLevel *levels;
  int n_levels;
  /* Owned */
  GHashTable *reads; /* packed key → Read, the newest of its brick */
  LamCoarseCache *coarse[N_PARTS]; /* any thread */
};

/* Texels along one side of the tile, in runs that share a brick. */
typedef struct {
  int n_texels, n_runs;
  int32_t brick[LAM_TILE_TEXELS]; /* of each run, along its axis */
  int start[LAM_TILE_TEXELS + 1]; /* first texel of each run, and the end */
  int offset[LAM_TILE_TEXELS]; /* of each texel, in its brick */
} Side;

typedef struct {
  int axis_u, axis_v, axis_w;
  Side u, v;
  int32_t brick_w;
  int offset_w;
} Grid;

typedef struct {
  /* Owned; at most one of them */
  LamLabelBrick *brick;
  uint32_t *texels; /* dense, part after part */
  Read *read; /* shared */
  bool is_on_disk;
  uint64_t brick_serial; /* when it was on disk */
} Patch;

typedef struct {
  Grid grid;
  int level;
  int n_parts; /* of the tile */
  int stride[3]; /* of the level's texels; 0: they are not kept */
  Patch *patches; /* Owned; rows of runs along u */
} Snapshot;

LamLabelTiles *
lam_label_tiles_new (LamLabelMap *map, const LamLevel *levels, int n_levels)
{
  LamLabelTiles *tiles = g_new0 (LamLabelTiles, 1);
  tiles->map = map;
  tiles->levels = levels;
  tiles->n_levels = n_levels;
  tiles->reads =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  for (int i = 0; i < N_PARTS; i++)
    tiles->coarse[i] = lam_coarse_cache_new (COARSE_BYTES);
  return tiles;
}

void
lam_label_tiles_free (LamLabelTiles *tiles)
{
  for (int i = 0; i < N_PARTS; i++)
    lam_coarse_cache_free (tiles->coarse[i]);
  g_hash_table_unref (tiles->reads);
  g_free (tiles);
}

/* The level-0 voxel that a texel shows: the first it covers, and outside of the
 * volume the nearest. */
static int64_t
voxel_of_texel (const LamLabelTiles *tiles, int level, int axis, int64_t texel)
{
  const LamLevel *row = &tiles->levels[level];
  int64_t last = lam_label_map_get_size (tiles->map)[axis] - 1;
  int64_t voxel = CLAMP (texel, 0, row->size[axis] - 1) * row->factor[axis];
  return MIN (voxel, last);
}

static void
side_init (Side *side, const LamLabelTiles *tiles, int level, int axis,
    int64_t first, int n_texels)
{
  static const int strides[3] = { 1, EDGE, EDGE * EDGE };
  side->n_texels = n_texels;
  side->n_runs = 0;
  for (int i = 0; i < n_texels; i++) {
    int64_t voxel = voxel_of_texel (tiles, level, axis, first + i);
    int32_t brick = (int32_t)(voxel / EDGE);
    if (i == 0 || brick != side->brick[side->n_runs - 1]) {
      side->brick[side->n_runs] = brick;
      side->start[side->n_runs++] = i;
    }
    side->offset[i] = (int)(voxel % EDGE) * strides[axis];
  }
  side->start[side->n_runs] = n_texels;
}

/* Texels [u0, u1) × [v0, v1) of the tile. */
static void
grid_init (Grid *grid, const LamLabelTiles *tiles, const LamTileKey *key,
    int u0, int v0, int u1, int v1)
{
  LamBox box = lam_tile_key_box (key);
  grid->axis_u = lam_plane_u (key->plane);
  grid->axis_v = lam_plane_v (key->plane);
  grid->axis_w = lam_plane_w (key->plane);
  side_init (&grid->u, tiles, key->level, grid->axis_u,
      box.min[grid->axis_u] + u0, u1 - u0);
  side_init (&grid->v, tiles, key->level, grid->axis_v,
      box.min[grid->axis_v] + v0, v1 - v0);
  Side w;
  side_init (&w, tiles, key->level, grid->axis_w, key->slice, 1);
  grid->brick_w = w.brick[0];
  grid->offset_w = w.offset[0];
}

static LamBrickKey
grid_get_key (const Grid *grid, int run_u, int run_v)
{
  int32_t at[3];
  at[grid->axis_u] = grid->u.brick[run_u];
  at[grid->axis_v] = grid->v.brick[run_v];
  at[grid->axis_w] = grid->brick_w;
  return (LamBrickKey){ at[0], at[1], at[2] };
}

static int
run_length (const Side *side, int run)
{
  return side->start[run + 1] - side->start[run];
}

/* Writes the sources of one patch to `out`, whose rows are `pitch` texels
 * apart.
 */
static void
cut_sources (const Grid *grid, int run_u, int run_v, const LamLabelBrick *brick,
    uint32_t *out, int pitch)
{
  int n_u = run_length (&grid->u, run_u), n_v = run_length (&grid->v, run_v);
  const int *us = grid->u.offset + grid->u.start[run_u];
  const int *vs = grid->v.offset + grid->v.start[run_v];
  for (int v = 0; v < n_v; v++, out += pitch)
    for (int u = 0; u < n_u; u++)
      out[u] = brick
          ? lam_label_brick_get_source (brick, grid->offset_w + vs[v] + us[u])
          : LAM_SOURCE_UNSET;
}

/* The same with labels. `brick` NULL: unlabelled. */
static void
cut_labels (const Grid *grid, int run_u, int run_v, const LamLabelBrick *brick,
    uint32_t *out, int pitch)
{
  int n_u = run_length (&grid->u, run_u), n_v = run_length (&grid->v, run_v);
  const int *us = grid->u.offset + grid->u.start[run_u];
  const int *vs = grid->v.offset + grid->v.start[run_v];
  const uint32_t *labels = brick ? lam_label_brick_get_labels (brick) : NULL;
  uint32_t label = 0;
  if (brick)
    lam_label_brick_is_uniform (brick, &label, NULL);
  /* Offsets rise by at least one a texel, but for the repeated edge. */
  bool is_dense =
      us[n_u - 1] - us[0] == n_u - 1 && (n_u < 2 || us[1] - us[0] == 1);
  for (int v = 0; v < n_v; v++, out += pitch) {
    if (!labels) {
      for (int u = 0; u < n_u; u++)
        out[u] = label;
      continue;
    }
    const uint32_t *row = labels + grid->offset_w + vs[v];
    if (is_dense && grid->axis_u == 0)
      memcpy (out, row + us[0], n_u * sizeof *out);
    else
      for (int u = 0; u < n_u; u++)
        out[u] = row[us[u]];
  }
}

static void
cut_patch (const Grid *grid, int run_u, int run_v, const LamLabelBrick *brick,
    LamBrickPart part, uint32_t *out, int pitch)
{
  if (part == LAM_PART_LABELS)
    cut_labels (grid, run_u, run_v, brick, out, pitch);
  else
    cut_sources (grid, run_u, run_v, brick, out, pitch);
}

static Read *
read_new (LamLabelTiles *tiles, LamBrickKey key)
{
  Read *read = g_new0 (Read, 1);
  read->key = key;
  read->serial = lam_label_map_get_serial (tiles->map);
  read->brick_serial = lam_label_map_get_brick_serial (tiles->map, key);
  g_mutex_init (&read->lock);
  g_cond_init (&read->changed);
  return read;
}

static Read *
share_read (LamLabelTiles *tiles, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  Read *read = g_hash_table_lookup (tiles->reads, &packed);
  if (!read
      || read->brick_serial
          != lam_label_map_get_brick_serial (tiles->map, key)) {
    read = read_new (tiles, key);
    g_hash_table_replace (
        tiles->reads, g_memdup2 (&packed, sizeof packed), read);
  }
  read->n_users++;
  return read;
}

/* Offers what was read to the map. */
static void
leave_read (LamLabelTiles *tiles, Read *read)
{
  g_mutex_lock (&read->lock);
  bool is_done = read->state == READ_DONE;
  g_mutex_unlock (&read->lock);
  if (is_done)
    lam_label_map_insert (tiles->map, read->key, read->brick, read->serial);
  if (--read->n_users > 0)
    return;
  int64_t packed = lam_brick_key_pack (read->key);
  if (g_hash_table_lookup (tiles->reads, &packed) == read)
    g_hash_table_remove (tiles->reads, &packed);
  g_clear_pointer (&read->brick, lam_label_brick_unref);
  g_mutex_clear (&read->lock);
  g_cond_clear (&read->changed);
  g_free (read);
}

/* Worker: the brick (a reference, or NULL) once somebody has read it. */
static bool
wait_for_read (Read *read, LamLabelMap *map, LamLabelBrick **brick,
    GCancellable *cancellable, GError **error)
{
  g_mutex_lock (&read->lock);
  while (read->state == READ_RUNS)
    g_cond_wait (&read->changed, &read->lock);
  bool is_done = read->state == READ_DONE;
  if (!is_done)
    read->state = READ_RUNS;
  g_mutex_unlock (&read->lock);
  if (!is_done) {
    GError *failure = NULL;
    LamLabelBrick *result =
        lam_label_map_read (map, read->key, cancellable, &failure);
    g_mutex_lock (&read->lock);
    /* After a failure the next one tries again, who may not be cancelled. */
    read->state = failure ? READ_IDLE : READ_DONE;
    read->brick = result;
    g_cond_broadcast (&read->changed);
    g_mutex_unlock (&read->lock);
    if (failure) {
      g_propagate_error (error, failure);
      return false;
    }
  }
  *brick = read->brick ? lam_label_brick_ref (read->brick) : NULL;
  return true;
}

/* All parts, dense. */
static uint32_t *
copy_patch (
    const Snapshot *snapshot, int run_u, int run_v, const LamLabelBrick *brick)
{
  const Grid *grid = &snapshot->grid;
  const int n_u = run_length (&grid->u, run_u);
  const int n = n_u * run_length (&grid->v, run_v);
  uint32_t *texels = g_new (uint32_t, n * snapshot->n_parts);
  for (int part = 0; part < snapshot->n_parts; part++)
    cut_patch (grid, run_u, run_v, brick, part, texels + part * n, n_u);
  return texels;
}

static void
prepare_patch (LamLabelTiles *tiles, const Snapshot *snapshot, int run_u,
    int run_v, Patch *patch)
{
  const Grid *grid = &snapshot->grid;
  LamBrickKey key = grid_get_key (grid, run_u, run_v);
  LamLabelBrick *brick;
  LamBrickState state = lam_label_map_lookup (tiles->map, key, &brick);
  if (state == LAM_BRICK_ON_DISK) {
    patch->is_on_disk = true;
    patch->brick_serial = lam_label_map_get_brick_serial (tiles->map, key);
    if (snapshot->level == 0)
      patch->read = share_read (tiles, key);
  } else if (brick && lam_label_brick_is_open (brick))
    patch->texels = copy_patch (snapshot, run_u, run_v, brick);
  else if (brick)
    patch->brick = lam_label_brick_ref (brick);
}

/* Texels lie at the multiples of the factor, which must fall alike in every
 * brick. */
static void
set_stride (Snapshot *snapshot, const LamLevel *level)
{
  bool fits = true;
  for (int i = 0; i < 3; i++) {
    snapshot->stride[i] = (int)MIN (level->factor[i], EDGE);
    fits &= EDGE % snapshot->stride[i] == 0
        && level->factor[i] % snapshot->stride[i] == 0;
  }
  if (!fits)
    snapshot->stride[0] = 0;
}

static Snapshot *
take_snapshot (LamLabelTiles *tiles, const LamTileKey *key, int n_parts)
{
  g_return_val_if_fail (key->level >= 0 && key->level < tiles->n_levels, NULL);
  Snapshot *snapshot = g_new0 (Snapshot, 1);
  snapshot->level = key->level;
  snapshot->n_parts = n_parts;
  set_stride (snapshot, &tiles->levels[key->level]);
  Grid *grid = &snapshot->grid;
  grid_init (grid, tiles, key, 0, 0, LAM_TILE_TEXELS, LAM_TILE_TEXELS);
  snapshot->patches = g_new0 (Patch, (size_t)grid->u.n_runs * grid->v.n_runs);
  for (int v = 0; v < grid->v.n_runs; v++)
    for (int u = 0; u < grid->u.n_runs; u++)
      prepare_patch (
          tiles, snapshot, u, v, &snapshot->patches[v * grid->u.n_runs + u]);
  return snapshot;
}

static gpointer
prepare (gpointer self, const LamTileKey *key)
{
  return take_snapshot (self, key, 1);
}

static gpointer
prepare_said (gpointer self, const LamTileKey *key)
{
  return take_snapshot (self, key, N_PARTS);
}

/* Worker: what a level shows of a brick on disk. A brick that changes after the
 * snapshot has another serial then, so what is kept is never older than it
 * says. */
static LamCoarseBrick *
get_coarse (LamLabelTiles *tiles, const Snapshot *snapshot, LamBrickKey key,
    LamBrickPart part, uint64_t serial, GCancellable *cancellable,
    GError **error)
{
  LamCoarseCache *cache = tiles->coarse[part];
  LamCoarseBrick *coarse =
      lam_coarse_cache_get (cache, key, snapshot->level, serial);
  if (coarse)
    return coarse;
  coarse = lam_label_map_read_coarse (
      tiles->map, key, part, snapshot->stride, cancellable, error);
  if (coarse)
    lam_coarse_cache_put (cache, key, snapshot->level, serial, coarse);
  return coarse;
}

/* The offset of a texel in its brick as one among the kept voxels. */
static int
coarse_offset (int offset, int axis, const int stride[3])
{
  static const int brick_strides[3] = { 1, EDGE, EDGE * EDGE };
  int at = offset / brick_strides[axis] / stride[axis];
  for (int i = 0; i < axis; i++)
    at *= EDGE / stride[i];
  return at;
}

static void
cut_coarse (const Snapshot *snapshot, int run_u, int run_v,
    const LamCoarseBrick *coarse, uint32_t *out)
{
  const Grid *grid = &snapshot->grid;
  const int *stride = snapshot->stride;
  int w = coarse_offset (grid->offset_w, grid->axis_w, stride);
  for (int v = grid->v.start[run_v]; v < grid->v.start[run_v + 1]; v++) {
    int row = w + coarse_offset (grid->v.offset[v], grid->axis_v, stride);
    for (int u = grid->u.start[run_u]; u < grid->u.start[run_u + 1]; u++)
      *out++ = lam_coarse_brick_get_value (coarse,
          row + coarse_offset (grid->u.offset[u], grid->axis_u, stride));
    out += grid->u.n_texels - run_length (&grid->u, run_u);
  }
}

static bool
fill_patch (LamLabelTiles *tiles, const Snapshot *snapshot, int run_u,
    int run_v, const Patch *patch, LamBrickPart part, uint32_t *out,
    GCancellable *cancellable, GError **error)
{
  const Grid *grid = &snapshot->grid;
  out += grid->v.start[run_v] * grid->u.n_texels + grid->u.start[run_u];
  if (patch->texels) {
    int n_u = run_length (&grid->u, run_u), n_v = run_length (&grid->v, run_v);
    const uint32_t *texels = patch->texels + part * n_u * n_v;
    for (int v = 0; v < n_v; v++)
      memcpy (out + v * grid->u.n_texels, texels + v * n_u, n_u * sizeof *out);
    return true;
  }
  if (patch->is_on_disk && !patch->read && snapshot->stride[0] > 0) {
    g_autoptr (LamCoarseBrick) coarse =
        get_coarse (tiles, snapshot, grid_get_key (grid, run_u, run_v), part,
            patch->brick_serial, cancellable, error);
    if (coarse)
      cut_coarse (snapshot, run_u, run_v, coarse, out);
    return coarse != NULL;
  }
  g_autoptr (LamLabelBrick) read = NULL;
  if (patch->read) {
    if (!wait_for_read (patch->read, tiles->map, &read, cancellable, error))
      return false;
  } else if (patch->is_on_disk) {
    GError *failure = NULL;
    LamBrickKey key = grid_get_key (grid, run_u, run_v);
    read = lam_label_map_read (tiles->map, key, cancellable, &failure);
    if (failure) {
      g_propagate_error (error, failure);
      return false;
    }
  }
  cut_patch (grid, run_u, run_v, read ? read : patch->brick, part, out,
      grid->u.n_texels);
  return true;
}

static bool
fill_part (LamLabelTiles *tiles, const Snapshot *snapshot, LamBrickPart part,
    uint32_t *out, GCancellable *cancellable, GError **error)
{
  const Grid *grid = &snapshot->grid;
  for (int v = 0; v < grid->v.n_runs; v++)
    for (int u = 0; u < grid->u.n_runs; u++)
      if (g_cancellable_set_error_if_cancelled (cancellable, error)
          || !fill_patch (tiles, snapshot, u, v,
              &snapshot->patches[v * grid->u.n_runs + u], part, out,
              cancellable, error))
        return false;
  return true;
}

static GBytes *
cut (gpointer self, gpointer prepared, const LamTileKey *key,
    GCancellable *cancellable, GError **error)
{
  const Snapshot *snapshot = prepared;
  const size_t n_texels = LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  const size_t n_all = n_texels * snapshot->n_parts;
  g_autofree uint32_t *out = g_new (uint32_t, n_all);
  for (int part = 0; part < snapshot->n_parts; part++)
    if (!fill_part (
            self, snapshot, part, out + part * n_texels, cancellable, error))
      return NULL;
  return g_bytes_new_take (g_steal_pointer (&out), n_all * sizeof (uint32_t));
}

static void
finish (gpointer self, gpointer prepared)
{
  Snapshot *snapshot = prepared;
  int n = snapshot->grid.u.n_runs * snapshot->grid.v.n_runs;
  for (int i = 0; i < n; i++) {
    Patch *patch = &snapshot->patches[i];
    g_clear_pointer (&patch->brick, lam_label_brick_unref);
    g_free (patch->texels);
    if (patch->read)
      leave_read (self, patch->read);
  }
  g_free (snapshot->patches);
  g_free (snapshot);
}

const LamTileSource *
lam_label_tiles_get_source (void)
{
  static const LamTileSource source = {
    .prepare = prepare, .cut = cut, .finish = finish
  };
  return &source;
}

const LamTileSource *
lam_label_tiles_get_said_source (void)
{
  static const LamTileSource source = {
    .prepare = prepare_said, .cut = cut, .finish = finish
  };
  return &source;
}

bool
lam_label_tiles_cut_now (LamLabelTiles *tiles, const LamTileKey *key, int u0,
    int v0, int u1, int v1, uint32_t *labels, uint32_t *sources)
{
  g_return_val_if_fail (key->level >= 0 && key->level < tiles->n_levels, false);
  g_return_val_if_fail (0 <= u0 && u0 <= u1 && u1 <= LAM_TILE_TEXELS, false);
  g_return_val_if_fail (0 <= v0 && v0 <= v1 && v1 <= LAM_TILE_TEXELS, false);
  Grid grid;
  grid_init (&grid, tiles, key, u0, v0, u1, v1);
  for (int v = 0; v < grid.v.n_runs; v++)
    for (int u = 0; u < grid.u.n_runs; u++)
      if (lam_label_map_lookup (tiles->map, grid_get_key (&grid, u, v), NULL)
          == LAM_BRICK_ON_DISK)
        return false;
  for (int v = 0; v < grid.v.n_runs; v++)
    for (int u = 0; u < grid.u.n_runs; u++) {
      LamLabelBrick *brick;
      lam_label_map_lookup (tiles->map, grid_get_key (&grid, u, v), &brick);
      const int at = grid.v.start[v] * grid.u.n_texels + grid.u.start[u];
      cut_labels (&grid, u, v, brick, labels + at, grid.u.n_texels);
      if (sources)
        cut_sources (&grid, u, v, brick, sources + at, grid.u.n_texels);
    }
  return true;
}
