/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/id-list.h"
#include "workspace/label-search.h"
#include "workspace/models.h"
#include "workspace/workspace-private.h"

/* So many are searched and sorted in less than a frame. */
#define FEW_LABELS 1000

struct _LamLabelItem {
  GObject parent;
  GWeakRef workspace;
  uint32_t id;
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
}

static void
lam_label_item_init (LamLabelItem *item)
{
}

const LamLabel *
lam_label_item_get_row (LamLabelItem *item)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&item->workspace);
  return workspace ? lam_class_table_get_label (
             lam_workspace_get_classes (workspace), item->id)
                   : NULL;
}

static gpointer
make (LamWorkspace *workspace, uint32_t id)
{
  LamLabelItem *item = g_object_new (LAM_TYPE_LABEL_ITEM, NULL);
  g_weak_ref_init (&item->workspace, workspace);
  item->id = id;
  return item;
}

/* What is to be listed; attached to the list. */
typedef struct {
  LamLabelOrder order;
  char *text; /* Owned; of the order */
  LamStatistics *statistics; /* Owned; or NULL */
  bool is_searching, is_late; /* late: it changed since the search began */
  uint64_t serial; /* of the search whose answer counts */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->text);
  g_clear_object (&request->statistics);
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
  request->order = (LamLabelOrder){ request->text, -1, LAM_LABEL_BY_ID, false };
  g_object_set_data_full (G_OBJECT (list), "request", request, request_free);
  return request;
}

static LamLabelSearch *
begin_search (LamWorkspace *workspace, const Request *request)
{
  return lam_label_search_new (workspace->classes, &request->order,
      request->statistics, workspace->voxel_size_nm);
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
  g_autoptr (GArray) ids = g_task_propagate_pointer (G_TASK (result), NULL);
  Request *request = get_request (list);
  if (ticket->serial != request->serial)
    return;
  request->is_searching = false;
  lam_id_list_take (list, g_steal_pointer (&ids));
  if (request->is_late)
    lam_id_list_refresh (list);
}

static void
search_in_thread (
    GTask *task, gpointer source, gpointer search, GCancellable *cancellable)
{
  g_task_return_pointer (
      task, lam_label_search_run (search), (GDestroyNotify)g_array_unref);
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
  g_task_set_task_data (task, begin_search (workspace, request),
      (GDestroyNotify)lam_label_search_free);
  g_task_run_in_thread (task, search_in_thread);
}

static void
collect_all (LamWorkspace *workspace, int32_t class_id, GArray *ids)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (!row->deleted && (class_id < 0 || row->class_id == class_id))
      g_array_append_val (ids, row->id);
  }
}

static bool
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  Request *request = get_request (list);
  const LamLabelOrder *order = &request->order;
  if (!*order->text && order->key == LAM_LABEL_BY_ID && !order->is_descending
      && !request->is_searching) {
    collect_all (workspace, order->class_id, ids);
    return true;
  }
  if (lam_class_table_get_n_labels (workspace->classes) > FEW_LABELS
      || request->is_searching) {
    search_later (list, workspace, request);
    return false;
  }
  g_autoptr (LamLabelSearch) search = begin_search (workspace, request);
  g_autoptr (GArray) found = lam_label_search_run (search);
  g_array_append_vals (ids, found->data, found->len);
  return true;
}

GListModel *
lam_label_model_new (LamWorkspace *workspace)
{
  static LamIdListKind kind = { .make = make, .collect = collect, .takes_turns = true };
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
    lam_id_list_take (LAM_ID_LIST (model), lam_label_search_run (search));
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

uint32_t
lam_label_model_get_id (GListModel *model, guint position)
{
  return lam_id_list_get_id (LAM_ID_LIST (model), position);
}

guint
lam_label_model_find (GListModel *model, uint32_t id)
{
  return lam_id_list_find (LAM_ID_LIST (model), id);
}
