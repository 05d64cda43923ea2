/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Wire format: protobuf.dev/programming-guides/encoding. Only fields that the
 * schema calls messages are entered; our own depth is bounded by what it
 * refuses. */
#include "nn/onnx-scan.h"

typedef struct {
  const uint8_t *at, *end;
} Span;

static bool
read_varint (Span *span, uint64_t *value)
{
  *value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (span->at == span->end)
      return false;
    uint8_t byte = *span->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

static bool
skip_bytes (Span *span, uint64_t n)
{
  if (n > (uint64_t)(span->end - span->at))
    return false;
  span->at += n;
  return true;
}

static LamOnnxScan
scan (const ProtobufCMessageDescriptor *descriptor, Span span, int depth,
    size_t *n_messages)
{
  if (depth > LAM_ONNX_MAX_DEPTH)
    return LAM_ONNX_SCAN_DEEP;
  if (++*n_messages > LAM_ONNX_MAX_MESSAGES)
    return LAM_ONNX_SCAN_MANY;
  while (span.at < span.end) {
    uint64_t key, n;
    if (!read_varint (&span, &key) || key >> 3 == 0 || key >> 3 > G_MAXINT32)
      return LAM_ONNX_SCAN_BROKEN;
    switch (key & 7) {
    case 0:
      if (!read_varint (&span, &n))
        return LAM_ONNX_SCAN_BROKEN;
      break;
    case 1:
    case 5:
      if (!skip_bytes (&span, (key & 7) == 1 ? 8 : 4))
        return LAM_ONNX_SCAN_BROKEN;
      break;
    case 2: {
      const uint8_t *begin;
      if (!read_varint (&span, &n))
        return LAM_ONNX_SCAN_BROKEN;
      begin = span.at;
      if (!skip_bytes (&span, n))
        return LAM_ONNX_SCAN_BROKEN;
      const ProtobufCFieldDescriptor *field =
          protobuf_c_message_descriptor_get_field (
              descriptor, (unsigned)(key >> 3));
      if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE)
        break;
      LamOnnxScan found = scan (
          field->descriptor, (Span){ begin, span.at }, depth + 1, n_messages);
      if (found != LAM_ONNX_SCAN_OK)
        return found;
      break;
    }
    default: /* groups went out of use before ONNX was made */
      return LAM_ONNX_SCAN_BROKEN;
    }
  }
  return LAM_ONNX_SCAN_OK;
}

LamOnnxScan
lam_onnx_scan (const ProtobufCMessageDescriptor *descriptor,
    const uint8_t *bytes, size_t n_bytes)
{
  size_t n_messages = 0;
  return scan (descriptor, (Span){ bytes, bytes + n_bytes }, 0, &n_messages);
}
