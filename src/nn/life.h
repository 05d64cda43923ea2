/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* When the values of a program are alive, and which of them share memory: the
 * way from steps to the buffers of an arena. */
#pragma once

#include "nn/arena.h"
#include "nn/program.h"

/* By value. Those that share memory have one root, whose times hold, but for
 * a part of a result that is yet to be joined: it has its own. */
typedef struct {
  const LamProgram *program; /* Borrowed */
  int *root; /* Owned */
  bool *is_part; /* Owned */
  int64_t *offset; /* Owned; bytes behind where `root` begins */
  int *first,
      *last; /* Owned; times; first > last: never. Step i is at time i */
} LamLife;

/* Nobody lives and nothing is shared. */
void lam_life_init (LamLife *life, const LamProgram *program);
void lam_life_clear (LamLife *life);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamLife, lam_life_clear)

int lam_life_find_root (const LamLife *life, int value);
/* Bytes behind where the root begins. */
int64_t lam_life_get_offset (const LamLife *life, int value);
/* Alive at `time`, too. */
void lam_life_extend (LamLife *life, int value, int time);
void lam_life_join (LamLife *life, int value, int with);

/* Made by its step (inputs before step 0), until the last step that reads it;
 * outputs until after the last step. */
void lam_life_read_program (LamLife *life);
/* A view has the bytes of its input; an operator that may overwrite takes its
 * first input's place when nobody wants that input any more. In training,
 * operators with a training mode are no views. */
void lam_life_share (LamLife *life, bool is_training);
/* After that: puts what only a step that joins its inputs reads to where it
 * will stand in the result. */
void lam_life_share_joins (LamLife *life);
/* Appends a LamArenaBuffer for each root and part that is alive, constants only
 * where `with_constants`; by value: the index of its root's in `buffers`, or
 * -1. */
void lam_life_list_buffers (
    const LamLife *life, bool with_constants, GArray *buffers, int *buffer_of);
