/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Images and labels for training, as they are given on the command line. */
#pragma once

#include "segment/sampler.h"

typedef struct {
  char **images, **labels; /* as many of each; end with NULL */
  /* Sections [0] to [1], both included; NULL: all. */
  const int64_t *sections;
  const LamTruthTable *table;
  const LamNormalisation *normalisation; /* NULL: measure it */
  bool measures_each; /* image by itself, whatever the line above says */
} LamTrainDataChoice;

/* "background,mitochondrion": the numbers 0, 1, … of the labels; or
 * "background=0,mitochondrion=255". Names are freed by g_strfreev(). */
bool lam_train_data_parse_classes (
    const char *text, LamTruthTable *table, char ***names, GError **error);
/* "0-59". */
bool lam_train_data_parse_sections (
    const char *option, const char *text, int64_t sections[2], GError **error);

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
