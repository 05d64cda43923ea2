/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tables model, model_part, run and model_edit. Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

/* The bytes of a model lie in parts of this size; the last may be smaller. */
#define LAM_MODEL_PART_BYTES (1 << 20)
/* No ONNX file is larger. */
#define LAM_MODEL_MAX_BYTES INT32_MAX

/* The new id, 0 with error. `row->id` is ignored. In a transaction. */
int64_t lam_model_table_add (LamConnection *connection, const LamModelRow *row,
    GBytes *onnx, GError **error);
/* LamModelRow *, in order of id. */
GPtrArray *lam_model_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* LAM_ERROR_MISSING when there is none, or it was removed. */
LamModelRow *lam_model_table_find (LamConnection *connection, int64_t id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *lam_model_table_read_part (LamConnection *connection, int64_t id,
    int64_t number, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Drops its bytes; in a transaction. */
bool lam_model_table_remove (
    LamConnection *connection, int64_t id, GError **error);

/* The run of that model with those settings, made if there is none. 0 with
 * error. In a transaction. */
int64_t lam_run_table_begin (LamConnection *connection, int64_t model,
    const char *settings, GError **error);
/* Its box is around `box` too from now on. */
bool lam_run_table_extend (
    LamConnection *connection, int64_t run, const LamBox *box, GError **error);
/* LamRunRow *, in order of id. */
GPtrArray *lam_run_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The name of the run's model; LAM_ERROR_MISSING when there is no such run. */
char *lam_run_table_dup_name (LamConnection *connection, int64_t run,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Says whose edit it is. */
bool lam_model_table_write_edit (LamConnection *connection, int64_t edit,
    int64_t run, int64_t cause, GError **error);
