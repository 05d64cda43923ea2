/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cli/class-map.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "base/error.h"
#include "cli/class-choice.h"

static GArray *
read_objects (const char *path, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  if (!json_parser_load_from_file (parser, path, error))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  JsonNode *list = root && JSON_NODE_HOLDS_OBJECT (root)
      ? json_object_get_member (json_node_get_object (root), "objects")
      : NULL;
  g_autoptr (GArray) pairs = g_array_new (false, false, sizeof (uint32_t[2]));
  guint n = list && JSON_NODE_HOLDS_ARRAY (list)
      ? json_array_get_length (json_node_get_array (list))
      : 0;
  for (guint i = 0; i < n; i++) {
    JsonNode *node = json_array_get_element (json_node_get_array (list), i);
    JsonObject *object =
        JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    int64_t id = object
        ? json_object_get_int_member_with_default (object, "id", -1)
        : -1;
    int64_t class_id = object
        ? json_object_get_int_member_with_default (object, "class", -1)
        : -1;
    uint32_t pair[2] = { (uint32_t)id, (uint32_t)class_id };
    if (id < 1 || id > UINT32_MAX || class_id < 0 || class_id > INT32_MAX)
      break;
    g_array_append_val (pairs, pair);
  }
  if (n > 0 && pairs->len == n)
    return g_steal_pointer (&pairs);
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      _ ("%s is no list of objects: entry %u of %u has no “id” and “class”"),
      path, pairs->len + 1, n);
  return NULL;
}

static bool
check_classes (
    const LamClassTable *classes, const GArray *pairs, GError **error)
{
  for (guint i = 0; pairs && i < pairs->len; i++) {
    const uint32_t *pair = (const uint32_t *)(pairs->data) + 2 * i;
    if (lam_class_table_get_class (classes, (int32_t)pair[1]))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Label %u is of class %u, which the project does not have"), pair[0],
        pair[1]);
    return false;
  }
  return true;
}

GArray *
lam_class_map_read_objects (
    const char *path, const LamClassTable *classes, GError **error)
{
  g_autoptr (GArray) pairs = read_objects (path, error);
  return pairs && check_classes (classes, pairs, error)
      ? g_steal_pointer (&pairs)
      : NULL;
}

/* "255=mitochondrion" */
static bool
parse_pair (const char *text, const LamClassTable *classes, uint32_t pair[2],
    GError **error)
{
  const char *sign = strchr (text, '=');
  g_autofree char *number = g_strndup (text, sign ? sign - text : 0);
  guint64 value;
  if (!sign
      || !g_ascii_string_to_unsigned (
          g_strstrip (number), 10, 0, UINT32_MAX, &value, NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("“%s” is not of the form NUMBER=CLASS"), text);
    return false;
  }
  g_autofree char *name = g_strstrip (g_strdup (sign + 1));
  const LamClass *row = lam_class_choice_find (classes, name, error);
  if (!row)
    return false;
  pair[0] = (uint32_t)value;
  pair[1] = (uint32_t)row->id;
  return true;
}

GArray *
lam_class_map_parse (
    const char *text, const LamClassTable *classes, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) pairs = g_array_new (false, false, sizeof (uint32_t[2]));
  for (int i = 0; parts[i]; i++) {
    uint32_t pair[2];
    if (!parse_pair (parts[i], classes, pair, error))
      return NULL;
    g_array_append_val (pairs, pair);
  }
  return g_steal_pointer (&pairs);
}
