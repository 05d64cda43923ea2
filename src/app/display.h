/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the panes of a window look at the data: grey window, label opacity,
 * outlines and the like, as one object that canvas and panels share. It is
 * remembered with the project.
 *
 * Properties, all readable and writable, so that widgets can be bound to them:
 * "low", "high" (double, the file's grey values that become black and white),
 * "range-low", "range-high" (double, what there is to choose from), "invert",
 * "interpolate", "hide-labels", "colour-by-class", "show-sources" (labels in
 * the colours of who said them), "show-doubts" (how unsure networks are;
 * "show-proposals" (what they propose; one of the three at most), "show-theirs"
 * (a second person's labels, in outlines over all that),
 * "show-crosshair" (boolean), "label-opacity", "outline-opacity" (double, 0 to
 * 1).
 *
 * Signals: "changed" () after any of them; "histogram-changed" (). */
#pragma once

#include <glib-object.h>

#include "view/scene.h"
#include "volume/histogram.h"
#include "workspace/workspace.h"

#define LAM_TYPE_DISPLAY (lam_display_get_type ())
G_DECLARE_FINAL_TYPE (LamDisplay, lam_display, LAM, DISPLAY, GObject)

LamDisplay *lam_display_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* Takes over what is remembered with the workspace, and remembers changes there
 * from now on. NULL: back to the defaults. Holds a reference. */
void lam_display_set_workspace (LamDisplay *display, LamWorkspace *workspace);
/* Whether the workspace remembered a grey window; else one must be found. */
bool lam_display_knows_window (LamDisplay *display);

/* The fields of a look that are kept here; the selected label, the newest run,
 * the crosshair's place and the background are the caller's. */
void lam_display_fill_look (LamDisplay *display, LamLook *look);
/* Grey window: both ends with one "changed". */
void lam_display_set_window (LamDisplay *display, double low, double high);

/* Borrowed; NULL while none was taken. Setting copies it and sets the range. */
const LamHistogram *lam_display_get_histogram (LamDisplay *display);
void lam_display_set_histogram (
    LamDisplay *display, const LamHistogram *histogram);
/* Window from the histogram's percentiles. Nothing without a histogram. */
void lam_display_auto_window (LamDisplay *display);
