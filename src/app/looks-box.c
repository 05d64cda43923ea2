/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/looks-box.h"

#include <glib/gi18n-lib.h>

#include "workspace/model-looks.h"
#include "workspace/project-models.h"

struct _LamLooksBox {
  GtkBox parent_instance;
  bool is_showing; /* what is chosen follows the project */
  LamWorkspace *workspace; /* Borrowed; NULL without a project */
  /* Template children */
  GtkToggleButton *looks_1, *looks_4, *looks_8;
  GtkLabel *looks_cost;
};

G_DEFINE_FINAL_TYPE (LamLooksBox, lam_looks_box, GTK_TYPE_BOX)

/* No list that drops down: in GTK 4.8 a popover in which one was open misses
 * clicks afterwards. */
static GtkToggleButton *
get_button (LamLooksBox *box, LamCopies copies)
{
  return copies == LAM_COPIES_FLIPS ? box->looks_4
      : copies == LAM_COPIES_TURNS  ? box->looks_8
                                    : box->looks_1;
}

void
lam_looks_box_refresh (LamLooksBox *box)
{
  g_return_if_fail (LAM_IS_LOOKS_BOX (box));
  if (!box->workspace)
    return;
  const LamCopies chosen = lam_workspace_get_copies (box->workspace);
  const int n = lam_workspace_count_looks (box->workspace);
  g_autofree char *text = g_strdup_printf (
      _ ("Takes %d times as long. What the looks do not agree on counts as "
         "unsure, and what all of them find as likely as not."),
      n);
  box->is_showing = true;
  gtk_toggle_button_set_active (get_button (box, chosen), TRUE);
  box->is_showing = false;
  gtk_label_set_text (box->looks_cost, text);
  gtk_widget_set_visible (GTK_WIDGET (box->looks_cost), n > 1);
  gtk_widget_set_visible (
      GTK_WIDGET (box), lam_workspace_get_active_model (box->workspace) != 0);
}

static void
chosen_cb (LamLooksBox *box)
{
  static const LamCopies all[] = { LAM_COPIES_ONE, LAM_COPIES_FLIPS,
    LAM_COPIES_TURNS };
  if (box->is_showing || !box->workspace)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    if (gtk_toggle_button_get_active (get_button (box, all[i])))
      lam_workspace_set_copies (box->workspace, all[i]);
}

void
lam_looks_box_set_workspace (LamLooksBox *box, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_LOOKS_BOX (box));
  g_set_weak_pointer (&box->workspace, workspace);
  lam_looks_box_refresh (box);
}

static void
lam_looks_box_dispose (GObject *object)
{
  LamLooksBox *box = LAM_LOOKS_BOX (object);
  g_clear_weak_pointer (&box->workspace);
  gtk_widget_dispose_template (GTK_WIDGET (box), LAM_TYPE_LOOKS_BOX);
  G_OBJECT_CLASS (lam_looks_box_parent_class)->dispose (object);
}

static void
lam_looks_box_class_init (LamLooksBoxClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_looks_box_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/looks-box.ui");
  gtk_widget_class_bind_template_child (widget_class, LamLooksBox, looks_1);
  gtk_widget_class_bind_template_child (widget_class, LamLooksBox, looks_4);
  gtk_widget_class_bind_template_child (widget_class, LamLooksBox, looks_8);
  gtk_widget_class_bind_template_child (widget_class, LamLooksBox, looks_cost);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
}

static void
lam_looks_box_init (LamLooksBox *box)
{
  gtk_widget_init_template (GTK_WIDGET (box));
}
