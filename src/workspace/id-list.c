/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/id-list.h"

#include <string.h>

/* Rows that a view makes or frees in one turn, with a dozen widgets each; it
 * holds some 200. */
enum { ROWS_A_TURN = 24, ROWS_IN_VIEW = 250 };

/* An item that is to be that of another row. */
typedef struct {
  gpointer item; /* Owned */
  int64_t id;
} Other;

struct _LamIdList {
  GObject parent;

  const LamIdListKind *kind; /* Borrowed: static */
  GWeakRef workspace;
  GArray *ids; /* Owned; int64_t */
  GArray *next; /* Owned; what they become; NULL: they are it */
  bool is_held;
  guint turn; /* source of the next step; 0: none */
  GHashTable *items; /* id → item, Borrowed: weak references */
  GHashTable *ids_of; /* where an item is or was → the key of its id */
  GArray *others; /* Owned; of Other, while rows are exchanged */
};

static guint exchanged_signal;

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
forget_item (LamIdList *list, gpointer item)
{
  const int64_t *id = g_hash_table_lookup (list->ids_of, item);
  /* One that is listed no more, but held, may have a successor. */
  if (g_hash_table_lookup (list->items, id) == item)
    g_hash_table_remove (list->items, id);
  g_hash_table_remove (list->ids_of, item);
}

static void
know_item (LamIdList *list, gpointer item, int64_t id)
{
  int64_t *key = g_memdup2 (&id, sizeof id);
  g_hash_table_insert (list->ids_of, item, key);
  g_hash_table_replace (list->items, key, item);
}

static void
item_gone_cb (gpointer data, GObject *where_the_item_was)
{
  forget_item (data, where_the_item_was);
}

static gpointer
get_item (GListModel *model, guint position)
{
  LamIdList *list = LAM_ID_LIST (model);
  if (position >= list->ids->len)
    return NULL;
  const int64_t id = g_array_index (list->ids, int64_t, position);
  gpointer item = g_hash_table_lookup (list->items, &id);
  if (item)
    return g_object_ref (item);
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&list->workspace);
  item = list->kind->make (workspace, id);
  know_item (list, item, id);
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
  list->ids = g_array_new (false, false, sizeof (int64_t));
  list->items = g_hash_table_new (g_int64_hash, g_int64_equal);
  list->ids_of = g_hash_table_new_full (NULL, NULL, NULL, g_free);
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
  g_clear_pointer (&list->next, g_array_unref);
  g_clear_handle_id (&list->turn, g_source_remove);
  g_weak_ref_clear (&list->workspace);
  G_OBJECT_CLASS (lam_id_list_parent_class)->finalize (object);
}

static void become_others (LamIdList *list, guint at, guint n);

static void
lam_id_list_class_init (LamIdListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_id_list_finalize;
  exchanged_signal = g_signal_new_class_handler ("rows-exchanged",
      LAM_TYPE_ID_LIST, G_SIGNAL_RUN_LAST, G_CALLBACK (become_others), NULL,
      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
}

/* --- changing ------------------------------------------------------------- */

/* A part of the list that is exchanged for the same part of what comes. */
typedef struct {
  guint at, n_removed, n_added;
} Change;

/* What differs in the middle. */
static Change
find_change (const LamIdList *list)
{
  const GArray *old = list->ids, *next = list->next;
  const guint least = MIN (old->len, next->len);
  guint head = 0, tail = 0;
#define ID(array, i) g_array_index (array, int64_t, i)
  while (head < least && ID (old, head) == ID (next, head))
    head++;
  while (tail < least - head
      && ID (old, old->len - 1 - tail) == ID (next, next->len - 1 - tail))
    tail++;
#undef ID
  return (Change){ head, old->len - head - tail, next->len - head - tail };
}

/* How far from `at` no more than `n_held` of `n` rows are held. */
static guint
count_rows (const LamIdList *list, guint at, guint n, guint n_held)
{
  for (guint i = 0; i < n; i++) {
    if (g_hash_table_contains (
            list->items, &g_array_index (list->ids, int64_t, at + i))
        && n_held-- == 0)
      return i;
  }
  return n;
}

/* The longest part of some rows that nobody holds. */
static Change
find_free (const LamIdList *list, guint at, guint n)
{
  Change longest = { at, 0, 0 };
  guint start = at;
  for (guint i = at; i <= at + n; i++) {
    const bool is_end = i == at + n
        || g_hash_table_contains (
            list->items, &g_array_index (list->ids, int64_t, i));
    if (is_end && i - start > longest.n_removed)
      longest = (Change){ start, i - start, 0 };
    if (is_end)
      start = i + 1;
  }
  return longest;
}

/* Of rows that go, first those that are not in view; then the last ones, each
 * of which brings another into view, which takes as long to make as a row to
 * free.
 */
static Change
cut_removal (const LamIdList *list, guint at, guint n)
{
  const Change unseen = find_free (list, at, n);
  const guint n_last = MIN (n, ROWS_A_TURN);
  return unseen.n_removed > ROWS_A_TURN
      ? unseen
      : (Change){ at + n - n_last, n_last, 0 };
}

/* So much of the change as is done in a turn: first the list becomes as short
 * as it will be, or else the rows that stay as many, or else longer. */
static Change
cut_change (const LamIdList *list, const Change *all)
{
  const guint both = MIN (all->n_removed, all->n_added);
  if (all->n_removed > both)
    return cut_removal (list, all->at + both, all->n_removed - both);
  if (both > 0) {
    const guint n = count_rows (list, all->at, both, ROWS_A_TURN);
    return (Change){ all->at, n, n };
  }
  const bool is_short = list->ids->len < ROWS_IN_VIEW;
  return (Change){ all->at, 0,
    is_short ? MIN (all->n_added, ROWS_A_TURN) : all->n_added };
}

static bool
is_small (const Change *all)
{
  return all->n_added <= ROWS_A_TURN && all->n_removed <= ROWS_A_TURN;
}

static void
apply_change (LamIdList *list, const Change *change)
{
  if (change->n_removed > 0)
    g_array_remove_range (list->ids, change->at, change->n_removed);
  if (change->n_added > 0)
    g_array_insert_vals (list->ids, change->at,
        &g_array_index (list->next, int64_t, change->at), change->n_added);
}

static bool
is_there (const LamIdList *list)
{
  const guint n = list->ids->len;
  return n == list->next->len
      && (n == 0
          || memcmp (list->ids->data, list->next->data, n * sizeof (int64_t))
              == 0);
}

static bool
can_exchange (LamIdList *list)
{
  return list->kind->become
      && g_signal_has_handler_pending (list, exchanged_signal, 0, true);
}

static void
other_clear (gpointer data)
{
  g_object_unref (((Other *)data)->item);
}

/* In the midst of the signal: whoever listens has heard of it. */
static void
become_others (LamIdList *list, guint at, guint n)
{
  for (guint i = 0; i < list->others->len; i++)
    forget_item (list, g_array_index (list->others, Other, i).item);
  for (guint i = 0; i < list->others->len; i++) {
    const Other *other = &g_array_index (list->others, Other, i);
    know_item (list, other->item, other->id);
    list->kind->become (other->item, other->id);
  }
}

/* An id is in the list only once, before and after: lists become shorter before
 * this, and longer after it. */
static void
exchange_rows (LamIdList *list, guint at, guint n)
{
  g_autoptr (GArray) others = g_array_new (false, false, sizeof (Other));
  g_array_set_clear_func (others, other_clear);
  for (guint i = at; i < at + n; i++) {
    gpointer item = g_hash_table_lookup (
        list->items, &g_array_index (list->ids, int64_t, i));
    const Other other = { item, g_array_index (list->next, int64_t, i) };
    if (item)
      g_object_ref (item);
    if (item)
      g_array_append_val (others, other);
  }
  memcpy (&g_array_index (list->ids, int64_t, at),
      &g_array_index (list->next, int64_t, at), n * sizeof (int64_t));
  list->others = others;
  if (is_there (list))
    g_clear_pointer (&list->next, g_array_unref);
  g_signal_emit (list, exchanged_signal, 0, at, n);
  list->others = NULL;
}

/* Whose rows nobody shows changes at once. */
static bool
has_viewers (LamIdList *list)
{
  const guint signal = g_signal_lookup ("items-changed", G_TYPE_LIST_MODEL);
  return g_signal_has_handler_pending (list, signal, 0, true);
}

static void
change_step (LamIdList *list, bool is_whole)
{
  Change change = find_change (list);
  if (!is_small (&change) && change.n_added >= change.n_removed
      && change.n_removed > ROWS_A_TURN && can_exchange (list)) {
    exchange_rows (list, change.at, change.n_removed);
    return;
  }
  if (!is_whole && list->kind->takes_turns && !is_small (&change)
      && has_viewers (list))
    change = cut_change (list, &change);
  apply_change (list, &change);
  if (is_there (list))
    g_clear_pointer (&list->next, g_array_unref);
  g_list_model_items_changed (
      G_LIST_MODEL (list), change.at, change.n_removed, change.n_added);
}

static void tell_held (LamIdList *list);

static gboolean
turn_cb (gpointer data)
{
  g_autoptr (LamIdList) list = g_object_ref (data);
  if (list->next && !list->is_held)
    change_step (list, false);
  if (list->next && !list->is_held)
    return G_SOURCE_CONTINUE;
  list->turn = 0;
  tell_held (list);
  return G_SOURCE_REMOVE;
}

/* The rest comes after the frame that shows it. */
static void
begin_change (LamIdList *list)
{
  if (list->is_held)
    return;
  change_step (list, false);
  if (list->next && list->turn == 0)
    list->turn = g_idle_add (turn_cb, list);
}

static void
replace_ids (LamIdList *list, GArray *next)
{
  const bool was_changing = list->next != NULL;
  g_clear_pointer (&list->next, g_array_unref);
  list->next = next;
  if (!was_changing && is_there (list)) {
    g_clear_pointer (&list->next, g_array_unref);
    return;
  }
  begin_change (list);
}

bool
lam_id_list_is_changing (LamIdList *list)
{
  return list->next != NULL;
}

void
lam_id_list_finish (LamIdList *list)
{
  while (list->next)
    change_step (list, true);
}

void
lam_id_list_hold (LamIdList *list, bool is_held)
{
  list->is_held = is_held;
  if (list->next)
    begin_change (list);
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
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (int64_t));
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

int64_t
lam_id_list_get_id (LamIdList *list, guint position)
{
  return position < list->ids->len
      ? g_array_index (list->ids, int64_t, position)
      : 0;
}

guint
lam_id_list_find (LamIdList *list, int64_t id)
{
  for (guint i = 0; i < list->ids->len; i++)
    if (g_array_index (list->ids, int64_t, i) == id)
      return i;
  return G_MAXUINT;
}

LamWorkspace *
lam_id_list_ref_workspace (LamIdList *list)
{
  return g_weak_ref_get (&list->workspace);
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
