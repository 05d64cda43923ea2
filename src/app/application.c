/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/application.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "app/announce-widgets.h"
#include "app/announce.h"
#include "app/keys-dialog.h"
#include "app/preferences.h"
#include "app/sample.h"
#include "app/window.h"
#include "lam-config.h"

struct _LamApplication {
  AdwApplication parent_instance;
  guint terminate_source;
  /* Owned */
  GSettings *settings;
};

G_DEFINE_FINAL_TYPE (LamApplication, lam_application, ADW_TYPE_APPLICATION)

static LamWindow *
get_window (LamApplication *self)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));
  for (GList *l = windows; l; l = l->next)
    if (LAM_IS_WINDOW (l->data))
      return l->data;
  return LAM_WINDOW (lam_window_new (self));
}

static void
lam_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (get_window (LAM_APPLICATION (application))));
}

static void
lam_application_open (
    GApplication *application, GFile **files, int n_files, const char *hint)
{
  LamWindow *window = get_window (LAM_APPLICATION (application));
  gtk_window_present (GTK_WINDOW (window));
  g_autofree char *path = g_file_get_path (files[0]);
  if (path)
    lam_window_open (window, path);
  else
    lam_window_tell (window, _ ("Only files on this computer can be opened."));
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GList *windows = gtk_application_get_windows (user_data);
  g_autoptr (GList) copy = g_list_copy (windows);
  /* A window may refuse while something is not saved. */
  for (GList *l = copy; l; l = l->next)
    gtk_window_close (l->data);
}

static void
preferences_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  LamApplication *self = user_data;
  lam_preferences_present (GTK_WINDOW (get_window (self)), self->settings);
}

static void
shortcuts_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  LamApplication *self = user_data;
  lam_keys_dialog_present (GTK_WINDOW (get_window (self)), self->settings);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  lam_about_present (GTK_WINDOW (get_window (user_data)));
}

static void
sample_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  lam_sample_open (get_window (user_data));
}

static void
apply_colour_scheme (LamApplication *self)
{
  static const struct {
    const char *name;
    AdwColorScheme scheme;
  } schemes[] = {
    { "light", ADW_COLOR_SCHEME_FORCE_LIGHT },
    { "dark", ADW_COLOR_SCHEME_FORCE_DARK },
  };
  g_autofree char *name =
      g_settings_get_string (self->settings, "colour-scheme");
  AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i].name, name))
      scheme = schemes[i].scheme;
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

static gboolean
terminate_cb (gpointer user_data)
{
  quit_cb (NULL, NULL, user_data);
  return G_SOURCE_CONTINUE;
}

static void
lam_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { "quit", quit_cb },
    { "preferences", preferences_cb },
    { "shortcuts", shortcuts_cb },
    { "about", about_cb },
    { "sample", sample_cb },
  };
  LamApplication *self = LAM_APPLICATION (application);
  G_APPLICATION_CLASS (lam_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (LAM_APPLICATION_ID);
  g_action_map_add_action_entries (
      G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (self->settings, "changed::colour-scheme",
      G_CALLBACK (apply_colour_scheme), self, G_CONNECT_SWAPPED);
  apply_colour_scheme (self);
  self->terminate_source = g_unix_signal_add (SIGTERM, terminate_cb, self);
  if (g_getenv ("LAM_WATCHDOG"))
    lam_watchdog_start (g_getenv ("LAM_WATCHDOG"));
}

static void
lam_application_shutdown (GApplication *application)
{
  LamApplication *self = LAM_APPLICATION (application);
  lam_watchdog_stop ();
  g_clear_handle_id (&self->terminate_source, g_source_remove);
  G_APPLICATION_CLASS (lam_application_parent_class)->shutdown (application);
}

static int
lam_application_handle_local_options (
    GApplication *application, GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version")) {
    g_print ("Lamella %s\n", LAM_VERSION);
    return 0;
  }
  if (g_variant_dict_contains (options, "announce")
      || g_getenv ("LAM_TEST_READY")) {
    lam_announce_enable ();
    lam_announce_widgets_enable ();
  }
  /* An action, so that a program that runs already takes it. */
  if (g_variant_dict_contains (options, "sample")
      && g_application_register (application, NULL, NULL))
    g_action_group_activate_action (
        G_ACTION_GROUP (application), "sample", NULL);
  return -1;
}

static void
lam_application_finalize (GObject *object)
{
  g_clear_object (&LAM_APPLICATION (object)->settings);
  G_OBJECT_CLASS (lam_application_parent_class)->finalize (object);
}

static void
lam_application_class_init (LamApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_application_finalize;
  application_class->activate = lam_application_activate;
  application_class->open = lam_application_open;
  application_class->startup = lam_application_startup;
  application_class->shutdown = lam_application_shutdown;
  application_class->handle_local_options =
      lam_application_handle_local_options;
}

static void
lam_application_init (LamApplication *self)
{
  static const GOptionEntry entries[] = {
    { "version", 'v', 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"),
        NULL },
    { "sample", 0, 0, G_OPTION_ARG_NONE, NULL,
        N_ ("Open the sample project, making it the first time"), NULL },
    { "announce", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL,
        "Print what happens, for tests", NULL },
    { NULL },
  };
  GApplication *application = G_APPLICATION (self);
  g_application_add_main_option_entries (application, entries);
  g_application_set_option_context_parameter_string (application, _ ("[FILE]"));
  g_application_set_option_context_summary (application,
      _ ("Look at a volume of electron microscopy and label what is in it.\n"
         "FILE is an image stack (TIFF, OME-Zarr) or a project (.lamella)."));
}

LamApplication *
lam_application_new (GSettings *settings)
{
  LamApplication *self = g_object_new (LAM_TYPE_APPLICATION, "application-id",
      LAM_APPLICATION_ID, "flags", G_APPLICATION_HANDLES_OPEN,
      "resource-base-path", "/org/lamella/Lamella", NULL);
  self->settings = settings;
  return self;
}

GSettings *
lam_application_get_settings (LamApplication *application)
{
  return application->settings;
}
