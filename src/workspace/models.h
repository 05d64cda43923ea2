/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The workspace's tables as list models for panels. */
#pragma once

#include "labels/group-tree.h"
#include "labels/note.h"
#include "workspace/statistics.h"

/* Rows of the class and label tables. An item stays the same object as long as
 * its row exists, and emits "changed" () when the row, or whether it is the
 * active one, may have changed. */
#define LAM_TYPE_CLASS_ITEM (lam_class_item_get_type ())
G_DECLARE_FINAL_TYPE (LamClassItem, lam_class_item, LAM, CLASS_ITEM, GObject)
/* Borrowed until the table changes; NULL once the row is gone. */
const LamClass *lam_class_item_get_row (LamClassItem *item);

#define LAM_TYPE_LABEL_ITEM (lam_label_item_get_type ())
G_DECLARE_FINAL_TYPE (LamLabelItem, lam_label_item, LAM, LABEL_ITEM, GObject)
/* Likewise; NULL also where the row is a group's. */
const LamLabel *lam_label_item_get_row (LamLabelItem *item);
/* The label, or a group's row, which is less than 0. */
int64_t lam_label_item_get_id (LamLabelItem *item);

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
/* What is listed of the labels, and in which order; ties in order of id. */
typedef enum {
  LAM_LABEL_BY_ID,
  LAM_LABEL_BY_NAME, /* its title */
  LAM_LABEL_BY_CLASS,
  LAM_LABEL_BY_STATE,
  LAM_LABEL_BY_GROUP, /* those in none come last */
  LAM_LABEL_BY_VOLUME,
  LAM_LABEL_BY_SURFACE,
  LAM_LABEL_BY_SLICES,
  LAM_LABEL_BY_HAND, /* the share of what people painted or accepted */
  LAM_LABEL_BY_UNCERTAINTY, /* what is not known is the least */
} LamLabelKey;
typedef struct {
  const char *text; /* see label-query.h: a part of the title or the id, …; ""
                     * for all */
  int32_t class_id; /* -1: all */
  LamLabelKey key;
  bool is_descending;
  bool as_groups; /* groups are rows, with what lies in them below; in order of
                   * their names; labels in none come last */
} LamLabelOrder;
/* By id and without text at once, as any order of few labels; else made in a
 * worker, the list staying as it was for as long. `statistics` are for the keys
 * that need them, and may be NULL; the list does not follow them by itself. */
void lam_label_model_set_order (
    GListModel *model, const LamLabelOrder *order, LamStatistics *statistics);
/* Does now what a worker was asked for: for who cannot go on without, as when
 * Enter takes the first that is found. */
void lam_label_model_settle (GListModel *model, LamWorkspace *workspace);
/* What is listed is not yet what was asked for. */
bool lam_label_model_is_searching (GListModel *model);
/* Found, but the rows are not all exchanged yet (id-list.h). */
bool lam_label_model_is_changing (GListModel *model);
/* While it is held the list stays as it is, whatever is asked for. */
void lam_label_model_hold (GListModel *model, bool is_held);
/* Without making an item; 0 past the end and where a group is. */
uint32_t lam_label_model_get_id (GListModel *model, guint position);
/* The same, but for a group its row. */
int64_t lam_label_model_get_row (GListModel *model, guint position);
/* G_MAXUINT: neither a label nor a group that is listed. */
guint lam_label_model_find (GListModel *model, int64_t row);
/* Of groups when they are listed. The row of a group stays the same. */
bool lam_label_model_has_groups (GListModel *model);
int64_t lam_label_model_get_group_row (GListModel *model, const char *group);
/* Borrowed; NULL: the row is no group's. */
const char *lam_label_model_get_group (GListModel *model, int64_t row);
/* With what is listed of it, folded or not. Borrowed until the model changes;
 * NULL: it is not listed. */
const LamGroupNode *lam_label_model_find_group (
    GListModel *model, const char *group);
/* Appends what is listed of the labels in it, uint32_t: none that has gone
 * since. */
void lam_label_model_list_in_group (
    GListModel *model, const char *group, GArray *ids);
/* Folded groups are remembered by the project, but for those that are folded
 * while something is searched for. */
bool lam_label_model_is_folded (GListModel *model, const char *group);
void lam_label_model_fold (
    GListModel *model, const char *group, bool is_folded);
void lam_label_model_fold_all (GListModel *model, bool is_folded);
/* Unfolds what hides these labels. */
void lam_label_model_reveal (
    GListModel *model, const uint32_t *labels, size_t n_labels);
/* How many labels are listed, those in folded groups among them. */
guint lam_label_model_get_n_labels (GListModel *model);
/* By the key, as a number; NaN where it is not known, and for what statistics
 * do not say. */
double lam_label_key_get_value (
    LamLabelKey key, const LamLabelCount *count, const double voxel_size_nm[3]);
/* Notes in order of id. */
#define LAM_TYPE_NOTE_ITEM (lam_note_item_get_type ())
G_DECLARE_FINAL_TYPE (LamNoteItem, lam_note_item, LAM, NOTE_ITEM, GObject)
/* Borrowed until the notes change; NULL once it is gone. */
const LamNote *lam_note_item_get_row (LamNoteItem *item);
GListModel *lam_note_model_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* Lists those of a kind (NULL: of all) in whose text, kind or author `text` is,
 * whatever the case of its letters. */
void lam_note_model_set_filter (
    GListModel *model, const char *kind, const char *text);
/* Without making an item; 0 past the end. */
int32_t lam_note_model_get_id (GListModel *model, guint position);
/* G_MAXUINT: it is not listed. */
guint lam_note_model_find (GListModel *model, int32_t id);
/* Newest first, without the rows of undo and redo themselves. Loads 500 edits,
 * and 500 more each time the last one is asked for. */
GListModel *lam_history_model_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* All of them at first. The texts are copied. */
void lam_history_model_set_filter (
    GListModel *model, const LamHistoryFilter *filter);
