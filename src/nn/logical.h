/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which integers are true and false: inside, both are int64; in a file they
 * are two types. */
#pragma once

#include "nn/graph.h"

/* Sets `is_logical` of all values of a sorted network. */
void lam_graph_mark_logical (LamNetwork *network);
