/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the parts of an export of a training set share. */
#pragma once

#include <json-glib/json-glib.h>

#include "store/snapshot.h"
#include "workspace/curated-set.h"

/* 2: SHA256SUMS, and a weight for classes that training does not have. */
#define LAM_CURATED_VERSION 2
#define LAM_CURATED_MANIFEST "manifest.json"
#define LAM_CURATED_SUMS "SHA256SUMS"
#define LAM_CURATED_README "README.md"
#define LAM_CURATED_MAX_CLASSES 65536
/* Of a class without a voxel in training: as a voxel of training weighs on
 * average. */
#define LAM_CURATED_MISSING_WEIGHT 1

enum {
  LAM_CURATED_UNSET,
  LAM_CURATED_IMPORTED,
  LAM_CURATED_HUMAN,
  LAM_CURATED_ACCEPTED,
  LAM_CURATED_MODEL,
  LAM_CURATED_N_SOURCES
};
extern const char *const lam_curated_sources[LAM_CURATED_N_SOURCES];

/* One region that is exported. */
typedef struct {
  LamRegion *region; /* Owned; its box as in the project */
  LamBox box; /* without what went to guard bands */
  char *path; /* Owned; "train/001-name", in the set */
  GArray *items; /* Owned; LamBox: patches, or the box */
  int64_t n_by_source[LAM_CURATED_N_SOURCES];
  int64_t n_counted;
  GPtrArray *people; /* Owned; names, sorted */
} LamCuratedRegion;

typedef struct {
  const LamCuratedOptions *options; /* Borrowed */
  GPtrArray *regions; /* Owned; LamCuratedRegion */
  GPtrArray *ignored; /* Owned; LamRegion whose voxels do not count */
  GPtrArray *warnings; /* Owned; text */
  LamClassTable *classes; /* Owned */
  /* By the class's id */
  int64_t *n_by_class; /* Owned; that count, in training if there is one */
  double *class_weights; /* Owned */
  int n_classes; /* one above the largest id */
} LamCuratedPlan;

/* What it is made from. Values and locked objects of any thread. */
typedef struct {
  LamStore *store;
  LamStoreSnapshot *snapshot; /* Borrowed while it works */
  LamSource *image;
  GPtrArray *regions; /* LamRegion */
  char *project_name, *image_name; /* without folders */
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
  GPtrArray *history; /* LamHistoryRow, newest first */
} LamCuratedInput;

LamCuratedPlan *lam_curated_plan_new (const LamCuratedInput *input,
    const LamCuratedOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All but items and people, from LamRegion and classes; what is read from a
 * set gives the same plan again. */
LamCuratedPlan *lam_curated_plan_regions (const GPtrArray *regions,
    const char *project_name, const LamClassTable *classes,
    const LamCuratedOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Items of all regions, by their boxes. */
bool lam_curated_plan_items (LamCuratedPlan *plan, GError **error);
/* How many items a region's box gives; at most INT32_MAX. */
int64_t lam_curated_count_patches (
    const LamBox *box, const int64_t patch[3], const int64_t overlap[3]);
/* The part of an item that no item before it has; together they are the
 * region's `box`. */
void lam_curated_get_own (const LamBox *box, const LamCuratedOptions *options,
    const LamBox *item, LamBox *own);
void lam_curated_plan_free (LamCuratedPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCuratedPlan, lam_curated_plan_free)
/* Voxels between two boxes along each axis; negative: they overlap. */
void lam_curated_get_gap (const LamBox *a, const LamBox *b, int64_t gap[3]);
/* Whether they are `guard` apart along an axis. */
bool lam_curated_is_apart (
    const LamBox *a, const LamBox *b, const int64_t guard[3]);
/* "train/001-name/z00000-y00064-x00128" */
char *lam_curated_dup_item_path (const LamCuratedPlan *plan,
    const LamCuratedRegion *region, const LamBox *item);

/* One array of each item. */
typedef struct {
  const char *name; /* "labels" */
  const char *title; /* one line, for the README */
} LamCuratedArray;
enum {
  LAM_CURATED_RAW,
  LAM_CURATED_LABELS,
  LAM_CURATED_INSTANCES,
  LAM_CURATED_MASK,
  LAM_CURATED_SOURCE,
  LAM_CURATED_WEIGHTS,
  LAM_CURATED_N_ARRAYS
};
extern const LamCuratedArray lam_curated_arrays[LAM_CURATED_N_ARRAYS];

/* Fills in the plan's counts and class weights. */
bool lam_curated_count (const LamCuratedInput *input, LamCuratedPlan *plan,
    LamProgress *progress, GError **error);
/* From the plan's counts; `missing`: of classes that have no voxel in them. */
void lam_curated_set_class_weights (LamCuratedPlan *plan, double missing);
bool lam_curated_has_training (const LamCuratedPlan *plan);
/* LAM_CURATED_UNSET to LAM_CURATED_MODEL, of a voxel's source. */
int lam_curated_get_source_kind (uint32_t source);
/* All items into `folder`. */
bool lam_curated_write (const LamCuratedInput *input,
    const LamCuratedPlan *plan, const char *folder, LamProgress *progress,
    GError **error);
/* What follows from the plan: members of the manifest. */
void lam_curated_describe_plan (JsonBuilder *json, const LamCuratedPlan *plan);
/* README, manifest and SHA256SUMS; hashes all files that are there. */
bool lam_curated_describe (const LamCuratedInput *input,
    const LamCuratedPlan *plan, const char *folder, LamProgress *progress,
    GError **error);
LamDtype lam_curated_get_dtype (
    const LamCuratedInput *input, const LamCuratedPlan *plan, int array);
/* SHA-256 of a file, lower-case hex; NULL with error. */
char *lam_curated_hash (const char *path, int64_t *n_bytes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Paths in `folder` of all files in it, sorted. */
GPtrArray *lam_curated_list_files (
    const char *folder) G_GNUC_WARN_UNUSED_RESULT;
