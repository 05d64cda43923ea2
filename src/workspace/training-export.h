/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A copy of the network that a training has written so far. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* Copies the file `from` to `path`, which may be there already but must not be
 * the project, in a worker. All is copied. `source` is the result's. */
void lam_training_export_async (gpointer source, const char *from,
    const char *project, const char *path, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_training_export_finish (GAsyncResult *result, GError **error);
