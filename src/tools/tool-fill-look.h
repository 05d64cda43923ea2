/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a fill under the pointer would paint, outlined before the click
 * (tool-fill-look.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

typedef struct _LamToolFillLook LamToolFillLook;

/* Borrows the box. */
LamToolFillLook *lam_tool_fill_look_new (LamToolBox *box);
void lam_tool_fill_look_free (LamToolFillLook *look);
LamToolFillLook *lam_tool_box_get_fill_look (LamToolBox *box);
/* Draws what is found, and looks for it if the pointer is on something else
 * than before. */
void lam_tool_fill_look_draw (LamToolFillLook *look, bool in_space,
    const LamCamera *camera, LamSketch *sketch);
/* Why nothing is outlined; NULL: there is no such reason. */
char *lam_tool_fill_look_dup_hint (
    const LamToolFillLook *look) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing is looked for any more, until it is drawn again. */
void lam_tool_fill_look_forget (LamToolFillLook *look);
