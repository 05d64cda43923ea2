/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between notes.c and its neighbours. */
#pragma once

#include "workspace/notes.h"

/* The list as the store had it when it was opened. */
void lam_notes_take (LamWorkspace *workspace, LamStore *store);
