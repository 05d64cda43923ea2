/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A part is a block's classes, runner-ups and uncertainties, one behind the
 * other. When all are there they are put together, plane by plane, in a
 * nameless file, which is written as any volume is. */
#include "cli/segment-run.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/cli.h"
#include "cli/convert.h"
#include "cli/part-begun.h"
#include "cli/part-folder.h"
#include "volume/scratch-source.h"

typedef struct {
  const LamSegmentRun *run; /* Borrowed */
  LamPartFolder *folder; /* Owned */
  int64_t block[3], n_blocks[3], n_parts;
  LamSource *files[LAM_SEGMENT_N]; /* Owned; scratch; or NULL */
  LamSegmentReport *report; /* Borrowed */
  int64_t n_runs, n_done; /* of networks */
  LamProgress *progress;
} Work;

static void
work_clear (Work *work)
{
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    g_clear_pointer (&work->files[i], lam_source_unref);
  g_clear_pointer (&work->folder, lam_part_folder_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static bool
check_path (const LamSegmentRun *run, int i, GError **error)
{
  LamConvert convert = lam_convert_find (run->paths[i], error);
  if (!convert)
    return false;
  for (int j = 0; j < i; j++)
    if (run->paths[j] && lam_output_is_same (run->paths[i], run->paths[j]))
      return lam_cli_usage_error (
          error, _ ("two results cannot both be %s"), run->paths[i]);
  return true;
}

bool
lam_segment_run_check (const LamSegmentRun *run, GError **error)
{
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (run->paths[i] && !check_path (run, i, error))
      return false;
  return true;
}

/* The mark that says what was at `path` before this run put its file there: if
 * it is something else now, it is the run's own. */
static char *
get_mark (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *sum =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, full, -1);
  return g_strconcat (sum, ".before", NULL);
}

/* What is there; NULL: nothing. */
static char *
describe (const char *path)
{
  GStatBuf file;
  if (g_stat (path, &file) != 0)
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld",
      (uint64_t)file.st_ino, (int64_t)file.st_mtim.tv_sec,
      file.st_mtim.tv_nsec);
}

static char *
get_folder (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  return g_strconcat (full, ".parts", NULL);
}

bool
lam_segment_run_has_written (const LamSegmentRun *run, const char *path)
{
  g_autofree char *folder = get_folder (run->paths[LAM_SEGMENT_CLASSES]);
  g_autofree char *name = get_mark (path);
  g_autofree char *mark = g_build_filename (folder, name, NULL);
  g_autofree char *before = NULL, *now = describe (path);
  return now && g_file_get_contents (mark, &before, NULL, NULL)
      && strcmp (before, now) != 0;
}

static void
plan_blocks (Work *work)
{
  const LamSegmentRun *run = work->run;
  work->n_parts = 1;
  lam_segmenter_choose_block (run->segmenter, lam_volume_get_size (run->volume),
      &run->box, work->block);
  for (int i = 0; i < 3; i++) {
    work->n_blocks[i] =
        lam_divide_up (run->box.max[i] - run->box.min[i], work->block[i]);
    work->n_parts *= work->n_blocks[i];
  }
}

static LamBox
get_box (const Work *work, int64_t part)
{
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] =
        work->run->box.min[i] + part % work->n_blocks[i] * work->block[i];
    box.max[i] = MIN (box.min[i] + work->block[i], work->run->box.max[i]);
    part /= work->n_blocks[i];
  }
  return box;
}

static int64_t
count_runs (const Work *work, int64_t part)
{
  LamBox box = get_box (work, part);
  return lam_segmenter_count_runs (
      work->run->segmenter, lam_volume_get_size (work->run->volume), &box);
}

/* What the result depends on, besides what the caller says. */
static char *
make_plan (const Work *work)
{
  const LamBox *box = &work->run->box;
  g_autoptr (GString) plan = g_string_new ("lamella segment: 2\n");
  g_string_append (plan, work->run->plan);
  g_string_append (plan, "box:");
  for (int i = 0; i < 6; i++)
    g_string_append_printf (
        plan, " %" G_GINT64_FORMAT, i < 3 ? box->min[i] : box->max[i - 3]);
  g_string_append_printf (plan,
      "\nblock: %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
      "\n",
      work->block[0], work->block[1], work->block[2]);
  return g_string_free (g_steal_pointer (&plan), FALSE);
}

char *
lam_segment_run_dup_note (const LamSegmentRun *run)
{
  Work work = { .run = run };
  plan_blocks (&work);
  g_autofree char *plan = make_plan (&work);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *)plan, -1);
  g_checksum_update (sum, run->numbers, sizeof run->numbers);
  for (int i = 0; i < 3; i++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr (text, sizeof text, run->voxel_size_nm[i]);
    g_checksum_update (sum, (const guchar *)text, -1);
  }
  return g_strdup (g_checksum_get_string (sum));
}

static bool
do_part (Work *work, int64_t part, GError **error)
{
  const LamSegmentRun *run = work->run;
  LamBox box = get_box (work, part);
  size_t n = (size_t)lam_box_volume (&box);
  int64_t n_runs = count_runs (work, part);
  g_autoptr (LamProgress) step = lam_progress_new_part (
      work->progress, work->n_done, work->n_done + n_runs, work->n_runs);
  g_autoptr (LamPartBegun) begun =
      lam_part_begun_new (work->folder, part, run->segmenter);
  g_autoptr (LamProposal) proposal =
      lam_segmenter_run (run->segmenter, run->volume, &box, step, error);
  if (!proposal)
    return false;
  const uint8_t *const planes[LAM_SEGMENT_N] = { proposal->classes,
    proposal->runner_ups, proposal->uncertainties };
  g_autofree uint8_t *bytes = g_malloc (n * LAM_SEGMENT_N);
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    memcpy (bytes + n * (size_t)i, planes[i], n);
  work->n_done += n_runs;
  return lam_part_folder_write (
      work->folder, part, bytes, n * LAM_SEGMENT_N, error);
}

/* Putting together what was computed, in runs of a network: little. */
static int64_t
get_end_runs (int64_t n_runs)
{
  return n_runs / 50 + 1;
}

static bool
do_parts (Work *work, GError **error)
{
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (int64_t));
  for (int64_t part = 0; part < work->n_parts; part++) {
    int64_t n_runs = count_runs (work, part);
    work->n_runs += n_runs;
    if (lam_part_folder_has (work->folder, part))
      work->n_done += n_runs;
    else
      g_array_append_val (missing, part);
    if (!lam_progress_check (work->progress, error))
      return false;
  }
  work->report->n_parts = work->n_parts;
  work->report->n_found = work->n_parts - missing->len;
  work->n_runs += get_end_runs (work->n_runs);
  lam_progress_begin (work->progress, work->n_done, work->n_runs);
  if (work->report->n_found)
    g_printerr (_ ("lamella-cli: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                   " parts were finished before\n"),
        work->report->n_found, work->n_parts);
  for (guint i = 0; i < missing->len; i++)
    if (!do_part (work, g_array_index (missing, int64_t, i), error))
      return false;
  return true;
}

static bool
make_files (Work *work, GError **error)
{
  int64_t size[3];
  for (int i = 0; i < 3; i++)
    size[i] = work->run->box.max[i] - work->run->box.min[i];
  for (int i = 0; i < LAM_SEGMENT_N; i++) {
    if (!work->run->paths[i]
        || lam_segment_run_has_written (work->run, work->run->paths[i]))
      continue;
    g_autofree char *folder = g_path_get_dirname (work->run->paths[i]);
    work->files[i] = lam_scratch_source_new (
        folder, size, LAM_DTYPE_U8, work->run->voxel_size_nm, error);
    if (!work->files[i])
      return false;
  }
  return true;
}

/* Classes become the numbers they are known by. */
static bool
put_part (Work *work, int64_t part, GError **error)
{
  const LamSegmentRun *run = work->run;
  LamBox box = get_box (work, part);
  size_t n = (size_t)lam_box_volume (&box);
  g_autofree uint8_t *bytes = g_malloc (n * LAM_SEGMENT_N);
  if (!lam_part_folder_read (
          work->folder, part, bytes, n * LAM_SEGMENT_N, error))
    return false;
  for (int i = 0; i < 3; i++) {
    box.min[i] -= run->box.min[i];
    box.max[i] -= run->box.min[i];
  }
  for (size_t i = 0; i < n; i++)
    work->report->n_unknown += bytes[i] == LAM_PROPOSAL_UNKNOWN;
  for (size_t i = 0; i < n * LAM_SEGMENT_UNCERTAINTIES; i++)
    bytes[i] = run->numbers[bytes[i]];
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (work->files[i]
        && !lam_scratch_source_write (
            work->files[i], &box, bytes + n * (size_t)i, error))
      return false;
  return lam_progress_check (work->progress, error);
}

/* Before `path` is written. */
static bool
note_before (LamPartFolder *folder, const char *path, GError **error)
{
  g_autofree char *mark = get_mark (path);
  g_autofree char *before = describe (path);
  return lam_part_folder_mark (folder, mark, before ? before : "", error);
}

static bool
write_file (const Work *work, int plane, LamProgress *progress, GError **error)
{
  const LamSegmentRun *run = work->run;
  LamConvert convert = lam_convert_find (run->paths[plane], error);
  bool is_classes = plane != LAM_SEGMENT_UNCERTAINTIES;
  const LamSourceInfo *info = lam_source_get_info (work->files[plane]);
  LamConversion conversion = {
    .source = work->files[plane],
    .box = lam_box_of_size (info->levels[0].size),
    .deflate = true,
    .is_classes = is_classes,
    .note = run->note,
    .path = run->paths[plane],
  };
  memcpy (conversion.voxel_size_nm, run->voxel_size_nm,
      sizeof conversion.voxel_size_nm);
  return convert && note_before (work->folder, run->paths[plane], error)
      && convert (&conversion, progress, error);
}

static bool
put_together (Work *work, GError **error)
{
  int64_t first = work->n_runs - get_end_runs (work->n_done);
  if (!make_files (work, error))
    return false;
  for (int64_t part = 0; part < work->n_parts; part++)
    if (!put_part (work, part, error))
      return false;
  g_autoptr (LamProgress) end = lam_progress_new_part (
      work->progress, MIN (first, work->n_runs), work->n_runs, work->n_runs);
  for (int i = 0; i < LAM_SEGMENT_N; i++) {
    g_autoptr (LamProgress) step =
        lam_progress_new_part (end, i, i + 1, LAM_SEGMENT_N);
    if (work->files[i] && !write_file (work, i, step, error))
      return false;
  }
  return true;
}

#define END "end"

/* An earlier run was ended while it took its parts away: all is there. */
static bool
was_finished (Work *work)
{
  g_autofree char *n_unknown = lam_part_folder_dup_mark (work->folder, END);
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (work->run->paths[i]
        && !lam_segment_run_has_written (work->run, work->run->paths[i]))
      return false;
  if (!n_unknown)
    return false;
  work->report->n_parts = work->report->n_found = work->n_parts;
  work->report->n_unknown = g_ascii_strtoll (n_unknown, NULL, 10);
  return true;
}

static bool
open_folder (Work *work, GError **error)
{
  plan_blocks (work);
  g_autofree char *path = get_folder (work->run->paths[LAM_SEGMENT_CLASSES]);
  g_autofree char *plan = make_plan (work);
  work->folder = lam_part_folder_open (path, plan, error);
  return work->folder != NULL;
}

bool
lam_segment_run_note (
    const LamSegmentRun *run, const char *path, GError **error)
{
  g_auto (Work) work = { .run = run };
  return open_folder (&work, error) && note_before (work.folder, path, error);
}

bool
lam_segment_run_do (const LamSegmentRun *run, LamSegmentReport *report,
    LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .run = run, .report = report, .progress = progress };
  *report = (LamSegmentReport){ 0 };
  if (!open_folder (&work, error))
    return false;
  g_autofree char *path = g_strdup (lam_part_folder_get_path (work.folder));
  if (was_finished (&work)
      || (do_parts (&work, error) && put_together (&work, error)))
    return true;
  g_clear_pointer (&work.folder, lam_part_folder_close);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_printerr (_ ("lamella-cli: what was computed is kept in %s; the same "
                   "command goes on from there\n"),
        path);
  return false;
}

void
lam_segment_run_end (const LamSegmentRun *run, const LamSegmentReport *report)
{
  g_auto (Work) work = { .run = run };
  g_autofree char *n_unknown =
      g_strdup_printf ("%" G_GINT64_FORMAT, report->n_unknown);
  if (!open_folder (&work, NULL))
    return;
  lam_part_folder_mark (work.folder, END, n_unknown, NULL);
  lam_part_folder_remove (work.folder);
}
