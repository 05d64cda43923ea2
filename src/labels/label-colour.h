/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Colours for labels that nobody gave one. */
#pragma once

#include <stdint.h>

/* 0xRRGGBB; the same for the same label on every machine. Neighbouring numbers
 * get far hues, and every colour stands out over grey. Any thread. */
uint32_t lam_label_colour_auto (uint32_t label);
