/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What runs think of bricks: the rows of `brick` whose layer is a run's source.
 * Whose word counts is found by the voxel's source (labels/opinion.h); what a
 * run said before it spoke again is kept for undo by edit-opinions.h. Store
 * thread. */
#pragma once

#include "labels/opinion.h"
#include "store/connection.h"

/* uint16_t: sources of the runs that have one of that brick, newest first. */
GArray *lam_opinion_table_dup_sources (LamConnection *connection, int64_t key,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The stored bytes of a run's opinion, their checksum compared; NULL without
 * error: it has none of that brick. */
GBytes *lam_opinion_table_read_bytes (LamConnection *connection,
    uint16_t source, int64_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, decoded. */
LamRunOpinion *lam_opinion_table_read (LamConnection *connection,
    uint16_t source, int64_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool lam_opinion_table_write (LamConnection *connection, uint16_t source,
    int64_t key, const GByteArray *data, GError **error);
bool lam_opinion_table_remove (
    LamConnection *connection, uint16_t source, int64_t key, GError **error);
/* Forgets what old runs thought of a brick: all but the newest few and those
 * whose labels `brick` (NULL: absent) holds. After an undo that leads further
 * back nothing is known there. */
bool lam_opinion_table_prune (LamConnection *connection, int64_t key,
    const LamLabelBrick *brick, GError **error);

/* Adds a sentence for each row that is none. `size`: the volume, in voxels. */
bool lam_opinion_table_check (LamConnection *connection, const int64_t size[3],
    GPtrArray *problems, GError **error);
