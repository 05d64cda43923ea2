/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far a person is with the likely errors of a project: what is left, and
 * what was said. Plain values. */
#pragma once

#include "labels/place.h"
#include "labels/region.h"

/* Boxes of which each voxel counts once. */
typedef struct _LamBoxSet LamBoxSet;
LamBoxSet *lam_box_set_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_box_set_free (LamBoxSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBoxSet, lam_box_set_free)
void lam_box_set_add (LamBoxSet *set, const LamBox *box);
int64_t lam_box_set_get_volume (const LamBoxSet *set);

/* How long a person takes for a place: the median of the last times between two
 * verdicts (LamVerdictRow, in order of time), pauses left out; negative while
 * there are too few to tell. */
double lam_error_pace_seconds (const GArray *verdicts);
/* "about 5 minutes left"; NULL when the seconds are negative. */
char *lam_error_dup_time_left (double seconds) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  bool is_known; /* a search has been done */
  int n_looked_at; /* places that a verdict which stands was said of */
  int n_left; /* places that nobody has looked at */
  bool are_more; /* than those: a search gives the best of many */
  double verified; /* share of the volume: in boxes that a person said are
                    * right, painted in, or in verified regions */
  double seconds_left; /* at the person's pace; negative: not known */
} LamErrorProgress;

typedef struct _LamErrorList LamErrorList;
/* Empty. `size`: of the volume, in voxels. */
LamErrorList *lam_error_list_new (
    const int64_t size[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_error_list_free (LamErrorList *list);
/* What a search found (LamPlace, the best first), the verdicts that it knew
 * (LamVerdictRow, in order of time), and what was written to them (id,
 * int64_t * → char *; NULL: nothing): takes all three over. `regions`: of
 * LamRegion. */
void lam_error_list_take (LamErrorList *list, GArray *places, GArray *verdicts,
    GHashTable *notes, const GPtrArray *regions);
/* One more verdict: places that it settles are no longer left. */
void lam_error_list_add (LamErrorList *list, const LamVerdictRow *row);
/* Those of `rows` (LamVerdictRow) that are not in it yet, in their order. */
void lam_error_list_add_missing (LamErrorList *list, const GArray *rows);
/* That verdict is no more; its places stay away. Known by its id, or, while it
 * has none, by its time, kind and box. */
void lam_error_list_remove (
    LamErrorList *list, const LamVerdictRow *row, const GPtrArray *regions);
/* The same of several, known by their ids (int64_t), with one count. */
void lam_error_list_remove_all (
    LamErrorList *list, const GArray *ids, const GPtrArray *regions);
/* The verdict, which had no id, is in the file by now. */
void lam_error_list_number (
    LamErrorList *list, const LamVerdictRow *row, int64_t id);
/* Id of the newest verdict in the file that was said of just that place, but
 * for `without`; 0: there is none. */
int64_t lam_error_list_find_row (
    const LamErrorList *list, const LamPlace *place, int64_t without);
/* What is written to a verdict from now on; NULL or "": nothing. */
void lam_error_list_set_note (LamErrorList *list, int64_t id, const char *note);
/* Ids (int64_t) of the others that were said at once with that one: of all
 * places where two people disagree about an object. */
GArray *lam_error_list_dup_said_with (const LamErrorList *list,
    const LamVerdictRow *row) G_GNUC_WARN_UNUSED_RESULT;
/* Regions, of LamRegion, were made, changed or taken away. */
void lam_error_list_heed_regions (LamErrorList *list, const GPtrArray *regions);
/* What was written to the newest verdict on that place; NULL: nothing. */
const char *lam_error_list_get_note (
    const LamErrorList *list, const LamPlace *place);
/* What is left, also what somebody was unsure of. Borrowed until a change. */
const GArray *lam_error_list_get_places (const LamErrorList *list);
/* The best that none of `rows` (LamVerdictRow) covers; NULL: none. Borrowed
 * until a change. */
const LamPlace *lam_error_list_find_other (
    const LamErrorList *list, const GArray *rows);
/* All but `is_known`. */
LamErrorProgress lam_error_list_get_progress (const LamErrorList *list);
