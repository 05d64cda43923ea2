/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The field of view of networks: parts of an image must give what the whole
 * gives, except for the voxels that are said to see how the part was cut, the
 * innermost of which must differ; and what has no such field must be named. */
#include <math.h>

#include "base/random.h"
#include "nn/field.h"
#include "nn/plan.h"
#include "onnx-build.h"

/* Nodes, one a line: operator; inputs (W: random weights of these axes, I:
 * integers, F: floats); output; attributes (= integers, : text). The image is
 * x, the result y. */
typedef struct {
  const char *name;
  int opset;
  const char *nodes;
  /* y, x; -1: not by this table. */
  int64_t before[2], after[2], step[2];
} Row;

static const Row rows[] = {
  { "conv", 13, "Conv;x W1,1,5,3;y;pads=2,1,2,1", { 2, 1 }, { 2, 1 },
      { 1, 1 } },
  { "one-sided", 13, "Conv;x W1,1,4,1;y;pads=0,0,3,0", { 0, 0 }, { 3, 0 },
      { 1, 1 } },
  { "dilated", 13, "Conv;x W1,1,3,3;y;pads=4,2,4,2 dilations=4,2", { 4, 2 },
      { 4, 2 }, { 1, 1 } },
  { "same", 13,
      "Conv;x W1,1,3,3;a;auto_pad:SAME_UPPER strides=2,2\n"
      "ConvTranspose;a W1,1,2,2;y;strides=2,2",
      { 0, 0 }, { 2, 2 }, { 2, 2 } },
  { "transposed", 13,
      "Conv;x W2,1,3,3;a;pads=1,1,1,1 strides=2,2\n"
      "ConvTranspose;a W2,1,4,4;b;pads=1,1,1,1 strides=2,2\n"
      "Concat;b x;c;axis=1\nConv;c W1,2,1,1;y;",
      { -1, -1 }, { -1, -1 }, { 2, 2 } },
  { "pools", 13,
      "AveragePool;x;a;kernel_shape=2,2 strides=2,2\n"
      "Conv;a W2,1,3,3;b;pads=1,1,1,1\nRelu;b;c\n"
      "AveragePool;c;d;kernel_shape=2,4 strides=2,4\n"
      "Conv;d W2,2,3,3;e;pads=1,1,1,1\n"
      "ConvTranspose;e W2,2,2,4;f;strides=2,4\nAdd;f b;g\n"
      "ConvTranspose;g W2,1,2,2;y;strides=2,2",
      { -1, -1 }, { -1, -1 }, { 4, 8 } },
  { "nearest", 13,
      "AveragePool;x;a;kernel_shape=2,2 strides=2,2\n"
      "Conv;a W1,1,3,3;b;pads=1,1,1,1\n"
      "Resize;b - F1,1,2,2;y;mode:nearest",
      { 2, 2 }, { 2, 2 }, { 2, 2 } },
  { "floor", 13,
      "AveragePool;x;a;kernel_shape=2,2 strides=2,2\n"
      "Resize;a - F1,1,2,2;y;mode:nearest nearest_mode:floor "
      "coordinate_transformation_mode:asymmetric",
      { 0, 0 }, { 0, 0 }, { 2, 2 } },
  { "linear", 13,
      "AveragePool;x;a;kernel_shape=4,4 strides=4,4\n"
      "Resize;a - F1,1,4,4;y;mode:linear",
      { 2, 2 }, { 2, 2 }, { 4, 4 } },
  /* The size comes from the image itself. */
  { "sizes", 13,
      "AveragePool;x;a;kernel_shape=2,2 strides=2,2\nShape;x;s\n"
      "Resize;a - F s;y;mode:linear",
      { 1, 1 }, { 1, 1 }, { 2, 2 } },
  { "depth", 13,
      "SpaceToDepth;x;a;blocksize=2\nConv;a W8,4,3,3;b;pads=1,1,1,1\n"
      "DepthToSpace;b;c;blocksize=2\nConv;c W1,2,1,1;y;",
      { 2, 2 }, { 2, 2 }, { 2, 2 } },
  { "crop", 13,
      "Conv;x W1,1,3,3;a;\nSlice;x I1,1 I-1,-1 I2,3;b\nAdd;a b;c\n"
      "Pad;c I0,0,1,1,0,0,1,1;y;mode:reflect",
      { 1, 1 }, { 1, 1 }, { 1, 1 } },
  /* The part's own first place is cut off, and comes back as padding. */
  { "shifted", 13,
      "Slice;x I2 I9223372036854775807 I3;a\nConv;a W1,1,1,3;b;pads=0,1,0,1\n"
      "Pad;b I0,0,0,2,0,0,0,0;y;",
      { 0, 3 }, { 0, 1 }, { 1, 1 } },
  { "every-second", 13,
      "Slice;x I1 I9223372036854775807 I2 I2;a\nConv;a W1,1,3,1;b;"
      "pads=1,0,1,0\nResize;b - F1,1,2,1;y;mode:nearest",
      { 2, 0 }, { 2, 0 }, { 2, 1 } },
  { "channels-last", 17,
      "Conv;x W4,1,3,3;a;pads=1,1,1,1\nTranspose;a;b;perm=0,2,3,1\n"
      "LayerNormalization;b W4 W4;c;axis=-1\nMatMul;c W4,2;d\n"
      "Transpose;d;e;perm=0,3,1,2\nSoftmax;e;f;axis=1\n"
      "ReduceMax;f;g;axes=1\nReshape;g I1,1,0,-1;h\nMul;h x;y",
      { 1, 1 }, { 1, 1 }, { 1, 1 } },
  { "split", 13,
      "Conv;x W4,1,3,1;a;pads=1,0,1,0\nSplit;a;b c;axis=1\n"
      "Mul;b c;d\nLogSoftmax;d;e;axis=1\nReduceMean;e;f;axes=1 keepdims=0\n"
      "Unsqueeze;f I1;y",
      { 1, 0 }, { 1, 0 }, { 1, 1 } },
};

static int64_t *
parse_list (const char *text, int *n)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  *n = *text ? (int)g_strv_length (words) : 0;
  int64_t *values = g_new0 (int64_t, *n + 1);
  for (int i = 0; i < *n; i++)
    values[i] = g_ascii_strtoll (words[i], NULL, 10);
  return values;
}

/* A constant, and its name. */
static char *
add_constant (OnnxBuild *build, const char *text, LamRandom *random)
{
  int n;
  int64_t count = 1;
  g_autofree int64_t *values = parse_list (text + 1, &n);
  char *name = g_strdup_printf ("%zu", build->graph.n_initializer);
  if (*text == 'I') {
    onnx_integers (build, name, n, values);
    return name;
  }
  const int64_t length = n;
  for (int i = 0; *text == 'W' && i < n; i++)
    count *= values[i];
  g_autofree float *floats = g_new (float, MAX (count, n) + 1);
  for (int64_t i = 0; i < MAX (count, n); i++)
    floats[i] = *text == 'W' ? (float)lam_random_normal (random)
        : i < n              ? (float)values[i]
                             : 0;
  if (*text == 'W')
    onnx_floats (build, name, n, values, floats);
  else
    onnx_floats (build, name, 1, &length, floats);
  return name;
}

static void
add_attributes (OnnxBuild *build, Onnx__NodeProto *node, const char *text)
{
  static const char *const single[] = { "axis", "blocksize", "keepdims", NULL };
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  for (int i = 0; words[i]; i++) {
    char *sign = strpbrk (words[i], "=:");
    if (!sign)
      continue;
    bool is_text = *sign == ':';
    int n;
    *sign = 0;
    g_autofree int64_t *values = parse_list (sign + 1, &n);
    if (is_text)
      onnx_set_text (build, node, words[i], sign + 1);
    else if (g_strv_contains (single, words[i]))
      onnx_set_integer (build, node, words[i], values[0]);
    else
      onnx_set_integers (build, node, words[i], n, values);
  }
}

static void
add_node (OnnxBuild *build, const char *line, LamRandom *random)
{
  g_auto (GStrv) parts = g_strsplit (line, ";", -1);
  g_auto (GStrv) words = g_strsplit (parts[1], " ", -1);
  for (int i = 0; words[i]; i++)
    if (strchr ("WIF", words[i][0])) {
      char *name = add_constant (build, words[i], random);
      g_free (words[i]);
      words[i] = name;
    }
  g_autofree char *inputs = g_strjoinv (" ", words);
  Onnx__NodeProto *node = onnx_node (build, parts[0], inputs, parts[2]);
  if (parts[3])
    add_attributes (build, node, parts[3]);
}

static LamNetwork *
make_network (const char *nodes, int opset)
{
  const int64_t open[4] = { 1, 1, -1, -1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = onnx_build_new (opset);
  g_auto (GStrv) lines = g_strsplit (nodes, "\n", -1);
  LamRandom random = lam_random_new (7, 0);
  onnx_input (build, "x", 4, open);
  for (int i = 0; lines[i]; i++)
    add_node (build, lines[i], &random);
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

static LamField
find_field (LamNetwork *network)
{
  static const bool is_open[LAM_TENSOR_MAX_RANK] = { 0, 0, true, true };
  const int64_t dims[4] = { 1, 1, 96, 96 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  LamField field;
  lam_field_find (network, &shape, is_open, &field);
  return field;
}

#define IMAGE 288
#define PART 96
#define FROM 96 /* the part's first voxel in the image, both axes */

static float
get_grey (int64_t x, int64_t y)
{
  return (float)(sin ((double)(x * 12 + y * 7)) + cos ((double)(x * y % 31)));
}

/* The result of a square part of the image. */
static float *
run_part (LamNetwork *network, int64_t from, int64_t edge)
{
  g_autoptr (GError) error = NULL;
  const int64_t dims[4] = { 1, 1, edge, edge };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, NULL, &error);
  g_assert_no_error (error);
  float *in = lam_plan_get_input (plan, 0);
  for (int64_t y = 0; y < edge; y++)
    for (int64_t x = 0; x < edge; x++)
      *in++ = get_grey (from + x, from + y);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *out = lam_plan_get_output (plan, 0);
  return g_memdup2 (out->data, (gsize)lam_shape_get_bytes (&out->shape));
}

/* The largest difference between the part and the image along one line: of
 * all x at row `at`, or all y at column `at`, without the other axis's rim. */
static float
compare (const float *image, const float *part, int axis, int64_t at,
    const LamField *field)
{
  float largest = 0;
  int other = 5 - axis;
  for (int64_t i = field->before[other]; i < PART - field->after[other]; i++) {
    int64_t y = axis == 2 ? at : i, x = axis == 2 ? i : at;
    float wanted = image[(FROM + y) * IMAGE + FROM + x];
    largest = MAX (largest, fabsf (wanted - part[y * PART + x]));
  }
  return largest;
}

static void
check_axis (
    const float *image, const float *part, int axis, const LamField *field)
{
  int64_t before = field->before[axis], after = field->after[axis];
  for (int64_t i = before; i < PART - after; i++)
    g_assert_cmpfloat (compare (image, part, axis, i, field), <, 1e-4);
  if (before > 0)
    g_assert_cmpfloat (compare (image, part, axis, before - 1, field), >, 1e-4);
  if (after > 0)
    g_assert_cmpfloat (
        compare (image, part, axis, PART - after, field), >, 1e-4);
}

static void
test_field (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (LamNetwork) network = make_network (row->nodes, row->opset);
  LamField field = find_field (network);
  g_assert_cmpstr (field.whole, ==, NULL);
  for (int i = 0; i < 2; i++) {
    g_test_message ("axis %d: %d before, %d after, step %d", 2 + i,
        (int)field.before[2 + i], (int)field.after[2 + i],
        (int)field.step[2 + i]);
    if (row->before[i] >= 0) {
      g_assert_cmpint (field.before[2 + i], ==, row->before[i]);
      g_assert_cmpint (field.after[2 + i], ==, row->after[i]);
    }
    g_assert_cmpint (field.step[2 + i], ==, row->step[i]);
  }
  g_autofree float *image = run_part (network, 0, IMAGE);
  g_autofree float *part = run_part (network, FROM, PART);
  for (int axis = 2; axis < 4; axis++)
    check_axis (image, part, axis, &field);
}

/* What has no field, and the operator that is to blame. */
static void
test_whole (void)
{
  static const char *const cases[][2] = {
    { "Conv;x W4,1,3,3;a;pads=1,1,1,1\nInstanceNormalization;a W4 W4;b\n"
      "Conv;b W1,4,1,1;y;",
        "InstanceNormalization" },
    { "GlobalAveragePool;x;a\nMul;x a;y", "GlobalAveragePool" },
    { "GlobalMaxPool;x;a\nSub;x a;y", "GlobalMaxPool" },
    { "ReduceMean;x;a;axes=3\nSub;x a;y", "ReduceMean" },
    { "Softmax;x;y;axis=2", "Softmax" },
    { "AveragePool;x;a;kernel_shape=2,2 strides=2,2\n"
      "Resize;a - F1,1,2,2;y;mode:linear "
      "coordinate_transformation_mode:align_corners",
        "Resize" },
    { "Slice;x I-1 I-9999 I3 I-1;a\nAdd;a x;y", "Slice" },
    /* Its length is not the image's. */
    { "Slice;x I0 I5 I3;a\nReduceSum;a I3;b\nAdd;b x;y", "ReduceSum" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LamNetwork) network = make_network (cases[i][0], 13);
    LamField field = find_field (network);
    g_assert_cmpstr (field.whole, ==, cases[i][1]);
    g_assert_cmpint (field.step[2], ==, 0);
    lam_field_clear (&field);
  }
}

/* A network of one size has a field, if that is large enough for it. */
static void
test_fixed (void)
{
  static const bool is_open[LAM_TENSOR_MAX_RANK] = { 0 };
  g_autoptr (LamNetwork) network =
      make_network ("Conv;x W1,1,5,9;y;pads=2,4,2,4", 13);
  for (int64_t edge = 5; edge < 12; edge++) {
    const int64_t dims[4] = { 1, 1, 16, edge };
    LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
    LamField field;
    lam_field_find (network, &shape, is_open, &field);
    if (edge > 8)
      g_assert_cmpint (field.before[3], ==, 4);
    g_assert_cmpint (field.whole != NULL, ==, edge <= 8);
    lam_field_clear (&field);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *name = g_strconcat ("/nn-field/", rows[i].name, NULL);
    g_test_add_data_func (name, &rows[i], test_field);
  }
  g_test_add_func ("/nn-field/whole", test_whole);
  g_test_add_func ("/nn-field/fixed", test_fixed);
  return g_test_run ();
}
