/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sample: a made-up stack of platelets with labels, for people who have no
 * data at hand. Made once, by the command-line program, in the person's data
 * folder. */
#pragma once

#include "app/window.h"

void lam_sample_open (LamWindow *window);
