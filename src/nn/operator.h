/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What an operator is: a file op-NAME.c fills one row for each operator of its
 * family, operator-table.c lists them. A step is one use of an operator on
 * tensors of known size. */
#pragma once

#include "base/error.h"
#include "nn/graph.h"
#include "nn/team.h"

typedef struct {
  const LamNode *node; /* Borrowed */
  LamNetwork *network; /* Borrowed */
  /* Borrowed; NULL where an input was left out. While shapes are inferred,
   * only constants have data. */
  const LamTensor **inputs;
  LamTensor **outputs;
  /* May compute in 16 bits what the CPU does faster so. */
  bool is_fast;
  /* Set by `infer`: */
  void *settings; /* Owned, one block of g_malloc(); or NULL */
  int64_t scratch_bytes; /* wanted by each thread */
  int64_t shared_bytes; /* wanted once, where `prepare` was not called */
  /* The same, by `backward`. */
  int64_t backward_scratch_bytes, backward_shared_bytes;
  bool wants_size; /* of the first input; see LamTensor */
  /* Can have its first input, or first output, in 16-bit floats; or all its
   * inputs and its output, but not some of them. */
  bool reads_half, writes_half, keeps_half;
  double flops; /* multiplications and additions, as direct convolution */
  /* While running: aligned, `scratch_stride` bytes a thread. */
  char *scratch;
  size_t scratch_stride;
  /* In training, for operators that throw dice: the same for forward and
   * backward, another one for each step of the network and of training. */
  uint64_t seed;
  /* For all threads together, aligned; nothing stays in it between `forward`
   * and `backward`. NULL: `prepare` was called, and constants never change.
   * Else (training) each run makes what it needs of its weights. */
  char *shared;
} LamStep;

/* How a value follows one axis of the image that the network looks at: its
 * elements along `axis` go through the image by voxels / parts. See
 * nn/field.h. */
typedef struct {
  int axis; /* of the value; or one of the next two */
  int64_t voxels, parts; /* without a common divisor */
  /* Those that would be the same if the image went on beyond its ends. */
  int64_t first, end;
} LamReach;

#define LAM_REACH_NONE (-1) /* does not depend on the image */
#define LAM_REACH_UNKNOWN (-2) /* may depend on all of it */

/* Derivatives of the loss, each of its tensor's shape and float32. */
typedef struct {
  /* Borrowed; by output, already behind the node's activation; NULL: zero. */
  const float **outputs;
  /* Borrowed; by input: where to write (not to add); NULL: nobody asks. */
  float **inputs;
} LamStepGradients;

struct _LamOperator {
  const char *name; /* as in ONNX */
  int min_inputs, max_inputs; /* max -1: any number */
  int n_outputs; /* all the first ones that may be asked for */
  /* All that are understood, ends with NULL; or NULL: none. */
  const char *const *attributes;
  /* The result has the bytes of the first input, in the same order. */
  bool is_view;
  /* The first output may be written over the first input of the same size. */
  bool can_overwrite;
  /* The result is the inputs one behind the other along an axis; one may lie
   * where it will stand already. */
  bool joins_inputs;
  /* Can apply the node's activation. */
  bool has_activation;
  /* No number of the results is larger than the largest of all inputs. */
  bool keeps_size;
  /* Needs only the shape of its input. */
  bool is_shape_only;
  /* Sets the outputs' shapes and the step's settings; refuses with
   * lam_step_fail() what `forward` could not do. */
  bool (*infer) (LamStep *step, GError **error);
  /* Once, before the first run, unless the weights change between runs
   * (step->shared); may keep what it makes in node->prepared. Fails for
   * want of memory. */
  bool (*prepare) (const LamStep *step, LamTeam *team, GError **error);
  /* By bit: inputs that `forward` does not read where `prepare` has made
   * something of them. */
  unsigned prepared_inputs;
  void (*forward) (const LamStep *step, LamTeam *team);
  /* How the outputs follow the image, one for each input and output (which are
   * LAM_REACH_UNKNOWN; their `first` and `end` may lie outside). An input at
   * least follows it. NULL or false: in a way that is not understood, or each
   * place depends on all places. */
  bool (*reach) (
      const LamStep *step, const LamReach *inputs, LamReach *outputs);
  /* Training. NULL `backward`: no gradient goes through it. Sets, by bit,
   * of inputs: `trained`, those whose constants are parameters (one number
   * alone never is); of inputs and outputs: those whose numbers `backward`
   * reads. The result must not depend on the number of threads. */
  unsigned trained_inputs, backward_inputs, backward_outputs;
  /* The gradient of the first input may be written over that of the first
   * output of the same size. */
  bool backward_can_overwrite;
  /* What forward is while training; NULL: the same. A view that has it is no
   * view while training. By bit: inputs whose constants it changes. */
  void (*forward_training) (const LamStep *step, LamTeam *team);
  unsigned updated_inputs;
  void (*backward) (
      const LamStep *step, const LamStepGradients *gradients, LamTeam *team);
};

const LamOperator *lam_operator_find (const char *name);

static inline bool
lam_operator_is_view (const LamOperator *row, bool is_training)
{
  return row->is_view && !(is_training && row->forward_training);
}

/* Sets an error that names file, node and operator. Always false. */
bool lam_step_fail (const LamStep *step, GError **error, LamErrorCode code,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
/* Whether the input is there (not left out). */
bool lam_step_has_input (const LamStep *step, int i);
/* Fail where the input's type, rank or constancy is not as needed. */
bool lam_step_need_floats (const LamStep *step, int n_inputs, GError **error);
bool lam_step_need_rank (
    const LamStep *step, int i, int least, int most, GError **error);
bool lam_step_need_constant (
    const LamStep *step, int i, LamTensorType type, GError **error);
/* Sets an output's shape; fails where it is too large. */
bool lam_step_set_output (const LamStep *step, int i, LamTensorType type,
    int rank, const int64_t *dims, GError **error);
/* -1 is the last axis; fails outside [-rank, rank). */
bool lam_step_need_axis (
    const LamStep *step, int64_t axis, int rank, int *result, GError **error);

static inline void *
lam_step_get_scratch (const LamStep *step, int thread)
{
  return step->scratch + thread * step->scratch_stride;
}

/* Attributes; the given value where there is none. The plan has checked that
 * names are known; these fail where the kind is wrong. */
const LamAttribute *lam_step_find_attribute (
    const LamStep *step, const char *name);
bool lam_step_get_integer (
    const LamStep *step, const char *name, int64_t *value, GError **error);
bool lam_step_get_float (
    const LamStep *step, const char *name, float *value, GError **error);
/* NULL in `*value` stays where there is none. */
bool lam_step_get_text (
    const LamStep *step, const char *name, const char **value, GError **error);
bool lam_step_get_integers (const LamStep *step, const char *name,
    const int64_t **values, int *n, GError **error);
/* From attribute `name`, else from constant input `i` (-1: no such input). */
bool lam_step_get_list (const LamStep *step, const char *name, int i,
    const int64_t **values, int *n, GError **error);
