/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Keeps one store of image tiles and one of label tiles for all panes. Panes
 * say what they want; the union, in order of urgency, is what the stores hold
 * on to. A frame first uploads what arrived, within a budget of time that the
 * panes of one screen refresh share, and tells every pane which pixels that
 * changes. */
#include "view/renderer.h"

#include <string.h>

#include "base/error.h"
#include "view/renderer-private.h"
#include "view/label-texels.h"
#include "view/shader.h"

#define DEFAULT_TILES 512
#define DEFAULT_UPLOAD_MS 4.0
/* Frames that begin within this time of each other share one budget. */
#define UPLOAD_WINDOW_US 12000

static gboolean
redraw_cb (gpointer user_data)
{
  LamRenderer *renderer = user_data;
  renderer->redraw_source = 0;
  if (renderer->redraw != NULL)
    renderer->redraw (renderer->user_data);
  return G_SOURCE_REMOVE;
}

/* From an idle source, because a GtkGLArea forgets what is queued while it
 * renders. */
static void
queue_redraw (LamRenderer *renderer)
{
  if (renderer->redraw_source == 0)
    renderer->redraw_source =
        g_idle_add_full (G_PRIORITY_DEFAULT, redraw_cb, renderer, NULL);
}

static void
add_dirty_tile (LamRenderer *renderer, const LamTileKey *key)
{
  const LamBox box = lam_tile_plan_tile_box (key, renderer->levels, false);
  for (guint i = 0; i < renderer->panes->len; i++)
    lam_pane_add_dirty (g_ptr_array_index (renderer->panes, i), &box);
}

static void
tile_arrived_cb (const LamTileKey *key, const GError *error, gpointer user_data)
{
  LamRenderer *renderer = user_data;
  if (error != NULL && !lam_error_is_cancelled (error)) {
    g_clear_error (&renderer->error);
    renderer->error = g_error_copy (error);
    /* Panes that wait for it learn that it will not come. */
    add_dirty_tile (renderer, key);
  }
  queue_redraw (renderer);
}

static bool
convert_labels_cb (const void *labels, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  return lam_label_texels_make (
      renderer->colours, labels, LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

static const LamTileFormat format_8 = { GL_R8, GL_RED, GL_UNSIGNED_BYTE, 1,
  GL_LINEAR };
static const LamTileFormat format_16 = { GL_R16, GL_RED, GL_UNSIGNED_SHORT, 2,
  GL_LINEAR };
/* The low byte in red, the high one in green. */
static const LamTileFormat format_split = { GL_RG8, GL_RG, GL_UNSIGNED_BYTE, 2,
  GL_LINEAR };
static const LamTileFormat format_labels = { GL_R32UI, GL_RED_INTEGER,
  GL_UNSIGNED_INT, 4, GL_NEAREST };

/* OpenGL ES 3.0 has no 16-bit grey by itself, and texels come with their low
 * byte first. */
static bool
has_16_bit_textures (void)
{
  return G_BYTE_ORDER == G_LITTLE_ENDIAN
      && (epoxy_is_desktop_gl ()
          || epoxy_has_gl_extension ("GL_EXT_texture_norm16"));
}

static void
make_stores (LamRenderer *renderer, LamJobPool *pool,
    const LamRendererSettings *settings)
{
  const int image_tiles = settings != NULL && settings->image_tiles > 0
      ? settings->image_tiles
      : DEFAULT_TILES;
  const int label_tiles = settings != NULL && settings->label_tiles > 0
      ? settings->label_tiles
      : DEFAULT_TILES;
  const bool is_deep =
      lam_image_tiles_get_texel_bytes (renderer->image_tiles) == 2;
  const bool has_labels = renderer->label_tiles != NULL;
  renderer->images = lam_tile_store_new (pool, lam_image_tiles_get_source (),
      renderer->image_tiles, is_deep ? &format_split : &format_8, image_tiles,
      tile_arrived_cb, NULL, renderer);
  renderer->labels = lam_tile_store_new (pool,
      has_labels ? lam_label_tiles_get_source () : NULL, renderer->label_tiles,
      &format_labels, has_labels ? label_tiles : 1, tile_arrived_cb,
      convert_labels_cb, renderer);
}

LamRenderer *
lam_renderer_new (LamVolume *volume, LamLabelMap *labels,
    const LamClassTable *classes, LamJobPool *pool,
    const LamRendererSettings *settings, void (*redraw) (gpointer user_data),
    gpointer user_data)
{
  LamRenderer *renderer = g_new0 (LamRenderer, 1);
  renderer->volume = volume;
  renderer->label_map = labels;
  renderer->redraw = redraw;
  renderer->user_data = user_data;
  renderer->upload_ms = settings != NULL && settings->upload_ms > 0
      ? settings->upload_ms
      : DEFAULT_UPLOAD_MS;
  renderer->always_split = settings != NULL && settings->split_16_bits;
  if (settings == NULL || settings->programs == NULL)
    renderer->own_programs = lam_programs_new ();
  renderer->programs = renderer->own_programs != NULL ? renderer->own_programs
                                                      : settings->programs;
  renderer->n_levels = lam_volume_get_n_levels (volume);
  for (int i = 0; i < renderer->n_levels; i++)
    renderer->levels[i] = *lam_volume_get_level (volume, i);
  renderer->image_tiles = lam_image_tiles_new (volume);
  if (labels != NULL)
    renderer->label_tiles =
        lam_label_tiles_new (labels, renderer->levels, renderer->n_levels);
  make_stores (renderer, pool, settings);
  renderer->colours = lam_colour_lookup_new (classes);
  renderer->panes = g_ptr_array_new ();
  renderer->touched = g_array_new (FALSE, FALSE, sizeof (LamBox));
  return renderer;
}

static void
release (LamRenderer *renderer, bool lost)
{
  lam_tile_store_release (renderer->images, lost);
  lam_tile_store_release (renderer->labels, lost);
  renderer->slice_layer = NULL;
  renderer->overlay_layer = NULL;
  if (lost || renderer->own_programs != NULL)
    lam_programs_clear (renderer->programs, lost);
  if (lost)
    lam_colour_lookup_lose_context (renderer->colours);
}

void
lam_renderer_free (LamRenderer *renderer)
{
  if (renderer == NULL)
    return;
  release (renderer, false);
  g_clear_pointer (&renderer->own_programs, lam_programs_free);
  g_clear_handle_id (&renderer->redraw_source, g_source_remove);
  lam_tile_store_free (renderer->images);
  lam_tile_store_free (renderer->labels);
  lam_image_tiles_free (renderer->image_tiles);
  g_clear_pointer (&renderer->label_tiles, lam_label_tiles_free);
  lam_colour_lookup_free (renderer->colours);
  g_ptr_array_unref (renderer->panes);
  g_array_unref (renderer->touched);
  g_clear_error (&renderer->error);
  g_free (renderer);
}

void
lam_renderer_set_image_range (LamRenderer *renderer, double low, double high)
{
  lam_image_tiles_set_range (renderer->image_tiles, low, high);
}

void
lam_renderer_set_classes (LamRenderer *renderer, const LamClassTable *classes)
{
  lam_colour_lookup_set_classes (renderer->colours, classes);
  queue_redraw (renderer);
}

const GError *
lam_renderer_get_error (LamRenderer *renderer)
{
  return renderer->error;
}

static bool
make_objects (LamRenderer *renderer, GError **error)
{
  if (!lam_shader_check_version (error))
    return false;
  if (lam_image_tiles_get_texel_bytes (renderer->image_tiles) == 2) {
    renderer->split = renderer->always_split || !has_16_bit_textures ();
    lam_tile_store_set_format (
        renderer->images, renderer->split ? &format_split : &format_16);
  }
  if (!lam_tile_store_realize (renderer->images, error)
      || !lam_tile_store_realize (renderer->labels, error))
    return false;
  renderer->overlay_layer =
      lam_programs_get_overlay_layer (renderer->programs, error);
  if (renderer->overlay_layer == NULL)
    return false;
  renderer->slice_layer =
      lam_programs_get_slice_layer (renderer->programs, renderer->split, error);
  return renderer->slice_layer != NULL;
}

bool
lam_renderer_realize (LamRenderer *renderer, GError **error)
{
  if (renderer->slice_layer != NULL)
    return true;
  renderer->wants_changed = true;
  if (make_objects (renderer, error))
    return true;
  release (renderer, false);
  return false;
}

void
lam_renderer_lose_context (LamRenderer *renderer)
{
  for (guint i = 0; i < renderer->panes->len; i++)
    lam_pane_lose_context (g_ptr_array_index (renderer->panes, i));
  release (renderer, true);
  renderer->wants_changed = true;
}

/* The pane whose camera moved last comes first. */
static int
compare_focus (gconstpointer a, gconstpointer b)
{
  const LamPane *p = *(LamPane *const *)a, *q = *(LamPane *const *)b;
  return (p->focus < q->focus) - (p->focus > q->focus);
}

static int
compare_wants (gconstpointer a, gconstpointer b)
{
  const LamWant *p = a, *q = b;
  if (p->rank != q->rank)
    return (p->rank > q->rank) - (p->rank < q->rank);
  return (p->distance > q->distance) - (p->distance < q->distance);
}

/* Appends the keys of one rank that are not in `seen` yet. */
static void
collect_rank (const GArray *wants, LamWantRank rank, GHashTable *seen,
    GArray *keys, guint limit)
{
  for (guint i = 0; i < wants->len && keys->len < limit; i++) {
    LamWant *want = &g_array_index (wants, LamWant, i);
    if (want->rank == rank && g_hash_table_add (seen, &want->key))
      g_array_append_val (keys, want->key);
  }
}

/* Side views that are slow to read come after those that are not. */
static bool
is_slow (LamRenderer *renderer, const LamPane *pane)
{
  return pane->kind == LAM_PANE_SLICE
      && !lam_volume_is_plane_ready (renderer->volume, pane->camera.plane);
}

static void
update_wants (LamRenderer *renderer)
{
  g_autoptr (GPtrArray) panes = g_ptr_array_copy (renderer->panes, NULL, NULL);
  g_ptr_array_sort (panes, compare_focus);
  for (guint i = 0; i < panes->len; i++) {
    LamPane *pane = g_ptr_array_index (panes, i);
    g_array_set_size (pane->wants, 0);
    if (pane->kind == LAM_PANE_SLICE)
      lam_slice_picture_want (pane);
    else if (pane->kind == LAM_PANE_OVERVIEW)
      lam_overview_want (pane);
    g_array_sort (pane->wants, compare_wants);
  }
  const guint limit =
      (guint)MAX (lam_tile_store_get_capacity (renderer->images),
          lam_tile_store_get_capacity (renderer->labels));
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (LamTileKey));
  g_autoptr (GHashTable) seen =
      g_hash_table_new (lam_tile_key_hash, lam_tile_key_equal);
  for (int rank = LAM_WANT_COARSE; rank <= LAM_WANT_AHEAD; rank++)
    for (int slow = 0; slow <= 1; slow++)
      for (guint i = 0; i < panes->len; i++) {
        const LamPane *pane = g_ptr_array_index (panes, i);
        if (is_slow (renderer, pane) == (slow != 0))
          collect_rank (pane->wants, rank, seen, keys, limit);
      }
  const LamTileKey *first = (const LamTileKey *)keys->data;
  lam_tile_store_want (renderer->images, first, (int)keys->len);
  lam_tile_store_want (renderer->labels, first, (int)keys->len);
  renderer->wants_changed = false;
}

typedef struct {
  LamRenderer *renderer;
  const LamBox *box;
  uint32_t *labels, *texels; /* room for a tile each */
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

/* A changed label changes where its neighbours end, and to know that theirs are
 * needed: so labels are cut from a wider rectangle than texels are sent of. */
static bool
update_texels (Touch *touch, const LamTileKey *key, LamPxRect changed)
{
  LamRenderer *renderer = touch->renderer;
  LamTileCache *cache = lam_tile_store_get_cache (renderer->labels);
  const LamPxRect sent = grow_in_tile (changed, LAM_TEXEL_REACH);
  const LamPxRect cut = grow_in_tile (sent, LAM_TEXEL_REACH);
  if (!lam_label_tiles_cut_now (renderer->label_tiles, key, cut.x0, cut.y0,
          cut.x1, cut.y1, touch->labels))
    return false;
  const int cut_width = cut.x1 - cut.x0, width = sent.x1 - sent.x0;
  const bool shows = lam_label_texels_make (renderer->colours, touch->labels,
      cut_width, cut.y1 - cut.y0, touch->texels);
  uint32_t *to = touch->labels; /* no longer needed */
  for (int v = sent.y0; v < sent.y1; v++, to += width)
    memcpy (to, touch->texels + (v - cut.y0) * cut_width + (sent.x0 - cut.x0),
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
    lam_tile_cache_set_stale (lam_tile_store_get_cache (renderer->labels), key);
    touch->any_stale = true;
  }
}

static void
update_touched (LamRenderer *renderer)
{
  if (renderer->touched->len == 0)
    return;
  const size_t n = (size_t)LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  g_autofree uint32_t *labels = g_new (uint32_t, n);
  g_autofree uint32_t *texels = g_new (uint32_t, n);
  Touch touch = { .renderer = renderer, .labels = labels, .texels = texels };
  for (guint i = 0; i < renderer->touched->len; i++) {
    touch.box = &g_array_index (renderer->touched, LamBox, i);
    lam_tile_cache_foreach (
        lam_tile_store_get_cache (renderer->labels), touch_tile, &touch);
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
  lam_tile_store_renew (renderer->labels, &inside, renderer->levels);
  g_array_append_val (renderer->touched, inside);
  for (guint i = 0; i < renderer->panes->len; i++)
    lam_pane_add_dirty (g_ptr_array_index (renderer->panes, i), &inside);
}

void
lam_renderer_reload_labels (LamRenderer *renderer, const LamBox *box)
{
  lam_tile_store_reload (renderer->labels, box, renderer->levels);
  queue_redraw (renderer);
}

void
lam_renderer_reload_image (LamRenderer *renderer)
{
  g_clear_error (&renderer->error);
  lam_tile_store_reload (renderer->images, NULL, renderer->levels);
  renderer->wants_changed = true;
  queue_redraw (renderer);
}

static void
upload (LamRenderer *renderer, LamPane *pane)
{
  const int64_t now_us = g_get_monotonic_time ();
  if (now_us - renderer->upload_window_us > UPLOAD_WINDOW_US) {
    renderer->upload_window_us = now_us;
    renderer->upload_spent_us = 0;
  }
  const int64_t budget_us = (int64_t)(renderer->upload_ms * 1000);
  const int64_t deadline_us = now_us + budget_us - renderer->upload_spent_us;
  g_autoptr (GArray) uploaded = g_array_new (FALSE, FALSE, sizeof (LamTileKey));
  bool more = lam_tile_store_upload (renderer->images, deadline_us, uploaded);
  more |= lam_tile_store_upload (renderer->labels, deadline_us, uploaded);
  renderer->upload_spent_us += g_get_monotonic_time () - now_us;
  pane->uploads = (int)uploaded->len;
  for (guint i = 0; i < uploaded->len; i++)
    add_dirty_tile (renderer, &g_array_index (uploaded, LamTileKey, i));
  /* Other panes must see new pixels too, and contexts of the share group see
   * the textures once this one has handed over its commands. */
  if (uploaded->len > 0)
    glFlush ();
  if (more || (uploaded->len > 0 && renderer->panes->len > 1))
    queue_redraw (renderer);
}

void
lam_renderer_begin_frame (LamRenderer *renderer, LamPane *pane)
{
  update_touched (renderer);
  if (renderer->wants_changed)
    update_wants (renderer);
  upload (renderer, pane);
  /* Last: what was uploaded may show labels for the first time. */
  lam_colour_lookup_update (renderer->colours);
  const uint64_t serial = lam_colour_lookup_get_serial (renderer->colours);
  if (pane->colour_serial != serial)
    pane->all_dirty = true;
  pane->colour_serial = serial;
}
