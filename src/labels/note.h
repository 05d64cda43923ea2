/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes: what a person says of a place, beside the labels. A point of some kind
 * (a synapse, a question, …), a bookmark, a comment, or a measurement that was
 * kept. Plain values. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

/* Kinds that mean something to the program; every other one is a point of the
 * person's own. They are stored; they never change. */
#define LAM_NOTE_BOOKMARK "bookmark"
#define LAM_NOTE_COMMENT "comment"
#define LAM_NOTE_QUESTION "question"
#define LAM_NOTE_DISTANCE "distance"
#define LAM_NOTE_AREA "area"
#define LAM_NOTE_ANGLE "angle"

#define LAM_NOTE_MAX_CORNERS 4096
#define LAM_NOTE_MAX_KIND_BYTES 64
#define LAM_NOTE_MAX_TEXT_BYTES 16384

/* What the corners of a kind are. */
typedef enum {
  LAM_NOTE_POINT, /* one place */
  LAM_NOTE_WAY, /* a distance: along two places or more */
  LAM_NOTE_RING, /* an area: three or more around it */
  LAM_NOTE_CORNER, /* an angle: three, at the middle one */
} LamNoteShape;

typedef struct {
  int32_t id; /* from 1 */
  int n_corners;
  char *kind; /* Owned */
  char *text; /* Owned; "" for none */
  char *author; /* Owned; who wrote it first */
  int64_t time; /* of that; microseconds since 1970, UTC */
  double *corners; /* Owned; x, y, z of each, in level-0 voxels; a voxel's
                    * middle is at +0.5 */
} LamNote;

/* NULL gives NULL. */
LamNote *lam_note_copy (const LamNote *note) G_GNUC_WARN_UNUSED_RESULT;
void lam_note_free (LamNote *note);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamNote, lam_note_free)

LamNoteShape lam_note_shape (const char *kind);
/* Whether its corners would do for another kind. */
bool lam_note_fits (const LamNote *note, const char *kind);
/* False with LAM_ERROR_INPUT, when it has no kind, a text that is no text, too
 * few or too many corners, or one outside of a volume of `size` voxels (NULL:
 * of any size). */
bool lam_note_check (
    const LamNote *note, const int64_t size[3], GError **error);

/* Of a text alone: that it is one, and not too long. NULL is none. */
bool lam_note_check_text (const char *text, GError **error);
/* What two people wrote, one below the other; where one says all that the other
 * says, that one. NULL is "". */
char *lam_note_join_texts (
    const char *mine, const char *theirs) G_GNUC_WARN_UNUSED_RESULT;

/* Where to look for it: the middle of its corners. */
void lam_note_get_place (const LamNote *note, double place[3]);
/* The voxels around its corners. */
LamBox lam_note_get_box (const LamNote *note, const int64_t size[3]);

/* Of the way in nm, of the ring in nm² (of its largest shadow, if it is not
 * flat), of the corner in degrees from 0 to 180; 0 of a point. */
double lam_note_measure (const LamNote *note, const double voxel_size_nm[3]);
/* "512 nm", "0.128 µm²", "45.0°"; "" of a point. Where the size of voxels is
 * not known (`in_voxels`), nm are voxels. */
char *lam_note_dup_figure (const LamNote *note, const double voxel_size_nm[3],
    bool in_voxels) G_GNUC_WARN_UNUSED_RESULT;

/* The kinds of points that are offered, ends with NULL. */
const char *const *lam_note_offered_kinds (void);
/* "Synapse", in the person's language; a kind of the person's own as it is.
 * Borrowed. */
const char *lam_note_kind_title (const char *kind);
/* A kind's colour, 0xRRGGBB: the same for the same kind on every machine. */
uint32_t lam_note_kind_rgb (const char *kind);
