/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who is nearest along a body, against one that goes on shortening ways as long
 * as any can be. */
#include <math.h>

#include "base/random.h"
#include "labels/nearest-flood.h"

enum { MOST = 9, N_OWNERS = 4 };

typedef struct {
  int64_t size[3], n;
  double nm[3];
  LamConnectivity connectivity;
  uint32_t owners[MOST * MOST * MOST];
} Body;

static Body
make_body (uint64_t seed)
{
  static const LamConnectivity all[] = { LAM_CONNECT_FACES, LAM_CONNECT_EDGES,
    LAM_CONNECT_CORNERS };
  LamRandom random = lam_random_new (seed, 0);
  Body body = { .n = 1, .connectivity = all[seed % 3] };
  const double full = lam_random_range (&random, 0.3, 1);
  for (int a = 0; a < 3; a++) {
    body.size[a] = 1 + lam_random_u32 (&random) % MOST;
    body.nm[a] = seed % 7 == 0 ? 0 : lam_random_range (&random, 1, 50);
    body.n *= body.size[a];
  }
  for (int64_t i = 0; i < body.n; i++)
    body.owners[i] = lam_random_unit (&random) < (seed % 2 ? 0.03 : 0.6)
        ? lam_random_u32 (&random) % N_OWNERS
        : lam_random_unit (&random) < full ? LAM_FLOOD_NOBODY
                                           : LAM_FLOOD_OUTSIDE;
  return body;
}

/* How far each voxel is from what is `owner`'s. */
static void
measure_ways (const Body *body, uint32_t owner, double *ways)
{
  const int64_t *size = body->size;
  for (int64_t i = 0; i < body->n; i++)
    ways[i] = body->owners[i] == owner ? 0 : INFINITY;
  for (bool is_shorter = true; is_shorter;) {
    is_shorter = false;
    for (int64_t i = 0; i < body->n; i++)
      for (int k = 0; k < 27; k++) {
        const int64_t by[3] = { k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1 };
        const int64_t x = i % size[0] + by[0],
                      y = i / size[0] % size[1] + by[1],
                      z = i / size[0] / size[1] + by[2];
        if (!lam_connectivity_has (body->connectivity, by[0], by[1], by[2])
            || x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1]
            || z >= size[2])
          continue;
        double square = 0;
        for (int a = 0; a < 3; a++)
          square +=
              pow ((double)by[a] * (body->nm[0] > 0 ? body->nm[a] : 1), 2);
        const int64_t to = x + size[0] * (y + size[1] * z);
        if (body->owners[to] != LAM_FLOOD_NOBODY
            || ways[i] + sqrt (square) >= ways[to] - 1e-9)
          continue;
        ways[to] = ways[i] + sqrt (square);
        is_shorter = true;
      }
  }
}

static void
test_brute_force (void)
{
  for (uint64_t seed = 0; seed < 60; seed++) {
    const Body body = make_body (seed);
    Body after = body;
    double ways[N_OWNERS][MOST * MOST * MOST];
    g_autoptr (GError) error = NULL;
    for (uint32_t k = 0; k < N_OWNERS; k++)
      measure_ways (&body, k, ways[k]);
    g_assert_true (lam_nearest_flood (
        after.owners, body.size, body.nm, body.connectivity, NULL, &error));
    g_assert_no_error (error);
    for (int64_t i = 0; i < body.n; i++) {
      const uint32_t owner = after.owners[i];
      double best = INFINITY;
      for (int k = 0; k < N_OWNERS; k++)
        best = fmin (best, ways[k][i]);
      if (body.owners[i] != LAM_FLOOD_NOBODY || isinf (best))
        g_assert_cmpuint (owner, ==, body.owners[i]);
      else {
        g_assert_cmpuint (owner, <, N_OWNERS);
        g_assert_cmpfloat (ways[owner][i], <=, best * 1.01);
      }
    }
  }
}

/* Strokes wait for it. */
static void
test_cancelled (void)
{
  const int64_t size[3] = { 1 << 19, 1, 1 };
  const double nm[3] = { 1, 1, 1 };
  g_autofree uint32_t *owners = g_new (uint32_t, size[0]);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  for (int64_t i = 0; i < size[0]; i++)
    owners[i] = i == 0 ? 7 : LAM_FLOOD_NOBODY;
  lam_progress_cancel (progress);
  g_assert_false (lam_nearest_flood (
      owners, size, nm, LAM_CONNECT_CORNERS, progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nearest-flood/brute-force", test_brute_force);
  g_test_add_func ("/nearest-flood/cancelled", test_cancelled);
  return g_test_run ();
}
