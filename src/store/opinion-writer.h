/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What one run thinks, gathered brick by brick while its labels are written,
 * and put into the file with them. Store thread. */
#pragma once

#include "labels/opinion.h"
#include "store/connection.h"

typedef struct _LamOpinionWriter LamOpinionWriter;

LamOpinionWriter *lam_opinion_writer_new (
    uint16_t source) G_GNUC_WARN_UNUSED_RESULT;
void lam_opinion_writer_free (LamOpinionWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOpinionWriter, lam_opinion_writer_free)
/* Once a brick, in a transaction. `brick`: its labels from now on; NULL: none.
 * Remembers what it thought there before where `newer` is silent. */
bool lam_opinion_writer_add (LamOpinionWriter *writer,
    LamConnection *connection, int64_t key, const LamRunOpinion *newer,
    const LamLabelBrick *brick, GError **error);
/* Bricks of which it thinks another thing than is stored. */
int64_t lam_opinion_writer_count (const LamOpinionWriter *writer);
/* Puts those in; in a transaction, the same or another. */
bool lam_opinion_writer_put (
    LamOpinionWriter *writer, LamConnection *connection, GError **error);
