/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening and making a project file: who may write it, whether it is one of
 * ours, whole, and of this version. Any one thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"
#include "store/schema.h"

typedef struct _LamProjectFile LamProjectFile;

LamProjectFile *lam_project_file_open (const LamSchema *schema,
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Never changes the file, and is never refused for its being older. */
LamProjectFile *lam_project_file_open_to_read (const LamSchema *schema,
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes a file that holds the volume and the classes; does not open it. */
bool lam_project_file_create (const LamSchema *schema, const char *path,
    const LamVolumeRow *volume, const LamClass *classes, size_t n_classes,
    GError **error);
void lam_project_file_free (LamProjectFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamProjectFile, lam_project_file_free)

LamConnection *lam_project_file_get_connection (LamProjectFile *file);
/* Sentences, or NULL. */
const char *lam_project_file_get_read_only_reason (LamProjectFile *file);
const char *lam_project_file_get_warning (LamProjectFile *file);
