/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A flood from each voxel that has no piece yet, then one pass over all runs
 * along x for what is counted. Some 6 MB, whatever the volume is.
 *
 * What is cut is one brick deep, and is the brick itself but for slices: there
 * it lies one slice nearer to 0, so that each of its slices has both of its
 * neighbours among the planes that are known. */
#include "segment/brick-pieces.h"

#include <string.h>

enum {
  EDGE = LAM_BRICK_EDGE,
  AREA = EDGE * EDGE,
  BEFORE = LAM_BRICK_PLANES_BEFORE,
};

/* In `ids`, while pieces are made: one may grow to here, or none may. */
#define FREE 0
#define BARRED UINT32_MAX

LamBrickPieces *
lam_brick_pieces_new (void)
{
  LamBrickPieces *pieces = g_new (LamBrickPieces, 1);
  pieces->pieces = g_array_new (false, true, sizeof (LamPiece));
  return pieces;
}

void
lam_brick_pieces_free (LamBrickPieces *pieces)
{
  g_array_unref (pieces->pieces);
  g_free (pieces);
}

/* ---- Pieces ------------------------------------------------------------- */

/* Whoever has more than half of all has the lead in the end (Boyer and Moore).
 */
static void
add_vote (LamVote *vote, LamVote other)
{
  if (vote->value == other.value)
    vote->lead += other.lead;
  else if (vote->lead >= other.lead)
    vote->lead -= other.lead;
  else
    *vote = (LamVote){ other.value, other.lead - vote->lead };
}

static void
add_end (LamPieceEnd *end, const LamPieceEnd *other)
{
  end->n_stops += other->n_stops;
  end->box = lam_box_unite (&end->box, &other->box);
}

void
lam_piece_add (LamPiece *piece, const LamPiece *other)
{
  for (int end = 0; end < LAM_N_PIECE_ENDS; end++) {
    int axis = end / 2;
    int64_t reach = end % 2 ? piece->box.max[axis] - other->box.max[axis]
                            : other->box.min[axis] - piece->box.min[axis];
    if (reach < 0)
      piece->ends[end] = other->ends[end];
    else if (reach == 0)
      add_end (&piece->ends[end], &other->ends[end]);
  }
  piece->box = lam_box_unite (&piece->box, &other->box);
  piece->n_voxels += other->n_voxels;
  piece->n_human += other->n_human;
  piece->n_known += other->n_known;
  piece->uncertainty += other->uncertainty;
  add_vote (&piece->label, other->label);
  add_vote (&piece->other, other->other);
}

void
lam_piece_add_end (LamPiece *piece, int end, const LamPieceEnd *stops)
{
  add_end (&piece->ends[end], stops);
}

static void
add_stop (LamPiece *piece, int end, const int64_t at[3])
{
  const LamPieceEnd stop = { 1,
    lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1) };
  add_end (&piece->ends[end], &stop);
}

/* ---- A brick ------------------------------------------------------------ */

void
lam_brick_pieces_load (LamBrickPieces *pieces, LamBrickKey key,
    const int64_t size[3], const LamLabelBrick *brick,
    const LamOpinion *opinion, const LamPieceVoxel *before)
{
  LamBox whole = lam_brick_box (key), volume = lam_box_of_size (size);
  LamPieceVoxel *own = pieces->voxels + BEFORE * AREA;
  pieces->brick = lam_box_intersect (&whole, &volume);
  pieces->opinion = opinion;
  if (before)
    memcpy (pieces->voxels, before, BEFORE * AREA * sizeof *before);
  else
    memset (pieces->voxels, 0, BEFORE * AREA * sizeof *before);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    LamPieceVoxel *voxel = &own[i];
    *voxel = (LamPieceVoxel){ lam_label_brick_get_label (brick, i),
      lam_label_brick_get_source (brick, i), 0, false };
    voxel->is_known =
        lam_opinion_get (opinion, i, voxel->source, &voxel->uncertainty, NULL);
  }
}

const LamPieceVoxel *
lam_brick_pieces_get_last (const LamBrickPieces *pieces)
{
  return pieces->voxels + LAM_BRICK_VOXELS;
}

const LamPieceVoxel *
lam_brick_pieces_get_own (const LamBrickPieces *pieces)
{
  return pieces->voxels + BEFORE * AREA;
}

static int
extent (const LamBrickPieces *pieces, int axis)
{
  return (int)(pieces->box.max[axis] - pieces->box.min[axis]);
}

/* The planes of `voxels` before those that are cut. */
static int
planes_before (const LamBrickPieces *pieces)
{
  return BEFORE - (int)(pieces->brick.min[2] - pieces->box.min[2]);
}

static const LamPieceVoxel *
voxels_of (const LamBrickPieces *pieces)
{
  return pieces->voxels + planes_before (pieces) * AREA;
}

/* For each voxel inside of the volume, in order. */
#define FOR_EACH_VOXEL(pieces, i) \
  for (int z_##i = 0, n_z_##i = extent (pieces, 2); z_##i < n_z_##i; z_##i++) \
    for (int y_##i = 0, n_y_##i = extent (pieces, 1); y_##i < n_y_##i; \
         y_##i++) \
      for (int i = z_##i * AREA + y_##i * EDGE, \
               n_x_##i = i + extent (pieces, 0); \
           i < n_x_##i; i++)

/* ---- Cutting ------------------------------------------------------------ */

/* What a piece may grow to. */
typedef struct {
  LamBrickPieces *pieces;
  const LamPieceVoxel *voxels;
  uint32_t label;
  bool by_label;
  int n; /* on the stack */
} Flood;

static bool
is_free (const Flood *flood, int i)
{
  return flood->pieces->ids[i] == FREE
      && (!flood->by_label || flood->voxels[i].label == flood->label);
}

/* Remembers the first of each run that is free beside the voxels from `i` to
 * `end`. */
static void
push_beside (Flood *flood, int i, int end)
{
  bool was_free = false;
  for (; i < end; i++) {
    const bool is = is_free (flood, i);
    if (is && !was_free)
      flood->pieces->stack[flood->n++] = i;
    was_free = is;
  }
}

/* A run along x at a time: most pieces are wide. The stack is long enough: a
 * run is pushed once from each run of a row beside that it touches, and where
 * two rows meet there are at most EDGE / 2 such touches. */
static void
flood (LamBrickPieces *pieces, int start, bool by_label, int n_axes)
{
  static const int steps[3] = { 1, EDGE, AREA };
  const LamPiece piece = { 0 };
  g_array_append_val (pieces->pieces, piece);
  Flood flood = { pieces, voxels_of (pieces), 0, by_label, 0 };
  flood.label = flood.voxels[start].label;
  pieces->stack[flood.n++] = start;
  while (flood.n > 0) {
    int i = pieces->stack[--flood.n];
    if (!is_free (&flood, i))
      continue;
    const int row = i - i % EDGE, row_end = row + extent (pieces, 0);
    int end = i;
    while (i > row && is_free (&flood, i - 1))
      i--;
    while (end < row_end && is_free (&flood, end))
      end++;
    for (int x = i; x < end; x++)
      pieces->ids[x] = pieces->pieces->len;
    for (int axis = 1; axis < n_axes; axis++) {
      const int at = row / steps[axis] % EDGE, step = steps[axis];
      if (at > 0)
        push_beside (&flood, i - step, end - step);
      if (at + 1 < extent (pieces, axis))
        push_beside (&flood, i + step, end + step);
    }
  }
}

static bool
is_human (uint16_t source)
{
  return source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED;
}

/* Makes room for a voxel in the box, and forgets an end that is none now. */
static void
reach (LamPiece *piece, const int64_t at[3])
{
  static const LamPieceEnd none;
  for (int axis = 0; axis < 3; axis++) {
    if (piece->n_voxels == 0 || at[axis] < piece->box.min[axis]) {
      piece->box.min[axis] = at[axis];
      piece->ends[LAM_PIECE_END (axis, false)] = none;
    }
    if (piece->n_voxels == 0 || at[axis] >= piece->box.max[axis]) {
      piece->box.max[axis] = at[axis] + 1;
      piece->ends[LAM_PIECE_END (axis, true)] = none;
    }
  }
}

/* Where the piece of a voxel stops, as far as the brick knows. */
static void
count_stops (LamBrickPieces *pieces, LamPiece *piece, int i)
{
  static const int steps[3] = { 1, EDGE, AREA };
  const int inside[3] = { i % EDGE, i / EDGE % EDGE, i / AREA };
  const int64_t at[3] = { pieces->box.min[0] + inside[0],
    pieces->box.min[1] + inside[1], pieces->box.min[2] + inside[2] };
  for (int axis = 0; axis < 3; axis++) {
    const bool is_first = at[axis] == piece->box.min[axis];
    const bool is_last = at[axis] + 1 == piece->box.max[axis];
    const uint32_t id = pieces->ids[i];
    if (is_first && inside[axis] > 0) {
      uint32_t next = pieces->ids[i - steps[axis]];
      if (next != 0 && next != id)
        add_stop (piece, LAM_PIECE_END (axis, false), at);
    }
    if (is_last && inside[axis] + 1 < extent (pieces, axis)) {
      uint32_t next = pieces->ids[i + steps[axis]];
      if (next != 0 && next != id)
        add_stop (piece, LAM_PIECE_END (axis, true), at);
    }
  }
}

/* Whether a row is the first or last of its piece across y or z. */
static bool
is_outermost (const LamPiece *piece, int64_t y, int64_t z)
{
  return y == piece->box.min[1] || y + 1 == piece->box.max[1]
      || z == piece->box.min[2] || z + 1 == piece->box.max[2];
}

/* Voxels of one row, piece and label. */
static void
count_run (LamBrickPieces *pieces, int first, int end, bool with_stops)
{
  const LamPieceVoxel *voxels = voxels_of (pieces);
  LamPiece *piece =
      &g_array_index (pieces->pieces, LamPiece, pieces->ids[first] - 1);
  int64_t at[3] = { pieces->box.min[0] + first % EDGE,
    pieces->box.min[1] + first / EDGE % EDGE,
    pieces->box.min[2] + first / AREA };
  reach (piece, at);
  piece->n_voxels += end - first;
  at[0] += end - first - 1;
  reach (piece, at);
  for (int i = first; i < end; i++) {
    piece->n_human += is_human (voxels[i].source);
    piece->n_known += voxels[i].is_known;
    piece->uncertainty += voxels[i].is_known ? voxels[i].uncertainty : 0;
  }
  add_vote (&piece->label, (LamVote){ voxels[first].label, end - first });
  if (!with_stops)
    return;
  const int step =
      is_outermost (piece, at[1], at[2]) ? 1 : MAX (1, end - first - 1);
  for (int i = first; i < end; i += step)
    count_stops (pieces, piece, i);
}

static void
count_row (LamBrickPieces *pieces, int row, bool with_stops)
{
  const LamPieceVoxel *voxels = voxels_of (pieces);
  const uint32_t *ids = pieces->ids;
  const int row_end = row + extent (pieces, 0);
  for (int i = row, end; i < row_end; i = end) {
    for (end = i + 1; end < row_end && ids[end] == ids[i]
         && voxels[end].label == voxels[i].label;)
      end++;
    if (ids[i] != 0)
      count_run (pieces, i, end, with_stops);
  }
}

/* `ids` are FREE or BARRED. */
static void
cut (LamBrickPieces *pieces, bool by_label, int n_axes)
{
  g_array_set_size (pieces->pieces, 0);
  FOR_EACH_VOXEL (pieces, i)
  if (pieces->ids[i] == FREE)
    flood (pieces, i, by_label, n_axes);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (pieces->ids[i] == BARRED)
      pieces->ids[i] = 0;
  for (int z = 0; z < extent (pieces, 2); z++)
    for (int y = 0; y < extent (pieces, 1); y++)
      count_row (pieces, z * AREA + y * EDGE, by_label);
}

void
lam_brick_pieces_cut_by_label (LamBrickPieces *pieces)
{
  pieces->box = pieces->brick;
  const LamPieceVoxel *voxels = voxels_of (pieces);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    pieces->ids[i] = voxels[i].source == LAM_SOURCE_UNSET ? BARRED : FREE;
  cut (pieces, true, 3);
}

/* ---- What is wide ------------------------------------------------------- */

/* Whether all (or any) of the 3×3 around are set; what lies outside of the cut
 * is as it has to be. */
static void
spread (const uint8_t *from, uint8_t *to, int width, int height, bool all)
{
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      bool is_set = all;
      for (int v = MAX (y - 1, 0); v <= MIN (y + 1, height - 1); v++)
        for (int u = MAX (x - 1, 0); u <= MIN (x + 1, width - 1); u++)
          is_set =
              all ? is_set && from[v * EDGE + u] : is_set || from[v * EDGE + u];
      to[y * EDGE + x] = is_set;
    }
}

/* Bars in each slice what is nowhere three voxels wide. False: all of it. */
static bool
bar_thin (LamBrickPieces *pieces)
{
  bool is_left = false;
  const int width = extent (pieces, 0), height = extent (pieces, 1);
  uint8_t *mask = pieces->masks[0], *core = pieces->masks[1];
  for (int z = 0; z < extent (pieces, 2); z++) {
    uint32_t *ids = pieces->ids + z * AREA;
    bool is_any = false;
    for (int i = 0; i < AREA; i++)
      is_any |= mask[i] = ids[i] == FREE;
    if (!is_any)
      continue;
    spread (mask, core, width, height, true);
    spread (core, mask, width, height, false);
    for (int i = 0; i < AREA; i++)
      if (ids[i] == FREE && !mask[i])
        ids[i] = BARRED;
      else
        is_left |= ids[i] == FREE;
  }
  return is_left;
}

void
lam_brick_pieces_mark_unsure (LamBrickPieces *pieces, int least)
{
  pieces->box = pieces->brick;
  const LamPieceVoxel *voxels = voxels_of (pieces);
  g_array_set_size (pieces->pieces, 0);
  memset (pieces->ids, 0xff, sizeof pieces->ids);
  FOR_EACH_VOXEL (pieces, i)
  if (voxels[i].is_known && voxels[i].uncertainty >= least)
    pieces->ids[i] = FREE;
  bar_thin (pieces);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    pieces->ids[i] = pieces->ids[i] == FREE;
}

/* The slices before and after agree against the one between. */
static bool
is_contradicted (const LamPieceVoxel *voxel)
{
  const LamPieceVoxel *above = voxel - AREA, *below = voxel + AREA;
  return above->label == below->label && above->label != voxel->label
      && above->source != LAM_SOURCE_UNSET && below->source != LAM_SOURCE_UNSET
      && voxel->source != LAM_SOURCE_UNSET && !is_human (voxel->source);
}

void
lam_brick_pieces_cut_slices (LamBrickPieces *pieces)
{
  pieces->box = pieces->brick;
  pieces->box.min[2]--;
  pieces->box.max[2]--;
  const LamPieceVoxel *voxels = voxels_of (pieces);
  bool is_any = false;
  memset (pieces->ids, 0xff, sizeof pieces->ids);
  FOR_EACH_VOXEL (pieces, i)
  if (is_contradicted (&voxels[i])) {
    pieces->ids[i] = FREE;
    is_any = true;
  }
  if (!is_any || !bar_thin (pieces)) {
    g_array_set_size (pieces->pieces, 0);
    memset (pieces->ids, 0, sizeof pieces->ids);
    return;
  }
  cut (pieces, false, 2);
  FOR_EACH_VOXEL (pieces, i)
  if (pieces->ids[i] != 0)
    add_vote (
        &g_array_index (pieces->pieces, LamPiece, pieces->ids[i] - 1).other,
        (LamVote){ voxels[i - AREA].label, 1 });
}
