/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* --fast: whether this processor can, and how near its results are to those
 * in float32. */
#pragma once

#include "cli/network-run.h"

/* Whether to be fast. Says on stderr why not where it was asked for, but the
 * processor cannot. */
bool lam_network_choose_fast (bool is_wanted);

typedef struct {
  double plain_seconds; /* of a run in float32; the median */
  double difference, largest; /* of all numbers; the largest in float32 */
  /* The share of positions where the largest channel is the same; NaN: no
   * output has channels. */
  double same_argmax;
} LamNetworkAgreement;

/* The outputs of the last run, copied. */
GPtrArray *lam_network_run_dup_outputs (
    const LamNetworkRun *run) G_GNUC_WARN_UNUSED_RESULT;
/* Fills all but plain_seconds. */
void lam_network_run_agree (const LamNetworkRun *run, const GPtrArray *plain,
    LamNetworkAgreement *agreement);
