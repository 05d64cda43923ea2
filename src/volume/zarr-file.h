/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files below a folder, of which nothing outside may be read, and the JSON in
 * them. Any thread. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Opens `path`, relative to the folder `root`, without following any link and
 * without "..". -1 with errno when it cannot be (ENOENT: not there). */
int lam_zarr_file_open (int root, const char *path, int flags);
/* Whether a regular file of this name is there. */
bool lam_zarr_file_exists (int root, const char *path);
/* Reads a whole regular file. True with `data` NULL when it is not there. */
bool lam_zarr_file_read (int root, const char *path, int64_t max_bytes,
    uint8_t **data, size_t *n, GError **error);
/* The root object of a JSON file; NULL without error when it is not there. */
JsonNode *lam_zarr_file_read_json (
    int root, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Members of the wrong kind count as missing. */
JsonObject *lam_json_get_object (JsonObject *object, const char *name);
JsonArray *lam_json_get_array (JsonObject *object, const char *name);
const char *lam_json_get_string (JsonObject *object, const char *name);
bool lam_json_get_number (JsonNode *node, double *value);
/* Elements that are objects; NULL for others and beyond the end. */
JsonObject *lam_json_array_get_object (JsonArray *array, guint index);
