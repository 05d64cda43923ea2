// Copyright The Lamella authors
// SPDX-License-Identifier: Apache-2.0

// Lines with smooth edges: crosshair, brush cursor, the volume's box. The
// vertices are ready-made; each line is widened by one pixel for the edge.

#ifdef LAM_VERTEX

in vec3 a_position; // normalised device coordinates
in vec4 a_colour;
in vec2 a_reach; // pixels from the line's middle, signed; half its width

out vec4 v_colour;
out vec2 v_reach;

void
main ()
{
  v_colour = a_colour;
  v_reach = a_reach;
  gl_Position = vec4 (a_position, 1.0);
}

#endif
#ifdef LAM_FRAGMENT

in vec4 v_colour;
in vec2 v_reach;

out vec4 o_colour;

void
main ()
{
  float cover = clamp (v_reach.y + 0.5 - abs (v_reach.x), 0.0, 1.0);
  o_colour = vec4 (v_colour.rgb, v_colour.a * cover);
}

#endif
