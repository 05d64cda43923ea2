/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The list of a label stack's objects, as "objects" writes it beside the stack:
 * {"note": "5fe1…", "next_id": 9, "objects": [{"id": 7, "class": 2, "voxels":
 * 311, "box": […]}, …]}. "labels import" reads it, too, and "objects" reads
 * what "synthesize" wrote, which has no next id. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* `objects`: of LamObject. `next_id`: above all that were ever given; 0: none
 * are left. `note`: from what and how it was made; or NULL. Written at once or
 * not at all. */
bool lam_object_list_write (const char *path, const GArray *objects,
    uint32_t next_id, const char *note, GError **error);

typedef struct {
  char *path; /* Owned */
  GHashTable *classes; /* Owned; id to class, as GUINT_TO_POINTER */
  uint32_t next_id;
  char *note; /* Owned; or NULL */
} LamObjectList;

LamObjectList *lam_object_list_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_object_list_free (LamObjectList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamObjectList, lam_object_list_free)
/* -1: it is not in the list. */
int32_t lam_object_list_get_class (const LamObjectList *list, uint32_t id);
