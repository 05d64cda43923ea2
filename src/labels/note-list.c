/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes lie in an array in order of id. For each axis a second array holds them
 * in the order of the slice of their lowest corner; it is sorted when it is
 * asked for the first time after a change, which takes some milliseconds for
 * 10,000 notes: people change notes seldom and look at slices often. */
#include "labels/note-list.h"

#include <math.h>

/* A note's slices along one axis. */
typedef struct {
  int64_t low, high;
  const LamNote *note; /* Borrowed from `notes` */
} Span;

struct _LamNoteList {
  GPtrArray *notes; /* Owned; of LamNote, Owned, in order of id */
  GArray *spans[3]; /* Owned; of Span, in order of `low` */
  bool is_sorted[3];
  int32_t last_id;
};

LamNoteList *
lam_note_list_new (void)
{
  LamNoteList *list = g_new0 (LamNoteList, 1);
  list->notes = g_ptr_array_new_with_free_func ((GDestroyNotify)lam_note_free);
  for (int axis = 0; axis < 3; axis++)
    list->spans[axis] = g_array_new (false, false, sizeof (Span));
  return list;
}

void
lam_note_list_free (LamNoteList *list)
{
  for (int axis = 0; axis < 3; axis++)
    g_array_unref (list->spans[axis]);
  g_ptr_array_unref (list->notes);
  g_free (list);
}

size_t
lam_note_list_get_n (const LamNoteList *list)
{
  return list->notes->len;
}

const LamNote *
lam_note_list_get_nth (const LamNoteList *list, size_t i)
{
  g_return_val_if_fail (i < list->notes->len, NULL);
  return list->notes->pdata[i];
}

/* Where that id is, or would be. */
static guint
find_place (const LamNoteList *list, int32_t id)
{
  guint low = 0, high = list->notes->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (((LamNote *)list->notes->pdata[middle])->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const LamNote *
lam_note_list_get (const LamNoteList *list, int32_t id)
{
  const guint i = find_place (list, id);
  const LamNote *note = i < list->notes->len ? list->notes->pdata[i] : NULL;
  return note && note->id == id ? note : NULL;
}

int32_t
lam_note_list_get_next_id (const LamNoteList *list)
{
  return list->last_id < INT32_MAX ? list->last_id + 1 : 0;
}

void
lam_note_list_take_ids (LamNoteList *list, int32_t last_id)
{
  list->last_id = MAX (list->last_id, last_id);
}

void
lam_note_list_put (LamNoteList *list, int32_t id, const LamNote *note)
{
  LamNote *copy = lam_note_copy (note);
  const guint i = find_place (list, id);
  if (lam_note_list_get (list, id))
    g_ptr_array_remove_index (list->notes, i);
  if (copy)
    g_ptr_array_insert (list->notes, (int)i, copy);
  list->last_id = MAX (list->last_id, id);
  for (int axis = 0; axis < 3; axis++)
    list->is_sorted[axis] = false;
}

/* ---- By slice ----------------------------------------------------------- */

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const Span *x = a, *y = b;
  if (x->low != y->low)
    return x->low < y->low ? -1 : 1;
  return x->note->id < y->note->id ? -1 : x->note->id > y->note->id;
}

static void
sort (LamNoteList *list, int axis)
{
  GArray *spans = list->spans[axis];
  g_array_set_size (spans, 0);
  for (guint i = 0; i < list->notes->len; i++) {
    const LamNote *note = list->notes->pdata[i];
    Span span = { INT64_MAX, INT64_MIN, note };
    for (int k = 0; k < note->n_corners; k++) {
      const int64_t at = (int64_t)floor (note->corners[3 * k + axis]);
      span.low = MIN (span.low, at);
      span.high = MAX (span.high, at);
    }
    g_array_append_val (spans, span);
  }
  g_array_sort (spans, compare_spans);
  list->is_sorted[axis] = true;
}

/* The first that does not begin before that slice. */
static guint
find_first (const GArray *spans, int64_t slice)
{
  guint low = 0, high = spans->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (g_array_index (spans, Span, middle).low < slice)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The rectangle around its corners meets the one from `low` to `high`. */
static bool
is_in_sight (const LamNote *note, LamPlane plane, const double low[2],
    const double high[2])
{
  const int axes[2] = { lam_plane_u (plane), lam_plane_v (plane) };
  for (int i = 0; i < 2; i++) {
    double least = INFINITY, most = -INFINITY;
    for (int k = 0; k < note->n_corners; k++) {
      least = fmin (least, note->corners[3 * k + axes[i]]);
      most = fmax (most, note->corners[3 * k + axes[i]]);
    }
    if (most < low[i] || least > high[i])
      return false;
  }
  return true;
}

void
lam_note_list_find_near (LamNoteList *list, LamPlane plane, int64_t slice,
    int64_t reach, const double low[2], const double high[2], GPtrArray *found)
{
  const int axis = lam_plane_w (plane);
  if (!list->is_sorted[axis])
    sort (list, axis);
  const GArray *spans = list->spans[axis];
  for (guint i = find_first (spans, slice - reach); i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);
    if (span->low > slice + reach)
      break;
    if (span->high <= slice + reach
        && is_in_sight (span->note, plane, low, high))
      g_ptr_array_add (found, (gpointer)span->note);
  }
}
