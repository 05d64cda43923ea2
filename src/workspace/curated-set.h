/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The regions of a project as a training set for any program: image, classes,
 * objects, what counts, who said it and how much errors weigh, with a manifest
 * that proves what it says. The same project gives the same bytes. */
#pragma once

#include "labels/border-weight.h"
#include "volume/array-set.h"
#include "workspace/workspace.h"

typedef struct {
  const LamArrayFormat *format;
  bool may_be_unverified; /* else regions that are not verified are refused; of
                           * them, only what persons said counts */
  bool fills; /* what nobody labelled in a verified region is background, else
               * it does not count, as in the others */
  /* x, y, z, voxels that lie between regions of different roles at least; taken
   * from training where there are less, or from validation beside test. */
  int64_t guard[3];
  bool
      finds_guard; /* instead: lam_curated_find_guard() of the active network */
  int64_t patch[3], overlap[3]; /* x, y, z; 0: whole regions */
  LamBorderWeight border; /* in voxels along x */
} LamCuratedOptions;

/* Of w0 and σ. */
#define LAM_CURATED_MAX_WEIGHT 1e6

/* What holds where nobody says otherwise, in the window as on the command line:
 * verified regions, whole, in the first format; what nobody labelled in them is
 * background; w0 10 and σ 5 voxels, as the U-Net paper has it; a guard band as
 * wide as the active network sees. */
LamCuratedOptions lam_curated_get_defaults (void);

typedef struct {
  int n_regions, n_items;
  int64_t n_voxels; /* of all items, those that count */
  GPtrArray *warnings; /* Owned; sentences */
} LamCuratedReport;
void lam_curated_report_clear (LamCuratedReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamCuratedReport, lam_curated_report_clear)

/* x, y, z: how far a network looks, both ways and the voxel itself; of one that
 * looks at its whole tile, the tile. From a file, or (NULL) the project's
 * active one: zeros where there is none. Blocking. */
bool lam_curated_find_guard (
    LamStore *store, const char *model_path, int64_t guard[3], GError **error);

/* To a new folder, which appears when it is complete. `options` is copied. */
void lam_workspace_export_curated_async (LamWorkspace *workspace,
    const char *path, const LamCuratedOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_export_curated_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamCuratedReport *report, GError **error);

/* Looks at every byte of a set: hashes, sizes, classes, masks, weights, and
 * each value of the manifest that follows from them. Adds a sentence for each
 * problem, and remarks on what a sound set cannot prove; true when it could be
 * looked at. Any thread. */
bool lam_curated_check (const char *path, GPtrArray *problems,
    GPtrArray *remarks, int *n_items, LamProgress *progress, GError **error);
