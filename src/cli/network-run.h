/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the commands on networks share: a plan for the size that was asked
 * for, its inputs, and how far its results are from what was expected. */
#pragma once

#include "nn/plan.h"

/* As typed; NULL where an option was not given. */
typedef struct {
  const char *size; /* "Z,Y,X" of made-up inputs; else the file's own or 64 */
  const char *threads;
  bool is_fast; /* as LamPlanOptions */
  char **inputs; /* .npy files, one for each input of the network */
  char **expected; /* the same for its first outputs */
} LamNetworkRunOptions;

typedef struct {
  LamNetwork *network; /* Owned */
  LamPlan *plan; /* Owned */
  GPtrArray *inputs; /* Owned; LamTensor */
  GPtrArray *expected; /* Owned; LamTensor; may be empty */
} LamNetworkRun;

bool lam_network_run_open (LamNetworkRun *run, const char *path,
    const LamNetworkRunOptions *options, GError **error);
void lam_network_run_clear (LamNetworkRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamNetworkRun, lam_network_run_clear)

/* Of a made-up input; `text` as in the options. */
bool lam_network_run_choose_shape (const LamNetwork *network, int input,
    const char *text, LamShape *shape, GError **error);

/* One run; fails where the result holds something that is no number. */
bool lam_network_run_once (
    LamNetworkRun *run, LamProgress *progress, GError **error);
/* The largest difference and the largest expected value; 0 where nothing is
 * expected. */
void lam_network_run_compare (
    const LamNetworkRun *run, double *difference, double *largest);
