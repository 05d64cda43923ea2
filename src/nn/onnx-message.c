/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* protobuf-c's lists are arrays of pointers with a count beside; APPEND grows
 * one, and the old array is kept until the end. */
#include "nn/onnx-message.h"

#include <string.h>

#include "lam-config.h"

#define APPEND(message, list, n, item) \
  do { \
    void **longer = g_new (void *, (n) + 1); \
    if (n) \
      memcpy (longer, (list), (n) * sizeof *longer); \
    longer[(n)++] = (item); \
    (list) = lam_onnx_message_keep ((message), longer); \
  } while (0)

/* A part of the message that protobuf-c has initialised. */
#define NEW(message, type, kind) \
  ({ \
    type *made = lam_onnx_message_keep ((message), g_new (type, 1)); \
    kind##__init (made); \
    made; \
  })

void
lam_onnx_message_init (LamOnnxMessage *message)
{
  onnx__model_proto__init (&message->model);
  onnx__graph_proto__init (&message->graph);
  message->model.graph = &message->graph;
  message->memory = g_ptr_array_new_with_free_func (g_free);
}

void
lam_onnx_message_clear (LamOnnxMessage *message)
{
  g_clear_pointer (&message->memory, g_ptr_array_unref);
}

void *
lam_onnx_message_keep (LamOnnxMessage *message, void *memory)
{
  g_ptr_array_add (message->memory, memory);
  return memory;
}

char *
lam_onnx_message_text (LamOnnxMessage *message, const char *text)
{
  return lam_onnx_message_keep (message, g_strdup (text));
}

/* In order, so that the same network gives the same bytes. */
static void
set_metadata (LamOnnxMessage *message, const LamNetwork *network)
{
  g_autofree const char **keys = lam_network_list_metadata (network);
  for (int i = 0; keys[i]; i++) {
    Onnx__StringStringEntryProto *entry = NEW (
        message, Onnx__StringStringEntryProto, onnx__string_string_entry_proto);
    entry->key = lam_onnx_message_text (message, keys[i]);
    entry->value = lam_onnx_message_text (
        message, lam_network_get_metadata (network, keys[i]));
    APPEND (message, message->model.metadata_props,
        message->model.n_metadata_props, entry);
  }
}

void
lam_onnx_message_set_head (
    LamOnnxMessage *message, int opset, const LamNetwork *network)
{
  Onnx__ModelProto *model = &message->model;
  Onnx__OperatorSetIdProto *set =
      NEW (message, Onnx__OperatorSetIdProto, onnx__operator_set_id_proto);
  set->domain = lam_onnx_message_text (message, "");
  set->has_version = true;
  set->version = opset;
  APPEND (message, model->opset_import, model->n_opset_import, set);
  /* The version of the format that came with the operator set. */
  model->has_ir_version = true;
  model->ir_version = opset < 15 ? 7 : 8;
  model->producer_name = lam_onnx_message_text (message, "lamella");
  model->producer_version = lam_onnx_message_text (message, LAM_VERSION);
  message->graph.name = lam_onnx_message_text (message, "network");
  set_metadata (message, network);
}

static int
get_element_type (LamTensorType type, bool is_logical)
{
  return type == LAM_TENSOR_F32 ? ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
      : is_logical              ? ONNX__TENSOR_PROTO__DATA_TYPE__BOOL
                                : ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
}

static uint8_t *
make_logical (LamOnnxMessage *message, const LamTensor *tensor)
{
  int64_t n = lam_shape_get_count (&tensor->shape);
  uint8_t *bytes = lam_onnx_message_keep (message, g_malloc (MAX (n, 1)));
  for (int64_t i = 0; i < n; i++)
    bytes[i] = lam_tensor_integers (tensor)[i] != 0;
  return bytes;
}

static Onnx__TensorProto *
make_tensor (LamOnnxMessage *message, const LamTensor *tensor, bool is_logical)
{
  const LamShape *shape = &tensor->shape;
  Onnx__TensorProto *proto =
      NEW (message, Onnx__TensorProto, onnx__tensor_proto);
  proto->has_data_type = true;
  proto->data_type = get_element_type (shape->type, is_logical);
  proto->n_dims = (size_t)shape->rank;
  proto->dims = (int64_t *)shape->dims;
  proto->has_raw_data = true;
  bool is_bytes = proto->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL;
  proto->raw_data.len = (size_t)(is_bytes ? lam_shape_get_count (shape)
                                          : lam_shape_get_bytes (shape));
  proto->raw_data.data =
      is_bytes ? make_logical (message, tensor) : tensor->data;
  return proto;
}

void
lam_onnx_message_add_weights (LamOnnxMessage *message, const char *name,
    const LamTensor *tensor, bool is_logical)
{
  Onnx__TensorProto *proto = make_tensor (message, tensor, is_logical);
  proto->name = lam_onnx_message_text (message, name);
  APPEND (
      message, message->graph.initializer, message->graph.n_initializer, proto);
}

static Onnx__TensorShapeProto__Dimension *
make_axis (LamOnnxMessage *message, const char *name, int64_t size, char letter)
{
  Onnx__TensorShapeProto__Dimension *axis = NEW (message,
      Onnx__TensorShapeProto__Dimension, onnx__tensor_shape_proto__dimension);
  if (size >= 0) {
    axis->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    axis->dim_value = size;
  } else if (letter) {
    axis->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    axis->dim_param = lam_onnx_message_keep (
        message, g_strdup_printf ("%s_%c", name, letter));
  }
  return axis;
}

Onnx__ValueInfoProto *
lam_onnx_message_add_value (LamOnnxMessage *message, const char *name,
    const LamShape *shape, bool is_logical, const char *axes)
{
  Onnx__ValueInfoProto *value =
      NEW (message, Onnx__ValueInfoProto, onnx__value_info_proto);
  Onnx__TypeProto *type = NEW (message, Onnx__TypeProto, onnx__type_proto);
  Onnx__TypeProto__Tensor *tensor =
      NEW (message, Onnx__TypeProto__Tensor, onnx__type_proto__tensor);
  value->name = lam_onnx_message_text (message, name);
  value->type = type;
  type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
  type->tensor_type = tensor;
  tensor->has_elem_type = true;
  tensor->elem_type = get_element_type (shape->type, is_logical);
  if (shape->rank < 0)
    return value;
  tensor->shape =
      NEW (message, Onnx__TensorShapeProto, onnx__tensor_shape_proto);
  for (int i = 0; i < shape->rank; i++) {
    Onnx__TensorShapeProto__Dimension *axis =
        make_axis (message, name, shape->dims[i], axes ? axes[i] : 0);
    APPEND (message, tensor->shape->dim, tensor->shape->n_dim, axis);
  }
  return value;
}

void
lam_onnx_message_add_input (
    LamOnnxMessage *message, Onnx__ValueInfoProto *value)
{
  APPEND (message, message->graph.input, message->graph.n_input, value);
}

void
lam_onnx_message_add_output (
    LamOnnxMessage *message, Onnx__ValueInfoProto *value)
{
  APPEND (message, message->graph.output, message->graph.n_output, value);
}

Onnx__NodeProto *
lam_onnx_message_add_node (
    LamOnnxMessage *message, const char *type, const char *name)
{
  Onnx__NodeProto *node = NEW (message, Onnx__NodeProto, onnx__node_proto);
  node->op_type = lam_onnx_message_text (message, type);
  node->name = lam_onnx_message_text (message, name);
  APPEND (message, message->graph.node, message->graph.n_node, node);
  return node;
}

void
lam_onnx_message_set_node_input (
    LamOnnxMessage *message, Onnx__NodeProto *node, int i, const char *value)
{
  while (node->n_input <= (size_t)i)
    APPEND (message, node->input, node->n_input,
        lam_onnx_message_text (message, ""));
  node->input[i] = lam_onnx_message_text (message, value);
}

void
lam_onnx_message_add_node_output (
    LamOnnxMessage *message, Onnx__NodeProto *node, const char *value)
{
  APPEND (message, node->output, node->n_output,
      lam_onnx_message_text (message, value));
}

static Onnx__AttributeProto *
add_attribute (LamOnnxMessage *message, Onnx__NodeProto *node, const char *name,
    Onnx__AttributeProto__AttributeType type)
{
  Onnx__AttributeProto *attribute =
      NEW (message, Onnx__AttributeProto, onnx__attribute_proto);
  attribute->name = lam_onnx_message_text (message, name);
  attribute->has_type = true;
  attribute->type = type;
  APPEND (message, node->attribute, node->n_attribute, attribute);
  return attribute;
}

void
lam_onnx_message_add_integer (LamOnnxMessage *message, Onnx__NodeProto *node,
    const char *name, int64_t value)
{
  Onnx__AttributeProto *attribute = add_attribute (
      message, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
  attribute->has_i = true;
  attribute->i = value;
}

void
lam_onnx_message_add_float (LamOnnxMessage *message, Onnx__NodeProto *node,
    const char *name, float value)
{
  Onnx__AttributeProto *attribute = add_attribute (
      message, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
  attribute->has_f = true;
  attribute->f = value;
}

void
lam_onnx_message_add_string (LamOnnxMessage *message, Onnx__NodeProto *node,
    const char *name, const char *value)
{
  Onnx__AttributeProto *attribute = add_attribute (
      message, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
  attribute->has_s = true;
  attribute->s.len = strlen (value);
  attribute->s.data = (uint8_t *)lam_onnx_message_text (message, value);
}

/* One number may be a list, too: the operator's schema says which. */
static bool
is_list (const LamAttribute *attribute)
{
  static const char *const lists[] = { "axes", "dilations", "ends",
    "kernel_shape", "output_padding", "output_shape", "pads", "perm", "scales",
    "split", "starts", "strides", "value_floats", "value_ints", NULL };
  return attribute->n != 1 || g_strv_contains (lists, attribute->name);
}

void
lam_onnx_message_add_attribute (
    LamOnnxMessage *message, Onnx__NodeProto *node, const LamAttribute *from)
{
  Onnx__AttributeProto *to;
  switch (from->kind) {
  case LAM_ATTRIBUTE_INTEGERS:
    if (!is_list (from)) {
      lam_onnx_message_add_integer (
          message, node, from->name, from->integers[0]);
      return;
    }
    to = add_attribute (
        message, node, from->name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    to->n_ints = (size_t)from->n;
    to->ints = from->integers;
    return;
  case LAM_ATTRIBUTE_FLOATS:
    if (!is_list (from)) {
      lam_onnx_message_add_float (message, node, from->name, from->floats[0]);
      return;
    }
    to = add_attribute (message, node, from->name,
        ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS);
    to->n_floats = (size_t)from->n;
    to->floats = from->floats;
    return;
  case LAM_ATTRIBUTE_TEXT:
    lam_onnx_message_add_string (message, node, from->name, from->text);
    return;
  case LAM_ATTRIBUTE_TENSOR:
    to = add_attribute (message, node, from->name,
        ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    to->t = make_tensor (message, from->tensor, false);
    return;
  }
}
