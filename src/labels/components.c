/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A piece is a component of one brick. Bricks come in scan order, and what a
 * brick touches of those before it lies in three fronts: `below`, the last
 * section of the layer of bricks before; `behind`, the last rows of the row of
 * bricks before; `left`, the last column of the brick before. Of two bricks the
 * later one joins them, at every voxel in which a pair of their voxels can
 * meet, those across edges and corners included:
 * - an earlier layer is met in `below` only, which is a whole section;
 * - an earlier row of the same layer in `behind`, which is as long as the
 *   volume, so that both neighbours across an edge are in it;
 * - the brick before in `left`.
 * Pieces are numbered in the order of bricks, which is not that of the first
 * voxels; so the first voxel is kept, and finish() sorts by it.
 *
 * A piece that is too small and touches no other brick stays so: it gets no
 * number. Painting leaves out the same ones. */
#include "labels/components.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct {
  int64_t n_voxels, first;
  int32_t min[3], max[3];
  uint32_t parent; /* a piece; once finished the object's id, or 0 */
  uint8_t class_id;
} Piece;

struct _LamComponents {
  LamComponentsLayout layout;
  int64_t n_bricks[3];
  int64_t n_added;
  bool is_wanted[256];
  /* Owned */
  GArray *pieces; /* Piece; number 0 is nothing */
  uint32_t *base; /* the first piece of each brick */
  /* The fronts: free() */
  uint32_t *below, *top; /* the layer before and this one; in x, y */
  uint32_t *behind, *back; /* the row before and this one; in x, z */
  uint32_t *left, *right; /* the brick before and this one; in y, z */
  uint32_t *row;
  GArray *objects; /* LamComponent, by id - 1 */
};

static void
free_fronts (LamComponents *components)
{
  uint32_t **fronts[] = { &components->below, &components->top,
    &components->behind, &components->back, &components->left,
    &components->right, &components->row };
  for (size_t i = 0; i < G_N_ELEMENTS (fronts); i++)
    g_clear_pointer (fronts[i], free);
}

void
lam_components_free (LamComponents *components)
{
  if (!components)
    return;
  free_fronts (components);
  g_free (components->base);
  g_clear_pointer (&components->pieces, g_array_unref);
  g_clear_pointer (&components->objects, g_array_unref);
  g_free (components);
}

static bool
allocate (LamComponents *components)
{
  const int64_t *size = components->layout.size;
  const int64_t *brick = components->layout.brick;
  struct {
    uint32_t **front;
    int64_t u, v;
  } fronts[] = {
    { &components->below, size[0], size[1] },
    { &components->top, size[0], size[1] },
    { &components->behind, size[0], brick[2] },
    { &components->back, size[0], brick[2] },
    { &components->left, brick[1], brick[2] },
    { &components->right, brick[1], brick[2] },
    { &components->row, brick[0], 1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (fronts); i++) {
    size_t n = (size_t)fronts[i].u * (size_t)fronts[i].v;
    *fronts[i].front = lam_memory_new0 (n * sizeof (uint32_t));
    if (!*fronts[i].front)
      return false;
  }
  gsize n_bricks = (gsize)lam_components_get_n_bricks (components);
  components->base = g_try_malloc0_n (n_bricks, sizeof (uint32_t));
  return components->base != NULL;
}

LamComponents *
lam_components_new (const LamComponentsLayout *layout, GError **error)
{
  g_autoptr (LamComponents) components = g_new0 (LamComponents, 1);
  bool is_small = true;
  components->layout = *layout;
  for (int i = 0; i < 3; i++) {
    g_return_val_if_fail (layout->size[i] > 0 && layout->brick[i] > 0, NULL);
    int64_t *edge = &components->layout.brick[i];
    *edge = MIN (*edge, layout->size[i]);
    components->n_bricks[i] = lam_divide_up (layout->size[i], *edge);
    is_small &= layout->size[i] <= G_MAXINT32;
  }
  for (int i = 0; i < 256; i++)
    components->is_wanted[i] = layout->min_voxels[i] > 0;
  components->pieces = g_array_new (false, true, sizeof (Piece));
  g_array_set_size (components->pieces, 1);
  components->objects = g_array_new (false, false, sizeof (LamComponent));
  if (is_small && allocate (components))
    return g_steal_pointer (&components);
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory to find objects in sections of "
         "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
      layout->size[0], layout->size[1]);
  return NULL;
}

int64_t
lam_components_get_n_bricks (const LamComponents *components)
{
  return components->n_bricks[0] * components->n_bricks[1]
      * components->n_bricks[2];
}

LamBox
lam_components_get_brick (const LamComponents *components, int64_t i)
{
  const int64_t *n = components->n_bricks;
  int64_t at[3] = { i % n[0], i / n[0] % n[1], i / n[0] / n[1] };
  LamBox box;
  for (int axis = 0; axis < 3; axis++) {
    int64_t edge = components->layout.brick[axis];
    box.min[axis] = at[axis] * edge;
    box.max[axis] = MIN (box.min[axis] + edge, components->layout.size[axis]);
  }
  return box;
}

static void
get_size (const LamBox *box, int64_t size[3])
{
  for (int i = 0; i < 3; i++)
    size[i] = box->max[i] - box->min[i];
}

LamBlockComponents *
lam_components_scan (
    const LamComponents *components, int64_t i, const uint8_t *classes)
{
  LamBox box = lam_components_get_brick (components, i);
  int64_t size[3];
  get_size (&box, size);
  return lam_block_components_new (
      classes, size, components->is_wanted, components->layout.connectivity);
}

/* Whether a component of a brick is all there is of it, and too small. */
static bool
is_dropped (const LamComponents *components, const LamBox *brick,
    const LamComponent *component)
{
  const LamComponentsLayout *layout = &components->layout;
  if (component->n_voxels >= layout->min_voxels[component->class_id])
    return false;
  for (int i = 0; i < 3; i++) {
    int64_t edge = brick->max[i] - brick->min[i];
    if ((component->box.min[i] == 0 && brick->min[i] > 0)
        || (component->box.max[i] == edge && brick->max[i] < layout->size[i]))
      return false;
  }
  return true;
}

static void
add_piece (LamComponents *components, const LamBox *brick,
    const LamComponent *component)
{
  const int64_t *size = components->layout.size;
  int64_t local[3];
  get_size (brick, local);
  int64_t x = component->first % local[0] + brick->min[0];
  int64_t y = component->first / local[0] % local[1] + brick->min[1];
  int64_t z = component->first / local[0] / local[1] + brick->min[2];
  Piece piece = { .n_voxels = component->n_voxels,
    .first = (z * size[1] + y) * size[0] + x,
    .parent = components->pieces->len,
    .class_id = component->class_id };
  for (int i = 0; i < 3; i++) {
    piece.min[i] = (int32_t)(component->box.min[i] + brick->min[i]);
    piece.max[i] = (int32_t)(component->box.max[i] + brick->min[i]);
  }
  g_array_append_val (components->pieces, piece);
}

/* The numbers of a brick's components; 0: dropped. */
static uint32_t *
number_pieces (const LamComponents *components, int64_t i,
    const LamBlockComponents *scanned)
{
  LamBox brick = lam_components_get_brick (components, i);
  size_t n = lam_block_components_get_n (scanned);
  uint32_t next = components->base[i];
  uint32_t *ids = g_new (uint32_t, n + 1);
  for (size_t k = 0; k < n; k++) {
    const LamComponent *each = lam_block_components_get_nth (scanned, k);
    ids[k] = is_dropped (components, &brick, each) ? 0 : next++;
  }
  return ids;
}

static uint32_t
find_root (Piece *pieces, uint32_t i)
{
  while (pieces[i].parent != i) {
    pieces[i].parent = pieces[pieces[i].parent].parent;
    i = pieces[i].parent;
  }
  return i;
}

static void
unite (LamComponents *components, uint32_t a, uint32_t b)
{
  Piece *pieces = &g_array_index (components->pieces, Piece, 0);
  if (pieces[a].class_id != pieces[b].class_id)
    return;
  a = find_root (pieces, a);
  b = find_root (pieces, b);
  pieces[MAX (a, b)].parent = MIN (a, b);
}

/* A voxel and the nine of a front beside it. `axis` is the one across the
 * front, which is `width` wide and `height` high; (u, v) is the place in it.
 * Wide fronts repeat the same pairs: `last` is the one before. */
typedef struct {
  const uint32_t *front;
  int64_t width, height;
  int axis;
  uint32_t last[2];
} Front;

static void
join_voxel (
    LamComponents *components, Front *front, uint32_t id, int64_t u, int64_t v)
{
  LamConnectivity connectivity = components->layout.connectivity;
  int reach = connectivity != LAM_CONNECT_FACES;
  for (int64_t dv = -reach; dv <= reach; dv++)
    for (int64_t du = -reach; du <= reach; du++) {
      if (u + du < 0 || u + du >= front->width || v + dv < 0
          || v + dv >= front->height
          || !lam_connectivity_has (connectivity, 1, du, dv))
        continue;
      uint32_t other = front->front[(v + dv) * front->width + u + du];
      if (!other || (front->last[0] == id && front->last[1] == other))
        continue;
      unite (components, id, other);
      front->last[0] = id;
      front->last[1] = other;
    }
}

static void
join_row (LamComponents *components, Front *front, const uint32_t *row,
    const LamBox *brick, int64_t v)
{
  for (int64_t x = brick->min[0]; x < brick->max[0]; x++)
    if (row[x - brick->min[0]])
      join_voxel (components, front, row[x - brick->min[0]], x, v);
}

static void
join_below (LamComponents *components, const LamBox *brick,
    const LamBlockComponents *scanned, const uint32_t *ids)
{
  const int64_t *size = components->layout.size;
  Front front = { components->below, size[0], size[1], 2, { 0, 0 } };
  for (int64_t y = brick->min[1]; brick->min[2] > 0 && y < brick->max[1]; y++) {
    lam_block_components_paint_row (
        scanned, y - brick->min[1], 0, ids, components->row);
    join_row (components, &front, components->row, brick, y);
  }
}

static void
join_behind (LamComponents *components, const LamBox *brick,
    const LamBlockComponents *scanned, const uint32_t *ids)
{
  int64_t depth = brick->max[2] - brick->min[2];
  Front front = { components->behind, components->layout.size[0], depth, 1,
    { 0, 0 } };
  for (int64_t z = 0; brick->min[1] > 0 && z < depth; z++) {
    lam_block_components_paint_row (scanned, 0, z, ids, components->row);
    join_row (components, &front, components->row, brick, z);
  }
}

static void
join_left (LamComponents *components, const LamBox *brick,
    const LamBlockComponents *scanned, const uint32_t *ids)
{
  int64_t height = brick->max[1] - brick->min[1];
  int64_t depth = brick->max[2] - brick->min[2];
  Front front = { components->left, height, depth, 0, { 0, 0 } };
  for (int64_t z = 0; brick->min[0] > 0 && z < depth; z++)
    for (int64_t y = 0; y < height; y++) {
      uint32_t id = lam_block_components_get_end (scanned, y, z, false, ids);
      if (id)
        join_voxel (components, &front, id, y, z);
    }
}

/* Leaves the brick's last section, rows and column in the fronts. */
static void
fill_fronts (LamComponents *components, const LamBox *brick,
    const LamBlockComponents *scanned, const uint32_t *ids)
{
  int64_t width = components->layout.size[0], local[3];
  get_size (brick, local);
  for (int64_t y = 0; y < local[1]; y++)
    lam_block_components_paint_row (scanned, y, local[2] - 1, ids,
        components->top + (brick->min[1] + y) * width + brick->min[0]);
  for (int64_t z = 0; z < local[2]; z++) {
    lam_block_components_paint_row (scanned, local[1] - 1, z, ids,
        components->back + z * width + brick->min[0]);
    for (int64_t y = 0; y < local[1]; y++)
      components->right[z * local[1] + y] =
          lam_block_components_get_end (scanned, y, z, true, ids);
  }
}

static void
swap (uint32_t **a, uint32_t **b)
{
  uint32_t *kept = *a;
  *a = *b;
  *b = kept;
}

bool
lam_components_add (LamComponents *components, int64_t i,
    const LamBlockComponents *scanned, GError **error)
{
  g_return_val_if_fail (i == components->n_added, false);
  g_return_val_if_fail (components->row, false);
  LamBox brick = lam_components_get_brick (components, i);
  size_t n = lam_block_components_get_n (scanned);
  if (components->pieces->len + n > UINT32_MAX / sizeof (Piece)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("The classes fall into more than %zu pieces: give a larger least "
           "size"),
        UINT32_MAX / sizeof (Piece));
    return false;
  }
  components->base[i] = components->pieces->len;
  for (size_t k = 0; k < n; k++) {
    const LamComponent *each = lam_block_components_get_nth (scanned, k);
    if (!is_dropped (components, &brick, each))
      add_piece (components, &brick, each);
  }
  g_autofree uint32_t *ids = number_pieces (components, i, scanned);
  join_below (components, &brick, scanned, ids);
  join_behind (components, &brick, scanned, ids);
  join_left (components, &brick, scanned, ids);
  fill_fronts (components, &brick, scanned, ids);
  swap (&components->left, &components->right);
  if (brick.max[0] == components->layout.size[0]) {
    swap (&components->behind, &components->back);
    if (brick.max[1] == components->layout.size[1])
      swap (&components->below, &components->top);
  }
  components->n_added++;
  return true;
}

/* A root gets all that its pieces have. */
static void
gather (Piece *pieces, size_t n)
{
  for (uint32_t i = 1; i < n; i++) {
    uint32_t root = find_root (pieces, i);
    if (root == i)
      continue;
    Piece *to = &pieces[root];
    const Piece *from = &pieces[i];
    to->n_voxels += from->n_voxels;
    to->first = MIN (to->first, from->first);
    for (int axis = 0; axis < 3; axis++) {
      to->min[axis] = MIN (to->min[axis], from->min[axis]);
      to->max[axis] = MAX (to->max[axis], from->max[axis]);
    }
  }
}

static int
compare_first (const void *a, const void *b, gpointer data)
{
  const Piece *pieces = data;
  int64_t x = pieces[*(const uint32_t *)a].first;
  int64_t y = pieces[*(const uint32_t *)b].first;
  return (x > y) - (x < y);
}

static GArray *
sort_roots (const LamComponents *components, Piece *pieces)
{
  GArray *roots = g_array_new (false, false, sizeof (uint32_t));
  for (uint32_t i = 1; i < components->pieces->len; i++)
    if (pieces[i].parent == i
        && pieces[i].n_voxels
            >= components->layout.min_voxels[pieces[i].class_id])
      g_array_append_val (roots, i);
  g_array_sort_with_data (roots, compare_first, pieces);
  return roots;
}

static LamComponent
component_of (const Piece *piece)
{
  return (LamComponent){ piece->class_id, piece->n_voxels, piece->first,
    lam_box_new (piece->min[0], piece->min[1], piece->min[2], piece->max[0],
        piece->max[1], piece->max[2]) };
}

void
lam_components_finish (LamComponents *components)
{
  g_return_if_fail (
      components->n_added == lam_components_get_n_bricks (components));
  g_return_if_fail (components->row);
  Piece *pieces = &g_array_index (components->pieces, Piece, 0);
  size_t n = components->pieces->len;
  free_fronts (components);
  gather (pieces, n);
  g_autoptr (GArray) roots = sort_roots (components, pieces);
  g_autofree uint32_t *ids = g_new0 (uint32_t, n);
  for (uint32_t i = 0; i < roots->len; i++) {
    uint32_t root = g_array_index (roots, uint32_t, i);
    LamComponent object = component_of (&pieces[root]);
    ids[root] = i + 1;
    g_array_append_val (components->objects, object);
  }
  for (uint32_t i = 1; i < n; i++)
    ids[i] = ids[find_root (pieces, i)];
  for (uint32_t i = 0; i < n; i++)
    pieces[i].parent = ids[i];
}

size_t
lam_components_get_n (const LamComponents *components)
{
  return components->objects->len;
}

LamComponent
lam_components_get (const LamComponents *components, uint32_t id)
{
  g_return_val_if_fail (
      id > 0 && id <= components->objects->len, (LamComponent){ 0 });
  return g_array_index (components->objects, LamComponent, id - 1);
}

void
lam_components_paint (const LamComponents *components, int64_t i,
    const LamBlockComponents *scanned, uint32_t *labels)
{
  const Piece *pieces = &g_array_index (components->pieces, Piece, 0);
  size_t n = lam_block_components_get_n (scanned);
  g_autofree uint32_t *ids = number_pieces (components, i, scanned);
  for (size_t k = 0; k < n; k++)
    ids[k] = pieces[ids[k]].parent;
  lam_block_components_paint (scanned, ids, labels);
}
