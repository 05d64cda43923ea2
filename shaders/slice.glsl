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

// Colour and flags of a label, coded; open addressing with linear probing.
// Returns false for a label that is not in the table.
bool
find_colour (uint label, out uint coded)
{
  int row_mask = (1 << u_colour_shift) - 1;
  uint slot = label & u_colour_mask;
  for (int i = 0; i < MAX_PROBES; i++) {
    ivec2 at = ivec2 (int (slot) & row_mask, int (slot) >> u_colour_shift);
    uvec4 entry = texelFetch (u_colours, at, 0);
    if (entry.x == label) {
      coded = u_by_class ? (entry.y & FLAG_HIDDEN) | entry.z : entry.y;
      return true;
    }
    if (entry.x == 0u)
      break;
    slot = (slot + 1u) & u_colour_mask;
  }
  coded = 0u;
  return false;
}

bool
is_edge (uint label, float reach)
{
  return label_at (vec2 (reach, 0.0)) != label
         || label_at (vec2 (-reach, 0.0)) != label
         || label_at (vec2 (0.0, reach)) != label
         || label_at (vec2 (0.0, -reach)) != label;
}

vec3
lay_label_over (vec3 colour, uint label)
{
  uint coded;
  bool known = find_colour (label, coded);
  if ((coded & FLAG_HIDDEN) != 0u)
    return colour;
  vec3 rgb = known ? unpack_rgb (coded) : hash_colour (label);
  bool selected = label == u_selected;
  float fill = selected ? min (u_fill * 1.35, 1.0) : u_fill;
  vec3 tint = selected ? mix (rgb, vec3 (1.0), 0.2) : rgb;
  colour = mix (colour, tint, fill);
  if (selected && is_edge (label, 2.0))
    return mix (rgb, vec3 (1.0), 0.75);
  if (u_outline > 0.0 && is_edge (label, 1.0))
    return mix (colour, mix (rgb, vec3 (1.0), 0.15), u_outline);
  return colour;
}

void
main ()
{
  vec3 colour = u_missing;
  if (v_layer.x >= 0.0)
    colour = vec3 (clamp (image_texel () * u_window.x + u_window.y, 0.0, 1.0));
  if (v_layer.y >= 0.0) {
    uint label = label_at (vec2 (0.0));
    if (label != 0u)
      colour = lay_label_over (colour, label);
  }
  o_colour = vec4 (colour, 1.0);
}

#endif
