/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What an act would change, found in the background and drawn as outlines in
 * every slice, until it is accepted or left. Accepting finds it anew, in the
 * project as it is then. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "tools/tool-rows.h"
#include "workspace/figure-rule.h"
#include "workspace/figure-sight.h"
#include "workspace/labelling.h"

/* Of what becomes a label that has no colour yet … */
#define NEW_RGB 0xff7800
/* … and of pieces that are offered. */
#define OFFER_RGB 0xffffff

struct _LamToolPreview {
  LamToolBox *box; /* Borrowed */
  LamJob *job; /* under way; or NULL */
  LamFigureRequest request;
  LamOverwrite overwrite;
  bool is_live; /* of a gesture: it is not waited for, nor accepted */
  bool has_next; /* which is found when the present one is */
  LamFigureRequest next;
  /* Owned; or NULL */
  GArray *next_points, *next_seeds; /* of the next request */
  LamProgress *progress; /* of the job */
  GArray *points, *labels, *seeds; /* of the request */
  GPtrArray *parts; /* of LamFigurePart: what is shown */
};

LamToolPreview *
lam_tool_preview_new (LamToolBox *box)
{
  LamToolPreview *preview = g_new0 (LamToolPreview, 1);
  preview->box = box;
  return preview;
}

static void
forget_next (LamToolPreview *preview)
{
  preview->has_next = false;
  g_clear_pointer (&preview->next_points, g_array_unref);
  g_clear_pointer (&preview->next_seeds, g_array_unref);
}

/* Without a word to who draws. */
static bool
clear (LamToolPreview *preview)
{
  bool was_there = preview->job || preview->parts;
  if (preview->job) {
    lam_progress_cancel (preview->progress);
    lam_job_cancel (preview->job);
    if (!preview->is_live)
      lam_tool_acts_ended (
          lam_tool_box_get_acts (preview->box), preview->progress, -1, NULL);
  }
  forget_next (preview);
  preview->is_live = false;
  preview->job = NULL;
  g_clear_pointer (&preview->progress, lam_progress_unref);
  g_clear_pointer (&preview->points, g_array_unref);
  g_clear_pointer (&preview->labels, g_array_unref);
  g_clear_pointer (&preview->seeds, g_array_unref);
  g_clear_pointer (&preview->parts, g_ptr_array_unref);
  return was_there;
}

void
lam_tool_preview_free (LamToolPreview *preview)
{
  clear (preview);
  g_free (preview);
}

bool
lam_tool_preview_drop (LamToolPreview *preview)
{
  if (!clear (preview))
    return false;
  lam_tool_acts_changed (lam_tool_box_get_acts (preview->box));
  return true;
}

bool
lam_tool_preview_is_begun (LamToolPreview *preview)
{
  return (preview->job || preview->parts) && !preview->is_live;
}

bool
lam_tool_preview_accept (
    LamToolPreview *preview, bool takes_offer, GError **error)
{
  /* What is on the screen is of an earlier request, or nothing is. */
  if (preview->job) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Still looking: accept it once it is shown"));
    return false;
  }
  /* Refused, it stays for when what is in the way is out of it. */
  if (!lam_workspace_check_shape (
          lam_tool_box_get_workspace (preview->box), &preview->request, error))
    return false;
  preview->request.absorbs_slivers = takes_offer;
  lam_tool_box_act (preview->box, &preview->request, preview->overwrite);
  return lam_tool_preview_drop (preview);
}

bool
lam_tool_box_has_preview (LamToolBox *box)
{
  const LamToolPreview *preview = lam_tool_box_get_preview (box);
  return preview->parts && !preview->is_live;
}

/* Of all that would be written. */
static LamBox
get_extent (const LamToolPreview *preview)
{
  LamBox extent = { 0 };
  for (guint i = 0; i < preview->parts->len; i++) {
    const LamFigurePart *part = preview->parts->pdata[i];
    LamBox box = lam_voxel_set_get_box (part->set);
    if (part->n_offered == 0)
      extent = lam_box_unite (&extent, &box);
  }
  return extent;
}

char *
lam_tool_box_dup_preview_words (LamToolBox *box)
{
  const LamToolPreview *preview = lam_tool_box_get_preview (box);
  if (!lam_tool_box_has_preview (box) || preview->job || preview->seeds
      || preview->points)
    return NULL;
  const LamBox extent = get_extent (preview);
  if (lam_box_is_empty (&extent))
    return NULL;
  const int axis = lam_plane_w (preview->request.plane);
  const char letter = "xyz"[axis];
  const int64_t first = extent.min[axis], last = extent.max[axis] - 1;
  return first == last
      ? g_strdup_printf (_ ("Outlined in %c %" G_GINT64_FORMAT
                            ": Enter does it, Escape leaves it"),
          letter, first)
      : g_strdup_printf (
          /* Translators: an axis, and the first and the last slice along it. */
          _ ("Outlined in %c %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
             ": Enter does it, Escape leaves it"),
          letter, first, last);
}

/* --- the job -------------------------------------------------------------- */

typedef struct {
  LamFigureRequest request;
  /* Owned */
  GArray *keys, *points, *labels, *seeds;
  LamProgress *progress;
  LamFigureSight *sight;
  LamFigureRule *rule; /* or NULL */
  LamOverwrite overwrite;
  LamLabelMap *map; /* Borrowed from the workspace, whose jobs end before it */
  LamLabelReader reader;
} Input;

static void
input_free (gpointer data)
{
  Input *input = data;
  g_array_unref (input->keys);
  g_clear_pointer (&input->points, g_array_unref);
  g_clear_pointer (&input->labels, g_array_unref);
  g_clear_pointer (&input->seeds, g_array_unref);
  lam_progress_unref (input->progress);
  lam_figure_sight_free (input->sight);
  g_clear_pointer (&input->rule, lam_figure_rule_free);
  g_free (input);
}

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GError **error)
{
  return lam_label_map_read (user_data, key, NULL, error);
}

static gpointer
run (gpointer data, GCancellable *cancellable, GError **error)
{
  Input *input = data;
  if (input->rule
      && !lam_figure_rule_begin (input->rule, input->overwrite,
          input->request.voxel, &input->reader, error))
    return NULL;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  if (!input->request.shape->find (
          &input->request, &input->reader, parts, input->progress, error))
    return NULL;
  lam_figure_drop_said (parts);
  return g_steal_pointer (&parts);
}

/* What Shift+Enter would do besides. */
static void
say_offer (LamToolPreview *preview)
{
  for (guint i = 0; preview->parts && i < preview->parts->len; i++) {
    const LamFigurePart *part = preview->parts->pdata[i];
    if (part->n_offered == 0)
      continue;
    const int64_t n = lam_voxel_set_count (part->set);
    g_autofree char *text = g_strdup_printf (
        ngettext ("%d small piece of %" G_GINT64_FORMAT
                  " voxels is cut off: Shift+Enter gives it to the other side",
            "%d small pieces of %" G_GINT64_FORMAT
            " voxels in all are cut off: Shift+Enter gives them to the other "
            "side",
            (gulong)part->n_offered),
        part->n_offered, n);
    lam_tool_acts_say (lam_tool_box_get_acts (preview->box), text);
  }
}

static void start_next (LamToolPreview *preview);

static void
done (gpointer result, const GError *error, gpointer user_data)
{
  LamToolPreview *preview = user_data;
  LamToolActs *acts = lam_tool_box_get_acts (preview->box);
  preview->job = NULL;
  g_clear_pointer (&preview->parts, g_ptr_array_unref);
  preview->parts = result;
  if (!preview->is_live)
    lam_tool_acts_ended (acts, preview->progress, -1, error);
  g_clear_pointer (&preview->progress, lam_progress_unref);
  lam_tool_acts_changed (acts);
  if (!preview->is_live)
    say_offer (preview);
  const char *remark = preview->parts && !preview->is_live
      ? lam_figure_get_remark (preview->parts)
      : NULL;
  if (remark)
    lam_tool_acts_say (acts, remark);
  if (preview->has_next)
    start_next (preview);
}

static const LamJobKind kind = {
  .run = run,
  .done = done,
  .free_input = input_free,
  .free_result = (GDestroyNotify)g_ptr_array_unref,
};

static void
add_key (LamBrickKey key, gpointer user_data)
{
  int64_t packed = lam_brick_key_pack (key);
  g_array_append_val ((GArray *)user_data, packed);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static GArray *
copy_or_null (const GArray *array)
{
  return array ? g_array_copy ((GArray *)array) : NULL;
}

static Input *
input_new (LamWorkspace *workspace, const LamToolPreview *preview)
{
  Input *input = g_new0 (Input, 1);
  input->map = lam_workspace_get_labels (workspace);
  input->progress = lam_progress_ref (preview->progress);
  input->keys = g_array_new (false, false, sizeof (int64_t));
  lam_label_map_foreach (input->map, add_key, input->keys);
  g_array_sort (input->keys, compare_keys);
  input->request = preview->request;
  input->request.points = input->points = copy_or_null (preview->points);
  input->request.labels = input->labels = copy_or_null (preview->labels);
  input->request.seeds = input->seeds = copy_or_null (preview->seeds);
  input->reader = (LamLabelReader){
    .read = read_brick, .user_data = input->map, .keys = input->keys
  };
  input->sight = lam_figure_sight_new (workspace, preview->request.label);
  lam_figure_sight_lend (input->sight, &input->reader);
  input->overwrite = preview->overwrite;
  if (input->request.shape->needs_free) {
    input->rule = lam_figure_rule_new_of (workspace);
    lam_figure_rule_lend (input->rule, &input->reader);
  }
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  for (int i = 0; i < 3; i++) {
    input->reader.size[i] = lam_workspace_get_size (workspace)[i];
    input->reader.voxel_size_nm[i] = nm[i] > 0 ? nm[i] : 1;
  }
  return input;
}

/* What the same act would have done stays on screen meanwhile. */
static void
start (LamToolPreview *preview, const LamFigureRequest *request,
    LamOverwrite overwrite, bool is_live)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (preview->box);
  GArray *points = copy_or_null (request->points);
  GArray *labels = copy_or_null (request->labels);
  GArray *seeds = copy_or_null (request->seeds);
  GPtrArray *parts = preview->parts && preview->request.shape == request->shape
      ? g_ptr_array_ref (preview->parts)
      : NULL;
  clear (preview);
  preview->parts = parts;
  preview->request = *request;
  preview->request.points = preview->points = points;
  preview->request.labels = preview->labels = labels;
  preview->request.seeds = preview->seeds = seeds;
  preview->request.voxels = NULL;
  preview->overwrite = overwrite;
  preview->is_live = is_live;
  preview->progress = lam_progress_new ();
  if (!is_live)
    lam_tool_acts_begun (lam_tool_box_get_acts (preview->box),
        _ (request->shape->title), preview->progress);
  preview->job = lam_job_pool_submit (lam_workspace_get_pool (workspace), &kind,
      0, input_new (workspace, preview), preview);
}

void
lam_tool_box_preview (
    LamToolBox *box, const LamFigureRequest *request, LamOverwrite overwrite)
{
  start (lam_tool_box_get_preview (box), request, overwrite, false);
}

static void
start_next (LamToolPreview *preview)
{
  const LamFigureRequest request = preview->next;
  g_autoptr (GArray) points = g_steal_pointer (&preview->next_points);
  g_autoptr (GArray) seeds = g_steal_pointer (&preview->next_seeds);
  forget_next (preview);
  start (preview, &request, preview->overwrite, true);
}

void
lam_tool_preview_follow (LamToolPreview *preview,
    const LamFigureRequest *request, LamOverwrite overwrite)
{
  /* What waits to be accepted is of an earlier request. */
  if (!preview->job || !preview->is_live) {
    start (preview, request, overwrite, true);
    return;
  }
  forget_next (preview);
  preview->overwrite = overwrite;
  preview->next = *request;
  preview->next.points = preview->next_points = copy_or_null (request->points);
  preview->next.seeds = preview->next_seeds = copy_or_null (request->seeds);
  preview->has_next = true;
}

/* Whether what it asks for is another by them. */
static bool
take_settings (LamFigureRequest *request, const LamBrushSettings *brush)
{
  const LamFigureRequest before = *request;
  if (request->shape->has_radius)
    request->radius_nm = brush->shape_radius_nm;
  if (request->shape->has_slices)
    request->n_slices =
        request->n_slices < 0 ? -brush->extrude_slices : brush->extrude_slices;
  if (request->shape->has_necks) {
    request->neck_relief = brush->neck_relief;
    request->neck_distance_nm = brush->neck_distance_nm;
    request->min_voxels = brush->small_voxels;
  }
  return request->radius_nm != before.radius_nm
      || request->neck_relief != before.neck_relief
      || request->neck_distance_nm != before.neck_distance_nm
      || request->min_voxels != before.min_voxels
      || request->n_slices != before.n_slices;
}

void
lam_tool_box_renew_preview (LamToolBox *box)
{
  LamToolPreview *preview = lam_tool_box_get_preview (box);
  const LamBrushSettings *brush = lam_tool_box_get_brush (box);
  LamFigureRequest request = preview->request;
  if ((!preview->parts && !preview->job) || preview->is_live
      || !take_settings (&request, brush))
    return;
  g_autoptr (GArray) points = copy_or_null (request.points);
  g_autoptr (GArray) labels = copy_or_null (request.labels);
  g_autoptr (GArray) seeds = copy_or_null (request.seeds);
  request.points = points;
  request.labels = labels;
  request.seeds = seeds;
  start (preview, &request, preview->overwrite, false);
}

/* --- drawing -------------------------------------------------------------- */

void
lam_tool_preview_draw (
    LamToolPreview *preview, const LamCamera *camera, LamSketch *sketch)
{
  const LamClassTable *classes =
      lam_workspace_get_classes (lam_tool_box_get_workspace (preview->box));
  LamBox visible = lam_camera_get_visible_box (camera);
  for (guint i = 0; preview->parts && i < preview->parts->len; i++) {
    const LamFigurePart *part = preview->parts->pdata[i];
    LamBox box = lam_voxel_set_get_box (part->set);
    box = lam_box_intersect (&box, &visible);
    if (lam_box_is_empty (&box))
      continue;
    g_autofree bool *mask = g_new (bool, lam_box_volume (&box));
    lam_voxel_set_copy_mask (part->set, &box, mask);
    uint32_t rgb = part->n_offered > 0 ? OFFER_RGB
        : part->is_new                 ? NEW_RGB
        : part->label == 0
        ? 0xffffff
        : lam_class_table_get_rgb (classes, part->label, false);
    lam_sketch_add_outline (
        sketch, camera->plane, &box, mask, rgb, LAM_SKETCH_FIRM);
  }
}
