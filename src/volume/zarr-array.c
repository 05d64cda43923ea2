/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/zarr-array.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/zarr-codec.h"
#include "volume/zarr-file.h"

#include <glib/gi18n-lib.h>

/* Bricks are counted with 21 bits an axis. */
#define MAX_SIDE ((int64_t)1 << 27)
#define MAX_CHUNK_BYTES ((int64_t)256 << 20)
#define MAX_ARRAY_BYTES ((int64_t)1 << 60)
/* Compressors may make noise a little larger than it was. */
#define CHUNK_OVERHEAD(bytes) ((bytes) / 8 + 65536)

/* NumPy's type strings, without the byte order. */
typedef struct {
  const char *name;
  int bytes;
  LamDtype dtype;
  bool is_real;
} FileType;

static const FileType file_types[] = {
  { "u1", 1, LAM_DTYPE_U8, false },
  { "b1", 1, LAM_DTYPE_U8, false },
  { "i1", 1, LAM_DTYPE_I8, false },
  { "u2", 2, LAM_DTYPE_U16, false },
  { "i2", 2, LAM_DTYPE_I16, false },
  { "u4", 4, LAM_DTYPE_U32, false },
  { "i4", 4, LAM_DTYPE_I32, false },
  { "f2", 2, LAM_DTYPE_F32, true },
  { "f4", 4, LAM_DTYPE_F32, true },
  { "f8", 8, LAM_DTYPE_F32, true },
};

struct _LamZarrArray {
  LamZarrArrayInfo info;
  int folder; /* Owned */
  char *name; /* Owned */
  const FileType *type;
  const LamZarrCodec *codec;
  bool swap;
  double fill;
  char separator;
};

void
lam_zarr_array_free (LamZarrArray *array)
{
  if (array->folder >= 0)
    close (array->folder);
  g_free (array->name);
  g_free (array);
}

const LamZarrArrayInfo *
lam_zarr_array_get_info (LamZarrArray *array)
{
  return &array->info;
}

G_GNUC_PRINTF (4, 5)
static bool
fail (const LamZarrArray *array, GError **error, LamErrorCode code,
    const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LAM_ERROR, code, "%s: %s", array->name, what);
  return false;
}

static bool
read_sides (const LamZarrArray *array, JsonObject *json, const char *member,
    int64_t *sides, int *n, GError **error)
{
  JsonArray *list = lam_json_get_array (json, member);
  guint length = list ? json_array_get_length (list) : 0;
  if (length < 1 || length > LAM_ZARR_MAX_DIMS)
    return fail (array, error, LAM_ERROR_CORRUPT,
        _ ("\"%s\" has %u numbers; 1 to %d are needed"), member, length,
        LAM_ZARR_MAX_DIMS);
  for (guint i = 0; i < length; i++) {
    double value;
    if (!lam_json_get_number (json_array_get_element (list, i), &value)
        || !(value >= 1 && value <= (double)MAX_SIDE) || value != rint (value))
      return fail (array, error, LAM_ERROR_LIMIT,
          _ ("number %u of \"%s\" is not a side between 1 and "
             "%" G_GINT64_FORMAT),
          i + 1, member, (gint64)MAX_SIDE);
    sides[i] = (int64_t)value;
  }
  *n = (int)length;
  return true;
}

static bool
multiply_sides (
    const int64_t *sides, int n, int bytes, int64_t limit, int64_t *product)
{
  *product = 1;
  for (int i = 0; i < n; i++)
    if (__builtin_mul_overflow (*product, sides[i], product))
      return false;
  return *product <= limit / bytes;
}

static bool
read_shape (LamZarrArray *array, JsonObject *json, GError **error)
{
  LamZarrArrayInfo *info = &array->info;
  int n_chunk;
  if (!read_sides (array, json, "shape", info->shape, &info->n_dims, error)
      || !read_sides (array, json, "chunks", info->chunk, &n_chunk, error))
    return false;
  if (n_chunk != info->n_dims)
    return fail (array, error, LAM_ERROR_CORRUPT,
        _ ("\"shape\" has %d axes, \"chunks\" %d"), info->n_dims, n_chunk);
  int64_t voxels;
  int bytes = MAX (array->type->bytes, (int)lam_dtype_bytes (info->dtype));
  if (!multiply_sides (
          info->shape, info->n_dims, bytes, MAX_ARRAY_BYTES, &voxels))
    return fail (array, error, LAM_ERROR_LIMIT, _ ("the array is too large"));
  if (!multiply_sides (info->chunk, info->n_dims, bytes, MAX_CHUNK_BYTES,
          &info->chunk_voxels))
    return fail (array, error, LAM_ERROR_LIMIT,
        _ ("a chunk has more than %d MB"), (int)(MAX_CHUNK_BYTES >> 20));
  return true;
}

static bool
read_type (LamZarrArray *array, JsonObject *json, GError **error)
{
  const char *text = lam_json_get_string (json, "dtype");
  if (text && strlen (text) == 3 && strchr ("<>|", text[0]))
    for (size_t i = 0; i < G_N_ELEMENTS (file_types); i++)
      if (strcmp (file_types[i].name, text + 1) == 0)
        array->type = &file_types[i];
  if (!array->type)
    return fail (array, error, LAM_ERROR_UNSUPPORTED,
        _ ("voxels of type \"%s\" are not supported"),
        text ? text : "structured");
  array->info.dtype = array->type->dtype;
  char native = G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>';
  array->swap = text[0] != '|' && text[0] != native && array->type->bytes > 1;
  return true;
}

static bool
read_codec (LamZarrArray *array, JsonObject *json, GError **error)
{
  const char *order = lam_json_get_string (json, "order");
  if (!order || strcmp (order, "C") != 0)
    return fail (array, error, LAM_ERROR_UNSUPPORTED,
        _ ("voxels in order \"%s\" are not supported, only in order \"C\""),
        order ? order : "");
  JsonArray *filters = lam_json_get_array (json, "filters");
  if (filters && json_array_get_length (filters) > 0)
    return fail (
        array, error, LAM_ERROR_UNSUPPORTED, _ ("filters are not supported"));
  JsonObject *compressor = lam_json_get_object (json, "compressor");
  const char *id = compressor ? lam_json_get_string (compressor, "id") : "raw";
  array->codec = id ? lam_zarr_codec_find (id) : NULL;
  array->info.is_compressed = compressor != NULL;
  return array->codec
      || fail (array, error, LAM_ERROR_UNSUPPORTED,
          _ ("the compressor \"%s\" is not supported, only none, blosc, zlib "
             "and gzip"),
          id ? id : "");
}

static double
parse_fill (JsonObject *json)
{
  const char *text = lam_json_get_string (json, "fill_value");
  if (text)
    return strcmp (text, "Infinity") == 0 ? INFINITY
        : strcmp (text, "-Infinity") == 0 ? -INFINITY
                                          : NAN;
  double value = 0;
  lam_json_get_number (json_object_get_member (json, "fill_value"), &value);
  return value;
}

static bool
parse (LamZarrArray *array, JsonObject *json, GError **error)
{
  double version = 2;
  lam_json_get_number (json_object_get_member (json, "zarr_format"), &version);
  if (version != 2)
    return fail (array, error, LAM_ERROR_UNSUPPORTED,
        _ ("Zarr version %g is not supported yet, only version 2"), version);
  const char *separator = lam_json_get_string (json, "dimension_separator");
  array->separator = separator && strcmp (separator, "/") == 0 ? '/' : '.';
  array->fill = parse_fill (json);
  return read_type (array, json, error) && read_codec (array, json, error)
      && read_shape (array, json, error);
}

LamZarrArray *
lam_zarr_array_open (
    int root, const char *path, const char *name, GError **error)
{
  g_autoptr (LamZarrArray) array = g_new0 (LamZarrArray, 1);
  array->name = g_strdup (name);
  array->folder = *path
      ? lam_zarr_file_open (root, path, O_RDONLY | O_DIRECTORY)
      : fcntl (root, F_DUPFD_CLOEXEC, 0);
  if (array->folder < 0) {
    fail (array, error, LAM_ERROR_MISSING,
        _ ("cannot open the folder of the array: %s"), g_strerror (errno));
    return NULL;
  }
  g_autoptr (GError) local = NULL;
  g_autoptr (JsonNode) json =
      lam_zarr_file_read_json (array->folder, ".zarray", &local);
  if (!json) {
    fail (array, error, local ? LAM_ERROR_CORRUPT : LAM_ERROR_MISSING, "%s",
        local ? local->message : _ ("there is no .zarray"));
    return NULL;
  }
  if (!parse (array, json_node_get_object (json), error))
    return NULL;
  return g_steal_pointer (&array);
}

static void
swap_bytes (uint8_t *voxels, int64_t n, int bytes)
{
  for (int64_t i = 0; i < n; i++, voxels += bytes)
    for (int k = 0; k < bytes / 2; k++) {
      uint8_t first = voxels[k];
      voxels[k] = voxels[bytes - 1 - k];
      voxels[bytes - 1 - k] = first;
    }
}

/* IEEE 754 binary16. */
static float
widen_half (uint16_t half)
{
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float size = exponent == 31 ? (fraction ? NAN : INFINITY)
      : exponent == 0         ? ldexpf ((float)fraction, -24)
                      : ldexpf ((float)(fraction + 1024), exponent - 25);
  return half & 0x8000 ? -size : size;
}

/* From the file's reals to floats; `from` may be wider than `to`. */
static void
convert_reals (const uint8_t *from, int bytes, float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (bytes == 2) {
      uint16_t half;
      memcpy (&half, from + 2 * i, 2);
      to[i] = widen_half (half);
    } else {
      double wide;
      memcpy (&wide, from + 8 * i, 8);
      to[i] = (float)wide;
    }
}

static void
fill_chunk (const LamZarrArray *array, void *out)
{
  int64_t n = array->info.chunk_voxels;
  double fill = array->fill;
  int64_t whole = isfinite (fill) ? (int64_t)CLAMP (fill, -1e15, 1e15) : 0;
  size_t bytes = lam_dtype_bytes (array->info.dtype);
  for (int64_t i = 0; i < n; i++)
    if (array->type->is_real)
      ((float *)out)[i] = (float)fill;
    else if (bytes == 1)
      ((uint8_t *)out)[i] = (uint8_t)whole;
    else if (bytes == 2)
      ((uint16_t *)out)[i] = (uint16_t)whole;
    else
      ((uint32_t *)out)[i] = (uint32_t)whole;
}

static bool
decode (const LamZarrArray *array, const uint8_t *data, size_t n, void *out)
{
  int64_t voxels = array->info.chunk_voxels;
  int bytes = array->type->bytes;
  bool same = bytes == (int)lam_dtype_bytes (array->info.dtype);
  size_t n_raw = (size_t)voxels * (size_t)bytes;
  g_autofree uint8_t *apart = same ? NULL : g_malloc (n_raw);
  uint8_t *raw = same ? out : apart;
  if (!array->codec->decode (data, n, raw, n_raw))
    return false;
  if (array->swap)
    swap_bytes (raw, voxels, bytes);
  if (!same)
    convert_reals (raw, bytes, out, voxels);
  return true;
}

bool
lam_zarr_array_read_chunk (
    LamZarrArray *array, const int64_t *index, void *out, GError **error)
{
  char path[LAM_ZARR_MAX_DIMS * 21];
  size_t length = 0;
  for (int i = 0; i < array->info.n_dims; i++) {
    if (i > 0)
      path[length++] = array->separator;
    length += (size_t)g_snprintf (path + length, (gulong)(sizeof path - length),
        "%" G_GINT64_FORMAT, (gint64)index[i]);
  }
  g_autofree uint8_t *data = NULL;
  size_t n;
  int64_t raw = array->info.chunk_voxels * array->type->bytes;
  g_autoptr (GError) local = NULL;
  if (!lam_zarr_file_read (
          array->folder, path, raw + CHUNK_OVERHEAD (raw), &data, &n, &local))
    return fail (array, error, (LamErrorCode)local->code, _ ("chunk %s: %s"),
        path, local->message);
  if (!data)
    fill_chunk (array, out);
  else if (!decode (array, data, n, out))
    return fail (array, error, LAM_ERROR_CORRUPT,
        _ ("chunk %s is damaged: %zu bytes that do not decode as %s to "
           "%" G_GINT64_FORMAT),
        path, n, array->codec->id, (gint64)raw);
  return true;
}
