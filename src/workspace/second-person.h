/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two people on one region, as verbs of the workspace: away as a blind copy,
 * back as a voice beside the labels, and how well both agree. Main thread; the
 * work is done by others. */
#pragma once

#include "labels/voice.h"
#include "workspace/quality.h"
#include "workspace/workspace.h"

/* See blind-copy.h. */
void lam_workspace_export_blind_async (LamWorkspace *workspace, int32_t region,
    const char *path, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_workspace_export_blind_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);

/* Takes in what a blind copy says, in the name of who made its newest edit; see
 * annotator.h. */
void lam_workspace_import_voice_async (LamWorkspace *workspace,
    const char *path, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
LamVoice *lam_workspace_import_voice_finish (LamWorkspace *workspace,
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* LamVoice * of annotators, in order of id. */
void lam_workspace_list_annotators_async (
    LamWorkspace *workspace, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *lam_workspace_list_annotators_finish (LamWorkspace *workspace,
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The labels against what the voice says, class by class. */
void lam_workspace_measure_voice_async (LamWorkspace *workspace,
    const LamVoice *voice, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_workspace_measure_voice_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamQualityReport *report, GError **error);
