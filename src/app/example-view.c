/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/example-view.h"

#include <glib/gi18n-lib.h>

/* Grey values are shown so many deviations around their mean. */
#define DEVIATIONS 2.5f
#define OPACITY 0.5f
/* At least; they fill what there is. */
#define PICTURE_PX 72

enum { IMAGE, TRUTH, SAID, N_COLUMNS };

struct _LamExampleView {
  GtkWidget parent_instance;
  /* Borrowed children */
  GtkGrid *grid;
  GtkLabel *empty;
  GtkPicture *pictures[N_COLUMNS][LAM_TRAINING_MAX_EXAMPLES];
};

G_DEFINE_FINAL_TYPE (LamExampleView, lam_example_view, GTK_TYPE_WIDGET)

/* A pixel of the image, under the colour of its class; what nobody knows is
 * darker. */
static void
put_pixel (uint8_t *to, float value, int class, const uint32_t *rgb)
{
  float grey = CLAMP (value / (2 * DEVIATIONS) + 0.5f, 0, 1) * 255;
  const bool is_plain = class < 0 || class == LAM_PATCH_IGNORED
      || rgb[class] == LAM_EXAMPLE_CLEAR;
  if (class == LAM_PATCH_IGNORED)
    grey *= 0.4f;
  for (int i = 0; i < 3; i++) {
    float colour = is_plain ? grey : (float)(rgb[class] >> (16 - 8 * i) & 255);
    to[i] = (uint8_t)(grey + OPACITY * (colour - grey));
  }
}

/* `classes` NULL: the image alone. */
static GdkTexture *
make_texture (const LamTrainingExample *example, const uint8_t *classes,
    const uint32_t *rgb)
{
  const gsize n = (gsize)(example->size[0] * example->size[1]);
  uint8_t *pixels = g_malloc (3 * n);
  for (gsize i = 0; i < n; i++)
    put_pixel (
        pixels + 3 * i, example->image[i], classes ? classes[i] : -1, rgb);
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 3 * n);
  return gdk_memory_texture_new ((int)example->size[0], (int)example->size[1],
      GDK_MEMORY_R8G8B8, bytes, 3 * (gsize)example->size[0]);
}

void
lam_example_view_show (LamExampleView *view, const LamTrainingExample *examples,
    int n, const uint32_t *rgb)
{
  gtk_widget_set_visible (GTK_WIDGET (view->grid), n > 0);
  gtk_widget_set_visible (GTK_WIDGET (view->empty), n == 0);
  for (int i = 0; i < LAM_TRAINING_MAX_EXAMPLES; i++) {
    const LamTrainingExample *example = i < n ? &examples[i] : NULL;
    const uint8_t *const classes[N_COLUMNS] = { NULL,
      example ? example->truth : NULL, example ? example->said : NULL };
    for (int column = 0; column < N_COLUMNS; column++) {
      g_autoptr (GdkTexture) texture =
          example ? make_texture (example, classes[column], rgb) : NULL;
      gtk_picture_set_paintable (
          view->pictures[column][i], GDK_PAINTABLE (texture));
      gtk_widget_set_visible (
          GTK_WIDGET (view->pictures[column][i]), example != NULL);
    }
  }
}

static void
add_column (LamExampleView *view, int column, const char *title)
{
  GtkWidget *label = gtk_label_new (title);
  gtk_widget_add_css_class (label, "caption");
  gtk_grid_attach (view->grid, label, column, 0, 1, 1);
  for (int i = 0; i < LAM_TRAINING_MAX_EXAMPLES; i++) {
    GtkWidget *picture = gtk_picture_new ();
    gtk_picture_set_can_shrink (GTK_PICTURE (picture), TRUE);
    gtk_picture_set_alternative_text (GTK_PICTURE (picture), title);
    gtk_widget_set_size_request (picture, PICTURE_PX, PICTURE_PX);
    gtk_widget_set_hexpand (picture, TRUE);
    gtk_widget_set_vexpand (picture, TRUE);
    gtk_grid_attach (view->grid, picture, column, 1 + i, 1, 1);
    view->pictures[column][i] = GTK_PICTURE (picture);
  }
}

static void
lam_example_view_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (lam_example_view_parent_class)->dispose (object);
}

static void
lam_example_view_class_init (LamExampleViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_example_view_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
}

static void
lam_example_view_init (LamExampleView *view)
{
  view->grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_row_spacing (view->grid, 4);
  gtk_grid_set_column_spacing (view->grid, 6);
  add_column (view, IMAGE, _ ("Image"));
  add_column (view, TRUTH, _ ("Truth"));
  add_column (view, SAID, _ ("Network"));
  view->empty = GTK_LABEL (gtk_label_new (
      _ ("Patches that the network is judged by come here, with what it says "
         "of them.")));
  gtk_widget_add_css_class (GTK_WIDGET (view->empty), "dim-label");
  gtk_label_set_wrap (view->empty, TRUE);
  gtk_label_set_xalign (view->empty, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (view->empty), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (view->grid), FALSE);
  gtk_widget_set_parent (GTK_WIDGET (view->grid), GTK_WIDGET (view));
  gtk_widget_set_parent (GTK_WIDGET (view->empty), GTK_WIDGET (view));
}
