/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes are few beside labels: 10,000 are looked through in some milliseconds,
 * so that is done where it is asked for. */
#include <string.h>

#include "workspace/id-list.h"
#include "workspace/models.h"
#include "workspace/notes.h"

struct _LamNoteItem {
  GObject parent;
  GWeakRef workspace;
  int32_t id;
};

G_DEFINE_FINAL_TYPE (LamNoteItem, lam_note_item, G_TYPE_OBJECT)

static void
lam_note_item_finalize (GObject *object)
{
  g_weak_ref_clear (&LAM_NOTE_ITEM (object)->workspace);
  G_OBJECT_CLASS (lam_note_item_parent_class)->finalize (object);
}

static void
lam_note_item_class_init (LamNoteItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_note_item_finalize;
  g_signal_new ("changed", LAM_TYPE_NOTE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
      NULL, G_TYPE_NONE, 0);
}

static void
lam_note_item_init (LamNoteItem *item)
{
}

const LamNote *
lam_note_item_get_row (LamNoteItem *item)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&item->workspace);
  return workspace
      ? lam_note_list_get (lam_workspace_get_notes (workspace), item->id)
      : NULL;
}

static gpointer
make (LamWorkspace *workspace, int64_t id)
{
  LamNoteItem *item = g_object_new (LAM_TYPE_NOTE_ITEM, NULL);
  g_weak_ref_init (&item->workspace, workspace);
  item->id = (int32_t)id;
  return item;
}

/* ---- Which are listed --------------------------------------------------- */

typedef struct {
  char *kind; /* Owned; NULL: all */
  char *text; /* Owned; folded; "" for all */
} Filter;

static void
filter_free (gpointer data)
{
  Filter *filter = data;
  g_free (filter->kind);
  g_free (filter->text);
  g_free (filter);
}

static bool
has_text (const char *where, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (where, -1);
  return strstr (folded, text) != NULL;
}

static bool
is_listed (const LamNote *note, const Filter *filter)
{
  if (!filter)
    return true;
  if (filter->kind && strcmp (filter->kind, note->kind) != 0)
    return false;
  return !*filter->text || has_text (note->text, filter->text)
      || has_text (note->kind, filter->text)
      || has_text (note->author, filter->text);
}

static bool
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  const Filter *filter = g_object_get_data (G_OBJECT (list), "filter");
  const LamNoteList *notes = lam_workspace_get_notes (workspace);
  for (size_t i = 0; i < lam_note_list_get_n (notes); i++) {
    const LamNote *note = lam_note_list_get_nth (notes, i);
    const int64_t id = note->id;
    if (is_listed (note, filter))
      g_array_append_val (ids, id);
  }
  return true;
}

GListModel *
lam_note_model_new (LamWorkspace *workspace)
{
  static LamIdListKind kind = { .make = make, .collect = collect };
  kind.item_type = LAM_TYPE_NOTE_ITEM;
  LamIdList *list = lam_id_list_new (workspace, &kind);
  g_signal_connect_object (workspace, "notes-changed",
      G_CALLBACK (lam_id_list_refresh), list, G_CONNECT_SWAPPED);
  /* How long something is changes with the size of a voxel. */
  g_signal_connect_object (workspace, "image-changed",
      G_CALLBACK (lam_id_list_refresh), list, G_CONNECT_SWAPPED);
  return G_LIST_MODEL (list);
}

void
lam_note_model_set_filter (
    GListModel *model, const char *kind, const char *text)
{
  Filter *filter = g_new0 (Filter, 1);
  filter->kind = g_strdup (kind);
  filter->text = g_utf8_casefold (text, -1);
  g_object_set_data_full (G_OBJECT (model), "filter", filter, filter_free);
  lam_id_list_refresh (LAM_ID_LIST (model));
}

int32_t
lam_note_model_get_id (GListModel *model, guint position)
{
  return (int32_t)lam_id_list_get_id (LAM_ID_LIST (model), position);
}

guint
lam_note_model_find (GListModel *model, int32_t id)
{
  return lam_id_list_find (LAM_ID_LIST (model), id);
}
