/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project's regions: what they are for, how far they are, where they are.
 */
#pragma once

#include "app/window.h"

/* Shows the one of that window. */
void lam_regions_window_present (LamWindow *parent);
/* Before the project goes: keeps what is being written in it. False: something
 * cannot be kept as it is, and it was said why. */
bool lam_regions_window_settle (LamWindow *parent);
