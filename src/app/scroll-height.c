/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/scroll-height.h"

void
lam_scroll_height_fit (GtkScrolledWindow *scrolled, int most)
{
  int natural;
  gtk_widget_measure (gtk_scrolled_window_get_child (scrolled),
      GTK_ORIENTATION_VERTICAL, -1, NULL, &natural, NULL, NULL);
  /* In this order, as it must not be the lower one. */
  gtk_scrolled_window_set_min_content_height (scrolled, -1);
  gtk_scrolled_window_set_max_content_height (scrolled, most);
  gtk_scrolled_window_set_min_content_height (scrolled, MIN (natural, most));
}
