/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the classes that a network says to the labels of objects: connected
 * components, cut where several touch, which keep the labels that are there
 * already. For this floor. */
#pragma once

#include "base/box.h"
#include "store/store.h"
#include "workspace/label-numbers.h"
#include "workspace/object-rules.h"

/* As far around a box it is looked at what is stored, so that a cut near its
 * border is where it would be if the box were larger; and not farther than so
 * many voxels, which is time. */
#define LAM_MODEL_OBJECT_MARGIN_NM 150
#define LAM_MODEL_OBJECT_MARGIN_VOXELS 32

typedef struct {
  LamBox box; /* level-0 voxels, inside of the volume */
  int64_t size[3]; /* of the volume */
  double voxel_size_nm[3]; /* 0: unknown */
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
  /* Borrowed; by class of the network. NULL: all stays, and whole. */
  const LamObjectRule *rules;
  /* A last pass (object-pass.h) over a larger box follows: nothing is cut, and
   * what reaches the border stays, however small. */
  bool is_provisional;
  GPtrArray *rows; /* Borrowed; LamRowChange of labels that are new, added */
} LamModelObjects;

/* Labels of the box, dense: LAM_MODEL_SILENT where the network is. An object
 * that meets one outside of the box, or where the network is silent, or what a
 * person said in it, is more of that one; one that meets several is divided
 * among them, what was of one of them staying with it. Any thread; the project
 * must not change meanwhile. */
uint32_t *lam_model_objects_find (LamModelObjects *objects, LamStore *store,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As far as it is looked at around a box, inside of a volume of `size`. */
LamBox lam_model_objects_widen (const LamBox *box, const int64_t size[3],
    const double voxel_size_nm[3], bool cuts);
