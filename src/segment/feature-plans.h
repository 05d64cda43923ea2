/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network but for its last layer, over any box of a volume: one tile or
 * several at once, whichever takes less time. Of tiles that are as good as one
 * for all (segment/cover.h).
 *
 * One thread at a time; any thread. */
#pragma once

#include "nn/head.h"
#include "segment/member.h"

typedef struct _LamFeaturePlans LamFeaturePlans;

/* `member`: fitted, and borrowed, the head's network is its model's. */
LamFeaturePlans *lam_feature_plans_new (
    const LamMember *member, const LamHead *head) G_GNUC_WARN_UNUSED_RESULT;
void lam_feature_plans_free (LamFeaturePlans *plans);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamFeaturePlans, lam_feature_plans_free)

/* What the head sees of the box, one row a channel. `options`: all threads, of
 * which there are some, and what all plans together may take. The same for any
 * number of threads. */
bool lam_feature_plans_run (LamFeaturePlans *plans, LamVolume *volume,
    const LamBox *box, float *features, const LamPlanOptions *options,
    LamProgress *progress, GError **error);
