/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks in the project, and the runs that they make. Any thread, blocking,
 * but none of it holds the store's thread for longer than writing the file. */
#pragma once

#include "store/store.h"

/* Keeps an ONNX file under a name. The new id, or 0 with error. `parent`: the
 * model that it was trained on from, or 0. */
int64_t lam_store_add_model (LamStore *store, const char *name, int64_t parent,
    GBytes *onnx, GError **error);
/* LamModelRow *, in order of id, those that were removed too; not to be
 * changed. Waits for nothing, but for a damaged file. */
GPtrArray *lam_store_list_models (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One of them that was not removed. */
LamModelRow *lam_store_find_model (
    LamStore *store, int64_t id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The ONNX file, its hash compared. */
GBytes *lam_store_read_model (
    LamStore *store, int64_t id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Drops the bytes for good; what the model wrote stays, and so does its name.
 */
bool lam_store_remove_model (LamStore *store, int64_t id, GError **error);

/* The id of the run of that model with those settings (free text), which is the
 * same one each time. 0 with error. */
int64_t lam_store_begin_run (
    LamStore *store, int64_t model, const char *settings, GError **error);
/* LamRunRow *, in order of id. */
GPtrArray *lam_store_list_runs (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
