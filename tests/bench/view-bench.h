/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the benchmarks of drawing share. */
#pragma once

#include <epoxy/gl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "median.h"
#include "view-fixture.h"

#define BENCH_WIDTH 1600
#define BENCH_HEIGHT 1000

static inline double
bench_cpu_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* 1600×1000 over labels of which about half the pixels have one. */
static inline Fixture *
bench_fixture (LamDtype dtype)
{
  const FixtureSettings settings = { .size = { 1600, 1000, 24 },
    .dtype = dtype,
    .width_px = BENCH_WIDTH,
    .height_px = BENCH_HEIGHT };
  g_autoptr (GError) error = NULL;
  Fixture *fixture = fixture_new (&settings, &error);
  if (fixture == NULL)
    fprintf (stderr, "%s\n", error->message);
  return fixture;
}

/* One voxel is `px` pixels. */
static inline LamCamera
bench_camera (const Fixture *fixture, double px)
{
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  camera.nm_per_px = 10 / px;
  return camera;
}
