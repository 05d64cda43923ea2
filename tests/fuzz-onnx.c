/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as an ONNX file: opened, planned for a small input in little
 * memory, run once, and written again; or a message. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nn/onnx-write.h"
#include "nn/plan.h"

#define MAX_ARENA_BYTES (16 << 20)
#define MAX_FLOPS 1e8

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

static void
run_small (LamNetwork *network)
{
  int n_inputs = lam_network_get_n_inputs (network);
  g_autofree LamShape *shapes = g_new (LamShape, (size_t)n_inputs);
  const LamPlanOptions options = { .n_threads = 1,
    .limit_bytes = MAX_ARENA_BYTES };
  for (int i = 0; i < n_inputs; i++) {
    shapes[i] = *lam_network_get_input_shape (network, i);
    for (int j = 0; j < shapes[i].rank; j++)
      if (shapes[i].dims[j] < 0)
        shapes[i].dims[j] = j < 2 ? 1 : 16;
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (LamPlan) plan = lam_plan_new (network, shapes, &options, &error);
  g_assert_true ((plan != NULL) != (error != NULL));
  if (!plan || lam_plan_get_flops (plan) > MAX_FLOPS)
    return;
  for (int i = 0; i < n_inputs; i++) {
    float *input = lam_plan_get_input (plan, i);
    for (int64_t j = 0; j < lam_shape_get_count (&shapes[i]); j++)
      input[j] = (float)(j % 7) - 3;
  }
  g_assert_true (lam_plan_run (plan, NULL, &error));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  if (fd < 0 || write (fd, data, n) != (ssize_t)n)
    return -1;
  char path[64];
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = lam_network_open (path, &error);
  g_assert_true ((network != NULL) != (error != NULL));
  close (fd);
  if (!network)
    return 0;
  run_small (network);
  /* All but the file itself. */
  g_assert_false (lam_onnx_write (network, "/no/such/folder", 0, &error));
  g_assert_nonnull (error);
  return 0;
}
