/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a project file's tables must be, version by version. */
#pragma once

#include "store/connection.h"

/* `sql[v - 1]` leads from version v - 1 to v; the first makes all of it. */
typedef struct {
  const char *const *sql;
  int version;
} LamSchema;

/* The program's own, from data/sql. */
const LamSchema *lam_schema_get (void);

/* LAM_ERROR_CORRUPT unless every table, index, trigger and view of the file is
 * what the migrations up to `version` make: the texts are compared. */
bool lam_schema_check (const LamSchema *schema, LamConnection *connection,
    int version, GError **error);
/* From `version` to the newest in one transaction (0: everything, and the
 * application id). */
bool lam_schema_migrate (const LamSchema *schema, LamConnection *connection,
    int version, GError **error);
