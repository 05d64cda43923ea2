/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/curated-manifest.h"

#include <string.h>

JsonNode *
lam_manifest_get_node (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;
  return node && json_node_get_node_type (node) == type ? node : NULL;
}

const char *
lam_manifest_get_text (JsonObject *object, const char *name)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_VALUE);
  const char *text = node && json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_get_string (node)
      : NULL;
  return text ? text : "";
}

int64_t
lam_manifest_get_integer (
    JsonObject *object, const char *name, int64_t otherwise)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_VALUE);
  return node && json_node_get_value_type (node) == G_TYPE_INT64
      ? json_node_get_int (node)
      : otherwise;
}

double
lam_manifest_get_number (JsonObject *object, const char *name)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_VALUE);
  GType type = node ? json_node_get_value_type (node) : G_TYPE_INVALID;
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE
      ? json_node_get_double (node)
      : 0;
}

JsonObject *
lam_manifest_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_OBJECT);
  return node ? json_node_get_object (node) : NULL;
}

bool
lam_manifest_get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_VALUE);
  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN
      && json_node_get_boolean (node);
}

JsonArray *
lam_manifest_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = lam_manifest_get_node (object, name, JSON_NODE_ARRAY);
  return node ? json_node_get_array (node) : NULL;
}

guint
lam_manifest_get_length (JsonArray *array)
{
  return array ? json_array_get_length (array) : 0;
}

JsonObject *
lam_manifest_get_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

bool
lam_manifest_get_triple (JsonObject *object, const char *name, int64_t value[3])
{
  JsonArray *array = lam_manifest_get_array (object, name);
  if (lam_manifest_get_length (array) != 3)
    return false;
  for (guint a = 0; a < 3; a++) {
    JsonNode *node = json_array_get_element (array, 2 - a);
    if (!JSON_NODE_HOLDS_VALUE (node)
        || json_node_get_value_type (node) != G_TYPE_INT64)
      return false;
    value[a] = json_node_get_int (node);
    if (value[a] < -INT32_MAX || value[a] > INT32_MAX)
      return false;
  }
  return true;
}

bool
lam_manifest_get_box (
    JsonObject *object, const char *offset, const char *size, LamBox *box)
{
  int64_t edge[3];
  if (!lam_manifest_get_triple (object, offset, box->min)
      || !lam_manifest_get_triple (object, size, edge))
    return false;
  for (int a = 0; a < 3; a++) {
    box->max[a] = box->min[a] + edge[a];
    if (box->min[a] < 0 || edge[a] < 1)
      return false;
  }
  return true;
}

bool
lam_manifest_is_inside (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  if (!*path || g_path_is_absolute (path))
    return false;
  for (int i = 0; parts[i]; i++)
    if (!*parts[i] || strcmp (parts[i], "..") == 0
        || strcmp (parts[i], ".") == 0)
      return false;
  return true;
}
