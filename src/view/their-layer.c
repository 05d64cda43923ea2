/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Another person's labels: tiles of a label map of their own, which are loaded
 * and sent as those of the labels are, and take memory only while a pane shows
 * them. */
#include "view/label-texels.h"
#include "view/renderer-private.h"

#define N_TILES 512

static bool
convert_cb (const void *labels, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  return lam_label_texels_make (renderer->their_colours, labels,
      LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

void
lam_their_layer_release (LamRenderer *renderer, bool lost)
{
  if (renderer->theirs == NULL)
    return;
  lam_tile_store_release (renderer->theirs, lost);
  if (lost)
    lam_colour_lookup_lose_context (renderer->their_colours);
}

void
lam_their_layer_clear (LamRenderer *renderer)
{
  g_clear_pointer (&renderer->theirs, lam_tile_store_free);
  g_clear_pointer (&renderer->their_tiles, lam_label_tiles_free);
  g_clear_pointer (&renderer->their_colours, lam_colour_lookup_free);
}

void
lam_renderer_set_theirs (
    LamRenderer *renderer, LamLabelMap *map, const LamClassTable *classes)
{
  lam_their_layer_release (renderer, false);
  lam_their_layer_clear (renderer);
  if (map != NULL) {
    renderer->their_colours = lam_colour_lookup_new (classes);
    renderer->their_tiles =
        lam_label_tiles_new (map, renderer->levels, renderer->n_levels);
    renderer->theirs =
        lam_tile_store_new (renderer->pool, lam_label_tiles_get_source (),
            renderer->their_tiles, &lam_label_tile_format, N_TILES, 1,
            lam_renderer_tile_arrived, convert_cb, renderer);
  }
  renderer->wants_changed = true;
  for (guint i = 0; i < renderer->panes->len; i++)
    ((LamPane *)g_ptr_array_index (renderer->panes, i))->all_dirty = true;
  lam_renderer_queue_redraw (renderer);
}

void
lam_their_layer_realize (LamRenderer *renderer)
{
  LamTileStore *store = renderer->theirs;
  bool shown = false;
  for (guint i = 0; i < renderer->panes->len; i++) {
    const LamPane *pane = g_ptr_array_index (renderer->panes, i);
    shown |= pane->look.show_theirs;
  }
  if (store == NULL || shown == (lam_tile_store_get_cache (store) != NULL))
    return;
  if (!shown) {
    lam_tile_store_want (store, NULL, 0);
    lam_tile_store_release (store, false);
  } else if (renderer->error == NULL
      && lam_tile_store_realize (store, &renderer->error))
    renderer->wants_changed = true;
}

bool
lam_their_layer_upload (
    LamRenderer *renderer, int64_t deadline_us, GArray *uploaded)
{
  return renderer->theirs != NULL
      && lam_tile_store_get_cache (renderer->theirs) != NULL
      && lam_tile_store_upload (renderer->theirs, deadline_us, uploaded);
}

uint64_t
lam_their_layer_update_colours (LamRenderer *renderer)
{
  if (renderer->theirs == NULL
      || lam_tile_store_get_cache (renderer->theirs) == NULL)
    return 0;
  lam_colour_lookup_update (renderer->their_colours);
  return lam_colour_lookup_get_serial (renderer->their_colours);
}

LamStandIn
lam_their_layer_find (LamPane *pane, const LamCell *cell, int64_t slice)
{
  const LamStandIn none = { cell->key, -1 };
  LamTileStore *store = pane->renderer->theirs;
  if (store == NULL || lam_tile_store_get_cache (store) == NULL)
    return none;
  const LamStandIn found = lam_slice_picture_find (pane, store, cell, slice);
  return lam_tile_cache_is_blank (lam_tile_store_get_cache (store), &found.key)
      ? none
      : found;
}
