/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Memory for much at once. The kernel takes longer to hand out fresh memory in
 * pages of 4 KiB than most of what is done with it takes, so it is asked for
 * large pages where there are several megabytes. */
#pragma once

#include <stddef.h>

/* For a program that a person waits for, at its start: what is freed is kept
 * for what comes next, up to 32 MiB at once and 64 MiB a thread, and not given
 * back to the system. It would come to that by itself after some time. */
void lam_memory_keep_freed (void);

/* Not written to; NULL when there is none. Goes with free(). */
void *lam_memory_new (size_t n_bytes);
/* The same, all 0. */
void *lam_memory_new0 (size_t n_bytes);
