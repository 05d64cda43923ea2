/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A box of another volume's full resolution, as a volume of its own. */
#pragma once

#include "volume/source.h"

/* The box lies inside. Holds `whole`. */
LamSource *lam_window_source_new (
    LamSource *whole, const LamBox *box) G_GNUC_WARN_UNUSED_RESULT;
