/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick is scanned once; words of its labels are open meanwhile, and the last
 * ones are remembered, as labels come in runs. */
#include "workspace/dissent-parts.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/figure.h"

/* A set takes 64 KiB or more. */
#define MAX_LABELS 4096

typedef struct {
  const LamDissent *dissent; /* Borrowed, these three */
  const LamDissentObject *object; /* or NULL */
  const int64_t *size;
  GPtrArray *parts; /* Owned; of LamFigurePart */
  GHashTable *by_label; /* Owned; theirs → LamFigurePart */
  /* Of the brick under way */
  LamBrickKey key;
  GHashTable *open; /* Owned; of LamFigurePart, all those with open words */
  uint32_t last;
  uint64_t *words; /* Borrowed; of `last`; NULL: there is no last */
} Search;

static void
search_clear (Search *search)
{
  g_clear_pointer (&search->parts, g_ptr_array_unref);
  g_clear_pointer (&search->by_label, g_hash_table_unref);
  g_clear_pointer (&search->open, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static LamFigurePart *
get_part (Search *search, uint32_t theirs)
{
  LamFigurePart *part =
      g_hash_table_lookup (search->by_label, GUINT_TO_POINTER (theirs));
  if (part)
    return part;
  lam_figure_add_part (search->parts, lam_voxel_set_new (search->size), 0);
  part = search->parts->pdata[search->parts->len - 1];
  part->like = theirs;
  g_hash_table_insert (search->by_label, GUINT_TO_POINTER (theirs), part);
  return part;
}

static void
add_voxel (Search *search, int i, uint32_t theirs)
{
  if (!search->words || theirs != search->last) {
    LamFigurePart *part = get_part (search, theirs);
    search->words = lam_voxel_set_open (part->set, search->key);
    search->last = theirs;
    g_hash_table_add (search->open, part);
  }
  search->words[i / LAM_BRICK_EDGE] |= UINT64_C (1) << i % LAM_BRICK_EDGE;
}

static void
settle (Search *search)
{
  GHashTableIter iter;
  gpointer part;
  g_hash_table_iter_init (&iter, search->open);
  while (g_hash_table_iter_next (&iter, &part, NULL))
    lam_voxel_set_settle (((LamFigurePart *)part)->set, search->key);
  g_hash_table_remove_all (search->open);
  search->words = NULL;
}

/* `rows` NULL: all of the brick. */
static void
scan_brick (Search *search, const LamDissentBricks *two, const uint64_t *rows)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    LamDissentPair pair;
    if ((!rows || rows[i / LAM_BRICK_EDGE] >> i % LAM_BRICK_EDGE & 1)
        && lam_dissent_bricks_get (two, i, &pair)
        && lam_dissent_differs (search->dissent, pair.mine, pair.theirs)
        && (!search->object || lam_dissent_object_has (search->object, pair)))
      add_voxel (search, i, pair.theirs);
  }
  settle (search);
}

static bool
check_labels (const Search *search, GError **error)
{
  if (search->parts->len <= MAX_LABELS)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("More than %d objects of the second person lie there: take them in "
         "smaller steps"),
      MAX_LABELS);
  return false;
}

GPtrArray *
lam_dissent_find_parts (const LamDissent *dissent,
    const LamDissentObject *object, const LamVoxelSet *voxels,
    const int64_t size[3], LamProgress *progress, GError **error)
{
  g_auto (Search) search = { .dissent = dissent,
    .object = object,
    .size = size,
    .parts =
        g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free),
    .by_label = g_hash_table_new (NULL, NULL),
    .open = g_hash_table_new (NULL, NULL) };
  const GArray *keys = lam_dissent_get_keys (dissent);
  for (guint i = 0; i < keys->len; i++) {
    search.key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *rows =
        voxels ? lam_voxel_set_get (voxels, search.key) : NULL;
    if (voxels && !rows)
      continue;
    g_auto (LamDissentBricks) two = { 0 };
    if (!lam_dissent_read (dissent, i, &two, error)
        || !lam_progress_check (progress, error))
      return NULL;
    scan_brick (&search, &two, rows);
    if (!check_labels (&search, error))
      return NULL;
    lam_progress_set (progress, i + 1, keys->len);
  }
  return g_steal_pointer (&search.parts);
}
