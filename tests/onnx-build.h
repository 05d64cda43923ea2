/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small ONNX files for tests, written with protobuf-c. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

#include "nn/onnx.pb-c.h"

typedef struct {
  Onnx__ModelProto model;
  Onnx__GraphProto graph;
  Onnx__OperatorSetIdProto opset;
  Onnx__OperatorSetIdProto *opsets[1];
  GPtrArray *memory; /* Owned; all that the messages point to */
  char *path; /* Owned; of the last file */
} OnnxBuild;

static inline void *
onnx_keep (OnnxBuild *build, void *memory)
{
  g_ptr_array_add (build->memory, memory);
  return memory;
}

static inline char *
onnx_text (OnnxBuild *build, const char *text)
{
  return onnx_keep (build, g_strdup (text));
}

static inline OnnxBuild *
onnx_build_new (int opset)
{
  OnnxBuild *build = g_new0 (OnnxBuild, 1);
  build->memory = g_ptr_array_new_with_free_func (g_free);
  onnx__model_proto__init (&build->model);
  onnx__graph_proto__init (&build->graph);
  onnx__operator_set_id_proto__init (&build->opset);
  build->model.has_ir_version = true;
  build->model.ir_version = 7;
  build->opset.has_version = true;
  build->opset.version = opset;
  build->opsets[0] = &build->opset;
  build->model.opset_import = build->opsets;
  build->model.n_opset_import = 1;
  build->model.graph = &build->graph;
  return build;
}

static inline void
onnx_build_free (OnnxBuild *build)
{
  if (build->path)
    g_unlink (build->path);
  g_free (build->path);
  g_ptr_array_unref (build->memory);
  g_free (build);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OnnxBuild, onnx_build_free)

/* Appends `item` to a list of pointers; old lists are kept until the end. */
#define ONNX_APPEND(build, list, n, item) \
  do { \
    void **longer = onnx_keep (build, g_new (void *, (n) + 1)); \
    if (n) \
      memcpy (longer, (list), (n) * sizeof *longer); \
    longer[(n)++] = (item); \
    (list) = (void *)longer; \
  } while (0)

static inline Onnx__ValueInfoProto *
onnx_value (OnnxBuild *build, const char *name, int rank, const int64_t *dims)
{
  Onnx__ValueInfoProto *value =
      onnx_keep (build, g_new (Onnx__ValueInfoProto, 1));
  Onnx__TypeProto *type = onnx_keep (build, g_new (Onnx__TypeProto, 1));
  Onnx__TypeProto__Tensor *tensor =
      onnx_keep (build, g_new (Onnx__TypeProto__Tensor, 1));
  onnx__value_info_proto__init (value);
  onnx__type_proto__init (type);
  onnx__type_proto__tensor__init (tensor);
  value->name = onnx_text (build, name);
  value->type = type;
  type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
  type->tensor_type = tensor;
  tensor->has_elem_type = true;
  tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
  if (rank < 0)
    return value;
  tensor->shape = onnx_keep (build, g_new (Onnx__TensorShapeProto, 1));
  onnx__tensor_shape_proto__init (tensor->shape);
  for (int i = 0; i < rank; i++) {
    Onnx__TensorShapeProto__Dimension *dim =
        onnx_keep (build, g_new (Onnx__TensorShapeProto__Dimension, 1));
    onnx__tensor_shape_proto__dimension__init (dim);
    dim->value_case = dims[i] < 0
        ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
        : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    if (dims[i] < 0)
      dim->dim_param = onnx_text (build, "any");
    else
      dim->dim_value = dims[i];
    ONNX_APPEND (build, tensor->shape->dim, tensor->shape->n_dim, dim);
  }
  return value;
}

/* Axes of -1 are open. */
static inline void
onnx_input (OnnxBuild *build, const char *name, int rank, const int64_t *dims)
{
  ONNX_APPEND (build, build->graph.input, build->graph.n_input,
      onnx_value (build, name, rank, dims));
}

/* Rank -1: nothing is said of its shape. */
static inline void
onnx_output (OnnxBuild *build, const char *name, int rank, const int64_t *dims)
{
  ONNX_APPEND (build, build->graph.output, build->graph.n_output,
      onnx_value (build, name, rank, dims));
}

static inline Onnx__TensorProto *
onnx_tensor (OnnxBuild *build, const char *name, int type, int rank,
    const int64_t *dims, const void *data, size_t n_bytes)
{
  Onnx__TensorProto *tensor = onnx_keep (build, g_new (Onnx__TensorProto, 1));
  onnx__tensor_proto__init (tensor);
  tensor->name = onnx_text (build, name);
  tensor->has_data_type = true;
  tensor->data_type = type;
  tensor->n_dims = (size_t)rank;
  tensor->dims = onnx_keep (build, g_memdup2 (dims, rank * sizeof *dims));
  tensor->has_raw_data = true;
  tensor->raw_data.len = n_bytes;
  tensor->raw_data.data = onnx_keep (build, g_memdup2 (data, n_bytes));
  ONNX_APPEND (
      build, build->graph.initializer, build->graph.n_initializer, tensor);
  return tensor;
}

static inline void
onnx_floats (OnnxBuild *build, const char *name, int rank, const int64_t *dims,
    const float *data)
{
  size_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= (size_t)dims[i];
  onnx_tensor (build, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, rank, dims,
      data, n * sizeof *data);
}

static inline void
onnx_integers (OnnxBuild *build, const char *name, int n, const int64_t *data)
{
  const int64_t count = n;
  onnx_tensor (build, name, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 1, &count,
      data, n * sizeof *data);
}

/* Inputs and outputs are separated by spaces; "-" is one left out. */
static inline Onnx__NodeProto *
onnx_node (
    OnnxBuild *build, const char *type, const char *inputs, const char *outputs)
{
  Onnx__NodeProto *node = onnx_keep (build, g_new (Onnx__NodeProto, 1));
  onnx__node_proto__init (node);
  node->op_type = onnx_text (build, type);
  node->name = onnx_keep (build, g_strdup_printf ("the-%s", type));
  g_auto (GStrv) in = g_strsplit (inputs, " ", -1);
  g_auto (GStrv) out = g_strsplit (outputs, " ", -1);
  for (int i = 0; *inputs && in[i]; i++)
    ONNX_APPEND (build, node->input, node->n_input,
        onnx_text (build, strcmp (in[i], "-") ? in[i] : ""));
  for (int i = 0; *outputs && out[i]; i++)
    ONNX_APPEND (
        build, node->output, node->n_output, onnx_text (build, out[i]));
  ONNX_APPEND (build, build->graph.node, build->graph.n_node, node);
  return node;
}

static inline Onnx__AttributeProto *
onnx_attribute (
    OnnxBuild *build, Onnx__NodeProto *node, const char *name, int type)
{
  Onnx__AttributeProto *attribute =
      onnx_keep (build, g_new (Onnx__AttributeProto, 1));
  onnx__attribute_proto__init (attribute);
  attribute->name = onnx_text (build, name);
  attribute->has_type = true;
  attribute->type = (Onnx__AttributeProto__AttributeType)type;
  ONNX_APPEND (build, node->attribute, node->n_attribute, attribute);
  return attribute;
}

static inline void
onnx_set_integers (OnnxBuild *build, Onnx__NodeProto *node, const char *name,
    int n, const int64_t *values)
{
  Onnx__AttributeProto *attribute = onnx_attribute (
      build, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
  attribute->n_ints = (size_t)n;
  attribute->ints = onnx_keep (build, g_memdup2 (values, n * sizeof *values));
}

static inline void
onnx_set_integer (
    OnnxBuild *build, Onnx__NodeProto *node, const char *name, int64_t value)
{
  Onnx__AttributeProto *attribute = onnx_attribute (
      build, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
  attribute->has_i = true;
  attribute->i = value;
}

static inline void
onnx_set_float (
    OnnxBuild *build, Onnx__NodeProto *node, const char *name, float value)
{
  Onnx__AttributeProto *attribute = onnx_attribute (
      build, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
  attribute->has_f = true;
  attribute->f = value;
}

static inline void
onnx_set_floats (OnnxBuild *build, Onnx__NodeProto *node, const char *name,
    int n, const float *values)
{
  Onnx__AttributeProto *attribute = onnx_attribute (
      build, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS);
  attribute->n_floats = (size_t)n;
  attribute->floats = onnx_keep (build, g_memdup2 (values, n * sizeof *values));
}

static inline void
onnx_set_text (OnnxBuild *build, Onnx__NodeProto *node, const char *name,
    const char *value)
{
  Onnx__AttributeProto *attribute = onnx_attribute (
      build, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
  attribute->has_s = true;
  attribute->s.len = strlen (value);
  attribute->s.data = (uint8_t *)onnx_text (build, value);
}

/* The bytes of the file; free them. */
static inline uint8_t *
onnx_pack (OnnxBuild *build, size_t *n_bytes)
{
  *n_bytes = onnx__model_proto__get_packed_size (&build->model);
  uint8_t *bytes = g_malloc (*n_bytes);
  onnx__model_proto__pack (&build->model, bytes);
  return bytes;
}

/* Writes a new file into the folder for such; the path lives with `build`. */
static inline const char *
onnx_write (OnnxBuild *build)
{
  size_t n_bytes;
  g_autofree uint8_t *bytes = onnx_pack (build, &n_bytes);
  if (!build->path) {
    int file = g_file_open_tmp ("lam-XXXXXX.onnx", &build->path, NULL);
    g_assert_cmpint (file, >=, 0);
    g_close (file, NULL);
  }
  g_assert_true (g_file_set_contents (
      build->path, (const char *)bytes, (gssize)n_bytes, NULL));
  return build->path;
}
