/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Widgets are bound to the settings; a 0 is shown as "Automatic". */
#include "app/preferences.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/form-dialog.h"
#include "app/keys-dialog.h"
#include "lam-config.h"

#define GB 1e9

/* In the order of the template's entries. */
static const char *const schemes[] = { "default", "light", "dark" };

static gboolean
get_bytes (GValue *value, GVariant *variant, gpointer user_data)
{
  g_value_set_double (value, (double)g_variant_get_int64 (variant) / GB);
  return TRUE;
}

static GVariant *
set_bytes (const GValue *value, const GVariantType *type, gpointer user_data)
{
  return g_variant_new_int64 ((int64_t)(g_value_get_double (value) * GB));
}

static gboolean
get_count (GValue *value, GVariant *variant, gpointer user_data)
{
  g_value_set_double (value, g_variant_get_int32 (variant));
  return TRUE;
}

static GVariant *
set_count (const GValue *value, const GVariantType *type, gpointer user_data)
{
  return g_variant_new_int32 ((int32_t)g_value_get_double (value));
}

static gboolean
get_scheme (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *name = g_variant_get_string (variant, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i], name))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
set_scheme (const GValue *value, const GVariantType *type, gpointer user_data)
{
  guint i = g_value_get_uint (value);
  return g_variant_new_string (schemes[MIN (i, G_N_ELEMENTS (schemes) - 1)]);
}

static gboolean
output_cb (GtkSpinButton *spin, gpointer user_data)
{
  if (gtk_spin_button_get_value (spin) > 0)
    return FALSE;
  gtk_editable_set_text (GTK_EDITABLE (spin), _ ("Automatic"));
  return TRUE;
}

/* "Automatic" and whatever else is no number is 0. */
static int
input_cb (GtkSpinButton *spin, double *value, gpointer user_data)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));
  char *end;
  *value = g_strtod (text, &end);
  if (end == text)
    *value = 0;
  return TRUE;
}

static GtkSpinButton *
prepare_spin (GtkBuilder *builder, const char *name)
{
  GtkSpinButton *spin =
      GTK_SPIN_BUTTON (gtk_builder_get_object (builder, name));
  g_signal_connect (spin, "output", G_CALLBACK (output_cb), NULL);
  g_signal_connect (spin, "input", G_CALLBACK (input_cb), NULL);
  gtk_spin_button_update (spin);
  return spin;
}

/* --- the folder of fast copies ------------------------------------------ */

static void
folder_chosen_cb (GtkWindow *parent, const char *path, gpointer user_data)
{
  g_settings_set_string (user_data, "copy-folder", path);
}

static void
choose_cb (GtkButton *button, GSettings *settings)
{
  g_autofree char *path = g_settings_get_string (settings, "copy-folder");
  lam_file_question_present (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (button))),
      &(LamFileQuestion){ .title = _ ("Folder for Fast Copies"),
          .accept = _ ("_Choose"),
          .path = *path ? path : NULL,
          .is_folder = true },
      folder_chosen_cb, g_object_ref (settings), g_object_unref);
}

static void
reset_cb (GtkButton *button, GSettings *settings)
{
  g_settings_reset (settings, "copy-folder");
}

static void
keys_cb (GtkWidget *row, GSettings *settings)
{
  lam_keys_dialog_present (GTK_WINDOW (gtk_widget_get_root (row)), settings);
}

static gboolean
get_folder (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *path = g_variant_get_string (variant, NULL);
  g_autofree char *shown = g_filename_display_name (path);
  g_value_take_string (value,
      *path ? g_markup_escape_text (shown, -1)
            : g_strdup (_ ("In the cache folder")));
  return TRUE;
}

static void
bind_all (GtkBuilder *builder, GSettings *settings)
{
  const GSettingsBindFlags both = G_SETTINGS_BIND_DEFAULT;
  GObject *folder = gtk_builder_get_object (builder, "folder");
  g_settings_bind_with_mapping (settings, "colour-scheme",
      gtk_builder_get_object (builder, "colour_scheme"), "selected", both,
      get_scheme, set_scheme, NULL, NULL);
  g_settings_bind (settings, "pressure-to-radius",
      gtk_builder_get_object (builder, "pressure"), "active", both);
  g_settings_bind_with_mapping (settings, "idle-training-minutes",
      gtk_builder_get_object (builder, "idle_training"), "value", both,
      get_count, set_count, NULL, NULL);
  g_settings_bind_with_mapping (settings, "cache-bytes",
      prepare_spin (builder, "cache"), "value", both, get_bytes, set_bytes,
      NULL, NULL);
  g_settings_bind_with_mapping (settings, "network-bytes",
      prepare_spin (builder, "network"), "value", both, get_bytes, set_bytes,
      NULL, NULL);
  g_settings_bind_with_mapping (settings, "copy-limit-bytes",
      prepare_spin (builder, "limit"), "value", both, get_bytes, set_bytes,
      NULL, NULL);
  g_settings_bind_with_mapping (settings, "threads",
      prepare_spin (builder, "threads"), "value", both, get_count, set_count,
      NULL, NULL);
  g_settings_bind_with_mapping (settings, "copy-folder", folder, "subtitle",
      G_SETTINGS_BIND_GET, get_folder, NULL, NULL, NULL);
  g_signal_connect_object (gtk_builder_get_object (builder, "keys"),
      "activated", G_CALLBACK (keys_cb), settings, 0);
  g_signal_connect_object (gtk_builder_get_object (builder, "choose"),
      "clicked", G_CALLBACK (choose_cb), settings, 0);
  g_signal_connect_object (gtk_builder_get_object (builder, "reset"), "clicked",
      G_CALLBACK (reset_cb), settings, 0);
}

void
lam_preferences_present (GtkWindow *parent, GSettings *settings)
{
  g_return_if_fail (G_IS_SETTINGS (settings));
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/org/lamella/Lamella/preferences.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));
  bind_all (builder, settings);
  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}

void
lam_about_present (GtkWindow *parent)
{
  adw_show_about_window (parent, "application-name", "Lamella",
      "application-icon", "org.lamella.Lamella", "version", LAM_VERSION,
      "developer-name", _ ("The Lamella authors"), "comments",
      _ ("See, segment and correct volumes from electron microscopy."),
      "license-type", GTK_LICENSE_APACHE_2_0, "copyright",
      _ ("© The Lamella authors"), NULL);
}
