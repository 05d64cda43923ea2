/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A label stack onto the volume. The stack is read brick by brick: a slab of 64
 * slices is never more in memory than one brick at a time of it, the reader's
 * own cache aside. All of it is one transaction. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/region.h"
#include "volume/format.h"
#include "workspace/label-transfer.h"
#include "workspace/labelling.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  char *path;
  LamImportOptions options;
  uint32_t (*map)[2]; /* Owned; what options.map points to */
  LamClass *new_classes; /* Owned, with names; ids from import_begin() on */
  int64_t size[3]; /* of the volume */
  LamClassTable *classes; /* Owned; a copy, as it was when this began; NULL
                           * before */
  GArray *verified; /* Owned; of LamBox, of the same moment */
  bool *marks; /* Owned; of a brick's voxels: those in `verified` */
  uint32_t asked; /* by is_locked() */
  bool answer;
  LamImportResult summary;
  GHashTable *seen; /* value → label, both in pointers; Owned */
} Import;

static void
import_free (gpointer data)
{
  Import *import = data;
  g_free (import->path);
  g_free (import->map);
  for (size_t i = 0; i < import->options.n_new_classes; i++)
    g_free (import->new_classes[i].name);
  g_free (import->new_classes);
  g_clear_pointer (&import->classes, lam_class_table_free);
  g_clear_pointer (&import->verified, g_array_unref);
  g_free (import->marks);
  g_hash_table_unref (import->seen);
  g_free (import);
}

/* --- reading the stack -------------------------------------------------- */

static bool
is_label_type (LamDtype dtype)
{
  return dtype == LAM_DTYPE_U8 || dtype == LAM_DTYPE_U16
      || dtype == LAM_DTYPE_U32;
}

static LamSource *
open_stack (const char *path, int channel, GError **error)
{
  const LamOpenOptions how = { .channel = channel };
  g_autoptr (LamSource) source = lam_format_open (path, &how, error);
  if (!source)
    return NULL;
  LamDtype dtype = lam_source_get_info (source)->dtype;
  if (!is_label_type (dtype)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s holds %s numbers; labels must be uint8, uint16 or uint32"), path,
        lam_dtype_name (dtype));
    return NULL;
  }
  return g_steal_pointer (&source);
}

/* In place, from the end, so that narrow values are not overwritten. */
static void
widen (LamDtype dtype, uint32_t *values, size_t n)
{
  if (dtype == LAM_DTYPE_U8)
    for (size_t i = n; i > 0; i--)
      values[i - 1] = ((const uint8_t *)values)[i - 1];
  else if (dtype == LAM_DTYPE_U16)
    for (size_t i = n; i > 0; i--)
      values[i - 1] = ((const uint16_t *)values)[i - 1];
}

static bool
read_values (LamSource *source, const LamBox *box, uint32_t *values,
    LamProgress *progress, GError **error)
{
  if (!lam_source_read_box (source, 0, box, values,
          lam_progress_cancellable_or_null (progress), error))
    return false;
  widen (lam_source_get_info (source)->dtype, values,
      (size_t)lam_box_volume (box));
  return true;
}

static int
compare_values (gconstpointer a, gconstpointer b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

GArray *
lam_label_stack_read_values (const char *path, int channel, int limit,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamSource) source = open_stack (path, channel, error);
  if (!source)
    return NULL;
  const int64_t *size = lam_source_get_info (source)->levels[0].size;
  g_autofree uint32_t *row = g_new (uint32_t, size[0]);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) values = g_array_new (false, false, sizeof (uint32_t));
  uint32_t last = 0;
  for (int64_t z = 0; z < size[2]; z++) {
    for (int64_t y = 0; y < size[1]; y++) {
      LamBox box = lam_box_new (0, y, z, size[0], y + 1, z + 1);
      if (!read_values (source, &box, row, progress, error))
        return NULL;
      for (int64_t x = 0; x < size[0]; x++) {
        if (row[x] == last && values->len > 0)
          continue;
        last = row[x];
        if (g_hash_table_add (seen, GUINT_TO_POINTER (last))
            && values->len < (guint)limit)
          g_array_append_val (values, last);
      }
    }
    lam_progress_set (progress, z + 1, size[2]);
    if (!lam_progress_check (progress, error))
      return NULL;
  }
  g_array_sort (values, compare_values);
  return g_steal_pointer (&values);
}

/* --- from values to labels ---------------------------------------------- */

/* A locked class gets no new label, as when one paints. */
static bool
add_label (Import *import, GPtrArray *rows, uint32_t id, int32_t class_id,
    uint32_t rgb, uint64_t original_id, GError **error)
{
  const LamClass *class = lam_class_table_get_class (import->classes, class_id);
  if (class && class->locked) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("The class “%s” is locked: unlock it or choose another"),
        class->name);
    return false;
  }
  LamLabel after = { .id = id,
    .name = (char *)"",
    .class_id = class_id,
    .rgb = rgb,
    .original_id = original_id };
  LamLabel before = after;
  const LamLabel *now = lam_class_table_get_label (import->classes, id);
  if (now)
    before = *now;
  before.deleted = true;
  g_ptr_array_add (rows, lam_row_change_new_label (&before, &after));
  lam_class_table_set_label (import->classes, &after);
  import->summary.n_new_labels++;
  return true;
}

static int32_t
class_of_new_label (const Import *import, uint32_t value)
{
  for (size_t i = 0; i < import->options.n_map; i++)
    if (import->map[i][0] == value)
      return (int32_t)import->map[i][1];
  return import->options.class_id;
}

static bool
label_of_id (Import *import, GPtrArray *rows, uint32_t value, uint32_t *label,
    GError **error)
{
  const LamLabel *row = import->options.renumber
      ? NULL
      : lam_class_table_get_label (import->classes, value);
  *label = import->options.renumber
      ? lam_class_table_get_next_label (import->classes)
      : value;
  return *label != 0
      && ((row && !row->deleted)
          || add_label (import, rows, *label,
              class_of_new_label (import, value), LAM_RGB_AUTO,
              import->options.renumber ? value : 0, error));
}

static int32_t
class_of_value (const Import *import, uint32_t value)
{
  for (size_t i = 0; i < import->options.n_map; i++)
    if (import->map[i][0] == value)
      return (int32_t)import->map[i][1];
  return value <= INT32_MAX ? (int32_t)value : -1;
}

static uint32_t
first_label (const LamClassTable *classes, int32_t class_id)
{
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (row->class_id == class_id && !row->deleted)
      return row->id;
  }
  return 0;
}

static bool
label_of_class (Import *import, GPtrArray *rows, uint32_t value,
    uint32_t *label, GError **error)
{
  int32_t class_id = class_of_value (import, value);
  if (class_id == 0) {
    *label = 0;
    return true;
  }
  const LamClass *class = lam_class_table_get_class (import->classes, class_id);
  if (!class) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s holds the value %u, but the project has no class of that "
           "number: add the class, or say which class %u means"),
        import->path, value, value);
    return false;
  }
  *label = first_label (import->classes, class_id);
  if (*label != 0)
    return true;
  *label = lam_class_table_get_next_label (import->classes);
  /* One label for all of a class: it looks like the class. */
  return *label != 0
      && add_label (import, rows, *label, class_id, class->rgb, 0, error);
}

/* Which label a value of the stack becomes; 0 stays 0. */
static bool
translate (Import *import, GPtrArray *rows, uint32_t value, uint32_t *label,
    GError **error)
{
  gpointer known;
  if (value == 0 && import->options.n_map == 0) {
    *label = 0;
    return true;
  }
  if (g_hash_table_lookup_extended (
          import->seen, GUINT_TO_POINTER (value), NULL, &known)) {
    *label = GPOINTER_TO_UINT (known);
    return true;
  }
  bool is_class = import->options.mode == LAM_IMPORT_CLASSES;
  if (!is_class && value == 0)
    *label = 0;
  else if (is_class ? !label_of_class (import, rows, value, label, error)
                    : !label_of_id (import, rows, value, label, error)) {
    if (error && !*error)
      g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("All label numbers up to 4294967295 are taken"));
    return false;
  }
  g_hash_table_insert (
      import->seen, GUINT_TO_POINTER (value), GUINT_TO_POINTER (*label));
  return true;
}

/* --- bricks ------------------------------------------------------------- */

static bool
is_locked (Import *import, uint32_t label)
{
  if (label != import->asked) {
    import->asked = label;
    import->answer = lam_class_table_is_locked (import->classes, label);
  }
  return import->answer;
}

/* Writes one voxel if it may be; returns whether it changed. */
static bool
write_voxel (Import *import, uint32_t *label, uint16_t *source, uint32_t value,
    bool is_verified)
{
  if (value == 0 && !import->options.zeros_erase)
    return false;
  bool kept = is_verified || is_locked (import, *label)
      || is_locked (import, value)
      || (!import->options.over_human
          && (*source == LAM_SOURCE_HUMAN || *source == LAM_SOURCE_ACCEPTED));
  if (kept) {
    import->summary.n_kept += *label != value;
    return false;
  }
  import->summary.n_voxels += value != 0;
  if (*label == value && *source == LAM_SOURCE_IMPORTED)
    return false;
  *label = value;
  *source = LAM_SOURCE_IMPORTED;
  return true;
}

/* `values`: labels of `box`, which lies inside the brick. */
static LamLabelBrick *
merge (Import *import, LamBrickKey key, LamLabelBrick *before,
    const LamBox *box, const uint32_t *values)
{
  g_autoptr (LamLabelBrick) after = before
      ? lam_label_brick_copy (before)
      : lam_label_brick_new (0, LAM_SOURCE_UNSET);
  LamBox whole = lam_brick_box (key);
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  bool changed = false;
  const bool *verified =
      lam_boxes_mark (import->verified, &whole, import->marks) ? import->marks
                                                               : NULL;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t i = (box->min[0] - whole.min[0])
          + LAM_BRICK_EDGE
              * ((y - whole.min[1]) + LAM_BRICK_EDGE * (z - whole.min[2]));
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++)
        changed |= write_voxel (import, labels + i, sources + i, *values++,
            verified && verified[i]);
    }
  if (!changed)
    return NULL;
  lam_label_brick_settle (after);
  return g_steal_pointer (&after);
}

static bool
translate_all (
    Import *import, GPtrArray *rows, uint32_t *values, size_t n, GError **error)
{
  uint32_t last_value = 0, last_label = 0;
  bool any = false;
  for (size_t i = 0; i < n; i++) {
    if (!any || values[i] != last_value) {
      last_value = values[i];
      if (!translate (import, rows, last_value, &last_label, error))
        return false;
      any = true;
    }
    values[i] = last_label;
  }
  return true;
}

/* One brick of the volume from the part of the stack that meets it. */
static bool
import_brick (Import *import, LamBulkEdit *bulk, LamSource *source,
    LamBrickKey key, uint32_t *values, LamBulkResult *result,
    LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  LamBox box = lam_brick_box (key), part;
  for (int a = 0; a < 3; a++) {
    int64_t offset = import->options.offset[a];
    box.min[a] = MAX (box.min[a], offset);
    box.max[a] = MIN (box.max[a], offset + info->levels[0].size[a]);
    part.min[a] = box.min[a] - offset;
    part.max[a] = box.max[a] - offset;
  }
  size_t n = (size_t)lam_box_volume (&box);
  if (!read_values (source, &part, values, progress, error)
      || !translate_all (import, result->rows, values, n, error))
    return false;
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) before = lam_bulk_edit_read (bulk, key, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  g_autoptr (LamLabelBrick) after = merge (import, key, before, &box, values);
  if (!after)
    return true;
  int64_t packed = lam_brick_key_pack (key);
  g_array_append_val (result->keys, packed);
  result->box = lam_box_unite (&result->box, &box);
  return lam_bulk_edit_write (bulk, key, after, error);
}

static bool
import_bricks (Import *import, LamBulkEdit *bulk, LamSource *source,
    LamBulkResult *result, LamProgress *progress, GError **error)
{
  LamBox onto;
  const LamSourceInfo *info = lam_source_get_info (source);
  for (int a = 0; a < 3; a++) {
    onto.min[a] = import->options.offset[a];
    onto.max[a] = onto.min[a] + info->levels[0].size[a];
  }
  LamBox bricks = lam_box_bricks (&onto);
  int64_t done = 0, total = lam_box_volume (&bricks);
  g_autofree uint32_t *values = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        if (!import_brick (
                import, bulk, source, key, values, result, progress, error))
          return false;
        lam_progress_set (progress, ++done, total);
        if (!lam_progress_check (progress, error))
          return false;
      }
  return true;
}

static bool
check_fit (const Import *import, LamSource *source, GError **error)
{
  const int64_t *size = lam_source_get_info (source)->levels[0].size;
  for (int a = 0; a < 3; a++) {
    int64_t offset = import->options.offset[a];
    if (offset < 0 || offset > import->size[a]
        || size[a] > import->size[a] - offset) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
             " × %" G_GINT64_FORMAT " voxels; put at (%" G_GINT64_FORMAT
             ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
             ") that does not fit into the volume of %" G_GINT64_FORMAT
             " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
          import->path, size[0], size[1], size[2], import->options.offset[0],
          import->options.offset[1], import->options.offset[2], import->size[0],
          import->size[1], import->size[2]);
      return false;
    }
  }
  return true;
}

static LamBulkResult *
import_run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Import *import = g_task_get_task_data (task);
  g_autoptr (LamSource) source =
      open_stack (import->path, import->options.nth_channel - 1, error);
  if (!source || !check_fit (import, source, error))
    return NULL;
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (size_t i = 0; i < import->options.n_new_classes; i++)
    g_ptr_array_add (
        result->rows, lam_row_change_new_class (NULL, &import->new_classes[i]));
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", error);
  if (!bulk)
    return NULL;
  if (!import_bricks (import, bulk, source, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  if (result->keys->len == 0) {
    lam_bulk_edit_cancel (bulk);
    g_ptr_array_set_size (result->rows, 0);
    return g_steal_pointer (&result);
  }
  g_autofree char *base = g_path_get_basename (import->path);
  result->row =
      lam_bulk_edit_end (bulk, result->rows, &result->box, base, error);
  if (!result->row)
    return NULL;
  import->summary.edit_id = result->row->id;
  return g_steal_pointer (&result);
}

static void
give_class_ids (Import *import)
{
  for (size_t i = 0; i < import->options.n_new_classes; i++) {
    LamClass *row = &import->new_classes[i];
    row->id = lam_class_table_get_next_class (import->classes);
    lam_class_table_set_class (import->classes, row);
  }
  for (size_t i = 0; i < import->options.n_map; i++) {
    uint32_t nth = import->map[i][1] - LAM_IMPORT_NEW_CLASS;
    if (nth < import->options.n_new_classes)
      import->map[i][1] = (uint32_t)import->new_classes[nth].id;
  }
}

static bool
import_begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Import *import = g_task_get_task_data (task);
  int32_t class_id = import->options.class_id;
  if (import->options.mode == LAM_IMPORT_LABELS
      && !lam_class_table_get_class (workspace->classes, class_id)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no class %d in this project"), class_id);
    return false;
  }
  import->classes = lam_class_table_copy (workspace->classes);
  import->verified = lam_regions_dup_verified (workspace->regions);
  import->marks = g_new (bool, LAM_BRICK_VOXELS);
  give_class_ids (import);
  return true;
}

void
lam_workspace_import_async (LamWorkspace *workspace, const char *path,
    const LamImportOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Import *import = g_new0 (Import, 1);
  import->path = g_canonicalize_filename (path, NULL);
  import->options = *options;
  import->map = g_memdup2 (options->map, options->n_map * sizeof *options->map);
  import->new_classes = g_memdup2 (options->new_classes,
      options->n_new_classes * sizeof *options->new_classes);
  for (size_t i = 0; i < options->n_new_classes; i++)
    import->new_classes[i].name = g_strdup (options->new_classes[i].name);
  memcpy (import->size, workspace->size, sizeof import->size);
  import->seen = g_hash_table_new (NULL, NULL);
  g_task_set_task_data (task, import, import_free);
  lam_queue_push_import (workspace, LAM_QUEUE_HOLD_IMPORT, import_begin,
      import_run, task, progress);
}

bool
lam_workspace_import_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamImportResult *summary, GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  const Import *import = g_task_get_task_data (G_TASK (result));
  if (summary)
    *summary = import->summary;
  return true;
}
