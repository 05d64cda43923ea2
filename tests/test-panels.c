/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The panels of the window on a real project, in process. */
#include "panel-fixture.h"

#include <math.h>
#include <string.h>

#include "app/brush-panel.h"
#include "app/class-panel.h"
#include "app/history-choice.h"
#include "app/history-panel.h"
#include "app/image-panel.h"
#include "app/label-panel.h"
#include "app/reveal.h"
#include "app/text-cell.h"
#include "base/error.h"
#include "tools/tool.h"
#include "workspace/regions.h"

static const LamClass *
get_class (Fixture *fixture, int32_t id)
{
  return lam_class_table_get_class (
      lam_workspace_get_classes (fixture->workspace), id);
}

static const LamLabel *
get_label (Fixture *fixture, uint32_t id)
{
  return lam_class_table_get_label (
      lam_workspace_get_classes (fixture->workspace), id);
}

/* The name in row `i`, and the entry that replaces it while it is edited. */
static void
type_name (GtkWidget *panel, const char *text)
{
  wait_until (find (panel, "GtkEntry", 0));
  GtkWidget *entry = find (panel, "GtkEntry", 0);
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  g_signal_emit_by_name (entry, "activate");
}

static GtkWidget *
show_classes (Fixture *fixture)
{
  bool has_project = lam_workspace_get_store (fixture->workspace) != NULL;
  GtkWidget *panel = lam_class_panel_new ();
  lam_class_panel_set_workspace (LAM_CLASS_PANEL (panel), fixture->workspace);
  show (fixture, panel, has_project ? "class-panel" : "class-panel-empty");
  return panel;
}

static GtkWidget *
show_labels (Fixture *fixture)
{
  GtkWidget *panel = lam_label_panel_new ();
  lam_label_panel_set_workspace (LAM_LABEL_PANEL (panel), fixture->workspace);
  show (fixture, panel, "label-panel");
  return panel;
}

/* --- classes ------------------------------------------------------------ */

static void
test_class_rows (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_classes (fixture);
  wait_until (count (panel, "LamTableRow") == 7);

  /* The active class is the selected row, both ways. */
  GtkListView *list = GTK_LIST_VIEW (find (panel, "GtkListView", 0));
  GtkSingleSelection *selection =
      GTK_SINGLE_SELECTION (gtk_list_view_get_model (list));
  lam_workspace_set_active_class (fixture->workspace, 4);
  g_assert_cmpuint (gtk_single_selection_get_selected (selection), ==, 4);
  gtk_single_selection_set_selected (selection, 1);
  g_assert_cmpint (lam_workspace_get_active_class (fixture->workspace), ==, 1);
}

static void
test_class_rename (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_classes (fixture);
  wait_until (count (panel, "LamTableRow") == 7);
  guint before = count_edits (fixture->workspace);

  gtk_widget_activate_action (panel, "class.rename", "x", (gint64)2);
  type_name (panel, "  Mito  ");
  g_assert_cmpstr (get_class (fixture, 2)->name, ==, "Mito");
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 1);

  /* The same name again is no edit; an empty one is refused. */
  gtk_widget_activate_action (panel, "class.rename", "x", (gint64)2);
  type_name (panel, "Mito");
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 1);
  gtk_widget_activate_action (panel, "class.rename", "x", (gint64)2);
  type_name (panel, " ");
  g_assert_cmpstr (get_class (fixture, 2)->name, ==, "Mito");

  lam_workspace_undo (fixture->workspace);
  wait_saved (fixture->workspace);
  g_assert_cmpstr (get_class (fixture, 2)->name, !=, "Mito");
}

static void
test_class_lock (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_classes (fixture);
  wait_until (count (panel, "LamTableRow") == 7);
  GtkWidget *row = find (panel, "LamTableRow", 2);
  GtkButton *lock = child_of (row, "lock");
  g_signal_emit_by_name (lock, "clicked");
  g_assert_true (get_class (fixture, 2)->locked);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (lock)));

  g_autoptr (GError) error = NULL;
  lam_workspace_set_active_class (fixture->workspace, 2);
  g_assert_cmpuint (
      lam_workspace_take_label (fixture->workspace, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_signal_emit_by_name (lock, "clicked");
  g_assert_false (get_class (fixture, 2)->locked);
}

static void
test_class_add (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_classes (fixture);
  gtk_widget_activate_action (panel, "class.add", NULL);
  wait_until (find_window ("LamClassDialog"));
  GtkWindow *dialog = find_window ("LamClassDialog");
  take_picture (dialog, "class-dialog");
  gtk_editable_set_text (GTK_EDITABLE (child_of (dialog, "name")), "Vesicle");
  adw_combo_row_set_selected (child_of (dialog, "key"), 2);
  g_signal_emit_by_name (dialog, "accept");
  wait_until (!find_window ("LamClassDialog"));

  const LamClass *class = get_class (fixture, 7);
  g_assert_nonnull (class);
  g_assert_cmpstr (class->name, ==, "Vesicle");
  g_assert_cmpint (class->key, ==, 2);
  /* The key went from the class that had it. */
  for (int32_t id = 0; id < 7; id++)
    g_assert_cmpint (get_class (fixture, id)->key, !=, 2);
  wait_until (count (panel, "LamTableRow") == 8);

  /* One without labels can go; one with labels says why not. */
  gtk_widget_activate_action (panel, "class.remove", "x", (gint64)7);
  g_assert_null (get_class (fixture, 7));
  gtk_widget_activate_action (panel, "class.remove", "x", (gint64)2);
  wait_until (find_window ("AdwMessageDialog"));
  g_assert_nonnull (get_class (fixture, 2));
  gtk_window_destroy (find_window ("AdwMessageDialog"));
}

static void
test_no_project (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  GtkWidget *panel = show_classes (fixture);
  g_assert_cmpint (count (panel, "LamTableRow"), ==, 0);
  wait_until (gtk_widget_get_mapped (child_of (panel, "start_button")));
  gtk_widget_activate_action (panel, "class.start-project", NULL);
  wait_until (find_window ("LamProjectDialog"));
  GtkWindow *dialog = find_window ("LamProjectDialog");
  take_picture (dialog, "project-dialog");
  g_signal_emit_by_name (dialog, "accept");
  wait_until (count (panel, "LamTableRow") == 7);
  g_assert_nonnull (lam_workspace_get_store (fixture->workspace));
}

/* --- labels ------------------------------------------------------------- */

static GtkSelectionModel *
get_selection (GtkWidget *panel)
{
  return gtk_column_view_get_model (
      GTK_COLUMN_VIEW (find (panel, "GtkColumnView", 0)));
}

/* The label at a place of the list; makes no more items than that one. */
static uint32_t
id_at (GtkWidget *panel, guint position)
{
  g_autoptr (LamLabelItem) item =
      g_list_model_get_item (G_LIST_MODEL (get_selection (panel)), position);
  return lam_label_item_get_row (item)->id;
}

static void
sort_by (GtkWidget *panel, guint column, GtkSortType direction)
{
  GtkColumnView *view = GTK_COLUMN_VIEW (find (panel, "GtkColumnView", 0));
  g_autoptr (GtkColumnViewColumn) found =
      g_list_model_get_item (gtk_column_view_get_columns (view), column);
  gtk_column_view_sort_by_column (view, NULL, direction);
  gtk_column_view_sort_by_column (view, found, direction);
}

static void
test_label_rows (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  GtkSelectionModel *selection = get_selection (panel);

  lam_workspace_set_active_label (fixture->workspace, 4);
  g_assert_true (gtk_selection_model_is_selected (selection, 3));
  gtk_selection_model_select_item (selection, 1, TRUE);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 2);

  /* A filter does not change what is painted with. */
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "4");
  wait_until (list_has (panel, 1));
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 2);
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "");
  wait_until (list_has (panel, 5));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (child_of (panel, "filter")), 3);
  wait_until (list_has (panel, 3));
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "zzz");
  wait_until (find (panel, "GtkLabel", 0) && !find (panel, "LamLabelRow", 0));
  take_picture (panel, "label-panel-nothing");
}

static void
test_label_edit (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  guint before = count_edits (fixture->workspace);
  gtk_widget_activate_action (panel, "label.rename", "x", (gint64)2);
  type_name (panel, "The bent one");
  g_assert_cmpstr (get_label (fixture, 2)->name, ==, "The bent one");
  gtk_widget_activate_action (panel, "label.set-class", "(xi)", (gint64)2, 4);
  g_assert_cmpint (get_label (fixture, 2)->class_id, ==, 4);
  gtk_widget_activate_action (
      panel, "label.set-colour", "(xu)", (gint64)2, 0x123456u);
  g_assert_cmpuint (get_label (fixture, 2)->rgb, ==, 0x123456);
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 3);
  take_picture (panel, "label-panel-named");
  gtk_widget_activate_action (panel, "label.colour", "x", (gint64)2);
  wait_until (find (panel, "LamColourButton", 0));
  run_for (300);
  gtk_popover_popdown (
      GTK_POPOVER (find (find (panel, "LamColourButton", 0), "GtkPopover", 0)));
  run_for (300);
  gtk_widget_activate_action (
      panel, "label.menu", "(xdd)", (gint64)2, -1., -1.);
  wait_until (find (panel, "GtkPopoverMenu", 0));
  take_picture (find (panel, "GtkPopoverMenu", 0), "label-menu");
  gtk_popover_popdown (GTK_POPOVER (find (panel, "GtkPopoverMenu", 0)));
  run_for (300);
}

static void
begin_name (GtkWidget *panel, int64_t id, const char *text)
{
  gtk_widget_activate_action (panel, "label.rename", "x", (gint64)id);
  wait_until (find (panel, "GtkEntry", 0));
  gtk_editable_set_text (GTK_EDITABLE (find (panel, "GtkEntry", 0)), text);
}

static void
enlarge (Fixture *fixture, uint32_t label)
{
  g_autoptr (GError) error = NULL;
  const LamBrush brush = {
    .plane = LAM_PLANE_XY, .radius_nm = 60, .depth = 1, .label = label
  };
  g_assert_true (
      lam_workspace_begin_stroke (fixture->workspace, "brush", &brush, &error));
  lam_workspace_add_sample (
      fixture->workspace, (const double[3]){ 70, 70, 20.5 }, 1);
  lam_workspace_end_stroke (fixture->workspace);
  wait_saved (fixture->workspace);
}

/* The list would be in another order by then: what is written stays, and is the
 * name of what it was begun for. */
static void
test_label_naming (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "");
  sort_by (panel, 5, GTK_SORT_DESCENDING);
  run_for (500);
  g_assert_cmpuint (id_at (panel, 0), ==, 1);
  begin_name (panel, 2, "The bent one");
  enlarge (fixture, 5);
  run_for (1500);
  g_assert_cmpuint (id_at (panel, 0), ==, 1);
  GtkWidget *entry = find (panel, "GtkEntry", 0);
  g_assert_nonnull (entry);
  g_assert_cmpstr (
      gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "The bent one");
  /* Asked for once more, it is not begun anew. */
  gtk_widget_activate_action (panel, "label.rename", "x", (gint64)2);
  run_for (100);
  g_assert_true (find (panel, "GtkEntry", 0) == entry);
  take_picture (panel, "label-panel-naming");
  g_signal_emit_by_name (entry, "activate");
  wait_until (id_at (panel, 0) == 5);
  g_assert_cmpstr (get_label (fixture, 2)->name, ==, "The bent one");
  for (uint32_t id = 1; id <= 5; id++)
    g_assert_true (id == 2 || !*get_label (fixture, id)->name);
}

/* What takes the row away all the same takes the name first. */
static void
test_label_named_away (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  begin_name (panel, 2, "The bent one");
  GtkWidget *search = child_of (panel, "search");
  gtk_editable_set_text (GTK_EDITABLE (search), "4");
  g_signal_emit_by_name (search, "activate");
  wait_until (list_has (panel, 1));
  run_for (300);
  g_assert_cmpstr (get_label (fixture, 2)->name, ==, "The bent one");
  g_assert_true (!*get_label (fixture, 4)->name);
  /* So does another order that the person asks for. */
  gtk_editable_set_text (GTK_EDITABLE (search), "");
  wait_until (list_has (panel, 5));
  begin_name (panel, 1, "Straight");
  sort_by (panel, 3, GTK_SORT_DESCENDING);
  wait_until (id_at (panel, 0) == 5);
  g_assert_cmpstr (get_label (fixture, 1)->name, ==, "Straight");
  run_for (300);
  g_assert_null (find (panel, "LamNameCell", 0));
}

static void
test_label_jump_and_delete (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  gtk_widget_activate_action (panel, "label.jump", "x", (gint64)4);
  wait_until (floor (lam_workspace_get_position (fixture->workspace)[2]) == 12);

  gtk_widget_activate_action (panel, "label.delete", "x", (gint64)4);
  wait_until (find_window ("AdwMessageDialog"));
  take_picture (find_window ("AdwMessageDialog"), "label-delete");
  /* Cancel: still there. */
  answer ("close");
  wait_until (!find_window ("AdwMessageDialog"));
  wait_saved (fixture->workspace);
  g_assert_false (get_label (fixture, 4)->deleted);

  gtk_widget_activate_action (panel, "label.delete", "x", (gint64)4);
  wait_until (find_window ("AdwMessageDialog"));
  answer ("agree");
  wait_until (list_has (panel, 4));
  g_assert_true (get_label (fixture, 4)->deleted);
}

/* What is done to one of those selected is done to all, as one edit, whatever
 * the list's order and filter become meanwhile. */
static void
test_label_several (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  const guint before = count_edits (fixture->workspace);
  gtk_selection_model_select_item (get_selection (panel), 0, TRUE);
  gtk_selection_model_select_item (get_selection (panel), 3, FALSE);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 1);
  sort_by (panel, 3, GTK_SORT_DESCENDING);
  wait_until (id_at (panel, 0) == 5);
  g_assert_true (gtk_selection_model_is_selected (get_selection (panel), 1));
  g_assert_true (gtk_selection_model_is_selected (get_selection (panel), 4));
  g_assert_false (gtk_selection_model_is_selected (get_selection (panel), 0));
  gtk_widget_activate_action (panel, "label.lock-chosen", "x", (gint64)4);
  gtk_widget_activate_action (
      panel, "label.set-class", "(xi)", (gint64)1, (gint32)5);
  for (uint32_t id = 1; id <= 5; id++) {
    const bool is_chosen = id == 1 || id == 4;
    g_assert_true (get_label (fixture, id)->locked == is_chosen);
    g_assert_true ((get_label (fixture, id)->class_id == 5) == is_chosen);
  }
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 2);
  take_picture (panel, "label-panel-several");
  /* One that is not among them stands for itself. */
  gtk_widget_activate_action (panel, "label.hide-chosen", "x", (gint64)2);
  g_assert_true (get_label (fixture, 2)->hidden);
  g_assert_false (get_label (fixture, 1)->hidden);
  /* So does a button, even of one that is. */
  gtk_widget_activate_action (panel, "label.toggle-hide", "x", (gint64)4);
  g_assert_true (get_label (fixture, 4)->hidden);
  g_assert_false (get_label (fixture, 1)->hidden);
  /* Locked ones are not deleted; then both go, and come back with one undo. */
  gtk_widget_activate_action (panel, "label.delete", "x", (gint64)1);
  wait_until (find_window ("AdwMessageDialog"));
  answer ("agree");
  wait_until (find_window ("AdwMessageDialog"));
  answer ("close");
  wait_until (!find_window ("AdwMessageDialog"));
  g_assert_false (get_label (fixture, 4)->deleted);
  gtk_widget_activate_action (panel, "label.lock-chosen", "x", (gint64)1);
  gtk_widget_activate_action (panel, "label.delete", "x", (gint64)1);
  wait_until (find_window ("AdwMessageDialog"));
  take_picture (find_window ("AdwMessageDialog"), "label-delete-several");
  answer ("agree");
  wait_until (list_has (panel, 3));
  g_assert_true (get_label (fixture, 4)->deleted);
  lam_workspace_undo (fixture->workspace);
  wait_until (list_has (panel, 5));
}

static uint32_t
label_at (Fixture *fixture, int64_t x)
{
  const int64_t voxel[3] = { x, 40, 4 };
  return lam_workspace_probe (fixture->workspace, voxel).label;
}

/* Those selected become a part of the one that is pointed at, as one edit; the
 * locked do not; and alone they can be looked at. */
static void
test_label_merge (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = show_labels (fixture);
  const LamClassTable *classes = lam_workspace_get_classes (fixture->workspace);
  wait_until (count (panel, "LamLabelRow") == 5);
  gtk_selection_model_select_item (get_selection (panel), 0, TRUE);
  gtk_selection_model_select_item (get_selection (panel), 2, FALSE);
  lam_label_panel_toggle_isolation (LAM_LABEL_PANEL (panel));
  g_assert_cmpuint (lam_class_table_get_n_isolated (classes), ==, 2);
  for (uint32_t id = 1; id <= 5; id++)
    g_assert_true (
        lam_class_table_is_hidden (classes, id) == (id != 1 && id != 3));
  /* What is made meanwhile is seen. */
  paint (fixture->workspace, 4, 80, 8);
  g_assert_false (lam_class_table_is_hidden (classes, 6));
  lam_label_panel_toggle_isolation (LAM_LABEL_PANEL (panel));
  g_assert_false (lam_class_table_is_hidden (classes, 2));

  const guint before = count_edits (fixture->workspace);
  gtk_selection_model_select_item (get_selection (panel), 0, TRUE);
  gtk_selection_model_select_item (get_selection (panel), 2, FALSE);
  gtk_widget_activate_action (panel, "label.lock-chosen", "x", (gint64)1);
  gtk_widget_activate_action (panel, "label.merge", "x", (gint64)3);
  wait_until (find_window ("AdwMessageDialog"));
  answer ("agree");
  wait_until (find_window ("AdwMessageDialog"));
  answer ("close");
  wait_until (!find_window ("AdwMessageDialog"));
  wait_until (label_at (fixture, 15) == 1);
  gtk_widget_activate_action (panel, "label.lock-chosen", "x", (gint64)1);
  gtk_widget_activate_action (panel, "label.merge", "x", (gint64)3);
  wait_until (find_window ("AdwMessageDialog"));
  take_picture (find_window ("AdwMessageDialog"), "label-merge");
  answer ("agree");
  wait_until (list_has (panel, 5));
  g_assert_true (get_label (fixture, 1)->deleted);
  wait_until (label_at (fixture, 15) == 3);
  wait_until (label_at (fixture, 35) == 2);
  g_assert_cmpuint (count_edits (fixture->workspace), ==, before + 3);
  lam_workspace_undo (fixture->workspace);
  wait_until (list_has (panel, 6));
  wait_until (label_at (fixture, 15) == 1);
}

static bool
shows (GtkWidget *panel, const char *text)
{
  GtkWidget *label;
  for (int i = 0; (label = find (panel, "GtkLabel", i)); i++)
    if (g_str_equal (gtk_label_get_text (GTK_LABEL (label)), text))
      return true;
  for (int i = 0; (label = find (panel, "LamTextCell", i)); i++)
    if (g_str_equal (lam_text_cell_get_text (LAM_TEXT_CELL (label)), text))
      return true;
  return false;
}

/* Columns are filled from what is counted in the background, sort by it, and
 * are shown as chosen. */
static void
test_label_columns (Fixture *fixture, gconstpointer unused)
{
  gtk_window_set_default_size (fixture->window, 760, 300);
  GtkWidget *panel = show_labels (fixture);
  wait_until (count (panel, "LamLabelRow") == 5);
  g_assert_false (shows (panel, "By hand"));
  static const char *const names[] = { "id", "class", "volume", "surface",
    "slices", "by-hand", "unsure" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *action = g_strconcat ("columns.", names[i], NULL);
    gtk_widget_activate_action (panel, action, NULL);
  }
  wait_until (shows (panel, "By hand") && shows (panel, "100 %"));
  wait_until (shows (panel, "448000 nm³") || shows (panel, "448,000 nm³"));
  take_picture (panel, "label-panel-columns");
  /* A voxel is twice as large, and is not. */
  double nm[3];
  memcpy (nm, lam_workspace_get_voxel_size_nm (fixture->workspace), sizeof nm);
  nm[2] *= 2;
  lam_workspace_set_voxel_size_nm (fixture->workspace, nm, NULL);
  wait_until (shows (panel, "896000 nm³") || shows (panel, "896,000 nm³"));
  nm[2] /= 2;
  lam_workspace_set_voxel_size_nm (fixture->workspace, nm, NULL);
  wait_until (shows (panel, "448000 nm³") || shows (panel, "448,000 nm³"));
  /* One grows: it is the first by volume, and after undo it is not. */
  LamBrush brush = {
    .plane = LAM_PLANE_XY, .radius_nm = 90, .depth = 1, .label = 3
  };
  lam_workspace_begin_stroke (fixture->workspace, "brush", &brush, NULL);
  lam_workspace_add_sample (
      fixture->workspace, (const double[3]){ 55, 40, 8.5 }, 1);
  lam_workspace_end_stroke (fixture->workspace);
  sort_by (panel, 5, GTK_SORT_DESCENDING);
  wait_until (id_at (panel, 0) == 3);
  lam_workspace_undo (fixture->workspace);
  wait_until (id_at (panel, 0) == 1);
  sort_by (panel, 4, GTK_SORT_ASCENDING);
  wait_until (id_at (panel, 0) == 4);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *action = g_strconcat ("columns.", names[i], NULL);
    gtk_widget_activate_action (panel, action, NULL);
  }
  wait_until (!shows (panel, "By hand"));
}

/* Runs the main loop until the list begins with that label; the longest
 * iteration in ms. */
static double
time_until (GtkWidget *panel, uint32_t first)
{
  gint64 longest = 0;
  while (id_at (panel, 0) != first) {
    const gint64 start = g_get_monotonic_time ();
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
    longest = MAX (longest, g_get_monotonic_time () - start);
  }
  return (double)longest / 1000;
}

/* A list of 100,000 labels has no more widgets than fit on the screen. */
static void
test_many_labels (Fixture *fixture, gconstpointer unused)
{
  const guint n = 100000;
  LamClassTable *classes =
      (LamClassTable *)lam_workspace_get_classes (fixture->workspace);
  for (guint i = 6; i <= n; i++) {
    LamLabel label = { .id = i,
      .name = (char *)"",
      .class_id = 2,
      .rgb = LAM_RGB_AUTO,
      .group = (char *)"many" };
    lam_class_table_set_label (classes, &label);
  }
  GtkWidget *panel = show_labels (fixture);
  wait_until (list_has (panel, n));
  lam_workspace_set_active_label (fixture->workspace, n - 10);
  run_for (100);
  g_assert_cmpint (count (panel, "LamLabelRow"), <, 1000);
  GtkSelectionModel *selection = get_selection (panel);
  g_assert_true (gtk_selection_model_is_selected (selection, n - 11));
  /* The list has followed to it. */
  GtkAdjustment *place = gtk_scrollable_get_vadjustment (
      GTK_SCROLLABLE (child_of (panel, "list")));
  wait_until (gtk_adjustment_get_value (place)
      > gtk_adjustment_get_upper (place) / 2);
  take_picture (panel, "label-panel-many");
  /* Sorted and searched apart from the main loop. */
  sort_by (panel, 0, GTK_SORT_DESCENDING);
  g_assert_cmpuint (id_at (panel, 0), ==, 1);
  g_test_message ("sorted by name: longest iteration of the main loop %.0f ms",
      time_until (panel, n));
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "777");
  g_test_message ("searched: longest iteration of the main loop %.0f ms",
      time_until (panel, 99777));
  gtk_editable_set_text (GTK_EDITABLE (child_of (panel, "search")), "");
  wait_until (list_has (panel, n));
  /* All of a large group at once. */
  const gint64 start = g_get_monotonic_time ();
  gtk_widget_activate_action (panel, "label.select-group", "s", "many");
  const gint64 took = g_get_monotonic_time () - start;
  g_autoptr (GtkBitset) chosen =
      gtk_selection_model_get_selection (get_selection (panel));
  g_test_message ("selected a group: %.0f ms", (double)took / 1000);
  g_assert_cmpuint (gtk_bitset_get_size (chosen), ==, n - 5);
  g_assert_cmpint (took, <, G_USEC_PER_SEC);
}

/* --- history ------------------------------------------------------------ */

static void
test_history (Fixture *fixture, gconstpointer unused)
{
  GtkWidget *panel = lam_history_panel_new ();
  lam_history_panel_set_workspace (
      LAM_HISTORY_PANEL (panel), fixture->workspace);
  show (fixture, panel, "history-panel");
  wait_until (list_has (panel, 5));
  GtkListView *list = GTK_LIST_VIEW (find (panel, "GtkListView", 0));

  /* The last row is the first stroke. */
  g_signal_emit_by_name (list, "activate", 4u);
  const double *position = lam_workspace_get_position (fixture->workspace);
  g_assert_cmpfloat (fabs (position[0] - 15), <, 2);
  g_assert_cmpfloat (floor (position[2]), ==, 4);

  g_autoptr (GPtrArray) rows = read_history (fixture->workspace);
  int64_t second = ((LamHistoryRow *)rows->pdata[3])->id;
  gtk_widget_activate_action (panel, "history.revert", "x", second);
  wait_until (find_window ("AdwMessageDialog"));
  AdwMessageDialog *question =
      ADW_MESSAGE_DIALOG (find_window ("AdwMessageDialog"));
  g_assert_nonnull (strstr (adw_message_dialog_get_body (question), "3 edits"));
  take_picture (question, "history-revert");
  answer ("agree");
  wait_until (count_edits (fixture->workspace) == 2);
  wait_until (list_has (panel, 5));
  run_for (100);
  take_picture (panel, "history-panel-reverted");

  lam_workspace_redo (fixture->workspace);
  wait_until (count_edits (fixture->workspace) == 3);
}

static void
count_cb (GObject *object, int *n)
{
  ++*n;
}

/* A region is chosen, not its name: what narrows the list is what is said. */
static void
test_history_place (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->workspace;
  LamRegion region = { .name = (char *)"same",
    .note = (char *)"",
    .box = lam_box_new (0, 0, 0, 10, 10, 10) };
  lam_workspace_add_region (workspace, &region, &error);
  region.box = lam_box_new (20, 20, 0, 30, 30, 10);
  region.id = lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  LamHistoryChoice *choice = g_object_new (LAM_TYPE_HISTORY_CHOICE, NULL);
  lam_history_choice_set_workspace (choice, workspace);
  lam_history_choice_refresh (choice);
  show (fixture, GTK_WIDGET (choice), "history-choice");
  GtkDropDown *list = child_of (choice, "by_place");
  gtk_drop_down_set_selected (list, 3);
  int n_changes = 0;
  g_signal_connect (choice, "changed", G_CALLBACK (count_cb), &n_changes);
  LamHistoryFilter filter;
  lam_history_choice_refresh (choice);
  g_assert_true (lam_history_choice_get (choice, &filter));
  g_assert_true (lam_box_equal (&filter.box, &region.box));
  region.name = (char *)"other";
  g_assert_true (lam_workspace_set_region (workspace, &region, &error));
  lam_history_choice_refresh (choice);
  g_assert_cmpuint (gtk_drop_down_get_selected (list), ==, 3);
  g_assert_cmpint (n_changes, ==, 0);
  region.box.max[0] = 40;
  g_assert_true (lam_workspace_set_region (workspace, &region, &error));
  lam_history_choice_refresh (choice);
  g_assert_cmpint (n_changes, ==, 1);
  g_assert_true (lam_history_choice_get (choice, &filter));
  g_assert_cmpint (filter.box.max[0], ==, 40);
  g_assert_true (lam_workspace_remove_region (workspace, region.id, &error));
  lam_history_choice_refresh (choice);
  g_assert_cmpuint (gtk_drop_down_get_selected (list), ==, 0);
  g_assert_cmpint (n_changes, ==, 2);
  g_assert_false (lam_history_choice_get (choice, &filter));
  wait_saved (workspace);
  run_for (300); /* the names that are being read */
}

/* --- image and brush ---------------------------------------------------- */

static void
test_image (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamDisplay) display = lam_display_new ();
  lam_display_set_workspace (display, fixture->workspace);
  GtkWidget *panel = lam_image_panel_new ();
  lam_image_panel_set_display (LAM_IMAGE_PANEL (panel), display);
  lam_image_panel_set_workspace (LAM_IMAGE_PANEL (panel), fixture->workspace);
  wait_until (lam_display_get_histogram (display));
  show (fixture, panel, "image-panel");

  double low, high;
  g_object_get (display, "low", &low, "high", &high, NULL);
  g_assert_cmpfloat (low, >, 60);
  g_assert_cmpfloat (high, <, 215);
  /* Black pushes white before it. */
  gtk_spin_button_set_value (child_of (panel, "low"), 220);
  g_object_get (display, "low", &low, "high", &high, NULL);
  g_assert_cmpfloat (low, ==, 220);
  g_assert_cmpfloat (high, ==, 221);
  gtk_check_button_set_active (child_of (panel, "invert"), TRUE);
  gboolean invert;
  g_object_get (display, "invert", &invert, NULL);
  g_assert_true (invert);
  g_signal_emit_by_name (child_of (panel, "auto_button"), "clicked");
  g_object_get (display, "low", &low, NULL);
  g_assert_cmpfloat (low, <, 100);
  take_picture (panel, "image-panel-inverted");
  lam_image_panel_set_workspace (LAM_IMAGE_PANEL (panel), NULL);
  lam_display_set_workspace (display, NULL);
}

static void
test_brush (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolBox) box = lam_tool_box_new (fixture->workspace);
  LamBrushSettings *brush = lam_tool_box_get_brush (box);
  GtkWidget *panel = lam_brush_panel_new ();
  lam_brush_panel_set_tool_box (LAM_BRUSH_PANEL (panel), box);
  brush->radius_nm = 100;
  lam_brush_panel_refresh (LAM_BRUSH_PANEL (panel));
  show (fixture, panel, "brush-panel");

  gtk_spin_button_set_value (child_of (panel, "radius"), 150);
  g_assert_cmpfloat (brush->radius_nm, ==, 150);
  gtk_spin_button_set_value (child_of (panel, "depth"), 3);
  g_assert_cmpint (brush->depth, ==, 3);
  take_picture (panel, "brush-panel-disc");
  gtk_toggle_button_set_active (child_of (panel, "ball"), TRUE);
  g_assert_cmpint (brush->shape, ==, LAM_BRUSH_ELLIPSOID);
  gtk_drop_down_set_selected (child_of (panel, "overwrite"), 1);
  g_assert_cmpint (brush->overwrite, ==, LAM_OVERWRITE_UNLABELLED);
  take_picture (panel, "brush-panel-ball");

  /* Keys and the wheel change it elsewhere. */
  lam_tool_box_step_radius (box, 1);
  lam_brush_panel_refresh (LAM_BRUSH_PANEL (panel));
  g_assert_cmpfloat (
      gtk_spin_button_get_value (child_of (panel, "radius")), >, 150);
  g_assert_cmpint (brush->depth, ==, 3);
  lam_brush_panel_set_tool_box (LAM_BRUSH_PANEL (panel), NULL);
}

/* `frames`: of each part that was shown, in their order. */
static void
note_opacity (GObject *part, GParamSpec *spec, gpointer frames)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (part));
  if (gtk_widget_get_opacity (GTK_WIDGET (part)) > 0)
    g_hash_table_insert (frames,
        GSIZE_TO_POINTER (gdk_frame_clock_get_frame_counter (clock)), part);
}

static void
add_part (GtkWidget *box, GPtrArray *parts, gpointer frames)
{
  GtkWidget *part = gtk_label_new ("part");
  gtk_box_append (GTK_BOX (box), part);
  g_ptr_array_add (parts, part);
  g_signal_connect (part, "notify::opacity", G_CALLBACK (note_opacity), frames);
}

/* No two parts in one frame, not even of two rows, and in the end all. */
static void
test_reveal (Fixture *fixture, gconstpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autoptr (GHashTable) frames = g_hash_table_new (NULL, NULL);
  for (int row = 0; row < 2; row++) {
    g_autoptr (GPtrArray) parts = g_ptr_array_new ();
    for (int i = 0; i < 3; i++)
      add_part (box, parts, frames);
    lam_reveal_by_parts (parts);
    for (guint i = 0; i < parts->len; i++)
      g_assert_cmpfloat (
          gtk_widget_get_opacity (g_ptr_array_index (parts, i)), ==, 0);
  }
  show (fixture, box, "reveal");
  wait_until (g_hash_table_size (frames) == 6);
}

int
main (int argc, char **argv)
{
  if (!begin_gui (&argc, &argv))
    return 0;
#define ADD(path, begin, test) \
  g_test_add ("/panels/" path, Fixture, NULL, begin, test, tear_down)
  ADD ("class-rows", set_up_project, test_class_rows);
  ADD ("class-rename", set_up_project, test_class_rename);
  ADD ("class-lock", set_up_project, test_class_lock);
  ADD ("class-add", set_up_project, test_class_add);
  ADD ("no-project", set_up, test_no_project);
  ADD ("label-rows", set_up_project, test_label_rows);
  ADD ("label-edit", set_up_project, test_label_edit);
  ADD ("label-naming", set_up_project, test_label_naming);
  ADD ("label-named-away", set_up_project, test_label_named_away);
  ADD ("label-jump-and-delete", set_up_project, test_label_jump_and_delete);
  ADD ("label-several", set_up_project, test_label_several);
  ADD ("label-merge", set_up_project, test_label_merge);
  ADD ("label-columns", set_up_project, test_label_columns);
  ADD ("many-labels", set_up_project, test_many_labels);
  ADD ("history", set_up_project, test_history);
  ADD ("history-place", set_up_project, test_history_place);
  ADD ("image", set_up_project, test_image);
  ADD ("brush", set_up_project, test_brush);
  ADD ("reveal", set_up, test_reveal);
  return g_test_run ();
}
