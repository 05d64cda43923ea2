/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row to choose one of the project's regions in, which stays with the region
 * when others come, go or change their place in the list. */
#pragma once

#include <adwaita.h>

#include "workspace/regions.h"

/* Lists the regions anew. `all`: the title of a first choice that is none of
 * them; NULL: there is no such. Where the region that was chosen is gone, it is
 * that choice, else the one in its place. */
void lam_region_choice_fill (
    AdwComboRow *row, LamWorkspace *workspace, const char *all);
/* 0: none of them. */
int32_t lam_region_choice_get (AdwComboRow *row);
/* Nothing happens where it is not listed. */
void lam_region_choice_set (AdwComboRow *row, int32_t id);
