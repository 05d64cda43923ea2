/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* fuzz-onnx-seeds FOLDER: small sound networks that fuzz-onnx begins with, one
 * for each operator of one input, and some of several nodes. */
#include "nn/operator.h"
#include "onnx-build.h"

static const int64_t image[4] = { 1, 4, -1, -1 };
static const float numbers[64] = { 1, 0.5f, -1, 2 };

static void
save (OnnxBuild *build, const char *folder, const char *name)
{
  size_t n;
  g_autofree uint8_t *bytes = onnx_pack (build, &n);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (
      g_file_set_contents (path, (const char *)bytes, (gssize)n, NULL));
  onnx_build_free (build);
}

static OnnxBuild *
begin (int opset)
{
  OnnxBuild *build = onnx_build_new (opset);
  onnx_input (build, "x", 4, image);
  onnx_output (build, "y", -1, NULL);
  return build;
}

static void
save_simple (const char *folder)
{
  static const char *const names[] = { "Relu", "LeakyRelu", "Elu", "Sigmoid",
    "Clip", "Selu", "HardSwish", "Mish", "Softmax", "LogSoftmax", "ArgMax",
    "ReduceMean", "ReduceMax", "ReduceLogSumExp", "GlobalAveragePool",
    "GlobalMaxPool", "Flatten", "Transpose", "Identity", "Squeeze", "Shape",
    "Size", "Split", "Sum", "Max", "Not", "Cast" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    OnnxBuild *build = begin (i % 2 ? 11 : 18);
    Onnx__NodeProto *node = onnx_node (build, names[i], "x", "y");
    if (strcmp (names[i], "Cast") == 0)
      onnx_set_integer (build, node, "to", 7);
    save (build, folder, names[i]);
  }
}

static void
save_lists (const char *folder)
{
  static const struct {
    const char *name;
    int n;
    int64_t list[8];
  } rows[] = {
    { "Pad", 8, { 0, 0, 1, 2, 0, 0, -1, 3 } },
    { "Reshape", 3, { 0, 4, -1 } },
    { "Expand", 4, { 2, 1, 1, 1 } },
    { "Tile", 4, { 1, 2, 1, 2 } },
    { "Unsqueeze", 1, { 2 } },
    { "ReduceSum", 2, { 1, -1 } },
    { "Gather", 2, { 0, -1 } },
    { "Split", 1, { 1 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    OnnxBuild *build = begin (13);
    onnx_integers (build, "list", rows[i].n, rows[i].list);
    onnx_node (build, rows[i].name, "x list", "y");
    save (build, folder, rows[i].name);
  }
}

/* Weights of the kinds that convolutions, norms and products take. */
static void
save_weighted (const char *folder)
{
  static const struct {
    const char *name, *inputs;
  } rows[] = { { "Conv", "x kernel list" }, { "ConvTranspose", "x kernel" },
    { "BatchNormalization", "x list list list list" },
    { "InstanceNormalization", "x list list" }, { "PRelu", "x one" },
    { "MatMul", "x matrix" }, { "Add", "x one" }, { "Pow", "x one" },
    { "LayerNormalization", "x one one" }, { "Where", "x one one" } };
  const int64_t kernel[4] = { 4, 4, 2, 2 }, four = 4, one = 1;
  const int64_t matrix[2] = { 16, 4 };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    OnnxBuild *build = begin (17);
    onnx_floats (build, "kernel", 4, kernel, numbers);
    onnx_floats (build, "matrix", 2, matrix, numbers);
    onnx_floats (build, "list", 1, &four, numbers);
    onnx_floats (build, "one", 1, &one, numbers);
    onnx_node (build, rows[i].name, rows[i].inputs, "y");
    save (build, folder, rows[i].name);
  }
}

static void
save_unet (const char *folder)
{
  const int64_t two[2] = { 2, 2 }, pads[4] = { 1, 1, 1, 1 }, four = 4;
  const int64_t kernel[4] = { 2, 4, 3, 3 };
  const float scales[4] = { 1, 1, 2, 2 };
  float weights[72] = { 0.5f, -1 };
  OnnxBuild *build = begin (11);
  onnx_floats (build, "w", 4, kernel, weights);
  onnx_floats (build, "scales", 1, &four, scales);
  onnx_set_integers (
      build, onnx_node (build, "Conv", "x w", "c"), "pads", 4, pads);
  onnx_node (build, "Relu", "c", "skip");
  Onnx__NodeProto *node = onnx_node (build, "MaxPool", "skip", "down");
  onnx_set_integers (build, node, "kernel_shape", 2, two);
  onnx_set_integers (build, node, "strides", 2, two);
  node = onnx_node (build, "Resize", "down - scales", "up");
  onnx_set_text (build, node, "mode", "linear");
  onnx_set_integer (
      build, onnx_node (build, "Concat", "up skip", "both"), "axis", 1);
  node = onnx_node (build, "AveragePool", "both", "y");
  onnx_set_integers (build, node, "kernel_shape", 2, two);
  save (build, folder, "unet");
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    return 2;
  save_simple (argv[1]);
  save_lists (argv[1]);
  save_weighted (argv[1]);
  save_unet (argv[1]);
  return 0;
}
