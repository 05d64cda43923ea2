/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "workspace/id-list.h"
#include "workspace/labelling.h"
#include "workspace/models.h"

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

/* What is looked for; attached to the list. */
typedef struct {
  char *text; /* Owned; case folded */
  int32_t class_id;
} Filter;

static void
filter_free (gpointer data)
{
  g_free (((Filter *)data)->text);
  g_free (data);
}

static bool
passes (LamWorkspace *workspace, const LamLabel *row, const Filter *filter)
{
  if (row->deleted)
    return false;
  if (!filter)
    return true;
  if (filter->class_id >= 0 && row->class_id != filter->class_id)
    return false;
  if (!*filter->text)
    return true;
  g_autofree char *title = lam_workspace_dup_label_title (workspace, row->id);
  g_autofree char *folded = g_utf8_casefold (title, -1);
  char number[16];
  g_snprintf (number, sizeof number, "%u", row->id);
  return strstr (folded, filter->text) || strstr (number, filter->text);
}

static void
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  const Filter *filter = g_object_get_data (G_OBJECT (list), "filter");
  size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (passes (workspace, row, filter))
      g_array_append_val (ids, row->id);
  }
}

GListModel *
lam_label_model_new (LamWorkspace *workspace)
{
  static LamIdListKind kind = { .make = make, .collect = collect };
  kind.item_type = LAM_TYPE_LABEL_ITEM;
  return G_LIST_MODEL (lam_id_list_new (workspace, &kind));
}

void
lam_label_model_set_filter (
    GListModel *model, const char *filter, int32_t class_id)
{
  Filter *next = g_new0 (Filter, 1);
  next->text = g_utf8_casefold (filter, -1);
  next->class_id = class_id;
  g_object_set_data_full (G_OBJECT (model), "filter", next, filter_free);
  lam_id_list_refresh (LAM_ID_LIST (model));
}
