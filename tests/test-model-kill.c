/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* kill -9 while a network answers a person who paints: this program runs itself
 * as that person, kills it at random moments, and looks at what is in the file.
 * Strokes that were acknowledged are there, each answer is there as a whole or
 * not at all, and what was left without an answer gets it in the next run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "project-fixture.h"
#include "store/store-models.h"
#include "volume/tiff-writer.h"
#include "workspace/model-worker-private.h"
#include "workspace/project-models.h"
#include "workspace/shipped-models.h"

enum { X = 400, Y = 300, Z = 24, PITCH = 20 };
/* Fewer kills where the machine is slow. */
enum { MOST_KILLS = 60, LEAST_KILLS = 12, SECONDS = 12 };
/* As many of the newest strokes as a new run looks at (and their answers). */
#define N_LOOKED_AT 12u

typedef struct {
  int64_t edit;
  int spot;
} Saved;

typedef struct {
  Project project;
  char *image;
  uint32_t label;
  GRand *chance; /* Owned */
  GArray *saved; /* Owned; of Saved: strokes that were acknowledged */
  int n_spots; /* the next child leaves out that one and begins after it */
  int n_answers;
} Fixture;

/* ---- The project --------------------------------------------------------- */

static void
write_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = {
    .size = { X, Y, Z }, .dtype = LAM_DTYPE_U8, .voxel_size_nm = { 10, 10, 40 }
  };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  static uint8_t page[X * Y];
  for (int z = 0; z < Z; z++) {
    for (int i = 0; i < X * Y; i++)
      page[i] = (uint8_t)((i % X / 9 * 37 + i / X / 7 * 91 + z * 13) % 251);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

/* The network that comes with the program. */
static void
make_project (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  Project *project = &fixture->project;
  project->folder = g_dir_make_tmp ("lam-kill-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  fixture->image = g_build_filename (project->folder, "a.tif", NULL);
  write_image (fixture->image);
  project->workspace = lam_workspace_open (fixture->image, NULL, NULL, &error);
  g_assert_no_error (error);
  lam_workspace_create_project (
      project->workspace, project->project, "platelet", &error);
  g_assert_no_error (error);
  LamStore *store = lam_workspace_get_store (project->workspace);
  g_autoptr (GBytes) onnx = lam_shipped_models_read ("platelets", &error);
  g_assert_no_error (error);
  int64_t id = lam_store_add_model (store, "platelets", 0, onnx, &error);
  g_assert_no_error (error);
  lam_project_model_set_active (store, id);
  fixture->label = project_add_label (project, 1);
  project_wait (project);
  project_close (project);
}

/* ---- The person ---------------------------------------------------------- */

/* Where stroke number i goes: no two touch. */
static void
find_spot (int i, int64_t spot[3])
{
  const int wide = X / PITCH, high = Y / PITCH;
  spot[0] = i % wide * PITCH + PITCH / 2;
  spot[1] = i / wide % high * PITCH + PITCH / 2;
  spot[2] = i / wide / high % Z;
}

static void
answered_cb (void)
{
  printf ("answered\n");
  fflush (stdout);
}

/* The child: paints stroke after stroke, says which were saved and when the
 * network answered, and never ends. Now and then it waits for the network. */
G_GNUC_NORETURN static void
paint (char **arguments)
{
  Project project = { .workspace = project_open (arguments[0], 0) };
  uint32_t label = (uint32_t)atoi (arguments[1]);
  g_autoptr (GRand) chance =
      g_rand_new_with_seed ((guint32)atoi (arguments[2]));
  g_autoptr (LamModelWorker) worker =
      lam_model_worker_new (project.workspace, 1, false);
  g_signal_connect (worker, "answered", answered_cb, NULL);
  for (int i = atoi (arguments[2]);; i++) {
    g_autoptr (GError) error = NULL;
    int64_t spot[3], edit;
    find_spot (i, spot);
    project_stroke (
        &project, label, (double)spot[0], (double)spot[1], (double)spot[2]);
    lam_workspace_wait (project.workspace, &edit, &error);
    g_assert_no_error (error);
    printf ("%" G_GINT64_FORMAT " %d\n", edit, i);
    fflush (stdout);
    GListModel *jobs = lam_model_worker_get_jobs (worker);
    guint most = (guint)g_rand_int_range (chance, 0, 6);
    while (g_list_model_get_n_items (jobs) > most)
      g_main_context_iteration (NULL, true);
  }
}

/* Takes what is said, up to an answer if that is `enough`. A line that is not
 * whole says nothing. */
static void
listen (Fixture *fixture, FILE *said, bool enough)
{
  char line[64];
  while (fgets (line, sizeof line, said)) {
    Saved saved;
    if (enough && strcmp (line, "answered\n") == 0)
      return;
    if (strchr (line, '\n')
        && sscanf (line, "%" G_GINT64_FORMAT " %d", &saved.edit, &saved.spot)
            == 2) {
      g_array_append_val (fixture->saved, saved);
      fixture->n_spots = MAX (fixture->n_spots, saved.spot + 1);
      g_assert_cmpint (saved.edit, >, 0);
    }
  }
}

/* From the first stroke on, or the first answer: it takes a while until then.
 */
static void
paint_and_kill (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *label = g_strdup_printf ("%u", fixture->label);
  /* The stroke that was under way may be in the file as well, also when this
   * child has acknowledged none: an answer to an earlier one can come first. */
  g_autofree char *first = g_strdup_printf ("%d", ++fixture->n_spots);
  char *arguments[] = { (char *)"/proc/self/exe", (char *)"--paint",
    fixture->project.project, label, first, NULL };
  GPid child;
  int out;
  g_spawn_async_with_pipes (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
      NULL, NULL, &child, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  FILE *said = fdopen (out, "r");
  if (g_rand_boolean (fixture->chance)) {
    listen (fixture, said, true);
  } else {
    int letter = fgetc (said);
    g_assert_cmpint (letter, !=, EOF);
    ungetc (letter, said);
  }
  g_usleep ((gulong)g_rand_int_range (fixture->chance, 0, 200000));
  kill (child, SIGKILL);
  listen (fixture, said, false);
  fclose (said);
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

/* ---- What is in the file ------------------------------------------------- */

static const LamHistoryRow *
find_row (GPtrArray *rows, int64_t id)
{
  for (guint i = 0; i < rows->len; i++)
    if (((LamHistoryRow *)rows->pdata[i])->id == id)
      return rows->pdata[i];
  return NULL;
}

static void
assert_painted (Fixture *fixture, int spot_number)
{
  int64_t spot[3];
  find_spot (spot_number, spot);
  project_label_at (&fixture->project, spot[0], spot[1], spot[2]);
  LamProbe probe = lam_workspace_probe (fixture->project.workspace, spot);
  g_assert_cmpuint (probe.label, ==, fixture->label);
  g_assert_cmpint (probe.source, ==, LAM_SOURCE_HUMAN);
}

static void
look (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  Project *project = &fixture->project;
  project->workspace = project_open (project->project, 0);
  project_assert_clean (project);
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (project->workspace), 0, G_MAXINT, false, &error);
  g_assert_no_error (error);
  fixture->n_answers = 0;
  for (guint i = 0; i < rows->len; i++)
    fixture->n_answers += ((LamHistoryRow *)rows->pdata[i])->cause != 0;
  for (guint i = 0; i < fixture->saved->len; i++) {
    Saved saved = g_array_index (fixture->saved, Saved, i);
    const LamHistoryRow *row = find_row (rows, saved.edit);
    g_assert_nonnull (row);
    g_assert_false (row->undone);
    assert_painted (fixture, saved.spot);
  }
  project_close (project);
}

/* What nobody answered before is answered now. */
static void
finish (Fixture *fixture)
{
  Project *project = &fixture->project;
  project->workspace = project_open (project->project, 0);
  LamModelWorker *worker = lam_model_worker_new (project->workspace, 1, false);
  while (worker->picking_up
      || g_list_model_get_n_items (lam_model_worker_get_jobs (worker)) > 0)
    g_main_context_iteration (NULL, true);
  project_wait (project);
  guint first = MAX (fixture->saved->len, N_LOOKED_AT) - N_LOOKED_AT;
  for (guint i = first; i < fixture->saved->len; i++) {
    int64_t spot[3];
    find_spot (g_array_index (fixture->saved, Saved, i).spot, spot);
    spot[0] += PITCH / 2 - 1;
    project_label_at (project, spot[0], spot[1], spot[2]);
    g_assert_cmpint (lam_workspace_probe (project->workspace, spot).source, >=,
        LAM_SOURCE_FIRST_RUN);
  }
  project_close (project);
  g_assert_finalize_object (worker);
}

/* All that was done can be taken back, down to nothing. */
static void
take_back (Fixture *fixture)
{
  Project *project = &fixture->project;
  project->workspace = project_open (project->project, 0);
  lam_workspace_revert (project->workspace, 0, NULL);
  project_wait (project);
  LamStore *store = lam_workspace_get_store (project->workspace);
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  for (guint i = 0; i < keys->len; i++) {
    uint32_t label = 0;
    uint16_t source = LAM_SOURCE_UNSET;
    g_autoptr (LamLabelBrick) brick = lam_store_read_brick (store,
        lam_brick_key_unpack (g_array_index (keys, int64_t, i)), NULL, NULL);
    g_assert_true (
        !brick || lam_label_brick_is_uniform (brick, &label, &source));
    g_assert_cmpuint (label, ==, 0);
    g_assert_cmpint (source, ==, LAM_SOURCE_UNSET);
  }
  project_assert_clean (project);
  project_close (project);
}

static void
test_kill (void)
{
  Fixture fixture = { .saved = g_array_new (false, false, sizeof (Saved)),
    .chance = g_rand_new_with_seed (7) };
  gint64 end = g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC;
  int n = 0;
  make_project (&fixture);
  for (; n < MOST_KILLS && (n < LEAST_KILLS || g_get_monotonic_time () < end);
       n++) {
    paint_and_kill (&fixture);
    look (&fixture);
  }
  g_test_message ("%d kills, %u strokes saved, %d answers", n,
      fixture.saved->len, fixture.n_answers);
  g_assert_cmpint (fixture.n_answers, >, n / 4);
  finish (&fixture);
  look (&fixture);
  take_back (&fixture);
  project_tear_down (&fixture.project, NULL);
  g_array_unref (fixture.saved);
  g_rand_free (fixture.chance);
  g_free (fixture.image);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--paint") == 0)
    paint (argv + 2);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-kill/at-random-moments", test_kill);
  return g_test_run ();
}
