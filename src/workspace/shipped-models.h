/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks that come with the program, inside of it: data/models/README.md says
 * how each was made. Any thread. */
#pragma once

#include <gio/gio.h>

typedef struct {
  const char *name; /* what it is called in a project and on a command line */
  const char *title; /* translated when shown */
} LamShippedModel;

/* Ends with one whose name is NULL. */
const LamShippedModel *lam_shipped_models_get_all (void);
/* The ONNX file; NULL with error, which names those there are. */
GBytes *lam_shipped_models_read (
    const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
