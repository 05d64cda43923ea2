/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The insides of lam_object_look_run(), for object-look*.c. */
#pragma once

#include "workspace/object-look.h"

typedef struct {
  LamObjectLook *look; /* Borrowed */
  const LamClassTable *classes; /* Borrowed; of now */
  LamSource *said; /* Owned; uint8_t: place of the class + 1 */
  LamBox bricks; /* of the wide box */
  GHashTable *places; /* Owned; label → place + 1, in pointers */
  GArray *found; /* Owned; LamObject */
  GMutex lock; /* of the table, and of keys and dropped */
  GHashTable *used; /* Owned; labels that stay somewhere, in pointers */
  GArray *free; /* Owned; uint32_t: of the parts, nobody uses them; rising */
  guint n_given; /* of those */
} LamObjectWork;

/* object-look.c */
typedef struct {
  uint32_t labels[LAM_BRICK_VOXELS];
  uint16_t sources[LAM_BRICK_VOXELS];
} LamObjectPlanes;
bool lam_object_look_read_planes (LamStoreSnapshot *snapshot, LamBrickKey key,
    LamObjectPlanes *planes, GError **error);
/* A run of the act wrote it. */
bool lam_object_look_is_said (const LamObjectLook *look, uint16_t source);
/* Of the label's class, + 1; 0: it makes no objects. */
guint lam_object_look_find_place (const LamObjectWork *work, uint32_t label);

/* object-look-numbers.c; the data of the second and third is the work */
/* Once `used` has what is in the wide box. */
bool lam_object_look_find_free (LamObjectWork *work, GError **error);
uint32_t lam_object_look_next_id (gpointer work);
int32_t lam_object_look_get_class (uint32_t label, gpointer work);
void lam_object_look_make_rows (LamObjectWork *work);
