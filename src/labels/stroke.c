/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Invariants:
 *
 * - A brick that is not in `missing` has had every segment so far. So a segment
 *   need not write again what the one before it covered, which is nearly all of
 *   it while the pen moves, and what is left is proportional to the way.
 * - A brick in `missing` has had all segments before its `first` and none
 *   after. Segments before every `first` are forgotten.
 * - While the label that the stroke started on is unknown, `segments` holds all
 *   of them and nothing is painted.
 *
 * Painting is idempotent, and what may change is decided by what was there
 * before; so the order in which bricks arrive cannot show in the result. */
#include "labels/stroke.h"

#include <math.h>
#include <string.h>

#include "base/int64-hash.h"
#include "labels/painter.h"
#include "labels/sweep.h"

static const char *const overwrite_names[LAM_N_OVERWRITES] = {
  [LAM_OVERWRITE_EVERYTHING] = "everything",
  [LAM_OVERWRITE_UNLABELLED] = "unlabelled",
  [LAM_OVERWRITE_STARTED_ON] = "started-on",
};

typedef struct {
  LamBrickKey key;
  guint first; /* segment */
} Missing;

/* The spans of a sweep, row by row of its box: bricks beside each other along
 * the span axis ask for the same ones, and so does the next segment. */
typedef struct {
  bool is_valid;
  LamBox box;
  int axis; /* of the rows that lie beside each other */
  GArray *spans; /* Owned; of Span */
} Rows;
typedef struct {
  int64_t start, end;
} Span;
/* A brush of more rows than this (16 MiB) computes them as it goes. */
enum { MAX_ROWS = 1 << 20 };

struct _LamStroke {
  LamBrush brush;
  double voxel_size_nm[3];
  LamBox volume;
  bool has_last, knows_start, is_spent, met_lock;
  LamSweepEnd last;
  int64_t start[3]; /* first sample's voxel, clamped to the volume */
  uint32_t started_on;
  /* Borrowed */
  LamLabelMap *map;
  const LamClassTable *classes;
  /* Owned */
  GArray *segments; /* of LamSweep */
  GArray *missing; /* of Missing */
  Rows rows[2]; /* of the last segment and the one before */
  LamPainter *painter;
};

const char *
lam_overwrite_name (LamOverwrite mode)
{
  return overwrite_names[mode];
}

bool
lam_overwrite_parse (const char *name, LamOverwrite *mode)
{
  for (int i = 0; i < LAM_N_OVERWRITES; i++)
    if (strcmp (name, overwrite_names[i]) == 0) {
      *mode = i;
      return true;
    }
  return false;
}

static bool
is_allowed (uint32_t label, gpointer user_data)
{
  LamStroke *stroke = user_data;
  if (lam_class_table_is_locked (stroke->classes, label)) {
    stroke->met_lock = true;
    return false;
  }
  switch (stroke->brush.overwrite) {
  case LAM_OVERWRITE_UNLABELLED:
    return label == 0;
  case LAM_OVERWRITE_STARTED_ON:
    return label == stroke->started_on;
  case LAM_OVERWRITE_EVERYTHING:
  default:
    return true;
  }
}

LamStroke *
lam_stroke_new (LamLabelMap *map, const LamClassTable *classes,
    const double voxel_size_nm[3], const LamBrush *brush)
{
  LamStroke *stroke = g_new0 (LamStroke, 1);
  stroke->map = map;
  stroke->classes = classes;
  stroke->brush = *brush;
  for (int i = 0; i < 3; i++)
    stroke->voxel_size_nm[i] = voxel_size_nm[i] > 0 ? voxel_size_nm[i] : 1;
  stroke->volume = lam_box_of_size (lam_label_map_get_size (map));
  stroke->knows_start = brush->overwrite != LAM_OVERWRITE_STARTED_ON;
  stroke->segments = g_array_new (false, false, sizeof (LamSweep));
  stroke->missing = g_array_new (false, false, sizeof (Missing));
  for (int i = 0; i < 2; i++)
    stroke->rows[i].spans = g_array_new (false, false, sizeof (Span));
  stroke->painter = lam_painter_new (map, brush->label, is_allowed, stroke);
  return stroke;
}

void
lam_stroke_free (LamStroke *stroke)
{
  lam_painter_free (stroke->painter);
  g_array_unref (stroke->missing);
  g_array_unref (stroke->segments);
  for (int i = 0; i < 2; i++)
    g_array_unref (stroke->rows[i].spans);
  g_free (stroke);
}

void
lam_stroke_keep (LamStroke *stroke, const LamBox *boxes, size_t n)
{
  lam_painter_keep (stroke->painter, boxes, n);
}

bool
lam_stroke_met_lock (const LamStroke *stroke)
{
  return stroke->met_lock;
}

bool
lam_stroke_met_kept (const LamStroke *stroke)
{
  return lam_painter_met_kept (stroke->painter);
}

static void
paint_voxel_cb (const int64_t voxel[3], gpointer user_data)
{
  lam_painter_paint (user_data, voxel, 0, voxel[0], voxel[0] + 1);
}

static void
rows_fill (Rows *rows, const LamSweep *sweep)
{
  const LamBox *box = &sweep->box;
  rows->box = *box;
  rows->axis = lam_sweep_get_span_axis (sweep) == 0 ? 1 : 0;
  int b = rows->axis;
  double n =
      (double)(box->max[b] - box->min[b]) * (double)(box->max[2] - box->min[2]);
  rows->is_valid = !lam_box_is_empty (box) && n <= MAX_ROWS;
  if (!rows->is_valid)
    return;
  g_array_set_size (rows->spans, (guint)n);
  Span *span = &g_array_index (rows->spans, Span, 0);
  int64_t row[3] = { 0 };
  for (row[2] = box->min[2]; row[2] < box->max[2]; row[2]++)
    for (row[b] = box->min[b]; row[b] < box->max[b]; row[b]++, span++)
      if (!lam_sweep_get_span (sweep, row, &span->start, &span->end))
        *span = (Span){ 0, 0 };
}

/* A sweep with its rows, if they are known. */
typedef struct {
  const LamSweep *sweep; /* or NULL: none */
  const Rows *rows; /* or NULL */
} Segment;

static bool
get_span (
    const Segment *segment, const int64_t row[3], int64_t *start, int64_t *end)
{
  const Rows *rows = segment->rows;
  if (!rows)
    return lam_sweep_get_span (segment->sweep, row, start, end);
  int b = rows->axis;
  const LamBox *box = &rows->box;
  if (row[2] < box->min[2] || row[2] >= box->max[2] || row[b] < box->min[b]
      || row[b] >= box->max[b])
    return false;
  int64_t at = (row[2] - box->min[2]) * (box->max[b] - box->min[b])
      + (row[b] - box->min[b]);
  Span span = g_array_index (rows->spans, Span, at);
  *start = span.start;
  *end = span.end;
  return span.start < span.end;
}

/* Into the present brick, but for what `previous` covers. */
static void
paint_sweep (LamPainter *painter, const LamBox *brick, const Segment *segment,
    const Segment *previous)
{
  const LamSweep *sweep = segment->sweep;
  LamBox box = lam_box_intersect (&sweep->box, brick);
  if (lam_box_is_empty (&box) || !lam_painter_can_change (painter))
    return;
  int axis = lam_sweep_get_span_axis (sweep);
  int b = axis == 0 ? 1 : 0;
  int64_t row[3] = { 0 }, start, end, done_start, done_end;
  for (row[2] = box.min[2]; row[2] < box.max[2]; row[2]++)
    for (row[b] = box.min[b]; row[b] < box.max[b]; row[b]++) {
      if (!get_span (segment, row, &start, &end))
        continue;
      if (previous->sweep && get_span (previous, row, &done_start, &done_end)) {
        lam_painter_paint (painter, row, axis, start, MIN (end, done_start));
        lam_painter_paint (painter, row, axis, MAX (start, done_end), end);
      } else
        lam_painter_paint (painter, row, axis, start, end);
    }
  lam_sweep_walk (sweep, &box, paint_voxel_cb, painter);
}

static const LamSweep *
get_segment (const LamStroke *stroke, guint i)
{
  return &g_array_index (stroke->segments, LamSweep, i);
}

static Segment
describe (const LamStroke *stroke, guint i)
{
  guint age = stroke->segments->len - 1 - i;
  const Rows *rows = age < 2 ? &stroke->rows[age] : NULL;
  return (
      Segment){ get_segment (stroke, i), rows && rows->is_valid ? rows : NULL };
}

/* All segments from `first` on; the one before it has been painted. */
static void
paint_segments (LamStroke *stroke, const LamBox *brick, guint first)
{
  for (guint i = first; i < stroke->segments->len; i++) {
    Segment segment = describe (stroke, i), previous = { NULL, NULL };
    if (i > 0
        && lam_sweep_is_same_slab (get_segment (stroke, i - 1), segment.sweep))
      previous = describe (stroke, i - 1);
    paint_sweep (stroke->painter, brick, &segment, &previous);
  }
}

static Missing *
find_missing (LamStroke *stroke, LamBrickKey key, guint *index)
{
  for (guint i = 0; i < stroke->missing->len; i++) {
    Missing *missing = &g_array_index (stroke->missing, Missing, i);
    if (missing->key.x == key.x && missing->key.y == key.y
        && missing->key.z == key.z) {
      *index = i;
      return missing;
    }
  }
  return NULL;
}

/* Brings one brick up to the last segment, or puts it among the missing, of
 * which `first` is the segment it then misses first. False when it is neither,
 * because it is on disk and the segment does not meet it after all. */
static bool
paint_brick (LamStroke *stroke, LamBrickKey key, guint first)
{
  guint index;
  Missing *missing = find_missing (stroke, key, &index);
  LamBox brick = lam_brick_box (key);
  if (lam_painter_enter (stroke->painter, key)) {
    paint_segments (stroke, &brick, missing ? missing->first : first);
    if (missing)
      g_array_remove_index (stroke->missing, index);
    return true;
  }
  if (missing)
    return true;
  if (!lam_sweep_meets (get_segment (stroke, first), &brick))
    return false;
  Missing entry = { key, first };
  g_array_append_val (stroke->missing, entry);
  return true;
}

static LamBrickKey
key_of_voxel (const int64_t voxel[3])
{
  return (LamBrickKey){ (int32_t)(voxel[0] / LAM_BRICK_EDGE),
    (int32_t)(voxel[1] / LAM_BRICK_EDGE),
    (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
}

/* False while the brick of the first sample is on disk; then it is missing. */
static bool
find_start (LamStroke *stroke)
{
  uint16_t source;
  if (lam_label_map_try_voxel (
          stroke->map, stroke->start, &stroke->started_on, &source)) {
    stroke->knows_start = true;
    return true;
  }
  LamBrickKey key = key_of_voxel (stroke->start);
  guint index;
  if (!find_missing (stroke, key, &index)) {
    Missing entry = { key, 0 };
    g_array_append_val (stroke->missing, entry);
  }
  return false;
}

/* Paints the bricks that a segment may meet, but for those in `done` (may be
 * NULL), and adds them to it. */
static void
paint_segment (LamStroke *stroke, guint segment, GHashTable *done)
{
  LamBox box = get_segment (stroke, segment)->box;
  if (lam_box_is_empty (&box))
    return;
  LamBox bricks = lam_box_bricks (&box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        int64_t packed = lam_brick_key_pack (key);
        if (done && g_hash_table_contains (done, &packed))
          continue;
        if (paint_brick (stroke, key, segment) && done)
          g_hash_table_add (done, g_memdup2 (&packed, sizeof packed));
      }
}

/* The start became known: each brick gets all segments at once. */
static void
paint_all_segments (LamStroke *stroke)
{
  g_autoptr (GHashTable) done =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < stroke->segments->len; i++)
    paint_segment (stroke, i, done);
}

/* While the start is not known, bricks on disk are already asked for. */
static void
ask_for_bricks (LamStroke *stroke, guint segment)
{
  LamBox box = get_segment (stroke, segment)->box;
  if (lam_box_is_empty (&box))
    return;
  LamBox bricks = lam_box_bricks (&box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        if (lam_label_map_lookup (stroke->map, key, NULL) == LAM_BRICK_ON_DISK)
          paint_brick (stroke, key, segment);
      }
}

static LamSweepEnd
end_at (const LamStroke *stroke, const double voxel[3], double pressure)
{
  LamSweepEnd end;
  for (int i = 0; i < 3; i++) {
    /* A walk from far outside would take for ever. */
    double size = (double)stroke->volume.max[i];
    end.voxel[i] = CLAMP (voxel[i], -size, 2 * size);
  }
  end.radius_nm = isfinite (pressure)
      ? stroke->brush.radius_nm * CLAMP (pressure, 0, 1)
      : stroke->brush.radius_nm;
  return end;
}

static bool
is_same_end (const LamSweepEnd *a, const LamSweepEnd *b)
{
  return a->voxel[0] == b->voxel[0] && a->voxel[1] == b->voxel[1]
      && a->voxel[2] == b->voxel[2] && a->radius_nm == b->radius_nm;
}

static void
append_segment (LamStroke *stroke, LamSweepEnd end)
{
  const LamBrush *brush = &stroke->brush;
  LamSweepEnd from = stroke->has_last ? stroke->last : end;
  int axis = -1;
  int64_t slab_min = 0, slab_max = 0;
  if (brush->shape == LAM_BRUSH_DISC) {
    axis = lam_plane_w (brush->plane);
    int64_t slice = (int64_t)floor (end.voxel[axis]);
    int64_t depth = MAX (brush->depth, 1);
    slab_min = slice - (depth - 1) / 2;
    slab_max = slab_min + depth;
    if (floor (from.voxel[axis]) != floor (end.voxel[axis]))
      from = end;
  }
  LamSweep sweep = lam_sweep_new (&from, &end, stroke->voxel_size_nm, axis,
      slab_min, slab_max, &stroke->volume);
  /* Nothing on disk may ask for older ones: only the last is still needed. */
  guint n = stroke->segments->len;
  if (n > 1 && stroke->knows_start && stroke->missing->len == 0)
    g_array_remove_range (stroke->segments, 0, n - 1);
  g_array_append_val (stroke->segments, sweep);
  Rows oldest = stroke->rows[1];
  stroke->rows[1] = stroke->rows[0];
  stroke->rows[0] = oldest;
  rows_fill (&stroke->rows[0], &sweep);
  stroke->last = end;
  stroke->has_last = true;
}

static void
set_start (LamStroke *stroke, const LamSweepEnd *end)
{
  for (int i = 0; i < 3; i++)
    stroke->start[i] =
        CLAMP ((int64_t)floor (end->voxel[i]), 0, stroke->volume.max[i] - 1);
}

LamBox
lam_stroke_add (LamStroke *stroke, const double voxel[3], double pressure)
{
  g_return_val_if_fail (!stroke->is_spent, (LamBox){ 0 });
  if (lam_box_is_empty (&stroke->volume) || !isfinite (voxel[0])
      || !isfinite (voxel[1]) || !isfinite (voxel[2]))
    return (LamBox){ 0 };
  LamSweepEnd end = end_at (stroke, voxel, pressure);
  if (stroke->has_last && is_same_end (&end, &stroke->last))
    return (LamBox){ 0 };
  if (!stroke->has_last)
    set_start (stroke, &end);
  append_segment (stroke, end);
  if (stroke->knows_start)
    paint_segment (stroke, stroke->segments->len - 1, NULL);
  else if (find_start (stroke))
    paint_all_segments (stroke);
  else
    ask_for_bricks (stroke, stroke->segments->len - 1);
  return lam_painter_take_changed (stroke->painter);
}

size_t
lam_stroke_get_n_missing (const LamStroke *stroke)
{
  return stroke->missing->len;
}

LamBrickKey
lam_stroke_get_missing (const LamStroke *stroke, size_t i)
{
  g_return_val_if_fail (i < stroke->missing->len, (LamBrickKey){ 0 });
  return g_array_index (stroke->missing, Missing, i).key;
}

LamBox
lam_stroke_arrived (LamStroke *stroke, LamBrickKey key)
{
  guint index;
  const Missing *missing = find_missing (stroke, key, &index);
  if (!missing
      || lam_label_map_lookup (stroke->map, key, NULL) == LAM_BRICK_ON_DISK)
    return (LamBox){ 0 };
  if (stroke->knows_start)
    paint_brick (stroke, key, missing->first);
  else {
    g_array_remove_index (stroke->missing, index);
    if (find_start (stroke))
      paint_all_segments (stroke);
  }
  return lam_painter_take_changed (stroke->painter);
}

LamEdit *
lam_stroke_end (LamStroke *stroke)
{
  g_return_val_if_fail (!stroke->is_spent, NULL);
  g_return_val_if_fail (stroke->missing->len == 0, NULL);
  stroke->is_spent = true;
  return lam_painter_end (
      stroke->painter, stroke->brush.label ? "brush" : "eraser");
}
