/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the classes that a network says to the labels of objects, in one box: a
 * job's, with no look at the project beyond it. For this floor.
 *
 * The box is looked at with a margin around it, in which nothing is written:
 * what the network says inside, and what is stored in the margin, are one mask
 * of each class. Its components are cut where they touch, of classes for which
 * that is asked, as lamella-cli objects cuts (object-splitter.h): a seeded
 * watershed of the depth in nm. Where nobody has spoken yet, beyond the box,
 * nobody knows whether an object goes on; that makes none less deep.
 *
 * Then who is who, which a neighbour's job, before or after, must not
 * contradict:
 *
 * - What a piece has of an object in the margin, where the network is silent,
 *   or of what a person painted or accepted, makes all of it more of that
 *   object; so there is no cut along the border of a box, and never one through
 *   what a person joined by painting.
 * - A piece that has something of several such objects is divided among them
 *   (object-divider.h); so what was cut outside stays cut inside. Verified and
 *   locked voxels keep objects apart likewise.
 * - Other pieces keep the label that was there, by object-matcher.h: an object
 *   of a network that is cut leaves its label, and so name and colour, to the
 *   largest piece. But one that a person has a hand in (by a voxel in sight, by
 *   a lock or a verified region) is shared, where its class is cut: it was seen
 *   as one, and no part of it becomes another object.
 * - All else is new. Only for those numbers rows are made.
 *
 * A class that is not cut sees one voxel of the margin, as if none were: what
 * meets farther out would join what is apart in the box. A piece of it that has
 * something of several objects that a person has a hand in, or had one
 * elsewhere (their state says so), is divided, too: all that they are stays
 * theirs, and what is new, or a network's alone, goes to the nearest, along the
 * piece in nm. So what a person cut stays cut, of which only what is near to
 * the cut is his word.
 * What a person chose (is_chosen) is divided among all that it lies at.
 *
 * What is smaller than the class's smallest object is left out if all of it
 * lies in the box. What is part of an object that is there stays, however
 * small: the rest of it is not written here, and would end at the border of the
 * box. So a speck across such a border stays until one box holds all of it. Of
 * what reaches where nobody has spoken only noise is left out
 * (LAM_OBJECT_RULE_MIN_VOXELS); a cap that is no more than that comes when its
 * job is done again beside the rest.
 *
 * Costs: dense planes of the box and its margin, about 40 bytes a voxel while
 * an object as large as they are is divided: 10 of what is there, 6 in scratch
 * volumes, 24 of the division. A job's box is bounded. */
#pragma once

#include "base/box.h"
#include "base/progress.h"
#include "store/store.h"
#include "workspace/label-numbers.h"
#include "workspace/object-rules.h"

/* object-joins.h */
typedef struct _LamObjectJoins LamObjectJoins;
typedef struct _LamObjectPart LamObjectPart;

typedef struct {
  LamBox box; /* level-0 voxels, inside of the volume */
  int64_t size[3]; /* of the volume */
  double voxel_size_nm[3]; /* 0: not known, and nothing is cut */
  const uint8_t *classes; /* Borrowed; as in a LamProposal of the box */
  int n_classes;
  /* By class of the network. A class with instances makes objects; any other is
   * the one label that is given. */
  const bool *has_instances; /* Borrowed */
  const int32_t *class_ids; /* Borrowed; of the project */
  const uint32_t *class_labels; /* Borrowed */
  const LamObjectRule *rules; /* Borrowed */
  const LamClassTable *table; /* Borrowed; as it is on disk */
  const GArray *verified; /* Borrowed; of LamBox; NULL: none */
  LamLabelNumbers *numbers; /* Borrowed; of objects that are new */
  /* A person chose these very voxels: none are noise, and none go on outside.
   */
  bool is_chosen;
  bool is_one; /* … and meant one object */
  GPtrArray *rows; /* Borrowed; LamRowChange of labels that are new, added */
  /* Borrowed; of the run whose part the box is; NULL: it is none … */
  const LamObjectJoins *joins;
  LamObjectPart *part; /* … and, filled in, owned: what it sees of it */
} LamModelObjects;

/* Labels of the box, dense: LAM_MODEL_SILENT where the network is. Any thread;
 * the project must not change meanwhile, so all who wait to change it wait for
 * the end: `progress` (or NULL) is only asked whether it is cancelled. */
uint32_t *lam_model_objects_find (LamModelObjects *objects, LamStore *store,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
