/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A label as in row-text.h, for edits of a hundred thousand: the same text as
 * GVariant's own, and many times faster. Any thread. */
#pragma once

#include "labels/class-table.h"

#define LAM_LABEL_TEXT_TYPE "(usiubbbtis)"

char *lam_label_text_write (const LamLabel *row) G_GNUC_WARN_UNUSED_RESULT;
/* NULL: it is not as lam_label_text_write() writes names and groups of plain
 * ASCII; whether it is a label at all, GVariant says. */
LamLabel *lam_label_text_try_read (const char *text) G_GNUC_WARN_UNUSED_RESULT;
