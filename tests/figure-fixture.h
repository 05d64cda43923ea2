/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A volume of labels in memory that shapes are found in. */
#pragma once

#include "labels/figure.h"

typedef struct {
  int64_t size[3];
  uint32_t *labels; /* dense, x fastest */
  LamLabelReader reader;
  GHashTable *bricks; /* packed key → LamLabelBrick */
  int n_reads;
} FigureVolume;

static inline int64_t
figure_index (const FigureVolume *volume, int64_t x, int64_t y, int64_t z)
{
  return x + volume->size[0] * (y + volume->size[1] * z);
}

static inline LamLabelBrick *
figure_read (LamBrickKey key, gpointer user_data, GError **error)
{
  FigureVolume *volume = user_data;
  int64_t packed = lam_brick_key_pack (key);
  LamLabelBrick *brick = g_hash_table_lookup (volume->bricks, &packed);
  volume->n_reads++;
  return brick ? lam_label_brick_ref (brick) : NULL;
}

static inline void
figure_volume_init (FigureVolume *volume, int64_t x, int64_t y, int64_t z)
{
  *volume = (FigureVolume){ .size = { x, y, z } };
  volume->labels = g_new0 (uint32_t, x * y * z);
  volume->reader = (LamLabelReader){ .read = figure_read,
    .user_data = volume,
    .keys = g_array_new (false, false, sizeof (int64_t)),
    .size = { x, y, z },
    .voxel_size_nm = { 10, 10, 40 } };
  volume->bricks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_label_brick_unref);
}

static inline void
figure_volume_clear (FigureVolume *volume)
{
  g_free (volume->labels);
  g_array_unref (volume->reader.keys);
  g_hash_table_unref (volume->bricks);
}

/* After the labels were written: bricks, those that say nothing left out. */
static inline void
figure_volume_settle (FigureVolume *volume)
{
  g_hash_table_remove_all (volume->bricks);
  g_array_set_size (volume->reader.keys, 0);
  LamBox all = lam_box_of_size (volume->size), n = lam_box_bricks (&all);
  g_autofree uint16_t *sources = g_new0 (uint16_t, LAM_BRICK_VOXELS);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int64_t b = 0; b < lam_box_volume (&n); b++) {
    LamBrickKey key = { (int32_t)(b % n.max[0]),
      (int32_t)(b / n.max[0] % n.max[1]), (int32_t)(b / n.max[0] / n.max[1]) };
    LamBox brick = lam_brick_box (key);
    bool any = false;
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      const int64_t at[3] = { brick.min[0] + i % 64, brick.min[1] + i / 64 % 64,
        brick.min[2] + i / 4096 };
      labels[i] = lam_box_contains (&all, at)
          ? volume->labels[figure_index (volume, at[0], at[1], at[2])]
          : 0;
      any = any || labels[i];
    }
    int64_t packed = lam_brick_key_pack (key);
    if (!any)
      continue;
    g_array_append_val (volume->reader.keys, packed);
    g_hash_table_insert (volume->bricks, g_memdup2 (&packed, sizeof packed),
        lam_label_brick_new_from_planes (labels, sources));
  }
}

/* The parts of an act that succeeds. */
static inline GPtrArray *
figure_act (FigureVolume *volume, const LamFigureRequest *request)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  request->shape->find (request, &volume->reader, parts, NULL, &error);
  g_assert_no_error (error);
  return parts;
}
