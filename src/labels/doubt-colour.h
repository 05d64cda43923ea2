/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The colours of the map of how unsure networks are: from dark blue (sure) over
 * red to pale yellow. Equal steps look equal, and each is lighter than the one
 * before, so that it reads in grey and for people who see some colours alike.
 */
#pragma once

#include <stdint.h>

/* 0xRRGGBB. */
uint32_t lam_doubt_get_rgb (uint8_t uncertainty);
