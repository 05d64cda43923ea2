/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The label panel's insides, for its own files: label-panel.c, label-actions.c,
 * label-chosen.c, label-columns.c, label-drag.c, label-group-cells.c,
 * label-groups.c, label-naming.c and label-states.c. */
#pragma once

#include "app/label-panel.h"
#include "app/label-row.h"
#include "app/lazy-cell.h"
#include "app/list-selection.h"
#include "workspace/group-totals.h"
#include "workspace/models.h"

struct _LamLabelPanel {
  AdwBin parent_instance;
  bool is_syncing;
  int32_t class_filter; /* -1: all */
  uint64_t filled_serial; /* of the class table that the filter lists */
  guint active_position; /* in the list, of the active label */
  guint wanted_position; /* is scrolled to once the list is laid out … */
  guint scroll_tick; /* … by this callback; 0: none waits */
  uint32_t followed; /* the label that was active when that was looked up */
  bool keeps_place; /* the list changes by folding: it stays where it is */
  uint64_t totals_serial; /* of the class table that the totals are of */
  int probed_key; /* see label-columns.c */
  guint progress_source; /* looks at how far the counting is; 0: none is */
  int64_t dragged; /* the row that is being dragged, or was */
  GtkWidget *drop_line; /* weak: the row that it would be dropped on */
  bool is_exchanging; /* the model is telling of a change */
  guint release_source; /* see label-naming.c */
  /* Owned */
  LamWorkspace *workspace;
  LamStatistics *statistics; /* NULL without a project */
  GListModel *model;
  LamListSelection *selection;
  GtkBitset *chosen; /* ids of the labels that are selected */
  GHashTable *chosen_groups; /* the groups that are: their rows less than 0 */
  LamGroupTotals *totals; /* NULL: to be counted */
  GtkPopoverMenu *menu;
  LamLazyView *view; /* of the table's cells */
  GArray *filter_ids; /* int32_t, for each entry of the filter */
  GSettings *settings; /* or NULL */
  /* Template children */
  GtkStack *stack;
  GtkColumnView *list;
  GtkSearchEntry *search;
  GtkDropDown *filter;
  GtkLabel *count;
  GtkWidget *problem; /* why sizes are missing */
  GtkProgressBar *counting;
  GtkWidget *new_button;
  GtkToggleButton *as_groups;
  GtkWidget *new_group;
  GtkMenuButton *columns_button;
  GtkWidget *foot;
  GtkProgressBar *done;
  GtkLabel *states;
  GtkButton *flagged;
};

/* label-actions.c */
void lam_label_actions_install (GtkWidgetClass *class);
/* What is on screen of that row, or NULL. */
LamLabelRow *lam_label_actions_find_row (LamLabelPanel *panel, int64_t id);

/* label-chosen.c: what is selected, which outlives sorting and filtering. The
 * one label that is selected is the workspace's active one. */
void lam_label_chosen_attach (LamLabelPanel *panel);
void lam_label_chosen_detach (LamLabelPanel *panel);
/* After the active label or the list changed. */
void lam_label_chosen_sync (LamLabelPanel *panel);
/* What an act on that row is about, uint32_t, by id: all that is selected, if
 * the row is among that, else it alone. Of a group the labels in it that are
 * listed, also when it is folded. */
GArray *lam_label_chosen_list (
    LamLabelPanel *panel, int64_t row) G_GNUC_WARN_UNUSED_RESULT;
/* The same where a group goes as a whole: the labels that are selected
 * themselves, and the groups (char *). Either may be empty. */
GArray *lam_label_chosen_list_alone (LamLabelPanel *panel, int64_t row,
    GPtrArray **groups) G_GNUC_WARN_UNUSED_RESULT;
/* What keys are about: a row that is selected, the active label's or else a
 * group's, or the active label where nothing is; 0: neither. */
int64_t lam_label_panel_get_row (LamLabelPanel *panel);
/* No other row than that. */
void lam_label_chosen_set_row (LamLabelPanel *panel, int64_t row);
/* Now, or once the list is laid out. */
void lam_label_chosen_scroll_to (LamLabelPanel *panel, guint position);
/* Groups that `from` holds are called otherwise now: they stay selected. */
void lam_label_chosen_rename (
    LamLabelPanel *panel, const char *from, const char *to);

/* Selects these (uint32_t) and no others; what hides some of them in the list
 * is cleared. */
void lam_label_chosen_set (LamLabelPanel *panel, const GArray *ids);

/* label-naming.c: while a name is written the list stays as it is. */
void lam_label_naming_watch (LamLabelPanel *panel, LamLabelRow *row);
/* Takes the name that is being written. */
void lam_label_naming_finish (LamLabelPanel *panel);

/* label-states.c */
void lam_label_states_install (GtkWidgetClass *class);
/* How many are completed and flagged. */
void lam_label_panel_update_foot (LamLabelPanel *panel);

/* label-group-cells.c: what is said of a group. */
/* The sizes or the labels may be others now. */
void lam_label_groups_forget_totals (LamLabelPanel *panel);
LamGroupTotal lam_label_groups_get_total (
    LamLabelPanel *panel, const char *group);
/* While the cell is filled; the item is a group's. */
void lam_label_groups_fill_row (
    LamLabelPanel *panel, LamLabelRow *row, LamLabelItem *item);
char *lam_label_groups_make_text (LamLabelPanel *panel, LamLabelItem *item,
    LamLabelKey key) G_GNUC_WARN_UNUSED_RESULT;
/* NULL: nothing. */
char *lam_label_groups_make_tip (
    LamLabelPanel *panel, LamLabelItem *item) G_GNUC_WARN_UNUSED_RESULT;

/* label-groups.c: what is done with groups. */
void lam_label_groups_install (GtkWidgetClass *class);
void lam_label_groups_attach (LamLabelPanel *panel);
void lam_label_groups_fold (
    LamLabelPanel *panel, const char *group, bool is_folded);
/* Borrowed; NULL: no group's row. */
const char *lam_label_groups_get (LamLabelPanel *panel, int64_t row);
/* Its own name: the groups around it stay what they are. False: it was said
 * why.
 */
bool lam_label_groups_rename (
    LamLabelPanel *panel, const char *group, const char *name);
/* The row that has the keyboard; 0: none has. */
int64_t lam_label_groups_get_focused (LamLabelPanel *panel);
/* Opens its menu at a place in its row. */
void lam_label_groups_popup (
    LamLabelPanel *panel, LamLabelRow *row, int64_t id, double x, double y);

/* The row that a widget of the table is or holds; 0: none. */
int64_t lam_label_groups_get_row_of (GtkWidget *widget);

/* label-drag.c: rows are dragged onto groups. */
void lam_label_drag_attach (LamLabelPanel *panel);

/* label-columns.c */
void lam_label_columns_add (LamLabelPanel *panel);
char *lam_label_columns_format_volume (
    LamLabelPanel *panel, int64_t n_voxels) G_GNUC_WARN_UNUSED_RESULT;
/* By which column the person wants the list to be sorted. */
LamLabelKey lam_label_columns_get_key (
    LamLabelPanel *panel, bool *is_descending);

/* label-panel.c */
void lam_label_panel_refilter (LamLabelPanel *panel);
/* As if the person had typed that. */
void lam_label_panel_search (LamLabelPanel *panel, const char *text);
/* Lists all labels, of all classes. */
void lam_label_panel_list_all (LamLabelPanel *panel);
void lam_label_panel_update_count (LamLabelPanel *panel);
