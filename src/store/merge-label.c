/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/merge-label.h"

#include <string.h>

#include "store/row-text.h"

typedef enum { PART_STATE, PART_GROUP, PART_REST, N_PARTS } LabelPart;

static bool
has_same (LabelPart part, const LamLabel *a, const LamLabel *b)
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
take_part (LabelPart part, LamLabel *to, const LamLabel *from)
{
  const LamLabel was = *to;
  if (part == PART_REST)
    *to = *from;
  to->state = part == PART_STATE ? from->state : was.state;
  to->group = part == PART_GROUP ? from->group : was.group;
}

char *
lam_merge_label (const char *mine, const char *mine_before, const char *theirs,
    const char *theirs_before, bool *is_conflict)
{
  const char *texts[] = { mine, mine_before, theirs, theirs_before };
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  const LamLabel *labels[G_N_ELEMENTS (texts)];
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    LamRowChange *row = texts[i]
        ? lam_row_change_of_texts (LAM_ROW_LABEL, NULL, texts[i], NULL)
        : NULL;
    if (!row)
      return NULL;
    g_ptr_array_add (rows, row);
    labels[i] = row->label_after;
  }
  LamLabel result = *labels[0];
  for (LabelPart part = 0; part < N_PARTS; part++) {
    if (has_same (part, labels[2], labels[3])
        || has_same (part, labels[2], labels[0]))
      continue;
    if (has_same (part, labels[0], labels[1]))
      take_part (part, &result, labels[2]);
    else
      *is_conflict = true;
  }
  return lam_row_text_of_label (&result);
}
