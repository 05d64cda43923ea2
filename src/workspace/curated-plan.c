/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which regions, which part of them, in which pieces. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/curated-private.h"

static void
region_free (gpointer data)
{
  LamCuratedRegion *row = data;
  lam_region_free (row->region);
  g_free (row->path);
  g_array_unref (row->items);
  g_ptr_array_unref (row->people);
  g_free (row);
}

void
lam_curated_plan_free (LamCuratedPlan *plan)
{
  if (!plan)
    return;
  g_ptr_array_unref (plan->regions);
  g_ptr_array_unref (plan->ignored);
  g_ptr_array_unref (plan->warnings);
  g_clear_pointer (&plan->classes, lam_class_table_free);
  g_free (plan->n_by_class);
  g_free (plan->class_weights);
  g_free (plan);
}

void
lam_curated_get_gap (const LamBox *a, const LamBox *b, int64_t gap[3])
{
  for (int i = 0; i < 3; i++)
    gap[i] = MAX (a->min[i] - b->max[i], b->min[i] - a->max[i]);
}

bool
lam_curated_is_apart (const LamBox *a, const LamBox *b, const int64_t guard[3])
{
  int64_t gap[3];
  lam_curated_get_gap (a, b, gap);
  return gap[0] >= guard[0] || gap[1] >= guard[1] || gap[2] >= guard[2];
}

/* A name that is a folder's everywhere. */
static char *
make_path (const LamRegion *region)
{
  GString *name = g_string_new (NULL);
  for (const char *at = region->name; *at && name->len < 40; at++)
    if (g_ascii_isalnum (*at) || *at == '_')
      g_string_append_c (name, *at);
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  char *path =
      g_strdup_printf ("%s/%03d%s%s", lam_region_role_name (region->role),
          region->id, name->len ? "-" : "", name->str);
  g_string_free (name, TRUE);
  return path;
}

static bool
is_exported (const LamRegion *region)
{
  return region->role == LAM_REGION_TRAIN
      || region->role == LAM_REGION_VALIDATION
      || region->role == LAM_REGION_TEST;
}

static bool
check_state (LamCuratedPlan *plan, const LamRegion *region, GError **error)
{
  if (region->review == LAM_REVIEW_VERIFIED)
    return true;
  if (!plan->options->may_be_unverified) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The region “%s” (%s) is not verified, but “%s”: verify it, or let "
           "regions that are not pass with a warning"),
        region->name, lam_region_role_name (region->role),
        lam_review_name (region->review));
    return false;
  }
  g_ptr_array_add (plan->warnings,
      g_strdup_printf (_ ("The region “%s” is not verified: only what people "
                          "said in it counts"),
          region->name));
  return true;
}

static bool
choose_regions (const GPtrArray *regions, const char *project_name,
    LamCuratedPlan *plan, GError **error)
{
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = g_ptr_array_index (regions, i);
    if (region->role == LAM_REGION_IGNORE)
      g_ptr_array_add (plan->ignored, lam_region_copy (region));
    if (!is_exported (region))
      continue;
    if (!check_state (plan, region, error))
      return false;
    LamCuratedRegion *row = g_new0 (LamCuratedRegion, 1);
    row->region = lam_region_copy (region);
    row->box = region->box;
    row->path = make_path (region);
    row->items = g_array_new (FALSE, FALSE, sizeof (LamBox));
    row->people = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (plan->regions, row);
  }
  if (plan->regions->len > 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("%s has no region for training, validation or test"), project_name);
  return false;
}

/* Cuts `box` so that it is `guard` away from `other` along the axis where that
 * costs least. False: nothing would be left. */
static bool
cut_guard (LamBox *box, const LamBox *other, const int64_t guard[3])
{
  LamBox best = { { 0 }, { 0 } };
  for (int axis = 0; axis < 3; axis++)
    for (int side = 0; side < 2; side++) {
      LamBox left = *box;
      if (side == 0)
        left.max[axis] = MIN (left.max[axis], other->min[axis] - guard[axis]);
      else
        left.min[axis] = MAX (left.min[axis], other->max[axis] + guard[axis]);
      if (!lam_box_is_empty (&left)
          && lam_box_volume (&left) > lam_box_volume (&best))
        best = left;
    }
  if (lam_box_is_empty (&best))
    return false;
  *box = best;
  return true;
}

/* Regions of one role may touch; test is never cut. */
static bool
leave_guard (LamCuratedPlan *plan, LamCuratedRegion *cut,
    const LamCuratedRegion *other, GError **error)
{
  const int64_t *guard = plan->options->guard;
  LamBox before = cut->box;
  if (lam_curated_is_apart (&cut->box, &other->box, guard))
    return true;
  if (!cut_guard (&cut->box, &other->box, guard)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Nothing of the region “%s” (%s) is left beside “%s” (%s) with "
           "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
           " voxels (x, y, z) between them: move one of them, or choose a "
           "smaller guard band"),
        cut->region->name, lam_region_role_name (cut->region->role),
        other->region->name, lam_region_role_name (other->region->role),
        guard[0], guard[1], guard[2]);
    return false;
  }
  g_ptr_array_add (plan->warnings,
      g_strdup_printf (_ ("%" G_GINT64_FORMAT " voxels of the region “%s” are "
                          "left out as guard band beside “%s”"),
          lam_box_volume (&before) - lam_box_volume (&cut->box),
          cut->region->name, other->region->name));
  return true;
}

static bool
leave_guards (LamCuratedPlan *plan, GError **error)
{
  /* First between validation and test, whose boxes are final then. */
  static const LamRegionRole pairs[][2] = {
    { LAM_REGION_VALIDATION, LAM_REGION_TEST },
    { LAM_REGION_TRAIN, LAM_REGION_TEST },
    { LAM_REGION_TRAIN, LAM_REGION_VALIDATION },
  };
  for (size_t k = 0; k < G_N_ELEMENTS (pairs); k++)
    for (guint i = 0; i < plan->regions->len; i++)
      for (guint j = 0; j < plan->regions->len; j++) {
        LamCuratedRegion *cut = g_ptr_array_index (plan->regions, i);
        const LamCuratedRegion *other = g_ptr_array_index (plan->regions, j);
        if (cut->region->role == pairs[k][0]
            && other->region->role == pairs[k][1]
            && !leave_guard (plan, cut, other, error))
          return false;
      }
  return true;
}

/* Where patches begin along an axis: the last ends where the box does. */
static GArray *
list_starts (int64_t min, int64_t max, int64_t patch, int64_t overlap)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (int64_t));
  for (int64_t at = min;; at += patch - overlap) {
    int64_t start = MIN (at, max - patch);
    g_array_append_val (starts, start);
    if (start + patch >= max)
      return starts;
  }
}

int64_t
lam_curated_count_patches (
    const LamBox *box, const int64_t patch[3], const int64_t overlap[3])
{
  int64_t n = 1;
  for (int a = 0; a < 3 && patch[0] > 0; a++) {
    int64_t step = patch[a] - overlap[a];
    int64_t more = MAX (box->max[a] - box->min[a] - patch[a], 0);
    n = MIN (n * (1 + (more + step - 1) / step), INT32_MAX);
  }
  return n;
}

void
lam_curated_get_own (const LamBox *box, const LamCuratedOptions *options,
    const LamBox *item, LamBox *own)
{
  *own = *item;
  for (int a = 0; a < 3 && options->patch[0] > 0; a++) {
    int64_t step = options->patch[a] - options->overlap[a];
    int64_t before = (item->min[a] - box->min[a] + step - 1) / step - 1;
    if (before >= 0)
      own->min[a] = box->min[a] + before * step + options->patch[a];
  }
}

static void
add_patches (const LamCuratedPlan *plan, LamCuratedRegion *row)
{
  const int64_t *patch = plan->options->patch;
  GArray *starts[3];
  for (int a = 0; a < 3; a++)
    starts[a] = list_starts (
        row->box.min[a], row->box.max[a], patch[a], plan->options->overlap[a]);
  for (guint z = 0; z < starts[2]->len; z++)
    for (guint y = 0; y < starts[1]->len; y++)
      for (guint x = 0; x < starts[0]->len; x++) {
        const guint at[3] = { x, y, z };
        LamBox box;
        for (int a = 0; a < 3; a++) {
          box.min[a] = g_array_index (starts[a], int64_t, at[a]);
          box.max[a] = box.min[a] + patch[a];
        }
        g_array_append_val (row->items, box);
      }
  for (int a = 0; a < 3; a++)
    g_array_unref (starts[a]);
}

static bool
cut_patches (LamCuratedPlan *plan, LamCuratedRegion *row, GError **error)
{
  const int64_t *patch = plan->options->patch;
  if (patch[0] == 0) {
    g_array_append_val (row->items, row->box);
    return true;
  }
  for (int a = 0; a < 3; a++) {
    int64_t edge = row->box.max[a] - row->box.min[a];
    if (edge >= patch[a])
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The region “%s” has %" G_GINT64_FORMAT
           " voxels along %c, less than the %" G_GINT64_FORMAT " of a patch"),
        row->region->name, edge, "xyz"[a], patch[a]);
    return false;
  }
  add_patches (plan, row);
  return true;
}

char *
lam_curated_dup_item_path (const LamCuratedPlan *plan,
    const LamCuratedRegion *region, const LamBox *item)
{
  if (plan->options->patch[0] == 0)
    return g_strdup (region->path);
  return g_strdup_printf ("%s/z%05" G_GINT64_FORMAT "-y%05" G_GINT64_FORMAT
                          "-x%05" G_GINT64_FORMAT,
      region->path, item->min[2], item->min[1], item->min[0]);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Who edited in the region. */
static void
find_people (const LamCuratedInput *input, LamCuratedRegion *row)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < input->history->len; i++) {
    const LamHistoryRow *edit = g_ptr_array_index (input->history, i);
    LamBox common = lam_box_intersect (&edit->box, &row->box);
    if (!edit->undone && edit->run == 0 && !lam_box_is_empty (&common)
        && g_hash_table_add (names, edit->who))
      g_ptr_array_add (row->people, g_strdup (edit->who));
  }
  g_ptr_array_sort (row->people, compare_names);
}

static bool
count_class_ids (LamCuratedPlan *plan, GError **error)
{
  const LamClassTable *table = plan->classes;
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++) {
    int32_t id = lam_class_table_get_nth_class (table, i)->id;
    if (id >= LAM_CURATED_MAX_CLASSES) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("The class “%s” has the number %d: up to %d are possible here"),
          lam_class_table_get_nth_class (table, i)->name, id,
          LAM_CURATED_MAX_CLASSES - 1);
      return false;
    }
    plan->n_classes = MAX (plan->n_classes, id + 1);
  }
  plan->n_classes = MAX (plan->n_classes, 1);
  plan->n_by_class = g_new0 (int64_t, plan->n_classes);
  plan->class_weights = g_new0 (double, plan->n_classes);
  return true;
}

/* Labels may be millions, and are not needed. */
static LamClassTable *
copy_classes (const LamClassTable *table)
{
  LamClassTable *classes = lam_class_table_new ();
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    lam_class_table_set_class (
        classes, lam_class_table_get_nth_class (table, i));
  return classes;
}

LamCuratedPlan *
lam_curated_plan_regions (const GPtrArray *regions, const char *project_name,
    const LamClassTable *classes, const LamCuratedOptions *options,
    GError **error)
{
  g_autoptr (LamCuratedPlan) plan = g_new0 (LamCuratedPlan, 1);
  plan->options = options;
  plan->classes = copy_classes (classes);
  plan->regions = g_ptr_array_new_with_free_func (region_free);
  plan->ignored =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  plan->warnings = g_ptr_array_new_with_free_func (g_free);
  if (!count_class_ids (plan, error)
      || !choose_regions (regions, project_name, plan, error)
      || !leave_guards (plan, error))
    return NULL;
  return g_steal_pointer (&plan);
}

bool
lam_curated_plan_items (LamCuratedPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->regions->len; i++)
    if (!cut_patches (plan, g_ptr_array_index (plan->regions, i), error))
      return false;
  return true;
}

LamCuratedPlan *
lam_curated_plan_new (const LamCuratedInput *input,
    const LamCuratedOptions *options, GError **error)
{
  g_autoptr (LamCuratedPlan) plan =
      lam_curated_plan_regions (input->regions, input->project_name,
          lam_store_snapshot_get_classes (input->snapshot), options, error);
  if (!plan || !lam_curated_plan_items (plan, error))
    return NULL;
  for (guint i = 0; i < plan->regions->len; i++)
    find_people (input, g_ptr_array_index (plan->regions, i));
  return g_steal_pointer (&plan);
}
