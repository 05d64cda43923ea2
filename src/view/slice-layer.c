/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/slice-layer.h"

#include <stddef.h>

#include "view/shader.h"

enum { UNIT_IMAGE, UNIT_LABELS, UNIT_COLOURS };

/* How far the grey of a tile that is not there lies from the background. */
#define MISSING_MIX 0.12f
#define MISSING_GREY 0.5f

/* One compiled variant. */
typedef struct {
  GLuint program;
  GLint matrix, window, missing, fill, fill_selected, outline, selected;
  GLint by_class, interpolate, colour_mask, colour_shift;
} Variant;

/* The selected label is filled so much more strongly. */
#define SELECTED_GAIN 1.35

struct _LamSliceLayer {
  Variant direct; /* every label in its home slot of the colour table */
  Variant probing; /* looks further */
};

static void
find_uniforms (Variant *layer)
{
  const struct {
    const char *name;
    GLint *location;
  } uniforms[] = {
    { "u_matrix", &layer->matrix },
    { "u_window", &layer->window },
    { "u_missing", &layer->missing },
    { "u_fill", &layer->fill },
    { "u_fill_selected", &layer->fill_selected },
    { "u_outline", &layer->outline },
    { "u_selected", &layer->selected },
    { "u_by_class", &layer->by_class },
    { "u_interpolate", &layer->interpolate },
    { "u_colour_mask", &layer->colour_mask },
    { "u_colour_shift", &layer->colour_shift },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (uniforms); i++)
    *uniforms[i].location =
        glGetUniformLocation (layer->program, uniforms[i].name);
}

static bool
build (Variant *layer, const char *defines, GError **error)
{
  static const char *const attributes[] = { "a_position", "a_image", "a_label",
    "a_step", NULL };
  layer->program = lam_shader_build ("slice", defines, attributes, error);
  if (layer->program == 0)
    return false;
  find_uniforms (layer);
  const GLuint program = layer->program;
  glUseProgram (program);
  glUniform1i (glGetUniformLocation (program, "u_image"), UNIT_IMAGE);
  glUniform1i (glGetUniformLocation (program, "u_labels"), UNIT_LABELS);
  glUniform1i (glGetUniformLocation (program, "u_colours"), UNIT_COLOURS);
  glUseProgram (0);
  return true;
}

LamSliceLayer *
lam_slice_layer_new (int image_bytes, GError **error)
{
  g_autofree char *probing =
      g_strdup_printf ("#define LAM_IMAGE_BYTES %d\n", image_bytes);
  g_autofree char *direct =
      g_strconcat (probing, "#define LAM_ONE_PROBE\n", NULL);
  LamSliceLayer *layer = g_new0 (LamSliceLayer, 1);
  if (build (&layer->direct, direct, error)
      && build (&layer->probing, probing, error))
    return layer;
  lam_slice_layer_free (layer, false);
  return NULL;
}

void
lam_slice_layer_free (LamSliceLayer *layer, bool lost)
{
  if (layer == NULL)
    return;
  if (!lost) {
    glDeleteProgram (layer->direct.program);
    glDeleteProgram (layer->probing.program);
  }
  g_free (layer);
}

static void
bind_textures (const LamSliceState *state)
{
  const GLint filter = state->look->interpolate ? GL_LINEAR : GL_NEAREST;
  const GLenum array = GL_TEXTURE_2D_ARRAY;
  glActiveTexture (GL_TEXTURE0 + UNIT_COLOURS);
  glBindTexture (GL_TEXTURE_2D, lam_colour_lookup_get_texture (state->colours));
  glActiveTexture (GL_TEXTURE0 + UNIT_LABELS);
  glBindTexture (array, lam_tile_cache_get_texture (state->labels));
  glActiveTexture (GL_TEXTURE0 + UNIT_IMAGE);
  glBindTexture (array, lam_tile_cache_get_texture (state->images));
  glTexParameteri (array, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri (array, GL_TEXTURE_MAG_FILTER, filter);
}

static void
set_window (const Variant *layer, const LamSliceState *state)
{
  const LamLook *look = state->look;
  double width = look->high - look->low;
  if (width == 0)
    width = 1e-9; /* a threshold */
  double gain = (state->at_max - state->at_zero) / width;
  double start = (state->at_zero - look->low) / width;
  if (look->invert) {
    gain = -gain;
    start = 1 - start;
  }
  glUniform2f (layer->window, (float)gain, (float)start);
}

void
lam_slice_layer_use (LamSliceLayer *self, const LamSliceState *state)
{
  const Variant *layer = lam_colour_lookup_is_direct (state->colours)
      ? &self->direct
      : &self->probing;
  const LamLook *look = state->look;
  float missing[3];
  for (int i = 0; i < 3; i++)
    missing[i] = look->background_rgb[i]
        + MISSING_MIX * (MISSING_GREY - look->background_rgb[i]);
  glUseProgram (layer->program);
  bind_textures (state);
  set_window (layer, state);
  glUniformMatrix4fv (layer->matrix, 1, GL_FALSE, state->matrix);
  glUniform3fv (layer->missing, 1, missing);
  glUniform1f (layer->fill, (float)look->label_opacity);
  glUniform1f (layer->fill_selected,
      (float)MIN (look->label_opacity * SELECTED_GAIN, 1));
  glUniform1f (layer->outline, (float)look->outline_opacity);
  glUniform1ui (layer->selected, look->selected_label);
  glUniform1i (layer->by_class, look->colour_by_class);
  glUniform1i (layer->interpolate, look->interpolate);
  glUniform1ui (
      layer->colour_mask, lam_colour_lookup_get_n_slots (state->colours) - 1);
  glUniform1i (
      layer->colour_shift, lam_colour_lookup_get_row_shift (state->colours));
}

void
lam_slice_layer_set_attributes (void)
{
  static const struct {
    GLint n_values;
    size_t offset;
  } fields[] = {
    { 3, offsetof (LamSliceVertex, position) },
    { 3, offsetof (LamSliceVertex, image) },
    { 3, offsetof (LamSliceVertex, label) },
    { 2, offsetof (LamSliceVertex, label_step) },
  };
  for (GLuint i = 0; i < G_N_ELEMENTS (fields); i++) {
    glVertexAttribPointer (i, fields[i].n_values, GL_FLOAT, GL_FALSE,
        sizeof (LamSliceVertex), (const void *)fields[i].offset);
    glEnableVertexAttribArray (i);
  }
}
