/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The notes of a project: in order of id, and, to be drawn, by the slice that
 * they lie in. One thread. */
#pragma once

#include "base/plane.h"
#include "labels/note.h"

typedef struct _LamNoteList LamNoteList;

LamNoteList *lam_note_list_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_note_list_free (LamNoteList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamNoteList, lam_note_list_free)

size_t lam_note_list_get_n (const LamNoteList *list);
/* In order of id. Borrowed until the next change. */
const LamNote *lam_note_list_get_nth (const LamNoteList *list, size_t i);
/* NULL: there is none. */
const LamNote *lam_note_list_get (const LamNoteList *list, int32_t id);
/* Above all ids that were ever in the list: none is given twice. 0: there is no
 * more. */
int32_t lam_note_list_get_next_id (const LamNoteList *list);

/* From now on no id up to this one is given. */
void lam_note_list_take_ids (LamNoteList *list, int32_t last_id);

/* Sets the note of that id to a copy; NULL: it goes away. */
void lam_note_list_put (LamNoteList *list, int32_t id, const LamNote *note);

/* Appends those (const LamNote *, borrowed until the next change) that have all
 * corners in slices from `slice` - `reach` to `slice` + `reach` of a plane, and
 * around which a rectangle meets the one from `low` to `high` (u, v). In order
 * of their first slice. The time it takes grows with what is near, not with
 * all, but for the first time after a change. */
void lam_note_list_find_near (LamNoteList *list, LamPlane plane, int64_t slice,
    int64_t reach, const double low[2], const double high[2], GPtrArray *found);
