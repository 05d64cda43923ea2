/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/notice-bar.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"

/* One row a kind of notice. */
typedef struct {
  const char *style; /* "error", "warning" or "accent" */
  const char *icon_name;
  const char *label, *action; /* the main button; may be NULL */
  const char *other_label, *other_action; /* a second one; may be NULL */
  bool can_close;
  /* The text, or NULL when this notice does not apply. */
  char *(*dup_text) (LamWorkspace *workspace);
} Notice;

struct _LamNoticeBar {
  GtkWidget parent_instance;
  const Notice *shown;
  const Notice *closed; /* by the person, for this workspace */
  /* Owned */
  LamWorkspace *workspace;
  /* Template children */
  GtkRevealer *revealer;
  GtkWidget *box;
  GtkImage *icon;
  GtkLabel *text;
  GtkButton *other;
  GtkButton *main;
  GtkWidget *close;
};

G_DEFINE_FINAL_TYPE (LamNoticeBar, lam_notice_bar, GTK_TYPE_WIDGET)

static char *
dup_save_problem (LamWorkspace *workspace)
{
  if (lam_workspace_get_save_state (workspace) != LAM_SAVE_FAILED)
    return NULL;
  const GError *error = lam_workspace_get_save_error (workspace);
  int n = lam_workspace_get_n_unsaved (workspace);
  g_autofree char *count = g_strdup_printf (
      ngettext ("%d change could not be saved and is kept in memory.",
          "%d changes could not be saved and are kept in memory.", n),
      n);
  return g_strdup_printf ("%s %s", count, error ? error->message : "");
}

static char *
dup_image_problem (LamWorkspace *workspace)
{
  return g_strdup (lam_workspace_get_image_problem (workspace));
}

static char *
dup_read_only (LamWorkspace *workspace)
{
  if (!lam_workspace_get_store (workspace))
    return NULL;
  return g_strdup (lam_workspace_get_read_only_reason (workspace));
}

static char *
dup_no_project (LamWorkspace *workspace)
{
  if (lam_workspace_get_store (workspace))
    return NULL;
  return g_strdup (_ ("You are looking at an image. To paint on it, start a "
                      "project: it keeps your labels in a file of its own and "
                      "never changes the image."));
}

static char *
dup_copy_problem (LamWorkspace *workspace)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  const GError *error = volume ? lam_volume_get_copy_error (volume) : NULL;
  if (!error)
    return NULL;
  return g_strdup_printf (_ ("The side views stay slow: %s"), error->message);
}

static const Notice notices[] = {
  { "error", "dialog-error-symbolic", N_ ("Save a copy to…"), "win.save-copy",
      N_ ("Try again"), "win.retry-save", false, dup_save_problem },
  { "warning", "dialog-warning-symbolic", N_ ("Find image…"), "win.find-image",
      NULL, NULL, false, dup_image_problem },
  { "warning", "changes-prevent-symbolic", N_ ("Save a copy to…"),
      "win.save-copy", NULL, NULL, true, dup_read_only },
  { "warning", "dialog-warning-symbolic", NULL, NULL, NULL, NULL, true,
      dup_copy_problem },
  { "accent", "dialog-information-symbolic", N_ ("Start Labelling…"),
      "win.new-project", NULL, NULL, true, dup_no_project },
};

static void
set_button (GtkButton *button, const char *label, const char *action)
{
  gtk_widget_set_visible (GTK_WIDGET (button), label != NULL);
  if (!label)
    return;
  gtk_button_set_label (button, _ (label));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

static void
show (LamNoticeBar *bar, const Notice *notice, const char *text)
{
  if (bar->shown)
    gtk_widget_remove_css_class (bar->box, bar->shown->style);
  bar->shown = notice;
  gtk_widget_add_css_class (bar->box, notice->style);
  gtk_image_set_from_icon_name (bar->icon, notice->icon_name);
  gtk_label_set_text (bar->text, text);
  set_button (bar->main, notice->label, notice->action);
  set_button (bar->other, notice->other_label, notice->other_action);
  gtk_widget_set_visible (bar->close, notice->can_close);
}

static void
update (LamNoticeBar *bar)
{
  for (size_t i = 0; bar->workspace && i < G_N_ELEMENTS (notices); i++) {
    const Notice *notice = &notices[i];
    g_autofree char *text = notice->dup_text (bar->workspace);
    if (!text || notice == bar->closed)
      continue;
    show (bar, notice, text);
    lam_announce ("NOTICE %s", text);
    gtk_revealer_set_reveal_child (bar->revealer, TRUE);
    return;
  }
  gtk_revealer_set_reveal_child (bar->revealer, FALSE);
}

static void
close_cb (GtkButton *button, LamNoticeBar *bar)
{
  bar->closed = bar->shown;
  update (bar);
}

void
lam_notice_bar_set_workspace (LamNoticeBar *bar, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_NOTICE_BAR (bar));
  static const char *const names[] = { "save-state-changed", "project-changed",
    "image-changed" };

  if (bar->workspace)
    g_signal_handlers_disconnect_by_data (bar->workspace, bar);
  g_set_object (&bar->workspace, workspace);
  bar->closed = NULL;
  for (size_t i = 0; workspace && i < G_N_ELEMENTS (names); i++)
    g_signal_connect_object (
        workspace, names[i], G_CALLBACK (update), bar, G_CONNECT_SWAPPED);
  LamVolume *volume = workspace ? lam_workspace_get_volume (workspace) : NULL;
  if (volume)
    g_signal_connect_object (
        volume, "changed", G_CALLBACK (update), bar, G_CONNECT_SWAPPED);
  update (bar);
}

static void
lam_notice_bar_dispose (GObject *object)
{
  LamNoticeBar *bar = LAM_NOTICE_BAR (object);
  if (bar->workspace)
    g_signal_handlers_disconnect_by_data (bar->workspace, bar);
  g_clear_object (&bar->workspace);
  gtk_widget_dispose_template (GTK_WIDGET (bar), LAM_TYPE_NOTICE_BAR);
  G_OBJECT_CLASS (lam_notice_bar_parent_class)->dispose (object);
}

static void
lam_notice_bar_class_init (LamNoticeBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_notice_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/notice-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, box);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, icon);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, text);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, other);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, main);
  gtk_widget_class_bind_template_child (widget_class, LamNoticeBar, close);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static void
lam_notice_bar_init (LamNoticeBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
}

GtkWidget *
lam_notice_bar_new (void)
{
  return g_object_new (LAM_TYPE_NOTICE_BAR, NULL);
}
