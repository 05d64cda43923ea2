/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The source behind both TIFF formats: pages of one file or of many, stacked
 * along z. */
#pragma once

#include "volume/source.h"
#include "volume/tiff-pages.h"

typedef struct _LamTiffStack LamTiffStack;

/* One source; give it all files and slices, then finish it. */
LamTiffStack *lam_tiff_stack_new (
    const char *path, const char *format) G_GNUC_WARN_UNUSED_RESULT;
/* A LamTiffStack is a LamSource: unref that. */
LamSource *lam_tiff_stack_get_source (LamTiffStack *stack);

/* Returns the file's number. A file may be closed and opened again later. */
uint32_t lam_tiff_stack_add_file (LamTiffStack *stack, LamTiffFile *file);
/* Appends the next slice: a page of that file. Fails when it does not fit to
 * the slices before; `page_name` is for that message. */
bool lam_tiff_stack_add_slice (LamTiffStack *stack, uint32_t file,
    const LamTiffPage *page, const LamTiffKind *kind, const char *page_name,
    GError **error);
/* Fills the source's info. `sample` is the channel inside of a page. */
void lam_tiff_stack_finish (LamTiffStack *stack, int sample, int n_channels,
    const double voxel_size_nm[3]);
