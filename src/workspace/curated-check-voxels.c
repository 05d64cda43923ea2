/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every voxel of an item, in slabs of whole planes: what it may be beside the
 * other arrays, how much it weighs, and what it adds to the plan's counts. The
 * item's first fault is said; counting goes on. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "workspace/curated-check-private.h"

#define SLAB_VOXELS (INT64_C (4) << 20)
/* Of what a voxel weighs; float32 and exp() of another machine are nearer. */
#define WEIGHT_TOLERANCE 1e-5

typedef struct {
  LamCuratedCheck *check;
  LamCuratedItem *item;
  int64_t size[3];
  LamBox slab; /* in the item */
  double *values[LAM_CURATED_N_ARRAYS]; /* Owned; of the slab; raw has none */
  /* Of a plane */
  uint32_t *objects; /* Owned */
  float *weights; /* Owned; as they should be */
  int64_t *n_by_class; /* Borrowed; NULL: not counted */
  bool has_fault;
} Work;

static void
work_clear (Work *work)
{
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++)
    g_clear_pointer (&work->values[i], g_free);
  g_clear_pointer (&work->objects, g_free);
  g_clear_pointer (&work->weights, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Numbers of a slab, wide enough for all but weights. */
static bool
read_slab (LamSource *source, const LamBox *slab, double *out, GError **error)
{
  LamDtype dtype = lam_source_get_info (source)->dtype;
  int64_t n = lam_box_volume (slab);
  g_autofree void *raw = g_malloc_n ((gsize)n, lam_dtype_bytes (dtype));
  if (!lam_source_read_box (source, 0, slab, raw, NULL, error))
    return false;
  for (int64_t i = 0; i < n; i++)
    switch (dtype) {
    case LAM_DTYPE_U8:
      out[i] = ((uint8_t *)raw)[i];
      break;
    case LAM_DTYPE_U16:
      out[i] = ((uint16_t *)raw)[i];
      break;
    case LAM_DTYPE_U32:
      out[i] = ((uint32_t *)raw)[i];
      break;
    default:
      out[i] = dtype == LAM_DTYPE_F32 ? (double)((float *)raw)[i] : 0;
    }
  return true;
}

/* What is wrong with a voxel; NULL: nothing. `v`: by array. */
static const char *
find_fault (const LamCuratedCheck *check, const double v[LAM_CURATED_N_ARRAYS])
{
  int kind = check->kinds[(int)v[LAM_CURATED_LABELS]];
  double mask = v[LAM_CURATED_MASK], weight = v[LAM_CURATED_WEIGHTS];
  if (mask != 0 && mask != 1)
    return _ ("the mask is neither 0 nor 1");
  if (kind == 0)
    return _ ("the class is not in the table");
  if (v[LAM_CURATED_INSTANCES] > 0 && kind != 2)
    return _ ("there is an object of a class that has none");
  if (mask == 0
      && (v[LAM_CURATED_LABELS] != 0 || v[LAM_CURATED_INSTANCES] != 0))
    return _ ("something is said where the mask is 0");
  if (!isfinite (weight) || weight < 0 || (mask == 0 && weight != 0))
    return _ ("the weight is not a number of at least 0, or not 0 where the "
              "mask is");
  if (v[LAM_CURATED_SOURCE] > LAM_SOURCE_ACCEPTED
      && v[LAM_CURATED_SOURCE] < LAM_SOURCE_FIRST_RUN)
    return _ ("the source is none of 0 to 3 nor from 16 on");
  return NULL;
}

/* Of the plane that begins at the `first` voxel of the slab. */
static void
find_weights (Work *work, int64_t first)
{
  const LamCuratedCheck *check = work->check;
  const double *nm = check->voxel_size_nm;
  const double step[2] = { 1, nm[0] > 0 && nm[1] > 0 ? nm[1] / nm[0] : 1 };
  int64_t n = work->size[0] * work->size[1];
  for (int64_t i = 0; i < n; i++) {
    int label = (int)work->values[LAM_CURATED_LABELS][first + i];
    work->weights[i] = (float)check->class_weights[label];
    work->objects[i] = (uint32_t)work->values[LAM_CURATED_INSTANCES][first + i];
  }
  lam_border_weight_add (
      &check->options.border, work->objects, work->size, step, work->weights);
  for (int64_t i = 0; i < n; i++)
    if (work->values[LAM_CURATED_MASK][first + i] == 0)
      work->weights[i] = 0;
}

static char *
dup_weight_fault (const Work *work, double found, double wanted)
{
  const LamBorderWeight *border = &work->check->options.border;
  if (fabs (found - wanted) <= WEIGHT_TOLERANCE * fabs (wanted))
    return NULL;
  return g_strdup_printf (
      _ ("the weight is %.7g, and not the %.7g of the class’s weight, the "
         "objects, border_w0 %g, border_sigma %g and volume.voxel_size_nm"),
      found, wanted, border->w0, border->sigma);
}

/* Of the i-th voxel of a plane. */
static void
count_voxel (
    Work *work, const int64_t voxel[3], const double v[LAM_CURATED_N_ARRAYS])
{
  LamCuratedRegion *region = work->item->region;
  int label = (int)v[LAM_CURATED_LABELS];
  if (!region || !lam_box_contains (&work->item->own, voxel))
    return;
  region->n_by_source[lam_curated_get_source_kind (
      (uint32_t)v[LAM_CURATED_SOURCE])]++;
  if (v[LAM_CURATED_MASK] != 1)
    return;
  region->n_counted++;
  if (work->n_by_class && label < work->check->plan->n_classes)
    work->n_by_class[label]++;
}

static void
check_voxel (Work *work, int64_t first, int64_t i)
{
  const int64_t at[3] = { i % work->size[0], i / work->size[0],
    work->slab.min[2] + first / (work->size[0] * work->size[1]) };
  int64_t voxel[3];
  double v[LAM_CURATED_N_ARRAYS] = { 0 };
  for (int k = LAM_CURATED_LABELS; k < LAM_CURATED_N_ARRAYS; k++)
    v[k] = work->values[k][first + i];
  for (int a = 0; a < 3; a++)
    voxel[a] = work->item->box.min[a] + at[a];
  count_voxel (work, voxel, v);
  if (work->has_fault)
    return;
  g_autofree char *fault = g_strdup (find_fault (work->check, v));
  if (!fault)
    fault = dup_weight_fault (
        work, v[LAM_CURATED_WEIGHTS], (double)work->weights[i]);
  work->has_fault = fault != NULL;
  if (fault)
    lam_curated_complain (work->check,
        _ ("%s, at %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
           ", %" G_GINT64_FORMAT " (x, y, z): %s"),
        work->item->path, at[0], at[1], at[2], fault);
}

static bool
check_slab (Work *work)
{
  g_autoptr (GError) error = NULL;
  int64_t n = lam_box_volume (&work->slab);
  int64_t page = work->size[0] * work->size[1];
  for (int i = LAM_CURATED_LABELS; i < LAM_CURATED_N_ARRAYS; i++)
    if (!read_slab (
            work->item->arrays[i], &work->slab, work->values[i], &error)) {
      lam_curated_complain (work->check, "%s", error->message);
      return false;
    }
  for (int64_t first = 0; first < n; first += page) {
    if (!work->has_fault)
      find_weights (work, first);
    for (int64_t i = 0; i < page; i++)
      check_voxel (work, first, i);
    if (!lam_progress_check (work->check->progress, NULL))
      return false;
  }
  return true;
}

static bool
make_room (Work *work, int64_t n_planes)
{
  gsize page = (gsize)(work->size[0] * work->size[1]);
  bool has_room = true;
  for (int i = LAM_CURATED_LABELS; i < LAM_CURATED_N_ARRAYS; i++) {
    work->values[i] = g_try_new (double, page *(gsize)n_planes);
    has_room = has_room && work->values[i];
  }
  work->objects = g_try_new (uint32_t, page);
  work->weights = g_try_new (float, page);
  if (has_room && work->objects && work->weights)
    return true;
  lam_curated_complain (work->check, _ ("There is no memory for a plane of %s"),
      work->item->path);
  return false;
}

void
lam_curated_check_voxels (LamCuratedCheck *check, LamCuratedItem *item)
{
  g_auto (Work) work = { .check = check, .item = item };
  const LamCuratedPlan *plan = check->plan;
  for (int a = 0; a < 3; a++)
    work.size[a] = item->box.max[a] - item->box.min[a];
  if (item->region
      && (item->region->region->role == LAM_REGION_TRAIN
          || !lam_curated_has_training (plan)))
    work.n_by_class = plan->n_by_class;
  int64_t depth = work.size[2];
  int64_t step = CLAMP (SLAB_VOXELS / (work.size[0] * work.size[1]), 1, depth);
  bool done = make_room (&work, step);
  work.slab = (LamBox){ { 0 }, { work.size[0], work.size[1], 0 } };
  for (int64_t z = 0; z < depth && done; z += step) {
    work.slab.min[2] = z;
    work.slab.max[2] = MIN (z + step, depth);
    done = check_slab (&work);
  }
  check->is_counted = check->is_counted && done && item->region;
}
