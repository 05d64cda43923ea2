/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Faces are kept as runs: six planes of ids would be 98 kB a brick, and most of
 * them are of a few pieces or of none. A piece that touches no other brick is
 * judged at once and is not kept. */
#include "segment/brick-cut.h"

#include <string.h>

enum { EDGE = LAM_BRICK_EDGE, AREA = LAM_FACE_AREA };

/* In `ids` of LamBrickPieces, of the voxel `i` of a face. */
static int
face_index (int axis, int i, bool is_last)
{
  int u = i % EDGE, v = i / EDGE, w = is_last ? EDGE - 1 : 0;
  const int at[3][3] = { { w, u, v }, { u, w, v }, { u, v, w } };
  return at[axis][0] + EDGE * at[axis][1] + AREA * at[axis][2];
}

LamBox
lam_face_row_box (const LamBox *box, int axis, bool is_last, int i, int n)
{
  const int along = axis == 0 ? 1 : 0, across = axis == 2 ? 1 : 2;
  LamBox row = *box;
  row.min[along] += i % EDGE;
  row.max[along] = row.min[along] + n;
  row.min[across] += i / EDGE;
  row.max[across] = row.min[across] + 1;
  if (is_last)
    row.min[axis] = row.max[axis] - 1;
  else
    row.max[axis] = row.min[axis] + 1;
  return row;
}

/* Slices lie one nearer to 0 than their brick, and end with it along z. */
static bool
touches_brick (
    const LamJoinRule *rule, const LamBox *brick, const LamPiece *piece)
{
  for (int i = 0; i < (rule->in_slices ? 2 : 3); i++)
    if ((piece->box.min[i] == brick->min[i] && brick->min[i] > 0)
        || (piece->box.max[i] == brick->max[i]
            && brick->max[i] < rule->size[i]))
      return true;
  return false;
}

static void
count (GArray *counts, const LamPiece *piece)
{
  const LamLabelCount one = { (uint32_t)piece->label.value, piece->n_voxels };
  LamLabelCount *last = counts->len > 0
      ? &g_array_index (counts, LamLabelCount, counts->len - 1)
      : NULL;
  if (last && last->label == one.label)
    last->n_voxels += one.n_voxels;
  else
    g_array_append_val (counts, one);
}

/* `ids`: of what is kept, by what it was; 0: not kept. */
static void
sort_out (LamBrickCut *cut, const GArray *pieces, const LamJoinRule *rule,
    uint32_t *ids)
{
  GArray *kept = g_array_new (false, false, sizeof (LamPiece));
  for (guint i = 0; i < pieces->len; i++) {
    const LamPiece *piece = &g_array_index (pieces, LamPiece, i);
    count (cut->counts, piece);
    if (!touches_brick (rule, &cut->box, piece)) {
      rule->judge (piece, rule->data, cut->places);
      continue;
    }
    g_array_append_vals (kept, piece, 1);
    ids[i + 1] = kept->len;
  }
  cut->n_pieces = kept->len;
  cut->pieces = g_memdup2 (kept->data, kept->len * sizeof (LamPiece));
  g_array_unref (kept);
}

static LamFaceRun *
make_face (const LamBrickPieces *pieces, const uint32_t *ids, int axis,
    bool is_last, size_t *n_bytes)
{
  LamFaceRun runs[AREA];
  int n = 0;
  for (int i = 0; i < AREA; i++) {
    uint32_t id = ids[pieces->ids[face_index (axis, i, is_last)]];
    if (n > 0 && runs[n - 1].id == id)
      runs[n - 1].n++;
    else
      runs[n++] = (LamFaceRun){ id, 1 };
  }
  if (n == 1 && runs[0].id == 0)
    return NULL;
  *n_bytes += (size_t)n * sizeof *runs;
  return g_memdup2 (runs, (size_t)n * sizeof *runs);
}

LamBrickCut *
lam_brick_cut_new (const LamBrickPieces *pieces, const LamJoinRule *rule)
{
  LamBrickCut *cut = g_new0 (LamBrickCut, 1);
  g_autofree uint32_t *ids = g_new0 (uint32_t, pieces->pieces->len + 1);
  cut->box = pieces->box;
  cut->places = g_array_new (false, false, sizeof (LamPlace));
  cut->counts = g_array_new (false, false, sizeof (LamLabelCount));
  sort_out (cut, pieces->pieces, rule, ids);
  cut->n_bytes = sizeof *cut + cut->n_pieces * sizeof *cut->pieces
      + cut->places->len * sizeof (LamPlace)
      + cut->counts->len * sizeof (LamLabelCount);
  for (int i = 0; i < 6 && cut->n_pieces > 0; i++)
    cut->faces[i / 2][i % 2] =
        make_face (pieces, ids, i / 2, i % 2 == 1, &cut->n_bytes);
  return cut;
}

void
lam_brick_cut_free (LamBrickCut *cut)
{
  for (int i = 0; i < 6; i++)
    g_free (cut->faces[i / 2][i % 2]);
  g_free (cut->pieces);
  g_array_unref (cut->places);
  g_array_unref (cut->counts);
  g_free (cut);
}
