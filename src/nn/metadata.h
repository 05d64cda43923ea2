/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What Lamella writes into the metadata properties of a model and reads back:
 * the keys and how their texts are to be understood. Numbers stand between
 * commas, lines each end with a line feed but the last. */
#pragma once

#include "nn/network.h"

/* Names of the classes, one a line, in the order of the output's channels. */
#define LAM_METADATA_CLASSES "lamella.classes"
/* MEAN,DEVIATION in values of the image's voxels, each voxel being given to
 * the network as (value − MEAN) / DEVIATION. */
#define LAM_METADATA_NORMALISATION "lamella.normalisation"
/* "image" where the numbers are those of each image it is shown, measured. */
#define LAM_METADATA_GREY "lamella.grey"
/* Z,Y,X: the voxels of an input that the network was trained on. */
#define LAM_METADATA_TILE "lamella.tile_zyx"
/* X,Y,Z of the images it was trained on. */
#define LAM_METADATA_VOXEL_SIZE "lamella.voxel_size_nm_xyz"
/* Which program made the weights, with its version: "lamella 1.0". */
#define LAM_METADATA_PROGRAM "lamella.program"
/* What the made-up numbers of its training began with. */
#define LAM_METADATA_SEED "lamella.seed"
/* Whose weights were kept: those with the smallest "loss" or the largest mean
 * "iou" of all validations; and of that one: STEP,LOSS,IOU. */
#define LAM_METADATA_KEPT "lamella.kept_by"
#define LAM_METADATA_VALIDATION "lamella.validation"
/* One line a file that it was trained on: ROLE HASH NAME. */
#define LAM_METADATA_DATA "lamella.data"

typedef enum {
  LAM_METADATA_TEXT,
  LAM_METADATA_LINES,
  LAM_METADATA_NUMBERS,
} LamMetadataKind;

typedef struct {
  const char *key;
  const char *title; /* translated when shown */
  LamMetadataKind kind;
  int n; /* numbers */
  bool is_positive; /* the numbers are above 0 */
} LamMetadataRow;

/* NULL for a key that is not one of ours. */
const LamMetadataRow *lam_metadata_find (const char *key);

/* Refuses a text that one of our keys cannot have. */
bool lam_metadata_set_text (
    LamNetwork *network, const char *key, const char *text, GError **error);
/* NULL where the network has none; free with g_strfreev(). */
char **lam_metadata_dup_lines (
    const LamNetwork *network, const char *key) G_GNUC_WARN_UNUSED_RESULT;
void lam_metadata_set_lines (
    LamNetwork *network, const char *key, const char *const *lines);
/* As many as the key's row says. `values` stay where the network has none. */
bool lam_metadata_get_numbers (
    const LamNetwork *network, const char *key, double *values, GError **error);
void lam_metadata_set_numbers (
    LamNetwork *network, const char *key, const double *values);
