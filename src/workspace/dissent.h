/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where the labels and what another person says (a voice) are not the same.
 * Sees what is in the file. Any thread, blocking. */
#pragma once

#include "base/progress.h"
#include "labels/place.h"
#include "labels/voice.h"
#include "store/store.h"

typedef struct _LamDissent LamDissent;

/* One in so many of the smaller object's voxels, at least, are both's. */
#define LAM_DISSENT_SHARE 10

/* Which of an annotator's labels is which of the project's: of a class that has
 * no instances, any label of that class; of one that has, the one with which it
 * shares most voxels, each being one only, and of the smaller one of both a
 * part that matters. A merge's are the project's own.
 * Borrows `classes`. */
LamDissent *lam_dissent_new (LamStore *store, const LamVoice *voice,
    const LamClassTable *classes, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_dissent_free (LamDissent *dissent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamDissent, lam_dissent_free)

/* Packed keys of the bricks of which the voice says anything; borrowed. */
const GArray *lam_dissent_get_keys (const LamDissent *dissent);
/* Labels of a voxel, mine and the voice's. */
bool lam_dissent_differs (
    const LamDissent *dissent, uint32_t mine, uint32_t theirs);
/* The project's label that one of the voice's is; 0: there is none yet, and
 * `class_id` and `name` (may be NULL; borrowed) say of what it would be. */
uint32_t lam_dissent_get_label (const LamDissent *dissent, uint32_t theirs,
    int32_t *class_id, const char **name);

int32_t lam_dissent_get_class (const LamDissent *dissent, uint32_t theirs);
int64_t lam_dissent_get_voice (const LamDissent *dissent);

/* By its id; LAM_ERROR_MISSING when it was taken away. */
LamVoice *lam_dissent_find_voice (
    LamStore *store, int64_t id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The newest that is about a voxel; LAM_ERROR_MISSING: none is. */
LamVoice *lam_dissent_find_voice_at (LamStore *store, const int64_t voxel[3],
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What both say of a brick: of the `i`th key. */
typedef struct {
  LamLabelBrick *mine, *theirs; /* Owned; or NULL */
} LamDissentBricks;
void lam_dissent_bricks_clear (LamDissentBricks *two);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamDissentBricks, lam_dissent_bricks_clear)
bool lam_dissent_read (
    const LamDissent *dissent, guint i, LamDissentBricks *two, GError **error);
typedef struct {
  uint32_t mine, theirs;
} LamDissentPair;
/* Of a voxel; false: the voice says nothing of it. */
bool lam_dissent_bricks_get (
    const LamDissentBricks *two, int i, LamDissentPair *pair);
/* The same by its place in the volume; LAM_ERROR_MISSING: it says nothing. */
bool lam_dissent_read_voxel (const LamDissent *dissent, const int64_t voxel[3],
    LamDissentPair *pair, GError **error);

/* What both call one object: all voxels of the voice's label and of mine that
 * is the same; of a class without instances, all of the class. */
typedef struct {
  const LamDissent *dissent; /* Borrowed */
  LamDissentPair pair; /* 0: who has no such object */
  int32_t class_id;
  bool is_class; /* all of it; the pair does not matter */
} LamDissentObject;
/* The object that is at a voxel of which both say `pair`: the voice's, or mine
 * where it says background. False: there is none. */
bool lam_dissent_get_object (
    const LamDissent *dissent, LamDissentPair pair, LamDissentObject *object);
bool lam_dissent_object_has (
    const LamDissentObject *object, LamDissentPair pair);
