/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/slice-layer.h"

#include <stddef.h>

#include "view/shader.h"

enum { UNIT_IMAGE, UNIT_LABELS, UNIT_COLOURS };

/* How far the grey of a tile that is not there lies from the background. */
#define MISSING_MIX 0.12f
#define MISSING_GREY 0.5f

/* The selected label is filled so much more strongly, and a little lighter. */
#define SELECTED_GAIN 1.35
#define DOUBT_GAIN 1.8
#define SELECTED_LIGHT 0.2
/* Of another's outlines; of an outline that is one pixel thick on its side. */
#define DASH_PX 5.0
/* How light outlines are. */
#define LINE_LIGHT 0.15
#define SELECTED_LINE_LIGHT 0.75

/* A software renderer computes everything for every pixel, so there is one
 * program for each thing that may be left out. */
typedef enum {
  VARIANT_IMAGE, /* no labels */
  VARIANT_NEAR, /* outlines of at most a texel */
  VARIANT_LABELS,
  VARIANT_SELECTED, /* one label differs */
  VARIANT_OVER, /* outlines alone, over another picture */
  N_VARIANTS
} VariantName;

static const char *const variant_defines[N_VARIANTS] = {
  [VARIANT_IMAGE] = "",
  [VARIANT_NEAR] = "#define LAM_LABELS\n#define LAM_NEAR\n",
  [VARIANT_LABELS] = "#define LAM_LABELS\n",
  [VARIANT_SELECTED] = "#define LAM_LABELS\n#define LAM_SELECTED\n",
  [VARIANT_OVER] = "#define LAM_LABELS\n#define LAM_OVER\n",
};

typedef struct {
  GLuint program;
  GLint matrix, window, missing, interpolate;
  GLint fill, line, selected, selected_fill, selected_line, colours_at, dash;
} Variant;

struct _LamSliceLayer {
  Variant variants[N_VARIANTS];
};

static void
find_uniforms (Variant *variant)
{
  const struct {
    const char *name;
    GLint *location;
  } uniforms[] = {
    { "u_matrix", &variant->matrix },
    { "u_window", &variant->window },
    { "u_missing", &variant->missing },
    { "u_interpolate", &variant->interpolate },
    { "u_fill", &variant->fill },
    { "u_line", &variant->line },
    { "u_selected", &variant->selected },
    { "u_selected_fill", &variant->selected_fill },
    { "u_selected_line", &variant->selected_line },
    { "u_colours_at", &variant->colours_at },
    { "u_dash", &variant->dash },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (uniforms); i++)
    *uniforms[i].location =
        glGetUniformLocation (variant->program, uniforms[i].name);
}

static bool
build (Variant *variant, const char *defines, GError **error)
{
  static const char *const attributes[] = { "a_position", "a_image", "a_label",
    "a_reach", NULL };
  variant->program = lam_shader_build ("slice", defines, attributes, error);
  if (variant->program == 0)
    return false;
  find_uniforms (variant);
  const GLuint program = variant->program;
  glUseProgram (program);
  glUniform1i (glGetUniformLocation (program, "u_image"), UNIT_IMAGE);
  glUniform1i (glGetUniformLocation (program, "u_labels"), UNIT_LABELS);
  glUniform1i (glGetUniformLocation (program, "u_colours"), UNIT_COLOURS);
  glUseProgram (0);
  return true;
}

LamSliceLayer *
lam_slice_layer_new (bool split, GError **error)
{
  LamSliceLayer *layer = g_new0 (LamSliceLayer, 1);
  for (int i = 0; i < N_VARIANTS; i++) {
    g_autofree char *defines =
        g_strdup_printf ("#define LAM_TILE_TEXELS %d.0\n%s%s", LAM_TILE_TEXELS,
            split ? "#define LAM_SPLIT\n" : "", variant_defines[i]);
    if (!build (&layer->variants[i], defines, error)) {
      lam_slice_layer_free (layer, false);
      return NULL;
    }
  }
  return layer;
}

void
lam_slice_layer_free (LamSliceLayer *layer, bool lost)
{
  if (layer == NULL)
    return;
  for (int i = 0; i < N_VARIANTS && !lost; i++)
    glDeleteProgram (layer->variants[i].program);
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
  glBindTexture (
      array, lam_tile_cache_get_texture (state->labels, state->label_page));
  glActiveTexture (GL_TEXTURE0 + UNIT_IMAGE);
  glBindTexture (
      array, lam_tile_cache_get_texture (state->images, state->image_page));
  glTexParameteri (array, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri (array, GL_TEXTURE_MAG_FILTER, filter);
}

static void
set_window (const Variant *variant, const LamSliceState *state)
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
  glUniform2f (variant->window, (float)gain, (float)start);
}

/* A colour laid over grey, as grey·x + colour·y + z. */
typedef struct {
  double grey, colour, white;
} Mix;

/* Lays the colour, `light` of the way to white, over what is there. */
static Mix
lay_over (Mix below, double opacity, double light)
{
  const double rest = 1 - opacity;
  return (Mix){ below.grey * rest, below.colour * rest + opacity * (1 - light),
    below.white * rest + opacity * light };
}

/* The shader adds this to grey, so that a hidden label (whose colour is 0, as
 * is the factor of all) leaves the grey as it is to the bit. */
static void
set_mix (GLint location, Mix mix)
{
  glUniform3f (
      location, (float)(mix.grey - 1), (float)mix.colour, (float)mix.white);
}

static void
set_labels (const Variant *variant, const LamSliceState *state)
{
  const LamLook *look = state->look;
  const Mix nothing = { 1, 0, 0 };
  /* A number is read from the colour, so that little of the grey mixes in. */
  const double opacity = look->map == LAM_MAP_DOUBTS
      ? MIN (look->label_opacity * DOUBT_GAIN, 1)
      : look->label_opacity;
  const Mix fill = lay_over (nothing, opacity, 0);
  const Mix selected_fill =
      lay_over (nothing, MIN (opacity * SELECTED_GAIN, 1), SELECTED_LIGHT);
  set_mix (variant->fill, fill);
  set_mix (variant->line, lay_over (fill, look->outline_opacity, LINE_LIGHT));
  set_mix (variant->selected_fill, selected_fill);
  set_mix (
      variant->selected_line, lay_over (selected_fill, 1, SELECTED_LINE_LIGHT));
  glUniform1ui (variant->selected, state->selected_slot);
  const double first_column =
      0.5 + (look->colour_by_class ? LAM_COLOUR_ROW_SLOTS : 0);
  glUniform3f (variant->colours_at, (float)first_column,
      1 / (2 * (float)LAM_COLOUR_ROW_SLOTS),
      1 / (float)lam_colour_lookup_get_n_rows (state->colours));
}

static const Variant *
choose (const LamSliceLayer *layer, const LamSliceState *state, double reach)
{
  if (!(reach > 0))
    return &layer->variants[VARIANT_IMAGE];
  if (state->selected_slot != 0)
    return &layer->variants[VARIANT_SELECTED];
  return &layer->variants[reach > 1 ? VARIANT_LABELS : VARIANT_NEAR];
}

static void
use (const Variant *variant, const LamSliceState *state, bool with_labels)
{
  const LamLook *look = state->look;
  const float *rgb = look->background_rgb;
  const float background = (rgb[0] + rgb[1] + rgb[2]) / 3;
  glUseProgram (variant->program);
  bind_textures (state);
  set_window (variant, state);
  glUniformMatrix4fv (variant->matrix, 1, GL_FALSE, state->matrix);
  glUniform1f (
      variant->missing, background + MISSING_MIX * (MISSING_GREY - background));
  glUniform1i (variant->interpolate, look->interpolate);
  if (with_labels)
    set_labels (variant, state);
}

void
lam_slice_layer_use (
    LamSliceLayer *layer, const LamSliceState *state, double reach)
{
  use (choose (layer, state, reach), state, reach > 0);
}

void
lam_slice_layer_use_over (LamSliceLayer *layer, const LamSliceState *state)
{
  const double scale = state->look->px_scale > 0 ? state->look->px_scale : 1;
  const Variant *variant = &layer->variants[VARIANT_OVER];
  use (variant, state, true);
  glUniform1f (variant->dash, (float)(DASH_PX * scale));
  glEnable (GL_BLEND);
  glBlendEquation (GL_FUNC_ADD);
  glBlendFuncSeparate (GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ZERO, GL_ONE);
}

bool
lam_slice_layer_use_nth (
    LamSliceLayer *layer, const LamSliceState *state, int n)
{
  if (n < 0 || n >= N_VARIANTS)
    return false;
  use (&layer->variants[n], state, n != VARIANT_IMAGE);
  return true;
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
    { 2, offsetof (LamSliceVertex, label_reach) },
  };
  for (GLuint i = 0; i < G_N_ELEMENTS (fields); i++) {
    glVertexAttribPointer (i, fields[i].n_values, GL_FLOAT, GL_FALSE,
        sizeof (LamSliceVertex), (const void *)fields[i].offset);
    glEnableVertexAttribArray (i);
  }
}
