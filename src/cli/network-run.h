/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the commands on networks share: a plan for the size that was asked
 * for, its input, and how far its result is from what was expected. */
#pragma once

#include "nn/plan.h"

typedef struct {
  LamNetwork *network; /* Owned */
  LamPlan *plan; /* Owned */
  LamTensor *input; /* Owned */
  LamTensor *expected; /* Owned; or NULL */
} LamNetworkRun;

/* The texts are the options as typed, or NULL. Without `input`, made-up
 * voxels of `size` ("Z,Y,X"; without it, the file's own or 64). */
bool lam_network_run_open (LamNetworkRun *run, const char *path,
    const char *size, const char *threads, const char *input,
    const char *expect, GError **error);
void lam_network_run_clear (LamNetworkRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamNetworkRun, lam_network_run_clear)

/* One run; fails where the result holds something that is no number. */
bool lam_network_run_once (
    LamNetworkRun *run, LamProgress *progress, GError **error);
/* The largest difference and the largest expected value. */
void lam_network_run_compare (
    const LamNetworkRun *run, double *difference, double *largest);
