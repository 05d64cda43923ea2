/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Makes a label one piece by bridges: the smallest piece that is left is joined
 * to the one that is cheapest to come to, until one is left, which is the
 * spanning tree of least cost; so the largest piece is never searched from. A
 * way goes through what is free alone and costs its length in nm, the more
 * where the image is unlike the label, or where a network says it is not of its
 * class. Around it a tube of the radius is filled, as far as it is free and
 * connected. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-pieces.h"
#include "labels/figure-rows.h"
#include "labels/way-finder.h"

#define EDGE LAM_BRICK_EDGE
#define BLOCK LAM_WAY_BLOCK
/* So many bricks say what the label looks like … */
#define LOOK_BRICKS 24
/* … and so many of its deviations away, nothing is of it. */
#define UNLIKE_DEVIATIONS 3
#define MAX_RADIUS_VOXELS 128

typedef struct {
  const LamFigureRequest *request;
  const LamLabelReader *reader;
  LamBox box; /* the slice, or all */
  double mean, deviation; /* of the label's grey values */
  bool has_look;
  int n_bridges, n_closed, n_far;
  /* Owned */
  GPtrArray *pieces; /* of LamFigurePiece: those that are left to be joined */
  GPtrArray *apart; /* of LamFigurePiece: to which no way leads */
  LamVoxelSet *own, *made; /* with bridges; these alone */
  LamWayFinder *finder;
} Bridge;

/* --- what the label looks like -------------------------------------------- */

static bool
add_look (Bridge *bridge, LamBrickKey key, double sums[3], GError **error)
{
  const LamLabelReader *reader = bridge->reader;
  LamBox brick = lam_brick_box (key);
  LamBox box = lam_box_intersect (&brick, &bridge->box);
  const int64_t n = lam_box_volume (&box);
  g_autofree bool *mask = g_new (bool, n);
  g_autofree float *greys = g_new (float, n);
  if (!reader->read_image (&box, greys, reader->image_data, error))
    return false;
  lam_voxel_set_copy_mask (bridge->own, &box, mask);
  for (int64_t i = 0; i < n; i++)
    if (mask[i] && isfinite (greys[i])) {
      sums[0]++;
      sums[1] += (double)greys[i];
      sums[2] += (double)greys[i] * (double)greys[i];
    }
  return true;
}

static bool
find_look (Bridge *bridge, LamProgress *progress, GError **error)
{
  double sums[3] = { 0 };
  if (!bridge->reader->read_image)
    return true;
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (bridge->own);
  const guint n = MIN (keys->len, LOOK_BRICKS);
  for (guint i = 0; i < n; i++)
    if (!add_look (bridge,
            lam_brick_key_unpack (
                g_array_index (keys, int64_t, (guint64)i * keys->len / n)),
            sums, error)
        || !lam_progress_check (progress, error))
      return false;
  bridge->has_look = sums[0] > 0;
  if (bridge->has_look) {
    bridge->mean = sums[1] / sums[0];
    bridge->deviation =
        sqrt (fmax (sums[2] / sums[0] - bridge->mean * bridge->mean, 0));
  }
  return true;
}

/* --- prices --------------------------------------------------------------- */

/* From 0, as the label is, to 1. */
static double
get_unlikeness (const Bridge *bridge, float grey, float opinion)
{
  double unlike = opinion != 0 ? 0.5 : 0;
  if (bridge->has_look) {
    const double away = fabs ((double)grey - bridge->mean);
    const double most = UNLIKE_DEVIATIONS * bridge->deviation;
    unlike = away < most ? away / most * (away / most) : !(away <= 0);
  }
  const double said = fabs ((double)opinion);
  return (1 - said) * unlike + said * (1 - (double)opinion) / 2;
}

static bool
read_numbers (const Bridge *bridge, const LamBox *box, float *greys,
    float *opinions, GError **error)
{
  const LamLabelReader *reader = bridge->reader;
  const gsize n = (gsize)lam_box_volume (box);
  memset (greys, 0, n * sizeof *greys);
  memset (opinions, 0, n * sizeof *opinions);
  return (!bridge->has_look
             || reader->read_image (box, greys, reader->image_data, error))
      && (!reader->read_opinions
          || reader->read_opinions (box, opinions, reader->image_data, error));
}

/* Where there is no rule, what has no label is free. */
static bool
read_free (const LamLabelReader *reader, LamBrickKey key, uint64_t *rows,
    GError **error)
{
  if (reader->read_free)
    return reader->read_free (key, rows, reader->free_data, error);
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      reader->read (key, reader->user_data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (brick)
    lam_voxel_rows_find (lam_label_brick_get_labels (brick), 0, rows);
  else
    memset (rows, 0xff, LAM_VOXEL_ROWS * sizeof *rows);
  return true;
}

static bool
read_prices (const LamBox *block, const LamBox *inside, uint8_t *prices,
    gpointer user_data, GError **error)
{
  const Bridge *bridge = user_data;
  const LamBrickKey key = { (int32_t)(block->min[0] / EDGE),
    (int32_t)(block->min[1] / EDGE), (int32_t)(block->min[2] / EDGE) };
  g_autofree uint64_t *is_free = g_new (uint64_t, LAM_VOXEL_ROWS);
  g_autofree float *greys = g_new (float, LAM_WAY_BLOCK_VOXELS),
                   *opinions = g_new (float, LAM_WAY_BLOCK_VOXELS);
  if (!read_free (bridge->reader, key, is_free, error)
      || !read_numbers (bridge, inside, greys, opinions, error))
    return false;
  const uint64_t *own = lam_voxel_set_get (bridge->own, key);
  int64_t i = 0;
  for (int64_t z = inside->min[2]; z < inside->max[2]; z++)
    for (int64_t y = inside->min[1]; y < inside->max[1]; y++)
      for (int64_t x = inside->min[0]; x < inside->max[0]; x++, i++) {
        const int64_t row = y % EDGE + EDGE * (z % EDGE);
        uint8_t *price =
            &prices[x % BLOCK + BLOCK * (y % BLOCK + BLOCK * (z % BLOCK))];
        if (own && own[row] >> x % EDGE & 1)
          *price = LAM_WAY_GOAL;
        else if (is_free[row] >> x % EDGE & 1)
          *price = (uint8_t)(LAM_WAY_CHEAP
              + lround ((LAM_WAY_DEAR - LAM_WAY_CHEAP)
                  * get_unlikeness (bridge, greys[i], opinions[i])));
      }
  return true;
}

/* --- a bridge ------------------------------------------------------------- */

static void
add_ball (const Bridge *bridge, const int64_t at[3], LamVoxelSet *tube)
{
  const double *nm = bridge->reader->voxel_size_nm;
  const double radius = bridge->request->radius_nm;
  const int64_t ry = (int64_t)(radius / nm[1]), rz = (int64_t)(radius / nm[2]);
  for (int64_t z = -rz; z <= rz; z++)
    for (int64_t y = -ry; y <= ry; y++) {
      const double left = radius * radius - pow ((double)y * nm[1], 2)
          - pow ((double)z * nm[2], 2);
      if (left < 0)
        continue;
      const int64_t row[3] = { 0, at[1] + y, at[2] + z };
      const int64_t rx = (int64_t)(sqrt (left) / nm[0]);
      lam_voxel_set_add_run (tube, row, 0, at[0] - rx, at[0] + rx + 1);
    }
}

static bool
keep_free (const Bridge *bridge, LamVoxelSet *tube, GError **error)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (tube);
  g_autofree uint64_t *is_free = g_new (uint64_t, LAM_VOXEL_ROWS);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    if (!read_free (bridge->reader, key, is_free, error))
      return false;
    lam_voxel_rows_clip (key, &bridge->box, is_free);
    uint64_t *rows = lam_voxel_set_open (tube, key);
    for (int j = 0; j < LAM_VOXEL_ROWS; j++)
      rows[j] &= is_free[j];
    lam_voxel_set_settle (tube, key);
  }
  lam_voxel_set_subtract (tube, bridge->own);
  return true;
}

typedef struct {
  const GArray *way; /* Borrowed; of LamWayVoxel */
  LamVoxelSet *to; /* Borrowed */
} Taken;

/* What is cut off from the way by something that is not free is left. */
static void
take_part (LamVoxelSet *part, gpointer user_data)
{
  const Taken *taken = user_data;
  g_autoptr (LamVoxelSet) owned = part;
  for (guint i = 0; i < taken->way->len; i++)
    if (lam_voxel_set_has (
            part, g_array_index (taken->way, LamWayVoxel, i).at)) {
      lam_voxel_set_add (taken->to, part);
      return;
    }
}

static LamVoxelSet *
build (const Bridge *bridge, const GArray *way, LamProgress *progress,
    GError **error)
{
  g_autoptr (LamVoxelSet) tube = lam_voxel_set_new (bridge->reader->size);
  g_autoptr (LamVoxelSet) out = lam_voxel_set_new (bridge->reader->size);
  for (guint i = 0; i < way->len; i++) {
    add_ball (bridge, g_array_index (way, LamWayVoxel, i).at, tube);
    if (!lam_progress_check (progress, error))
      return NULL;
  }
  Taken taken = { way, out };
  return keep_free (bridge, tube, error)
          && lam_flood_take_parts (tube, take_part, &taken, NULL, error)
      ? g_steal_pointer (&out)
      : NULL;
}

/* The piece that a voxel is of, taken from its list; or NULL. */
static LamFigurePiece *
steal_piece (GPtrArray *pieces, const int64_t voxel[3])
{
  for (guint i = 0; i < pieces->len; i++) {
    LamFigurePiece *piece = pieces->pdata[i];
    if (lam_voxel_set_has (piece->set, voxel))
      return g_ptr_array_steal_index_fast (pieces, i);
  }
  return NULL;
}

/* `piece` and what the way leads to become one, which waits to be joined. */
static bool
join (Bridge *bridge, LamFigurePiece *piece, const GArray *way,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamVoxelSet) tube = build (bridge, way, progress, error);
  if (!tube)
    return false;
  const int64_t *end = g_array_index (way, LamWayVoxel, 0).at;
  LamFigurePiece *other = steal_piece (bridge->pieces, end);
  if (!other)
    other = steal_piece (bridge->apart, end);
  lam_voxel_set_add (bridge->own, tube);
  lam_voxel_set_add (bridge->made, tube);
  lam_way_finder_add_goals (bridge->finder, tube);
  lam_voxel_set_add (other->set, piece->set);
  lam_voxel_set_add (other->set, tube);
  other->n_voxels += piece->n_voxels + lam_voxel_set_count (tube);
  g_ptr_array_add (bridge->pieces, other);
  bridge->n_bridges++;
  return true;
}

/* --- all of them ---------------------------------------------------------- */

static LamFigurePiece *
steal_smallest (GPtrArray *pieces)
{
  guint smallest = 0;
  for (guint i = 1; i < pieces->len; i++)
    if (((LamFigurePiece *)pieces->pdata[i])->n_voxels
        < ((LamFigurePiece *)pieces->pdata[smallest])->n_voxels)
      smallest = i;
  return g_ptr_array_steal_index_fast (pieces, smallest);
}

static bool
join_smallest (
    Bridge *bridge, GArray *way, LamProgress *progress, GError **error)
{
  LamFigurePiece *piece = steal_smallest (bridge->pieces);
  LamWayEnd end =
      lam_way_finder_find (bridge->finder, piece->set, way, progress, error);
  bool done = end != LAM_WAY_FAILED;
  if (end == LAM_WAY_FOUND) {
    done = join (bridge, piece, way, progress, error);
    lam_figure_piece_free (piece);
    return done;
  }
  g_ptr_array_add (bridge->apart, piece);
  bridge->n_closed += end == LAM_WAY_NONE;
  bridge->n_far += end == LAM_WAY_TOO_FAR;
  return done;
}

static bool
join_all (Bridge *bridge, LamProgress *progress, GError **error)
{
  const guint n = bridge->pieces->len;
  const LamWayRule rule = { .box = bridge->box,
    .voxel_size_nm = { bridge->reader->voxel_size_nm[0],
        bridge->reader->voxel_size_nm[1], bridge->reader->voxel_size_nm[2] },
    .read = read_prices,
    .user_data = bridge };
  g_autoptr (GArray) way = g_array_new (false, false, sizeof (LamWayVoxel));
  bridge->finder = lam_way_finder_new (&rule);
  while (bridge->pieces->len > 1) {
    if (!join_smallest (bridge, way, progress, error)
        || !lam_progress_check (progress, error))
      return false;
    lam_progress_set (progress, n - bridge->pieces->len, n - 1);
  }
  return true;
}

static const char *
get_reason (const Bridge *bridge)
{
  return bridge->n_far == 0
      ? _ ("nothing that may be painted leads from one to another")
      : bridge->n_closed == 0
      ? _ ("they are too far from each other, or too large, to be looked from")
      : _ ("no way through what may be painted was found");
}

static char *
describe (const Bridge *bridge)
{
  const guint32 label = bridge->request->label;
  if (bridge->apart->len == 0)
    return g_strdup_printf (ngettext ("%d bridge joins all pieces of label %u",
                                "%d bridges join all pieces of label %u",
                                (gulong)bridge->n_bridges),
        bridge->n_bridges, label);
  return g_strdup_printf (
      ngettext ("%d bridge joins pieces of label %u; %u parts of it stay: %s",
          "%d bridges join pieces of label %u; %u parts of it stay: %s",
          (gulong)bridge->n_bridges),
      bridge->n_bridges, label, bridge->apart->len + bridge->pieces->len,
      get_reason (bridge));
}

static bool
add_bridges (Bridge *bridge, GPtrArray *parts, GError **error)
{
  if (bridge->n_bridges == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The %u pieces of label %u cannot be joined: %s"),
        bridge->apart->len + bridge->pieces->len, bridge->request->label,
        get_reason (bridge));
    return false;
  }
  lam_figure_add_part (
      parts, g_steal_pointer (&bridge->made), bridge->request->label);
  ((LamFigurePart *)parts->pdata[parts->len - 1])->remark = describe (bridge);
  return true;
}

static bool
check_radius (const Bridge *bridge, GError **error)
{
  const double radius = bridge->request->radius_nm;
  const double *nm = bridge->reader->voxel_size_nm;
  if (radius > 0
      && radius <= MAX_RADIUS_VOXELS * fmin (nm[0], fmin (nm[1], nm[2])))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("A bridge with a radius of %g nm cannot be: it must be above 0 and "
         "reach over at most %d voxels"),
      radius, MAX_RADIUS_VOXELS);
  return false;
}

static void
unite (const GPtrArray *pieces, LamVoxelSet *own)
{
  for (guint i = 0; i < pieces->len; i++)
    lam_voxel_set_add (own, ((LamFigurePiece *)pieces->pdata[i])->set);
}

static void
clear (Bridge *bridge)
{
  g_clear_pointer (&bridge->pieces, g_ptr_array_unref);
  g_clear_pointer (&bridge->apart, g_ptr_array_unref);
  g_clear_pointer (&bridge->own, lam_voxel_set_free);
  g_clear_pointer (&bridge->made, lam_voxel_set_free);
  g_clear_pointer (&bridge->finder, lam_way_finder_free);
}

static bool
find_bridges (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  Bridge bridge = { .request = request,
    .reader = reader,
    .box = lam_figure_get_box (request, reader) };
  if (!check_radius (&bridge, error))
    return false;
  bridge.pieces = lam_figure_find_pieces (request, reader, first, error);
  if (!bridge.pieces)
    return false;
  bridge.apart = g_ptr_array_new_with_free_func (lam_figure_piece_free);
  bridge.own = lam_voxel_set_new (reader->size);
  bridge.made = lam_voxel_set_new (reader->size);
  unite (bridge.pieces, bridge.own);
  bool done = bridge.pieces->len > 1
      ? find_look (&bridge, second, error) && join_all (&bridge, second, error)
          && add_bridges (&bridge, parts, error)
      : lam_figure_refuse_one_piece (request, error);
  clear (&bridge);
  return done;
}

const LamFigure lam_figure_bridge = {
  .name = "bridge",
  .title = N_ ("Joining Pieces"),
  .has_radius = true,
  .needs_free = true,
  .find = find_bridges,
};
