/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The file dialogs for opening. */
#pragma once

#include "app/window.h"

typedef enum {
  LAM_OPEN_ANY,     /* volumes and projects */
  LAM_OPEN_PROJECT, /* projects */
  LAM_OPEN_FOLDER,  /* a folder of single pages, or an OME-Zarr */
  LAM_OPEN_IMAGE_OF_PROJECT, /* the missing image of what is open */
} LamOpenKind;

void lam_open_dialog_present (LamWindow *window, LamOpenKind kind);
