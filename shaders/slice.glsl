// Copyright The Lamella authors
// SPDX-License-Identifier: Apache-2.0

// One slice: grey image through the window/level, labels laid over it. The
// vertices come tile by tile; a tile whose texels are not there has a negative
// layer.

uniform mat4 u_matrix;
uniform highp sampler2DArray u_image;
uniform highp usampler2DArray u_labels;
uniform highp usampler2D u_colours;
uniform vec2 u_window;        // grey = texel * x + y
uniform vec3 u_missing;       // where no image is loaded
uniform float u_fill;         // opacity of the labels
uniform float u_fill_selected; // of the selected one
uniform float u_outline;      // opacity of their outlines
uniform uint u_selected;      // 0: none
uniform bool u_by_class;
uniform bool u_interpolate;
uniform uint u_colour_mask;   // slots of the colour table - 1
uniform int u_colour_shift;   // log2 of the slots in a row

#ifdef LAM_VERTEX

in vec3 a_position;
in vec3 a_image; // s, t in the tile's layer; the layer
in vec3 a_label;
in vec2 a_step;  // one screen pixel in s and t of the label's tile

out vec2 v_image;
out vec2 v_label;
flat out vec2 v_layer;
flat out vec2 v_step;

void
main ()
{
  v_image = a_image.xy;
  v_label = a_label.xy;
  v_layer = vec2 (a_image.z, a_label.z);
  v_step = a_step;
  gl_Position = u_matrix * vec4 (a_position, 1.0);
}

#endif
#ifdef LAM_FRAGMENT

in vec2 v_image;
in vec2 v_label;
flat in vec2 v_layer;
flat in vec2 v_step;

out vec4 o_colour;

// What a table entry holds beside the colour.
const uint FLAG_HIDDEN = 1u << 24u;
// A probe sequence is shorter than this: the table is at most half full.
const int MAX_PROBES = 64;

#if LAM_IMAGE_BYTES == 2

float
join_bytes (vec2 low_high)
{
  return (low_high.x + low_high.y * 256.0) * (255.0 / 65535.0);
}

// 16 bits live in two 8-bit channels. Filtering hardware may round each to 8
// bits, and an error of the high one counts 256 times, so the four texels are
// joined first and filtered here.
float
image_texel ()
{
  if (!u_interpolate)
    return join_bytes (texture (u_image, vec3 (v_image, v_layer.x)).rg);
  float size = float (textureSize (u_image, 0).x);
  vec2 corner = v_image * size - 0.5;
  vec2 f = fract (corner);
  vec4 st = vec4 (floor (corner) + 0.5, floor (corner) + 1.5) / size;
  float a = join_bytes (texture (u_image, vec3 (st.xy, v_layer.x)).rg);
  float b = join_bytes (texture (u_image, vec3 (st.zy, v_layer.x)).rg);
  float c = join_bytes (texture (u_image, vec3 (st.xw, v_layer.x)).rg);
  float d = join_bytes (texture (u_image, vec3 (st.zw, v_layer.x)).rg);
  return mix (mix (a, b, f.x), mix (c, d, f.x), f.y);
}

#else

float
image_texel ()
{
  return texture (u_image, vec3 (v_image, v_layer.x)).r;
}

#endif

uint
label_at (vec2 offset)
{
  return texture (u_labels, vec3 (v_label + offset * v_step, v_layer.y)).r;
}

// A label's entry in the colour table (label, colour and flags, colour of its
// class): open addressing with linear probing. Without a colour the label is
// not in the table.
uvec3
find_entry (uint label)
{
  int row_mask = (1 << u_colour_shift) - 1;
  uint slot = label & u_colour_mask;
  ivec2 at = ivec2 (int (slot) & row_mask, int (slot) >> u_colour_shift);
  uvec3 entry = texelFetch (u_colours, at, 0).xyz;
#ifndef LAM_ONE_PROBE
  for (int i = 1; entry.x != label && entry.x != 0u && i < MAX_PROBES; i++) {
    slot = (slot + 1u) & u_colour_mask;
    at = ivec2 (int (slot) & row_mask, int (slot) >> u_colour_shift);
    entry = texelFetch (u_colours, at, 0).xyz;
  }
#endif
  return entry;
}

// Whether the label ends within about `reach` pixels: three looks around see an
// edge of any direction, and a fourth would cost a tenth of the frame.
bool
is_edge (uint label, float reach)
{
  uvec3 around = uvec3 (label_at (vec2 (0.0, -reach)),
      label_at (vec2 (0.9, 0.6) * reach), label_at (vec2 (-0.9, 0.6) * reach));
  return any (notEqual (around, uvec3 (label)));
}

// llvmpipe runs both sides of every branch, so there is none: each value is
// computed once and selected.
void
main ()
{
  float grey = clamp (image_texel () * u_window.x + u_window.y, 0.0, 1.0);
  vec3 below = v_layer.x < 0.0 ? u_missing : vec3 (grey);
  uint label = label_at (vec2 (0.0));
  uvec3 entry = find_entry (label);
  vec3 rgb = entry.x != label ? hash_colour (label)
                              : unpack_rgb (u_by_class ? entry.z : entry.y);
  bool selected = label == u_selected;
  bool edge = is_edge (label, selected ? 2.0 : 1.0);
  float fill = selected ? u_fill_selected : u_fill;
  vec2 line = selected ? vec2 (0.75, 1.0) : vec2 (0.15, u_outline);
  vec3 colour = mix (below, selected ? mix (rgb, vec3 (1.0), 0.2) : rgb, fill);
  colour = mix (colour, mix (rgb, vec3 (1.0), line.x), edge ? line.y : 0.0);
  bool shown = v_layer.y >= 0.0 && label != 0u
      && (entry.y & FLAG_HIDDEN) == 0u;
  o_colour = vec4 (shown ? colour : below, 1.0);
}

#endif
