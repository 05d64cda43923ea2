/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a run thinks of bricks goes back and comes again with its edits, also
 * where it said several things of the same voxels. */
#include <sqlite3.h>
#include <string.h>

#include "base/random.h"
#include "labels/opinion.h"
#include "rounds.h"
#include "store-fixture.h"
#include "store/edit-writer.h"
#include "store/model-edit.h"
#include "store/opinion-codec.h"
#include "store/opinion-table.h"
#include "store/opinions.h"
#include "store/project-file.h"
#include "store/store-models.h"

/* Slabs of a brick, each said of as one. */
enum { N_BRICKS = 2, N_SLABS = 16, N_CELLS = N_BRICKS * N_SLABS };
enum { SLAB_EDGE = LAM_BRICK_EDGE / N_SLABS };
enum { SLAB_VOXELS = LAM_BRICK_VOXELS / N_SLABS };
/* No more than the store keeps. */
enum { MAX_ANSWERS = 16, MAX_NODES = 100, BEFORE_OPINIONS = 8 };
enum { N_LABELS = 80, FIRST_OWN = 10, FIRST_PAINTED = 30 };

typedef struct {
  bool speaks;
  uint8_t uncertainty;
  int32_t first, second;
} Word;

/* An edit and what was said with it. */
typedef struct {
  int64_t id, cause;
  bool is_stroke;
  Word words[N_CELLS];
} Node;

typedef struct {
  char *folder, *path;
  LamStore *store; /* Owned */
  int64_t run;
  LamRandom random;
  /* What is done, and what can be redone; the first makes the labels. */
  Node line[MAX_NODES];
  int at, n; /* so many are done, so many there are */
  int n_answers;
  uint32_t n_labels;
} Fixture;

static LamBrickKey
key_of (int brick)
{
  return (LamBrickKey){ 1, brick, 0 };
}

static Node *
add_node (Fixture *fixture, int64_t id, int64_t cause)
{
  g_assert_cmpint (fixture->at, <, MAX_NODES);
  Node *node = &fixture->line[fixture->at++];
  memset (node, 0, sizeof *node);
  node->id = id;
  node->cause = cause;
  fixture->n = fixture->at;
  return node;
}

static void
add_labels (Fixture *fixture)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = 1; id <= N_LABELS; id++) {
    LamLabel row = { .id = id, .name = (char *)"", .class_id = 1 };
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  }
  g_autoptr (LamHistoryRow) row =
      fixture_try_commit (fixture->store, key_of (0), NULL, NULL, rows, &error);
  g_assert_no_error (error);
  add_node (fixture, row->id, 0);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->store = fixture_create (fixture->path);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  int64_t model = lam_store_add_model (fixture->store, "m", 0, onnx, &error);
  fixture->run = lam_store_begin_run (fixture->store, model, "", &error);
  g_assert_no_error (error);
  add_labels (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  fixture_close (fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static int
pick (Fixture *fixture, int n)
{
  return (int)(lam_random_u32 (&fixture->random) % (uint32_t)n);
}

static void
reopen (Fixture *fixture)
{
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
}

/* --- acts ---------------------------------------------------------------- */

static void
stroke (Fixture *fixture, int brick, int slab)
{
  GError *error = NULL;
  const LamBrickKey key = key_of (brick);
  g_autoptr (LamLabelBrick) before =
      lam_store_read_brick (fixture->store, key, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LamLabelBrick) after =
      before ? lam_label_brick_copy (before) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  const uint32_t label = FIRST_PAINTED + fixture->n_labels++;
  for (int i = slab * SLAB_VOXELS; i < slab * SLAB_VOXELS + 500; i++) {
    labels[i] = label;
    sources[i] = LAM_SOURCE_HUMAN;
  }
  lam_label_brick_settle (after);
  g_autoptr (LamHistoryRow) row =
      fixture_commit (fixture->store, key, before, after);
  add_node (fixture, row->id, 0)->is_stroke = true;
}

static void
fill (const Word words[N_SLABS], LamRunOpinion *opinion)
{
  memset (opinion, 0, sizeof *opinion);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const Word *word = &words[i / SLAB_VOXELS];
    if (!word->speaks)
      continue;
    opinion->firsts[i] = lam_run_opinion_take_class (opinion, word->first);
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, word->second);
    opinion->uncertainties[i] = word->uncertainty;
  }
}

/* The run says `words`; where it speaks, `label`. */
static LamModelCounts
answer (
    Fixture *fixture, const Word words[N_CELLS], uint32_t label, int64_t cause)
{
  GError *error = NULL;
  const LamModelEditInfo info = { fixture->run,
    lam_store_get_revision (fixture->store, &error), cause };
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, NULL, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int brick = 0; brick < N_BRICKS; brick++) {
    const Word *of_brick = words + brick * N_SLABS;
    const LamBox box = lam_brick_box (key_of (brick));
    fill (of_brick, opinion);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++)
      labels[i] = of_brick[i / SLAB_VOXELS].speaks ? label : LAM_MODEL_SILENT;
    lam_model_edit_write (
        edit, key_of (brick), &box, labels, opinion, NULL, &error);
    g_assert_no_error (error);
  }
  LamModelCounts counts;
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
  fixture->n_answers++;
  if (counts.outcome == LAM_MODEL_REDO_WAITS)
    return counts;
  Node *node = row ? add_node (fixture, row->id, cause)
                   : &fixture->line[fixture->at - 1];
  for (int i = 0; i < N_CELLS; i++)
    if (words[i].speaks)
      node->words[i] = words[i];
  return counts;
}

static void
undo (Fixture *fixture)
{
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  g_assert_nonnull (step);
  while (fixture->line[fixture->at - 1].cause != 0)
    fixture->at--;
  fixture->at--;
}

static void
redo (Fixture *fixture)
{
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_REDO, 0);
  g_assert_true ((step != NULL) == (fixture->at < fixture->n));
  fixture->at += fixture->at < fixture->n;
  while (
      step && fixture->at < fixture->n && fixture->line[fixture->at].cause != 0)
    fixture->at++;
}

static void
revert (Fixture *fixture)
{
  fixture->at = 1 + pick (fixture, fixture->n);
  const int64_t id = fixture->line[fixture->at - 1].id;
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_REVERT, id);
}

/* --- against the log ----------------------------------------------------- */

static Word
find_word (const Fixture *fixture, int cell)
{
  for (int i = fixture->at - 1; i >= 0; i--)
    if (fixture->line[i].words[cell].speaks)
      return fixture->line[i].words[cell];
  return (Word){ 0 };
}

static void
assert_brick (Fixture *fixture, int brick)
{
  GError *error = NULL;
  g_autoptr (LamOpinion) opinion =
      lam_store_read_opinion (fixture->store, key_of (brick), NULL, &error);
  g_assert_no_error (error);
  const uint16_t source = (uint16_t)(LAM_SOURCE_FIRST_RUN + fixture->run);
  const LamRunOpinion *of_run = lam_opinion_get_run (opinion, source);
  Word word = { 0 };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (i % SLAB_VOXELS == 0)
      word = find_word (fixture, brick * N_SLABS + i / SLAB_VOXELS);
    const uint8_t second = of_run ? of_run->seconds[i] : 0;
    if ((second != 0) != word.speaks)
      g_error ("voxel %d: it is %s", i, word.speaks ? "silent" : "not silent");
    if (second != 0
        && (of_run->classes[second - 1] != word.second
            || of_run->classes[of_run->firsts[i] - 1] != word.first
            || of_run->uncertainties[i] != word.uncertainty))
      g_error ("voxel %d: unsure %d, not %d", i, of_run->uncertainties[i],
          word.uncertainty);
  }
}

static void
assert_as_said (Fixture *fixture)
{
  for (int brick = 0; brick < N_BRICKS; brick++)
    assert_brick (fixture, brick);
}

static int64_t
find_cause (const Fixture *fixture)
{
  for (int i = fixture->at - 1; i >= 0; i--)
    if (fixture->line[i].is_stroke)
      return fixture->line[i].id;
  return 0;
}

/* Of a few classes and doubts, so that it often says the same again. */
static void
answer_any (Fixture *fixture)
{
  Word words[N_CELLS] = { 0 };
  const int from = pick (fixture, N_CELLS);
  const int end = from + 1 + pick (fixture, N_CELLS - from);
  for (int i = from; i < end; i++)
    words[i] = (Word){ true, (uint8_t)(100 * pick (fixture, 3)),
      1 + pick (fixture, 2), 3 + pick (fixture, 3) };
  const int64_t cause = find_cause (fixture);
  /* What is nobody's answer changes labels, so that it is an act. */
  uint32_t label = cause ? (uint32_t)(1 + pick (fixture, 2))
                         : FIRST_OWN + (uint32_t)fixture->n_answers;
  answer (fixture, words, label, cause);
}

static void
act (Fixture *fixture)
{
  switch (pick (fixture, 8)) {
  case 0:
  case 1:
    if (fixture->at > 1)
      undo (fixture);
    break;
  case 2:
    redo (fixture);
    break;
  case 3:
    revert (fixture);
    break;
  case 4:
    reopen (fixture);
    break;
  case 5:
    stroke (fixture, pick (fixture, N_BRICKS), pick (fixture, N_SLABS));
    break;
  default:
    if (fixture->n_answers < MAX_ANSWERS)
      answer_any (fixture);
  }
}

static void
test_random (void)
{
  const int n_rounds = PLAIN_OR_SANITISED (6, 2);
  for (int round = 0; round < n_rounds; round++) {
    g_autofree Fixture *fixture = g_new0 (Fixture, 1);
    set_up (fixture, NULL);
    fixture->random = lam_random_new ((uint64_t)round, 5);
    for (int i = 0; i < 40; i++) {
      act (fixture);
      assert_as_said (fixture);
    }
    fixture_assert_sound (fixture->store);
    tear_down (fixture, NULL);
  }
}

/* --- one by one ---------------------------------------------------------- */

static void
say_all (Word words[N_CELLS], int uncertainty)
{
  for (int i = 0; i < N_CELLS; i++)
    words[i] = (Word){ true, (uint8_t)uncertainty, 1, 2 };
}

/* An answer, a stroke and an answer to it. */
static LamModelCounts
answer_twice (Fixture *fixture, uint32_t label)
{
  Word words[N_CELLS];
  say_all (words, 11);
  answer (fixture, words, 7, 0);
  stroke (fixture, 0, 3);
  say_all (words, 255);
  return answer (fixture, words, label, find_cause (fixture));
}

static void
test_twice (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (answer_twice (fixture, 8).n_written, >, 0);
  assert_as_said (fixture);
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  const LamBox low = lam_brick_box (key_of (0)),
               high = lam_brick_box (key_of (1));
  const LamBox both = lam_box_unite (&low, &high);
  g_assert_true (lam_box_equal (&step->opinion_box, &both));
  fixture->at = 2;
  assert_as_said (fixture);
  reopen (fixture);
  assert_as_said (fixture);
  redo (fixture);
  g_assert_cmpint (fixture->at, ==, 4);
  assert_as_said (fixture);
  fixture_assert_sound (fixture->store);
}

/* No label is another, and so no line of the history. */
static void
test_alone (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts = answer_twice (fixture, 7);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_UNCHANGED);
  g_assert_cmpint (counts.n_opinions, ==, N_BRICKS);
  g_assert_cmpint (fixture->n, ==, 3);
  assert_as_said (fixture);
  undo (fixture);
  assert_as_said (fixture);
  redo (fixture);
  assert_as_said (fixture);
  fixture_assert_sound (fixture->store);
}

static bool
rejects_all (LamBrickKey key, int index, gpointer data)
{
  return true;
}

static bool
is_rejected (Fixture *fixture)
{
  GError *error = NULL;
  int32_t first;
  g_autoptr (LamOpinion) opinion =
      lam_store_read_opinion (fixture->store, key_of (0), NULL, &error);
  g_assert_no_error (error);
  return !lam_opinion_get_first (opinion, 5, &first);
}

/* What a person rejected is not offered again, whatever is undone. */
static void
test_rejected (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  const LamBox box = lam_brick_box (key_of (0));
  answer_twice (fixture, 8);
  g_assert_cmpint (
      lam_store_reject (fixture->store, &box, rejects_all, NULL, &error), >, 0);
  g_assert_true (is_rejected (fixture));
  undo (fixture);
  g_assert_true (is_rejected (fixture));
  redo (fixture);
  g_assert_true (is_rejected (fixture));
  fixture_assert_sound (fixture->store);
}

/* 255: nothing is known. */
static int
uncertainty_now (Fixture *fixture)
{
  GError *error = NULL;
  uint8_t uncertainty;
  const uint16_t source = (uint16_t)(LAM_SOURCE_FIRST_RUN + fixture->run);
  g_autoptr (LamOpinion) opinion =
      lam_store_read_opinion (fixture->store, key_of (0), NULL, &error);
  g_assert_no_error (error);
  return lam_opinion_get (opinion, 5, source, &uncertainty, NULL) ? uncertainty
                                                                  : 255;
}

/* Further back than is kept nothing is known, rather than what is not so; and
 * forward again all is as it was. */
static void
test_deep (Fixture *fixture, gconstpointer unused)
{
  enum { N = PLAIN_OR_SANITISED (30, 20) };
  Word words[N_CELLS];
  for (int i = 0; i < N; i++) {
    say_all (words, i);
    answer (fixture, words, (uint32_t)(1 + i % 2), 0);
  }
  int n_known = 0;
  for (int i = N - 2; i >= 0; i--) {
    undo (fixture);
    const int now = uncertainty_now (fixture);
    g_assert_true (now == i || (now == 255 && i < N - MAX_ANSWERS));
    n_known += now == i;
  }
  g_assert_cmpint (n_known, ==, MAX_ANSWERS);
  for (int i = 1; i < N; i++) {
    redo (fixture);
    const int now = uncertainty_now (fixture);
    g_assert_true (now == i || (now == 255 && i < N - MAX_ANSWERS - 1));
  }
  assert_as_said (fixture);
  fixture_assert_sound (fixture->store);
}

static void
tamper (Fixture *fixture, const char *sql)
{
  sqlite3 *db;
  fixture_close (fixture->store);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  fixture->store = fixture_open (fixture->path);
}

static void
test_damaged (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  answer_twice (fixture, 8);
  tamper (fixture,
      "UPDATE edit_opinion SET data = x'0104ff' WHERE edit = 4 AND"
      " key = (SELECT min(key) FROM edit_opinion)");
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (fixture->store, problems, NULL, &error));
  /* Its checksum and its bytes. */
  g_assert_cmpuint (problems->len, ==, 2);
  g_test_expect_message ("lamella", G_LOG_LEVEL_WARNING, "*damaged*");
  undo (fixture);
  g_test_assert_expected_messages ();
  g_assert_cmpint (uncertainty_now (fixture), ==, 255);
  fixture_assert_sound (fixture->store);
}

/* --- a file of a version before ------------------------------------------ */

#define ROWS \
  "INSERT INTO model VALUES (1, 'm', 5, 0, '', 0, 1," \
  " lam_checksum(1, 'm', 5, 0, '', 0, 1));" \
  "INSERT INTO run VALUES (1, 1, '', 5, 0, 0, 0, 4, 4, 4," \
  " lam_checksum(1, 1, '', 5, 0, 0, 0, 4, 4, 4));" \
  "INSERT INTO model_edit VALUES (1, 1, 0, lam_checksum(1, 1, 0));"

/* What its edits replaced is not known, and undo says so. */
static void
test_migration (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  const LamSchema old = { lam_schema_get ()->sql, BEFORE_OPINIONS };
  g_assert_true (lam_project_file_create (&old, path, &fixture_volume,
      fixture_classes, G_N_ELEMENTS (fixture_classes), &error));
  LamProjectFile *file = lam_project_file_open (&old, path, &error);
  g_assert_no_error (error);
  LamConnection *connection = lam_project_file_get_connection (file);
  LamEditWriter *writer = lam_edit_writer_begin (connection, "model", &error);
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (5, 17);
  LamBrickChange change = { key_of (0), NULL, brick };
  g_assert_true (lam_edit_writer_change (writer, &change, &error));
  lam_history_row_free (lam_edit_writer_end (writer, NULL, "", &error));
  g_assert_no_error (error);
  g_assert_true (lam_connection_exec (connection, ROWS, &error));
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  opinion->seconds[5] = lam_run_opinion_take_class (opinion, 1);
  opinion->uncertainties[5] = 9;
  g_autoptr (GByteArray) data = lam_opinion_encode (opinion);
  g_assert_true (lam_opinion_table_write (
      connection, 17, lam_brick_key_pack (key_of (0)), data, &error));
  lam_project_file_free (file);

  Fixture fixture = { .run = 1 };
  fixture.store = fixture_open (path);
  fixture_assert_sound (fixture.store);
  g_assert_cmpint (uncertainty_now (&fixture), ==, 9);
  lam_history_step_free (fixture_step (fixture.store, FIXTURE_UNDO, 0));
  g_assert_cmpint (uncertainty_now (&fixture), ==, 255);
  lam_history_step_free (fixture_step (fixture.store, FIXTURE_REDO, 0));
  g_assert_cmpint (uncertainty_now (&fixture), ==, 9);
  fixture_assert_sound (fixture.store);
  fixture_close (fixture.store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "twice", test_twice },
    { "alone", test_alone },
    { "rejected", test_rejected },
    { "deep", test_deep },
    { "damaged", test_damaged },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name =
        g_strconcat ("/opinion-history/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_func ("/opinion-history/random", test_random);
  g_test_add_func ("/opinion-history/migration", test_migration);
  return g_test_run ();
}
