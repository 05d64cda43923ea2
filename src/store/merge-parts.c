/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/merge-parts.h"

#include <string.h>

#include "store/row-text.h"

enum { MINE, MINE_BEFORE, THEIRS, THEIRS_BEFORE, N_SIDES };

static void
swap (char **a, char **b)
{
  char *was = *a;
  *a = *b;
  *b = was;
}

/* ---- Labels ------------------------------------------------------------- */

typedef enum { PART_STATE, PART_GROUP, PART_REST, N_PARTS } LabelPart;

static bool
label_has_same (LabelPart part, const LamLabel *a, const LamLabel *b)
{
  if (part == PART_STATE)
    return a->state == b->state;
  if (part == PART_GROUP)
    return g_strcmp0 (a->group, b->group) == 0;
  LamLabel as_b = *a;
  as_b.state = b->state;
  as_b.group = b->group;
  g_autofree char *one = lam_row_text_of_label (&as_b);
  g_autofree char *other = lam_row_text_of_label (b);
  return strcmp (one, other) == 0;
}

/* Borrows what it takes. */
static void
label_take (LabelPart part, LamLabel *to, const LamLabel *from)
{
  const LamLabel was = *to;
  if (part == PART_REST)
    *to = *from;
  to->state = part == PART_STATE ? from->state : was.state;
  to->group = part == PART_GROUP ? from->group : was.group;
}

static char *
merge_label (LamRowChange *const rows[N_SIDES], bool *is_conflict)
{
  const LamLabel *mine = rows[MINE]->label_after;
  const LamLabel *theirs = rows[THEIRS]->label_after;
  LamLabel result = *mine;
  for (LabelPart part = 0; part < N_PARTS; part++) {
    if (label_has_same (part, theirs, rows[THEIRS_BEFORE]->label_after)
        || label_has_same (part, theirs, mine))
      continue;
    if (label_has_same (part, mine, rows[MINE_BEFORE]->label_after))
      label_take (part, &result, theirs);
    else
      *is_conflict = true;
  }
  return lam_row_text_of_label (&result);
}

/* ---- Regions ------------------------------------------------------------ */

typedef enum {
  PART_NAME,
  PART_BOX,
  PART_ROLE,
  PART_REVIEW,
  PART_NOTE,
  N_REGION_PARTS
} RegionPart;

static bool
region_has_same (RegionPart part, const LamRegion *a, const LamRegion *b)
{
  switch (part) {
  case PART_NAME:
    return g_strcmp0 (a->name, b->name) == 0;
  case PART_BOX:
    return lam_box_equal (&a->box, &b->box);
  case PART_ROLE:
    return a->role == b->role;
  case PART_REVIEW:
    return a->review == b->review;
  case PART_NOTE:
    return g_strcmp0 (a->note, b->note) == 0;
  case N_REGION_PARTS:
    break;
  }
  g_return_val_if_reached (true);
}

/* Texts change places, so that each still has one owner. */
static void
region_take (RegionPart part, LamRegion *to, LamRegion *from)
{
  if (part == PART_NAME)
    swap (&to->name, &from->name);
  else if (part == PART_BOX)
    to->box = from->box;
  else if (part == PART_ROLE)
    to->role = from->role;
  else if (part == PART_REVIEW)
    to->review = from->review;
  else
    swap (&to->note, &from->note);
}

static char *
merge_region (LamRowChange *const rows[N_SIDES], bool *is_conflict)
{
  LamRegion *result = rows[MINE]->region_after;
  LamRegion *theirs = rows[THEIRS]->region_after;
  const LamRegion *before = rows[MINE_BEFORE]->region_after;
  for (RegionPart part = 0; part < N_REGION_PARTS; part++) {
    if (region_has_same (part, theirs, rows[THEIRS_BEFORE]->region_after)
        || region_has_same (part, theirs, result))
      continue;
    if (region_has_same (part, result, before)) {
      region_take (part, result, theirs);
    } else if (part == PART_NOTE) {
      char *both = lam_note_join_texts (result->note, theirs->note);
      g_free (result->note);
      result->note = both;
    } else {
      *is_conflict = true;
    }
  }
  return lam_row_text_of_region (result);
}

/* ------------------------------------------------------------------------- */

char *
lam_merge_parts (LamRowKind kind, const char *mine, const char *mine_before,
    const char *theirs, const char *theirs_before, bool *is_conflict)
{
  const char *texts[N_SIDES] = { mine, mine_before, theirs, theirs_before };
  LamRowChange *rows[N_SIDES];
  g_autoptr (GPtrArray) owned =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  if (kind != LAM_ROW_LABEL && kind != LAM_ROW_REGION)
    return NULL;
  for (int i = 0; i < N_SIDES; i++) {
    rows[i] =
        texts[i] ? lam_row_change_of_texts (kind, NULL, texts[i], NULL) : NULL;
    if (!rows[i])
      return NULL;
    g_ptr_array_add (owned, rows[i]);
  }
  return kind == LAM_ROW_LABEL ? merge_label (rows, is_conflict)
                               : merge_region (rows, is_conflict);
}
