/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An image as a model wants it: what the commands that run models share. */
#pragma once

#include "segment/model.h"

/* With a cache for `n_sections` sections, twice: those that tiles look at are
 * not decoded for each tile again. Memory does not grow with the volume. */
LamVolume *lam_model_input_open (
    LamSource *source, int64_t n_sections) G_GNUC_WARN_UNUSED_RESULT;
/* What that takes. */
int64_t lam_model_input_get_cache_bytes (LamSource *source, int64_t n_sections);

/* Of the option --normalisation, else what the model's file says. `text`:
 * "MEAN,DEVIATION", "image" (what `box` has), or NULL. */
bool lam_model_input_choose_normalisation (const char *text,
    const LamModel *model, LamVolume *volume, const LamBox *box,
    LamNormalisation *normalisation, LamProgress *progress, GError **error);
/* Fails where `box` (of the option --box) is not inside of the volume; an empty
 * one becomes all of it. */
bool lam_model_input_check_box (LamVolume *volume, LamBox *box, GError **error);
