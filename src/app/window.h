/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window: panels left and right, the panes in the middle, or the welcome
 * page while nothing is open. Its actions are in window-actions.c. */
#pragma once

#include "app/application.h"
#include "app/canvas.h"
#include "app/guide.h"
#include "app/place-bar.h"
#include "workspace/workspace.h"

#define LAM_TYPE_WINDOW (lam_window_get_type ())
G_DECLARE_FINAL_TYPE (LamWindow, lam_window, LAM, WINDOW, AdwApplicationWindow)

GtkWidget *lam_window_new (LamApplication *application);

/* Opens an image or project. What is open stays until the new one is there; what
 * is being opened is opened no more. */
void lam_window_open (LamWindow *window, const char *path);
/* Opens the image of the project that is open. */
void lam_window_find_image (LamWindow *window, const char *path);
/* A short message. */
void lam_window_tell (LamWindow *window, const char *text);
/* In the status bar, in place of the tool's hint. */
void lam_window_say (LamWindow *window, const char *text);

/* For the actions. Borrowed; NULL while nothing is open. */
LamWorkspace *lam_window_get_workspace (LamWindow *window);
LamToolBox *lam_window_get_tool_box (LamWindow *window);
LamCanvas *lam_window_get_canvas (LamWindow *window);
LamDisplay *lam_window_get_display (LamWindow *window);
LamNetworkButton *lam_window_get_network_button (LamWindow *window);
LamGuide *lam_window_get_guide (LamWindow *window);
LamPlaceBar *lam_window_get_place_bar (LamWindow *window);
/* The brush or the tool was changed by an action. */
void lam_window_refresh_tool (LamWindow *window);
void lam_window_focus_label_search (LamWindow *window);
/* See label-panel.h. */
GArray *lam_window_dup_chosen_labels (
    LamWindow *window, uint32_t id) G_GNUC_WARN_UNUSED_RESULT;
void lam_window_toggle_isolation (LamWindow *window);
/* "left" or "right". */
void lam_window_toggle_side (LamWindow *window, const char *side);
void lam_window_cancel_opening (LamWindow *window);
