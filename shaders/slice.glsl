// Copyright The Lamella authors
// SPDX-License-Identifier: Apache-2.0

// One slice: grey image through the window/level, labels laid over it. The
// vertices come tile by tile; a tile whose image is not there has a negative
// layer, tiles without labels are drawn without LAM_LABELS. A software renderer
// runs every line for every pixel, so what a frame costs is what stands here:
// three texture reads and no branch.

uniform mat4 u_matrix;
uniform highp sampler2DArray u_image;
uniform highp usampler2DArray u_labels;
uniform highp sampler2D u_colours; // of slots: R, G, B, shown; 0 when hidden
// The first column of the colours to use, + 0.5; one over the texture's size.
uniform vec3 u_colours_at;
uniform vec2 u_window;             // grey = texel * x + y
uniform float u_missing;           // grey where no image is loaded
uniform bool u_interpolate;
// Added to the grey: x of it, y of the label's colour, z of white.
uniform vec3 u_fill;
uniform vec3 u_line;
uniform vec3 u_selected_fill;
uniform vec3 u_selected_line;
uniform uint u_selected; // a slot
uniform float u_dash;    // pixels

#ifdef LAM_VERTEX

in vec3 a_position;
in vec3 a_image; // s, t in the tile's layer; the layer
in vec3 a_label;
in vec2 a_reach; // texels of the label's tile in a screen pixel

out vec2 v_image;
out vec2 v_label;
flat out vec2 v_layer;
flat out vec2 v_reach;
flat out vec2 v_window;

void
main ()
{
  v_image = a_image.xy;
  v_label = a_label.xy;
  v_layer = vec2 (a_image.z, a_label.z);
  v_reach = a_reach;
  v_window = a_image.z < 0.0 ? vec2 (0.0, u_missing) : u_window;
  gl_Position = u_matrix * vec4 (a_position, 1.0);
}

#endif
#ifdef LAM_FRAGMENT

in vec2 v_image;
in vec2 v_label;
flat in vec2 v_layer;
flat in vec2 v_reach;
flat in vec2 v_window;

out vec4 o_colour;

#ifdef LAM_SPLIT

float
join_bytes (vec2 low_high)
{
  return (low_high.x + low_high.y * 256.0) * (255.0 / 65535.0);
}

// For drivers without 16-bit textures: 16 bits in two 8-bit channels. Filtering
// hardware may round each to 8 bits, and an error of the high one counts 256
// times, so the four texels are joined first and filtered here.
float
image_texel ()
{
  if (!u_interpolate)
    return join_bytes (texture (u_image, vec3 (v_image, v_layer.x)).rg);
  vec2 corner = v_image * LAM_TILE_TEXELS - 0.5;
  vec2 f = fract (corner);
  vec4 st = vec4 (floor (corner) + 0.5, floor (corner) + 1.5) / LAM_TILE_TEXELS;
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

#ifdef LAM_LABELS

// A label's texel: its slot, and which of the next and next but one texels to
// the left, top, right and bottom have another label (label-texels.h).
const uint SLOT = 0xffffffu;
const uint SLOT_COLUMN = 0x3ffu;
const int ROW_SHIFT = 10;

vec4
slot_colour (uint slot)
{
  vec2 at = vec2 (float (slot & SLOT_COLUMN) + u_colours_at.x,
      float (slot >> ROW_SHIFT) + 0.5);
  return texture (u_colours, at * u_colours_at.yz);
}

// Whether the label ends within `reach` texels (LAM_NEAR: that are at most 1),
// `at` being a place inside its texel: the ends that are so near, looked up
// among those that there are.
bool
is_edge (uint texel, vec2 at, vec2 reach)
{
  vec2 back = 1.0 - at;
  uint near = (at.x < reach.x ? 0x01000000u : 0u)
      | (at.y < reach.y ? 0x02000000u : 0u)
      | (back.x < reach.x ? 0x04000000u : 0u)
      | (back.y < reach.y ? 0x08000000u : 0u);
#ifndef LAM_NEAR
  vec2 further = reach - 1.0;
  near |= (at.x < further.x ? 0x10000000u : 0u)
      | (at.y < further.y ? 0x20000000u : 0u)
      | (back.x < further.x ? 0x40000000u : 0u)
      | (back.y < further.y ? 0x80000000u : 0u);
#endif
  return (texel & near) != 0u;
}

vec3
lay_label (float grey)
{
  // Fetched, not looked up: a graphics card rounds the place of a look-up, and
  // then its texel would be another one than the one that `at` is a place in.
  vec2 texels = v_label * LAM_TILE_TEXELS;
  uint texel = texelFetch (u_labels, ivec3 (texels, v_layer.y), 0).r;
  uint slot = texel & SLOT;
  vec4 colour = slot_colour (slot);
  vec2 at = fract (texels);
#ifdef LAM_SELECTED
  bool selected = slot == u_selected;
  bool edge = is_edge (texel, at, selected ? 2.0 * v_reach : v_reach);
  vec3 look = selected ? (edge ? u_selected_line : u_selected_fill)
                       : (edge ? u_line : u_fill);
#else
  vec3 look = is_edge (texel, at, v_reach) ? u_line : u_fill;
#endif
  return grey + (grey * look.x + look.z) * colour.a + colour.rgb * look.y;
}

#else

vec3
lay_label (float grey)
{
  return vec3 (grey);
}

#endif

#ifdef LAM_OVER

// Another's labels over a picture that is there: outlines twice as thick, in
// turns of the colour and dark, so that they are seen over their own colour.
vec4
outline_over ()
{
  vec2 texels = v_label * LAM_TILE_TEXELS;
  uint texel = texelFetch (u_labels, ivec3 (texels, v_layer.y), 0).r;
  vec4 colour = slot_colour (texel & SLOT);
  bool edge = is_edge (texel, fract (texels), 2.0 * v_reach);
  vec2 dash = floor (gl_FragCoord.xy / u_dash);
  float light = 1.0 - mod (dash.x + dash.y, 2.0);
  return vec4 (light * mix (colour.rgb, vec3 (1.0), 0.3),
      edge ? colour.a : 0.0);
}

void
main ()
{
  o_colour = outline_over ();
}

#else

void
main ()
{
  float grey = clamp (image_texel () * v_window.x + v_window.y, 0.0, 1.0);
  o_colour = vec4 (lay_label (grey), 1.0);
}

#endif

#endif
