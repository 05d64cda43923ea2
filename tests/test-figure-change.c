/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shapes of a label that change: against distances from voxel to voxel, across
 * the seams of bricks and tiles, and from slice to slice along each axis. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "figure-fixture.h"
#include "labels/split-slivers.h"
#include "rounds.h"

static int64_t
n_voxels (const FigureVolume *volume)
{
  return volume->size[0] * volume->size[1] * volume->size[2];
}

/* Where a voxel that is set is at most so many away, along each axis. */
static void
reach (const FigureVolume *volume, bool *map, const int64_t by[3])
{
  const int64_t steps[3] = { 1, volume->size[0],
    volume->size[0] * volume->size[1] };
  g_autofree bool *before = g_new (bool, n_voxels (volume));
  for (int a = 0; a < 3; a++) {
    memcpy (before, map, (size_t)n_voxels (volume) * sizeof *map);
    for (int64_t i = 0; i < n_voxels (volume); i++) {
      const int64_t at = i / steps[a] % volume->size[a];
      for (int64_t d = -MIN (by[a], at);
           before[i] && d <= by[a] && at + d < volume->size[a]; d++)
        map[i + d * steps[a]] = true;
    }
  }
}

/* 200 nm, or eight voxels, from what gets another label; and `more`. */
static bool *
dup_looked_at (const FigureVolume *volume, const GPtrArray *parts, int64_t more)
{
  bool *map = g_new0 (bool, n_voxels (volume));
  int64_t by[3];
  for (int a = 0; a < 3; a++)
    by[a] =
        more + MAX (8, (int64_t)ceil (200 / volume->reader.voxel_size_nm[a]));
  for (guint j = 0; j < parts->len; j++) {
    const LamFigurePart *part = parts->pdata[j];
    for (int64_t i = 0; i < n_voxels (volume) && part->is_new; i++)
      map[i] |= lam_voxel_set_has (part->set,
          (const int64_t[3]){ i % volume->size[0],
              i / volume->size[0] % volume->size[1],
              i / volume->size[0] / volume->size[1] });
  }
  reach (volume, map, by);
  return map;
}

/* What keeps label 1 in the box is said to, all of it that is near the rest,
 * and of what is a brick farther nothing. */
static void
assert_kept_is_said (const FigureVolume *volume, const GPtrArray *parts,
    const uint32_t *after, const LamBox *box)
{
  const LamFigurePart *said = parts->pdata[parts->len - 1];
  g_autofree bool *near = dup_looked_at (volume, parts, 0);
  g_autofree bool *far = dup_looked_at (volume, parts, LAM_BRICK_EDGE);
  g_assert_true (said->is_said);
  for (int64_t i = 0; i < n_voxels (volume); i++) {
    const int64_t at[3] = { i % volume->size[0],
      i / volume->size[0] % volume->size[1],
      i / volume->size[0] / volume->size[1] };
    const bool is_kept = after[i] == 1 && lam_box_contains (box, at);
    const bool is_said = lam_voxel_set_has (said->set, at);
    g_assert_true (is_said || !is_kept || !near[i]);
    g_assert_true (!is_said || (is_kept && far[i]));
  }
}

/* The volume as it is after the parts were written over everything. */
static uint32_t *
apply (const FigureVolume *volume, const GPtrArray *parts)
{
  uint32_t *out =
      g_memdup2 (volume->labels, sizeof (uint32_t) * (gsize)n_voxels (volume));
  LamBox all = lam_box_of_size (volume->size);
  g_autofree bool *mask = g_new (bool, n_voxels (volume));
  for (guint i = 0; i < parts->len; i++) {
    const LamFigurePart *part = parts->pdata[i];
    lam_voxel_set_copy_mask (part->set, &all, mask);
    for (int64_t j = 0; j < n_voxels (volume); j++)
      if (mask[j])
        out[j] = part->is_new ? 100 + i : part->label;
    for (int64_t j = 0; j < n_voxels (volume) && part->is_said; j++)
      g_assert_true (!mask[j] || volume->labels[j] == part->label);
  }
  return out;
}

static void
put_ball (
    FigureVolume *volume, const double c[3], double radius_nm, uint32_t label)
{
  const double *nm = volume->reader.voxel_size_nm;
  for (int64_t i = 0; i < n_voxels (volume); i++) {
    double dx = ((double)(i % volume->size[0]) - c[0]) * nm[0];
    double dy =
        ((double)(i / volume->size[0] % volume->size[1]) - c[1]) * nm[1];
    double dz =
        ((double)(i / volume->size[0] / volume->size[1]) - c[2]) * nm[2];
    if (dx * dx + dy * dy + dz * dz < radius_nm * radius_nm)
      volume->labels[i] = label;
  }
}

/* --- growing and shrinking ------------------------------------------------ */

typedef struct {
  int64_t at[3];
} Offset;

/* Offsets of the voxels within the radius. Free with g_array_unref (). */
static GArray *
offsets_within (const FigureVolume *volume, double radius_nm, int frozen)
{
  const double *nm = volume->reader.voxel_size_nm;
  int64_t reach[3];
  GArray *offsets = g_array_new (false, false, sizeof (Offset));
  for (int a = 0; a < 3; a++)
    reach[a] = a == frozen ? 0 : (int64_t)(radius_nm / nm[a]) + 1;
  for (int64_t z = -reach[2]; z <= reach[2]; z++)
    for (int64_t y = -reach[1]; y <= reach[1]; y++)
      for (int64_t x = -reach[0]; x <= reach[0]; x++) {
        double d = pow ((double)x * nm[0], 2) + pow ((double)y * nm[1], 2)
            + pow ((double)z * nm[2], 2);
        Offset offset = { { x, y, z } };
        if (d <= radius_nm * radius_nm)
          g_array_append_val (offsets, offset);
      }
  return offsets;
}

/* Whether a voxel that is (not) of the label lies at one of them. */
static bool
is_near (const FigureVolume *volume, const bool *mask, bool wanted,
    const int64_t at[3], const GArray *offsets)
{
  const int64_t *size = volume->size;
  for (guint i = 0; i < offsets->len; i++) {
    const int64_t *by = g_array_index (offsets, Offset, i).at;
    int64_t x = at[0] + by[0], y = at[1] + by[1], z = at[2] + by[2];
    if (x >= 0 && x < size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2]
        && mask[figure_index (volume, x, y, z)] == wanted)
      return true;
  }
  return false;
}

static void
check_change (FigureVolume *volume, const char *name, LamPlane plane,
    bool in_space, double radius_nm)
{
  LamFigureRequest request = { .shape = lam_figure_find (name),
    .plane = plane,
    .in_space = in_space,
    .label = 1,
    .radius_nm = radius_nm };
  const int w = lam_plane_w (plane);
  for (int a = 0; a < 3; a++)
    request.voxel[a] = volume->size[a] / 2;
  g_autofree bool *mask = g_new (bool, n_voxels (volume));
  for (int64_t i = 0; i < n_voxels (volume); i++)
    mask[i] = volume->labels[i] == 1;
  g_autoptr (GPtrArray) parts = figure_act (volume, &request);
  g_autofree uint32_t *after = apply (volume, parts);
  bool grows = strcmp (name, "grow") == 0;
  g_autoptr (GArray) offsets =
      offsets_within (volume, radius_nm, in_space ? -1 : w);
  for (int64_t i = 0; i < n_voxels (volume); i++) {
    const int64_t at[3] = { i % volume->size[0],
      i / volume->size[0] % volume->size[1],
      i / volume->size[0] / volume->size[1] };
    bool meant = in_space || at[w] == request.voxel[w];
    bool wanted = mask[i];
    if (meant && mask[i] != grows)
      wanted = is_near (volume, mask, grows, at, offsets) == grows;
    g_assert_cmpint (after[i] == 1, ==, wanted);
  }
}

static void
test_grow_and_shrink (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 90, 70, 30);
  put_ball (&volume, (const double[3]){ 45, 35, 15 }, 230, 1);
  put_ball (&volume, (const double[3]){ 3, 35, 15 }, 120, 1);
  put_ball (&volume, (const double[3]){ 70, 60, 15 }, 150, 2);
  figure_volume_settle (&volume);
  const double radius_nm = PLAIN_OR_SANITISED (50, 35);
  check_change (&volume, "grow", LAM_PLANE_XY, true, radius_nm);
  check_change (&volume, "shrink", LAM_PLANE_XY, true, radius_nm);
  for (int plane = 0; plane < PLAIN_OR_SANITISED (LAM_N_PLANES, 1); plane++) {
    check_change (&volume, "grow", plane, false, 45);
    check_change (&volume, "shrink", plane, false, 45);
  }
  figure_volume_clear (&volume);
}

static int64_t
count (const FigureVolume *volume, const uint32_t *labels, uint32_t label)
{
  int64_t n = 0;
  for (int64_t i = 0; i < n_voxels (volume); i++)
    n += labels[i] == label;
  return n;
}

static uint32_t *
change (FigureVolume *volume, const char *name, double radius_nm)
{
  LamFigureRequest request = { .shape = lam_figure_find (name),
    .in_space = true,
    .label = 1,
    .radius_nm = radius_nm };
  g_autoptr (GPtrArray) parts = figure_act (volume, &request);
  return apply (volume, parts);
}

/* A bar larger than a tile with a hair on it and a slit in it: the hair goes by
 * opening, the slit by closing; the seams of tiles leave no trace. */
static void
test_open_and_close (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 400, 60, 12);
  for (int64_t z = 2; z < 10; z++)
    for (int64_t y = 15; y < 45; y++)
      for (int64_t x = 20; x < 380; x++)
        volume.labels[figure_index (&volume, x, y, z)] = x == 200 ? 0 : 1;
  int64_t bar = count (&volume, volume.labels, 1);
  for (int64_t y = 45; y < 58; y++)
    volume.labels[figure_index (&volume, 100, y, 5)] = 1;
  figure_volume_settle (&volume);
  g_autofree uint32_t *opened = change (&volume, "open", 30);
  g_assert_cmpuint (opened[figure_index (&volume, 100, 55, 5)], ==, 0);
  g_assert_cmpuint (opened[figure_index (&volume, 160, 30, 5)], ==, 1);
  g_assert_cmpuint (opened[figure_index (&volume, 320, 30, 5)], ==, 1);
  g_autofree uint32_t *closed = change (&volume, "close", 30);
  g_assert_cmpuint (closed[figure_index (&volume, 200, 30, 5)], ==, 1);
  g_assert_cmpint (count (&volume, closed, 1), >, bar + 13 + 30 * 7);
  g_autofree uint32_t *smooth = change (&volume, "smooth", 60);
  g_assert_cmpuint (smooth[figure_index (&volume, 100, 55, 5)], ==, 0);
  g_assert_cmpuint (smooth[figure_index (&volume, 200, 30, 5)], ==, 1);
  for (int64_t x = 60; x < 340; x++) {
    bool is_hair = x > 90 && x < 110;
    g_assert_true (is_hair
        || smooth[figure_index (&volume, x, 45, 5)]
            == smooth[figure_index (&volume, 60, 45, 5)]
        || (x > 185 && x < 215));
  }
  figure_volume_clear (&volume);
}

static void
test_radius_is_checked (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 20, 20, 20);
  volume.labels[0] = 1;
  figure_volume_settle (&volume);
  static const double radii[] = { 0, -1, NAN, INFINITY, 1e7 };
  for (size_t i = 0; i < G_N_ELEMENTS (radii); i++) {
    LamFigureRequest request = { .shape = lam_figure_find ("grow"),
      .in_space = true,
      .label = 1,
      .radius_nm = radii[i] };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) parts = g_ptr_array_new ();
    g_assert_false (
        request.shape->find (&request, &volume.reader, parts, NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  }
  figure_volume_clear (&volume);
}

/* --- pieces --------------------------------------------------------------- */

static void
test_pieces (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 140, 80, 20);
  put_ball (&volume, (const double[3]){ 64, 40, 10 }, 200, 1);
  put_ball (&volume, (const double[3]){ 100, 40, 10 }, 100, 1);
  put_ball (&volume, (const double[3]){ 20, 20, 10 }, 30, 1);
  figure_volume_settle (&volume);
  g_autofree uint32_t *kept = change (&volume, "keep-largest", 0);
  g_assert_cmpuint (kept[figure_index (&volume, 64, 40, 10)], ==, 1);
  g_assert_cmpuint (kept[figure_index (&volume, 100, 40, 10)], ==, 0);
  g_assert_cmpuint (kept[figure_index (&volume, 20, 20, 10)], ==, 0);

  LamFigureRequest request = { .shape = lam_figure_find ("drop-small"),
    .in_space = true,
    .label = 1,
    .min_voxels = 100 };
  g_autoptr (GPtrArray) small = figure_act (&volume, &request);
  g_autofree uint32_t *dropped = apply (&volume, small);
  g_assert_cmpuint (dropped[figure_index (&volume, 100, 40, 10)], ==, 1);
  g_assert_cmpuint (dropped[figure_index (&volume, 20, 20, 10)], ==, 0);

  request.shape = lam_figure_find ("separate");
  g_autoptr (GPtrArray) pieces = figure_act (&volume, &request);
  g_assert_cmpuint (pieces->len, ==, 3);
  g_autofree uint32_t *apart = apply (&volume, pieces);
  const LamBox all = lam_box_of_size (volume.size);
  assert_kept_is_said (&volume, pieces, apart, &all);
  g_assert_cmpuint (apart[figure_index (&volume, 64, 40, 10)], ==, 1);
  g_assert_cmpuint (apart[figure_index (&volume, 100, 40, 10)], >=, 100);
  g_assert_cmpuint (apart[figure_index (&volume, 20, 20, 10)], !=,
      apart[figure_index (&volume, 100, 40, 10)]);
  g_assert_cmpint (count (&volume, apart, 1), ==, count (&volume, kept, 1));
  figure_volume_clear (&volume);
}

/* Two balls that touch, a third apart and a speck: the largest keeps the label,
 * as the speck does, and no voxel is lost. */
static void
test_necks (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 140, 80, 20);
  put_ball (&volume, (const double[3]){ 40, 40, 10 }, 200, 1);
  put_ball (&volume, (const double[3]){ 74, 40, 10 }, 180, 1);
  put_ball (&volume, (const double[3]){ 120, 40, 10 }, 150, 1);
  put_ball (&volume, (const double[3]){ 10, 10, 10 }, 20, 1);
  put_ball (&volume, (const double[3]){ 120, 70, 10 }, 70, 2);
  figure_volume_settle (&volume);
  LamFigureRequest request = { .shape = lam_figure_find ("cut-necks"),
    .in_space = true,
    .label = 1,
    .min_voxels = 100,
    .neck_relief = 0.35,
    .neck_distance_nm = 100 };
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  g_assert_cmpuint (parts->len, ==, 3);
  g_assert_cmpstr (lam_figure_get_remark (parts), ==, "Label 1 in 3 parts");
  g_autofree uint32_t *cut = apply (&volume, parts);
  LamBox box = lam_box_of_size (volume.size);
  assert_kept_is_said (&volume, parts, cut, &box);
  g_assert_cmpuint (cut[figure_index (&volume, 40, 40, 10)], ==, 1);
  g_assert_cmpuint (cut[figure_index (&volume, 10, 10, 10)], ==, 1);
  g_assert_cmpuint (cut[figure_index (&volume, 74, 40, 10)], >=, 100);
  g_assert_cmpuint (cut[figure_index (&volume, 120, 40, 10)], >=, 100);
  g_assert_cmpuint (cut[figure_index (&volume, 120, 40, 10)], !=,
      cut[figure_index (&volume, 74, 40, 10)]);
  for (int64_t i = 0; i < n_voxels (&volume); i++)
    g_assert_true (volume.labels[i] == 1 ? cut[i] == 1 || cut[i] >= 100
                                         : cut[i] == volume.labels[i]);

  /* In the slice alone; then with a neck that is not narrow enough. */
  request.in_space = false;
  request.voxel[2] = 10;
  g_autoptr (GPtrArray) flat = figure_act (&volume, &request);
  g_assert_cmpuint (flat->len, ==, 3);
  g_autofree uint32_t *slice = apply (&volume, flat);
  box.min[2] = 10;
  box.max[2] = 11;
  assert_kept_is_said (&volume, flat, slice, &box);
  g_assert_cmpuint (slice[figure_index (&volume, 74, 40, 10)], >=, 100);
  g_assert_cmpuint (slice[figure_index (&volume, 74, 40, 9)], ==, 1);
  request.in_space = true;
  request.neck_relief = 0.99;
  g_autoptr (GPtrArray) apart = figure_act (&volume, &request);
  g_assert_cmpuint (apart->len, ==, 2);

  request.label = 2;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) none =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  g_assert_false (
      request.shape->find (&request, &volume.reader, none, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  figure_volume_clear (&volume);
}

/* --- slices --------------------------------------------------------------- */

/* A disc in one slice along an axis. */
static void
put_disc (FigureVolume *volume, int axis, int64_t slice, double p, double q,
    double radius, uint32_t label)
{
  const int a = axis == 0 ? 1 : 0, b = axis == 2 ? 1 : 2;
  for (int64_t i = 0; i < n_voxels (volume); i++) {
    const int64_t at[3] = { i % volume->size[0],
      i / volume->size[0] % volume->size[1],
      i / volume->size[0] / volume->size[1] };
    double dp = ((double)at[a] - p) * volume->reader.voxel_size_nm[a];
    double dq = ((double)at[b] - q) * volume->reader.voxel_size_nm[b];
    if (at[axis] == slice && dp * dp + dq * dq < radius * radius)
      volume->labels[i] = label;
  }
}

static int64_t
count_slice (const FigureVolume *volume, const uint32_t *labels, int axis,
    int64_t slice, uint32_t label)
{
  int64_t n = 0,
          stride = axis == 0 ? 1
      : axis == 1            ? volume->size[0]
                             : volume->size[0] * volume->size[1];
  for (int64_t i = 0; i < n_voxels (volume); i++)
    n += i / stride % volume->size[axis] == slice && labels[i] == label;
  return n;
}

/* The slice between two discs of one middle is a disc of the middle radius;
 * every gap is filled, and labels do not mix. */
static void
test_interpolate (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const int w = lam_plane_w (plane);
    FigureVolume volume;
    figure_volume_init (&volume, 100, 100, 100);
    put_disc (&volume, w, 10, 50, 50, 400, 1);
    put_disc (&volume, w, 20, 50, 50, 200, 1);
    put_disc (&volume, w, 50, 50, 50, 400, 1);
    put_disc (&volume, w, 10, 15, 4, 50, 2);
    put_disc (&volume, w, 20, 85, 4, 50, 2);
    figure_volume_settle (&volume);
    g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
    uint32_t ids[] = { 1, 2 };
    g_array_append_vals (labels, ids, 2);
    LamFigureRequest request = { .shape = lam_figure_find ("interpolate"),
      .plane = (LamPlane)plane,
      .label = 1,
      .labels = labels };
    g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
    g_assert_cmpuint (parts->len, ==, 2);
    g_autofree uint32_t *after = apply (&volume, parts);
    double large = (double)count_slice (&volume, after, w, 10, 1);
    double middle = (double)count_slice (&volume, after, w, 15, 1);
    /* Where a voxel is 40 nm, its middle is as good as 20. */
    g_assert_cmpfloat (
        fabs (middle / large - 9. / 16), <, (w == 2 ? 0.03 : 0.12));
    for (int64_t slice = 10; slice <= 50; slice++)
      g_assert_cmpint (count_slice (&volume, after, w, slice, 1), >, 0);
    g_assert_cmpint (count_slice (&volume, after, w, 9, 1), ==, 0);
    /* The other moves from one corner to the other, whole. */
    double other = (double)count_slice (&volume, after, w, 10, 2);
    for (int64_t slice = 11; slice < 20; slice++) {
      double now = (double)count_slice (&volume, after, w, slice, 2);
      g_assert_cmpfloat (now, >, 0.4 * other);
      g_assert_cmpfloat (now, <, 1.3 * other);
    }
    figure_volume_clear (&volume);
  }
}

static void
test_copy_and_extrude (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const int w = lam_plane_w (plane);
    FigureVolume volume;
    figure_volume_init (&volume, 70, 70, 70);
    put_disc (&volume, w, 62, 30, 30, 200, 1);
    figure_volume_settle (&volume);
    int64_t n = count (&volume, volume.labels, 1);
    LamFigureRequest request = { .shape = lam_figure_find ("copy-slice"),
      .plane = (LamPlane)plane,
      .label = 1,
      .n_slices = 1 };
    request.voxel[w] = 63;
    g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
    g_autofree uint32_t *after = apply (&volume, parts);
    g_assert_cmpint (count (&volume, after, 1), ==, 2 * n);
    g_assert_cmpint (count_slice (&volume, after, w, 63, 1), ==, n);
    request.shape = lam_figure_find ("extrude");
    request.voxel[w] = 62;
    request.n_slices = 20; /* more than there are */
    g_autoptr (GPtrArray) far = figure_act (&volume, &request);
    g_autofree uint32_t *through = apply (&volume, far);
    g_assert_cmpint (count (&volume, through, 1), ==, 8 * n);
    request.n_slices = -3;
    g_autoptr (GPtrArray) before = figure_act (&volume, &request);
    g_autofree uint32_t *back = apply (&volume, before);
    g_assert_cmpint (count_slice (&volume, back, w, 59, 1), ==, n);
    g_assert_cmpint (count_slice (&volume, back, w, 58, 1), ==, 0);
    figure_volume_clear (&volume);
  }
}

/* --- outlines ------------------------------------------------------------- */

static void
test_outline (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const int w = lam_plane_w (plane), u = lam_plane_u (plane),
              v = lam_plane_v (plane);
    FigureVolume volume;
    figure_volume_init (&volume, 70, 70, 70);
    figure_volume_settle (&volume);
    static const LamFigurePoint corners[] = { { 10, 5 }, { 60, 5 }, { 60, 66 },
      { -20, 66 } };
    g_autoptr (GArray) points =
        g_array_new (false, false, sizeof (LamFigurePoint));
    g_array_append_vals (points, corners, 4);
    LamFigureRequest request = { .shape = lam_figure_find ("outline"),
      .plane = (LamPlane)plane,
      .label = 7,
      .n_slices = 3,
      .points = points };
    request.voxel[w] = 64;
    g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
    g_autofree uint32_t *after = apply (&volume, parts);
    for (int64_t i = 0; i < n_voxels (&volume); i++) {
      const int64_t at[3] = { i % 70, i / 70 % 70, i / 4900 };
      double x = (double)at[u] + 0.5, y = (double)at[v] + 0.5;
      double left = 10 - 30 * (y - 5) / 61;
      bool wanted =
          y > 5 && y < 66 && x > left && x < 60 && at[w] >= 63 && at[w] <= 65;
      g_assert_cmpint (after[i] == 7, ==, wanted);
    }
    figure_volume_clear (&volume);
  }
}

/* --- splitting ------------------------------------------------------------ */

static void
add_seed (GArray *seeds, int64_t x, int64_t y, int64_t z, int side)
{
  LamFigureSeed seed = { .voxel = { x, y, z }, .side = side, .begins = true };
  g_array_append_val (seeds, seed);
}

/* Two balls with a neck: the cut lies in it, wherever the scribbles are; also
 * where the grid is coarser than the voxels. */
static void
check_split (int64_t scale)
{
  FigureVolume volume;
  figure_volume_init (&volume, 140 * scale, 80 * scale, 24 * scale);
  const double k = (double)scale;
  put_ball (&volume, (const double[3]){ 40 * k, 40 * k, 12 * k }, 300 * k, 1);
  put_ball (&volume, (const double[3]){ 92 * k, 40 * k, 12 * k }, 300 * k, 1);
  put_ball (&volume, (const double[3]){ 8 * k, 5 * k, 2 * k }, 50 * k, 1);
  figure_volume_settle (&volume);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  add_seed (seeds, 40 * scale, 40 * scale, 12 * scale, 1);
  add_seed (seeds, 118 * scale, 40 * scale, 12 * scale, 2);
  add_seed (seeds, 500, -3, 12, 2); /* beside the label and the volume */
  LamFigureRequest request = {
    .shape = lam_figure_find ("split"), .label = 1, .seeds = seeds
  };
  g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
  g_assert_cmpuint (parts->len, ==, 2);
  g_autofree uint32_t *after = apply (&volume, parts);
  const LamBox all = lam_box_of_size (volume.size);
  assert_kept_is_said (&volume, parts, after, &all);
  int64_t n_wrong = 0, n_new = 0;
  for (int64_t i = 0; i < n_voxels (&volume); i++) {
    if (volume.labels[i] != 1) {
      g_assert_cmpuint (after[i], ==, volume.labels[i]);
      continue;
    }
    n_new += after[i] != 1;
    n_wrong += (after[i] != 1) != (i % volume.size[0] > 66 * scale);
  }
  g_assert_cmpint (n_new, >, 5000);
  g_assert_cmpint (n_wrong, <, n_new / 10);
  figure_volume_clear (&volume);
}

static void
test_split (void)
{
  check_split (1);
  check_split (2);
}

static void
put_box (LamVoxelSet *set, const LamBox *box)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      lam_voxel_set_add_run (
          set, (const int64_t[3]){ 0, y, z }, 0, box->min[0], box->max[0]);
}

/* Small pieces on the wrong side of a cut are found; those with a scribble, the
 * large ones and those far from the other side are not. */
static void
test_slivers (void)
{
  const int64_t size[3] = { 80, 30, 8 };
  const LamBox bar = lam_box_new (5, 5, 1, 75, 25, 7),
               half = lam_box_new (40, 5, 1, 75, 25, 7),
               left = lam_box_new (50, 5, 1, 53, 8, 4), /* a sliver */
      scribbled = lam_box_new (60, 10, 2, 63, 13, 4),
               large = lam_box_new (44, 15, 1, 74, 25, 7),
               lost = lam_box_new (10, 20, 3, 13, 25, 5), /* a sliver */
      apart = lam_box_new (0, 0, 0, 2, 2, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVoxelSet) own = lam_voxel_set_new (size);
  g_autoptr (LamVoxelSet) second = lam_voxel_set_new (size);
  g_autoptr (LamVoxelSet) taken = lam_voxel_set_new (size);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  const LamFigureSeed seed = { .side = 1, .voxel = { 61, 11, 3 } };
  LamSlivers slivers;
  g_array_append_val (seeds, seed);
  put_box (own, &bar);
  put_box (own, &apart);
  put_box (second, &half);
  put_box (taken, &left);
  put_box (taken, &scribbled);
  put_box (taken, &large);
  lam_voxel_set_subtract (second, taken);
  put_box (second, &lost);
  g_assert_true (
      lam_slivers_find (own, second, seeds, 100, &slivers, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (slivers.n_pieces, ==, 2);
  g_assert_cmpint (lam_voxel_set_count (slivers.of_first), ==, 27);
  g_assert_cmpint (lam_voxel_set_count (slivers.of_second), ==, 30);
  g_assert_true (
      lam_voxel_set_has (slivers.of_first, (const int64_t[3]){ 50, 5, 1 }));
  g_assert_true (
      lam_voxel_set_has (slivers.of_second, (const int64_t[3]){ 12, 24, 4 }));
  lam_slivers_clear (&slivers);
}

/* A piece that the cut goes through is made whole, and its halves do not change
 * places. */
static void
test_sliver_halves (void)
{
  const int64_t size[3] = { 80, 30, 8 };
  const LamBox bar = lam_box_new (5, 5, 1, 75, 15, 7),
               half = lam_box_new (40, 5, 1, 75, 15, 7),
               strip = lam_box_new (30, 16, 2, 54, 18, 3),
               right = lam_box_new (40, 16, 2, 54, 18, 3);
  g_autoptr (LamVoxelSet) own = lam_voxel_set_new (size);
  g_autoptr (LamVoxelSet) second = lam_voxel_set_new (size);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  LamSlivers slivers;
  put_box (own, &bar);
  put_box (own, &strip);
  put_box (second, &half);
  put_box (second, &right);
  g_assert_true (
      lam_slivers_find (own, second, seeds, 100, &slivers, NULL, NULL));
  g_assert_cmpint (slivers.n_pieces, ==, 1);
  g_assert_true (lam_voxel_set_is_empty (slivers.of_first));
  g_assert_cmpint (lam_voxel_set_count (slivers.of_second), ==, 14 * 2);
  lam_slivers_clear (&slivers);
}

static void
test_split_needs_both (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 30, 30, 30);
  put_ball (&volume, (const double[3]){ 15, 15, 15 }, 100, 1);
  figure_volume_settle (&volume);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  add_seed (seeds, 15, 15, 15, 1);
  add_seed (seeds, 1, 1, 1, 2);
  LamFigureRequest request = {
    .shape = lam_figure_find ("split"), .label = 1, .seeds = seeds
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_assert_false (
      request.shape->find (&request, &volume.reader, parts, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  figure_volume_clear (&volume);
}

/* --- grey values ---------------------------------------------------------- */

/* A membrane at x = 35 and 36; above it values rise. */
static bool
read_wall (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = x == 35 || x == 36 ? 200 : (float)y;
  return true;
}

static void
test_greys (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, 70, 70, 20);
  figure_volume_settle (&volume);
  volume.reader.read_image = read_wall;
  g_autoptr (GArray) points =
      g_array_new (false, false, sizeof (LamFigurePoint));
  static const LamFigurePoint way[] = { { 25, 20 }, { 25, 50 } };
  g_array_append_vals (points, way, 2);
  for (int connected = 0; connected < 2; connected++) {
    LamFigureRequest request = { .shape = lam_figure_find ("threshold"),
      .label = 7,
      .radius_nm = 200,
      .n_slices = 1,
      .points = points,
      .voxel = { 25, 20, 10 },
      .grey_low = 10,
      .grey_high = 45,
      .is_connected = connected };
    g_autoptr (GPtrArray) parts = figure_act (&volume, &request);
    g_autofree uint32_t *after = apply (&volume, parts);
    for (int64_t i = 0; i < n_voxels (&volume); i++) {
      const int64_t x = i % 70, y = i / 70 % 70, z = i / 4900;
      double dx = (double)x + 0.5 - 25;
      double dy = (double)y + 0.5 - CLAMP ((double)y + 0.5, 20, 50);
      bool wanted = z == 10 && dx * dx + dy * dy <= 400 && x != 35 && x != 36
          && y >= 10 && y <= 45 && (!connected || x < 35);
      g_assert_cmpint (after[i] == 7, ==, wanted);
    }
  }
  /* No image, no range. */
  LamFigureRequest request = { .shape = lam_figure_find ("threshold"),
    .points = points,
    .radius_nm = 10,
    .grey_low = 2,
    .grey_high = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_assert_false (
      request.shape->find (&request, &volume.reader, parts, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  volume.reader.read_image = NULL;
  g_assert_false (
      request.shape->find (&request, &volume.reader, parts, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  figure_volume_clear (&volume);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure-change/grow-and-shrink", test_grow_and_shrink);
  g_test_add_func ("/figure-change/open-and-close", test_open_and_close);
  g_test_add_func ("/figure-change/radius-is-checked", test_radius_is_checked);
  g_test_add_func ("/figure-change/pieces", test_pieces);
  g_test_add_func ("/figure-change/necks", test_necks);
  g_test_add_func ("/figure-change/interpolate", test_interpolate);
  g_test_add_func ("/figure-change/copy-and-extrude", test_copy_and_extrude);
  g_test_add_func ("/figure-change/outline", test_outline);
  g_test_add_func ("/figure-change/split", test_split);
  g_test_add_func ("/figure-change/slivers", test_slivers);
  g_test_add_func ("/figure-change/sliver-halves", test_sliver_halves);
  g_test_add_func ("/figure-change/split-needs-both", test_split_needs_both);
  g_test_add_func ("/figure-change/greys", test_greys);
  return g_test_run ();
}
