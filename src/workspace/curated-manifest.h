/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading a manifest that may say anything: what is missing or of another type
 * is NULL, "", 0 or false. `object` may be NULL. Any thread. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

JsonNode *lam_manifest_get_node (
    JsonObject *object, const char *name, JsonNodeType type);
JsonObject *lam_manifest_get_object (JsonObject *object, const char *name);
JsonArray *lam_manifest_get_array (JsonObject *object, const char *name);
const char *lam_manifest_get_text (JsonObject *object, const char *name);
int64_t lam_manifest_get_integer (
    JsonObject *object, const char *name, int64_t otherwise);
double lam_manifest_get_number (JsonObject *object, const char *name);
bool lam_manifest_get_bool (JsonObject *object, const char *name);
/* `array` may be NULL. */
guint lam_manifest_get_length (JsonArray *array);
/* NULL where it is no object. */
JsonObject *lam_manifest_get_element (JsonArray *array, guint i);
/* x, y, z of z, y, x: each of at most 31 bits. */
bool lam_manifest_get_triple (
    JsonObject *object, const char *name, int64_t value[3]);
/* Of members for its first voxel and its size; it is not empty. */
bool lam_manifest_get_box (
    JsonObject *object, const char *offset, const char *size, LamBox *box);
/* A name in the folder, and nothing else. */
bool lam_manifest_is_inside (const char *path);
