/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The training loop: batches from a callback, loss, backward, optimizer;
 * validation, the best weights kept, early stop, checkpoints. The same seed
 * gives the same bits, for any number of threads, also when it was stopped and
 * resumed. From one thread; the callbacks are called in it. */
#pragma once

#include "nn/confusion.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"
#include "nn/train-plan.h"

/* Which validation is the best. */
typedef enum {
  LAM_TRAINER_KEEP_LOSS, /* the smallest loss */
  LAM_TRAINER_KEEP_IOU, /* the largest mean IoU of the classes that are seen */
} LamTrainerKeep;

typedef struct {
  int64_t n_steps;
  uint64_t seed;
  LamLossOptions loss;
  const LamOptimizerRow *optimizer;
  LamOptimizerOptions optimizer_options;
  const LamScheduleRow *schedule;
  LamScheduleOptions schedule_options; /* its n_steps is set to the one above */
  double clip_norm; /* gradients are scaled down to it; 0: never */
  double average_decay; /* of averaged weights (EMA), < 1; 0: none */
  int64_t validate_every; /* steps; 0: never */
  LamTrainerKeep keep;
  int patience; /* validations without a better one until the end; 0: no end */
  /* Written every so many steps and at the end; NULL and 0: never. */
  const char *checkpoint_path; /* Borrowed while the trainer is made */
  int64_t checkpoint_every;
  int n_threads; /* 0: one for each processor */
  int64_t
      limit_bytes; /* of all the trainer's memory; 0: 4/5 of the machine's */
} LamTrainerOptions;

/* 1000 steps, cross-entropy, Adam at 1e-3, constant. */
void lam_trainer_options_init (LamTrainerOptions *options);

/* To be filled; arrays of the trainer. `image` has the input's shape; the
 * others are as in LamTarget, of the logits' shape without the classes, the
 * mask and the weights 1 before. */
typedef struct {
  float *image;
  int32_t *labels;
  uint8_t *mask;
  float *weights;
} LamBatch;

typedef struct {
  double loss;
  double mean_iou; /* NaN where no class was seen */
  double accuracy;
  int n_classes;
  const double *iou; /* by class; Borrowed for the call */
  bool is_best;
} LamValidation;

typedef struct {
  int64_t step, n_steps; /* steps done */
  double loss; /* of this step's batch, before its update */
  double rate;
  double gradient_norm; /* before clipping */
  double seconds; /* of this step */
  const LamValidation *validation; /* NULL: not at this step */
} LamTrainReport;

typedef struct {
  /* Must depend on `step` alone, that a resumed training sees the same; e.g.
   * by lam_random_new (seed, step). */
  bool (*get_batch) (
      gpointer data, int64_t step, LamBatch *batch, GError **error);
  /* Batch `i` of `n_validations`; always the same. */
  bool (*get_validation) (
      gpointer data, int i, LamBatch *batch, GError **error);
  int n_validations;
  /* Or NULL: what the network says of that batch, good for the call; of
   * lam_trainer_get_logits_shape(). */
  void (*see_validation) (gpointer data, int i, const float *logits);
  /* Lines “name=value” that must be the same when a training is resumed: what
   * the batches depend on. NULL: none. */
  const char *settings;
  void (*report) (gpointer data, const LamTrainReport *report); /* or NULL */
  gpointer data;
} LamTrainerSource;

typedef enum {
  LAM_TRAINER_READY, /* steps are left */
  LAM_TRAINER_DONE, /* all steps are done */
  LAM_TRAINER_STOPPED, /* early: patience is over */
} LamTrainerState;

typedef struct _LamTrainer LamTrainer;

/* `input`: n, c, (z, y,) x of a batch. The network has one input; its first
 * output is taken for logits. `source` is copied. See lam_train_plan_new(). */
LamTrainer *lam_trainer_new (LamNetwork *network, const LamShape *input,
    const LamTrainerOptions *options, const LamTrainerSource *source,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_trainer_free (LamTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainer, lam_trainer_free)

/* Lives as long as the trainer. */
LamTrainPlan *lam_trainer_get_plan (const LamTrainer *trainer);
int lam_trainer_get_n_classes (const LamTrainer *trainer);
const LamShape *lam_trainer_get_logits_shape (const LamTrainer *trainer);
/* Arena, gradients, moments, averages, the best weights and the batch. */
int64_t lam_trainer_get_bytes (const LamTrainer *trainer);
int64_t lam_trainer_get_step (const LamTrainer *trainer);
LamTrainerState lam_trainer_get_state (const LamTrainer *trainer);
/* Of the best validation; step -1, and not finite, while there was none. */
int64_t lam_trainer_get_best_step (const LamTrainer *trainer);
double lam_trainer_get_best_loss (const LamTrainer *trainer);
double lam_trainer_get_best_iou (const LamTrainer *trainer);
/* NaN also where the class was not seen. */
double lam_trainer_get_best_class_iou (const LamTrainer *trainer, int i);

/* Goes on where a checkpoint was written, moments and all. Refuses, saying why,
 * one of another network, other settings, or a damaged one. How many steps were
 * planned may differ: with more of them a training goes on that was done; the
 * schedule is then that of all steps. */
bool lam_trainer_resume (LamTrainer *trainer, const char *path, GError **error);
/* Patience is not over yet, and begins anew. */
void lam_trainer_renew_patience (LamTrainer *trainer);
/* Now; atomically. */
bool lam_trainer_write_checkpoint (
    const LamTrainer *trainer, const char *path, GError **error);
/* Until all steps are done or patience is over. False when cancelled (having
 * written the checkpoint), when the source fails, or when loss or gradient
 * are no numbers: the message names the step, and the weights are the last
 * good ones. */
bool lam_trainer_run (
    LamTrainer *trainer, LamProgress *progress, GError **error);
/* Puts into the network what should be used: the weights with the best
 * validation, else the averaged ones, else the last. Afterwards the trainer
 * can only be freed. */
void lam_trainer_finish (LamTrainer *trainer);
