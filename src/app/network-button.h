/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The network beside the person, in the header bar: what it does and how much
 * is left; behind it the project's networks, which one works, a pause and the
 * list of jobs. It owns the worker (workspace/model-worker.h), whose signal
 * "answered" it passes on. */
#pragma once

#include "app/canvas.h"

#define LAM_TYPE_NETWORK_BUTTON (lam_network_button_get_type ())
G_DECLARE_FINAL_TYPE (
    LamNetworkButton, lam_network_button, LAM, NETWORK_BUTTON, GtkWidget)

/* NULL: hidden, and nothing is computed. Holds a reference. */
void lam_network_button_set_workspace (
    LamNetworkButton *button, LamWorkspace *workspace);
/* Once, before the next: see lam_learning_box_set_up(). */
void lam_network_button_set_up (
    LamNetworkButton *button, GSettings *settings, GtkWidget *window);
/* Once: what the canvas shows is segmented first. Borrowed. */
void lam_network_button_set_canvas (
    LamNetworkButton *button, LamCanvas *canvas);
/* The same as the buttons inside; nothing without a project that can be
 * changed. */
void lam_network_button_add (LamNetworkButton *button);
void lam_network_button_segment_all (LamNetworkButton *button);
void lam_network_button_toggle_pause (LamNetworkButton *button);
void lam_network_button_open (LamNetworkButton *button);
/* Before the window goes. */
void lam_network_button_close (LamNetworkButton *button);
