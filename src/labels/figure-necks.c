/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Makes each part of a label a label of its own: what is apart, and what
 * touches but where it is narrow. Each connected piece is cut by itself, so
 * that memory is that of the largest one's box. What is small stays with the
 * label, and so does the largest part; near the others that is the person's
 * word, too. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-pieces.h"
#include "labels/figure-rows.h"
#include "labels/neck-heights.h"
#include "labels/object-splitter.h"
#include "labels/watershed.h"

/* One piece while it is cut. */
typedef struct {
  const LamFigureRequest *request; /* Borrowed */
  const LamLabelReader *reader; /* Borrowed */
  LamBox box; /* one voxel wider where that counts, inside of the volume */
  int64_t size[3];
  /* Owned */
  bool *mask;
  float *depths;
  uint16_t *heights;
  uint32_t *pieces;
} Cut;

static void
cut_clear (Cut *cut)
{
  g_free (cut->mask);
  g_free (cut->depths);
  g_free (cut->heights);
  g_free (cut->pieces);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

/* What lies beside the slice is nothing that it ends at. */
static void
choose_box (Cut *cut, const LamVoxelSet *set)
{
  const LamBox whole = lam_figure_get_box (cut->request, cut->reader);
  LamBox wider = lam_voxel_set_get_box (set);
  for (int i = 0; i < 3; i++) {
    wider.min[i]--;
    wider.max[i]++;
  }
  cut->box = lam_box_intersect (&wider, &whole);
  for (int i = 0; i < 3; i++)
    cut->size[i] = cut->box.max[i] - cut->box.min[i];
}

static bool
allocate (Cut *cut, GError **error)
{
  const int64_t n = lam_box_volume (&cut->box);
  if (n <= LAM_SPLIT_MAX_VOXELS) {
    cut->mask = g_try_malloc_n ((gsize)n, sizeof *cut->mask);
    cut->depths = g_try_malloc_n ((gsize)n, sizeof *cut->depths);
    cut->heights = g_try_malloc_n ((gsize)n, sizeof *cut->heights);
    cut->pieces = g_try_malloc_n ((gsize)n, sizeof *cut->pieces);
  }
  if (cut->mask && cut->depths && cut->heights && cut->pieces)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("Label %u has a piece in a box of %" G_GINT64_FORMAT
         " voxels: too large to be cut at its necks in the memory there is"),
      cut->request->label, n);
  return false;
}

/* The number of parts, 1: it stays whole; 0: with error. */
static uint32_t
find_parts (Cut *cut, LamProgress *progress, GError **error)
{
  LamWatershedRules how = {
    .connectivity = LAM_CONNECT_FACES,
    .relief = cut->request->neck_relief,
    .least_distance_nm = cut->request->neck_distance_nm,
    .min_voxels = cut->request->min_voxels,
  };
  const double *nm = cut->reader->voxel_size_nm;
  memcpy (how.voxel_size_nm, nm, sizeof how.voxel_size_nm);
  if (!lam_neck_heights (cut->mask, cut->size, nm, cut->depths, cut->heights,
          &how.least_relief))
    return 1;
  g_clear_pointer (&cut->depths, g_free); /* the flood needs the room */
  const uint32_t n =
      lam_watershed (cut->heights, cut->size, &how, cut->pieces, progress);
  if (n == 0 && lam_progress_check (progress, error))
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory to cut label %u at its necks"),
        cut->request->label);
  return n;
}

/* The boxes of the parts, in the cut's box. */
static LamBox *
find_boxes (const Cut *cut, uint32_t n)
{
  LamBox *boxes = g_new0 (LamBox, n);
  for (int64_t i = 0; i < lam_box_volume (&cut->box); i++) {
    if (cut->pieces[i] == 0)
      continue;
    const int64_t x = i % cut->size[0], y = i / cut->size[0] % cut->size[1],
                  z = i / cut->size[0] / cut->size[1];
    LamBox *box = &boxes[cut->pieces[i] - 1];
    const LamBox voxel = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
    *box = lam_box_unite (box, &voxel);
  }
  return boxes;
}

static LamFigurePiece *
take_part (Cut *cut, uint32_t number, const LamBox *box)
{
  LamFigurePiece *piece = g_new0 (LamFigurePiece, 1);
  LamBox there = *box;
  int64_t n = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, n++) {
        cut->mask[n] =
            cut->pieces[(z * cut->size[1] + y) * cut->size[0] + x] == number;
        piece->n_voxels += cut->mask[n];
      }
  for (int i = 0; i < 3; i++) {
    there.min[i] += cut->box.min[i];
    there.max[i] += cut->box.min[i];
  }
  piece->set = lam_voxel_set_new (cut->reader->size);
  lam_voxel_set_add_mask (piece->set, &there, cut->mask);
  return piece;
}

/* Adds the piece or its parts to `found`. */
static bool
cut_piece (const LamFigureRequest *request, const LamLabelReader *reader,
    LamFigurePiece *piece, GPtrArray *found, LamProgress *progress,
    GError **error)
{
  g_autoptr (LamVoxelSet) set = g_steal_pointer (&piece->set);
  g_auto (Cut) cut = { .request = request, .reader = reader };
  uint32_t n = 1;
  if (piece->n_voxels >= 2 * MAX (request->min_voxels, 1)) {
    choose_box (&cut, set);
    if (!allocate (&cut, error))
      return false;
    lam_voxel_set_copy_mask (set, &cut.box, cut.mask);
    n = find_parts (&cut, progress, error);
  }
  if (n == 1) {
    LamFigurePiece *whole = g_new0 (LamFigurePiece, 1);
    whole->set = g_steal_pointer (&set);
    whole->n_voxels = piece->n_voxels;
    g_ptr_array_add (found, whole);
  }
  g_autofree LamBox *boxes = n > 1 ? find_boxes (&cut, n) : NULL;
  for (uint32_t i = 0; i < n && n > 1; i++)
    g_ptr_array_add (found, take_part (&cut, i + 1, &boxes[i]));
  return n > 0;
}

/* Adds to `n_new`. */
static bool
cut_label (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, guint *n_new, LamProgress *progress, GError **error)
{
  g_autoptr (LamProgress) finding = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) cutting = lam_progress_new_part (progress, 1, 2, 2);
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (request, reader, finding, error);
  g_autoptr (GPtrArray) found =
      g_ptr_array_new_with_free_func (lam_figure_piece_free);
  for (guint i = 0; pieces && i < pieces->len; i++) {
    if (!lam_progress_check (cutting, error)
        || !cut_piece (
            request, reader, pieces->pdata[i], found, cutting, error))
      return false;
    lam_progress_set (cutting, i + 1, pieces->len);
  }
  if (pieces)
    *n_new += lam_figure_add_new_labels (
        request, reader, found, request->min_voxels, parts);
  return pieces != NULL;
}

static bool
refuse_whole (const LamFigureRequest *request, guint n, GError **error)
{
  if (n > 1)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("None of the %u labels has a neck to be cut at"), n);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Label %u has no neck to be cut at"), request->label);
  return false;
}

static bool
find_necks (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  const bool has_several = request->labels && request->labels->len > 0;
  const guint n = has_several ? request->labels->len : 1;
  guint n_new = 0;
  for (guint i = 0; i < n; i++) {
    LamFigureRequest one = *request;
    if (has_several)
      one.label = g_array_index (request->labels, uint32_t, i);
    g_autoptr (LamProgress) part =
        lam_progress_new_part (progress, i, i + 1, n);
    if (!cut_label (&one, reader, parts, &n_new, part, error))
      return false;
  }
  if (n_new == 0)
    return refuse_whole (request, n, error);
  const guint in_all = n_new + n;
  LamFigurePart *first = parts->pdata[0];
  first->remark = n > 1
      ? g_strdup_printf (_ ("%u labels in %u parts"), n, in_all)
      : g_strdup_printf (_ ("Label %u in %u parts"), request->label, in_all);
  return true;
}

const LamFigure lam_figure_necks = {
  .name = "cut-necks",
  .title = N_ ("Cutting at Necks"),
  .has_necks = true,
  .find = find_necks,
};
