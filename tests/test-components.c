/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Connected components against a plain flood fill: the same ids voxel by voxel,
 * for each connectivity, and however the volume is cut into bricks. */
#include "labels/components.h"

#include <string.h>

#include "base/random.h"

typedef struct {
  int64_t size[3];
  int64_t n;
  uint8_t *classes; /* Owned */
  uint32_t *labels; /* Owned */
} Volume;

static Volume
make_volume (int64_t x, int64_t y, int64_t z)
{
  Volume volume = { .size = { x, y, z }, .n = x * y * z };
  volume.classes = g_new0 (uint8_t, volume.n);
  volume.labels = g_new0 (uint32_t, volume.n);
  return volume;
}

static void
clear_volume (Volume *volume)
{
  g_free (volume->classes);
  g_free (volume->labels);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Volume, clear_volume)

/* Classes 0 to 3, in lumps so that components are of all sizes and wind. */
static void
fill_randomly (Volume *volume, uint64_t seed)
{
  LamRandom random = lam_random_new (seed, 0);
  double keep = 0.3 + 0.5 * lam_random_unit (&random);
  for (int64_t i = 0; i < volume->n; i++) {
    int64_t back[3] = { 1, volume->size[0], volume->size[0] * volume->size[1] };
    int64_t from = i - back[lam_random_u32 (&random) % 3];
    volume->classes[i] = from >= 0 && lam_random_unit (&random) < keep
        ? volume->classes[from]
        : (uint8_t)(lam_random_u32 (&random) % 4);
  }
}

/* The definition: from each voxel in order, everything that it reaches. */
static int64_t
flood (Volume *volume, LamConnectivity connectivity, int64_t start, uint32_t id,
    int64_t *queue)
{
  const int64_t *size = volume->size;
  int64_t n = 1, done = 0;
  queue[0] = start;
  volume->labels[start] = id;
  for (; done < n; done++) {
    int64_t i = queue[done], x = i % size[0];
    int64_t y = i / size[0] % size[1], z = i / size[0] / size[1];
    for (int step = 0; step < 27; step++) {
      int64_t dx = step % 3 - 1, dy = step / 3 % 3 - 1, dz = step / 9 - 1;
      if (!lam_connectivity_has (connectivity, dx, dy, dz) || x + dx < 0
          || x + dx >= size[0] || y + dy < 0 || y + dy >= size[1] || z + dz < 0
          || z + dz >= size[2])
        continue;
      int64_t to = ((z + dz) * size[1] + y + dy) * size[0] + x + dx;
      if (volume->labels[to] == 0
          && volume->classes[to] == volume->classes[start]) {
        volume->labels[to] = id;
        queue[n++] = to;
      }
    }
  }
  return n;
}

/* `volume->labels` become the truth; gives the number of objects. */
static uint32_t
label_plainly (
    Volume *volume, LamConnectivity connectivity, const int64_t min_voxels[256])
{
  g_autofree int64_t *queue = g_new (int64_t, volume->n);
  uint32_t n = 0;
  memset (volume->labels, 0, volume->n * sizeof *volume->labels);
  for (int64_t i = 0; i < volume->n; i++) {
    int64_t least = min_voxels[volume->classes[i]];
    if (least == 0 || volume->labels[i] != 0)
      continue;
    int64_t found = flood (volume, connectivity, i, n + 1, queue);
    if (found >= least)
      n++;
    /* What is too small must not be entered again. */
    for (int64_t k = 0; found < least && k < found; k++)
      volume->labels[queue[k]] = UINT32_MAX;
  }
  for (int64_t i = 0; i < volume->n; i++)
    if (volume->labels[i] == UINT32_MAX)
      volume->labels[i] = 0;
  return n;
}

static void
copy_box (const Volume *volume, const LamBox *box, uint8_t *classes)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *classes++ =
            volume->classes[(z * volume->size[1] + y) * volume->size[0] + x];
}

static void
assert_box (const Volume *volume, const LamBox *box, const uint32_t *labels)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        g_assert_cmpuint (*labels++, ==,
            volume->labels[(z * volume->size[1] + y) * volume->size[0] + x]);
}

/* Each object as the truth has it. */
static void
assert_objects (const Volume *volume, const LamComponents *components)
{
  size_t n = lam_components_get_n (components);
  g_autofree LamComponent *found = g_new0 (LamComponent, n + 1);
  for (int64_t i = 0; i < volume->n; i++) {
    int64_t x = i % volume->size[0], y = i / volume->size[0] % volume->size[1];
    int64_t z = i / volume->size[0] / volume->size[1];
    LamBox voxel = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
    LamComponent *object = &found[volume->labels[i]];
    if (object->n_voxels++ == 0)
      object->first = i;
    object->class_id = volume->classes[i];
    object->box = lam_box_unite (&object->box, &voxel);
  }
  for (uint32_t id = 1; id <= n; id++) {
    LamComponent object = lam_components_get (components, id);
    g_assert_cmpint (object.n_voxels, ==, found[id].n_voxels);
    g_assert_cmpint (object.first, ==, found[id].first);
    g_assert_cmpint (object.class_id, ==, found[id].class_id);
    g_assert_true (lam_box_equal (&object.box, &found[id].box));
  }
}

/* Scans and paints in bricks, and compares with volume->labels. */
static void
assert_bricks (const Volume *volume, LamConnectivity connectivity,
    const int64_t min_voxels[256], const int64_t brick[3], uint32_t n)
{
  LamComponentsLayout layout = { .connectivity = connectivity };
  memcpy (layout.size, volume->size, sizeof layout.size);
  memcpy (layout.brick, brick, sizeof layout.brick);
  memcpy (layout.min_voxels, min_voxels, sizeof layout.min_voxels);
  g_autoptr (LamComponents) components = lam_components_new (&layout, NULL);
  g_autofree uint8_t *classes = g_new (uint8_t, volume->n);
  g_autofree uint32_t *labels = g_new (uint32_t, volume->n);
  int64_t n_bricks = lam_components_get_n_bricks (components);
  for (int64_t i = 0; i < n_bricks; i++) {
    LamBox box = lam_components_get_brick (components, i);
    copy_box (volume, &box, classes);
    g_autoptr (LamBlockComponents) scanned =
        lam_components_scan (components, i, classes);
    g_assert_true (lam_components_add (components, i, scanned, NULL));
  }
  lam_components_finish (components);
  g_assert_cmpuint (lam_components_get_n (components), ==, n);
  for (int64_t i = 0; i < n_bricks; i++) {
    LamBox box = lam_components_get_brick (components, i);
    copy_box (volume, &box, classes);
    g_autoptr (LamBlockComponents) scanned =
        lam_components_scan (components, i, classes);
    lam_components_paint (components, i, scanned, labels);
    assert_box (volume, &box, labels);
  }
  assert_objects (volume, components);
}

static const LamConnectivity connectivities[] = { LAM_CONNECT_FACES,
  LAM_CONNECT_EDGES, LAM_CONNECT_CORNERS };

static void
test_against_flood_fill (void)
{
  for (uint64_t seed = 0; seed < 60; seed++) {
    LamRandom random = lam_random_new (seed, 1);
    int64_t size[3], brick[3], least[256] = { 0 };
    for (int i = 0; i < 3; i++) {
      size[i] = 1 + lam_random_u32 (&random) % 24;
      brick[i] = 1 + lam_random_u32 (&random) % 12;
    }
    /* Class 0 is background in half of them, and class 3 needs a size. */
    least[0] = seed % 2;
    least[1] = least[2] = 1;
    least[3] = 1 + lam_random_u32 (&random) % 9;
    g_auto (Volume) volume = make_volume (size[0], size[1], size[2]);
    fill_randomly (&volume, seed);
    for (size_t i = 0; i < G_N_ELEMENTS (connectivities); i++) {
      uint32_t n = label_plainly (&volume, connectivities[i], least);
      assert_bricks (&volume, connectivities[i], least, volume.size, n);
      assert_bricks (&volume, connectivities[i], least, brick, n);
    }
  }
}

static void
test_any_brick (void)
{
  static const int64_t edges[] = { 8, 16, 31, 64 };
  int64_t least[256] = { 0, 1, 5, 40 };
  g_auto (Volume) volume = make_volume (70, 66, 65);
  fill_randomly (&volume, 5);
  for (size_t i = 0; i < G_N_ELEMENTS (connectivities); i++) {
    uint32_t n = label_plainly (&volume, connectivities[i], least);
    g_assert_cmpuint (n, >, 100);
    for (size_t j = 0; j < G_N_ELEMENTS (edges); j++) {
      const int64_t cube[3] = { edges[j], edges[j], edges[j] };
      const int64_t flat[3] = { 1000, edges[j], 3 };
      assert_bricks (&volume, connectivities[i], least, cube, n);
      assert_bricks (&volume, connectivities[i], least, flat, n);
    }
  }
}

/* Two voxels that touch with a face, an edge, a corner, or not at all, across
 * the border of bricks. */
static void
test_touch (void)
{
  static const struct {
    int64_t to[3];
    uint32_t n[3]; /* objects with 6, 18, 26 neighbours */
  } rows[] = {
    { { 1, 2, 2 }, { 1, 1, 1 } },
    { { 1, 1, 2 }, { 2, 1, 1 } },
    { { 3, 2, 1 }, { 2, 1, 1 } },
    { { 1, 3, 1 }, { 2, 2, 1 } },
    { { 3, 3, 3 }, { 2, 2, 1 } },
    { { 4, 2, 2 }, { 2, 2, 2 } },
  };
  const int64_t one[3] = { 1, 1, 1 }, two[3] = { 2, 2, 2 };
  int64_t least[256] = { 0, 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    for (int k = 0; k < 3; k++) {
      g_auto (Volume) volume = make_volume (6, 6, 6);
      const int64_t *to = rows[i].to;
      volume.classes[2 + 6 * (2 + 6 * 2)] = 1;
      volume.classes[to[0] + 6 * (to[1] + 6 * to[2])] = 1;
      uint32_t n = label_plainly (&volume, connectivities[k], least);
      g_assert_cmpuint (n, ==, rows[i].n[k]);
      assert_bricks (&volume, connectivities[k], least, one, n);
      assert_bricks (&volume, connectivities[k], least, two, n);
    }
}

/* A spiral through every brick is one object; without one of its voxels it is
 * two, and only one of them is large enough. */
static void
test_small_parts_of_large_ones (void)
{
  int64_t least[256] = { 0, 300 };
  const int64_t brick[3] = { 4, 4, 4 };
  g_auto (Volume) volume = make_volume (40, 39, 1);
  for (int64_t y = 0; y < 39; y++)
    for (int64_t x = 0; x < 40; x++)
      volume.classes[y * 40 + x] =
          y % 2 == 0 || x == (y % 4 == 1 ? 39 : 0) ? 1 : 0;
  uint32_t n = label_plainly (&volume, LAM_CONNECT_FACES, least);
  g_assert_cmpuint (n, ==, 1);
  assert_bricks (&volume, LAM_CONNECT_FACES, least, brick, n);
  volume.classes[4 * 40 + 20] = 0;
  n = label_plainly (&volume, LAM_CONNECT_FACES, least);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (volume.labels[0], ==, 0);
  assert_bricks (&volume, LAM_CONNECT_FACES, least, brick, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/components/against-flood-fill", test_against_flood_fill);
  g_test_add_func ("/components/any-brick", test_any_brick);
  g_test_add_func ("/components/touch", test_touch);
  g_test_add_func (
      "/components/small-parts-of-large-ones", test_small_parts_of_large_ones);
  return g_test_run ();
}
