/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Invariants:
 *
 * - A brick in `touched` differs from what it was before the stroke. The map
 *   shows its open successor, pinned once; `before` is what undo needs.
 * - A brick that is not in `missing` has had every segment so far. So a segment
 *   need not write again what the one before it covered, which is nearly all of
 *   it while the pen moves, and what is left is proportional to the way.
 * - A brick in `missing` has had all segments before its `first` and none
 *   after. Segments before every `first` are forgotten.
 * - While the label that the stroke started on is unknown, `segments` holds all
 *   of them and nothing is painted.
 *
 * Painting is idempotent and only ever makes a voxel the brush's label, source
 * human; so the order in which bricks arrive cannot show in the result. */
#include "labels/stroke.h"

#include <math.h>
#include <string.h>

#include "labels/sweep.h"

#define EDGE LAM_BRICK_EDGE

static const char *const overwrite_names[LAM_N_OVERWRITES] = {
  [LAM_OVERWRITE_EVERYTHING] = "everything",
  [LAM_OVERWRITE_UNLABELLED] = "unlabelled",
  [LAM_OVERWRITE_STARTED_ON] = "started-on",
};

/* In bricks, x is contiguous. */
static const int strides[3] = { 1, EDGE, EDGE *EDGE };

typedef struct {
  LamBrickKey key;
  /* Owned */
  LamLabelBrick *before; /* NULL: absent */
  LamLabelBrick *live; /* open */
} Touched;

typedef struct {
  LamBrickKey key;
  guint first; /* segment */
} Missing;

struct _LamStroke {
  LamBrush brush;
  double voxel_size_nm[3];
  LamBox volume;
  bool has_last, knows_start, is_spent;
  LamSweepEnd last;
  int64_t start[3]; /* first sample's voxel, clamped to the volume */
  uint32_t started_on;
  LamBox box; /* of all voxels changed so far */
  LamBox changed; /* of those changed in the present call */
  /* The last answer of may_change() */
  bool has_asked, asked_answer;
  uint32_t asked_label;
  /* Borrowed */
  LamLabelMap *map;
  const LamClassTable *classes;
  /* Owned */
  GArray *segments; /* of LamSweep */
  GArray *missing; /* of Missing */
  GHashTable *touched; /* packed key → Touched */
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

static void
free_touched (gpointer data)
{
  Touched *touched = data;
  g_clear_pointer (&touched->before, lam_label_brick_unref);
  lam_label_brick_unref (touched->live);
  g_free (touched);
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
  stroke->touched =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_touched);
  return stroke;
}

/* Setting back pins once more: that and the stroke's own pin go. */
static void
restore (LamStroke *stroke)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, stroke->touched);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Touched *touched = value;
    lam_label_map_set (stroke->map, touched->key, touched->before);
    lam_label_map_unpin (stroke->map, touched->key);
    lam_label_map_unpin (stroke->map, touched->key);
  }
}

void
lam_stroke_free (LamStroke *stroke)
{
  if (!stroke->is_spent)
    restore (stroke);
  g_hash_table_unref (stroke->touched);
  g_array_unref (stroke->missing);
  g_array_unref (stroke->segments);
  g_free (stroke);
}

static bool
is_allowed (const LamStroke *stroke, uint32_t label)
{
  if (lam_class_table_is_locked (stroke->classes, label))
    return false;
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

static bool
would_change (LamStroke *stroke, uint32_t label, uint16_t source)
{
  if (label == stroke->brush.label && source == LAM_SOURCE_HUMAN)
    return false;
  if (!stroke->has_asked || stroke->asked_label != label) {
    stroke->asked_answer = is_allowed (stroke, label);
    stroke->asked_label = label;
    stroke->has_asked = true;
  }
  return stroke->asked_answer;
}

/* A brick while one segment is painted into it. */
typedef struct {
  LamStroke *stroke;
  LamBrickKey key;
  LamBox box; /* of the brick */
  LamLabelBrick *brick; /* Borrowed; NULL: absent */
  const uint32_t *labels; /* NULL while it is uniform */
  const uint16_t *sources;
  uint32_t label; /* of a uniform one */
  uint16_t source;
  uint32_t *live_labels; /* NULL before the first change */
  uint16_t *live_sources;
} Target;

static void
show_brick (Target *target, LamLabelBrick *brick)
{
  target->brick = brick;
  target->labels = brick ? lam_label_brick_get_labels (brick) : NULL;
  target->sources = brick ? lam_label_brick_get_sources (brick) : NULL;
  target->label = 0;
  target->source = LAM_SOURCE_UNSET;
  if (brick)
    lam_label_brick_is_uniform (brick, &target->label, &target->source);
}

static void
write_to (Target *target, LamLabelBrick *live)
{
  target->live_labels = lam_label_brick_write_labels (live);
  target->live_sources = lam_label_brick_write_sources (live);
  show_brick (target, live);
}

/* Before the first change: from here on the map shows the stroke's own. */
static void
touch (Target *target)
{
  LamStroke *stroke = target->stroke;
  int64_t packed = lam_brick_key_pack (target->key);
  Touched *touched = g_new0 (Touched, 1);
  touched->key = target->key;
  if (target->brick) {
    touched->before = lam_label_brick_ref (target->brick);
    touched->live = lam_label_brick_copy (target->brick);
  } else
    touched->live = lam_label_brick_new (0, LAM_SOURCE_UNSET);
  write_to (target, touched->live);
  g_hash_table_insert (
      stroke->touched, g_memdup2 (&packed, sizeof packed), touched);
  lam_label_map_set (stroke->map, target->key, touched->live);
}

/* Finds the brick; false when it is on disk. */
static bool
target_init (Target *target, LamStroke *stroke, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  Touched *touched = g_hash_table_lookup (stroke->touched, &packed);
  *target = (Target){ stroke, key, lam_brick_box (key) };
  if (touched) {
    write_to (target, touched->live);
    return true;
  }
  LamLabelBrick *brick;
  if (lam_label_map_lookup (stroke->map, key, &brick) == LAM_BRICK_ON_DISK)
    return false;
  show_brick (target, brick);
  return true;
}

static void
note_change (Target *target, int index, int n, int axis)
{
  LamBox change = target->box;
  change.min[0] += index % EDGE;
  change.min[1] += index / EDGE % EDGE;
  change.min[2] += index / (EDGE * EDGE);
  for (int i = 0; i < 3; i++)
    change.max[i] = change.min[i] + (i == axis ? n : 1);
  target->stroke->changed = lam_box_unite (&target->stroke->changed, &change);
}

/* How many voxels from `index` on say the same as the first. */
static int
measure_run (const Target *target, int index, int n, int stride)
{
  const uint32_t *labels = target->labels + index;
  const uint16_t *sources = target->sources + index;
  uint32_t label = labels[0];
  uint16_t source = sources[0];
  int i = 1;
  if (stride == 1)
    for (; i + 16 <= n; i += 16) {
      uint32_t other = 0;
      for (int j = 0; j < 16; j++)
        other |= (labels[i + j] ^ label) | (uint32_t)(sources[i + j] ^ source);
      if (other)
        break;
    }
  while (i < n && labels[i * stride] == label && sources[i * stride] == source)
    i++;
  return i;
}

static void
fill_run (Target *target, int index, int n, int stride)
{
  uint32_t label = target->stroke->brush.label;
  uint32_t *labels = target->live_labels + index;
  uint16_t *sources = target->live_sources + index;
  if (stride == 1) {
    for (int i = 0; i < n; i++)
      labels[i] = label;
    for (int i = 0; i < n; i++)
      sources[i] = LAM_SOURCE_HUMAN;
    return;
  }
  for (int i = 0; i < n; i++) {
    labels[i * stride] = label;
    sources[i * stride] = LAM_SOURCE_HUMAN;
  }
}

/* `n` voxels along `axis` from `index`, all inside of the brick. */
static void
paint_row (Target *target, int index, int n, int axis)
{
  int stride = strides[axis];
  while (n > 0) {
    bool has_planes = target->labels != NULL;
    int run = has_planes ? measure_run (target, index, n, stride) : n;
    uint32_t label = has_planes ? target->labels[index] : target->label;
    uint16_t source = has_planes ? target->sources[index] : target->source;
    if (would_change (target->stroke, label, source)) {
      if (!target->live_labels)
        touch (target);
      fill_run (target, index, run, stride);
      note_change (target, index, run, axis);
    }
    index += run * stride;
    n -= run;
  }
}

static int
index_in_brick (const int64_t voxel[3])
{
  const int mask = EDGE - 1;
  return (int)(voxel[0] & mask)
      + EDGE * ((int)(voxel[1] & mask) + EDGE * (int)(voxel[2] & mask));
}

static void
paint_part (
    Target *target, const int64_t row[3], int axis, int64_t start, int64_t end)
{
  start = MAX (start, target->box.min[axis]);
  end = MIN (end, target->box.max[axis]);
  if (start >= end)
    return;
  int64_t voxel[3] = { row[0], row[1], row[2] };
  voxel[axis] = start;
  paint_row (target, index_in_brick (voxel), (int)(end - start), axis);
}

static void
paint_voxel_cb (const int64_t voxel[3], gpointer user_data)
{
  paint_row (user_data, index_in_brick (voxel), 1, 0);
}

/* Leaves out what `previous` (or NULL) covers. */
static void
paint_sweep (Target *target, const LamSweep *sweep, const LamSweep *previous)
{
  LamBox box = lam_box_intersect (&sweep->box, &target->box);
  if (lam_box_is_empty (&box)
      || (!target->labels
          && !would_change (target->stroke, target->label, target->source)))
    return;
  int axis = lam_sweep_get_span_axis (sweep);
  int b = axis == 0 ? 1 : 0;
  int64_t row[3] = { 0 }, start, end, done_start, done_end;
  for (row[2] = box.min[2]; row[2] < box.max[2]; row[2]++)
    for (row[b] = box.min[b]; row[b] < box.max[b]; row[b]++) {
      if (!lam_sweep_get_span (sweep, row, &start, &end))
        continue;
      if (previous
          && lam_sweep_get_span (previous, row, &done_start, &done_end)) {
        paint_part (target, row, axis, start, MIN (end, done_start));
        paint_part (target, row, axis, MAX (start, done_end), end);
      } else
        paint_part (target, row, axis, start, end);
    }
  lam_sweep_walk (sweep, &box, paint_voxel_cb, target);
}

static const LamSweep *
get_segment (const LamStroke *stroke, guint i)
{
  return &g_array_index (stroke->segments, LamSweep, i);
}

/* All segments from `first` on; the one before it has been painted. */
static void
paint_segments (LamStroke *stroke, Target *target, guint first)
{
  for (guint i = first; i < stroke->segments->len; i++) {
    const LamSweep *sweep = get_segment (stroke, i);
    const LamSweep *previous = i > 0 ? get_segment (stroke, i - 1) : NULL;
    if (previous && !lam_sweep_is_same_slab (previous, sweep))
      previous = NULL;
    paint_sweep (target, sweep, previous);
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
  Target target;
  if (target_init (&target, stroke, key)) {
    paint_segments (stroke, &target, missing ? missing->first : first);
    if (missing)
      g_array_remove_index (stroke->missing, index);
    return true;
  }
  if (missing)
    return true;
  if (!lam_sweep_meets (get_segment (stroke, first), &target.box))
    return false;
  Missing entry = { key, first };
  g_array_append_val (stroke->missing, entry);
  return true;
}

static LamBrickKey
key_of_voxel (const int64_t voxel[3])
{
  return (LamBrickKey){ (int32_t)(voxel[0] / EDGE), (int32_t)(voxel[1] / EDGE),
    (int32_t)(voxel[2] / EDGE) };
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
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
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
  stroke->last = end;
  stroke->has_last = true;
}

static LamBox
take_changed (LamStroke *stroke)
{
  LamBox changed = stroke->changed;
  stroke->box = lam_box_unite (&stroke->box, &changed);
  stroke->changed = (LamBox){ 0 };
  return changed;
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
  return take_changed (stroke);
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
  return take_changed (stroke);
}

/* Edits list their bricks in one order, whatever the hash table's. */
static int
compare_touched (gconstpointer a, gconstpointer b)
{
  int64_t p = lam_brick_key_pack (((const Touched *)a)->key);
  int64_t q = lam_brick_key_pack (((const Touched *)b)->key);
  return (p > q) - (p < q);
}

LamEdit *
lam_stroke_end (LamStroke *stroke)
{
  g_return_val_if_fail (!stroke->is_spent, NULL);
  g_return_val_if_fail (stroke->missing->len == 0, NULL);
  stroke->is_spent = true;
  if (g_hash_table_size (stroke->touched) == 0)
    return NULL;
  LamEdit *edit = lam_edit_new (stroke->brush.label ? "brush" : "eraser");
  g_autoptr (GList) bricks = g_hash_table_get_values (stroke->touched);
  bricks = g_list_sort (bricks, compare_touched);
  for (GList *l = bricks; l; l = l->next) {
    Touched *touched = l->data;
    lam_label_brick_settle (touched->live);
    lam_edit_add_brick (edit, touched->key, touched->before, touched->live);
  }
  lam_edit_set_box (edit, &stroke->box);
  return edit;
}
