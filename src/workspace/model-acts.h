/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person asked networks for at once: edits that are one act. For this
 * floor. */
#pragma once

#include "store/model-edit.h"
#include "store/snapshot.h"

/* Written by the queue's worker, one edit after the other, unless it says
 * otherwise. */
typedef struct {
  /* The others belong to it; 0: none yet. */
  int64_t first_edit;
  /* What can be redone when the first edit comes; an atomic bool. */
  int gives_up_redo;
  LamModelCounts counts; /* summed up */

  /* Objects are made of all of it in the end (object-pass.h). Main thread,
   * before the first edit. */
  bool has_pass;
  /* For that: */
  LamStoreSnapshot *before; /* Owned; the first edit; NULL: none came yet */
  int64_t model; /* that said the last of it */
  char *looks; /* Owned; lam_store_begin_run() */
  GArray *sources; /* Owned; uint16_t: of the runs that wrote it, each once */
  GArray *made; /* Owned; uint32_t: labels that are new */
} LamModelActs;

/* Counted references. */
LamModelActs *lam_model_acts_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamModelActs *lam_model_acts_ref (LamModelActs *acts) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_acts_unref (LamModelActs *acts);

/* Before an edit of them; keeps what was there before the first. */
bool lam_model_acts_begin (LamModelActs *acts, LamStore *store, GError **error);
/* After one. `rows`: LamRowChange of labels that were made; or NULL: nothing
 * was left to write. */
void lam_model_acts_note (LamModelActs *acts, int64_t model, const char *looks,
    int64_t run, GPtrArray *rows);
