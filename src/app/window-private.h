/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What window.c and window-open.c share. */
#pragma once

#include "app/brush-panel.h"
#include "app/class-panel.h"
#include "app/figure-panel.h"
#include "app/guide.h"
#include "app/history-panel.h"
#include "app/image-panel.h"
#include "app/label-panel.h"
#include "app/note-panel.h"
#include "app/notice-bar.h"
#include "app/place-bar.h"
#include "app/save-indicator.h"
#include "app/status-bar.h"
#include "app/welcome.h"
#include "app/window.h"

struct _LamWindow {
  AdwApplicationWindow parent_instance;
  bool is_ready_told; /* READY was announced for this workspace */
  bool is_discarding; /* close although something is not saved */
  bool is_closing; /* what is open is being closed, which takes a while */
  bool closes_after; /* the person asked for the window to be closed then */
  guint classes_source; /* the class panel waits for the workspace */
  guint opening_source; /* the opening bar waits, see window-open.c */
  int64_t told_saved; /* the last edit that was announced as saved */
  /* Owned */
  LamWorkspace *workspace;
  LamToolBox *box;
  LamDisplay *display;
  GSettings *settings;
  GCancellable *opening; /* NULL: nothing is being opened */
  LamWorkspace *arrived; /* it comes next, see window-open.c; or NULL */
  char *arrived_path;
  /* Borrowed */
  GtkShortcutController *shortcuts;
  LamBrushPanel *brush_panel;
  LamFigurePanel *figure_panel;
  LamClassPanel *class_panel;
  LamLabelPanel *label_panel;
  LamImagePanel *image_panel;
  LamHistoryPanel *history_panel;
  LamNotePanel *note_panel;
  /* Template children */
  AdwHeaderBar *header;
  AdwToastOverlay *toasts;
  GtkStack *pages;
  AdwWindowTitle *title;
  AdwSplitButton *open_button;
  GtkWidget *work_buttons;
  GtkMenuButton *menu_button;
  GtkToggleButton *left_button;
  GtkToggleButton *right_button;
  LamSaveIndicator *save_indicator;
  LamNetworkButton *network_button;
  LamWelcome *welcome;
  GtkLabel *opening_label; /* of the page; the next three of the bar */
  GtkRevealer *opening_bar;
  GtkSpinner *opening_spinner;
  GtkLabel *opening_text;
  LamNoticeBar *notice;
  LamGuide *guide;
  LamPlaceBar *place_bar;
  AdwFlap *left_flap;
  AdwFlap *right_flap;
  GtkBox *tool_slot;
  GtkPaned *left_side;
  GtkWidget *right_side;
  AdwViewStack *right_stack;
  LamCanvas *canvas;
  LamStatusBar *status;
};

/* "welcome", "opening" or "work". */
void lam_window_show_page (LamWindow *window, const char *name);
/* NULL: back to the welcome page. */
void lam_window_set_workspace (LamWindow *window, LamWorkspace *workspace);
/* False when something is not saved, and the person was asked; or when it is
 * being closed already. The main loop runs meanwhile. */
bool lam_window_close_workspace (LamWindow *window);
/* What is open is being closed, in whose place the window goes then. */
bool lam_window_closes_later (LamWindow *window);
/* The window goes, without what was to come next. */
void lam_window_drop_arrived (LamWindow *window);
/* Once: the window's parts come one a frame, see reveal.h. */
void lam_window_reveal_parts (LamWindow *window);
/* The class panel shows the workspace in a round of its own: its rows take some
 * time to make. NULL: it lets the old one go at once. */
void lam_window_hand_to_classes (LamWindow *window, LamWorkspace *workspace);
