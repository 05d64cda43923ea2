/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "workspace/quality.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/object-finder.h"
#include "volume/scratch-source.h"
#include "volume/window-source.h"
#include "workspace/label-source.h"
#include "workspace/quality-private.h"

/* Classes of files; the last is what nothing is known of. */
#define N_CLASSES 256
#define UNKNOWN (N_CLASSES - 1)
/* Numbers without a class that are told one by one. */
#define MOST_TOLD 20

typedef struct {
  LamScoreSetup setup; /* class_of, object_class, ignored, sources: Owned */
  LamQualityReport *report;
  LamSource *mapped; /* Borrowed; the truth's values; NULL: they are ours */
} Work;

void
lam_quality_report_clear (LamQualityReport *report)
{
  lam_score_clear (&report->score);
  g_clear_pointer (&report->class_names, g_ptr_array_unref);
  g_clear_pointer (&report->unknown, g_array_unref);
  g_clear_pointer (&report->unused, g_array_unref);
  g_clear_pointer (&report->unknown_text, g_free);
}

static char *
dup_unknown (const LamQualityReport *report, const LamQualityInput *truth)
{
  const LamClassTable *classes = lam_quality_input_get_classes (truth);
  if (!report->unknown || report->unknown->len == 0)
    return NULL;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < MIN (report->unknown->len, MOST_TOLD); i++) {
    const uint32_t number = g_array_index (report->unknown, uint32_t, i);
    const LamClass *row = classes && number <= INT32_MAX
        ? lam_class_table_get_class (classes, (int32_t)number)
        : NULL;
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", number);
    if (row)
      g_string_append_printf (text, " “%s”", row->name);
  }
  if (report->unknown->len > MOST_TOLD)
    g_string_append (text, ", …");
  return g_string_free (text, false);
}

static void
work_clear (Work *work)
{
  for (int i = 0; i < LAM_SCORE_N_SIDES; i++) {
    LamScoreSide *side = &work->setup.sides[i];
    g_clear_pointer (&side->values, lam_source_unref);
    g_clear_pointer (&side->objects, lam_source_unref);
    g_clear_pointer (&side->class_of, g_hash_table_unref);
    g_clear_pointer (&side->object_class, g_hash_table_unref);
  }
  g_clear_pointer (&work->setup.ignored, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static LamQualityKind
choose_kind (const LamQuality *quality)
{
  const LamQualityInput *inputs[] = { quality->truth, quality->test };
  bool has_file = false;
  if (quality->kind != LAM_QUALITY_AUTO)
    return quality->kind;
  if (quality->map)
    return LAM_QUALITY_CLASSES;
  for (int i = 0; i < 2; i++) {
    if (!inputs[i]->file)
      continue;
    has_file = true;
    if (lam_dtype_bytes (lam_source_get_info (inputs[i]->file)->dtype) > 1)
      return LAM_QUALITY_LABELS;
  }
  return has_file ? LAM_QUALITY_CLASSES : LAM_QUALITY_LABELS;
}

static bool
has_size (const LamQualityInput *input, const int64_t size[3])
{
  return memcmp (input->size, size, sizeof input->size) == 0;
}

static bool
refuse_sizes (
    const LamQuality *quality, const int64_t wanted[3], GError **error)
{
  const int64_t *a = quality->test->size, *b = quality->truth->size;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("The sizes differ: %s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels and %s %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         "; each must be of one size, or of the %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " of the box"),
      quality->test->path, a[0], a[1], a[2], quality->truth->path, b[0], b[1],
      b[2], wanted[0], wanted[1], wanted[2]);
  return false;
}

/* Sets the size and where each side begins. */
static bool
choose_box (const LamQuality *quality, LamScoreSetup *setup, GError **error)
{
  const LamQualityInput *inputs[] = { quality->truth, quality->test };
  bool has_box = !lam_box_is_empty (&quality->box);
  int larger = quality->test->size[0] > quality->truth->size[0]
      || quality->test->size[1] > quality->truth->size[1]
      || quality->test->size[2] > quality->truth->size[2];
  const int64_t *whole = inputs[larger]->size;
  LamBox all = lam_box_of_size (whole);
  LamBox box = has_box ? quality->box : all;
  LamBox inside = lam_box_intersect (&box, &all);
  for (int a = 0; a < 3; a++)
    setup->size[a] = box.max[a] - box.min[a];
  if (!lam_box_equal (&box, &inside)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The box reaches beyond %s of %" G_GINT64_FORMAT
           " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
        inputs[larger]->path, whole[0], whole[1], whole[2]);
    return false;
  }
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    if (!has_size (inputs[side], whole)
        && !has_size (inputs[side], setup->size))
      return refuse_sizes (quality, setup->size, error);
    for (int a = 0; a < 3; a++)
      setup->sides[side].origin[a] =
          has_size (inputs[side], whole) ? box.min[a] : 0;
  }
  return true;
}

static void
choose_voxel_size (const LamQuality *quality, double nm[3])
{
  const double *choices[] = { quality->voxel_size_nm,
    quality->truth->voxel_size_nm, quality->test->voxel_size_nm };
  for (int i = 0; i < 3; i++)
    if (choices[i][0] > 0 && choices[i][1] > 0 && choices[i][2] > 0) {
      memcpy (nm, choices[i], 3 * sizeof *nm);
      return;
    }
}

static void
open_values (const LamQuality *quality, Work *work)
{
  const LamQualityInput *inputs[] = { quality->truth, quality->test };
  bool classes = work->report->kind == LAM_QUALITY_CLASSES;
  for (int i = 0; i < LAM_SCORE_N_SIDES; i++)
    work->setup.sides[i].values = inputs[i]->file
        ? lam_source_ref (inputs[i]->file)
        : lam_label_source_new (inputs[i]->snapshot,
            classes ? LAM_LABEL_SOURCE_CLASSES : LAM_LABEL_SOURCE_LABELS,
            i == LAM_SCORE_TRUTH ? UNKNOWN : 0, inputs[i]->path,
            inputs[i]->size, inputs[i]->voxel_size_nm);
}

/* What is told, and what is called the same; NULL: the numbers are ours. */
static LamTruthMap *
dup_map (const LamQuality *quality)
{
  const LamClassTable *theirs = lam_quality_input_get_classes (quality->truth);
  const LamClassTable *ours = lam_quality_input_get_classes (quality->test);
  GHashTableIter iter;
  gpointer key, value;
  if (!quality->map && (!theirs || !ours))
    return NULL;
  LamTruthMap *map = g_hash_table_new (NULL, NULL);
  if (quality->map) {
    g_hash_table_iter_init (&iter, quality->map);
    while (g_hash_table_iter_next (&iter, &key, &value))
      g_hash_table_insert (map, key, value);
  }
  if (theirs && ours)
    lam_truth_map_add_names (map, theirs, ours);
  if (!quality->ignored)
    return map;
  g_hash_table_iter_init (&iter, quality->ignored);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_insert (map, key, GUINT_TO_POINTER (UNKNOWN + 1));
  return map;
}

static void
map_truth (const LamQuality *quality, Work *work)
{
  LamSource **values = &work->setup.sides[LAM_SCORE_TRUTH].values;
  /* The score refuses them. */
  if (lam_source_get_info (*values)->dtype == LAM_DTYPE_F32)
    return;
  g_autoptr (GHashTable) map =
      work->report->kind == LAM_QUALITY_CLASSES ? dup_map (quality) : NULL;
  if (!map)
    return;
  work->mapped = lam_mapped_source_new (*values, map);
  lam_source_unref (*values);
  *values = work->mapped;
}

/* Numbers that only --ignore or a name told need not be there. */
static GArray *
list_unused (const LamQuality *quality, const Work *work)
{
  GArray *unused = lam_mapped_source_list_unused (work->mapped);
  for (guint i = unused->len; i-- > 0;)
    if (!quality->map
        || !g_hash_table_contains (quality->map,
            GUINT_TO_POINTER (g_array_index (unused, uint32_t, i))))
      g_array_remove_index (unused, i);
  return unused;
}

static void
tell_mapped (const LamQuality *quality, Work *work)
{
  if (!work->mapped)
    return;
  work->report->unknown = lam_mapped_source_list_unknown (work->mapped);
  work->report->unused = list_unused (quality, work);
  work->report->unknown_text = dup_unknown (work->report, quality->truth);
}

static void
choose_ignored (const LamQuality *quality, Work *work)
{
  GHashTable *ignored = work->setup.ignored = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;
  if (quality->ignored && !work->mapped) {
    g_hash_table_iter_init (&iter, quality->ignored);
    while (g_hash_table_iter_next (&iter, &key, NULL))
      g_hash_table_add (ignored, key);
  }
  if (work->report->kind == LAM_QUALITY_CLASSES)
    g_hash_table_add (ignored, GUINT_TO_POINTER (UNKNOWN));
  else if (quality->truth->snapshot)
    g_hash_table_add (ignored, GUINT_TO_POINTER (0));
}

/* The index of a class of that name; a new one if there is none. */
static guint
find_name (GPtrArray *names, const char *name)
{
  guint i;
  for (i = 0; i < names->len; i++)
    if (strcmp (g_ptr_array_index (names, i), name) == 0)
      return i;
  g_ptr_array_add (names, g_strdup (name));
  return i;
}

/* Of two projects: classes are the same if their names are. */
static void
map_project (const LamClassTable *table, GPtrArray *names, LamScoreSide *side)
{
  side->class_of = g_hash_table_new (NULL, NULL);
  side->object_class = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    find_name (names, lam_class_table_get_nth_class (table, i)->name);
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *label = lam_class_table_get_nth_label (table, i);
    const LamClass *row = lam_class_table_get_class (table, label->class_id);
    if (!row)
      continue;
    gpointer id = GUINT_TO_POINTER (label->id);
    gpointer index = GUINT_TO_POINTER (find_name (names, row->name) + 1);
    g_hash_table_insert (side->class_of, id, index);
    if (row->has_instances)
      g_hash_table_insert (side->object_class, id, index);
  }
}

/* Of numbers: as the project says, if one of both is one. */
static void
name_classes (const LamQuality *quality, GPtrArray *names)
{
  /* Ours, where there are: the last one counts. */
  const LamQualityInput *inputs[] = { quality->truth, quality->test };
  const bool is_mapped =
      quality->map || (quality->truth->snapshot && quality->test->snapshot);
  g_ptr_array_set_size (names, N_CLASSES);
  for (int side = is_mapped ? 1 : 0; side < 2; side++) {
    const LamClassTable *table = inputs[side]->snapshot
        ? lam_store_snapshot_get_classes (inputs[side]->snapshot)
        : NULL;
    for (size_t i = 0; table && i < lam_class_table_get_n_classes (table);
         i++) {
      const LamClass *row = lam_class_table_get_nth_class (table, i);
      if (row->id >= N_CLASSES)
        continue;
      g_free (g_ptr_array_index (names, row->id));
      g_ptr_array_index (names, row->id) = g_strdup (row->name);
    }
  }
}

static void
choose_classes (const LamQuality *quality, Work *work)
{
  GPtrArray *names = work->report->class_names =
      g_ptr_array_new_with_free_func (g_free);
  const LamQualityInput *inputs[] = { quality->truth, quality->test };
  if (work->report->kind == LAM_QUALITY_CLASSES) {
    work->setup.n_classes = N_CLASSES;
    name_classes (quality, names);
  } else if (quality->truth->snapshot && quality->test->snapshot) {
    for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
      map_project (lam_store_snapshot_get_classes (inputs[side]->snapshot),
          names, &work->setup.sides[side]);
    work->setup.n_classes = (int)names->len;
  }
}

static void
make_rules (const Work *work, int side, LamObjectRules *rules)
{
  rules->connectivity = LAM_CONNECT_FACES;
  for (int i = 1; i < N_CLASSES; i++)
    rules->min_voxels[i] = side == LAM_SCORE_TRUTH
            && g_hash_table_contains (work->setup.ignored, GUINT_TO_POINTER (i))
        ? 0
        : 1;
}

static bool
find_pieces (Work *work, int side_index, LamProgress *progress, GError **error)
{
  LamScoreSide *side = &work->setup.sides[side_index];
  LamObjectRules rules = { 0 };
  LamBox box;
  for (int a = 0; a < 3; a++) {
    box.min[a] = side->origin[a];
    box.max[a] = side->origin[a] + work->setup.size[a];
  }
  make_rules (work, side_index, &rules);
  g_autoptr (LamSource) window = lam_window_source_new (side->values, &box);
  side->objects = lam_scratch_source_new (g_get_tmp_dir (), work->setup.size,
      LAM_DTYPE_U32, work->setup.voxel_size_nm, error);
  g_autoptr (GArray) found = side->objects
      ? lam_object_finder_run (window, &rules, side->objects, progress, error)
      : NULL;
  if (!found)
    return false;
  side->object_class = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < found->len; i++) {
    const LamObject *object = &g_array_index (found, LamObject, i);
    g_hash_table_insert (side->object_class, GUINT_TO_POINTER (object->id),
        GUINT_TO_POINTER ((guint)object->class_id + 1));
  }
  return true;
}

static bool
find_all_pieces (const LamQuality *quality, Work *work, LamProgress *progress,
    GError **error)
{
  if (work->report->kind != LAM_QUALITY_CLASSES || !quality->pieces)
    return true;
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    g_autoptr (LamProgress) step =
        lam_progress_new_part (progress, side, side + 1, 4);
    if (!find_pieces (work, side, step, error))
      return false;
  }
  return true;
}

bool
lam_quality_measure (const LamQuality *quality, LamQualityReport *report,
    LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .report = report };
  memset (report, 0, sizeof *report);
  report->kind = choose_kind (quality);
  if (!choose_box (quality, &work.setup, error))
    return false;
  choose_voxel_size (quality, work.setup.voxel_size_nm);
  memcpy (report->size, work.setup.size, sizeof report->size);
  memcpy (report->voxel_size_nm, work.setup.voxel_size_nm,
      sizeof report->voxel_size_nm);
  open_values (quality, &work);
  map_truth (quality, &work);
  choose_ignored (quality, &work);
  choose_classes (quality, &work);
  bool pieces = report->kind == LAM_QUALITY_CLASSES && quality->pieces;
  g_autoptr (LamProgress) rest =
      lam_progress_new_part (progress, pieces ? 2 : 0, 4, 4);
  if (!find_all_pieces (quality, &work, progress, error)
      || !lam_score_run (
          &work.setup, quality->boundaries, &report->score, rest, error)) {
    lam_quality_report_clear (report);
    return false;
  }
  lam_quality_choose_organelles (quality, report);
  tell_mapped (quality, &work);
  return true;
}
