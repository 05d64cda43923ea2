/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The same work on numbered parts, in several threads, the caller waiting. */
#pragma once

#include "base/progress.h"

/* Any thread, several parts at once. */
typedef bool (*LamParallelPart) (int64_t part, gpointer data, GError **error);

/* Does the parts 0 to n - 1, by `n_threads`; 0: one for each processor, at
 * least
 * 2. Threads have the caller's priority. False with the first error; parts that
 * were not begun by then are left out, as they are once `progress` is
 * cancelled. */
bool lam_parallel (int n_threads, int64_t n, LamParallelPart part,
    gpointer data, LamProgress *progress, GError **error);
