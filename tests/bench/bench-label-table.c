/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table of a project's 110,592 labels with all columns on screen: the
 * longest iteration of the main loop while it is sorted by each column, while
 * something is searched for and taken back, while it is scrolled, pages at a
 * time and from end to end, while all labels are selected and are given a state
 * and a group, and while they are listed beneath 1,000 groups that fold. It is
 * the processor's time of the main thread, which waits for nothing else.
 * Medians of some rounds, against the 100 ms that a person does not feel. Needs
 * a display, and draws by the processor.
 *
 *   bench-label-table [sort] [search] [scroll] [many] [groups]   without: all
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/label-panel.h"
#include "app/list-selection.h"
#include "many-labels.h"
#include "workspace/label-groups.h"

enum { N_GROUPS = 1000 };
enum { ROUNDS = 3, BOUND_MS = 100 };

/* --- the table ------------------------------------------------------------ */

static GtkColumnView *
get_view (GtkWidget *panel)
{
  return GTK_COLUMN_VIEW (child_of (panel, "list"));
}

static uint32_t
get_id (GtkWidget *panel, guint position)
{
  g_autoptr (LamLabelItem) item = g_list_model_get_item (
      G_LIST_MODEL (gtk_column_view_get_model (get_view (panel))), position);
  const LamLabel *row = item ? lam_label_item_get_row (item) : NULL;
  return row ? row->id : 0;
}

static bool
is_searching (GtkWidget *panel)
{
  GListModel *model = lam_list_selection_get_model (
      LAM_LIST_SELECTION (gtk_column_view_get_model (get_view (panel))));
  return lam_label_model_is_searching (model)
      || lam_label_model_is_changing (model);
}

static guint
count_listed (GtkWidget *panel)
{
  return g_list_model_get_n_items (
      G_LIST_MODEL (gtk_column_view_get_model (get_view (panel))));
}

/* --- measuring ------------------------------------------------------------ */

/* Of this thread alone: what others on the computer take is left out. */
static double
get_busy_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Unlike MAX it does each of the two once. */
static double
larger (double a, double b)
{
  return a > b ? a : b;
}

/* Of one act, until so long after the list has become what it asks for. */
static double
watch (GtkWidget *panel, guint n, uint32_t first, int after_ms)
{
  double longest = 0;
  gint64 end = 0;
  const gint64 limit =
      g_get_monotonic_time () + PATIENCE_SECONDS * G_USEC_PER_SEC;
  for (;;) {
    const double start = get_busy_ms ();
    g_main_context_iteration (NULL, false);
    longest = larger (longest, get_busy_ms () - start);
    const gint64 now = g_get_monotonic_time ();
    if (end == 0 && !is_searching (panel) && count_listed (panel) == n
        && (first == 0 || get_id (panel, 0) == first))
      end = now + after_ms * G_GINT64_CONSTANT (1000);
    if (end > 0 && now > end)
      return longest;
    g_assert_cmpint (now, <, limit);
  }
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
report (const char *what, double *values, int n)
{
  qsort (values, (size_t)n, sizeof *values, compare);
  const double median = values[n / 2];
  printf ("%-26s longest iteration %4.0f ms (%.0f to %.0f), %.2f of %d ms\n",
      what, median, values[0], values[n - 1], median / BOUND_MS, BOUND_MS);
}

/* From the one order to the other, by turns. */
static void
time_sorting (GtkWidget *panel, guint nth)
{
  GtkColumnView *view = get_view (panel);
  g_autoptr (GtkColumnViewColumn) column =
      g_list_model_get_item (gtk_column_view_get_columns (view), nth);
  g_autofree char *title = NULL;
  double values[2 * ROUNDS];
  g_object_get (column, "title", &title, NULL);
  for (int i = 0; i < 2 * ROUNDS; i++) {
    const double start = get_busy_ms ();
    gtk_column_view_sort_by_column (
        view, column, i % 2 ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
    const double asked = get_busy_ms () - start;
    /* All values are the same in some columns, and the order then, too. */
    const double after = watch (panel, N_LABELS, 0, 300);
    values[i] = larger (asked, after);
  }
  g_autofree char *what = g_strconcat ("sort by ", title, NULL);
  report (what, values, 2 * ROUNDS);
}

static void
time_searching (GtkWidget *panel, const char *text, guint n)
{
  GtkEditable *search = child_of (panel, "search");
  double found[ROUNDS], all[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    gtk_editable_set_text (search, text);
    found[i] = watch (panel, n, 0, 300);
    gtk_editable_set_text (search, "");
    all[i] = watch (panel, N_LABELS, 0, 300);
  }
  g_autofree char *what = g_strconcat ("search ", text, NULL);
  report (what, found, ROUNDS);
  report ("  taken back", all, ROUNDS);
}

/* --- many labels at once -------------------------------------------------- */

static GtkSelectionModel *
get_selection (GtkWidget *panel)
{
  return gtk_column_view_get_model (get_view (panel));
}

static void
assert_chosen (GtkWidget *panel, guint n)
{
  g_autoptr (GtkBitset) chosen =
      gtk_selection_model_get_selection (get_selection (panel));
  g_assert_cmpuint (gtk_bitset_get_size (chosen), ==, n);
  g_autoptr (GArray) ids =
      lam_label_panel_dup_chosen (LAM_LABEL_PANEL (panel), get_id (panel, 0));
  g_assert_cmpuint (ids->len, ==, MAX (n, 1));
}

static void
time_choosing (GtkWidget *panel)
{
  double all[ROUNDS], none[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    double start = get_busy_ms ();
    gtk_selection_model_select_all (get_selection (panel));
    all[i] = get_busy_ms () - start;
    assert_chosen (panel, N_LABELS);
    all[i] = larger (all[i], watch (panel, N_LABELS, 0, 300));
    start = get_busy_ms ();
    gtk_selection_model_unselect_all (get_selection (panel));
    none[i] = get_busy_ms () - start;
    assert_chosen (panel, 0);
    none[i] = larger (none[i], watch (panel, N_LABELS, 0, 300));
  }
  report ("select all", all, ROUNDS);
  report ("select none", none, ROUNDS);
}

/* Whoever waits for the file is told when the edit is in it. */
static bool
is_saved (LamWorkspace *workspace)
{
  return lam_workspace_get_save_state (workspace) == LAM_SAVE_SAVED;
}

static double
watch_rows_saving (Fixture *fixture, GtkWidget *panel, guint n)
{
  double longest = 0;
  do
    longest = larger (longest, watch (panel, n, 0, 100));
  while (!is_saved (fixture->workspace));
  return larger (longest, watch (panel, n, 0, 500));
}

static double
watch_saving (Fixture *fixture, GtkWidget *panel)
{
  return watch_rows_saving (fixture, panel, N_LABELS);
}

static void
time_states (Fixture *fixture, GtkWidget *panel)
{
  static const char *const names[] = { "state of all: not started",
    "state of all: progress", "state of all: completed",
    "state of all: flagged" };
  gtk_selection_model_select_all (get_selection (panel));
  watch (panel, N_LABELS, 0, 300);
  for (int i = 1; i <= 4; i++) {
    double start = get_busy_ms (), value;
    lam_label_panel_set_state (LAM_LABEL_PANEL (panel), (LamLabelState)(i % 4));
    value = get_busy_ms () - start;
    value = larger (value, watch_saving (fixture, panel));
    report (names[i % 4], &value, 1);
  }
}

static void
time_groups (Fixture *fixture, GtkWidget *panel)
{
  g_autoptr (GArray) ids =
      lam_label_panel_dup_chosen (LAM_LABEL_PANEL (panel), get_id (panel, 0));
  g_assert_cmpuint (ids->len, ==, N_LABELS);
  for (int i = 0; i < 2; i++) {
    double start = get_busy_ms (), value;
    g_assert_true (lam_workspace_set_label_groups (fixture->workspace,
        (const uint32_t *)(const void *)ids->data, ids->len, i ? "" : "a/b",
        NULL));
    value = get_busy_ms () - start;
    value = larger (value, watch_saving (fixture, panel));
    report (i ? "group of all: none" : "group of all: a/b", &value, 1);
    if (i == 0)
      time_searching (panel, "group:\"a/b\"", N_LABELS);
  }
}

/* Pages at a time, or from end to end for 0. */
static double
get_next_place (const GtkAdjustment *place, double n_pages)
{
  GtkAdjustment *own = (GtkAdjustment *)place;
  const double now = gtk_adjustment_get_value (own);
  const double page = gtk_adjustment_get_page_size (own);
  const double last = gtk_adjustment_get_upper (own) - page;
  g_assert_cmpfloat (last, >, 100 * page);
  return n_pages > 0 ? now + n_pages * page : now > last / 2 ? 0 : last;
}

static void
time_scrolling (GtkWidget *panel, double n_pages, const char *what)
{
  GtkAdjustment *place =
      gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (get_view (panel)));
  double values[ROUNDS] = { 0 };
  for (int i = 0; i < ROUNDS; i++)
    for (int j = 0; j < 10; j++) {
      const double next = get_next_place (place, n_pages);
      const double start = get_busy_ms ();
      gtk_adjustment_set_value (place, next);
      const double asked = get_busy_ms () - start;
      const double after = watch (panel, count_listed (panel), 0, 60);
      values[i] = larger (values[i], larger (asked, after));
    }
  report (what, values, ROUNDS);
}

static void
show_all_columns (GtkWidget *panel)
{
  GListModel *columns = gtk_column_view_get_columns (get_view (panel));
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++) {
    g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
    gtk_column_view_column_set_visible (column, true);
  }
}

static void
time_all_columns (GtkWidget *panel)
{
  const guint n_columns =
      g_list_model_get_n_items (gtk_column_view_get_columns (get_view (panel)));
  for (guint i = 0; i < n_columns; i++)
    time_sorting (panel, i);
}

static void
time_searches (GtkWidget *panel)
{
  time_searching (panel, "7777", 20);
  time_searching (panel, "state:flagged", 0);
}

static void
time_all_scrolling (GtkWidget *panel)
{
  time_scrolling (panel, 0.3, "scroll");
  time_scrolling (panel, 1.5, "scroll by pages");
  time_scrolling (panel, 0, "scroll from end to end");
}

static void
time_many (Fixture *fixture, GtkWidget *panel)
{
  time_choosing (panel);
  time_states (fixture, panel);
  time_groups (fixture, panel);
}

/* --- groups --------------------------------------------------------------- */

/* All rows of the tree: a thousand groups in a hundred in ten. */
enum { N_OUTER = 10, N_MIDDLE = 100 };
enum { N_ROWS = N_LABELS + N_GROUPS + N_MIDDLE + N_OUTER };

static char *
make_group (int nth)
{
  return g_strdup_printf ("volume %d/part %d/cell %d", nth % N_OUTER,
      nth / N_OUTER % (N_MIDDLE / N_OUTER), nth / N_MIDDLE);
}

/* Neighbours in the table are of different groups, which is the worst case. */
static void
put_into_groups (Fixture *fixture)
{
  g_autofree uint32_t *ids = g_new (uint32_t, N_LABELS / N_GROUPS + 1);
  for (uint32_t i = 0; i < N_GROUPS; i++) {
    g_autofree char *group = make_group ((int)i);
    size_t n = 0;
    for (uint32_t id = i + 1; id <= N_LABELS; id += N_GROUPS)
      ids[n++] = id;
    g_assert_true (lam_workspace_set_label_groups (
        fixture->workspace, ids, n, group, NULL));
    if (i % 100 == 99)
      wait_saved (fixture->workspace);
  }
}

static double
time_act (
    GtkWidget *panel, const char *action, const char *row, int64_t id, guint n)
{
  const double start = get_busy_ms ();
  if (row)
    gtk_widget_activate_action (panel, action, row, (gboolean)id);
  else
    gtk_widget_activate_action (panel, action, "x", id);
  const double asked = get_busy_ms () - start;
  return larger (asked, watch (panel, n, 0, 300));
}

static void
time_mode (GtkWidget *panel)
{
  double on[ROUNDS], off[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    double start = get_busy_ms ();
    lam_label_panel_toggle_groups (LAM_LABEL_PANEL (panel));
    on[i] = get_busy_ms () - start;
    on[i] = larger (on[i], watch (panel, N_ROWS, 0, 300));
    start = get_busy_ms ();
    lam_label_panel_toggle_groups (LAM_LABEL_PANEL (panel));
    off[i] = get_busy_ms () - start;
    off[i] = larger (off[i], watch (panel, N_LABELS, 0, 300));
  }
  report ("as groups", on, ROUNDS);
  report ("  a plain list again", off, ROUNDS);
}

/* A tenth of all labels, and everything. */
static void
time_folding (GtkWidget *panel)
{
  double fold[ROUNDS], unfold[ROUNDS], fold_all[ROUNDS], unfold_all[ROUNDS];
  GListModel *model = lam_list_selection_get_model (
      LAM_LIST_SELECTION (gtk_column_view_get_model (get_view (panel))));
  const int64_t row = lam_label_model_get_row (model, 0);
  const guint n = lam_label_model_find_group (model, "volume 0")->n_labels;
  const guint n_left = N_ROWS - n - N_MIDDLE / N_OUTER - N_GROUPS / N_OUTER;
  for (int i = 0; i < ROUNDS; i++) {
    fold[i] = time_act (panel, "label.toggle-fold", NULL, row, n_left);
    unfold[i] = time_act (panel, "label.toggle-fold", NULL, row, N_ROWS);
    fold_all[i] = time_act (panel, "label.fold-all", "b", true, N_OUTER);
    unfold_all[i] = time_act (panel, "label.fold-all", "b", false, N_ROWS);
  }
  report ("fold a tenth", fold, ROUNDS);
  report ("  unfold it", unfold, ROUNDS);
  report ("fold all", fold_all, ROUNDS);
  report ("  unfold all", unfold_all, ROUNDS);
}

static void
time_sorted_tree (GtkWidget *panel)
{
  GtkColumnView *view = get_view (panel);
  g_autoptr (GtkColumnViewColumn) column =
      g_list_model_get_item (gtk_column_view_get_columns (view), 5);
  double values[2 * ROUNDS];
  for (int i = 0; i < 2 * ROUNDS; i++) {
    const double start = get_busy_ms ();
    gtk_column_view_sort_by_column (
        view, column, i % 2 ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
    const double asked = get_busy_ms () - start;
    values[i] = larger (asked, watch (panel, N_ROWS, 0, 300));
  }
  report ("sort the tree by volume", values, 2 * ROUNDS);
}

/* The group stands for its labels: their state, its place. */
static void
time_group (Fixture *fixture, GtkWidget *panel)
{
  double choose, state, move, back;
  double start = get_busy_ms ();
  gtk_selection_model_select_item (get_selection (panel), 0, true);
  choose = get_busy_ms () - start;
  choose = larger (choose, watch (panel, N_ROWS, 0, 300));
  start = get_busy_ms ();
  lam_label_panel_set_state (LAM_LABEL_PANEL (panel), LAM_LABEL_FLAGGED);
  state = get_busy_ms () - start;
  state = larger (state, watch_rows_saving (fixture, panel, N_ROWS));
  start = get_busy_ms ();
  g_assert_true (lam_workspace_move_to_group (fixture->workspace, NULL, 0,
      (const char *const[]){ "volume 0", NULL }, "volume 1", NULL));
  move = get_busy_ms () - start;
  move = larger (move, watch_rows_saving (fixture, panel, N_ROWS));
  start = get_busy_ms ();
  lam_workspace_undo (fixture->workspace);
  back = get_busy_ms () - start;
  back = larger (back, watch_rows_saving (fixture, panel, N_ROWS));
  report ("select a group", &choose, 1);
  report ("state of a group", &state, 1);
  report ("move a group", &move, 1);
  report ("  undone", &back, 1);
}

/* The rows when the fourth part of each volume alone is found. */
static guint
count_found_rows (void)
{
  guint n = N_GROUPS / 10 + N_MIDDLE / 10 + N_OUTER;
  for (int id = 1; id <= N_LABELS; id++)
    n += (id - 1) % N_GROUPS / N_OUTER % (N_MIDDLE / N_OUTER) == 3;
  return n;
}

static void
time_tree_search (GtkWidget *panel)
{
  GtkEditable *search = child_of (panel, "search");
  double found[ROUNDS], all[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    gtk_editable_set_text (search, "group:\"part 3\"");
    found[i] = watch (panel, count_found_rows (), 0, 300);
    gtk_editable_set_text (search, "");
    all[i] = watch (panel, N_ROWS, 0, 300);
  }
  report ("search the tree", found, ROUNDS);
  report ("  taken back", all, ROUNDS);
}

static void
time_tree (Fixture *fixture, GtkWidget *panel)
{
  put_into_groups (fixture);
  watch_saving (fixture, panel);
  time_mode (panel);
  lam_label_panel_toggle_groups (LAM_LABEL_PANEL (panel));
  watch (panel, N_ROWS, 0, 500);
  time_folding (panel);
  time_sorted_tree (panel);
  time_tree_search (panel);
  time_all_scrolling (panel);
  time_group (fixture, panel);
}

int
main (int argc, char **argv)
{
  Fixture fixture = { 0 };
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!begin_gui (&argc, &argv))
    return 0;
  make_project (&fixture);
  GtkWidget *panel = lam_label_panel_new ();
  lam_label_panel_set_workspace (LAM_LABEL_PANEL (panel), fixture.workspace);
  show (&fixture, panel, "label-table");
  show_all_columns (panel);
  watch (panel, N_LABELS, 1, 3000);
  if (is_asked (argc, argv, "sort"))
    time_all_columns (panel);
  if (is_asked (argc, argv, "search"))
    time_searches (panel);
  if (is_asked (argc, argv, "scroll"))
    time_all_scrolling (panel);
  if (is_asked (argc, argv, "many"))
    time_many (&fixture, panel);
  if (is_asked (argc, argv, "groups"))
    time_tree (&fixture, panel);
  tear_down (&fixture, NULL);
  return 0;
}
