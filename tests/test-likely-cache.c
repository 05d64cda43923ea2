/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A search for likely errors that follows another finds what one finds that
 * begins anew, after whatever changed, and reads only what changed and what
 * lies beside that along z. */
#include <string.h>

#include "base/random.h"
#include "rounds.h"
#include "segment/likely-errors.h"

enum { N_X = 2, N_Y = 2, N_Z = 3, N_BRICKS = N_X * N_Y * N_Z };
enum { N_SETTLED = 5, FEW = 7 /* places */ };
enum { SIZE_X = 110, SIZE_Y = 100, SIZE_Z = 170, RUN = LAM_SOURCE_FIRST_RUN };

typedef struct {
  LamRandom random;
  LamLabelBrick *bricks[N_BRICKS]; /* Owned; NULL: absent */
  LamRunOpinion *opinions[N_BRICKS]; /* Owned; or NULL */
  int64_t changes[N_BRICKS], n_changes;
  bool was_read[N_BRICKS], is_new[N_BRICKS];
  int low[3]; /* of the last large box that was filled */
  int n_reads_to_failure; /* negative: none fails */
  LamBox settled[N_SETTLED];
  bool stands[N_SETTLED];
  int n_classes; /* labels are of them in turn */
  int64_t refused_voxels; /* places of so many are not wanted */
  LamLikelyRules rules;
  guint n_found[LAM_N_PLACE_KINDS]; /* of all searches */
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

/* Any box of it gets a label, a source and perhaps a doubt; often a small one
 * in the last that was large. */
static void
fill (Fixture *fixture, int i)
{
  int low[3], high[3];
  const bool is_small = pick (fixture, 2) == 0;
  for (int a = 0; a < 3; a++) {
    const int extent = 1 + pick (fixture, is_small ? 4 : a == 2 ? 8 : 40);
    const int from = 1 + pick (fixture, 7);
    low[a] = is_small ? MIN (63, fixture->low[a] + from) : pick (fixture, 64);
    high[a] = MIN (64, low[a] + extent);
  }
  if (!is_small)
    memcpy (fixture->low, low, sizeof low);
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

/* What a person says of a place that was found, or of any box. */
static void
settle (Fixture *fixture)
{
  const int i = pick (fixture, N_SETTLED);
  LamBox *box = &fixture->settled[i];
  fixture->stands[i] = pick (fixture, 3) > 0;
  for (int axis = 0; axis < 3; axis++) {
    box->min[axis] = pick (fixture, SIZE_Y);
    box->max[axis] = box->min[axis] + 1 + pick (fixture, axis == 2 ? 9 : 60);
  }
}

static void
change_any (Fixture *fixture)
{
  for (int n = pick (fixture, 4); n > 0; n--)
    change (fixture, pick (fixture, N_BRICKS));
  if (pick (fixture, 2) == 0)
    settle (fixture);
  if (pick (fixture, 6) == 0)
    fixture->n_classes = 1 + pick (fixture, 3);
  if (pick (fixture, 4) == 0)
    fixture->refused_voxels = pick (fixture, 60);
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
  return (int32_t)(label % (uint32_t)((Fixture *)data)->n_classes);
}

static bool
stands_still (guint n, gpointer data, bool *stands, GError **error)
{
  *stands = ((Fixture *)data)->stands[n];
  return true;
}

static bool
filter (LamPlace *place, gpointer data, bool *is_wanted, GError **error)
{
  *is_wanted = place->n_voxels != ((Fixture *)data)->refused_voxels;
  if (place->n_voxels % 3 == 0)
    place->score /= 4;
  return true;
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
  g_autoptr (GArray) settled = g_array_new (false, false, sizeof (LamBox));
  g_array_append_vals (settled, fixture->settled, N_SETTLED);
  const LamLikelyInput input = { .size = { SIZE_X, SIZE_Y, SIZE_Z },
    .keys = keys,
    .read_brick = read_brick,
    .read_opinion = read_opinion,
    .filter = filter,
    .settled = settled,
    .stands = stands_still,
    .get_class = get_class,
    .get_change = get_change,
    .data = fixture };
  return lam_likely_errors_find (&input, &fixture->rules, cache, NULL, error);
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
    fixture->n_found[a->kind]++;
  }
  memset (fixture->is_new, 0, sizeof fixture->is_new);
}

static void
set_up (Fixture *fixture, uint32_t seed)
{
  *fixture = (Fixture){ .random = lam_random_new (seed, 3),
    .n_reads_to_failure = -1,
    .n_classes = 2,
    .rules = lam_likely_rules };
  for (int i = 0; i < N_BRICKS; i++)
    change (fixture, i);
}

static void
tear_down (Fixture *fixture)
{
  for (int i = 0; i < N_BRICKS; i++) {
    g_clear_pointer (&fixture->bricks[i], lam_label_brick_unref);
    g_clear_pointer (&fixture->opinions[i], g_free);
  }
}

typedef struct {
  const char *name;
  int64_t max_bytes;
  guint limit;
} Case;

static void
test_random (gconstpointer data)
{
  const Case *kept = data;
  Fixture fixture;
  LamLikelyCache *cache = lam_likely_cache_new (kept->max_bytes);
  set_up (&fixture, 11);
  fixture.rules.limit = kept->limit;
  const int n_rounds = PLAIN_OR_SANITISED (20, 4);
  for (int round = 0; round < n_rounds; round++) {
    check (&fixture, cache, kept->max_bytes > 1 << 20);
    change_any (&fixture);
  }
  /* Enough of them for one of each kind */
  const bool has_all = kept->limit > FEW && n_rounds > 10;
  for (int kind = 0; has_all && kind <= LAM_PLACE_SLICE; kind++)
    g_assert_cmpuint (fixture.n_found[kind], >, 0);
  lam_likely_cache_free (cache);
  tear_down (&fixture);
}

/* What was cut before it failed is right, and used. */
static void
test_failure (void)
{
  g_autoptr (GError) error = NULL;
  Fixture fixture;
  LamLikelyCache *cache = lam_likely_cache_new (INT64_C (1) << 30);
  set_up (&fixture, 5);
  fixture.n_reads_to_failure = N_BRICKS / 2;
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
  static const Case cases[] = {
    { "/likely-cache/random", 1 << 30, 10000 },
    { "/likely-cache/limit", 1 << 30, FEW },
    { "/likely-cache/small", 60000, 10000 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].name, &cases[i], test_random);
  g_test_add_func ("/likely-cache/failure", test_failure);
  return g_test_run ();
}
