/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What of a label is a person's word when he cuts something off it. Brick by
 * brick, as what was cut off may be long and thin; bricks are looked at by
 * cells of 8 × 8 × 8, as what is nearest may be at the other end of the volume:
 * objects of 100 000 bricks take some tenths of a second. */
#include <math.h>
#include <string.h>

#include "base/int64-hash.h"
#include "labels/figure.h"

/* What a person who cuts something off has looked at around it: about so much,
 * and at least so many voxels. */
#define SAID_NM 200
#define SAID_VOXELS 8
#define CELL_SHIFT 3 /* of bricks */

/* What of a brick may hold voxels. */
typedef struct {
  LamBox box;
  int64_t key, cell;
} Block;

typedef struct {
  LamBox box;
  guint first, end; /* of its blocks */
} Cell;

typedef struct {
  GArray *blocks, *cells; /* Owned */
} Blocks;

static void
blocks_clear (Blocks *blocks)
{
  g_array_unref (blocks->blocks);
  g_array_unref (blocks->cells);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Blocks, blocks_clear)

static void
blocks_init (Blocks *blocks)
{
  blocks->blocks = g_array_new (false, false, sizeof (Block));
  blocks->cells = g_array_new (false, false, sizeof (Cell));
}

/* All voxels of the set lie in `whole`. */
static void
add_set (Blocks *blocks, const LamVoxelSet *set, LamBox whole)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  for (guint i = 0; i < keys->len; i++) {
    const int64_t packed = g_array_index (keys, int64_t, i);
    const LamBrickKey key = lam_brick_key_unpack (packed);
    const LamBox brick = lam_brick_box (key);
    const Block block = { .box = lam_box_intersect (&brick, &whole),
      .key = packed,
      .cell = lam_brick_key_pack ((LamBrickKey){
          key.x >> CELL_SHIFT, key.y >> CELL_SHIFT, key.z >> CELL_SHIFT }) };
    g_array_append_val (blocks->blocks, block);
  }
}

static int
compare_blocks (gconstpointer a, gconstpointer b)
{
  const Block *x = a, *y = b;
  return x->cell != y->cell ? (x->cell > y->cell) - (x->cell < y->cell)
                            : (x->key > y->key) - (x->key < y->key);
}

/* Of many small sets in a brick one block. */
static void
unite_blocks (GArray *blocks)
{
  guint n = 0;
  for (guint i = 0; i < blocks->len; i++) {
    const Block *block = &g_array_index (blocks, Block, i);
    Block *last = n > 0 ? &g_array_index (blocks, Block, n - 1) : NULL;
    if (last && last->key == block->key)
      last->box = lam_box_unite (&last->box, &block->box);
    else
      g_array_index (blocks, Block, n++) = *block;
  }
  g_array_set_size (blocks, n);
}

/* After all are added. */
static void
find_cells (Blocks *blocks)
{
  g_array_sort (blocks->blocks, compare_blocks);
  unite_blocks (blocks->blocks);
  for (guint i = 0; i < blocks->blocks->len;) {
    const Block *first = &g_array_index (blocks->blocks, Block, i);
    Cell cell = { .box = first->box, .first = i };
    for (; i < blocks->blocks->len; i++) {
      const Block *block = &g_array_index (blocks->blocks, Block, i);
      if (block->cell != first->cell)
        break;
      cell.box = lam_box_unite (&cell.box, &block->box);
    }
    cell.end = i;
    g_array_append_val (blocks->cells, cell);
  }
}

/* While what is near to what was cut off is looked for. */
typedef struct {
  const Blocks *cut_off, *kept; /* Borrowed */
  int64_t margin[3];
  int64_t times; /* that the margin is gone beyond what was cut off */
  GHashTable *reached; /* Borrowed; LamBox by packed key, what of each brick is
                        * that near; NULL: while `times` is looked for */
} Search;

/* How many margins it takes, at least 1, that one comes to the other. */
static int64_t
count_times (const Search *search, const LamBox *a, const LamBox *b)
{
  int64_t times = 1;
  for (int i = 0; i < 3; i++) {
    const int64_t gap = MAX (b->min[i] - a->max[i], a->min[i] - b->max[i]);
    if (gap >= 0)
      times = MAX (times, gap / search->margin[i] + 1);
  }
  return times;
}

static void
note (const Search *search, const Block *cut_off, const Block *kept)
{
  LamBox near = cut_off->box;
  for (int i = 0; i < 3; i++) {
    near.min[i] -= search->times * search->margin[i];
    near.max[i] += search->times * search->margin[i];
  }
  near = lam_box_intersect (&near, &kept->box);
  LamBox *noted = g_hash_table_lookup (search->reached, &kept->key);
  if (noted)
    *noted = lam_box_unite (noted, &near);
  else
    g_hash_table_insert (search->reached,
        g_memdup2 (&kept->key, sizeof kept->key),
        g_memdup2 (&near, sizeof near));
}

static void
look_at_cells (Search *search, const Cell *cut_off, const Cell *kept)
{
  for (guint i = cut_off->first; i < cut_off->end; i++) {
    const Block *a = &g_array_index (search->cut_off->blocks, Block, i);
    if (count_times (search, &a->box, &kept->box) > search->times)
      continue;
    for (guint k = kept->first; k < kept->end; k++) {
      const Block *b = &g_array_index (search->kept->blocks, Block, k);
      const int64_t times = count_times (search, &a->box, &b->box);
      if (search->reached && times <= search->times)
        note (search, a, b);
      else if (!search->reached)
        search->times = MIN (search->times, times);
    }
  }
}

static void
look (Search *search)
{
  const GArray *cut_off = search->cut_off->cells, *kept = search->kept->cells;
  for (guint i = 0; i < cut_off->len; i++)
    for (guint k = 0; k < kept->len; k++) {
      const Cell *a = &g_array_index (cut_off, Cell, i);
      const Cell *b = &g_array_index (kept, Cell, k);
      const int64_t times = count_times (search, &a->box, &b->box);
      if (search->reached ? times <= search->times : times < search->times)
        look_at_cells (search, a, b);
    }
}

static LamVoxelSet *
take_reached (const LamVoxelSet *set, GHashTable *reached)
{
  LamVoxelSet *near = lam_voxel_set_new (lam_voxel_set_get_size (set));
  GHashTableIter iter;
  gpointer packed, box;
  g_hash_table_iter_init (&iter, reached);
  while (g_hash_table_iter_next (&iter, &packed, &box)) {
    const LamBrickKey key = lam_brick_key_unpack (*(int64_t *)packed);
    uint64_t *rows = lam_voxel_set_open (near, key);
    memcpy (rows, lam_voxel_set_get (set, key), LAM_VOXEL_ROWS * sizeof *rows);
    lam_voxel_rows_clip (key, box, rows);
    lam_voxel_set_settle (near, key);
  }
  return near;
}

/* Within so many margins, as `search->times` says. */
static LamVoxelSet *
find_near (Search *search, const LamVoxelSet *set)
{
  g_autoptr (GHashTable) reached =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  search->reached = reached;
  look (search);
  search->reached = NULL;
  return take_reached (set, reached);
}

/* What is nearest where nothing is near. That is said by bricks, of which the
 * near part may be empty; some steps on, none is. */
static LamVoxelSet *
find_nearest (Search *search, const LamVoxelSet *set)
{
  search->times = INT64_MAX;
  look (search);
  const int64_t least = search->times;
  for (int64_t more = 0;; more = more * 2 + 1) {
    search->times = least + more;
    g_autoptr (LamVoxelSet) near = find_near (search, set);
    if (!lam_voxel_set_is_empty (near))
      return g_steal_pointer (&near);
  }
}

static void
set_margin (Search *search, const LamLabelReader *reader)
{
  for (int a = 0; a < 3; a++) {
    const double nm = reader->voxel_size_nm[a];
    const double voxels =
        nm > 0 ? fmax (ceil (SAID_NM / nm), SAID_VOXELS) : SAID_VOXELS;
    search->margin[a] = (int64_t)fmin (voxels, (double)reader->size[a]);
  }
}

static void
add_said (GPtrArray *parts, LamVoxelSet *set, uint32_t label)
{
  lam_figure_add_part (parts, set, label);
  ((LamFigurePart *)parts->pdata[parts->len - 1])->is_said = true;
}

void
lam_figure_add_said_part (const LamLabelReader *reader, GPtrArray *parts,
    LamVoxelSet *set, uint32_t label)
{
  g_autoptr (LamVoxelSet) whole = set;
  g_auto (Blocks) cut_off = { 0 }, kept = { 0 };
  blocks_init (&cut_off);
  blocks_init (&kept);
  for (guint i = 0; i < parts->len; i++) {
    const LamFigurePart *part = parts->pdata[i];
    if (part->is_new && part->like == label)
      add_set (&cut_off, part->set, lam_voxel_set_get_box (part->set));
  }
  add_set (&kept, whole, lam_box_of_size (reader->size));
  if (cut_off.blocks->len == 0 || kept.blocks->len == 0)
    return;
  find_cells (&cut_off);
  find_cells (&kept);
  Search search = { .cut_off = &cut_off, .kept = &kept, .times = 1 };
  set_margin (&search, reader);
  g_autoptr (LamVoxelSet) near = find_near (&search, whole);
  add_said (parts,
      lam_voxel_set_is_empty (near) ? find_nearest (&search, whole)
                                    : g_steal_pointer (&near),
      label);
}

void
lam_figure_drop_said (GPtrArray *parts)
{
  for (guint i = parts->len; i > 0; i--)
    if (((const LamFigurePart *)parts->pdata[i - 1])->is_said)
      g_ptr_array_remove_index (parts, i - 1);
}
