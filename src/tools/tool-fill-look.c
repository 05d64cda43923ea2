/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* It is found in the background in what the pane shows and, in space, some
 * slices around: so all that is outlined would be filled, and beyond more may
 * be. As long as the pointer stays on it nothing is looked for again; when it
 * leaves, or labels, locks or regions change, what is under way is stopped. The
 * lines of a pane are made once for what it shows. */
#include "tools/tool-fill-look.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "tools/tool-draft.h"
#include "workspace/figure-rule.h"
#include "workspace/labelling.h"

/* Of a pane's slice: of more, nobody sees the voxels … */
#define MAX_SLICE_VOXELS (INT64_C (1) << 22)
/* … and of the box that is looked through in space. */
#define MAX_SPACE_VOXELS (INT64_C (1) << 24)

typedef struct {
  LamSketch *sketch; /* Owned; or NULL */
  LamBox visible;
} Lines;

struct _LamToolFillLook {
  LamToolBox *box; /* Borrowed */
  LamFigureRequest request; /* of what is found or under way */
  LamOverwrite overwrite;
  bool is_begun;
  bool is_far; /* the pane shows too much */
  LamJob *job; /* under way; or NULL */
  Lines lines[LAM_N_PLANES];
  /* Owned; or NULL */
  LamProgress *progress;
  LamVoxelSet *set; /* found */
};

/* --- in a worker ---------------------------------------------------------- */

typedef struct {
  LamFigureRequest request;
  LamOverwrite overwrite;
  LamLabelReader reader;
  /* Owned */
  GArray *keys; /* none: a fill asks for no list */
  LamProgress *progress;
  LamFigureRule *rule;
} Input;

static void
input_free (gpointer data)
{
  Input *input = data;
  g_array_unref (input->keys);
  lam_progress_unref (input->progress);
  lam_figure_rule_free (input->rule);
  g_free (input);
}

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GError **error)
{
  return lam_label_map_read (user_data, key, NULL, error);
}

/* Of a label that may be painted over; the rest is up to regions. */
static LamVoxelSet *
copy_free (const Input *input, const LamVoxelSet *found)
{
  LamVoxelSet *set = lam_voxel_set_copy (found);
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  uint64_t room[LAM_VOXEL_ROWS];
  for (guint i = 0; i < keys->len; i++) {
    const LamBrickKey key =
        lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    uint64_t *rows = lam_voxel_set_open (set, key);
    if (lam_figure_rule_leave_verified (input->rule, key, rows, room) == room)
      memcpy (rows, room, sizeof room);
    lam_voxel_set_settle (set, key);
  }
  return set;
}

static gpointer
run (gpointer data, GCancellable *cancellable, GError **error)
{
  Input *input = data;
  const LamFigureRequest *request = &input->request;
  uint32_t label;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  if (!lam_figure_rule_begin (
          input->rule, input->overwrite, request->voxel, &input->reader, error)
      || !lam_figure_read_voxel (&input->reader, request->voxel, &label, error))
    return NULL;
  if (label == request->label || lam_figure_rule_is_locked (input->rule, label)
      || !lam_figure_rule_allows (input->rule, label))
    return lam_voxel_set_new (input->reader.size);
  return request->shape->find (
             request, &input->reader, parts, input->progress, error)
      ? copy_free (input, ((LamFigurePart *)parts->pdata[0])->set)
      : NULL;
}

static void
done (gpointer result, const GError *error, gpointer user_data)
{
  LamToolFillLook *look = user_data;
  look->job = NULL;
  look->set = result;
  g_clear_pointer (&look->progress, lam_progress_unref);
  lam_tool_acts_changed (lam_tool_box_get_acts (look->box));
}

static const LamJobKind kind = {
  .run = run,
  .done = done,
  .free_input = input_free,
  .free_result = (GDestroyNotify)lam_voxel_set_free,
};

/* --- looking -------------------------------------------------------------- */

void
lam_tool_fill_look_forget (LamToolFillLook *look)
{
  if (look->job) {
    lam_progress_cancel (look->progress);
    lam_job_cancel (look->job);
  }
  look->job = NULL;
  look->is_begun = look->is_far = false;
  g_clear_pointer (&look->progress, lam_progress_unref);
  g_clear_pointer (&look->set, lam_voxel_set_free);
  for (int i = 0; i < LAM_N_PLANES; i++)
    g_clear_pointer (&look->lines[i].sketch, lam_sketch_unref);
}

static void
start (LamToolFillLook *look)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (look->box);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  Input *input = g_new0 (Input, 1);
  look->progress = lam_progress_new ();
  look->is_begun = true;
  input->request = look->request;
  input->overwrite = look->overwrite;
  input->keys = g_array_new (false, false, sizeof (int64_t));
  input->progress = lam_progress_ref (look->progress);
  input->rule = lam_figure_rule_new_of (workspace);
  input->reader = (LamLabelReader){ .read = read_brick,
    .user_data = lam_workspace_get_labels (workspace),
    .keys = input->keys };
  for (int i = 0; i < 3; i++) {
    input->reader.size[i] = lam_workspace_get_size (workspace)[i];
    input->reader.voxel_size_nm[i] = nm[i] > 0 ? nm[i] : 1;
  }
  look->job = lam_job_pool_submit (
      lam_workspace_get_pool (workspace), &kind, 0, input, look);
}

/* What the pane shows and, in space, slices on both sides. Empty: too much. */
static LamBox
find_box (const LamCamera *camera, bool in_space)
{
  LamBox box = lam_camera_get_visible_box (camera);
  const int64_t n = lam_box_volume (&box);
  const int w = lam_plane_w (camera->plane);
  if (lam_box_is_empty (&box) || n > MAX_SLICE_VOXELS)
    return (LamBox){ 0 };
  if (!in_space)
    return box;
  const int64_t reach = MIN ((MAX_SPACE_VOXELS / n - 1) / 2, LAM_BRICK_EDGE);
  box.min[w] = MAX (box.min[w] - reach, 0);
  box.max[w] = MIN (box.max[w] + reach, camera->size[w]);
  return box;
}

/* Why nothing is outlined, as long as that is so. */
static void
say_far (LamToolFillLook *look, bool is_far)
{
  if (is_far == look->is_far)
    return;
  look->is_far = is_far;
  lam_tool_acts_say (lam_tool_box_get_acts (look->box), NULL);
}

char *
lam_tool_fill_look_dup_hint (const LamToolFillLook *look)
{
  return look->is_far ? g_strdup (_ ("Zoom in to see what would be filled"))
                      : NULL;
}

static bool
is_for (const LamToolFillLook *look, const LamFigureRequest *request,
    LamOverwrite overwrite)
{
  const LamFigureRequest *own = &look->request;
  const bool is_same = look->is_begun && own->plane == request->plane
      && own->in_space == request->in_space && own->label == request->label
      && look->overwrite == overwrite
      && lam_box_equal (&own->within, &request->within);
  return is_same
      && (memcmp (own->voxel, request->voxel, sizeof own->voxel) == 0
          || (look->set && lam_voxel_set_has (look->set, request->voxel)));
}

static void
look_for (LamToolFillLook *look, bool in_space, const LamCamera *camera)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (look->box);
  LamFigureRequest request = { .shape = lam_figure_find ("fill"),
    .plane = camera->plane,
    .in_space = in_space,
    .label = lam_workspace_get_active_label (workspace),
    .within = find_box (camera, in_space) };
  const LamOverwrite overwrite = lam_tool_box_get_hover_overwrite (look->box);
  if (!lam_tool_box_get_hover (look->box, camera->plane, request.voxel)
      || !lam_workspace_get_labels (workspace)
      || lam_box_is_empty (&request.within)
      || !lam_box_contains (&request.within, request.voxel)) {
    const LamBox visible = lam_camera_get_visible_box (camera);
    if (look->is_begun)
      lam_tool_fill_look_forget (look);
    say_far (look, lam_box_volume (&visible) > MAX_SLICE_VOXELS);
    return;
  }
  say_far (look, false);
  if (request.label == 0)
    request.label = UINT32_MAX; /* a new one: no voxel has it */
  if (is_for (look, &request, overwrite))
    return;
  lam_tool_fill_look_forget (look);
  look->request = request;
  look->overwrite = overwrite;
  start (look);
}

/* --- life ----------------------------------------------------------------- */

static void
changed_cb (LamToolFillLook *look)
{
  if (!look->is_begun)
    return;
  lam_tool_fill_look_forget (look);
  lam_tool_acts_changed (lam_tool_box_get_acts (look->box));
}

LamToolFillLook *
lam_tool_fill_look_new (LamToolBox *box)
{
  static const char *const names[] = { "labels-changed", "classes-changed",
    "regions-changed", "project-changed", "closing" };
  LamToolFillLook *look = g_new0 (LamToolFillLook, 1);
  look->box = box;
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_swapped (lam_tool_box_get_workspace (box), names[i],
        G_CALLBACK (changed_cb), look);
  return look;
}

void
lam_tool_fill_look_free (LamToolFillLook *look)
{
  g_signal_handlers_disconnect_by_data (
      lam_tool_box_get_workspace (look->box), look);
  lam_tool_fill_look_forget (look);
  g_free (look);
}

/* --- drawing -------------------------------------------------------------- */

static LamSketch *
make_lines (const LamToolFillLook *look, LamPlane plane, const LamBox *visible)
{
  LamSketch *sketch = lam_sketch_new ();
  const LamToolDraft as_painted = { 0 };
  LamBox box = lam_voxel_set_get_box (look->set);
  box = lam_box_intersect (&box, visible);
  if (lam_box_is_empty (&box))
    return sketch;
  g_autofree bool *mask = g_new (bool, lam_box_volume (&box));
  lam_voxel_set_copy_mask (look->set, &box, mask);
  lam_sketch_add_outline (sketch, plane, &box, mask,
      lam_tool_draft_rgb (look->box, &as_painted), LAM_SKETCH_FIRM);
  return sketch;
}

void
lam_tool_fill_look_draw (LamToolFillLook *look, bool in_space,
    const LamCamera *camera, LamSketch *sketch)
{
  Lines *lines = &look->lines[camera->plane];
  if (camera->plane == lam_tool_box_get_hover_plane (look->box))
    look_for (look, in_space, camera);
  const LamBox visible = lam_camera_get_visible_box (camera);
  if (!look->set || lam_box_volume (&visible) > MAX_SLICE_VOXELS)
    return;
  if (!lines->sketch || !lam_box_equal (&lines->visible, &visible)) {
    g_clear_pointer (&lines->sketch, lam_sketch_unref);
    lines->sketch = make_lines (look, camera->plane, &visible);
    lines->visible = visible;
  }
  lam_sketch_add_all (sketch, lines->sketch);
}
