/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/basin-scale.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/basin-edges.h"

struct _LamBasinScale {
  gatomicrefcount references;
  GMutex lock;
  /* Under the lock; of each plane, and of space */
  bool is_known[LAM_N_PLANES + 1];
  double typical_edge[LAM_N_PLANES + 1];
  double voxel_size_nm[3]; /* that they were found with */
};

LamBasinScale *
lam_basin_scale_new (void)
{
  LamBasinScale *scale = g_new0 (LamBasinScale, 1);
  g_atomic_ref_count_init (&scale->references);
  g_mutex_init (&scale->lock);
  return scale;
}

LamBasinScale *
lam_basin_scale_ref (LamBasinScale *scale)
{
  g_atomic_ref_count_inc (&scale->references);
  return scale;
}

void
lam_basin_scale_unref (LamBasinScale *scale)
{
  if (!g_atomic_ref_count_dec (&scale->references))
    return;
  g_mutex_clear (&scale->lock);
  g_free (scale);
}

static bool
find_mean (LamBasinImage read, gpointer user_data, const LamBox *box,
    const double nm[3], double *mean, GError **error)
{
  const int64_t n = lam_box_volume (box);
  g_autofree float *greys = g_try_new (float, n), *edges = g_try_new (float, n);
  LamBasinView view = { .greys = greys };
  bool is_of_greys;
  for (int i = 0; i < 3; i++) {
    view.size[i] = box->max[i] - box->min[i];
    view.voxel_size_nm[i] = nm[i];
  }
  if (greys && edges && !read (box, greys, user_data, error))
    return false;
  if (!greys || !edges || !lam_basin_edges (&view, edges, &is_of_greys)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is not enough memory to find supervoxels"));
    return false;
  }
  *mean = lam_basin_mean_edge (edges, n);
  return true;
}

static void
forget_other_size_locked (LamBasinScale *scale, const double nm[3])
{
  if (memcmp (scale->voxel_size_nm, nm, sizeof scale->voxel_size_nm) == 0)
    return;
  memcpy (scale->voxel_size_nm, nm, sizeof scale->voxel_size_nm);
  memset (scale->is_known, 0, sizeof scale->is_known);
}

bool
lam_basin_scale_find (LamBasinScale *scale, const LamBasinKind *kind,
    LamBasinImage read, gpointer user_data, const int64_t volume_size[3],
    const double voxel_size_nm[3], double *typical_edge,
    GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scale->lock);
  const int mode = kind->in_space ? LAM_N_PLANES : (int)kind->plane;
  double means[LAM_BASIN_N_SAMPLES];
  forget_other_size_locked (scale, voxel_size_nm);
  for (int i = 0; i < LAM_BASIN_N_SAMPLES && !scale->is_known[mode]; i++) {
    const LamBasinPlace place =
        lam_basin_sample (kind, volume_size, voxel_size_nm, i);
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !find_mean (
            read, user_data, &place.around, voxel_size_nm, &means[i], error))
      return false;
  }
  if (!scale->is_known[mode])
    scale->typical_edge[mode] = lam_basin_typical_edge (means);
  scale->is_known[mode] = true;
  *typical_edge = scale->typical_edge[mode];
  return true;
}
