/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Ids that stay. A case is a line of voxels, drawn: the old labels and which of
 * them are fixed (a capital), the new objects, and what must come out. "." is
 * nothing; a to i are ids 1 to 9; what is new begins at x = 24. */
#include <string.h>

#include "base/random.h"
#include "labels/object-matcher.h"
#include "volume/scratch-source.h"

enum { FIRST_FRESH = 24 };

typedef struct {
  const uint32_t *labels;
  const bool *fixed;
  int64_t size[3];
  const int32_t *classes; /* by id */
  uint32_t next;
} Old;

static bool
read_old (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  const Old *old = data;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++) {
        int64_t i = (z * old->size[1] + y) * old->size[0] + x;
        *labels++ = old->labels[i];
        *fixed++ = old->fixed[i];
      }
  return true;
}

static int32_t
get_class (uint32_t id, gpointer data)
{
  return ((const Old *)data)->classes[id];
}

static uint32_t
next_id (gpointer data)
{
  Old *old = data;
  return old->next ? old->next++ : 0;
}

/* In place: numbers of new objects become ids. Gives the rows. */
static GArray *
match (Old *old, uint32_t *labels, const uint8_t *new_classes, guint n,
    LamMatchResult *result, GError **error)
{
  const double nm[3] = { 1, 1, 1 };
  LamBox whole = lam_box_of_size (old->size);
  g_autoptr (LamSource) source = lam_scratch_source_new (
      g_get_tmp_dir (), old->size, LAM_DTYPE_U32, nm, NULL);
  g_autoptr (GArray) objects = g_array_new (false, true, sizeof (LamObject));
  for (guint i = 0; i < n; i++) {
    LamObject object = { .id = i + 1, .class_id = new_classes[i] };
    g_array_append_val (objects, object);
  }
  const LamOldObjects how = { read_old, get_class, next_id, old, { 7, 5, 3 } };
  g_assert_true (lam_scratch_source_write (source, &whole, labels, NULL));
  if (!lam_object_matcher_run (source, objects, &how, result, NULL, error))
    return NULL;
  g_assert_true (lam_source_read_box (source, 0, &whole, labels, NULL, NULL));
  return g_steal_pointer (&objects);
}

static const struct {
  const char *name, *before, *found, *after;
  int n_kept, n_new, n_gone;
} rows[] = {
  { "keep", "aaaa...bbb....", ".aaa..bbbb....", ".aaa..bbbb....", 2, 0, 0 },
  { "keep, other order", "bbbb...aaa.c..", "aaaa...bbb.c..", "bbbb...aaa.c..",
      3, 0, 0 },
  { "new", "aaaa..........", "aaaa..bbb..cc.", "aaaa..xxx..yy.", 1, 2, 0 },
  { "gone", "aaaa...bbb....", "aaaa..........", "aaaa..........", 1, 0, 1 },
  { "moved off", "aaaa..........", ".....aaaa.....", ".....xxxx.....", 0, 1,
      1 },
  { "split", "aaaaaaaaaa....", "aaa.bbbbbb....", "xxx.aaaaaa....", 1, 1, 0 },
  { "split in halves", "aaaaaaaaaa....", "aaaa..bbbb....", "aaaa..xxxx....", 1,
      1, 0 },
  { "merge", "aaa.bbbbbb....", "aaaaaaaaaa....", "bbbbbbbbbb....", 1, 0, 1 },
  { "merge of equals", "bbbb.aaaa.....", "aaaaaaaaaa....", "aaaaaaaaaa....", 1,
      0, 1 },
  { "one old id to one new object", "aaaaaaaa......", "aaa.bb.ccc....",
      "aaa.xx.yyy....", 1, 2, 0 },
  { "second choice", "aaaaaaaabbbbbb", "aaaaaaaaaaabbb", "aaaaaaaaaaabbb", 2, 0,
      0 },
  { "second choice, too little", "aaaaaaaaaaaabbbbbbbbbbbbbb",
      "baaaaaaaaaaaaaaaaaaaaaaaaa", "xbbbbbbbbbbbbbbbbbbbbbbbbb", 1, 1, 1 },
  { "other class", "aaaa....iii...", "iiii....aaa...", "xxxx....yyy...", 0, 2,
      2 },
  { "fixed stay", "AAAA..BBB.....", "..............", "AAAA..BBB.....", 0, 0,
      0 },
  { "fixed grow", "AAA...........", ".aaaaa........", "Aaaaaa........", 1, 0,
      0 },
  { "fixed beat larger ones", "Abbbbbb.......", "aaaaaaaa......",
      "Aaaaaaaa......", 1, 0, 1 },
  { "the larger fixed one", "ABBaaaa.......", "aaaaaaaa......",
      "ABBbbbbb......", 1, 0, 0 },
  { "many adopt one", "AAAAAAAA......", "aaa..bbbbbb...", "AAAAAAAAaaa...", 2,
      0, 0 },
  { "fixed of another class", "III...........", ".aaaaa........",
      "IIIxxx........", 0, 1, 0 },
  { "partly fixed", "aaAAbb........", "aaaabbb.......", "aaAAbbb.......", 2, 0,
      0 },
  { "fixed nothing", "aa____aa......", "aaaaaaaa......", "aa....aa......", 1, 0,
      0 },
};

static uint32_t
id_of (char c)
{
  if (c >= 'A' && c <= 'I')
    return (uint32_t)(c - 'A' + 1);
  if (c >= 'x')
    return (uint32_t)(c - 'x' + FIRST_FRESH);
  return c >= 'a' ? (uint32_t)(c - 'a' + 1) : 0;
}

/* Class 2 for ids from i on, else 1. */
static int32_t
class_of (uint32_t id)
{
  return id == 9 ? 2 : 1;
}

/* New objects are numbered in the order of their first voxels, whatever their
 * letters. */
static guint
number_new (const char *found, uint32_t *labels, uint8_t classes[26])
{
  uint32_t number[256] = { 0 };
  guint n = 0;
  for (size_t i = 0; found[i]; i++) {
    uint8_t c = (uint8_t)found[i];
    if (c != '.' && number[c] == 0) {
      classes[n] = (uint8_t)class_of (id_of ((char)c));
      number[c] = ++n;
    }
    labels[i] = number[c];
  }
  return n;
}

static void
check_row (size_t k)
{
  size_t n = strlen (rows[k].before);
  uint32_t before[64], labels[64];
  bool fixed[64];
  uint8_t new_classes[26];
  int32_t classes[64];
  LamMatchResult result;
  g_assert_cmpuint (strlen (rows[k].after), ==, n);
  for (size_t i = 0; i < n; i++) {
    char c = rows[k].before[i];
    before[i] = id_of (c);
    fixed[i] = (c >= 'A' && c <= 'I') || c == '_';
  }
  for (uint32_t id = 0; id < 64; id++)
    classes[id] = class_of (id);
  Old old = { before, fixed, { (int64_t)n, 1, 1 }, classes, FIRST_FRESH };
  guint n_new = number_new (rows[k].found, labels, new_classes);
  g_autoptr (GArray) objects =
      match (&old, labels, new_classes, n_new, &result, NULL);
  g_assert_nonnull (objects);
  for (size_t i = 0; i < n; i++)
    if (labels[i] != id_of (rows[k].after[i]))
      g_error ("%s: voxel %zu is %u", rows[k].name, i, labels[i]);
  g_assert_cmpint (result.n_kept, ==, rows[k].n_kept);
  g_assert_cmpint (result.n_new, ==, rows[k].n_new);
  g_assert_cmpint (result.n_gone, ==, rows[k].n_gone);
}

static void
test_rows (void)
{
  for (size_t k = 0; k < G_N_ELEMENTS (rows); k++)
    check_row (k);
}

/* Random boxes of voxels for old, new and fixed. */
typedef struct {
  int64_t n;
  uint32_t before[13 * 11 * 9], numbers[13 * 11 * 9], after[13 * 11 * 9];
  bool fixed[13 * 11 * 9];
  int32_t old_classes[64];
  uint8_t new_classes[20];
} Scene;

static void
fill_scene (Scene *scene, uint64_t seed)
{
  LamRandom random = lam_random_new (seed, 3);
  memset (scene, 0, sizeof *scene);
  scene->n = 13 * 11 * 9;
  for (int k = 0; k < 24; k++) {
    int64_t from[3], to[3];
    static const int64_t size[3] = { 13, 11, 9 };
    for (int i = 0; i < 3; i++) {
      from[i] = lam_random_u32 (&random) % size[i];
      to[i] = MIN (from[i] + 2 + lam_random_u32 (&random) % 6, size[i]);
    }
    uint32_t id = 1 + lam_random_u32 (&random) % 12;
    for (int64_t i = 0; i < scene->n; i++) {
      int64_t x = i % 13, y = i / 13 % 11, z = i / 13 / 11;
      if (x < from[0] || x >= to[0] || y < from[1] || y >= to[1] || z < from[2]
          || z >= to[2])
        continue;
      if (k % 5 == 4)
        scene->fixed[i] = true;
      else
        (k % 5 < 2 ? scene->before : scene->numbers)[i] = id;
    }
  }
  for (uint32_t id = 0; id < 64; id++)
    scene->old_classes[id] = 1 + (int32_t)(id % 2);
  for (uint32_t id = 0; id < 12; id++)
    scene->new_classes[id] = (uint8_t)(1 + id % 3 % 2);
  memcpy (scene->after, scene->numbers, sizeof scene->after);
}

/* What holds whatever is matched. */
static void
check_scene (const Scene *scene, const GArray *objects)
{
  uint32_t id_of_number[13] = { 0 };
  int64_t n_voxels[64] = { 0 };
  bool has_fixed[64] = { false };
  for (int64_t i = 0; i < scene->n; i++)
    if (scene->fixed[i]) {
      g_assert_cmpuint (scene->after[i], ==, scene->before[i]);
      has_fixed[scene->before[i]] = true;
    }
  for (int64_t i = 0; i < scene->n; i++) {
    uint32_t id = scene->after[i], number = scene->numbers[i];
    n_voxels[id]++;
    if (scene->fixed[i])
      continue;
    g_assert_true ((id > 0) == (number > 0));
    if (id_of_number[number] == 0)
      id_of_number[number] = id;
    g_assert_cmpuint (id_of_number[number], ==, id);
    if (id > 0 && id < FIRST_FRESH)
      g_assert_cmpint (
          scene->old_classes[id], ==, scene->new_classes[number - 1]);
  }
  for (int a = 1; a < 13; a++)
    for (int b = 1; b < a; b++)
      g_assert_true (id_of_number[a] == 0 || id_of_number[a] != id_of_number[b]
          || has_fixed[id_of_number[a]]);
  for (guint i = 0; i < objects->len; i++) {
    const LamObject *row = &g_array_index (objects, LamObject, i);
    g_assert_cmpint (row->n_voxels, ==, n_voxels[row->id]);
    g_assert_cmpuint (scene->after[row->first], ==, row->id);
    n_voxels[row->id] = 0;
  }
  for (int id = 1; id < 64; id++)
    g_assert_cmpint (n_voxels[id], ==, 0);
}

static void
test_at_random (void)
{
  for (uint64_t seed = 0; seed < 300; seed++) {
    Scene scene;
    LamMatchResult result;
    fill_scene (&scene, seed);
    Old old = { scene.before, scene.fixed, { 13, 11, 9 }, scene.old_classes,
      FIRST_FRESH };
    g_autoptr (GArray) objects =
        match (&old, scene.after, scene.new_classes, 12, &result, NULL);
    check_scene (&scene, objects);
    /* Once more what came out, and it stays as it is. */
    Scene again = scene;
    uint8_t classes[64];
    uint32_t after[13 * 11 * 9];
    memcpy (after, scene.after, sizeof after);
    for (guint i = 0; i < 64; i++)
      again.old_classes[i] = 1;
    memcpy (again.before, scene.after, sizeof after);
    memset (again.fixed, 0, sizeof again.fixed);
    Old same = { again.before, again.fixed, { 13, 11, 9 }, again.old_classes,
      60 };
    for (guint i = 0; i < 64; i++)
      classes[i] = 1;
    g_autoptr (GArray) kept = match (&same, after, classes, 63, &result, NULL);
    g_assert_cmpmem (after, sizeof after, scene.after, sizeof scene.after);
    g_assert_cmpuint (kept->len, ==, objects->len);
  }
}

static void
test_no_ids_left (void)
{
  uint32_t before[4] = { 1, 1, 0, 0 }, labels[4] = { 1, 1, 0, 2 };
  const bool fixed[4] = { false };
  const int32_t classes[2] = { 0, 1 };
  const uint8_t new_classes[2] = { 1, 1 };
  LamMatchResult result;
  g_autoptr (GError) error = NULL;
  Old old = { before, fixed, { 4, 1, 1 }, classes, 0 };
  g_assert_null (match (&old, labels, new_classes, 2, &result, &error));
  g_assert_nonnull (strstr (error->message, "1 of 2"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/match/rows", test_rows);
  g_test_add_func ("/match/at-random", test_at_random);
  g_test_add_func ("/match/no-ids-left", test_no_ids_left);
  return g_test_run ();
}
