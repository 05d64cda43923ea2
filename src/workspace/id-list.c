/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/id-list.h"

struct _LamIdList {
  GObject parent;

  const LamIdListKind *kind; /* Borrowed: static */
  GWeakRef workspace;
  GArray *ids; /* Owned; uint32_t */
  GHashTable *items; /* id → item, Borrowed: weak references */
  GHashTable *ids_of; /* where an item is or was → its id */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LamIdList, lam_id_list, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return LAM_ID_LIST (model)->kind->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return LAM_ID_LIST (model)->ids->len;
}

static void
item_gone_cb (gpointer data, GObject *where_the_item_was)
{
  LamIdList *list = data;
  gpointer id = g_hash_table_lookup (list->ids_of, where_the_item_was);
  g_hash_table_remove (list->ids_of, where_the_item_was);
  g_hash_table_remove (list->items, id);
}

static gpointer
get_item (GListModel *model, guint position)
{
  LamIdList *list = LAM_ID_LIST (model);
  if (position >= list->ids->len)
    return NULL;
  uint32_t id = g_array_index (list->ids, uint32_t, position);
  gpointer item = g_hash_table_lookup (list->items, GUINT_TO_POINTER (id));
  if (item)
    return g_object_ref (item);
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&list->workspace);
  item = list->kind->make (workspace, id);
  g_hash_table_insert (list->items, GUINT_TO_POINTER (id), item);
  g_hash_table_insert (list->ids_of, item, GUINT_TO_POINTER (id));
  g_object_weak_ref (item, item_gone_cb, list);
  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
lam_id_list_init (LamIdList *list)
{
  list->ids = g_array_new (false, false, sizeof (uint32_t));
  list->items = g_hash_table_new (NULL, NULL);
  list->ids_of = g_hash_table_new (NULL, NULL);
}

static void
lam_id_list_finalize (GObject *object)
{
  LamIdList *list = LAM_ID_LIST (object);
  GHashTableIter iter;
  gpointer item;
  g_hash_table_iter_init (&iter, list->items);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_object_weak_unref (item, item_gone_cb, list);
  g_hash_table_unref (list->items);
  g_hash_table_unref (list->ids_of);
  g_array_unref (list->ids);
  g_weak_ref_clear (&list->workspace);
  G_OBJECT_CLASS (lam_id_list_parent_class)->finalize (object);
}

static void
lam_id_list_class_init (LamIdListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_id_list_finalize;
}

/* Replaces the ids; one items-changed over what differs in the middle. */
static void
replace_ids (LamIdList *list, GArray *next)
{
  GArray *old = list->ids;
  guint head = 0, tail = 0, least = MIN (old->len, next->len);
#define ID(array, i) g_array_index (array, uint32_t, i)
  while (head < least && ID (old, head) == ID (next, head))
    head++;
  while (tail < least - head
      && ID (old, old->len - 1 - tail) == ID (next, next->len - 1 - tail))
    tail++;
#undef ID
  guint removed = old->len - head - tail, added = next->len - head - tail;
  list->ids = next;
  g_array_unref (old);
  if (removed > 0 || added > 0)
    g_list_model_items_changed (G_LIST_MODEL (list), head, removed, added);
}

/* The rows of items that somebody holds may be others now. */
static void
tell_held (LamIdList *list)
{
  g_autoptr (GList) held = g_hash_table_get_values (list->items);
  g_list_foreach (held, (GFunc)(void (*) (void))g_object_ref, NULL);
  for (GList *link = held; link; link = link->next) {
    g_signal_emit_by_name (link->data, "changed");
    g_object_unref (link->data);
  }
}

void
lam_id_list_refresh (LamIdList *list)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&list->workspace);
  if (!workspace)
    return;
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (uint32_t));
  if (list->kind->collect (list, workspace, ids))
    replace_ids (list, g_steal_pointer (&ids));
  tell_held (list);
}

void
lam_id_list_take (LamIdList *list, GArray *ids)
{
  replace_ids (list, ids);
  tell_held (list);
}

uint32_t
lam_id_list_get_id (LamIdList *list, guint position)
{
  return position < list->ids->len
      ? g_array_index (list->ids, uint32_t, position)
      : 0;
}

guint
lam_id_list_find (LamIdList *list, uint32_t id)
{
  for (guint i = 0; i < list->ids->len; i++)
    if (g_array_index (list->ids, uint32_t, i) == id)
      return i;
  return G_MAXUINT;
}

LamIdList *
lam_id_list_new (LamWorkspace *workspace, const LamIdListKind *kind)
{
  LamIdList *list = g_object_new (LAM_TYPE_ID_LIST, NULL);
  list->kind = kind;
  g_weak_ref_init (&list->workspace, workspace);
  g_signal_connect_object (workspace, "classes-changed",
      G_CALLBACK (lam_id_list_refresh), list, G_CONNECT_SWAPPED);
  lam_id_list_refresh (list);
  return list;
}
