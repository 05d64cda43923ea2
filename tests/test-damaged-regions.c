/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project with a damaged region opens, says which one, and lets no model
 * write where the region is or may have been. */
#include <sqlite3.h>

#include "base/error.h"
#include "store-fixture.h"
#include "store/model-edit.h"
#include "store/store-models.h"

static const LamBox brick = { { 0, 0, 0 }, { 64, 64, 64 } };

typedef struct {
  const char *sql;
  LamBox box; /* what is protected */
  const char *said; /* in the region's damage; or NULL */
  bool is_mended; /* it is sound when it is opened again */
} Damage;

/* The region was 10, 10, 10 to 20, 20, 20, verified, “left”. */
static const Damage damages[] = {
  { "review = 0", { { 10, 10, 10 }, { 20, 20, 20 } } },
  { "review = 9", { { 10, 10, 10 }, { 20, 20, 20 } }, "unknown state 9" },
  { "role = -1", { { 10, 10, 10 }, { 20, 20, 20 } }, "unknown role -1" },
  { "role = 9", { { 10, 10, 10 }, { 20, 20, 20 } }, "unknown role 9" },
  { "note = cast (x'c3' AS TEXT)", { { 10, 10, 10 }, { 20, 20, 20 } } },
  { "name = cast (x'ff' AS TEXT)", { { 10, 10, 10 }, { 20, 20, 20 } } },
  { "checksum = checksum + 1", { { 10, 10, 10 }, { 20, 20, 20 } } },
  { "x1 = 30", { { 10, 10, 10 }, { 30, 20, 20 } } },
  { "y1 = 9000000000", { { 10, 10, 10 }, { 20, 400, 20 } } },
  /* No box: the whole volume is kept. */
  { "x1 = 5", { { 0, 0, 0 }, { 500, 400, 300 } } },
  { "x0 = 900, x1 = 910", { { 0, 0, 0 }, { 500, 400, 300 } } },
  /* It gets the first number that is free, which was its own. */
  { "id = 9000000000", { { 10, 10, 10 }, { 20, 20, 20 } }, "9000000000", true },
  { "id = -7, review = 0", { { 10, 10, 10 }, { 20, 20, 20 } }, "-7" },
};

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

/* Takes the change. */
static void
commit_change (LamStore *store, LamRowChange *change)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  lam_history_row_free (fixture_try_commit (
      store, (LamBrickKey){ 0, 0, 0 }, NULL, NULL, rows, &error));
  g_assert_no_error (error);
}

static void
commit (LamStore *store, const LamRegion *before, const LamRegion *after)
{
  commit_change (store, lam_row_change_new_region (before, after));
}

/* How many voxels of the first brick a model may not write. */
static int64_t
count_protected (LamStore *store)
{
  GError *error = NULL;
  LamModelCounts counts;
  LamModelEditInfo info = { .run = 1,
    .base = lam_store_get_revision (store, &error) };
  LamModelEdit *edit = lam_store_begin_model_edit (store, &info, NULL, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = 1;
  lam_model_edit_write (
      edit, (LamBrickKey){ 0, 0, 0 }, &brick, labels, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts.n_written + counts.n_same + counts.n_protected, ==,
      LAM_BRICK_VOXELS);
  return counts.n_protected;
}

static const LamRegion *
find_region (const GPtrArray *regions, int32_t id)
{
  for (guint i = 0; i < regions->len; i++)
    if (((LamRegion *)regions->pdata[i])->id == id)
      return regions->pdata[i];
  return NULL;
}

static void
assert_checked (LamStore *store, bool is_found)
{
  bool is_said = false;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, NULL));
  for (guint i = 0; i < problems->len; i++)
    is_said |= strstr (problems->pdata[i], "region") != NULL;
  g_assert_cmpint (is_said, ==, is_found);
}

/* Of the voxel with three such coordinates. */
static uint32_t
label_at (LamStore *store, int at)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) stored =
      lam_store_read_brick (store, (LamBrickKey){ 0, 0, 0 }, NULL, &error);
  g_assert_no_error (error);
  return stored ? lam_label_brick_get_label (
             stored, at + LAM_BRICK_EDGE * (at + LAM_BRICK_EDGE * at))
                : 0;
}

/* A change by a person is what mends it. */
static void
mend (const char *path)
{
  LamStore *store = fixture_open (path);
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  g_autoptr (LamRegion) after = lam_region_copy (find_region (regions, 2));
  after->review = LAM_REVIEW_IN_PROGRESS;
  commit (store, find_region (regions, 2), after);
  fixture_close (store);
  store = fixture_open (path);
  g_assert_null (lam_store_get_warning (store));
  g_assert_false (lam_store_is_damaged (store));
  g_assert_cmpint (count_protected (store), ==, 0);
  assert_checked (store, false);
  fixture_close (store);
}

static void
test_damage (StoreFixture *fixture, const Damage *damage)
{
  g_autofree char *path = g_strconcat (fixture->path, "2", NULL);
  g_assert_true (lam_store_save_copy (fixture->store, path, NULL, NULL));
  g_autofree char *sql =
      g_strdup_printf ("UPDATE region SET %s WHERE id = 2", damage->sql);
  tamper (path, sql);
  LamStore *store = fixture_open (path);
  const char *warning = lam_store_get_warning (store);
  g_assert_nonnull (warning);
  g_assert_true (lam_store_is_damaged (store));
  g_test_message ("%s: %s", damage->sql, warning);
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  const LamRegion *region = find_region (regions, 2);
  g_assert_cmpint (regions->len, ==, 2);
  g_assert_nonnull (region);
  g_assert_nonnull (strstr (warning, region->damage));
  g_assert_nonnull (strstr (warning, "region 2."));
  if (damage->said)
    g_assert_nonnull (strstr (region->damage, damage->said));
  g_assert_cmpint (region->review, ==, LAM_REVIEW_VERIFIED);
  g_assert_true (lam_box_equal (&region->box, &damage->box));
  g_assert_true (g_utf8_validate (region->name, -1, NULL));
  g_assert_null (find_region (regions, 1)->damage);
  g_assert_cmpint (
      find_region (regions, 1)->review, ==, LAM_REVIEW_NOT_STARTED);
  const LamBox kept = lam_box_intersect (&damage->box, &brick);
  g_assert_cmpint (count_protected (store), ==, lam_box_volume (&kept));
  assert_checked (store, !damage->is_mended);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (label_at (store, 10 + i), ==, 0);
  fixture_close (store);
  mend (path);
}

static void
set_up (StoreFixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  fixture_set_up (fixture, NULL);
  const LamRegion right = { .id = 1,
    .name = (char *)"right",
    .box = lam_box_new (100, 0, 0, 110, 10, 10) };
  const LamRegion left = { .id = 2,
    .name = (char *)"left",
    .box = lam_box_new (10, 10, 10, 20, 20, 20),
    .role = LAM_REGION_TRAIN,
    .review = LAM_REVIEW_VERIFIED };
  const LamLabel label = { .id = 1, .name = (char *)"", .class_id = 1 };
  commit_change (fixture->store, lam_row_change_new_label (NULL, &label));
  commit (fixture->store, NULL, &right);
  commit (fixture->store, NULL, &left);
  g_autoptr (GBytes) onnx = g_bytes_new ("onnx", 4);
  int64_t model = lam_store_add_model (fixture->store, "net", 0, onnx, &error);
  g_assert_cmpint (
      lam_store_begin_run (fixture->store, model, "", &error), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (damages); i++) {
    g_autofree char *name = g_strdup_printf ("/damaged-regions/%zu", i);
    g_test_add (name, StoreFixture, &damages[i], set_up,
        (void (*) (StoreFixture *, gconstpointer))test_damage,
        fixture_tear_down);
  }
  return g_test_run ();
}
