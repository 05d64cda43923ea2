/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis of the image is followed through all steps of the network made for
 * some length, until that length is enough for some voxels in the middle that
 * depend on neither end. A second, longer one must tell the same: what follows
 * from the length itself is not understood. */
#include "nn/field.h"

#include <string.h>

#include "nn/program.h"

/* Sizes that all common halvings divide: 2⁶ · 3. */
#define ROUND 192
/* Networks that see further are as good as those that see all. */
#define MAX_LENGTH 16384
#define MAX_STEP 4096

/* What one length tells of one axis. */
typedef struct {
  int64_t length, before, after, step;
  /* Of all values: how much longer they were than if they had no ends. Equal
   * for all lengths where sizes go with the image. */
  uint64_t ends;
} Trace;

static int64_t
find_multiple (int64_t a, int64_t b)
{
  int64_t x = a, y = b;
  while (y) {
    int64_t rest = x % y;
    x = y;
    y = rest;
  }
  return a / x * b;
}

/* Keeps what the operator said within the value, and in mind for the step. */
static bool
take_output (LamReach *reach, const LamShape *shape, Trace *trace)
{
  if (reach->axis == LAM_REACH_NONE)
    return true;
  int64_t size = shape->dims[reach->axis];
  reach->end = CLAMP (reach->end, 0, size);
  reach->first = CLAMP (reach->first, 0, reach->end);
  if (reach->voxels > MAX_STEP)
    return false;
  trace->step = find_multiple (trace->step, reach->voxels);
  int64_t ends = size * reach->voxels - trace->length * reach->parts;
  trace->ends = trace->ends * 31 + (uint64_t)ends;
  return trace->step <= MAX_STEP;
}

static bool
follow_step (const LamStep *step, LamReach *reaches, Trace *trace)
{
  const LamNode *node = step->node;
  g_autofree LamReach *inputs = g_new0 (LamReach, node->n_inputs + 1);
  g_autofree LamReach *outputs = g_new0 (LamReach, node->n_outputs + 1);
  for (int i = 0; i < node->n_inputs; i++) {
    inputs[i].axis = LAM_REACH_NONE;
    if (step->inputs[i] && node->inputs[i] != LAM_VALUE_NONE)
      inputs[i] = reaches[node->inputs[i]];
    if (inputs[i].axis == LAM_REACH_UNKNOWN)
      return false;
  }
  for (int i = 0; i < node->n_outputs; i++)
    outputs[i].axis = LAM_REACH_UNKNOWN;
  bool is_image = false;
  for (int i = 0; i < node->n_inputs; i++)
    is_image |= inputs[i].axis != LAM_REACH_NONE;
  if (!is_image)
    return true;
  if (!node->row->reach || !node->row->reach (step, inputs, outputs))
    return false;
  for (int i = 0; i < node->n_outputs; i++) {
    if (!step->outputs[i])
      continue;
    if (outputs[i].axis != LAM_REACH_UNKNOWN
        && !take_output (&outputs[i], &step->outputs[i]->shape, trace))
      return false;
    reaches[node->outputs[i]] = outputs[i];
  }
  return true;
}

/* False: `whole` says why nothing is known. */
static bool
follow (LamNetwork *network, const LamShape *shape, int axis, Trace *trace,
    const char **whole)
{
  g_autoptr (LamProgram) program =
      lam_program_new (network, shape, false, NULL);
  *whole = "";
  if (!program)
    return false;
  g_autofree LamReach *reaches = g_new0 (LamReach, network->values->len);
  for (guint i = 0; i < network->values->len; i++)
    reaches[i].axis = LAM_REACH_NONE;
  int64_t length = shape->dims[axis];
  int image = g_array_index (network->inputs, int, 0);
  int output = g_array_index (network->outputs, int, 0);
  reaches[image] = (LamReach){ axis, 1, 1, 0, length };
  *trace = (Trace){ .length = length, .step = 1 };
  for (int i = 0; i < program->n_steps; i++)
    if (!follow_step (&program->steps[i], reaches, trace)) {
      *whole = program->steps[i].node->row->name;
      return false;
    }
  const LamReach *reach = &reaches[output];
  if (reach->axis != axis || reach->voxels != 1 || reach->parts != 1) {
    *whole = program->n_steps
        ? program->steps[program->n_steps - 1].node->row->name
        : "";
    return false;
  }
  trace->before = reach->first;
  trace->after = length - reach->end;
  return true;
}

static bool
is_equal (const Trace *a, const Trace *b)
{
  return a->before == b->before && a->after == b->after && a->step == b->step
      && a->ends == b->ends;
}

/* False as follow(). */
static bool
find_axis (LamNetwork *network, LamShape shape, int axis, bool is_open,
    Trace *trace, const char **whole)
{
  int64_t base = shape.dims[axis];
  if (is_open)
    base = find_multiple (base, ROUND);
  shape.dims[axis] = base;
  if (!follow (network, &shape, axis, trace, whole))
    return false;
  while (is_open && trace->before + trace->after >= trace->length
      && trace->length < MAX_LENGTH) {
    shape.dims[axis] = 2 * trace->length;
    if (!follow (network, &shape, axis, trace, whole))
      return false;
  }
  bool is_enough = trace->before + trace->after < trace->length
      && (is_open || trace->length % trace->step == 0);
  Trace other = *trace;
  if (is_enough && is_open) {
    shape.dims[axis] = trace->length + base;
    if (!follow (network, &shape, axis, &other, whole))
      return false;
  }
  if (is_enough && is_equal (trace, &other))
    return true;
  /* No operator alone is to blame. */
  *whole = "";
  return false;
}

void
lam_field_find (LamNetwork *network, const LamShape *shape, const bool *is_open,
    LamField *field)
{
  *field = (LamField){ 0 };
  for (int i = 2; i < shape->rank; i++) {
    Trace trace = { .step = 1 };
    const char *whole = NULL;
    /* A section alone: nothing to see along this axis. */
    bool is_flat = !is_open[i] && shape->dims[i] == 1;
    if (!is_flat
        && !find_axis (network, *shape, i, is_open[i], &trace, &whole)) {
      lam_field_clear (field);
      field->whole = g_strdup (whole);
      return;
    }
    field->before[i] = trace.before;
    field->after[i] = trace.after;
    field->step[i] = trace.step;
  }
}

void
lam_field_clear (LamField *field)
{
  g_free (field->whole);
  *field = (LamField){ 0 };
}
