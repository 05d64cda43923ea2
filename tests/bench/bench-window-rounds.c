/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The program's own window with a project of 110,592 labels, all of which are
 * listed and selected: the longest round of the main loop, which is what lies
 * between two calls of poll(), while they are locked, verified, given another
 * class or state, hidden, named, deleted, and while each is undone and redone;
 * and while the list is sorted by each column with all of them selected, and by
 * a number that is just being counted; and while a second person's layer of
 * 8,192 objects comes in, is shown, and one of these is taken from it. It is
 * the processor's time of the main thread, against the 100 ms that a person
 * does not feel; in brackets the same by the clock, in which it waits for the
 * display and for other programs.
 *
 *   bench-window-rounds [sort] [sorted] [verbs] [second]   without: all
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/application.h"
#include "app/label-panel.h"
#include "app/list-selection.h"
#include "app/settings.h"
#include "app/window.h"
#include "many-labels.h"
#include "workspace/regions.h"
#include "workspace/second-person.h"

enum { BOUND_MS = 100, ANY_NUMBER = G_MAXINT };
/* What waits before it begins has begun by then. */
enum { TAIL_MS = 1800, SHORT_TAIL_MS = 300 };

static LamWindow *window;
static GtkWidget *panel;

/* --- rounds --------------------------------------------------------------- */

static GPollFunc original_poll;
static double round_wall, round_busy; /* when it began; 0: it has not */
static double longest_wall, longest_busy;

static double
get_ms (clockid_t clock)
{
  struct timespec now;
  clock_gettime (clock, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void
end_round (void)
{
  const double wall = get_ms (CLOCK_MONOTONIC) - round_wall;
  const double busy = get_ms (CLOCK_THREAD_CPUTIME_ID) - round_busy;
  if (round_wall == 0)
    return;
  longest_wall = MAX (longest_wall, wall);
  longest_busy = MAX (longest_busy, busy);
}

static void
begin_round (void)
{
  round_wall = get_ms (CLOCK_MONOTONIC);
  round_busy = get_ms (CLOCK_THREAD_CPUTIME_ID);
}

static int
poll_cb (GPollFD *fds, guint n_fds, int timeout)
{
  end_round ();
  const int n = original_poll (fds, n_fds, timeout);
  begin_round ();
  return n;
}

static void
watch_rounds (void)
{
  original_poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, poll_cb);
}

static void
report (const char *what)
{
  printf ("%-38s longest round %4.0f ms, %.2f of %d (by the clock %.0f)\n",
      what, longest_busy, longest_busy / BOUND_MS, BOUND_MS, longest_wall);
}

/* --- waiting -------------------------------------------------------------- */

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static GtkColumnView *
get_view (void)
{
  return GTK_COLUMN_VIEW (child_of (panel, "list"));
}

static GtkSelectionModel *
get_selection (void)
{
  return gtk_column_view_get_model (get_view ());
}

static guint
count_listed (void)
{
  return g_list_model_get_n_items (G_LIST_MODEL (get_selection ()));
}

static bool
is_busy (void)
{
  GListModel *model =
      lam_list_selection_get_model (LAM_LIST_SELECTION (get_selection ()));
  return lam_label_model_is_searching (model)
      || lam_label_model_is_changing (model)
      || lam_workspace_get_save_state (lam_window_get_workspace (window))
      != LAM_SAVE_SAVED;
}

/* Until so many are listed and nothing has been left to do for a while. */
static void
settle (guint n, int tail_ms)
{
  const double limit = get_ms (CLOCK_MONOTONIC) + 3 * PATIENCE_SECONDS * 1e3;
  double end = 0;
  for (;;) {
    g_main_context_iteration (NULL, true);
    const double now = get_ms (CLOCK_MONOTONIC);
    g_assert_cmpfloat (now, <, limit);
    if (is_busy () || (n != ANY_NUMBER && count_listed () != n))
      end = 0;
    else if (end == 0)
      end = now + tail_ms;
    else if (now > end)
      return;
  }
}

/* What is asked for is a round's work, as where a key or a button asks. */
static void
begin (void)
{
  longest_wall = longest_busy = 0;
  begin_round ();
}

static void
end (const char *what, guint n)
{
  settle (n, TAIL_MS);
  report (what);
}

/* --- the window ----------------------------------------------------------- */

static void
open_window (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GSettings *settings = lam_settings_new (&error);
  g_assert_no_error (error);
  LamApplication *application = lam_application_new (settings);
  g_application_set_flags (G_APPLICATION (application),
      G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
  window = LAM_WINDOW (lam_window_new (application));
  gtk_window_set_default_size (GTK_WINDOW (window), 1100, 800);
  gtk_window_present (GTK_WINDOW (window));
  begin ();
  lam_window_open (window, fixture->project);
  wait_until (lam_window_get_workspace (window));
  wait_until ((panel = find (window, "LamLabelPanel", 0)) != NULL);
  end ("open", N_LABELS);
}

static void
act (const char *action, const char *type, int64_t value)
{
  begin ();
  if (!type)
    gtk_widget_activate_action (GTK_WIDGET (window), action, NULL);
  else if (g_str_equal (type, "x"))
    gtk_widget_activate_action (panel, action, "x", (gint64)1);
  else
    gtk_widget_activate_action (panel, action, "(xi)", (gint64)1, (int)value);
}

static void
agree (void)
{
  wait_until (find_window ("AdwMessageDialog"));
  begin ();
  answer ("agree");
}

static void
select_all (void)
{
  begin ();
  gtk_selection_model_select_all (get_selection ());
  end ("select all", N_LABELS);
}

/* --- verbs ---------------------------------------------------------------- */

static void
step (const char *action, const char *what, guint n)
{
  act (action, NULL, 0);
  end (what, n);
}

static void
time_verb (
    const char *what, const char *action, const char *type, int64_t value)
{
  act (action, type, value);
  end (what, N_LABELS);
  step ("win.undo", "  undo", N_LABELS);
  step ("win.redo", "  redo", N_LABELS);
}

static void
time_deletion (void)
{
  act ("label.delete", "x", 0);
  end ("delete: the question", N_LABELS);
  agree ();
  end ("delete", 0);
  step ("win.undo", "  undo", N_LABELS);
  step ("win.redo", "  redo", 0);
  step ("win.undo", "  undo", N_LABELS);
}

static void
time_merging (void)
{
  act ("label.merge", "x", 0);
  end ("merge into one: the question", N_LABELS);
  agree ();
  end ("merge into one", 1);
  step ("win.undo", "  undo", N_LABELS);
}

static void
time_verbs (void)
{
  select_all ();
  time_verb ("lock", "label.lock-chosen", "x", 0);
  time_verb ("unlock", "label.lock-chosen", "x", 0);
  time_verb ("hide", "label.hide-chosen", "x", 0);
  time_verb ("show", "label.hide-chosen", "x", 0);
  time_verb ("another class", "label.set-class", "(xi)", 3);
  time_verb ("flag", "label.set-state", "(xi)", LAM_LABEL_FLAGGED);
  act ("label.isolate", "x", 0);
  end ("isolate", N_LABELS);
  act ("label.isolate", "x", 0);
  end ("  show all again", N_LABELS);
  time_deletion ();
  select_all ();
  time_merging ();
  select_all ();
  time_verb ("verify", "label.verify", "x", 0);
}

/* --- sorting -------------------------------------------------------------- */

static void
show_all_columns (void)
{
  GListModel *columns = gtk_column_view_get_columns (get_view ());
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++) {
    g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
    gtk_column_view_column_set_visible (column, true);
    settle (count_listed (), SHORT_TAIL_MS);
  }
}

static void
sort_by (guint nth, GtkSortType order)
{
  g_autoptr (GtkColumnViewColumn) column =
      g_list_model_get_item (gtk_column_view_get_columns (get_view ()), nth);
  gtk_column_view_sort_by_column (get_view (), column, order);
}

static void
time_sorting (const char *how)
{
  const guint n =
      g_list_model_get_n_items (gtk_column_view_get_columns (get_view ()));
  for (guint i = 0; i < 2 * n; i++) {
    g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (
        gtk_column_view_get_columns (get_view ()), i / 2);
    g_autofree char *title = NULL;
    g_object_get (column, "title", &title, NULL);
    begin ();
    sort_by (i / 2, i % 2 ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
    g_autofree char *what = g_strdup_printf (
        "%s by %s, %s", how, title, i % 2 ? "rising" : "falling");
    settle (count_listed (), SHORT_TAIL_MS);
    report (what);
  }
}

static guint
count_with_seven (void)
{
  guint n = 0;
  for (int id = 1; id <= N_LABELS; id++) {
    char number[16];
    g_snprintf (number, sizeof number, "%d", id);
    n += strchr (number, '7') != NULL;
  }
  return n;
}

static void
time_all_sorting (void)
{
  GtkEditable *search = child_of (panel, "search");
  gtk_selection_model_unselect_all (get_selection ());
  settle (N_LABELS, SHORT_TAIL_MS);
  time_sorting ("sort");
  select_all ();
  time_sorting ("all selected, sort");
  begin ();
  gtk_editable_set_text (search, "7");
  end ("search for 7", count_with_seven ());
  time_sorting ("found, sort");
  gtk_editable_set_text (search, "");
  settle (N_LABELS, SHORT_TAIL_MS);
}

/* By what is counted anew when all of it comes and goes. */
static void
time_sorted_verbs (void)
{
  sort_by (5, GTK_SORT_DESCENDING);
  settle (N_LABELS, SHORT_TAIL_MS);
  select_all ();
  time_verb ("by volume: lock", "label.lock-chosen", "x", 0);
  time_verb ("by volume: unlock", "label.lock-chosen", "x", 0);
  time_deletion ();
}

/* --- a second person ------------------------------------------------------ */

/* Blocks of 3×3×3 voxels, of which each meets a dozen of the first person's. */
enum { BLOCK = 3, N_BLOCKS = EDGE / BLOCK * (EDGE / BLOCK) * (DEPTH / BLOCK) };
G_STATIC_ASSERT (N_BLOCKS == 8192);

static uint32_t
get_block (uint32_t voxel)
{
  const uint32_t x = voxel % EDGE, y = voxel / EDGE % EDGE,
                 z = voxel / (EDGE * EDGE);
  return 1 + x / BLOCK
      + EDGE / BLOCK * (y / BLOCK + EDGE / BLOCK * (z / BLOCK));
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer is_done)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_export_blind_finish (NULL, result, &error);
  g_assert_no_error (error);
  *(bool *)is_done = true;
}

/* What the second person sends back. */
static char *
make_copy (const Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = lam_window_get_workspace (window);
  const LamRegion region = { .name = (char *)"all",
    .note = (char *)"",
    .box = { { 0, 0, 0 }, { EDGE, EDGE, DEPTH } } };
  char *path = g_build_filename (fixture->folder, "blind.lamella", NULL);
  g_autofree char *stack = g_build_filename (fixture->folder, "b.tif", NULL);
  const int32_t id = lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  bool is_done = false;
  lam_workspace_export_blind_async (
      workspace, id, path, NULL, exported_cb, &is_done);
  wait_until (is_done);
  LamWorkspace *theirs = lam_workspace_open (path, NULL, NULL, &error);
  g_assert_no_error (error);
  write_labels (stack, get_block);
  const LamImportOptions options = { .class_id = 2 };
  is_done = false;
  lam_workspace_import_async (
      theirs, stack, &options, NULL, imported_cb, &is_done);
  wait_until (is_done);
  lam_workspace_close (theirs, false, &error);
  g_assert_no_error (error);
  g_object_unref (theirs);
  return path;
}

static void
came_back_cb (GObject *source, GAsyncResult *result, gpointer is_done)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVoice) voice = lam_workspace_import_voice_finish (
      LAM_WORKSPACE (source), result, &error);
  g_assert_no_error (error);
  *(bool *)is_done = true;
}

static void
assert_taken (LamWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (workspace), 0, 1, false, &error);
  g_assert_no_error (error);
  const LamHistoryRow *row = rows->pdata[0];
  g_assert_cmpstr (row->tool, ==, "take-object");
  /* All but the voxels of the first person's label that is the same. */
  g_assert_cmpint (row->n_voxels, ==, BLOCK * BLOCK * BLOCK - BLOCK);
  g_assert_false (row->undone);
}

static void
time_second_person (const Fixture *fixture)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  g_autofree char *path = make_copy (fixture);
  bool is_done = false;
  settle (N_LABELS, TAIL_MS);
  begin ();
  lam_workspace_import_voice_async (
      workspace, path, NULL, came_back_cb, &is_done);
  wait_until (is_done);
  end ("a second person's layer comes", N_LABELS);
  begin ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.their-labels", NULL);
  end ("  it is shown", N_LABELS);
  begin ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.take-object-at",
      "(xxx)", (gint64)4, (gint64)4, (gint64)4);
  settle (ANY_NUMBER, 3 * TAIL_MS);
  report ("  an object of it is taken");
  assert_taken (workspace);
  step ("win.undo", "  undo", N_LABELS);
  step ("win.redo", "  redo", ANY_NUMBER);
}

int
main (int argc, char **argv)
{
  Fixture fixture = { 0 };
  g_autoptr (GError) error = NULL;
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!begin_gui (&argc, &argv))
    return 0;
  make_project (&fixture);
  lam_workspace_close (fixture.workspace, false, &error);
  g_assert_no_error (error);
  g_object_unref (fixture.workspace);
  gtk_window_destroy (fixture.window);
  g_timeout_add (20, wake_cb, NULL);
  watch_rounds ();
  open_window (&fixture);
  show_all_columns ();
  if (is_asked (argc, argv, "sort"))
    time_all_sorting ();
  if (is_asked (argc, argv, "sorted"))
    time_sorted_verbs ();
  if (is_asked (argc, argv, "verbs"))
    time_verbs ();
  if (is_asked (argc, argv, "second"))
    time_second_person (&fixture);
  gtk_window_close (GTK_WINDOW (window));
  wait_until (!find_window ("LamWindow"));
  remove_files (&fixture);
  return 0;
}
