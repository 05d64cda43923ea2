/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A window is taken to lie in the corner of the screen, which is where it
 * lies when there is no window manager. */
#include "app/announce-widgets.h"

#include <glib-unix.h>

#include "app/announce.h"
#include "app/label-row.h"
#include "app/text-cell.h"

/* Where the surface of `native` begins on the screen. */
static void
get_surface_place (GtkNative *native, double *x, double *y)
{
  *x = *y = 0;
  for (GdkSurface *surface = gtk_native_get_surface (native);
       surface && GDK_IS_POPUP (surface);
       surface = gdk_popup_get_parent (GDK_POPUP (surface))) {
    *x += gdk_popup_get_position_x (GDK_POPUP (surface));
    *y += gdk_popup_get_position_y (GDK_POPUP (surface));
  }
}

static bool
get_place (GtkWidget *widget, graphene_rect_t *place)
{
  GtkNative *native = gtk_widget_get_native (widget);
  double x, y, dx, dy;
  if (!native
      || !gtk_widget_compute_bounds (widget, GTK_WIDGET (native), place))
    return false;
  get_surface_place (native, &x, &y);
  gtk_native_get_surface_transform (native, &dx, &dy);
  graphene_rect_offset (place, (float)(x + dx), (float)(y + dy));
  return true;
}

static const char *
get_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));
  if (GTK_IS_INSCRIPTION (widget))
    return gtk_inscription_get_text (GTK_INSCRIPTION (widget));
  if (LAM_IS_TEXT_CELL (widget))
    return lam_text_cell_get_text (LAM_TEXT_CELL (widget));
  if (GTK_IS_WINDOW (widget))
    return gtk_window_get_title (GTK_WINDOW (widget));
  if (GTK_IS_EDITABLE (widget) && gtk_widget_get_mapped (widget))
    return gtk_editable_get_text (GTK_EDITABLE (widget));
  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)))
    return gtk_button_get_label (GTK_BUTTON (widget));
  return gtk_widget_get_tooltip_text (widget);
}

static const char *
get_state (GtkWidget *widget)
{
  GtkStateFlags flags = gtk_widget_get_state_flags (widget);
  if (flags & GTK_STATE_FLAG_INSENSITIVE)
    return "off";
  return flags & (GTK_STATE_FLAG_CHECKED | GTK_STATE_FLAG_SELECTED) ? "on"
                                                                    : "-";
}

static void
announce_widget (GtkWidget *widget)
{
  const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));
  const char *text = get_text (widget);
  graphene_rect_t place;
  bool is_named = (id && !g_str_has_prefix (id, "___")) || (text && *text)
      || GTK_IS_ENTRY (widget);
  if (!is_named || !get_place (widget, &place))
    return;
  g_autofree char *line = g_strdelimit (g_strdup (text ? text : ""), "\n", ' ');
  bool is_under =
      gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_PRELIGHT;
  lam_announce ("WIDGET\t%s\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%s%s\t%s",
      G_OBJECT_TYPE_NAME (widget), id ? id : "", place.origin.x, place.origin.y,
      place.size.width, place.size.height, get_state (widget),
      is_under ? "~" : "", line);
}

/* What it draws itself, as if each were a widget; a label's note is its class,
 * which others are called, too. */
static void
announce_row (LamLabelRow *row)
{
  static const char *const of_labels[LAM_N_ROW_PARTS] = { "colour", "name",
    NULL, "hide", "lock" };
  static const char *const of_groups[LAM_N_ROW_PARTS] = { "fold", "name",
    "note", "hide", "lock" };
  bool is_under = gtk_widget_get_state_flags (GTK_WIDGET (row))
      & GTK_STATE_FLAG_PRELIGHT;
  graphene_rect_t place;
  if (!lam_lazy_cell_is_filled (LAM_LAZY_CELL (row))
      || !get_place (GTK_WIDGET (row), &place))
    return;
  for (int i = 0; i < LAM_N_ROW_PARTS; i++) {
    const GdkRectangle part = lam_label_row_get_place (row, i);
    const char *id = lam_label_row_is_group (row) ? of_groups[i] : of_labels[i];
    if (id)
      lam_announce ("WIDGET\tLamLabelRow\t%s\t%.0f\t%.0f\t%d\t%d\t-%s\t%s",
          id, place.origin.x + (float)part.x, place.origin.y + (float)part.y,
          part.width, part.height, is_under ? "~" : "",
          lam_label_row_get_text (row, i));
  }
}

static void
announce_tree (GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  announce_widget (widget);
  if (LAM_IS_LABEL_ROW (widget))
    announce_row (LAM_LABEL_ROW (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    announce_tree (child);
}

static gboolean
asked_cb (gpointer user_data)
{
  g_autoptr (GList) windows = g_list_reverse (gtk_window_list_toplevels ());
  lam_announce_hold (TRUE);
  for (GList *i = windows; i; i = i->next)
    announce_tree (i->data);
  lam_announce_hold (FALSE);
  lam_announce ("WIDGETS");
  return G_SOURCE_CONTINUE;
}

void
lam_announce_widgets_enable (void)
{
  g_unix_signal_add (SIGUSR1, asked_cb, NULL);
  lam_announce ("LISTENING");
}
