/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where two people disagree, what the other one says is outlined in the images,
 * and again after each edit there. Main thread. */
#pragma once

#include "app/canvas.h"
#include "labels/place.h"

typedef struct _LamDissentOutline LamDissentOutline;

/* `canvas` may go before it. */
LamDissentOutline *lam_dissent_outline_new (
    LamCanvas *canvas) G_GNUC_WARN_UNUSED_RESULT;
/* Of one that was dropped. */
void lam_dissent_outline_unref (LamDissentOutline *outline);
/* Of a dissent, in the place of the one before. */
void lam_dissent_outline_look (
    LamDissentOutline *outline, LamWorkspace *workspace, const LamPlace *place);
/* None is outlined any more; NULL is none. */
void lam_dissent_outline_drop (LamDissentOutline *outline);
