/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The files of a folder that are TIFF by name, in the order people mean. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* "slice9.tif" before "slice10.tif": runs of digits are compared as numbers. */
int lam_natural_compare (const char *a, const char *b);
bool lam_tiff_folder_has_any (const char *path);
/* Full paths in natural order; NULL with an error when the folder cannot be
 * read. */
GPtrArray *lam_tiff_folder_list (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
