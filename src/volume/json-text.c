/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* json-glib parses by recursion, so that a few hundred kilobytes of brackets
 * overrun the stack, and takes the first of several objects in a row. It also
 * knows comments, in which brackets and quotes would deceive a count. So the
 * text is looked through before: outside of strings it may hold only what JSON
 * has there. */
#include "volume/json-text.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

/* Real files are some five levels deep. */
#define MAX_DEPTH 64

static bool
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_CORRUPT, reason);
  return false;
}

/* Behind the string that begins at `text`, or the end. */
static const char *
skip_string (const char *text, const char *end)
{
  for (text++; text < end && *text != '"'; text++)
    if (*text == '\\' && text + 1 < end)
      text++;
  return text < end ? text + 1 : end;
}

static bool
may_stand_outside (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n,:+-.", c));
}

/* That brackets match is the parser's to say. */
static bool
check_shape (const char *text, const char *end, GError **error)
{
  int depth = 0;
  bool has_ended = false;
  while (text < end) {
    char c = *text;
    bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    if (has_ended && !g_ascii_isspace (c))
      return refuse (error, _ ("more follows the JSON object"));
    if (!opens && !closes && c != '"' && !may_stand_outside (c))
      return refuse (error, _ ("a character that JSON does not have"));
    depth += opens - closes;
    if (depth > MAX_DEPTH)
      return refuse (error, _ ("JSON that is nested too deeply"));
    has_ended |= closes && depth <= 0;
    text = c == '"' ? skip_string (text, end) : text + 1;
  }
  return true;
}

JsonNode *
lam_json_parse_object (const char *text, size_t n, GError **error)
{
  if (n >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) {
    text += 3;
    n -= 3;
  }
  if (!g_utf8_validate (text, (gssize)n, NULL)) {
    refuse (error, _ ("text that is not UTF-8"));
    return NULL;
  }
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (!check_shape (text, text + n, error)
      || !json_parser_load_from_data (parser, text, (gssize)n, error))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    return json_node_ref (root);
  refuse (error, _ ("text that is not a JSON object"));
  return NULL;
}
