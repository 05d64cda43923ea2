/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/shortcuts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "tools/tool.h"

#define SETTING "shortcuts"

static const LamShortcut file_rows[] = {
  { "win.open", N_ ("Open a volume or project"), "<Control>o" },
  { "win.import", N_ ("Import labels"), "<Control>i" },
  { "win.export", N_ ("Export labels"), "<Control>e" },
  { "win.save-copy", N_ ("Save a copy of the project"), "<Control><Shift>s" },
  { "app.preferences", N_ ("Preferences"), "<Control>comma" },
  { "app.shortcuts", N_ ("All shortcuts"), "F1" },
  { "app.quit", N_ ("Quit"), "<Control>q" },
};

static const LamShortcut edit_rows[] = {
  { "win.undo", N_ ("Undo"), "<Control>z" },
  { "win.redo", N_ ("Redo"), "<Control><Shift>z <Control>y" },
  { "win.pick", N_ ("Pick the label under the pointer"), "i" },
  { "win.new-instance", N_ ("New object of the same class"), "c" },
  { "win.swap-label", N_ ("Back to the label before"), "x" },
  { "win.class-key(1)", N_ ("Paint class 1"), "1 KP_1" },
  { "win.class-key(2)", N_ ("Paint class 2"), "2 KP_2" },
  { "win.class-key(3)", N_ ("Paint class 3"), "3 KP_3" },
  { "win.class-key(4)", N_ ("Paint class 4"), "4 KP_4" },
  { "win.class-key(5)", N_ ("Paint class 5"), "5 KP_5" },
  { "win.class-key(6)", N_ ("Paint class 6"), "6 KP_6" },
  { "win.class-key(7)", N_ ("Paint class 7"), "7 KP_7" },
  { "win.class-key(8)", N_ ("Paint class 8"), "8 KP_8" },
  { "win.class-key(9)", N_ ("Paint class 9"), "9 KP_9" },
  { "win.class-key(0)", N_ ("Paint background"), "0 KP_0" },
  { "win.step-radius(1)", N_ ("Larger brush"), "bracketright" },
  { "win.step-radius(-1)", N_ ("Smaller brush"), "bracketleft" },
  { "win.step-depth(1)", N_ ("Brush through more slices"),
      "<Shift>bracketright braceright" },
  { "win.step-depth(-1)", N_ ("Brush through fewer slices"),
      "<Shift>bracketleft braceleft" },
  { "win.cancel", N_ ("Take the open stroke back"), "Escape" },
};

static const LamShortcut view_rows[] = {
  { "win.step-slice(1)", N_ ("Next slice"), "period Right" },
  { "win.step-slice(-1)", N_ ("Previous slice"), "comma Left" },
  { "win.step-slice(10)", N_ ("Ten slices on"), "Page_Down" },
  { "win.step-slice(-10)", N_ ("Ten slices back"), "Page_Up" },
  { "win.fit", N_ ("Show the whole volume"), "Home" },
  { "win.centre", N_ ("Crosshair to the middle"), "End" },
  { "win.zoom(1)", N_ ("Zoom in"), "plus equal <Control>plus <Control>equal" },
  { "win.zoom(-1)", N_ ("Zoom out"), "minus <Control>minus" },
  { "win.maximise", N_ ("One pane or all four"), "f" },
  { "win.opacity(1)", N_ ("Stronger label colours"), "o" },
  { "win.opacity(-1)", N_ ("Weaker label colours"), "<Shift>o" },
  { "win.outlines", N_ ("Outlines on or off"), "a" },
  { "win.crosshair", N_ ("Crosshair on or off"), "h" },
  { "win.find-label", N_ ("Find a label"), "<Control>f" },
  { "win.goto", N_ ("Go to a position"), "<Control>g" },
  { "win.show-left", N_ ("Classes and labels"), "F9" },
  { "win.show-right", N_ ("Brush, image and history"), "<Shift>F9" },
  { "win.fullscreen", N_ ("Full screen"), "F11" },
};

static const LamShortcutGroup groups[] = {
  { N_ ("Painting"), edit_rows, G_N_ELEMENTS (edit_rows) },
  { N_ ("Looking"), view_rows, G_N_ELEMENTS (view_rows) },
  { N_ ("Files"), file_rows, G_N_ELEMENTS (file_rows) },
};

/* What cannot be an action: told, not bound. */
static const LamShortcut pointer_rows[] = {
  { "", N_ ("Hide labels while held"), "Tab" },
  { "", N_ ("Move the picture while dragging"), "space" },
  { "", N_ ("While painting: the other overwrite mode"), "Control_L" },
  { "", N_ ("While painting: straight line from the last stroke"), "Shift_L" },
  { "", N_ ("With a click: pick the label"), "Alt_L" },
};

const LamShortcutGroup *
lam_shortcut_get_groups (size_t *n_groups)
{
  *n_groups = G_N_ELEMENTS (groups);
  return groups;
}

char *
lam_shortcut_dup_keys (GSettings *settings, const LamShortcut *row)
{
  g_autoptr (GVariant) bound = g_settings_get_value (settings, SETTING);
  char *keys = NULL;
  if (g_variant_lookup (bound, row->action, "s", &keys))
    return keys;
  return g_strdup (row->keys);
}

static void
bind (GtkShortcutController *controller, GSettings *settings,
    const LamShortcut *row)
{
  g_autofree char *text = lam_shortcut_dup_keys (settings, row);
  g_auto (GStrv) keys = g_strsplit (text, " ", -1);
  for (int i = 0; keys[i]; i++) {
    guint key;
    GdkModifierType modifiers;
    if (!gtk_accelerator_parse (keys[i], &key, &modifiers))
      continue;
    g_autofree char *name = NULL;
    g_autoptr (GVariant) target = NULL;
    if (!g_action_parse_detailed_name (row->action, &name, &target, NULL))
      continue;
    GtkShortcut *shortcut = gtk_shortcut_new (
        gtk_keyval_trigger_new (key, modifiers), gtk_named_action_new (name));
    gtk_shortcut_set_arguments (shortcut, target);
    gtk_shortcut_controller_add_shortcut (controller, shortcut);
  }
}

/* The tools' own table says their keys. */
static LamShortcut
shortcut_of_tool (const LamTool *tool, char **action)
{
  *action = g_strdup_printf ("win.tool('%s')", tool->name);
  return (LamShortcut){ *action, tool->title, tool->accelerator };
}

GtkEventController *
lam_shortcuts_new_controller (GSettings *settings)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (groups); i++)
    for (size_t j = 0; j < groups[i].n_rows; j++)
      bind (GTK_SHORTCUT_CONTROLLER (controller), settings, &groups[i].rows[j]);
  const LamTool *const *tools = lam_tool_get_all ();
  for (int i = 0; tools[i]; i++) {
    g_autofree char *action = NULL;
    LamShortcut row = shortcut_of_tool (tools[i], &action);
    bind (GTK_SHORTCUT_CONTROLLER (controller), settings, &row);
  }
  return controller;
}

/* GTK 4.8 fills a shortcuts window from a description only. */
static void
describe_row (GString *xml, GSettings *settings, const LamShortcut *row)
{
  g_autofree char *keys = lam_shortcut_dup_keys (settings, row);
  g_autofree char *text = g_markup_printf_escaped (
      "<child><object class='GtkShortcutsShortcut'>"
      "<property name='title'>%s</property>"
      "<property name='accelerator'>%s</property></object></child>",
      _ (row->title), keys);
  g_string_append (xml, text);
}

static void
begin_group (GString *xml, const char *title)
{
  g_autofree char *text =
      g_markup_printf_escaped ("<child><object class='GtkShortcutsGroup'>"
                               "<property name='title'>%s</property>",
          title);
  g_string_append (xml, text);
}

static void
end_group (GString *xml)
{
  g_string_append (xml, "</object></child>");
}

static char *
describe (GSettings *settings)
{
  GString *xml = g_string_new ("<interface><object class="
                               "'GtkShortcutsWindow' id='window'><child>"
                               "<object class='GtkShortcutsSection'>"
                               "<property name='max-height'>17</property>");
  begin_group (xml, _ ("Tools"));
  const LamTool *const *tools = lam_tool_get_all ();
  for (int i = 0; tools[i]; i++) {
    g_autofree char *action = NULL;
    LamShortcut row = shortcut_of_tool (tools[i], &action);
    describe_row (xml, settings, &row);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (pointer_rows); i++)
    describe_row (xml, settings, &pointer_rows[i]);
  end_group (xml);
  for (size_t i = 0; i < G_N_ELEMENTS (groups); i++) {
    begin_group (xml, _ (groups[i].title));
    for (size_t j = 0; j < groups[i].n_rows; j++)
      describe_row (xml, settings, &groups[i].rows[j]);
    end_group (xml);
  }
  g_string_append (xml, "</object></child></object></interface>");
  return g_string_free (xml, FALSE);
}

void
lam_shortcuts_present (GtkWindow *parent, GSettings *settings)
{
  g_autofree char *xml = describe (settings);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (xml, -1);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));
  gtk_window_set_transient_for (window, parent);
  gtk_window_set_modal (window, TRUE);
  gtk_window_present (window);
}
