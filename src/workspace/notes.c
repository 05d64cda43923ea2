/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/notes.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/person.h"
#include "workspace/notes-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

LamNoteList *
lam_workspace_get_notes (LamWorkspace *workspace)
{
  return workspace->notes;
}

void
lam_notes_take (LamWorkspace *workspace, LamStore *store)
{
  const GPtrArray *notes = lam_store_get_notes (store);
  lam_note_list_free (workspace->notes);
  workspace->notes = lam_note_list_new ();
  lam_note_list_take_ids (workspace->notes, lam_store_get_last_note_id (store));
  for (guint i = 0; i < notes->len; i++) {
    const LamNote *note = notes->pdata[i];
    lam_note_list_put (workspace->notes, note->id, note);
  }
}

/* "Synapse “next to the spine”": one line of what a person calls it. */
static char *
describe (const LamNote *note)
{
  const char *title = lam_note_kind_title (note->kind);
  char *what = *note->text ? g_strdup_printf ("%s “%s”", title, note->text)
                           : g_strdup (title);
  char *newline = strchr (what, '\n');
  if (newline)
    *newline = '\0';
  return what;
}

/* Takes `rows` and `detail`. */
static void
push (LamWorkspace *workspace, GPtrArray *rows, const LamBox *box, char *detail)
{
  lam_queue_apply_rows (workspace, rows);
  lam_queue_push_rows_at (workspace, "note", rows, box, detail);
  g_free (detail);
}

/* Takes both. */
static void
push_change (LamWorkspace *workspace, LamRowChange *change, char *detail)
{
  const LamNote *before = change->note_before, *after = change->note_after;
  LamBox box = { 0 }, other = { 0 };
  if (before)
    box = lam_note_get_box (before, workspace->size);
  if (after)
    other = lam_note_get_box (after, workspace->size);
  box = lam_box_unite (&box, &other);
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  push (workspace, rows, &box, detail);
}

int32_t
lam_workspace_add_note (
    LamWorkspace *workspace, const LamNote *note, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !lam_note_check (note, workspace->size, error))
    return 0;
  g_autofree char *author = lam_person_dup_name ();
  LamNote row = *note;
  row.id = lam_note_list_get_next_id (workspace->notes);
  if (row.id == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("All note numbers up to %d are taken"), INT32_MAX);
    return 0;
  }
  row.text = row.text ? row.text : (char *)"";
  row.author = author;
  row.time = g_get_real_time ();
  g_autofree char *what = describe (&row);
  push_change (workspace, lam_row_change_new_note (NULL, &row),
      g_strdup_printf (_ ("New note: %s"), what));
  return row.id;
}

static const LamNote *
find_note (LamWorkspace *workspace, int32_t id, GError **error)
{
  const LamNote *note = lam_note_list_get (workspace->notes, id);
  if (!note)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no note %d in this project"), id);
  return note;
}

static bool
is_at_same_place (const LamNote *a, const LamNote *b)
{
  return a->n_corners == b->n_corners
      && memcmp (a->corners, b->corners,
             (size_t)a->n_corners * 3 * sizeof *a->corners)
      == 0;
}

bool
lam_workspace_set_note (
    LamWorkspace *workspace, const LamNote *note, GError **error)
{
  const LamNote *now = find_note (workspace, note->id, error);
  if (!now || !lam_queue_check_rows_free (workspace, error)
      || !lam_note_check (note, workspace->size, error))
    return false;
  LamNote row = *note;
  row.text = row.text ? row.text : (char *)"";
  row.author = now->author;
  row.time = now->time;
  const bool is_same = is_at_same_place (now, &row);
  if (is_same && strcmp (now->kind, row.kind) == 0
      && strcmp (now->text, row.text) == 0)
    return true;
  g_autofree char *what = describe (&row);
  push_change (workspace, lam_row_change_new_note (now, &row),
      is_same ? g_strdup_printf (_ ("Changed note: %s"), what)
              : g_strdup_printf (_ ("Moved note: %s"), what));
  return true;
}

bool
lam_workspace_remove_note (LamWorkspace *workspace, int32_t id, GError **error)
{
  const LamNote *now = find_note (workspace, id, error);
  if (!now || !lam_queue_check_rows_free (workspace, error))
    return false;
  g_autofree char *what = describe (now);
  push_change (workspace, lam_row_change_new_note (now, NULL),
      g_strdup_printf (_ ("Removed note: %s"), what));
  return true;
}

bool
lam_workspace_remove_notes (
    LamWorkspace *workspace, const GArray *ids, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error))
    return false;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  LamBox box = { 0 };
  for (guint i = 0; i < ids->len; i++) {
    const LamNote *now =
        find_note (workspace, g_array_index (ids, int32_t, i), error);
    if (!now)
      return false;
    if (!g_hash_table_add (seen, GINT_TO_POINTER (now->id)))
      continue;
    LamBox one = lam_note_get_box (now, workspace->size);
    box = lam_box_unite (&box, &one);
    g_ptr_array_add (rows, lam_row_change_new_note (now, NULL));
  }
  const guint n = rows->len;
  if (n > 0)
    push (workspace, g_steal_pointer (&rows), &box,
        g_strdup_printf (
            ngettext ("Removed %u note", "Removed %u notes", n), n));
  return true;
}
