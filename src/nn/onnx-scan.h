/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A walk over a protobuf message in a file before it is unpacked: protobuf-c
 * follows nesting with the call stack and takes memory for every message, so
 * both are bounded here; and it would copy the weights, so those stay in the
 * file. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "nn/onnx-file.h"

#define LAM_ONNX_MAX_DEPTH 64
#define LAM_ONNX_MAX_MESSAGES 2000000

typedef enum {
  LAM_ONNX_SCAN_OK,
  LAM_ONNX_SCAN_BROKEN, /* truncated, or not protobuf */
  LAM_ONNX_SCAN_DEEP,
  LAM_ONNX_SCAN_MANY,
} LamOnnxScan;

/* What the raw data of every tensor is after the scan: where it lies. */
typedef struct {
  int64_t offset, n_bytes; /* inside the file */
} LamOnnxPlace;

/* Appends to `kept` the message with a LamOnnxPlace for each raw data. */
LamOnnxScan lam_onnx_scan (const ProtobufCMessageDescriptor *descriptor,
    const LamOnnxFile *file, GByteArray *kept);
