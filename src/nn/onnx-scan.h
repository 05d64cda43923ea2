/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A walk over the bytes of a protobuf message before it is unpacked:
 * protobuf-c follows nesting with the call stack and takes memory for every
 * message, so both are bounded here. */
#pragma once

#include <glib.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#define LAM_ONNX_MAX_DEPTH 64
#define LAM_ONNX_MAX_MESSAGES 2000000

typedef enum {
  LAM_ONNX_SCAN_OK,
  LAM_ONNX_SCAN_BROKEN, /* truncated, or not protobuf */
  LAM_ONNX_SCAN_DEEP,
  LAM_ONNX_SCAN_MANY,
} LamOnnxScan;

LamOnnxScan lam_onnx_scan (const ProtobufCMessageDescriptor *descriptor,
    const uint8_t *bytes, size_t n_bytes);
