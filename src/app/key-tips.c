/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a tooltip or a text says without its keys is kept with its widget from
 * the first update on. */
#include "app/key-tips.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/shortcuts.h"

#define KEPT "lam-tip"
#define NAMES_KEYS "names-keys"
#define KEPT_TEXT "lam-text"

/* The detailed name of the action that a click does; NULL. */
static char *
dup_action (GtkWidget *widget)
{
  if (!GTK_IS_ACTIONABLE (widget))
    return NULL;
  GtkActionable *actionable = GTK_ACTIONABLE (widget);
  const char *name = gtk_actionable_get_action_name (actionable);
  return name ? g_action_print_detailed_name (
             name, gtk_actionable_get_action_target_value (actionable))
              : NULL;
}

static char *
dup_first_key (GSettings *settings, const char *action)
{
  const LamShortcut *row = lam_shortcut_find_action (action);
  g_autofree char *keys = row ? lam_shortcut_dup_keys (settings, row) : NULL;
  if (!keys || !*keys)
    return g_strdup (_ ("no key"));
  keys[strcspn (keys, " ")] = 0;
  return lam_shortcut_dup_keys_label (keys);
}

/* "Wider ({win.step-radius(1)})" becomes "Wider (])". */
char *
lam_key_tips_dup_text (const char *tip, GSettings *settings)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *open, *close;
  while ((open = strchr (tip, '{')) && (close = strchr (open, '}'))) {
    g_autofree char *action = g_strndup (open + 1, (gsize)(close - open - 1));
    g_autofree char *key = dup_first_key (settings, action);
    g_string_append_len (text, tip, open - tip);
    g_string_append (text, key);
    tip = close + 1;
  }
  g_string_append (text, tip);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
add_keys (const char *tip, GSettings *settings, const LamShortcut *row)
{
  g_autofree char *keys = lam_shortcut_dup_keys (settings, row);
  g_autofree char *label = lam_shortcut_dup_keys_label (keys);
  return *label ? g_strdup_printf ("%s (%s)", tip, label) : g_strdup (tip);
}

/* `text`, unless one is kept already. */
static const char *
keep (GtkWidget *widget, const char *name, const char *text)
{
  const char *kept = g_object_get_data (G_OBJECT (widget), name);
  if (kept)
    return kept;
  char *copy = g_strdup (text);
  g_object_set_data_full (G_OBJECT (widget), name, copy, g_free);
  return copy;
}

static void
update_tip (GtkWidget *widget, GSettings *settings)
{
  g_autofree char *action = dup_action (widget);
  const LamShortcut *row = action ? lam_shortcut_find_action (action) : NULL;
  const char *shown = gtk_widget_get_tooltip_text (widget);
  bool is_kept = g_object_get_data (G_OBJECT (widget), KEPT);
  if (!shown || !(row || is_kept || strchr (shown, '{')))
    return;
  const char *tip = keep (widget, KEPT, shown);
  g_autofree char *text = strchr (tip, '{')
      ? lam_key_tips_dup_text (tip, settings)
      : add_keys (tip, settings, row);
  gtk_widget_set_tooltip_text (widget, text);
}

static void
update_text (GtkWidget *widget, GSettings *settings)
{
  if (!GTK_IS_LABEL (widget) || !gtk_widget_has_css_class (widget, NAMES_KEYS))
    return;
  const char *kept =
      keep (widget, KEPT_TEXT, gtk_label_get_text (GTK_LABEL (widget)));
  g_autofree char *text = lam_key_tips_dup_text (kept, settings);
  gtk_label_set_text (GTK_LABEL (widget), text);
}

void
lam_key_tips_update (GtkWidget *widget, GSettings *settings)
{
  update_text (widget, settings);
  update_tip (widget, settings);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    lam_key_tips_update (child, settings);
}
