/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much work corrections are: a robot that knows the truth corrects what a
 * network made of a volume, until half, and three quarters, of what the mean
 * intersection over union lacks to 1 is gained. It does so in several ways:
 *
 *   B  what the network made, view by view in raster order
 *   C  the same views in random order
 *   E  where the queue of likely errors sends it
 *   F  the same, and the network segments again around what was painted, as
 *      what was painted there tells it
 *   G  the same, but it learns from that, and segments all of the volume again
 *      once it has learned something
 *   O  always the view where most is to be gained, which nobody can know
 *
 * Each works on a project file through the workspace, as the window does, with
 * strokes of the brush that are committed, the store's queue and the worker
 * beside the person. Objects are not told apart, only classes.
 *
 * An interaction is a stroke, a verdict, a step to another view or place, or
 * one run of the wheel through its slices. A view is 64 × 64 voxels and 5
 * slices, around a place of the queue too. In it the robot goes from slice
 * to slice, and paints in each the stroke that puts most voxels right a second,
 * until none would right 12 voxels. When it has been everywhere and the target
 * is not reached, it goes through all again for 4 voxels, and then for single
 * ones. When the queue is empty, it goes on in raster order. A verdict is for a
 * place where nothing is wrong.
 *
 * Seconds of a person, by the keystroke-level model (Card, Moran and Newell
 * 1980), where K is a key, P pointing at something, and M making up one's mind:
 *
 *   to another place   0.28 + 1.35  K, then M: what is wrong here?
 *   one slice further  0.5          a notch of the wheel (K), and a glance
 *   a stroke           2.7          twice K for class and radius, half of M as
 *                                   the mistake is seen, P, the button twice
 *   drawing it         length / width / 10, the steering law (Accot, Zhai 1997)
 *   a verdict          0.28         K
 *   segment all again  1.3          P, and the button twice
 *
 * Two modes: "ideal" paints what it means to; "human" has a hand that shakes by
 * a quarter of the brush, paints one stroke of 20 in a wrong class, and takes
 * one wrong slice of 20 for right; whoever sees that two strokes in a row have
 * made a view no better, goes on. The same seeds give the same strokes.
 *
 * The queue is searched again after each 5 places, which is also when all of
 * the volume is segmented again for G, if the network has kept something that
 * it learned since; and where ten minutes of work have passed, a person rests,
 * in which all of the network learns for G, as in the window. The answer to
 * strokes comes after each 10, and when the robot leaves a place. A place
 * counts as corrected from the first stroke in it, as in the window; so the
 * answer also mends what is like the corrections (segment/propagate.h).
 *
 * Volumes: made-up ones that no network has seen, and parts of the sections of
 * Lucchi++ (60 to 75) and of a fly's nerve cord (Gerhard et al. 2013; 10 to 13)
 * that the networks were not trained on. They are 512 to 640 voxels wide, that
 * there is something to choose from: a view is 64 × 64. How much a queue saves
 * depends on that: in all of a volume there is more that needs no look than in
 * a part that is full of mistakes. `--divide 2` shows a quarter of each. Those
 * are looked for below the folder of --data as lucchi/train-image.tif,
 * lucchi/train-mito.tif, vnc/raw.tif and vnc/classes.tif. Their networks are
 * given; a beginning that is to be corrected is one trained for minutes on what
 * one labelled first:
 *
 *   lamella-cli train -i train-image.tif -l train-mito.tif \
 *     --classes background,mitochondrion --train-slices 0-9 \
 *     --validation-slices 55-59 --preset unet-local --steps 1000 --seed 1 \
 *     --keep loss -o lucchi.onnx
 *   lamella-cli train -i raw.tif -l classes.tif --classes \
 *     intracellular,membrane,junction,glia,mitochondrion,synapse \
 *     --train-slices 0-1 --validation-slices 9-9 --preset unet-local \
 *     --steps 1500 --set balance=0.7 --seed 1 --keep loss -o vnc.onnx
 *   bench-effort --data FOLDER --lucchi lucchi.onnx --vnc vnc.onnx --jobs 2
 *
 * Each run commits hundreds of strokes: with TMPDIR in memory the disk does not
 * wait for that.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "table.h"

static char *option_folder, *option_methods, *option_modes, *option_sets,
    *option_one, *option_lines;
static char *option_networks[EFFORT_MAX_KINDS];
static int option_seeds = 5, option_jobs = 1, option_divisor = 1;
static gboolean option_quick, option_json;

static const GOptionEntry options[] = {
  { "data", 0, 0, G_OPTION_ARG_FILENAME, &option_folder,
      "Where the real volumes are", "FOLDER" },
  { "made-up", 0, 0, G_OPTION_ARG_FILENAME, &option_networks[0],
      "Network for the made-up volumes (the shipped one)", "FILE" },
  { "lucchi", 0, 0, G_OPTION_ARG_FILENAME, &option_networks[1],
      "Network for lucchi", "FILE" },
  { "vnc", 0, 0, G_OPTION_ARG_FILENAME, &option_networks[2], "Network for vnc",
      "FILE" },
  { "sets", 0, 0, G_OPTION_ARG_STRING, &option_sets,
      "Only these volumes (made-up,lucchi,vnc)", "NAME,…" },
  { "methods", 0, 0, G_OPTION_ARG_STRING, &option_methods,
      "Only these, as one word (BCEFGO)", "LETTERS" },
  { "modes", 0, 0, G_OPTION_ARG_STRING, &option_modes,
      "Only these (ideal,human)", "NAME,…" },
  { "seeds", 0, 0, G_OPTION_ARG_INT, &option_seeds, "How many (5)", "N" },
  { "divide", 0, 0, G_OPTION_ARG_INT, &option_divisor,
      "Volumes that are narrower and lower by that (1)", "N" },
  { "jobs", 0, 0, G_OPTION_ARG_INT, &option_jobs,
      "Processes at the same time (1)", "N" },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &option_quick,
      "Two seeds, ideal alone: shows that it works", NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &option_json,
      "Print each run as a line of JSON as well", NULL },
  { "one", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &option_one,
      "One volume, for the process that shares out the work", "SET:SEED" },
  { "lines", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &option_lines,
      "Run nothing: print the table of what such processes printed", "FILE" },
  { NULL },
};

/* ---- What is wanted ----------------------------------------------------- */

static bool
is_listed (const char *list, const char *name)
{
  g_auto (GStrv) names = list ? g_strsplit (list, ",", -1) : NULL;
  return !list || g_strv_contains ((const char *const *)names, name);
}

/* NULL: all names of the list are known. */
static char *
find_unknown (const char *list, const char *const *known)
{
  g_auto (GStrv) names = list ? g_strsplit (list, ",", -1) : NULL;
  for (int i = 0; names && names[i]; i++)
    if (!g_strv_contains (known, names[i]))
      return g_strdup (names[i]);
  return NULL;
}

static char *
find_wrong_name (void)
{
  const char *const modes[] = { effort_mode_names[EFFORT_IDEAL],
    effort_mode_names[EFFORT_HUMAN], NULL };
  const char *sets[EFFORT_MAX_KINDS + 1] = { NULL };
  for (int i = 0; effort_kinds[i].name; i++)
    sets[i] = effort_kinds[i].name;
  char *wrong = find_unknown (option_modes, modes);
  for (const char *at = option_methods; !wrong && at && *at; at++) {
    const char letter[2] = { *at, 0 };
    bool is_known = false;
    for (int i = 0; effort_methods[i].name; i++)
      is_known |= strcmp (effort_methods[i].name, letter) == 0;
    wrong = is_known ? NULL : g_strdup (letter);
  }
  return wrong ? wrong : find_unknown (option_sets, sets);
}

static bool
wants_method (int i)
{
  return !option_methods || strstr (option_methods, effort_methods[i].name);
}

static bool
wants_mode (int i)
{
  return is_listed (option_modes, effort_mode_names[i]);
}

/* ---- One volume, in a process of its own -------------------------------- */

static void
print_run (int kind, int seed, int mode, int method, const EffortResult *result)
{
  g_print ("run %d %d %d %d %.9g %" G_GINT64_FORMAT " %.9g", kind, seed, mode,
      method, result->first_iou, result->n_overwritten,
      result->machine_seconds);
  for (int i = 0; i < EFFORT_N_TARGETS; i++) {
    const EffortCost *cost = &result->costs[i];
    g_print (" %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
             " %.9g %.9g",
        cost->is_reached, cost->n_strokes, cost->n_moves, cost->n_verdicts,
        cost->seconds, cost->iou);
  }
  g_print ("\n");
}

static void
do_one (int kind, int seed)
{
  g_autoptr (EffortData) data = effort_data_make (&effort_kinds[kind],
      (uint64_t)seed, option_divisor, option_folder, option_networks[kind]);
  for (int mode = 0; mode < EFFORT_N_MODES; mode++)
    for (int i = 0; effort_methods[i].name; i++)
      if (wants_mode (mode) && wants_method (i)) {
        EffortResult result =
            effort_method_run (&effort_methods[i], data, (EffortMode)mode);
        print_run (kind, seed, mode, i, &result);
      }
}

/* ---- All of them -------------------------------------------------------- */

static void
print_json (int kind, int seed, int mode, int method, const EffortResult *run)
{
  g_print ("{\"volume\": \"%s\", \"seed\": %d, \"mode\": \"%s\", \"method\": "
           "\"%s\", \"first_iou\": %.4f, \"overwritten\": %" G_GINT64_FORMAT
           ", \"machine_seconds\": %.1f",
      effort_kinds[kind].name, seed, effort_mode_names[mode],
      effort_methods[method].name, run->first_iou, run->n_overwritten,
      run->machine_seconds);
  for (int i = 0; i < EFFORT_N_TARGETS; i++) {
    const EffortCost *cost = &run->costs[i];
    g_print (", \"target_%g\": {\"reached\": %s, \"strokes\": "
             "%" G_GINT64_FORMAT ", \"moves\": %" G_GINT64_FORMAT
             ", \"verdicts\": %" G_GINT64_FORMAT
             ", \"seconds\": %.1f, \"iou\": %.4f}",
        effort_targets[i], cost->is_reached ? "true" : "false", cost->n_strokes,
        cost->n_moves, cost->n_verdicts, cost->seconds, cost->iou);
  }
  g_print ("}\n");
}

static void
take_run (EffortResults *results, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  int at[4];
  if (g_strv_length (words) != 8 + 6 * EFFORT_N_TARGETS
      || strcmp (words[0], "run") != 0)
    return;
  for (int i = 0; i < 4; i++)
    at[i] = atoi (words[1 + i]);
  EffortResult *result = &results->runs[at[0]][at[2]][at[3]][at[1]];
  results->is_there[at[0]][at[2]][at[3]][at[1]] = true;
  result->first_iou = g_ascii_strtod (words[5], NULL);
  result->n_overwritten = g_ascii_strtoll (words[6], NULL, 10);
  result->machine_seconds = g_ascii_strtod (words[7], NULL);
  for (int i = 0; i < EFFORT_N_TARGETS; i++) {
    char **from = words + 8 + 6 * i;
    result->costs[i] = (EffortCost){ .is_reached = from[0][0] == '1',
      .n_strokes = g_ascii_strtoll (from[1], NULL, 10),
      .n_moves = g_ascii_strtoll (from[2], NULL, 10),
      .n_verdicts = g_ascii_strtoll (from[3], NULL, 10),
      .seconds = g_ascii_strtod (from[4], NULL),
      .iou = g_ascii_strtod (from[5], NULL) };
  }
  if (option_json)
    print_json (at[0], at[1], at[2], at[3], result);
}

static bool
print_lines (EffortResults *results)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  if (!g_file_get_contents (option_lines, &text, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return false;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i]; i++)
    take_run (results, lines[i]);
  effort_table_print (results);
  return true;
}

typedef struct {
  EffortResults *results;
  GMainLoop *loop;
  GPtrArray *waiting; /* of "SET:SEED" */
  const char *program;
  int argc;
  char **argv;
  int n_running;
  bool failed;
} Share;

static void start_more (Share *share);

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Share *share = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GSubprocess *process = G_SUBPROCESS (source);
  if (!g_subprocess_communicate_utf8_finish (
          process, result, &text, NULL, &error)
      || !g_subprocess_get_successful (process)) {
    g_printerr ("a part of the work failed%s%s\n", error ? ": " : "",
        error ? error->message : "");
    share->failed = true;
  }
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (int i = 0; lines[i]; i++)
    take_run (share->results, lines[i]);
  share->n_running--;
  start_more (share);
  g_object_unref (process);
}

static void
start_one (Share *share, const char *what)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_ptr_array_add (words, (char *)share->program);
  for (int i = 1; i < share->argc; i++)
    g_ptr_array_add (words, share->argv[i]);
  g_ptr_array_add (words, (char *)"--one");
  g_ptr_array_add (words, (char *)what);
  g_ptr_array_add (words, NULL);
  GSubprocess *process = g_subprocess_newv ((const char *const *)words->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (!process)
    g_error ("%s", error->message);
  share->n_running++;
  g_subprocess_communicate_utf8_async (process, NULL, NULL, done_cb, share);
}

static void
start_more (Share *share)
{
  while (share->waiting->len > 0 && share->n_running < option_jobs) {
    g_autofree char *what = g_ptr_array_steal_index (share->waiting, 0);
    start_one (share, what);
  }
  if (share->n_running == 0)
    g_main_loop_quit (share->loop);
}

/* ---- Main --------------------------------------------------------------- */

static void
list_work (GPtrArray *work)
{
  for (int kind = 0; effort_kinds[kind].name; kind++) {
    const EffortKind *row = &effort_kinds[kind];
    if (!is_listed (option_sets, row->name))
      continue;
    g_autofree char *missing =
        effort_kind_dup_missing (row, option_folder, option_networks[kind]);
    if (missing)
      g_print ("%s: skipped: %s\n", row->name, missing);
    for (int seed = 0; !missing && seed < option_seeds; seed++)
      g_ptr_array_add (work, g_strdup_printf ("%d:%d", kind, seed));
  }
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_auto (GStrv) all = g_strdupv (argv);
  int n_all = argc;
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (option_quick) {
    option_seeds = 2;
    option_modes = (char *)"ideal";
  }
  g_autofree char *wrong = find_wrong_name ();
  if (wrong || option_seeds < 1 || option_seeds > EFFORT_MAX_SEEDS
      || option_jobs < 1 || option_divisor < 1
      || option_divisor > EFFORT_MAX_DIVISOR) {
    g_printerr (
        "%s: not a name, or the number of seeds is not 1 to %d, or that "
        "of jobs is below 1, or --divide is not 1 to %d\n",
        wrong ? wrong : "--seeds, --jobs", EFFORT_MAX_SEEDS,
        EFFORT_MAX_DIVISOR);
    return 2;
  }
  if (option_one) {
    char *rest;
    int kind = (int)strtol (option_one, &rest, 10);
    do_one (kind, atoi (rest + 1));
    return 0;
  }
  g_autofree EffortResults *results = g_new0 (EffortResults, 1);
  if (option_lines)
    return print_lines (results) ? 0 : 1;
  Share share = { .results = results,
    .loop = g_main_loop_new (NULL, false),
    .waiting = g_ptr_array_new (),
    .program = "/proc/self/exe",
    .argc = n_all,
    .argv = all };
  list_work (share.waiting);
  if (share.waiting->len > 0) {
    start_more (&share);
    g_main_loop_run (share.loop);
  }
  effort_table_print (results);
  g_main_loop_unref (share.loop);
  g_ptr_array_unref (share.waiting);
  return share.failed ? 1 : 0;
}
