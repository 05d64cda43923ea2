/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The range of grey values of the threshold brush, taken from around one voxel:
 * the median there, and as far on either side as nearly all of one noisy grey
 * lie. Median and median deviation, so that a membrane in a corner of the
 * sample does not widen the range to what it is to keep out of. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-rows.h"

/* In the plane of the pane, in voxels of the finest axis to either side. */
#define REACH 4
/* Of a normal distribution: 99 % of its values. */
#define DEVIATIONS 2.5
/* From the median deviation to the standard one. */
#define OF_MEDIAN 1.4826

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
take_median (GArray *numbers)
{
  g_array_sort (numbers, compare_numbers);
  return g_array_index (numbers, double, numbers->len / 2);
}

/* What is not in memory yet is counted, and fetched. */
static GArray *
collect (
    LamToolBox *box, LamPlane plane, const int64_t voxel[3], int *n_missing)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamVolume *volume = lam_workspace_get_volume (workspace);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  const double finest = fmin (nm[0], fmin (nm[1], nm[2]));
  const int u = lam_plane_u (plane), v = lam_plane_v (plane);
  const int reach_u = (int)fmax (round (REACH * finest / nm[u]), 1);
  const int reach_v = (int)fmax (round (REACH * finest / nm[v]), 1);
  const LamBox all = lam_box_of_size (lam_volume_get_size (volume));
  GArray *greys = g_array_new (false, false, sizeof (double));
  for (int j = -reach_v; j <= reach_v; j++)
    for (int i = -reach_u; i <= reach_u; i++) {
      int64_t at[3] = { voxel[0], voxel[1], voxel[2] };
      double grey;
      at[u] += i;
      at[v] += j;
      if (!lam_volume_try_value (volume, at, &grey))
        *n_missing += lam_box_contains (&all, at);
      else if (isfinite (grey))
        g_array_append_val (greys, grey);
    }
  return greys;
}

/* Half of the greys may be one and the same value, in a float image, too. */
static double
find_deviation (GArray *greys, double median)
{
  double squares = 0;
  for (guint i = 0; i < greys->len; i++) {
    double *grey = &g_array_index (greys, double, i);
    *grey = fabs (*grey - median);
    squares += *grey * *grey;
  }
  const double middle = OF_MEDIAN * take_median (greys);
  return middle > 0 ? middle : sqrt (squares / greys->len);
}

int
lam_brush_settings_grey_digits (const LamBrushSettings *settings)
{
  const double span = settings->grey_high - settings->grey_low;
  return span > 0 ? (int)CLAMP (2 - floor (log10 (span)), 0, 9) : 6;
}

static void
set_range (LamToolBox *box, GArray *greys)
{
  LamVolume *volume =
      lam_workspace_get_volume (lam_tool_box_get_workspace (box));
  LamBrushSettings *brush = lam_tool_box_get_brush (box);
  const double median = take_median (greys);
  double half = DEVIATIONS * find_deviation (greys, median);
  if (lam_volume_get_dtype (volume) != LAM_DTYPE_F32)
    half = fmax (round (half), 1);
  brush->grey_low = median - half;
  brush->grey_high = median + half;
  const double parts = pow (10, lam_brush_settings_grey_digits (brush));
  brush->grey_low = floor (brush->grey_low * parts) / parts;
  brush->grey_high = ceil (brush->grey_high * parts) / parts;
  brush->has_greys = true;
}

bool
lam_tool_box_pick_greys (
    LamToolBox *box, LamPlane plane, const int64_t voxel[3], GError **error)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  if (!lam_workspace_get_volume (workspace)
      || lam_workspace_get_image_problem (workspace)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The image is not here, so its grey values are not known"));
    return false;
  }
  int n_missing = 0;
  g_autoptr (GArray) greys = collect (box, plane, voxel, &n_missing);
  /* Of a part of it, the range would depend on how fast the file is read. */
  if (n_missing > 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The image here is still being read: try again in a moment"));
    return false;
  }
  if (greys->len == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The image has no numbers here, so there are no grey values to "
           "take"));
    return false;
  }
  set_range (box, greys);
  const LamBrushSettings *brush = lam_tool_box_get_brush (box);
  g_autofree char *text = g_strdup_printf (
      _ ("Grey values from %.6g to %.6g"), brush->grey_low, brush->grey_high);
  LamToolActs *acts = lam_tool_box_get_acts (box);
  lam_tool_acts_set (acts);
  lam_tool_acts_say (acts, text);
  return true;
}
