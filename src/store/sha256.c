/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* GLib's is portable and has 170 MB/s, which is slower than a disk; of what a
 * network's answer takes to be stored it was a third. */
#include "store/sha256.h"

#include <string.h>

#define BLOCK 64

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t constants[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
  0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
  0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
  0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
  0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
  0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
  0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2 };

static bool
is_fast (void)
{
  unsigned a, b = 0, c, d;
  return __get_cpuid_count (7, 0, &a, &b, &c, &d) && b >> 29 & 1
      && __builtin_cpu_supports ("sse4.1");
}

/* The instructions want a, b, e, f in one register and c, d, g, h in another,
 * from the top. */
__attribute__ ((target ("sha,sse4.1"))) static void
add_blocks (uint32_t state[8], const uint8_t *bytes, size_t n_blocks)
{
  const __m128i swap =
      _mm_set_epi64x (0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  __m128i abcd = _mm_loadu_si128 ((const __m128i *)(void *)state);
  __m128i efgh = _mm_loadu_si128 ((const __m128i *)(void *)(state + 4));
  abcd = _mm_shuffle_epi32 (abcd, 0xb1);
  efgh = _mm_shuffle_epi32 (efgh, 0x1b);
  __m128i abef = _mm_alignr_epi8 (abcd, efgh, 8);
  __m128i cdgh = _mm_blend_epi16 (efgh, abcd, 0xf0);
  for (; n_blocks > 0; n_blocks--, bytes += BLOCK) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i words[4];
    for (int i = 0; i < 4; i++)
      words[i] = _mm_shuffle_epi8 (
          _mm_loadu_si128 ((const __m128i *)(const void *)(bytes + 16 * i)),
          swap);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      __m128i *now = &words[i & 3];
      const __m128i last = words[(i + 3) & 3];
      __m128i sum = _mm_add_epi32 (*now,
          _mm_loadu_si128 ((const __m128i *)(const void *)(constants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32 (cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32 (abef, cdgh, _mm_shuffle_epi32 (sum, 0x0e));
      /* The words of four steps later take their place. */
      *now = _mm_add_epi32 (_mm_sha256msg1_epu32 (*now, words[(i + 1) & 3]),
          _mm_alignr_epi8 (last, words[(i + 2) & 3], 4));
      *now = _mm_sha256msg2_epu32 (*now, last);
    }
    abef = _mm_add_epi32 (abef, abef_before);
    cdgh = _mm_add_epi32 (cdgh, cdgh_before);
  }
  abef = _mm_shuffle_epi32 (abef, 0x1b);
  cdgh = _mm_shuffle_epi32 (cdgh, 0xb1);
  _mm_storeu_si128 (
      (__m128i *)(void *)state, _mm_blend_epi16 (abef, cdgh, 0xf0));
  _mm_storeu_si128 (
      (__m128i *)(void *)(state + 4), _mm_alignr_epi8 (cdgh, abef, 8));
}

#else

static bool
is_fast (void)
{
  return false;
}

static void
add_blocks (uint32_t state[8], const uint8_t *bytes, size_t n_blocks)
{
}

#endif

void
lam_sha256_begin (LamSha256 *sum, bool may_be_fast)
{
  static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
    0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
  const bool fast = may_be_fast && is_fast ();
  sum->plain = fast ? NULL : g_checksum_new (G_CHECKSUM_SHA256);
  sum->n_bytes = 0;
  memcpy (sum->state, start, sizeof start);
}

void
lam_sha256_add (LamSha256 *sum, const void *bytes, size_t n)
{
  const uint8_t *from = bytes;
  size_t there = sum->n_bytes % BLOCK;
  if (n == 0)
    return;
  if (sum->plain) {
    g_checksum_update (sum->plain, bytes, (gssize)n);
    return;
  }
  sum->n_bytes += n;
  if (there > 0) {
    const size_t now = MIN (BLOCK - there, n);
    memcpy (sum->block + there, from, now);
    from += now;
    n -= now;
    if (there + now < BLOCK)
      return;
    add_blocks (sum->state, sum->block, 1);
  }
  add_blocks (sum->state, from, n / BLOCK);
  memcpy (sum->block, from + n / BLOCK * BLOCK, n % BLOCK);
}

/* A bit, zeros, and how many bits there were. */
static void
pad (LamSha256 *sum)
{
  static const uint8_t padding[BLOCK] = { 0x80 };
  const uint64_t n_bits = GUINT64_TO_BE (sum->n_bytes * 8);
  const size_t there = sum->n_bytes % BLOCK, room = BLOCK - sizeof n_bits;
  lam_sha256_add (sum, padding, (there < room ? room : room + BLOCK) - there);
  lam_sha256_add (sum, &n_bits, sizeof n_bits);
}

void
lam_sha256_finish (LamSha256 *sum, uint8_t digest[LAM_SHA256_BYTES])
{
  if (sum->plain) {
    gsize n = LAM_SHA256_BYTES;
    g_checksum_get_digest (sum->plain, digest, &n);
    g_clear_pointer (&sum->plain, g_checksum_free);
    return;
  }
  pad (sum);
  for (int i = 0; i < 8; i++) {
    const uint32_t word = GUINT32_TO_BE (sum->state[i]);
    memcpy (digest + 4 * i, &word, sizeof word);
  }
}
