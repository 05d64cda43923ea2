/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The layers of a preset: from lines of text to a network. */
#pragma once

#include "base/key-text.h"
#include "nn/network.h"

/* Reads the sections "network" and "layers" and makes the network; errors name
 * the line. */
LamNetwork *lam_preset_layers_build (const LamKeyText *text, int n_classes,
    uint64_t seed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
