/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of a label is GVariant's to the byte, and comes back from it. */
#include "store/label-text.h"

#include <string.h>

#include "base/random.h"
#include "store/row-text.h"

static char *
print (const LamLabel *row)
{
  g_autoptr (GVariant) value =
      g_variant_ref_sink (g_variant_new (LAM_LABEL_TEXT_TYPE, row->id,
          row->name, row->class_id, row->rgb, row->locked, row->hidden,
          row->deleted, row->original_id, (int)row->state, row->group));
  return g_variant_print (value, false);
}

/* Most are plain; some have what needs an escape. */
static char *
make_string (LamRandom *random)
{
  static const char *const odd[] = { "'", "\"", "\\", "\n", "\t", "\a", "\x7f",
    "ä", "細胞", "\xc2\x85", "\xe2\x80\x8b", "𝔐", "'\"" };
  GString *text = g_string_new (NULL);
  const int n = (int)(lam_random_u32 (random) % 12);
  const bool is_odd = lam_random_u32 (random) % 2;
  for (int i = 0; i < n; i++)
    if (is_odd && lam_random_u32 (random) % 4 == 0)
      g_string_append (text, odd[lam_random_u32 (random) % G_N_ELEMENTS (odd)]);
    else
      g_string_append_c (text, (char)(' ' + lam_random_u32 (random) % 95));
  return g_string_free (text, false);
}

static uint64_t
make_number (LamRandom *random, uint64_t most)
{
  const uint64_t any =
      (uint64_t)lam_random_u32 (random) << 32 | lam_random_u32 (random);
  switch (lam_random_u32 (random) % 4) {
  case 0:
    return 0;
  case 1:
    return most;
  case 2:
    return any % 1000 % (most + (most < UINT64_MAX));
  default:
    return most == UINT64_MAX ? any : any % (most + 1);
  }
}

static void
assert_comes_back (const char *text, const LamLabel *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamRowChange) change =
      lam_row_change_of_texts (LAM_ROW_LABEL, text, NULL, &error);
  g_assert_no_error (error);
  const LamLabel *back = change->label_before;
  g_assert_cmpuint (back->id, ==, row->id);
  g_assert_cmpstr (back->name, ==, row->name);
  g_assert_cmpint (back->class_id, ==, row->class_id);
  g_assert_cmpuint (back->rgb, ==, row->rgb);
  g_assert_cmpint (back->locked, ==, row->locked);
  g_assert_cmpint (back->hidden, ==, row->hidden);
  g_assert_cmpint (back->deleted, ==, row->deleted);
  g_assert_cmpuint (back->original_id, ==, row->original_id);
  g_assert_cmpint (back->state, ==, row->state);
  g_assert_cmpstr (back->group ? back->group : "", ==, row->group);
}

static void
test_same (void)
{
  LamRandom random = lam_random_new (11, 3);
  for (int i = 0; i < 20000; i++) {
    g_autofree char *name = make_string (&random);
    g_autofree char *group = make_string (&random);
    const uint32_t bits = lam_random_u32 (&random);
    const LamLabel row = { .id = (uint32_t)make_number (&random, UINT32_MAX),
      .name = name,
      .class_id = (int)make_number (&random, INT32_MAX),
      .rgb = (uint32_t)make_number (&random, UINT32_MAX),
      .locked = bits & 1,
      .hidden = bits & 2,
      .deleted = bits & 4,
      .original_id = make_number (&random, UINT64_MAX),
      .state = (LamLabelState)(bits / 8 % LAM_N_LABEL_STATES),
      .group = group };
    g_autofree char *expected = print (&row);
    g_autofree char *text = lam_label_text_write (&row);
    g_assert_cmpstr (text, ==, expected);
    assert_comes_back (text, &row);
  }
}

/* Read by GVariant, or by nobody. */
static void
test_left (void)
{
  static const char *const texts[] = {
    "",
    "(",
    "(1, 'a', 1, 2, true, false, false, 0, 1, 'b'",
    "(1, 'a', 1, 2, true, false, false, 0, 1, 'b') ",
    "(1, 'a', 1, 2, true, false, false, 0, 1)",
    "(1, 'a', 1, 2, true, false, false, 0)",
    "(1,'a', 1, 2, true, false, false, 0, 1, 'b')",
    "(1, 'a\\'', 1, 2, true, false, false, 0, 1, 'b')",
    "(1, \"a\", 1, 2, true, false, false, 0, 1, 'b')",
    "(1, 'ä', 1, 2, true, false, false, 0, 1, 'b')",
    "(010, 'a', 1, 2, true, false, false, 0, 1, 'b')",
    "(0x1, 'a', 1, 2, true, false, false, 0, 1, 'b')",
    "(-1, 'a', 1, 2, true, false, false, 0, 1, 'b')",
    "(4294967296, 'a', 1, 2, true, false, false, 0, 1, 'b')",
    "(1, 'a', 2147483648, 2, true, false, false, 0, 1, 'b')",
    "(1, 'a', 1, 2, 1, false, false, 0, 1, 'b')",
    "(1, 'a', 1, 2, true, false, false, 18446744073709551615, 1, 'b')",
    "(1, 'a', 1, 2, true, false, false, 99999999999999999999, 1, 'b')",
    "(1, 'a', 1, 2, true, false, false, 0, 4, 'b')",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_test_message ("%s", texts[i]);
    g_assert_null (lam_label_text_try_read (texts[i]));
  }
  LamLabel *row = lam_label_text_try_read (
      "(1, 'a \"b\"', 1, 2, true, false, false, 0, 1, '')");
  g_assert_cmpstr (row->name, ==, "a \"b\"");
  g_assert_null (row->group);
  g_free (row->name);
  g_free (row);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-text/same", test_same);
  g_test_add_func ("/label-text/left", test_left);
  return g_test_run ();
}
