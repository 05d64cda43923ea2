/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What one run thinks, gathered brick by brick while its labels are written,
 * and put into the file with them. Store thread, but for what is arithmetic. */
#pragma once

#include "labels/opinion.h"
#include "store/connection.h"

typedef struct _LamOpinionWriter LamOpinionWriter;

LamOpinionWriter *lam_opinion_writer_new (
    uint16_t source) G_GNUC_WARN_UNUSED_RESULT;
void lam_opinion_writer_free (LamOpinionWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOpinionWriter, lam_opinion_writer_free)
/* What it thought of a brick before, coded; NULL: nothing. */
GBytes *lam_opinion_writer_read (LamOpinionWriter *writer,
    LamConnection *connection, int64_t key) G_GNUC_WARN_UNUSED_RESULT;
/* The same with `newer` over it, which leaves it where it is silent; NULL: that
 * is what it thought. `replaced`: what undo needs (edit-opinions.h), or NULL
 * beside a result: no voxel is another. Any thread. */
GByteArray *lam_opinion_writer_merge (GBytes *before,
    const LamRunOpinion *newer,
    GByteArray **replaced) G_GNUC_WARN_UNUSED_RESULT;
/* Once a brick, in a transaction. Takes `merged` and `replaced`. `brick`: its
 * labels from now on; NULL: none. */
bool lam_opinion_writer_add (LamOpinionWriter *writer,
    LamConnection *connection, int64_t key, GByteArray *merged,
    GByteArray *replaced, const LamLabelBrick *brick, GError **error);
/* Bricks of which it thinks another thing than is stored. */
int64_t lam_opinion_writer_count (const LamOpinionWriter *writer);
/* Puts the one that was added last in, but for what undo needs of it: once the
 * transaction is sure to be the one in which all are put. */
bool lam_opinion_writer_put_last (
    LamOpinionWriter *writer, LamConnection *connection, GError **error);
/* Puts all in; in a transaction, the same or another. They go and come back
 * with `edit`; 0: they stay. */
bool lam_opinion_writer_put (LamOpinionWriter *writer,
    LamConnection *connection, int64_t edit, GError **error);
