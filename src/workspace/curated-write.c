/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Counts and arrays, both from slabs of whole planes of a box: what is labelled
 * and who said it are read together, all arrays are made from these two and the
 * image. Memory holds a slab. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/curated-private.h"
#include "workspace/label-source.h"

#define SLAB_VOXELS (INT64_C (8) << 20)

const char *const lam_curated_sources[LAM_CURATED_N_SOURCES] = { "unset",
  "imported", "human", "accepted", "model" };

const LamCuratedArray lam_curated_arrays[LAM_CURATED_N_ARRAYS] = {
  [LAM_CURATED_RAW] = { "raw", N_ ("the image, as it is in its file") },
  [LAM_CURATED_LABELS] = { "labels",
      N_ ("the number of the class; 0 also where nothing is known") },
  [LAM_CURATED_INSTANCES] = { "instances",
      N_ ("the number of the object; 0 for classes that have none") },
  [LAM_CURATED_MASK] = { "mask",
      N_ ("1 where the voxel counts, 0 where it must be left out") },
  [LAM_CURATED_SOURCE] = { "source",
      N_ ("who said it: 0 nobody, 1 imported, 2 a human, 3 accepted by a "
          "human, from 16 on a model") },
  [LAM_CURATED_WEIGHTS] = { "weights",
      N_ ("how much an error there weighs; 0 where the mask is 0") },
};

/* How a label is written. */
typedef struct {
  uint16_t class_id;
  bool is_object;
} Meaning;

typedef struct {
  const LamCuratedInput *input;
  const LamCuratedPlan *plan;
  LamProgress *progress; /* Borrowed */
  LamSource *labels, *sources; /* Owned */
  GHashTable *meanings; /* Owned; label → Meaning */
  int64_t n_done, n_all; /* planes of arrays */
  int64_t *n_by_class; /* Borrowed; where what counts is counted */

  /* The slab */
  const LamCuratedRegion *region;
  LamBox box;
  uint32_t *numbers, *said; /* Owned; labels and sources */
  void *out; /* Owned; the widest array */
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->labels, lam_source_unref);
  g_clear_pointer (&work->sources, lam_source_unref);
  g_clear_pointer (&work->meanings, g_hash_table_unref);
  g_clear_pointer (&work->numbers, g_free);
  g_clear_pointer (&work->said, g_free);
  g_clear_pointer (&work->out, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static void
work_begin (Work *work)
{
  const LamCuratedInput *input = work->input;
  const LamClassTable *table = lam_store_snapshot_get_classes (input->snapshot);
  work->labels = lam_label_source_new (input->snapshot, LAM_LABEL_SOURCE_LABELS,
      0, input->project_name, input->size, input->voxel_size_nm);
  work->sources =
      lam_label_source_new (input->snapshot, LAM_LABEL_SOURCE_SOURCES, 0,
          input->project_name, input->size, input->voxel_size_nm);
  work->meanings = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++) {
    const LamLabel *label = lam_class_table_get_nth_label (table, i);
    const LamClass *row = lam_class_table_get_class (table, label->class_id);
    Meaning *meaning = g_new0 (Meaning, 1);
    meaning->class_id = (uint16_t)(row ? row->id : 0);
    meaning->is_object = row && row->has_instances;
    g_hash_table_insert (work->meanings, GUINT_TO_POINTER (label->id), meaning);
  }
}

static Meaning
get_meaning (const Work *work, uint32_t label)
{
  const Meaning *found =
      g_hash_table_lookup (work->meanings, GUINT_TO_POINTER (label));
  return found ? *found : (Meaning){ 0, false };
}

static int64_t
choose_depth (const LamBox *box)
{
  int64_t page = (box->max[0] - box->min[0]) * (box->max[1] - box->min[1]);
  return CLAMP (SLAB_VOXELS / page, 1, LAM_BRICK_EDGE);
}

static bool
make_room (Work *work, const LamBox *box, GError **error)
{
  gsize n = (gsize)((box->max[0] - box->min[0]) * (box->max[1] - box->min[1])
      * choose_depth (box));
  g_free (work->numbers);
  g_free (work->said);
  g_free (work->out);
  work->numbers = g_try_new (uint32_t, n);
  work->said = g_try_new (uint32_t, n);
  work->out = g_try_malloc_n (n, sizeof (uint32_t));
  if (work->numbers && work->said && work->out)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory for planes of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels"),
      box->max[0] - box->min[0], box->max[1] - box->min[1]);
  return false;
}

static bool
read_slab (Work *work, GError **error)
{
  GCancellable *cancellable = lam_progress_cancellable_or_null (work->progress);
  return lam_source_read_box (
             work->labels, 0, &work->box, work->numbers, cancellable, error)
      && lam_source_read_box (
          work->sources, 0, &work->box, work->said, cancellable, error);
}

/* Slab after slab of a box: as deep as fits, ending where bricks do. */
static bool
walk (Work *work, const LamBox *box, bool reads,
    bool (*each) (Work *work, gpointer data, GError **error), gpointer data,
    GError **error)
{
  int64_t depth = choose_depth (box);
  for (int64_t z = box->min[2]; z < box->max[2]; z = work->box.max[2]) {
    work->box = *box;
    work->box.min[2] = z;
    work->box.max[2] = MIN (MIN (z + depth, box->max[2]),
        (z / LAM_BRICK_EDGE + 1) * LAM_BRICK_EDGE);
    if ((reads && !read_slab (work, error)) || !each (work, data, error)
        || !lam_progress_check (work->progress, error))
      return false;
    work->n_done += work->box.max[2] - z;
    lam_progress_set (work->progress, work->n_done, work->n_all);
  }
  return true;
}

static bool
is_ignored_at (const Work *work, const int64_t voxel[3])
{
  for (guint i = 0; i < work->plan->ignored->len; i++) {
    const LamRegion *region = g_ptr_array_index (work->plan->ignored, i);
    if (lam_box_contains (&region->box, voxel))
      return true;
  }
  return false;
}

/* Whether what is said of the i-th voxel of the slab counts. */
static bool
counts (const Work *work, int64_t i)
{
  const LamBox *box = &work->box;
  int64_t w = box->max[0] - box->min[0], h = box->max[1] - box->min[1];
  uint32_t source = work->said[i];
  bool verified = work->region->region->review == LAM_REVIEW_VERIFIED;
  bool persons = source != LAM_SOURCE_UNSET && source < LAM_SOURCE_FIRST_RUN;
  bool fills = work->plan->options->fills;
  /* That there is nothing is a word as well. */
  if (source == LAM_SOURCE_UNSET ? !verified || !fills : !verified && !persons)
    return false;
  const int64_t voxel[3] = { box->min[0] + i % w, box->min[1] + i / w % h,
    box->min[2] + i / w / h };
  return work->plan->ignored->len == 0 || !is_ignored_at (work, voxel);
}

/* ---- Counting ----------------------------------------------------------- */

int
lam_curated_get_source_kind (uint32_t source)
{
  return source >= LAM_SOURCE_FIRST_RUN ? LAM_CURATED_MODEL
      : source == LAM_SOURCE_ACCEPTED   ? LAM_CURATED_ACCEPTED
      : source == LAM_SOURCE_HUMAN      ? LAM_CURATED_HUMAN
      : source == LAM_SOURCE_IMPORTED   ? LAM_CURATED_IMPORTED
                                        : LAM_CURATED_UNSET;
}

static bool
count_slab (Work *work, gpointer data, GError **error)
{
  LamCuratedRegion *row = data;
  int64_t *n_by_class = work->n_by_class;
  int64_t n = lam_box_volume (&work->box);
  uint32_t last = 0;
  Meaning meaning = get_meaning (work, 0);
  for (int64_t i = 0; i < n; i++) {
    row->n_by_source[lam_curated_get_source_kind (work->said[i])]++;
    if (!counts (work, i))
      continue;
    if (work->numbers[i] != last) {
      last = work->numbers[i];
      meaning = get_meaning (work, last);
    }
    row->n_counted++;
    n_by_class[meaning.class_id]++;
  }
  return true;
}

void
lam_curated_set_class_weights (LamCuratedPlan *plan, double missing)
{
  int64_t total = 0;
  int n = 0;
  for (int i = 0; i < plan->n_classes; i++) {
    total += plan->n_by_class[i];
    n += plan->n_by_class[i] > 0;
  }
  for (int i = 0; i < plan->n_classes; i++)
    plan->class_weights[i] = plan->n_by_class[i] > 0
        ? (double)total / ((double)n * (double)plan->n_by_class[i])
        : missing;
}

bool
lam_curated_has_training (const LamCuratedPlan *plan)
{
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    if (row->region->role == LAM_REGION_TRAIN)
      return true;
  }
  return false;
}

/* They can be neither learned nor weighed by how rare they are. */
static void
warn_of_missing (LamCuratedPlan *plan, const int64_t *n_elsewhere)
{
  for (int i = 0; i < plan->n_classes; i++) {
    const LamClass *row = lam_class_table_get_class (plan->classes, i);
    if (plan->n_by_class[i] > 0 || n_elsewhere[i] == 0)
      continue;
    g_ptr_array_add (plan->warnings,
        g_strdup_printf (
            _ ("The class “%s” has no voxel in training, and %" G_GINT64_FORMAT
               " in validation and test: each weighs %d there"),
            row ? row->name : "", n_elsewhere[i], LAM_CURATED_MISSING_WEIGHT));
  }
}

bool
lam_curated_count (const LamCuratedInput *input, LamCuratedPlan *plan,
    LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .input = input, .plan = plan, .progress = progress };
  bool by_training = lam_curated_has_training (plan);
  g_autofree int64_t *elsewhere = g_new0 (int64_t, plan->n_classes);
  work_begin (&work);
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    work.n_all += row->box.max[2] - row->box.min[2];
  }
  for (guint i = 0; i < plan->regions->len; i++) {
    LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    work.region = row;
    /* Weights are of what is trained with. */
    bool is_learned = !by_training || row->region->role == LAM_REGION_TRAIN;
    work.n_by_class = is_learned ? plan->n_by_class : elsewhere;
    if (!make_room (&work, &row->box, error)
        || !walk (&work, &row->box, true, count_slab, row, error))
      return false;
    if (row->n_counted > 0)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Nothing counts in the region “%s”: no voxel of it is labelled%s"),
        row->region->name,
        row->region->review == LAM_REVIEW_VERIFIED ? "" : _ (" by a person"));
    return false;
  }
  lam_curated_set_class_weights (plan, LAM_CURATED_MISSING_WEIGHT);
  warn_of_missing (plan, elsewhere);
  return true;
}

/* ---- Arrays ------------------------------------------------------------- */

LamDtype
lam_curated_get_dtype (
    const LamCuratedInput *input, const LamCuratedPlan *plan, int array)
{
  switch (array) {
  case LAM_CURATED_RAW:
    return lam_source_get_info (input->image)->dtype;
  case LAM_CURATED_LABELS:
    return plan->n_classes <= 256 ? LAM_DTYPE_U8 : LAM_DTYPE_U16;
  case LAM_CURATED_INSTANCES:
    return LAM_DTYPE_U32;
  case LAM_CURATED_MASK:
    return LAM_DTYPE_U8;
  case LAM_CURATED_SOURCE:
    return LAM_DTYPE_U16;
  default:
    return LAM_DTYPE_F32;
  }
}

static void
fill_labels (Work *work, int64_t n)
{
  bool wide = work->plan->n_classes > 256;
  for (int64_t i = 0; i < n; i++) {
    uint16_t class_id =
        counts (work, i) ? get_meaning (work, work->numbers[i]).class_id : 0;
    if (wide)
      ((uint16_t *)work->out)[i] = class_id;
    else
      ((uint8_t *)work->out)[i] = (uint8_t)class_id;
  }
}

static uint32_t
get_object (const Work *work, int64_t i)
{
  uint32_t label = work->numbers[i];
  return label != 0 && counts (work, i) && get_meaning (work, label).is_object
      ? label
      : 0;
}

static void
fill_weights (Work *work, int64_t n)
{
  const int64_t size[2] = { work->box.max[0] - work->box.min[0],
    work->box.max[1] - work->box.min[1] };
  int64_t page = size[0] * size[1];
  const double *nm = work->input->voxel_size_nm;
  const double step[2] = { 1, nm[0] > 0 && nm[1] > 0 ? nm[1] / nm[0] : 1 };
  g_autofree uint32_t *objects = g_new (uint32_t, page);
  float *weights = work->out;
  for (int64_t i = 0; i < n; i++)
    weights[i] =
        (float)work->plan
            ->class_weights[get_meaning (work, work->numbers[i]).class_id];
  for (int64_t first = 0; first < n; first += page) {
    for (int64_t i = 0; i < page; i++)
      objects[i] = get_object (work, first + i);
    lam_border_weight_add (
        &work->plan->options->border, objects, size, step, weights + first);
  }
  for (int64_t i = 0; i < n; i++)
    if (!counts (work, i))
      weights[i] = 0;
}

static bool
fill (Work *work, int array, GError **error)
{
  int64_t n = lam_box_volume (&work->box);
  switch (array) {
  case LAM_CURATED_RAW:
    return lam_source_read_box (work->input->image, 0, &work->box, work->out,
        lam_progress_cancellable_or_null (work->progress), error);
  case LAM_CURATED_LABELS:
    fill_labels (work, n);
    return true;
  case LAM_CURATED_INSTANCES:
    for (int64_t i = 0; i < n; i++)
      ((uint32_t *)work->out)[i] = get_object (work, i);
    return true;
  case LAM_CURATED_MASK:
    for (int64_t i = 0; i < n; i++)
      ((uint8_t *)work->out)[i] = counts (work, i);
    return true;
  case LAM_CURATED_SOURCE:
    for (int64_t i = 0; i < n; i++)
      ((uint16_t *)work->out)[i] = (uint16_t)work->said[i];
    return true;
  default:
    fill_weights (work, n);
    return true;
  }
}

/* Of an array being written. */
typedef struct {
  LamArraySet *set;
  int array;
} Writing;

static bool
write_slab (Work *work, gpointer data, GError **error)
{
  const Writing *writing = data;
  return fill (work, writing->array, error)
      && lam_array_set_add (
          writing->set, work->out, work->box.max[2] - work->box.min[2], error);
}

static bool
write_item (Work *work, const LamBox *item, const char *folder, GError **error)
{
  const LamCuratedPlan *plan = work->plan;
  LamArrayPlace place;
  int64_t size[3];
  for (int a = 0; a < 3; a++) {
    place.offset[a] = item->min[a];
    place.voxel_size_nm[a] = work->input->voxel_size_nm[a];
    size[a] = item->max[a] - item->min[a];
  }
  g_autofree char *name = lam_curated_dup_item_path (plan, work->region, item);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (LamArraySet) set =
      lam_array_set_new (plan->options->format, path, &place, error);
  if (!set || !make_room (work, item, error))
    return false;
  for (int i = 0; i < LAM_CURATED_N_ARRAYS; i++) {
    Writing writing = { set, i };
    if (!lam_array_set_begin (set, lam_curated_arrays[i].name,
            lam_curated_get_dtype (work->input, plan, i), size, error)
        || !walk (work, item, i != LAM_CURATED_RAW, write_slab, &writing, error)
        || !lam_array_set_end (set, error))
      return false;
  }
  return lam_array_set_finish (set, error);
}

bool
lam_curated_write (const LamCuratedInput *input, const LamCuratedPlan *plan,
    const char *folder, LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .input = input, .plan = plan, .progress = progress };
  work_begin (&work);
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    for (guint k = 0; k < row->items->len; k++) {
      const LamBox *item = &g_array_index (row->items, LamBox, k);
      work.n_all += LAM_CURATED_N_ARRAYS * (item->max[2] - item->min[2]);
    }
  }
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    work.region = row;
    for (guint k = 0; k < row->items->len; k++)
      if (!write_item (
              &work, &g_array_index (row->items, LamBox, k), folder, error))
        return false;
  }
  return true;
}
