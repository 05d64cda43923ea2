/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/group-list.h"
#include "workspace/id-list.h"
#include "workspace/label-search.h"
#include "workspace/label-tree.h"
#include "workspace/models.h"
#include "workspace/workspace-private.h"

/* So many are searched and sorted in less than a frame. */
#define FEW_LABELS 1000

struct _LamLabelItem {
  GObject parent;
  GWeakRef workspace;
  int64_t id;
};

G_DEFINE_FINAL_TYPE (LamLabelItem, lam_label_item, G_TYPE_OBJECT)

static void
lam_label_item_finalize (GObject *object)
{
  g_weak_ref_clear (&LAM_LABEL_ITEM (object)->workspace);
  G_OBJECT_CLASS (lam_label_item_parent_class)->finalize (object);
}

static void
lam_label_item_class_init (LamLabelItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_label_item_finalize;
  g_signal_new ("changed", LAM_TYPE_LABEL_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("exchanged", LAM_TYPE_LABEL_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_label_item_init (LamLabelItem *item)
{
}

const LamLabel *
lam_label_item_get_row (LamLabelItem *item)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&item->workspace);
  return workspace && item->id > 0 ? lam_class_table_get_label (
             lam_workspace_get_classes (workspace), (uint32_t)item->id)
                                   : NULL;
}

int64_t
lam_label_item_get_id (LamLabelItem *item)
{
  return item->id;
}

static gpointer
make (LamWorkspace *workspace, int64_t id)
{
  LamLabelItem *item = g_object_new (LAM_TYPE_LABEL_ITEM, NULL);
  g_weak_ref_init (&item->workspace, workspace);
  item->id = id;
  return item;
}

static void
become (gpointer data, int64_t id)
{
  ((LamLabelItem *)data)->id = id;
  g_signal_emit_by_name (data, "exchanged");
}

/* What is to be listed; attached to the list. */
typedef struct {
  LamLabelOrder order;
  char *text; /* Owned; of the order */
  LamStatistics *statistics; /* Owned; or NULL */
  LamLabelTree *tree; /* Owned */
  bool is_searching, is_late; /* late: it changed since the search began */
  uint64_t serial; /* of the search whose answer counts */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->text);
  g_clear_object (&request->statistics);
  g_clear_pointer (&request->tree, lam_label_tree_free);
  g_free (request);
}

static Request *
get_request (LamIdList *list)
{
  Request *request = g_object_get_data (G_OBJECT (list), "request");
  if (request)
    return request;
  request = g_new0 (Request, 1);
  request->text = g_strdup ("");
  request->order = (LamLabelOrder){ .text = request->text, .class_id = -1 };
  g_autoptr (LamWorkspace) workspace = lam_id_list_ref_workspace (list);
  request->tree = lam_label_tree_new (workspace);
  g_object_set_data_full (G_OBJECT (list), "request", request, request_free);
  return request;
}

static LamLabelSearch *
begin_search (LamWorkspace *workspace, const Request *request)
{
  const LamLabelOrder *order = &request->order;
  LamLabelSearch *search = lam_label_search_new (
      workspace->classes, order, request->statistics, workspace->voxel_size_nm);
  GHashTableIter iter;
  gpointer group;
  if (!order->as_groups || *order->text || order->class_id >= 0)
    return search;
  g_hash_table_iter_init (
      &iter, lam_group_list_get (workspace, LAM_GROUPS_MADE));
  while (g_hash_table_iter_next (&iter, &group, NULL))
    lam_label_search_add_group (search, group);
  return search;
}

/* The rows, int64_t, of what was found. */
static GArray *
take_found (Request *request, LamLabelsFound *found)
{
  lam_label_tree_take (request->tree, g_steal_pointer (&found->tree));
  return found->ids ? g_steal_pointer (&found->ids)
                    : lam_label_tree_list_rows (request->tree);
}

typedef struct {
  LamIdList *list; /* Owned */
  uint64_t serial;
} Ticket;

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Ticket *ticket = user_data;
  g_autoptr (LamIdList) list = ticket->list;
  g_autoptr (LamLabelsFound) found =
      g_task_propagate_pointer (G_TASK (result), NULL);
  Request *request = get_request (list);
  if (ticket->serial != request->serial)
    return;
  request->is_searching = false;
  lam_id_list_take (list, take_found (request, found));
  if (request->is_late)
    lam_id_list_refresh (list);
}

/* The search is freed here: that of 100,000 labels would take time there. */
static void
search_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LamLabelSearch **place = data;
  g_autoptr (LamLabelSearch) search = g_steal_pointer (place);
  LamLabelsFound *found = lam_label_search_run (search);
  g_clear_pointer (&search, lam_label_search_free);
  g_task_return_pointer (task, found, (GDestroyNotify)lam_labels_found_free);
}

/* One at a time; what is asked meanwhile is looked for afterwards. */
static void
search_later (LamIdList *list, LamWorkspace *workspace, Request *request)
{
  request->is_late = request->is_searching;
  if (request->is_searching)
    return;
  request->is_searching = true;
  Ticket ticket = { g_object_ref (list), ++request->serial };
  g_autoptr (GTask) task =
      g_task_new (NULL, NULL, found_cb, g_memdup2 (&ticket, sizeof ticket));
  LamLabelSearch **place = g_new (LamLabelSearch *, 1);
  *place = begin_search (workspace, request);
  g_task_set_task_data (task, place, g_free);
  g_task_run_in_thread (task, search_in_thread);
}

static void
collect_all (LamWorkspace *workspace, int32_t class_id, GArray *ids)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    const int64_t id = row->id;
    if (!row->deleted && (class_id < 0 || row->class_id == class_id))
      g_array_append_val (ids, id);
  }
}

static bool
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  Request *request = get_request (list);
  const LamLabelOrder *order = &request->order;
  if (!*order->text && order->key == LAM_LABEL_BY_ID && !order->is_descending
      && !order->as_groups && !request->is_searching) {
    lam_label_tree_take (request->tree, NULL);
    collect_all (workspace, order->class_id, ids);
    return true;
  }
  if (lam_class_table_get_n_labels (workspace->classes) > FEW_LABELS
      || request->is_searching) {
    search_later (list, workspace, request);
    return false;
  }
  g_autoptr (LamLabelSearch) search = begin_search (workspace, request);
  g_autoptr (LamLabelsFound) found = lam_label_search_run (search);
  g_autoptr (GArray) rows = take_found (request, found);
  g_array_append_vals (ids, rows->data, rows->len);
  return true;
}

GListModel *
lam_label_model_new (LamWorkspace *workspace)
{
  static LamIdListKind kind = {
    .make = make, .collect = collect, .takes_turns = true, .become = become
  };
  kind.item_type = LAM_TYPE_LABEL_ITEM;
  return G_LIST_MODEL (lam_id_list_new (workspace, &kind));
}

void
lam_label_model_set_order (
    GListModel *model, const LamLabelOrder *order, LamStatistics *statistics)
{
  Request *request = get_request (LAM_ID_LIST (model));
  g_autofree char *old = request->text;
  request->order = *order;
  request->order.text = request->text = g_strdup (order->text);
  if (!g_str_equal (old, order->text))
    lam_label_tree_set_text (request->tree, order->text);
  g_set_object (&request->statistics, statistics);
  lam_id_list_refresh (LAM_ID_LIST (model));
}

void
lam_label_model_settle (GListModel *model, LamWorkspace *workspace)
{
  Request *request = get_request (LAM_ID_LIST (model));
  if (request->is_searching) {
    request->serial++;
    request->is_searching = request->is_late = false;
    g_autoptr (LamLabelSearch) search = begin_search (workspace, request);
    g_autoptr (LamLabelsFound) found = lam_label_search_run (search);
    lam_id_list_take (LAM_ID_LIST (model), take_found (request, found));
  }
  lam_id_list_finish (LAM_ID_LIST (model));
}

bool
lam_label_model_is_searching (GListModel *model)
{
  return get_request (LAM_ID_LIST (model))->is_searching;
}

bool
lam_label_model_is_changing (GListModel *model)
{
  return lam_id_list_is_changing (LAM_ID_LIST (model));
}

void
lam_label_model_hold (GListModel *model, bool is_held)
{
  lam_id_list_hold (LAM_ID_LIST (model), is_held);
}

int64_t
lam_label_model_get_row (GListModel *model, guint position)
{
  return lam_id_list_get_id (LAM_ID_LIST (model), position);
}

uint32_t
lam_label_model_get_id (GListModel *model, guint position)
{
  const int64_t row = lam_label_model_get_row (model, position);
  return row > 0 ? (uint32_t)row : 0;
}

guint
lam_label_model_find (GListModel *model, int64_t row)
{
  return lam_id_list_find (LAM_ID_LIST (model), row);
}

/* --- groups --------------------------------------------------------------- */

static LamLabelTree *
get_tree (GListModel *model)
{
  return get_request (LAM_ID_LIST (model))->tree;
}

bool
lam_label_model_has_groups (GListModel *model)
{
  return get_request (LAM_ID_LIST (model))->order.as_groups;
}

int64_t
lam_label_model_get_group_row (GListModel *model, const char *group)
{
  return lam_label_tree_get_row (get_tree (model), group);
}

const char *
lam_label_model_get_group (GListModel *model, int64_t row)
{
  return lam_label_tree_get_group (get_tree (model), row);
}

const LamGroupNode *
lam_label_model_find_group (GListModel *model, const char *group)
{
  const LamGroupTree *groups = lam_label_tree_get_groups (get_tree (model));
  return groups ? lam_group_tree_find (groups, group) : NULL;
}

void
lam_label_model_list_in_group (
    GListModel *model, const char *group, GArray *ids)
{
  g_autoptr (LamWorkspace) workspace =
      lam_id_list_ref_workspace (LAM_ID_LIST (model));
  const LamGroupTree *groups = lam_label_tree_get_groups (get_tree (model));
  g_autoptr (GArray) found = g_array_new (false, false, sizeof (uint32_t));
  if (groups && workspace)
    lam_group_tree_list_labels (groups, group, found);
  for (guint i = 0; i < found->len; i++) {
    const uint32_t id = g_array_index (found, uint32_t, i);
    const LamLabel *row = lam_class_table_get_label (workspace->classes, id);
    if (row && !row->deleted && lam_label_group_holds (group, row->group))
      g_array_append_val (ids, id);
  }
}

guint
lam_label_model_get_n_labels (GListModel *model)
{
  const LamGroupTree *groups = lam_label_tree_get_groups (get_tree (model));
  return groups ? lam_group_tree_get_n_labels (groups)
                : g_list_model_get_n_items (model);
}

bool
lam_label_model_is_folded (GListModel *model, const char *group)
{
  return lam_label_tree_is_folded (get_tree (model), group);
}

static void
list_again (GListModel *model)
{
  LamLabelTree *tree = get_tree (model);
  if (lam_label_tree_get_groups (tree))
    lam_id_list_take (LAM_ID_LIST (model), lam_label_tree_list_rows (tree));
}

void
lam_label_model_fold (GListModel *model, const char *group, bool is_folded)
{
  lam_label_tree_fold (get_tree (model), group, is_folded);
  list_again (model);
}

void
lam_label_model_fold_all (GListModel *model, bool is_folded)
{
  lam_label_tree_fold_all (get_tree (model), is_folded);
  list_again (model);
}

void
lam_label_model_reveal (
    GListModel *model, const uint32_t *labels, size_t n_labels)
{
  g_autoptr (LamWorkspace) workspace =
      lam_id_list_ref_workspace (LAM_ID_LIST (model));
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  bool is_new = false;
  if (!workspace || !lam_label_model_has_groups (model))
    return;
  for (size_t i = 0; i < n_labels; i++) {
    const LamLabel *row =
        lam_class_table_get_label (workspace->classes, labels[i]);
    if (row && row->group && g_hash_table_add (seen, row->group))
      is_new |= lam_label_tree_reveal (get_tree (model), row->group);
  }
  if (is_new)
    list_again (model);
}
