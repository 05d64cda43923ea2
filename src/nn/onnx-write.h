/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes ONNX files: operator sets 13 to 18, float32 weights inside, names and
 * metadata properties kept. Whatever was fused is written as nodes of its own
 * again; batch normalisation that went into weights stays there. */
#pragma once

#include "nn/graph.h"

#define LAM_ONNX_MIN_WRITTEN_OPSET 13

/* The network must have passed lam_network_check(): then the shapes of its
 * outputs are known. `opset` 0: the network's own, or 13. The file appears
 * whole or not at all. Fails where a node cannot be said in that operator set,
 * and where the file would pass 2 GB. */
bool lam_onnx_write (
    const LamNetwork *network, const char *path, int opset, GError **error);
