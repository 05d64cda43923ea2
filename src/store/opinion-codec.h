/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A run's opinion of a brick to bytes and back, little endian:
 *
 *   u8 version (1), u8 kind (3; of a difference 4)
 *   a zstd frame: u32 n_classes, n_classes ids of i32, then 64³ u8 each:
 * firsts, seconds, uncertainties
 *
 * The planes are what LamRunOpinion has, but that the others are 0 where the
 * run has not spoken: equal opinions have equal bytes. Any thread. */
#pragma once

#include "labels/opinion.h"

GByteArray *lam_opinion_encode (
    const LamRunOpinion *opinion) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing is trusted: any bytes give an opinion or LAM_ERROR_CORRUPT. */
LamRunOpinion *lam_opinion_decode (
    const void *data, size_t n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for one side of a difference (opinion-difference.h). */
GByteArray *lam_opinion_difference_encode (
    const LamRunOpinion *side) G_GNUC_WARN_UNUSED_RESULT;
LamRunOpinion *lam_opinion_difference_decode (
    const void *data, size_t n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
