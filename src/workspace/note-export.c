/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Comma-separated values as RFC 4180 has them. A measurement's place is the
 * middle of its corners; all of them stand in the last column. */
#include <math.h>
#include <string.h>

#include "workspace/notes.h"
#include "workspace/workspace-private.h"

/* Numbers with a point, whatever the person's language. */
static void
add_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.10g", value);
  g_string_append (out, text);
}

static void
add_text (GString *out, const char *text)
{
  const bool is_formula = *text && strchr ("=+-@\t\r", *text);
  const bool is_plain = !is_formula && !strpbrk (text, ",\"\r\n");
  if (is_plain) {
    g_string_append (out, text);
    return;
  }
  g_string_append (out, is_formula ? "\"'" : "\"");
  for (const char *c = text; *c; c++)
    if (*c == '"')
      g_string_append (out, "\"\"");
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '"');
}

static void
add_place (GString *out, const double place[3], const double scale[3])
{
  for (int i = 0; i < 3; i++) {
    g_string_append_c (out, ',');
    add_number (out, place[i] * scale[i]);
  }
}

static const char *
unit_of (const LamNote *note, bool in_voxels)
{
  static const char *const units[][2] = { { "", "" }, { "nm", "voxels" },
    { "nm2", "voxels2" }, { "degrees", "degrees" } };
  return units[lam_note_shape (note->kind)][in_voxels];
}

static void
add_time (GString *out, int64_t time)
{
  g_autoptr (GDateTime) when =
      g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autofree char *text =
      when ? g_date_time_format (when, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  g_string_append (out, text ? text : "");
}

static void
add_corners (GString *out, const LamNote *note)
{
  for (int i = 0; i < note->n_corners; i++)
    for (int axis = 0; axis < 3; axis++) {
      if (i + axis > 0)
        g_string_append (out, axis > 0 ? " " : "; ");
      add_number (out, note->corners[3 * i + axis]);
    }
}

/* `nm`: NULL where it is not known. */
static void
add_note (GString *out, const LamNote *note, const double *nm)
{
  static const double voxels[3] = { 1, 1, 1 };
  double place[3];
  lam_note_get_place (note, place);
  g_string_append_printf (out, "%d,", note->id);
  add_text (out, note->kind);
  g_string_append_c (out, ',');
  add_text (out, note->text);
  g_string_append_c (out, ',');
  add_text (out, note->author);
  g_string_append_c (out, ',');
  add_time (out, note->time);
  add_place (out, place, voxels);
  if (nm)
    add_place (out, place, nm);
  else
    g_string_append (out, ",,,");
  g_string_append_c (out, ',');
  if (lam_note_shape (note->kind) != LAM_NOTE_POINT)
    add_number (out, lam_note_measure (note, nm ? nm : voxels));
  g_string_append_printf (out, ",%s,", unit_of (note, !nm));
  add_corners (out, note);
  g_string_append (out, "\r\n");
}

char *
lam_notes_to_csv (const GPtrArray *notes, const double *voxel_size_nm)
{
  GString *out = g_string_new ("id,kind,text,author,time,x_voxels,y_voxels,"
                               "z_voxels,x_nm,y_nm,z_nm,value,unit,"
                               "corners_voxels\r\n");
  for (guint i = 0; i < notes->len; i++)
    add_note (out, notes->pdata[i], voxel_size_nm);
  return g_string_free (out, false);
}

/* ---- To a file ---------------------------------------------------------- */

typedef struct {
  GPtrArray *notes; /* Owned; of LamNote, Owned */
  bool knows_voxel_size;
  double voxel_size_nm[3];
  char *path; /* Owned */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  g_ptr_array_unref (export->notes);
  g_free (export->path);
  g_free (export);
}

/* In a worker. */
static void
export_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Export *export = data;
  GError *error = NULL;
  g_autofree char *csv = lam_notes_to_csv (
      export->notes, export->knows_voxel_size ? export->voxel_size_nm : NULL);
  if (g_file_set_contents (export->path, csv, -1, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_export_notes_async (LamWorkspace *workspace, const GArray *ids,
    const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  Export *export = g_new0 (Export, 1);
  export->notes =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_note_free);
  export->path = g_strdup (path);
  export->knows_voxel_size = workspace->knows_voxel_size;
  memcpy (export->voxel_size_nm, workspace->voxel_size_nm,
      sizeof export->voxel_size_nm);
  const size_t n = ids ? ids->len : lam_note_list_get_n (workspace->notes);
  for (size_t i = 0; i < n; i++) {
    const LamNote *note = ids
        ? lam_note_list_get (workspace->notes, g_array_index (ids, int32_t, i))
        : lam_note_list_get_nth (workspace->notes, i);
    if (note)
      g_ptr_array_add (export->notes, lam_note_copy (note));
  }
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, export_in_thread);
}

bool
lam_workspace_export_notes_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), false);
  return g_task_propagate_boolean (G_TASK (result), error);
}
