/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a result must not be written over. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Fails when `path` is one of `inputs` (NULL at the end; or NULL: none), by
 * whatever name, a file inside of one that is a folder, named as projects are,
 * or a folder; and unless `may_replace`, when it is there already. Opens no
 * file: closing one would drop the locks on an open project. */
bool lam_output_check (const char *path, const char *const *inputs,
    bool may_replace, GError **error);
/* Whether two paths name one file, be it there or not. */
bool lam_output_is_same (const char *one, const char *other);
