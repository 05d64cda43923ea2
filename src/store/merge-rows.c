/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes come first, as labels name them. What is new in theirs gets its own
 * id where that is free here, and else a new one above all ids of both; but two
 * classes of one name are one class, as are two labels of a class that has but
 * one. A row that both changed stays mine, and a sentence says so; of a note
 * theirs comes beside it then, so that nothing that was written is lost. One
 * that only they took away goes, but where the result needs it. */
#include "store/merge-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/merge-parts.h"
#include "store/row-text.h"

/* ---- Rows as values ----------------------------------------------------- */

/* The text was made by us or checked as it was read; NULL gives NULL. */
static LamRowChange *
parse (LamRowKind kind, const char *text)
{
  return text ? lam_row_change_of_texts (kind, NULL, text, NULL) : NULL;
}

static const char *
get_name (const LamRowChange *row)
{
  return row->kind == LAM_ROW_CLASS ? row->class_after->name
      : row->kind == LAM_ROW_LABEL  ? row->label_after->name
      : row->kind == LAM_ROW_REGION ? row->region_after->name
      : *row->note_after->text      ? row->note_after->text
                                    : row->note_after->kind;
}

/* A label's id is taken before it comes into being, by a deleted row. */
static bool
is_there (LamRowKind kind, const char *text)
{
  g_autoptr (LamRowChange) row = text && *text ? parse (kind, text) : NULL;
  return row && (kind != LAM_ROW_LABEL || !row->label_after->deleted);
}

/* The row that counts here so far. */
static const char *
get_now (const LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  const char *text = lam_row_set_get (&merge->result, kind, id);
  return text ? text : lam_row_set_get (&merge->mine, kind, id);
}

/* A text of theirs with the ids that these things have here. */
static char *
translate (const LamRowMerge *merge, LamRowKind kind, const char *text)
{
  g_autoptr (LamRowChange) row = parse (kind, text);
  if (!row)
    return NULL;
  int64_t id = lam_id_map_get (merge->ids[kind], lam_row_change_get_id (row));
  switch (kind) {
  case LAM_ROW_CLASS:
    row->class_after->id = (int32_t)id;
    break;
  case LAM_ROW_LABEL:
    row->label_after->id = (uint32_t)id;
    row->label_after->class_id = (int32_t)lam_id_map_get (
        merge->ids[LAM_ROW_CLASS], row->label_after->class_id);
    break;
  case LAM_ROW_REGION:
    row->region_after->id = (int32_t)id;
    break;
  case LAM_ROW_NOTE:
    row->note_after->id = (int32_t)id;
    break;
  case LAM_N_ROW_KINDS:
    break;
  }
  return lam_row_text_after (row);
}

/* ---- What is new in theirs ---------------------------------------------- */

static bool
is_same_thing (
    const LamRowMerge *merge, const LamRowChange *mine, const LamRowChange *new)
{
  switch (new->kind) {
  case LAM_ROW_CLASS:
    return strcmp (mine->class_after->name, new->class_after->name) == 0;
  case LAM_ROW_LABEL:
    return !mine->label_after->deleted
        && mine->label_after->class_id
        == lam_id_map_get (
            merge->ids[LAM_ROW_CLASS], new->label_after->class_id);
  case LAM_ROW_REGION:
    return strcmp (mine->region_after->name, new->region_after->name) == 0
        && lam_box_equal (&mine->region_after->box, &new->region_after->box);
  case LAM_ROW_NOTE: /* find_same_note() */
  case LAM_N_ROW_KINDS:
    break;
  }
  return false;
}

/* There may be many: they are looked up, not compared one by one. */
static int64_t
find_same_note (LamRowMerge *merge, const char *text)
{
  if (!merge->my_notes)
    merge->my_notes = lam_row_lookup_new (merge->mine.texts[LAM_ROW_NOTE]);
  return lam_row_lookup_find (merge->my_notes, text);
}

/* One of mine that is the same thing; -1: none. */
static int64_t
find_same_thing (const LamRowMerge *merge, const LamRowChange *new)
{
  if (new->kind == LAM_ROW_LABEL) {
    int64_t class_id =
        lam_id_map_get (merge->ids[LAM_ROW_CLASS], new->label_after->class_id);
    g_autoptr (LamRowChange) class =
        parse (LAM_ROW_CLASS, get_now (merge, LAM_ROW_CLASS, class_id));
    if (!class || class->class_after->has_instances)
      return -1;
  }
  g_autoptr (GArray) ids =
      lam_row_set_list_ids (&merge->mine, &merge->mine, new->kind);
  for (guint i = 0; i < ids->len; i++) {
    int64_t id = g_array_index (ids, int64_t, i);
    g_autoptr (LamRowChange) mine =
        parse (new->kind, lam_row_set_get (&merge->mine, new->kind, id));
    if (mine && is_same_thing (merge, mine, new))
      return id;
  }
  return -1;
}

/* Above all ids of both. */
static int64_t
find_most (const LamRowMerge *merge, LamRowKind kind)
{
  const LamRowSet *sets[] = { &merge->mine, &merge->theirs };
  int64_t most = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (sets); i++) {
    GHashTableIter iter;
    gpointer id;
    g_hash_table_iter_init (&iter, sets[i]->texts[kind]);
    while (g_hash_table_iter_next (&iter, &id, NULL))
      most = MAX (most, *(int64_t *)id);
  }
  return most + 1;
}

static bool
is_taken (const LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  return lam_row_set_get (&merge->mine, kind, id)
      || lam_row_set_get (&merge->theirs, kind, id)
      || lam_row_set_get (&merge->result, kind, id);
}

/* Above all ids of both; where there is no more room, one that has never been
 * given. */
static bool
take_id (LamRowMerge *merge, LamRowKind kind, int64_t *id, GError **error)
{
  const int64_t limit = kind == LAM_ROW_LABEL ? UINT32_MAX : INT32_MAX;
  int64_t *next = &merge->next[kind];
  if (*next == 0)
    *next = find_most (merge, kind);
  if (*next > limit && !merge->is_full[kind]) {
    merge->is_full[kind] = true;
    *next = 1;
  }
  while (*next <= limit && is_taken (merge, kind, *next))
    (*next)++;
  *id = (*next)++;
  if (*id <= limit)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      kind == LAM_ROW_LABEL
          ? _ ("All label numbers up to %" G_GINT64_FORMAT " are taken")
          : kind == LAM_ROW_CLASS
          ? _ ("All class numbers up to %" G_GINT64_FORMAT " are taken")
          : kind == LAM_ROW_REGION
          ? _ ("All region numbers up to %" G_GINT64_FORMAT " are taken")
          : _ ("All note numbers up to %" G_GINT64_FORMAT " are taken"),
      limit);
  return false;
}

/* A region that both made: what either wrote of it is kept. */
static void
keep_both_notes (LamRowMerge *merge, int64_t id, const char *note)
{
  g_autoptr (LamRowChange) row =
      parse (LAM_ROW_REGION, get_now (merge, LAM_ROW_REGION, id));
  if (!row)
    return;
  LamRegion *region = row->region_after;
  char *both = lam_note_join_texts (region->note, note);
  const bool is_new = g_strcmp0 (both, region->note) != 0;
  g_free (region->note);
  region->note = both;
  if (is_new)
    lam_row_set_put (
        &merge->result, LAM_ROW_REGION, id, lam_row_text_of_region (region));
}

static bool
add_new (LamRowMerge *merge, LamRowKind kind, int64_t id, const char *text,
    GError **error)
{
  g_autoptr (LamRowChange) new = parse (kind, text);
  if (!new || (kind == LAM_ROW_LABEL && new->label_after->deleted))
    return true;
  int64_t same = kind == LAM_ROW_NOTE ? find_same_note (merge, text)
                                      : find_same_thing (merge, new);
  if (same >= 0) {
    lam_id_map_put (merge->ids[kind], id, same);
    merge->n_unified++;
    if (kind == LAM_ROW_REGION)
      keep_both_notes (merge, same, new->region_after->note);
    return true;
  }
  int64_t free_id = id;
  if (get_now (merge, kind, id) && !take_id (merge, kind, &free_id, error))
    return false;
  if (free_id != id)
    merge->n_renumbered++;
  lam_id_map_put (merge->ids[kind], id, free_id);
  lam_row_set_put (
      &merge->result, kind, free_id, translate (merge, kind, text));
  merge->n_new[kind]++;
  return true;
}

/* ---- What both had ------------------------------------------------------ */

static void
tell_conflict (LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  g_autoptr (LamRowChange) row = parse (kind, get_now (merge, kind, id));
  const char *name = row ? get_name (row) : _ ("(taken away)");
  char *text;
  if (kind == LAM_ROW_CLASS)
    text = g_strdup_printf (
        _ ("Class %" G_GINT64_FORMAT " “%s” was changed by both: yours stays"),
        id, name);
  else if (kind == LAM_ROW_LABEL)
    text = g_strdup_printf (
        _ ("Label %" G_GINT64_FORMAT " “%s” was changed by both: yours stays"),
        id, name);
  else if (kind == LAM_ROW_REGION)
    text = g_strdup_printf (
        _ ("Region %" G_GINT64_FORMAT " “%s” was changed by both: yours stays"),
        id, name);
  else
    text = g_strdup_printf (_ ("Note %" G_GINT64_FORMAT
                               " “%s” was changed by both: what either wrote "
                               "is kept"),
        id, name);
  g_ptr_array_add (merge->conflicts, text);
}

/* What theirs, translated, and mine were before: what both were as theirs
 * merged mine, if that was the same. */
static char *
find_before (const LamRowMerge *merge, LamRowKind kind, int64_t id,
    const char **mine_before)
{
  int64_t here = lam_id_map_get (merge->ids[kind], id);
  char *shared = merge->has_shared ? translate (merge, kind,
                     lam_row_set_get (&merge->theirs_shared, kind, id))
                                   : NULL;
  *mine_before = lam_row_set_get (&merge->mine_shared, kind, here);
  if (shared && g_strcmp0 (shared, *mine_before) == 0)
    return shared;
  g_free (shared);
  *mine_before = lam_row_set_get (&merge->mine_before, kind, here);
  return translate (
      merge, kind, lam_row_set_get (&merge->theirs_before, kind, id));
}

/* Theirs under a number of its own, whatever they called it. */
static bool
add_beside (LamRowMerge *merge, LamRowKind kind, int64_t id, GError **error)
{
  int64_t free_id;
  if (!take_id (merge, kind, &free_id, error))
    return false;
  lam_id_map_put (merge->ids[kind], id, free_id);
  lam_row_set_put (&merge->result, kind, free_id,
      translate (merge, kind, lam_row_set_get (&merge->theirs, kind, id)));
  merge->n_new[kind]++;
  return true;
}

static bool
merge_row (LamRowMerge *merge, LamRowKind kind, int64_t id, GError **error)
{
  int64_t here = lam_id_map_get (merge->ids[kind], id);
  const char *mine = lam_row_set_get (&merge->mine, kind, here);
  const char *mine_before;
  g_autofree char *theirs =
      translate (merge, kind, lam_row_set_get (&merge->theirs, kind, id));
  g_autofree char *theirs_before = find_before (merge, kind, id, &mine_before);
  if (g_strcmp0 (theirs, theirs_before) == 0 || g_strcmp0 (theirs, mine) == 0)
    return true;
  if (g_strcmp0 (mine, mine_before) != 0) {
    bool is_conflict = false;
    char *both = lam_merge_parts (
        kind, mine, mine_before, theirs, theirs_before, &is_conflict);
    if (!both || is_conflict)
      tell_conflict (merge, kind, here);
    if (g_strcmp0 (both, mine) == 0)
      g_clear_pointer (&both, g_free);
    if (both) {
      merge->n_changed++;
      lam_row_set_put (&merge->result, kind, here, both);
    }
    return kind != LAM_ROW_NOTE || !theirs
        || add_beside (merge, kind, id, error);
  }
  merge->n_changed++;
  /* An empty text: the row goes away. */
  lam_row_set_put (&merge->result, kind, here,
      theirs ? g_steal_pointer (&theirs) : g_strdup (""));
  return true;
}

void
lam_row_merge_begin (LamRowMerge *merge)
{
  for (int i = 0; i < LAM_N_ROW_KINDS; i++)
    merge->ids[i] = lam_id_map_new ();
  merge->conflicts = g_ptr_array_new_with_free_func (g_free);
  lam_row_set_begin (&merge->result);
}

bool
lam_row_merge_run (LamRowMerge *merge, GError **error)
{
  for (int kind = 0; kind < LAM_N_ROW_KINDS; kind++) {
    g_autoptr (GArray) ids = lam_row_set_list_ids (
        &merge->theirs, &merge->theirs_before, (LamRowKind)kind);
    for (guint i = 0; i < ids->len; i++) {
      int64_t id = g_array_index (ids, int64_t, i);
      const bool is_known =
          is_there ((LamRowKind)kind,
              lam_row_set_get (&merge->theirs_before, (LamRowKind)kind, id))
          || lam_id_map_has (merge->ids[kind], id);
      if (is_known ? !merge_row (merge, (LamRowKind)kind, id, error)
                   : !add_new (merge, (LamRowKind)kind, id,
                       lam_row_set_get (&merge->theirs, (LamRowKind)kind, id),
                       error))
        return false;
    }
  }
  return true;
}

/* ---- The end ------------------------------------------------------------ */

/* The row as either side has or had it; Owned, NULL when nobody did. */
static char *
find_row (const LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  const LamRowSet *sides[] = { &merge->mine, &merge->mine_before };
  for (size_t i = 0; i < G_N_ELEMENTS (sides); i++)
    if (is_there (kind, lam_row_set_get (sides[i], kind, id)))
      return g_strdup (lam_row_set_get (sides[i], kind, id));
  const LamRowSet *others[] = { &merge->theirs, &merge->theirs_before };
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    GHashTableIter iter;
    gpointer key, text;
    g_hash_table_iter_init (&iter, others[i]->texts[kind]);
    while (g_hash_table_iter_next (&iter, &key, &text))
      if (lam_id_map_get (merge->ids[kind], *(int64_t *)key) == id
          && is_there (kind, text))
        return translate (merge, kind, text);
  }
  return NULL;
}

/* They took it away, which does not hold as it is still used. */
static void
tell_kept (LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  g_autoptr (LamRowChange) row = parse (kind, get_now (merge, kind, id));
  merge->n_changed--;
  g_ptr_array_add (merge->conflicts,
      kind == LAM_ROW_CLASS
          ? g_strdup_printf (
              _ ("Class %" G_GINT64_FORMAT
                 " “%s” was taken away by them and is used by you: it stays"),
              id, get_name (row))
          : g_strdup_printf (
              _ ("Label %" G_GINT64_FORMAT
                 " “%s” was deleted by them and is used by you: it stays"),
              id, get_name (row)));
}

static void
keep_row (LamRowMerge *merge, LamRowKind kind, int64_t id)
{
  if (is_there (kind, get_now (merge, kind, id)))
    return;
  char *text = find_row (merge, kind, id);
  if (!text)
    return;
  lam_row_set_put (&merge->result, kind, id, text);
  if (is_there (kind, lam_row_set_get (&merge->mine, kind, id)))
    tell_kept (merge, kind, id);
}

bool
lam_row_merge_takes_labels (const LamRowMerge *merge)
{
  GHashTableIter iter;
  gpointer id, text;
  g_hash_table_iter_init (&iter, merge->result.texts[LAM_ROW_LABEL]);
  while (g_hash_table_iter_next (&iter, &id, &text))
    if (!is_there (LAM_ROW_LABEL, text)
        && is_there (LAM_ROW_LABEL,
            lam_row_set_get (&merge->mine, LAM_ROW_LABEL, *(int64_t *)id)))
      return true;
  return false;
}

/* A label that is there needs its class. */
static void
keep_classes (LamRowMerge *merge)
{
  g_autoptr (GArray) ids =
      lam_row_set_list_ids (&merge->mine, &merge->result, LAM_ROW_LABEL);
  for (guint i = 0; i < ids->len; i++) {
    const char *text =
        get_now (merge, LAM_ROW_LABEL, g_array_index (ids, int64_t, i));
    g_autoptr (LamRowChange) row =
        text && *text ? parse (LAM_ROW_LABEL, text) : NULL;
    if (row && !row->label_after->deleted)
      keep_row (merge, LAM_ROW_CLASS, row->label_after->class_id);
  }
}

static bool
is_key_taken (const LamRowMerge *merge, const LamClass *class)
{
  g_autoptr (GArray) ids =
      lam_row_set_list_ids (&merge->mine, &merge->result, LAM_ROW_CLASS);
  for (guint i = 0; i < ids->len; i++) {
    int64_t id = g_array_index (ids, int64_t, i);
    g_autoptr (LamRowChange) other =
        parse (LAM_ROW_CLASS, get_now (merge, LAM_ROW_CLASS, id));
    if (other && id != class->id && other->class_after->key == class->key)
      return true;
  }
  return false;
}

static bool
is_my_key (const LamRowMerge *merge, const LamClass *class)
{
  g_autoptr (LamRowChange) mine = parse (
      LAM_ROW_CLASS, lam_row_set_get (&merge->mine, LAM_ROW_CLASS, class->id));
  return mine && mine->class_after->key == class->key;
}

/* A key can be that of one class only: where several came to have it, those of
 * mine keep it. Only when all is merged, for keys may have been exchanged. */
static void
keep_keys_apart (LamRowMerge *merge)
{
  g_autoptr (GArray) ids =
      lam_row_set_list_ids (&merge->result, &merge->result, LAM_ROW_CLASS);
  for (guint i = 0; i < ids->len; i++) {
    int64_t id = g_array_index (ids, int64_t, i);
    g_autoptr (LamRowChange) row =
        parse (LAM_ROW_CLASS, get_now (merge, LAM_ROW_CLASS, id));
    LamClass *class = row ? row->class_after : NULL;
    if (!class || class->key == 0 || is_my_key (merge, class)
        || !is_key_taken (merge, class))
      continue;
    class->key = 0;
    lam_row_set_put (
        &merge->result, LAM_ROW_CLASS, id, lam_row_text_after (row));
  }
}

static void
list_changes (const LamRowMerge *merge, LamRowKind kind, GPtrArray *rows)
{
  g_autoptr (GArray) ids =
      lam_row_set_list_ids (&merge->result, &merge->result, kind);
  for (guint i = 0; i < ids->len; i++) {
    int64_t id = g_array_index (ids, int64_t, i);
    const char *before = lam_row_set_get (&merge->mine, kind, id);
    const char *after = lam_row_set_get (&merge->result, kind, id);
    if (!*after)
      after = NULL;
    if (g_strcmp0 (before, after) != 0)
      g_ptr_array_add (
          rows, lam_row_change_of_texts (kind, before, after, NULL));
  }
}

GPtrArray *
lam_row_merge_end (LamRowMerge *merge, GHashTable *used)
{
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, used);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    keep_row (merge, LAM_ROW_LABEL, GPOINTER_TO_UINT (id));
  keep_classes (merge);
  keep_keys_apart (merge);
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (int kind = 0; kind < LAM_N_ROW_KINDS; kind++)
    list_changes (merge, (LamRowKind)kind, rows);
  return rows;
}

void
lam_row_merge_clear (LamRowMerge *merge)
{
  lam_row_set_clear (&merge->mine);
  lam_row_set_clear (&merge->mine_before);
  lam_row_set_clear (&merge->theirs);
  lam_row_set_clear (&merge->theirs_before);
  lam_row_set_clear (&merge->mine_shared);
  lam_row_set_clear (&merge->theirs_shared);
  lam_row_set_clear (&merge->result);
  for (int i = 0; i < LAM_N_ROW_KINDS; i++)
    g_clear_pointer (&merge->ids[i], g_hash_table_unref);
  g_clear_pointer (&merge->conflicts, g_ptr_array_unref);
  g_clear_pointer (&merge->my_notes, g_hash_table_unref);
}
