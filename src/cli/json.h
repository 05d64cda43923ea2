/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* JSON as the commands print it: small helpers around JsonBuilder. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/box.h"

void lam_json_add_text (JsonBuilder *json, const char *name, const char *text);
void lam_json_add_integer (JsonBuilder *json, const char *name, int64_t value);
void lam_json_add_triple (
    JsonBuilder *json, const char *name, const int64_t value[3]);
/* null when a length is not known (0). */
void lam_json_add_lengths (
    JsonBuilder *json, const char *name, const double value[3]);
/* [x0, y0, z0, x1, y1, z1], or null for an empty one. */
void lam_json_add_box (JsonBuilder *json, const char *name, const LamBox *box);
/* The finished value on one line. */
char *lam_json_to_text (JsonBuilder *json) G_GNUC_WARN_UNUSED_RESULT;
/* The same to standard output. */
void lam_json_print (JsonBuilder *json);
