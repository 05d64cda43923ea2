/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network as an ONNX file. For this floor, but for the end. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "store/store.h"

/* Borrowed. */
typedef struct {
  LamStore *store; /* of the project, which is not written over */
  int64_t model; /* of the project, … */
  const char *from; /* … or a file of one; NULL: none */
  const char *path; /* which is written; all of it or nothing */
  bool may_replace; /* a file that is there already */
} LamModelExport;

/* In a worker. `source` is the result's. */
void lam_model_export_async (gpointer source, const LamModelExport *what,
    GAsyncReadyCallback callback, gpointer user_data);
/* Of a network of the project as well as of one in training. */
bool lam_model_export_finish (GAsyncResult *result, GError **error);
