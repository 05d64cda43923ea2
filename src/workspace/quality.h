/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores (labels/score.h) of what lies in files and projects: which numbers are
 * classes, which are objects, and which box is compared. Any thread, blocking.
 */
#pragma once

#include "labels/score.h"
#include "labels/voice.h"
#include "store/snapshot.h"
#include "workspace/truth-map.h"

typedef enum {
  LAM_QUALITY_AUTO, /* files of 8 bits hold classes, wider ones labels; two
                     * projects are compared by labels and their classes */
  LAM_QUALITY_CLASSES, /* objects are the connected pieces of a class */
  LAM_QUALITY_LABELS, /* a number is an object */
} LamQualityKind;

/* A file of numbers, or a project. */
typedef struct _LamQualityInput LamQualityInput;

LamQualityInput *lam_quality_input_open (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a project says at the moment of the snapshot, which is borrowed. */
LamQualityInput *lam_quality_input_new (LamStoreSnapshot *snapshot,
    const char *path, const int64_t size[3],
    const double voxel_size_nm[3]) G_GNUC_WARN_UNUSED_RESULT;
/* What another person says; the snapshot is of the same store, borrowed. */
LamQualityInput *lam_quality_input_new_voice (LamStore *store,
    LamStoreSnapshot *snapshot, const LamVoice *voice,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_quality_input_free (LamQualityInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamQualityInput, lam_quality_input_free)
const char *lam_quality_input_get_path (const LamQualityInput *input);
const int64_t *lam_quality_input_get_size (const LamQualityInput *input);
const double *lam_quality_input_get_voxel_size_nm (
    const LamQualityInput *input);
/* The box of a project's region; LAM_ERROR_MISSING, with those there are. */
bool lam_quality_input_find_region (const LamQualityInput *input,
    const char *name, LamBox *box, GError **error);
bool lam_quality_input_is_project (const LamQualityInput *input);
/* Of a project, borrowed; NULL: a file names no classes. */
const LamClassTable *lam_quality_input_get_classes (
    const LamQualityInput *input);

typedef struct {
  LamQualityInput *truth, *test; /* Borrowed */
  LamQualityKind kind;
  LamBox box; /* of the larger of both; empty: all. One that has the box's size
               * is taken as a cut-out of it */
  double voxel_size_nm[3]; /* 0: what truth says, or else the other */
  GHashTable *ignored; /* Borrowed; a set of truth's numbers, or NULL */
  LamTruthMap *map; /* Borrowed; or NULL: they are ours. Then it is classes that
                     * are compared, and what it does not tell does not count */
  bool boundaries, pieces; /* pieces: of classes, find objects */
} LamQuality;

typedef struct {
  LamScore score; /* Owned */
  LamQualityKind kind; /* never AUTO */
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
  GPtrArray *class_names; /* Owned; by index; NULL where it has none; empty
                           * where there are no classes */
  /* Owned; uint32_t in rising order, NULL where nothing was mapped: numbers of
   * the truth that are no class here, and do not count; and those that the map
   * tells and that are not there. */
  GArray *unknown, *unused;
  char *unknown_text; /* Owned; "5, 7 “axon”": with the names that the truth
                       * gives them; NULL: none */
} LamQualityReport;
void lam_quality_report_clear (LamQualityReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamQualityReport, lam_quality_report_clear)

/* Two projects' classes are the same if their names are, as far as the map does
 * not tell. What a project leaves unlabelled does not count where it is the
 * truth, nor does class 255 of a truth of classes. */
bool lam_quality_measure (const LamQuality *quality, LamQualityReport *report,
    LamProgress *progress, GError **error);

/* Which of the classes that occur are in the means of organelles: of a project
 * those that it says (ours, where there are two); of files those whose name
 * says so, and where they have none all but class 0. */

/* A name of a person's own: it says whether it is an organelle, too. */
void lam_quality_report_name_class (
    LamQualityReport *report, int class_index, const char *name);
/* These alone, a set of indices. */
void lam_quality_report_set_organelles (
    LamQualityReport *report, GHashTable *class_indices);
/* For a person: its name, or number; -1: all labels. */
char *lam_quality_report_dup_title (
    const LamQualityReport *report, int class_index) G_GNUC_WARN_UNUSED_RESULT;
/* For a person: "mitochondrion, nucleus", or "all but the background". */
char *lam_quality_report_dup_organelles (
    const LamQualityReport *report) G_GNUC_WARN_UNUSED_RESULT;
