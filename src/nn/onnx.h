/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reads ONNX files: operator sets 9 to 18, weights inside or beside the file.
 * Where the file leaves the image size open, a few sizes are tried, so that
 * what cannot be run is refused here and not later. */
#pragma once

#include "nn/graph.h"

#define LAM_ONNX_MIN_OPSET 9
#define LAM_ONNX_MAX_OPSET 18

/* Only the file as a graph, neither sorted, checked nor fused. */
LamNetwork *lam_onnx_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
