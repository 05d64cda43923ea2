/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* JSON from elsewhere to a tree, however hostile the text. Any thread. */
#pragma once

#include <json-glib/json-glib.h>
#include <stddef.h>

/* The object that is all of the text. Refuses text that is not UTF-8, nested
 * deeper than any real file is, or followed by something else. */
JsonNode *lam_json_parse_object (
    const char *text, size_t n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
