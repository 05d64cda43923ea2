/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/shortcuts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/message-dialog.h"
#include "tools/tool.h"

#define SETTING "shortcuts"

static const LamShortcut file_rows[] = {
  { "win.open", N_ ("Open a volume or project"), "<Control>o" },
  { "win.import", N_ ("Import labels"), "<Control>i" },
  { "win.export", N_ ("Export labels"), "<Control>e" },
  { "win.export-training", N_ ("Export a training set"), "<Control><Shift>e" },
  { "win.merge-project", N_ ("Merge another copy of the project"),
      "<Control><Shift>m" },
  { "win.second-person", N_ ("A second person on a region, and agreement"),
      "<Control><Shift>j" },
  { "win.save-copy", N_ ("Save a copy of the project"), "<Control><Shift>s" },
  { "app.preferences", N_ ("Preferences"), "<Control>comma" },
  { "app.shortcuts", N_ ("All shortcuts"), "F1" },
  { "win.guide", N_ ("Guide for the first minutes"), "<Shift>F1" },
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
  { "win.pen('draw')",
      N_ ("Pen at the crosshair: the tool down there, or up; a click where "
          "that is all"),
      "z" },
  { "win.pen('erase')",
      N_ ("Pen at the crosshair: its eraser down, as the right button"),
      "<Shift>z" },
  { "win.pen('invert')",
      N_ ("Pen at the crosshair: down in the other overwrite mode, as with "
          "Ctrl"),
      "<Alt>z" },
  { "win.pen('line')",
      N_ ("Pen at the crosshair: down in a straight line from the last "
          "stroke"),
      "<Alt><Shift>z" },
  { "win.step-radius(1)", N_ ("Larger brush"), "bracketright" },
  { "win.step-radius(-1)", N_ ("Smaller brush"), "bracketleft" },
  { "win.step-depth(1)", N_ ("Brush through more slices"),
      "<Shift>bracketright braceright" },
  { "win.step-depth(-1)", N_ ("Brush through fewer slices"),
      "<Shift>bracketleft braceleft" },
  { "win.second-best(false)",
      N_ ("Take the network’s second best for the object under the pointer"),
      "r" },
  { "win.second-best(true)", N_ ("Take the second best in this slice only"),
      "<Shift>r" },
  { "win.accept(0)",
      N_ ("Accept what is shown, or the proposal under the pointer"),
      "Return KP_Enter" },
  { "win.accept(1)", N_ ("Accept all proposals of the slice on screen"),
      "<Shift>Return" },
  { "win.accept(2)", N_ ("Accept all proposals of the box on screen"),
      "<Control>Return" },
  { "win.reject(0)", N_ ("Reject the proposal under the pointer"), "Delete" },
  { "win.reject(1)", N_ ("Reject all proposals of the slice on screen"),
      "<Shift>Delete" },
  { "win.reject(2)", N_ ("Reject all proposals of the box on screen"),
      "<Control>Delete" },
  { "win.next-place", N_ ("Next likely error"), "n" },
  { "win.previous-place", N_ ("Likely error before"), "<Shift>n" },
  { "win.say-of-place(0)", N_ ("Likely error: it looks right"), "y" },
  { "win.say-of-place(1)", N_ ("Likely error: unsure"), "u" },
  { "win.take-theirs", N_ ("Where two people disagree: take the other’s word"),
      "<Shift>j" },
  { "win.take-object",
      N_ ("Where two people disagree: take theirs for the whole object, of the "
          "place that is shown or under the pointer"),
      "<Control>j" },
  { "win.keep-object",
      N_ ("Where two people disagree: keep mine for the whole object"),
      "<Alt>j" },
  { "win.take-verdict-back", N_ ("Likely error: take back what was said"),
      "<Shift>y" },
  { "win.write-to-place", N_ ("Likely error: write a note to it"), "<Shift>u" },
  { "win.networks", N_ ("Networks and their jobs"), "<Control><Shift>n" },
  { "win.add-network", N_ ("Add a network"), "" },
  { "win.regions", N_ ("Regions: their roles and how far they are"),
      "<Control><Shift>r" },
  { "win.train", N_ ("Train a network"), "<Control><Shift>t" },
  { "win.quality", N_ ("Quality: compare with a truth"), "<Control><Shift>q" },
  { "win.segment-all", N_ ("Segment the whole volume"), "" },
  { "win.pause-network", N_ ("Pause the network, or go on"),
      "<Control><Shift>p" },
  { "win.cancel", N_ ("Take the open stroke back, or stop opening a file"),
      "Escape" },
};

static const LamShortcut shape_rows[] = {
  { "win.preview('interpolate')",
      N_ ("Interpolate the chosen labels between painted slices: Enter "
          "accepts"),
      "v" },
  { "win.act-along(('copy-slice', 1))",
      N_ ("Copy the label from the slice before"), "<Shift>v" },
  { "win.act-along(('copy-slice', -1))",
      N_ ("Copy the label from the slice after"), "<Control><Shift>v" },
  { "win.extrude(1)",
      N_ ("Draw the label out through the slices after, as many as are set"),
      "<Alt>v" },
  { "win.extrude(-1)",
      N_ ("Draw the label out through the slices before, as many as are set"),
      "<Alt><Shift>v" },
  { "win.act(('fill-holes', false))",
      N_ ("Fill the label’s holes in the slice"), "<Control>h" },
  { "win.act(('fill-holes', true))", N_ ("Fill the label’s holes in space"),
      "<Control><Shift>h" },
  { "win.act(('grow', false))", N_ ("Grow the label in the slice"),
      "<Control>Up" },
  { "win.act(('grow', true))", N_ ("Grow the label in space"),
      "<Control><Shift>Up" },
  { "win.act(('shrink', false))", N_ ("Shrink the label in the slice"),
      "<Control>Down" },
  { "win.act(('shrink', true))", N_ ("Shrink the label in space"),
      "<Control><Shift>Down" },
  { "win.act(('open', false))",
      N_ ("Open the label in the slice: what is thin goes"), "" },
  { "win.act(('open', true))",
      N_ ("Open the label in space: what is thin goes"), "" },
  { "win.act(('close', false))",
      N_ ("Close the label in the slice: gaps are filled"), "" },
  { "win.act(('close', true))",
      N_ ("Close the label in space: gaps are filled"), "" },
  { "win.act(('smooth', false))", N_ ("Smooth the label in the slice"), "s" },
  { "win.act(('smooth', true))", N_ ("Smooth the label in space"), "<Shift>s" },
  { "win.act(('keep-largest', false))",
      N_ ("Keep the label’s largest piece in the slice"), "" },
  { "win.act(('keep-largest', true))", N_ ("Keep the label’s largest piece"),
      "" },
  { "win.act(('drop-small', false))",
      N_ ("Drop the label’s small pieces in the slice"), "" },
  { "win.act(('drop-small', true))", N_ ("Drop the label’s small pieces"), "" },
  { "win.act(('bridge', false))",
      N_ ("Join the label’s pieces by bridges in the slice"), "" },
  { "win.act(('bridge', true))", N_ ("Join the label’s pieces by bridges"),
      "<Alt>k" },
  { "win.act(('separate', true))", N_ ("Make each piece a label of its own"),
      "<Shift>k" },
  { "win.act(('cut-necks', false))",
      N_ ("Cut the chosen labels at their necks in the slice"), "" },
  { "win.act(('cut-necks', true))",
      N_ ("Cut the chosen labels at their necks: each part a label of its own"),
      "<Alt><Shift>k" },
  { "win.pick-greys", N_ ("Range of grey values from under the pointer"),
      "<Shift>t" },
  { "win.bookmark", N_ ("Set a bookmark here"), "<Control>b" },
  { "win.step-back",
      N_ ("Take back the last corner or scribble; erase a supervoxel"),
      "BackSpace" },
};

static const LamShortcut label_rows[] = {
  { "win.label-state(0)", N_ ("Selected labels: not started"), "<Alt>1" },
  { "win.label-state(1)", N_ ("Selected labels: in progress"), "<Alt>2" },
  { "win.label-state(2)",
      N_ ("Selected labels: completed, so that nothing changes them"),
      "<Alt>3" },
  { "win.label-state(3)", N_ ("Selected labels: flagged"), "<Alt>4" },
  { "win.verify-labels",
      N_ ("Verify the selected labels: accept their voxels, and completed"),
      "<Alt>y" },
  { "win.group-labels", N_ ("Put the selected labels or groups into a group"),
      "<Alt>g" },
  { "win.label-groups", N_ ("List the labels beneath their groups, or not"),
      "<Alt><Shift>g" },
  { "win.new-label-group", N_ ("New group of labels"), "<Control><Alt>g" },
  { "win.isolate", N_ ("Show the selected labels alone, or all"), "<Alt>i" },
  { "win.find-label", N_ ("Find a label"), "<Control>f" },
};

static const LamShortcut view_rows[] = {
  { "win.step-slice(1)", N_ ("Next slice"), "period Right" },
  { "win.step-slice(-1)", N_ ("Previous slice"), "comma Left" },
  { "win.step-slice(10)", N_ ("Ten slices on"), "Page_Down" },
  { "win.step-slice(-10)", N_ ("Ten slices back"), "Page_Up" },
  { "win.step-across((-1, 0))",
      N_ ("Crosshair, and the pen with it, to the left in the pane"),
      "<Shift>Left" },
  { "win.step-across((1, 0))", N_ ("Crosshair to the right"), "<Shift>Right" },
  { "win.step-across((0, -1))", N_ ("Crosshair up"), "<Shift>Up" },
  { "win.step-across((0, 1))", N_ ("Crosshair down"), "<Shift>Down" },
  { "win.step-across((-10, 0))", N_ ("Crosshair ten voxels to the left"),
      "<Alt>Left" },
  { "win.step-across((10, 0))", N_ ("Crosshair ten voxels to the right"),
      "<Alt>Right" },
  { "win.step-across((0, -10))", N_ ("Crosshair ten voxels up"), "<Alt>Up" },
  { "win.step-across((0, 10))", N_ ("Crosshair ten voxels down"), "<Alt>Down" },
  { "win.step-pane(1)", N_ ("The next pane for keys: xy, xz, yz"), "<Shift>f" },
  { "win.step-pane(-1)", N_ ("The pane before for keys"), "<Alt>f" },
  { "win.fit", N_ ("Show the whole volume"), "Home" },
  { "win.centre", N_ ("Crosshair to the middle"), "End" },
  { "win.zoom(1)", N_ ("Zoom in"), "plus equal <Control>plus <Control>equal" },
  { "win.zoom(-1)", N_ ("Zoom out"), "minus <Control>minus" },
  { "win.maximise", N_ ("One pane or all four"), "f" },
  { "win.opacity(1)", N_ ("Stronger label colours"), "o" },
  { "win.opacity(-1)", N_ ("Weaker label colours"), "<Shift>o" },
  { "win.outlines", N_ ("Outlines on or off"), "a" },
  { "win.doubt-map", N_ ("Map of how unsure the network is, on or off"), "d" },
  { "win.source-map", N_ ("Map of who said what, on or off"), "<Shift>d" },
  { "win.proposal-map", N_ ("What the network proposes, or the labels"), "w" },
  { "win.their-labels",
      N_ ("What the second person says, in outlines, on or off"), "<Shift>w" },
  { "win.ghosts", N_ ("Outlines of the slice you come from, on or off"),
      "<Shift>a" },
  { "win.region-lines", N_ ("Outlines of regions on or off"), "<Shift>h" },
  { "win.crosshair", N_ ("Crosshair on or off"), "h" },
  { "win.notes", N_ ("Notes: find one"), "<Control><Shift>b" },
  { "win.step-note(1)", N_ ("Next note"), "<Alt>n" },
  { "win.step-note(-1)", N_ ("Note before"), "<Alt><Shift>n" },
  { "win.note-marks", N_ ("Notes over the images on or off"), "<Alt>h" },
  { "win.goto", N_ ("Go to a position"), "<Control>g" },
  { "win.show-left", N_ ("Classes and labels"), "F9" },
  { "win.show-right", N_ ("Brush, image and history"), "<Shift>F9" },
  { "win.fullscreen", N_ ("Full screen"), "F11" },
};

/* The first is of the tools, whose own table says their keys. */
static LamShortcutGroup groups[] = {
  { N_ ("Tools") },
  { N_ ("Painting"), edit_rows, G_N_ELEMENTS (edit_rows) },
  { N_ ("Shapes"), shape_rows, G_N_ELEMENTS (shape_rows) },
  { N_ ("Labels"), label_rows, G_N_ELEMENTS (label_rows) },
  { N_ ("Looking"), view_rows, G_N_ELEMENTS (view_rows) },
  { N_ ("Files"), file_rows, G_N_ELEMENTS (file_rows) },
};

static void
fill_tool_rows (LamShortcutGroup *group)
{
  const LamTool *const *tools = lam_tool_get_all ();
  size_t n = 0;
  while (tools[n])
    n++;
  LamShortcut *rows = g_new0 (LamShortcut, n);
  for (size_t i = 0; i < n; i++) {
    char *action = g_strdup_printf ("win.tool('%s')", tools[i]->name);
    const char *keys = tools[i]->accelerator;
    rows[i] = (LamShortcut){ action, tools[i]->title, keys ? keys : "" };
  }
  group->rows = rows;
  group->n_rows = n;
}

const LamShortcutGroup *
lam_shortcut_get_groups (size_t *n_groups)
{
  if (!groups[0].rows)
    fill_tool_rows (&groups[0]);
  *n_groups = G_N_ELEMENTS (groups);
  return groups;
}

const LamShortcut *
lam_shortcut_find_action (const char *action)
{
  size_t n_groups;
  const LamShortcutGroup *all = lam_shortcut_get_groups (&n_groups);
  for (size_t i = 0; i < n_groups; i++)
    for (size_t j = 0; j < all[i].n_rows; j++)
      if (g_str_equal (all[i].rows[j].action, action))
        return &all[i].rows[j];
  return NULL;
}

bool
lam_shortcut_leads_away (const LamShortcut *row)
{
  static const char *const windows[] = { "win.networks", "win.regions",
    "win.train", "win.quality", "win.notes", "win.goto", "win.find-label",
    NULL };
  return (row >= file_rows && row < file_rows + G_N_ELEMENTS (file_rows))
      || g_strv_contains (windows, row->action);
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

void
lam_shortcut_set_keys (
    GSettings *settings, const LamShortcut *row, const char *keys)
{
  g_autoptr (GVariant) bound = g_settings_get_value (settings, SETTING);
  GVariantIter iter;
  const char *action, *old;
  g_auto (GVariantBuilder) builder =
      G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, bound);
  while (g_variant_iter_next (&iter, "{&s&s}", &action, &old))
    if (!g_str_equal (action, row->action))
      g_variant_builder_add (&builder, "{ss}", action, old);
  if (!g_str_equal (keys, row->keys))
    g_variant_builder_add (&builder, "{ss}", row->action, keys);
  g_settings_set_value (settings, SETTING, g_variant_builder_end (&builder));
}

void
lam_shortcuts_reset (GSettings *settings)
{
  g_settings_reset (settings, SETTING);
}

char *
lam_shortcut_dup_keys_label (const char *keys)
{
  g_auto (GStrv) parts = g_strsplit (keys, " ", -1);
  GString *text = g_string_new (NULL);
  for (int i = 0; parts[i]; i++) {
    guint key;
    GdkModifierType modifiers;
    if (!gtk_accelerator_parse (parts[i], &key, &modifiers))
      continue;
    g_autofree char *label = gtk_accelerator_get_label (key, modifiers);
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", label);
  }
  return g_string_free (text, FALSE);
}

bool
lam_shortcut_keys_hold (const char *keys, guint key, GdkModifierType modifiers)
{
  g_auto (GStrv) parts = g_strsplit (keys, " ", -1);
  for (int i = 0; parts[i]; i++) {
    guint part_key;
    GdkModifierType part_modifiers;
    if (gtk_accelerator_parse (parts[i], &part_key, &part_modifiers)
        && part_key == key && part_modifiers == modifiers)
      return true;
  }
  return false;
}

const LamShortcut *
lam_shortcut_find (GSettings *settings, guint key, GdkModifierType modifiers)
{
  size_t n_groups;
  const LamShortcutGroup *all = lam_shortcut_get_groups (&n_groups);
  for (size_t i = 0; i < n_groups; i++)
    for (size_t j = 0; j < all[i].n_rows; j++) {
      g_autofree char *keys = lam_shortcut_dup_keys (settings, &all[i].rows[j]);
      if (lam_shortcut_keys_hold (keys, key, modifiers))
        return &all[i].rows[j];
    }
  return NULL;
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

/* ---- Before others take them -------------------------------------------- */

/* In a text, left and right go from word to word. */
static bool
is_taken_by_scrolling (GtkWidget *focus, guint key, GdkModifierType modifiers)
{
  const bool is_upright = key == GDK_KEY_Up || key == GDK_KEY_Down;
  const bool is_level = key == GDK_KEY_Left || key == GDK_KEY_Right;
  return modifiers & GDK_CONTROL_MASK && focus
      && (is_upright || (is_level && !GTK_IS_TEXT (focus)))
      && gtk_widget_get_ancestor (focus, GTK_TYPE_VIEWPORT);
}

/* Escape is about what is being done, not about a message that goes by itself;
 * writing and what hangs over the window have it first. The message; NULL: it
 * is not so. */
static char *
dup_toast_in_the_way (
    GtkWindow *window, GtkWidget *focus, guint key, GdkModifierType modifiers)
{
  if (key != GDK_KEY_Escape || modifiers
      || (focus
          && (GTK_IS_TEXT (focus) || GTK_IS_TEXT_VIEW (focus)
              || gtk_widget_get_ancestor (focus, GTK_TYPE_POPOVER))))
    return NULL;
  return lam_window_dup_toast (window);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, GSettings *settings)
{
  GtkWidget *window =
      gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller));
  const GdkModifierType modifiers =
      state & gtk_accelerator_get_default_mod_mask ();
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (window));
  g_autofree char *toast =
      dup_toast_in_the_way (GTK_WINDOW (window), focus, key, modifiers);
  if (!toast && !is_taken_by_scrolling (focus, key, modifiers))
    return GDK_EVENT_PROPAGATE;
  const LamShortcut *row = lam_shortcut_find (settings, key, modifiers);
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  if (!row || !g_action_parse_detailed_name (row->action, &name, &target, NULL))
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action_variant (window, name, target);
  if (toast)
    lam_window_drop_toast (GTK_WINDOW (window), toast);
  return GDK_EVENT_STOP;
}

void
lam_shortcuts_put_first (GtkWindow *window, GSettings *settings)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (
      keys, "key-pressed", G_CALLBACK (key_cb), settings, 0);
  gtk_widget_add_controller (GTK_WIDGET (window), keys);
}

/* ---- Binding ------------------------------------------------------------ */

GtkEventController *
lam_shortcuts_new_controller (GSettings *settings)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  lam_shortcuts_bind (GTK_SHORTCUT_CONTROLLER (controller), settings);
  return controller;
}

void
lam_shortcuts_bind (GtkShortcutController *controller, GSettings *settings)
{
  size_t n_groups;
  const LamShortcutGroup *all = lam_shortcut_get_groups (&n_groups);
  GListModel *list = G_LIST_MODEL (controller);
  while (g_list_model_get_n_items (list) > 0) {
    g_autoptr (GtkShortcut) first = g_list_model_get_item (list, 0);
    gtk_shortcut_controller_remove_shortcut (controller, first);
  }
  for (size_t i = 0; i < n_groups; i++)
    for (size_t j = 0; j < all[i].n_rows; j++)
      bind (controller, settings, &all[i].rows[j]);
}
