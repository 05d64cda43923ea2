/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fewer passes over memory with the same result: batch normalisation goes
 * into the weights of the convolution before it, ReLU and leaky ReLU into the
 * operator before them. */
#pragma once

#include "nn/graph.h"

/* `network` must be sorted and known to be sound. In training the norms stay:
 * they have statistics to learn. */
void lam_network_fuse (LamNetwork *network, bool is_training);
