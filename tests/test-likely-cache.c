/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A search for likely errors that remembers bricks finds what one finds that
 * reads all of them, after whatever changed, and reads only what changed and
 * what lies beside that along z. */
#include <string.h>

#include "base/random.h"
#include "rounds.h"
#include "segment/likely-errors.h"

enum { N_X = 2, N_Y = 2, N_Z = 3, N_BRICKS = N_X * N_Y * N_Z };
enum { SIZE_X = 110, SIZE_Y = 100, SIZE_Z = 170, RUN = LAM_SOURCE_FIRST_RUN };

typedef struct {
  LamRandom random;
  LamLabelBrick *bricks[N_BRICKS]; /* Owned; NULL: absent */
  LamRunOpinion *opinions[N_BRICKS]; /* Owned; or NULL */
  int64_t changes[N_BRICKS], n_changes;
  bool was_read[N_BRICKS], is_new[N_BRICKS];
  int n_reads_to_failure; /* negative: none fails */
} Fixture;

static LamBrickKey
key_of (int i)
{
  return (LamBrickKey){ i % N_X, i / N_X % N_Y, i / (N_X * N_Y) };
}

static int
number_of (LamBrickKey key)
{
  return key.x + N_X * (key.y + N_Y * key.z);
}

static int
pick (Fixture *fixture, int n)
{
  return (int)(lam_random_u32 (&fixture->random) % (uint32_t)n);
}

/* ---- Changes ------------------------------------------------------------ */

static void
note (Fixture *fixture, int i)
{
  fixture->changes[i] = ++fixture->n_changes;
  fixture->is_new[i] = true;
}

/* Any box of it gets a label, a source and perhaps a doubt. */
static void
fill (Fixture *fixture, int i)
{
  int low[3], high[3];
  for (int a = 0; a < 3; a++) {
    low[a] = pick (fixture, 64);
    const int extent = 1 + pick (fixture, a == 2 ? 8 : 40);
    high[a] = MIN (64, low[a] + extent);
  }
  uint32_t label = (uint32_t)pick (fixture, 5);
  static const uint16_t sources[] = { RUN, RUN, RUN, LAM_SOURCE_HUMAN,
    LAM_SOURCE_UNSET };
  uint16_t source = sources[pick (fixture, G_N_ELEMENTS (sources))];
  uint8_t doubt = (uint8_t)pick (fixture, 256);
  uint32_t *labels = lam_label_brick_write_labels (fixture->bricks[i]);
  uint16_t *said = lam_label_brick_write_sources (fixture->bricks[i]);
  LamRunOpinion *opinion = fixture->opinions[i];
  for (int z = low[2]; z < high[2]; z++)
    for (int y = low[1]; y < high[1]; y++)
      for (int x = low[0]; x < high[0]; x++) {
        int at = x + 64 * (y + 64 * z);
        labels[at] = label;
        said[at] = source;
        if (opinion) {
          opinion->uncertainties[at] = doubt;
          opinion->seconds[at] = lam_run_opinion_take_class (opinion, 1);
        }
      }
}

static void
change (Fixture *fixture, int i)
{
  if (fixture->bricks[i] && pick (fixture, 12) == 0) {
    g_clear_pointer (&fixture->bricks[i], lam_label_brick_unref);
    g_clear_pointer (&fixture->opinions[i], g_free);
    note (fixture, i);
    return;
  }
  if (!fixture->bricks[i])
    fixture->bricks[i] = lam_label_brick_new (0, RUN);
  if (!fixture->opinions[i] && pick (fixture, 2) == 0)
    fixture->opinions[i] = lam_run_opinion_new ();
  for (int n = 1 + pick (fixture, 6); n > 0; n--)
    fill (fixture, i);
  note (fixture, i);
}

/* ---- Searching ---------------------------------------------------------- */

static LamLabelBrick *
read_brick (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  Fixture *fixture = data;
  int i = number_of (key);
  fixture->was_read[i] = true;
  if (fixture->n_reads_to_failure == 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no disk");
    return NULL;
  }
  fixture->n_reads_to_failure--;
  return fixture->bricks[i] ? lam_label_brick_ref (fixture->bricks[i]) : NULL;
}

static LamOpinion *
read_opinion (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  const LamRunOpinion *said = ((Fixture *)data)->opinions[number_of (key)];
  if (!said)
    return NULL;
  LamOpinion *opinion = lam_opinion_new ();
  lam_opinion_add (opinion, RUN, g_memdup2 (said, sizeof *said));
  return opinion;
}

static int64_t
get_change (LamBrickKey key, gpointer data)
{
  return ((Fixture *)data)->changes[number_of (key)];
}

static int32_t
get_class (uint32_t label, gpointer data)
{
  return (int32_t)(label + 1) / 2;
}

static GArray *
find (Fixture *fixture, LamLikelyCache *cache, GError **error)
{
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  for (int i = N_BRICKS; i-- > 0;) {
    const int64_t packed = lam_brick_key_pack (key_of (i));
    if (fixture->bricks[i] || i % 3 == 0)
      g_array_append_val (keys, packed);
    fixture->was_read[i] = false;
  }
  const LamLikelyInput input = { .size = { SIZE_X, SIZE_Y, SIZE_Z },
    .keys = keys,
    .read_brick = read_brick,
    .read_opinion = read_opinion,
    .get_class = get_class,
    .get_change = get_change,
    .data = fixture };
  return lam_likely_errors_find (&input, &lam_likely_rules, cache, NULL, error);
}

static bool
is_new (const Fixture *fixture, LamBrickKey key)
{
  return key.z >= 0 && key.z < N_Z && fixture->is_new[number_of (key)];
}

static void
check (Fixture *fixture, LamLikelyCache *cache, bool counts_reads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) kept = find (fixture, cache, &error);
  g_assert_no_error (error);
  for (int i = 0; i < N_BRICKS && counts_reads; i++) {
    LamBrickKey key = key_of (i), before = key, after = key;
    before.z--;
    after.z++;
    if (fixture->was_read[i])
      g_assert_true (is_new (fixture, key) || is_new (fixture, before)
          || is_new (fixture, after));
  }
  g_autoptr (GArray) full = find (fixture, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kept->len, ==, full->len);
  for (guint i = 0; i < full->len; i++) {
    const LamPlace *a = &g_array_index (full, LamPlace, i);
    const LamPlace *b = &g_array_index (kept, LamPlace, i);
    g_assert_cmpint (a->kind, ==, b->kind);
    g_assert_true (lam_box_equal (&a->box, &b->box));
    g_assert_cmpint (a->n_voxels, ==, b->n_voxels);
    g_assert_cmpuint (a->label, ==, b->label);
    g_assert_cmpuint (a->beside, ==, b->beside);
    g_assert_cmpint (a->second, ==, b->second);
    g_assert_true (a->score == b->score && a->uncertainty == b->uncertainty);
  }
  memset (fixture->is_new, 0, sizeof fixture->is_new);
}

static void
tear_down (Fixture *fixture)
{
  for (int i = 0; i < N_BRICKS; i++) {
    g_clear_pointer (&fixture->bricks[i], lam_label_brick_unref);
    g_clear_pointer (&fixture->opinions[i], g_free);
  }
}

static void
test_random (gconstpointer data)
{
  const int64_t max_bytes = GPOINTER_TO_INT (data);
  Fixture fixture = { .random = lam_random_new (11, 3),
    .n_reads_to_failure = -1 };
  LamLikelyCache *cache = lam_likely_cache_new (max_bytes);
  for (int i = 0; i < N_BRICKS; i++)
    change (&fixture, i);
  for (int round = 0; round < PLAIN_OR_SANITISED (12, 4); round++) {
    check (&fixture, cache, max_bytes > 1 << 20);
    for (int n = pick (&fixture, 4); n > 0; n--)
      change (&fixture, pick (&fixture, N_BRICKS));
  }
  lam_likely_cache_free (cache);
  tear_down (&fixture);
}

/* What was cut before it failed is right, and used. */
static void
test_failure (void)
{
  g_autoptr (GError) error = NULL;
  Fixture fixture = { .random = lam_random_new (5, 3),
    .n_reads_to_failure = N_BRICKS / 2 };
  LamLikelyCache *cache = lam_likely_cache_new (INT64_C (1) << 30);
  for (int i = 0; i < N_BRICKS; i++)
    change (&fixture, i);
  g_assert_null (find (&fixture, cache, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  fixture.n_reads_to_failure = -1;
  change (&fixture, 1);
  check (&fixture, cache, true);
  check (&fixture, cache, true);
  lam_likely_cache_free (cache);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func (
      "/likely-cache/random", GINT_TO_POINTER (1 << 30), test_random);
  g_test_add_data_func (
      "/likely-cache/small", GINT_TO_POINTER (60000), test_random);
  g_test_add_func ("/likely-cache/failure", test_failure);
  return g_test_run ();
}
