/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table region. Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

/* LamRegion *, in order of id. */
GPtrArray *lam_region_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The row as in the history; NULL without error when there is none. */
char *lam_region_table_read_text (LamConnection *connection, int64_t id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `region` NULL: the row goes away. */
bool lam_region_table_write (LamConnection *connection, const LamRegion *region,
    int64_t id, GError **error);
