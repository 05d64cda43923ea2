/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a segmenter is: its models, their tiles, and what they take. */
#include "segment/segmenter-inside.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "nn/arena.h"
#include "segment/propagate.h"

/* Of a block: its sums and result, and how many times each network is run for
 * it, so that not much is lost with one that is not finished. Blended tiles at
 * the border of two blocks are computed for both: there, more. */
typedef struct {
  int64_t bytes, runs;
} Bound;
static const Bound exact_bound = { INT64_C (256) << 20, 64 };
static const Bound blended_bound = { INT64_C (1) << 30, 343 };

int
lam_segmenter_count_votes (const LamSegmenter *segmenter)
{
  return segmenter->n_members * (int)segmenter->settings.copies;
}

static char *
list_classes (const LamModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < lam_model_get_n_classes (model); i++)
    g_string_append_printf (
        text, "%s%s", i ? ", " : "", lam_model_get_class_name (model, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static bool
check_classes (const LamSegmenterModel *models, int i, GError **error)
{
  g_autofree char *first = list_classes (models[0].model);
  g_autofree char *other = list_classes (models[i].model);
  if (strcmp (first, other) == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s and %s cannot decide together: the classes of the first are %s, "
         "those of the second %s"),
      lam_network_get_path (lam_model_get_network (models[0].model)),
      lam_network_get_path (lam_model_get_network (models[i].model)), first,
      other);
  return false;
}

LamSegmenter *
lam_segmenter_new (const LamSegmenterModel *models, int n_models,
    const LamSegmenterSettings *settings, GError **error)
{
  g_return_val_if_fail (n_models > 0, NULL);
  g_autoptr (LamSegmenter) segmenter = g_new0 (LamSegmenter, 1);
  segmenter->settings = *settings;
  if (settings->n_threads <= 0)
    segmenter->settings.n_threads = (int)g_get_num_processors ();
  if (settings->copies == 0)
    segmenter->settings.copies = LAM_COPIES_ONE;
  if (settings->limit_bytes <= 0)
    segmenter->settings.limit_bytes = lam_arena_get_default_limit ();
  segmenter->members = g_new0 (LamMember, n_models);
  segmenter->n_members = n_models;
  segmenter->n_classes = lam_model_get_n_classes (models[0].model);
  for (int i = 0; i < n_models; i++) {
    segmenter->members[i].model = models[i];
    if (!check_classes (models, i, error)
        || !lam_member_fit (&segmenter->members[i], &segmenter->settings,
            settings->tile, error))
      return NULL;
  }
  if (settings->keep_bytes > 0 && n_models == 1)
    segmenter->kept =
        lam_kept_features_new (&segmenter->members[0], settings->keep_bytes);
  return g_steal_pointer (&segmenter);
}

void
lam_segmenter_free (LamSegmenter *segmenter)
{
  if (!segmenter)
    return;
  lam_kept_features_free (segmenter->kept);
  for (int i = 0; i < segmenter->n_members; i++)
    g_clear_pointer (&segmenter->members[i].runner, lam_runner_free);
  g_free (segmenter->members);
  g_free (segmenter);
}

bool
lam_segmenter_renew (LamSegmenter *segmenter, GError **error)
{
  for (int i = 0; i < segmenter->n_members; i++)
    if (segmenter->members[i].runner
        && !lam_runner_renew (segmenter->members[i].runner, error))
      return false;
  return true;
}

int
lam_segmenter_get_n_classes (const LamSegmenter *segmenter)
{
  return segmenter->n_classes;
}

const char *
lam_segmenter_get_whole (const LamSegmenter *segmenter, int i)
{
  return segmenter->members[i].whole;
}

void
lam_segmenter_get_tile (const LamSegmenter *segmenter, int i,
    const int64_t size[3], const LamBox *box, int64_t tile[3])
{
  LamCover covers[3];
  lam_member_cover (&segmenter->members[i], size, box, covers);
  for (int j = 0; j < 3; j++)
    tile[j] = covers[j].tile;
  lam_cover_clear_all (covers);
}

int64_t
lam_segmenter_count_runs (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box)
{
  int64_t n = 0;
  for (int i = 0; i < segmenter->n_members; i++) {
    LamCover covers[3];
    lam_member_cover (&segmenter->members[i], size, box, covers);
    n += (int64_t)covers[0].n * covers[1].n * covers[2].n;
    lam_cover_clear_all (covers);
  }
  return n * (int64_t)segmenter->settings.copies;
}

double
lam_segmenter_get_work (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box)
{
  double n = 0;
  for (int i = 0; i < segmenter->n_members; i++) {
    LamCover covers[3];
    double each = 1;
    lam_member_cover (&segmenter->members[i], size, box, covers);
    for (int j = 0; j < 3; j++)
      each *= (double)covers[j].n * (double)covers[j].tile;
    n += each;
    lam_cover_clear_all (covers);
  }
  return n / segmenter->n_members / (double)lam_box_volume (box);
}

int64_t
lam_segmenter_get_sum_bytes (const LamSegmenter *segmenter)
{
  int64_t n_floats = segmenter->n_classes;
  if (lam_segmenter_count_votes (segmenter) > 1)
    n_floats += n_floats;
  return n_floats * (int64_t)sizeof (float);
}

/* What a person said, the image once more and what follows (propagate.h). */
static int64_t
get_revision_bytes (const LamSegmenter *segmenter)
{
  const int64_t facts = 3 * (int64_t)sizeof (uint8_t);
  return segmenter->is_revised
      ? lam_propagate_get_voxel_bytes (segmenter->n_classes) + facts
          + (int64_t)sizeof (float)
      : 0;
}

static bool
measure (const LamSegmenter *segmenter, const LamMember *members,
    const int64_t size[3], const LamBox *box, int64_t *bytes, GError **error)
{
  bool done = true;
  *bytes = segmenter->settings.beside_bytes
      + lam_box_volume (box)
          * (lam_segmenter_get_sum_bytes (segmenter) + LAM_PROPOSAL_BYTES
              + get_revision_bytes (segmenter));
  for (int i = 0; done && i < segmenter->n_members; i++) {
    int64_t one = 0;
    LamCover covers[3];
    lam_member_cover (&members[i], size, box, covers);
    done = lam_member_measure (
        &members[i], covers, segmenter->settings.n_threads, &one, error);
    *bytes += one;
    lam_cover_clear_all (covers);
  }
  return done;
}

void
lam_segmenter_set_revised (LamSegmenter *segmenter, bool is_revised)
{
  segmenter->is_revised = is_revised;
}

bool
lam_segmenter_measure (const LamSegmenter *segmenter, const int64_t size[3],
    const LamBox *box, int64_t *bytes, GError **error)
{
  return measure (segmenter, segmenter->members, size, box, bytes, error);
}

bool
lam_segmenter_can_keep (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box)
{
  int64_t bytes;
  return segmenter->kept && lam_kept_features_fits (segmenter->kept, box)
      && lam_segmenter_measure (segmenter, size, box, &bytes, NULL)
      && bytes + segmenter->settings.keep_bytes
      <= segmenter->settings.limit_bytes;
}

bool
lam_segmenter_has_kept (const LamSegmenter *segmenter, const LamBox *box)
{
  return segmenter->kept && lam_kept_features_has (segmenter->kept, box);
}

bool
lam_segmenter_prepare (LamSegmenter *segmenter)
{
  return segmenter->kept && lam_kept_features_prepare (segmenter->kept);
}

/* Rounds the tile to what the members take. `members` is scratch. */
static bool
keeps_limit (const LamSegmenter *segmenter, LamMember *members,
    const int64_t size[3], const LamBox *box, int64_t tile[3])
{
  int64_t bytes, rounded[3] = { 0 };
  for (int i = 0; i < segmenter->n_members; i++) {
    if (!lam_member_fit (&members[i], &segmenter->settings, tile, NULL))
      return false;
    for (int j = 0; j < 3; j++)
      rounded[j] = MAX (rounded[j], members[i].tile[j]);
  }
  if (!measure (segmenter, members, size, box, &bytes, NULL)
      || bytes > segmenter->settings.limit_bytes)
    return false;
  memcpy (tile, rounded, sizeof rounded);
  return true;
}

/* Between one that keeps the limit and one, longer along the axis, that does
 * not. */
static void
grow_tile (const LamSegmenter *segmenter, LamMember *members,
    const int64_t size[3], const LamBox *box, int axis, int64_t too_long,
    int64_t tile[3])
{
  int64_t fitting = tile[axis];
  while (too_long - fitting > 1) {
    int64_t tried[3];
    memcpy (tried, tile, sizeof tried);
    tried[axis] = fitting + (too_long - fitting) / 2;
    const int64_t middle = tried[axis];
    if (keeps_limit (segmenter, members, size, box, tried)) {
      memcpy (tile, tried, sizeof tried);
      fitting = MAX (middle, tried[axis]);
    } else {
      too_long = middle;
    }
  }
}

bool
lam_segmenter_find_tile (const LamSegmenter *segmenter, const int64_t size[3],
    const LamBox *box, int64_t tile[3])
{
  g_autofree LamMember *members = g_memdup2 (
      segmenter->members, sizeof *members * (gsize)segmenter->n_members);
  int64_t next[3] = { 0 };
  for (int i = 0; i < segmenter->n_members; i++) {
    int64_t each[3];
    lam_segmenter_get_tile (segmenter, i, size, box, each);
    for (int j = 0; j < 3; j++)
      next[j] = MAX (next[j], each[j]);
  }
  while (next[0] > 1 || next[1] > 1 || next[2] > 1) {
    int most = next[0] >= next[1] ? 0 : 1;
    if (next[2] > next[most])
      most = 2;
    const int64_t too_long = next[most];
    next[most] = lam_divide_up (too_long, 2);
    memcpy (tile, next, sizeof next);
    if (!keeps_limit (segmenter, members, size, box, tile))
      continue;
    grow_tile (segmenter, members, size, box, most, too_long, tile);
    return true;
  }
  return false;
}

bool
lam_segmenter_check_memory (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, GError **error)
{
  int64_t bytes, tile[3], better[3];
  if (!lam_segmenter_measure (segmenter, size, box, &bytes, error))
    return false;
  if (bytes <= segmenter->settings.limit_bytes)
    return true;
  g_autofree char *need = lam_text_bytes (bytes);
  g_autofree char *have = lam_text_bytes (segmenter->settings.limit_bytes);
  lam_segmenter_get_tile (segmenter, 0, size, box, tile);
  g_autofree char *now = g_strdup_printf (
      "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, tile[0],
      tile[1], tile[2]);
  if (lam_segmenter_find_tile (segmenter, size, box, better))
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Tiles of %s voxels (x, y, z) need %s of memory, but %s are "
           "allowed; tiles of %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
           ",%" G_GINT64_FORMAT " would do"),
        now, need, have, better[0], better[1], better[2]);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Tiles of %s voxels (x, y, z) need %s of memory, but %s are "
           "allowed, and smaller tiles do not help"),
        now, need, have);
  return false;
}

/* Tiles of all models along one axis of a block, and how far apart they are. */
static int
count_along (const LamSegmenter *segmenter, const int64_t size[3],
    const LamBox *block, int axis, int64_t *pitch)
{
  int most = 0;
  *pitch = 1;
  for (int i = 0; i < segmenter->n_members; i++) {
    LamCover covers[3];
    lam_member_cover (&segmenter->members[i], size, block, covers);
    const LamCover *cover = &covers[axis];
    if (cover->n > most) {
      most = cover->n;
      *pitch = most > 1 ? cover->tiles[1].first - cover->tiles[0].first : 1;
      if (segmenter->members[i].whole && most > 1)
        *pitch = cover->tiles[1].start - cover->tiles[0].start;
    }
    lam_cover_clear_all (covers);
  }
  return most;
}

static bool
is_small (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *block)
{
  int64_t bytes = lam_segmenter_get_sum_bytes (segmenter) + LAM_PROPOSAL_BYTES;
  Bound bound = exact_bound;
  for (int i = 0; i < segmenter->n_members; i++)
    if (segmenter->members[i].whole)
      bound = blended_bound;
  return lam_box_volume (block) <= bound.bytes / bytes
      && lam_segmenter_count_runs (segmenter, size, block)
      <= bound.runs * lam_segmenter_count_votes (segmenter);
}

/* Half as many tiles along the axis that has most. */
static bool
cut (const LamSegmenter *segmenter, const int64_t size[3], LamBox *block)
{
  int axis = -1, n = 1;
  int64_t pitch = 1;
  for (int i = 0; i < 3; i++) {
    int64_t each;
    int along = count_along (segmenter, size, block, i, &each);
    if (along > n && block->max[i] - block->min[i] > 1) {
      n = along;
      axis = i;
      pitch = each;
    }
  }
  if (axis < 0)
    return false;
  int64_t length = block->max[axis] - block->min[axis];
  int64_t wanted = lam_divide_up (n, 2) * pitch;
  if (wanted >= length)
    wanted = lam_divide_up (length, 2);
  block->max[axis] = block->min[axis] + wanted;
  return true;
}

void
lam_segmenter_choose_block (const LamSegmenter *segmenter,
    const int64_t size[3], const LamBox *box, int64_t block[3])
{
  LamBox part = *box;
  while (!is_small (segmenter, size, &part) && cut (segmenter, size, &part))
    ;
  for (int i = 0; i < 3; i++)
    block[i] = part.max[i] - part.min[i];
}
