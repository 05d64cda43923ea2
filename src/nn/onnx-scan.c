/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Wire format: protobuf.dev/programming-guides/encoding. Only fields that the
 * schema calls messages are entered; our own depth is bounded by what it
 * refuses. */
#include "nn/onnx-scan.h"

#include "nn/onnx.pb-c.h"

#define WINDOW_BYTES 65536
#define RAW_DATA 9 /* the field of TensorProto */
/* The length of a message is known after the message: it gets so many bytes,
 * which protobuf allows, and takes no more than a file of 2 GB needs. */
#define LENGTH_BYTES 5

typedef struct {
  const LamOnnxFile *file; /* Borrowed */
  GByteArray *kept; /* Borrowed */
  int64_t at;
  int64_t first, n; /* what the window holds of the file */
  uint8_t *window; /* Borrowed */
  size_t n_messages;
} Walk;

/* How many bytes from `at` on the window holds; 0 at the end of the file. */
static int64_t
look (Walk *walk)
{
  int64_t end = walk->first + walk->n;
  if (walk->at >= walk->first && walk->at < end)
    return end - walk->at;
  walk->first = walk->at;
  walk->n = MIN (WINDOW_BYTES, walk->file->n_bytes - walk->at);
  if (walk->n <= 0
      || !lam_onnx_file_read (
          walk->file, walk->window, (size_t)walk->n, walk->at))
    walk->n = 0;
  return walk->n;
}

static bool
read_varint (Walk *walk, int64_t end, uint64_t *value)
{
  *value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (walk->at >= end || !look (walk))
      return false;
    uint8_t byte = walk->window[walk->at++ - walk->first];
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

static void
keep_varint (Walk *walk, uint64_t value)
{
  uint8_t bytes[10];
  int n = 0;
  for (; value > 0x7f; value >>= 7)
    bytes[n++] = (uint8_t)(value | 0x80);
  bytes[n++] = (uint8_t)value;
  g_byte_array_append (walk->kept, bytes, (guint)n);
}

static bool
keep_bytes (Walk *walk, int64_t end, uint64_t n)
{
  if (n > (uint64_t)(end - walk->at))
    return false;
  while (n) {
    int64_t part = MIN (look (walk), (int64_t)n);
    if (!part)
      return false;
    g_byte_array_append (
        walk->kept, walk->window + (walk->at - walk->first), (guint)part);
    walk->at += part;
    n -= (uint64_t)part;
  }
  return true;
}

static bool
keep_place (Walk *walk, int64_t end, uint64_t n)
{
  LamOnnxPlace place = { walk->at, (int64_t)n };
  if (n > (uint64_t)(end - walk->at))
    return false;
  keep_varint (walk, sizeof place);
  g_byte_array_append (walk->kept, (const uint8_t *)&place, sizeof place);
  walk->at += place.n_bytes;
  return true;
}

static LamOnnxScan scan (Walk *walk,
    const ProtobufCMessageDescriptor *descriptor, int64_t end, int depth);

static LamOnnxScan
scan_inside (Walk *walk, const ProtobufCMessageDescriptor *descriptor,
    int64_t end, int depth)
{
  guint length_at = walk->kept->len, begin = length_at + LENGTH_BYTES;
  g_byte_array_set_size (walk->kept, begin);
  LamOnnxScan found = scan (walk, descriptor, end, depth);
  uint64_t n = walk->kept->len - begin;
  for (int i = 0; i < LENGTH_BYTES; i++, n >>= 7)
    walk->kept->data[length_at + (guint)i] =
        (uint8_t)((n & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
  return found;
}

/* Whatever has a length: a message, bytes, text, a packed list. */
static LamOnnxScan
scan_part (Walk *walk, const ProtobufCMessageDescriptor *descriptor,
    unsigned number, int64_t end, int depth)
{
  uint64_t n;
  if (!read_varint (walk, end, &n) || n > (uint64_t)(end - walk->at))
    return LAM_ONNX_SCAN_BROKEN;
  const ProtobufCFieldDescriptor *field =
      protobuf_c_message_descriptor_get_field (descriptor, number);
  if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
    return scan_inside (
        walk, field->descriptor, walk->at + (int64_t)n, depth + 1);
  if (descriptor == &onnx__tensor_proto__descriptor && number == RAW_DATA)
    return keep_place (walk, end, n) ? LAM_ONNX_SCAN_OK : LAM_ONNX_SCAN_BROKEN;
  keep_varint (walk, n);
  return keep_bytes (walk, end, n) ? LAM_ONNX_SCAN_OK : LAM_ONNX_SCAN_BROKEN;
}

static LamOnnxScan
scan (Walk *walk, const ProtobufCMessageDescriptor *descriptor, int64_t end,
    int depth)
{
  if (depth > LAM_ONNX_MAX_DEPTH)
    return LAM_ONNX_SCAN_DEEP;
  if (++walk->n_messages > LAM_ONNX_MAX_MESSAGES)
    return LAM_ONNX_SCAN_MANY;
  while (walk->at < end) {
    uint64_t key, n;
    LamOnnxScan found = LAM_ONNX_SCAN_OK;
    if (!read_varint (walk, end, &key) || key >> 3 == 0 || key > G_MAXUINT32)
      return LAM_ONNX_SCAN_BROKEN;
    keep_varint (walk, key);
    switch (key & 7) {
    case 0:
      if (!read_varint (walk, end, &n))
        return LAM_ONNX_SCAN_BROKEN;
      keep_varint (walk, n);
      break;
    case 1:
    case 5:
      if (!keep_bytes (walk, end, (key & 7) == 1 ? 8 : 4))
        return LAM_ONNX_SCAN_BROKEN;
      break;
    case 2:
      found = scan_part (walk, descriptor, (unsigned)(key >> 3), end, depth);
      break;
    default: /* groups went out of use before ONNX was made */
      return LAM_ONNX_SCAN_BROKEN;
    }
    if (found != LAM_ONNX_SCAN_OK)
      return found;
  }
  return LAM_ONNX_SCAN_OK;
}

LamOnnxScan
lam_onnx_scan (const ProtobufCMessageDescriptor *descriptor,
    const LamOnnxFile *file, GByteArray *kept)
{
  g_autofree uint8_t *window = g_malloc (WINDOW_BYTES);
  Walk walk = { .file = file, .kept = kept, .window = window };
  return scan (&walk, descriptor, file->n_bytes, 0);
}
