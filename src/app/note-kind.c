/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/note-kind.h"

#include <string.h>

char *
lam_note_kind_dup_dot (const char *kind)
{
  return g_strdup_printf (
      "<span foreground=\"#%06x\">●</span>", lam_note_kind_rgb (kind));
}

char *
lam_note_dup_title (
    const LamNote *note, const double voxel_size_nm[3], bool in_voxels)
{
  g_autofree char *figure =
      lam_note_dup_figure (note, voxel_size_nm, in_voxels);
  const size_t first_line = strcspn (note->text, "\r\n");
  g_autofree char *text = g_strndup (note->text, first_line);
  if (*figure && *text)
    return g_strdup_printf ("%s  %s", figure, text);
  if (*figure || *text)
    return g_strdup (*figure ? figure : text);
  return g_strdup (lam_note_kind_title (note->kind));
}
