/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A few threads that do numbered parts of one piece of arithmetic together.
 * What a part computes must not depend on the thread that does it: then
 * results do not depend on the number of threads. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct _LamTeam LamTeam;

/* `thread` is below the number of threads: a place for scratch memory. */
typedef void (*LamTeamPart) (gpointer data, int64_t part, int thread);

/* `n_threads` counts the caller; 0: one for each processor. */
LamTeam *lam_team_new (int n_threads) G_GNUC_WARN_UNUSED_RESULT;
void lam_team_free (LamTeam *team);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTeam, lam_team_free)

int lam_team_get_n_threads (const LamTeam *team);
/* Does parts 0 to n - 1 and returns when all are done. From one thread. */
void lam_team_run (LamTeam *team, int64_t n, LamTeamPart part, gpointer data);
