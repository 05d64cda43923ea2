/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/id-list.h"
#include "workspace/models.h"

struct _LamClassItem {
  GObject parent;
  GWeakRef workspace;
  int32_t id;
};

G_DEFINE_FINAL_TYPE (LamClassItem, lam_class_item, G_TYPE_OBJECT)

static void
lam_class_item_finalize (GObject *object)
{
  g_weak_ref_clear (&LAM_CLASS_ITEM (object)->workspace);
  G_OBJECT_CLASS (lam_class_item_parent_class)->finalize (object);
}

static void
lam_class_item_class_init (LamClassItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_class_item_finalize;
  g_signal_new ("changed", LAM_TYPE_CLASS_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_class_item_init (LamClassItem *item)
{
}

const LamClass *
lam_class_item_get_row (LamClassItem *item)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&item->workspace);
  return workspace ? lam_class_table_get_class (
             lam_workspace_get_classes (workspace), item->id)
                   : NULL;
}

static gpointer
make (LamWorkspace *workspace, int64_t id)
{
  LamClassItem *item = g_object_new (LAM_TYPE_CLASS_ITEM, NULL);
  g_weak_ref_init (&item->workspace, workspace);
  item->id = (int32_t)id;
  return item;
}

static bool
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  size_t n = lam_class_table_get_n_classes (table);
  for (size_t i = 0; i < n; i++) {
    const int64_t id = lam_class_table_get_nth_class (table, i)->id;
    g_array_append_val (ids, id);
  }
  return true;
}

GListModel *
lam_class_model_new (LamWorkspace *workspace)
{
  static LamIdListKind kind = { .make = make, .collect = collect };
  kind.item_type = LAM_TYPE_CLASS_ITEM;
  return G_LIST_MODEL (lam_id_list_new (workspace, &kind));
}
