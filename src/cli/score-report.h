/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores as a table and as JSON. */
#pragma once

#include "workspace/quality.h"

typedef struct {
  const LamQuality *asked;
  const LamQualityReport *found;
} LamScoreReport;

void lam_score_report_print (const LamScoreReport *report);
void lam_score_report_print_json (const LamScoreReport *report);
