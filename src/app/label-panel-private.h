/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The label panel's insides, for its own files: label-panel.c, label-actions.c,
 * label-chosen.c, label-columns.c, label-naming.c and label-states.c. */
#pragma once

#include "app/label-panel.h"
#include "app/label-row.h"
#include "app/lazy-cell.h"
#include "app/list-selection.h"
#include "workspace/models.h"

struct _LamLabelPanel {
  AdwBin parent_instance;
  bool is_syncing;
  int32_t class_filter; /* -1: all */
  uint64_t filled_serial; /* of the class table that the filter lists */
  guint active_position; /* in the list, of the active label */
  int probed_key; /* see label-columns.c */
  guint progress_source; /* looks at how far the counting is; 0: none is */
  bool is_exchanging; /* the model is telling of a change */
  guint release_source; /* see label-naming.c */
  /* Owned */
  LamWorkspace *workspace;
  LamStatistics *statistics; /* NULL without a project */
  GListModel *model;
  LamListSelection *selection;
  GHashTable *chosen; /* ids of what is selected */
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
  GtkMenuButton *columns_button;
  GtkWidget *foot;
  GtkProgressBar *done;
  GtkLabel *states;
  GtkButton *flagged;
};

/* label-actions.c */
void lam_label_actions_install (GtkWidgetClass *class);

/* label-chosen.c: what is selected, which outlives sorting and filtering. The
 * one label that is selected is the workspace's active one. */
void lam_label_chosen_attach (LamLabelPanel *panel);
void lam_label_chosen_detach (LamLabelPanel *panel);
/* After the active label or the list changed. */
void lam_label_chosen_sync (LamLabelPanel *panel);
/* What an act on that label is about, uint32_t: all that is selected, if it is
 * among that, else it alone. */
GArray *lam_label_chosen_list (
    LamLabelPanel *panel, uint32_t id) G_GNUC_WARN_UNUSED_RESULT;

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

/* label-columns.c */
void lam_label_columns_add (LamLabelPanel *panel);
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
