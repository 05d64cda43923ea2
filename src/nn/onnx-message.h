/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Parts of an ONNX file as protobuf-c wants them. All that is made lives as
 * long as the message; texts are copied, numbers are borrowed. */
#pragma once

#include "nn/graph.h"
#include "nn/onnx.pb-c.h"

typedef struct {
  Onnx__ModelProto model;
  Onnx__GraphProto graph;
  GPtrArray *memory; /* Owned */
} LamOnnxMessage;

void lam_onnx_message_init (LamOnnxMessage *message);
void lam_onnx_message_clear (LamOnnxMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamOnnxMessage, lam_onnx_message_clear)

/* Makes the message the owner. */
void *lam_onnx_message_keep (LamOnnxMessage *message, void *memory);
char *lam_onnx_message_text (LamOnnxMessage *message, const char *text);

/* The operator set, program, and the network's metadata. */
void lam_onnx_message_set_head (
    LamOnnxMessage *message, int opset, const LamNetwork *network);
/* `is_logical`: true and false instead of integers. */
void lam_onnx_message_add_weights (LamOnnxMessage *message, const char *name,
    const LamTensor *tensor, bool is_logical);
/* Axes of -1 are open; `axes` names them (one letter each), NULL: nameless. */
Onnx__ValueInfoProto *lam_onnx_message_add_value (LamOnnxMessage *message,
    const char *name, const LamShape *shape, bool is_logical, const char *axes);
void lam_onnx_message_add_input (
    LamOnnxMessage *message, Onnx__ValueInfoProto *value);
void lam_onnx_message_add_output (
    LamOnnxMessage *message, Onnx__ValueInfoProto *value);

Onnx__NodeProto *lam_onnx_message_add_node (
    LamOnnxMessage *message, const char *type, const char *name);
/* Inputs before `i` that are not set are left out. */
void lam_onnx_message_set_node_input (
    LamOnnxMessage *message, Onnx__NodeProto *node, int i, const char *value);
void lam_onnx_message_add_node_output (
    LamOnnxMessage *message, Onnx__NodeProto *node, const char *value);
void lam_onnx_message_add_attribute (LamOnnxMessage *message,
    Onnx__NodeProto *node, const LamAttribute *attribute);
void lam_onnx_message_add_integer (LamOnnxMessage *message,
    Onnx__NodeProto *node, const char *name, int64_t value);
void lam_onnx_message_add_float (LamOnnxMessage *message, Onnx__NodeProto *node,
    const char *name, float value);
void lam_onnx_message_add_string (LamOnnxMessage *message,
    Onnx__NodeProto *node, const char *name, const char *value);
