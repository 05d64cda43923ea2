/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes of a stack, 0 to 255, and numbers for each of them, as options say
 * it. What is wrong is an error of usage that names the option. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* "2,3" or "all" (which is all but 0 and LAM_PROPOSAL_UNKNOWN). */
bool lam_class_values_parse_set (
    const char *option, const char *text, bool is_in[256], GError **error);
/* "50" is for every class, "2=50,3=200" for these. Numbers above 0. NULL leaves
 * the values as they are. */
bool lam_class_values_parse (
    const char *option, const char *text, double values[256], GError **error);
