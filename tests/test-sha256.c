/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* SHA-256: examples of NIST, and with the processor's instructions the same as
 * without. */
#include "store/sha256.h"

#include <string.h>

static void
compute (const void *bytes, size_t n, size_t step, bool may_be_fast,
    uint8_t digest[LAM_SHA256_BYTES])
{
  LamSha256 sum;
  lam_sha256_begin (&sum, may_be_fast);
  for (size_t i = 0; i < n; i += step)
    lam_sha256_add (&sum, (const char *)bytes + i, MIN (step, n - i));
  lam_sha256_finish (&sum, digest);
}

static void
check (const char *text, const char *expected)
{
  for (int fast = 0; fast < 2; fast++) {
    uint8_t digest[LAM_SHA256_BYTES];
    g_autoptr (GString) said = g_string_new (NULL);
    compute (text, strlen (text), 1000, fast, digest);
    for (int i = 0; i < LAM_SHA256_BYTES; i++)
      g_string_append_printf (said, "%02x", digest[i]);
    g_assert_cmpstr (said->str, ==, expected);
  }
}

static void
test_examples (void)
{
  check ("abc",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  check (
      "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  check ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Of every length around some blocks, in pieces that end anywhere. */
static void
test_lengths (void)
{
  uint8_t bytes[400];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 37 + i / 7);
  for (size_t n = 0; n <= sizeof bytes; n++) {
    uint8_t right[LAM_SHA256_BYTES];
    compute (bytes, n, sizeof bytes, false, right);
    static const size_t steps[] = { 1, 9, 63, 64, 65, 128, 399, 400 };
    for (size_t i = 0; i < G_N_ELEMENTS (steps); i++) {
      uint8_t digest[LAM_SHA256_BYTES];
      compute (bytes, n, steps[i], true, digest);
      g_assert_cmpmem (digest, sizeof digest, right, sizeof right);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sha256/examples", test_examples);
  g_test_add_func ("/sha256/lengths", test_lengths);
  return g_test_run ();
}
