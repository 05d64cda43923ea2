/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <glib/gstdio.h>
#include <string.h>

#include "workspace/idle-learning.h"
#include "workspace/labelling.h"
#include "workspace/model-worker-learn.h"
#include "workspace/painting.h"
#include "workspace/places.h"
#include "workspace/project-models.h"

struct _EffortSession {
  const EffortData *data; /* Borrowed */
  char *path; /* Owned */
  LamWorkspace *workspace; /* Owned */
  LamModelWorker *worker; /* Owned; paused; or NULL */
  LamIdleLearning *idle; /* Owned; or NULL: it learns nothing */
  EffortHelp help;
  int64_t model; /* that segmented all */
  GArray *keys; /* Owned; packed, of all bricks */
  uint32_t labels[EFFORT_MAX_CLASSES]; /* that the robot paints with */
  uint8_t *current; /* Owned; dense; as in the project */
  uint32_t *said; /* Owned; label + 1 where a person said it */
  /* Voxels by class: right, said, true. */
  int64_t n_right[EFFORT_MAX_CLASSES], n_said[EFFORT_MAX_CLASSES],
      n_true[EFFORT_MAX_CLASSES];
  LamBox changed; /* since it was looked at */
  int64_t n_overwritten;
};

static void
check (GError *error)
{
  if (error)
    g_error ("%s", error->message);
}

static LamStore *
get_store (const EffortSession *session)
{
  return lam_workspace_get_store (session->workspace);
}

/* ---- What is there ------------------------------------------------------ */

static void
set_class (EffortSession *session, int64_t at, uint8_t class)
{
  uint8_t truth = session->data->truth[at], old = session->current[at];
  session->n_right[truth] += (class == truth) - (old == truth);
  session->n_said[old]--;
  session->n_said[class]++;
  session->current[at] = class;
}

static void
take_voxel (EffortSession *session, int64_t at, uint32_t label, uint16_t source,
    bool by_person)
{
  bool is_human = source == LAM_SOURCE_HUMAN;
  if (session->said[at] != 0
      && (!is_human || (!by_person && session->said[at] != label + 1)))
    session->n_overwritten++;
  session->said[at] = is_human ? label + 1 : 0;
}

static uint8_t
get_class (const EffortSession *session, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (
      lam_workspace_get_classes (session->workspace), label);
  return label == 0 || !row ? 0 : (uint8_t)row->class_id;
}

static void
take_brick (
    EffortSession *session, LamBrickKey key, const LamBox *box, bool by_person)
{
  GError *error = NULL;
  const int64_t *size = session->data->size;
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (get_store (session), key, NULL, &error);
  check (error);
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, box);
  uint32_t last = 0;
  uint8_t class = 0;
  for (int64_t z = part.min[2]; brick && z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        int from = (int)(x - whole.min[0]
            + LAM_BRICK_EDGE
                * (y - whole.min[1] + LAM_BRICK_EDGE * (z - whole.min[2])));
        int64_t to = (z * size[1] + y) * size[0] + x;
        uint32_t label = lam_label_brick_get_label (brick, from);
        if (label != last)
          class = get_class (session, label);
        last = label;
        take_voxel (session, to, label,
            lam_label_brick_get_source (brick, from), by_person);
        if (class != session->current[to])
          set_class (session, to, class);
      }
}

static void
look (EffortSession *session, bool by_person)
{
  LamBox all = lam_box_of_size (session->data->size);
  LamBox box = lam_box_intersect (&session->changed, &all);
  session->changed = (LamBox){ 0 };
  if (lam_box_is_empty (&box))
    return;
  LamBox bricks = lam_box_bricks (&box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        take_brick (session, key, &box, by_person);
      }
}

static void
labels_changed_cb (
    LamWorkspace *workspace, LamBox *box, gboolean live, EffortSession *session)
{
  session->changed = lam_box_unite (&session->changed, box);
}

RobotWorld
effort_session_get_world (const EffortSession *session)
{
  RobotWorld world = { .n_classes = session->data->kind->n_classes,
    .truth = session->data->truth,
    .current = session->current };
  memcpy (world.size, session->data->size, sizeof world.size);
  return world;
}

static int64_t
get_union (const EffortSession *session, int class)
{
  return session->n_true[class] + session->n_said[class]
      - session->n_right[class];
}

double
effort_session_get_iou (const EffortSession *session)
{
  double sum = 0;
  int n = 0;
  for (int i = 0; i < session->data->kind->n_classes; i++) {
    if (session->n_true[i] == 0)
      continue;
    sum += (double)session->n_right[i] / (double)get_union (session, i);
    n++;
  }
  return sum / n;
}

int64_t
effort_session_get_n_overwritten (const EffortSession *session)
{
  return session->n_overwritten;
}

double
effort_session_weigh (const EffortSession *session, const LamBox *box)
{
  const int64_t *size = session->data->size;
  double weights[EFFORT_MAX_CLASSES], sum = 0;
  for (int i = 0; i < session->data->kind->n_classes; i++)
    weights[i] =
        session->n_true[i] == 0 ? 0 : 1 / (double)get_union (session, i);
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t at = (z * size[1] + y) * size[0] + box->min[0];
      for (int64_t x = box->min[0]; x < box->max[0]; x++, at++) {
        uint8_t truth = session->data->truth[at], said = session->current[at];
        if (truth != said)
          sum += weights[truth] + weights[said];
      }
    }
  return sum;
}

/* ---- What the robot does ------------------------------------------------ */

static uint32_t
take_label (EffortSession *session, int class)
{
  GError *error = NULL;
  const LamClassTable *classes = lam_workspace_get_classes (session->workspace);
  if (class == 0 || session->labels[class] != 0)
    return session->labels[class];
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++) {
    const LamLabel *row = lam_class_table_get_nth_label (classes, i);
    if (row->class_id == class && !row->deleted)
      return session->labels[class] = row->id;
  }
  LamLabel row = { .name = (char *)"", .class_id = class, .rgb = LAM_RGB_AUTO };
  session->labels[class] =
      lam_workspace_add_label (session->workspace, &row, &error);
  check (error);
  return session->labels[class];
}

void
effort_session_paint (EffortSession *session, const RobotStroke *stroke,
    int class, const double (*moves)[2])
{
  GError *error = NULL;
  LamWorkspace *workspace = session->workspace;
  /* A hair more, so that rounding leaves out no voxel at the very rim. */
  const LamBrush brush = { .plane = LAM_PLANE_XY,
    .radius_nm =
        (stroke->radius + 1e-3) * session->data->kind->voxel_size_nm[0],
    .depth = stroke->depth,
    .label = take_label (session, class) };
  lam_workspace_begin_stroke (
      workspace, class == 0 ? "eraser" : "brush", &brush, &error);
  check (error);
  for (guint i = 0; i < stroke->path->len; i++) {
    RobotPoint point = g_array_index (stroke->path, RobotPoint, i);
    const double voxel[3] = { point.x + 0.5 + (moves ? moves[i][0] : 0),
      point.y + 0.5 + (moves ? moves[i][1] : 0), (double)stroke->slice + 0.5 };
    lam_workspace_add_sample (workspace, voxel, 1);
  }
  lam_workspace_end_stroke (workspace);
  lam_workspace_wait (workspace, NULL, &error);
  check (error);
  look (session, true);
}

static void
segmented_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  lam_model_worker_ask_finish (LAM_MODEL_WORKER (source), result, NULL, &error);
  check (error);
  *(bool *)user_data = true;
}

/* What waits to be segmented is part of all. */
static void
segment_all (EffortSession *session)
{
  bool is_done = false;
  session->model = lam_workspace_get_active_model (session->workspace);
  LamBox all = lam_box_of_size (session->data->size);
  lam_model_worker_ask_async (session->worker, &all, segmented_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, true);
}

/* In a moment in which the network would have gone on by itself. */
static void
wait_for_answers (EffortSession *session)
{
  GListModel *jobs = lam_model_worker_get_jobs (session->worker);
  while (g_list_model_get_n_items (jobs) > 0
      || lam_model_worker_get_lesson (session->worker).is_busy)
    g_main_context_iteration (NULL, true);
}

void
effort_session_get_help (EffortSession *session, bool all)
{
  GError *error = NULL;
  if (session->help == EFFORT_NO_HELP)
    return;
  lam_model_worker_set_paused (session->worker, false);
  wait_for_answers (session);
  if (all && session->help == EFFORT_LEARNS)
    segment_all (session);
  lam_workspace_wait (session->workspace, NULL, &error);
  check (error);
  lam_model_worker_set_paused (session->worker, true);
  look (session, false);
}

/* As long as that takes. */
void
effort_session_rest (EffortSession *session)
{
  if (!session->idle)
    return;
  const int64_t now_us = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  lam_idle_learning_look (session->idle, now_us);
  while (lam_idle_learning_get_progress (session->idle))
    g_main_context_iteration (NULL, true);
  const char *problem = lam_idle_learning_get_problem (session->idle);
  if (problem)
    g_error ("%s", problem);
  const LamWholeLearningResult *result =
      lam_idle_learning_get_result (session->idle);
  if (result)
    g_debug ("%s in a rest: of %" G_GINT64_FORMAT " voxels, IoU %.4f to %.4f",
        result->state ? "learned" : "learned nothing", result->report.n_tested,
        result->report.iou_before, result->report.iou_after);
}

bool
effort_session_has_learned (const EffortSession *session)
{
  return lam_workspace_get_active_model (session->workspace) != session->model;
}

GArray *
effort_session_find_places (EffortSession *session)
{
  GError *error = NULL;
  GArray *places = lam_places_find (get_store (session), session->keys,
      lam_workspace_get_classes (session->workspace), NULL, NULL, &error);
  check (error);
  return places;
}

void
effort_session_say (
    EffortSession *session, const LamPlace *place, LamVerdict verdict)
{
  GError *error = NULL;
  lam_places_say (get_store (session), place, verdict, NULL, &error);
  check (error);
}

/* ---- Open and closed ---------------------------------------------------- */

static void
failed_cb (LamModelWorker *worker, const char *text, gpointer data)
{
  g_error ("%s", text);
}

EffortSession *
effort_session_open (const EffortData *data, char *path, EffortHelp help)
{
  GError *error = NULL;
  LamWorkspaceSettings settings = { 0 };
  EffortSession *session = g_new0 (EffortSession, 1);
  LamBox all = lam_box_of_size (data->size);
  session->data = data;
  session->path = path;
  session->workspace = lam_workspace_open (path, NULL, &settings, &error);
  check (error);
  session->keys = lam_store_dup_brick_keys (get_store (session));
  session->current = g_new0 (uint8_t, lam_box_volume (&all));
  session->said = g_new0 (uint32_t, lam_box_volume (&all));
  for (int64_t i = 0; i < lam_box_volume (&all); i++)
    session->n_true[data->truth[i]]++;
  session->n_right[0] = session->n_true[0];
  session->n_said[0] = lam_box_volume (&all);
  session->changed = all;
  look (session, true);
  g_signal_connect (session->workspace, "labels-changed",
      G_CALLBACK (labels_changed_cb), session);
  session->help = help;
  session->model = lam_workspace_get_active_model (session->workspace);
  if (help == EFFORT_NO_HELP)
    return session;
  session->worker = lam_model_worker_new (session->workspace, 1, false);
  lam_model_worker_set_paused (session->worker, true);
  lam_model_worker_set_learns (session->worker, help == EFFORT_LEARNS);
  g_signal_connect (session->worker, "failed", G_CALLBACK (failed_cb), NULL);
  if (help == EFFORT_LEARNS) {
    const LamWholeLearningSettings whole = { .n_threads = 1 };
    session->idle =
        lam_idle_learning_new (session->worker, session->workspace, &whole);
    lam_idle_learning_set_rest (session->idle, 1);
  }
  return session;
}

void
effort_session_close (EffortSession *session)
{
  GError *error = NULL;
  lam_workspace_close (session->workspace, false, &error);
  check (error);
  g_clear_object (&session->idle);
  g_clear_object (&session->worker);
  g_object_unref (session->workspace);
  g_unlink (session->path);
  g_array_unref (session->keys);
  g_free (session->current);
  g_free (session->said);
  g_free (session->path);
  g_free (session);
}
