/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A file from which a training goes on: settings as text, then numbers. It
 * is for the same version of the program on the same kind of machine. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  void *data; /* Borrowed */
  size_t n_bytes;
} LamCheckpointPart;

/* Whole or not at all, also when power fails: written beside, synced, then
 * renamed. */
bool lam_checkpoint_write (const char *path, const char *settings,
    const LamCheckpointPart *parts, int n, GError **error);
/* Fills the parts. Refuses, before it changes any, a file that is damaged, of
 * another version, or of other settings: lines “name=value”; the message says
 * the first that differs. Those of the names `free`, which ends with NULL, may
 * differ. */
bool lam_checkpoint_read (const char *path, const char *settings,
    const char *const *free, const LamCheckpointPart *parts, int n,
    GError **error);
