/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ONNX operators Conv, ConvTranspose, MaxPool, AveragePool. */
#include "nn/window.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Far above any real kernel, and small enough that nothing overflows. */
#define MAX_EXTENT 65536

static bool
read_extents (const LamStep *step, const char *name, int64_t least, int n_axes,
    int64_t *values, GError **error)
{
  const int64_t *found = NULL;
  int n = 0;
  if (!lam_step_get_integers (step, name, &found, &n, error))
    return false;
  if (!found)
    return true;
  if (n != n_axes)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%s has %d numbers, but %d are needed"), name, n, n_axes);
  for (int i = 0; i < n; i++) {
    if (found[i] < least || found[i] > MAX_EXTENT)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("%s is %" G_GINT64_FORMAT ", but must be from %" G_GINT64_FORMAT
             " to %d"),
          name, found[i], least, MAX_EXTENT);
    values[3 - n_axes + i] = found[i];
  }
  return true;
}

static bool
read_pads (const LamStep *step, LamWindow *window, GError **error)
{
  const int64_t *pads = NULL;
  int n = 0;
  if (!lam_step_get_integers (step, "pads", &pads, &n, error))
    return false;
  if (pads && n != 2 * window->n_axes)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%s has %d numbers, but %d are needed"), "pads", n,
        2 * window->n_axes);
  for (int i = 0; i < n; i++) {
    if (pads[i] < 0 || pads[i] > MAX_EXTENT)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("%s is %" G_GINT64_FORMAT ", but must be from %" G_GINT64_FORMAT
             " to %d"),
          "pads", pads[i], INT64_C (0), MAX_EXTENT);
    int axis = 3 - window->n_axes + i % window->n_axes;
    (i < window->n_axes ? window->before : window->after)[axis] = pads[i];
  }
  return true;
}

static bool
read_kernel (const LamStep *step, const LamShape *weights, LamWindow *window,
    GError **error)
{
  int first = 3 - window->n_axes;
  int64_t *kernel = window->kernel;
  if (!weights && !lam_step_find_attribute (step, "kernel_shape"))
    return lam_step_fail (
        step, error, LAM_ERROR_CORRUPT, _ ("kernel_shape is missing"));
  if (!read_extents (step, "kernel_shape", 1, window->n_axes, kernel, error))
    return false;
  for (int i = first; weights && i < 3; i++) {
    int64_t size = weights->dims[2 + i - first];
    if (size < 1 || size > MAX_EXTENT)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("the weights have %" G_GINT64_FORMAT " elements along an axis"),
          size);
    if (lam_step_find_attribute (step, "kernel_shape") && kernel[i] != size)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("kernel_shape says %" G_GINT64_FORMAT
             ", but the weights have %" G_GINT64_FORMAT),
          kernel[i], size);
    kernel[i] = size;
  }
  return true;
}

/* SAME: as much padding as makes out = ceil (in / stride). */
static void
pad_same (LamWindow *window, bool is_upper)
{
  for (int i = 3 - window->n_axes; i < 3; i++) {
    int64_t out = (window->in[i] + window->stride[i] - 1) / window->stride[i];
    int64_t reach = (window->kernel[i] - 1) * window->dilation[i] + 1;
    int64_t pad =
        MAX ((out - 1) * window->stride[i] + reach - window->in[i], 0);
    window->before[i] = is_upper ? pad / 2 : pad - pad / 2;
    window->after[i] = pad - window->before[i];
  }
}

static bool
apply_auto_pad (
    const LamStep *step, LamWindowKind kind, LamWindow *window, GError **error)
{
  const char *mode = "NOTSET";
  if (!lam_step_get_text (step, "auto_pad", &mode, error))
    return false;
  if (strcmp (mode, "NOTSET") == 0)
    return true;
  if (strcmp (mode, "VALID") == 0) {
    memset (window->before, 0, sizeof window->before);
    memset (window->after, 0, sizeof window->after);
    return true;
  }
  bool is_upper = strcmp (mode, "SAME_UPPER") == 0;
  if (!is_upper && strcmp (mode, "SAME_LOWER") != 0)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("auto_pad “%s” is not understood"), mode);
  /* Transposed, it follows from the size of the result. */
  if (kind == LAM_WINDOW_FORWARD)
    pad_same (window, is_upper);
  return true;
}

static bool
find_output (const LamStep *step, LamWindow *window, GError **error)
{
  int64_t ceil_mode = 0;
  if (!lam_step_get_integer (step, "ceil_mode", &ceil_mode, error))
    return false;
  for (int i = 0; i < 3; i++) {
    int64_t reach = (window->kernel[i] - 1) * window->dilation[i] + 1;
    int64_t padded = window->in[i] + window->before[i] + window->after[i];
    if (padded < reach)
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("the window reaches over %" G_GINT64_FORMAT
             " voxels, but the padded input has %" G_GINT64_FORMAT),
          reach, padded);
    int64_t room = padded - reach, stride = window->stride[i];
    window->out[i] = room / stride + 1;
    /* A window that begins in the padding behind the image is left out. */
    if (ceil_mode && room % stride
        && window->out[i] * stride < window->in[i] + window->before[i])
      window->out[i]++;
  }
  return true;
}

/* The size of the result is given, or SAME: in · stride; the padding follows
 * from it. */
static bool
pad_transposed (
    const LamStep *step, int64_t extra[3], LamWindow *window, GError **error)
{
  const char *mode = "NOTSET";
  int64_t out[3] = { 0, 0, 0 };
  if (!lam_step_get_text (step, "auto_pad", &mode, error)
      || !read_extents (step, "output_shape", 1, window->n_axes, out, error))
    return false;
  bool is_same = g_str_has_prefix (mode, "SAME");
  if (!is_same && !lam_step_find_attribute (step, "output_shape"))
    return true;
  for (int i = 3 - window->n_axes; i < 3; i++) {
    int64_t reach = (window->kernel[i] - 1) * window->dilation[i] + 1;
    int64_t wanted = out[i] ? out[i] : window->in[i] * window->stride[i];
    int64_t pad =
        (window->in[i] - 1) * window->stride[i] + reach + extra[i] - wanted;
    /* More than there is: behind the rest, as output_padding is. */
    extra[i] += MAX (-pad, 0);
    pad = MAX (pad, 0);
    bool is_upper = strcmp (mode, "SAME_UPPER") == 0;
    window->before[i] = is_upper ? pad / 2 : pad - pad / 2;
    window->after[i] = pad - window->before[i];
  }
  return true;
}

static bool
find_transposed_output (const LamStep *step, LamWindow *window, GError **error)
{
  int64_t extra[3] = { 0, 0, 0 };
  if (!read_extents (step, "output_padding", 0, window->n_axes, extra, error)
      || !pad_transposed (step, extra, window, error))
    return false;
  for (int i = 0; i < 3; i++) {
    int64_t reach = (window->kernel[i] - 1) * window->dilation[i] + 1;
    window->out[i] = (window->in[i] - 1) * window->stride[i] + reach + extra[i]
        - window->before[i] - window->after[i];
    if (extra[i] >= MAX (window->stride[i], window->dilation[i])
        && extra[i] > 0)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("output_padding is not below the stride"));
    if (window->out[i] < 1)
      return lam_step_fail (
          step, error, LAM_ERROR_INPUT, _ ("the result would have no voxels"));
  }
  return true;
}

bool
lam_window_read (const LamStep *step, LamWindowKind kind,
    const LamShape *weights, LamWindow *window, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  if (!lam_step_need_rank (step, 0, 3, 5, error))
    return false;
  *window = (LamWindow){ .batch = shape->dims[0],
    .channels = shape->dims[1],
    .n_axes = shape->rank - 2 };
  int first = 3 - window->n_axes;
  for (int i = 0; i < 3; i++) {
    window->in[i] = i < first ? 1 : shape->dims[2 + i - first];
    window->kernel[i] = window->stride[i] = window->dilation[i] = 1;
  }
  if (!read_kernel (step, weights, window, error)
      || !read_extents (
          step, "strides", 1, window->n_axes, window->stride, error)
      || !read_extents (
          step, "dilations", 1, window->n_axes, window->dilation, error)
      || !read_pads (step, window, error)
      || !apply_auto_pad (step, kind, window, error))
    return false;
  return kind == LAM_WINDOW_TRANSPOSED
      ? find_transposed_output (step, window, error)
      : find_output (step, window, error);
}

bool
lam_window_set_output (const LamStep *step, const LamWindow *window,
    int64_t channels, GError **error)
{
  int64_t dims[5] = { window->batch, channels };
  for (int i = 0; i < window->n_axes; i++)
    dims[2 + i] = window->out[3 - window->n_axes + i];
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, 2 + window->n_axes, dims, error);
}
