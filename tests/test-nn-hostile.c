/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ONNX files that must be refused, each with a message that names file and
 * culprit; then a sound file with every prefix and with flipped bytes. */
#include <glib/gstdio.h>
#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "nn/arena.h"
#include "nn/plan.h"
#include "onnx-build.h"

static const int64_t image[4] = { 1, 2, 16, 16 };
static const int64_t kernel[4] = { 3, 2, 3, 3 };
static const int64_t pads[4] = { 1, 1, 1, 1 };
static float weights[54];

/* A sound network of one convolution "x w" → "y". */
static OnnxBuild *
sound (Onnx__NodeProto **conv)
{
  OnnxBuild *build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_floats (build, "w", 4, kernel, weights);
  *conv = onnx_node (build, "Conv", "x w", "y");
  onnx_set_integers (build, *conv, "pads", 4, pads);
  onnx_output (build, "y", -1, NULL);
  return build;
}

/* Takes `build`. The message must hold the file's name and both texts. */
static void
refuse (OnnxBuild *build, const char *culprit, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_null (network);
  g_assert_true (error->domain == LAM_ERROR);
  if (!strstr (error->message, build->path) || !strstr (error->message, culprit)
      || !strstr (error->message, text))
    g_error ("“%s” does not name “%s” and “%s”", error->message, culprit, text);
  onnx_build_free (build);
}

static void
test_sound (void)
{
  Onnx__NodeProto *conv;
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = sound (&conv);
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  g_assert_cmpint (lam_network_get_n_parameters (network), ==, 54);
}

static void
test_attributes (void)
{
  static const struct {
    const char *name;
    int n;
    int64_t values[4];
    const char *text;
  } rows[] = {
    { "strides", 2, { 0, 1 }, "strides is 0" },
    { "strides", 2, { -1, 1 }, "strides is -1" },
    { "strides", 3, { 1, 1, 1 }, "strides has 3" },
    { "dilations", 2, { 1, 0 }, "dilations is 0" },
    { "dilations", 2, { G_MAXINT64, 1 }, "dilations is" },
    { "kernel_shape", 2, { 5, 3 }, "kernel_shape says 5" },
    { "group", 1, { 0 }, "0 groups" },
    { "group", 1, { 7 }, "7 groups" },
    { "group", 1, { G_MININT64 }, "groups" },
    { "frobnicate", 1, { 1 }, "frobnicate" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Onnx__NodeProto *conv;
    OnnxBuild *build = sound (&conv);
    if (rows[i].n == 1)
      onnx_set_integer (build, conv, rows[i].name, rows[i].values[0]);
    else
      onnx_set_integers (build, conv, rows[i].name, rows[i].n, rows[i].values);
    refuse (build, "the-Conv", rows[i].text);
  }
}

/* Kinds and numbers that no operator expects. */
static void
test_attribute_kinds (void)
{
  const int64_t list[2] = { 1, 1 };
  OnnxBuild *build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_set_integers (build, onnx_node (build, "Cast", "x", "y"), "to", 0, list);
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Cast", "“to”");
  build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_set_float (build, onnx_node (build, "Cast", "x", "y"), "to", 9);
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Cast", "“to”");
  Onnx__NodeProto *node;
  build = sound (&node);
  onnx_set_text (build, node, "auto_pad", "");
  refuse (build, "the-Conv", "auto_pad “”");
  build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  node = onnx_node (build, "LeakyRelu", "x", "y");
  onnx_set_float (build, node, "alpha", 1);
  onnx_set_integer (build, node, "alpha", 1);
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-LeakyRelu", "twice");
}

static void
test_equations (void)
{
  static const char *const bad[] = { "", "->", "abcd", "aacd->ac", "ab..->a",
    "abcd->ae", "abcd->aa", "abcd,ab->cd", "abcd->a,b", "abc->a",
    "abcdefghijklmnopqrstuvwxyz->a" };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    OnnxBuild *build = onnx_build_new (13);
    onnx_input (build, "x", 4, image);
    onnx_set_text (
        build, onnx_node (build, "Einsum", "x", "y"), "equation", bad[i]);
    onnx_output (build, "y", -1, NULL);
    refuse (build, "the-Einsum", bad[i]);
  }
}

/* What only a table, or a long computation, would break on. */
static void
test_sizes (void)
{
  const int64_t far[8] = { 0, 0, 0, 0, 0, 0, 0, INT64_C (1) << 31 };
  const int64_t wide[4] = { 1, 2, 16, INT64_C (1) << 30 };
  const int64_t times[4] = { 1, 1, G_MAXINT64, 2 };
  const int64_t volume[4] = { 1, 64, 1024, 1024 };
  OnnxBuild *build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_integers (build, "list", 8, far);
  onnx_node (build, "Pad", "x list", "y");
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Pad", "2147483648");
  build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_integers (build, "list", 4, wide);
  onnx_node (build, "Resize", "x - - list", "y");
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Resize", "axis 3");
  build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_integers (build, "list", 4, times);
  onnx_node (build, "Tile", "x list", "y");
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Tile", "9223372036854775807");
  build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_integers (build, "list", 4, volume);
  onnx_integers (build, "kernel", 4, (const int64_t[]){ 64, 64, 5, 5 });
  onnx_node (build, "ConstantOfShape", "list", "a");
  build->graph.node[0]->name = onnx_text (build, "first");
  onnx_node (build, "ConstantOfShape", "kernel", "b");
  onnx_node (build, "Conv", "a b", "c");
  onnx_node (build, "Add", "c x", "y");
  onnx_output (build, "y", -1, NULL);
  refuse (build, "the-Conv", "constants");
}

static int64_t
most_resident_bytes (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss * INT64_C (1024);
}

/* Images as large as an operator allows, from a short file: opening it takes
 * no memory for them, and a plan says what it would take. */
static void
test_large (void)
{
  const int64_t wide[4] = { 1, 2, 16, 1 << 20 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, image);
  onnx_integers (build, "wide", 4, wide);
  onnx_integers (build, "small", 4, image);
  const char *last = "x";
  for (int i = 0; i < 8; i++) {
    g_autofree char *inputs =
        g_strdup_printf ("%s - - %s", last, i % 2 ? "small" : "wide");
    last = onnx_text (build, i == 7 ? "y" : (char[]){ 'a' + (char)i, 0 });
    onnx_node (build, "Resize", inputs, last);
  }
  onnx_output (build, "y", -1, NULL);
  g_autoptr (GError) error = NULL;
  int64_t before = most_resident_bytes ();
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  LamShape shape = *lam_network_get_input_shape (network, 0);
  const LamPlanOptions options = { .n_threads = 1, .limit_bytes = 16 << 20 };
  g_assert_null (lam_plan_new (network, &shape, &options, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
  g_assert_cmpint (most_resident_bytes () - before, <, 32 << 20);
}

static void
test_weights (void)
{
  Onnx__NodeProto *conv;
  const float bad[] = { NAN, INFINITY, -INFINITY };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    OnnxBuild *build = sound (&conv);
    memcpy (build->graph.initializer[0]->raw_data.data + 8, &bad[i], 4);
    refuse (build, "“w”", "element 2");
  }
  OnnxBuild *build = sound (&conv);
  build->graph.initializer[0]->raw_data.len -= 4;
  refuse (build, "“w”", "3×2×3×3");
  build = sound (&conv);
  build->graph.initializer[0]->dims[0] = G_MAXINT64;
  refuse (build, "“w”", "impossible shape");
  build = sound (&conv);
  build->graph.initializer[0]->dims[0] = -3;
  refuse (build, "“w”", "impossible shape");
  build = sound (&conv);
  build->graph.initializer[0]->data_type = 8;
  refuse (build, "“w”", "type 8");
  build = sound (&conv);
  build->graph.initializer[0]->dims[1] = 1;
  build->graph.initializer[0]->dims[0] = 6;
  refuse (build, "the-Conv", "2");
}

/* Weights beside the file: only a plain name, and long enough. */
static void
test_outside (void)
{
  static const char *const places[] = { "../w", "/etc/passwd", "a/b", "..", "",
    ".hidden", "no-such-file" };
  for (size_t i = 0; i <= G_N_ELEMENTS (places); i++) {
    Onnx__NodeProto *conv;
    OnnxBuild *build = sound (&conv);
    Onnx__TensorProto *tensor = build->graph.initializer[0];
    Onnx__StringStringEntryProto entry, *entries[1] = { &entry };
    onnx__string_string_entry_proto__init (&entry);
    entry.key = onnx_text (build, "location");
    tensor->has_raw_data = false;
    tensor->has_data_location = true;
    tensor->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    tensor->external_data = entries;
    tensor->n_external_data = 1;
    if (i < G_N_ELEMENTS (places)) {
      entry.value = onnx_text (build, places[i]);
      refuse (build, "“w”", places[i]);
      continue;
    }
    /* A file that is there: once too short, once as it should be. */
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;
    g_close (g_file_open_tmp ("lam-XXXXXX.bin", &path, NULL), NULL);
    entry.value = strrchr (path, '/') + 1;
    g_assert_true (
        g_file_set_contents (path, (const char *)weights, 200, NULL));
    g_assert_null (lam_network_open (onnx_write (build), &error));
    g_assert_nonnull (strstr (error->message, "216"));
    g_assert_nonnull (strstr (error->message, "200"));
    g_clear_error (&error);
    g_assert_true (g_file_set_contents (
        path, (const char *)weights, sizeof weights, NULL));
    g_autoptr (LamNetwork) network =
        lam_network_open (onnx_write (build), &error);
    g_assert_no_error (error);
    g_unlink (path);
    onnx_build_free (build);
  }
}

static void
test_graph (void)
{
  Onnx__NodeProto *conv;
  const int64_t lie[4] = { 1, 5, 16, 16 }, huge[4] = { 1, 2, 1 << 30, 1 << 30 };
  OnnxBuild *build = sound (&conv);
  conv->op_type = onnx_text (build, "FlashAttention");
  refuse (build, "the-Conv", "FlashAttention");
  build = sound (&conv);
  conv->domain = onnx_text (build, "com.example");
  refuse (build, "the-Conv", "com.example.Conv");
  build = sound (&conv);
  conv->input[0] = onnx_text (build, "nowhere");
  refuse (build, "the-Conv", "nowhere");
  build = sound (&conv);
  conv->output[0] = onnx_text (build, "w");
  refuse (build, "“w”", "made twice");
  build = sound (&conv);
  onnx_node (build, "Add", "x b", "a");
  onnx_node (build, "Relu", "a", "b");
  refuse (build, "the-Add", "circle");
  build = sound (&conv);
  build->graph.n_output = 0;
  onnx_output (build, "y", 4, lie);
  refuse (build, "“y”", "1×5×16×16");
  build = sound (&conv);
  build->graph.n_input = 0;
  onnx_input (build, "x", 4, huge);
  refuse (build, "", "");
  build = sound (&conv);
  build->opset.version = 8;
  refuse (build, "set 8", "9 to 18");
  build = sound (&conv);
  build->opset.version = 99;
  refuse (build, "set 99", "9 to 18");
  build = sound (&conv);
  onnx_set_integer (build, onnx_node (build, "Softmax", "x", "s"), "axis", 99);
  refuse (build, "the-Softmax", "axis 99");
  build = sound (&conv);
  const int64_t six[1] = { 6 };
  onnx_integers (build, "six", 1, six);
  onnx_node (build, "Reshape", "x six", "s");
  refuse (build, "the-Reshape", "cannot be seen as 6");
  build = sound (&conv);
  build->model.graph = NULL;
  refuse (build, "", "graph");
}

/* Graphs inside attributes inside nodes, far deeper than anyone needs. */
static void
test_depth (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  /* GraphProto.node = 1, NodeProto.attribute = 5, AttributeProto.g = 6. */
  static const uint8_t keys[3] = { 1 << 3 | 2, 5 << 3 | 2, 6 << 3 | 2 };
  for (int level = 0; level < 3000; level++) {
    uint8_t head[6] = { level < 2999 ? keys[(4 - level % 3) % 3] : 7 << 3 | 2 };
    int n = 1;
    for (uint32_t length = bytes->len; n == 1 || length; length >>= 7)
      head[n++] = (uint8_t)((length & 0x7f) | (length >> 7 ? 0x80 : 0));
    g_byte_array_prepend (bytes, head, n);
  }
  g_close (g_file_open_tmp ("lam-XXXXXX.onnx", &path, NULL), NULL);
  g_assert_true (
      g_file_set_contents (path, (const char *)bytes->data, bytes->len, NULL));
  g_assert_null (lam_network_open (path, &error));
  g_assert_nonnull (strstr (error->message, "deeper than 64"));
  g_unlink (path);
}

/* Whatever becomes of it, it ends, and an error is one of ours. */
static void
try_bytes (const char *path, const uint8_t *bytes, size_t n)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents_full (path, (const char *)bytes, (gssize)n,
      G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_autoptr (LamNetwork) network = lam_network_open (path, &error);
  g_assert_true ((network == NULL) == (error != NULL));
  g_assert_true (!error || error->domain == LAM_ERROR);
}

/* Files that have no byte, or none of a network: not “operator set 0”. */
static void
test_nothing (void)
{
  static const struct {
    const char *bytes, *text;
  } rows[] = { { "", "is empty" }, { "\x08\x07", "names no operator set" } };
  g_autofree char *path =
      g_build_filename (g_get_tmp_dir (), "lam-XXXXXX", NULL);
  close (g_mkstemp (path));
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, rows[i].bytes, -1, NULL));
    g_autoptr (LamNetwork) network = lam_network_open (path, &error);
    g_assert_null (network);
    g_assert_error (error, LAM_ERROR, LAM_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, path));
    g_assert_nonnull (strstr (error->message, rows[i].text));
  }
  g_unlink (path);
}

static void
test_damaged (void)
{
  Onnx__NodeProto *conv;
  size_t n;
  g_autoptr (OnnxBuild) build = sound (&conv);
  g_autofree char *path = g_strdup (onnx_write (build));
  g_autofree uint8_t *bytes = onnx_pack (build, &n);
  LamRandom dice = lam_random_new (5, 1);
  for (size_t i = 0; i < n; i++)
    try_bytes (path, bytes, i);
  for (int i = 0; i < 3000; i++) {
    g_autofree uint8_t *copy = g_memdup2 (bytes, n);
    for (int j = 0; j < 1 + i % 3; j++)
      copy[lam_random_u32 (&dice) % n] = (uint8_t)lam_random_u32 (&dice);
    try_bytes (path, copy, n);
  }
}

#define BUFFERS 120
#define TIMES 64

/* Every fourth has two halves, in use before it is. */
static void
make_buffers (LamRandom *dice, LamArenaBuffer *buffers)
{
  for (int i = 0; i < BUFFERS; i++) {
    int first = (int)(lam_random_u32 (dice) % 60);
    buffers[i] = (LamArenaBuffer){ .bytes = 1 + lam_random_u32 (dice) % 9999,
      .first = first,
      .last = first + (int)(lam_random_u32 (dice) % 4),
      .whole = LAM_ARENA_ALONE };
    int whole = i / 4 * 4, half = i - whole - 1;
    if (half < 0 || half > 1)
      continue;
    int64_t middle = buffers[whole].bytes / 2;
    buffers[i].whole = whole;
    buffers[i].behind = half * middle;
    buffers[i].bytes = half ? buffers[whole].bytes - middle : middle;
    buffers[i].last = buffers[whole].first;
    buffers[i].first = MAX (0, buffers[i].last - first % 30);
  }
}

static void
check_buffer (const LamArenaBuffer *buffers, int i, int64_t total)
{
  const LamArenaBuffer *own = &buffers[i];
  g_assert_cmpint (own->offset, >=, 0);
  g_assert_cmpint (own->offset + own->bytes, <=, total);
  if (own->whole == LAM_ARENA_ALONE)
    g_assert_cmpint (own->offset % LAM_ARENA_ALIGNMENT, ==, 0);
  else
    g_assert_cmpint (own->offset, ==, buffers[own->whole].offset + own->behind);
  for (int j = 0; j < i; j++)
    if (i / 4 != j / 4 && own->first <= buffers[j].last
        && buffers[j].first <= own->last)
      g_assert_true (own->offset + own->bytes <= buffers[j].offset
          || buffers[j].offset + buffers[j].bytes <= own->offset);
}

static void
test_arena (void)
{
  LamRandom dice = lam_random_new (9, 1);
  LamArenaBuffer buffers[BUFFERS];
  for (int round = 0; round < 50; round++) {
    int64_t most = 0, alive[TIMES] = { 0 };
    make_buffers (&dice, buffers);
    int64_t total = lam_arena_place (buffers, BUFFERS);
    for (int i = 0; i < BUFFERS; i++) {
      bool is_part = buffers[i].whole != LAM_ARENA_ALONE;
      check_buffer (buffers, i, total);
      for (int j = buffers[i].first; j <= buffers[i].last - is_part; j++) {
        alive[j] += buffers[i].bytes;
        most = MAX (most, alive[j]);
      }
    }
    g_assert_cmpint (total, >=, most);
    g_assert_cmpint (total, <=, 2 * most);
  }
}

/* What is made before the second half is there lies in it meanwhile. */
static void
test_arena_parts (void)
{
  LamArenaBuffer buffers[] = {
    { .bytes = 200, .first = 5, .last = 6, .whole = LAM_ARENA_ALONE },
    { .bytes = 100, .first = 0, .last = 5, .whole = 0 },
    { .bytes = 100, .first = 4, .last = 5, .whole = 0, .behind = 100 },
    { .bytes = 64, .first = 1, .last = 3, .whole = LAM_ARENA_ALONE },
  };
  g_assert_cmpint (lam_arena_place (buffers, 4), ==, 256);
  g_assert_cmpint (buffers[3].offset, ==, 128);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 0; i < 54; i++)
    weights[i] = (float)i;
  g_test_add_func ("/nn/hostile/sound", test_sound);
  g_test_add_func ("/nn/hostile/attributes", test_attributes);
  g_test_add_func ("/nn/hostile/attribute-kinds", test_attribute_kinds);
  g_test_add_func ("/nn/hostile/equations", test_equations);
  g_test_add_func ("/nn/hostile/sizes", test_sizes);
  g_test_add_func ("/nn/hostile/large", test_large);
  g_test_add_func ("/nn/hostile/weights", test_weights);
  g_test_add_func ("/nn/hostile/outside", test_outside);
  g_test_add_func ("/nn/hostile/graph", test_graph);
  g_test_add_func ("/nn/hostile/depth", test_depth);
  g_test_add_func ("/nn/hostile/nothing", test_nothing);
  g_test_add_func ("/nn/hostile/damaged", test_damaged);
  g_test_add_func ("/nn/arena/random", test_arena);
  g_test_add_func ("/nn/arena/parts", test_arena_parts);
  return g_test_run ();
}
