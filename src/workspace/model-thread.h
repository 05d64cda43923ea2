/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The one background thread in which networks of the project are run, one task
 * after the other, the model kept from task to task. For this floor. */
#pragma once

#include "segment/proposal.h"
#include "segment/turn.h"
#include "workspace/learning-thread.h"
#include "store/store.h"
#include "volume/volume.h"

typedef struct _LamModelThread LamModelThread;
typedef struct _LamModelTask LamModelTask;

struct _LamModelTask {
  /* What is to be done */
  LamStore *store; /* Owned */
  LamVolume *volume; /* Owned */
  LamProgress *progress; /* Owned */
  int64_t model; /* of the store's project */
  LamBox box; /* level-0 voxels, inside of the volume */
  bool grows; /* by as far as the network sees, and what is known reaches */
  /* Owned; NULL: what a person knows does not matter. */
  LamLearningFacts *facts;
  bool keeps; /* with them: what a person saw and left stays as it is */
  /* With them: what the network says is the answer where there was nothing to
   * begin with, and what follows from the facts another task's. */
  bool hurries;
  int n_threads; /* 0: one for each processor */
  int64_t limit_bytes; /* of memory; 0: four fifths of what there is */
  int64_t tile[3]; /* x, y, z voxels that the network is shown; 0: its own */
  /* Who else decides, and how often each looks: see model-looks.h. */
  GArray *asked; /* Owned; int64_t; NULL: nobody */
  LamCopies copies; /* 0: one */
  char *looks; /* Owned; the same in words; NULL: "" */
  /* Only sees the box, as far as what it saw is kept: nobody wants an answer
   * yet. */
  bool only_looks;
  /* Owned; NULL: segments. Else the model learns, there is no box, and the
   * answer is in it. */
  LamLearningTask *learning;
  /* Called in the main context that was the default of who pushed it, which
   * frees the task. */
  void (*done) (LamModelTask *task, gpointer user_data);
  gpointer user_data; /* Borrowed */

  /* The answer; all is NULL with `error` */
  LamProposal *proposal; /* Owned; its box is grown */
  bool is_part; /* without what follows */
  char **class_names; /* Owned; ends with NULL */
  char *title; /* Owned; the model's name */
  int64_t base; /* the project's revision when it began */
  int64_t rim[3]; /* how far the network sees, in voxels */
  int64_t smaller_tile[3]; /* that would keep the limit of memory, where that
                            * was the error; else 0 */
  GError *error; /* Owned */
};
void lam_model_task_free (LamModelTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamModelTask, lam_model_task_free)

/* `gives_way`: to everybody else (base/courtesy.h). */
LamModelThread *lam_model_thread_new (bool gives_way) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the task. One at a time: the next when the last is done. */
void lam_model_thread_push (LamModelThread *thread, LamModelTask *task);
/* For when no task is under way and nothing that one answered is to be done:
 * makes ready what the next will need, until it comes. */
void lam_model_thread_prepare (LamModelThread *thread);
/* Waits for the task that runs: cancel it first. From then on no `done` is
 * called. From the thread that pushed. */
void lam_model_thread_free (LamModelThread *thread);
