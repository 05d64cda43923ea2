/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network said is known from the labels: those that its runs wrote are
 * of the class that it said. All else is fixed, as in model-objects.c. The
 * parts left nothing out at their borders, so that the classes, and with them
 * the objects, are the same whatever the parts were. */
#include "workspace/object-look-private.h"

#include <math.h>
#include <string.h>

#include "base/brick-number.h"
#include "base/parallel.h"
#include "labels/object-divider.h"
#include "store/opinions.h"
#include "volume/scratch-source.h"
#include "workspace/model-objects.h"

/* Of the whole: about how long each takes. */
enum { READ = 2, FOUND = 5, CUT = 8, DIVIDED = 9, MATCHED = 11, COMPARED = 13 };

/* What was before is read in parts of so many voxels: no brick in many. */
#define READ_EDGE (2 * LAM_BRICK_EDGE)
/* A larger scratch volume lies on disk. */
#define MEMORY_VOXELS (INT64_C (1) << 26)

void
lam_object_look_free (LamObjectLook *look)
{
  g_clear_object (&look->store);
  g_clear_pointer (&look->acts, lam_model_acts_unref);
  g_clear_pointer (&look->numbers, lam_label_numbers_unref);
  g_clear_pointer (&look->class_ids, g_array_unref);
  g_clear_pointer (&look->rules, g_array_unref);
  g_clear_pointer (&look->now, lam_store_snapshot_free);
  g_clear_pointer (&look->labels, lam_source_unref);
  g_clear_pointer (&look->rows, g_ptr_array_unref);
  g_clear_pointer (&look->keys, g_array_unref);
  g_clear_pointer (&look->dropped, g_array_unref);
  g_free (look);
}

static void
work_clear (LamObjectWork *work)
{
  g_clear_pointer (&work->said, lam_source_unref);
  g_clear_pointer (&work->places, g_hash_table_unref);
  g_clear_pointer (&work->found, g_array_unref);
  g_clear_pointer (&work->used, g_hash_table_unref);
  g_clear_pointer (&work->free, g_array_unref);
  g_mutex_clear (&work->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamObjectWork, work_clear)

/* ---- What is there ------------------------------------------------------ */

bool
lam_object_look_is_said (const LamObjectLook *look, uint16_t source)
{
  const GArray *sources = look->acts->sources;
  for (guint i = 0; i < sources->len; i++)
    if (g_array_index (sources, uint16_t, i) == source)
      return true;
  return false;
}

static bool
is_fixed (const LamObjectLook *look, const LamClassTable *classes,
    uint16_t source, uint32_t label)
{
  return !lam_object_look_is_said (look, source)
      || lam_class_table_is_locked (classes, label);
}

/* Calls for each row of the part of a brick that lies in a box; `from`: in the
 * brick, `to`: in the box, dense. */
typedef void (*VisitRow) (int64_t from, int64_t to, int64_t n, gpointer data);

static void
visit_rows (const LamBox *brick, const LamBox *box, const LamBox *inside,
    VisitRow visit, gpointer data)
{
  LamBox part = lam_box_intersect (brick, inside);
  part = lam_box_intersect (&part, box);
  const int64_t *low = box->min;
  const int64_t width = box->max[0] - low[0], rows = box->max[1] - low[1];
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      visit (part.min[0] - brick->min[0]
              + LAM_BRICK_EDGE
                  * (y - brick->min[1] + LAM_BRICK_EDGE * (z - brick->min[2])),
          ((z - low[2]) * rows + y - low[1]) * width + part.min[0] - low[0],
          part.max[0] - part.min[0], data);
}

bool
lam_object_look_read_planes (LamStoreSnapshot *snapshot, LamBrickKey key,
    LamObjectPlanes *planes, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_snapshot_read (snapshot, key, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (!brick) {
    memset (planes, 0, sizeof *planes);
    return true;
  }
  lam_label_brick_copy_labels (brick, planes->labels);
  lam_label_brick_copy_sources (brick, planes->sources);
  return true;
}

/* 0: of no class that makes objects. */
guint
lam_object_look_find_place (const LamObjectWork *work, uint32_t label)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (work->places, GUINT_TO_POINTER (label)));
}

static void
map_places (LamObjectWork *work)
{
  const GArray *ids = work->look->class_ids;
  const size_t n = lam_class_table_get_n_labels (work->classes);
  work->places = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (work->classes, i);
    for (guint c = 0; c < ids->len; c++)
      if (g_array_index (ids, int32_t, c) == row->class_id)
        g_hash_table_insert (
            work->places, GUINT_TO_POINTER (row->id), GUINT_TO_POINTER (c + 1));
  }
}

typedef struct {
  LamObjectWork *work;
  const LamObjectPlanes *now, *before;
  const LamBox *inside; /* the asked box; NULL: all is fixed */
  uint8_t *said;
  uint32_t *old;
  bool *fixed;
  bool is_near, is_inside;
} Filling;

static void
say_row (int64_t from, int64_t to, int64_t n, gpointer data)
{
  Filling *filling = data;
  uint32_t last = 0;
  guint place = 0;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t label = filling->now->labels[from + i];
    if (label != last) {
      last = label;
      place = lam_object_look_find_place (filling->work, label);
    }
    filling->said[to + i] = (uint8_t)place;
  }
}

/* Of a box of the project, in the scratch volumes. */
static LamBox
find_dense (const LamObjectLook *look, const LamBox *box)
{
  LamBox dense = *box;
  for (int a = 0; a < 3; a++) {
    dense.min[a] -= look->wide.min[a];
    dense.max[a] -= look->wide.min[a];
  }
  return dense;
}

static bool
say_brick (int64_t part, gpointer data, GError **error)
{
  LamObjectWork *work = data;
  const LamObjectLook *look = work->look;
  const LamBrickKey key = lam_brick_of_number (&work->bricks, part);
  const LamBox brick = lam_brick_box (key);
  const LamBox box = lam_box_intersect (&brick, &look->wide);
  g_autofree LamObjectPlanes *now = g_new (LamObjectPlanes, 1);
  g_autofree uint8_t *said = g_new (uint8_t, lam_box_volume (&box));
  if (!lam_object_look_read_planes (look->now, key, now, error))
    return false;
  Filling filling = { .work = work, .now = now, .said = said };
  visit_rows (&brick, &box, &box, say_row, &filling);
  g_mutex_lock (&work->lock);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (now->labels[i] != 0
        && (i == 0 || now->labels[i] != now->labels[i - 1]
            || now->sources[i] != now->sources[i - 1])
        && !lam_object_look_is_said (look, now->sources[i]))
      g_hash_table_add (work->used, GUINT_TO_POINTER (now->labels[i]));
  g_mutex_unlock (&work->lock);
  const LamBox to = find_dense (look, &box);
  return lam_scratch_source_write (work->said, &to, said, error);
}

static void
remember_row (int64_t from, int64_t to, int64_t n, gpointer data)
{
  Filling *filling = data;
  const LamObjectWork *work = filling->work;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t label = filling->now->labels[from + i];
    const bool fixed = !filling->is_inside
        || is_fixed (
            work->look, work->classes, filling->now->sources[from + i], label);
    filling->fixed[to + i] = fixed;
    filling->old[to + i] = !filling->is_near ? 0
        : fixed                              ? label
                : filling->before->labels[from + i];
  }
}

/* For the matcher: what is fixed as it is now, all else as it was before. What
 * lies farther around than the next voxel is for cuts alone. */
static bool
read_box (const LamBox *dense, uint32_t *labels, bool *fixed, gpointer data,
    GError **error)
{
  LamObjectWork *work = data;
  const LamObjectLook *look = work->look;
  LamBox box = *dense;
  for (int a = 0; a < 3; a++) {
    box.min[a] += look->wide.min[a];
    box.max[a] += look->wide.min[a];
  }
  g_autofree LamObjectPlanes *now = g_new (LamObjectPlanes, 1);
  g_autofree LamObjectPlanes *before = g_new (LamObjectPlanes, 1);
  const LamBox near = lam_model_objects_widen (
      &look->box, look->size, look->voxel_size_nm, false);
  const LamBox bricks = lam_box_bricks (&box);
  for (int64_t i = 0; i < lam_box_volume (&bricks); i++) {
    const LamBrickKey key = lam_brick_of_number (&bricks, i);
    const LamBox brick = lam_brick_box (key);
    if (!lam_object_look_read_planes (look->now, key, now, error)
        || !lam_object_look_read_planes (
            look->acts->before, key, before, error))
      return false;
    Filling filling = {
      .work = work, .now = now, .before = before, .old = labels, .fixed = fixed
    };
    visit_rows (&brick, &box, &brick, remember_row, &filling);
    filling.is_near = true;
    visit_rows (&brick, &box, &near, remember_row, &filling);
    filling.is_inside = true;
    visit_rows (&brick, &box, &look->box, remember_row, &filling);
  }
  return true;
}

/* ---- What changes ------------------------------------------------------- */

static void
silence_row (int64_t from, int64_t to, int64_t n, gpointer data)
{
  const Filling *filling = data;
  const LamObjectWork *work = filling->work;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t label = filling->now->labels[from + i];
    uint32_t *wanted = &filling->old[to + i];
    if (*wanted == label || lam_object_look_find_place (work, label) == 0
        || is_fixed (
            work->look, work->classes, filling->now->sources[from + i], label))
      *wanted = LAM_MODEL_SILENT;
  }
}

/* In the scratch volume only what is to be written stays. */
static bool
silence_brick (LamObjectWork *work, LamBrickKey key, const LamObjectPlanes *now,
    GError **error)
{
  const LamObjectLook *look = work->look;
  const LamBox brick = lam_brick_box (key);
  const LamBox part = lam_box_intersect (&brick, &look->box);
  const LamBox dense = find_dense (look, &part);
  g_autofree uint32_t *labels = g_new (uint32_t, lam_box_volume (&part));
  Filling filling = { .work = work, .now = now, .old = labels };
  if (!lam_source_read_box (look->labels, 0, &dense, labels, NULL, error))
    return false;
  visit_rows (&brick, &part, &part, silence_row, &filling);
  return lam_scratch_source_write (look->labels, &dense, labels, error);
}

typedef struct {
  uint32_t *labels;
  const uint32_t *wanted;
} Copy;

static void
copy_row (int64_t from, int64_t to, int64_t n, gpointer data)
{
  const Copy *copy = data;
  memcpy (
      copy->labels + from, copy->wanted + to, (size_t)n * sizeof *copy->labels);
}

bool
lam_object_look_fill (const LamObjectLook *look, LamBrickKey key,
    uint32_t *labels, GError **error)
{
  const LamBox brick = lam_brick_box (key);
  const LamBox part = lam_box_intersect (&brick, &look->box);
  const LamBox dense = find_dense (look, &part);
  g_autofree uint32_t *wanted = g_new (uint32_t, lam_box_volume (&part));
  Copy copy = { labels, wanted };
  memset (labels, 0xff, LAM_BRICK_VOXELS * sizeof *labels);
  if (!lam_source_read_box (look->labels, 0, &dense, wanted, NULL, error))
    return false;
  visit_rows (&brick, &part, &part, copy_row, &copy);
  return true;
}

/* What the run said of voxels that become unlabelled. */
static bool
note_dropped (LamObjectWork *work, LamBrickKey key, const uint32_t *labels,
    const LamObjectPlanes *now, GError **error)
{
  LamObjectLook *look = work->look;
  GError *problem = NULL;
  g_autoptr (LamOpinion) opinion =
      lam_store_read_opinion (look->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  for (int i = 0; opinion && i < LAM_BRICK_VOXELS; i++) {
    const guint place =
        labels[i] == 0 ? lam_object_look_find_place (work, now->labels[i]) : 0;
    LamObjectDropped dropped = { .key = lam_brick_key_pack (key), .index = i };
    if (place == 0
        || !lam_opinion_get (
            opinion, i, now->sources[i], &dropped.uncertainty, NULL))
      continue;
    dropped.class_id = g_array_index (look->class_ids, int32_t, place - 1);
    g_array_append_val (look->dropped, dropped);
  }
  return true;
}

static bool
has (const uint32_t *labels, bool (*is_it) (uint32_t label))
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (is_it (labels[i]))
      return true;
  return false;
}

static bool
is_zero (uint32_t label)
{
  return label == 0;
}

static bool
is_word (uint32_t label)
{
  return label != LAM_MODEL_SILENT;
}

static bool
compare_brick (LamObjectWork *work, LamBrickKey key, GError **error)
{
  LamObjectLook *look = work->look;
  const int64_t packed = lam_brick_key_pack (key);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree LamObjectPlanes *now = g_new (LamObjectPlanes, 1);
  if (!lam_object_look_read_planes (look->now, key, now, error)
      || !silence_brick (work, key, now, error)
      || !lam_object_look_fill (look, key, labels, error))
    return false;
  if (has (labels, is_word))
    g_array_append_val (look->keys, packed);
  return !has (labels, is_zero) || note_dropped (work, key, labels, now, error);
}

static bool
compare (LamObjectWork *work, LamProgress *progress, GError **error)
{
  LamObjectLook *look = work->look;
  const LamBox bricks = lam_box_bricks (&look->box);
  const int64_t n = lam_box_volume (&bricks);
  look->keys = g_array_new (false, false, sizeof (int64_t));
  look->dropped = g_array_new (false, false, sizeof (LamObjectDropped));
  for (int64_t i = 0; i < n; i++) {
    if (!lam_progress_check (progress, error)
        || !compare_brick (work, lam_brick_of_number (&bricks, i), error))
      return false;
    lam_progress_set (progress, i + 1, n);
  }
  return true;
}

/* ---- All of it ---------------------------------------------------------- */

static bool
cuts_any (const LamObjectLook *look)
{
  for (guint i = 0; i < look->rules->len; i++)
    if (g_array_index (look->rules, LamObjectRule, i).cuts)
      return true;
  return false;
}

static LamSource *
make_scratch (const LamObjectLook *look, LamDtype dtype, GError **error)
{
  g_autofree char *folder =
      g_path_get_dirname (lam_store_get_path (look->store));
  int64_t size[3];
  for (int a = 0; a < 3; a++)
    size[a] = look->wide.max[a] - look->wide.min[a];
  const bool is_large = lam_box_volume (&look->wide) > MEMORY_VOXELS;
  return lam_scratch_source_new (
      is_large ? folder : NULL, size, dtype, look->voxel_size_nm, error);
}

static void
fill_rules (
    const LamObjectLook *look, LamObjectRules *rules, LamSplitRules *cut)
{
  const LamObjectRule *by_place[256] = { NULL };
  for (guint i = 0; i < look->rules->len; i++)
    by_place[i + 1] = &g_array_index (look->rules, LamObjectRule, i);
  lam_object_rules_fill (
      by_place, (int)look->rules->len + 1, look->voxel_size_nm, rules, cut);
}

static bool
read_said (LamObjectWork *work, LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) step =
      lam_progress_new_part (whole, 0, READ, COMPARED);
  work->said = make_scratch (work->look, LAM_DTYPE_U8, error);
  work->bricks = lam_box_bricks (&work->look->wide);
  return work->said
      && lam_parallel (
          0, lam_box_volume (&work->bricks), say_brick, work, step, error);
}

static bool
find (LamObjectWork *work, LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) finding =
      lam_progress_new_part (whole, READ, FOUND, COMPARED);
  g_autoptr (LamProgress) cutting =
      lam_progress_new_part (whole, FOUND, CUT, COMPARED);
  LamObjectRules rules;
  LamSplitRules cut;
  int n_cut, n_too_large;
  fill_rules (work->look, &rules, &cut);
  work->look->labels = make_scratch (work->look, LAM_DTYPE_U32, error);
  work->found = work->look->labels ? lam_object_finder_run (
                    work->said, &rules, work->look->labels, finding, error)
                                   : NULL;
  return work->found
      && (!cuts_any (work->look)
          || lam_object_splitter_run (work->look->labels, work->found, &cut,
              &n_cut, &n_too_large, cutting, error));
}

static bool
match (LamObjectWork *work, LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) dividing =
      lam_progress_new_part (whole, CUT, DIVIDED, COMPARED);
  g_autoptr (LamProgress) matching =
      lam_progress_new_part (whole, DIVIDED, MATCHED, COMPARED);
  const LamOldObjects old = { .read = read_box,
    .get_class = lam_object_look_get_class,
    .next_id = lam_object_look_next_id,
    .data = work,
    .brick = { READ_EDGE, READ_EDGE, READ_EDGE } };
  const LamDivision division = { .connectivity = LAM_CONNECT_CORNERS,
    .inside = find_dense (work->look, &work->look->box) };
  LamMatchResult result;
  return lam_object_divider_run (
             work->look->labels, work->found, &old, &division, dividing, error)
      && lam_object_matcher_run (
          work->look->labels, work->found, &old, &result, matching, error);
}

bool
lam_object_look_run (LamObjectLook *look, LamProgress *progress, GError **error)
{
  g_auto (LamObjectWork) work = { .look = look };
  g_mutex_init (&work.lock);
  work.used = g_hash_table_new (NULL, NULL);
  look->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  look->wide = lam_model_objects_widen (
      &look->box, look->size, look->voxel_size_nm, cuts_any (look));
  look->base = lam_store_get_revision (look->store, error);
  look->now =
      look->base >= 0 ? lam_store_snapshot_new (look->store, 0, error) : NULL;
  if (!look->now)
    return false;
  work.classes = lam_store_snapshot_get_classes (look->now);
  map_places (&work);
  if (!read_said (&work, progress, error) || !find (&work, progress, error)
      || !lam_object_look_find_free (&work, error)
      || !match (&work, progress, error))
    return false;
  lam_object_look_make_rows (&work);
  g_autoptr (LamProgress) comparing =
      lam_progress_new_part (progress, MATCHED, COMPARED, COMPARED);
  return compare (&work, comparing, error);
}
