/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Gives out the numbers of new labels, each once: to the person on the main
 * thread and to what a worker is just writing, at the same time. Any thread.
 * For this floor. */
#pragma once

#include "labels/class-table.h"

typedef struct _LamLabelNumbers LamLabelNumbers;

LamLabelNumbers *lam_label_numbers_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamLabelNumbers *lam_label_numbers_ref (
    LamLabelNumbers *numbers) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_numbers_unref (LamLabelNumbers *numbers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelNumbers, lam_label_numbers_unref)

/* Goes on after the last number of the table: those that were taken and then
 * not used are free again. All that are in use must be in the table. */
void lam_label_numbers_follow (
    LamLabelNumbers *numbers, const LamClassTable *table);

/* Of those with at least so large a number none was given out yet. */
uint32_t lam_label_numbers_get_next (LamLabelNumbers *numbers);
/* 0: all are taken. The last of all is never given: in a model's edit it says
 * nothing (LAM_MODEL_SILENT). */
uint32_t lam_label_numbers_take (LamLabelNumbers *numbers);
