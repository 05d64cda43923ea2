/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks written as ONNX and read again compute the same; what cannot be
 * said in the wanted operator set is refused. */
#include <math.h>

#include "base/error.h"
#include "base/random.h"
#include "nn/metadata.h"
#include "nn/onnx-write.h"
#include "nn/onnx.h"
#include "nn/operator.h"
#include "nn/plan.h"
#include "onnx-build.h"

static const int64_t image[4] = { 1, 3, 12, 14 };
static const int64_t any_image[4] = { -1, 3, -1, -1 };

static LamTensor *
make_noise (int rank, const int64_t *dims, uint64_t seed)
{
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, rank, dims);
  LamTensor *tensor = lam_tensor_new (&shape);
  LamRandom dice = lam_random_new (seed, 1);
  for (int64_t i = 0; i < lam_shape_get_count (&shape); i++)
    lam_tensor_floats (tensor)[i] = (float)lam_random_normal (&dice);
  return tensor;
}

static LamTensor *
run (LamNetwork *network)
{
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, image);
  g_autoptr (LamTensor) x = make_noise (4, image, 1);
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, NULL, &error);
  g_assert_no_error (error);
  memcpy (lam_plan_get_input (plan, 0), x->data, lam_shape_get_bytes (&shape));
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *output = lam_plan_get_output (plan, 0);
  LamTensor *copy = lam_tensor_new (&output->shape);
  memcpy (copy->data, output->data, lam_shape_get_bytes (&output->shape));
  return copy;
}

static void
compare (const LamTensor *a, const LamTensor *b)
{
  g_assert_true (lam_shape_equal (&a->shape, &b->shape));
  for (int64_t i = 0; i < lam_shape_get_count (&a->shape); i++)
    g_assert_cmpfloat_with_epsilon (
        lam_tensor_floats (a)[i], lam_tensor_floats (b)[i], 1e-5);
}

static LamNetwork *
open_or_die (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamNetwork *network = lam_network_open (path, &error);
  g_assert_no_error (error);
  return network;
}

/* The network as it is, without fusion. */
static LamNetwork *
read_or_die (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamNetwork *network = lam_onnx_read (path, &error);
  g_assert_no_error (error);
  g_assert_true (lam_network_check (network, &error));
  return network;
}

/* Writes and reads; the same numbers must come out. */
static LamNetwork *
turn_around (LamNetwork *network, int opset)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_close (g_file_open_tmp ("lam-XXXXXX.onnx", &path, NULL), NULL);
  g_assert_true (lam_onnx_write (network, path, opset, &error));
  g_assert_no_error (error);
  LamNetwork *again = open_or_die (path);
  g_autoptr (LamTensor) before = run (network), after = run (again);
  compare (before, after);
  g_unlink (path);
  return again;
}

/* A convolution with norm and leaky ReLU, then the operators whose attributes
 * became inputs since `opset`, each as it was written then. */
static OnnxBuild *
build_old (int opset)
{
  OnnxBuild *build = onnx_build_new (opset);
  const int64_t kernel[4] = { 8, 3, 3, 3 }, filters = 8, four = 4;
  const int64_t pads[4] = { 1, 1, 1, 1 }, two[1] = { 2 }, ten[1] = { 10 };
  const int64_t frame[8] = { 0, 0, 1, 0, 0, 0, 0, 2 }, zero[1] = { 0 };
  const float scales[4] = { 1, 1, 2, 2 };
  g_autoptr (LamTensor) w = make_noise (4, kernel, 2);
  onnx_input (build, "x", 4, any_image);
  onnx_floats (build, "w", 4, kernel, w->data);
  for (int i = 0; i < 4; i++) {
    static const char *const names[] = { "scale", "shift", "mean", "var" };
    g_autoptr (LamTensor) list = make_noise (1, &filters, 3 + i);
    for (int j = 0; j < 8; j++)
      if (i == 3)
        lam_tensor_floats (list)[j] = fabsf (lam_tensor_floats (list)[j]) + 1;
    onnx_floats (build, names[i], 1, &filters, list->data);
  }
  onnx_floats (build, "scales", 1, &four, scales);
  onnx_set_integers (
      build, onnx_node (build, "Conv", "x w", "c"), "pads", 4, pads);
  onnx_node (build, "BatchNormalization", "c scale shift mean var", "n");
  onnx_set_float (
      build, onnx_node (build, "LeakyRelu", "n", "r"), "alpha", 0.125f);
  onnx_node (build, opset < 10 ? "Upsample" : "Resize", "r scales", "u");
  Onnx__NodeProto *node = onnx_node (build, "Clip", "u", "l");
  onnx_set_float (build, node, "max", 0.75f);
  node = onnx_node (build, "Pad", "l", "p");
  onnx_set_integers (build, node, "pads", 8, frame);
  onnx_set_float (build, node, "value", 0.5f);
  const char *last = "p";
  if (opset < 10) {
    node = onnx_node (build, "Slice", "p", last = "s");
    onnx_set_integers (build, node, "axes", 1, two);
    onnx_set_integers (build, node, "starts", 1, zero);
    onnx_set_integers (build, node, "ends", 1, ten);
  }
  node = onnx_node (build, "Softmax", last, "m");
  onnx_set_integer (build, node, "axis", 3);
  node = onnx_node (build, "ReduceMean", "m", "e");
  onnx_set_integers (build, node, "axes", 1, two);
  onnx_set_integer (build, node, "keepdims", 0);
  onnx_set_integers (
      build, onnx_node (build, "Unsqueeze", "e", "y"), "axes", 1, two);
  onnx_output (build, "y", -1, NULL);
  return build;
}

static void
test_old (void)
{
  for (int opset = 9; opset < 11; opset++) {
    g_autoptr (OnnxBuild) build = build_old (opset);
    g_autoptr (LamNetwork) fused = open_or_die (onnx_write (build));
    g_autoptr (LamNetwork) whole = read_or_die (build->path);
    g_assert_cmpint (lam_network_get_n_nodes (whole), ==,
        lam_network_get_n_nodes (fused) + 2);
    g_autoptr (LamTensor) a = run (fused), b = run (whole);
    compare (a, b);
    for (int to = 13; to <= 18; to++) {
      g_autoptr (LamNetwork) again = turn_around (fused, to);
      g_assert_cmpint (lam_network_get_opset (again), ==, to);
      g_assert_cmpint (
          lam_network_get_n_nodes (again), ==, lam_network_get_n_nodes (fused));
      g_autoptr (LamNetwork) with_norms = turn_around (whole, to);
    }
  }
}

/* What the outside sees stays: names, open axes, metadata. */
static void
test_names (void)
{
  g_autoptr (OnnxBuild) build = build_old (9);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = open_or_die (onnx_write (build));
  static const char *const classes[] = { "cell", "blood vessel", NULL };
  const double size[3] = { 5, 5, 0.1 };
  double found[3] = { 0 };
  lam_metadata_set_lines (network, LAM_METADATA_CLASSES, classes);
  lam_metadata_set_numbers (network, LAM_METADATA_VOXEL_SIZE, size);
  lam_network_set_metadata (network, "elsewhere", "kept");
  lam_network_set_metadata (network, LAM_METADATA_SEED, "7");
  lam_network_set_metadata (network, LAM_METADATA_SEED, NULL);
  g_autoptr (LamNetwork) again = turn_around (network, 0);
  g_assert_cmpint (lam_network_get_opset (again), ==, 13);
  g_assert_cmpstr (lam_network_get_input_name (again, 0), ==, "x");
  g_assert_cmpstr (lam_network_get_output_name (again, 0), ==, "y");
  const LamShape *shape = lam_network_get_input_shape (again, 0);
  g_assert_cmpmem (shape->dims, 32, any_image, 32);
  g_auto (GStrv) lines = lam_metadata_dup_lines (again, LAM_METADATA_CLASSES);
  g_assert_cmpstrv (lines, classes);
  g_assert_true (
      lam_metadata_get_numbers (again, LAM_METADATA_VOXEL_SIZE, found, &error));
  g_assert_cmpmem (found, sizeof found, size, sizeof size);
  g_assert_cmpstr (
      lam_network_get_metadata (again, LAM_METADATA_VOXEL_SIZE), ==, "5,5,0.1");
  g_assert_cmpstr (lam_network_get_metadata (again, "elsewhere"), ==, "kept");
  g_assert_null (lam_network_get_metadata (again, LAM_METADATA_SEED));
  found[0] = 3;
  g_assert_true (
      lam_metadata_get_numbers (again, LAM_METADATA_TILE, found, &error));
  g_assert_cmpfloat (found[0], ==, 3);
}

static void
test_bad_metadata (void)
{
  static const char *const bad[] = { "", "1,2", "1,2,3,4", "1,2,x", "1,2,-3",
    "1,nan,2", "1,2,3 " };
  g_autoptr (OnnxBuild) build = build_old (9);
  g_autoptr (LamNetwork) network = open_or_die (onnx_write (build));
  double values[3];
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (
        lam_metadata_set_text (network, LAM_METADATA_TILE, bad[i], &error));
    g_assert_true (error->domain == LAM_ERROR);
    g_clear_error (&error);
    lam_network_set_metadata (network, LAM_METADATA_TILE, bad[i]);
    g_assert_false (
        lam_metadata_get_numbers (network, LAM_METADATA_TILE, values, &error));
    g_assert_nonnull (strstr (error->message, "lamella.tile_zyx"));
    g_assert_nonnull (strstr (error->message, build->path));
  }
}

/* A network that no file was read for; two values share a name. */
static void
test_built (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = lam_graph_new ("made here");
  const int64_t kernel[4] = { 5, 3, 1, 1 };
  static const char *const types[] = { "Conv", "Relu", "Sigmoid" };
  network->opset = 14;
  int value = lam_graph_add_value (network, "image", NULL);
  LamShape *declared = &lam_graph_get_value (network, value)->declared;
  *declared = lam_shape_new (LAM_TENSOR_F32, 4, any_image);
  g_array_append_val (network->inputs, value);
  int weights = lam_graph_add_value (network, "w", make_noise (4, kernel, 5));
  for (int i = 0; i < 3; i++) {
    LamNode *node = lam_node_new (i ? 1 : 2, 1, 0);
    node->row = lam_operator_find (types[i]);
    node->name = g_strdup (types[i]);
    node->inputs[0] = value;
    if (!i)
      node->inputs[1] = weights;
    value = node->outputs[0] =
        lam_graph_add_value (network, i < 2 ? "same" : "result", NULL);
    g_ptr_array_add (network->nodes, node);
  }
  g_array_append_val (network->outputs, value);
  g_assert_true (lam_network_check (network, &error));
  g_autoptr (LamNetwork) again = turn_around (network, 0);
  g_assert_cmpint (lam_network_get_opset (again), ==, 14);
  g_assert_cmpint (lam_network_get_n_parameters (again), ==, 15);
}

static void
refuse (LamNetwork *network, const char *path, int opset, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_onnx_write (network, path, opset, &error));
  g_assert_true (error->domain == LAM_ERROR);
  if (!strstr (error->message, text) || !strstr (error->message, path))
    g_error ("“%s” does not name “%s” and “%s”", error->message, text, path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_refused (void)
{
  g_autoptr (OnnxBuild) build = onnx_build_new (17);
  onnx_input (build, "x", 4, image);
  onnx_node (build, "Relu", "x", "y");
  onnx_output (build, "y", -1, NULL);
  g_autoptr (LamNetwork) network = open_or_die (onnx_write (build));
  refuse (network, "/no/such/folder/a.onnx", 0, "folder");
  refuse (network, "a.onnx", 16, "not for 16");
  refuse (network, "a.onnx", 19, "not for 19");
  g_autoptr (OnnxBuild) old = onnx_build_new (12);
  onnx_input (old, "x", 4, image);
  onnx_set_integer (old, onnx_node (old, "Softmax", "x", "y"), "axis", 1);
  onnx_output (old, "y", -1, NULL);
  g_autoptr (LamNetwork) softmax = open_or_die (onnx_write (old));
  refuse (softmax, "a.onnx", 13, "the-Softmax");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/write/old", test_old);
  g_test_add_func ("/nn/write/names", test_names);
  g_test_add_func ("/nn/write/bad-metadata", test_bad_metadata);
  g_test_add_func ("/nn/write/built", test_built);
  g_test_add_func ("/nn/write/refused", test_refused);
  return g_test_run ();
}
