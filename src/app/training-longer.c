/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/training-longer.h"

#include <glib/gi18n-lib.h>

struct _LamTrainingLonger {
  GtkWidget parent_instance;
  /* Template children */
  GtkMenuButton *longer;
  GtkSpinButton *amount_longer;
  GtkToggleButton *minutes_longer;
};

G_DEFINE_FINAL_TYPE (LamTrainingLonger, lam_training_longer, GTK_TYPE_WIDGET)

static guint asked_signal;

void
lam_training_longer_set_steps (LamTrainingLonger *longer, gint64 steps)
{
  g_return_if_fail (LAM_IS_TRAINING_LONGER (longer));
  if (!gtk_toggle_button_get_active (longer->minutes_longer))
    gtk_spin_button_set_value (longer->amount_longer, (double)steps);
}

static void
train_cb (GtkButton *train, LamTrainingLonger *longer)
{
  gtk_spin_button_update (longer->amount_longer);
  const double amount = gtk_spin_button_get_value (longer->amount_longer);
  const bool are_minutes =
      gtk_toggle_button_get_active (longer->minutes_longer);
  gtk_menu_button_popdown (longer->longer);
  g_signal_emit (longer, asked_signal, 0, are_minutes ? 60 * amount : 0.0,
      are_minutes ? (gint64)0 : (gint64)amount);
}

static void
lam_training_longer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), LAM_TYPE_TRAINING_LONGER);
  G_OBJECT_CLASS (lam_training_longer_parent_class)->dispose (object);
}

static void
lam_training_longer_class_init (LamTrainingLongerClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_training_longer_dispose;
  asked_signal =
      g_signal_new ("asked", LAM_TYPE_TRAINING_LONGER, G_SIGNAL_RUN_LAST, 0,
          NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_INT64);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/training-longer.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamTrainingLonger, child)
  BIND (longer);
  BIND (amount_longer);
  BIND (minutes_longer);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, train_cb);
}

static void
lam_training_longer_init (LamTrainingLonger *longer)
{
  gtk_widget_init_template (GTK_WIDGET (longer));
}
