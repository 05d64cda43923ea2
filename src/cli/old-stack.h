/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Objects of an earlier run, as its two files have them. */
#pragma once

#include "cli/object-list.h"
#include "labels/object-matcher.h"

typedef struct _LamOldStack LamOldStack;

/* `labels`: a stack of `size` voxels whose ids `list` has. `fixed`: "7,12",
 * ids whose voxels stay; or NULL. */
LamOldStack *lam_old_stack_open (const char *labels, const char *list,
    const char *fixed, const int64_t size[3],
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_old_stack_free (LamOldStack *stack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOldStack, lam_old_stack_free)

/* Lives as long as the stack. */
const LamOldObjects *lam_old_stack_get_objects (LamOldStack *stack);
/* 0: none are left. */
uint32_t lam_old_stack_get_next_id (const LamOldStack *stack);
