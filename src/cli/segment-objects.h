/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The objects in what "segment" found: those classes that have instances. */
#pragma once

#include "cli/object-run.h"
#include "cli/segment-input.h"
#include "cli/segment-run.h"

/* Texts as the options say them; NULL: not given. */
typedef struct {
  const char *labels_path; /* NULL: none are wanted, nor what follows */
  const char *list_path;
  const char *instances; /* "mitochondrion,3"; NULL: the project says */
  const char *min_size; /* "50" or "2=50,3=200" */
  bool split;
} LamSegmentObjects;

/* What can be said before the network runs: fills `plan`, which borrows
 * `split`, from the options and the classes' numbers. */
bool lam_segment_objects_prepare (const LamSegmentObjects *objects,
    const LamSegmentInput *input, const LamModel *model,
    const LamSegmentRun *run, LamObjectRun *plan, LamSplitRules *split,
    GError **error);
/* A word for the objects that the plan makes of a file of classes with that
 * note. */
char *lam_segment_objects_dup_note (const LamObjectRun *plan,
    const char *classes_note) G_GNUC_WARN_UNUSED_RESULT;
/* Once the file of classes is written. */
bool lam_segment_objects_do (const LamSegmentRun *run, LamObjectRun *plan,
    LamObjectReport *report, LamProgress *progress, GError **error);
