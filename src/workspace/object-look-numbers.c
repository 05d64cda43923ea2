/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels that the parts made are given again, in the order of objects; so the
 * numbers do not depend on the parts either, unless a person has used one of
 * them meanwhile. What is left of them is taken back. */
#include "workspace/object-look-private.h"

#include "base/brick-number.h"

/* Rows of the history that are searched for what a person did meanwhile. */
#define MAX_ROWS 4096

/* A person took it for something of his own. */
static void
note_used (LamObjectWork *work, const LamObjectPlanes *planes)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (planes->labels[i] != 0
        && !lam_object_look_is_said (work->look, planes->sources[i]))
      g_hash_table_add (work->used, GUINT_TO_POINTER (planes->labels[i]));
}

/* Where a person was at work since the first part. False with `error`, or where
 * it was about rows, such as regions, or is too much to look at. */
static bool
note_meanwhile (LamObjectWork *work, GError **error)
{
  const LamObjectLook *look = work->look;
  g_autofree LamObjectPlanes *planes = g_new (LamObjectPlanes, 1);
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (look->store, 0, MAX_ROWS, false, error);
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    if (row->id <= look->acts->first_edit)
      return true;
    if (row->run != 0)
      continue;
    if (row->n_bricks == 0)
      return false;
    const LamBox bricks = lam_box_bricks (&row->box);
    for (int64_t n = 0; n < lam_box_volume (&bricks); n++) {
      if (!lam_object_look_read_planes (
              look->now, lam_brick_of_number (&bricks, n), planes, error))
        return false;
      note_used (work, planes);
    }
  }
  return rows && rows->len < MAX_ROWS;
}

static bool
is_untouched (const LamLabel *row)
{
  return row && !row->deleted && row->name[0] == '\0' && !row->locked
      && !row->hidden && row->rgb == LAM_RGB_AUTO && !row->group
      && row->state == LAM_LABEL_NOT_STARTED;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

bool
lam_object_look_find_free (LamObjectWork *work, GError **error)
{
  const LamObjectLook *look = work->look;
  GError *problem = NULL;
  work->free = g_array_new (false, false, sizeof (uint32_t));
  if (look->acts->first_edit == 0)
    return true;
  const bool is_known = note_meanwhile (work, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  for (guint i = 0; is_known && i < look->acts->made->len; i++) {
    const uint32_t id = g_array_index (look->acts->made, uint32_t, i);
    if (lam_object_look_find_place (work, id) > 0
        && !lam_class_table_is_locked (work->classes, id)
        && is_untouched (lam_class_table_get_label (work->classes, id))
        && !g_hash_table_contains (work->used, GUINT_TO_POINTER (id)))
      g_array_append_val (work->free, id);
  }
  g_array_sort (work->free, compare_numbers);
  return true;
}

uint32_t
lam_object_look_next_id (gpointer data)
{
  LamObjectWork *work = data;
  return work->n_given < work->free->len
      ? g_array_index (work->free, uint32_t, work->n_given++)
      : lam_label_numbers_take (work->look->numbers);
}

/* Places are the numbers of classes here, from 1. */
int32_t
lam_object_look_get_class (uint32_t label, gpointer data)
{
  const guint place = lam_object_look_find_place (data, label);
  return place > 0 ? (int32_t)place : -1;
}

static void
add_row (LamObjectWork *work, const LamLabel *before, const LamLabel *after)
{
  g_ptr_array_add (work->look->rows, lam_row_change_new_label (before, after));
}

/* A number that was given: of a part, whose row may be of another class, or a
 * new one. */
static void
make_row (LamObjectWork *work, const LamObject *object)
{
  const LamLabel *there = lam_class_table_get_label (work->classes, object->id);
  LamLabel after = { .id = object->id,
    .name = (char *)"",
    .class_id =
        g_array_index (work->look->class_ids, int32_t, object->class_id - 1),
    .rgb = LAM_RGB_AUTO };
  LamLabel before = after;
  before.deleted = true;
  if (!there)
    add_row (work, &before, &after);
  else if (there->class_id != after.class_id) {
    after = *there;
    after.class_id =
        g_array_index (work->look->class_ids, int32_t, object->class_id - 1);
    add_row (work, there, &after);
  }
}

void
lam_object_look_make_rows (LamObjectWork *work)
{
  for (guint i = 0; i < work->found->len; i++)
    make_row (work, &g_array_index (work->found, LamObject, i));
  for (guint i = work->n_given; i < work->free->len; i++) {
    const LamLabel *there = lam_class_table_get_label (
        work->classes, g_array_index (work->free, uint32_t, i));
    LamLabel after = *there;
    after.deleted = true;
    add_row (work, there, &after);
  }
}
