/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Values of options as they are typed; what is wrong is an error of usage that
 * names the option. NULL texts leave the value as it is. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/box.h"
#include "base/moment.h"

/* "800,800,50": three whole numbers, at least `least`. */
bool lam_argument_triple (const char *option, const char *text, int64_t least,
    int64_t value[3], GError **error);
/* "10,10,40": three numbers above 0. */
bool lam_argument_lengths (
    const char *option, const char *text, double value[3], GError **error);
/* Three numbers of any sign. */
bool lam_argument_place (
    const char *option, const char *text, double value[3], GError **error);
/* "X0,Y0,Z0,X1,Y1,Z1": half open, not empty, not negative. */
bool lam_argument_box (
    const char *option, const char *text, LamBox *box, GError **error);
/* A whole number from `least` to `most`. */
bool lam_argument_integer (const char *option, const char *text, int64_t least,
    int64_t most, int64_t *value, GError **error);
/* Above 0 and at most `most`. */
bool lam_argument_number (const char *option, const char *text, double most,
    double *value, GError **error);
/* See lam_moment_parse(). */
bool lam_argument_time (const char *option, const char *text, LamDayMeaning day,
    int64_t *time, GError **error);
/* One of `names` (ends with NULL). */
bool lam_argument_choice (const char *option, const char *text,
    const char *const *names, int *value, GError **error);
