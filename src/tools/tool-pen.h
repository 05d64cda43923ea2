/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The pointer of who has none: keys put a pen down, carry it and lift it, which
 * a tool takes for a press, moves and a release. Main thread. */
#pragma once

#include "tools/tool.h"

typedef struct _LamToolPen LamToolPen;

/* `box` must outlive it. */
LamToolPen *lam_tool_pen_new (LamToolBox *box) G_GNUC_WARN_UNUSED_RESULT;
/* As it is: lift it before, or what it draws stays begun. */
void lam_tool_pen_free (LamToolPen *pen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamToolPen, lam_tool_pen_free)

/* False also once its gesture was taken back. */
bool lam_tool_pen_is_down (const LamToolPen *pen);
/* Of when it was put down. */
LamPointerFlags lam_tool_pen_get_flags (const LamToolPen *pen);

/* At a place in level-0 voxels, in the slice of the camera. Where a click is
 * all that the tool needs, that is what it gets, and the pen is up again. False
 * with error: the tool does not begin there; without: the pointer has the tool
 * in hand. */
bool lam_tool_pen_put_down (LamToolPen *pen, const LamCamera *camera,
    const double voxel[3], LamPointerFlags flags, GError **error);
/* Along a straight line, a sample a voxel. In another slice than the one it was
 * put down in it is lifted where it was. */
void lam_tool_pen_carry (
    LamToolPen *pen, const LamCamera *camera, const double voxel[3]);
/* What it drew is done, as by a release. */
void lam_tool_pen_lift (LamToolPen *pen);
