/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The list of a label stack's objects, as "objects" writes it beside the stack:
 * {"next_id": 9, "objects": [{"id": 7, "class": 2, "voxels": 311, "box": […]},
 * …]}. "labels import" reads it, too. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* `objects`: of LamObject. Written at once or not at all. */
bool lam_object_list_write (
    const char *path, const GArray *objects, int64_t next_id, GError **error);
