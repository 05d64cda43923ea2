/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Changes that make one patch into many: what an augmentation is. A file
 * augment-NAME.c fills the rows of a family, augment.c lists them. */
#pragma once

#include <stdbool.h>

#include "base/random.h"
#include "segment/patch.h"

#define LAM_AUGMENT_MAX_PARAMETERS 3

typedef struct {
  const char *name; /* "displacement" */
  const char *title; /* translated when shown */
  double least, most, standard;
  const char *unit; /* "voxels", or "" */
} LamAugmentParameter;

typedef struct {
  const char *name; /* "elastic" */
  const char *title; /* translated when shown */
  /* The end has no name. */
  LamAugmentParameter parameters[LAM_AUGMENT_MAX_PARAMETERS];
  /* `values`: by parameter. `is_isotropic`: voxels are cubes. Image, classes
   * and weights move together. */
  void (*apply) (LamPatch *patch, const double *values, bool is_isotropic,
      LamRandom *random);
} LamAugment;

/* Ends with NULL; in the order in which they are applied. */
const LamAugment *const *lam_augment_get_all (void);

#define LAM_AUGMENT_MAX_KINDS 16
/* By row: how often it is applied (0 to 1), and with what. */
typedef struct {
  double chance[LAM_AUGMENT_MAX_KINDS];
  double values[LAM_AUGMENT_MAX_KINDS][LAM_AUGMENT_MAX_PARAMETERS];
} LamAugmentation;

/* None is applied; their parameters are the standard ones. */
void lam_augmentation_init (LamAugmentation *augmentation);
/* `key`: "elastic" (its chance) or "elastic.displacement". Sets `*why` (owned
 * by the caller) where key or value cannot be. */
bool lam_augmentation_set (LamAugmentation *augmentation, const char *key,
    const char *value, char **why);
/* Throws dice for each row. */
void lam_augmentation_apply (const LamAugmentation *augmentation,
    LamPatch *patch, bool is_isotropic, LamRandom *random);
