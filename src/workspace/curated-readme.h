/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The README of a training set: what is in it and how to load it. */
#pragma once

#include "workspace/curated-private.h"

char *lam_curated_make_readme (
    const LamCuratedPlan *plan) G_GNUC_WARN_UNUSED_RESULT;
