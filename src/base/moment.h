/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Moments as people write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a day without an hour means. */
typedef enum {
  LAM_DAY_IS_NONE, /* no moment */
  LAM_DAY_BEGINS, /* its first moment */
  LAM_DAY_ENDS, /* the first moment after it */
} LamDayMeaning;

/* "2026-11-26T17:40:00Z", or without Z in local time, with a space for the T,
 * without the seconds; or "2026-11-26", a day of local time. µs since 1970.
 * False: it is none of these. */
bool lam_moment_parse (const char *text, LamDayMeaning day, int64_t *time);
