/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table queue. Store thread. */
#pragma once

#include "labels/place.h"
#include "store/connection.h"

/* Makes the row's id. In a transaction. */
bool lam_verdict_table_add (
    LamConnection *connection, LamVerdictRow *row, GError **error);
/* LamVerdictRow, in order of id. */
GArray *lam_verdict_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
