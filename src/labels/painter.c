/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick in `touched` differs from what it was: only a real change puts it
 * there, and painting only ever makes a voxel the one label, source human. The
 * map shows its open copy, pinned once. */
#include "labels/painter.h"

#include "base/int64-hash.h"

#define EDGE LAM_BRICK_EDGE

/* In bricks, x is contiguous. */
static const int strides[3] = { 1, EDGE, EDGE *EDGE };

typedef struct {
  LamBrickKey key;
  /* Owned */
  LamLabelBrick *before; /* NULL: absent */
  LamLabelBrick *live; /* open */
  int n_changed; /* voxels */
} Touched;

struct _LamPainter {
  uint32_t label;
  bool is_spent;
  LamBox box; /* of all voxels changed so far */
  LamBox changed; /* of those since lam_painter_take_changed() */
  LamPaintRule rule;
  gpointer rule_data;
  /* The rule's last answer */
  bool has_asked, asked_answer;
  uint32_t asked_label;
  /* The present brick */
  LamBrickKey key;
  LamBox brick_box;
  uint32_t old_label; /* of a uniform brick */
  uint16_t old_source;
  /* Borrowed */
  LamLabelBrick *brick; /* NULL: absent */
  Touched *present; /* NULL before the first change */
  const uint32_t *labels; /* NULL: uniform */
  const uint16_t *sources;
  uint32_t *live_labels; /* NULL before the first change */
  uint16_t *live_sources;
  LamLabelMap *map;
  bool met_kept;
  /* Owned */
  GArray *kept; /* of LamBox: is not painted */
  GHashTable *touched; /* packed key → Touched */
};

static void
free_touched (gpointer data)
{
  Touched *touched = data;
  g_clear_pointer (&touched->before, lam_label_brick_unref);
  lam_label_brick_unref (touched->live);
  g_free (touched);
}

LamPainter *
lam_painter_new (
    LamLabelMap *map, uint32_t label, LamPaintRule rule, gpointer user_data)
{
  LamPainter *painter = g_new0 (LamPainter, 1);
  painter->map = map;
  painter->label = label;
  painter->rule = rule;
  painter->rule_data = user_data;
  painter->kept = g_array_new (false, false, sizeof (LamBox));
  painter->touched = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, free_touched);
  return painter;
}

/* Setting back pins once more: that and the painter's own pin go. */
static void
restore (LamPainter *painter)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, painter->touched);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Touched *touched = value;
    lam_label_map_set (painter->map, touched->key, touched->before);
    lam_label_map_unpin (painter->map, touched->key);
    lam_label_map_unpin (painter->map, touched->key);
  }
}

void
lam_painter_free (LamPainter *painter)
{
  if (!painter->is_spent)
    restore (painter);
  g_hash_table_unref (painter->touched);
  g_array_unref (painter->kept);
  g_free (painter);
}

void
lam_painter_keep (LamPainter *painter, const LamBox *boxes, size_t n)
{
  g_array_append_vals (painter->kept, boxes, (guint)n);
}

bool
lam_painter_met_kept (const LamPainter *painter)
{
  return painter->met_kept;
}

static void
show_brick (LamPainter *painter, LamLabelBrick *brick)
{
  painter->brick = brick;
  painter->labels = brick ? lam_label_brick_get_labels (brick) : NULL;
  painter->sources = brick ? lam_label_brick_get_sources (brick) : NULL;
  painter->old_label = 0;
  painter->old_source = LAM_SOURCE_UNSET;
  if (brick)
    lam_label_brick_is_uniform (
        brick, &painter->old_label, &painter->old_source);
}

static void
write_to (LamPainter *painter, LamLabelBrick *live)
{
  painter->live_labels = lam_label_brick_write_labels (live);
  painter->live_sources = lam_label_brick_write_sources (live);
  show_brick (painter, live);
}

bool
lam_painter_enter (LamPainter *painter, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  Touched *touched = g_hash_table_lookup (painter->touched, &packed);
  painter->key = key;
  painter->brick_box = lam_brick_box (key);
  painter->present = touched;
  if (touched) {
    write_to (painter, touched->live);
    return true;
  }
  LamLabelBrick *brick;
  LamBrickState state = lam_label_map_lookup (painter->map, key, &brick);
  painter->live_labels = NULL;
  painter->live_sources = NULL;
  show_brick (painter, brick);
  return state != LAM_BRICK_ON_DISK;
}

/* Before the first change of the present brick. */
static void
touch (LamPainter *painter)
{
  int64_t packed = lam_brick_key_pack (painter->key);
  Touched *touched = g_new0 (Touched, 1);
  touched->key = painter->key;
  if (painter->brick) {
    touched->before = lam_label_brick_ref (painter->brick);
    touched->live = lam_label_brick_copy (painter->brick);
  } else
    touched->live = lam_label_brick_new (0, LAM_SOURCE_UNSET);
  write_to (painter, touched->live);
  painter->present = touched;
  g_hash_table_insert (
      painter->touched, g_memdup2 (&packed, sizeof packed), touched);
  lam_label_map_set (painter->map, painter->key, touched->live);
}

static bool
would_change (LamPainter *painter, uint32_t label, uint16_t source)
{
  if (label == painter->label && source == LAM_SOURCE_HUMAN)
    return false;
  if (!painter->has_asked || painter->asked_label != label) {
    painter->asked_answer = painter->rule (label, painter->rule_data);
    painter->asked_label = label;
    painter->has_asked = true;
  }
  return painter->asked_answer;
}

bool
lam_painter_can_change (LamPainter *painter)
{
  return painter->labels
      || would_change (painter, painter->old_label, painter->old_source);
}

static void
note_change (LamPainter *painter, int index, int n, int axis)
{
  LamBox change = painter->brick_box;
  change.min[0] += index % EDGE;
  change.min[1] += index / EDGE % EDGE;
  change.min[2] += index / (EDGE * EDGE);
  for (int i = 0; i < 3; i++)
    change.max[i] = change.min[i] + (i == axis ? n : 1);
  painter->changed = lam_box_unite (&painter->changed, &change);
}

/* How many voxels from `index` on say the same as the first. */
static int
measure_run (const LamPainter *painter, int index, int n, int stride)
{
  const uint32_t *labels = painter->labels + index;
  const uint16_t *sources = painter->sources + index;
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
fill_run (LamPainter *painter, int index, int n, int stride)
{
  uint32_t label = painter->label;
  uint32_t *labels = painter->live_labels + index;
  uint16_t *sources = painter->live_sources + index;
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
paint_row (LamPainter *painter, int index, int n, int axis)
{
  int stride = strides[axis];
  while (n > 0) {
    bool has_planes = painter->labels != NULL;
    int run = has_planes ? measure_run (painter, index, n, stride) : n;
    uint32_t label = has_planes ? painter->labels[index] : painter->old_label;
    uint16_t source =
        has_planes ? painter->sources[index] : painter->old_source;
    if (would_change (painter, label, source)) {
      if (!painter->live_labels)
        touch (painter);
      fill_run (painter, index, run, stride);
      painter->present->n_changed += run;
      note_change (painter, index, run, axis);
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

/* But for what the boxes from `from` on keep. */
static void
paint_span (LamPainter *painter, const int64_t row[3], int axis, int64_t start,
    int64_t end, guint from)
{
  int64_t voxel[3] = { row[0], row[1], row[2] };
  if (start >= end)
    return;
  for (guint i = from; i < painter->kept->len; i++) {
    const LamBox *box = &g_array_index (painter->kept, LamBox, i);
    voxel[axis] = box->min[axis];
    if (!lam_box_contains (box, voxel) || box->min[axis] >= end
        || box->max[axis] <= start)
      continue;
    painter->met_kept = true;
    paint_span (painter, row, axis, start, MIN (end, box->min[axis]), i + 1);
    paint_span (painter, row, axis, MAX (start, box->max[axis]), end, i + 1);
    return;
  }
  voxel[axis] = start;
  paint_row (painter, index_in_brick (voxel), (int)(end - start), axis);
}

void
lam_painter_paint (LamPainter *painter, const int64_t row[3], int axis,
    int64_t start, int64_t end)
{
  paint_span (painter, row, axis, MAX (start, painter->brick_box.min[axis]),
      MIN (end, painter->brick_box.max[axis]), 0);
}

LamBox
lam_painter_take_changed (LamPainter *painter)
{
  LamBox changed = painter->changed;
  painter->box = lam_box_unite (&painter->box, &changed);
  painter->changed = (LamBox){ 0 };
  return changed;
}

/* Edits list their bricks in one order, whatever the hash table's. */
static int
compare_touched (gconstpointer a, gconstpointer b)
{
  int64_t p = lam_brick_key_pack (((const Touched *)a)->key);
  int64_t q = lam_brick_key_pack (((const Touched *)b)->key);
  return (p > q) - (p < q);
}

/* One label went into this brick: if it was uniform, it is again only when that
 * is everywhere. To compare all voxels of all bricks of a long stroke would
 * hold up whoever lifts the pen. */
static bool
must_be_mixed (const Touched *touched)
{
  return touched->n_changed < LAM_BRICK_VOXELS
      && (!touched->before
          || lam_label_brick_is_uniform (touched->before, NULL, NULL));
}

LamEdit *
lam_painter_end (LamPainter *painter, const char *tool)
{
  g_return_val_if_fail (!painter->is_spent, NULL);
  painter->is_spent = true;
  lam_painter_take_changed (painter);
  if (g_hash_table_size (painter->touched) == 0)
    return NULL;
  LamEdit *edit = lam_edit_new (tool);
  g_autoptr (GList) bricks = g_hash_table_get_values (painter->touched);
  bricks = g_list_sort (bricks, compare_touched);
  for (GList *l = bricks; l; l = l->next) {
    Touched *touched = l->data;
    if (must_be_mixed (touched))
      lam_label_brick_settle_mixed (touched->live);
    else
      lam_label_brick_settle (touched->live);
    /* It was touched for the sake of a voxel that would change. */
    lam_edit_add_changed_brick (
        edit, touched->key, touched->before, touched->live);
  }
  lam_edit_set_box (edit, &painter->box);
  return edit;
}
