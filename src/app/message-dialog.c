/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/message-dialog.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/announce.h"

#define LAST_TOAST "lam-last-toast"
#define TOAST_SECONDS 6
/* Of a toast: when it was shown, in monotonic microseconds. */
#define SHOWN_AT "lam-shown-at"
#define SHOWN_TEXT "lam-shown-text"
/* It comes within half a second (libadwaita). One that is taken away before it
 * is there, and so is gone while it still comes, ends the program: libadwaita
 * 1.2 then uses it after it was freed. */
#define COMES_MICROSECONDS 800000

typedef struct {
  void (*agreed) (gpointer user_data);
  gpointer user_data;
  GDestroyNotify free_user_data;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;
  if (question->free_user_data)
    question->free_user_data (question->user_data);
  g_free (question);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Question *question = data;
  if (g_str_equal (response, "agree"))
    question->agreed (question->user_data);
}

void
lam_message_present (GtkWindow *parent, const char *heading, const char *body)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, heading, body);
  adw_message_dialog_add_response (
      ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
lam_question_present (GtkWindow *parent, const char *heading, const char *body,
    const char *verb, gboolean destructive, void (*agreed) (gpointer user_data),
    gpointer user_data, GDestroyNotify free_user_data)
{
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));
  adw_message_dialog_add_responses (
      dialog, "close", _ ("_Cancel"), "agree", verb, NULL);
  adw_message_dialog_set_response_appearance (dialog, "agree",
      destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (
      dialog, destructive ? "close" : "agree");

  Question *question = g_new (Question, 1);
  *question = (Question){ agreed, user_data, free_user_data };
  g_signal_connect_data (
      dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

GtkWindow *
lam_window_of (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

static GtkWidget *
find_toast_overlay (GtkWidget *widget)
{
  if (ADW_IS_TOAST_OVERLAY (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *overlay = find_toast_overlay (child);
    if (overlay)
      return overlay;
  }
  return NULL;
}

static void
forget_toast_cb (AdwToast *toast, GObject *overlay)
{
  if (g_object_get_data (overlay, LAST_TOAST) == toast)
    g_object_set_data (overlay, LAST_TOAST, NULL);
}

static bool
is_coming (AdwToast *toast)
{
  const int64_t *shown_at = g_object_get_data (G_OBJECT (toast), SHOWN_AT);
  return g_get_monotonic_time () - *shown_at < COMES_MICROSECONDS;
}

static void
add_toast (GtkWidget *overlay, const char *markup)
{
  AdwToast *toast = adw_toast_new (markup);
  const int64_t now = g_get_monotonic_time ();
  adw_toast_set_timeout (toast, TOAST_SECONDS);
  g_object_set_data_full (
      G_OBJECT (toast), SHOWN_AT, g_memdup2 (&now, sizeof now), g_free);
  g_object_set_data_full (
      G_OBJECT (overlay), LAST_TOAST, g_object_ref (toast), g_object_unref);
  g_signal_connect_object (
      toast, "dismissed", G_CALLBACK (forget_toast_cb), overlay, 0);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}

static AdwToast *
get_toast (GtkWindow *window)
{
  GtkWidget *overlay = window ? find_toast_overlay (GTK_WIDGET (window)) : NULL;
  return overlay ? g_object_get_data (G_OBJECT (overlay), LAST_TOAST) : NULL;
}

void
lam_window_toast (GtkWindow *window, const char *text)
{
  GtkWidget *overlay = window ? find_toast_overlay (GTK_WIDGET (window)) : NULL;
  if (!overlay) {
    lam_message_present (window, text, NULL);
    return;
  }
  /* A toast's title is markup. One that waited for its turn would say what is
   * true no more. */
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *before = g_object_get_data (G_OBJECT (overlay), LAST_TOAST);
  if (before && is_coming (before)) {
    adw_toast_set_title (before, markup);
  } else {
    if (before)
      adw_toast_dismiss (before);
    add_toast (overlay, markup);
  }
  g_object_set_data_full (
      G_OBJECT (get_toast (window)), SHOWN_TEXT, g_strdup (text), g_free);
  lam_announce ("MESSAGE %s", text);
}

char *
lam_window_dup_toast (GtkWindow *window)
{
  AdwToast *toast = get_toast (window);
  return toast ? g_strdup (g_object_get_data (G_OBJECT (toast), SHOWN_TEXT))
               : NULL;
}

void
lam_window_drop_toast (GtkWindow *window, const char *text)
{
  AdwToast *toast = get_toast (window);
  if (toast && !is_coming (toast)
      && g_strcmp0 (g_object_get_data (G_OBJECT (toast), SHOWN_TEXT), text)
          == 0)
    adw_toast_dismiss (toast);
}

void
lam_toast_show (GtkWidget *widget, const char *text)
{
  lam_window_toast (lam_window_of (widget), text);
}
