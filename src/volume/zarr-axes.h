/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the axes of an OME-Zarr image are: which of them are x, y and z, their
 * units, and the factors of its levels (ngff.openmicroscopy.org/0.4). */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "volume/zarr-array.h"

typedef struct {
  int n;
  int space[3]; /* which axis is x, y, z; -1 for a missing z */
  double unit_nm[LAM_ZARR_MAX_DIMS]; /* 0: unknown */
} LamZarrAxes;

/* Of an array without description: its last three are z, y, x. */
LamZarrAxes lam_zarr_axes_of_array (int n);
/* From the list "axes"; fails without an x or a y. `path` is for the message. */
bool lam_zarr_axes_read (
    const char *path, JsonArray *list, LamZarrAxes *axes, GError **error);
/* Multiplies the `n` numbers of `scale` by what the list
 * "coordinateTransformations" of `object` says. */
void lam_zarr_axes_apply_scales (JsonObject *object, int n, double *scale);
