/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* notes list, notes add, notes remove, notes export: what people say of places
 * of a project. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/notes.h"

static char *option_kind, *option_text;
static gboolean option_nm;

static const GOptionEntry add_options[] = {
  { "kind", 'k', 0, G_OPTION_ARG_STRING, &option_kind,
      N_ ("synapse, vesicle, question, comment (default), bookmark, distance, "
          "area, angle or a word of your own"),
      N_ ("KIND") },
  { "text", 't', 0, G_OPTION_ARG_STRING, &option_text, N_ ("What it says"),
      N_ ("TEXT") },
  { "nm", 0, 0, G_OPTION_ARG_NONE, &option_nm,
      N_ ("The places are in nm, not in voxels"), NULL },
  { NULL },
};

static const GOptionEntry filter_options[] = {
  { "kind", 'k', 0, G_OPTION_ARG_STRING, &option_kind,
      N_ ("Of this kind alone"), N_ ("KIND") },
  { "text", 't', 0, G_OPTION_ARG_STRING, &option_text,
      N_ ("With this in its text alone"), N_ ("TEXT") },
  { NULL },
};

/* ---- JSON --------------------------------------------------------------- */

static void
add_place (JsonBuilder *json, const double place[3], const double nm[3])
{
  json_builder_begin_array (json);
  for (int i = 0; i < 3; i++)
    json_builder_add_double_value (json, place[i] * nm[i]);
  json_builder_end_array (json);
}

static void
add_places (JsonBuilder *json, const LamNote *note, const char *suffix,
    const double nm[3])
{
  double place[3];
  lam_note_get_place (note, place);
  g_autofree char *position = g_strconcat ("position_", suffix, NULL);
  g_autofree char *corners = g_strconcat ("corners_", suffix, NULL);
  json_builder_set_member_name (json, position);
  add_place (json, place, nm);
  json_builder_set_member_name (json, corners);
  json_builder_begin_array (json);
  for (int i = 0; i < note->n_corners; i++)
    add_place (json, note->corners + 3 * i, nm);
  json_builder_end_array (json);
}

/* Of a time from a file, which may be any number. */
static char *
dup_time (int64_t time)
{
  g_autoptr (GDateTime) when =
      g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  return when ? lam_cli_dup_time (time) : g_strdup ("");
}

static const double voxels[3] = { 1, 1, 1 };

/* `nm`: NULL where it is not known. */
static void
add_note (JsonBuilder *json, const LamNote *note, const double *nm)
{
  static const char *const values[][2] = { { NULL, NULL },
    { "length_nm", "length_voxels" }, { "area_nm2", "area_voxels2" },
    { "angle_degrees", "angle_degrees" } };
  const LamNoteShape shape = lam_note_shape (note->kind);
  g_autofree char *time = dup_time (note->time);
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", note->id);
  lam_json_add_text (json, "kind", note->kind);
  lam_json_add_text (json, "text", note->text);
  lam_json_add_text (json, "author", note->author);
  lam_json_add_text (json, "time", time);
  add_places (json, note, "voxels", voxels);
  if (nm)
    add_places (json, note, "nm", nm);
  if (shape != LAM_NOTE_POINT) {
    json_builder_set_member_name (json, values[shape][!nm]);
    json_builder_add_double_value (
        json, lam_note_measure (note, nm ? nm : voxels));
  }
  json_builder_end_object (json);
}

/* ---- list and export ---------------------------------------------------- */

static bool
is_wanted (const LamNote *note)
{
  if (option_kind && strcmp (note->kind, option_kind) != 0)
    return false;
  return !option_text || strstr (note->text, option_text);
}

/* Borrowed from the store. */
static GPtrArray *
choose (LamStore *store)
{
  const GPtrArray *notes = lam_store_get_notes (store);
  GPtrArray *wanted = g_ptr_array_new ();
  for (guint i = 0; i < notes->len; i++)
    if (is_wanted (notes->pdata[i]))
      g_ptr_array_add (wanted, notes->pdata[i]);
  return wanted;
}

/* NULL where it is not known. */
static const double *
get_voxel_size (LamStore *store)
{
  const double *nm = lam_store_get_volume (store)->voxel_size_nm;
  return nm[0] > 0 && nm[1] > 0 && nm[2] > 0 ? nm : NULL;
}

static JsonBuilder *
build_json (const GPtrArray *notes, const double *nm)
{
  JsonBuilder *json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < notes->len; i++)
    add_note (json, notes->pdata[i], nm);
  json_builder_end_array (json);
  return json;
}

static void
print_note (const LamNote *note, const double *nm)
{
  double place[3];
  lam_note_get_place (note, place);
  g_autofree char *figure = lam_note_dup_figure (note, nm ? nm : voxels, !nm);
  g_print ("%4d  %-10s  %.6g,%.6g,%.6g  %s  %s%s%s\n", note->id, note->kind,
      place[0], place[1], place[2], note->author, figure,
      *figure && *note->text ? "  " : "", note->text);
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  const double *nm = get_voxel_size (store);
  g_autoptr (GPtrArray) notes = choose (store);
  if (call->json) {
    g_autoptr (JsonBuilder) json = build_json (notes, nm);
    lam_json_print (json);
    return true;
  }
  for (guint i = 0; i < notes->len; i++)
    print_note (notes->pdata[i], nm);
  return true;
}

static char *
make_table (
    const char *path, const GPtrArray *notes, const double *nm, GError **error)
{
  if (g_str_has_suffix (path, ".csv"))
    return lam_notes_to_csv (notes, nm);
  if (g_str_has_suffix (path, ".json")) {
    g_autoptr (JsonBuilder) json = build_json (notes, nm);
    g_autofree char *text = lam_json_to_text (json);
    return g_strconcat (text, "\n", NULL);
  }
  lam_cli_usage_error (
      error, _ ("%s: its name must end in .csv or .json"), path);
  return NULL;
}

static bool
run_export (const LamCliCall *call, GError **error)
{
  const char *path = call->arguments[1];
  const char *const inputs[] = { call->arguments[0], NULL };
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store || !lam_output_check (path, inputs, call->force, error))
    return false;
  const double *nm = get_voxel_size (store);
  g_autoptr (GPtrArray) notes = choose (store);
  g_autofree char *table = make_table (path, notes, nm, error);
  return table && g_file_set_contents (path, table, -1, error);
}

/* ---- add and remove ----------------------------------------------------- */

/* Every argument after the project is a place. */
static LamNote *
parse (const LamCliCall *call, GError **error)
{
  g_autoptr (LamNote) note = g_new0 (LamNote, 1);
  note->kind = g_strdup (option_kind ? option_kind : LAM_NOTE_COMMENT);
  note->text = g_strdup (option_text ? option_text : "");
  note->n_corners = call->n_arguments - 1;
  note->corners = g_new0 (double, 3 * (size_t)note->n_corners);
  for (int i = 0; i < note->n_corners; i++)
    if (!lam_argument_place (
            "X,Y,Z", call->arguments[1 + i], note->corners + 3 * i, error))
      return NULL;
  return g_steal_pointer (&note);
}

static bool
run_add (const LamCliCall *call, GError **error)
{
  g_autoptr (LamNote) note = parse (call, error);
  g_autoptr (LamWorkspace) workspace =
      note ? lam_cli_open_for_change (call->arguments[0], error) : NULL;
  if (!workspace)
    return false;
  if (option_nm && !lam_workspace_knows_voxel_size (workspace)) {
    lam_cli_usage_error (error,
        _ ("%s: the size of its voxels is not known, so a place cannot be in "
           "nm"),
        call->arguments[0]);
    return lam_cli_close (workspace, false, error);
  }
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  for (int i = 0; i < 3 * note->n_corners && option_nm; i++)
    note->corners[i] /= nm[i % 3];
  int32_t id = lam_workspace_add_note (workspace, note, error);
  if (!lam_cli_close (workspace, id > 0, error))
    return false;
  g_print ("%d\n", id);
  return true;
}

static bool
run_remove (const LamCliCall *call, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (int32_t));
  for (int i = 1; i < call->n_arguments; i++) {
    int64_t id = 0;
    if (!lam_argument_integer (
            "ID", call->arguments[i], 1, G_MAXINT32, &id, error))
      return false;
    const int32_t narrow = (int32_t)id;
    g_array_append_val (ids, narrow);
  }
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  return workspace
      && lam_cli_close (
          workspace, lam_workspace_remove_notes (workspace, ids, error), error);
}

const LamCommand lam_command_notes_list = {
  .name = "notes list",
  .title = N_ ("Lists the notes of a project: points, bookmarks, measurements"),
  .usage = "PROJECT",
  .help = N_ ("Places are in voxels, whose middle is at +0.5; with --json in "
              "nm, too, where the size of voxels is known. A measurement's "
              "place is the middle of its corners."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = filter_options,
  .has_json = true,
  .run = run_list,
};

const LamCommand lam_command_notes_add = {
  .name = "notes add",
  .title = N_ ("Writes a note at a place of a project; prints its number"),
  .usage = "PROJECT X,Y,Z…",
  .help = N_ ("A distance has two places or more, an area three or more, an "
              "angle three, and every other kind one."),
  .min_arguments = 2,
  .max_arguments = 1 + LAM_NOTE_MAX_CORNERS,
  .options = add_options,
  .run = run_add,
};

const LamCommand lam_command_notes_remove = {
  .name = "notes remove",
  .title = N_ ("Takes notes away, by their numbers, as one edit"),
  .usage = "PROJECT ID…",
  .min_arguments = 2,
  .max_arguments = G_MAXINT16,
  .run = run_remove,
};

const LamCommand lam_command_notes_export = {
  .name = "notes export",
  .title = N_ ("Writes the notes of a project to a table"),
  .usage = "PROJECT FILE",
  .help = N_ ("FILE ends in .csv or .json. Places are in voxels and in nm."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = filter_options,
  .has_force = true,
  .run = run_export,
};
