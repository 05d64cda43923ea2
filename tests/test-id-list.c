/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A list that changes in turns: who follows its signals has the right rows at
 * every moment, few rows that are held change in a turn, and in the end all are
 * what was asked for. */
#include <string.h>

#include "base/random.h"
#include "workspace/id-list.h"

enum { N_IN_VIEW = 200, N_ROUNDS = 60, ROWS_A_TURN = 24 };

static GArray *wanted; /* what is to be listed */

/* --- an item -------------------------------------------------------------- */

typedef struct {
  GObject parent;
} TestItem;

typedef struct {
  GObjectClass parent_class;
} TestItemClass;

static GType test_item_get_type (void);
G_DEFINE_TYPE (TestItem, test_item, G_TYPE_OBJECT)

static void
test_item_class_init (TestItemClass *class)
{
  g_signal_new ("changed", test_item_get_type (), G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 0);
}

static void
test_item_init (TestItem *item)
{
}

static gpointer
make (LamWorkspace *workspace, int64_t id)
{
  GObject *item = g_object_new (test_item_get_type (), NULL);
  g_object_set_data_full (item, "id", g_memdup2 (&id, sizeof id), g_free);
  return item;
}

static void
become (gpointer item, int64_t id)
{
  g_object_set_data_full (item, "id", g_memdup2 (&id, sizeof id), g_free);
}

static bool
collect (LamIdList *list, LamWorkspace *workspace, GArray *ids)
{
  g_array_append_vals (ids, wanted->data, wanted->len);
  return true;
}

/* As a view has it: the ids by its signals alone, and items of some rows. */
typedef struct {
  LamIdList *list;
  GArray *ids; /* int64_t */
  GPtrArray *held; /* the items of the rows from `first` on */
  guint first, n_signals, n_touched; /* touched: held rows that changed */
  guint n_exchanges;
  bool was_last; /* the signal said that it was the last */
} View;

static void
hold (View *view)
{
  g_autoptr (GPtrArray) old = view->held;
  view->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < N_IN_VIEW && view->first + i < view->ids->len; i++) {
    gpointer item =
        g_list_model_get_item (G_LIST_MODEL (view->list), view->first + i);
    g_assert_nonnull (item);
    view->n_touched +=
        old && (i >= old->len || g_ptr_array_index (old, i) != item);
    g_ptr_array_add (view->held, item);
  }
}

static void
changed_cb (GListModel *model, guint at, guint removed, guint added, View *view)
{
  view->n_signals++;
  if (removed > 0)
    g_array_remove_range (view->ids, at, removed);
  for (guint i = 0; i < added; i++) {
    const int64_t id = lam_id_list_get_id (view->list, at + i);
    g_array_insert_val (view->ids, at + i, id);
  }
  g_assert_cmpuint (view->ids->len, ==, g_list_model_get_n_items (model));
  view->was_last = !lam_id_list_is_changing (view->list);
  hold (view);
}

static void
exchanged_cb (LamIdList *list, guint at, guint n, View *view)
{
  view->n_exchanges++;
  for (guint i = at; i < at + n; i++)
    g_array_index (view->ids, int64_t, i) = lam_id_list_get_id (list, i);
  view->was_last = !lam_id_list_is_changing (list);
}

static void
assert_right (const View *view)
{
  g_assert_cmpuint (view->ids->len, ==, wanted->len);
  for (guint i = 0; i < wanted->len; i++) {
    const int64_t id = g_array_index (wanted, int64_t, i);
    g_assert_cmpint (g_array_index (view->ids, int64_t, i), ==, id);
    g_assert_cmpint (lam_id_list_get_id (view->list, i), ==, id);
  }
  for (guint i = 0; i < view->held->len; i++)
    g_assert_cmpint (*(int64_t *)g_object_get_data (view->held->pdata[i], "id"),
        ==, g_array_index (wanted, int64_t, view->first + i));
}

/* Ids in an order of their own, or not; some 1000. Some are less than 0, and
 * each has one that is the same in 32 bits. */
static void
want (LamRandom *random, guint n, bool in_order)
{
  g_array_set_size (wanted, 0);
  for (guint i = 1; i <= n; i++) {
    const int64_t id = i % 2 ? i : (int64_t)i - 1 - (INT64_C (1) << 32);
    g_array_append_val (wanted, id);
  }
  int64_t *ids = (int64_t *)(void *)wanted->data;
  for (guint i = n; i > 1 && !in_order; i--) {
    const guint other = lam_random_u32 (random) % i;
    const int64_t id = ids[i - 1];
    ids[i - 1] = ids[other];
    ids[other] = id;
  }
}

static void
view_clear (View *view)
{
  g_signal_handlers_disconnect_by_data (view->list, view);
  g_ptr_array_unref (view->held);
  g_array_unref (view->ids);
  g_object_unref (view->list);
}

static View
view_new (LamWorkspace *workspace, const LamIdListKind *kind)
{
  return (View){ lam_id_list_new (workspace, kind),
    g_array_new (false, false, sizeof (int64_t)),
    g_ptr_array_new_with_free_func (g_object_unref) };
}

static void
begin (View *view, guint first)
{
  view->first = first;
  view->n_touched = view->n_signals = 0;
  g_ptr_array_set_size (view->held, 0);
  hold (view);
  view->n_touched = 0;
}

/* Of rows that stay as many, or become more: a view that is short of rows makes
 * some anew however few come. */
static void
test_turns (void)
{
  static LamIdListKind kind = {
    .make = make, .collect = collect, .takes_turns = true
  };
  g_autoptr (LamWorkspace) workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  LamRandom random = lam_random_new (3, 1);
  kind.item_type = test_item_get_type ();
  want (&random, 1000, true);
  View view = view_new (workspace, &kind);
  g_array_append_vals (view.ids, wanted->data, wanted->len);
  g_signal_connect (view.list, "items-changed", G_CALLBACK (changed_cb), &view);
  begin (&view, 400);
  want (&random, 1000, false);
  lam_id_list_refresh (view.list);
  g_assert_true (lam_id_list_is_changing (view.list));
  for (;;) {
    g_assert_cmpuint (view.n_touched, <=, ROWS_A_TURN);
    if (!lam_id_list_is_changing (view.list))
      break;
    view.n_touched = 0;
    g_main_context_iteration (NULL, true);
  }
  g_assert_true (view.was_last);
  g_assert_cmpuint (view.n_signals, >=, N_IN_VIEW / ROWS_A_TURN);
  assert_right (&view);
  /* All at once when it cannot wait. */
  want (&random, 1000, false);
  lam_id_list_refresh (view.list);
  lam_id_list_finish (view.list);
  g_assert_false (lam_id_list_is_changing (view.list));
  assert_right (&view);
  view_clear (&view);
}

/* Whatever is asked for while it changes. */
static void
ask_for_any (LamIdListKind *kind)
{
  g_autoptr (LamWorkspace) workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  LamRandom random = lam_random_new (4, 1);
  kind->item_type = test_item_get_type ();
  want (&random, 500, true);
  View view = view_new (workspace, kind);
  g_array_append_vals (view.ids, wanted->data, wanted->len);
  g_signal_connect (view.list, "items-changed", G_CALLBACK (changed_cb), &view);
  if (kind->become)
    g_signal_connect (
        view.list, "rows-exchanged", G_CALLBACK (exchanged_cb), &view);
  for (int i = 0; i < N_ROUNDS; i++) {
    begin (&view, 0);
    want (&random, lam_random_u32 (&random) % 1000,
        lam_random_u32 (&random) % 2 == 0);
    view.was_last = false;
    const bool was_right = view.ids->len == wanted->len
        && memcmp (view.ids->data, wanted->data, wanted->len * 4) == 0;
    const bool was_changing = lam_id_list_is_changing (view.list);
    lam_id_list_refresh (view.list);
    for (guint turn = lam_random_u32 (&random) % 12;
         lam_id_list_is_changing (view.list) && turn > 0; turn--)
      g_main_context_iteration (NULL, true);
    if (lam_id_list_is_changing (view.list))
      continue;
    g_assert_true (view.was_last || (was_right && !was_changing));
    assert_right (&view);
  }
  view_clear (&view);
}

static void
test_any (void)
{
  static LamIdListKind turns = {
    .make = make, .collect = collect, .takes_turns = true
  };
  static LamIdListKind exchanges = {
    .make = make, .collect = collect, .takes_turns = true, .become = become
  };
  ask_for_any (&turns);
  ask_for_any (&exchanges);
}

/* All of the rows in view are others at once, and none of their items is. */
static void
test_exchange (void)
{
  static LamIdListKind kind = {
    .make = make, .collect = collect, .takes_turns = true, .become = become
  };
  g_autoptr (LamWorkspace) workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  LamRandom random = lam_random_new (11, 1);
  kind.item_type = test_item_get_type ();
  want (&random, 1000, true);
  View view = view_new (workspace, &kind);
  g_array_append_vals (view.ids, wanted->data, wanted->len);
  g_signal_connect (view.list, "items-changed", G_CALLBACK (changed_cb), &view);
  g_signal_connect (
      view.list, "rows-exchanged", G_CALLBACK (exchanged_cb), &view);
  begin (&view, 400);
  for (int i = 0; i < 3; i++) {
    want (&random, 1000, false);
    lam_id_list_refresh (view.list);
    g_assert_false (lam_id_list_is_changing (view.list));
    assert_right (&view);
  }
  g_assert_cmpuint (view.n_touched, ==, 0);
  g_assert_cmpuint (view.n_signals, ==, 0);
  g_assert_cmpuint (view.n_exchanges, ==, 3);
  /* Whoever lets go of one gets another with what it had become. */
  g_ptr_array_set_size (view.held, 0);
  hold (&view);
  assert_right (&view);
  view_clear (&view);
}

/* How many items of the first are not in the second. */
static guint
count_others (GPtrArray *first, GPtrArray *second)
{
  guint n = 0;
  for (guint i = 0; i < first->len; i++)
    n += !g_ptr_array_find (second, first->pdata[i], NULL);
  return n;
}

/* Rows that go from amidst those in view, or from its end: few are new in a
 * turn, few go. */
static void
test_fewer (void)
{
  static LamIdListKind kind = {
    .make = make, .collect = collect, .takes_turns = true
  };
  g_autoptr (LamWorkspace) workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  LamRandom random = lam_random_new (7, 1);
  kind.item_type = test_item_get_type ();
  for (int round = 0; round < 2; round++) {
    want (&random, 2000, true);
    View view = view_new (workspace, &kind);
    g_array_append_vals (view.ids, wanted->data, wanted->len);
    g_signal_connect (
        view.list, "items-changed", G_CALLBACK (changed_cb), &view);
    begin (&view, round ? 0 : 400);
    g_array_remove_range (wanted, round ? 10 : 450, round ? 1990 : 1000);
    for (bool is_first = true; is_first || lam_id_list_is_changing (view.list);
         is_first = false) {
      g_autoptr (GPtrArray) before = g_ptr_array_ref (view.held);
      if (is_first)
        lam_id_list_refresh (view.list);
      else
        g_main_context_iteration (NULL, true);
      g_assert_cmpuint (count_others (view.held, before), <=, ROWS_A_TURN);
      g_assert_cmpuint (count_others (before, view.held), <=, ROWS_A_TURN);
    }
    assert_right (&view);
    view_clear (&view);
  }
}

/* Also in the middle of a change; what is asked for meanwhile comes after. */
static void
test_held (void)
{
  static LamIdListKind kind = {
    .make = make, .collect = collect, .takes_turns = true
  };
  g_autoptr (LamWorkspace) workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  LamRandom random = lam_random_new (5, 1);
  kind.item_type = test_item_get_type ();
  want (&random, 1000, true);
  View view = view_new (workspace, &kind);
  g_array_append_vals (view.ids, wanted->data, wanted->len);
  g_signal_connect (view.list, "items-changed", G_CALLBACK (changed_cb), &view);
  begin (&view, 400);
  want (&random, 1000, false);
  lam_id_list_refresh (view.list);
  g_assert_true (lam_id_list_is_changing (view.list));
  lam_id_list_hold (view.list, true);
  view.n_signals = 0;
  want (&random, 900, false);
  lam_id_list_refresh (view.list);
  while (g_main_context_iteration (NULL, false))
    ;
  g_assert_cmpuint (view.n_signals, ==, 0);
  lam_id_list_hold (view.list, false);
  while (lam_id_list_is_changing (view.list))
    g_main_context_iteration (NULL, true);
  assert_right (&view);
  view_clear (&view);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wanted = g_array_new (false, false, sizeof (int64_t));
  g_test_add_func ("/id-list/turns", test_turns);
  g_test_add_func ("/id-list/fewer", test_fewer);
  g_test_add_func ("/id-list/any", test_any);
  g_test_add_func ("/id-list/exchange", test_exchange);
  g_test_add_func ("/id-list/held", test_held);
  const int status = g_test_run ();
  g_array_unref (wanted);
  return status;
}
