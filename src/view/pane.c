/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One pane: its composed picture lives in a texture of its own. What changes
 * often and is thin (crosshair, brush cursor) is drawn over a copy of it; what
 * changes in a small place (a stroke, a tile that arrived) is composed again
 * inside a scissor only, with the very same vertices, so that the pixels come
 * out as in a full composition. */
#include <string.h>

#include "view/renderer-private.h"

LamPane *
lam_pane_new (LamRenderer *renderer)
{
  LamPane *pane = g_new0 (LamPane, 1);
  pane->renderer = renderer;
  pane->wants = g_array_new (FALSE, FALSE, sizeof (LamWant));
  pane->quads = g_array_new (FALSE, FALSE, sizeof (LamQuad));
  pane->lines = g_array_new (FALSE, FALSE, sizeof (LamOverlayVertex));
  pane->all_dirty = true;
  g_ptr_array_add (renderer->panes, pane);
  return pane;
}

void
lam_pane_lose_context (LamPane *pane)
{
  pane->framebuffer = pane->picture = pane->depth = 0;
  pane->slice_array = pane->overlay_array = pane->buffer = 0;
  pane->picture_width = pane->picture_height = 0;
  pane->all_dirty = true;
}

static void
delete_picture (LamPane *pane)
{
  glDeleteFramebuffers (1, &pane->framebuffer);
  glDeleteTextures (1, &pane->picture);
  glDeleteRenderbuffers (1, &pane->depth);
  pane->framebuffer = pane->picture = pane->depth = 0;
}

void
lam_pane_unrealize (LamPane *pane)
{
  if (pane->framebuffer != 0)
    delete_picture (pane);
  if (pane->buffer != 0) {
    glDeleteVertexArrays (1, &pane->slice_array);
    glDeleteVertexArrays (1, &pane->overlay_array);
    glDeleteBuffers (1, &pane->buffer);
  }
  lam_pane_lose_context (pane);
  lam_renderer_stop_warming (pane->renderer, pane);
}

void
lam_pane_free (LamPane *pane)
{
  if (pane == NULL)
    return;
  lam_pane_unrealize (pane);
  pane->renderer->wants_changed = true;
  g_ptr_array_remove (pane->renderer->panes, pane);
  g_array_unref (pane->wants);
  g_array_unref (pane->quads);
  g_array_unref (pane->lines);
  g_clear_pointer (&pane->sketch, lam_sketch_unref);
  g_free (pane);
}

static bool
cameras_equal (const LamCamera *a, const LamCamera *b)
{
  for (int i = 0; i < 3; i++)
    if (a->centre_nm[i] != b->centre_nm[i] || a->size[i] != b->size[i]
        || a->voxel_size_nm[i] != b->voxel_size_nm[i])
      return false;
  return a->plane == b->plane && a->nm_per_px == b->nm_per_px
      && a->width_px == b->width_px && a->height_px == b->height_px;
}

/* Whether the composed picture is the same: marks are not part of it. */
static bool
looks_equal (const LamLook *a, const LamLook *b)
{
  for (int i = 0; i < 3; i++)
    if (a->background_rgb[i] != b->background_rgb[i])
      return false;
  return a->low == b->low && a->high == b->high && a->invert == b->invert
      && a->interpolate == b->interpolate
      && a->label_opacity == b->label_opacity
      && a->outline_opacity == b->outline_opacity
      && a->hide_labels == b->hide_labels
      && a->colour_by_class == b->colour_by_class && a->map == b->map
      && a->show_theirs == b->show_theirs && a->newest_run == b->newest_run
      && a->selected_label == b->selected_label && a->px_scale == b->px_scale;
}

/* Whether crosshair, marked place and brush are drawn as before. */
static bool
marks_equal (
    const LamPane *pane, const LamLook *look, const LamBrushCursor *cursor)
{
  const LamBrushCursor *old = &pane->cursor;
  if (pane->look.show_crosshair != look->show_crosshair
      || !lam_box_equal (&pane->look.mark, &look->mark)
      || old->visible != cursor->visible)
    return false;
  for (int i = 0; i < 3; i++)
    if ((look->show_crosshair
            && pane->look.crosshair_nm[i] != look->crosshair_nm[i])
        || (cursor->visible && old->centre_nm[i] != cursor->centre_nm[i]))
      return false;
  return !cursor->visible
      || (old->radius_nm == cursor->radius_nm && old->rgb == cursor->rgb
          && old->plane == cursor->plane);
}

static void
set_look (LamPane *pane, const LamLook *look)
{
  if (!looks_equal (&pane->look, look))
    pane->all_dirty = true;
  if (pane->look.map != look->map
      || pane->look.show_theirs != look->show_theirs)
    pane->renderer->wants_changed = true;
  pane->look = *look;
}

static void
camera_changed (LamPane *pane)
{
  pane->all_dirty = true;
  pane->focus = ++pane->renderer->focus_clock;
  pane->renderer->wants_changed = true;
}

void
lam_pane_set_slice (LamPane *pane, const LamCamera *camera, const LamLook *look,
    const LamBrushCursor *cursor)
{
  if (pane->kind != LAM_PANE_SLICE || !cameras_equal (&pane->camera, camera))
    camera_changed (pane);
  const LamBrushCursor none = { 0 };
  if (!marks_equal (pane, look, cursor ? cursor : &none))
    pane->marks_dirty = true;
  pane->kind = LAM_PANE_SLICE;
  pane->camera = *camera;
  set_look (pane, look);
  pane->cursor = cursor ? *cursor : none;
  pane->width_px = camera->width_px;
  pane->height_px = camera->height_px;
}

void
lam_pane_set_sketch (LamPane *pane, LamSketch *sketch)
{
  if (!lam_sketch_equal (pane->sketch, sketch))
    pane->marks_dirty = true;
  LamSketch *old = pane->sketch;
  pane->sketch = sketch ? lam_sketch_ref (sketch) : NULL;
  if (old)
    lam_sketch_unref (old);
}

static bool
shows_same_slices (const LamOverview *a, const LamOverview *b)
{
  for (int i = 0; i < LAM_N_PLANES; i++) {
    const LamCamera *p = &a->slices[i], *q = &b->slices[i];
    if (lam_camera_get_slice (p) != lam_camera_get_slice (q))
      return false;
    for (int j = 0; j < 3; j++)
      if (p->size[j] != q->size[j]
          || p->voxel_size_nm[j] != q->voxel_size_nm[j])
        return false;
  }
  return true;
}

void
lam_pane_set_overview (
    LamPane *pane, const LamOverview *overview, const LamLook *look)
{
  const LamOverview *old = &pane->overview;
  const bool same_size = old->width_px == overview->width_px
      && old->height_px == overview->height_px && old->zoom == overview->zoom;
  const bool same_angle =
      old->yaw == overview->yaw && old->pitch == overview->pitch;
  if (pane->kind != LAM_PANE_OVERVIEW || !same_size
      || !shows_same_slices (old, overview)) {
    pane->all_dirty = true;
    /* No new focus: the slice panes are what the person works in. */
    pane->renderer->wants_changed = true;
  }
  if (!same_angle || !lam_box_equal (&pane->look.mark, &look->mark))
    pane->all_dirty = true;
  pane->kind = LAM_PANE_OVERVIEW;
  pane->overview = *overview;
  set_look (pane, look);
  pane->width_px = overview->width_px;
  pane->height_px = overview->height_px;
}

/* Texels that an outline needs, of any cell. */
static double
widest_reach (const GArray *quads)
{
  float reach = 0;
  for (guint i = 0; i < quads->len; i++) {
    const LamQuad *quad = &g_array_index (quads, LamQuad, i);
    const float *each = quad->corners[0].label_reach;
    if (quad->label_page >= 0)
      reach = MAX (reach, MAX (each[0], each[1]));
  }
  return (double)reach;
}

static int
compare_pages (gconstpointer a, gconstpointer b)
{
  const LamQuad *p = a, *q = b;
  return p->label_page != q->label_page ? p->label_page - q->label_page
                                        : p->image_page - q->image_page;
}

/* How many quads from `first` on are of the same pages. */
static guint
measure_run (const GArray *quads, guint first)
{
  guint end = first + 1;
  const LamQuad *quad = &g_array_index (quads, LamQuad, first);
  while (end < quads->len
      && compare_pages (quad, &g_array_index (quads, LamQuad, end)) == 0)
    end++;
  return end - first;
}

static void
draw_runs (LamPane *pane, LamSliceState *state)
{
  const GArray *quads = pane->quads;
  const double reach = widest_reach (quads);
  for (guint i = 0; i < quads->len;) {
    const LamQuad *quad = &g_array_index (quads, LamQuad, i);
    const guint n = measure_run (quads, i);
    state->image_page = quad->image_page;
    state->label_page = quad->label_page;
    lam_slice_layer_use (
        pane->renderer->slice_layer, state, quad->label_page >= 0 ? reach : 0);
    glDrawArrays (GL_TRIANGLES, (GLint)(6 * i), (GLsizei)(6 * n));
    i += n;
  }
}

static void
send_quads (LamPane *pane)
{
  const size_t bytes = sizeof (LamSliceVertex) * 6;
  const GArray *quads = pane->quads;
  g_autofree char *vertices = g_malloc (bytes * quads->len);
  for (guint i = 0; i < quads->len; i++)
    memcpy (
        vertices + i * bytes, g_array_index (quads, LamQuad, i).corners, bytes);
  glBindVertexArray (pane->slice_array);
  glBindBuffer (GL_ARRAY_BUFFER, pane->buffer);
  glBufferData (GL_ARRAY_BUFFER, (GLsizeiptr)(bytes * quads->len), vertices,
      GL_STREAM_DRAW);
}

LamSliceState
lam_pane_make_state (const LamPane *pane, const float *matrix)
{
  const LamRenderer *renderer = pane->renderer;
  LamSliceState state = {
    .look = &pane->look,
    .matrix = matrix,
    .images = lam_tile_store_get_cache (renderer->images),
    .labels = lam_tile_store_get_cache (lam_slice_picture_get_labels (pane)),
    .colours = renderer->colours[pane->look.map],
  };
  if (pane->look.map == LAM_MAP_LABELS)
    state.selected_slot =
        lam_colour_lookup_find_slot (state.colours, pane->look.selected_label);
  lam_image_tiles_get_scale (
      renderer->image_tiles, &state.at_zero, &state.at_max);
  return state;
}

void
lam_pane_draw_quads (LamPane *pane, const float matrix[16])
{
  LamSliceState state = lam_pane_make_state (pane, matrix);
  glDisable (GL_BLEND);
  g_array_sort (pane->quads, compare_pages);
  send_quads (pane);
  draw_runs (pane, &state);
}

void
lam_pane_draw_their_quads (LamPane *pane, const float matrix[16])
{
  LamLook look = pane->look;
  LamSliceState state = lam_pane_make_state (pane, matrix);
  look.colour_by_class = true;
  state.look = &look;
  state.labels = lam_tile_store_get_cache (pane->renderer->theirs);
  state.colours = pane->renderer->their_colours;
  g_array_sort (pane->quads, compare_pages);
  send_quads (pane);
  for (guint i = 0; i < pane->quads->len;) {
    const guint n = measure_run (pane->quads, i);
    state.label_page = g_array_index (pane->quads, LamQuad, i).label_page;
    lam_slice_layer_use_over (pane->renderer->slice_layer, &state);
    glDrawArrays (GL_TRIANGLES, (GLint)(6 * i), (GLsizei)(6 * n));
    i += n;
  }
  glDisable (GL_BLEND);
}

void
lam_pane_draw_lines (LamPane *pane)
{
  if (pane->lines->len == 0)
    return;
  const GArray *lines = pane->lines;
  lam_overlay_layer_use (pane->renderer->overlay_layer);
  glBindVertexArray (pane->overlay_array);
  glBindBuffer (GL_ARRAY_BUFFER, pane->buffer);
  glBufferData (GL_ARRAY_BUFFER,
      (GLsizeiptr)(lines->len * sizeof (LamOverlayVertex)), lines->data,
      GL_STREAM_DRAW);
  glDrawArrays (GL_TRIANGLES, 0, (GLsizei)lines->len);
}

static void
make_arrays (LamPane *pane)
{
  if (pane->buffer != 0)
    return;
  glGenBuffers (1, &pane->buffer);
  glGenVertexArrays (1, &pane->slice_array);
  glGenVertexArrays (1, &pane->overlay_array);
  glBindBuffer (GL_ARRAY_BUFFER, pane->buffer);
  glBindVertexArray (pane->slice_array);
  lam_slice_layer_set_attributes ();
  glBindVertexArray (pane->overlay_array);
  lam_overlay_layer_set_attributes ();
}

static void
attach_depth (LamPane *pane)
{
  glGenRenderbuffers (1, &pane->depth);
  glBindRenderbuffer (GL_RENDERBUFFER, pane->depth);
  glRenderbufferStorage (
      GL_RENDERBUFFER, GL_DEPTH_COMPONENT24, pane->width_px, pane->height_px);
  glFramebufferRenderbuffer (
      GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, pane->depth);
}

/* Leaves the pane's framebuffer bound. */
static bool
make_picture (LamPane *pane)
{
  const bool needs_depth = pane->kind == LAM_PANE_OVERVIEW;
  if (pane->framebuffer != 0
      && (pane->picture_width != pane->width_px
          || pane->picture_height != pane->height_px
          || (needs_depth && pane->depth == 0)))
    delete_picture (pane);
  if (pane->framebuffer != 0) {
    glBindFramebuffer (GL_FRAMEBUFFER, pane->framebuffer);
    return true;
  }
  glGenTextures (1, &pane->picture);
  glBindTexture (GL_TEXTURE_2D, pane->picture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, pane->width_px, pane->height_px, 0,
      GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindTexture (GL_TEXTURE_2D, 0);
  glGenFramebuffers (1, &pane->framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, pane->framebuffer);
  glFramebufferTexture2D (
      GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, pane->picture, 0);
  if (needs_depth)
    attach_depth (pane);
  pane->picture_width = pane->width_px;
  pane->picture_height = pane->height_px;
  pane->all_dirty = true;
  if (glCheckFramebufferStatus (GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE)
    return true;
  delete_picture (pane);
  return false;
}

/* Other users of the context leave their own state behind. */
static void
set_known_state (const LamPane *pane)
{
  glViewport (0, 0, pane->width_px, pane->height_px);
  glDisable (GL_SCISSOR_TEST);
  glDisable (GL_DEPTH_TEST);
  glDisable (GL_STENCIL_TEST);
  glDisable (GL_CULL_FACE);
  glDisable (GL_BLEND);
  glColorMask (GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
  if (epoxy_is_desktop_gl ()) {
    glPolygonMode (GL_FRONT_AND_BACK, GL_FILL);
    glDisable (GL_FRAMEBUFFER_SRGB);
  }
}

void
lam_pane_end (void)
{
  glBindVertexArray (0);
  glUseProgram (0);
  glBindBuffer (GL_ARRAY_BUFFER, 0);
  glDisable (GL_SCISSOR_TEST);
  glDisable (GL_DEPTH_TEST);
  glDisable (GL_BLEND);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 4);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_2D_ARRAY, 0);
}

void
lam_pane_compose (LamPane *pane)
{
  const LamPxRect all = { 0, 0, pane->width_px, pane->height_px };
  const LamPxRect rect = pane->all_dirty ? all : pane->dirty;
  pane->pixels_drawn = 0;
  if (lam_px_rect_is_empty (&rect))
    return;
  glEnable (GL_SCISSOR_TEST);
  glScissor (
      rect.x0, pane->height_px - rect.y1, rect.x1 - rect.x0, rect.y1 - rect.y0);
  pane->complete = true;
  if (pane->all_dirty)
    pane->coarsest_drawn = 0;
  if (pane->kind == LAM_PANE_SLICE)
    lam_slice_picture_draw (pane);
  else
    lam_overview_draw (pane);
  glDisable (GL_SCISSOR_TEST);
  pane->pixels_drawn =
      (int64_t)(rect.x1 - rect.x0) * (int64_t)(rect.y1 - rect.y0);
  pane->all_dirty = false;
  pane->dirty = (LamPxRect){ 0 };
}

static void
show (LamPane *pane, unsigned target)
{
  glBindFramebuffer (GL_READ_FRAMEBUFFER, pane->framebuffer);
  glBindFramebuffer (GL_DRAW_FRAMEBUFFER, target);
  glBlitFramebuffer (0, 0, pane->width_px, pane->height_px, 0, 0,
      pane->width_px, pane->height_px, GL_COLOR_BUFFER_BIT, GL_NEAREST);
  glBindFramebuffer (GL_FRAMEBUFFER, target);
  if (pane->kind != LAM_PANE_SLICE)
    return;
  g_array_set_size (pane->lines, 0);
  LamOverlay overlay = { pane->lines, pane->width_px, pane->height_px };
  lam_slice_picture_add_marks (pane, &overlay);
  lam_pane_draw_lines (pane);
}

bool
lam_pane_has_picture (const LamPane *pane)
{
  return pane->kind != LAM_PANE_EMPTY && pane->width_px > 0
      && pane->height_px > 0;
}

bool
lam_pane_begin (LamPane *pane)
{
  set_known_state (pane);
  lam_renderer_begin_frame (pane->renderer, pane);
  make_arrays (pane);
  return make_picture (pane);
}

static void
show_background (const LamPane *pane, unsigned target)
{
  const float *background = pane->look.background_rgb;
  set_known_state (pane);
  glBindFramebuffer (GL_FRAMEBUFFER, target);
  glClearColor (background[0], background[1], background[2], 1);
  glClear (GL_COLOR_BUFFER_BIT);
}

void
lam_pane_draw (LamPane *pane, unsigned target)
{
  const int64_t start_us = g_get_monotonic_time ();
  if (!lam_pane_has_picture (pane))
    return;
  if (pane->renderer->slice_layer == NULL) {
    show_background (pane, target);
    return;
  }
  if (lam_pane_begin (pane)) {
    lam_pane_compose (pane);
    show (pane, target);
    pane->marks_dirty = false;
  }
  lam_pane_end ();
  pane->milliseconds = (double)(g_get_monotonic_time () - start_us) / 1000;
}

bool
lam_pane_needs_draw (const LamPane *pane)
{
  return pane->all_dirty || pane->marks_dirty
      || !lam_px_rect_is_empty (&pane->dirty);
}

bool
lam_pane_is_complete (LamPane *pane)
{
  return pane->complete && !pane->all_dirty
      && lam_px_rect_is_empty (&pane->dirty);
}

void
lam_pane_get_statistics (
    LamPane *pane, double *milliseconds, int64_t *pixels_drawn, int *uploads)
{
  if (milliseconds != NULL)
    *milliseconds = pane->milliseconds;
  if (pixels_drawn != NULL)
    *pixels_drawn = pane->pixels_drawn;
  if (uploads != NULL)
    *uploads = pane->uploads;
}
