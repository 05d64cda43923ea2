/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* SHA-256 (FIPS 180-4), with the processor's own instructions where it has
 * them: then about as fast as memory is read. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LAM_SHA256_BYTES 32

typedef struct {
  GChecksum *plain; /* Owned; NULL: with those instructions */
  uint32_t state[8];
  uint64_t n_bytes; /* so far */
  uint8_t block[64]; /* the last, as far as it is there */
} LamSha256;

/* `may_be_fast`: false is for tests. To be finished. */
void lam_sha256_begin (LamSha256 *sum, bool may_be_fast);
void lam_sha256_add (LamSha256 *sum, const void *bytes, size_t n);
void lam_sha256_finish (LamSha256 *sum, uint8_t digest[LAM_SHA256_BYTES]);
