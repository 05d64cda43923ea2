/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Signed distances of the phantom's bodies, a row of points at a time, to first
 * order: (k - 1) / |grad k| for a k that is 1 on the surface and homogeneous.
 * For the ellipsoid and its blunter relatives, in units of the semi-axes,
 * k⁴ = (x² + z²)² + y⁴ + round (x² + z²) y²: an ellipsoid for round = 2, a
 * rounded slab for 0. A tube is the distance to cones with round ends. */
#include <math.h>

#include "labels/phantom-cell.h"

/* Loops run over blocks of this many points, which the compiler turns into
 * vector code without a remainder. */
#define BLOCK 8
/* Nothing of a tube is seen further from its wall. */
#define TUBE_MARGIN_NM 80

static void
ellipsoid_row (const LamPhantomObject *object, const float from[3], float step,
    int n, float *restrict out)
{
  float start[3], along[3];
  for (int i = 0; i < 3; i++) {
    const float *axis = object->axis[i];
    float inverse = 1 / object->radius[i];
    start[i] =
        inverse * (from[0] * axis[0] + from[1] * axis[1] + from[2] * axis[2]);
    along[i] = inverse * step * axis[0];
  }
  float rx = 1 / object->radius[0], ry = 1 / object->radius[1];
  float rz = 1 / object->radius[2], round = 2 - 2 * object->bluntness;
  for (int block = 0; block < n; block += BLOCK)
    for (int j = 0; j < BLOCK; j++) {
      float i = (float)(block + j);
      float x = start[0] + i * along[0], y = start[1] + i * along[1];
      float z = start[2] + i * along[2];
      float flat = x * x + z * z, thick = y * y;
      float square = sqrtf (flat * flat + thick * thick + round * flat * thick);
      float k = sqrtf (square);
      float by_flat = 2 * flat + round * thick;
      float by_thick = 2 * thick + round * flat;
      float gx = x * rx * by_flat, gy = y * ry * by_thick;
      float gz = z * rz * by_flat;
      float slope = sqrtf (gx * gx + gy * gy + gz * gz) + 1e-9f;
      out[block + j] = 2 * (k - 1) * k * square / slope;
    }
}

/* `out` becomes the smaller one. */
static void
segment_row (const float a[4], const float b[4], const float from[3],
    float step, int n, float *restrict out)
{
  float ab[3] = { b[0] - a[0], b[1] - a[1], b[2] - a[2] };
  float square = ab[0] * ab[0] + ab[1] * ab[1] + ab[2] * ab[2] + 1e-6f;
  float inverse = 1 / square;
  float px = from[0] - a[0], py = from[1] - a[1], pz = from[2] - a[2];
  float radius = a[3], taper = b[3] - a[3];
  float fixed = py * ab[1] + pz * ab[2];
  for (int block = 0; block < n; block += BLOCK)
    for (int j = 0; j < BLOCK; j++) {
      float x = px + (float)(block + j) * step;
      float t = (x * ab[0] + fixed) * inverse;
      t = t < 0 ? 0 : t;
      t = t > 1 ? 1 : t;
      float dx = x - t * ab[0], dy = py - t * ab[1], dz = pz - t * ab[2];
      float d = sqrtf (dx * dx + dy * dy + dz * dz) - (radius + t * taper);
      float old = out[block + j];
      out[block + j] = d < old ? d : old;
    }
}

/* Whether the line along x through `from` passes the segment by. */
static bool
passes_by (const float a[4], const float b[4], const float from[3])
{
  float reach = (a[3] > b[3] ? a[3] : b[3]) + TUBE_MARGIN_NM;
  for (int i = 1; i < 3; i++) {
    float low = a[i] < b[i] ? a[i] : b[i], high = a[i] < b[i] ? b[i] : a[i];
    if (from[i] < low - reach || from[i] > high + reach)
      return true;
  }
  return false;
}

void
lam_phantom_distance_row (const LamPhantomObject *object, const double start[3],
    double step, int n, float *out)
{
  float from[3];
  for (int i = 0; i < 3; i++)
    from[i] = (float)(start[i] - object->centre[i]);
  bool is_tube = object->class_row->shape == LAM_PHANTOM_TUBE;
  if (is_tube)
    for (int i = 0; i < n; i++)
      out[i] = 1e9f;
  else
    ellipsoid_row (object, from, (float)step, n, out);
  for (int i = 0; i + 1 < object->n_nodes; i += is_tube ? 1 : 2) {
    const float *a = object->node[i], *b = object->node[i + 1];
    if (!is_tube || !passes_by (a, b, from))
      segment_row (a, b, from, (float)step, n, out);
  }
}
