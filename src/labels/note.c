/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/note.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/label-colour.h"

/* One row a kind that the program knows. Hues far from each other, light enough
 * to stand out over grey. */
static const struct {
  const char *kind, *title;
  LamNoteShape shape;
  int least, most; /* corners */
  uint32_t rgb;
} kinds[] = {
  { "synapse", N_ ("Synapse"), LAM_NOTE_POINT, 1, 1, 0xff6b6b },
  { "vesicle", N_ ("Vesicle"), LAM_NOTE_POINT, 1, 1, 0x4dd2ff },
  { LAM_NOTE_QUESTION, N_ ("Question"), LAM_NOTE_POINT, 1, 1, 0xffb84d },
  { LAM_NOTE_COMMENT, N_ ("Comment"), LAM_NOTE_POINT, 1, 1, 0xc9b3ff },
  { LAM_NOTE_BOOKMARK, N_ ("Bookmark"), LAM_NOTE_POINT, 1, 1, 0x7ee081 },
  { LAM_NOTE_DISTANCE, N_ ("Distance"), LAM_NOTE_WAY, 2, LAM_NOTE_MAX_CORNERS,
      0xffe14d },
  { LAM_NOTE_AREA, N_ ("Area"), LAM_NOTE_RING, 3, LAM_NOTE_MAX_CORNERS,
      0xffe14d },
  { LAM_NOTE_ANGLE, N_ ("Angle"), LAM_NOTE_CORNER, 3, 3, 0xffe14d },
};

/* -1: a kind of the person's own. */
static int
find_kind (const char *kind)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].kind, kind) == 0)
      return (int)i;
  return -1;
}

LamNote *
lam_note_copy (const LamNote *note)
{
  if (!note)
    return NULL;
  LamNote *copy = g_memdup2 (note, sizeof *note);
  copy->kind = g_strdup (note->kind);
  copy->text = g_strdup (note->text ? note->text : "");
  copy->author = g_strdup (note->author ? note->author : "");
  copy->corners =
      g_memdup2 (note->corners, (size_t)note->n_corners * 3 * sizeof (double));
  return copy;
}

void
lam_note_free (LamNote *note)
{
  if (!note)
    return;
  g_free (note->kind);
  g_free (note->text);
  g_free (note->author);
  g_free (note->corners);
  g_free (note);
}

char *
lam_note_join_texts (const char *mine, const char *theirs)
{
  mine = mine ? mine : "";
  theirs = theirs ? theirs : "";
  if (strstr (mine, theirs))
    return g_strdup (mine);
  return strstr (theirs, mine) ? g_strdup (theirs)
                               : g_strconcat (mine, "\n", theirs, NULL);
}

LamNoteShape
lam_note_shape (const char *kind)
{
  const int i = find_kind (kind);
  return i < 0 ? LAM_NOTE_POINT : kinds[i].shape;
}

bool
lam_note_fits (const LamNote *note, const char *kind)
{
  const int i = find_kind (kind);
  const int least = i < 0 ? 1 : kinds[i].least;
  const int most = i < 0 ? 1 : kinds[i].most;
  return note->n_corners >= least && note->n_corners <= most;
}

/* ---- Checking ----------------------------------------------------------- */

static bool
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT, text);
  return false;
}

static bool
check_is_text (const char *text, GError **error)
{
  return !text || g_utf8_validate (text, -1, NULL)
      || refuse (error, _ ("a note's text is not valid UTF-8"));
}

bool
lam_note_check_text (const char *text, GError **error)
{
  if (text && strlen (text) > LAM_NOTE_MAX_TEXT_BYTES)
    return refuse (error, _ ("the text of a note is longer than 16384 bytes"));
  return check_is_text (text, error);
}

static bool
check_texts (const LamNote *note, GError **error)
{
  if (!check_is_text (note->kind, error) || !check_is_text (note->author, error)
      || !lam_note_check_text (note->text, error))
    return false;
  if (!note->kind || !*note->kind)
    return refuse (error, _ ("a note needs a kind"));
  if (strlen (note->kind) > LAM_NOTE_MAX_KIND_BYTES
      || strpbrk (note->kind, "\n\r\t"))
    return refuse (error,
        _ ("the kind of a note is one line of at most 64 bytes; what is longer "
           "belongs in its text"));
  return true;
}

static bool
check_count (const LamNote *note, GError **error)
{
  const int i = find_kind (note->kind);
  const int least = i < 0 ? 1 : kinds[i].least;
  const int most = i < 0 ? 1 : kinds[i].most;
  if (lam_note_fits (note, note->kind))
    return true;
  if (least == most)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("a note of the kind “%s” has %d places, not %d"), note->kind, least,
        note->n_corners);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("a note of the kind “%s” has %d to %d places, not %d"), note->kind,
        least, most, note->n_corners);
  return false;
}

static bool
check_corners (const LamNote *note, const int64_t size[3], GError **error)
{
  for (int i = 0; i < note->n_corners * 3; i++) {
    const double value = note->corners[i];
    const bool is_inside = isfinite (value)
        && (!size || (value >= 0 && value <= (double)size[i % 3]));
    if (is_inside)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("a note must lie inside of the volume: its place %d has %c = %g, "
           "and %s is needed"),
        i / 3 + 1, "xyz"[i % 3], value,
        size ? _ ("a number from 0 to the volume's size") : _ ("a number"));
    return false;
  }
  return true;
}

bool
lam_note_check (const LamNote *note, const int64_t size[3], GError **error)
{
  return check_texts (note, error) && check_count (note, error)
      && check_corners (note, size, error);
}

/* ---- Places ------------------------------------------------------------- */

void
lam_note_get_place (const LamNote *note, double place[3])
{
  for (int axis = 0; axis < 3; axis++) {
    place[axis] = 0;
    for (int i = 0; i < note->n_corners; i++)
      place[axis] += note->corners[3 * i + axis] / note->n_corners;
  }
}

LamBox
lam_note_get_box (const LamNote *note, const int64_t size[3])
{
  LamBox box = { 0 };
  for (int axis = 0; axis < 3; axis++)
    for (int i = 0; i < note->n_corners; i++) {
      int64_t at = (int64_t)floor (note->corners[3 * i + axis]);
      at = CLAMP (at, 0, size[axis] - 1);
      box.min[axis] = i == 0 ? at : MIN (box.min[axis], at);
      box.max[axis] = i == 0 ? at + 1 : MAX (box.max[axis], at + 1);
    }
  return box;
}

/* ---- Measuring ---------------------------------------------------------- */

static void
between (const LamNote *note, int from, int to, const double nm[3],
    double difference[3])
{
  for (int axis = 0; axis < 3; axis++)
    difference[axis] =
        (note->corners[3 * to + axis] - note->corners[3 * from + axis])
        * nm[axis];
}

static double
length_of (const double a[3])
{
  return sqrt (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

static void
cross (const double a[3], const double b[3], double out[3])
{
  for (int axis = 0; axis < 3; axis++) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    out[axis] = a[i] * b[j] - a[j] * b[i];
  }
}

static double
measure_way (const LamNote *note, const double nm[3])
{
  double length = 0, step[3];
  for (int i = 0; i + 1 < note->n_corners; i++) {
    between (note, i, i + 1, nm, step);
    length += length_of (step);
  }
  return length;
}

static double
measure_ring (const LamNote *note, const double nm[3])
{
  double twice[3] = { 0 }, a[3], b[3], triangle[3];
  for (int i = 1; i + 1 < note->n_corners; i++) {
    between (note, 0, i, nm, a);
    between (note, 0, i + 1, nm, b);
    cross (a, b, triangle);
    for (int axis = 0; axis < 3; axis++)
      twice[axis] += triangle[axis];
  }
  return length_of (twice) / 2;
}

static double
measure_corner (const LamNote *note, const double nm[3])
{
  double a[3], b[3], normal[3];
  between (note, 1, 0, nm, a);
  between (note, 1, 2, nm, b);
  cross (a, b, normal);
  const double dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return atan2 (length_of (normal), dot) * 180 / M_PI;
}

double
lam_note_measure (const LamNote *note, const double voxel_size_nm[3])
{
  switch (lam_note_shape (note->kind)) {
  case LAM_NOTE_WAY:
    return measure_way (note, voxel_size_nm);
  case LAM_NOTE_RING:
    return measure_ring (note, voxel_size_nm);
  case LAM_NOTE_CORNER:
    return measure_corner (note, voxel_size_nm);
  case LAM_NOTE_POINT:
    break;
  }
  return 0;
}

/* Four digits, but whole numbers whole. */
static char *
dup_number (double value, const char *unit)
{
  return value >= 1000 ? g_strdup_printf ("%.0f %s", value, unit)
                       : g_strdup_printf ("%.4g %s", value, unit);
}

char *
lam_note_dup_figure (
    const LamNote *note, const double voxel_size_nm[3], bool in_voxels)
{
  const double value = lam_note_measure (note, voxel_size_nm);
  switch (lam_note_shape (note->kind)) {
  case LAM_NOTE_WAY:
    return dup_number (value, in_voxels ? _ ("voxels") : "nm");
  case LAM_NOTE_RING:
    if (!in_voxels && value >= 1e5)
      return dup_number (value / 1e6, "µm²");
    return dup_number (value, in_voxels ? _ ("voxels²") : "nm²");
  case LAM_NOTE_CORNER:
    return g_strdup_printf ("%.1f°", value);
  case LAM_NOTE_POINT:
    break;
  }
  return g_strdup ("");
}

/* ---- Kinds -------------------------------------------------------------- */

const char *const *
lam_note_offered_kinds (void)
{
  static const char *const offered[] = { "synapse", "vesicle",
    LAM_NOTE_QUESTION, LAM_NOTE_COMMENT, LAM_NOTE_BOOKMARK, NULL };
  return offered;
}

const char *
lam_note_kind_title (const char *kind)
{
  const int i = find_kind (kind);
  return i < 0 ? kind : _ (kinds[i].title);
}

uint32_t
lam_note_kind_rgb (const char *kind)
{
  const int i = find_kind (kind);
  return i < 0 ? lam_label_colour_auto (g_str_hash (kind)) : kinds[i].rgb;
}
