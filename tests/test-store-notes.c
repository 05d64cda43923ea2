/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes in the project file: undone and redone with their edit, the same bits
 * after closing, merged with nothing lost, refused when they cannot be. */
#include <math.h>
#include <sqlite3.h>

#include "base/error.h"
#include "store-fixture.h"
#include "store/merge.h"

static LamNote
note_of (int32_t id, const char *kind, const char *text, const double *at)
{
  const LamNoteShape shape = lam_note_shape (kind);
  return (LamNote){ .id = id,
    .kind = (char *)kind,
    .text = (char *)text,
    .author = (char *)"Anna",
    .time = 1000 + id,
    .corners = (double *)at,
    .n_corners = shape == LAM_NOTE_POINT ? 1
        : shape == LAM_NOTE_WAY          ? 2
                                         : 3 };
}

static const double corners[] = { 1 / 3.0, 2.5, 299.5, 120, 399.999, 0, 7, 8,
  9 };

/* Takes the change. */
static bool
try_commit (LamStore *store, LamRowChange *change, GError **error)
{
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  g_autoptr (LamHistoryRow) row = fixture_try_commit (
      store, (LamBrickKey){ 0, 0, 0 }, NULL, NULL, rows, error);
  return row != NULL;
}

static void
commit (LamStore *store, const LamNote *before, const LamNote *after)
{
  GError *error = NULL;
  try_commit (store, lam_row_change_new_note (before, after), &error);
  g_assert_no_error (error);
}

/* As they are in the file now. */
static GPtrArray *
read_notes (const char *path)
{
  g_autoptr (LamStore) store = fixture_open (path);
  return g_ptr_array_ref (lam_store_get_notes (store));
}

static void
assert_note (const LamNote *found, const LamNote *expected)
{
  g_assert_cmpint (found->id, ==, expected->id);
  g_assert_cmpstr (found->kind, ==, expected->kind);
  g_assert_cmpstr (found->text, ==, expected->text);
  g_assert_cmpstr (found->author, ==, expected->author);
  g_assert_cmpint (found->time, ==, expected->time);
  const size_t n = 3 * sizeof (double);
  g_assert_cmpmem (found->corners, (size_t)found->n_corners * n,
      expected->corners, (size_t)expected->n_corners * n);
}

static void
test_undo (StoreFixture *fixture, gconstpointer unused)
{
  LamStore *store = fixture->store;
  g_autofree char *empty = lam_store_content_hash (store, NULL, NULL);
  LamNote one = note_of (1, "synapse", "“quoted”, 'and'\n\\two lines", corners);
  LamNote two = note_of (2, LAM_NOTE_ANGLE, "", corners);
  LamNote moved = note_of (1, "synapse", "", corners + 3);
  moved.time = one.time;
  commit (store, NULL, &one);
  commit (store, NULL, &two);
  g_autofree char *both = lam_store_content_hash (store, NULL, NULL);
  g_assert_cmpstr (both, !=, empty);
  commit (store, &one, &moved);
  commit (store, &moved, NULL);
  g_autoptr (GPtrArray) rest = read_notes (fixture->path);
  g_assert_cmpint (rest->len, ==, 1);
  assert_note (rest->pdata[0], &two);

  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  g_autoptr (GPtrArray) back = read_notes (fixture->path);
  assert_note (back->pdata[0], &moved);
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  g_autoptr (GPtrArray) first = read_notes (fixture->path);
  assert_note (first->pdata[0], &one);
  g_autofree char *again = lam_store_content_hash (store, NULL, NULL);
  g_assert_cmpstr (again, ==, both);
  lam_history_step_free (fixture_step (store, FIXTURE_REDO, 0));
  g_autoptr (GPtrArray) redone = read_notes (fixture->path);
  assert_note (redone->pdata[0], &moved);
  lam_history_step_free (fixture_step (store, FIXTURE_REVERT, 0));
  g_autofree char *none = lam_store_content_hash (store, NULL, NULL);
  g_assert_cmpstr (none, ==, empty);
}

/* ---- Merging ------------------------------------------------------------ */

typedef struct {
  StoreFixture mine;
  char *path; /* of theirs */
  LamStore *theirs;
} Pair;

static void
pair_set_up (Pair *pair, gconstpointer unused)
{
  fixture_set_up (&pair->mine, NULL);
  pair->path = g_build_filename (pair->mine.folder, "t.lamella", NULL);
}

static void
pair_part (Pair *pair)
{
  GError *error = NULL;
  lam_store_save_copy (pair->mine.store, pair->path, NULL, &error);
  g_assert_no_error (error);
  pair->theirs = fixture_open (pair->path);
}

static void
pair_tear_down (Pair *pair, gconstpointer unused)
{
  fixture_close (pair->theirs);
  fixture_tear_down (&pair->mine, NULL);
  g_free (pair->path);
}

static int
merge_into (LamStore *mine, LamStore *theirs)
{
  GError *error = NULL;
  g_autoptr (LamMergeResult) result =
      lam_store_merge (mine, theirs, NULL, LAM_MERGE_APPLIES, NULL, &error);
  g_assert_no_error (error);
  return result->report.n_new_notes;
}

/* How many of them say that. */
static int
count_text (const GPtrArray *notes, const char *text)
{
  int n = 0;
  for (guint i = 0; i < notes->len; i++)
    n += strcmp (((LamNote *)notes->pdata[i])->text, text) == 0;
  return n;
}

static LamNote
with_text (const LamNote *note, const char *text)
{
  LamNote out = *note;
  out.text = (char *)text;
  return out;
}

static void
test_merge (Pair *pair, gconstpointer unused)
{
  LamNote rows[6];
  LamStore *mine = pair->mine.store;
  for (int i = 1; i <= 5; i++) {
    rows[i] = note_of (i, "question", "common", corners);
    commit (mine, NULL, &rows[i]);
  }
  pair_part (pair);
  LamStore *theirs = pair->theirs;
  /* 1: changed by both; 2: mine changed, theirs gone; 3: mine gone, theirs
   * changed; 4: theirs alone changed; 5: gone in theirs alone; 6: new in both,
   * under one number. */
  LamNote changed = with_text (&rows[1], "mine 1");
  commit (mine, &rows[1], &changed);
  changed = with_text (&rows[2], "mine 2");
  commit (mine, &rows[2], &changed);
  commit (mine, &rows[3], NULL);
  LamNote new = note_of (6, "synapse", "mine 6", corners);
  commit (mine, NULL, &new);
  changed = with_text (&rows[1], "theirs 1");
  commit (theirs, &rows[1], &changed);
  commit (theirs, &rows[2], NULL);
  LamNote theirs3 = with_text (&rows[3], "theirs 3");
  commit (theirs, &rows[3], &theirs3);
  changed = with_text (&rows[4], "theirs 4");
  commit (theirs, &rows[4], &changed);
  commit (theirs, &rows[5], NULL);
  LamNote theirs6 = note_of (6, LAM_NOTE_DISTANCE, "theirs 6", corners);
  commit (theirs, NULL, &theirs6);

  g_assert_cmpint (merge_into (mine, theirs), ==, 3);
  g_autoptr (GPtrArray) notes = read_notes (pair->mine.path);
  static const char *const texts[] = { "mine 1", "theirs 1", "mine 2",
    "theirs 3", "theirs 4", "mine 6", "theirs 6" };
  g_assert_cmpint (notes->len, ==, G_N_ELEMENTS (texts));
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpint (count_text (notes, texts[i]), ==, 1);
  fixture_assert_sound (mine);

  /* Again: nothing new; and what theirs goes on to say of their numbers is
   * about the notes that these are here. */
  g_assert_cmpint (merge_into (mine, theirs), ==, 0);
  LamNote later = with_text (&theirs6, "theirs 6 later");
  commit (theirs, &theirs6, &later);
  later = with_text (&theirs3, "theirs 3 later");
  commit (theirs, &theirs3, &later);
  g_assert_cmpint (merge_into (mine, theirs), ==, 0);
  g_autoptr (GPtrArray) after = read_notes (pair->mine.path);
  g_assert_cmpint (after->len, ==, G_N_ELEMENTS (texts));
  g_assert_cmpint (count_text (after, "theirs 6 later"), ==, 1);
  g_assert_cmpint (count_text (after, "theirs 3 later"), ==, 1);
  g_assert_cmpint (count_text (after, "mine 6"), ==, 1);
  g_assert_cmpint (count_text (after, "mine 1"), ==, 1);

  /* The other way round they end with the same notes. */
  merge_into (theirs, mine);
  g_autoptr (GPtrArray) there = read_notes (pair->path);
  g_assert_cmpint (there->len, ==, after->len);
  for (guint i = 0; i < after->len; i++)
    g_assert_cmpint (
        count_text (there, ((LamNote *)after->pdata[i])->text), ==, 1);
  lam_history_step_free (fixture_step (mine, FIXTURE_UNDO, 0));
  lam_history_step_free (fixture_step (mine, FIXTURE_UNDO, 0));
  g_autoptr (GPtrArray) before = read_notes (pair->mine.path);
  g_assert_cmpint (before->len, ==, 5);
}

/* ---- What the world does ------------------------------------------------ */

static void
tamper (const char *path, const char *sql)
{
  sqlite3 *db;
  char *message = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

static const char *const hostile[] = {
  "geometry = x''",
  "geometry = x'0102'",
  "geometry = zeroblob(25)",
  "geometry = zeroblob(48)",
  "geometry = zeroblob(24 * 5000)",
  /* Not a number, endless, -1, and 1e9 along x. */
  "geometry = x'000000000000f87f' || zeroblob(16)",
  "geometry = x'000000000000f07f' || zeroblob(16)",
  "geometry = x'000000000000f0bf' || zeroblob(16)",
  "geometry = x'0000000065cdcd41' || zeroblob(16)",
  "kind = ''",
  "kind = cast (x'ff' AS TEXT)",
  "kind = 'angle'",
  "text = cast (x'c3' AS TEXT)",
  "author = cast (x'80' AS TEXT)",
  "id = -4",
  "id = 9000000000",
};

static void
test_hostile (StoreFixture *fixture, gconstpointer unused)
{
  LamNote sound = note_of (1, "synapse", "text", corners);
  LamNote note = note_of (2, "synapse", "text", corners);
  commit (fixture->store, NULL, &sound);
  commit (fixture->store, NULL, &note);
  for (size_t i = 0; i < G_N_ELEMENTS (hostile); i++) {
    GError *error = NULL;
    g_autofree char *path = g_strdup_printf ("%s%zu", fixture->path, i);
    lam_store_save_copy (fixture->store, path, NULL, &error);
    g_assert_no_error (error);
    g_autofree char *sql =
        g_strdup_printf ("UPDATE annotation SET %s WHERE id = 2", hostile[i]);
    /* Concatenated, a blob is a text to SQLite. */
    g_autofree char *typed = strstr (sql, "||")
        ? g_strdup_printf ("UPDATE annotation SET geometry = cast (%s AS BLOB)"
                           " WHERE id = 2",
            hostile[i] + strlen ("geometry = "))
        : g_strdup (sql);
    tamper (path, typed);
    LamStore *store = fixture_open (path);
    const char *warning = lam_store_get_warning (store);
    g_test_message ("%s: %s", hostile[i], warning);
    g_assert_nonnull (strstr (warning, "note"));
    /* The sound one stays, and a new one takes nobody's number. */
    GPtrArray *notes = lam_store_get_notes (store);
    g_assert_cmpuint (notes->len, ==, 1);
    assert_note (notes->pdata[0], &sound);
    g_assert_cmpint (lam_store_get_last_note_id (store), ==,
        g_str_has_prefix (hostile[i], "id") ? 1 : 2);
    g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
    g_assert_true (lam_store_check (store, problems, NULL, NULL));
    g_assert_cmpuint (problems->len, >=, 1);
    g_assert_null (lam_store_content_hash (store, NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    g_clear_error (&error);
    fixture_close (store);
  }
}

/* A flipped bit that leaves a note possible is found by the check, and a
 * history that says what cannot be does not get into the table. */
static void
test_damage (StoreFixture *fixture, gconstpointer unused)
{
  LamNote note = note_of (1, "synapse", "text", corners);
  commit (fixture->store, NULL, &note);
  commit (fixture->store, &note, NULL);
  LamNote other = note_of (2, "synapse", "text", corners);
  commit (fixture->store, NULL, &other);
  g_autofree char *path = g_strconcat (fixture->path, "2", NULL);
  lam_store_save_copy (fixture->store, path, NULL, NULL);
  tamper (path, "UPDATE annotation SET text = 'texu'");
  tamper (path,
      "UPDATE edit_row SET before = replace (before, '299.5', '1e300')"
      " WHERE edit = 2");
  LamStore *store = fixture_open (path);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, NULL));
  bool is_found = false;
  for (guint i = 0; i < problems->len; i++)
    is_found |= strstr (problems->pdata[i], "note 2") != NULL;
  g_assert_true (is_found);
  GError *error = NULL;
  g_autoptr (LamHistoryStep) step =
      fixture_try_step (store, FIXTURE_REVERT, 1, &error);
  g_assert_null (step);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  fixture_close (store);
  g_autoptr (GPtrArray) notes = read_notes (path);
  g_assert_cmpint (notes->len, ==, 1);
}

static void
test_refused (StoreFixture *fixture, gconstpointer unused)
{
  const double outside[] = { 500.5, 0, 0 }, none[] = { NAN, 0, 0 };
  const double *const places[] = { outside, none };
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    GError *error = NULL;
    LamNote note = note_of (1, "synapse", "", places[i]);
    g_assert_false (try_commit (
        fixture->store, lam_row_change_new_note (NULL, &note), &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
    g_clear_error (&error);
  }
  /* From what it is not: refused as everywhere. */
  LamNote note = note_of (1, "synapse", "", corners);
  GError *error = NULL;
  g_assert_false (try_commit (
      fixture->store, lam_row_change_new_note (&note, NULL), &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/store-notes/" name, StoreFixture, NULL, fixture_set_up, \
      function, fixture_tear_down)
  ADD ("undo", test_undo);
  ADD ("hostile", test_hostile);
  ADD ("damage", test_damage);
  ADD ("refused", test_refused);
  g_test_add ("/store-notes/merge", Pair, NULL, pair_set_up, test_merge,
      pair_tear_down);
  return g_test_run ();
}
