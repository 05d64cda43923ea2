/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network as it is read: values, nodes in an order in which they can be
 * run, weights. It knows no image size; lam_plan_new() gives it one. Does not
 * change once opened (but see lam_network_set_metadata()), so that threads may
 * share it. */
#pragma once

#include "nn/tensor.h"

typedef struct _LamNetwork LamNetwork;

/* Reads an ONNX file (see nn/onnx.h) and refuses, naming node and operator,
 * all that cannot be run. */
LamNetwork *lam_network_open (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with its norms left as they are. Its weights may be changed by the
 * one LamTrainPlan that it is opened for, and it is shared with nobody else
 * until training is over. */
LamNetwork *lam_network_open_for_training (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does the same to a network that was built (see nn/preset.h), once. */
bool lam_network_begin_training (LamNetwork *network, GError **error);
LamNetwork *lam_network_ref (LamNetwork *network) G_GNUC_WARN_UNUSED_RESULT;
void lam_network_unref (LamNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamNetwork, lam_network_unref)

const char *lam_network_get_path (const LamNetwork *network);
/* That is from then on what messages call it in place of its path: before others
 * know it. */
void lam_network_call (LamNetwork *network, const char *shown);
int lam_network_get_opset (const LamNetwork *network);
/* After fusion. */
int lam_network_get_n_nodes (const LamNetwork *network);
/* Numbers in the weights, as the file has them. */
int64_t lam_network_get_n_parameters (const LamNetwork *network);
int lam_network_get_n_inputs (const LamNetwork *network);
const char *lam_network_get_input_name (const LamNetwork *network, int i);
/* Axes that the file leaves open are -1; rank -1: the file does not say. */
const LamShape *lam_network_get_input_shape (const LamNetwork *network, int i);
int lam_network_get_n_outputs (const LamNetwork *network);
const char *lam_network_get_output_name (const LamNetwork *network, int i);
/* A metadata property, or NULL. */
const char *lam_network_get_metadata (
    const LamNetwork *network, const char *key);
/* NULL removes it. Before the network is shared. */
void lam_network_set_metadata (
    LamNetwork *network, const char *key, const char *value);
/* All keys, in order; free them. */
const char **lam_network_list_metadata (
    const LamNetwork *network) G_GNUC_WARN_UNUSED_RESULT;
