/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Merging what two people wrote of the same region or verdict: nothing of it is
 * lost. */
#include "merge-fixture.h"
#include "store/verdicts.h"

/* As it is in the file now. */
static LamRegion *
region_of (const char *path, GPtrArray *regions)
{
  g_autoptr (LamStore) store = fixture_open (path);
  g_autoptr (GPtrArray) now = lam_store_dup_regions (store);
  g_assert_cmpint (now->len, ==, 1);
  LamRegion *region = lam_region_copy (now->pdata[0]);
  g_ptr_array_add (regions, region);
  return region;
}

static void
set_region (LamStore *store, LamRegion before, LamReview review, char *note)
{
  LamRegion after = before;
  after.review = review;
  after.note = note;
  commit_rows (store, lam_row_change_new_region (&before, &after));
}

/* State and note of a region are each merged by themselves, and what two people
 * write is kept. */
static void
test_region_notes (Fixture *fixture, gconstpointer unused)
{
  LamRegion base = { .id = 1,
    .name = (char *)"a",
    .box = { { 0 }, { 9, 9, 9 } },
    .note = (char *)"" };
  g_autoptr (GPtrArray) regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  commit_rows (fixture->mine, lam_row_change_new_region (NULL, &base));
  part (fixture);
  set_region (fixture->mine, base, LAM_REVIEW_FLAGGED, (char *)"");
  set_region (fixture->theirs, base, LAM_REVIEW_NOT_STARTED, (char *)"dark");
  g_autoptr (LamMergeResult) one = merge (fixture, NULL, true);
  g_assert_cmpint (one->report.row_conflicts->len, ==, 0);
  LamRegion *mine = region_of (fixture->mine_path, regions);
  g_assert_cmpint (mine->review, ==, LAM_REVIEW_FLAGGED);
  g_assert_cmpstr (mine->note, ==, "dark");
  LamRegion *theirs = region_of (fixture->theirs_path, regions);
  set_region (fixture->mine, *mine, mine->review, (char *)"dark, torn");
  set_region (fixture->theirs, *theirs, theirs->review, (char *)"dark, thick");
  g_autoptr (LamMergeResult) two = merge (fixture, NULL, true);
  g_assert_cmpint (two->report.row_conflicts->len, ==, 0);
  g_assert_cmpstr (region_of (fixture->mine_path, regions)->note, ==,
      "dark, torn\ndark, thick");
  g_autoptr (LamMergeResult) again = merge (fixture, NULL, true);
  g_assert_cmpint (again->report.edit, ==, 0);
}

/* A region that both made is one. */
static void
test_same_region (Fixture *fixture, gconstpointer unused)
{
  LamRegion mine = { .id = 1,
    .name = (char *)"a",
    .box = { { 0 }, { 9, 9, 9 } },
    .note = (char *)"mine" };
  LamRegion theirs = mine;
  g_autoptr (GPtrArray) regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  part (fixture);
  theirs.note = (char *)"theirs";
  commit_rows (fixture->mine, lam_row_change_new_region (NULL, &mine));
  commit_rows (fixture->theirs, lam_row_change_new_region (NULL, &theirs));
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpstr (
      region_of (fixture->mine_path, regions)->note, ==, "mine\ntheirs");
}

static void
assert_verdict_note (LamStore *store, int64_t id, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) notes = lam_store_list_verdict_notes (store, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (notes, &id), ==, expected);
}

/* A new verdict brings its note; what both wrote to an old one is kept. */
static void
test_verdict_notes (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamVerdictRow row = { .time = 5, .box = { { 0 }, { 4, 4, 4 } } };
  lam_store_add_verdict (fixture->mine, &row, NULL, &error);
  part (fixture);
  lam_store_set_verdict_note (fixture->mine, 1, "ER", &error);
  lam_store_set_verdict_note (fixture->theirs, 1, "Golgi", &error);
  row.time = 6;
  lam_store_add_verdict (fixture->theirs, &row, "torn", &error);
  g_assert_no_error (error);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.n_verdicts, ==, 2);
  assert_verdict_note (fixture->mine, 1, "ER\nGolgi");
  assert_verdict_note (fixture->mine, 2, "torn");
  g_autoptr (LamMergeResult) again = merge (fixture, NULL, true);
  g_assert_cmpint (again->report.n_verdicts, ==, 0);
}

static void
write_note (LamStore *store, const char *note)
{
  GError *error = NULL;
  g_assert_true (lam_store_set_verdict_note (store, 1, note, &error));
  g_assert_no_error (error);
}

/* What one side took away or wrote anew is not brought back by the other, whose
 * note is older; whoever merges, and as often as they do. */
static void
test_newer_verdict_note (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamVerdictRow row = { .time = 5, .box = { { 0 }, { 4, 4, 4 } } };
  lam_store_add_verdict (fixture->mine, &row, "ER", &error);
  g_assert_no_error (error);
  part (fixture);
  write_note (fixture->mine, NULL);
  g_autoptr (LamMergeResult) gone = merge (fixture, NULL, true);
  g_assert_cmpint (gone->report.n_verdicts, ==, 0);
  assert_verdict_note (fixture->mine, 1, NULL);
  /* Theirs is written anew and taken, then taken away and gone. */
  write_note (fixture->theirs, "Golgi");
  g_autoptr (LamMergeResult) both = merge (fixture, NULL, true);
  g_assert_cmpint (both->report.n_verdicts, ==, 1);
  assert_verdict_note (fixture->mine, 1, "Golgi");
  write_note (fixture->theirs, "Golgi, cis");
  g_autoptr (LamMergeResult) newer = merge (fixture, NULL, true);
  g_assert_cmpint (newer->report.n_verdicts, ==, 1);
  assert_verdict_note (fixture->mine, 1, "Golgi, cis");
  write_note (fixture->theirs, "");
  g_autoptr (LamMergeResult) taken = merge (fixture, NULL, true);
  g_assert_cmpint (taken->report.n_verdicts, ==, 1);
  assert_verdict_note (fixture->mine, 1, NULL);
  /* What both wrote and one then took away. */
  write_note (fixture->mine, "a");
  write_note (fixture->theirs, "b");
  g_autoptr (LamMergeResult) joined = merge (fixture, NULL, true);
  g_assert_cmpint (joined->report.n_verdicts, ==, 1);
  assert_verdict_note (fixture->mine, 1, "a\nb");
  write_note (fixture->mine, "");
  g_autoptr (LamMergeResult) last = merge (fixture, NULL, true);
  g_assert_cmpint (last->report.n_verdicts, ==, 0);
  assert_verdict_note (fixture->mine, 1, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/merge-remarks/regions", Fixture, NULL, set_up,
      test_region_notes, tear_down);
  g_test_add ("/merge-remarks/same-region", Fixture, NULL, set_up,
      test_same_region, tear_down);
  g_test_add ("/merge-remarks/verdicts", Fixture, NULL, set_up,
      test_verdict_notes, tear_down);
  g_test_add ("/merge-remarks/newer-verdict", Fixture, NULL, set_up,
      test_newer_verdict_note, tear_down);
  return g_test_run ();
}
