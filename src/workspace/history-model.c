/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The newest edits, read by a worker a page at a time. After a change the pages
 * that were loaded are read again, and rows that are the same keep their items,
 * so that a list view does not jump. */
#include "workspace/models.h"
#include "workspace/workspace-private.h"

#define PAGE 500

struct _LamHistoryItem {
  GObject parent;
  LamHistoryRow *row; /* Owned */
};

G_DEFINE_FINAL_TYPE (LamHistoryItem, lam_history_item, G_TYPE_OBJECT)

static void
lam_history_item_finalize (GObject *object)
{
  lam_history_row_free (LAM_HISTORY_ITEM (object)->row);
  G_OBJECT_CLASS (lam_history_item_parent_class)->finalize (object);
}

static void
lam_history_item_class_init (LamHistoryItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_history_item_finalize;
}

static void
lam_history_item_init (LamHistoryItem *item)
{
}

const LamHistoryRow *
lam_history_item_get_row (LamHistoryItem *item)
{
  return item->row;
}

/* --- the model ---------------------------------------------------------- */

#define LAM_TYPE_HISTORY_MODEL (lam_history_model_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistoryModel, lam_history_model, LAM, HISTORY_MODEL, GObject)

struct _LamHistoryModel {
  GObject parent;

  GWeakRef workspace;
  GPtrArray *items; /* Owned; LamHistoryItem, newest first */
  int limit; /* how many to load */
  LamHistoryFilter filter; /* of all; texts Owned */
  bool is_loading, is_stale;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LamHistoryModel, lam_history_model,
    G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
lam_history_model_init (LamHistoryModel *model)
{
  model->items = g_ptr_array_new_with_free_func (g_object_unref);
  model->limit = PAGE;
}

/* Its texts become their owner's. */
static LamHistoryFilter
copy_filter (const LamHistoryFilter *filter)
{
  LamHistoryFilter copy = *filter;
  copy.who = g_strdup (filter->who);
  copy.tool = g_strdup (filter->tool);
  return copy;
}

static void
clear_filter (LamHistoryFilter *filter)
{
  g_free ((char *)filter->who);
  g_free ((char *)filter->tool);
}

static void
lam_history_model_finalize (GObject *object)
{
  LamHistoryModel *model = LAM_HISTORY_MODEL (object);
  clear_filter (&model->filter);
  g_ptr_array_unref (model->items);
  g_weak_ref_clear (&model->workspace);
  G_OBJECT_CLASS (lam_history_model_parent_class)->finalize (object);
}

static void
lam_history_model_class_init (LamHistoryModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_history_model_finalize;
}

/* --- loading ------------------------------------------------------------ */

typedef struct {
  LamStore *store; /* Owned */
  int limit;
  LamHistoryFilter filter; /* texts Owned */
} Load;

static void
load_free (gpointer data)
{
  Load *load = data;
  clear_filter (&load->filter);
  g_object_unref (load->store);
  g_free (load);
}

static void
load_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Load *load = data;
  GError *error = NULL;
  GPtrArray *rows = lam_store_filter_history (
      load->store, 0, load->limit, &load->filter, &error);
  if (rows)
    g_task_return_pointer (task, rows, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static bool
same_row (const LamHistoryRow *a, const LamHistoryRow *b)
{
  return a->id == b->id && a->undone == b->undone && a->given_up == b->given_up;
}

static LamHistoryItem *
item_of (LamHistoryRow *row)
{
  LamHistoryItem *item = g_object_new (LAM_TYPE_HISTORY_ITEM, NULL);
  item->row = row;
  return item;
}

#define ROW(i) (((LamHistoryItem *)old->pdata[i])->row)

/* Takes the rows over; one items-changed over what differs. */
static void
replace_rows (LamHistoryModel *model, GPtrArray *rows)
{
  g_autoptr (GPtrArray) old = model->items;
  guint head = 0, tail = 0, least = MIN (old->len, rows->len);
  while (head < least && same_row (ROW (head), rows->pdata[head]))
    head++;
  while (tail < least - head
      && same_row (
          ROW (old->len - 1 - tail), rows->pdata[rows->len - 1 - tail]))
    tail++;
  model->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < rows->len; i++) {
    bool is_head = i < head, is_tail = i >= rows->len - tail;
    guint from = is_head ? i : i - rows->len + old->len;
    g_ptr_array_add (model->items,
        is_head || is_tail ? g_object_ref (old->pdata[from])
                           : item_of (rows->pdata[i]));
    if (is_head || is_tail)
      lam_history_row_free (rows->pdata[i]);
    rows->pdata[i] = NULL;
  }
  guint removed = old->len - head - tail, added = rows->len - head - tail;
  if (removed > 0 || added > 0)
    g_list_model_items_changed (G_LIST_MODEL (model), head, removed, added);
}

#undef ROW

static void load (LamHistoryModel *model);

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamHistoryModel) model = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows =
      g_task_propagate_pointer (G_TASK (result), &error);
  model->is_loading = false;
  if (rows) {
    g_ptr_array_set_free_func (rows, NULL);
    replace_rows (model, rows);
  } else
    g_debug ("history: %s", error->message);
  if (model->is_stale)
    load (model);
}

static void
load (LamHistoryModel *model)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&model->workspace);
  if (!workspace || !workspace->store)
    return;
  model->is_stale = model->is_loading;
  if (model->is_loading)
    return;
  model->is_loading = true;
  Load *job = g_new0 (Load, 1);
  job->store = g_object_ref (workspace->store);
  job->limit = model->limit;
  job->filter = copy_filter (&model->filter);
  /* No source: a worker must not drop the last reference to a model. */
  g_autoptr (GTask) task =
      g_task_new (NULL, NULL, loaded_cb, g_object_ref (model));
  g_task_set_task_data (task, job, load_free);
  g_task_run_in_thread (task, load_in_thread);
}

/* --- GListModel --------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return LAM_TYPE_HISTORY_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return LAM_HISTORY_MODEL (model)->items->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  LamHistoryModel *model = LAM_HISTORY_MODEL (list);
  if (position >= model->items->len)
    return NULL;
  if (position + 1 == (guint)model->limit) {
    model->limit += PAGE;
    load (model);
  }
  return g_object_ref (model->items->pdata[position]);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

GListModel *
lam_history_model_new (LamWorkspace *workspace)
{
  LamHistoryModel *model = g_object_new (LAM_TYPE_HISTORY_MODEL, NULL);
  g_weak_ref_init (&model->workspace, workspace);
  g_signal_connect_object (workspace, "history-changed", G_CALLBACK (load),
      model, G_CONNECT_SWAPPED);
  g_signal_connect_object (workspace, "project-changed", G_CALLBACK (load),
      model, G_CONNECT_SWAPPED);
  load (model);
  return G_LIST_MODEL (model);
}

void
lam_history_model_set_filter (GListModel *list, const LamHistoryFilter *filter)
{
  LamHistoryModel *model = LAM_HISTORY_MODEL (list);
  clear_filter (&model->filter);
  model->filter = copy_filter (filter);
  model->limit = PAGE;
  load (model);
}
