/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/sampler.h"

#include <math.h>

typedef struct {
  LamVolume *image; /* Owned */
  LamNormalisation normalisation;
  LamTruth *truth; /* Owned */
  bool is_isotropic;
  LamVolume *weights; /* Owned; or NULL: 1 each */
} Pair;

struct _LamSampler {
  LamSamplerSettings settings;
  GArray *pairs; /* Owned; Pair */
};

/* Voxels whose longest and shortest edge differ by less than this are cubes. */
#define ISOTROPY 1.1

static void
clear_pair (gpointer data)
{
  Pair *pair = data;
  g_object_unref (pair->image);
  g_clear_object (&pair->weights);
  lam_truth_free (pair->truth);
}

static const Pair *
get_pair (const LamSampler *sampler, guint i)
{
  return &g_array_index (sampler->pairs, Pair, i);
}

LamSampler *
lam_sampler_new (const LamSamplerSettings *settings)
{
  LamSampler *sampler = g_new0 (LamSampler, 1);
  sampler->settings = *settings;
  sampler->pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  g_array_set_clear_func (sampler->pairs, clear_pair);
  return sampler;
}

void
lam_sampler_free (LamSampler *sampler)
{
  if (!sampler)
    return;
  g_array_unref (sampler->pairs);
  g_free (sampler);
}

void
lam_sampler_add (LamSampler *sampler, LamVolume *image,
    const LamNormalisation *normalisation, LamTruth *truth)
{
  const double *nm = lam_volume_get_voxel_size_nm (image);
  double least = MIN (MIN (nm[0], nm[1]), nm[2]);
  double most = MAX (MAX (nm[0], nm[1]), nm[2]);
  const Pair pair = { g_object_ref (image), *normalisation, truth,
    lam_volume_knows_voxel_size (image) && most < ISOTROPY * least };
  g_array_append_val (sampler->pairs, pair);
}

void
lam_sampler_set_weights (LamSampler *sampler, LamVolume *weights)
{
  g_return_if_fail (sampler->pairs->len > 0);
  Pair *pair = &g_array_index (sampler->pairs, Pair, sampler->pairs->len - 1);
  g_set_object (&pair->weights, weights);
}

int64_t
lam_sampler_get_count (const LamSampler *sampler, int class_index)
{
  int64_t n = 0;
  for (guint i = 0; i < sampler->pairs->len; i++)
    n += lam_truth_get_count (get_pair (sampler, i)->truth, class_index);
  return n;
}

static int
choose_class (const LamSampler *sampler, LamRandom *random)
{
  int n = lam_truth_get_n_classes (get_pair (sampler, 0)->truth), last = 0;
  double chances[LAM_TRUTH_MAX_CLASSES], sum = 0;
  for (int i = 0; i < n; i++) {
    double count = (double)lam_sampler_get_count (sampler, i);
    chances[i] = count > 0 ? pow (count, 1 - sampler->settings.balance) : 0;
    sum += chances[i];
  }
  double dice = lam_random_unit (random) * sum;
  for (int i = 0; i < n; i++) {
    if (chances[i] > 0)
      last = i;
    if (chances[i] > 0 && dice < chances[i])
      return i;
    dice -= chances[i];
  }
  return last;
}

static int64_t
choose_below (int64_t n, LamRandom *random)
{
  double high = lam_random_u32 (random);
  return MIN (
      (int64_t)((high + lam_random_unit (random)) * 0x1p-32 * (double)n),
      n - 1);
}

/* A patch around the voxel, which is equally likely at each place in it, but
 * inside of the box where it fits. */
static LamBox
place_patch (const LamSampler *sampler, const int64_t voxel[3],
    const LamBox *inside, LamRandom *random)
{
  LamBox box;
  for (int i = 0; i < 3; i++) {
    int64_t size = sampler->settings.size[i];
    int64_t room = inside->max[i] - inside->min[i] - size;
    int64_t start = voxel[i] - choose_below (size, random);
    box.min[i] = room < 0
        ? inside->min[i] + room / 2
        : CLAMP (start, inside->min[i], inside->max[i] - size);
    box.max[i] = box.min[i] + size;
  }
  return box;
}

static bool
read_weights (const Pair *pair, const LamBox *box, LamPatch *patch,
    GCancellable *cancellable, GError **error)
{
  static const LamNormalisation as_they_are = { 0, 1 };
  if (pair->weights
      && !lam_normalisation_read (
          &as_they_are, pair->weights, box, patch->weights, cancellable, error))
    return false;
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++)
    if (patch->classes[i] == LAM_PATCH_IGNORED)
      patch->weights[i] = 0;
    else if (!pair->weights)
      patch->weights[i] = 1;
  return true;
}

static bool
read_patch (const Pair *pair, const LamBox *box, LamPatch *patch,
    GCancellable *cancellable, GError **error)
{
  return lam_normalisation_read (&pair->normalisation, pair->image, box,
             patch->image, cancellable, error)
      && lam_truth_read (pair->truth, box, patch->classes, cancellable, error)
      && read_weights (pair, box, patch, cancellable, error);
}

bool
lam_sampler_draw (const LamSampler *sampler, uint64_t number, LamPatch *patch,
    GCancellable *cancellable, GError **error)
{
  LamRandom random = lam_random_new (sampler->settings.seed, number);
  int class_index = choose_class (sampler, &random), in = 0;
  int64_t k =
      choose_below (lam_sampler_get_count (sampler, class_index), &random);
  int64_t voxel[3];
  guint i = 0;
  while (k >= lam_truth_get_count (get_pair (sampler, i)->truth, class_index))
    k -= lam_truth_get_count (get_pair (sampler, i++)->truth, class_index);
  const Pair *pair = get_pair (sampler, i);
  if (!lam_truth_find (
          pair->truth, class_index, k, voxel, &in, cancellable, error))
    return false;
  LamBox box = place_patch (
      sampler, voxel, lam_truth_get_box (pair->truth, in), &random);
  if (!read_patch (pair, &box, patch, cancellable, error))
    return false;
  lam_augmentation_apply (
      &sampler->settings.augmentation, patch, pair->is_isotropic, &random);
  return true;
}

static int64_t
count_tiles (const LamSampler *sampler, const LamBox *box, int64_t counts[3])
{
  for (int i = 0; i < 3; i++)
    counts[i] =
        lam_divide_up (box->max[i] - box->min[i], sampler->settings.size[i]);
  return counts[0] * counts[1] * counts[2];
}

int64_t
lam_sampler_get_n_tiles (const LamSampler *sampler)
{
  int64_t n = 0, counts[3];
  for (guint i = 0; i < sampler->pairs->len; i++) {
    const LamTruth *truth = get_pair (sampler, i)->truth;
    for (int j = 0; j < lam_truth_get_n_boxes (truth); j++)
      n += count_tiles (sampler, lam_truth_get_box (truth, j), counts);
  }
  return n;
}

static bool
read_tile_of (const LamSampler *sampler, const Pair *pair, const LamBox *of,
    int64_t tile, LamPatch *patch, GCancellable *cancellable, GError **error)
{
  int64_t counts[3];
  count_tiles (sampler, of, counts);
  const int64_t at[3] = { tile % counts[0], tile / counts[0] % counts[1],
    tile / (counts[0] * counts[1]) };
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] = of->min[i] + at[i] * sampler->settings.size[i];
    box.max[i] = box.min[i] + sampler->settings.size[i];
  }
  if (!read_patch (pair, &box, patch, cancellable, error))
    return false;
  /* Where tiles of the next box begin, this one must not count again. */
  int64_t i = 0;
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++)
      for (int64_t x = box.min[0]; x < box.max[0]; x++, i++)
        if (!lam_box_contains (of, (const int64_t[3]){ x, y, z })) {
          patch->classes[i] = LAM_PATCH_IGNORED;
          patch->weights[i] = 0;
        }
  return true;
}

bool
lam_sampler_read_tile (const LamSampler *sampler, int64_t tile, LamPatch *patch,
    GCancellable *cancellable, GError **error)
{
  int64_t counts[3];
  for (guint i = 0; i < sampler->pairs->len; i++) {
    const Pair *pair = get_pair (sampler, i);
    for (int j = 0; j < lam_truth_get_n_boxes (pair->truth); j++) {
      const LamBox *box = lam_truth_get_box (pair->truth, j);
      int64_t n = count_tiles (sampler, box, counts);
      if (tile < n)
        return read_tile_of (
            sampler, pair, box, tile, patch, cancellable, error);
      tile -= n;
    }
  }
  g_return_val_if_reached (false);
}
