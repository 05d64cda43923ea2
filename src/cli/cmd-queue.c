/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* queue list, next, verify, unsure and verdicts: where the labels of a project
 * are likely wrong, and what a person says of it. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "labels/note.h"
#include "store/verdicts.h"
#include "workspace/dissent-verdicts.h"
#include "workspace/places.h"
#include "workspace/taking.h"

static char *option_limit, *option_at, *option_note;
static gboolean option_object;

static const GOptionEntry list_options[] = {
  { "limit", 'n', 0, G_OPTION_ARG_STRING, &option_limit,
      N_ ("At most so many places (all)"), N_ ("N") },
  { NULL },
};

#define OPTION_AT \
  { \
    "at", 'a', 0, G_OPTION_ARG_STRING, &option_at, \
        N_ ("Of the place whose centre this voxel is, else of the best that " \
            "has " \
            "it in its box, instead of the next one"), \
        N_ ("X,Y,Z") \
  }
#define OPTION_NOTE \
  { \
    "note", 'N', 0, G_OPTION_ARG_STRING, &option_note, \
        N_ ("What you have to say about it, in words; “queue verdicts” shows " \
            "it"), \
        N_ ("TEXT") \
  }

static const GOptionEntry say_options[] = { OPTION_AT, OPTION_NOTE, { NULL } };

static const GOptionEntry decide_options[] = {
  OPTION_AT,
  OPTION_NOTE,
  { "object", 'o', 0, G_OPTION_ARG_NONE, &option_object,
      N_ ("Where two people disagree: of the whole object that is there, at "
          "all of its places"),
      NULL },
  { NULL },
};

/* --- printing ------------------------------------------------------------- */

static void
add_json (
    JsonBuilder *json, const LamPlace *place, const LamClassTable *classes)
{
  g_autofree char *reason = lam_place_dup_reason (place, classes);
  json_builder_begin_object (json);
  lam_json_add_text (json, "kind", lam_place_kind_name (place->kind));
  lam_json_add_triple (json, "centre", place->centre);
  lam_json_add_box (json, "box", &place->box);
  lam_json_add_integer (json, "label", place->label);
  lam_json_add_integer (json, "voxels", place->n_voxels);
  if (place->kind == LAM_PLACE_DISSENT)
    lam_json_add_integer (json, "voice", place->voice);
  json_builder_set_member_name (json, "score");
  json_builder_add_double_value (json, place->score);
  lam_json_add_text (json, "reason", reason);
  json_builder_end_object (json);
}

static void
print_text (const LamPlace *place, const LamClassTable *classes)
{
  g_autofree char *reason = lam_place_dup_reason (place, classes);
  const int64_t *at = place->centre;
  g_print ("%8.1f  %-6s %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
           ",%" G_GINT64_FORMAT "  %s\n",
      place->score, lam_place_kind_name (place->kind), at[0], at[1], at[2],
      reason);
}

static void
print_places (LamStore *store, const GArray *places, guint n, bool json)
{
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    if (json)
      add_json (builder, place, classes);
    else
      print_text (place, classes);
  }
  json_builder_end_array (builder);
  if (json)
    lam_json_print (builder);
  else if (n == 0)
    g_print (_ ("No place is left to look at.\n"));
}

/* --- list and next -------------------------------------------------------- */

static GArray *
find (LamStore *store, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  return lam_places_find (store, keys, classes, NULL, progress, error);
}

static bool
print (const LamCliCall *call, int64_t limit, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GArray) places =
      store ? find (store, call->progress, error) : NULL;
  if (places)
    print_places (store, places, (guint)MIN (limit, places->len), call->json);
  return places != NULL;
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  int64_t limit = G_MAXINT;
  return lam_argument_integer (
             "--limit", option_limit, 1, G_MAXINT, &limit, error)
      && print (call, limit, error);
}

static bool
run_next (const LamCliCall *call, GError **error)
{
  return print (call, 1, error);
}

/* --- verify and unsure ---------------------------------------------------- */

static const LamPlace *
choose (
    const GArray *places, const char *path, const double at[3], GError **error)
{
  const int64_t voxel[3] = { (int64_t)floor (at[0]), (int64_t)floor (at[1]),
    (int64_t)floor (at[2]) };
  /* Boxes of borders reach far over those of others. */
  for (guint i = 0; option_at && i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    if (memcmp (place->centre, voxel, sizeof voxel) == 0)
      return place;
  }
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    if (!option_at || lam_box_contains (&place->box, voxel))
      return place;
  }
  if (option_at)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: no place that is left to look at has the voxel %s in its box"),
        path, option_at);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: no place is left to look at"), path);
  return NULL;
}

static void
print_said (const LamCliCall *call, LamStore *store, const LamPlace *place)
{
  g_autoptr (GArray) said = g_array_new (false, false, sizeof (LamPlace));
  g_array_append_vals (said, place, 1);
  print_places (store, said, 1, call->json);
}

static bool
run_say (const LamCliCall *call, LamVerdict verdict, GError **error)
{
  double at[3] = { 0 };
  const char *path = call->arguments[0];
  if (!lam_argument_place ("--at", option_at, at, error)
      || !lam_note_check_text (option_note, error))
    return false;
  g_autoptr (LamStore) store = lam_cli_open_store (path, error);
  g_autoptr (GArray) places =
      store ? find (store, call->progress, error) : NULL;
  const LamPlace *place = places ? choose (places, path, at, error) : NULL;
  if (!place || lam_places_say (store, place, verdict, option_note, error) == 0)
    return false;
  print_said (call, store, place);
  return lam_store_close (store, error);
}

static bool
keep_dissents (GArray *places, const char *path, GError **error)
{
  for (guint i = places->len; i-- > 0;)
    if (g_array_index (places, LamPlace, i).kind != LAM_PLACE_DISSENT)
      g_array_remove_index (places, i);
  if (places->len == 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: there is no place left where two people disagree"), path);
  return places->len > 0;
}

/* The next place of the queue, or the one that was chosen, that is a dissent;
 * borrowed. */
static const LamPlace *
find_dissent (
    const LamCliCall *call, LamStore *store, GArray **places, GError **error)
{
  double at[3] = { 0 };
  const char *path = call->arguments[0];
  if (!lam_argument_place ("--at", option_at, at, error)
      || !lam_note_check_text (option_note, error))
    return NULL;
  *places = find (store, call->progress, error);
  return *places && keep_dissents (*places, path, error)
      ? choose (*places, path, at, error)
      : NULL;
}

static bool
keep_object (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GArray) places = NULL;
  const LamPlace *place =
      store ? find_dissent (call, store, &places, error) : NULL;
  if (!place)
    return false;
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  g_autoptr (GArray) rows = lam_dissent_keep_mine (store, place->voice,
      place->centre, place, classes, option_note, call->progress, error);
  if (!rows)
    return false;
  print_said (call, store, place);
  return lam_store_close (store, error);
}

static bool
run_verify (const LamCliCall *call, GError **error)
{
  return option_object ? keep_object (call, error)
                       : run_say (call, LAM_VERDICT_VERIFIED, error);
}

static bool
run_unsure (const LamCliCall *call, GError **error)
{
  return run_say (call, LAM_VERDICT_UNSURE, error);
}

/* --- take ----------------------------------------------------------------- */

static bool
take (LamWorkspace *workspace, const LamPlace *place, LamProgress *progress,
    GError **error)
{
  GAsyncResult *answer = NULL;
  lam_workspace_take_voice_async (
      workspace, place, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  int64_t n_verified;
  if (!lam_workspace_take_voice_finish (workspace, result, &n_verified, error))
    return false;
  if (n_verified == 0)
    return lam_places_say (lam_workspace_get_store (workspace), place,
               LAM_VERDICT_CORRECTED, option_note, error)
        != 0;
  g_printerr (
      _ ("%" G_GINT64_FORMAT " voxels stay as they are in a verified region\n"),
      n_verified);
  return true;
}

/* What is written to it stands with each of its places. */
static bool
take_object (LamWorkspace *workspace, const LamPlace *place,
    LamProgress *progress, GError **error)
{
  GAsyncResult *answer = NULL;
  lam_workspace_take_object_async (workspace, place->voice, place->centre,
      place, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  g_auto (LamTaken) taken = { 0 };
  bool done = lam_workspace_take_finish (workspace, result, &taken, error);
  for (guint i = 0;
       done && option_note && taken.verdicts && i < taken.verdicts->len; i++)
    done = lam_store_set_verdict_note (lam_workspace_get_store (workspace),
        g_array_index (taken.verdicts, LamVerdictRow, i).id, option_note,
        error);
  if (done && taken.has_kept)
    g_printerr (_ ("What is locked, completed or in a verified region stays as "
                   "it is\n"));
  return done;
}

static bool
run_take (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  LamStore *store = lam_workspace_get_store (workspace);
  g_autoptr (GArray) places = NULL;
  const LamPlace *place = find_dissent (call, store, &places, error);
  bool done = place
      && (option_object ? take_object (workspace, place, call->progress, error)
                        : take (workspace, place, call->progress, error));
  if (done)
    print_said (call, store, place);
  return lam_cli_close (workspace, done, error);
}

/* --- verdicts ------------------------------------------------------------- */

static void
add_verdict_json (JsonBuilder *json, const LamVerdictRow *row, const char *note)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc (row->time / G_TIME_SPAN_SECOND);
  g_autofree char *text = time ? g_date_time_format_iso8601 (time) : NULL;
  json_builder_begin_object (json);
  lam_json_add_integer (json, "id", row->id);
  lam_json_add_text (json, "time", text ? text : "");
  lam_json_add_text (json, "verdict", lam_verdict_name (row->verdict));
  lam_json_add_text (json, "kind", lam_place_kind_name (row->kind));
  lam_json_add_box (json, "box", &row->box);
  lam_json_add_text (json, "note", note);
  json_builder_end_object (json);
}

static void
print_verdict (const LamVerdictRow *row, const char *note)
{
  g_autofree char *line = lam_cli_dup_line (note);
  const int64_t *min = row->box.min, *max = row->box.max;
  g_print ("%6" G_GINT64_FORMAT "  %-9s  %-6s  %" G_GINT64_FORMAT
           ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
           ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "%s%s\n",
      row->id, lam_verdict_name (row->verdict), lam_place_kind_name (row->kind),
      min[0], min[1], min[2], max[0], max[1], max[2], *line ? "  " : "", line);
}

static bool
run_verdicts (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autoptr (GArray) rows =
      store ? lam_store_list_verdicts (store, error) : NULL;
  g_autoptr (GHashTable) notes =
      rows ? lam_store_list_verdict_notes (store, error) : NULL;
  if (!notes)
    return false;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++) {
    const LamVerdictRow *row = &g_array_index (rows, LamVerdictRow, i);
    const char *note = g_hash_table_lookup (notes, &row->id);
    if (call->json)
      add_verdict_json (builder, row, note ? note : "");
    else
      print_verdict (row, note ? note : "");
  }
  json_builder_end_array (builder);
  if (call->json)
    lam_json_print (builder);
  else if (rows->len == 0)
    g_print (_ ("Nobody has looked at a place yet.\n"));
  return true;
}

static bool
run_note (const LamCliCall *call, GError **error)
{
  int64_t id = 0;
  if (!lam_argument_integer (
          "ID", call->arguments[1], 1, G_MAXINT64, &id, error))
    return false;
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  return store
      && lam_store_set_verdict_note (store, id, call->arguments[2], error)
      && lam_store_close (store, error);
}

const LamCommand lam_command_queue_list = {
  .name = "queue list",
  .title = N_ ("Lists where the labels of a project are likely wrong"),
  .usage = "PROJECT",
  .help = N_ ("Best place to look at first: its score is the number of voxels "
              "that looking there is expected to put right, where those of a "
              "rare class count more. Kinds: unsure (a network is), tiny (a "
              "piece of a label), hole, end (a piece that "
              "stops flat), slice (the slices before and after agree against "
              "it), dissent (another person says otherwise: what a merge or "
              "a second annotator brought). Of many, the best 10000 of each "
              "search."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = list_options,
  .has_json = true,
  .is_long = true,
  .run = run_list,
};

const LamCommand lam_command_queue_next = {
  .name = "queue next",
  .title = N_ ("Tells where to look next in a project, and why"),
  .usage = "PROJECT",
  .help = N_ ("The first line of “queue list”."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .is_long = true,
  .run = run_next,
};

const LamCommand lam_command_queue_verify = {
  .name = "queue verify",
  .title = N_ ("Says that the labels are right at the next likely error"),
  .usage = "PROJECT",
  .help = N_ ("The place does not come back, unless another run of a network "
              "changes labels in its box or is clearly less sure of them."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = decide_options,
  .has_json = true,
  .is_long = true,
  .run = run_verify,
};

const LamCommand lam_command_queue_unsure = {
  .name = "queue unsure",
  .title = N_ ("Says that nobody knows what is right at the next likely error"),
  .usage = "PROJECT",
  .help = N_ ("The place stays in the queue, with a quarter of its score."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = say_options,
  .has_json = true,
  .is_long = true,
  .run = run_unsure,
};

const LamCommand lam_command_queue_take = {
  .name = "queue take",
  .title = N_ ("Takes the other person’s word at the next dissent"),
  .usage = "PROJECT",
  .help = N_ ("In the place’s box the voxels of both labels become what the "
              "other says, as one edit, drawn by a person. “queue verify” "
              "says that yours is right. With --object the whole object "
              "becomes what the other says, wherever you differ about it, but "
              "for what is locked, completed or in a verified region."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = decide_options,
  .has_json = true,
  .is_long = true,
  .run = run_take,
};

const LamCommand lam_command_queue_verdicts = {
  .name = "queue verdicts",
  .title = N_ ("Lists what was said of likely errors in a project"),
  .usage = "PROJECT",
  .help = N_ ("Oldest first: verified, unsure or corrected (somebody painted "
              "there), of which kind of place, its box in voxels, and the "
              "note that somebody wrote to it."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run_verdicts,
};

const LamCommand lam_command_queue_note = {
  .name = "queue note",
  .title = N_ ("Writes another note to what was said of a likely error"),
  .usage = "PROJECT ID [TEXT]",
  .help = N_ ("The number is that of “queue verdicts”. Without a text the "
              "note goes away."),
  .min_arguments = 2,
  .max_arguments = 3,
  .run = run_note,
};
