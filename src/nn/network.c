/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/network.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "nn/blas.h"
#include "nn/fuse.h"
#include "nn/gemm.h"
#include "nn/logical.h"
#include "nn/onnx.h"
#include "nn/program.h"

/* Tried along the axes of space that a file leaves open: powers of two for
 * networks that halve, then what unpadded ones need. */
static const int64_t trial_sizes[] = { 64, 32, 188, 572, 16, 1 };

static bool
make_trial (
    const LamNetwork *network, int64_t size, LamShape *shapes, GError **error)
{
  for (int i = 0; i < lam_network_get_n_inputs (network); i++) {
    shapes[i] = *lam_network_get_input_shape (network, i);
    if (shapes[i].rank < 0) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
          _ ("%s: how many axes the input “%s” has is not said"),
          lam_network_get_path (network),
          lam_network_get_input_name (network, i));
      return false;
    }
    for (int j = 0; j < shapes[i].rank; j++)
      if (shapes[i].dims[j] < 0)
        shapes[i].dims[j] = j < 2 ? 1 : size;
  }
  return true;
}

static bool
has_open_axis (const LamNetwork *network)
{
  for (int i = 0; i < lam_network_get_n_inputs (network); i++) {
    const LamShape *shape = lam_network_get_input_shape (network, i);
    for (int j = 0; j < shape->rank; j++)
      if (shape->dims[j] < 0)
        return true;
  }
  return false;
}

/* What the file says of computed values must be true. With an open axis,
 * sizes that an exporter noted down from its example are let pass. */
static bool
check_declared (
    const LamNetwork *network, const LamProgram *program, GError **error)
{
  bool is_open = has_open_axis (network);
  for (guint i = 0; i < network->values->len; i++) {
    const LamValue *value = lam_graph_get_value (network, i);
    const LamShape *found = &program->tensors[i].shape;
    bool fits = value->declared.rank == found->rank;
    if (value->constant || value->declared.rank < 0)
      continue;
    for (int j = 0; fits && j < found->rank; j++)
      fits = value->declared.dims[j] < 0 || (is_open && j != 1)
          || value->declared.dims[j] == found->dims[j];
    if (fits)
      continue;
    g_autofree char *said = lam_shape_to_text (&value->declared);
    g_autofree char *is = lam_shape_to_text (found);
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: the file says that “%s” is %s, but it is %s"), network->path,
        value->name, said, is);
    return false;
  }
  return true;
}

/* What nothing was said of has the type and the rank it has now. */
static void
note_ranks (LamNetwork *network, const LamProgram *program)
{
  for (guint i = 0; i < network->values->len; i++) {
    LamShape *declared = &lam_graph_get_value (network, i)->declared;
    const LamShape *found = &program->tensors[i].shape;
    declared->type = found->type;
    if (declared->rank >= 0)
      continue;
    declared->rank = found->rank;
    for (int j = 0; j < found->rank; j++)
      declared->dims[j] = -1;
  }
}

/* Nodes that depend on no size of any image (Constant, Identity of weights)
 * are replaced by their results. */
static void
keep_constants (LamNetwork *network, LamProgram *program)
{
  for (guint i = 0; i < network->nodes->len;) {
    const LamNode *node = lam_graph_get_node (network, i);
    bool is_constant = !node->row->is_shape_only, is_literal = true;
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE) {
        const LamValue *value = lam_graph_get_value (network, node->inputs[j]);
        is_constant = is_constant && value->constant;
        is_literal = is_literal && value->is_literal;
      }
    if (!is_constant) {
      i++;
      continue;
    }
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE) {
        LamTensor *tensor = &program->tensors[node->outputs[j]];
        lam_graph_get_value (network, node->outputs[j])->constant =
            g_memdup2 (tensor, sizeof *tensor);
        lam_graph_get_value (network, node->outputs[j])->is_literal =
            is_literal;
        program->is_folded[node->outputs[j]] = false;
      }
    g_ptr_array_remove_index (network->nodes, i);
  }
}

static bool
try_sizes (LamNetwork *network, GError **error)
{
  g_autofree LamShape *shapes = g_new (LamShape, network->inputs->len);
  size_t n = has_open_axis (network) ? G_N_ELEMENTS (trial_sizes) : 1;
  g_autoptr (GError) first = NULL;
  for (size_t i = 0; i < n; i++) {
    g_autoptr (GError) cause = NULL;
    if (!make_trial (network, trial_sizes[i], shapes, error))
      return false;
    g_autoptr (LamProgram) program =
        lam_program_new (network, shapes, false, &cause);
    if (program) {
      if (!check_declared (network, program, error))
        return false;
      note_ranks (network, program);
      keep_constants (network, program);
      return true;
    }
    if (!first)
      first = g_steal_pointer (&cause);
  }
  g_propagate_error (error, g_steal_pointer (&first));
  return false;
}

bool
lam_network_check (LamNetwork *network, GError **error)
{
  if (!lam_blas_init (error) || !lam_gemm_init (error)
      || !lam_graph_sort (network, error))
    return false;
  lam_graph_mark_logical (network);
  return try_sizes (network, error);
}

static LamNetwork *
open_network (const char *path, bool is_training, GError **error)
{
  g_autoptr (LamNetwork) network = lam_onnx_read (path, error);
  if (!network || !lam_network_check (network, error))
    return NULL;
  lam_network_fuse (network, is_training);
  return g_steal_pointer (&network);
}

LamNetwork *
lam_network_open (const char *path, GError **error)
{
  return open_network (path, false, error);
}

bool
lam_network_begin_training (LamNetwork *network, GError **error)
{
  if (!lam_network_check (network, error))
    return false;
  lam_network_fuse (network, true);
  return true;
}

LamNetwork *
lam_network_open_for_training (const char *path, GError **error)
{
  return open_network (path, true, error);
}
