/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How high a list is before it scrolls. */
#pragma once

#include <gtk/gtk.h>

/* As high as what is in it, but no higher than `most` px: to be called when
 * that has changed. Else what lies beside it in a popover, which grows no
 * further than it must, would take from it. */
void lam_scroll_height_fit (GtkScrolledWindow *scrolled, int most);
