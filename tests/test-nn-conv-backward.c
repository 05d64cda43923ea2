/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The gradients of Conv and ConvTranspose by image, weights and bias against
 * plain loops over the definition, and those loops against differences of the
 * forward pass. With 1, 2 and 3 threads the same bits. Winograd's tiles of both
 * sizes, whichever the engine would choose. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "nn/conv.h"
#include "nn/program.h"
#include "onnx-build.h"

typedef struct {
  bool is_transposed;
  int axes; /* of space */
  int64_t batch, channels, filters, groups; /* of the operator */
  int64_t size[3], kernel[3], stride[3], dilation[3], before[3], after[3];
} Case;

/* The operator as a step whose memory is ours. */
typedef struct {
  LamNetwork *network;
  LamProgram *program;
  LamStep *step;
  LamTensor *image, *result; /* Borrowed */
  float *weights, *bias; /* Owned */
  int64_t n_image, n_weights, n_result;
} Fixture;

static LamRandom dice;

static float *
make_noise (int64_t n)
{
  float *noise = g_new (float, n);
  for (int64_t i = 0; i < n; i++)
    noise[i] = (float)lam_random_normal (&dice);
  return noise;
}

static int64_t
product (const int64_t size[3])
{
  return size[0] * size[1] * size[2];
}

static const char *
write_network (
    const Case *c, OnnxBuild *build, const float *weights, const float *bias)
{
  int64_t dims[5] = { c->batch, c->channels };
  int64_t shape[5] = { c->filters, c->channels / c->groups }, pads[6];
  int first = 3 - c->axes;
  if (c->is_transposed) {
    shape[0] = c->channels;
    shape[1] = c->filters / c->groups;
  }
  for (int i = 0; i < c->axes; i++) {
    dims[2 + i] = c->size[first + i];
    shape[2 + i] = c->kernel[first + i];
    pads[i] = c->before[first + i];
    pads[i + c->axes] = c->after[first + i];
  }
  onnx_input (build, "x", 2 + c->axes, dims);
  onnx_floats (build, "w", 2 + c->axes, shape, weights);
  onnx_floats (build, "b", 1, &c->filters, bias);
  Onnx__NodeProto *node = onnx_node (
      build, c->is_transposed ? "ConvTranspose" : "Conv", "x w b", "y");
  onnx_set_integers (build, node, "strides", c->axes, c->stride + first);
  onnx_set_integers (build, node, "pads", 2 * c->axes, pads);
  onnx_set_integers (build, node, "dilations", c->axes, c->dilation + first);
  onnx_set_integer (build, node, "group", c->groups);
  onnx_output (build, "y", -1, NULL);
  return onnx_write (build);
}

static void
set_up (Fixture *fixture, const Case *c)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  fixture->n_weights =
      c->filters * c->channels / c->groups * product (c->kernel);
  fixture->weights = make_noise (fixture->n_weights);
  fixture->bias = make_noise (c->filters);
  fixture->network = lam_network_open (
      write_network (c, build, fixture->weights, fixture->bias), &error);
  g_assert_no_error (error);
  int64_t dims[5] = { c->batch, c->channels };
  memcpy (dims + 2, c->size + 3 - c->axes, c->axes * sizeof *dims);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 2 + c->axes, dims);
  fixture->program = lam_program_new (fixture->network, &shape, false, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fixture->program->n_steps, ==, 1);
  LamStep *step = fixture->step = &fixture->program->steps[0];
  fixture->image = (LamTensor *)step->inputs[0];
  fixture->result = step->outputs[0];
  fixture->n_image = lam_shape_get_count (&fixture->image->shape);
  fixture->n_result = lam_shape_get_count (&fixture->result->shape);
  fixture->image->data = make_noise (fixture->n_image);
  fixture->result->data = g_new (float, fixture->n_result);
}

static void
tear_down (Fixture *fixture)
{
  g_free (fixture->image->data);
  g_free (fixture->result->data);
  g_free (fixture->weights);
  g_free (fixture->bias);
  lam_program_free (fixture->program);
  lam_network_unref (fixture->network);
}

/* The plain loops are not what is tested, and would take a minute sanitised. */
#define PLAIN __attribute__ ((no_sanitize ("address", "undefined")))

/* Calls `visit` for each product: offsets in the image, weights, result. */
PLAIN static void
visit_products (const Case *c, const Fixture *fixture,
    void (*visit) (gpointer data, int64_t x, int64_t w, int64_t y),
    gpointer data)
{
  const LamShape *shape = &fixture->result->shape;
  const int64_t *size = c->size;
  int64_t out[3] = { 1, 1, 1 }, small[3], large[3];
  for (int i = 0; i < c->axes; i++)
    out[3 - c->axes + i] = shape->dims[2 + i];
  /* The window stands at each voxel of the small side. */
  memcpy (small, c->is_transposed ? size : out, sizeof small);
  memcpy (large, c->is_transposed ? out : size, sizeof large);
  int64_t n_small = c->is_transposed ? c->channels : c->filters;
  int64_t n_large = c->is_transposed ? c->filters : c->channels;
  int64_t per_group = n_large / c->groups;
  int64_t taps = product (c->kernel), voxels = product (large);
  for (int64_t i = 0; i < c->batch * n_small * product (small); i++) {
    const int64_t at[3] = { i / small[2] / small[1] % small[0],
      i / small[2] % small[1], i % small[2] };
    int64_t n = i / product (small) / n_small;
    int64_t k = i / product (small) % n_small;
    int64_t first = n * n_large + k / (n_small / c->groups) * per_group;
    for (int64_t t = 0; t < taps; t++) {
      const int64_t tap[3] = { t / c->kernel[2] / c->kernel[1],
        t / c->kernel[2] % c->kernel[1], t % c->kernel[2] };
      int64_t voxel = 0;
      bool is_inside = true;
      for (int a = 0; a < 3; a++) {
        int64_t v =
            at[a] * c->stride[a] - c->before[a] + tap[a] * c->dilation[a];
        is_inside = is_inside && v >= 0 && v < large[a];
        voxel = voxel * large[a] + v;
      }
      for (int64_t j = 0; is_inside && j < per_group; j++) {
        int64_t w = (k * per_group + j) * taps + t;
        int64_t other = (first + j) * voxels + voxel;
        visit (data, c->is_transposed ? i : other, w,
            c->is_transposed ? other : i);
      }
    }
  }
}

typedef struct {
  const float *x, *w, *dy;
  double *dx, *dw, *y;
} Sums;

PLAIN static void
add_product (gpointer data, int64_t x, int64_t w, int64_t y)
{
  Sums *sums = data;
  sums->y[y] += (double)sums->x[x] * sums->w[w];
  sums->dx[x] += (double)sums->w[w] * sums->dy[y];
  sums->dw[w] += (double)sums->x[x] * sums->dy[y];
}

static void
compare (const float *found, const double *wanted, int64_t n)
{
  double largest = 1e-30;
  for (int64_t i = 0; i < n; i++)
    largest = MAX (largest, fabs (wanted[i]));
  /* Winograd's transforms lose up to two decimals. */
  for (int64_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (found[i], wanted[i], 2e-5 * largest);
}

typedef struct {
  float *image, *weights, *bias; /* Owned */
} Found;

static void
free_found (Found *found)
{
  g_free (found->image);
  g_free (found->weights);
  g_free (found->bias);
}

/* As in training: nothing was prepared, all memory holds rubbish. */
static Found
run (Fixture *fixture, const float *dy, int n_threads)
{
  LamStep *step = fixture->step;
  g_autoptr (LamTeam) team = lam_team_new (n_threads);
  int64_t scratch = MAX (step->scratch_bytes, step->backward_scratch_bytes);
  int64_t shared = MAX (step->shared_bytes, step->backward_shared_bytes);
  step->scratch_stride = (scratch + 63) & ~INT64_C (63);
  size_t bytes = n_threads * step->scratch_stride + ((shared + 63) & ~63L);
  char *block = aligned_alloc (64, MAX (bytes, 64));
  memset (block, 0xff, MAX (bytes, 64)); /* NaN */
  step->scratch = block;
  step->shared = block + n_threads * step->scratch_stride;
  int64_t filters = fixture->result->shape.dims[1];
  Found found = { g_new (float, fixture->n_image),
    g_new (float, fixture->n_weights), g_new (float, filters) };
  float *inputs[3] = { found.image, found.weights, found.bias };
  step->node->row->forward (step, team);
  LamStepGradients gradients = { &dy, inputs };
  step->node->row->backward (step, &gradients, team);
  step->scratch = step->shared = NULL;
  free (block);
  return found;
}

/* Plans the step again. */
static void
set_way (const Fixture *fixture, const LamWinograd *way)
{
  LamStep *step = fixture->step;
  LamConvSettings *settings = step->settings;
  lam_conv_plan_as (&settings->forward, way);
  lam_conv_plan_as (&settings->backward, way);
  step->scratch_bytes = settings->forward.scratch_bytes;
  step->shared_bytes = settings->forward.prepared_bytes;
  step->backward_scratch_bytes =
      MAX (settings->backward.scratch_bytes, settings->gradient.scratch_bytes);
  step->backward_shared_bytes =
      MAX (settings->backward.prepared_bytes, settings->gradient.shared_bytes);
}

/* With one thread as in the plain loop; with more the same bits. */
static void
check_results (
    Fixture *fixture, const Case *c, const Sums *sums, const double *db)
{
  Found first = run (fixture, sums->dy, 1);
  compare (fixture->result->data, sums->y, fixture->n_result);
  compare (first.image, sums->dx, fixture->n_image);
  compare (first.weights, sums->dw, fixture->n_weights);
  compare (first.bias, db, c->filters);
  for (int n_threads = 2; n_threads <= 3; n_threads++) {
    Found found = run (fixture, sums->dy, n_threads);
    size_t size = sizeof (float);
    g_assert_cmpmem (found.image, fixture->n_image * size, first.image,
        fixture->n_image * size);
    g_assert_cmpmem (found.weights, fixture->n_weights * size, first.weights,
        fixture->n_weights * size);
    g_assert_cmpmem (
        found.bias, c->filters * size, first.bias, c->filters * size);
    free_found (&found);
  }
  free_found (&first);
}

/* `ways`: NULL for what the engine chooses. */
static void
check_case (const Case *c, const LamWinograd *const ways[], int n_ways)
{
  Fixture fixture = { 0 };
  set_up (&fixture, c);
  g_autofree float *dy = make_noise (fixture.n_result);
  g_autofree double *dx = g_new0 (double, fixture.n_image);
  g_autofree double *dw = g_new0 (double, fixture.n_weights);
  g_autofree double *y = g_new (double, fixture.n_result);
  g_autofree double *db = g_new0 (double, c->filters);
  int64_t volume = fixture.n_result / c->batch / c->filters;
  for (int64_t i = 0; i < fixture.n_result; i++) {
    y[i] = fixture.bias[i / volume % c->filters];
    db[i / volume % c->filters] += dy[i];
  }
  Sums sums = { fixture.image->data, fixture.weights, dy, dx, dw, y };
  visit_products (c, &fixture, add_product, &sums);
  for (int i = 0; i < n_ways; i++) {
    if (ways[i])
      set_way (&fixture, ways[i]);
    check_results (&fixture, c, &sums, db);
  }
  tear_down (&fixture);
}

#define ONE \
  { \
    1, 1, 1 \
  }
#define ZERO \
  { \
    0, 0, 0 \
  }

static const LamWinograd *const chosen[] = { NULL };
static const LamWinograd *const tiles[] = { &lam_winograd4, &lam_winograd2 };

static void
test_products (void)
{
  static const Case cases[] = {
    { false, 1, 2, 3, 4, 1, { 1, 1, 37 }, { 1, 1, 5 }, ONE, ONE, { 0, 0, 2 },
        { 0, 0, 1 } },
    { false, 2, 1, 1, 5, 1, { 1, 19, 23 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 1 },
        { 0, 1, 1 } },
    { false, 2, 2, 6, 9, 3, { 1, 17, 15 }, { 1, 3, 2 }, { 1, 2, 3 },
        { 1, 1, 2 }, { 0, 2, 0 }, { 0, 1, 3 } },
    { false, 3, 1, 4, 4, 4, { 7, 9, 11 }, { 3, 3, 3 }, ONE, { 2, 1, 1 },
        { 2, 1, 1 }, { 2, 1, 1 } },
    { false, 3, 2, 37, 70, 1, { 3, 10, 11 }, ONE, ONE, ONE, ZERO, ZERO },
    { false, 2, 1, 9, 8, 1, { 1, 34, 31 }, { 1, 3, 3 }, { 1, 2, 2 }, ONE, ZERO,
        ZERO },
    { false, 2, 1, 3, 80, 1, { 1, 9, 8 }, { 1, 4, 1 }, { 1, 5, 1 }, { 1, 2, 1 },
        { 0, 6, 2 }, { 0, 3, 9 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], chosen, 1);
}

static void
test_winograd (void)
{
  static const Case cases[] = {
    { false, 2, 1, 8, 8, 1, { 1, 16, 24 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 1 },
        { 0, 1, 1 } },
    { false, 2, 2, 9, 11, 1, { 1, 13, 277 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 0 },
        { 0, 0, 2 } },
    { false, 3, 1, 10, 33, 1, { 4, 33, 35 }, { 1, 3, 3 }, ONE, ONE, ZERO,
        ZERO },
    { false, 3, 2, 21, 9, 1, { 5, 18, 22 }, { 3, 3, 3 }, ONE, ONE, ONE, ONE },
    { false, 3, 1, 8, 8, 1, { 9, 14, 13 }, { 3, 3, 3 }, ONE, ONE, ZERO, ZERO },
    /* More padding than the kernel: its gradient has none, or less. */
    { false, 3, 1, 8, 8, 1, { 2, 12, 13 }, { 3, 3, 3 }, ONE, ONE, { 3, 2, 5 },
        { 3, 4, 1 } },
    { false, 3, 1, 17, 70, 1, { 11, 9, 10 }, { 3, 3, 3 }, ONE, ONE, ONE, ONE },
    { true, 3, 1, 9, 12, 1, { 3, 17, 18 }, { 3, 3, 3 }, ONE, ONE, ONE,
        { 0, 1, 1 } },
#ifndef __SANITIZE_ADDRESS__ /* It would take a quarter of a minute. */
    /* Several chunks, and a part of one at each end. */
    { false, 2, 1, 8, 9, 1, { 1, 170, 190 }, { 1, 3, 3 }, ONE, ONE,
        { 0, 1, 1 }, { 0, 1, 1 } },
#endif
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], tiles, 2);
}

/* Which tiles, by the size of the plane and the weight of the weights. */
static void
test_choice (void)
{
  static const struct {
    int64_t channels, size[3];
    int depth;
    const LamWinograd *way;
  } cases[] = {
    { 64, { 5, 4, 4 }, 3, NULL },
    { 64, { 1, 6, 6 }, 1, &lam_winograd2 },
    { 64, { 9, 18, 18 }, 3, &lam_winograd2 },
    { 64, { 1, 32, 32 }, 1, &lam_winograd4 },
    { 512, { 5, 32, 32 }, 1, &lam_winograd4 },
    { 1024, { 1, 32, 32 }, 1, &lam_winograd2 },
    { 4, { 1, 32, 32 }, 1, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    int64_t depth = cases[i].depth, channels = cases[i].channels;
    LamConv conv = { .groups = 1,
      .filters = channels,
      .window = { .batch = 1,
          .channels = channels,
          .n_axes = 3,
          .kernel = { depth, 3, 3 },
          .stride = ONE,
          .dilation = ONE,
          .before = { depth / 2, 1, 1 },
          .after = { depth / 2, 1, 1 } } };
    memcpy (conv.window.in, cases[i].size, sizeof conv.window.in);
    memcpy (conv.window.out, cases[i].size, sizeof conv.window.out);
    lam_conv_plan (&conv);
    g_assert_true (conv.winograd == cases[i].way);
    conv.is_adjoint = true;
    lam_conv_plan (&conv);
    g_assert_true (conv.winograd == cases[i].way);
  }
}

static void
test_transposed (void)
{
  static const Case cases[] = {
    { true, 3, 1, 6, 5, 1, { 3, 9, 10 }, { 1, 2, 2 }, { 1, 2, 2 }, ONE, ZERO,
        ZERO },
    { true, 2, 2, 4, 6, 2, { 1, 7, 8 }, { 1, 4, 3 }, { 1, 2, 3 }, { 1, 2, 1 },
        { 0, 1, 1 }, { 0, 2, 0 } },
    { true, 1, 1, 70, 80, 1, { 1, 1, 9 }, { 1, 1, 3 }, { 1, 1, 2 }, ONE, ZERO,
        ZERO },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], chosen, 1);
}

/* The loss is a sum of the result weighted by `dy`. */
static double
get_loss (Fixture *fixture, const float *dy)
{
  Found found = run (fixture, dy, 1);
  const float *result = fixture->result->data;
  double loss = 0;
  for (int64_t i = 0; i < fixture->n_result; i++)
    loss += (double)result[i] * dy[i];
  free_found (&found);
  return loss;
}

static void
check_slope (Fixture *fixture, const float *dy, float *number, float found)
{
  float before = *number, change = 0.25f; /* the loss is linear in it */
  *number = before + change;
  double more = get_loss (fixture, dy);
  *number = before - change;
  double less = get_loss (fixture, dy);
  *number = before;
  g_assert_cmpfloat_with_epsilon (
      (more - less) / 2 / change, found, 2e-3 * MAX (1, fabsf (found)));
}

static void
test_numeric (void)
{
  static const Case cases[] = {
    { false, 2, 1, 8, 8, 1, { 1, 12, 13 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 1 },
        { 0, 1, 1 } },
    { false, 2, 1, 4, 6, 2, { 1, 7, 8 }, { 1, 3, 2 }, { 1, 2, 1 }, ONE,
        { 0, 1, 0 }, { 0, 0, 1 } },
    { true, 2, 1, 4, 6, 2, { 1, 5, 6 }, { 1, 2, 3 }, { 1, 2, 2 }, ONE,
        { 0, 0, 1 }, ZERO },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture fixture = { 0 };
    set_up (&fixture, &cases[i]);
    g_autofree float *dy = make_noise (fixture.n_result);
    Found found = run (&fixture, dy, 1);
    for (int64_t j = 0; j < 10; j++) {
      int64_t x = j * 7919 % fixture.n_image, w = j * 7919 % fixture.n_weights;
      check_slope (
          &fixture, dy, lam_tensor_floats (fixture.image) + x, found.image[x]);
      check_slope (&fixture, dy,
          lam_tensor_floats (fixture.step->inputs[1]) + w, found.weights[w]);
    }
    check_slope (&fixture, dy, lam_tensor_floats (fixture.step->inputs[2]) + 1,
        found.bias[1]);
    free_found (&found);
    tear_down (&fixture);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  dice = lam_random_new (7, 0);
  g_test_add_func ("/nn/conv-backward/products", test_products);
  g_test_add_func ("/nn/conv-backward/winograd", test_winograd);
  g_test_add_func ("/nn/conv-backward/choice", test_choice);
  g_test_add_func ("/nn/conv-backward/transposed", test_transposed);
  g_test_add_func ("/nn/conv-backward/numeric", test_numeric);
  return g_test_run ();
}
