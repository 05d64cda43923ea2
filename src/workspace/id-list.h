/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A GListModel over a list of row ids, for the class and label models: items
 * are made on demand and kept while someone holds them. For this floor. */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "workspace/workspace.h"

#define LAM_TYPE_ID_LIST (lam_id_list_get_type ())
G_DECLARE_FINAL_TYPE (LamIdList, lam_id_list, LAM, ID_LIST, GObject)

typedef struct {
  GType item_type;
  /* A new item of the row; it holds the workspace weakly. */
  gpointer (*make) (LamWorkspace *workspace, int64_t id);
  /* Appends the ids (int64_t) to be listed, in order. False: they come later,
   * by lam_id_list_take(); what is listed stays until then. */
  bool (*collect) (LamIdList *list, LamWorkspace *workspace, GArray *ids);
  bool takes_turns; /* lam_id_list_is_changing() may be true */
  /* The item is that of another row from now on, and says so; NULL: none can.
   */
  void (*become) (gpointer item, int64_t id);
} LamIdListKind;

LamIdList *lam_id_list_new (LamWorkspace *workspace,
    const LamIdListKind *kind) G_GNUC_WARN_UNUSED_RESULT;
/* NULL: it is gone. */
LamWorkspace *lam_id_list_ref_workspace (
    LamIdList *list) G_GNUC_WARN_UNUSED_RESULT;
/* Signal "rows-exchanged" (guint position, guint n): many rows are others now,
 * the items of those that somebody holds among them, which is much less work
 * for a view than to put items in the place of others. It is emitted before the
 * items become others, in the place of GListModel::items-changed, where
 * somebody listens and the kind can. */
/* Collects again; says what changed, and "changed" to the items held. */
void lam_id_list_refresh (LamIdList *list);
/* Lists these (int64_t), which are taken over. */
void lam_id_list_take (LamIdList *list, GArray *ids);
/* Where many rows change that somebody holds, of a kind that takes turns, the
 * first do at once and the others later, some in each turn of the main loop, so
 * that no turn takes long: what is listed then is partly of the old and partly
 * of the new, and an id may be there twice or not. The last of the changes
 * comes when this is false. */
bool lam_id_list_is_changing (LamIdList *list);
/* All the rest now, also while it is held. */
void lam_id_list_finish (LamIdList *list);
/* While it is held the list stays as it is; then it becomes what it would be.
 */
void lam_id_list_hold (LamIdList *list, bool is_held);
/* Without making an item; 0 past the end. */
int64_t lam_id_list_get_id (LamIdList *list, guint position);
/* G_MAXUINT: it is not listed. */
guint lam_id_list_find (LamIdList *list, int64_t id);
