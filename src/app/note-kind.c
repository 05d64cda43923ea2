/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/note-kind.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
lam_note_kind_title (const char *kind)
{
  static const struct {
    const char *kind, *title;
  } rows[] = {
    { "synapse", N_ ("Synapse") },
    { "vesicle", N_ ("Vesicle") },
    { LAM_NOTE_QUESTION, N_ ("Question") },
    { LAM_NOTE_COMMENT, N_ ("Comment") },
    { LAM_NOTE_BOOKMARK, N_ ("Bookmark") },
    { LAM_NOTE_DISTANCE, N_ ("Distance") },
    { LAM_NOTE_AREA, N_ ("Area") },
    { LAM_NOTE_ANGLE, N_ ("Angle") },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].kind, kind) == 0)
      return _ (rows[i].title);
  return kind;
}

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
