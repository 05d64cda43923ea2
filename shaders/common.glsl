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

// The colour of a label that is in no table, light enough to be seen
// (multiplicative hashing, Knuth, The Art of Computer Programming 3, 6.4).
vec3
hash_colour (uint id)
{
  return unpack_rgb (((id * 2654435769u) >> 8u) | 0x404040u);
}
