/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A few patches of a validation, below each other: the image, what is true and
 * what the network says. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/training-curve.h"

#define LAM_TYPE_EXAMPLE_VIEW (lam_example_view_get_type ())
G_DECLARE_FINAL_TYPE (
    LamExampleView, lam_example_view, LAM, EXAMPLE_VIEW, GtkWidget)

/* `rgb`: by class, 0xRRGGBB, or LAM_EXAMPLE_CLEAR for one that is shown as the
 * image is, as background. */
#define LAM_EXAMPLE_CLEAR UINT32_MAX
void lam_example_view_show (LamExampleView *view,
    const LamTrainingExample *examples, int n, const uint32_t *rgb);
