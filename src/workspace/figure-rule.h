/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which voxels an act on whole shapes may paint: not what is locked or
 * completed, nothing in a verified region, and what the overwrite mode lets.
 * Made on the main thread, used in one worker at a time; for this floor and
 * for previews. */
#pragma once

#include "labels/figure.h"
#include "labels/region.h"
#include "labels/stroke.h"
#include "workspace/workspace.h"

typedef struct _LamFigureRule LamFigureRule;

/* Takes what it needs of the tables; `regions` is of LamRegion. */
LamFigureRule *lam_figure_rule_new (const LamClassTable *classes,
    const GPtrArray *regions) G_GNUC_WARN_UNUSED_RESULT;
/* As the workspace's tables are now. */
LamFigureRule *lam_figure_rule_new_of (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
void lam_figure_rule_free (LamFigureRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamFigureRule, lam_figure_rule_free)

/* In the worker, before the rest. `voxel`: where the act starts; its label is
 * read where the mode asks for it. */
bool lam_figure_rule_begin (LamFigureRule *rule, LamOverwrite overwrite,
    const int64_t voxel[3], const LamLabelReader *reader, GError **error);
bool lam_figure_rule_is_locked (LamFigureRule *rule, uint32_t label);
/* Of a label that is not locked. */
bool lam_figure_rule_allows (const LamFigureRule *rule, uint32_t label);
/* The words of a brick but for verified regions; in `room`, of LAM_VOXEL_ROWS,
 * if they change. */
const uint64_t *lam_figure_rule_leave_verified (const LamFigureRule *rule,
    LamBrickKey key, const uint64_t *rows, uint64_t *room);
/* Lets the reader tell what is free, as long as `rule` lives. */
void lam_figure_rule_lend (LamFigureRule *rule, LamLabelReader *reader);
