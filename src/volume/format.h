/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table of image formats and the one way to open a file of any of them. */
#pragma once

#include "volume/source.h"

typedef struct {
  int channel; /* from 0; -1: not chosen, which fails with
                * LAM_ERROR_NEEDS_CHANNEL where there are several */
  GCancellable *cancellable; /* Borrowed while it is opened; or NULL */
} LamOpenOptions;

#define LAM_OPEN_DEFAULTS ((LamOpenOptions){ .channel = -1 })

typedef struct {
  const char *name;       /* "tiff" */
  const char *title;      /* "TIFF stack" */
  const char *extensions; /* "tif tiff": without dots, for file dialogs */
  /* Looks at the file's first bytes (at most `n`, 0 for a folder) and its
   * path. True when this format should open it. */
  bool (*probe) (const char *path, bool is_folder, const uint8_t *bytes,
      size_t n);
  LamSource *(*open) (
      const char *path, const LamOpenOptions *options, GError **error);
} LamFormat;

/* Ends with NULL. */
const LamFormat *const *lam_format_get_all (void);

/* Opens a file or folder. Reads only what is needed to know its shape. Any
 * thread. */
LamSource *lam_format_open (const char *path, const LamOpenOptions *options,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
