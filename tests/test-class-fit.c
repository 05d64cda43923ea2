/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which class of a project a network's classes are. */
#include <string.h>

#include "base/error.h"
#include "workspace/class-fit.h"

static const char *const others[] = { "nothing", "Vesicle", "Mitos-1", NULL };

static LamClassTable *
make_classes (void)
{
  size_t n;
  const LamClass *rows = lam_class_preset_get ("platelet", &n);
  LamClassTable *classes = lam_class_table_new ();
  for (size_t i = 0; i < n; i++)
    lam_class_table_set_class (classes, &rows[i]);
  return classes;
}

static GArray *
make_fit (const int32_t ids[3])
{
  GArray *fit = g_array_new (false, false, sizeof (int32_t));
  return g_array_append_vals (fit, ids, 3);
}

/* What is said of classes fits only those that it was said of. */
static void
test_said (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamClassTable) classes = make_classes ();
  static const char *const renamed[] = { "nothing", "Vesicle", "Mito", NULL };
  static const char *const fewer[] = { "nothing", "Vesicle", NULL };
  const char *const *const wrong[] = { renamed, fewer };
  g_autoptr (GArray) fit = make_fit ((int32_t[]){ -1, 1, 2 });
  g_autofree char *said = lam_class_fit_to_text (others, fit);
  g_autoptr (GArray) found = lam_class_fit_find (others, said, classes, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (found->data, 12, fit->data, 12);
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (lam_class_fit_find (wrong[i], said, classes, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHOICE);
    g_clear_error (&error);
  }
  static const char *const broken[] = { "", "-1 = nothing\n1 = Vesicle\n",
    "-1 = nothing\n1 = Vesicle\n99 = Mitos-1\n",
    "-2 = nothing\n1 = Vesicle\n2 = Mitos-1\n",
    "4294967298 = nothing\n1 = Vesicle\n2 = Mitos-1\n", "x" };
  for (size_t i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_assert_null (lam_class_fit_find (others, broken[i], classes, &error));
    g_clear_error (&error);
  }
}

static void
test_guess (void)
{
  g_autoptr (LamClassTable) classes = make_classes ();
  static const char *const names[] = { "class 0", "Mitochondrion", "mito",
    "ALPHA-granules", "alpha", "membrane", "cel", "dense granule core", NULL };
  static const int32_t wanted[] = { 0, 2, 2, 3, 3, LAM_CLASS_FIT_NONE,
    LAM_CLASS_FIT_NONE, 6 };
  for (int i = 0; names[i]; i++)
    g_assert_cmpint (lam_class_fit_guess (names, i, classes), ==, wanted[i]);
}

/* Those of one class become the first of them, those of none unknown. */
static void
test_apply (void)
{
  const LamBox box = lam_box_new (0, 0, 0, 5, 1, 1);
  g_autoptr (LamProposal) proposal = lam_proposal_new (&box);
  g_autoptr (GArray) fit = make_fit ((int32_t[]){ 4, -1, 4 });
  static const uint8_t before[] = { 0, 1, 2, LAM_PROPOSAL_UNKNOWN, 2 };
  static const uint8_t after[] = { 0, LAM_PROPOSAL_UNKNOWN, 0,
    LAM_PROPOSAL_UNKNOWN, 0 };
  memcpy (proposal->classes, before, sizeof before);
  memcpy (proposal->runner_ups, before, sizeof before);
  lam_class_fit_apply (fit, proposal);
  g_assert_cmpmem (proposal->classes, 5, after, 5);
  g_assert_cmpmem (proposal->runner_ups, 5, after, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/class-fit/said", test_said);
  g_test_add_func ("/class-fit/guess", test_guess);
  g_test_add_func ("/class-fit/apply", test_apply);
  return g_test_run ();
}
