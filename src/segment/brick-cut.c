/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Faces are kept as runs: six planes of ids would be 98 kB a brick, and most of
 * them are of a few pieces or of none. */
#include "segment/brick-cut.h"

#include <string.h>

enum { EDGE = LAM_BRICK_EDGE, AREA = LAM_FACE_AREA };

int
lam_face_index (int axis, int i, bool is_last)
{
  int u = i % EDGE, v = i / EDGE, w = is_last ? EDGE - 1 : 0;
  const int at[3][3] = { { w, u, v }, { u, w, v }, { u, v, w } };
  return at[axis][0] + EDGE * at[axis][1] + AREA * at[axis][2];
}

static LamFaceRun *
make_face (
    const LamBrickPieces *pieces, int axis, bool is_last, size_t *n_bytes)
{
  LamFaceRun runs[AREA];
  int n = 0;
  for (int i = 0; i < AREA; i++) {
    uint32_t id = pieces->ids[lam_face_index (axis, i, is_last)];
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
lam_brick_cut_new (const LamBrickPieces *pieces)
{
  LamBrickCut *cut = g_new0 (LamBrickCut, 1);
  const size_t n_bytes = pieces->pieces->len * sizeof *cut->pieces;
  cut->box = pieces->box;
  cut->n_pieces = pieces->pieces->len;
  cut->pieces = g_memdup2 (pieces->pieces->data, n_bytes);
  cut->n_bytes = sizeof *cut + n_bytes;
  for (int i = 0; i < 6 && cut->n_pieces > 0; i++)
    cut->faces[i / 2][i % 2] =
        make_face (pieces, i / 2, i % 2 == 1, &cut->n_bytes);
  return cut;
}

void
lam_brick_cut_free (LamBrickCut *cut)
{
  for (int i = 0; i < 6; i++)
    g_free (cut->faces[i / 2][i % 2]);
  g_free (cut->pieces);
  g_free (cut);
}

void
lam_brick_cut_get_face (
    const LamBrickCut *cut, int axis, bool is_last, uint32_t ids[AREA])
{
  const LamFaceRun *run = cut->faces[axis][is_last ? 1 : 0];
  if (!run)
    memset (ids, 0, AREA * sizeof *ids);
  for (int i = 0; run && i < AREA; run++)
    for (uint32_t n = 0; n < run->n; n++)
      ids[i++] = run->id;
}
