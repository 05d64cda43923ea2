/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last layers of a network, by which it says what its features mean: the
 * product over the channels of each voxel that gives the scores, and the
 * convolution right before it where there is one. They can be taught alone, on
 * features that do not change meanwhile. */
#pragma once

#include "nn/graph.h"

#define LAM_HEAD_MAX_LAYERS 2

/* A convolution of stride 1 in one group that keeps the size. */
typedef struct {
  LamNode *node; /* Borrowed */
  int64_t channels, filters;
  /* z, y, x: its weights are filters, channels, kernel; tap i of an axis sees
   * the voxel i · dilation − before further on, 0 outside of the image. */
  int64_t kernel[3], dilation[3], before[3];
  float slope; /* of the activation on its result; 1: none */
  bool has_bias;
} LamHeadLayer;

typedef struct {
  LamNetwork *network; /* Borrowed */
  int features; /* the value that goes in */
  int n_layers;
  LamHeadLayer layers[LAM_HEAD_MAX_LAYERS]; /* the last one says the scores */
} LamHead;

/* At most `max_layers` (1 or 2). `shape`: an input that the network accepts.
 * Refuses a network whose first output is not the scores of a product over
 * channels, or their softmax or sigmoid. */
bool lam_head_find (LamHead *head, LamNetwork *network, const LamShape *shape,
    int max_layers, GError **error);

/* Numbers that go into one voxel of the first layer: channels × kernel, in the
 * order of its weights. */
int64_t lam_head_get_depth (const LamHead *head);
/* Of a layer; NULL: no bias. They belong to the network: whoever changes them
 * calls lam_head_changed(), and no plan runs meanwhile. */
LamTensor *lam_head_get_weights (const LamHead *head, int layer);
LamTensor *lam_head_get_bias (const LamHead *head, int layer);
/* What was kept of the weights is forgotten: plans that there are go on only
 * after lam_plan_renew(). */
void lam_head_changed (const LamHead *head);
/* All numbers of the head one behind the other, first layer first, each one's
 * weights before its bias. */
int64_t lam_head_count (const LamHead *head);
void lam_head_get (const LamHead *head, float *numbers);
/* Also calls lam_head_changed(). */
void lam_head_set (const LamHead *head, const float *numbers);

/* What a head of one layer says of `n` voxels: `features` are rows of its
 * channels, `step` numbers apart, `scores` rows of n, one a filter. */
void lam_head_score (const LamHead *head, const float *features, int64_t step,
    int64_t n, float *scores);

/* The rest of the network: its output is the features. Shares nodes and
 * weights with the network, which it holds; plans of both are made and run by
 * one thread. */
LamNetwork *lam_head_new_trunk (const LamHead *head) G_GNUC_WARN_UNUSED_RESULT;
