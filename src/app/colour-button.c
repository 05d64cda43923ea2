/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The popover is made when it is first asked for, because a list of labels
 * shows many of these buttons and few are ever pressed. */
#include "app/colour-button.h"

#include <glib/gi18n-lib.h>

#include "labels/class-table.h"

#define N_COLUMNS 6
#define SWATCH_PX 16

/* Rows from strong to soft, hues in the order of the wheel: they stay apart on
 * grey images, and for most of those who see red and green alike. */
static const uint32_t palette[] = { 0xe5343d, 0xff8c1a, 0xf5d547, 0x3fae49,
  0x2f7de1, 0x9346c2, 0xb3001b, 0xc75000, 0xc9a100, 0x1b7a2f, 0x0b4fa8,
  0x5e1f8f, 0xff8a80, 0xffc285, 0xfff0a0, 0x9fe0a5, 0x9cc8ff, 0xd6aef2,
  0x00bfc4, 0x7fe0d4, 0xf067b4, 0xa2734c, 0xffffff, 0x8a8a8a };

struct _LamColourButton {
  AdwBin parent_instance;
  uint32_t rgb;
  bool has_automatic;
  /* Borrowed children */
  GtkMenuButton *button;
  GtkWidget *swatch;
};

G_DEFINE_FINAL_TYPE (LamColourButton, lam_colour_button, ADW_TYPE_BIN)

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

static GdkRGBA
to_rgba (uint32_t rgb)
{
  return (GdkRGBA){ (float)(rgb >> 16 & 255) / 255.f,
    (float)(rgb >> 8 & 255) / 255.f, (float)(rgb & 255) / 255.f, 1 };
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height,
    gpointer user_data)
{
  GdkRGBA colour = to_rgba (GPOINTER_TO_UINT (user_data));
  double size = MIN (width, height);
  double x = (width - size) / 2, y = (height - size) / 2, r = size / 4;

  cairo_new_sub_path (cr);
  cairo_arc (cr, x + size - r, y + r, r, -G_PI_2, 0);
  cairo_arc (cr, x + size - r, y + size - r, r, 0, G_PI_2);
  cairo_arc (cr, x + r, y + size - r, r, G_PI_2, G_PI);
  cairo_arc (cr, x + r, y + r, r, G_PI, 1.5 * G_PI);
  cairo_close_path (cr);
  gdk_cairo_set_source_rgba (cr, &colour);
  cairo_fill_preserve (cr);
  /* A thin edge, so that white and black are seen on any background. */
  cairo_clip_preserve (cr);
  cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.6);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
}

static void
show_rgb (GtkWidget *swatch, uint32_t rgb)
{
  gtk_drawing_area_set_draw_func (
      GTK_DRAWING_AREA (swatch), draw_cb, GUINT_TO_POINTER (rgb), NULL);
}

static GtkWidget *
swatch_new (uint32_t rgb)
{
  GtkWidget *swatch = gtk_drawing_area_new ();
  gtk_widget_set_size_request (swatch, SWATCH_PX, SWATCH_PX);
  gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
  show_rgb (swatch, rgb);
  return swatch;
}

static void
choose (LamColourButton *button, uint32_t rgb)
{
  gtk_menu_button_popdown (button->button);
  g_signal_emit (button, signals[CHOSEN], 0, rgb);
}

static void
palette_clicked_cb (GtkButton *swatch_button, LamColourButton *button)
{
  choose (button,
      GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (swatch_button), "rgb")));
}

static void
automatic_clicked_cb (GtkButton *clicked, LamColourButton *button)
{
  choose (button, LAM_RGB_AUTO);
}

static uint32_t
to_byte (float part)
{
  return (uint32_t)(CLAMP (part, 0.f, 1.f) * 255.f + 0.5f);
}

static void
other_response_cb (GtkDialog *dialog, int response, LamColourButton *button)
{
  if (response == GTK_RESPONSE_OK) {
    GdkRGBA colour;
    gtk_color_chooser_get_rgba (GTK_COLOR_CHOOSER (dialog), &colour);
    choose (button,
        to_byte (colour.red) << 16 | to_byte (colour.green) << 8
            | to_byte (colour.blue));
  }
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
other_clicked_cb (GtkButton *clicked, LamColourButton *button)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (button));
  GtkWidget *dialog = gtk_color_chooser_dialog_new (
      _ ("Choose a Colour"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL);
  GdkRGBA colour = to_rgba (button->rgb);

  gtk_menu_button_popdown (button->button);
  gtk_color_chooser_set_use_alpha (GTK_COLOR_CHOOSER (dialog), FALSE);
  gtk_color_chooser_set_rgba (GTK_COLOR_CHOOSER (dialog), &colour);
  gtk_window_set_modal (GTK_WINDOW (dialog), TRUE);
  g_signal_connect_object (
      dialog, "response", G_CALLBACK (other_response_cb), button, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
palette_grid_new (LamColourButton *button)
{
  GtkWidget *grid = gtk_grid_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (palette); i++) {
    g_autofree char *name = g_strdup_printf ("#%06X", palette[i]);
    GtkWidget *child = gtk_button_new ();
    gtk_widget_add_css_class (child, "flat");
    gtk_widget_add_css_class (child, "swatch");
    gtk_button_set_child (GTK_BUTTON (child), swatch_new (palette[i]));
    gtk_widget_set_tooltip_text (child, name);
    gtk_accessible_update_property (
        GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    g_object_set_data (G_OBJECT (child), "rgb", GUINT_TO_POINTER (palette[i]));
    g_signal_connect_object (
        child, "clicked", G_CALLBACK (palette_clicked_cb), button, 0);
    gtk_grid_attach (
        GTK_GRID (grid), child, i % N_COLUMNS, (int)i / N_COLUMNS, 1, 1);
  }
  return grid;
}

static GtkWidget *
text_button_new (const char *text, GCallback clicked, LamColourButton *button)
{
  GtkWidget *child = gtk_button_new_with_label (text);
  gtk_widget_add_css_class (child, "flat");
  g_signal_connect_object (child, "clicked", clicked, button, 0);
  return child;
}

static void
create_popover_cb (GtkMenuButton *menu_button, gpointer user_data)
{
  LamColourButton *button = user_data;
  if (gtk_menu_button_get_popover (menu_button))
    return;

  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  gtk_box_append (GTK_BOX (box), palette_grid_new (button));
  if (button->has_automatic)
    gtk_box_append (GTK_BOX (box),
        text_button_new (
            _ ("_Automatic"), G_CALLBACK (automatic_clicked_cb), button));
  gtk_box_append (GTK_BOX (box),
      text_button_new (
          _ ("_Other Colour…"), G_CALLBACK (other_clicked_cb), button));
  for (GtkWidget *child = gtk_widget_get_first_child (box); child;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_BUTTON (child))
      gtk_button_set_use_underline (GTK_BUTTON (child), TRUE);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_menu_button_set_popover (menu_button, popover);
}

static void
lam_colour_button_class_init (LamColourButtonClass *class)
{
  signals[CHOSEN] = g_signal_new ("chosen", LAM_TYPE_COLOUR_BUTTON,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
lam_colour_button_init (LamColourButton *button)
{
  button->button = GTK_MENU_BUTTON (gtk_menu_button_new ());
  button->swatch = swatch_new (0);
  gtk_menu_button_set_child (button->button, button->swatch);
  gtk_menu_button_set_has_frame (button->button, FALSE);
  gtk_menu_button_set_create_popup_func (
      button->button, create_popover_cb, button, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (button->button), "swatch");
  gtk_widget_set_valign (GTK_WIDGET (button->button), GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button->button), _ ("Colour"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button->button),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Colour"), -1);
  adw_bin_set_child (ADW_BIN (button), GTK_WIDGET (button->button));
}

GtkWidget *
lam_colour_button_new (void)
{
  return g_object_new (LAM_TYPE_COLOUR_BUTTON, NULL);
}

void
lam_colour_button_set_rgb (LamColourButton *button, uint32_t rgb)
{
  g_return_if_fail (LAM_IS_COLOUR_BUTTON (button));
  if (button->rgb == rgb)
    return;
  button->rgb = rgb;
  show_rgb (button->swatch, rgb);
}

uint32_t
lam_colour_button_get_rgb (LamColourButton *button)
{
  g_return_val_if_fail (LAM_IS_COLOUR_BUTTON (button), 0);
  return button->rgb;
}

void
lam_colour_button_set_has_automatic (
    LamColourButton *button, bool has_automatic)
{
  g_return_if_fail (LAM_IS_COLOUR_BUTTON (button));
  button->has_automatic = has_automatic;
}

void
lam_colour_button_popup (LamColourButton *button)
{
  g_return_if_fail (LAM_IS_COLOUR_BUTTON (button));
  gtk_menu_button_popup (button->button);
}
