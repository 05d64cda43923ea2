/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* numpy.org/doc/stable/reference/generated/numpy.lib.format.html: a magic,
 * a version, the header's length, a Python dictionary as text, the data. */
#include "nn/npy.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

/* The text behind “'key':”, or NULL. */
static const char *
find_entry (const char *header, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("'%s':", key);
  const char *found = strstr (header, quoted);
  if (!found)
    return NULL;
  found += strlen (quoted);
  return found + strspn (found, " ");
}

static bool
parse_shape (const char *text, LamShape *shape)
{
  if (!text || *text++ != '(')
    return false;
  for (;;) {
    text += strspn (text, " ,");
    if (*text == ')')
      return lam_shape_is_valid (shape);
    char *end;
    if (shape->rank == LAM_TENSOR_MAX_RANK || !g_ascii_isdigit (*text))
      return false;
    shape->dims[shape->rank++] = g_ascii_strtoll (text, &end, 10);
    text = end;
  }
}

typedef struct {
  const char *name; /* NumPy's, quoted */
  size_t bytes;
} Kind;

static const Kind kinds[] = {
  { "'<f4'", 4 },
  { "'<f8'", 8 },
  { "'<i4'", 4 },
  { "'<i8'", 8 },
  { "'|b1'", 1 },
  { "'|u1'", 1 },
};

static float
read_element (const Kind *kind, const char *at)
{
  bool is_real = kind->name[2] == 'f';
  float single;
  double wide;
  int32_t word;
  int64_t integer;
  switch (kind->bytes) {
  case 4:
    memcpy (&single, at, sizeof single);
    memcpy (&word, at, sizeof word);
    return is_real ? single : (float)word;
  case 8:
    memcpy (&wide, at, sizeof wide);
    memcpy (&integer, at, sizeof integer);
    return (float)(is_real ? wide : (double)integer);
  default:
    return (float)(uint8_t)*at;
  }
}

/* Sets where the data begin and of what kind they are. */
static bool
parse_header (const char *bytes, size_t n_bytes, LamShape *shape, size_t *data,
    const Kind **kind)
{
  *shape = (LamShape){ .type = LAM_TENSOR_F32 };
  if (n_bytes < 12 || memcmp (bytes, "\x93NUMPY", 6) != 0)
    return false;
  const uint8_t *size = (const uint8_t *)bytes + 8;
  size_t length = size[0] | size[1] << 8, begin = 10;
  if (bytes[6] > 1) {
    length |= (size_t)size[2] << 16 | (size_t)size[3] << 24;
    begin = 12;
  }
  if (length > n_bytes - begin)
    return false;
  g_autofree char *header = g_strndup (bytes + begin, length);
  const char *name = find_entry (header, "descr");
  const char *order = find_entry (header, "fortran_order");
  if (!name || !order || !g_str_has_prefix (order, "False"))
    return false;
  *kind = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (name, kinds[i].name))
      *kind = &kinds[i];
  *data = begin + length;
  return *kind && parse_shape (find_entry (header, "shape"), shape)
      && (uint64_t)lam_shape_get_count (shape)
      == (n_bytes - *data) / (*kind)->bytes;
}

LamTensor *
lam_npy_read (const char *path, GError **error)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) cause = NULL;
  size_t n_bytes = 0, data;
  const Kind *kind;
  LamShape shape;
  if (!g_file_get_contents (path, &bytes, &n_bytes, &cause)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_IO, cause->message);
    return NULL;
  }
  if (!parse_header (bytes, n_bytes, &shape, &data, &kind)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is not a whole .npy file of real numbers or integers in C "
           "order"),
        path);
    return NULL;
  }
  LamTensor *tensor = lam_tensor_new (&shape);
  int64_t n = lam_shape_get_count (&shape);
  for (int64_t i = 0; i < n; i++)
    lam_tensor_floats (tensor)[i] =
        read_element (kind, bytes + data + (size_t)i * kind->bytes);
  return tensor;
}
