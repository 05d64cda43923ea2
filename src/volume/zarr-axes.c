/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/zarr-axes.h"

#include <string.h>

#include "base/error.h"
#include "volume/zarr-file.h"

#include <glib/gi18n-lib.h>

static double
get_unit_nm (const char *unit)
{
  static const struct {
    const char *name;
    double nm;
  } units[] = { { "nanometer", 1 }, { "angstrom", 0.1 }, { "picometer", 1e-3 },
    { "micrometer", 1e3 }, { "millimeter", 1e6 }, { "centimeter", 1e7 },
    { "meter", 1e9 } };
  for (size_t i = 0; unit && i < G_N_ELEMENTS (units); i++)
    if (strcmp (units[i].name, unit) == 0)
      return units[i].nm;
  return 0;
}

LamZarrAxes
lam_zarr_axes_of_array (int n)
{
  LamZarrAxes axes = { .n = n, .space = { n - 1, n - 2, n - 3 } };
  return axes;
}

bool
lam_zarr_axes_read (
    const char *path, JsonArray *list, LamZarrAxes *axes, GError **error)
{
  guint n = json_array_get_length (list);
  *axes = (LamZarrAxes){ .n = (int)n, .space = { -1, -1, -1 } };
  for (guint i = 0; i < n && i < LAM_ZARR_MAX_DIMS; i++) {
    JsonObject *axis = lam_json_array_get_object (list, i);
    const char *name = axis ? lam_json_get_string (axis, "name") : NULL;
    if (name && strlen (name) == 1 && name[0] >= 'x' && name[0] <= 'z')
      axes->space[name[0] - 'x'] = (int)i;
    axes->unit_nm[i] =
        axis ? get_unit_nm (lam_json_get_string (axis, "unit")) : 0;
  }
  if (n <= LAM_ZARR_MAX_DIMS && axes->space[0] >= 0 && axes->space[1] >= 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s has %u axes; x and y, at most %d in all, are needed"), path, n,
      LAM_ZARR_MAX_DIMS);
  return false;
}

void
lam_zarr_axes_apply_scales (JsonObject *object, int n, double *scale)
{
  JsonArray *list = lam_json_get_array (object, "coordinateTransformations");
  guint length = list ? json_array_get_length (list) : 0;
  for (guint i = 0; i < length; i++) {
    JsonObject *step = lam_json_array_get_object (list, i);
    JsonArray *factors = step ? lam_json_get_array (step, "scale") : NULL;
    if (!factors || (int)json_array_get_length (factors) != n)
      continue;
    for (int k = 0; k < n; k++) {
      double factor;
      if (lam_json_get_number (
              json_array_get_element (factors, (guint)k), &factor))
        scale[k] *= factor;
    }
  }
}
