/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Memory for much at once. The kernel takes longer to hand out fresh memory in
 * pages of 4 KiB than most of what is done with it takes, so it is asked for
 * large pages where there are several megabytes. */
#pragma once

#include <stddef.h>

/* Not written to; NULL when there is none. Goes with free(). */
void *lam_memory_new (size_t n_bytes);
/* The same, all 0. */
void *lam_memory_new0 (size_t n_bytes);
