/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pairs of a number in a stack and a class, as people and files say them. */
#pragma once

#include "labels/class-table.h"

/* uint32_t[2] pairs of label and class from the list that "synthesize" writes:
 * {"objects": [{"id": 7, "class": 2}, …]}. */
GArray *lam_class_map_read_objects (const char *path,
    const LamClassTable *classes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* uint32_t[2] pairs from "255=mitochondrion,1=3": classes by name or number. */
GArray *lam_class_map_parse (const char *text, const LamClassTable *classes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
