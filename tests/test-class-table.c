/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tables of classes and labels, their colours and presets. */
#include "labels/class-table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "labels/class-words.h"
#include "labels/label-colour.h"

static LamClassTable *
platelet_table (void)
{
  LamClassTable *table = lam_class_table_new ();
  size_t n;
  const LamClass *rows = lam_class_preset_get ("platelet", &n);
  for (size_t i = 0; i < n; i++)
    lam_class_table_set_class (table, &rows[i]);
  return table;
}

static void
test_preset (void)
{
  static const char *const names[] = { "background", "cell", "mitochondrion",
    "alpha granule", "canalicular vessel", "dense granule body",
    "dense granule core" };
  size_t n;
  const LamClass *rows = lam_class_preset_get ("platelet", &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (names));
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpint (rows[i].id, ==, i);
    g_assert_cmpstr (rows[i].name, ==, names[i]);
    g_assert_cmpint (rows[i].key, ==, i);
    g_assert_cmpint (rows[i].has_instances, ==, i > 0);
    for (size_t j = 0; j < i; j++)
      g_assert_cmphex (rows[i].rgb, !=, rows[j].rgb);
  }
  g_assert_nonnull (lam_class_preset_get ("empty", &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_null (lam_class_preset_get ("liver", &n));
  g_assert_cmpuint (n, ==, 0);
}

/* What the names of classes say, of the platelet data and of other sets. */
static void
test_words (void)
{
  static const struct {
    const char *name;
    bool is_organelle, has_instances;
  } cases[] = { { "background", false, false }, { "cell", false, true },
    { "Cells", false, true }, { "mitochondrion", true, true },
    { "alpha granule", true, true }, { "canalicular vessel", true, true },
    { "dense granule core", true, true }, { "cytoplasm", false, false },
    { "Membrane", false, false }, { "plasma_membrane", false, false },
    { "mitochondrial membrane", true, false }, { "ER lumen", true, false },
    { "extracellular space", false, false }, { "ECS", false, false },
    { "glia", false, false }, { "neurites", false, true },
    { "nucleus", true, true }, { "cell nucleus", true, true },
    { "cellulose", true, true }, { "Mitochondrium", true, true },
    { "", true, true }, { "Zellkern", true, true } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].name);
    g_assert_cmpint (lam_class_words_is_organelle (cases[i].name), ==,
        cases[i].is_organelle);
    g_assert_cmpint (lam_class_words_has_instances (cases[i].name), ==,
        cases[i].has_instances);
  }
  const LamClass first = { .id = 0, .name = (char *)"mitochondrion" };
  g_assert_false (lam_class_is_organelle (&first));
  size_t n;
  const LamClass *rows = lam_class_preset_get ("platelet", &n);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpint (lam_class_is_organelle (&rows[i]), ==, i > 1);
}

static void
test_classes (void)
{
  g_autoptr (LamClassTable) table = platelet_table ();
  uint64_t serial = lam_class_table_get_serial (table);
  g_assert_cmpuint (lam_class_table_get_n_classes (table), ==, 7);
  g_assert_cmpint (lam_class_table_get_next_class (table), ==, 7);
  const LamClass *found = lam_class_table_find_class (table, "alpha granule");
  g_assert_cmpint (found->id, ==, 3);
  g_assert_null (lam_class_table_find_class (table, "nucleus"));

  /* A row may be set from itself. */
  LamClass row = *found;
  row.locked = true;
  lam_class_table_set_class (table, &row);
  g_assert_cmpstr (
      lam_class_table_get_class (table, 3)->name, ==, "alpha granule");
  lam_class_table_remove_class (table, 6);
  lam_class_table_remove_class (table, 99);
  g_assert_null (lam_class_table_get_class (table, 6));
  g_assert_null (lam_class_table_get_class (table, -1));
  g_assert_null (lam_class_table_get_nth_class (table, 6));
  g_assert_cmpint (lam_class_table_get_nth_class (table, 5)->id, ==, 5);
  /* Ids are never given twice. */
  g_assert_cmpint (lam_class_table_get_next_class (table), ==, 7);
  g_assert_cmpuint (lam_class_table_get_serial (table), >, serial);
}

static void
test_locks_and_colours (void)
{
  g_autoptr (LamClassTable) table = platelet_table ();
  LamLabel label = { .id = 5, .name = "", .class_id = 2, .rgb = LAM_RGB_AUTO };
  lam_class_table_set_label (table, &label);
  LamLabel plain = { .id = 6, .name = "", .class_id = 0, .rgb = LAM_RGB_AUTO };
  lam_class_table_set_label (table, &plain);
  g_assert_false (lam_class_table_is_locked (table, 5));
  g_assert_cmphex (lam_class_table_get_rgb (table, 5, true), ==, 0xd55e00);
  g_assert_cmphex (
      lam_class_table_get_rgb (table, 5, false), ==, lam_label_colour_auto (5));
  g_assert_cmphex (lam_class_table_get_rgb (table, 6, false), ==, 0x808080);
  g_assert_cmphex (
      lam_class_table_get_rgb (table, 7, true), ==, lam_label_colour_auto (7));
  g_assert_cmphex (lam_class_table_get_rgb (table, 0, true), ==, 0);
  label.rgb = 0x123456;
  label.locked = label.hidden = true;
  lam_class_table_set_label (table, &label);
  g_assert_cmphex (lam_class_table_get_rgb (table, 5, false), ==, 0x123456);
  g_assert_true (lam_class_table_is_locked (table, 5));
  g_assert_true (lam_class_table_is_hidden (table, 5));

  LamClass kind = *lam_class_table_get_class (table, 0);
  kind.locked = kind.hidden = true;
  lam_class_table_set_class (table, &kind);
  g_assert_true (lam_class_table_is_locked (table, 6));
  g_assert_true (lam_class_table_is_hidden (table, 6));
  g_assert_false (lam_class_table_is_locked (table, 0));
  g_assert_false (lam_class_table_is_locked (table, 7));
}

static void
test_next_label (void)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  g_assert_cmpuint (lam_class_table_get_next_label (table), ==, 1);
  LamLabel row = { .id = 70000, .name = "a" };
  lam_class_table_set_label (table, &row);
  lam_class_table_remove_label (table, 70000);
  g_assert_cmpuint (lam_class_table_get_next_label (table), ==, 70001);
  row.id = UINT32_MAX;
  lam_class_table_set_label (table, &row);
  g_assert_cmpuint (lam_class_table_get_next_label (table), ==, 0);
  g_assert_cmpuint (
      lam_class_table_get_nth_label (table, 0)->id, ==, UINT32_MAX);
}

/* 100,000 labels in any order stay quick; a quadratic table would take
 * minutes. */
static void
test_many_labels (void)
{
  enum { N = 100000 };
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  g_autofree uint32_t *ids = g_new (uint32_t, N);
  LamRandom random = lam_random_new (1, 0);
  for (int i = 0; i < N; i++) {
    uint32_t j = lam_random_u32 (&random) % (i + 1);
    ids[i] = ids[j];
    ids[j] = i + 1;
  }
  gint64 start = g_get_monotonic_time ();
  for (int i = 0; i < N; i++) {
    LamLabel row = { .id = ids[i], .name = "mitochondrion 12", .class_id = 2 };
    lam_class_table_set_label (table, &row);
  }
  for (int i = 0; i < N; i++) {
    g_assert_cmpuint (lam_class_table_get_nth_label (table, i)->id, ==, i + 1);
    g_assert_cmpuint (lam_class_table_get_label (table, i + 1)->id, ==, i + 1);
    g_assert_cmpuint (lam_class_table_get_next_label (table), ==, N + 1);
  }
  for (int i = 0; i < 1000; i++) {
    lam_class_table_remove_label (table, ids[i]);
    g_assert_null (lam_class_table_get_label (table, ids[i]));
  }
  g_assert_cmpuint (lam_class_table_get_n_labels (table), ==, N - 1000);
  for (int i = 1; i < N - 1000; i++)
    g_assert_cmpuint (lam_class_table_get_nth_label (table, i - 1)->id, <,
        lam_class_table_get_nth_label (table, i)->id);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 3000000);
}

static void
set (LamClassTable *table, uint32_t id, bool deleted)
{
  const LamLabel row = {
    .id = id, .name = (char *)"", .class_id = 1, .deleted = deleted
  };
  lam_class_table_set_label (table, &row);
}

/* Who is shown alone is counted while it is there; nobody is left: all are. */
static void
test_isolated (void)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  for (uint32_t id = 1; id <= 4; id++)
    set (table, id, false);
  const uint32_t ids[] = { 1, 2 };
  lam_class_table_isolate (table, ids, 2);
  set (table, 2, true);
  g_assert_cmpuint (lam_class_table_get_n_isolated (table), ==, 1);
  /* One that comes deleted, one that comes, and one that comes back. */
  set (table, 5, true);
  g_assert_cmpuint (lam_class_table_get_n_isolated (table), ==, 1);
  set (table, 6, false);
  set (table, 2, false);
  g_assert_cmpuint (lam_class_table_get_n_isolated (table), ==, 3);
  g_assert_false (lam_class_table_is_hidden (table, 2));
  g_assert_true (lam_class_table_is_hidden (table, 3));
  set (table, 3, false);
  g_assert_true (lam_class_table_is_hidden (table, 3));
  lam_class_table_remove_label (table, 6);
  set (table, 1, true);
  set (table, 2, true);
  g_assert_cmpuint (lam_class_table_get_n_isolated (table), ==, 0);
  g_assert_false (lam_class_table_is_hidden (table, 3));
}

/* A table as it should be: the name of each id, or none. */
enum { MOST_ID = 300 };
typedef struct {
  LamClassTable *table;
  int names[MOST_ID + 1]; /* 0: no row */
} Twin;

static void
check_twin (const Twin *twin)
{
  size_t n = 0;
  for (uint32_t id = 1; id <= MOST_ID; id++) {
    const LamLabel *row = lam_class_table_get_label (twin->table, id);
    g_assert_cmpint (row != NULL, ==, twin->names[id] != 0);
    if (!row)
      continue;
    g_assert_cmpint (atoi (row->name), ==, twin->names[id] - 1);
    g_assert_cmpstr (
        row->group, ==, twin->names[id] % 3 == 0 ? row->name : NULL);
    g_assert_true (lam_class_table_get_nth_label (twin->table, n++) == row);
  }
  g_assert_cmpuint (lam_class_table_get_n_labels (twin->table), ==, n);
  g_assert_null (lam_class_table_get_nth_label (twin->table, n));
}

/* From the row that is there, too, as whoever changes one thing does. */
static void
put (Twin *twin, uint32_t id, int name)
{
  g_autofree char *text = name > 1 ? g_strdup_printf ("%d", name - 1) : NULL;
  const LamLabel *old = lam_class_table_get_label (twin->table, id);
  LamLabel row = {
    .id = id, .name = text ? text : (char *)"", .group = name % 3 ? NULL : text
  };
  if (old && twin->names[id] == name)
    row = *old;
  lam_class_table_set_label (twin->table, &row);
  twin->names[id] = name;
}

/* Copies share what they can, and what one of them does no other sees. */
static void
test_copies (void)
{
  enum { N = 6 };
  Twin twins[N];
  LamRandom random = lam_random_new (7, 0);
  for (int i = 0; i < N; i++)
    twins[i] = (Twin){ .table = lam_class_table_new () };
  for (int step = 0; step < 20000; step++) {
    Twin *twin = &twins[lam_random_u32 (&random) % N];
    Twin *other = &twins[lam_random_u32 (&random) % N];
    const uint32_t id = 1 + lam_random_u32 (&random) % MOST_ID;
    const int name = 1 + (int)(lam_random_u32 (&random) % 3);
    if (step % 8 == 7) {
      lam_class_table_remove_label (twin->table, id);
      twin->names[id] = 0;
    } else if (step % 100 == 0 && twin != other) {
      lam_class_table_free (twin->table);
      *twin = *other;
      twin->table = lam_class_table_copy (other->table);
    } else
      put (twin, id, name);
    if (step % 50 == 0)
      check_twin (twin);
  }
  for (int i = 0; i < N; i++) {
    check_twin (&twins[i]);
    lam_class_table_free (twins[i].table);
  }
}

static gpointer
read_in_thread (gpointer data)
{
  g_autoptr (LamClassTable) table = data;
  for (int i = 1; i <= 20000; i++)
    g_assert_cmpstr (
        lam_class_table_get_nth_label (table, i - 1)->name, ==, "before");
  return NULL;
}

/* As when the list is put in order while a person locks all that is in it. */
static void
test_copy_in_thread (void)
{
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  LamLabel row = { .name = (char *)"before", .class_id = 1 };
  for (row.id = 1; row.id <= 20000; row.id++)
    lam_class_table_set_label (table, &row);
  GThread *reader =
      g_thread_new ("reader", read_in_thread, lam_class_table_copy (table));
  row.name = (char *)"after";
  for (row.id = 1; row.id <= 20000; row.id++)
    lam_class_table_set_label (table, &row);
  g_thread_join (reader);
  g_assert_cmpstr (lam_class_table_get_label (table, 20000)->name, ==, "after");
}

static double
distance (uint32_t a, uint32_t b)
{
  double sum = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    double step = (double)(a >> shift & 255) - (double)(b >> shift & 255);
    sum += step * step;
  }
  return sqrt (sum);
}

/* Neighbouring numbers look different, and nothing looks like grey EM. */
static void
test_auto_colours (void)
{
  for (uint32_t label = 1; label < 5000; label++) {
    uint32_t rgb = lam_label_colour_auto (label);
    g_assert_cmphex (rgb, <=, 0xffffff);
    for (uint32_t near = 1; near <= 3; near++)
      g_assert_cmpfloat (
          distance (rgb, lam_label_colour_auto (label + near)), >, 30);
    double mean = ((rgb >> 16) + (rgb >> 8 & 255) + (rgb & 255)) / 3.0;
    uint32_t grey = (uint32_t)mean * 0x10101;
    g_assert_cmpfloat (distance (rgb, grey), >, 35);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/class-table/preset", test_preset);
  g_test_add_func ("/class-table/words", test_words);
  g_test_add_func ("/class-table/classes", test_classes);
  g_test_add_func ("/class-table/locks-and-colours", test_locks_and_colours);
  g_test_add_func ("/class-table/next-label", test_next_label);
  g_test_add_func ("/class-table/many-labels", test_many_labels);
  g_test_add_func ("/class-table/isolated", test_isolated);
  g_test_add_func ("/class-table/copies", test_copies);
  g_test_add_func ("/class-table/copy-in-thread", test_copy_in_thread);
  g_test_add_func ("/class-table/auto-colours", test_auto_colours);
  return g_test_run ();
}
