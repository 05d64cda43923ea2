/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What undo and redo share. */
#pragma once

#include "cli/cli.h"

typedef enum { LAM_CLI_UNDO, LAM_CLI_REDO } LamCliStep;

/* Takes `count` (text; NULL: 1) steps, or fewer where there are no more. */
bool lam_cli_step (
    const LamCliCall *call, LamCliStep step, const char *count, GError **error);
