/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every value that a node or the outside uses gets a name of its own; the
 * message is built from borrowed weights, packed and written at once. Between
 * operator sets, ONNX moved attributes to inputs: one table says which. */
#include "nn/onnx-write.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "nn/onnx-message.h"
#include "nn/onnx.h"
#include "nn/operator.h"

#define MAX_FILE_BYTES ((size_t)G_MAXINT32)

typedef struct {
  const LamNetwork *network;
  const char *path;
  int opset;
  LamOnnxMessage message;
  GHashTable *names; /* Owned; those in use (borrowed from `message`) */
  const char **value_names; /* Owned; by value; NULL: not used */
} Writer;

static bool
fail (const Writer *writer, const LamNode *node, GError **error,
    const char *reason)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s: node “%s” (%s) cannot be written for operator set %d: %s"),
      writer->path, node->name ? node->name : "", node->row->name,
      writer->opset, reason);
  return false;
}

/* A name that no other value has. */
static const char *
take_name (Writer *writer, const char *wanted)
{
  const char *base = wanted && *wanted ? wanted : "value";
  char *name = g_strdup (base);
  for (int i = 2; g_hash_table_contains (writer->names, name); i++) {
    g_free (name);
    name = g_strdup_printf ("%s_%d", base, i);
  }
  lam_onnx_message_keep (&writer->message, name);
  g_hash_table_add (writer->names, name);
  return name;
}

static void
name_value (Writer *writer, int value)
{
  if (value != LAM_VALUE_NONE && !writer->value_names[value])
    writer->value_names[value] =
        take_name (writer, lam_graph_get_value (writer->network, value)->name);
}

/* What the outside knows by name comes first. */
static void
name_values (Writer *writer)
{
  const LamNetwork *network = writer->network;
  for (guint i = 0; i < network->inputs->len; i++)
    name_value (writer, g_array_index (network->inputs, int, i));
  for (guint i = 0; i < network->outputs->len; i++)
    name_value (writer, g_array_index (network->outputs, int, i));
  for (guint i = 0; i < network->nodes->len; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    for (int j = 0; j < node->n_inputs; j++)
      name_value (writer, node->inputs[j]);
    for (int j = 0; j < node->n_outputs; j++)
      name_value (writer, node->outputs[j]);
  }
}

/* Attributes that became inputs: since which operator set, and which input.
 * ReduceMean's kin followed five sets later than ReduceSum. */
typedef struct {
  const char *row, *attribute;
  int since, input;
  bool is_scalar;
} Move;

static const Move moves[] = {
  { "Clip", "min", 11, 1, true },
  { "Clip", "max", 11, 2, true },
  { "Dropout", "ratio", 12, 1, true },
  { "Pad", "pads", 11, 1, false },
  { "Pad", "value", 11, 2, true },
  { "ReduceL1", "axes", 18, 1, false },
  { "ReduceL2", "axes", 18, 1, false },
  { "ReduceLogSum", "axes", 18, 1, false },
  { "ReduceLogSumExp", "axes", 18, 1, false },
  { "ReduceMax", "axes", 18, 1, false },
  { "ReduceMean", "axes", 18, 1, false },
  { "ReduceMin", "axes", 18, 1, false },
  { "ReduceProd", "axes", 18, 1, false },
  { "ReduceSum", "axes", 13, 1, false },
  { "ReduceSumSquare", "axes", 18, 1, false },
  { "Slice", "starts", 10, 1, false },
  { "Slice", "ends", 10, 2, false },
  { "Slice", "axes", 10, 3, false },
  { "Split", "split", 13, 1, false },
  { "Squeeze", "axes", 13, 1, false },
  { "Unsqueeze", "axes", 13, 1, false },
  { "Upsample", "scales", 9, 1, false },
};

static const Move *
find_move (const Writer *writer, const LamNode *node, const char *attribute)
{
  for (size_t i = 0; i < G_N_ELEMENTS (moves); i++)
    if (strcmp (moves[i].row, node->row->name) == 0
        && strcmp (moves[i].attribute, attribute) == 0)
      return writer->opset >= moves[i].since ? &moves[i] : NULL;
  return NULL;
}

static void
move_attribute (Writer *writer, Onnx__NodeProto *to, const Move *move,
    const LamAttribute *attribute)
{
  bool is_real = attribute->kind == LAM_ATTRIBUTE_FLOATS;
  const int64_t count = attribute->n;
  const LamTensor tensor = {
    .shape = lam_shape_new (is_real ? LAM_TENSOR_F32 : LAM_TENSOR_I64,
        move->is_scalar ? 0 : 1, &count),
    .data = is_real ? (void *)attribute->floats : (void *)attribute->integers,
  };
  /* The message borrows shapes. */
  LamTensor *kept = lam_onnx_message_keep (
      &writer->message, g_memdup2 (&tensor, sizeof tensor));
  g_autofree char *wanted = g_strconcat (to->name, "_", move->attribute, NULL);
  const char *name = take_name (writer, wanted);
  lam_onnx_message_add_weights (&writer->message, name, kept, false);
  lam_onnx_message_set_node_input (&writer->message, to, move->input, name);
}

/* All reals are written as float32 and all integers as int64, so what is cast
 * to another width must be, too. */
static int64_t
widen_type (int64_t type)
{
  enum { FLOAT = 1, INT64 = 7, BOOL = 9, HALF = 10, DOUBLE = 11, BFLOAT = 16 };
  if (type == FLOAT || type == HALF || type == DOUBLE || type == BFLOAT)
    return FLOAT;
  return type == BOOL ? BOOL : INT64;
}

/* Up to operator set 12 all axes from `axis` on were one. */
static bool
write_softmax_axis (Writer *writer, const LamNode *node, Onnx__NodeProto *to,
    const LamAttribute *attribute, GError **error)
{
  bool is_old = writer->network->opset < 13;
  int64_t axis = attribute ? attribute->integers[0] : is_old ? 1 : -1;
  int rank =
      lam_graph_get_value (writer->network, node->inputs[0])->declared.rank;
  if (is_old && axis != -1 && axis != rank - 1)
    return fail (writer, node, error,
        _ ("before operator set 13 it meant all axes from the named one on"));
  lam_onnx_message_add_integer (
      &writer->message, to, "axis", is_old ? -1 : axis);
  return true;
}

static bool
is_softmax (const LamNode *node)
{
  return strcmp (node->row->name, "Softmax") == 0
      || strcmp (node->row->name, "LogSoftmax") == 0;
}

static bool
write_attributes (
    Writer *writer, const LamNode *node, Onnx__NodeProto *to, GError **error)
{
  const LamAttribute *softmax_axis = NULL;
  for (int i = 0; i < node->n_attributes; i++) {
    const LamAttribute *attribute = &node->attributes[i];
    const Move *move = find_move (writer, node, attribute->name);
    if (is_softmax (node))
      softmax_axis = attribute;
    else if (move)
      move_attribute (writer, to, move, attribute);
    else if (strcmp (node->row->name, "Cast") == 0)
      lam_onnx_message_add_integer (&writer->message, to, attribute->name,
          widen_type (attribute->integers[0]));
    else
      lam_onnx_message_add_attribute (&writer->message, to, attribute);
  }
  return !is_softmax (node)
      || write_softmax_axis (writer, node, to, softmax_axis, error);
}

/* Upsample and Resize of set 10 are today's Resize with these settings and one
 * more input. */
static void
modernise_resize (Writer *writer, const LamNode *node, Onnx__NodeProto *to)
{
  bool is_upsample = strcmp (node->row->name, "Upsample") == 0;
  bool is_resize = strcmp (node->row->name, "Resize") == 0;
  if (!is_upsample && !(is_resize && writer->network->opset < 11))
    return;
  const char *scales = to->input[1];
  to->op_type = lam_onnx_message_text (&writer->message, "Resize");
  lam_onnx_message_set_node_input (&writer->message, to, 2, scales);
  lam_onnx_message_set_node_input (&writer->message, to, 1, "");
  lam_onnx_message_add_string (
      &writer->message, to, "coordinate_transformation_mode", "asymmetric");
  lam_onnx_message_add_string (&writer->message, to, "nearest_mode", "floor");
}

/* The activation that was taken into a node becomes one again. */
static void
write_activation (
    Writer *writer, const LamNode *node, const char *from, const char *to)
{
  float slope = node->activation.slope;
  g_autofree char *name =
      g_strconcat (node->name ? node->name : to, "_activation", NULL);
  Onnx__NodeProto *made = lam_onnx_message_add_node (
      &writer->message, slope == 0 ? "Relu" : "LeakyRelu", name);
  if (slope != 0)
    lam_onnx_message_add_float (&writer->message, made, "alpha", slope);
  lam_onnx_message_set_node_input (&writer->message, made, 0, from);
  lam_onnx_message_add_node_output (&writer->message, made, to);
}

static bool
write_node (Writer *writer, const LamNode *node, GError **error)
{
  const char **names = writer->value_names;
  const char *result = names[node->outputs[0]], *before = NULL;
  Onnx__NodeProto *to = lam_onnx_message_add_node (
      &writer->message, node->row->name, node->name ? node->name : result);
  for (int i = 0; i < node->n_inputs; i++)
    lam_onnx_message_set_node_input (&writer->message, to, i,
        node->inputs[i] == LAM_VALUE_NONE ? "" : names[node->inputs[i]]);
  if (!write_attributes (writer, node, to, error))
    return false;
  modernise_resize (writer, node, to);
  if (node->activation.slope != 1) {
    g_autofree char *wanted = g_strconcat (result, "_linear", NULL);
    before = take_name (writer, wanted);
  }
  for (int i = 0; i < node->n_outputs; i++)
    lam_onnx_message_add_node_output (&writer->message, to,
        i == 0 && before                         ? before
            : node->outputs[i] == LAM_VALUE_NONE ? ""
                                                 : names[node->outputs[i]]);
  if (before)
    write_activation (writer, node, before, result);
  return true;
}

static bool
has_open_input (const LamNetwork *network)
{
  for (int i = 0; i < lam_network_get_n_inputs (network); i++) {
    const LamShape *shape = lam_network_get_input_shape (network, i);
    for (int j = 0; j < shape->rank; j++)
      if (shape->dims[j] < 0)
        return true;
  }
  return false;
}

static void
write_input (Writer *writer, int index)
{
  static const char *const axes[] = { "", "n", "nc", "ncx", "ncyx", "nczyx" };
  const LamValue *value = lam_graph_get_value (writer->network, index);
  int rank = value->declared.rank;
  bool is_image = rank >= 0 && rank < (int)G_N_ELEMENTS (axes);
  lam_onnx_message_add_input (&writer->message,
      lam_onnx_message_add_value (&writer->message, writer->value_names[index],
          &value->declared, value->is_logical, is_image ? axes[rank] : NULL));
}

/* Of its axes only the channels are sure where inputs are open. */
static void
write_output (Writer *writer, int index, bool is_open)
{
  const LamValue *value = lam_graph_get_value (writer->network, index);
  LamShape shape = value->constant ? value->constant->shape : value->declared;
  for (int i = 0; is_open && !value->constant && i < shape.rank; i++)
    shape.dims[i] = i == 1 ? shape.dims[i] : -1;
  lam_onnx_message_add_output (&writer->message,
      lam_onnx_message_add_value (&writer->message, writer->value_names[index],
          &shape, value->is_logical, NULL));
}

static void
write_declarations (Writer *writer)
{
  const LamNetwork *network = writer->network;
  bool is_open = has_open_input (network);
  for (guint i = 0; i < network->inputs->len; i++)
    write_input (writer, g_array_index (network->inputs, int, i));
  for (guint i = 0; i < network->outputs->len; i++)
    write_output (writer, g_array_index (network->outputs, int, i), is_open);
}

static bool
write_graph (Writer *writer, GError **error)
{
  const LamNetwork *network = writer->network;
  lam_onnx_message_set_head (&writer->message, writer->opset, network);
  name_values (writer);
  for (guint i = 0; i < network->values->len; i++) {
    const LamValue *value = lam_graph_get_value (network, i);
    if (writer->value_names[i] && value->constant)
      lam_onnx_message_add_weights (&writer->message, writer->value_names[i],
          value->constant, value->is_logical);
  }
  for (guint i = 0; i < network->nodes->len; i++)
    if (!write_node (writer, lam_graph_get_node (network, i), error))
      return false;
  write_declarations (writer);
  return true;
}

static bool
write_file (const Writer *writer, GError **error)
{
  const Onnx__ModelProto *model = &writer->message.model;
  size_t n = onnx__model_proto__get_packed_size (model);
  g_autoptr (GError) cause = NULL;
  if (n > MAX_FILE_BYTES) {
    g_autofree char *found = lam_text_bytes ((int64_t)n);
    g_autofree char *most = lam_text_bytes ((int64_t)MAX_FILE_BYTES);
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s would have %s, but an ONNX file has at most %s"), writer->path,
        found, most);
    return false;
  }
  g_autofree uint8_t *bytes = g_malloc (n);
  onnx__model_proto__pack (model, bytes);
  if (g_file_set_contents_full (writer->path, (const char *)bytes, (gssize)n,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
          &cause))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_IO, cause->message);
  return false;
}

static bool
choose_opset (Writer *writer, int wanted, GError **error)
{
  int own = MAX (writer->network->opset, LAM_ONNX_MIN_WRITTEN_OPSET);
  writer->opset = wanted ? wanted : own;
  if (writer->opset >= own && writer->opset <= LAM_ONNX_MAX_OPSET)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s: the network uses operator set %d and can be written for %d to "
         "%d, but not for %d"),
      writer->path, writer->network->opset, own, LAM_ONNX_MAX_OPSET, wanted);
  return false;
}

bool
lam_onnx_write (
    const LamNetwork *network, const char *path, int opset, GError **error)
{
  guint n_values = network->values->len;
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree const char **value_names = g_new0 (const char *, n_values);
  Writer writer = {
    .network = network, .path = path, .names = names, .value_names = value_names
  };
  if (!choose_opset (&writer, opset, error))
    return false;
  lam_onnx_message_init (&writer.message);
  bool ok = write_graph (&writer, error) && write_file (&writer, error);
  lam_onnx_message_clear (&writer.message);
  return ok;
}
