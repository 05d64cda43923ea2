/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What another person says of voxels, beside the labels. Plain values. */
#pragma once

#include <glib.h>

#include "base/box.h"

/* Numbers are stored; they never change. */
typedef enum {
  LAM_VOICE_ANNOTATOR, /* of a region that was given away as a blind copy */
  LAM_VOICE_MERGE, /* what merging another project did not take */
  LAM_N_VOICE_KINDS
} LamVoiceKind;

typedef struct {
  int64_t id; /* stable for ever, from 1 */
  char *name; /* Owned; of the person */
  int64_t time; /* it came in; µs since 1970, UTC */
  LamVoiceKind kind;
  int32_t region; /* of an annotator; else 0 */
  int64_t edit; /* of a merge, which undone takes its voice with it; else 0 */
  LamBox box; /* level-0 voxels */
} LamVoice;
void lam_voice_free (LamVoice *voice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamVoice, lam_voice_free)

/* A label of an annotator; its ids are of that voice alone. */
typedef struct {
  uint32_t id;
  char *name; /* Owned */
  int32_t class_id;
} LamVoiceLabel;
void lam_voice_label_free (LamVoiceLabel *label);
