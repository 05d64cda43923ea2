/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All voxels at once, in one dense plane: of a job's box. */
#include "labels/object-sieve.h"

#include "volume/scratch-source.h"

#define ANY_SIZE INT64_MAX

typedef struct {
  const LamSieve *sieve; /* Borrowed */
  const uint32_t *labels; /* Borrowed */
  LamBox box;
  int64_t strides[3];
  int64_t *counts; /* Borrowed; by number */
  bool *may_go_on; /* Borrowed; the same */
} Count;

/* Only from a face of what is inside is anything open seen. */
static bool
is_at_open (const Count *count, const int64_t at[3], int64_t i)
{
  const LamSieve *sieve = count->sieve;
  for (int a = 0; a < 3; a++) {
    const int64_t step = count->strides[a];
    if (at[a] == sieve->inside.min[a] && at[a] > 0
        && sieve->flags[i - step] & sieve->open)
      return true;
    if (at[a] + 1 == sieve->inside.max[a] && at[a] + 1 < count->box.max[a]
        && sieve->flags[i + step] & sieve->open)
      return true;
  }
  return false;
}

static bool
is_face (const LamBox *box, int axis, int64_t at)
{
  return at == box->min[axis] || at + 1 == box->max[axis];
}

static void
count_row (const Count *count, int64_t y, int64_t z)
{
  const LamBox *inside = &count->sieve->inside;
  const bool is_at_face = is_face (inside, 1, y) || is_face (inside, 2, z);
  int64_t i = z * count->strides[2] + y * count->strides[1];
  for (int64_t x = 0; x < count->box.max[0]; x++, i++) {
    const uint32_t number = count->labels[i];
    if (number == 0 || count->counts[number] == ANY_SIZE)
      continue;
    count->counts[number]++;
    if (count->sieve->flags[i] & count->sieve->keeps)
      count->counts[number] = ANY_SIZE;
    else if ((is_at_face || is_face (inside, 0, x))
        && is_at_open (count, (const int64_t[3]){ x, y, z }, i))
      count->may_go_on[number] = true;
  }
}

bool
lam_object_sieve_run (LamSource *labels, GArray *objects, const LamSieve *sieve,
    LamProgress *progress, GError **error)
{
  const int64_t *size = lam_source_get_info (labels)->levels[0].size;
  const LamBox all = lam_box_of_size (size);
  const int64_t n = lam_box_volume (&all);
  g_autofree uint32_t *plane = g_new (uint32_t, n);
  g_autofree int64_t *counts = g_new0 (int64_t, objects->len + 1);
  g_autofree bool *may_go_on = g_new0 (bool, objects->len + 1);
  g_autofree uint32_t *to = g_new0 (uint32_t, objects->len + 1);
  uint32_t n_left = 0;
  if (!lam_progress_check (progress, error)
      || !lam_source_read_box (labels, 0, &all, plane, NULL, error))
    return false;
  const Count count = { .sieve = sieve,
    .labels = plane,
    .box = all,
    .strides = { 1, size[0], size[0] * size[1] },
    .counts = counts,
    .may_go_on = may_go_on };
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      count_row (&count, y, z);
  for (uint32_t number = 1; number <= objects->len; number++) {
    LamObject object = g_array_index (objects, LamObject, number - 1);
    const int64_t least = sieve->min_voxels[object.class_id];
    if (counts[number]
        < (may_go_on[number] ? MIN (least, sieve->noise) : least))
      continue;
    object.id = to[number] = ++n_left;
    g_array_index (objects, LamObject, n_left - 1) = object;
  }
  if (n_left == objects->len)
    return true;
  g_array_set_size (objects, n_left);
  for (int64_t i = 0; i < n; i++)
    plane[i] = to[plane[i]];
  return lam_scratch_source_write (labels, &all, plane, error);
}
