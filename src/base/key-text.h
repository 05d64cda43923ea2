/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Texts of settings that people write: "[section]" lines, "key = value" lines,
 * comments from '#' to the end of the line. The order is kept, and the number
 * of each line for messages. Does not change once parsed. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"

/* Borrowed from the text. */
typedef struct {
  const char *section; /* "" before the first one */
  const char *key, *value; /* without spaces at either end; not empty */
  int line; /* from 1 */
} LamKeyLine;

typedef struct _LamKeyText LamKeyText;

/* Refuses, naming `path` and line: what is no UTF-8, a line without '=', an
 * empty key or value, a key that its section has already. */
LamKeyText *lam_key_text_parse (const char *path, const char *text, gsize bytes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
LamKeyText *lam_key_text_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_key_text_free (LamKeyText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamKeyText, lam_key_text_free)

const char *lam_key_text_get_path (const LamKeyText *text);
int lam_key_text_get_n_lines (const LamKeyText *text);
/* The i-th line with a key. */
const LamKeyLine *lam_key_text_get_line (const LamKeyText *text, int i);
/* NULL where there is none. */
const LamKeyLine *lam_key_text_find (
    const LamKeyText *text, const char *section, const char *key);
/* Sets an error that names file, line and key. Always false. */
bool lam_key_text_fail (const LamKeyText *text, const LamKeyLine *line,
    GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);
