/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* CPU time of the frame after a dab of a brush stroke (cut the labels again,
 * upload, compose the rectangle, show) against that of a full frame. */
#include "view-bench.h"

#define ROUNDS 41
#define RADIUS 12 /* voxels */

static double
draw (Fixture *fixture, LamPane *pane, const LamCamera *camera,
    const LamLook *look, const LamBrushCursor *cursor, const LamBox *touched)
{
  const double start = bench_cpu_ms ();
  if (touched != NULL)
    lam_renderer_touch_labels (fixture->renderer, touched);
  lam_pane_set_slice (pane, camera, look, cursor);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  glFinish ();
  return bench_cpu_ms () - start;
}

static void
race (double px, const char *what)
{
  Fixture *fixture = bench_fixture (LAM_DTYPE_U8);
  if (fixture == NULL)
    exit (77);
  const LamCamera camera = bench_camera (fixture, px);
  LamLook look = fixture_look (fixture);
  LamBrushCursor cursor = { .visible = true,
    .plane = LAM_PLANE_XY,
    .radius_nm = RADIUS * 10,
    .rgb = 0xffc040 };
  LamPane *pane = lam_pane_new (fixture->renderer);
  lam_pane_set_slice (pane, &camera, &look, &cursor);
  if (!fixture_finish (fixture, pane))
    g_error ("tiles are missing");
  double dab[ROUNDS], full[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    const int64_t x = 700 + 5 * i, y = 480 + i;
    /* Two samples of the pen a frame, 5 voxels apart. */
    const LamBox box = lam_box_new (
        x - RADIUS, y - RADIUS, 12, x + RADIUS + 6, y + RADIUS + 2, 13);
    cursor.centre_nm[0] = (double)x * 10;
    cursor.centre_nm[1] = (double)y * 10;
    dab[i] = draw (fixture, pane, &camera, &look, &cursor, &box);
    look.high += 1e-6;
    full[i] = draw (fixture, pane, &camera, &look, &cursor, NULL);
  }
  const double a = bench_median (dab, ROUNDS), b = bench_median (full, ROUNDS);
  printf ("stroke-frame (%s): ours %.2f ms, peer %.2f ms, ratio %.3f (to reach "
          "0.333 or less)\n",
      what, a, b, a / b);
  lam_pane_free (pane);
  fixture_free (fixture);
}

int
main (void)
{
  race (1, "one voxel a pixel");
  race (3.3, "3.3 pixels a voxel");
  return 0;
}
