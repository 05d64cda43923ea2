/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a shape is found in besides labels: the image, and what networks said of
 * it. Made on the main thread, used in one worker at a time. */
#pragma once

#include <gio/gio.h>

#include "labels/basin-block.h"
#include "labels/figure.h"
#include "workspace/workspace.h"

typedef struct _LamFigureSight LamFigureSight;

/* `label`: whose class the networks are asked for. */
LamFigureSight *lam_figure_sight_new (
    LamWorkspace *workspace, uint32_t label) G_GNUC_WARN_UNUSED_RESULT;
void lam_figure_sight_free (LamFigureSight *sight);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamFigureSight, lam_figure_sight_free)

/* Lets the reader, of which labels can be read already, read the rest, as long
 * as `sight` lives. */
void lam_figure_sight_lend (LamFigureSight *sight, LamLabelReader *reader);
/* Where networks see borders, whosever label a voxel has: dense, x fastest,
 * from 0 to 1, by their doubt and where the class is another; -1 where none
 * spoke. `*is_any` false: nowhere. In a worker. */
bool lam_figure_sight_read_borders (LamFigureSight *sight, const LamBox *box,
    float *out, bool *is_any, GError **error);
/* What edges are typical of the image (lam_basin_typical_edge): the first
 * worker that needs it finds it, others wait. */
bool lam_figure_sight_find_typical_edge (LamFigureSight *sight,
    const LamBasinKind *kind, double *edge, GCancellable *cancellable,
    GError **error);
bool lam_figure_sight_has_image (const LamFigureSight *sight);
/* The image, as a reader that `sight` was lent to reads it. False with error:
 * it is not here, either. */
bool lam_figure_sight_read_image (
    LamFigureSight *sight, const LamBox *box, float *out, GError **error);
