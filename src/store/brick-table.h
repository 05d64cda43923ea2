/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tables brick and edit_brick. Store thread. */
#pragma once

#include "labels/label-brick.h"
#include "store/connection.h"

/* The stored bytes, their checksum compared; NULL without error: absent. */
GBytes *lam_brick_table_read_bytes (LamConnection *connection, int64_t key,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, decoded. */
LamLabelBrick *lam_brick_table_read (LamConnection *connection, int64_t key,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `data` NULL: the brick goes away. */
bool lam_brick_table_write_bytes (LamConnection *connection, int64_t key,
    const GByteArray *data, GError **error);
/* Packed keys in their order. */
GArray *lam_brick_table_dup_keys (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Bits of edit_brick.presence. */
enum { LAM_PRESENCE_BEFORE = 1, LAM_PRESENCE_AFTER = 2 };

/* What one edit did to one brick. */
typedef struct {
  int64_t key;
  int presence;
  GBytes *data; /* Owned */
} LamStoredDifference;
void lam_stored_difference_clear (LamStoredDifference *difference);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (
    LamStoredDifference, lam_stored_difference_clear)

bool lam_brick_table_write_difference (LamConnection *connection, int64_t edit,
    int64_t key, int presence, const GByteArray *data, GError **error);
/* The checksum is compared. A missing row is an error. */
bool lam_brick_table_read_difference (LamConnection *connection, int64_t edit,
    int64_t key, LamStoredDifference *difference, GError **error);
/* The keys of an edit's differences. */
GArray *lam_brick_table_dup_edit_keys (LamConnection *connection, int64_t edit,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The state on the other side of the difference. `brick` NULL: absent; `*out`
 * NULL: absent afterwards. Fails when brick and difference do not fit. */
bool lam_stored_difference_apply (const LamStoredDifference *difference,
    const LamLabelBrick *brick, bool forward, LamLabelBrick **out,
    GError **error);
