/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/image-tiles.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

#include <glib/gi18n-lib.h>

struct _LamImageTiles {
  LamVolume *volume; /* Owned */
  double low, high; /* of f32 volumes */
};

LamImageTiles *
lam_image_tiles_new (LamVolume *volume)
{
  LamImageTiles *tiles = g_new0 (LamImageTiles, 1);
  tiles->volume = g_object_ref (volume);
  tiles->high = 1;
  return tiles;
}

void
lam_image_tiles_free (LamImageTiles *tiles)
{
  g_object_unref (tiles->volume);
  g_free (tiles);
}

void
lam_image_tiles_set_range (LamImageTiles *tiles, double low, double high)
{
  g_return_if_fail (isfinite (low) && isfinite (high));
  tiles->low = low;
  tiles->high = high > low ? high : low + 1;
}

int
lam_image_tiles_get_texel_bytes (LamImageTiles *tiles)
{
  return lam_volume_get_dtype (tiles->volume) == LAM_DTYPE_U8 ? 1 : 2;
}

void
lam_image_tiles_get_scale (
    LamImageTiles *tiles, double *at_zero, double *at_max)
{
  LamDtype dtype = lam_volume_get_dtype (tiles->volume);
  if (dtype == LAM_DTYPE_F32) {
    *at_zero = tiles->low;
    *at_max = tiles->high;
    return;
  }
  *at_zero = lam_volume_get_offset (tiles->volume);
  *at_max = *at_zero + (dtype == LAM_DTYPE_U8 ? UINT8_MAX : UINT16_MAX);
}

/* Where a tile's texel comes from in the dense box that was read: voxel index
 * = column[u] + row[v]. Outside of the level the nearest voxel repeats. */
typedef struct {
  int32_t column[LAM_TILE_TEXELS];
  int32_t row[LAM_TILE_TEXELS];
} Places;

static void
find_places (const LamBox *tile, const LamBox *box, int axis, int32_t *places)
{
  int64_t stride = 1;
  for (int i = 0; i < axis; i++)
    stride *= box->max[i] - box->min[i];
  for (int i = 0; i < LAM_TILE_TEXELS; i++) {
    int64_t at = tile->min[axis] + i;
    at = CLAMP (at, box->min[axis], box->max[axis] - 1);
    places[i] = (int32_t)((at - box->min[axis]) * stride);
  }
}

static void
place_u8 (const Places *p, const uint8_t *voxels, uint8_t *texels)
{
  for (int v = 0; v < LAM_TILE_TEXELS; v++)
    for (int u = 0; u < LAM_TILE_TEXELS; u++)
      *texels++ = voxels[p->row[v] + p->column[u]];
}

static void
place_u16 (const Places *p, const uint16_t *voxels, uint16_t *texels)
{
  for (int v = 0; v < LAM_TILE_TEXELS; v++)
    for (int u = 0; u < LAM_TILE_TEXELS; u++)
      *texels++ = GUINT16_TO_LE (voxels[p->row[v] + p->column[u]]);
}

static void
place_f32 (const Places *p, const float *voxels, uint16_t *texels, double low,
    double high)
{
  const float scale = (float)(UINT16_MAX / (high - low));
  const float zero = (float)low;
  for (int v = 0; v < LAM_TILE_TEXELS; v++)
    for (int u = 0; u < LAM_TILE_TEXELS; u++) {
      float value = (voxels[p->row[v] + p->column[u]] - zero) * scale;
      /* NaN fails the comparison. */
      uint16_t texel = 0;
      if (value > 0)
        texel = value < UINT16_MAX ? (uint16_t)(value + 0.5f) : UINT16_MAX;
      *texels++ = GUINT16_TO_LE (texel);
    }
}

/* What a worker gets: a copy, so that it needs nothing of ours. */
static gpointer
prepare_tile (gpointer self, const LamTileKey *key)
{
  LamImageTiles *tiles = g_memdup2 (self, sizeof *tiles);
  g_object_ref (tiles->volume);
  return tiles;
}

static void
finish_tile (gpointer self, gpointer prepared)
{
  lam_image_tiles_free (prepared);
}

static GBytes *
arrange (LamImageTiles *tiles, const LamTileKey *key, const LamBox *tile,
    const LamBox *box, const void *voxels)
{
  Places places;
  find_places (tile, box, lam_plane_u (key->plane), places.column);
  find_places (tile, box, lam_plane_v (key->plane), places.row);
  size_t n = (size_t)LAM_TILE_TEXELS * LAM_TILE_TEXELS
      * (size_t)lam_image_tiles_get_texel_bytes (tiles);
  void *texels = g_malloc (n);
  switch (lam_volume_get_dtype (tiles->volume)) {
  case LAM_DTYPE_U8:
    place_u8 (&places, voxels, texels);
    break;
  case LAM_DTYPE_U16:
    place_u16 (&places, voxels, texels);
    break;
  default:
    place_f32 (&places, voxels, texels, tiles->low, tiles->high);
    break;
  }
  return g_bytes_new_take (texels, n);
}

static GBytes *
cut_tile (gpointer self, gpointer prepared, const LamTileKey *key,
    GCancellable *cancellable, GError **error)
{
  LamImageTiles *tiles = prepared;
  LamVolume *volume = tiles->volume;
  LamBox tile = lam_tile_key_box (key);
  LamBox box = { .min = { 0 } };
  if (key->level >= 0 && key->level < lam_volume_get_n_levels (volume)) {
    LamBox all =
        lam_box_of_size (lam_volume_get_level (volume, key->level)->size);
    box = lam_box_intersect (&tile, &all);
  }
  if (lam_box_is_empty (&box)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has no tile %d, %d in slice %d of level %d"),
        lam_volume_get_info (volume)->path, key->u, key->v, key->slice,
        key->level);
    return NULL;
  }
  size_t n = (size_t)lam_box_volume (&box);
  g_autofree void *voxels =
      g_malloc (n * lam_dtype_bytes (lam_volume_get_dtype (volume)));
  if (!lam_volume_read_box (
          volume, key->level, &box, voxels, cancellable, error))
    return NULL;
  return arrange (tiles, key, &tile, &box, voxels);
}

const LamTileSource *
lam_image_tiles_get_source (void)
{
  static const LamTileSource source = { .prepare = prepare_tile,
    .cut = cut_tile,
    .finish = finish_tile,
    .is_apart = true };
  return &source;
}
