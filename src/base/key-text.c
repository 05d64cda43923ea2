/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/key-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Nobody writes more by hand. */
#define MAX_BYTES (1 << 20)

struct _LamKeyText {
  char *path; /* Owned */
  GStringChunk *strings; /* Owned */
  GArray *lines; /* Owned; LamKeyLine */
};

static bool
fail_at (const char *path, int line, GError **error, const char *what)
{
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_CORRUPT, _ ("%s:%d: %s"), path, line, what);
  return false;
}

static bool
read_section (LamKeyText *text, char *words, int line, const char **section,
    GError **error)
{
  size_t n = strlen (words);
  if (n < 3 || words[n - 1] != ']')
    return fail_at (text->path, line, error,
        _ ("a section is written as [name] on a line of its own"));
  words[n - 1] = '\0';
  *section =
      g_string_chunk_insert_const (text->strings, g_strstrip (words + 1));
  return true;
}

static bool
read_key (LamKeyText *text, char *words, int line, const char *section,
    GError **error)
{
  char *equals = strchr (words, '=');
  if (!equals)
    return fail_at (
        text->path, line, error, _ ("“key = value” is needed, or a [section]"));
  *equals = '\0';
  const char *key = g_strstrip (words), *value = g_strstrip (equals + 1);
  if (!*key || !*value)
    return fail_at (text->path, line, error,
        *key ? _ ("the value is missing") : _ ("the key is missing"));
  const LamKeyLine *before = lam_key_text_find (text, section, key);
  if (before) {
    g_autofree char *what = g_strdup_printf (
        _ ("“%s” was said in line %d already"), key, before->line);
    return fail_at (text->path, line, error, what);
  }
  const LamKeyLine found = { section,
    g_string_chunk_insert (text->strings, key),
    g_string_chunk_insert (text->strings, value), line };
  g_array_append_val (text->lines, found);
  return true;
}

static bool
read_lines (LamKeyText *text, char *all, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (all, "\n", -1);
  const char *section = "";
  for (int i = 0; lines[i]; i++) {
    char *comment = strchr (lines[i], '#');
    if (comment)
      *comment = '\0';
    char *words = g_strstrip (lines[i]);
    if (!*words)
      continue;
    if (*words == '[' ? !read_section (text, words, i + 1, &section, error)
                      : !read_key (text, words, i + 1, section, error))
      return false;
  }
  return true;
}

LamKeyText *
lam_key_text_parse (
    const char *path, const char *text, gsize bytes, GError **error)
{
  g_autoptr (LamKeyText) result = g_new0 (LamKeyText, 1);
  result->path = g_strdup (path);
  result->strings = g_string_chunk_new (4096);
  result->lines = g_array_new (FALSE, FALSE, sizeof (LamKeyLine));
  if (bytes > MAX_BYTES || !g_utf8_validate (text, (gssize)bytes, NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no text of settings: it must be UTF-8 of at most %d bytes"),
        path, MAX_BYTES);
    return NULL;
  }
  g_autofree char *all = g_strndup (text, bytes);
  return read_lines (result, all, error) ? g_steal_pointer (&result) : NULL;
}

LamKeyText *
lam_key_text_read (const char *path, GError **error)
{
  g_autofree char *all = NULL;
  gsize bytes;
  GError *cause = NULL;
  if (g_file_get_contents (path, &all, &bytes, &cause))
    return lam_key_text_parse (path, all, bytes, error);
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s", cause->message);
  g_error_free (cause);
  return NULL;
}

void
lam_key_text_free (LamKeyText *text)
{
  if (!text)
    return;
  g_free (text->path);
  g_string_chunk_free (text->strings);
  g_array_unref (text->lines);
  g_free (text);
}

const char *
lam_key_text_get_path (const LamKeyText *text)
{
  return text->path;
}

int
lam_key_text_get_n_lines (const LamKeyText *text)
{
  return (int)text->lines->len;
}

const LamKeyLine *
lam_key_text_get_line (const LamKeyText *text, int i)
{
  return &g_array_index (text->lines, LamKeyLine, i);
}

const LamKeyLine *
lam_key_text_find (const LamKeyText *text, const char *section, const char *key)
{
  for (guint i = 0; i < text->lines->len; i++) {
    const LamKeyLine *line = lam_key_text_get_line (text, (int)i);
    if (strcmp (line->section, section) == 0 && strcmp (line->key, key) == 0)
      return line;
  }
  return NULL;
}

bool
lam_key_text_fail (const LamKeyText *text, const LamKeyLine *line,
    GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, _ ("%s:%d: “%s”: %s"),
      text->path, line->line, line->key, what);
  return false;
}
