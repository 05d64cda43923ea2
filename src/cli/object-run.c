/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/object-run.h"

#include <string.h>

#include "cli/convert.h"
#include "volume/scratch-source.h"

/* Of the whole: about how long each takes. */
enum { FOUND = 4, CUT = 7, MATCHED = 8, WRITTEN = 10 };

void
lam_object_report_clear (LamObjectReport *report)
{
  g_clear_pointer (&report->objects, g_array_unref);
}

static bool
find (const LamObjectRun *run, LamSource *labels, LamObjectReport *report,
    LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) step =
      lam_progress_new_part (whole, 0, FOUND, WRITTEN);
  report->objects =
      lam_object_finder_run (run->classes, &run->rules, labels, step, error);
  return report->objects != NULL;
}

static bool
split (const LamObjectRun *run, LamSource *labels, LamObjectReport *report,
    LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) step =
      lam_progress_new_part (whole, FOUND, CUT, WRITTEN);
  return !run->split
      || lam_object_splitter_run (labels, report->objects, run->split,
          &report->n_cut, &report->n_too_large, step, error);
}

static bool
match (const LamObjectRun *run, LamSource *labels, LamObjectReport *report,
    LamProgress *whole, GError **error)
{
  g_autoptr (LamProgress) step =
      lam_progress_new_part (whole, CUT, MATCHED, WRITTEN);
  return !run->old
      || lam_object_matcher_run (labels, report->objects,
          lam_old_stack_get_objects (run->old), &report->match, step, error);
}

static bool
write_labels (const LamObjectRun *run, LamSource *labels, LamProgress *whole,
    GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (labels);
  LamConvert convert = lam_convert_find (run->labels_path, error);
  LamConversion conversion = {
    .source = labels,
    .box = lam_box_of_size (info->levels[0].size),
    .deflate = true,
    .is_classes = true,
    .note = run->note,
    .path = run->labels_path,
  };
  memcpy (conversion.voxel_size_nm, run->voxel_size_nm,
      sizeof conversion.voxel_size_nm);
  g_autoptr (LamProgress) step =
      lam_progress_new_part (whole, MATCHED, WRITTEN, WRITTEN);
  return convert && convert (&conversion, step, error);
}

static bool
write_list (
    const LamObjectRun *run, const LamObjectReport *report, GError **error)
{
  uint32_t next = run->old ? lam_old_stack_get_next_id (run->old)
                           : report->objects->len + 1;
  return !run->list_path
      || lam_object_list_write (
          run->list_path, report->objects, next, run->note, error);
}

bool
lam_object_run_do (const LamObjectRun *run, LamObjectReport *report,
    LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (run->classes);
  g_autofree char *folder = g_path_get_dirname (run->labels_path);
  g_autoptr (LamSource) labels = lam_scratch_source_new (
      folder, info->levels[0].size, LAM_DTYPE_U32, run->voxel_size_nm, error);
  return labels && find (run, labels, report, progress, error)
      && split (run, labels, report, progress, error)
      && match (run, labels, report, progress, error)
      && write_labels (run, labels, progress, error)
      && write_list (run, report, error);
}

void
lam_object_report_count (const LamObjectReport *report, int64_t n_objects[256],
    int64_t n_voxels[256])
{
  for (guint i = 0; i < report->objects->len; i++) {
    const LamObject *object = &g_array_index (report->objects, LamObject, i);
    n_objects[object->class_id]++;
    n_voxels[object->class_id] += object->n_voxels;
  }
}
