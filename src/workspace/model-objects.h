/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the classes that a network says to the labels of objects: connected
 * components, which keep the labels that are there already. For this floor. */
#pragma once

#include "base/box.h"
#include "store/store.h"
#include "workspace/label-numbers.h"

/* Of a network, smaller components are noise. */
#define LAM_MODEL_OBJECT_MIN_VOXELS 27

typedef struct {
  LamBox box; /* level-0 voxels, inside of the volume */
  int64_t size[3]; /* of the volume */
  const uint8_t *classes; /* Borrowed; as in a LamProposal of the box */
  int n_classes;
  /* By class of the network. A class with instances makes objects; any other is
   * the one label that is given. */
  const bool *has_instances; /* Borrowed */
  const int32_t *class_ids; /* Borrowed; of the project */
  const uint32_t *class_labels; /* Borrowed */
  /* Borrowed; label → class of the network, both in pointers, for each label of
   * a class with instances. */
  GHashTable *label_classes;
  LamLabelNumbers *numbers; /* Borrowed; of objects that are new */
  /* Components of fewer voxels become unlabelled; 0:
   * LAM_MODEL_OBJECT_MIN_VOXELS. */
  int64_t min_voxels;
  GPtrArray *rows; /* Borrowed; LamRowChange of labels that are new, added */
} LamModelObjects;

/* Labels of the box, dense: LAM_MODEL_SILENT where the network is. An object
 * that meets one outside of the box, or where the network is silent, or what a
 * person said in it, is more of that one. Any thread; the project must not
 * change meanwhile. */
uint32_t *lam_model_objects_find (LamModelObjects *objects, LamStore *store,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
