/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib/gi18n-lib.h>
#include <locale.h>

#include "app/application.h"
#include "app/settings.h"
#include "base/memory.h"
#include "lam-config.h"

int
main (int argc, char **argv)
{
  lam_memory_keep_freed ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LAM_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_set_application_name ("Lamella");

  g_autoptr (GError) error = NULL;
  GSettings *settings = lam_settings_new (&error);
  if (!settings) {
    g_printerr ("lamella: %s\n", error->message);
    return 1;
  }
  g_autoptr (LamApplication) application = lam_application_new (settings);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
