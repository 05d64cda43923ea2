/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the open stroke changes, in tiles that are on the graphics card: only
 * the texels that can differ are cut from memory and sent. */
#include <string.h>

#include "view/label-texels.h"
#include "view/renderer-private.h"

typedef struct {
  LamRenderer *renderer;
  LamMap map; /* what is touched */
  LamTileCache *cache; /* of that */
  const LamBox *box;
  uint32_t *labels, *texels; /* room for a tile each */
  uint32_t *sources; /* the same; who said them, or doubts */
  bool any_stale;
} Touch;

/* The texels, with apron, that show voxels from `low` up to `high`. A texel is
 * the label of the first voxel that it covers, so only multiples of the factor
 * count. Texels beyond the level's edge repeat its last one. */
static void
texel_range (int64_t low, int64_t high, int64_t factor, int64_t tile,
    int64_t level_size, int *first, int *end)
{
  const int64_t start = tile * LAM_TILE_EDGE - LAM_TILE_APRON;
  const int64_t from = lam_divide_up (low, factor);
  const int64_t to = lam_divide_up (high, factor);
  *first = (int)CLAMP (from - start, 0, LAM_TILE_TEXELS);
  *end = (int)CLAMP (to - start, 0, LAM_TILE_TEXELS);
  if (to >= level_size && to - start<LAM_TILE_TEXELS && * end> * first)
    *end = LAM_TILE_TEXELS;
  /* The apron before the first texel repeats it. */
  if (from <= 0 && tile == 0)
    *first = 0;
}

static LamPxRect
grow_in_tile (LamPxRect rect, int by)
{
  return (LamPxRect){ MAX (rect.x0 - by, 0), MAX (rect.y0 - by, 0),
    MIN (rect.x1 + by, LAM_TILE_TEXELS), MIN (rect.y1 + by, LAM_TILE_TEXELS) };
}

static bool
make_texels (const Touch *touch, int width, int height)
{
  LamColourLookup *colours = touch->renderer->colours[touch->map];
  if (touch->map == LAM_MAP_PROPOSALS)
    lam_proposals_put (touch->renderer->classes, touch->sources, width * height,
        touch->labels);
  if (touch->map == LAM_MAP_LABELS || touch->map == LAM_MAP_PROPOSALS)
    return lam_label_texels_make (
        colours, touch->labels, width, height, touch->texels);
  return (touch->map == LAM_MAP_SOURCES ? lam_label_texels_make_said
                                        : lam_label_texels_make_doubts) (
      colours, touch->labels, touch->sources, width, height, touch->texels);
}

/* Labels of a rectangle of the tile, and what the map shows of them. */
static bool
cut (const Touch *touch, const LamTileKey *key, LamPxRect rect)
{
  const LamRenderer *renderer = touch->renderer;
  return lam_label_tiles_cut_now (renderer->label_tiles, key, rect.x0, rect.y0,
             rect.x1, rect.y1, touch->labels,
             touch->map == LAM_MAP_LABELS ? NULL : touch->sources)
      && (renderer->thoughts[touch->map] == NULL
          || lam_doubt_tiles_convert_now (renderer->thoughts[touch->map], key,
              rect.x0, rect.y0, rect.x1, rect.y1, touch->sources));
}

/* A changed label changes where its neighbours end, and to know that theirs are
 * needed: so labels are cut from a wider rectangle than texels are sent of. */
static bool
update_texels (Touch *touch, const LamTileKey *key, LamPxRect changed)
{
  LamTileCache *cache = touch->cache;
  const LamPxRect sent = grow_in_tile (changed, LAM_TEXEL_REACH);
  const LamPxRect seen = grow_in_tile (sent, LAM_TEXEL_REACH);
  if (!cut (touch, key, seen))
    return false;
  const int cut_width = seen.x1 - seen.x0, width = sent.x1 - sent.x0;
  const bool shows = make_texels (touch, cut_width, seen.y1 - seen.y0);
  uint32_t *to = touch->labels; /* no longer needed */
  for (int v = sent.y0; v < sent.y1; v++, to += width)
    memcpy (to, touch->texels + (v - seen.y0) * cut_width + (sent.x0 - seen.x0),
        (size_t)width * sizeof *to);
  lam_tile_cache_update (
      cache, key, sent.x0, sent.y0, width, sent.y1 - sent.y0, touch->labels);
  if (shows)
    lam_tile_cache_set_blank (cache, key, false);
  return true;
}

static void
touch_tile (const LamTileKey *key, gpointer user_data)
{
  Touch *touch = user_data;
  LamRenderer *renderer = touch->renderer;
  const LamLevel *level = &renderer->levels[key->level];
  const int u = lam_plane_u (key->plane), v = lam_plane_v (key->plane);
  const int w = lam_plane_w (key->plane);
  const int64_t shown = key->slice * level->factor[w];
  const LamBox *box = touch->box;
  if (shown < box->min[w] || shown >= box->max[w])
    return;
  int u0, u1, v0, v1;
  texel_range (box->min[u], box->max[u], level->factor[u], key->u,
      level->size[u], &u0, &u1);
  texel_range (box->min[v], box->max[v], level->factor[v], key->v,
      level->size[v], &v0, &v1);
  if (u1 <= u0 || v1 <= v0)
    return;
  if (!update_texels (touch, key, (LamPxRect){ u0, v0, u1, v1 })) {
    lam_tile_cache_set_stale (touch->cache, key);
    touch->any_stale = true;
  }
}

static void
touch_tiles (Touch *touch)
{
  const GArray *boxes = touch->renderer->touched;
  touch->cache = lam_tile_store_get_cache (touch->renderer->labels[touch->map]);
  for (guint i = 0; i < boxes->len && touch->cache != NULL; i++) {
    touch->box = &g_array_index (boxes, LamBox, i);
    lam_tile_cache_foreach (touch->cache, touch_tile, touch);
  }
}

void
lam_renderer_update_touched (LamRenderer *renderer)
{
  if (renderer->touched->len == 0)
    return;
  const size_t n = (size_t)LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  g_autofree uint32_t *room = g_new (uint32_t, 3 * n);
  Touch touch = { .renderer = renderer,
    .labels = room,
    .texels = room + n,
    .sources = room + 2 * n };
  for (int i = 0; i < LAM_N_MAPS; i++) {
    touch.map = i;
    touch_tiles (&touch);
  }
  g_array_set_size (renderer->touched, 0);
  if (touch.any_stale)
    renderer->wants_changed = true;
}

void
lam_renderer_touch_labels (LamRenderer *renderer, const LamBox *box)
{
  const LamBox all = lam_box_of_size (renderer->levels[0].size);
  const LamBox inside = lam_box_intersect (box, &all);
  if (renderer->label_tiles == NULL || lam_box_is_empty (&inside))
    return;
  /* Tiles on their way were cut from what was there before. */
  for (int i = 0; i < LAM_N_MAPS; i++)
    lam_tile_store_renew (renderer->labels[i], &inside, renderer->levels);
  g_array_append_val (renderer->touched, inside);
  for (guint i = 0; i < renderer->panes->len; i++)
    lam_pane_add_dirty (g_ptr_array_index (renderer->panes, i), &inside);
}
