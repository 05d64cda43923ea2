/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The dialogs of the window on a real project, in process. */
#include "panel-fixture.h"

#include <math.h>
#include <string.h>

#include "app/channel-dialog.h"
#include "app/export-dialog.h"
#include "app/goto-dialog.h"
#include "app/import-dialog.h"
#include "app/keys-dialog.h"
#include "app/learning-box.h"
#include "app/message-dialog.h"
#include "app/model-list.h"
#include "app/preferences.h"
#include "app/region-choice.h"
#include "app/shortcuts.h"
#include "app/training-form.h"
#include "app/voxel-size-dialog.h"
#include "workspace/regions.h"

static const char *
get_problem (gpointer dialog)
{
  GtkWidget *label = GTK_WIDGET (gtk_widget_get_template_child (
      GTK_WIDGET (dialog), g_type_from_name ("LamFormDialog"), "problem"));
  return gtk_widget_get_visible (label) ? gtk_label_get_text (GTK_LABEL (label))
                                        : NULL;
}

static bool
can_accept (gpointer dialog)
{
  return gtk_widget_get_sensitive (GTK_WIDGET (gtk_widget_get_template_child (
      GTK_WIDGET (dialog), g_type_from_name ("LamFormDialog"), "accept")));
}

static GtkWindow *
open_dialog (Fixture *fixture, const char *type)
{
  wait_until (find_window (type));
  GtkWindow *dialog = find_window (type);
  take_picture (dialog, type);
  return dialog;
}

static void
begin (Fixture *fixture)
{
  gtk_window_present (fixture->window);
  wait_until (gtk_widget_get_mapped (GTK_WIDGET (fixture->window)));
}

static void
test_goto (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  lam_goto_dialog_present (fixture->window, fixture->workspace);
  GtkWindow *dialog = open_dialog (fixture, "LamGotoDialog");
  GtkEditable *place = child_of (dialog, "place");
  const struct {
    const char *text;
    bool is_good, is_explained;
  } cases[] = {
    { "10, 20, 5", true, false },
    { "x=10 y=20 z=5", true, false },
    { "10 20", false, false },
    { "10;20;5;7", false, false },
    { "", false, false },
    { "1e999, 2, 3", false, false },
    { "10, 20, 500", false, true },
    { "-1, 20, 5", false, true },
    { "95 95 23", true, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    gtk_editable_set_text (place, cases[i].text);
    g_assert_cmpint (can_accept (dialog), ==, cases[i].is_good);
    g_assert_cmpint (get_problem (dialog) != NULL, ==, cases[i].is_explained);
  }
  gtk_editable_set_text (place, "10, 20, 5");
  g_signal_emit_by_name (dialog, "accept");
  const double *position = lam_workspace_get_position (fixture->workspace);
  g_assert_cmpfloat (position[0], ==, 10.5);
  g_assert_cmpfloat (position[2], ==, 5.5);

  lam_goto_dialog_present (fixture->window, fixture->workspace);
  dialog = open_dialog (fixture, "LamGotoDialog");
  adw_combo_row_set_selected (child_of (dialog, "unit"), 1);
  gtk_editable_set_text (child_of (dialog, "place"), "100, 200, 400");
  g_signal_emit_by_name (dialog, "accept");
  position = lam_workspace_get_position (fixture->workspace);
  g_assert_cmpfloat (fabs (position[1] - 20), <, 1e-6);
  g_assert_cmpfloat (fabs (position[2] - 10), <, 1e-6);
}

static void
count_done (gpointer user_data)
{
  ++*(int *)user_data;
}

static void
test_voxel_size (Fixture *fixture, gconstpointer unused)
{
  int n_done = 0;
  begin (fixture);
  lam_voxel_size_dialog_present (
      fixture->window, fixture->workspace, count_done, &n_done);
  GtkWindow *dialog = open_dialog (fixture, "LamVoxelSizeDialog");
  gtk_spin_button_set_value (child_of (dialog, "x"), 8);
  /* Pixels are square until the person says otherwise. */
  g_assert_cmpfloat (gtk_spin_button_get_value (child_of (dialog, "y")), ==, 8);
  gtk_spin_button_set_value (child_of (dialog, "z"), 30);
  g_signal_emit_by_name (dialog, "accept");
  g_assert_cmpint (n_done, ==, 1);
  const double *nm = lam_workspace_get_voxel_size_nm (fixture->workspace);
  g_assert_cmpfloat (nm[0], ==, 8);
  g_assert_cmpfloat (nm[1], ==, 8);
  g_assert_cmpfloat (nm[2], ==, 30);
}

static void
write_labels (const char *path, int64_t edge, LamDtype dtype)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { edge, edge, 2 }, .dtype = dtype };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  g_autofree float *page = g_new0 (float, edge *edge);
  if (dtype == LAM_DTYPE_U8)
    memset (page, 200, 50);
  g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static void
test_import (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "found.tif", NULL);
  write_labels (path, 32, LAM_DTYPE_U8);
  begin (fixture);
  guint before = count_edits (fixture->workspace);
  lam_import_dialog_present (fixture->window, fixture->workspace, path);
  wait_until (find_window ("LamImportDialog"));
  GtkWindow *dialog = find_window ("LamImportDialog");
  wait_until (can_accept (dialog));
  adw_combo_row_set_selected (child_of (dialog, "mode"), 1);
  take_picture (dialog, "import-dialog");

  /* Two numbers, 0 and 200: one row. It becomes class 4. */
  GtkWidget *group = child_of (dialog, "classes_group");
  g_assert_cmpint (count (group, "AdwComboRow"), ==, 1);
  adw_combo_row_set_selected (
      ADW_COMBO_ROW (find (group, "AdwComboRow", 0)), 4);
  gtk_editable_set_text (child_of (dialog, "place"), "0, 0, 23");
  g_signal_emit_by_name (dialog, "accept");
  wait_until (get_problem (dialog));
  g_assert_nonnull (find_window ("LamImportDialog"));
  take_picture (dialog, "import-dialog-problem");

  gtk_editable_set_text (child_of (dialog, "place"), "0, 0, 20");
  g_signal_emit_by_name (dialog, "accept");
  wait_until (find_window ("AdwMessageDialog"));
  g_assert_null (find_window ("LamImportDialog"));
  take_picture (find_window ("AdwMessageDialog"), "import-summary");
  gtk_window_destroy (find_window ("AdwMessageDialog"));
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 1);

  const int64_t voxel[3] = { 3, 0, 20 };
  wait_until (lam_workspace_probe (fixture->workspace, voxel).has_label);
  uint32_t label = lam_workspace_probe (fixture->workspace, voxel).label;
  const LamLabel *row = lam_class_table_get_label (
      lam_workspace_get_classes (fixture->workspace), label);
  g_assert_nonnull (row);
  g_assert_cmpint (row->class_id, ==, 4);
}

/* What is no label stack is refused with the reason, in the dialog. */
static void
test_import_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "float.tif", NULL);
  write_labels (path, 16, LAM_DTYPE_F32);
  begin (fixture);
  lam_import_dialog_present (fixture->window, fixture->workspace, path);
  wait_until (find_window ("LamImportDialog"));
  GtkWindow *dialog = find_window ("LamImportDialog");
  wait_until (get_problem (dialog));
  g_assert_nonnull (strstr (get_problem (dialog), "float"));
  g_assert_false (can_accept (dialog));
  /* Closed while a stack is read: nothing comes back. */
  lam_import_dialog_present (
      fixture->window, fixture->workspace, fixture->image);
  gtk_window_destroy (dialog);
  gtk_window_destroy (find_window ("LamImportDialog"));
  run_for (200);
}

static void
test_export (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  lam_export_dialog_present (fixture->window, fixture->workspace);
  GtkWindow *dialog = open_dialog (fixture, "LamExportDialog");
  gtk_switch_set_active (child_of (dialog, "whole"), FALSE);
  gtk_editable_set_text (child_of (dialog, "first"), "40, 0, 0");
  gtk_editable_set_text (child_of (dialog, "last"), "39, 9, 9");
  g_assert_false (can_accept (dialog));
  g_assert_nonnull (get_problem (dialog));
  gtk_editable_set_text (child_of (dialog, "last"), "40, 9, 24");
  g_assert_false (can_accept (dialog));
  gtk_editable_set_text (child_of (dialog, "last"), "40, 9, 23");
  g_assert_true (can_accept (dialog));
  g_assert_null (get_problem (dialog));
  take_picture (dialog, "export-dialog-part");
  gtk_window_destroy (dialog);
}

static void
agree (gpointer user_data)
{
  *(bool *)user_data = true;
}

static void
test_question (Fixture *fixture, gconstpointer unused)
{
  bool is_agreed = false;
  begin (fixture);
  lam_question_present (fixture->window, "Really?", "It can be undone.",
      "_Do It", FALSE, agree, &is_agreed, NULL);
  wait_until (find_window ("AdwMessageDialog"));
  answer ("close");
  g_assert_false (is_agreed);
  lam_question_present (fixture->window, "Really?", "It can be undone.",
      "_Do It", FALSE, agree, &is_agreed, NULL);
  wait_until (find_window ("AdwMessageDialog"));
  answer ("agree");
  g_assert_true (is_agreed);
}

static void
keep_channel (int channel, gpointer user_data)
{
  *(int *)user_data = channel;
}

static void
test_channel (Fixture *fixture, gconstpointer unused)
{
  int channel = -2;
  begin (fixture);
  lam_channel_dialog_present (
      fixture->window, fixture->image, keep_channel, &channel);
  wait_until (find_window ("LamChannelDialog"));
  GtkWindow *dialog = find_window ("LamChannelDialog");
  wait_until (can_accept (dialog));
  take_picture (dialog, "channel-dialog");
  gtk_window_close (dialog);
  wait_until (channel == -1);

  lam_channel_dialog_present (
      fixture->window, fixture->image, keep_channel, &channel);
  wait_until (find_window ("LamChannelDialog"));
  dialog = find_window ("LamChannelDialog");
  wait_until (can_accept (dialog));
  g_signal_emit_by_name (dialog, "accept");
  g_assert_cmpint (channel, ==, 0);
}

static GSettings *
open_settings (void)
{
  g_autoptr (GSettingsSchemaSource) source =
      g_settings_schema_source_new_from_directory (
          g_getenv ("GSETTINGS_SCHEMA_DIR"), NULL, FALSE, NULL);
  g_assert_nonnull (source);
  g_autoptr (GSettingsSchema) schema =
      g_settings_schema_source_lookup (source, "org.lamella.Lamella", FALSE);
  g_assert_nonnull (schema);
  return g_settings_new_full (schema, NULL, NULL);
}

static void
test_preferences (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSettings) settings = open_settings ();
  begin (fixture);
  lam_preferences_present (fixture->window, settings);
  wait_until (find_window ("AdwPreferencesWindow"));
  GtkWindow *window = find_window ("AdwPreferencesWindow");
  take_picture (window, "preferences");

  /* The first says for how long the network rests. */
  GtkWidget *spin = find (window, "GtkSpinButton", 1);
  g_assert_cmpstr (
      gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "Automatic");
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 2.5);
  g_assert_cmpint (
      g_settings_get_int64 (settings, "cache-bytes"), ==, 2500000000);
  g_settings_set_string (settings, "colour-scheme", "dark");
  g_assert_cmpuint (adw_combo_row_get_selected (
                        ADW_COMBO_ROW (find (window, "AdwComboRow", 0))),
      ==, 2);
  gtk_window_destroy (window);
}

static const LamShortcut *
shortcut_of (const char *action)
{
  size_t n_groups;
  const LamShortcutGroup *groups = lam_shortcut_get_groups (&n_groups);
  for (size_t i = 0; i < n_groups; i++)
    for (size_t j = 0; j < groups[i].n_rows; j++)
      if (g_str_equal (groups[i].rows[j].action, action))
        return &groups[i].rows[j];
  return NULL;
}

static void
assert_keys (GSettings *settings, const char *action, const char *expected)
{
  g_autofree char *keys =
      lam_shortcut_dup_keys (settings, shortcut_of (action));
  g_assert_cmpstr (keys, ==, expected);
}

/* How many shortcuts of the controller have that key. */
static int
count_bound (GtkEventController *controller, const char *key)
{
  int n = 0;
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (controller));
  for (guint i = 0; i < n_items; i++) {
    g_autoptr (GtkShortcut) item =
        g_list_model_get_item (G_LIST_MODEL (controller), i);
    g_autofree char *text =
        gtk_shortcut_trigger_to_string (gtk_shortcut_get_trigger (item));
    n += g_str_equal (text, key);
  }
  return n;
}

static void
bind_cb (GSettings *settings, const char *name, gpointer controller)
{
  lam_shortcuts_bind (controller, settings);
}

static void
test_keys (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSettings) settings = open_settings ();
  g_autoptr (GtkEventController) controller =
      g_object_ref_sink (lam_shortcuts_new_controller (settings));
  begin (fixture);
  /* No key is bound twice as it comes. */
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (controller));
  for (guint i = 0; i < n_items; i++) {
    g_autoptr (GtkShortcut) item =
        g_list_model_get_item (G_LIST_MODEL (controller), i);
    g_autofree char *text =
        gtk_shortcut_trigger_to_string (gtk_shortcut_get_trigger (item));
    g_assert_cmpint (count_bound (controller, text), ==, 1);
  }
  lam_keys_dialog_present (fixture->window, settings);
  GtkWindow *dialog = open_dialog (fixture, "LamKeysDialog");
  g_assert_false (gtk_widget_get_sensitive (child_of (dialog, "reset_all")));
  g_signal_connect (
      settings, "changed::shortcuts", G_CALLBACK (bind_cb), controller);
  lam_shortcut_set_keys (settings, shortcut_of ("win.fit"), "<Control>r");
  assert_keys (settings, "win.fit", "<Control>r");
  g_assert_true (gtk_widget_get_sensitive (child_of (dialog, "reset_all")));
  g_assert_cmpint (count_bound (controller, "<Control>r"), ==, 1);
  g_assert_cmpint (count_bound (controller, "Home"), ==, 0);
  g_assert_true (lam_shortcut_find (settings, GDK_KEY_r, GDK_CONTROL_MASK)
      == shortcut_of ("win.fit"));
  g_assert_null (lam_shortcut_find (settings, GDK_KEY_Home, 0));
  /* As it came: nothing is left in the settings. */
  lam_shortcut_set_keys (settings, shortcut_of ("win.fit"), "Home");
  g_assert_false (gtk_widget_get_sensitive (child_of (dialog, "reset_all")));
  lam_shortcut_set_keys (settings, shortcut_of ("win.fit"), "");
  g_assert_null (lam_shortcut_find (settings, GDK_KEY_Home, 0));
  g_signal_emit_by_name (child_of (dialog, "reset_all"), "clicked");
  assert_keys (settings, "win.fit", "Home");
  g_assert_cmpint (count_bound (controller, "Home"), ==, 1);

  g_signal_handlers_disconnect_by_data (settings, controller);

  gtk_editable_set_text (child_of (dialog, "search"), "qqqq");
  wait_until (g_str_equal (
      gtk_stack_get_visible_child_name (child_of (dialog, "stack")), "none"));
  gtk_editable_set_text (child_of (dialog, "search"), "ctrl+g");
  wait_until (g_str_equal (
      gtk_stack_get_visible_child_name (child_of (dialog, "stack")), "list"));
  gtk_window_destroy (dialog);
}

static void
test_about (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  lam_about_present (fixture->window);
  wait_until (find_window ("AdwAboutWindow"));
  take_picture (find_window ("AdwAboutWindow"), "about");
  gtk_window_destroy (find_window ("AdwAboutWindow"));
}

static void
wait_ms (int milliseconds)
{
  const int64_t end = g_get_monotonic_time () + 1000 * (int64_t)milliseconds;
  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
}

/* Messages while the one before is coming, there, and leaving: libadwaita 1.2
 * uses a toast after it was freed that left before it had come. */
static void
test_toasts (Fixture *fixture, gconstpointer unused)
{
  static const int pauses_ms[] = { 0, 100, 200, 450, 900, 1200 };
  begin (fixture);
  GtkWidget *overlay = adw_toast_overlay_new ();
  adw_window_set_content (ADW_WINDOW (fixture->window), overlay);
  for (size_t i = 0; i < G_N_ELEMENTS (pauses_ms); i++) {
    lam_window_toast (fixture->window, "One");
    wait_ms (pauses_ms[i]);
    lam_window_toast (fixture->window, "Two & <three>");
    AdwToast *shown = g_object_get_data (G_OBJECT (overlay), "lam-last-toast");
    g_assert_cmpstr (
        adw_toast_get_title (shown), ==, "Two &amp; &lt;three&gt;");
    wait_ms (900);
    adw_toast_dismiss (shown);
    g_assert_null (g_object_get_data (G_OBJECT (overlay), "lam-last-toast"));
    wait_ms (100);
  }
}

/* --- a region in a row ---------------------------------------------------- */

static int32_t
add_region (Fixture *fixture, const char *name, int64_t x)
{
  g_autoptr (GError) error = NULL;
  const LamRegion region = { .name = (char *)name,
    .box = lam_box_new (x, 0, 0, x + 8, 8, 8) };
  const int32_t id =
      lam_workspace_add_region (fixture->workspace, &region, &error);
  g_assert_no_error (error);
  return id;
}

static void
remove_region (Fixture *fixture, int32_t id)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_remove_region (fixture->workspace, id, &error);
  g_assert_no_error (error);
}

/* What is chosen stays with the region when one before it goes and comes back;
 * when it goes itself, all is chosen, or its neighbour. */
static void
test_region_choice (Fixture *fixture, gconstpointer unused)
{
  for (int has_all = 0; has_all < 2; has_all++) {
    const char *all = has_all ? "Whole volume" : NULL;
    const int32_t first = add_region (fixture, "first", 0),
                  second = add_region (fixture, "second", 20),
                  third = add_region (fixture, "third", 40);
    AdwComboRow *row =
        g_object_ref_sink (g_object_new (ADW_TYPE_COMBO_ROW, NULL));
    lam_region_choice_fill (row, fixture->workspace, all);
    g_assert_cmpint (lam_region_choice_get (row), ==, has_all ? 0 : first);
    lam_region_choice_set (row, second);
    remove_region (fixture, first);
    lam_region_choice_fill (row, fixture->workspace, all);
    g_assert_cmpint (lam_region_choice_get (row), ==, second);
    lam_workspace_undo (fixture->workspace);
    wait_until (lam_workspace_get_region (fixture->workspace, first));
    lam_region_choice_fill (row, fixture->workspace, all);
    g_assert_cmpint (lam_region_choice_get (row), ==, second);
    lam_region_choice_set (row, 12345);
    g_assert_cmpint (lam_region_choice_get (row), ==, second);
    remove_region (fixture, second);
    lam_region_choice_fill (row, fixture->workspace, all);
    g_assert_cmpint (lam_region_choice_get (row), ==, has_all ? 0 : third);
    remove_region (fixture, first);
    remove_region (fixture, third);
    lam_region_choice_fill (row, fixture->workspace, all);
    g_assert_cmpint (lam_region_choice_get (row), ==, 0);
    g_object_unref (row);
  }
}

/* A line is there for as long as its network, so that what is pressed in it and
 * the keyboard stay; and a network goes only once that was agreed to. */
static void
test_networks (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  GtkWidget *list = lam_model_list_new ();
  lam_model_list_set_workspace (LAM_MODEL_LIST (list), fixture->workspace);
  show (fixture, list, "networks-none");
  g_assert_cmpint (count (list, "LamModelLine"), ==, 1);
  GtkWidget *none = find (list, "LamModelLine", 0);
  const int n_offered = count (list, "GtkButton");
  g_signal_emit_by_name (find (list, "GtkButton", 0), "clicked");
  wait_until (lam_model_list_get_active_name (LAM_MODEL_LIST (list)));
  wait_until (count (list, "GtkButton") == n_offered - 1 + 3);
  GtkWidget *line = find (list, "LamModelLine", 1);
  g_assert_true (find (list, "LamModelLine", 0) == none);
  g_assert_nonnull (line);
  GtkWidget *trash = find (line, "GtkButton", 2);
  gtk_widget_grab_focus (trash);
  g_signal_emit_by_name (fixture->workspace, "models-changed");
  take_picture (list, "networks-one");
  g_assert_true (find (list, "LamModelLine", 1) == line);
  g_assert_true (gtk_widget_has_focus (trash));
  for (int i = 0; i < 2; i++) {
    g_assert_cmpint (count (list, "LamModelLine"), ==, 2);
    g_signal_emit_by_name (trash, "clicked");
    wait_until (find_window ("AdwMessageDialog"));
    take_picture (find_window ("AdwMessageDialog"), "network-remove");
    answer (i == 0 ? "close" : "agree");
    run_for (200);
  }
  wait_until (count (list, "LamModelLine") == 1);
  wait_until (!lam_model_list_get_active_name (LAM_MODEL_LIST (list)));
  g_assert_true (find (list, "LamModelLine", 0) == none);
  g_assert_cmpint (count (list, "GtkButton"), ==, n_offered);
}

/* What trained for the project before is no business of the one that comes. */
static void
test_learning (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  g_autoptr (LamModelWorker) worker =
      lam_model_worker_new (fixture->workspace, 0, true);
  GtkWidget *widget = g_object_new (LAM_TYPE_LEARNING_BOX, NULL);
  LamLearningBox *box = LAM_LEARNING_BOX (widget);
  lam_learning_box_set_worker (box, fixture->workspace, worker);
  show (fixture, widget, "learning");
  g_assert_false (gtk_widget_get_visible (child_of (box, "stop")));
  g_signal_emit_by_name (child_of (box, "train"), "clicked");
  g_assert_true (gtk_widget_get_visible (child_of (box, "stop")));
  lam_learning_box_set_worker (box, NULL, NULL);
  lam_learning_box_set_worker (box, fixture->workspace, worker);
  g_assert_false (gtk_widget_get_visible (child_of (box, "stop")));
  g_assert_false (gtk_widget_get_visible (child_of (box, "bar")));
  run_for (300);
  g_assert_null (find_window ("AdwMessageDialog"));
  lam_learning_box_set_worker (box, NULL, NULL);
}

/* Each row says what its region is, and is there for as long as that is. */
static void
test_training_regions (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  g_autoptr (GError) error = NULL;
  const int32_t first = add_region (fixture, "First", 0);
  const int32_t second = add_region (fixture, "Second", 16);
  LamRegion region = *lam_workspace_get_region (fixture->workspace, second);
  region.role = LAM_REGION_TEST;
  g_assert_true (lam_workspace_set_region (fixture->workspace, &region, &error));
  LamTrainingForm *form = g_object_new (LAM_TYPE_TRAINING_FORM, NULL);
  lam_training_form_set_workspace (form, fixture->workspace, NULL);
  gtk_window_set_default_size (fixture->window, 500, 700);
  show (fixture, GTK_WIDGET (form), "training-regions");
  GtkWidget *group = child_of (form, "regions");
  GtkWidget *one = find (group, "AdwActionRow", 0);
  GtkWidget *other = find (group, "AdwActionRow", 1);
  GtkDropDown *list = GTK_DROP_DOWN (find (other, "GtkDropDown", 0));
  g_assert_cmpuint (gtk_drop_down_get_selected (list), ==, LAM_REGION_TEST);
  /* Chosen in the row; what is chosen elsewhere is shown. */
  GtkWidget *button = find (list, "GtkToggleButton", 0);
  gtk_widget_grab_focus (button);
  gtk_drop_down_set_selected (list, LAM_REGION_IGNORE);
  g_assert_cmpint (lam_workspace_get_region (fixture->workspace, second)->role,
      ==, LAM_REGION_IGNORE);
  g_assert_true (gtk_widget_has_focus (button));
  lam_workspace_undo (fixture->workspace);
  wait_until (gtk_drop_down_get_selected (list) == LAM_REGION_TEST);
  /* One that goes and comes again, in its place. */
  remove_region (fixture, first);
  wait_until (find (group, "AdwActionRow", 0) == other);
  lam_workspace_undo (fixture->workspace);
  wait_until (find (group, "AdwActionRow", 1) == other);
  one = find (group, "AdwActionRow", 0);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (one)), ==,
      "First");
}

int
main (int argc, char **argv)
{
  if (!begin_gui (&argc, &argv))
    return 0;
#define ADD(path, test) \
  g_test_add ("/dialogs/" path, Fixture, NULL, set_up_project, test, tear_down)
  ADD ("goto", test_goto);
  ADD ("voxel-size", test_voxel_size);
  ADD ("import", test_import);
  ADD ("import-refused", test_import_refused);
  ADD ("export", test_export);
  ADD ("question", test_question);
  ADD ("channel", test_channel);
  ADD ("preferences", test_preferences);
  ADD ("keys", test_keys);
  ADD ("about", test_about);
  ADD ("toasts", test_toasts);
  ADD ("region-choice", test_region_choice);
  ADD ("networks", test_networks);
  ADD ("learning", test_learning);
  ADD ("training-regions", test_training_regions);
  return g_test_run ();
}
