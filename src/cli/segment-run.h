/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A volume segmented block by block into files; a run that was ended goes on
 * where it was, to the same bytes. */
#pragma once

#include "segment/segmenter.h"

/* What is written; each into its own file. */
typedef enum {
  LAM_SEGMENT_CLASSES,
  LAM_SEGMENT_RUNNER_UPS,
  LAM_SEGMENT_UNCERTAINTIES,
  LAM_SEGMENT_N,
} LamSegmentPlane;

typedef struct {
  LamSegmenter *segmenter; /* Borrowed */
  LamVolume *volume; /* Borrowed */
  LamBox box;
  double voxel_size_nm[3]; /* 0: unknown */
  /* By plane: .tif, .tiff or .zarr; NULL: is not wanted. The first always is.
   */
  const char *paths[LAM_SEGMENT_N];
  uint8_t numbers[256]; /* what is written for a class, by class */
  const char *plan; /* lines; on all that the result depends */
  const char *note; /* lam_segment_run_dup_note (); kept in the files */
} LamSegmentRun;

typedef struct {
  int64_t n_parts, n_found; /* of them finished before */
  int64_t n_unknown; /* voxels of which nothing is known */
} LamSegmentReport;

/* Fails for names that say no format, or are the same. Both need the paths
 * alone. */
bool lam_segment_run_check (const LamSegmentRun *run, GError **error);
/* A word for the plan, the box and the numbers: of a file in which it stands,
 * the same command would make the same. */
char *lam_segment_run_dup_note (
    const LamSegmentRun *run) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the file that is there is from this run, which was ended after it:
 * one of its paths, or one that was noted before it was written. */
bool lam_segment_run_has_written (const LamSegmentRun *run, const char *path);
/* Of a file that is made from the run's result. */
bool lam_segment_run_note (
    const LamSegmentRun *run, const char *path, GError **error);
/* Finished parts lie in the folder PATH.parts; where it fails or is cancelled,
 * that says so on standard error. */
bool lam_segment_run_do (const LamSegmentRun *run, LamSegmentReport *report,
    LamProgress *progress, GError **error);
/* Takes the parts away, when nothing more is made of the result and all has
 * been said: after that, the same command begins anew. */
void lam_segment_run_end (
    const LamSegmentRun *run, const LamSegmentReport *report);
