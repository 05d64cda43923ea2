/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Weights and constants of ONNX files, inside or beside them. */
#pragma once

#include "nn/onnx-scan.h"
#include "nn/onnx.pb-c.h"
#include "nn/tensor.h"

/* Half and double become float32, all integers int64. Refuses NaN, infinity,
 * data shorter or longer than the shape, and outside data that is not a plain
 * file name beside `file`. Errors name the file and the tensor. `proto` is as
 * lam_onnx_scan() left it. */
LamTensor *lam_onnx_tensor_read (const LamOnnxFile *file,
    const Onnx__TensorProto *proto, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Shape from dims; false without error where it is negative or absurd. */
bool lam_onnx_tensor_shape (const Onnx__TensorProto *proto, LamShape *shape);
