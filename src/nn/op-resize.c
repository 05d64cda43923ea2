/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Resize and Upsample, nearest, linear and cubic, along the axes of space. For
 * each axis a table says which input voxels an output voxel is mixed from; a
 * part is one channel of one image. The tables are made anew for each run, in
 * scratch: a file can ask for large ones, which a plan's limit refuses. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"
#include "nn/window.h"

/* Of an axis: far above any image. */
#define MAX_SIZE (1 << 20)

#define MAX_WIDTH 4

/* Of as many voxels as the mode mixes. */
typedef struct {
  int32_t at[MAX_WIDTH];
  float shares[MAX_WIDTH];
  bool is_cut; /* one lay outside */
} Tap;

typedef enum { HALF, PYTORCH_HALF, CORNERS, ASYMMETRIC } Coordinates;
typedef enum { PREFER_FLOOR, PREFER_CEIL, FLOOR, CEIL } Rounding;
typedef enum { NEAREST, LINEAR, CUBIC } Mode;

typedef struct {
  int mode, coordinates, rounding;
  float sharpness; /* cubic: the coefficient a */
  int64_t excludes; /* what lies outside has no share */
} Way;

typedef struct {
  Way way;
  int64_t channels; /* images × channels */
  int64_t in[3], out[3];
  double scales[3];
  int width; /* voxels that are mixed along an axis: 1, 2 or 4 */
  bool is_stretched; /* places depend on where the image ends */
  bool is_there[3]; /* false: an axis that the image does not have */
} Resize;

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients; /* NULL: forward */
  const Tap *taps[3]; /* by axis and output voxel */
} Run;

static const char *const mode_names[] = { "nearest", "linear", "cubic", NULL };
static const int widths[] = { 1, 2, 4 };

static const char *const coordinate_names[] = { "half_pixel",
  "pytorch_half_pixel", "align_corners", "asymmetric", NULL };
static const char *const rounding_names[] = { "round_prefer_floor",
  "round_prefer_ceil", "floor", "ceil", NULL };

static bool
read_choice (const LamStep *step, const char *name, const char *const *choices,
    int *choice, GError **error)
{
  const char *text = NULL;
  if (!lam_step_get_text (step, name, &text, error))
    return false;
  if (!text)
    return true;
  for (*choice = 0; choices[*choice]; ++*choice)
    if (strcmp (text, choices[*choice]) == 0)
      return true;
  return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
      _ ("%s “%s” is not understood"), name, text);
}

static double
find_place (
    Coordinates coordinates, int64_t x, double scale, int64_t in, int64_t out)
{
  switch (coordinates) {
  case CORNERS:
    return out == 1 ? 0 : (double)x * (double)(in - 1) / (double)(out - 1);
  case ASYMMETRIC:
    return (double)x / scale;
  case PYTORCH_HALF:
    return out == 1 ? 0 : ((double)x + 0.5) / scale - 0.5;
  default:
    return ((double)x + 0.5) / scale - 0.5;
  }
}

static double
round_place (Rounding rounding, double place)
{
  switch (rounding) {
  case PREFER_FLOOR:
    return ceil (place - 0.5);
  case PREFER_CEIL:
    return floor (place + 0.5);
  case FLOOR:
    return floor (place);
  default:
    return ceil (place);
  }
}

/* Of a voxel so far away (Keys 1981, “Cubic Convolution Interpolation for
 * Digital Image Processing”). */
static double
get_cubic (double a, double distance)
{
  double d = fabs (distance);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

static float
get_share (const Way *way, double place, double at)
{
  if (way->mode == CUBIC)
    return (float)get_cubic (way->sharpness, place - at);
  if (way->mode == NEAREST)
    return 1;
  float share = (float)(place - floor (place));
  return at > place ? share : 1 - share;
}

static double
find_first (const Way *way, double place)
{
  if (way->mode == NEAREST)
    return round_place ((Rounding)way->rounding, place);
  return floor (place) - (way->mode == CUBIC ? 1 : 0);
}

static Tap
make_tap (const Resize *resize, int axis, int64_t x)
{
  const Way *way = &resize->way;
  int64_t in = resize->in[axis];
  double place = 0;
  if (resize->is_there[axis])
    place = find_place ((Coordinates)way->coordinates, x, resize->scales[axis],
        in, resize->out[axis]);
  double first = find_first (way, place), last = (double)in - 1, sum = 0;
  int width = widths[way->mode];
  Tap tap = { .is_cut = false };
  for (int i = 0; i < width; i++) {
    bool is_outside = first + i < 0 || first + i > last;
    tap.shares[i] = get_share (way, place, first + i);
    tap.at[i] = (int32_t)CLAMP (first + i, 0, last);
    tap.is_cut = tap.is_cut || (is_outside && tap.shares[i] != 0);
    if (is_outside && way->excludes && way->mode != NEAREST)
      tap.shares[i] = 0;
    sum += tap.shares[i];
  }
  for (int i = 0; i < width && way->excludes && sum != 0; i++)
    tap.shares[i] = (float)(tap.shares[i] / sum);
  return tap;
}

/* Scales (one for each axis) from attribute, scales input, or from sizes. */
static bool
read_scales (const LamStep *step, Coordinates coordinates, double *scales,
    int64_t *dims, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  const LamAttribute *attribute = lam_step_find_attribute (step, "scales");
  bool is_short = step->node->n_inputs <= 2; /* Upsample, Resize of set 10 */
  int at = is_short ? 1 : 2, n = 0;
  const float *given = NULL;
  const int64_t *sizes = NULL;
  if (attribute && attribute->kind == LAM_ATTRIBUTE_FLOATS) {
    given = attribute->floats;
    n = attribute->n;
  } else if (lam_step_has_input (step, at)
      && lam_shape_get_count (&step->inputs[at]->shape) > 0) {
    if (!lam_step_need_constant (step, at, LAM_TENSOR_F32, error))
      return false;
    given = lam_tensor_floats (step->inputs[at]);
    n = (int)lam_shape_get_count (&step->inputs[at]->shape);
  } else if (!lam_step_get_list (step, NULL, 3, &sizes, &n, error)) {
    return false;
  }
  if (n != shape->rank)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%s has %d numbers, but %d are needed"), sizes ? "sizes" : "scales",
        n, shape->rank);
  for (int i = 0; i < n; i++) {
    double size =
        given ? floor ((double)shape->dims[i] * given[i]) : (double)sizes[i];
    if (!(size >= 1 && size <= MAX_SIZE))
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("axis %d would have %g elements"), i, size);
    dims[i] = (int64_t)size;
    if (coordinates == CORNERS && given
        && size != (double)shape->dims[i] * given[i])
      return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
          _ ("axis %d of %" G_GINT64_FORMAT " elements cannot be scaled by %g "
             "with aligned corners; write the size instead"),
          i, shape->dims[i], (double)given[i]);
    scales[i] = given ? given[i] : size / (double)shape->dims[i];
    if (i < 2 && dims[i] != shape->dims[i])
      return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
          _ ("images and channels cannot be resized"));
  }
  return true;
}

static bool
read_way (LamStep *step, Way *way, GError **error)
{
  bool is_old = step->network->opset < 11
      || strcmp (step->node->row->name, "Upsample") == 0;
  *way = (Way){ .coordinates = is_old ? ASYMMETRIC : HALF,
    .rounding = is_old ? FLOOR : PREFER_FLOOR,
    .sharpness = -0.75f };
  return read_choice (step, "mode", mode_names, &way->mode, error)
      && read_choice (step, "coordinate_transformation_mode", coordinate_names,
          &way->coordinates, error)
      && read_choice (
          step, "nearest_mode", rounding_names, &way->rounding, error)
      && lam_step_get_float (step, "cubic_coeff_a", &way->sharpness, error)
      && lam_step_get_integer (step, "exclude_outside", &way->excludes, error);
}

static bool
infer (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  Way way;
  double scales[LAM_TENSOR_MAX_RANK];
  int64_t dims[LAM_TENSOR_MAX_RANK];
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_need_rank (step, 0, 3, 5, error)
      || !read_way (step, &way, error)
      || !read_scales (step, (Coordinates)way.coordinates, scales, dims, error)
      || !lam_step_set_output (
          step, 0, LAM_TENSOR_F32, shape->rank, dims, error))
    return false;
  Resize *resize = g_new0 (Resize, 1);
  step->settings = resize;
  resize->way = way;
  resize->width = widths[way.mode];
  resize->is_stretched = way.coordinates == CORNERS;
  resize->channels = shape->dims[0] * shape->dims[1];
  int64_t n_taps = 0;
  for (int i = 0; i < 3; i++) {
    int axis = shape->rank - 3 + i;
    resize->is_there[i] = axis >= 2;
    resize->in[i] = axis < 2 ? 1 : shape->dims[axis];
    resize->out[i] = axis < 2 ? 1 : dims[axis];
    resize->scales[i] = axis < 2 ? 1 : scales[axis];
    n_taps += resize->out[i];
  }
  step->scratch_bytes = step->backward_scratch_bytes =
      n_taps * (int64_t)sizeof (Tap);
  return true;
}

/* In the first thread's scratch; all read it. */
static void
make_taps (Run *run)
{
  const Resize *resize = run->step->settings;
  Tap *taps = lam_step_get_scratch (run->step, 0);
  for (int i = 0; i < 3; i++) {
    run->taps[i] = taps;
    for (int64_t x = 0; x < resize->out[i]; x++)
      *taps++ = make_tap (resize, i, x);
  }
}

/* A row of the input mixed along x, added with a weight. */
static inline __attribute__ ((always_inline)) void
add_row (const Run *run, int width, const float *row, float weight, float *to)
{
  const Resize *resize = run->step->settings;
  const Tap *taps = run->taps[2];
  for (int64_t x = 0; x < resize->out[2]; x++) {
    float sum = row[taps[x].at[0]] * taps[x].shares[0];
    for (int i = 1; i < width; i++)
      sum += row[taps[x].at[i]] * taps[x].shares[i];
    to[x] += weight * sum;
  }
}

static void
turn_row (const Run *run, const float *from, float weight, float *row)
{
  const Resize *resize = run->step->settings;
  const Tap *taps = run->taps[2];
  for (int64_t x = 0; x < resize->out[2]; x++)
    for (int i = 0; i < resize->width; i++)
      row[taps[x].at[i]] += weight * from[x] * taps[x].shares[i];
}

/* The rows of a channel of the input, at `in`, that make the row (z, y) of the
 * output: each is added to it, or it to each in the backward pass. */
static void
mix_rows (const Run *run, int64_t z, int64_t y, float *in, float *out)
{
  const Resize *resize = run->step->settings;
  const Tap *tap_z = &run->taps[0][z], *tap_y = &run->taps[1][y];
  for (int i = 0; i < resize->width; i++)
    for (int j = 0; j < resize->width; j++) {
      float weight = tap_z->shares[i] * tap_y->shares[j];
      float *row =
          in + (tap_z->at[i] * resize->in[1] + tap_y->at[j]) * resize->in[2];
      if (weight == 0)
        continue;
      if (run->gradients)
        turn_row (run, out, weight, row);
      else if (resize->width == 1)
        add_row (run, 1, row, weight, out);
      else if (resize->width == 2)
        add_row (run, 2, row, weight, out);
      else
        add_row (run, 4, row, weight, out);
    }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamStep *step = run->step;
  const Resize *resize = step->settings;
  const int64_t *out = resize->out;
  float *from =
      lam_tensor_floats (step->inputs[0]) + part * lam_product3 (resize->in);
  float *to = lam_tensor_floats (step->outputs[0]) + part * lam_product3 (out);
  for (int64_t z = 0; z < out[0]; z++)
    for (int64_t y = 0; y < out[1]; y++, to += out[2]) {
      memset (to, 0, out[2] * sizeof *to);
      mix_rows (run, z, y, from, to);
    }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Resize *resize = step->settings;
  Run run = { .step = step };
  make_taps (&run);
  lam_team_run (team, resize->channels, do_part, &run);
}

static void
turn_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const Resize *resize = run->step->settings;
  const int64_t *out = resize->out;
  int64_t volume = lam_product3 (resize->in);
  float *from = (float *)run->gradients->outputs[0] + part * lam_product3 (out);
  float *to = run->gradients->inputs[0] + part * volume;
  memset (to, 0, (size_t)volume * sizeof *to);
  for (int64_t z = 0; z < out[0]; z++)
    for (int64_t y = 0; y < out[1]; y++, from += out[2])
      mix_rows (run, z, y, to, from);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Resize *resize = step->settings;
  Run run = { .step = step, .gradients = gradients };
  make_taps (&run);
  lam_team_run (team, resize->channels, turn_part, &run);
}

static bool
is_known (const Resize *resize, int axis, int64_t x, const LamReach *reach)
{
  const Tap tap = make_tap (resize, axis, x);
  bool is_known = !tap.is_cut;
  for (int i = 0; i < resize->width && is_known; i++)
    is_known = tap.shares[i] == 0
        || (tap.at[i] >= reach->first && tap.at[i] < reach->end);
  return is_known;
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Resize *resize = step->settings;
  int i = inputs[0].axis - step->inputs[0]->shape.rank + 3;
  LamReach *to = &outputs[0];
  if (!lam_reach_first (step, inputs, outputs) || to->axis < 2
      || resize->is_stretched)
    return false;
  to->first = 0;
  to->end = resize->out[i];
  while (to->first < to->end && !is_known (resize, i, to->first, &inputs[0]))
    to->first++;
  while (to->end > to->first && !is_known (resize, i, to->end - 1, &inputs[0]))
    to->end--;
  lam_reach_scale (to, resize->in[i], resize->out[i]);
  return true;
}

const LamOperator lam_operator_resize = {
  .name = "Resize",
  .min_inputs = 1,
  .max_inputs = 4,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "coordinate_transformation_mode",
      "cubic_coeff_a", "exclude_outside", "extrapolation_value", "mode",
      "nearest_mode", NULL },
  .infer = infer,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};

const LamOperator lam_operator_upsample = {
  .name = "Upsample",
  .min_inputs = 1,
  .max_inputs = 2,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "mode", "scales", NULL },
  .infer = infer,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
