// Copyright The Lamella authors
// SPDX-License-Identifier: Apache-2.0

// Shared by all programs. The program puts a #version line, precisions and
// one of LAM_VERTEX and LAM_FRAGMENT in front.

// Packed 0xRRGGBB to floats.
vec3
unpack_rgb (uint coded)
{
  return vec3 (uvec3 (coded >> 16u, coded >> 8u, coded) & 255u) / 255.0;
}

// The colour of a label that is in no table: hues by the golden ratio
// (multiplicative hashing, Knuth, The Art of Computer Programming 3, 6.4).
vec3
hash_colour (uint id)
{
  float hue = float ((id * 2654435769u) >> 8u) / 16777216.0;
  vec3 ramp = abs (fract (hue + vec3 (0.0, 2.0, 1.0) / 3.0) * 6.0 - 3.0) - 1.0;
  return mix (vec3 (1.0), clamp (ramp, 0.0, 1.0), 0.6) * 0.95;
}
