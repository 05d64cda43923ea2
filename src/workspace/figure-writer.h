/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes the parts of a shape into the project, in one bulk edit, as a person's
 * word, where locks, verified regions and the overwrite mode allow it. Made on
 * the main thread, used in the queue's worker; for this floor. */
#pragma once

#include "labels/class-table.h"
#include "labels/region.h"
#include "labels/figure.h"
#include "labels/stroke.h"
#include "workspace/figure-rule.h"
#include "workspace/label-numbers.h"
#include "workspace/queue.h"

typedef struct _LamFigureWriter LamFigureWriter;

/* Takes what it needs of the tables; new labels are of the class of `label` and
 * get their numbers from `numbers`. `regions` is of LamRegion. */
LamFigureWriter *lam_figure_writer_new (const LamClassTable *classes,
    const GPtrArray *regions, LamLabelNumbers *numbers,
    uint32_t label) G_GNUC_WARN_UNUSED_RESULT;
void lam_figure_writer_free (LamFigureWriter *writer);
/* A row as it is saved, or NULL: when something is written with the label, or
 * cut off it, work on it has begun. Several, one after the other. */
void lam_figure_writer_begin_work (
    LamFigureWriter *writer, const LamLabel *row);
/* A label that is to be deleted when no voxel of it is kept; `row` as it is in
 * the project. */
void lam_figure_writer_use_up (LamFigureWriter *writer, const LamLabel *row);
/* Another label of the request's, so that new ones can be of its class; or any
 * number that parts are `like`. */
void lam_figure_writer_know (LamFigureWriter *writer, const LamLabel *row);
/* Borrowed; to be begun before lam_figure_writer_run(). */
LamFigureRule *lam_figure_writer_get_rule (LamFigureWriter *writer);
/* `detail` is what the history says besides; `rows` (or NULL) are saved with
 * the edit, and so are those of new labels, but for what no voxel was written
 * with. Parts that share voxels: the later one has them. NULL with error; when
 * no label would change, that is LAM_ERROR_MISSING. */
LamBulkResult *lam_figure_writer_run (LamFigureWriter *writer, LamStore *store,
    const char *tool, const char *detail, const GPtrArray *parts,
    GPtrArray *rows, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Without those of parts that only say what is. */
int64_t lam_figure_writer_get_n_voxels (const LamFigureWriter *writer);
/* Something was left as it is, for a lock or a verified region. */
bool lam_figure_writer_has_kept (const LamFigureWriter *writer);
