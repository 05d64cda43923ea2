/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a label stack holds, found out in a worker: its size at once, its
 * numbers when all of it was read. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "volume/dtype.h"

typedef struct {
  int64_t size[3];
  LamDtype dtype;
  GArray *values; /* uint32_t in rising order, at most `limit` */
  bool is_cut; /* there are more */
} LamImportScan;

void lam_import_scan_free (LamImportScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamImportScan, lam_import_scan_free)

/* `channel` from 0; -1: not chosen, and LAM_ERROR_NEEDS_CHANNEL where there are
 * several. */
void lam_import_scan_async (const char *path, int channel, int limit,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
LamImportScan *lam_import_scan_finish (
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
