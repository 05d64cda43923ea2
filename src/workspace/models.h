/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The workspace's tables as list models for panels. */
#pragma once

#include "workspace/workspace.h"

/* Rows of the class and label tables. An item stays the same object as long as
 * its row exists, and emits "changed" () when the row, or whether it is the
 * active one, may have changed. */
#define LAM_TYPE_CLASS_ITEM (lam_class_item_get_type ())
G_DECLARE_FINAL_TYPE (LamClassItem, lam_class_item, LAM, CLASS_ITEM, GObject)
/* Borrowed until the table changes; NULL once the row is gone. */
const LamClass *lam_class_item_get_row (LamClassItem *item);

#define LAM_TYPE_LABEL_ITEM (lam_label_item_get_type ())
G_DECLARE_FINAL_TYPE (LamLabelItem, lam_label_item, LAM, LABEL_ITEM, GObject)
const LamLabel *lam_label_item_get_row (LamLabelItem *item);

#define LAM_TYPE_HISTORY_ITEM (lam_history_item_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistoryItem, lam_history_item, LAM, HISTORY_ITEM, GObject)
/* Never changes: an edit that was undone gets a new item. */
const LamHistoryRow *lam_history_item_get_row (LamHistoryItem *item);

/* GListModels of those items; they emit items-changed when the workspace says
 * so. Each call makes a new one; it holds a weak reference of the workspace.
 * Items of labels are made when they are asked for: 100,000 labels cost 400 kB.
 */
GListModel *lam_class_model_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
GListModel *lam_label_model_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* `filter`: a part of the title or the id, "" for all; `class_id` -1: all. */
void lam_label_model_set_filter (
    GListModel *model, const char *filter, int32_t class_id);
/* Newest first, without the rows of undo and redo themselves. Loads 500 edits,
 * and 500 more each time the last one is asked for. */
GListModel *lam_history_model_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
