/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project that the robot has open, with the truth beside it: what the window
 * does with a workspace, without a window. */
#pragma once

#include "data.h"
#include "labels/place.h"
#include "robot.h"
#include "workspace/workspace.h"

typedef struct _EffortSession EffortSession;

/* What the network does beside the person. */
typedef enum {
  EFFORT_NO_HELP,
  EFFORT_ANSWERS, /* segments again around what was painted */
  EFFORT_LEARNS, /* learns from it before that, and while the person rests */
} EffortHelp;

/* Takes `path`. */
EffortSession *effort_session_open (const EffortData *data, char *path,
    EffortHelp help) G_GNUC_WARN_UNUSED_RESULT;
void effort_session_close (EffortSession *session);

/* Good until the next call that changes something. */
RobotWorld effort_session_get_world (const EffortSession *session);
/* The mean over the classes that the truth shows, of intersection over union.
 */
double effort_session_get_iou (const EffortSession *session);
/* Voxels that a person said and that are another thing now. */
int64_t effort_session_get_n_overwritten (const EffortSession *session);
/* How much the sum of all classes' intersections over union would grow if the
 * wrong voxels of the box were right, about. */
double effort_session_weigh (const EffortSession *session, const LamBox *box);

/* Paints the path, each point moved by `moves` (x and y; or NULL), and waits
 * until that is saved. */
void effort_session_paint (EffortSession *session, const RobotStroke *stroke,
    int class, const double (*moves)[2]);
/* Lets the network help, and waits for that; `all`: where it learns, it
 * segments all of the volume again. */
void effort_session_get_help (EffortSession *session, bool all);
/* The person rests: where it learns, all of the network does (see
 * workspace/idle-learning.h) if enough was corrected since the last time. */
void effort_session_rest (EffortSession *session);
/* Whether the active model is another than the one that last segmented all, as
 * the window's network box says. */
bool effort_session_has_learned (const EffortSession *session);
/* LamPlace, the best first. */
GArray *effort_session_find_places (
    EffortSession *session) G_GNUC_WARN_UNUSED_RESULT;
void effort_session_say (
    EffortSession *session, const LamPlace *place, LamVerdict verdict);
