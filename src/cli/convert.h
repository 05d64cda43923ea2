/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The formats that a volume can be written in, by name. */
#pragma once

#include "volume/convert.h"

typedef bool (*LamConvert) (
    const LamConversion *conversion, LamProgress *progress, GError **error);
/* By the end of the name; NULL with an error of usage that says which there
 * are. */
LamConvert lam_convert_find (const char *path, GError **error);

/* OME-Zarr 0.4 with levels. */
bool lam_convert_to_zarr (
    const LamConversion *conversion, LamProgress *progress, GError **error);
