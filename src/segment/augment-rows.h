/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows, each filled by a file augment-NAME.c. */
#pragma once

#include "segment/augment.h"

extern const LamAugment lam_augment_flip;
extern const LamAugment lam_augment_rotate;
extern const LamAugment lam_augment_turn;
extern const LamAugment lam_augment_elastic;
extern const LamAugment lam_augment_brightness;
extern const LamAugment lam_augment_contrast;
extern const LamAugment lam_augment_gamma;
extern const LamAugment lam_augment_noise;
extern const LamAugment lam_augment_blur;
extern const LamAugment lam_augment_missing_section;
extern const LamAugment lam_augment_misaligned_sections;
