/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the robot corrects: a small volume with its truth, and a project in
 * which a network has segmented all of it. */
#pragma once

#include <glib.h>

#include "base/box.h"

#define EFFORT_MAX_CLASSES 16
#define EFFORT_MAX_DIVISOR 4

typedef struct {
  const char *name; /* "made-up" */
  const char *network; /* a shipped one, or NULL: a file is to be given */
  int64_t size[3];
  double voxel_size_nm[3];
  int n_classes;
  const char *classes[EFFORT_MAX_CLASSES]; /* by number in the truth */
  /* Real ones: files of the data folder, and the sections that no network was
   * trained on. */
  const char *image, *truth;
  int64_t first_section;
  int rarest; /* a class that each of the volumes has to show */
} EffortKind;

/* Ends with one whose name is NULL. */
extern const EffortKind effort_kinds[];
const EffortKind *effort_kind_find (const char *name);
/* NULL: it can be used. Else why not. */
char *effort_kind_dup_missing (const EffortKind *kind, const char *folder,
    const char *network) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const EffortKind *kind;
  int64_t size[3];
  uint64_t seed;
  char *folder; /* Owned; gone with it */
  char *project; /* Owned; with the network's answer, to be copied */
  uint8_t *truth; /* Owned; dense */
} EffortData;

/* As wide and high as the kind's by `divisor`. `network` NULL: the shipped one.
 * Ends the program where that fails. */
EffortData *effort_data_make (const EffortKind *kind, uint64_t seed,
    int divisor, const char *folder,
    const char *network) G_GNUC_WARN_UNUSED_RESULT;
void effort_data_free (EffortData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EffortData, effort_data_free)
/* A project of its own for one run. */
char *effort_data_copy_project (
    const EffortData *data, const char *name) G_GNUC_WARN_UNUSED_RESULT;
