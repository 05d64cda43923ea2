/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The first-run guide: a strip above the images that says one thing to try at a
 * time, notices when the person has done it and goes on. It blocks nothing, can
 * be closed and called again, and offers itself once: with the first project
 * that has a network at work. */
#pragma once

#include "app/network-button.h"
#include "app/place-bar.h"

#define LAM_TYPE_GUIDE (lam_guide_get_type ())
G_DECLARE_FINAL_TYPE (LamGuide, lam_guide, LAM, GUIDE, GtkWidget)

/* Once; the widgets are borrowed. */
void lam_guide_set_up (LamGuide *guide, GSettings *settings, LamCanvas *canvas,
    LamNetworkButton *network, LamPlaceBar *places);
/* NULL: hidden. Holds a reference. */
void lam_guide_set_workspace (LamGuide *guide, LamWorkspace *workspace);
/* From the first step; on the sample where nothing is open. */
void lam_guide_begin (LamGuide *guide);
/* The keys that it names were bound anew. */
void lam_guide_refresh (LamGuide *guide);
