/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ONNX IR specification, “Tensors” and “External Tensor Data”. Outside data
 * has been a way out of the folder in other readers: only a name without any
 * folder is accepted, and a link is not followed. */
#include "nn/onnx-tensor.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

typedef struct {
  int type; /* Onnx__TensorProto__DataType */
  LamTensorType as;
  int bytes; /* of one element in raw data */
} Kind;

/* Elements converted at a time. */
#define PART 4096

static const Kind kinds[] = {
  { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, LAM_TENSOR_F32, 4 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, LAM_TENSOR_F32, 8 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, LAM_TENSOR_F32, 2 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, LAM_TENSOR_F32, 2 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__INT64, LAM_TENSOR_I64, 8 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__INT32, LAM_TENSOR_I64, 4 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__INT16, LAM_TENSOR_I64, 2 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__INT8, LAM_TENSOR_I64, 1 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, LAM_TENSOR_I64, 1 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__UINT16, LAM_TENSOR_I64, 2 },
  { ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, LAM_TENSOR_I64, 1 },
};

static const Kind *
find_kind (int type)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return &kinds[i];
  return NULL;
}

/* IEEE 754 binary16, also subnormal numbers. */
static float
float_from_half (uint16_t half)
{
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float value = exponent == 31 ? (fraction ? NAN : INFINITY)
      : exponent ? ldexpf ((float)(fraction | 1024), exponent - 25)
                 : ldexpf ((float)fraction, -24);
  return half & 0x8000 ? -value : value;
}

static float
float_from_bfloat (uint16_t upper)
{
  uint32_t bits = (uint32_t)upper << 16;
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static float
read_real (int type, const uint8_t *at)
{
  uint16_t half;
  double wide;
  float value;
  switch (type) {
  case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
    memcpy (&wide, at, sizeof wide);
    return (float)wide;
  case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
    memcpy (&value, at, sizeof value);
    return value;
  default:
    memcpy (&half, at, sizeof half);
    return type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16
        ? float_from_half (half)
        : float_from_bfloat (half);
  }
}

static int64_t
read_integer (int type, const uint8_t *at)
{
  int64_t wide;
  int32_t word;
  int16_t half;
  uint16_t unsigned_half;
  switch (type) {
  case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
    memcpy (&wide, at, sizeof wide);
    return wide;
  case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
    memcpy (&word, at, sizeof word);
    return word;
  case ONNX__TENSOR_PROTO__DATA_TYPE__INT16:
    memcpy (&half, at, sizeof half);
    return half;
  case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16:
    memcpy (&unsigned_half, at, sizeof unsigned_half);
    return unsigned_half;
  case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
    return (int8_t)*at;
  default:
    return *at;
  }
}

static void
convert_raw (const Kind *kind, const uint8_t *bytes, LamTensor *tensor,
    int64_t first, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (kind->as == LAM_TENSOR_F32)
      lam_tensor_floats (tensor)[first + i] =
          read_real (kind->type, bytes + i * kind->bytes);
    else
      lam_tensor_integers (tensor)[first + i] =
          read_integer (kind->type, bytes + i * kind->bytes);
}

/* Floats and long integers are in the file what they are here. */
static bool
is_same (const Kind *kind)
{
  return G_BYTE_ORDER == G_LITTLE_ENDIAN
      && (kind->type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
          || kind->type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
}

static bool
read_raw (const LamOnnxFile *file, const LamOnnxPlace *place, const Kind *kind,
    LamTensor *tensor)
{
  uint8_t bytes[PART * sizeof (double)];
  int64_t count = lam_shape_get_count (&tensor->shape), n;
  if (is_same (kind))
    return lam_onnx_file_read (
        file, tensor->data, (size_t)place->n_bytes, place->offset);
  for (int64_t i = 0; i < count; i += n) {
    n = MIN (count - i, PART);
    if (!lam_onnx_file_read (file, bytes, (size_t)(n * kind->bytes),
            place->offset + i * kind->bytes))
      return false;
    convert_raw (kind, bytes, tensor, i, n);
  }
  return true;
}

/* The typed lists of the message. False where the number is another. */
static bool
convert_typed (
    const Onnx__TensorProto *proto, const Kind *kind, LamTensor *tensor)
{
  size_t n = (size_t)lam_shape_get_count (&tensor->shape);
  float *floats = lam_tensor_floats (tensor);
  int64_t *integers = lam_tensor_integers (tensor);
  size_t n_found = kind->type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
      ? proto->n_float_data
      : kind->type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE
      ? proto->n_double_data
      : kind->type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64
      ? proto->n_int64_data
      : proto->n_int32_data;
  if (n_found != n)
    return false;
  for (size_t i = 0; i < n; i++) {
    switch (kind->type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
      floats[i] = proto->float_data[i];
      break;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
      floats[i] = (float)proto->double_data[i];
      break;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
      floats[i] = float_from_half ((uint16_t)proto->int32_data[i]);
      break;
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
      floats[i] = float_from_bfloat ((uint16_t)proto->int32_data[i]);
      break;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
      integers[i] = proto->int64_data[i];
      break;
    default:
      integers[i] = proto->int32_data[i];
    }
  }
  return true;
}

typedef struct {
  const char *name; /* Borrowed */
  uint64_t offset, length;
  bool has_length;
} Outside;

static bool
parse_outside (const char *path, const Onnx__TensorProto *proto,
    Outside *outside, GError **error)
{
  *outside = (Outside){ 0 };
  for (size_t i = 0; i < proto->n_external_data; i++) {
    const char *key = proto->external_data[i]->key;
    const char *value = proto->external_data[i]->value;
    if (!key || !value)
      continue;
    uint64_t *number = strcmp (key, "offset") == 0 ? &outside->offset
        : strcmp (key, "length") == 0              ? &outside->length
                                                   : NULL;
    if (strcmp (key, "location") == 0)
      outside->name = value;
    else if (number
        && !g_ascii_string_to_unsigned (
            value, 10, 0, G_MAXINT64, number, NULL)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
          _ ("%s: tensor “%s”: %s of its outside data is not a number"), path,
          proto->name ? proto->name : "", key);
      return false;
    }
    outside->has_length |= number == &outside->length;
  }
  const char *name = outside->name;
  if (name && *name && name[0] != '.' && !strpbrk (name, "/\\"))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s: tensor “%s” lies in “%s”; only a plain name of a file in the "
         "same folder is accepted"),
      path, proto->name ? proto->name : "", name ? name : "");
  return false;
}

/* Opens the file beside this one where the data lies, and says where. */
static bool
find_outside (const char *path, const Onnx__TensorProto *proto, int64_t n_bytes,
    LamOnnxFile *file, LamOnnxPlace *place, GError **error)
{
  Outside outside;
  if (!parse_outside (path, proto, &outside, error))
    return false;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file_path = g_build_filename (folder, outside.name, NULL);
  if (!lam_onnx_file_open (file, file_path, O_NOFOLLOW)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: tensor “%s” lies in %s, which is not a readable file"), path,
        proto->name ? proto->name : "", file_path);
    return false;
  }
  *place = (LamOnnxPlace){ (int64_t)outside.offset, n_bytes };
  if ((!outside.has_length || outside.length == (uint64_t)n_bytes)
      && place->offset <= file->n_bytes
      && n_bytes <= file->n_bytes - place->offset)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: tensor “%s” needs %" G_GINT64_FORMAT
         " bytes from byte %" G_GUINT64_FORMAT
         " of %s, which has %" G_GINT64_FORMAT),
      path, proto->name ? proto->name : "", n_bytes, outside.offset, file_path,
      file->n_bytes);
  return false;
}

bool
lam_onnx_tensor_shape (const Onnx__TensorProto *proto, LamShape *shape)
{
  *shape = (LamShape){ 0 };
  if (proto->n_dims > LAM_TENSOR_MAX_RANK)
    return false;
  shape->rank = (int)proto->n_dims;
  for (size_t i = 0; i < proto->n_dims; i++)
    shape->dims[i] = proto->dims[i];
  return lam_shape_is_valid (shape);
}

static LamTensor *
fail_length (const char *path, const Onnx__TensorProto *proto,
    const LamShape *shape, GError **error)
{
  g_autofree char *text = lam_shape_to_text (shape);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: tensor “%s” says %s elements, but holds another number"), path,
      proto->name ? proto->name : "", text);
  return NULL;
}

/* Adding up numbers times zero gives zero unless one is not finite; in lanes,
 * so that the compiler vectorises it. */
static bool
is_finite (const float *values, int64_t n)
{
  float sums[16] = { 0 };
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int lane = 0; lane < 16; lane++)
      sums[lane] += values[i + lane] * 0;
  for (; i < n; i++)
    sums[0] += values[i] * 0;
  for (int lane = 0; lane < 16; lane++)
    if (!(sums[lane] == 0))
      return false;
  return true;
}

static bool
check_finite (const char *path, const Onnx__TensorProto *proto,
    const LamTensor *tensor, GError **error)
{
  const float *values = lam_tensor_floats (tensor);
  int64_t i = 0;
  if (tensor->shape.type != LAM_TENSOR_F32
      || is_finite (values, lam_shape_get_count (&tensor->shape)))
    return true;
  while (isfinite (values[i]))
    i++;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: tensor “%s” holds %g at element %" G_GINT64_FORMAT), path,
      proto->name ? proto->name : "", values[i], i);
  return false;
}

static bool
find_kind_and_shape (const char *path, const Onnx__TensorProto *proto,
    const Kind **kind, LamShape *shape, GError **error)
{
  *kind = find_kind (proto->data_type);
  if (!*kind || proto->segment) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s: tensor “%s” is of type %d, which is not understood"), path,
        proto->name ? proto->name : "", proto->data_type);
    return false;
  }
  if (!lam_onnx_tensor_shape (proto, shape)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: tensor “%s” has an impossible shape"), path,
        proto->name ? proto->name : "");
    return false;
  }
  shape->type = (*kind)->as;
  return true;
}

/* Nothing is allocated before as many bytes were seen. */
static LamTensor *
read_typed (const char *path, const Onnx__TensorProto *proto, const Kind *kind,
    const LamShape *shape, GError **error)
{
  if ((size_t)lam_shape_get_count (shape)
      != proto->n_float_data + proto->n_double_data + proto->n_int32_data
          + proto->n_int64_data)
    return fail_length (path, proto, shape, error);
  g_autoptr (LamTensor) tensor = lam_tensor_new (shape);
  if (!convert_typed (proto, kind, tensor))
    return fail_length (path, proto, shape, error);
  return g_steal_pointer (&tensor);
}

static LamTensor *
read_placed (const LamOnnxFile *file, const Onnx__TensorProto *proto,
    bool is_outside, const Kind *kind, const LamShape *shape, GError **error)
{
  int64_t n_bytes = lam_shape_get_count (shape) * kind->bytes;
  g_auto (LamOnnxFile) beside = { .file = -1 };
  LamOnnxPlace place;
  if (is_outside
      && !find_outside (file->path, proto, n_bytes, &beside, &place, error))
    return NULL;
  if (!is_outside)
    memcpy (&place, proto->raw_data.data, sizeof place);
  if (place.n_bytes != n_bytes)
    return fail_length (file->path, proto, shape, error);
  g_autoptr (LamTensor) tensor = lam_tensor_new_unset (shape);
  if (read_raw (is_outside ? &beside : file, &place, kind, tensor))
    return g_steal_pointer (&tensor);
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
      _ ("%s: tensor “%s” cannot be read"), file->path,
      proto->name ? proto->name : "");
  return NULL;
}

LamTensor *
lam_onnx_tensor_read (
    const LamOnnxFile *file, const Onnx__TensorProto *proto, GError **error)
{
  const Kind *kind;
  LamShape shape;
  bool is_outside = proto->has_data_location
      && proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
  if (!find_kind_and_shape (file->path, proto, &kind, &shape, error))
    return NULL;
  g_autoptr (LamTensor) tensor = is_outside || proto->has_raw_data
      ? read_placed (file, proto, is_outside, kind, &shape, error)
      : read_typed (file->path, proto, kind, &shape, error);
  if (!tensor || !check_finite (file->path, proto, tensor, error))
    return NULL;
  return g_steal_pointer (&tensor);
}
