/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking a network at its word where the pointer is, with the messages that go
 * with it (workspace/acceptance.h). */
#pragma once

#include "app/window.h"

/* The second best of what is under the pointer: of the object, or only in this
 * slice. */
void lam_word_verb_take_second (LamWindow *window, bool in_slice);
/* The same of the object at a voxel, for a menu. */
void lam_word_verb_take_second_at (LamWindow *window, const int64_t voxel[3]);

typedef enum {
  LAM_SCOPE_OBJECT, /* what is proposed under the pointer, as one object */
  LAM_SCOPE_SLICE, /* all proposals of the pane's slice that are on screen */
  LAM_SCOPE_BOX, /* of the box around what the panes show */
} LamScope;
void lam_word_verb_decide (LamWindow *window, LamScope scope, bool rejects);
