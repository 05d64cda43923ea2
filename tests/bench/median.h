/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What benchmarks report. */
#pragma once

#include <stdlib.h>

static inline int
bench_compare (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts them. */
static inline double
bench_median (double *values, size_t n)
{
  qsort (values, n, sizeof *values, bench_compare);
  return values[n / 2];
}
