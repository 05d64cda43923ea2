/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bytes of a brick, little endian:
 *
 *   u8 version (1), u8 kind
 *   kind 0, uniform:    u32 label, u16 source
 *   kind 1, runs:       a zstd frame with a run code, entries of 6 bytes:
 *                       u32 label, u16 source
 *   kind 2, difference: a zstd frame with a run code, entries of 12 bytes:
 *                       u32 label before, u32 after, u16 source before, u16
 *                       after
 *
 * A run code is: u32 n_entries, u32 n_runs, the entries (the palette), n_runs
 * lengths of u8, n_runs palette indices of u8, u16 or u32, whichever is the
 * smallest that holds n_entries. Runs go along x, 1 to 64 voxels, and end with
 * their row: a row then reads the same wherever it stands, which is what zstd
 * finds again from slice to slice. In a difference index 0 means "unchanged"
 * and index i the entry i - 1.
 */
#pragma once

#include "labels/label-brick.h"

#define LAM_BRICK_FORMAT_VERSION 1
#define LAM_BRICK_HEAD_BYTES 2
#define LAM_RUN_HEAD_BYTES 8
#define LAM_BRICK_ENTRY_BYTES 6
#define LAM_DIFFERENCE_ENTRY_BYTES 12
/* No brick can have more: every voxel a run and an entry of its own. */
#define LAM_RUN_MAX_BYTES \
  (LAM_RUN_HEAD_BYTES + LAM_BRICK_VOXELS * (LAM_DIFFERENCE_ENTRY_BYTES + 1 + 4))

typedef enum {
  LAM_BRICK_UNIFORM,
  LAM_BRICK_RUNS,
  LAM_BRICK_DIFFERENCE,
} LamBrickKind;

/* Bytes of one palette index when indices are below `n`. */
static inline int
lam_run_index_bytes (uint64_t n)
{
  return n <= 256 ? 1 : n <= 65536 ? 2 : 4;
}
