/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Keeps one store of image tiles and one of label tiles for all panes, and
 * while one of them shows it, one of tiles that say who said the labels, or how
 * unsure that one was. Panes
 * say what they want; the union, in order of urgency, is what the stores hold
 * on to. A frame first uploads what arrived, within a budget of time that the
 * panes of one screen refresh share, and tells every pane which pixels that
 * changes. */
#include "view/renderer.h"

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
void
lam_renderer_queue_redraw (LamRenderer *renderer)
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

void
lam_renderer_tile_arrived (
    const LamTileKey *key, const GError *error, gpointer user_data)
{
  LamRenderer *renderer = user_data;
  if (error != NULL && !lam_error_is_cancelled (error)) {
    g_clear_error (&renderer->error);
    renderer->error = g_error_copy (error);
    /* Panes that wait for it learn that it will not come. */
    add_dirty_tile (renderer, key);
  }
  lam_renderer_queue_redraw (renderer);
}

static bool
convert_labels_cb (const void *labels, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  return lam_label_texels_make (renderer->colours[LAM_MAP_LABELS], labels,
      LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

/* All labels of the tile, then all sources. */
static bool
convert_said_cb (const void *parts, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  const uint32_t *labels = parts;
  const uint32_t *sources = labels + LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  return lam_label_texels_make_said (renderer->colours[LAM_MAP_SOURCES], labels,
      sources, LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

/* The same with doubts. */
static bool
convert_doubts_cb (const void *parts, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  const uint32_t *labels = parts;
  const uint32_t *doubts = labels + LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  return lam_label_texels_make_doubts (renderer->colours[LAM_MAP_DOUBTS],
      labels, doubts, LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

/* The same with proposals, which look like labels once put among them. */
static bool
convert_proposed_cb (const void *parts, void *texels, gpointer user_data)
{
  const LamRenderer *renderer = user_data;
  const int n = LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  g_autofree uint32_t *labels = g_memdup2 (parts, (gsize)n * sizeof *labels);
  lam_proposals_put (renderer->classes, (const uint32_t *)parts + n, n, labels);
  return lam_label_texels_make (renderer->colours[LAM_MAP_PROPOSALS], labels,
      LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

static const LamTileFormat format_8 = { GL_R8, GL_RED, GL_UNSIGNED_BYTE, 1,
  GL_LINEAR };
static const LamTileFormat format_16 = { GL_R16, GL_RED, GL_UNSIGNED_SHORT, 2,
  GL_LINEAR };
/* The low byte in red, the high one in green. */
static const LamTileFormat format_split = { GL_RG8, GL_RG, GL_UNSIGNED_BYTE, 2,
  GL_LINEAR };
const LamTileFormat lam_label_tile_format = { GL_R32UI, GL_RED_INTEGER,
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
      1, lam_renderer_tile_arrived, NULL, renderer);
  const struct {
    const LamTileSource *source;
    gpointer self;
    int n_parts;
    LamTileConvert convert;
  } maps[LAM_N_MAPS] = {
    { lam_label_tiles_get_source (), renderer->label_tiles, 1,
        convert_labels_cb },
    { lam_label_tiles_get_said_source (), renderer->label_tiles, 2,
        convert_said_cb },
    { lam_doubt_tiles_get_source (), renderer->thoughts[LAM_MAP_DOUBTS], 2,
        convert_doubts_cb },
    { lam_doubt_tiles_get_source (), renderer->thoughts[LAM_MAP_PROPOSALS], 2,
        convert_proposed_cb },
  };
  for (int i = 0; i < LAM_N_MAPS; i++)
    renderer->labels[i] = lam_tile_store_new (pool,
        maps[i].self != NULL ? maps[i].source : NULL, maps[i].self,
        &lam_label_tile_format, has_labels ? label_tiles : 1, maps[i].n_parts,
        lam_renderer_tile_arrived, maps[i].convert, renderer);
}

static void
make_thoughts (LamRenderer *renderer, LamOpinionMap *opinions)
{
  static const LamThought thoughts[LAM_N_MAPS] = {
    [LAM_MAP_DOUBTS] = LAM_THOUGHT_DOUBT,
    [LAM_MAP_PROPOSALS] = LAM_THOUGHT_PROPOSAL,
  };
  for (int i = LAM_MAP_DOUBTS; i <= LAM_MAP_PROPOSALS; i++)
    renderer->thoughts[i] = lam_doubt_tiles_new (
        thoughts[i], renderer->label_tiles, opinions, renderer->levels);
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
  renderer->classes = classes;
  if (labels != NULL && settings != NULL && settings->opinions != NULL)
    make_thoughts (renderer, settings->opinions);
  make_stores (renderer, pool, settings);
  renderer->colours[LAM_MAP_LABELS] = lam_colour_lookup_new (classes);
  renderer->colours[LAM_MAP_SOURCES] = lam_colour_lookup_new_of_sources ();
  renderer->colours[LAM_MAP_DOUBTS] = lam_colour_lookup_new_of_doubts ();
  renderer->colours[LAM_MAP_PROPOSALS] = lam_colour_lookup_new (classes);
  renderer->pool = pool;
  renderer->panes = g_ptr_array_new ();
  renderer->touched = g_array_new (FALSE, FALSE, sizeof (LamBox));
  return renderer;
}

static void
release (LamRenderer *renderer, bool lost)
{
  lam_tile_store_release (renderer->images, lost);
  for (int i = 0; i < LAM_N_MAPS; i++)
    lam_tile_store_release (renderer->labels[i], lost);
  lam_their_layer_release (renderer, lost);
  renderer->slice_layer = NULL;
  renderer->overlay_layer = NULL;
  renderer->n_warmed = 0;
  if (lost || renderer->own_programs != NULL)
    lam_programs_clear (renderer->programs, lost);
  for (int i = 0; i < LAM_N_MAPS && lost; i++)
    lam_colour_lookup_lose_context (renderer->colours[i]);
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
  for (int i = 0; i < LAM_N_MAPS; i++) {
    lam_tile_store_free (renderer->labels[i]);
    lam_colour_lookup_free (renderer->colours[i]);
    g_clear_pointer (&renderer->thoughts[i], lam_doubt_tiles_free);
  }
  lam_their_layer_clear (renderer);
  lam_image_tiles_free (renderer->image_tiles);
  g_clear_pointer (&renderer->label_tiles, lam_label_tiles_free);
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
  renderer->classes = classes;
  lam_colour_lookup_set_classes (renderer->colours[LAM_MAP_LABELS], classes);
  lam_colour_lookup_set_classes (renderer->colours[LAM_MAP_PROPOSALS], classes);
  lam_renderer_queue_redraw (renderer);
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
      || !lam_tile_store_realize (renderer->labels[LAM_MAP_LABELS], error))
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
lam_renderer_is_ready (const LamRenderer *renderer)
{
  return renderer->slice_layer != NULL && renderer->n_warmed >= LAM_WARM_READY;
}

bool
lam_renderer_take_warming (LamRenderer *renderer, LamPane *pane)
{
  if (renderer->warmer == NULL)
    renderer->warmer = pane;
  return renderer->warmer == pane;
}

int
lam_renderer_next_warming (LamRenderer *renderer)
{
  const int step = renderer->n_warmed++;
  if (renderer->n_warmed == LAM_WARM_READY)
    lam_renderer_queue_redraw (renderer);
  return step;
}

void
lam_renderer_stop_warming (LamRenderer *renderer, const LamPane *pane)
{
  if (renderer->warmer != pane)
    return;
  renderer->warmer = NULL;
  if (!lam_renderer_is_ready (renderer))
    lam_renderer_queue_redraw (renderer);
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

/* The labels as such are always wanted; LAM_N_MAPS: another person's. */
static bool
shows (const LamPane *pane, LamMap map)
{
  return map == LAM_MAP_LABELS || pane->look.map == map
      || (map == LAM_N_MAPS && pane->look.show_theirs);
}

/* What the panes that show that map want, most urgent first. */
static GArray *
collect_keys (LamRenderer *renderer, GPtrArray *panes, LamMap map, guint limit)
{
  GArray *keys = g_array_new (FALSE, FALSE, sizeof (LamTileKey));
  g_autoptr (GHashTable) seen =
      g_hash_table_new (lam_tile_key_hash, lam_tile_key_equal);
  for (int rank = LAM_WANT_COARSE; rank <= LAM_WANT_AHEAD; rank++)
    for (int slow = 0; slow <= 1; slow++)
      for (guint i = 0; i < panes->len; i++) {
        const LamPane *pane = g_ptr_array_index (panes, i);
        if (is_slow (renderer, pane) == (slow != 0) && shows (pane, map))
          collect_rank (pane->wants, rank, seen, keys, limit);
      }
  return keys;
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
          lam_tile_store_get_capacity (renderer->labels[LAM_MAP_LABELS]));
  for (int i = 0; i <= LAM_N_MAPS; i++) {
    LamTileStore *store =
        i < LAM_N_MAPS ? renderer->labels[i] : renderer->theirs;
    if (store == NULL)
      continue;
    g_autoptr (GArray) keys = collect_keys (renderer, panes, i, limit);
    const LamTileKey *first = (const LamTileKey *)keys->data;
    if (i == LAM_MAP_LABELS)
      lam_tile_store_want (renderer->images, first, (int)keys->len);
    lam_tile_store_want (store, first, (int)keys->len);
  }
  renderer->wants_changed = false;
}

void
lam_renderer_reload_labels (LamRenderer *renderer, const LamBox *box)
{
  for (int i = 0; i < LAM_N_MAPS; i++)
    lam_tile_store_reload (renderer->labels[i], box, renderer->levels);
  lam_renderer_queue_redraw (renderer);
}

void
lam_renderer_reload_doubts (LamRenderer *renderer, const LamBox *box)
{
  for (int i = LAM_MAP_DOUBTS; i <= LAM_MAP_PROPOSALS; i++)
    lam_tile_store_reload (renderer->labels[i], box, renderer->levels);
  lam_renderer_queue_redraw (renderer);
}

void
lam_renderer_reload_proposals (LamRenderer *renderer)
{
  lam_tile_store_reload (
      renderer->labels[LAM_MAP_PROPOSALS], NULL, renderer->levels);
  lam_renderer_queue_redraw (renderer);
}

void
lam_renderer_set_verified (LamRenderer *renderer, const LamBox *boxes, int n)
{
  if (renderer->thoughts[LAM_MAP_PROPOSALS] == NULL)
    return;
  lam_doubt_tiles_set_verified (
      renderer->thoughts[LAM_MAP_PROPOSALS], boxes, n);
  lam_renderer_reload_proposals (renderer);
}

void
lam_renderer_reload_image (LamRenderer *renderer)
{
  g_clear_error (&renderer->error);
  lam_tile_store_reload (renderer->images, NULL, renderer->levels);
  renderer->wants_changed = true;
  lam_renderer_queue_redraw (renderer);
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
  for (int i = 0; i < LAM_N_MAPS; i++)
    if (lam_tile_store_get_cache (renderer->labels[i]) != NULL)
      more |=
          lam_tile_store_upload (renderer->labels[i], deadline_us, uploaded);
  more |= lam_their_layer_upload (renderer, deadline_us, uploaded);
  renderer->upload_spent_us += g_get_monotonic_time () - now_us;
  pane->uploads = (int)uploaded->len;
  for (guint i = 0; i < uploaded->len; i++)
    add_dirty_tile (renderer, &g_array_index (uploaded, LamTileKey, i));
  /* Other panes must see new pixels too, and contexts of the share group see
   * the textures once this one has handed over its commands. */
  if (uploaded->len > 0)
    glFlush ();
  if (more || (uploaded->len > 0 && renderer->panes->len > 1))
    lam_renderer_queue_redraw (renderer);
}

/* A map other than the labels takes memory only while a pane shows it. */
static void
realize_map (LamRenderer *renderer, LamMap map)
{
  LamTileStore *store = renderer->labels[map];
  bool shown = false;
  for (guint i = 0; i < renderer->panes->len; i++) {
    const LamPane *pane = g_ptr_array_index (renderer->panes, i);
    shown |= pane->look.map == map;
  }
  const bool there = lam_tile_store_get_cache (store) != NULL;
  if (shown == there || renderer->label_tiles == NULL)
    return;
  if (!shown) {
    lam_tile_store_want (store, NULL, 0);
    lam_tile_store_release (store, false);
  } else if (renderer->error == NULL
      && lam_tile_store_realize (store, &renderer->error))
    renderer->wants_changed = true;
}

void
lam_renderer_begin_frame (LamRenderer *renderer, LamPane *pane)
{
  for (int i = LAM_MAP_LABELS + 1; i < LAM_N_MAPS; i++)
    realize_map (renderer, i);
  lam_their_layer_realize (renderer);
  lam_renderer_update_touched (renderer);
  if (renderer->wants_changed)
    update_wants (renderer);
  upload (renderer, pane);
  /* Last: what was uploaded may show labels for the first time. */
  lam_colour_lookup_update (renderer->colours[LAM_MAP_LABELS]);
  lam_colour_lookup_set_newest_run (
      renderer->colours[LAM_MAP_SOURCES], pane->look.newest_run);
  lam_colour_lookup_update (renderer->colours[pane->look.map]);
  uint64_t serial = lam_their_layer_update_colours (renderer);
  for (int i = 0; i < LAM_N_MAPS; i++)
    serial += lam_colour_lookup_get_serial (renderer->colours[i]);
  if (pane->colour_serial != serial)
    pane->all_dirty = true;
  pane->colour_serial = serial;
}
