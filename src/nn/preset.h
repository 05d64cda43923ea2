/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks to begin training with, as texts (data/networks/README.md says what
 * one holds): the built-in ones, or a file of one's own. */
#pragma once

#include "base/key-text.h"
#include "nn/network.h"

typedef struct _LamPreset LamPreset;

/* Names of the built-in ones; ends with NULL. */
const char *const *lam_preset_get_names (void);

/* For people, of a built-in one; at once, as it does not build the network.
 * NULL for any other name. */
char *lam_preset_dup_title (const char *name) G_GNUC_WARN_UNUSED_RESULT;

/* A built-in name, or the path of a file (it has a '/' or ends in ".network").
 * Refuses, naming file, line and key, layers that do not fit together: it
 * builds the network once, which takes seconds for large ones. */
LamPreset *lam_preset_open (
    const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_preset_free (LamPreset *preset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPreset, lam_preset_free)

/* For people. */
const char *lam_preset_get_title (const LamPreset *preset);
/* All of the text, for sections that are read elsewhere (training,
 * augmentation). */
const LamKeyText *lam_preset_get_text (const LamPreset *preset);

/* A new network with first weights that follow from `seed`: one input "image"
 * of one channel, one output "logits" of `n_classes` channels; neither sorted
 * nor fused. NULL only where it would have too many weights. */
LamNetwork *lam_preset_build (const LamPreset *preset, int n_classes,
    uint64_t seed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
