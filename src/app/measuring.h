/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Measures again after what changed, in the background and one at a time: what
 * is asked for waits a moment, so that a row of strokes makes one measurement,
 * and until the one under way has ended. That one goes on: it is of a moment,
 * and where something changes all the time none would ever end. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "base/progress.h"
#include "workspace/workspace.h"

typedef struct _LamMeasuring LamMeasuring;

/* `start` begins a measurement, at whose end lam_measuring_end() is to be
 * called; false: there is nothing to measure. `spinner` turns meanwhile, and
 * `share` says how far it is; both must live as long. */
LamMeasuring *lam_measuring_new (GtkSpinner *spinner, GtkLabel *share,
    bool (*start) (LamProgress *progress, gpointer user_data),
    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Asks for a measurement whenever labels are saved in a box that `concerns`
 * says is of interest, or classes change other than by which one is active; and
 * before that calls `leave` when voxels become of another size, so that nothing
 * that was measured is right any more. */
void lam_measuring_watch (LamMeasuring *measuring, LamWorkspace *workspace,
    bool (*concerns) (const LamBox *box, gpointer user_data),
    void (*leave) (gpointer user_data));
/* Cancels what is under way, of whose end nobody needs to be told. */
void lam_measuring_free (LamMeasuring *measuring);

void lam_measuring_ask (LamMeasuring *measuring);
/* What is under way is not wanted any more, and ends soon. */
void lam_measuring_cancel (LamMeasuring *measuring);
void lam_measuring_end (LamMeasuring *measuring);
