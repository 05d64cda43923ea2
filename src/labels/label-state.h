/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far a person is with a label, and the group that it is in. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Numbers are stored; they never change. */
typedef enum {
  LAM_LABEL_NOT_STARTED,
  LAM_LABEL_IN_PROGRESS,
  LAM_LABEL_COMPLETED, /* counts as locked */
  LAM_LABEL_FLAGGED, /* somebody should look at it; protects nothing */
  LAM_N_LABEL_STATES
} LamLabelState;

/* "in progress": stable names, not translated. */
const char *lam_label_state_name (LamLabelState state);
/* "In progress", as a person reads it. */
const char *lam_label_state_title (LamLabelState state);
/* Whether it is a name, or the beginning of one, in any case, with spaces or
 * hyphens ("In-Prog"); "" begins all. */
bool lam_label_state_matches (LamLabelState state, const char *text);

/* A group is a path of names, "mitochondria/left": a group within a group. No
 * group is NULL or "". */
enum { LAM_MAX_GROUP_BYTES = 1000 };
/* As it is kept: without spaces around its names and without empty names; ""
 * for none. NULL with error when it is no text or too long. */
char *lam_label_group_clean (
    const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `other` is the group or lies in it. Nothing lies in no group. */
bool lam_label_group_holds (const char *group, const char *other);
/* The group that it lies in; "" for none. */
char *lam_label_group_dup_parent (const char *group) G_GNUC_WARN_UNUSED_RESULT;
/* What becomes of `group`, which `from` holds, when that is called `to`. */
char *lam_label_group_move (const char *group, const char *from,
    const char *to) G_GNUC_WARN_UNUSED_RESULT;
