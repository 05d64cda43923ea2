/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Progress: of parts within parts, of work that was partly done before, and
 * cancelling. */
#include "base/progress.h"

static void
check (LamProgress *progress, double fraction)
{
  g_assert_cmpfloat_with_epsilon (
      lam_progress_get_fraction (progress), fraction, 1e-3);
}

static void
test_parts (void)
{
  g_autoptr (LamProgress) whole = lam_progress_new ();
  lam_progress_set (whole, 1, 4);
  g_autoptr (LamProgress) part = lam_progress_new_part (whole, 1, 3, 4);
  check (whole, 0.25);
  lam_progress_set (part, 1, 2);
  check (whole, 0.5);
  check (part, 0.5);
  g_autoptr (LamProgress) inner = lam_progress_new_part (part, 1, 2, 2);
  lam_progress_set (inner, 50, 100);
  check (part, 0.75);
  check (whole, 0.625);
  lam_progress_set (inner, 100, 100);
  check (whole, 0.75);
  lam_progress_set (whole, 4, 4);
  check (whole, 1);
  g_assert_null (lam_progress_new_part (NULL, 0, 1, 1));
}

static void
test_beside (void)
{
  g_autoptr (LamProgress) whole = lam_progress_new ();
  g_autoptr (LamProgress) one = lam_progress_new_beside (whole);
  g_autoptr (LamProgress) other = lam_progress_new_beside (whole);
  lam_progress_set (whole, 1, 4);
  lam_progress_set (one, 1, 2);
  lam_progress_set (other, 2, 2);
  check (whole, 0.25);
  check (one, 0.5);
  lam_progress_cancel (whole);
  g_assert_true (lam_progress_is_cancelled (one));
  g_assert_true (lam_progress_is_cancelled (other));
  g_assert_null (lam_progress_new_beside (NULL));
}

static void
test_cancel (void)
{
  g_autoptr (LamProgress) whole = lam_progress_new ();
  g_autoptr (LamProgress) part = lam_progress_new_part (whole, 0, 1, 2);
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_progress_check (part, &error));
  lam_progress_cancel (whole);
  g_assert_false (lam_progress_check (part, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What was there when it began says nothing about the pace. */
static void
test_begin (void)
{
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_begin (progress, 90, 100);
  check (progress, 0.9);
  g_usleep (600 * 1000);
  g_assert_cmpfloat (lam_progress_get_seconds_left (progress), <, 0);
  lam_progress_set (progress, 95, 100);
  double left = lam_progress_get_seconds_left (progress);
  g_assert_cmpfloat (left, >, 0.59);
}

/* The first moments of something say little about how long it takes. */
static void
test_little (void)
{
  g_autoptr (LamProgress) progress = lam_progress_new ();
  const gint64 begin = g_get_monotonic_time ();
  g_usleep (600 * 1000);
  lam_progress_set (progress, 1, 100);
  const double left = lam_progress_get_seconds_left (progress);
  /* Unless the computer had something else to do. */
  if (g_get_monotonic_time () - begin < 4 * G_USEC_PER_SEC)
    g_assert_cmpfloat (left, <, 0);
  lam_progress_set (progress, 6, 100);
  g_assert_cmpfloat (lam_progress_get_seconds_left (progress), >, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/parts", test_parts);
  g_test_add_func ("/progress/beside", test_beside);
  g_test_add_func ("/progress/cancel", test_cancel);
  g_test_add_func ("/progress/begin", test_begin);
  g_test_add_func ("/progress/little", test_little);
  return g_test_run ();
}
