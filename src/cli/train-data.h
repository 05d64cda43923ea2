/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Images and labels for training, as they are given on the command line. */
#pragma once

#include "segment/sampler.h"

typedef struct {
  char **images, **labels; /* as many of each; end with NULL */
  char **weights; /* of voxels, as many again; or NULL */
  const LamBox *box; /* what is used of each; NULL: all */
  const LamTruthTable *table;
  const LamNormalisation *normalisation; /* NULL: measure it */
  bool measures_each; /* image by itself, whatever the line above says */
} LamTrainDataChoice;

/* "background,mitochondrion": the numbers 0, 1, … of the labels; or
 * "background=0,mitochondrion=255". Names are freed by g_strfreev(). */
bool lam_train_data_parse_classes (
    const char *text, LamTruthTable *table, char ***names, GError **error);
/* "0-59": the sections whole, which a box says with LAM_TRAIN_DATA_WHOLE. */
#define LAM_TRAIN_DATA_WHOLE G_MAXINT64
bool lam_train_data_parse_sections (
    const char *option, const char *text, LamBox *box, GError **error);
/* "1,1,0.5": a number above 0 for each class. */
bool lam_train_data_parse_class_weights (
    const char *text, int n_classes, float *weights, GError **error);

/* Adds all pairs; refuses, naming both, an image and labels of different size.
 * Sets the normalisation of all and the first image's voxel size (0:
 * unknown). */
LamSampler *lam_train_data_open (const LamTrainDataChoice *choice,
    const LamSamplerSettings *settings, LamNormalisation *normalisation,
    double voxel_size_nm[3], LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "ROLE HASH NAME", one for each file; of a folder the hash is "-". */
bool lam_train_data_add_hashes (GPtrArray *lines, const char *role,
    char **paths, LamProgress *progress, GError **error);
