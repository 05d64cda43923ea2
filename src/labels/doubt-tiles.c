/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tile of sources is made as ever, with what is painted just now in it, and
 * then converted brick by brick: only bricks in which it shows a voxel that may
 * be thought of are asked for their opinion, and one is held at a time. */
#include "labels/doubt-tiles.h"

#include <string.h>

struct _LamDoubtTiles {
  LamThought thought;
  /* Borrowed */
  LamLabelTiles *tiles;
  LamOpinionMap *opinions;
  const LamLevel *levels;
  GMutex lock;
  GArray *verified; /* Owned; of LamBox; under the lock, then unchanged */
};

LamDoubtTiles *
lam_doubt_tiles_new (LamThought thought, LamLabelTiles *tiles,
    LamOpinionMap *opinions, const LamLevel *levels)
{
  LamDoubtTiles *doubts = g_new0 (LamDoubtTiles, 1);
  doubts->thought = thought;
  doubts->tiles = tiles;
  doubts->opinions = opinions;
  doubts->levels = levels;
  doubts->verified = g_array_new (false, false, sizeof (LamBox));
  g_mutex_init (&doubts->lock);
  return doubts;
}

void
lam_doubt_tiles_free (LamDoubtTiles *doubts)
{
  if (!doubts)
    return;
  g_array_unref (doubts->verified);
  g_mutex_clear (&doubts->lock);
  g_free (doubts);
}

void
lam_doubt_tiles_set_verified (LamDoubtTiles *doubts, const LamBox *boxes, int n)
{
  GArray *verified = g_array_new (false, false, sizeof (LamBox));
  g_array_append_vals (verified, boxes, (guint)n);
  g_mutex_lock (&doubts->lock);
  GArray *before = doubts->verified;
  doubts->verified = verified;
  g_mutex_unlock (&doubts->lock);
  g_array_unref (before);
}

static GArray *
ref_verified (LamDoubtTiles *doubts)
{
  g_mutex_lock (&doubts->lock);
  GArray *verified = g_array_ref (doubts->verified);
  g_mutex_unlock (&doubts->lock);
  return verified;
}

/* ---- Which voxel a texel shows ------------------------------------------ */

/* Texels [first, end) of a tile. */
typedef struct {
  int u0, v0, width, height;
  int axis_u, axis_v, axis_w;
  int64_t voxel_w;
  int64_t *us, *vs; /* Owned; level-0 voxels of columns and rows */
} Window;

static void
window_clear (Window *window)
{
  g_free (window->us);
  g_free (window->vs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Window, window_clear)

/* The first voxel that it covers, and outside of the volume the nearest. */
static int64_t
voxel_of_texel (const LamDoubtTiles *doubts, int level, int axis, int64_t texel)
{
  const LamLevel *row = &doubts->levels[level];
  int64_t last = lam_opinion_map_get_size (doubts->opinions)[axis] - 1;
  return MIN (CLAMP (texel, 0, row->size[axis] - 1) * row->factor[axis], last);
}

static int64_t *
make_side (
    const LamDoubtTiles *doubts, int level, int axis, int64_t first, int n)
{
  int64_t *voxels = g_new (int64_t, MAX (n, 1));
  for (int i = 0; i < n; i++)
    voxels[i] = voxel_of_texel (doubts, level, axis, first + i);
  return voxels;
}

static Window
make_window (const LamDoubtTiles *doubts, const LamTileKey *key, int u0, int v0,
    int u1, int v1)
{
  LamBox box = lam_tile_key_box (key);
  Window window = { u0, v0, u1 - u0, v1 - v0, lam_plane_u (key->plane),
    lam_plane_v (key->plane), lam_plane_w (key->plane) };
  window.voxel_w =
      voxel_of_texel (doubts, key->level, window.axis_w, key->slice);
  window.us = make_side (doubts, key->level, window.axis_u,
      box.min[window.axis_u] + u0, window.width);
  window.vs = make_side (doubts, key->level, window.axis_v,
      box.min[window.axis_v] + v0, window.height);
  return window;
}

/* ---- Converting --------------------------------------------------------- */

/* The part of a window that shows one brick. */
typedef struct {
  const Window *window;
  LamBrickKey key;
  int u0, v0, u1, v1;
} Patch;

/* From `first` on, as far as they lie in one brick. */
static int
end_of_run (const int64_t *voxels, int first, int n)
{
  int end = first;
  while (
      end < n && voxels[end] / LAM_BRICK_EDGE == voxels[first] / LAM_BRICK_EDGE)
    end++;
  return end;
}

/* A run's voxels have doubts; proposals are about all but a person's. */
static bool
may_be_thought_of (LamThought thought, uint32_t source)
{
  return thought == LAM_THOUGHT_DOUBT
      ? source >= LAM_SOURCE_FIRST_RUN
      : source != LAM_SOURCE_HUMAN && source != LAM_SOURCE_ACCEPTED;
}

static bool
needs_opinion (LamThought thought, const Patch *patch, const uint32_t *sources)
{
  for (int v = patch->v0; v < patch->v1; v++)
    for (int u = patch->u0; u < patch->u1; u++)
      if (may_be_thought_of (thought, sources[v * patch->window->width + u]))
        return true;
  return false;
}

static int
index_in_brick (const Patch *patch, int u, int v)
{
  const Window *window = patch->window;
  int64_t at[3];
  at[window->axis_u] = window->us[u];
  at[window->axis_v] = window->vs[v];
  at[window->axis_w] = window->voxel_w;
  return (int)(at[0] % LAM_BRICK_EDGE
      + LAM_BRICK_EDGE
          * (at[1] % LAM_BRICK_EDGE
              + LAM_BRICK_EDGE * (at[2] % LAM_BRICK_EDGE)));
}

static uint32_t
think (
    LamThought thought, const LamOpinion *opinion, int index, uint32_t source)
{
  uint8_t uncertainty;
  int32_t class_id;
  if (!opinion || !may_be_thought_of (thought, source))
    return 0;
  if (thought == LAM_THOUGHT_DOUBT)
    return lam_opinion_get (
               opinion, index, (uint16_t)source, &uncertainty, NULL)
        ? LAM_DOUBT (uncertainty)
        : LAM_DOUBT_NONE;
  return lam_opinion_get_first (opinion, index, &class_id)
      ? LAM_PROPOSED (class_id)
      : 0;
}

/* `opinion` NULL: nobody spoke. */
static void
convert_patch (LamThought thought, const Patch *patch,
    const LamOpinion *opinion, uint32_t *sources)
{
  for (int v = patch->v0; v < patch->v1; v++)
    for (int u = patch->u0; u < patch->u1; u++) {
      uint32_t *texel = &sources[v * patch->window->width + u];
      *texel = think (thought, opinion, index_in_brick (patch, u, v), *texel);
    }
}

typedef bool (*Visit) (LamDoubtTiles *doubts, const Patch *patch,
    uint32_t *sources, GCancellable *cancellable, GError **error);

static bool
for_patches (LamDoubtTiles *doubts, const Window *window, uint32_t *sources,
    Visit visit, GCancellable *cancellable, GError **error)
{
  int u1, v1;
  for (int v0 = 0; v0 < window->height; v0 = v1) {
    v1 = end_of_run (window->vs, v0, window->height);
    for (int u0 = 0; u0 < window->width; u0 = u1) {
      u1 = end_of_run (window->us, u0, window->width);
      int32_t at[3];
      at[window->axis_u] = (int32_t)(window->us[u0] / LAM_BRICK_EDGE);
      at[window->axis_v] = (int32_t)(window->vs[v0] / LAM_BRICK_EDGE);
      at[window->axis_w] = (int32_t)(window->voxel_w / LAM_BRICK_EDGE);
      const Patch patch = { window, { at[0], at[1], at[2] }, u0, v0, u1, v1 };
      if (!visit (doubts, &patch, sources, cancellable, error))
        return false;
    }
  }
  return true;
}

static bool
read_and_convert (LamDoubtTiles *doubts, const Patch *patch, uint32_t *sources,
    GCancellable *cancellable, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamOpinion) opinion =
      needs_opinion (doubts->thought, patch, sources) ? lam_opinion_map_read (
          doubts->opinions, patch->key, cancellable, &problem)
                                                      : NULL;
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  convert_patch (doubts->thought, patch, opinion, sources);
  return true;
}

static bool
is_in_memory (LamDoubtTiles *doubts, const Patch *patch, uint32_t *sources,
    GCancellable *cancellable, GError **error)
{
  g_autoptr (LamOpinion) opinion = NULL;
  return !needs_opinion (doubts->thought, patch, sources)
      || lam_opinion_map_try (doubts->opinions, patch->key, &opinion);
}

/* After the one above said so for all; nothing is dropped between. */
static bool
convert_from_memory (LamDoubtTiles *doubts, const Patch *patch,
    uint32_t *sources, GCancellable *cancellable, GError **error)
{
  g_autoptr (LamOpinion) opinion = NULL;
  if (needs_opinion (doubts->thought, patch, sources))
    lam_opinion_map_try (doubts->opinions, patch->key, &opinion);
  convert_patch (doubts->thought, patch, opinion, sources);
  return true;
}

static void
silence_box (const Window *window, const LamBox *box, uint32_t *proposed)
{
  const int u = window->axis_u, v = window->axis_v, w = window->axis_w;
  if (window->voxel_w < box->min[w] || window->voxel_w >= box->max[w])
    return;
  for (int y = 0; y < window->height; y++) {
    if (window->vs[y] < box->min[v] || window->vs[y] >= box->max[v])
      continue;
    for (int x = 0; x < window->width; x++)
      if (window->us[x] >= box->min[u] && window->us[x] < box->max[u])
        proposed[y * window->width + x] = 0;
  }
}

/* What a person verified is no longer asked about. */
static void
silence_verified (LamDoubtTiles *doubts, const Window *window, uint32_t *texels)
{
  if (doubts->thought != LAM_THOUGHT_PROPOSAL)
    return;
  g_autoptr (GArray) verified = ref_verified (doubts);
  for (guint i = 0; i < verified->len; i++)
    silence_box (window, &g_array_index (verified, LamBox, i), texels);
}

bool
lam_doubt_tiles_convert_now (LamDoubtTiles *doubts, const LamTileKey *key,
    int u0, int v0, int u1, int v1, uint32_t *sources)
{
  g_auto (Window) window = make_window (doubts, key, u0, v0, u1, v1);
  if (!for_patches (doubts, &window, sources, is_in_memory, NULL, NULL))
    return false;
  for_patches (doubts, &window, sources, convert_from_memory, NULL, NULL);
  silence_verified (doubts, &window, sources);
  return true;
}

/* ---- The source of tiles ------------------------------------------------ */

static gpointer
prepare (gpointer self, const LamTileKey *key)
{
  LamDoubtTiles *doubts = self;
  return lam_label_tiles_get_said_source ()->prepare (doubts->tiles, key);
}

static GBytes *
cut (gpointer self, gpointer prepared, const LamTileKey *key,
    GCancellable *cancellable, GError **error)
{
  LamDoubtTiles *doubts = self;
  GBytes *said = lam_label_tiles_get_said_source ()->cut (
      doubts->tiles, prepared, key, cancellable, error);
  if (!said)
    return NULL;
  gsize n_bytes;
  g_autofree uint32_t *texels = g_bytes_unref_to_data (said, &n_bytes);
  g_auto (Window) window =
      make_window (doubts, key, 0, 0, LAM_TILE_TEXELS, LAM_TILE_TEXELS);
  uint32_t *thoughts = texels + LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  if (!for_patches (
          doubts, &window, thoughts, read_and_convert, cancellable, error))
    return NULL;
  silence_verified (doubts, &window, thoughts);
  return g_bytes_new_take (g_steal_pointer (&texels), n_bytes);
}

static void
finish (gpointer self, gpointer prepared)
{
  LamDoubtTiles *doubts = self;
  lam_label_tiles_get_said_source ()->finish (doubts->tiles, prepared);
}

const LamTileSource *
lam_doubt_tiles_get_source (void)
{
  static const LamTileSource source = {
    .prepare = prepare, .cut = cut, .finish = finish
  };
  return &source;
}
