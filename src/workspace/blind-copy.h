/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A region for a second person, who must not see what the first one said: a
 * project of its own with the classes and the image, and no label. */
#pragma once

#include "labels/region.h"
#include "workspace/workspace.h"

typedef struct _LamBlindCopy LamBlindCopy;

/* Takes from the workspace what it needs; main thread. LAM_ERROR_MISSING when
 * its image is. */
LamBlindCopy *lam_blind_copy_new (LamWorkspace *workspace,
    const LamRegion *region, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_blind_copy_free (LamBlindCopy *copy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBlindCopy, lam_blind_copy_free)

/* Writes NAME.lamella and its image NAME.tif, neither of which may be there.
 * Any thread, blocking. */
bool lam_blind_copy_write (const LamBlindCopy *copy, const char *path,
    LamProgress *progress, GError **error);
