/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/open-dialog.h"

#include <glib/gi18n-lib.h>

#include "volume/format.h"

static void
add_extensions (GtkFileFilter *filter, const char *extensions)
{
  g_auto (GStrv) parts = g_strsplit (extensions, " ", -1);
  for (int i = 0; parts[i]; i++)
    if (*parts[i])
      gtk_file_filter_add_suffix (filter, parts[i]);
}

/* Whatever a format's row says it reads; the table is the only list. */
static void
add_volumes (GtkFileFilter *filter)
{
  const LamFormat *const *formats = lam_format_get_all ();
  for (int i = 0; formats[i]; i++)
    add_extensions (filter, formats[i]->extensions);
}

static void
add_filter (GtkFileChooser *chooser, const char *name, bool volumes,
    bool projects, bool all)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, name);
  if (volumes)
    add_volumes (filter);
  if (projects)
    gtk_file_filter_add_suffix (filter, "lamella");
  if (all)
    gtk_file_filter_add_pattern (filter, "*");
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
add_filters (GtkFileChooser *chooser, LamOpenKind kind)
{
  if (kind == LAM_OPEN_ANY)
    add_filter (chooser, _ ("Volumes and projects"), true, true, false);
  if (kind == LAM_OPEN_PROJECT)
    add_filter (chooser, _ ("Lamella projects"), false, true, false);
  else
    add_filter (chooser, _ ("Volumes"), true, false, false);
  add_filter (chooser, _ ("All files"), false, false, true);
}

static void
response_cb (GtkNativeDialog *dialog, int response, LamWindow *window)
{
  LamOpenKind kind =
      GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "lam-kind"));
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file =
        gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
    g_autofree char *path = g_file_get_path (file);
    if (!path)
      lam_window_tell (
          window, _ ("Only files on this computer can be opened."));
    else if (kind == LAM_OPEN_IMAGE_OF_PROJECT)
      lam_window_find_image (window, path);
    else
      lam_window_open (window, path);
  }
  g_object_unref (dialog);
}

void
lam_open_dialog_present (LamWindow *window, LamOpenKind kind)
{
  static const char *const titles[] = {
    [LAM_OPEN_ANY] = N_ ("Open a volume or project"),
    [LAM_OPEN_PROJECT] = N_ ("Open a project"),
    [LAM_OPEN_FOLDER] = N_ ("Open a folder of images"),
    [LAM_OPEN_IMAGE_OF_PROJECT] = N_ ("Find the project's image"),
  };
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ (titles[kind]), GTK_WINDOW (window),
          kind == LAM_OPEN_FOLDER ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                  : GTK_FILE_CHOOSER_ACTION_OPEN,
          NULL, NULL);
  if (kind != LAM_OPEN_FOLDER)
    add_filters (GTK_FILE_CHOOSER (dialog), kind);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data (G_OBJECT (dialog), "lam-kind", GINT_TO_POINTER (kind));
  g_signal_connect_object (
      dialog, "response", G_CALLBACK (response_cb), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
