/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shows acts of the tools that take long, with a way to stop them, and says why
 * one did nothing. */
#pragma once

#include "app/window.h"
#include "tools/tool.h"

/* Until the tool box is freed, which ends what is under way. */
void lam_act_watch_begin (LamWindow *window, LamToolBox *box);
