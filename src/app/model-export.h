/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks where a network is to be written as ONNX, and tells what came of it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* Ends in lam_model_export_finish(). */
typedef void (*LamModelExportStart) (gpointer data, const char *path,
    GAsyncReadyCallback callback, gpointer user_data);

/* Beside the project, by `name`, if the person asks for no other place. Calls
 * `start` once with `data`, which is freed in any case. When `window` is gone by
 * the end, its parent tells of it. */
void lam_model_export_ask (GtkWindow *window, LamWorkspace *workspace,
    const char *name, LamModelExportStart start, gpointer data,
    GDestroyNotify free_data);
