/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table region. Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

typedef struct {
  int64_t id; /* as it is in the row */
  char *name; /* Owned; made valid */
  char *what; /* Owned; a sentence without a full stop */
} LamDamagedRegion;
void lam_damaged_region_free (LamDamagedRegion *damaged);

/* LamRegion *, in order of id; fails at a damaged row. */
GPtrArray *lam_region_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, but a damaged row is a verified region of the box that can be read,
 * or of the whole volume; each is added to `damaged` (LamDamagedRegion *). A
 * number that cannot be is 0 in the region. */
GPtrArray *lam_region_table_read_all (LamConnection *connection,
    GPtrArray *damaged, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for who is to see and change them: a number that cannot be is changed
 * for one that can, in a file that may be written to, and left out in another.
 * Adds to `warning` (owned, or NULL) what is to be told. */
GPtrArray *lam_region_table_load (LamConnection *connection, char **warning,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The row as in the history, taken so; NULL without error when there is none.
 * Any change of it mends a damaged one. */
char *lam_region_table_read_text (LamConnection *connection, int64_t id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `region` NULL: the row goes away. */
bool lam_region_table_write (LamConnection *connection, const LamRegion *region,
    int64_t id, GError **error);
