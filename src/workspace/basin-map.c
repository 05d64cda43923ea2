/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* No more jobs are in the pool than can run beside whatever is drawn, so that
 * each next one can be chosen by where the person looks by then. A block that
 * could not be found is kept as one without basins, else it would be tried for
 * ever. */
#include "workspace/basin-map.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/basin-edges.h"
#include "workspace/figure-sight.h"
#include "workspace/workspace-private.h"

#define BUDGET_BYTES ((size_t)256 << 20)
/* Of one pane; of all of them they fit into the budget. */
#define MAX_WANTED 64
/* After everything that is to be drawn. */
#define PRIORITY (INT64_MAX / 2)

typedef struct {
  int mode; /* the plane, or LAM_N_PLANES: in space */
  int64_t min[3]; /* of the core */
} Key;

typedef struct {
  Key key; /* first: entries are their own keys */
  LamBasinKind kind;
  LamBasinPlace place;
  LamBasinMap *map; /* Borrowed */
  LamJob *job; /* under way; or NULL */
  LamBasinBlock *block; /* Owned; NULL: on its way, or could not be found */
  uint64_t used;
} Entry;

typedef struct {
  bool is_wanted, is_first;
  LamBasinKind kind;
  LamBox box;
  int64_t near[3];
} Wish;

struct _LamBasinMap {
  LamWorkspace *workspace; /* Borrowed */
  LamBasinsChanged changed;
  gpointer user_data;
  Wish wishes[LAM_N_PLANES];
  /* Owned */
  GHashTable *entries; /* of Entry */
  GQueue urgent; /* of Entry without job and block, owned by nobody else */
  int n_jobs;
  bool has_said;
  size_t n_bytes;
  uint64_t clock, serial;
};

static void pump (LamBasinMap *map);

/* --- entries -------------------------------------------------------------- */

static guint
hash_key (gconstpointer data)
{
  const Key *key = data;
  uint64_t hash = (uint64_t)key->mode;
  for (int i = 0; i < 3; i++)
    hash = (hash ^ (uint64_t)key->min[i]) * UINT64_C (0x9e3779b97f4a7c15);
  return (guint)(hash >> 32);
}

static gboolean
keys_equal (gconstpointer a, gconstpointer b)
{
  const Key *x = a, *y = b;
  return x->mode == y->mode && memcmp (x->min, y->min, sizeof x->min) == 0;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  if (entry->job) {
    lam_job_cancel (entry->job);
    entry->map->n_jobs--;
  }
  if (entry->block)
    entry->map->n_bytes -= lam_basin_block_get_bytes (entry->block);
  g_clear_pointer (&entry->block, lam_basin_block_unref);
  g_free (entry);
}

static LamBasinPlace
find_place (
    const LamBasinMap *map, const LamBasinKind *kind, const int64_t voxel[3])
{
  return lam_basin_place (kind, map->workspace->size,
      lam_workspace_get_voxel_size_nm (map->workspace), voxel);
}

static Key
make_key (const LamBasinKind *kind, const LamBasinPlace *place)
{
  Key key = { .mode = kind->in_space ? LAM_N_PLANES : (int)kind->plane };
  memcpy (key.min, place->core.min, sizeof key.min);
  return key;
}

static Entry *
find_entry (LamBasinMap *map, const LamBasinKind *kind, const int64_t voxel[3],
    LamBasinPlace *place)
{
  *place = find_place (map, kind, voxel);
  const Key key = make_key (kind, place);
  return g_hash_table_lookup (map->entries, &key);
}

/* Those used longest ago, until the rest fits. */
static void
trim (LamBasinMap *map)
{
  while (map->n_bytes > BUDGET_BYTES) {
    GHashTableIter iter;
    gpointer value;
    const Entry *oldest = NULL;
    g_hash_table_iter_init (&iter, map->entries);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
      const Entry *entry = value;
      if (entry->block && (!oldest || entry->used < oldest->used))
        oldest = entry;
    }
    g_hash_table_remove (map->entries, &oldest->key);
  }
}

/* --- in a worker ---------------------------------------------------------- */

typedef struct {
  LamBasinKind kind;
  LamBasinPlace place;
  int64_t volume_size[3];
  double voxel_size_nm[3];
  /* Owned */
  LamFigureSight *sight;
} Input;

static void
input_free (gpointer data)
{
  Input *input = data;
  lam_figure_sight_free (input->sight);
  g_free (input);
}

/* What there is of the image and of what networks said of it. */
static bool
read_view (Input *input, LamBasinView *view, float *greys, float *borders,
    GError **error)
{
  const LamBox *box = &input->place.around;
  bool is_any;
  for (int i = 0; i < 3; i++) {
    view->size[i] = box->max[i] - box->min[i];
    view->voxel_size_nm[i] = input->voxel_size_nm[i];
  }
  if (!lam_figure_sight_read_borders (
          input->sight, box, borders, &is_any, error))
    return false;
  if (is_any)
    view->borders = borders;
  if (is_any && !lam_figure_sight_has_image (input->sight))
    return true;
  view->greys = greys;
  return lam_figure_sight_read_image (input->sight, box, greys, error);
}

static bool
find_edges (
    Input *input, float *greys, float *edges, bool *is_of_greys, GError **error)
{
  g_autofree float *borders =
      g_new (float, lam_box_volume (&input->place.around));
  LamBasinView view = { 0 };
  if (!read_view (input, &view, greys, borders, error))
    return false;
  if (lam_basin_edges (&view, edges, is_of_greys))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is not enough memory to find supervoxels"));
  return false;
}

static gpointer
run (gpointer data, GCancellable *cancellable, GError **error)
{
  Input *input = data;
  const int64_t n = lam_box_volume (&input->place.around);
  g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
  double typical_edge = 0;
  bool is_of_greys;
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !find_edges (input, greys, edges, &is_of_greys, error)
      || (is_of_greys
          && !lam_figure_sight_find_typical_edge (
              input->sight, &input->kind, &typical_edge, cancellable, error)))
    return NULL;
  LamBasinBlock *block = lam_basin_block_new (&input->kind, &input->place,
      input->volume_size, input->voxel_size_nm, edges,
      is_of_greys ? greys : NULL, typical_edge);
  if (!block)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is not enough memory to find supervoxels"));
  return block;
}

/* --- jobs ----------------------------------------------------------------- */

static void
done (gpointer result, const GError *error, gpointer user_data)
{
  Entry *entry = user_data;
  LamBasinMap *map = entry->map;
  entry->job = NULL;
  entry->block = result;
  map->n_jobs--;
  if (error && !map->has_said)
    lam_workspace_emit_message (map->workspace, error->message);
  map->has_said = map->has_said || error;
  pump (map);
  if (!result)
    return;
  const LamBasinKind kind = entry->kind;
  g_autoptr (LamBasinBlock) block = lam_basin_block_ref (result);
  entry->used = ++map->clock;
  map->n_bytes += lam_basin_block_get_bytes (block);
  map->serial++;
  trim (map);
  map->changed (&kind, block, map->user_data);
}

static const LamJobKind job_kind = {
  .run = run,
  .done = done,
  .free_input = input_free,
  .free_result = (GDestroyNotify)lam_basin_block_unref,
};

static void
start (LamBasinMap *map, Entry *entry)
{
  Input *input = g_new0 (Input, 1);
  const double *nm = lam_workspace_get_voxel_size_nm (map->workspace);
  input->kind = entry->kind;
  input->place = entry->place;
  input->sight = lam_figure_sight_new (map->workspace, 0);
  for (int i = 0; i < 3; i++) {
    input->volume_size[i] = map->workspace->size[i];
    input->voxel_size_nm[i] = nm[i];
  }
  map->n_jobs++;
  entry->job = lam_job_pool_submit (lam_workspace_get_pool (map->workspace),
      &job_kind, PRIORITY, input, entry);
}

static void
start_at (
    LamBasinMap *map, const LamBasinKind *kind, const LamBasinPlace *place)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->key = make_key (kind, place);
  entry->kind = *kind;
  entry->place = *place;
  entry->map = map;
  g_hash_table_insert (map->entries, &entry->key, entry);
  start (map, entry);
}

/* --- what is next --------------------------------------------------------- */

typedef struct {
  LamBasinPlace place;
  double distance_nm;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const double x = ((const Candidate *)a)->distance_nm,
               y = ((const Candidate *)b)->distance_nm;
  return (x > y) - (x < y);
}

static double
find_distance_nm (const double nm[3], const LamBox *box, const int64_t voxel[3])
{
  double square = 0;
  for (int i = 0; i < 3; i++) {
    const int64_t inside = CLAMP (voxel[i], box->min[i], box->max[i] - 1);
    const double d = (double)(voxel[i] - inside) * nm[i];
    square += d * d;
  }
  return square;
}

/* The places of the blocks that meet the wish, the nearest first. */
static GArray *
list_places (const LamBasinMap *map, const Wish *wish)
{
  GArray *list = g_array_new (false, false, sizeof (Candidate));
  const double *nm = lam_workspace_get_voxel_size_nm (map->workspace);
  const LamBox *box = &wish->box;
  Candidate candidate = { 0 };
  int64_t at[3];
  for (at[2] = box->min[2]; at[2] < box->max[2];) {
    for (at[1] = box->min[1]; at[1] < box->max[1];) {
      for (at[0] = box->min[0]; at[0] < box->max[0];) {
        candidate.place = find_place (map, &wish->kind, at);
        candidate.distance_nm =
            find_distance_nm (nm, &candidate.place.core, wish->near);
        g_array_append_val (list, candidate);
        at[0] = candidate.place.core.max[0];
      }
      at[1] = candidate.place.core.max[1];
    }
    at[2] = candidate.place.core.max[2];
  }
  g_array_sort (list, compare_candidates);
  g_array_set_size (list, MIN (list->len, MAX_WANTED));
  return list;
}

static bool
start_of_wish (LamBasinMap *map, const Wish *wish)
{
  if (!wish->is_wanted)
    return false;
  g_autoptr (GArray) places = list_places (map, wish);
  for (guint i = 0; i < places->len; i++) {
    const LamBasinPlace *place = &g_array_index (places, Candidate, i).place;
    const Key key = make_key (&wish->kind, place);
    Entry *entry = g_hash_table_lookup (map->entries, &key);
    if (!entry) {
      start_at (map, &wish->kind, place);
      return true;
    }
    entry->used = ++map->clock;
  }
  return false;
}

static bool
start_urgent (LamBasinMap *map)
{
  while (!g_queue_is_empty (&map->urgent)) {
    g_autofree Entry *wanted = g_queue_pop_head (&map->urgent);
    if (g_hash_table_contains (map->entries, &wanted->key))
      continue;
    start_at (map, &wanted->kind, &wanted->place);
    return true;
  }
  return false;
}

static bool
start_next (LamBasinMap *map)
{
  if (start_urgent (map))
    return true;
  for (int first = 1; first >= 0; first--)
    for (int i = 0; i < LAM_N_PLANES; i++)
      if (map->wishes[i].is_first == first
          && start_of_wish (map, &map->wishes[i]))
        return true;
  return false;
}

static void
pump (LamBasinMap *map)
{
  const int most = MAX ((int)g_get_num_processors () / 2, 1);
  while (map->n_jobs < most && start_next (map))
    continue;
}

void
lam_basin_map_want (LamBasinMap *map, LamPlane pane, const LamBasinKind *kind,
    const LamBox *box, const int64_t near[3], bool is_first)
{
  Wish wish = { .is_wanted = box && !lam_box_is_empty (box) };
  if (wish.is_wanted) {
    wish.is_first = is_first;
    wish.kind.in_space = kind->in_space;
    wish.kind.plane = kind->plane;
    wish.box = *box;
    memcpy (wish.near, near, sizeof wish.near);
  }
  map->wishes[pane] = wish;
  pump (map);
}

/* --- reading -------------------------------------------------------------- */

LamBasinBlock *
lam_basin_map_lookup (
    LamBasinMap *map, const LamBasinKind *kind, const int64_t voxel[3])
{
  LamBasinPlace place;
  Entry *entry = find_entry (map, kind, voxel, &place);
  if (!entry)
    return NULL;
  entry->used = ++map->clock;
  return entry->block;
}

static void
add_of_block (
    const LamBasinBlock *block, int size, uint64_t name, LamVoxelSet *set)
{
  const LamBox *core = lam_basin_block_get_core (block);
  const uint32_t *finest = lam_basin_block_get_finest (block);
  const uint64_t *names = lam_basin_block_get_names (block, size);
  int64_t row[3];
  for (row[2] = core->min[2]; row[2] < core->max[2]; row[2]++)
    for (row[1] = core->min[1]; row[1] < core->max[1]; row[1]++) {
      int64_t start = -1;
      for (int64_t x = core->min[0]; x <= core->max[0]; x++) {
        const bool is_in = x < core->max[0] && names[*finest++] == name;
        if (is_in && start < 0)
          start = x;
        else if (!is_in && start >= 0) {
          lam_voxel_set_add_run (set, row, 0, start, x);
          start = -1;
        }
      }
    }
}

static int
compare_wanted (gconstpointer a, gconstpointer b)
{
  return !keys_equal (&((const Entry *)a)->key, &((const Entry *)b)->key);
}

static void
hurry (LamBasinMap *map, const LamBasinKind *kind, const LamBasinPlace *place)
{
  const Entry like = { .key = make_key (kind, place) };
  if (g_queue_find_custom (&map->urgent, &like, compare_wanted))
    return;
  Entry *wanted = g_new0 (Entry, 1);
  wanted->key = like.key;
  wanted->kind = *kind;
  wanted->place = *place;
  g_queue_push_tail (&map->urgent, wanted);
}

bool
lam_basin_map_collect (LamBasinMap *map, const LamBasinKind *kind, int size,
    uint64_t name, LamVoxelSet *set)
{
  int64_t summit[3], at[3];
  bool is_all = true;
  LamBasinPlace place = { 0 };
  lam_basin_summit (name, map->workspace->size, summit);
  const LamBox box = lam_basin_reach (kind, map->workspace->size,
      lam_workspace_get_voxel_size_nm (map->workspace), summit);
  for (at[2] = box.min[2]; at[2] < box.max[2]; at[2] = place.core.max[2])
    for (at[1] = box.min[1]; at[1] < box.max[1]; at[1] = place.core.max[1])
      for (at[0] = box.min[0]; at[0] < box.max[0]; at[0] = place.core.max[0]) {
        Entry *entry = find_entry (map, kind, at, &place);
        if (entry && entry->block) {
          entry->used = ++map->clock;
          add_of_block (entry->block, size, name, set);
        } else
          is_all = false;
        if (!entry)
          hurry (map, kind, &place);
      }
  if (!is_all)
    pump (map);
  return is_all;
}

uint64_t
lam_basin_map_get_serial (const LamBasinMap *map)
{
  return map->serial;
}

bool
lam_basin_map_is_busy (const LamBasinMap *map)
{
  return map->n_jobs > 0;
}

/* --- life ----------------------------------------------------------------- */

static void
tell_of_loss (LamBasinMap *map)
{
  map->serial++;
  map->has_said = false;
  map->changed (NULL, NULL, map->user_data);
  pump (map);
}

static void
image_changed_cb (LamBasinMap *map)
{
  g_hash_table_remove_all (map->entries);
  g_queue_clear_full (&map->urgent, g_free);
  for (int i = 0; i < LAM_N_PLANES; i++)
    map->wishes[i].is_wanted = false;
  tell_of_loss (map);
}

static gboolean
meets (gpointer key, gpointer value, gpointer user_data)
{
  const Entry *entry = value;
  const LamBox shared = lam_box_intersect (&entry->place.around, user_data);
  return !lam_box_is_empty (&shared);
}

static void
opinions_changed_cb (LamWorkspace *workspace, LamBox *box, LamBasinMap *map)
{
  if (g_hash_table_foreach_remove (map->entries, meets, box) > 0)
    tell_of_loss (map);
}

LamBasinMap *
lam_basin_map_new (
    LamWorkspace *workspace, LamBasinsChanged changed, gpointer user_data)
{
  LamBasinMap *map = g_new0 (LamBasinMap, 1);
  map->workspace = workspace;
  map->changed = changed;
  map->user_data = user_data;
  map->entries = g_hash_table_new_full (hash_key, keys_equal, NULL, entry_free);
  g_queue_init (&map->urgent);
  g_signal_connect_swapped (
      workspace, "image-changed", G_CALLBACK (image_changed_cb), map);
  g_signal_connect (
      workspace, "opinions-changed", G_CALLBACK (opinions_changed_cb), map);
  return map;
}

void
lam_basin_map_free (LamBasinMap *map)
{
  g_signal_handlers_disconnect_by_data (map->workspace, map);
  g_hash_table_unref (map->entries);
  g_queue_clear_full (&map->urgent, g_free);
  g_free (map);
}
