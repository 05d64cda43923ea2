/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a sample of a stroke costs, and one big dab against memset() of as many
 * label and source bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labels/stroke.h"
#include "median.h"

enum { N_ROUNDS = 31, N_SAMPLES = 200 };
static const int64_t size[3] = { 1024, 1024, 128 };

static double
now_ms (void)
{
  return g_get_monotonic_time () / 1000.0;
}

/* The voxels of a disc that an edit changed. */
static double
count_changed (LamEdit *edit)
{
  double n = 0;
  for (size_t i = 0; i < lam_edit_get_n_bricks (edit); i++) {
    LamLabelBrick *after = lam_edit_get_brick (edit, i)->after;
    for (int j = 0; j < LAM_BRICK_VOXELS; j++)
      n += lam_label_brick_get_source (after, j) == LAM_SOURCE_HUMAN;
  }
  return n;
}

/* A map that says something everywhere, with planes. */
static LamLabelMap *
busy_map (void)
{
  LamLabelMap *map = lam_label_map_new (size, INT64_C (1) << 40);
  for (int i = 0; i < 16 * 16; i++) {
    g_autoptr (LamLabelBrick) brick = lam_label_brick_new (0, 0);
    uint32_t *labels = lam_label_brick_write_labels (brick);
    for (int j = 0; j < LAM_BRICK_VOXELS; j++)
      labels[j] = 1 + j / 20;
    lam_label_brick_settle (brick);
    lam_label_map_insert (map, (LamBrickKey){ i % 16, i / 16, 0 }, brick, 0);
  }
  return map;
}

/* One dab of radius 100 at once into bricks that were not touched, and again
 * with another label into the same, open ones. */
static void
bench_dab (const char *name, LamPlane plane, LamLabelMap *(*make) (void))
{
  double first[N_ROUNDS], over[N_ROUNDS], filled[N_ROUNDS], n_voxels = 0;
  const double nm[3] = { 1, 1, 1 };
  const double where[3] = { 500.5, 500.5, 32.5 };
  const double away[3] = { 640.5, 500.5, 32.5 };
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  for (int i = 0; i < N_ROUNDS; i++) {
    g_autoptr (LamLabelMap) map = make ();
    LamBrush brush = { plane, LAM_BRUSH_DISC, 100, 1, 7,
      LAM_OVERWRITE_EVERYTHING };
    g_autoptr (LamStroke) stroke = lam_stroke_new (map, classes, nm, &brush);
    double start = now_ms ();
    lam_stroke_add (stroke, where, 1);
    first[i] = now_ms () - start;
    lam_stroke_add (stroke, away, 1);
    start = now_ms ();
    /* Covered already: all of it is looked at and nothing changes. */
    lam_stroke_add (stroke, where, 1);
    over[i] = now_ms () - start;
    if (i == 0) {
      g_autoptr (LamStroke) other = lam_stroke_new (map, classes, nm,
          &(LamBrush){
              plane, LAM_BRUSH_DISC, 100, 1, 9, LAM_OVERWRITE_EVERYTHING });
      lam_stroke_add (other, where, 1);
      g_autoptr (LamEdit) edit = lam_stroke_end (other);
      n_voxels = count_changed (edit);
    }
    size_t n_bytes = (size_t)(n_voxels * 6);
    char *bytes = g_malloc (n_bytes);
    start = now_ms ();
    memset (bytes, i, n_bytes);
    filled[i] = now_ms () - start;
    g_free (bytes);
  }
  double ours = bench_median (first, N_ROUNDS);
  double peer = bench_median (filled, N_ROUNDS);
  printf ("stroke-dab-%s: ours %.3f ms (%.0f Mvoxel/s), covered again %.3f ms,"
          " peer memset %.3f ms, ratio %.1f\n",
      name, ours, n_voxels / ours / 1000, bench_median (over, N_ROUNDS), peer,
      ours / MAX (peer, 1e-3));
}

/* A pen that moves by three voxels a sample. */
static void
bench_pen (const char *name, LamBrushShape shape, double radius)
{
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, INT64_C (1) << 40);
  const double nm[3] = { 10, 10, 40 };
  LamBrush brush = { LAM_PLANE_XY, shape, radius * 10, 1, 7,
    LAM_OVERWRITE_EVERYTHING };
  LamStroke *stroke = lam_stroke_new (map, classes, nm, &brush);
  double times[N_SAMPLES];
  for (int i = 0; i < N_SAMPLES; i++) {
    double start = now_ms ();
    lam_stroke_add (stroke, (double[3]){ 200 + 3 * i, 500, 32.5 }, 1);
    times[i] = now_ms () - start;
  }
  double ours = bench_median (times, N_SAMPLES);
  printf ("stroke-sample-%s: ours %.4f ms a sample, worst %.3f ms"
          " (to reach: well below 1 ms)\n",
      name, ours, times[N_SAMPLES - 1]);
  lam_stroke_free (stroke);
}

static LamLabelMap *
empty_map (void)
{
  return lam_label_map_new (size, INT64_C (1) << 40);
}

int
main (void)
{
  bench_dab ("xy-empty", LAM_PLANE_XY, empty_map);
  bench_dab ("yz-empty", LAM_PLANE_YZ, empty_map);
  bench_dab ("xy-busy", LAM_PLANE_XY, busy_map);
  bench_pen ("disc-12", LAM_BRUSH_DISC, 12);
  bench_pen ("disc-100", LAM_BRUSH_DISC, 100);
  bench_pen ("ellipsoid-100", LAM_BRUSH_ELLIPSOID, 100);
  return 0;
}
