/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Acts on whole shapes: which voxels a fill, an interpolation or a growth
 * means. One row an act, shape-NAME.c; the table is figure-table.c. Finds sets
 * and writes nothing. Any thread. */
#pragma once

#include "base/plane.h"
#include "base/progress.h"
#include "labels/flood.h"
#include "labels/label-brick.h"

struct LamFigureRequest;

/* Where labels are read from. */
typedef struct {
  /* NULL without error: not stored. */
  LamLabelBrick *(*read) (LamBrickKey key, gpointer user_data, GError **error);
  gpointer user_data;
  /* The file's grey values of a box; NULL: there is no image. */
  bool (*read_image) (
      const LamBox *box, float *out, gpointer user_data, GError **error);
  /* What networks said of a box: from -1, surely not of the class of the
   * request's label, to 1, surely; 0: nothing. NULL: there are none. */
  bool (*read_opinions) (
      const LamBox *box, float *out, gpointer user_data, GError **error);
  /* Where networks see borders, whatever the label: from 0 to 1, -1 where none
   * spoke; `*is_any` false: nowhere. NULL: there are none. */
  bool (*read_borders) (const LamBox *box, float *out, bool *is_any,
      gpointer user_data, GError **error);
  /* How steeply the image changes on average (labels/basin-edges.h), in slices
   * like the request's or in space. NULL: there is no image. */
  bool (*find_typical_edge) (const struct LamFigureRequest *request,
      double *edge, LamProgress *progress, gpointer user_data, GError **error);
  gpointer image_data; /* for all these */
  /* Which voxels of a brick may be painted and are of no object, as words of a
   * LamVoxelSet; NULL: those without a label. */
  bool (*read_free) (
      LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error);
  gpointer free_data;
  GArray *keys; /* Borrowed; packed keys of what is stored, in order */
  int64_t size[3];
  double voxel_size_nm[3];
} LamLabelReader;

typedef struct _LamFigure LamFigure;

typedef struct LamFigureRequest {
  const LamFigure *shape;
  LamPlane plane; /* of the pane; */
  bool in_space; /* false: in its slice alone */
  int64_t voxel[3]; /* that was meant, in that slice */
  LamBox within; /* of a fill: no farther; empty: as far as there is */
  uint32_t label; /* to write, or whose shape changes */
  const GArray *labels; /* Borrowed; of uint32_t: several at once, where that
                         * makes sense; NULL: `label` alone */
  double radius_nm;
  int n_slices; /* signed, for what goes on along the axis */
  int64_t min_voxels;
  /* Of necks, as in LamSplitRules: how much narrower, from 0 to 1, and how far
   * apart the middles on either side. */
  double neck_relief, neck_distance_nm;
  double grey_low, grey_high;
  double edge_ratio; /* how many times as steep as usual a border is; 0: once */
  bool absorbs_slivers; /* gives them to the other side of a cut */
  bool is_connected; /* only what a stroke comes to without leaving them */
  const GArray *points; /* Borrowed; of LamFigurePoint: a closed outline */
  const GArray *seeds; /* Borrowed; of LamFigureSeed: scribbles */
  const LamVoxelSet *voxels; /* Borrowed; what was shown and is meant */
} LamFigureRequest;

/* In the plane, in voxels (a voxel's centre is at +0.5). */
typedef struct {
  double u, v;
} LamFigurePoint;

typedef struct {
  int64_t voxel[3]; /* may lie outside of the volume */
  int side; /* 1 keeps its label, 2 becomes another */
  bool begins; /* a scribble: no line to the one before */
  LamPlane plane; /* that it was drawn in */
} LamFigureSeed;

typedef struct {
  LamVoxelSet *set; /* Owned */
  uint32_t label; /* what it becomes */
  bool is_new; /* a new label of the class of the request's, or of … */
  uint32_t like; /* … this one's, which is of the request's `labels`; or 0 */
  char *name; /* Owned; of a new label; NULL: none */
  int n_offered; /* above 0: so many pieces, which are only shown: what else
                  * could be done with them. Not written */
  bool is_own; /* these are the label's own voxels: what may be painted over
                * does not matter */
  bool is_said; /* these have the label already, and the person says so by
                 * what else he does: as his they are nobody else's to change.
                 * No change to be shown or counted */
  char *remark; /* Owned; a sentence for the person; NULL: none */
} LamFigurePart;
void lam_figure_part_free (LamFigurePart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamFigurePart, lam_figure_part_free)

struct _LamFigure {
  const char *name; /* "fill": stable, for the history */
  const char *title; /* "Filling", marked for translation */
  bool makes_label; /* writes with the request's label, which may be new; else
                     * it must have voxels already */
  bool has_radius; /* what it does depends on it, and it changes a label */
  bool has_slices; /* it goes through as many as the person has set */
  bool has_necks; /* it cuts at such as the person has set, and may be of
                   * several labels at once */
  bool uses_up; /* the request's `labels` are gone when nothing is left of them
                 */
  bool needs_free; /* finds only what reader->read_free lets */
  /* Adds LamFigurePart to `parts`. */
  bool (*find) (const LamFigureRequest *request, const LamLabelReader *reader,
      GPtrArray *parts, LamProgress *progress, GError **error);
  /* What the history says of it besides its title; NULL: nothing. */
  char *(*describe) (const LamFigureRequest *request);
};

/* All that a brush goes over: `points` in the request's slice, or in space,
 * with its radius and slices. */
LamVoxelSet *lam_figure_cover_way (const LamFigureRequest *request,
    const LamLabelReader *reader) G_GNUC_WARN_UNUSED_RESULT;
/* Takes away what is not to be written. */
void lam_figure_drop_offers (GPtrArray *parts);
/* Takes away what only writing needs. */
void lam_figure_drop_said (GPtrArray *parts);

/* What parts have to say; borrowed from them; NULL: nothing. */
const char *lam_figure_get_remark (const GPtrArray *parts);

/* NULL at the end. */
const LamFigure *const *lam_figure_get_all (void);
const LamFigure *lam_figure_find (const char *name);

/* The slice or the whole volume that a request is about. */
LamBox lam_figure_get_box (
    const LamFigureRequest *request, const LamLabelReader *reader);
void lam_figure_add_part (GPtrArray *parts, LamVoxelSet *set, uint32_t label);
void lam_figure_add_own_part (
    GPtrArray *parts, LamVoxelSet *set, uint32_t label);
/* What keeps `label` when other voxels of it, which are in `parts` already,
 * become new ones: of `set`, which it takes, what is near to the bricks that
 * those are in, where the person looked, so that no network joins them again.
 * What is nearest, if nothing is that near. */
void lam_figure_add_said_part (const LamLabelReader *reader, GPtrArray *parts,
    LamVoxelSet *set, uint32_t label);
/* All voxels of a label that lie in `box`. LAM_ERROR_MISSING: none. */
LamVoxelSet *lam_figure_find_label (const LamLabelReader *reader,
    uint32_t label, const LamBox *box, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Label at a voxel of the volume. */
bool lam_figure_read_voxel (const LamLabelReader *reader,
    const int64_t voxel[3], uint32_t *label, GError **error);
