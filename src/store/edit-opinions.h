/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table edit_opinion: what edits did to what runs think, taken back and
 * done again with them. Of a brick and run the newest few are kept; going back
 * further, or over a damaged one, leaves it unknown what the run thought there.
 * Store thread, in a transaction. */
#pragma once

#include "base/box.h"
#include "store/connection.h"

/* `data`: of lam_opinion_difference_encode(), what was before. Joins what the
 * same edit did to the same brick already. */
bool lam_edit_opinions_write (LamConnection *connection, int64_t edit,
    uint16_t source, int64_t key, const GByteArray *data, GError **error);
/* Takes them back, or does them again: whichever was not the last. `box`, in
 * level-0 voxels, grows around the bricks. */
bool lam_edit_opinions_move (
    LamConnection *connection, int64_t edit, LamBox *box, GError **error);
/* What a run thought of a brick is no more known on either side of its edits.
 */
bool lam_edit_opinions_forget (
    LamConnection *connection, uint16_t source, int64_t key, GError **error);

/* Adds a sentence for each row that is none. */
bool lam_edit_opinions_check (
    LamConnection *connection, GPtrArray *problems, GError **error);
