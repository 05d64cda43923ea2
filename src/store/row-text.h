/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Class, label, region and note rows as text, for the history. */
#pragma once

#include "store/project-data.h"

/* NULL gives NULL. */
char *lam_row_text_of_class (const LamClass *row) G_GNUC_WARN_UNUSED_RESULT;
char *lam_row_text_of_label (const LamLabel *row) G_GNUC_WARN_UNUSED_RESULT;
char *lam_row_text_of_region (const LamRegion *row) G_GNUC_WARN_UNUSED_RESULT;
char *lam_row_text_of_note (const LamNote *row) G_GNUC_WARN_UNUSED_RESULT;
/* NULL: there was (or will be) none. */
char *lam_row_text_before (
    const LamRowChange *change) G_GNUC_WARN_UNUSED_RESULT;
char *lam_row_text_after (const LamRowChange *change) G_GNUC_WARN_UNUSED_RESULT;
/* Any numbers and texts give a change or NULL, perhaps without `error`. */
LamRowChange *lam_row_change_of_texts (int64_t kind, const char *before,
    const char *after, GError **error) G_GNUC_WARN_UNUSED_RESULT;
