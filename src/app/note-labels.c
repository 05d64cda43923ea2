/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Drawn as a few render nodes: neither a new layout of the window nor a picture
 * as large as the pane in each frame. Layouts of texts are kept between frames,
 * since the same words move with the picture. */
#include "app/note-labels.h"

#include <string.h>

#define MAX_LABELS 60
#define MAX_LAYOUTS 256
#define MAX_CHARS 28
#define GAP_PX 9.0 /* from the middle of its dot */
#define PAD_X_PX 5.0
#define PAD_Y_PX 1.0
#define RADIUS_PX 5.0

struct _LamNoteLabels {
  GtkWidget parent_instance;
  guint n_shown;
  /* Owned */
  GArray *labels; /* of LamNoteLabel */
  GHashTable *layouts; /* text → PangoLayout */
};

G_DEFINE_FINAL_TYPE (LamNoteLabels, lam_note_labels, GTK_TYPE_WIDGET)

static void
clear_label (gpointer data)
{
  g_free (((LamNoteLabel *)data)->text);
}

GArray *
lam_note_labels_new_array (void)
{
  GArray *labels = g_array_new (FALSE, FALSE, sizeof (LamNoteLabel));
  g_array_set_clear_func (labels, clear_label);
  return labels;
}

static char *
shorten (const char *text)
{
  if (g_utf8_strlen (text, -1) <= MAX_CHARS)
    return g_strdup (text);
  g_autofree char *head = g_utf8_substring (text, 0, MAX_CHARS - 1);
  return g_strconcat (head, "…", NULL);
}

/* Borrowed. */
static PangoLayout *
get_layout (LamNoteLabels *widget, const char *text)
{
  PangoLayout *layout = g_hash_table_lookup (widget->layouts, text);
  if (layout)
    return layout;
  if (g_hash_table_size (widget->layouts) >= MAX_LAYOUTS)
    g_hash_table_remove_all (widget->layouts);
  g_autofree char *shown = shorten (text);
  layout = gtk_widget_create_pango_layout (GTK_WIDGET (widget), shown);
  g_hash_table_insert (widget->layouts, g_strdup (text), layout);
  return layout;
}

static bool
is_free (const GArray *taken, const graphene_rect_t *place)
{
  for (guint i = 0; i < taken->len; i++)
    if (graphene_rect_intersection (
            &g_array_index (taken, graphene_rect_t, i), place, NULL))
      return false;
  return true;
}

static void
draw_label (
    GtkSnapshot *snapshot, PangoLayout *layout, const graphene_rect_t *place)
{
  const GdkRGBA white = { 1, 1, 1, 1 }, shade = { 0, 0, 0, 0.62f };
  GskRoundedRect outline;
  gsk_rounded_rect_init_from_rect (&outline, place, RADIUS_PX);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &shade, place);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
      &GRAPHENE_POINT_INIT (
          place->origin.x + PAD_X_PX, place->origin.y + PAD_Y_PX));
  gtk_snapshot_append_layout (snapshot, layout, &white);
  gtk_snapshot_restore (snapshot);
}

static void
lam_note_labels_snapshot (GtkWidget *base, GtkSnapshot *snapshot)
{
  LamNoteLabels *widget = LAM_NOTE_LABELS (base);
  g_autoptr (GArray) taken =
      g_array_new (FALSE, FALSE, sizeof (graphene_rect_t));
  for (guint i = 0; i < widget->labels->len && taken->len < MAX_LABELS; i++) {
    const LamNoteLabel *label =
        &g_array_index (widget->labels, LamNoteLabel, i);
    PangoLayout *layout = get_layout (widget, label->text);
    int width, height;
    pango_layout_get_pixel_size (layout, &width, &height);
    const graphene_rect_t place = GRAPHENE_RECT_INIT (
        (float)(label->x + GAP_PX), (float)(label->y - height / 2.0 - PAD_Y_PX),
        (float)(width + 2 * PAD_X_PX), (float)(height + 2 * PAD_Y_PX));
    if (!is_free (taken, &place))
      continue;
    g_array_append_val (taken, place);
    draw_label (snapshot, layout, &place);
  }
  widget->n_shown = taken->len;
}

/* Another font, or another density of pixels. */
static void
lam_note_labels_css_changed (GtkWidget *base, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lam_note_labels_parent_class)->css_changed (base, change);
  g_hash_table_remove_all (LAM_NOTE_LABELS (base)->layouts);
}

static void
lam_note_labels_finalize (GObject *object)
{
  LamNoteLabels *widget = LAM_NOTE_LABELS (object);
  g_array_unref (widget->labels);
  g_hash_table_unref (widget->layouts);
  G_OBJECT_CLASS (lam_note_labels_parent_class)->finalize (object);
}

static void
lam_note_labels_class_init (LamNoteLabelsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_note_labels_finalize;
  widget_class->snapshot = lam_note_labels_snapshot;
  widget_class->css_changed = lam_note_labels_css_changed;
  gtk_widget_class_set_css_name (widget_class, "note-labels");
  gtk_widget_class_set_accessible_role (
      widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
lam_note_labels_init (LamNoteLabels *widget)
{
  widget->labels = lam_note_labels_new_array ();
  widget->layouts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  gtk_widget_set_can_target (GTK_WIDGET (widget), FALSE);
  gtk_widget_set_overflow (GTK_WIDGET (widget), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
lam_note_labels_new (void)
{
  return g_object_new (LAM_TYPE_NOTE_LABELS, NULL);
}

static bool
is_same (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return false;
  for (guint i = 0; i < a->len; i++) {
    const LamNoteLabel *one = &g_array_index (a, LamNoteLabel, i);
    const LamNoteLabel *other = &g_array_index (b, LamNoteLabel, i);
    if (one->x != other->x || one->y != other->y
        || strcmp (one->text, other->text) != 0)
      return false;
  }
  return true;
}

void
lam_note_labels_take (LamNoteLabels *widget, GArray *labels)
{
  g_return_if_fail (LAM_IS_NOTE_LABELS (widget));
  const bool changes = !is_same (widget->labels, labels);
  g_array_unref (widget->labels);
  widget->labels = labels;
  if (changes)
    gtk_widget_queue_draw (GTK_WIDGET (widget));
}

guint
lam_note_labels_get_n_shown (LamNoteLabels *widget)
{
  g_return_val_if_fail (LAM_IS_NOTE_LABELS (widget), 0);
  return widget->n_shown;
}
