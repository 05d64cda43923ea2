/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a result must not be written over. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* SQLite's application_id of a project: "LMLA". */
#define LAM_PROJECT_ID 0x4c4d4c41

/* Fails when `path` is one of `inputs` (NULL at the end; or NULL: none), by
 * whatever name, a file inside of one that is a folder, a project or named like
 * one, or a folder; and unless `may_replace`, when it is there already. A
 * folder that may be replaced is an image in OME-Zarr, with nothing else in
 * it. */
bool lam_output_check (const char *path, const char *const *inputs,
    bool may_replace, GError **error);
/* Whether two paths name one file, be it there or not. */
bool lam_output_is_same (const char *one, const char *other);
