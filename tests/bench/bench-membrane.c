/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-membrane [DATA]: dabs of the membrane-aware brush in slices and in
 * space of DATA/vnc, DATA/isbi2012 and DATA/lucchi, at places inside of what
 * the truth says is one thing and so near to its border that the brush goes
 * over it. How long a dab takes, and how much of what it paints is right (F,
 * the harmonic mean of precision and recall), beside a plain brush. The truth
 * of a dab is what is connected with its middle, below the brush, by the same
 * class. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labels/basin-block.h"
#include "labels/basin-edges.h"
#include "labels/figure.h"
#include "median.h"
#include "volume/format.h"
#include "volume/volume.h"

enum { N_DABS = 100, ROOM = 4 };

typedef struct {
  const char *name, *image, *truth;
  int64_t size[3];
  double nm[3];
  int class; /* that is painted */
  /* Owned */
  uint8_t *greys, *classes;
  double typical_edge;
} Picture;

static int64_t
index_at (const Picture *picture, const int64_t at[3])
{
  return at[0] + picture->size[0] * (at[1] + picture->size[1] * at[2]);
}

static bool
read_image (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  int64_t at[3];
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++)
        *out++ = ((const Picture *)user_data)->greys[index_at (user_data, at)];
  return true;
}

static bool
get_typical_edge (const LamFigureRequest *request, double *edge,
    LamProgress *progress, gpointer user_data, GError **error)
{
  *edge = ((const Picture *)user_data)->typical_edge;
  return true;
}

static void
find_typical_edge (Picture *picture, bool in_space)
{
  const LamBasinKind kind = { in_space, LAM_PLANE_XY };
  double means[LAM_BASIN_N_SAMPLES];
  for (int i = 0; i < LAM_BASIN_N_SAMPLES; i++) {
    const LamBox box =
        lam_basin_sample (&kind, picture->size, picture->nm, i).around;
    const int64_t n = lam_box_volume (&box);
    g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
    LamBasinView view = { .greys = greys };
    bool is_of_greys;
    for (int a = 0; a < 3; a++) {
      view.size[a] = box.max[a] - box.min[a];
      view.voxel_size_nm[a] = picture->nm[a];
    }
    read_image (&box, greys, picture, NULL);
    lam_basin_edges (&view, edges, &is_of_greys);
    means[i] = lam_basin_mean_edge (edges, n);
  }
  picture->typical_edge = lam_basin_typical_edge (means);
}

/* --- the truth of a dab --------------------------------------------------- */

static bool
is_below_brush (const Picture *picture, const int64_t middle[3], double radius,
    bool in_space, const int64_t at[3])
{
  double square = 0;
  for (int a = 0; a < 3; a++) {
    const double d = (double)(at[a] - middle[a]) * picture->nm[a];
    square += d * d;
    if (at[a] < 0 || at[a] >= picture->size[a]
        || (a == 2 && !in_space && at[2] != middle[2]))
      return false;
  }
  return square <= radius * radius;
}

static LamVoxelSet *
find_truth (const Picture *picture, const int64_t middle[3], double radius,
    bool in_space)
{
  LamVoxelSet *set = lam_voxel_set_new (picture->size);
  g_autoptr (GArray) stack = g_array_new (false, false, 3 * sizeof (int64_t));
  g_array_append_vals (stack, middle, 1);
  while (stack->len > 0) {
    int64_t at[3];
    memcpy (at, stack->data + (stack->len - 1) * sizeof at, sizeof at);
    g_array_set_size (stack, stack->len - 1);
    if (!is_below_brush (picture, middle, radius, in_space, at)
        || picture->classes[index_at (picture, at)] != picture->class
        || lam_voxel_set_has (set, at))
      continue;
    lam_voxel_set_add_run (set, at, 0, at[0], at[0] + 1);
    for (int way = 0; way < 6; way++) {
      int64_t next[3] = { at[0], at[1], at[2] };
      next[way / 2] += way % 2 ? 1 : -1;
      g_array_append_vals (stack, next, 1);
    }
  }
  return set;
}

static bool
is_inside (const Picture *picture, const int64_t middle[3])
{
  for (int y = -ROOM; y <= ROOM; y++)
    for (int x = -ROOM; x <= ROOM; x++) {
      const int64_t at[3] = { middle[0] + x, middle[1] + y, middle[2] };
      if (picture->classes[index_at (picture, at)] != picture->class)
        return false;
    }
  return true;
}

static double
find_f (const LamVoxelSet *painted, const LamVoxelSet *truth)
{
  g_autoptr (LamVoxelSet) both = lam_voxel_set_copy (painted);
  lam_voxel_set_keep (both, truth);
  return 2.0 * (double)lam_voxel_set_count (both)
      / (double)(lam_voxel_set_count (painted) + lam_voxel_set_count (truth));
}

/* --- dabs ----------------------------------------------------------------- */

static LamVoxelSet *
paint (const LamFigureRequest *request, const LamLabelReader *reader)
{
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  GError *error = NULL;
  if (!request->shape->find (request, reader, parts, NULL, &error))
    g_error ("%s", error->message);
  return lam_voxel_set_copy (((LamFigurePart *)parts->pdata[0])->set);
}

/* The same brush where no edge is steep enough. */
static LamVoxelSet *
paint_plain (const LamFigureRequest *request, const LamLabelReader *reader)
{
  LamFigureRequest plain = *request;
  plain.edge_ratio = 1e9;
  return paint (&plain, reader);
}

static void
try_radius (Picture *picture, int radius_voxels, bool in_space)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  double ms[N_DABS], f[N_DABS], f_plain[N_DABS];
  g_autoptr (GArray) points =
      g_array_new (false, true, sizeof (LamFigurePoint));
  g_array_set_size (points, 1);
  LamLabelReader reader = { .read_image = read_image,
    .find_typical_edge = get_typical_edge,
    .image_data = picture };
  LamFigureRequest request = { .shape = lam_figure_find ("membrane"),
    .in_space = in_space,
    .label = 1,
    .radius_nm = radius_voxels * picture->nm[0],
    .points = points };
  memcpy (reader.size, picture->size, sizeof reader.size);
  memcpy (reader.voxel_size_nm, picture->nm, sizeof reader.voxel_size_nm);
  int n = 0;
  for (int tries = 0; n < N_DABS && tries < 200000; tries++) {
    int64_t *at = request.voxel;
    for (int a = 0; a < 3; a++) {
      const int room = a == 2 ? 0 : ROOM;
      at[a] = g_rand_int_range (random, room, (int)picture->size[a] - room);
    }
    if (!is_inside (picture, at))
      continue;
    g_array_index (points, LamFigurePoint, 0) =
        (LamFigurePoint){ (double)at[0] + 0.5, (double)at[1] + 0.5 };
    g_autoptr (LamVoxelSet) plain = paint_plain (&request, &reader);
    g_autoptr (LamVoxelSet) truth =
        find_truth (picture, at, request.radius_nm, in_space);
    if (10 * lam_voxel_set_count (truth) > 9 * lam_voxel_set_count (plain))
      continue;
    const int64_t start = g_get_monotonic_time ();
    g_autoptr (LamVoxelSet) painted = paint (&request, &reader);
    ms[n] = (double)(g_get_monotonic_time () - start) / 1000;
    f[n] = find_f (painted, truth);
    f_plain[n++] = find_f (plain, truth);
  }
  if (n > 0)
    printf ("membrane, %s, radius %d, %s: %.2f ms a dab, F %.3f, plain %.3f "
            "(medians of %d)\n",
        picture->name, radius_voxels, in_space ? "ball" : "disc",
        bench_median (ms, n), bench_median (f, n), bench_median (f_plain, n),
        n);
}

/* --- data ----------------------------------------------------------------- */

static uint8_t *
read_all (const char *folder, const char *name, const int64_t size[3])
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, &error);
  if (error)
    g_error ("%s", error->message);
  g_autoptr (LamVolume) volume = lam_volume_new (source, NULL);
  const LamBox box = lam_box_of_size (size);
  uint8_t *bytes = g_new (uint8_t, lam_box_volume (&box));
  g_assert (lam_volume_get_dtype (volume) == LAM_DTYPE_U8);
  if (!lam_volume_read_box (volume, 0, &box, bytes, NULL, &error))
    g_error ("%s", error->message);
  return bytes;
}

static void
try_picture (const char *folder, Picture picture)
{
  g_autofree char *path = g_build_filename (folder, picture.image, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    printf ("membrane, %s: skipped, it is not here\n", picture.name);
    return;
  }
  picture.greys = read_all (folder, picture.image, picture.size);
  picture.classes = read_all (folder, picture.truth, picture.size);
  find_typical_edge (&picture, false);
  for (int radius = 10; radius <= 40; radius *= 2)
    try_radius (&picture, radius, false);
  if (picture.size[2] > 20) {
    find_typical_edge (&picture, true);
    for (int radius = 10; radius <= 20; radius *= 2)
      try_radius (&picture, radius, true);
  }
  g_free (picture.greys);
  g_free (picture.classes);
}

int
main (int argc, char **argv)
{
  setvbuf (stdout, NULL, _IOLBF, 0);
  const char *folder = argc > 1 ? argv[1] : g_getenv ("LAM_TEST_DATA");
  folder = folder ? folder : "";
  try_picture (folder,
      (Picture){ .name = "vnc",
          .image = "vnc/raw.tif",
          .truth = "vnc/classes.tif",
          .size = { 1024, 1024, 4 },
          .nm = { 4.6, 4.6, 45 } });
  try_picture (folder,
      (Picture){ .name = "isbi2012",
          .image = "isbi2012/volume.tif",
          .truth = "isbi2012/inside.tif",
          .class = 255,
          .size = { 512, 512, 4 },
          .nm = { 4, 4, 50 } });
  try_picture (folder,
      (Picture){ .name = "lucchi",
          .image = "lucchi/train-image.tif",
          .truth = "lucchi/train-mito.tif",
          .class = 1,
          .size = { 512, 512, 60 },
          .nm = { 5, 5, 5 } });
  return 0;
}
