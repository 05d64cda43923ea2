/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Kinds of notes as people see them. */
#pragma once

#include <gtk/gtk.h>

#include "labels/note.h"

/* "<span foreground=…>●</span>": Pango markup of the kind's colour. */
char *lam_note_kind_dup_dot (const char *kind) G_GNUC_WARN_UNUSED_RESULT;
/* One line: what it measures and says, or else its kind. */
char *lam_note_dup_title (const LamNote *note, const double voxel_size_nm[3],
    bool in_voxels) G_GNUC_WARN_UNUSED_RESULT;
