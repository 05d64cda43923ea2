/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which class of the project each class of a network is: by name, or as a
 * person said, which is kept with the network in the project. Main thread. */
#pragma once

#include "workspace/class-fit.h"
#include "workspace/workspace.h"

/* A fit of class-fit.h, by which what that model says is written. `names`: the
 * network's classes. LAM_ERROR_NEEDS_CHOICE: the person has to say. */
GArray *lam_workspace_find_class_fit (LamWorkspace *workspace, int64_t model,
    const char *const *names, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same by the classes that are on disk, when a worker is to write. */
GArray *lam_workspace_find_saved_class_fit (LamWorkspace *workspace,
    int64_t model, const char *const *names,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `fit`: of as many classes as there are names; not all of them none, and
 * classes of the project. It counts for what is written from now on. */
bool lam_workspace_set_class_fit (LamWorkspace *workspace, int64_t model,
    const char *const *names, const GArray *fit, GError **error);

/* What a person said of the model's classes, as it is kept: NULL where nobody
 * did; and for a state that was trained on from that model the same. */
char *lam_workspace_dup_class_fit_text (
    LamWorkspace *workspace, int64_t model) G_GNUC_WARN_UNUSED_RESULT;
void lam_workspace_copy_class_fit (
    LamWorkspace *workspace, int64_t from, int64_t to);

/* Reads the names of a network's classes in a worker; free by g_strfreev(). */
void lam_workspace_read_model_classes_async (LamWorkspace *workspace,
    int64_t model, GAsyncReadyCallback callback, gpointer user_data);
char **lam_workspace_read_model_classes_finish (LamWorkspace *workspace,
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
