/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/model.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "nn/field.h"
#include "nn/metadata.h"
#include "nn/operator-table.h"
#include "nn/program.h"
#include "segment/truth.h"
#include "segment/voxel-math.h"

/* Where the file says none; x, y, z. */
static const int64_t flat_tile[3] = { 512, 512, 1 };
static const int64_t deep_tile[3] = { 128, 128, 32 };

typedef enum { SCORES, PROBABILITIES } Output;

struct _LamModel {
  LamNetwork *network; /* Owned */
  int rank, n_channels;
  Output output;
  char **names; /* Owned; or NULL */
  int64_t tile[3], multiple[3];
  bool is_fixed[3];
  LamNormalisation normalisation; /* deviation 0: the file does not say */
  LamModelField field;
};

static bool
fail (const LamModel *model, GError **error, const char *what)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED, "%s: %s",
      lam_network_get_path (model->network), what);
  return false;
}

static bool
check_input (LamModel *model, GError **error)
{
  const LamShape *shape;
  if (lam_network_get_n_inputs (model->network) != 1)
    return fail (
        model, error, _ ("has several inputs, but an image is only one"));
  shape = lam_network_get_input_shape (model->network, 0);
  model->rank = shape->rank;
  if (shape->rank != 4 && shape->rank != 5)
    return fail (model, error,
        _ ("its input does not have 4 or 5 axes (n, c, z, y, x)"));
  if (shape->dims[1] > 1)
    return fail (model, error,
        _ ("its input has several channels, but the image has one"));
  for (int i = 0; i < 3; i++) {
    int axis = shape->rank - 1 - i;
    int64_t dim = axis < 2 ? 1 : shape->dims[axis];
    model->is_fixed[i] = dim > 0;
    model->multiple[i] = MAX (dim, 1);
  }
  return true;
}

static void
set_dims (const LamModel *model, const int64_t size[3], LamShape *shape)
{
  const int64_t dims[5] = { 1, 1, size[2], size[1], size[0] };
  *shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  if (model->rank == 4) {
    shape->rank = 4;
    shape->dims[2] = size[1];
    shape->dims[3] = size[0];
  }
}

/* Whether the network runs at this size and gives one of the same size. */
static bool
accepts (LamModel *model, const int64_t size[3], GError **error)
{
  LamShape shape;
  set_dims (model, size, &shape);
  g_autoptr (LamProgram) program =
      lam_program_new (model->network, &shape, false, error);
  if (!program)
    return false;
  int value = g_array_index (model->network->outputs, int, 0);
  const LamShape *out = &program->tensors[value].shape;
  bool is_same = out->rank == shape.rank && out->type == LAM_TENSOR_F32;
  for (int i = 2; is_same && i < shape.rank; i++)
    is_same = out->dims[i] == shape.dims[i];
  model->n_channels = is_same ? (int)MIN (out->dims[1], G_MAXINT16) : 0;
  if (is_same)
    return true;
  g_autofree char *in = lam_shape_to_text (&shape);
  g_autofree char *given = lam_shape_to_text (out);
  g_autofree char *what = g_strdup_printf (
      _ ("makes %s numbers of %s; only networks that keep the size of the "
         "image are understood"),
      given, in);
  return fail (model, error, what);
}

/* Sizes of the form odd number times `multiple` are accepted only where the
 * network halves no further than that. */
#define ODD 5

static bool
find_multiple (LamModel *model, GError **error)
{
  static const int64_t steps[] = { 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64 };
  g_autoptr (GError) first = NULL;
  size_t n = G_N_ELEMENTS (steps), all = 0;
  int64_t size[3];
  for (; all < n; all++) {
    for (int i = 0; i < 3; i++)
      size[i] = model->is_fixed[i] ? model->multiple[i] : ODD * steps[all];
    if (accepts (model, size, first ? NULL : &first))
      break;
  }
  if (all == n) {
    g_propagate_error (error, g_steal_pointer (&first));
    return false;
  }
  for (int i = 0; i < 3; i++) {
    int64_t found = size[i];
    for (size_t j = 0; j <= all && !model->is_fixed[i]; j++) {
      size[i] = ODD * steps[j];
      model->multiple[i] = steps[j];
      if (accepts (model, size, NULL))
        break;
      size[i] = found;
    }
  }
  return accepts (model, size, error);
}

/* No kernel reaches into the next section. */
static bool
is_flat (const LamModel *model)
{
  const LamNetwork *network = model->network;
  for (guint i = 0; i < network->nodes->len; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    const LamTensor *weights =
        node->n_inputs > 1 && node->inputs[1] != LAM_VALUE_NONE
        ? lam_graph_get_value (network, node->inputs[1])->constant
        : NULL;
    bool is_conv = node->row == &lam_operator_conv
        || node->row == &lam_operator_conv_transpose;
    if (is_conv && weights && weights->shape.rank == 5
        && weights->shape.dims[2] > 1)
      return false;
  }
  return true;
}

static bool
choose_tile (LamModel *model, GError **error)
{
  bool flat = model->rank == 4 || is_flat (model);
  double zyx[3] = { 0 };
  if (!lam_metadata_get_numbers (model->network, LAM_METADATA_TILE, zyx, error))
    return false;
  for (int i = 0; i < 3; i++) {
    int64_t wanted = flat ? flat_tile[i] : deep_tile[i];
    if (zyx[2 - i] >= 1)
      wanted = (int64_t)zyx[2 - i];
    model->tile[i] = model->is_fixed[i]
        ? model->multiple[i]
        : lam_divide_up (wanted, model->multiple[i]) * model->multiple[i];
  }
  return true;
}

static int64_t
find_common_multiple (int64_t a, int64_t b)
{
  int64_t x = a, y = b;
  while (y) {
    int64_t rest = x % y;
    x = y;
    y = rest;
  }
  return a / x * b;
}

static void
find_field (LamModel *model)
{
  bool is_open[LAM_TENSOR_MAX_RANK] = { false };
  int64_t size[3];
  LamShape shape;
  LamField field;
  for (int i = 0; i < 3; i++)
    size[i] = model->multiple[i] * (model->is_fixed[i] ? 1 : ODD);
  set_dims (model, size, &shape);
  for (int i = 0; i < shape.rank - 2; i++)
    is_open[shape.rank - 1 - i] = !model->is_fixed[i];
  lam_field_find (model->network, &shape, is_open, &field);
  if (field.whole)
    model->field.whole = g_intern_string (field.whole);
  for (int i = 0; i < 3; i++) {
    int axis = shape.rank - 1 - i;
    bool is_known = axis >= 2 && !field.whole;
    model->field.before[i] = is_known ? field.before[axis] : 0;
    model->field.after[i] = is_known ? field.after[axis] : 0;
    model->field.step[i] = is_known ? field.step[axis] : 1;
    if (!model->is_fixed[i])
      model->field.step[i] =
          find_common_multiple (model->field.step[i], model->multiple[i]);
  }
  lam_field_clear (&field);
}

static void
find_output (LamModel *model)
{
  const LamNetwork *network = model->network;
  int output = g_array_index (network->outputs, int, 0);
  model->output = SCORES;
  for (guint i = 0; i < network->nodes->len; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    if (node->outputs[0] == output
        && (node->row == &lam_operator_softmax
            || node->row == &lam_operator_sigmoid))
      model->output = PROBABILITIES;
  }
}

static bool
read_names (LamModel *model, GError **error)
{
  model->names = lam_metadata_dup_lines (model->network, LAM_METADATA_CLASSES);
  int n = lam_model_get_n_classes (model);
  if (n < 2 || n > LAM_TRUTH_MAX_CLASSES) {
    g_autofree char *what = g_strdup_printf (
        _ ("has %d classes; 2 to %d are understood"), n, LAM_TRUTH_MAX_CLASSES);
    return fail (model, error, what);
  }
  if (!model->names || (int)g_strv_length (model->names) == n)
    return true;
  g_autofree char *what =
      g_strdup_printf (_ ("names %u classes, but its output has %d"),
          g_strv_length (model->names), n);
  return fail (model, error, what);
}

static bool
read_normalisation (LamModel *model, GError **error)
{
  double numbers[2] = { 0, 1 };
  if (!lam_network_get_metadata (model->network, LAM_METADATA_NORMALISATION))
    return true;
  if (!lam_metadata_get_numbers (
          model->network, LAM_METADATA_NORMALISATION, numbers, error))
    return false;
  model->normalisation = (LamNormalisation){ numbers[0], numbers[1] };
  return numbers[1] > 0
      || fail (model, error,
          _ ("says that grey values are divided by a number that is not above "
             "0"));
}

LamModel *
lam_model_open (const char *path, GError **error)
{
  g_autoptr (LamModel) model = g_new0 (LamModel, 1);
  model->network = lam_network_open (path, error);
  if (!model->network || !check_input (model, error)
      || !find_multiple (model, error) || !read_names (model, error)
      || !choose_tile (model, error) || !read_normalisation (model, error))
    return NULL;
  find_field (model);
  find_output (model);
  return g_steal_pointer (&model);
}

void
lam_model_free (LamModel *model)
{
  if (!model)
    return;
  g_clear_pointer (&model->network, lam_network_unref);
  g_strfreev (model->names);
  g_free (model);
}

LamNetwork *
lam_model_get_network (const LamModel *model)
{
  return model->network;
}

int
lam_model_get_n_classes (const LamModel *model)
{
  return MAX (model->n_channels, 2);
}

const char *
lam_model_get_class_name (const LamModel *model, int class_index)
{
  static const char *const unnamed[] = { N_ ("background"), N_ ("object") };
  if (model->names)
    return model->names[class_index];
  if (lam_model_get_n_classes (model) == 2)
    return _ (unnamed[class_index]);
  g_autofree char *name = g_strdup_printf ("class-%d", class_index);
  return g_intern_string (name);
}

bool
lam_model_get_normalisation (
    const LamModel *model, LamNormalisation *normalisation)
{
  if (model->normalisation.deviation > 0)
    *normalisation = model->normalisation;
  return model->normalisation.deviation > 0;
}

bool
lam_model_measures_image (const LamModel *model)
{
  const char *text =
      lam_network_get_metadata (model->network, LAM_METADATA_GREY);
  return text && strcmp (text, "image") == 0;
}

const int64_t *
lam_model_get_tile (const LamModel *model)
{
  return model->tile;
}

const int64_t *
lam_model_get_multiple (const LamModel *model)
{
  return model->multiple;
}

bool
lam_model_is_fixed (const LamModel *model, int axis)
{
  return model->is_fixed[axis];
}

const LamModelField *
lam_model_get_field (const LamModel *model)
{
  return &model->field;
}

int
lam_model_get_rank (const LamModel *model)
{
  return model->rank;
}

bool
lam_model_says_probabilities (const LamModel *model)
{
  return model->output == PROBABILITIES;
}

/* Of some voxels at a time, so that they are in the nearest cache. `step`:
 * from a class to the next. */
#define STRIP 512

LAM_CLONES static void
finish_strip (
    const float *scores, int n_classes, int64_t step, int n, float *out)
{
  float largest[STRIP], sum[STRIP] = { 0 };
  memcpy (largest, scores, (size_t)n * sizeof *largest);
  for (int c = 1; c < n_classes; c++)
    for (int i = 0; i < n; i++)
      largest[i] = MAX (largest[i], scores[c * step + i]);
  for (int c = 0; c < n_classes; c++)
    for (int i = 0; i < n; i++) {
      float share = lam_voxel_exp (scores[c * step + i] - largest[i]);
      out[c * step + i] = share;
      sum[i] += share;
    }
  for (int i = 0; i < n; i++)
    sum[i] = 1 / sum[i];
  for (int c = 0; c < n_classes; c++)
    for (int i = 0; i < n; i++)
      out[c * step + i] *= sum[i];
}

static void
finish_softmax (const float *scores, int n_classes, int64_t n, float *out)
{
  for (int64_t i = 0; i < n; i += STRIP)
    finish_strip (scores + i, n_classes, n, (int)MIN (n - i, STRIP), out + i);
}

void
lam_model_finish (
    const LamModel *model, const float *scores, int64_t n, float *out)
{
  if (model->n_channels == 1) {
    for (int64_t i = 0; i < n; i++) {
      float p = scores[i];
      if (model->output == SCORES)
        p = 1 / (1 + expf (-p));
      out[i] = 1 - p;
      out[n + i] = p;
    }
  } else if (model->output == SCORES) {
    finish_softmax (scores, model->n_channels, n, out);
  } else {
    memcpy (out, scores, (size_t)(model->n_channels * n) * sizeof *out);
  }
}
