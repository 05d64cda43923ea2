/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bytes of one TIFF file: checked reads at a place, its byte order, and
 * whether it is still the file that was opened. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamTiffFile LamTiffFile;

/* Opens a regular file and checks the TIFF header. */
LamTiffFile *lam_tiff_file_new (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
LamTiffFile *lam_tiff_file_ref (LamTiffFile *file) G_GNUC_WARN_UNUSED_RESULT;
void lam_tiff_file_unref (LamTiffFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTiffFile, lam_tiff_file_unref)

const char *lam_tiff_file_get_path (LamTiffFile *file);
uint64_t lam_tiff_file_get_bytes (LamTiffFile *file);
bool lam_tiff_file_is_big (LamTiffFile *file); /* BigTIFF */
bool lam_tiff_file_is_swapped (
    LamTiffFile *file); /* not this machine's order */
uint64_t lam_tiff_file_get_first_ifd (LamTiffFile *file);
/* Changes whenever the file's contents may have changed. */
uint64_t lam_tiff_file_get_stamp (LamTiffFile *file);

/* Fails with LAM_ERROR_MOVED when the file was written to since it was opened.
 * One that was deleted or renamed can still be read. */
bool lam_tiff_file_check_unchanged (LamTiffFile *file, GError **error);
/* All of it or an error. */
bool lam_tiff_file_read (
    LamTiffFile *file, uint64_t offset, void *out, uint64_t n, GError **error);
/* At most `n` bytes, fewer at the end of the file; -1 with an error. */
int64_t lam_tiff_file_read_some (
    LamTiffFile *file, uint64_t offset, void *out, uint64_t n, GError **error);

/* Numbers of the file, from unaligned bytes. */
uint16_t lam_tiff_file_u16 (LamTiffFile *file, const uint8_t *bytes);
uint32_t lam_tiff_file_u32 (LamTiffFile *file, const uint8_t *bytes);
uint64_t lam_tiff_file_u64 (LamTiffFile *file, const uint8_t *bytes);
