/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In edit_row a class, label, region or note is GVariant text, which is the
 * same on every machine and can be read by a person: ('cell', 3, …). */
#include "store/row-text.h"

#include "store/label-text.h"

/* Of classes of which nobody says whether they are organelles, as in histories
 * from before that could be said. */
#define PLAIN_CLASS_TYPE "(isuibbb)"
#define CLASS_TYPE "(isuibbbi)"
/* Of histories from before labels had a state and a group. */
#define OLD_LABEL_TYPE "(usiubbbt)"
#define REGION_TYPE "(is(xxx)(xxx)iis)"
/* Of histories from before regions had a note. */
#define OLD_REGION_TYPE "(is(xxx)(xxx)ii)"
#define NOTE_TYPE "(isssxa(ddd))"

char *
lam_row_text_of_class (const LamClass *row)
{
  if (!row)
    return NULL;
  const char *name = row->name ? row->name : "";
  g_autoptr (GVariant) value =
      g_variant_ref_sink (row->organelle == LAM_ORGANELLE_BY_NAME
              ? g_variant_new (PLAIN_CLASS_TYPE, row->id, name, row->rgb,
                  row->key, row->locked, row->hidden, row->has_instances)
              : g_variant_new (CLASS_TYPE, row->id, name, row->rgb, row->key,
                  row->locked, row->hidden, row->has_instances,
                  (int)row->organelle));
  return g_variant_print (value, false);
}

char *
lam_row_text_of_label (const LamLabel *row)
{
  return row ? lam_label_text_write (row) : NULL;
}

static LamClass *
class_of_text (const char *text, GError **error)
{
  g_autoptr (GVariant) plain = g_variant_parse (
      G_VARIANT_TYPE (PLAIN_CLASS_TYPE), text, NULL, NULL, NULL);
  g_autoptr (GVariant) said = plain
      ? NULL
      : g_variant_parse (G_VARIANT_TYPE (CLASS_TYPE), text, NULL, NULL, error);
  int organelle = LAM_ORGANELLE_BY_NAME;
  if (said)
    g_variant_get_child (said, 7, "i", &organelle);
  if ((!plain && !said) || organelle < 0 || organelle >= LAM_N_ORGANELLES)
    return NULL;
  gboolean locked, hidden, has_instances;
  LamClass *row = g_new0 (LamClass, 1);
  if (plain)
    g_variant_get (plain, PLAIN_CLASS_TYPE, &row->id, &row->name, &row->rgb,
        &row->key, &locked, &hidden, &has_instances);
  else
    g_variant_get (said, CLASS_TYPE, &row->id, &row->name, &row->rgb, &row->key,
        &locked, &hidden, &has_instances, NULL);
  row->organelle = (LamOrganelle)organelle;
  row->locked = locked;
  row->hidden = hidden;
  row->has_instances = has_instances;
  return row;
}

static LamLabel *
label_of_text (const char *text, GError **error)
{
  LamLabel *plain = lam_label_text_try_read (text);
  if (plain)
    return plain;
  g_autoptr (GVariant) old =
      g_variant_parse (G_VARIANT_TYPE (OLD_LABEL_TYPE), text, NULL, NULL, NULL);
  g_autoptr (GVariant) new = old
      ? NULL
      : g_variant_parse (
          G_VARIANT_TYPE (LAM_LABEL_TEXT_TYPE), text, NULL, NULL, error);
  int state = LAM_LABEL_NOT_STARTED;
  if (new)
    g_variant_get_child (new, 8, "i", &state);
  if ((!old && !new) || state < 0 || state >= LAM_N_LABEL_STATES)
    return NULL;
  gboolean locked, hidden, deleted;
  LamLabel *row = g_new0 (LamLabel, 1);
  if (old)
    g_variant_get (old, OLD_LABEL_TYPE, &row->id, &row->name, &row->class_id,
        &row->rgb, &locked, &hidden, &deleted, &row->original_id);
  else
    g_variant_get (new, LAM_LABEL_TEXT_TYPE, &row->id, &row->name,
        &row->class_id, &row->rgb, &locked, &hidden, &deleted,
        &row->original_id, NULL, &row->group);
  if (row->group && !*row->group)
    g_clear_pointer (&row->group, g_free);
  row->state = (LamLabelState)state;
  row->locked = locked;
  row->hidden = hidden;
  row->deleted = deleted;
  return row;
}

char *
lam_row_text_of_region (const LamRegion *row)
{
  if (!row)
    return NULL;
  const int64_t *min = row->box.min, *max = row->box.max;
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new (REGION_TYPE, row->id, row->name ? row->name : "", min[0],
          min[1], min[2], max[0], max[1], max[2], (int)row->role,
          (int)row->review, row->note ? row->note : ""));
  return g_variant_print (value, false);
}

static LamRegion *
region_of_text (const char *text, GError **error)
{
  g_autoptr (GVariant) old = g_variant_parse (
      G_VARIANT_TYPE (OLD_REGION_TYPE), text, NULL, NULL, NULL);
  g_autoptr (GVariant) new = old
      ? NULL
      : g_variant_parse (G_VARIANT_TYPE (REGION_TYPE), text, NULL, NULL, error);
  if (!old && !new)
    return NULL;
  g_autoptr (LamRegion) row = g_new0 (LamRegion, 1);
  int64_t *min = row->box.min, *max = row->box.max;
  int role, review;
  if (old)
    g_variant_get (old, OLD_REGION_TYPE, &row->id, &row->name, &min[0], &min[1],
        &min[2], &max[0], &max[1], &max[2], &role, &review);
  else
    g_variant_get (new, REGION_TYPE, &row->id, &row->name, &min[0], &min[1],
        &min[2], &max[0], &max[1], &max[2], &role, &review, &row->note);
  if (role < 0 || role >= LAM_N_REGION_ROLES || review < 0
      || review >= LAM_N_REVIEWS)
    return NULL;
  if (old)
    row->note = g_strdup ("");
  row->role = (LamRegionRole)role;
  row->review = (LamReview)review;
  return g_steal_pointer (&row);
}

char *
lam_row_text_of_note (const LamNote *row)
{
  if (!row)
    return NULL;
  g_auto (GVariantBuilder) corners =
      G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ddd)"));
  for (int i = 0; i < row->n_corners; i++) {
    const double *at = row->corners + 3 * i;
    g_variant_builder_add (&corners, "(ddd)", at[0], at[1], at[2]);
  }
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new (NOTE_TYPE, row->id, row->kind, row->text ? row->text : "",
          row->author ? row->author : "", row->time, &corners));
  return g_variant_print (value, false);
}

static LamNote *
note_of_text (const char *text, GError **error)
{
  g_autoptr (GVariant) value =
      g_variant_parse (G_VARIANT_TYPE (NOTE_TYPE), text, NULL, NULL, error);
  if (!value)
    return NULL;
  g_autoptr (LamNote) row = g_new0 (LamNote, 1);
  g_autoptr (GVariantIter) corners = NULL;
  g_variant_get (value, NOTE_TYPE, &row->id, &row->kind, &row->text,
      &row->author, &row->time, &corners);
  const gsize n = g_variant_iter_n_children (corners);
  if (n > LAM_NOTE_MAX_CORNERS)
    return NULL;
  row->corners = g_new (double, 3 * n + 1);
  for (; row->n_corners < (int)n; row->n_corners++) {
    double *at = row->corners + 3 * row->n_corners;
    g_variant_iter_next (corners, "(ddd)", &at[0], &at[1], &at[2]);
  }
  return lam_note_check (row, NULL, error) ? g_steal_pointer (&row) : NULL;
}

/* ---- Changes ------------------------------------------------------------ */

char *
lam_row_text_before (const LamRowChange *change)
{
  if (change->kind == LAM_ROW_REGION)
    return lam_row_text_of_region (change->region_before);
  if (change->kind == LAM_ROW_NOTE)
    return lam_row_text_of_note (change->note_before);
  return change->kind == LAM_ROW_CLASS
      ? lam_row_text_of_class (change->class_before)
      : lam_row_text_of_label (change->label_before);
}

char *
lam_row_text_after (const LamRowChange *change)
{
  if (change->kind == LAM_ROW_REGION)
    return lam_row_text_of_region (change->region_after);
  if (change->kind == LAM_ROW_NOTE)
    return lam_row_text_of_note (change->note_after);
  return change->kind == LAM_ROW_CLASS
      ? lam_row_text_of_class (change->class_after)
      : lam_row_text_of_label (change->label_after);
}

/* False when the text is no row of that kind. */
static bool
read_side (LamRowChange *change, const char *text, bool after, GError **error)
{
  if (!text)
    return true;
  switch (change->kind) {
  case LAM_ROW_CLASS: {
    LamClass **row = after ? &change->class_after : &change->class_before;
    return (*row = class_of_text (text, error)) != NULL;
  }
  case LAM_ROW_LABEL: {
    LamLabel **row = after ? &change->label_after : &change->label_before;
    return (*row = label_of_text (text, error)) != NULL;
  }
  case LAM_ROW_REGION: {
    LamRegion **row = after ? &change->region_after : &change->region_before;
    return (*row = region_of_text (text, error)) != NULL;
  }
  case LAM_ROW_NOTE: {
    LamNote **row = after ? &change->note_after : &change->note_before;
    return (*row = note_of_text (text, error)) != NULL;
  }
  case LAM_N_ROW_KINDS:
    break;
  }
  return false;
}

LamRowChange *
lam_row_change_of_texts (
    int64_t kind, const char *before, const char *after, GError **error)
{
  if (kind < LAM_ROW_CLASS || kind >= LAM_N_ROW_KINDS || (!before && !after))
    return NULL;
  g_autoptr (LamRowChange) change = g_new0 (LamRowChange, 1);
  change->kind = (LamRowKind)kind;
  return read_side (change, before, false, error)
          && read_side (change, after, true, error)
      ? g_steal_pointer (&change)
      : NULL;
}
