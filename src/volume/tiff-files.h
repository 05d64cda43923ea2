/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The files of one stack, of which a few are kept open at a time. Adding is for
 * one thread, getting for any. */
#pragma once

#include "volume/tiff-file.h"

typedef struct _LamTiffFiles LamTiffFiles;

LamTiffFiles *lam_tiff_files_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_tiff_files_free (LamTiffFiles *files);

uint32_t lam_tiff_files_add (LamTiffFiles *files, LamTiffFile *file);
/* Opens it again when it was closed meanwhile. Fails with LAM_ERROR_MOVED when
 * it is not what was added. */
LamTiffFile *lam_tiff_files_get (LamTiffFiles *files, uint32_t index,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of all. */
uint64_t lam_tiff_files_get_bytes (LamTiffFiles *files);
