// Copyright The Lamella authors
// SPDX-License-Identifier: Apache-2.0

// The least that can show a picture: one textured quad.

uniform sampler2D u_picture;

#ifdef LAM_VERTEX

out vec2 v_at;

void
main ()
{
  v_at = vec2 (gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4 (v_at * 2.0 - 1.0, 0.0, 1.0);
}

#endif
#ifdef LAM_FRAGMENT

in vec2 v_at;

out vec4 o_colour;

void
main ()
{
  o_colour = texture (u_picture, v_at);
}

#endif
