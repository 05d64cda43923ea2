/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All class, label, region and note rows of a project at one moment, as texts
 * (row-text.h). */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

typedef struct {
  GHashTable *texts[LAM_N_ROW_KINDS]; /* Owned; id (int64_t *) → char * */
} LamRowSet;

/* Empty. */
void lam_row_set_begin (LamRowSet *set);
/* Store thread. */
bool lam_row_set_read (
    LamRowSet *set, LamConnection *connection, GError **error);
/* A copy, led along changes (LamRowChange *). */
void lam_row_set_copy_back (
    LamRowSet *set, const LamRowSet *now, const GPtrArray *changes);
void lam_row_set_clear (LamRowSet *set);

/* Borrowed; NULL: there is no such row. */
const char *lam_row_set_get (const LamRowSet *set, LamRowKind kind, int64_t id);
/* Takes the text; NULL takes the row away. */
void lam_row_set_put (LamRowSet *set, LamRowKind kind, int64_t id, char *text);
/* int64_t: the ids of one set or the other, in their order. */
GArray *lam_row_set_list_ids (const LamRowSet *a, const LamRowSet *b,
    LamRowKind kind) G_GNUC_WARN_UNUSED_RESULT;
