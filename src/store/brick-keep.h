/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Stored bytes of bricks from before they were written over, for one snapshot:
 * in memory up to a bound, the rest in a nameless file. Store thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamBrickKeep LamBrickKeep;

/* `folder`: where the nameless file goes; copied. */
LamBrickKeep *lam_brick_keep_new (
    int64_t max_bytes, const char *folder) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_keep_free (LamBrickKeep *keep);
bool lam_brick_keep_has (LamBrickKeep *keep, int64_t key);
/* `bytes` NULL: the brick was not stored, or with `error` could not be read.
 * Both are copied. Where there is no room for them, the lookup says so. */
void lam_brick_keep_put (
    LamBrickKeep *keep, int64_t key, GBytes *bytes, const GError *error);
/* False: it was not written over. Else sets a reference, NULL, or the error. */
bool lam_brick_keep_lookup (
    LamBrickKeep *keep, int64_t key, GBytes **bytes, GError **error);
