/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* zstd frames of store/brick-format.h. What zstd works in is kept by each
 * thread, for to make it takes longer than a small brick. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The head of that kind and the frame behind it. */
GByteArray *lam_zstd_frame_compress (
    const uint8_t *raw, size_t n_raw, uint8_t kind) G_GNUC_WARN_UNUSED_RESULT;
/* How much a frame, which is all of the data, says it holds; false where that
 * is less or more than it can be, or something else follows. */
bool lam_zstd_frame_get_size (const uint8_t *data, size_t n_bytes, size_t least,
    size_t most, size_t *size);
/* Fills `raw` with that. False: it is damaged. */
bool lam_zstd_frame_decompress (
    const uint8_t *data, size_t n_bytes, uint8_t *raw, size_t size);
