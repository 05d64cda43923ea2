/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A file that weights are read from, straight to where they stay. It is not
 * mapped: the program would end if someone cuts the file off meanwhile, where
 * reading only comes back short. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  const char *path; /* Borrowed */
  int file; /* Owned; -1: not open */
  int64_t n_bytes;
} LamOnnxFile;

/* `flags`: more for open(). False, with errno (0: not a plain file). */
bool lam_onnx_file_open (LamOnnxFile *file, const char *path, int flags);
void lam_onnx_file_close (LamOnnxFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamOnnxFile, lam_onnx_file_close)

/* False where the file ends early or cannot be read. */
bool lam_onnx_file_read (
    const LamOnnxFile *file, void *to, size_t n, int64_t at);
