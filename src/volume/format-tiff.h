/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of the two TIFF formats, and what they share. */
#pragma once

#include "volume/format.h"

extern const LamFormat lam_format_tiff;
extern const LamFormat lam_format_tiff_folder;

/* Which of `counts[0]` samples a voxel, `counts[1]` channels and `counts[2]`
 * time points the options say; fails when they must and do not. */
bool lam_tiff_choose_channel (const char *path, const int64_t counts[3],
    const LamOpenOptions *options, int64_t chosen[3], GError **error);
