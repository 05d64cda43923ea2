/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* github.com/onnx/onnx/blob/main/docs/IR.md. Nothing of the message is
 * believed: names are resolved through a table, each value has one source,
 * and nodes are sorted by ourselves. The message is freed before the network
 * is handed out. */
#include "nn/onnx.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "nn/onnx-scan.h"
#include "nn/onnx-tensor.h"
#include "nn/operator.h"

/* Protobuf itself allows no more. */
#define MAX_FILE_BYTES ((int64_t)G_MAXINT32)
#define MAX_NODES 20000

typedef struct {
  const char *path;
  const LamOnnxFile *file; /* Borrowed */
  const Onnx__GraphProto *graph;
  LamNetwork *network;
  GHashTable *names; /* Owned; name (borrowed from the message) → index + 1 */
} Reader;

static bool fail (const Reader *reader, GError **error, LamErrorCode code,
    const char *format, ...) G_GNUC_PRINTF (4, 5);

static bool
fail (const Reader *reader, GError **error, LamErrorCode code,
    const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  va_end (arguments);
  g_set_error (error, LAM_ERROR, code, "%s: %s", reader->path, valid);
  return false;
}

static const char *
or_empty (const char *text)
{
  return text ? text : "";
}

static int
find_value (const Reader *reader, const char *name)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (reader->names, name)) - 1;
}

/* Takes `constant`; the name must be new. */
static int
add_value (
    Reader *reader, const char *name, LamTensor *constant, GError **error)
{
  if (!name || !*name || find_value (reader, name) >= 0) {
    lam_tensor_free (constant);
    fail (reader, error, LAM_ERROR_CORRUPT,
        _ ("the value “%s” is made twice, or has no name"), or_empty (name));
    return -1;
  }
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  int index = lam_graph_add_value (reader->network, valid, constant);
  g_hash_table_insert (
      reader->names, (gpointer)name, GINT_TO_POINTER (index + 1));
  return index;
}

static bool
read_weights (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->graph;
  if (graph->n_sparse_initializer)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("sparse weights are not understood"));
  for (size_t i = 0; i < graph->n_initializer; i++) {
    LamTensor *tensor =
        lam_onnx_tensor_read (reader->file, graph->initializer[i], error);
    if (!tensor)
      return false;
    if (tensor->shape.type == LAM_TENSOR_F32)
      reader->network->n_parameters += lam_shape_get_count (&tensor->shape);
    int value = add_value (reader, graph->initializer[i]->name, tensor, error);
    if (value < 0)
      return false;
    lam_graph_get_value (reader->network, value)->is_logical =
        graph->initializer[i]->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL;
  }
  return true;
}

/* What a value's declaration says; rank -1 where it says nothing. */
static bool
read_declaration (const Reader *reader, const Onnx__ValueInfoProto *info,
    LamShape *shape, GError **error)
{
  const Onnx__TypeProto *type = info->type;
  *shape = (LamShape){ .rank = -1 };
  if (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
    return !type
        || fail (reader, error, LAM_ERROR_UNSUPPORTED,
            _ ("“%s” is not a tensor"), or_empty (info->name));
  const Onnx__TensorShapeProto *from = type->tensor_type->shape;
  switch (type->tensor_type->elem_type) {
  case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
  case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
  case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
  case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
    shape->type = LAM_TENSOR_F32;
    break;
  default:
    shape->type = LAM_TENSOR_I64;
  }
  if (!from)
    return true;
  if (from->n_dim > LAM_TENSOR_MAX_RANK)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("“%s” has %zu axes, but at most %d are understood"),
        or_empty (info->name), from->n_dim, LAM_TENSOR_MAX_RANK);
  shape->rank = (int)from->n_dim;
  for (int i = 0; i < shape->rank; i++) {
    const Onnx__TensorShapeProto__Dimension *dim = from->dim[i];
    bool is_fixed =
        dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    shape->dims[i] = is_fixed ? dim->dim_value : -1;
    if (is_fixed && (dim->dim_value < 0 || dim->dim_value > G_MAXINT32))
      return fail (reader, error, LAM_ERROR_LIMIT,
          _ ("“%s” says that axis %d has %" G_GINT64_FORMAT " elements"),
          or_empty (info->name), i, dim->dim_value);
  }
  return true;
}

/* Files of old versions list weights among the inputs. */
static bool
read_inputs (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->graph;
  for (size_t i = 0; i < graph->n_input; i++) {
    const Onnx__ValueInfoProto *info = graph->input[i];
    LamShape declared;
    if (info->name && find_value (reader, info->name) >= 0)
      continue;
    if (!read_declaration (reader, info, &declared, error))
      return false;
    if (declared.type != LAM_TENSOR_F32)
      return fail (reader, error, LAM_ERROR_UNSUPPORTED,
          _ ("the input “%s” is not of real numbers"), or_empty (info->name));
    int value = add_value (reader, info->name, NULL, error);
    if (value < 0)
      return false;
    lam_graph_get_value (reader->network, value)->declared = declared;
    g_array_append_val (reader->network->inputs, value);
  }
  if (reader->network->inputs->len == 0)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED, _ ("has no input"));
  return true;
}

static bool
read_attribute (const Reader *reader, const Onnx__AttributeProto *from,
    LamAttribute *to, GError **error)
{
  to->name = g_strdup (or_empty (from->name));
  if (from->ref_attr_name && *from->ref_attr_name)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("attribute “%s” refers to a function"), to->name);
  switch (from->type) {
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS: {
    bool is_one = from->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    to->kind = LAM_ATTRIBUTE_INTEGERS;
    to->n = is_one ? 1 : (int)from->n_ints;
    to->integers = g_memdup2 (
        is_one ? &from->i : from->ints, to->n * sizeof *to->integers);
    return true;
  }
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS: {
    bool is_one = from->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
    to->kind = LAM_ATTRIBUTE_FLOATS;
    to->n = is_one ? 1 : (int)from->n_floats;
    to->floats = g_memdup2 (
        is_one ? &from->f : from->floats, to->n * sizeof *to->floats);
    return true;
  }
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
    to->kind = LAM_ATTRIBUTE_TEXT;
    /* Without bytes there is no pointer either. */
    to->text = from->s.len ? g_strndup ((const char *)from->s.data, from->s.len)
                           : g_strdup ("");
    return true;
  case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR:
    to->kind = LAM_ATTRIBUTE_TENSOR;
    to->tensor =
        from->t ? lam_onnx_tensor_read (reader->file, from->t, error) : NULL;
    return to->tensor != NULL
        || (!from->t
            && fail (reader, error, LAM_ERROR_CORRUPT,
                _ ("attribute “%s” has no tensor"), to->name));
  default:
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("attribute “%s” is of a kind (%d) that is not understood"), to->name,
        from->type);
  }
}

static bool
check_attribute (
    const Reader *reader, const LamNode *node, size_t index, GError **error)
{
  const char *const *known = node->row->attributes;
  const char *name = node->attributes[index].name;
  for (size_t i = 0; i < index; i++)
    if (strcmp (node->attributes[i].name, name) == 0)
      return fail (reader, error, LAM_ERROR_CORRUPT,
          _ ("node “%s” (%s): attribute “%s” is there twice"), node->name,
          node->row->name, name);
  if (known && g_strv_contains (known, name))
    return true;
  return fail (reader, error, LAM_ERROR_UNSUPPORTED,
      _ ("node “%s” (%s): attribute “%s” is not understood"), node->name,
      node->row->name, name);
}

static bool
check_node (const Reader *reader, const Onnx__NodeProto *from, GError **error)
{
  const char *type = or_empty (from->op_type);
  const char *domain = or_empty (from->domain);
  const char *name = from->name && *from->name ? from->name
      : from->n_output                         ? from->output[0]
                                               : "";
  const LamOperator *row = *domain && strcmp (domain, "ai.onnx") != 0
      ? NULL
      : lam_operator_find (type);
  if (!row)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("node “%s”: the operator %s%s%s is not understood"), name, domain,
        *domain ? "." : "", type);
  if (from->n_input < (size_t)row->min_inputs || from->n_input > G_MAXINT16
      || (row->max_inputs >= 0 && from->n_input > (size_t)row->max_inputs)
      || from->n_output < 1 || from->n_output > (size_t)row->n_outputs
      || !*from->output[0])
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("node “%s” (%s) has %zu inputs and %zu outputs, which is not "
           "understood"),
        name, type, from->n_input, from->n_output);
  return true;
}

/* A Constant of true and false. */
static bool
holds_logical (const Onnx__NodeProto *node)
{
  return node->n_attribute == 1 && node->attribute[0]->t
      && strcmp (node->op_type, "Constant") == 0
      && node->attribute[0]->t->data_type
      == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL;
}

/* Outputs are made for all nodes before inputs are looked up, so that the
 * order of the file does not matter. */
static bool
read_node (Reader *reader, const Onnx__NodeProto *from, GError **error)
{
  if (!check_node (reader, from, error))
    return false;
  LamNode *node = lam_node_new (
      (int)from->n_input, (int)from->n_output, (int)from->n_attribute);
  g_ptr_array_add (reader->network->nodes, node);
  node->row = lam_operator_find (from->op_type);
  node->name = g_utf8_make_valid (
      from->name && *from->name ? from->name : from->output[0], -1);
  for (size_t i = 0; i < from->n_attribute; i++) {
    if (!read_attribute (
            reader, from->attribute[i], &node->attributes[i], error)) {
      g_prefix_error (
          error, _ ("node “%s” (%s): "), node->name, node->row->name);
      return false;
    }
    if (!check_attribute (reader, node, i, error))
      return false;
  }
  for (int i = 0; i < node->n_outputs; i++) {
    node->outputs[i] = LAM_VALUE_NONE;
    if (!*from->output[i])
      continue;
    node->outputs[i] = add_value (reader, from->output[i], NULL, error);
    if (node->outputs[i] < 0)
      return false;
    lam_graph_get_value (reader->network, node->outputs[i])->is_logical =
        holds_logical (from);
  }
  return true;
}

static bool
link_node (const Reader *reader, LamNode *node, const Onnx__NodeProto *from,
    GError **error)
{
  for (int i = 0; i < node->n_inputs; i++) {
    node->inputs[i] = LAM_VALUE_NONE;
    if (!*from->input[i] && i >= node->row->min_inputs)
      continue;
    node->inputs[i] = find_value (reader, from->input[i]);
    if (node->inputs[i] < 0)
      return fail (reader, error, LAM_ERROR_CORRUPT,
          _ ("node “%s” (%s) needs “%s”, which nothing makes"), node->name,
          node->row->name, from->input[i]);
  }
  return true;
}

static bool
read_nodes (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->graph;
  if (graph->n_node > MAX_NODES)
    return fail (reader, error, LAM_ERROR_LIMIT,
        _ ("has %zu nodes, but at most %d are accepted"), graph->n_node,
        MAX_NODES);
  for (size_t i = 0; i < graph->n_node; i++)
    if (!read_node (reader, graph->node[i], error))
      return false;
  for (size_t i = 0; i < graph->n_node; i++)
    if (!link_node (reader, lam_graph_get_node (reader->network, i),
            graph->node[i], error))
      return false;
  return true;
}

static bool
read_outputs (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->graph;
  for (size_t i = 0; i < graph->n_value_info; i++) {
    int value = find_value (reader, or_empty (graph->value_info[i]->name));
    if (value >= 0
        && !read_declaration (reader, graph->value_info[i],
            &lam_graph_get_value (reader->network, value)->declared, error))
      return false;
  }
  for (size_t i = 0; i < graph->n_output; i++) {
    int value = find_value (reader, or_empty (graph->output[i]->name));
    if (value < 0)
      return fail (reader, error, LAM_ERROR_CORRUPT,
          _ ("the output “%s” is made by nothing"),
          or_empty (graph->output[i]->name));
    if (!read_declaration (reader, graph->output[i],
            &lam_graph_get_value (reader->network, value)->declared, error))
      return false;
    g_array_append_val (reader->network->outputs, value);
  }
  if (reader->network->outputs->len == 0)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED, _ ("has no output"));
  return true;
}

static bool
read_model (Reader *reader, const Onnx__ModelProto *model, GError **error)
{
  int64_t opset = 0;
  for (size_t i = 0; i < model->n_opset_import; i++) {
    const char *domain = or_empty (model->opset_import[i]->domain);
    if (!*domain || strcmp (domain, "ai.onnx") == 0)
      opset = model->opset_import[i]->version;
  }
  if (model->n_opset_import == 0)
    return fail (reader, error, LAM_ERROR_FORMAT,
        _ ("names no operator set: not an ONNX network"));
  if (opset < LAM_ONNX_MIN_OPSET || opset > LAM_ONNX_MAX_OPSET)
    return fail (reader, error, LAM_ERROR_UNSUPPORTED,
        _ ("is written for operator set %" G_GINT64_FORMAT
           ", but %d to %d are understood"),
        opset, LAM_ONNX_MIN_OPSET, LAM_ONNX_MAX_OPSET);
  if (!model->graph)
    return fail (
        reader, error, LAM_ERROR_FORMAT, _ ("has no graph: not a network"));
  reader->graph = model->graph;
  reader->network->opset = (int)opset;
  for (size_t i = 0; i < model->n_metadata_props; i++)
    g_hash_table_insert (reader->network->metadata,
        g_utf8_make_valid (or_empty (model->metadata_props[i]->key), -1),
        g_utf8_make_valid (or_empty (model->metadata_props[i]->value), -1));
  return read_weights (reader, error) && read_inputs (reader, error)
      && read_nodes (reader, error) && read_outputs (reader, error);
}

static bool
open_file (LamOnnxFile *file, const char *path, GError **error)
{
  bool ok = lam_onnx_file_open (file, path, 0);
  if (!ok && errno && errno != ENOENT)
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be opened: %s"),
        path, g_strerror (errno));
  else if (!ok)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: no such file, or not a plain one"), path);
  else if (file->n_bytes == 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is empty: not an ONNX network"), path);
  else if (file->n_bytes > MAX_FILE_BYTES)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s has %" G_GINT64_FORMAT
           " bytes, but a network file has at most %" G_GINT64_FORMAT),
        path, file->n_bytes, MAX_FILE_BYTES);
  else
    return true;
  return false;
}

static Onnx__ModelProto *
unpack (const LamOnnxFile *file, GError **error)
{
  g_autoptr (GByteArray) kept = g_byte_array_new ();
  Onnx__ModelProto *model = NULL;
  switch (lam_onnx_scan (&onnx__model_proto__descriptor, file, kept)) {
  case LAM_ONNX_SCAN_DEEP:
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s is nested deeper than %d levels"), file->path,
        LAM_ONNX_MAX_DEPTH);
    return NULL;
  case LAM_ONNX_SCAN_MANY:
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s has more than %d parts"), file->path, LAM_ONNX_MAX_MESSAGES);
    return NULL;
  case LAM_ONNX_SCAN_OK:
    model = onnx__model_proto__unpack (NULL, kept->len, kept->data);
    break;
  case LAM_ONNX_SCAN_BROKEN:
    break;
  }
  if (!model)
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is not an ONNX file, or is cut off"), file->path);
  return model;
}

LamNetwork *
lam_onnx_read (const char *path, GError **error)
{
  g_auto (LamOnnxFile) file = { .file = -1 };
  Onnx__ModelProto *model =
      open_file (&file, path, error) ? unpack (&file, error) : NULL;
  if (!model)
    return NULL;
  g_autoptr (LamNetwork) network = lam_graph_new (path);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  Reader reader = {
    .path = path, .file = &file, .network = network, .names = names
  };
  bool ok = read_model (&reader, model, error);
  onnx__model_proto__free_unpacked (model, NULL);
  return ok ? g_steal_pointer (&network) : NULL;
}
