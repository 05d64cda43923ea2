/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stroke keeps the voxels of the supervoxels that it came over, and those are
 * drawn and painted: whatever the map forgets or finds anew meanwhile, nothing
 * is painted that was not shown. What is not found yet where it goes is added
 * when it is, as long as the button is down.
 *
 * The thin lines between all of them are made once for what a pane shows, and
 * again when it shows something else. */
#include "tools/tool-basins.h"

#include <math.h>
#include <string.h>

#include "tools/tool-draft.h"
#include "workspace/basin-map.h"
#include "workspace/labelling.h"

/* On screen; smaller ones would be a grey net. */
#define LEAST_WIDTH_PX 7.0
/* Nobody follows lines between so many voxels. */
#define MAX_VOXELS (INT64_C (1) << 22)
#define NET_RGB 0xffb000

typedef struct {
  uint64_t name;
  int size; /* when it was touched */
  bool is_complete;
} Touched;

/* The thin lines of one pane. */
typedef struct {
  LamSketch *sketch; /* Owned; or NULL */
  LamBox box;
  LamBasinKind kind;
  int size;
  uint64_t serial;
} Net;

struct _LamToolBasins {
  LamToolBox *box; /* Borrowed */
  LamBasinKind kind; /* of the stroke */
  uint32_t rgb;
  bool has_last;
  double last[3];
  Net nets[LAM_N_PLANES];
  /* Owned */
  LamBasinMap *map;
  LamVoxelSet *voxels; /* NULL: no stroke */
  GArray *touched; /* of Touched */
  GArray *missing; /* of int64_t[3]: on the way, where none was found yet */
};

static LamBasinKind
get_kind (LamToolBox *box, LamPlane plane)
{
  const bool in_space = lam_tool_box_get_brush (box)->basins_in_space;
  return (LamBasinKind){ in_space, in_space ? LAM_PLANE_XY : plane };
}

static bool
kinds_equal (const LamBasinKind *a, const LamBasinKind *b)
{
  return a->in_space == b->in_space && a->plane == b->plane;
}

/* --- a stroke ------------------------------------------------------------- */

static void
touch_name (LamToolBasins *basins, uint64_t name)
{
  Touched touched = { name, lam_tool_box_get_brush (basins->box)->basin_size };
  for (guint i = basins->touched->len; i-- > 0;) {
    const Touched *other = &g_array_index (basins->touched, Touched, i);
    if (other->name == name && other->size == touched.size)
      return;
  }
  touched.is_complete = lam_basin_map_collect (
      basins->map, &basins->kind, touched.size, name, basins->voxels);
  g_array_append_val (basins->touched, touched);
}

/* False: not found yet. */
static bool
touch_voxel (LamToolBasins *basins, const int64_t voxel[3])
{
  const LamBasinBlock *block =
      lam_basin_map_lookup (basins->map, &basins->kind, voxel);
  if (!block)
    return false;
  const int size = lam_tool_box_get_brush (basins->box)->basin_size;
  touch_name (basins, lam_basin_block_find (block, size, voxel));
  return true;
}

/* More of them is there: what the stroke waits for may be among it. */
static void
changed_cb (const LamBasinKind *kind, LamBasinBlock *block, gpointer user_data)
{
  LamToolBasins *basins = user_data;
  if (block && basins->voxels && kinds_equal (kind, &basins->kind)) {
    for (guint i = basins->missing->len; i-- > 0;)
      if (touch_voxel (
              basins, &g_array_index (basins->missing, int64_t, 3 * i)))
        g_array_remove_index_fast (basins->missing, i);
    for (guint i = 0; i < basins->touched->len; i++) {
      Touched *touched = &g_array_index (basins->touched, Touched, i);
      if (!touched->is_complete)
        touched->is_complete = lam_basin_map_collect (basins->map,
            &basins->kind, touched->size, touched->name, basins->voxels);
    }
  }
  lam_tool_acts_changed (lam_tool_box_get_acts (basins->box));
}

LamToolBasins *
lam_tool_basins_new (LamToolBox *box)
{
  LamToolBasins *basins = g_new0 (LamToolBasins, 1);
  basins->box = box;
  basins->map =
      lam_basin_map_new (lam_tool_box_get_workspace (box), changed_cb, basins);
  basins->touched = g_array_new (false, false, sizeof (Touched));
  basins->missing = g_array_new (false, false, sizeof (int64_t[3]));
  return basins;
}

void
lam_tool_basins_free (LamToolBasins *basins)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    g_clear_pointer (&basins->nets[i].sketch, lam_sketch_unref);
  lam_basin_map_free (basins->map);
  g_clear_pointer (&basins->voxels, lam_voxel_set_free);
  g_array_unref (basins->touched);
  g_array_unref (basins->missing);
  g_free (basins);
}

void
lam_tool_basins_begin (LamToolBasins *basins, LamPlane plane, uint32_t label)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (basins->box);
  lam_tool_basins_end (basins);
  basins->kind = get_kind (basins->box, plane);
  basins->voxels = lam_voxel_set_new (lam_workspace_get_size (workspace));
  basins->rgb = label ? lam_class_table_get_rgb (
                    lam_workspace_get_classes (workspace), label, false)
                      : 0xffffff;
}

void
lam_tool_basins_touch (LamToolBasins *basins, const double voxel[3])
{
  const double *from = basins->has_last ? basins->last : voxel;
  LamBox all = lam_box_of_size (
      lam_workspace_get_size (lam_tool_box_get_workspace (basins->box)));
  double way = 0;
  for (int i = 0; i < 3; i++)
    way = fmax (way, fabs (voxel[i] - from[i]));
  const int n = (int)fmin (ceil (way), 10000);
  for (int step = n > 0 && basins->has_last; step <= n; step++) {
    int64_t at[3];
    for (int i = 0; i < 3; i++)
      at[i] =
          (int64_t)floor (from[i] + (voxel[i] - from[i]) * step / MAX (n, 1));
    if (lam_box_contains (&all, at) && !touch_voxel (basins, at))
      g_array_append_vals (basins->missing, at, 1);
  }
  memcpy (basins->last, voxel, sizeof basins->last);
  basins->has_last = true;
  lam_tool_acts_changed (lam_tool_box_get_acts (basins->box));
}

const LamVoxelSet *
lam_tool_basins_get_voxels (const LamToolBasins *basins)
{
  return basins->voxels;
}

bool
lam_tool_basins_is_complete (const LamToolBasins *basins)
{
  bool is_complete = basins->missing->len == 0;
  for (guint i = 0; i < basins->touched->len; i++)
    is_complete =
        is_complete && g_array_index (basins->touched, Touched, i).is_complete;
  return is_complete;
}

bool
lam_tool_basins_end (LamToolBasins *basins)
{
  const bool was_there = basins->voxels != NULL;
  g_clear_pointer (&basins->voxels, lam_voxel_set_free);
  g_array_set_size (basins->touched, 0);
  g_array_set_size (basins->missing, 0);
  basins->has_last = false;
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (basins->box));
  return was_there;
}

bool
lam_tool_basins_is_busy (const LamToolBasins *basins)
{
  return lam_basin_map_is_busy (basins->map);
}

void
lam_tool_basins_rest (LamToolBasins *basins)
{
  const int64_t nowhere[3] = { 0 };
  const LamBasinKind kind = { 0 };
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_basin_map_want (basins->map, (LamPlane)i, &kind, NULL, nowhere, false);
}

/* --- drawing -------------------------------------------------------------- */

/* A number for each part: equal ones in one place are of one name. */
static uint32_t
get_number (uint64_t name)
{
  return MAX ((uint32_t)name, 1);
}

static void
copy_block (
    const LamBasinBlock *block, int size, const LamBox *box, uint32_t *numbers)
{
  const LamBox *core = lam_basin_block_get_core (block);
  const LamBox part = lam_box_intersect (core, box);
  const uint32_t *finest = lam_basin_block_get_finest (block);
  const uint64_t *names = lam_basin_block_get_names (block, size);
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  const int64_t mx = core->max[0] - core->min[0],
                my = core->max[1] - core->min[1];
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      const uint32_t *from = finest - core->min[0]
          + mx * (y - core->min[1] + my * (z - core->min[2]));
      uint32_t *to = numbers - box->min[0]
          + nx * (y - box->min[1] + ny * (z - box->min[2]));
      for (int64_t x = part.min[0]; x < part.max[0]; x++)
        to[x] = get_number (names[from[x]]);
    }
}

static void
copy_numbers (LamToolBasins *basins, const LamBasinKind *kind, int size,
    const LamBox *box, uint32_t *numbers)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (basins->box);
  const int64_t *volume = lam_workspace_get_size (workspace);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  LamBasinPlace place = { 0 };
  int64_t at[3];
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2] = place.core.max[2])
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1] = place.core.max[1])
      for (at[0] = box->min[0]; at[0] < box->max[0];
           at[0] = place.core.max[0]) {
        const LamBasinBlock *block =
            lam_basin_map_lookup (basins->map, kind, at);
        place = lam_basin_place (kind, volume, nm, at);
        if (block)
          copy_block (block, size, box, numbers);
      }
}

static void
draw_net (LamToolBasins *basins, const LamCamera *camera,
    const LamBasinKind *kind, const LamBox *box, LamSketch *sketch)
{
  Net *net = &basins->nets[camera->plane];
  const int size = lam_tool_box_get_brush (basins->box)->basin_size;
  const uint64_t serial = lam_basin_map_get_serial (basins->map);
  if (lam_basin_width_nm (size, camera->voxel_size_nm)
      < LEAST_WIDTH_PX * camera->nm_per_px)
    return;
  if (!net->sketch || !lam_box_equal (&net->box, box)
      || !kinds_equal (&net->kind, kind) || net->size != size
      || net->serial != serial) {
    g_autofree uint32_t *numbers = g_new0 (uint32_t, lam_box_volume (box));
    copy_numbers (basins, kind, size, box, numbers);
    g_clear_pointer (&net->sketch, lam_sketch_unref);
    net->sketch = lam_sketch_new ();
    lam_sketch_add_borders (
        net->sketch, camera->plane, box, numbers, NET_RGB, LAM_SKETCH_HAIR);
    net->box = *box;
    net->kind = *kind;
    net->size = size;
    net->serial = serial;
  }
  lam_sketch_add_all (sketch, net->sketch);
}

static void
draw_voxels (const LamVoxelSet *voxels, const LamCamera *camera,
    const LamBox *visible, uint32_t rgb, LamSketch *sketch)
{
  LamBox box = lam_voxel_set_get_box (voxels);
  box = lam_box_intersect (&box, visible);
  if (lam_box_is_empty (&box))
    return;
  g_autofree bool *mask = g_new (bool, lam_box_volume (&box));
  lam_voxel_set_copy_mask (voxels, &box, mask);
  lam_sketch_add_outline (
      sketch, camera->plane, &box, mask, rgb, LAM_SKETCH_FIRM);
}

/* What a click would paint. */
static void
draw_hovered (LamToolBasins *basins, const LamCamera *camera,
    const LamBasinKind *kind, const int64_t voxel[3], const LamBox *visible,
    LamSketch *sketch)
{
  const int size = lam_tool_box_get_brush (basins->box)->basin_size;
  const LamBasinBlock *block = lam_basin_map_lookup (basins->map, kind, voxel);
  if (!block)
    return;
  LamWorkspace *workspace = lam_tool_box_get_workspace (basins->box);
  g_autoptr (LamVoxelSet) set =
      lam_voxel_set_new (lam_workspace_get_size (workspace));
  lam_basin_map_collect (
      basins->map, kind, size, lam_basin_block_find (block, size, voxel), set);
  const LamToolDraft as_painted = { 0 }; /* not erased */
  draw_voxels (set, camera, visible,
      lam_tool_draft_rgb (basins->box, &as_painted), sketch);
}

/* Where the person looks in a pane. */
static bool
find_centre (LamToolBasins *basins, const LamCamera *camera, int64_t near[3])
{
  if (lam_tool_box_get_hover (basins->box, camera->plane, near))
    return true;
  const double *at =
      lam_workspace_get_position (lam_tool_box_get_workspace (basins->box));
  for (int i = 0; i < 3; i++)
    near[i] = (int64_t)floor (at[i]);
  return false;
}

void
lam_tool_basins_draw (
    LamToolBasins *basins, const LamCamera *camera, LamSketch *sketch)
{
  const LamBasinKind kind = get_kind (basins->box, camera->plane);
  const LamBox visible = lam_camera_get_visible_box (camera);
  const bool can =
      !lam_box_is_empty (&visible) && lam_box_volume (&visible) <= MAX_VOXELS;
  int64_t near[3];
  const bool is_hovered = find_centre (basins, camera, near);
  lam_basin_map_want (basins->map, camera->plane, &kind, can ? &visible : NULL,
      near, camera->plane == lam_tool_box_get_hover_plane (basins->box));
  if (can)
    draw_net (basins, camera, &kind, &visible, sketch);
  if (basins->voxels)
    draw_voxels (basins->voxels, camera, &visible, basins->rgb, sketch);
  else if (is_hovered)
    draw_hovered (basins, camera, &kind, near, &visible, sketch);
}
