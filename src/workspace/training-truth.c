/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes are written by their numbers of the project into a stack of the
 * volume's size of which only the boxes take room on the disk. */
#include "workspace/training-truth.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/region.h"
#include "segment/patch.h"
#include "store/snapshot.h"
#include "volume/scratch-source.h"

#define UNLABELLED UINT16_MAX
/* Of bricks that are changed while they are read. */
#define KEPT_BYTES (INT64_C (64) << 20)
#define CACHE_BYTES (INT64_C (256) << 20)
/* One part of so many is kept back where nothing to judge by was chosen. */
#define KEPT_BACK 5

LamTruthChoice *
lam_truth_choice_new (void)
{
  LamTruthChoice *choice = g_new0 (LamTruthChoice, 1);
  choice->train = g_array_new (false, false, sizeof (LamBox));
  choice->validation = g_array_new (false, false, sizeof (LamBox));
  choice->verified = g_array_new (false, false, sizeof (LamBox));
  return choice;
}

LamTruthChoice *
lam_truth_choice_copy (const LamTruthChoice *from)
{
  LamTruthChoice *choice = g_new0 (LamTruthChoice, 1);
  choice->train = g_array_copy (from->train);
  choice->validation = g_array_copy (from->validation);
  choice->verified = g_array_copy (from->verified);
  choice->classes = g_array_copy (from->classes);
  choice->fills = from->fills;
  return choice;
}

void
lam_truth_choice_free (LamTruthChoice *choice)
{
  g_array_unref (choice->train);
  g_array_unref (choice->validation);
  g_array_unref (choice->verified);
  g_clear_pointer (&choice->keys, g_array_unref);
  g_clear_pointer (&choice->classes, g_array_unref);
  g_free (choice);
}

void
lam_training_truth_free (LamTrainingTruth *truth)
{
  g_clear_object (&truth->labels);
  g_strfreev (truth->names);
  g_free (truth);
}

typedef struct {
  const LamTruthChoice *choice;
  LamStoreSnapshot *snapshot; /* Owned */
  LamSource *stack; /* Owned */
  GHashTable *classes; /* Owned; label → class + 1 */
  int64_t counts[UNLABELLED];
  LamProgress *progress;
} Work;

static void
work_free (Work *work)
{
  g_clear_pointer (&work->snapshot, lam_store_snapshot_free);
  g_clear_pointer (&work->stack, lam_source_unref);
  g_clear_pointer (&work->classes, g_hash_table_unref);
  g_free (work);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static bool
is_persons (uint16_t source)
{
  return source != LAM_SOURCE_UNSET && source < LAM_SOURCE_FIRST_RUN;
}

/* NULL without error: it is not stored. */
static bool
read_brick (
    const Work *work, LamBrickKey key, LamLabelBrick **brick, GError **error)
{
  GError *problem = NULL;
  *brick = lam_store_snapshot_read (work->snapshot, key, &problem);
  if (!problem)
    return lam_progress_check (work->progress, error);
  g_propagate_error (error, problem);
  return false;
}

/* ---- Sections that are labelled ----------------------------------------- */

static void
note_sections (const LamLabelBrick *brick, const LamBox *box, bool *labelled)
{
  const int area = LAM_BRICK_EDGE * LAM_BRICK_EDGE;
  for (int64_t z = box->min[2]; z < box->max[2]; z++) {
    const int first = (int)(z - box->min[2]) * area;
    for (int i = first; i < first + area && !labelled[z]; i++)
      labelled[z] = lam_label_brick_get_label (brick, i) != 0
          && is_persons (lam_label_brick_get_source (brick, i));
  }
}

/* A box for each run of sections. */
static void
add_runs (const bool *labelled, const int64_t size[3], GArray *boxes)
{
  for (int64_t z = 0; z < size[2]; z++) {
    int64_t first = z;
    while (z < size[2] && labelled[z])
      z++;
    const LamBox box = lam_box_new (0, 0, first, size[0], size[1], z);
    if (z > first)
      g_array_append_val (boxes, box);
  }
}

static bool
find_sections (const Work *work, const int64_t size[3], GError **error)
{
  const GArray *keys = work->choice->keys;
  g_autofree bool *labelled =
      g_new0 (bool, lam_divide_up (size[2], LAM_BRICK_EDGE) * LAM_BRICK_EDGE);
  for (guint i = 0; i < keys->len; i++) {
    const LamBrickKey key =
        lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    g_autoptr (LamLabelBrick) brick = NULL;
    LamBox box = lam_brick_box (key);
    if (!read_brick (work, key, &brick, error))
      return false;
    if (brick && box.max[2] <= lam_divide_up (size[2], 64) * 64)
      note_sections (brick, &box, labelled);
  }
  add_runs (labelled, size, work->choice->train);
  if (work->choice->train->len > 0)
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is nothing to learn from: no section has labels that a person "
         "painted, imported or accepted. Paint some first, or choose a "
         "verified region."));
  return false;
}

/* ---- What is kept back to judge by -------------------------------------- */

/* The last sections, where there are some, else the end of the longer side. */
static void
keep_back (LamBox *box, GArray *validation)
{
  int64_t edges[3];
  for (int i = 0; i < 3; i++)
    edges[i] = box->max[i] - box->min[i];
  const int axis = edges[2] >= KEPT_BACK ? 2 : edges[0] >= edges[1] ? 0 : 1;
  const int64_t kept = edges[axis] / KEPT_BACK;
  LamBox end = *box;
  if (kept < 1)
    return;
  box->max[axis] -= kept;
  end.min[axis] = box->max[axis];
  g_array_append_val (validation, end);
}

/* No voxel is learnt from and judged by. */
static bool
check_apart (const LamTruthChoice *choice, GError **error)
{
  for (guint i = 0; i < choice->train->len; i++)
    for (guint j = 0; j < choice->validation->len; j++) {
      LamBox common =
          lam_box_intersect (&g_array_index (choice->train, LamBox, i),
              &g_array_index (choice->validation, LamBox, j));
      if (lam_box_is_empty (&common))
        continue;
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("A region to learn from and one to judge by have voxels in "
             "common, "
             "from %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
             ", %" G_GINT64_FORMAT " on: then the network would be judged by "
             "what it learnt by heart"),
          common.min[0], common.min[1], common.min[2]);
      return false;
    }
  return true;
}

static bool
settle_boxes (const Work *work, const int64_t size[3], GError **error)
{
  const LamTruthChoice *choice = work->choice;
  if (choice->keys && choice->train->len == 0
      && !find_sections (work, size, error))
    return false;
  if (choice->train->len == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Choose at least one region to learn from"));
    return false;
  }
  guint n = choice->validation->len == 0 ? choice->train->len : 0;
  for (guint i = 0; i < n; i++)
    keep_back (&g_array_index (choice->train, LamBox, i), choice->validation);
  return check_apart (choice, error);
}

/* ---- Voxels ------------------------------------------------------------- */

static bool
is_wanted (const LamTruthChoice *choice, uint32_t class)
{
  bool is_any = !choice->classes;
  for (guint i = 0; choice->classes && i < choice->classes->len; i++)
    is_any |= g_array_index (choice->classes, uint32_t, i) == class;
  return is_any;
}

static uint16_t
find_value (const Work *work, const LamLabelBrick *brick, int index,
    const int64_t at[3])
{
  uint16_t source = brick ? lam_label_brick_get_source (brick, index) : 0;
  uint32_t label = brick ? lam_label_brick_get_label (brick, index) : 0;
  bool is_truth = is_persons (source)
      || (source == LAM_SOURCE_UNSET && work->choice->fills)
      || (source != LAM_SOURCE_UNSET
          && lam_boxes_contain (work->choice->verified, at));
  /* A label without a row, or of a class whose number is too large, too. */
  guint class = label == 0 ? 1
                           : GPOINTER_TO_UINT (g_hash_table_lookup (
                               work->classes, GUINT_TO_POINTER (label)));
  return is_truth && class > 0 && class <= UNLABELLED ? (uint16_t)(class - 1)
                                                      : UNLABELLED;
}

static bool
write_part (Work *work, LamBrickKey key, const LamBox *part, GError **error)
{
  LamBox whole = lam_brick_box (key);
  g_autoptr (LamLabelBrick) brick = NULL;
  g_autofree uint16_t *values = g_new (uint16_t, lam_box_volume (part));
  uint16_t *to = values;
  if (!read_brick (work, key, &brick, error))
    return false;
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++)
      for (int64_t x = part->min[0]; x < part->max[0]; x++, to++) {
        int index = (int)(x - whole.min[0]
            + LAM_BRICK_EDGE
                * (y - whole.min[1] + LAM_BRICK_EDGE * (z - whole.min[2])));
        *to = find_value (work, brick, index, (const int64_t[3]){ x, y, z });
        if (*to != UNLABELLED && !is_wanted (work->choice, *to))
          *to = UNLABELLED;
        if (*to != UNLABELLED)
          work->counts[*to]++;
      }
  return lam_scratch_source_write (work->stack, part, values, error);
}

static bool
write_boxes (Work *work, const GArray *boxes, GError **error)
{
  for (guint i = 0; i < boxes->len; i++) {
    const LamBox *box = &g_array_index (boxes, LamBox, i);
    LamBox bricks = lam_box_bricks (box);
    for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
      for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
        for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
          const LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
          LamBox brick = lam_brick_box (key);
          LamBox part = lam_box_intersect (box, &brick);
          if (!write_part (work, key, &part, error))
            return false;
        }
  }
  return true;
}

/* ---- Classes ------------------------------------------------------------ */

static GHashTable *
map_labels (const LamClassTable *table)
{
  GHashTable *map = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    g_hash_table_insert (map, GUINT_TO_POINTER (row->id),
        GUINT_TO_POINTER ((guint)row->class_id + 1));
  }
  return map;
}

static GArray *
list_classes (const Work *work)
{
  GArray *classes = g_array_new (false, false, sizeof (int32_t));
  for (int32_t i = 0; i < UNLABELLED; i++)
    if (work->counts[i] > 0)
      g_array_append_val (classes, i);
  return classes;
}

static const char *
get_name (const Work *work, int32_t id)
{
  const LamClass *class = lam_class_table_get_class (
      lam_store_snapshot_get_classes (work->snapshot), id);
  return class ? class->name : "";
}

static bool
fill_table (const Work *work, const GArray *classes, LamTrainingTruth *truth,
    GError **error)
{
  const guint n = classes->len;
  if (n < 2 || n > LAM_TRUTH_MAX_CLASSES) {
    const char *only =
        n == 1 ? get_name (work, g_array_index (classes, int32_t, 0)) : "–";
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("A network tells 2 to %d classes apart, but people labelled %u in "
           "these regions (%s). Label a second one there, or let what nobody "
           "labelled be background."),
        LAM_TRUTH_MAX_CLASSES, n, only);
    return false;
  }
  truth->names = g_new0 (char *, n + 1);
  truth->table.n_classes = (int)n;
  truth->table.ignored = UNLABELLED;
  for (guint i = 0; i < n; i++) {
    int32_t id = g_array_index (classes, int32_t, i);
    truth->table.values[i] = (uint32_t)id;
    truth->names[i] = g_strdup (get_name (work, id));
  }
  return true;
}

/* ---- All of it ---------------------------------------------------------- */

static Work *
begin (LamStore *store, const int64_t size[3], const LamTruthChoice *choice,
    LamProgress *progress, GError **error)
{
  g_autoptr (Work) work = g_new0 (Work, 1);
  const double unknown[3] = { 0 };
  g_autofree char *folder = g_path_get_dirname (lam_store_get_path (store));
  work->choice = choice;
  work->progress = progress;
  work->snapshot = lam_store_snapshot_new (store, KEPT_BYTES, error);
  if (!work->snapshot)
    return NULL;
  work->classes = map_labels (lam_store_snapshot_get_classes (work->snapshot));
  work->stack =
      lam_scratch_source_new (folder, size, LAM_DTYPE_U16, unknown, error);
  return work->stack ? g_steal_pointer (&work) : NULL;
}

LamTrainingTruth *
lam_training_truth_read (LamStore *store, const int64_t size[3],
    LamTruthChoice *choice, LamProgress *progress, GError **error)
{
  const LamVolumeSettings settings = { .cache_bytes = CACHE_BYTES };
  g_autoptr (LamTrainingTruth) truth = g_new0 (LamTrainingTruth, 1);
  g_autoptr (Work) work = begin (store, size, choice, progress, error);
  if (!work || !settle_boxes (work, size, error)
      || !write_boxes (work, choice->train, error)
      || !write_boxes (work, choice->validation, error))
    return NULL;
  if (!choice->classes)
    choice->classes = list_classes (work);
  if (!fill_table (work, choice->classes, truth, error))
    return NULL;
  truth->labels = lam_volume_new (work->stack, &settings);
  return g_steal_pointer (&truth);
}
