/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which class of the project a network's classes are, and with which labels it
 * writes them. */
#pragma once

#include "labels/class-table.h"
#include "segment/model.h"
#include "segment/proposal.h"
#include "workspace/label-numbers.h"

/* What the network says of such a class is left out: those voxels stay as they
 * are. */
#define LAM_CLASS_FIT_NONE (-1)

/* A fit: by class of the network the project's class (int32_t) or
 * LAM_CLASS_FIT_NONE. As a person said in `said` (of to_text(), or NULL), where
 * that is about the same names and classes that there are; else the class of
 * the same name, capital letters or not. LAM_ERROR_NEEDS_CHOICE, naming both
 * lists, when one has none. */
GArray *lam_class_fit_find (const char *const *names, const char *said,
    const LamClassTable *classes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *lam_class_fit_to_text (
    const char *const *names, const GArray *fit) G_GNUC_WARN_UNUSED_RESULT;
/* What a person might say of a class: one whose name is the same, or begins
 * alike, but for spaces, signs and capital letters; the first class of a
 * network is background. LAM_CLASS_FIT_NONE: nothing comes to mind. */
int32_t lam_class_fit_guess (
    const char *const *names, int i, const LamClassTable *classes);
/* Classes of the network in a proposal as the fit has them: those of the same
 * class of the project become one, those of none unknown. */
void lam_class_fit_apply (const GArray *fit, LamProposal *proposal);
/* The network's names, for the function above; ends with NULL. */
char **lam_class_fit_dup_names (
    const LamModel *model) G_GNUC_WARN_UNUSED_RESULT;

/* By class of the network: the label (uint32_t) that it is written with. That
 * of class 0 is 0; of a class without instances its one label; of one with
 * instances 0, since each object has its own; of none 0. A label that is
 * missing takes the next number, and its change (LamRowChange *) is added to
 * `rows`, which begins empty. */
GArray *lam_class_fit_take_labels (const GArray *fit,
    const LamClassTable *classes, LamLabelNumbers *numbers, GPtrArray *rows,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
