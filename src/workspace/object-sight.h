/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a project says of a job's box and of a margin around it, in which
 * nothing is written: dense planes, and whom a person has a hand in. For
 * model-objects.c. */
#pragma once

#include "workspace/model-objects.h"

/* Of a voxel. */
enum {
  LAM_SIGHT_FIXED = 1, /* not written here, and what is connected with it is
                        * more of its object */
  LAM_SIGHT_HELD = 2, /* a person's word, by paint, lock or region */
  LAM_SIGHT_OPEN = 4, /* outside of the box, where nobody has spoken */
};

typedef struct {
  const LamModelObjects *objects; /* Borrowed */
  LamStore *store; /* Borrowed */
  LamBox box; /* with its margin */
  LamBox bricks; /* that it meets */
  /* Owned */
  uint32_t *labels; /* stored */
  uint8_t *flags;
  uint8_t *classes; /* of the network */
  GHashTable *shared; /* set of labels with voxels that are held */
  GHashTable *known; /* the same and of labels that a person has worked on,
                      * wherever that was */
} LamObjectSight;

/* Looks. To be cleared in any case. False with error. */
bool lam_object_sight_init (LamObjectSight *sight,
    const LamModelObjects *objects, LamStore *store, LamProgress *progress,
    GError **error);
void lam_object_sight_clear (LamObjectSight *sight);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamObjectSight, lam_object_sight_clear)

/* The network's first class that is the label's; -1: none that makes objects.
 */
int32_t lam_object_sight_get_class (
    const LamObjectSight *sight, uint32_t label);
/* Whether objects of a class of the network are cut where they touch, or of
 * any. */
bool lam_model_objects_cuts (const LamModelObjects *objects, int class_id);
bool lam_model_objects_cuts_any (const LamModelObjects *objects);
/* For calls that walk over rows of a part of a dense box. */
static inline int64_t
lam_object_sight_place (const LamBox *box, int64_t x, int64_t y, int64_t z)
{
  return ((z - box->min[2]) * (box->max[1] - box->min[1]) + y - box->min[1])
      * (box->max[0] - box->min[0])
      + x - box->min[0];
}
