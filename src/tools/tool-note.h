/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which note is chosen, and the one that is about to be written. For the window
 * and the tool that sets points. Main thread. */
#pragma once

#include "labels/note.h"
#include "tools/tool.h"

/* 0: none. It may have gone meanwhile. */
int32_t lam_tool_box_get_chosen_note (LamToolBox *box);
void lam_tool_box_choose_note (LamToolBox *box, int32_t id);
/* Where the pointer holds a note, or one is about to be written; NULL:
 * nowhere. Borrowed. */
const LamNote *lam_tool_box_get_moved_note (LamToolBox *box);
/* Whether the notes are on the screen: what is not cannot be held. They are,
 * unless this says otherwise. */
void lam_tool_box_hide_notes (LamToolBox *box, bool are_hidden);
/* Shows one that is about to be written, a copy; NULL: none. */
void lam_tool_box_draft_note (LamToolBox *box, const LamNote *note);
