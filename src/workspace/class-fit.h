/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which class of the project a network's classes are, and with which labels it
 * writes them. */
#pragma once

#include "labels/class-table.h"
#include "segment/model.h"

/* By class of the network: the project's class of the same name, capital
 * letters or not. LAM_ERROR_MISSING, naming both lists, when one has none. */
GArray *lam_class_fit_find (const char *const *names,
    const LamClassTable *classes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT; /* of int32_t */
/* The network's names, for the function above; ends with NULL. */
char **lam_class_fit_dup_names (
    const LamModel *model) G_GNUC_WARN_UNUSED_RESULT;

/* By class of the network: the label (uint32_t) that it is written with. That
 * of class 0 is 0; of a class without instances its one label; of one with
 * instances 0, since each object has its own. A label that is missing is taken
 * from `classes`'s next numbers and its change (LamRowChange *) added to
 * `rows`, which begins empty. */
GArray *lam_class_fit_take_labels (const GArray *fit,
    const LamClassTable *classes, GPtrArray *rows,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Label → class of the network, both in pointers, for the labels of classes
 * with instances. */
GHashTable *lam_class_fit_map_labels (
    const GArray *fit, const LamClassTable *classes) G_GNUC_WARN_UNUSED_RESULT;
