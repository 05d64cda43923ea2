/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-job.h"

struct _LamModelJob {
  GObject parent_instance;
  LamBox box;
  LamModelJobState state;
  GArray *causes; /* Owned; LamModelJobCause */
  LamProgress *progress; /* Owned */
  gpointer request; /* Borrowed */
  bool follows, joins;
};

G_DEFINE_FINAL_TYPE (LamModelJob, lam_model_job, G_TYPE_OBJECT)

static guint changed_signal;

static void
lam_model_job_finalize (GObject *object)
{
  LamModelJob *job = LAM_MODEL_JOB (object);
  g_array_unref (job->causes);
  lam_progress_unref (job->progress);
  G_OBJECT_CLASS (lam_model_job_parent_class)->finalize (object);
}

static void
lam_model_job_class_init (LamModelJobClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_model_job_finalize;
  changed_signal = g_signal_new ("changed", LAM_TYPE_MODEL_JOB,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_model_job_init (LamModelJob *job)
{
  job->causes = g_array_new (false, false, sizeof (LamModelJobCause));
  job->progress = lam_progress_new ();
}

LamModelJob *
lam_model_job_new (void)
{
  return g_object_new (LAM_TYPE_MODEL_JOB, NULL);
}

LamBox
lam_model_job_get_box (LamModelJob *job)
{
  return job->box;
}

LamModelJobState
lam_model_job_get_state (LamModelJob *job)
{
  return job->state;
}

double
lam_model_job_get_fraction (LamModelJob *job)
{
  return job->state == LAM_MODEL_JOB_WAITS
      ? 0
      : lam_progress_get_fraction (job->progress);
}

LamProgress *
lam_model_job_get_progress (LamModelJob *job)
{
  return job->progress;
}

void
lam_model_job_set_request (LamModelJob *job, gpointer request)
{
  job->request = request;
}

gpointer
lam_model_job_get_request (LamModelJob *job)
{
  return job->request;
}

void
lam_model_job_set_follows (LamModelJob *job, bool follows)
{
  job->follows = follows;
}

bool
lam_model_job_follows (LamModelJob *job)
{
  return job->follows;
}

void
lam_model_job_set_joins (LamModelJob *job, bool joins)
{
  job->joins = joins;
}

bool
lam_model_job_joins (LamModelJob *job)
{
  return job->joins;
}

void
lam_model_job_set_box (LamModelJob *job, const LamBox *box)
{
  job->box = *box;
  g_signal_emit (job, changed_signal, 0);
}

void
lam_model_job_set_state (LamModelJob *job, LamModelJobState state)
{
  job->state = state;
  g_signal_emit (job, changed_signal, 0);
}

/* --- causes --------------------------------------------------------------- */

int64_t
lam_model_job_get_newest_cause (LamModelJob *job)
{
  int64_t newest = 0;
  for (guint i = 0; i < job->causes->len; i++)
    newest =
        MAX (newest, g_array_index (job->causes, LamModelJobCause, i).edit);
  return newest;
}

void
lam_model_job_add_cause (LamModelJob *job, const LamModelJobCause *cause)
{
  g_array_append_val (job->causes, *cause);
  LamBox box = lam_box_unite (&job->box, &cause->box);
  lam_model_job_set_box (job, &box);
}

size_t
lam_model_job_get_n_causes (LamModelJob *job)
{
  return job->causes->len;
}

const LamModelJobCause *
lam_model_job_get_cause (LamModelJob *job, size_t i)
{
  g_return_val_if_fail (i < job->causes->len, NULL);
  return &g_array_index (job->causes, LamModelJobCause, i);
}

bool
lam_model_job_drop_cause (LamModelJob *job, int64_t edit)
{
  LamBox box = { 0 };
  guint n = job->causes->len;
  for (guint i = job->causes->len; i > 0; i--) {
    const LamModelJobCause *cause =
        &g_array_index (job->causes, LamModelJobCause, i - 1);
    if (cause->edit == edit)
      g_array_remove_index (job->causes, i - 1);
    else
      box = lam_box_unite (&box, &cause->box);
  }
  if (job->causes->len == n)
    return false;
  lam_model_job_set_box (job, &box);
  return true;
}
