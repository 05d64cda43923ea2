/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tables voice, voice_brick, voice_label, merged and merged_ids. Store
 * thread. */
#pragma once

#include "labels/label-brick.h"
#include "labels/voice.h"
#include "store/connection.h"

/* The new id, 0 with error; `voice->id` is ignored. In a transaction. */
int64_t lam_voice_table_add (
    LamConnection *connection, const LamVoice *voice, GError **error);
bool lam_voice_table_remove (
    LamConnection *connection, int64_t id, GError **error);
/* LamVoice *, in order of id, but for those whose edit is undone. */
GPtrArray *lam_voice_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool lam_voice_table_write_brick (LamConnection *connection, int64_t voice,
    int64_t key, const LamLabelBrick *brick, GError **error);
/* NULL without error: there is none. */
LamLabelBrick *lam_voice_table_read_brick (LamConnection *connection,
    int64_t voice, int64_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Packed keys in their order. */
GArray *lam_voice_table_dup_keys (LamConnection *connection, int64_t voice,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool lam_voice_table_write_label (LamConnection *connection, int64_t voice,
    const LamVoiceLabel *label, GError **error);
/* LamVoiceLabel *, in order of id. */
GPtrArray *lam_voice_table_read_labels (LamConnection *connection,
    int64_t voice, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A merge that was done. The texts are of sets of pairs, see merge-ids.h. */
typedef struct {
  int64_t edit; /* of this project */
  int64_t row, time; /* of the other's history, its last */
  char *classes, *labels, *regions; /* Owned */
  char *notes; /* Owned; NULL: none has another number */
} LamMergedRow;
void lam_merged_row_free (LamMergedRow *row);
bool lam_voice_table_write_merged (
    LamConnection *connection, const LamMergedRow *row, GError **error);
/* LamMergedRow *, newest first, but for those whose edit is undone. */
GPtrArray *lam_voice_table_read_merged (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
