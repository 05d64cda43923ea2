/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The colours of the map of who said what: people in blues, networks from red
 * over amber to pale, imports in purple. People who see some colours alike tell
 * them apart too, over any grey (tests/test-source-colour.c). */
#pragma once

#include <stdint.h>

/* How recent a network's run is, as far as its colour shows that. */
typedef enum {
  LAM_RUN_NEWEST,
  LAM_RUN_BEFORE, /* the one before it */
  LAM_RUN_EARLIER,
} LamRunAge;

/* `newest`: the source of the newest run there is. */
LamRunAge lam_source_get_age (uint16_t source, uint16_t newest);
/* 0xRRGGBB, as the LamVoxelSource; unset has none and must not be asked. */
uint32_t lam_source_get_rgb (uint16_t source, uint16_t newest);
