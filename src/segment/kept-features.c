/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Blocks of features that do not overlap much: of a box that is asked for, what
 * no block has is computed and becomes new blocks, as long as that is less work
 * than all of it. */
#include "segment/kept-features.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/text.h"
#include "nn/head.h"
#include "segment/feature-plans.h"

/* What is made ready at once: a fraction of a millisecond. */
#define PORTION_BYTES (INT64_C (1) << 20)
#define PAGE_BYTES 4096

typedef struct {
  void *start; /* Owned */
  int64_t bytes, n_touched; /* from the start: the system has given them */
} Memory;

typedef struct {
  LamBox box;
  Memory memory;
  float *features; /* Borrowed; in it, a row a channel */
} Block;

/* What of a box is taken from a block. */
typedef struct {
  Block *block;
  LamBox box;
} Piece;

struct _LamKeptFeatures {
  const LamMember *member; /* Borrowed */
  LamHead head;
  LamFeaturePlans *plans; /* Owned */
  int64_t limit_bytes;
  Memory spare; /* for the next block */
  int64_t last_bytes; /* of the last block; 0: none yet */
  GPtrArray *blocks; /* Owned; Block, the last used ones last */
};

static void
block_free (gpointer data)
{
  Block *block = data;
  free (block->memory.start);
  g_free (block);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Block, block_free)

LamKeptFeatures *
lam_kept_features_new (const LamMember *member, int64_t limit_bytes)
{
  const LamModel *model = member->model.model;
  LamShape shape = lam_runner_find_shape (model, member->tile);
  LamHead head;
  if (member->whole || member->copies != LAM_COPIES_ONE
      || lam_model_says_probabilities (model)
      || !lam_head_find (&head, lam_model_get_network (model), &shape, 1, NULL))
    return NULL;
  LamKeptFeatures *kept = g_new0 (LamKeptFeatures, 1);
  kept->member = member;
  kept->head = head;
  kept->plans = lam_feature_plans_new (member, &head);
  kept->limit_bytes = limit_bytes;
  kept->blocks = g_ptr_array_new_with_free_func (block_free);
  return kept;
}

void
lam_kept_features_free (LamKeptFeatures *kept)
{
  if (!kept)
    return;
  lam_feature_plans_free (kept->plans);
  g_ptr_array_unref (kept->blocks);
  free (kept->spare.start);
  g_free (kept);
}

/* ---- What is there ------------------------------------------------------ */

static int64_t
get_bytes (const LamKeptFeatures *kept, const LamBox *box)
{
  return lam_box_volume (box) * kept->head.layers[0].channels
      * (int64_t)sizeof (float);
}

bool
lam_kept_features_fits (const LamKeptFeatures *kept, const LamBox *box)
{
  return get_bytes (kept, box) <= kept->limit_bytes / 2;
}

static void
add_unless_empty (GArray *boxes, const LamBox *box)
{
  if (!lam_box_is_empty (box))
    g_array_append_val (boxes, *box);
}

/* Adds what is left of `box` without `taken`, which lies in it. Whole sections
 * first: those have the shortest rims. */
static void
add_rest (GArray *boxes, LamBox box, const LamBox *taken)
{
  for (int a = 2; a >= 0; a--) {
    LamBox below = box, above = box;
    below.max[a] = taken->min[a];
    above.min[a] = taken->max[a];
    add_unless_empty (boxes, &below);
    add_unless_empty (boxes, &above);
    box.min[a] = taken->min[a];
    box.max[a] = taken->max[a];
  }
}

/* Adds what the block has of each box to `pieces`; gives what it has not. */
static GArray *
take_from (Block *block, GArray *boxes, GArray *pieces)
{
  GArray *rest = g_array_new (false, false, sizeof (LamBox));
  for (guint i = 0; i < boxes->len; i++) {
    const LamBox *box = &g_array_index (boxes, LamBox, i);
    Piece piece = { block, lam_box_intersect (&block->box, box) };
    if (lam_box_is_empty (&piece.box)) {
      g_array_append_val (rest, *box);
      continue;
    }
    g_array_append_val (pieces, piece);
    add_rest (rest, *box, &piece.box);
  }
  return rest;
}

/* `missing` (LamBox): what no block has. */
static GArray *
find_pieces (const LamKeptFeatures *kept, const LamBox *box, GArray **missing)
{
  GArray *pieces = g_array_new (false, false, sizeof (Piece));
  GArray *left = g_array_new (false, false, sizeof (LamBox));
  g_array_append_val (left, *box);
  for (guint i = kept->blocks->len; i > 0; i--) {
    GArray *rest = take_from (kept->blocks->pdata[i - 1], left, pieces);
    g_array_unref (left);
    left = rest;
  }
  *missing = left;
  return pieces;
}

bool
lam_kept_features_has (const LamKeptFeatures *kept, const LamBox *box)
{
  g_autoptr (GArray) missing = NULL;
  g_autoptr (GArray) pieces = find_pieces (kept, box, &missing);
  return missing->len == 0;
}

/* ---- Memory ------------------------------------------------------------- */

/* Drops those that were asked for longest ago. */
static void
make_room (LamKeptFeatures *kept, int64_t bytes)
{
  int64_t sum = bytes;
  for (guint i = 0; i < kept->blocks->len; i++)
    sum += ((Block *)kept->blocks->pdata[i])->memory.bytes;
  while (sum > kept->limit_bytes && kept->blocks->len > 0) {
    sum -= ((Block *)kept->blocks->pdata[0])->memory.bytes;
    g_ptr_array_remove_index (kept->blocks, 0);
  }
}

static void
drop_spare (LamKeptFeatures *kept)
{
  free (kept->spare.start);
  kept->spare = (Memory){ 0 };
}

static bool
has_spare (const LamKeptFeatures *kept, int64_t bytes)
{
  return kept->spare.bytes >= bytes && kept->spare.bytes <= bytes / 4 * 5;
}

/* Its start is NULL when there is none. */
static Memory
take_memory (LamKeptFeatures *kept, int64_t bytes)
{
  Memory memory = { .bytes = bytes };
  if (has_spare (kept, bytes)) {
    /* What is too much goes back; NULL: it cannot. */
    void *shrunk = realloc (kept->spare.start, (size_t)bytes);
    memory.start = shrunk ? shrunk : kept->spare.start;
    kept->spare = (Memory){ 0 };
    return memory;
  }
  drop_spare (kept);
  make_room (kept, bytes);
  memory.start = lam_memory_new ((size_t)bytes);
  return memory;
}

bool
lam_kept_features_prepare (LamKeptFeatures *kept)
{
  Memory *spare = &kept->spare;
  if (kept->last_bytes == 0)
    return false;
  if (!has_spare (kept, kept->last_bytes)) {
    *spare = take_memory (kept, kept->last_bytes);
    if (!spare->start)
      drop_spare (kept);
  }
  int64_t end = MIN (spare->n_touched + PORTION_BYTES, spare->bytes);
  for (int64_t at = spare->n_touched; at < end; at += PAGE_BYTES)
    ((volatile char *)spare->start)[at] = 0;
  spare->n_touched = end;
  return end < spare->bytes;
}

/* ---- Computing ---------------------------------------------------------- */

static Block *
compute (LamKeptFeatures *kept, LamVolume *volume, const LamBox *box,
    const LamPlanOptions *options, LamProgress *progress, GError **error)
{
  g_autoptr (Block) block = g_new0 (Block, 1);
  int64_t bytes = get_bytes (kept, box);
  block->box = *box;
  block->memory = take_memory (kept, bytes);
  block->features = block->memory.start;
  kept->last_bytes = bytes;
  if (!block->features) {
    g_autofree char *need = lam_text_bytes (bytes);
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for a box of %" G_GINT64_FORMAT
           " voxels: it needs %s"),
        lam_box_volume (box), need);
    return NULL;
  }
  return lam_feature_plans_run (kept->plans, volume, box, block->features,
             options, progress, error)
      ? g_steal_pointer (&block)
      : NULL;
}

/* Voxels that the network is shown. */
static double
get_work (const LamKeptFeatures *kept, const int64_t size[3], const LamBox *box)
{
  double work = 1;
  LamCover covers[3];
  lam_member_cover (kept->member, size, box, covers);
  for (int i = 0; i < 3; i++)
    work *= (double)covers[i].n * (double)covers[i].tile;
  lam_cover_clear_all (covers);
  return work;
}

/* Makes them the last; their bytes. */
static int64_t
touch (LamKeptFeatures *kept, const GArray *pieces)
{
  int64_t bytes = 0;
  for (guint i = 0; i < pieces->len; i++) {
    Block *block = g_array_index (pieces, Piece, i).block;
    guint at;
    if (i > 0 && g_array_index (pieces, Piece, i - 1).block == block)
      continue; /* pieces of a block follow each other */
    g_assert (g_ptr_array_find (kept->blocks, block, &at));
    g_ptr_array_add (kept->blocks, g_ptr_array_steal_index (kept->blocks, at));
    bytes += block->memory.bytes;
  }
  return bytes;
}

/* What is to be computed of a box; empty: nothing. */
static GArray *
choose_boxes (LamKeptFeatures *kept, const int64_t size[3], const LamBox *box)
{
  g_autoptr (GArray) missing = NULL;
  g_autoptr (GArray) pieces = find_pieces (kept, box, &missing);
  int64_t bytes = touch (kept, pieces);
  double work = 0;
  for (guint i = 0; i < missing->len; i++) {
    const LamBox *part = &g_array_index (missing, LamBox, i);
    bytes += get_bytes (kept, part);
    work += get_work (kept, size, part);
  }
  if (work <= get_work (kept, size, box) && bytes <= kept->limit_bytes)
    return g_steal_pointer (&missing);
  /* All of it, in place of what is there. */
  for (guint i = 0; i < pieces->len; i++) {
    Block *block = g_array_index (pieces, Piece, i).block;
    if (i == 0 || g_array_index (pieces, Piece, i - 1).block != block)
      g_ptr_array_remove (kept->blocks, block);
  }
  g_array_set_size (missing, 0);
  g_array_append_val (missing, *box);
  return g_steal_pointer (&missing);
}

static bool
complete (LamKeptFeatures *kept, LamVolume *volume, const LamBox *box,
    const LamPlanOptions *options, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) missing =
      choose_boxes (kept, lam_volume_get_size (volume), box);
  for (guint i = 0; i < missing->len; i++) {
    const LamBox *part = &g_array_index (missing, LamBox, i);
    g_autoptr (LamProgress) one =
        lam_progress_new_part (progress, i, i + 1, missing->len);
    Block *block = compute (kept, volume, part, options, one, error);
    if (!block)
      return false;
    g_ptr_array_add (kept->blocks, block);
  }
  return true;
}

bool
lam_kept_features_look (LamKeptFeatures *kept, LamVolume *volume,
    const LamBox *box, const LamPlanOptions *options, LamProgress *progress,
    GError **error)
{
  return complete (kept, volume, box, options, progress, error)
      && lam_progress_check (progress, error);
}

/* ---- Saying ------------------------------------------------------------- */

/* Voxels at once: what is known of them stays in the nearest cache. */
#define STRIP 256

typedef struct {
  const LamKeptFeatures *kept;
  Piece piece;
  LamBox box; /* that was asked for */
  LamKeptFeaturesTake take;
  gpointer data; /* Borrowed; of `take` */
} Saying;

static int64_t
find_voxel (const LamBox *box, const int64_t at[3])
{
  return ((at[2] - box->min[2]) * (box->max[1] - box->min[1]) + at[1]
             - box->min[1])
      * (box->max[0] - box->min[0])
      + at[0] - box->min[0];
}

/* `n` voxels that follow each other both in the block and in the box. */
static void
say_run (const Saying *saying, int64_t from, int64_t to, int64_t n)
{
  const LamHead *head = &saying->kept->head;
  const LamModel *model = saying->kept->member->model.model;
  const Block *block = saying->piece.block;
  g_autofree float *scores = g_new (float, head->layers[0].filters *STRIP);
  g_autofree float *said =
      g_new (float, lam_model_get_n_classes (model) * STRIP);
  for (int64_t i = 0; i < n; i += STRIP) {
    const int64_t now = MIN (n - i, STRIP);
    lam_head_score (head, block->features + from + i,
        lam_box_volume (&block->box), now, scores);
    lam_model_finish (model, scores, now, said);
    saying->take (to + i, now, said, saying->data);
  }
}

/* By rows, or at once where these follow each other. */
static bool
say_section (int64_t section, gpointer data, GError **error)
{
  const Saying *saying = data;
  const LamBox *part = &saying->piece.box;
  const LamBox *block = &saying->piece.block->box, *box = &saying->box;
  const int64_t width = part->max[0] - part->min[0];
  const bool is_whole = width == block->max[0] - block->min[0]
      && width == box->max[0] - box->min[0];
  const int64_t rows = is_whole ? part->max[1] - part->min[1] : 1;
  int64_t at[3] = { part->min[0], part->min[1], part->min[2] + section };
  for (; at[1] < part->max[1]; at[1] += rows)
    say_run (
        saying, find_voxel (block, at), find_voxel (box, at), width * rows);
  return true;
}

bool
lam_kept_features_run (LamKeptFeatures *kept, LamVolume *volume,
    const LamBox *box, const LamPlanOptions *options, LamKeptFeaturesTake take,
    gpointer data, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) missing = NULL;
  if (!complete (kept, volume, box, options, progress, error))
    return false;
  g_autoptr (GArray) pieces = find_pieces (kept, box, &missing);
  g_assert (missing->len == 0);
  for (guint i = 0; i < pieces->len; i++) {
    Saying saying = { kept, g_array_index (pieces, Piece, i), *box, take,
      data };
    if (!lam_parallel (options->n_threads,
            saying.piece.box.max[2] - saying.piece.box.min[2], say_section,
            &saying, NULL, error))
      return false;
  }
  return lam_progress_check (progress, error);
}
