/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What other persons say of voxels, kept beside the labels. It is outside of
 * the history, but that a merge that is undone takes its voice along. Any
 * thread, blocking. */
#pragma once

#include "labels/voice.h"
#include "store/store.h"

/* LamVoice *, in order of id. */
GPtrArray *lam_store_list_voices (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Packed keys of int64_t, in order. */
GArray *lam_store_list_voice_bricks (
    LamStore *store, int64_t voice, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL without error: it says nothing there. Voxels of source 0 it says nothing
 * of. An annotator's labels are those of the next function. */
LamLabelBrick *lam_store_read_voice (LamStore *store, int64_t voice,
    LamBrickKey key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* LamVoiceLabel *, in order of id. */
GPtrArray *lam_store_list_voice_labels (
    LamStore *store, int64_t voice, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives the bricks of a new voice one after the other; false: no more. The
 * brick is owned by who asked; NULL with error. */
typedef bool (*LamVoiceNext) (
    gpointer data, int64_t *key, LamLabelBrick **brick, GError **error);
/* In one transaction; takes the place of the same person's word on the same
 * region. The new id, or 0 with error; `voice->id` is ignored. */
int64_t lam_store_add_voice (LamStore *store, const LamVoice *voice,
    const GPtrArray *labels, LamVoiceNext next, gpointer data, GError **error);
/* One that is not there is no error. */
bool lam_store_remove_voice (LamStore *store, int64_t id, GError **error);
