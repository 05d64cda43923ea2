/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The connected components of a volume of classes that is larger than memory,
 * brick by brick. Each brick is scanned (any thread, several at once) and added
 * (one thread, in order); then the components are complete, and each brick is
 * scanned again, or what was scanned is still there, and painted.
 *
 * Objects are numbered from 1 in the order of their first voxels (x fastest,
 * then y), whatever the bricks are. Memory: a section of ids, twice, and some
 * 50 bytes a component of a brick, where those that are too small and end
 * inside of their brick do not count. */
#pragma once

#include "labels/block-components.h"

typedef struct {
  int64_t size[3]; /* of the volume, in voxels */
  int64_t brick[3]; /* the last of an axis may be smaller */
  LamConnectivity connectivity;
  int64_t min_voxels[256]; /* of each class; 0: the class makes no objects */
} LamComponentsLayout;

typedef struct _LamComponents LamComponents;

/* Fails when an axis is longer than 2^31 - 1 or there is no memory for the
 * sections. */
LamComponents *lam_components_new (const LamComponentsLayout *layout,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_components_free (LamComponents *components);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamComponents, lam_components_free)

int64_t lam_components_get_n_bricks (const LamComponents *components);
LamBox lam_components_get_brick (const LamComponents *components, int64_t i);

/* What a brick holds, from its classes: dense, x fastest. */
LamBlockComponents *lam_components_scan (const LamComponents *components,
    int64_t i, const uint8_t *classes) G_GNUC_WARN_UNUSED_RESULT;
/* Brick 0, 1, … Fails when there are more than 2^32 - 1 pieces. */
bool lam_components_add (LamComponents *components, int64_t i,
    const LamBlockComponents *scanned, GError **error);
/* After the last brick: drops what is too small and numbers the rest. */
void lam_components_finish (LamComponents *components);

/* From here on nothing changes any more. Any thread. */
size_t lam_components_get_n (const LamComponents *components);
/* `id` from 1. */
LamComponent lam_components_get (const LamComponents *components, uint32_t id);
/* Ids of brick `i`, dense; 0 where there is no object. */
void lam_components_paint (const LamComponents *components, int64_t i,
    const LamBlockComponents *scanned, uint32_t *labels);
